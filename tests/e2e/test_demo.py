"""A small demo on real stacks of its own: its checks count every message that anybody gets."""

import contextlib
import io
import json
import urllib.request
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dkim as dkimpy  # type: ignore[import-untyped]
import pytest

from local.demo.message import CHANNELS
from local.demo.session import Wish, run_demo
from local.demo.system import LocalSystem
from local.demo.terms import DEMO_RULER
from local.dkim import PREFIX
from local.place import LocalError
from local.stack import Stack
from tests.e2e.clouds import LocalCloud

MONDAY = date(2027, 3, 1)
"""A fixed first day: with other weekends and holidays another channel may stay unused."""
SMALL = Wish(customers=24, invoices=60, days=22, seed=11, first_day=MONDAY, ruler=DEMO_RULER)


@pytest.fixture
def stack(own_cloud: LocalCloud) -> Stack:
    """Return the description of the demo's own cloud."""
    return own_cloud.stack


@dataclass(frozen=True)
class Lived:
    """A demo that ran to its end: its exit code, what it printed, where its report is."""

    code: int
    printed: str
    folder: Path


@pytest.fixture(scope="module")
def lived(own_cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Live a small portfolio once; tests run in any order, so each that reads it asks for it."""
    folder, printed = tmp_path_factory.mktemp("demo"), io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = run_demo(LocalSystem(own_cloud.stack), SMALL, folder)
    return Lived(code, printed.getvalue(), folder)


def test_a_small_portfolio_lives_on_four_channels_and_every_check_holds(
    stack: Stack, lived: Lived
) -> None:
    assert lived.code == 0, lived.printed
    numbers = json.loads((lived.folder / "report.json").read_text(encoding="utf-8"))
    assert numbers["reconciliation"]["sent"] > 0
    assert numbers["reconciliation"]["pending"] == 0
    assert {step["step_id"] for step in numbers["steps"]} >= {"lembrete", "vencimento"}
    assert [row["channel"] for row in numbers["channels"]] == list(CHANNELS)
    assert all(float(row["spent"]["centavos"]) > 0 for row in numbers["channels"])
    assert sum(row["fallbacks"] for row in numbers["channels"]) > 0
    with pytest.raises(LocalError, match="make down"):
        run_demo(LocalSystem(stack), SMALL, lived.folder)


@pytest.mark.usefixtures("lived")
def test_every_e_mail_in_the_inbox_carries_the_creditor_s_signature(stack: Stack) -> None:
    def dns(asked: bytes, timeout: float = 5) -> bytes | None:
        """Answer with the record of whichever creditor's domain is asked for."""
        del timeout
        selector, _, domain = asked.decode().rstrip(".").partition("._domainkey.")
        secret = stack.secrets.get_secret_value(SecretId=f"{PREFIX}/dkim/{domain}")
        record: str = json.loads(secret["SecretString"])[selector]["dns"]
        return record.encode()

    with urllib.request.urlopen(f"{stack.inbox_url}/messages?channel=email", timeout=10) as found:
        messages = json.load(found)
    sent = [each["raw"].encode() for each in messages if each["channel"] == "email"]
    assert sent
    assert all(dkimpy.verify(raw, dnsfunc=dns) for raw in sent)
    assert not dkimpy.verify(sent[0].replace(b"</html>", b"<img></html>"), dnsfunc=dns)


def test_a_file_of_one_s_own_lives_and_its_figures_are_the_system_s(
    stack: Stack, tmp_path: Path
) -> None:
    path = tmp_path / "carteira.csv"
    lines = [
        "Título;Cliente;CPF/CNPJ;Emissão;Vencimento;Valor;Data Pagamento;Valor Pago;Situação",
        "E2E-1;Ipê ME;11.222.333/0001-81;01/04/2024;04/05/2024;1.234,56;06/05/2024;1.234,56;Pago",
        "E2E-2;Ipê ME;11.222.333/0001-81;01/04/2024;02/05/2024;10,00;07/05/2024;10,20;Pago",
        "E2E-3;José Conceição;191;01/04/2024;03/05/2024;R$ 99,90;;;Aberto",
        "E2E-4;José Conceição;191;01/04/2024;06/05/2024;50,00;05/05/2024;;Cancelado",
        "E2E-5;José Conceição;123;01/04/2024;06/05/2024;50,00;;;Aberto",
        "Total;;;;;1.444,46;;;",
    ]
    path.write_bytes("\r\n".join(lines).encode("cp1252"))
    assert (
        run_demo(
            LocalSystem(stack), Wish(portfolio=path, days=14, ruler=DEMO_RULER), tmp_path / "out"
        )
        == 0
    )
    numbers = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    moved = numbers["file"]["moved_dates"]
    assert numbers["system"] == moved
    assert (moved["paid"], moved["withdrawn"], moved["still_open"]) == (2, 1, 1)
    assert (moved["late_by_calendar"], moved["late_by_bank_rule"]) == (2, 1)
    assert (tmp_path / "out" / "carteira.rejeitadas.csv").exists()
