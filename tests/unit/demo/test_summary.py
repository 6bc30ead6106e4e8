"""The arithmetic of the report, on a few invoices whose story is written out."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from local.demo.checks import Evidence, mentioned
from local.demo.crowd import Hit
from local.demo.hits import covering, recorded_hits, reported
from local.demo.ledger import Ledger, Standing, figures
from local.demo.life import Life
from local.demo.message import SMS, VOICE, InvoiceLine, Message
from local.demo.model import (
    Abatement,
    Customer,
    Invoice,
    Movement,
    Payment,
    Portfolio,
    Reader,
    Reversal,
    Withdrawal,
    frozen,
    local,
)
from local.demo.report import brl, cost
from local.demo.summary import (
    Amount,
    ChannelRow,
    attention,
    by_channel,
    by_step,
    reasons,
    standings,
)
from local.demo.system import DispatchRow, Spent

FRIDAY = date(2026, 11, 27)
ANA = Customer("ANA", "Ana", "00000000191", "person", emails=("ana@example.com.br",))


def invoice(number: str, due: date = FRIDAY, centavos: int = 10_000) -> Invoice:
    return Invoice(number, number, "ANA", due - timedelta(days=10), due, centavos)


def paid(number: str, on: date, centavos: int = 10_000, hour: int = 12) -> Payment:
    at = local(on, time(hour))
    return Payment(f"P-{number}-{on}", number, centavos, at, at)


def mail(seq: int, at: datetime, *numbers: str) -> Message:
    lines = tuple(InvoiceLine(number, said_late=False) for number in numbers)
    return Message(seq, f"{seq:032x}", "ana@example.com.br", at, lines=lines)


def evidence(
    invoices: list[Invoice], movements: list[Movement], mails: list[tuple[Message, str]]
) -> Evidence:
    portfolio = Portfolio("x", FRIDAY, frozen({"ANA": ANA}), tuple(invoices))
    messages = [m for m, _ in mails]
    life = Life(portfolio, 10, ledger=Ledger.of(invoices, movements), messages=messages)
    rows = [DispatchRow(m.dispatch_id, step, "sent", None) for m, step in mails]
    return Evidence(life, {}, rows, {})


def test_money_counts_for_the_last_message_before_it_came() -> None:
    reminder = mail(1, local(FRIDAY - timedelta(days=3), time(9)), "A", "B", "C")
    chaser = mail(2, local(FRIDAY + timedelta(days=3), time(9)), "B")
    story = evidence(
        [invoice(n) for n in "ABCDE"],
        [
            paid("A", FRIDAY),
            paid("B", FRIDAY + timedelta(days=4)),
            paid("D", FRIDAY - timedelta(days=5)),
        ],
        [(reminder, "lembrete"), (chaser, "vencida-3")],
    )
    rows, before_any = by_step(story)
    assert [(r.step_id, r.paid_after, r.recovered, r.mentions) for r in rows] == [
        ("lembrete", Amount(1, 10_000), Amount(), 3),
        ("vencida-3", Amount(1, 10_000), Amount(1, 10_000), 1),
    ]
    assert before_any == Amount(1, 10_000)
    totals = standings(story.life.ledger)
    assert totals[Standing.SETTLED] == Amount(3, 30_000)
    assert totals[Standing.OPEN] == Amount(2, 20_000)


def test_a_message_after_the_payment_is_not_what_brought_it() -> None:
    late_mail = mail(1, local(FRIDAY, time(15)), "A")
    story = evidence([invoice("A")], [paid("A", FRIDAY, hour=12)], [(late_mail, "vencimento")])
    _, before_any = by_step(story)
    assert before_any == Amount(1, 10_000)


def test_standing_follows_from_part_payments_reversals_abatements_and_withdrawals() -> None:
    noon = local(FRIDAY, time(12))
    first = paid("A", FRIDAY, 4_000)
    rest = paid("A", FRIDAY + timedelta(days=1), 6_000)
    ledger = Ledger.of(
        [invoice(n) for n in "ABCD"],
        [
            first,
            rest,
            paid("B", FRIDAY, 9_000),
            paid("C", FRIDAY, 9_000),
            Abatement("C", 9_000, noon),
            Withdrawal("D", noon, "baixa"),
        ],
    )
    pages = ledger.pages
    assert pages["A"].standing() is Standing.SETTLED
    assert pages["A"].standing(first.known_at) is Standing.PARTIALLY_PAID
    assert pages["A"].settled_on() == FRIDAY + timedelta(days=1)
    assert pages["B"].standing() is Standing.PARTIALLY_PAID
    assert pages["C"].standing() is Standing.SETTLED
    assert pages["D"].standing() is Standing.CANCELLED
    undone = Reversal(rest.payment_id, "A", 6_000, noon + timedelta(days=9), "devolvido")
    ledger.record(undone, undone.known_at)
    assert pages["A"].standing() is Standing.PARTIALLY_PAID
    assert pages["A"].is_closed(noon + timedelta(days=5))


def test_late_by_the_calendar_is_not_always_late_by_the_bank() -> None:
    saturday = FRIDAY + timedelta(days=1)
    ledger = Ledger.of(
        [invoice("A", saturday), invoice("B", saturday), invoice("C", FRIDAY)],
        [paid("A", FRIDAY + timedelta(days=3)), paid("B", FRIDAY + timedelta(days=4))],
    )
    counted = figures(ledger)
    assert (counted.late_by_calendar, counted.late_by_bank_rule) == (2, 1)
    assert (counted.paid, counted.still_open) == (2, 1)


def test_a_hit_in_the_timelines_of_two_invoices_is_one_hit() -> None:
    line = {"type": "opened", "dispatch_id": "d", "at": "t", "label": "person"}
    click = {"type": "clicked", "dispatch_id": "d", "at": "t", "link": "0", "label": "person"}
    other = {**click, "link": "1", "label": "security_scanner"}
    sent = {"type": "sent", "dispatch_id": "d", "at": "t"}
    counts = recorded_hits([{"timeline": [line, click, other, sent]}, {"timeline": [line]}, {}])
    assert counts == {
        ("open", "person"): 1,
        ("click", "person"): 1,
        ("click", "security_scanner"): 1,
    }


def test_an_image_proxy_counts_as_a_person_and_doubt_as_neither() -> None:
    at = local(FRIDAY, time(9))
    hits = [
        Hit("d", "open", "u", at, Reader.IMAGE_PROXY, "a"),
        Hit("d", "open", "u", at, Reader.PRIVACY_PREFETCH, "a"),
        Hit("d", "click", "u", at, Reader.PERSON, "a"),
    ]
    recorded = {("open", "image_proxy"): 1, ("open", "unknown"): 1, ("open", "prefetch"): 2}
    found = attention("open", hits, recorded)
    assert (found.made_by_people, found.made_by_machines) == (1, 1)
    assert (found.recorded_as_people, found.recorded_as_machines) == (1, 2)
    assert found.recorded_as_unknown == 1


def test_few_timelines_tell_of_every_message() -> None:
    at = local(FRIDAY, time(9))
    mails = [(mail(1, at, "A", "B"), "x"), (mail(2, at, "B"), "x"), (mail(3, at, "B", "C"), "x")]
    story = evidence([invoice(n) for n in "ABC"], [], mails)
    assert covering(mentioned(story.life)) == ["B"]


def test_money_is_written_as_brazilians_do() -> None:
    assert [brl(n) for n in (0, 5, 123456, 123456789)] == [
        "R$ 0,00",
        "R$ 0,05",
        "R$ 1.234,56",
        "R$ 1.234.567,89",
    ]


def test_a_channel_s_row_tells_outcome_cost_and_the_money_after_it() -> None:
    at = local(FRIDAY + timedelta(days=3), time(9))
    reminder = mail(1, at, "A", "B")
    text = Message(2, f"{2:032x}", "+5511900001000", at + timedelta(days=1), SMS, text="x")
    busy = replace(text, seq=3, dispatch_id=f"{3:032x}", channel=VOICE, outcome="busy")
    story = evidence(
        [invoice("A"), invoice("B")],
        [paid("A", FRIDAY + timedelta(days=3)), paid("B", FRIDAY + timedelta(days=5))],
        [(reminder, "vencida"), (text, "vencida"), (busy, "ligar")],
    )
    story.life.planned.update({text.dispatch_id: ("B",), busy.dispatch_id: ("B",)})
    story.life.hits.append(Hit(text.dispatch_id, "click", "u", at, Reader.PERSON, "a"))
    mail_row, text_row, call_row = story.dispatches
    story.dispatches = [
        mail_row,
        replace(text_row, channel=SMS, is_fallback=True),
        replace(call_row, channel=VOICE, state="failed", reason="undeliverable"),
        replace(text_row, dispatch_id="f" * 32, channel=SMS, state="deferred", reason="daily_cap"),
    ]
    story.reported = {
        reminder.dispatch_id: frozenset({"delivered", "opened"}),
        text.dispatch_id: frozenset({"sent"}),
        busy.dispatch_id: frozenset({"undelivered"}),
    }
    story.costs = {SMS: Spent(1, Decimal(11))}
    email, sms, voice = by_channel(story)
    late = Amount(1, 10_000)
    assert email == ChannelRow("email", 1, 1, delivered=1, seen=1, paid_after=late, recovered=late)
    assert sms == ChannelRow(
        "sms",
        planned=2,
        sent=1,
        fallbacks=1,
        clicks=1,
        spent=Spent(1, Decimal(11)),
        paid_after=late,
        recovered=late,
    )
    assert voice == ChannelRow("voice", planned=1, seen=0, failed=1)
    assert list(reasons(story)) == [
        ("sms", "deferred", "daily_cap"),
        ("voice", "failed", "undeliverable"),
    ]


def test_an_open_by_a_machine_is_not_reported_as_seen() -> None:
    lines = [
        {"type": "opened", "dispatch_id": "d", "label": "prefetch"},
        {"type": "delivered", "dispatch_id": "d"},
        {"type": "issued"},
    ]
    assert reported([{"timeline": lines}]) == {"d": frozenset({"delivered"})}


@pytest.mark.parametrize(
    ("centavos", "text"),
    [("0.055", "R$ 0,001"), ("11", "R$ 0,110"), ("123456.7", "R$ 1.234,567")],
)
def test_what_messages_cost_is_written_to_a_tenth_of_a_centavo(centavos: str, text: str) -> None:
    assert cost(Decimal(centavos)) == text
