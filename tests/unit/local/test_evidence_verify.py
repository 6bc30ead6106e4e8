"""`regua evidence verify`: what it says, and the exit code that scripts go by."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from infra.settings import REPO_ROOT
from local.cli import main
from tests.evidence_bundles import (
    SMS,
    authority,
    dossiers,
    packed,
    public_pem,
    seal_key,
    unpacked,
    zipped,
)
from tests.signed_reports import (
    report,
    report_of_another_certificate,
    signer_chain,
    strangers_report,
    unsigned_pdf,
)

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
"""An event loop, which pyHanko starts, makes itself a pair of sockets."""


@pytest.fixture
def trust(tmp_path: Path) -> list[str]:
    texts = {"--seal-key": public_pem(seal_key()), "--tsa-ca": authority().ca_pem}
    options = []
    for option, text in texts.items():
        path = tmp_path / f"{option.strip('-')}.pem"
        path.write_text(text)
        options += [option, str(path)]
    return options


def verify(tmp_path: Path, data: bytes, *options: str) -> int:
    path = tmp_path / "evidencia"
    path.write_bytes(data)
    return main(["evidence", "verify", str(path), *options])


def test_a_bundle_is_valid_and_every_check_is_said(
    tmp_path: Path, trust: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, packed(), *trust) == 0
    said = capsys.readouterr().out
    for text in ("Arquivo como um todo", "Selo nº 1", f"Mensagem {SMS}", "prova de Merkle"):
        assert text in said
    assert said.splitlines()[-1].startswith("Evidências íntegras e comprovadas")
    assert "NÃO CONFERE" not in said


def test_a_report_is_valid(
    tmp_path: Path, trust: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, report(), *trust) == 0
    said = capsys.readouterr().out
    assert "A assinatura do laudo em PDF é válida" in said
    assert "O laudo foi assinado com a chave do emissor" in said
    assert "está protegido pela assinatura do laudo" in said


def test_the_right_bundle_in_a_report_that_a_stranger_signed_is_invalid(
    tmp_path: Path, trust: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, packed(), *trust) == 0
    assert verify(tmp_path, strangers_report(), *trust) == 1
    said = capsys.readouterr().out
    assert "NÃO CONFERE  O laudo não foi assinado com a chave do emissor" in said
    assert "está protegido pela assinatura do laudo" not in said


def test_a_certificate_that_was_renewed_invalidates_no_report(
    tmp_path: Path, trust: list[str]
) -> None:
    assert verify(tmp_path, report_of_another_certificate(), *trust) == 0


def test_who_wants_the_signer_under_a_certain_ca_says_so(tmp_path: Path, trust: list[str]) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text(signer_chain()[1])
    options = [*trust, "--signer-ca", str(ca)]
    assert verify(tmp_path, report(), *options) == 0
    assert verify(tmp_path, report_of_another_certificate(), *options) == 1


@pytest.mark.parametrize("made", [report, strangers_report])
def test_a_report_whose_signer_cannot_be_compared_proves_nothing(
    tmp_path: Path, made: Callable[[], bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even under a CA that is known: anybody gets a certificate from it."""
    for name, text in (("tsa", authority().ca_pem), ("ca", signer_chain()[1])):
        (tmp_path / f"{name}.pem").write_text(text)
    options = ["--tsa-ca", str(tmp_path / "tsa.pem")]
    if made is report:
        options += ["--signer-ca", str(tmp_path / "ca.pem")]
    assert verify(tmp_path, made(), *options) == 0
    said = capsys.readouterr().out
    assert "ainda sem comprovação independente" in said
    assert "veio no próprio arquivo; informe a chave do emissor" in said


def test_without_knowing_whose_keys_they_are_it_is_said_that_nothing_is_proven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, packed()) == 0
    assert "ainda sem comprovação independente" in capsys.readouterr().out


def test_what_nobody_has_sealed_is_not_taken_for_proven(tmp_path: Path, trust: list[str]) -> None:
    email, _ = dossiers()
    assert verify(tmp_path, packed([replace(email, inclusions=[])]), *trust) == 3


@pytest.mark.parametrize("data", [packed(), report()], ids=["zip", "pdf"])
def test_a_changed_file_is_invalid_or_unreadable(
    tmp_path: Path, trust: list[str], data: bytes
) -> None:
    at = data.index(b"PK\x01\x02") + 60 if data.startswith(b"PK") else data.index(b"stream") + 20
    changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    assert verify(tmp_path, changed, *trust) in {1, 2}


def test_a_forged_message_is_invalid(
    tmp_path: Path, trust: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    files = unpacked(packed())
    path = f"messages/{SMS}/raw/000001.txt"
    assert verify(tmp_path, zipped({**files, path: files[path] + b"x"}), *trust) == 1
    said = capsys.readouterr().out
    assert f"{path}\n  NÃO CONFERE" in said
    assert said.splitlines()[-1].startswith("Evidências inválidas")


def test_a_report_without_a_signature_is_invalid(tmp_path: Path, trust: list[str]) -> None:
    assert verify(tmp_path, unsigned_pdf(packed()), *trust) == 1


@pytest.mark.parametrize("data", [b"", b"x", b"%PDF-1.7", packed()[:-100]])
def test_what_is_no_evidence_is_unreadable(
    tmp_path: Path, data: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, data) == 2
    assert "não pôde ser lido como evidência" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_unreadable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evidence", "verify", str(tmp_path / "nada.zip")]) == 2
    assert "Não foi possível ler" in capsys.readouterr().err
    assert verify(tmp_path, packed(), "--tsa-ca", str(tmp_path / "nada.pem")) == 2


def test_it_needs_no_network_no_cloud_and_no_credentials(tmp_path: Path, trust: list[str]) -> None:
    path = tmp_path / "laudo.pdf"
    path.write_bytes(report())
    program = (
        "import sys, socket\n"
        "real = socket.socket.connect\n"
        "def refuse(*_): raise AssertionError('a connection was made')\n"
        "socket.socket.connect = refuse\n"
        "from local.cli import main\n"
        f"code = main(['evidence', 'verify', {str(path)!r}, *{trust!r}])\n"
        "assert 'boto3' not in sys.modules\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPO_ROOT,
        env={"PYTHONPATH": f"{REPO_ROOT}:{REPO_ROOT / 'layers/regua/python'}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
