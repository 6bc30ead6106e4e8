"""A whole life on a small fake system: the order of a day, and every check, kept and broken."""

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from local.demo.checks import mentioned
from local.demo.generate import generate
from local.demo.life import live
from local.demo.progress import Days, console
from local.demo.session import Wish, run_demo
from local.place import LocalError
from tests.unit.demo.fake_system import FakeSystem

MONDAY = date(2026, 11, 23)
SMALL = Wish(customers=60, invoices=220, days=34, first_day=MONDAY, seed=7)


def test_a_system_that_keeps_the_law_passes_every_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_demo(FakeSystem(), SMALL, tmp_path) == 0
    printed = capsys.readouterr().out
    assert "Todas as conferências fecharam" in printed
    assert "FALHA" not in printed
    assert (tmp_path / "report.json").exists()


@pytest.mark.parametrize(
    ("fault", "statement"),
    [
        ("chases_paid", "ninguém foi cobrado depois de pagamento"),
        ("calls_late_by_calendar", "ninguém foi chamado de atrasado antes do fim do prazo"),
        ("late_by_calendar", "calendário bancário independente"),
        ("sends_twice", "ninguém recebeu a mesma mensagem duas vezes"),
        ("forgets_a_send", "o que a operadora recebeu é o que o sistema enviou"),
        ("gives_no_reason", "e o resto tem motivo"),
        ("drops_a_receipt", "todo desfecho informado pela operadora"),
        ("tells_others", "foi para um endereço do próprio cliente"),
        ("names_another", "as citadas em SMS e WhatsApp são as do plano"),
        ("plans_nothing", "toda mensagem é sobre faturas do cliente"),
        ("tells_who_picks_up", "nenhuma ligação revelou a dívida"),
        ("too_often", "além dos limites por dia e por semana"),
        ("at_night", "cada canal só foi usado no seu horário"),
        ("is_deaf", "quem respondeu para parar foi ouvido"),
        ("loses_a_contact", "planejado = enviado"),
        ("dead_letter", "mensagens mortas"),
        ("ignores_wishes", "no canal em que pediu para parar"),
        ("drops_a_hit", "toda abertura e todo clique"),
        ("proves_other_bytes", "os bytes que a operadora recebeu"),
        ("breaks_a_chain", "os bytes que a operadora recebeu"),
        ("forgets_a_seal", "os bytes que a operadora recebeu"),
        ("issues_no_laudo", "o laudo de uma fatura"),
        ("forges_a_laudo", "o laudo de uma fatura"),
    ],
)
def test_each_fault_of_a_system_breaks_its_own_check(
    fault: str, statement: str, tmp_path: Path
) -> None:
    assert run_demo(FakeSystem(fault), SMALL, tmp_path) == 1
    checks = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["checks"]
    broken = [check["statement"] for check in checks if not check["holds"]]
    assert any(statement in said for said in broken)


def test_what_is_known_is_drained_before_the_ruler_is_evaluated() -> None:
    system = FakeSystem()
    portfolio = generate(MONDAY, 20, seed=3, customers=20, invoices=60)
    with Days(20, console()) as shown:
        live(portfolio, 20, system, shown=shown, seed=3)
    for before, call in pairwise(system.calls):
        assert call != "tick" or before == "drain"
    assert system.calls[-1] == "drain"


def test_the_same_seed_lives_the_same_life() -> None:
    lives = []
    for _ in range(2):
        system = FakeSystem()
        with Days(15, console()) as shown:
            portfolio = generate(MONDAY, 15, seed=5, customers=20, invoices=60)
            life = live(portfolio, 15, system, shown=shown, seed=5)
        lives.append([(m.to, m.received_at, m.text, m.lines) for m in life.messages])
    assert lives[0] == lives[1]


def test_what_an_earlier_life_left_open_is_not_judged_in_this_one() -> None:
    system = FakeSystem()
    first = generate(MONDAY, 12, seed=3, customers=10, invoices=40)
    renamed = {k: replace(c, external_id=f"a-{k}") for k, c in first.customers.items()}
    first = replace(
        first,
        customers={c.external_id: c for c in renamed.values()},
        invoices=tuple(
            replace(i, external_id=f"a-{i.external_id}", customer_id=f"a-{i.customer_id}")
            for i in first.invoices
        ),
        movements=(),
    )
    second = generate(MONDAY + timedelta(days=12), 20, seed=5, customers=20, invoices=60)
    lives = []
    for portfolio, days in ((first, 12), (second, 20)):
        with Days(days, console()) as shown:
            lives.append(live(portfolio, days, system, shown=shown, seed=5))
    earlier, later = lives
    assert earlier.foreign == set()
    seen = {message.dispatch_id for message in later.messages}
    assert later.foreign
    assert seen
    assert seen.isdisjoint(later.foreign)
    assert {m.message.dispatch_id for m in mentioned(later)} == seen


def test_a_portfolio_that_already_lived_here_is_refused(tmp_path: Path) -> None:
    system = FakeSystem()
    wish = Wish(customers=5, invoices=10, days=12, first_day=MONDAY)
    run_demo(system, wish, tmp_path)
    with pytest.raises(LocalError, match="make down"):
        run_demo(system, wish, tmp_path)
