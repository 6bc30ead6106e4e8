"""What is decided for one account at one instant, as tables of days and reasons."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.application.ruler_document import read_ruler
from regua.domain.account import Account
from regua.domain.circumstances import Circumstances
from regua.domain.conditions import Conditions
from regua.domain.contact_policy import Contact
from regua.domain.decision import MAX_INVOICES, decide
from regua.domain.dispatch import Dispatch, DispatchState, Ending, LeftOut
from regua.domain.ids import DispatchId, InvoiceId, PaymentId
from regua.domain.invoice import Invoice, Place
from regua.domain.money import Money
from regua.domain.reasons import Reason
from regua.domain.ruler import (
    DEFAULT_RULER,
    Anchor,
    Caps,
    Channel,
    Fallback,
    Phase,
    Ruler,
    Seen,
    Step,
    Tone,
)
from regua.domain.rulers import Rulers
from regua.domain.schedule import scheduled
from regua.domain.second_look import reopened, why_not_any_more
from regua.domain.steps import Look, is_prescribed
from tests.builders import (
    DUE,
    ISSUED_AT,
    any_account,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)

PADRAO = read_ruler(DEFAULT_RULER)
RULER = Rulers.only(PADRAO)
REF = PADRAO.ref
SATURDAY = date(2026, 11, 14)


def on(days: int) -> datetime:
    """Return nine o'clock, so many days after the due date."""
    return nine_o_clock(DUE + timedelta(days=days))


def ruler(*steps: Step, **changes: Any) -> Rulers:  # noqa: ANN401 - any field
    return Rulers.only(Ruler("teste", steps, **changes))


def step(name: str, offset: int, **changes: Any) -> Step:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {"channels": (Channel.EMAIL,), "template": "vencida", **changes}
    return Step(name, offset, **fields)


def at_step(step_id: str) -> Place:
    """Return the place of an invoice whose last step was this one."""
    dated = {s.id: day for day, s in PADRAO.dates_of(any_invoice())}
    dealt_with = dated[step_id]
    return Place(step_id, dealt_with, DispatchId("0" * 32), overdue_announced=True, ruler=REF)


def published(account: Account, now: datetime, of: Rulers = RULER) -> Dispatch:
    dispatch = decide(account, of, now).to_publish
    assert dispatch is not None
    return dispatch


def spoken_of(dispatch: Dispatch) -> Sequence[tuple[str, str]]:
    return [(i.external_id, i.step_id) for i in dispatch.invoices]


# ── one invoice ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("days", "last", "expected", "why"),
    [
        (-20, None, None, "nothing has come up yet"),
        (-3, None, None, "the reminder of Saturday waits for Monday"),
        (-1, None, "lembrete", "Monday"),
        (0, "lembrete", "vencimento", "the due date"),
        (0, None, "vencimento", "the reminder is overtaken"),
        (1, "vencimento", None, "in between"),
        (3, "vencimento", "vencida-3", "three days late"),
        (3, "vencida-3", None, "dealt with"),
        (6, "vencimento", "vencida-3", "a missed run is caught up"),
        (7, "vencida-3", "vencida-7", "seven days late"),
        (15, "vencida-7", "vencida-15", "fifteen days late"),
        (30, "vencida-15", "vencida-30", "thirty days late"),
        (90, "vencida-30", None, "the ruler is at its end"),
        (90, None, "vencida-30", "an old invoice gets the last word only"),
        (1, None, None, "a reminder of a date to come would speak of a date gone by"),
    ],
)
def test_the_latest_step_that_has_come_up_counts(
    days: int, last: str | None, expected: str | None, why: str
) -> None:
    place = Place() if last is None else at_step(last)
    decision = decide(any_account(any_invoice(place=place)), RULER, on(days))
    found = None if decision.to_publish is None else decision.to_publish.step_id
    assert found == expected, why


@pytest.mark.parametrize(
    ("invoice", "why"),
    [
        (any_invoice().with_payment(any_payment()), "settled"),
        (any_invoice().with_payment(any_payment(amount=Money(99999))), "overpaid"),
        (any_invoice().cancelled(on(0), "erro"), "cancelled"),
        (any_invoice().cancelled(on(0), "erro").with_payment(any_payment()), "cancelled and paid"),
    ],
)
@pytest.mark.parametrize("days", [-1, 0, 3, 7, 15, 30, 300])
def test_nothing_is_ever_said_about_what_nobody_owes(invoice: Invoice, why: str, days: int) -> None:
    account = any_account(any_invoice()).with_invoice(invoice)
    decision = decide(account, RULER, on(days))
    assert decision.dispatch is None, why
    assert decision.newly_overdue == ()
    assert decision.account.next_evaluation_at is None


def test_what_is_partly_paid_is_still_owed() -> None:
    invoice = any_invoice().with_payment(any_payment(amount=Money(1)))
    assert published(any_account(invoice), on(3)).step_id == "vencida-3"


def test_a_reversed_payment_brings_the_invoice_back_where_it_stood() -> None:
    stood = any_invoice(place=at_step("vencida-3"))
    back = stood.with_payment(any_payment()).with_reversal(PaymentId("pag-1"), on(5), "estorno")
    account = any_account().with_invoice(back)
    assert decide(account, RULER, on(5)).dispatch is None, "what was said is not said again"
    assert published(account, on(7)).step_id == "vencida-7"


@pytest.mark.parametrize(
    ("due", "today", "expected", "why"),
    [
        (SATURDAY, date(2026, 11, 16), "vencimento", "Monday is the last day to pay in time"),
        (SATURDAY, date(2026, 11, 17), None, "a day late is no step"),
        (SATURDAY, date(2026, 11, 19), "vencida-3", "three days after Monday"),
        (date(2026, 11, 2), date(2026, 11, 3), "vencimento", "Finados, paid on the day after"),
        (date(2026, 2, 14), date(2026, 2, 18), "vencimento", "Carnival: Ash Wednesday"),
    ],
)
def test_a_due_date_on_a_day_of_rest_is_not_chased_on_the_next_business_day(
    due: date, today: date, expected: str | None, why: str
) -> None:
    place = Place("lembrete", due - timedelta(days=3))
    account = any_account(any_invoice(due_date=due, place=place))
    decision = decide(account, RULER, nine_o_clock(today))
    found = decision.to_publish
    assert (found.step_id if found else None) == expected, why
    assert bool(decision.newly_overdue) is (expected != "vencimento")


def test_steps_that_were_overtaken_are_named_with_the_reason() -> None:
    dispatch = published(any_account(any_invoice(place=at_step("vencimento"))), on(20))
    assert spoken_of(dispatch) == [("fat-1", "vencida-15")]
    assert dispatch.left_out == tuple(
        LeftOut(InvoiceId("fat-1"), name, Reason.SUPERSEDED) for name in ("vencida-3", "vencida-7")
    )


def test_a_dispatch_carries_what_a_sender_needs() -> None:
    account = any_account(any_invoice(place=at_step("vencida-7")), schedule_seq=41)
    dispatch = published(account, on(15))
    assert (dispatch.phase, dispatch.template, dispatch.tone) == (
        Phase.FIRM,
        "atraso_prolongado",
        Tone.FIRM,
    )
    assert (dispatch.schedule_seq, dispatch.channel) == (41, Channel.EMAIL)
    assert (dispatch.decided_at, dispatch.decided_on) == (on(15), DUE + timedelta(days=15))


def test_the_business_day_is_the_rulers_own_and_not_that_of_utc() -> None:
    """At 22:30 in São Paulo it is already tomorrow in UTC."""
    evening = datetime(2026, 11, 13, 1, 30, tzinfo=UTC)
    account = any_account(any_invoice(place=at_step("vencimento")))
    assert decide(account, RULER, evening).dispatch is None
    dispatch = decide(account, RULER, evening + timedelta(days=1)).dispatch
    assert dispatch is not None
    assert dispatch.decided_on == date(2026, 11, 13)


@pytest.mark.parametrize(
    ("anchor", "offset", "days", "phase", "why"),
    [
        (Anchor.ISSUE_DATE, 5, -30, Phase.PREVENTIVE, "five days after issue, long before due"),
        (Anchor.ISSUE_DATE, 45, 5, Phase.SOFT, "45 days after issue, five days late"),
        (Anchor.DUE_DATE, -3, -3, Phase.PREVENTIVE, "before it is due"),
    ],
)
def test_the_phase_speaks_of_the_due_date_whatever_the_step_counts_from(
    anchor: Anchor, offset: int, days: int, phase: Phase, why: str
) -> None:
    due = date(2026, 11, 13)
    issue = (
        due + timedelta(days=days - offset) if anchor is Anchor.ISSUE_DATE else date(2026, 10, 1)
    )
    account = any_account(any_invoice(issue_date=issue, due_date=due))
    one = ruler(step("aviso", offset, anchor=anchor))
    decision = decide(account, one, nine_o_clock(due + timedelta(days=max(days, -28) + 3)))
    assert decision.dispatch is not None
    assert decision.dispatch.phase is phase, why


# ── several invoices, one contact ───────────────────────────────────────────────────────────────


def test_invoices_due_at_once_share_one_contact_led_by_the_furthest_along() -> None:
    account = any_account(
        any_invoice("nova", due_date=DUE + timedelta(days=30)),
        any_invoice("vence-hoje", due_date=DUE + timedelta(days=30), issue_date=DUE),
        any_invoice("velha", place=at_step("vencida-15")),
    )
    dispatch = published(account, on(30))
    assert spoken_of(dispatch) == [
        ("velha", "vencida-30"),
        ("nova", "vencimento"),
        ("vence-hoje", "vencimento"),
    ]
    assert (dispatch.step_id, dispatch.phase) == ("vencida-30", Phase.PRE_LISTING)


def test_an_invoice_without_a_step_now_is_not_dragged_along() -> None:
    account = any_account(
        any_invoice("agora", place=at_step("vencimento")),
        any_invoice("depois", due_date=DUE + timedelta(days=60)),
    )
    decision = decide(account, RULER, on(3))
    assert decision.dispatch is not None
    assert spoken_of(decision.dispatch) == [("agora", "vencida-3")]
    assert decision.account.invoices[InvoiceId("depois")].place == Place(ruler=REF)


def test_a_decided_contact_moves_every_invoice_it_speaks_of() -> None:
    account = any_account(any_invoice("a", place=at_step("vencimento")), any_invoice("b"))
    decision = decide(account, RULER, on(3))
    assert decision.dispatch is not None
    for invoice in decision.account.invoices.values():
        assert invoice.place == Place(
            "vencida-3",
            date(2026, 11, 13),
            decision.dispatch.dispatch_id,
            overdue_announced=True,
            ruler=REF,
            contacted_on=date(2026, 11, 13),
        )
    assert decision.account.schedule_seq == account.schedule_seq + 1
    assert decision.account.version == account.version
    assert [c.at for c in decision.account.contacts] == [on(3)]


def test_a_contact_speaks_of_so_many_invoices_and_the_others_wait_for_the_caps() -> None:
    many = [any_invoice(f"fat-{n:03d}") for n in range(MAX_INVOICES + 5)]
    decision = decide(any_account(*many), RULER, on(3))
    assert decision.dispatch is not None
    spoken = {i.external_id for i in decision.dispatch.invoices}
    assert len(spoken) == MAX_INVOICES
    assert {left.external_id for left in decision.dispatch.left_out} <= spoken
    assert decision.account.next_evaluation_at == on(3)
    rest = decide(decision.account, RULER, on(3)).dispatch
    assert rest is not None
    assert rest.ending is not None
    assert rest.ending.reason is Reason.DAILY_CAP
    assert len(rest.invoices) == 5


@pytest.mark.parametrize(("hour", "expected"), [(17, None), (18, "vencida-3")])
def test_a_step_comes_up_at_the_customers_hour_whatever_else_wakes_the_account(
    hour: int, expected: str | None
) -> None:
    account = any_account(
        any_invoice(place=at_step("vencimento")), customer=any_customer(preferred_hour=18)
    )
    dispatch = decide(account, RULER, on(3).replace(hour=hour + 3)).dispatch
    assert (dispatch and dispatch.step_id) == expected


# ── not now, or not at all ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("now", "contacts", "reason", "why"),
    [
        (on(3).replace(hour=23, minute=30), (), Reason.OUTSIDE_WINDOW, "half past eight at night"),
        (on(5), (), Reason.HOLIDAY, "a Sunday"),
        (on(3), (on(3) - timedelta(minutes=30),), Reason.DAILY_CAP, "already once today"),
        (on(3), (on(-1), on(0), on(1)), Reason.WEEKLY_CAP, "three times this week"),
    ],
)
def test_a_deferral_keeps_the_steps_for_later(
    now: datetime, contacts: tuple[datetime, ...], reason: Reason, why: str
) -> None:
    made = tuple(
        Contact(at, Channel.EMAIL, DispatchId(f"{n:032x}")) for n, at in enumerate(contacts)
    )
    place = at_step("lembrete")
    account = any_account(any_invoice(place=place), contacts=made)
    decision = decide(account, RULER, now)
    assert decision.to_publish is None
    assert decision.dispatch is not None
    ending = decision.dispatch.ending
    assert ending is not None
    assert (ending.state, ending.reason) == (DispatchState.DEFERRED, reason), why
    assert ending.until == decision.account.next_evaluation_at
    assert decision.dispatch.left_out == (), "what it overtook is told when it is made"
    assert ending.until is not None
    assert ending.until > now
    assert decision.account.invoices[InvoiceId("fat-1")].place == place
    assert decision.account.contacts == made, "a contact that was not made counts for nothing"
    later = decide(decision.account, RULER, ending.until)
    assert later.to_publish is not None
    assert later.to_publish.step_id == "vencida-3"
    assert later.to_publish.dispatch_id != decision.dispatch.dispatch_id


def test_a_deferred_contact_does_not_hold_back_what_is_announced_meanwhile() -> None:
    """``InvoiceOverdue`` is a fact for other systems; no cap on contacts may delay it."""
    made = tuple(Contact(on(-n), Channel.EMAIL, DispatchId(f"{n:032x}")) for n in (0, 1, 2))
    account = any_account(
        any_invoice(
            "velha", due_date=DUE - timedelta(days=40), place=Place(overdue_announced=True)
        ),
        any_invoice("vence-amanha", due_date=DUE + timedelta(days=1), place=at_step("vencimento")),
        contacts=made,
    )
    account = account.with_invoice(
        replace(
            account.invoices[InvoiceId("vence-amanha")],
            place=replace(at_step("vencimento"), overdue_announced=False),
        )
    )
    decision = decide(account, RULER, on(0))
    assert decision.dispatch is not None
    assert decision.dispatch.ending is not None
    morning_after = datetime(2026, 11, 12, 3, tzinfo=UTC)
    assert decision.account.next_evaluation_at is not None
    assert decision.account.next_evaluation_at <= morning_after


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"opt_outs": {Channel.EMAIL: on(0)}}, Reason.OPTED_OUT),
        ({"customer": any_customer(emails=())}, Reason.NO_ADDRESS),
        ({"customer": None}, Reason.NO_ADDRESS),
        (
            {"suppressed_addresses": frozenset({"maria@cliente.example.com.br"})},
            Reason.ADDRESS_SUPPRESSED,
        ),
    ],
)
def test_a_denial_deals_with_the_steps_without_a_contact(
    changes: dict[str, Any], reason: Reason
) -> None:
    account = any_account(any_invoice(place=at_step("vencimento")), **changes)
    decision = decide(account, RULER, on(3))
    assert decision.to_publish is None
    assert decision.dispatch is not None
    assert decision.dispatch.ending == Ending(DispatchState.SUPPRESSED, reason)
    assert decision.account.invoices[InvoiceId("fat-1")].place.step_id == "vencida-3"
    assert decision.account.contacts == ()
    assert decide(decision.account, RULER, on(3)).dispatch is None


def test_a_paused_creditor_contacts_nobody() -> None:
    decision = decide(
        any_account(any_invoice()), RULER, on(30), Circumstances(creditor_paused=True)
    )
    assert decision.dispatch is not None
    assert decision.dispatch.ending == Ending(DispatchState.SUPPRESSED, Reason.CREDITOR_PAUSED)


def test_a_channel_without_a_sender_is_denied_and_the_first_with_one_is_used() -> None:
    only_text = ruler(step("texto", 3, channels=(Channel.SMS,)))
    denied = decide(any_account(any_invoice()), only_text, on(3)).dispatch
    assert denied is not None
    assert denied.ending == Ending(DispatchState.SUPPRESSED, Reason.POLICY_DENIED)
    assert denied.channel is Channel.SMS
    both = ruler(step("qualquer", 3, channels=(Channel.WHATSAPP, Channel.EMAIL)))
    assert published(any_account(any_invoice()), on(3), both).channel is Channel.EMAIL


# ── steps not meant for an invoice ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("due", "today", "prescribed", "why"),
    [
        (date(2021, 11, 10), date(2026, 11, 10), False, "five years to the day"),
        (date(2021, 11, 10), date(2026, 11, 11), True, "a day more"),
        (date(2020, 2, 29), date(2025, 2, 28), False, "a leap day"),
        (date(2020, 2, 29), date(2025, 3, 1), True, "a leap day"),
        (date(2021, 12, 31), date(2026, 1, 1), False, "four years and a day"),
        (date(2015, 1, 1), date(2026, 11, 10), True, "long ago"),
    ],
)
def test_a_debt_is_prescribed_after_five_years(
    *, due: date, today: date, prescribed: bool, why: str
) -> None:
    invoice = any_invoice(issue_date=due - timedelta(days=30), due_date=due)
    assert is_prescribed(invoice, today) is prescribed, why


def test_a_prescribed_debt_is_never_collected() -> None:
    old = any_invoice("velha", issue_date=date(2020, 1, 1), due_date=date(2020, 2, 3))
    decision = decide(any_account(old, any_invoice("nova")), RULER, on(3))
    assert decision.dispatch is not None
    assert spoken_of(decision.dispatch) == [("nova", "vencida-3")]
    reasons = {(i.external_id, i.reason) for i in decision.dispatch.left_out}
    assert ("velha", Reason.PRESCRIBED) in reasons
    assert decide(any_account(old), RULER, on(3)).dispatch is None


def test_a_step_is_left_out_below_its_minimum_and_the_next_one_still_comes() -> None:
    minimum = Conditions(min_amount=Money(20000))
    steps = ruler(step("caro", 3, when=minimum), step("todos", 7))
    account = decide(any_account(any_invoice()), steps, on(3)).account
    assert account.invoices[InvoiceId("fat-1")].place.step_id == "caro"
    assert published(account, on(7), steps).step_id == "todos"


def test_why_a_step_was_left_out_is_told_with_the_contact_of_the_others() -> None:
    steps = ruler(step("caro", 3, when=Conditions(min_amount=Money(20000))))
    account = any_account(any_invoice("barata"), any_invoice("cara", amount=Money(20000)))
    dispatch = published(account, on(3), steps)
    assert spoken_of(dispatch) == [("cara", "caro")]
    assert dispatch.left_out == (LeftOut(InvoiceId("barata"), "caro", Reason.BELOW_THRESHOLD),)


# ── overdue, once ───────────────────────────────────────────────────────────────────────────────


def test_overdue_is_announced_once_on_the_day_after_the_last_day_to_pay() -> None:
    account = any_account(any_invoice(due_date=SATURDAY, place=Place("lembrete", DUE)))
    announced = []
    for days in range(3, 12):
        decision = decide(account, RULER, on(days))
        account = decision.account
        announced += [(days, i) for i in decision.newly_overdue]
    assert announced == [(7, "fat-1")], "Monday the 16th was the last day"


def test_a_later_due_date_is_announced_again_when_it_passes() -> None:
    account = decide(any_account(any_invoice()), RULER, on(1)).account
    later = any_invoice(issued_at=on(2), due_date=DUE + timedelta(days=14))
    account = account.with_invoice(account.invoices[InvoiceId("fat-1")].updated(later))
    assert decide(account, RULER, on(3)).newly_overdue == ()
    assert decide(account, RULER, on(15)).newly_overdue == ("fat-1",)


def test_the_account_wakes_up_at_midnight_to_announce_it() -> None:
    account = scheduled(any_account(any_invoice(place=Place("vencimento", DUE))), RULER, on(0))
    assert account.next_evaluation_at == datetime(2026, 11, 11, 3, tzinfo=UTC)


# ── when to look again ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hour", "zone_uf", "expected", "why"),
    [
        (None, "SP", datetime(2026, 11, 13, 12, tzinfo=UTC), "nine o'clock in São Paulo"),
        (15, "SP", datetime(2026, 11, 13, 18, tzinfo=UTC), "the hour the customer prefers"),
        (0, "SP", datetime(2026, 11, 13, 11, tzinfo=UTC), "midnight is not polite: at eight"),
        (23, "SP", datetime(2026, 11, 14, 11, tzinfo=UTC), "nor is eleven: Saturday at eight"),
        (None, "AC", datetime(2026, 11, 13, 13, tzinfo=UTC), "eight in Rio Branco"),
    ],
)
def test_the_next_look_is_when_the_next_step_may_be_made(
    hour: int | None, zone_uf: str, expected: datetime, why: str
) -> None:
    customer = any_customer(preferred_hour=hour, uf=zone_uf)
    account = any_account(any_invoice(place=at_step("vencimento")), customer=customer)
    assert scheduled(account, RULER, on(1)).next_evaluation_at == expected, why


def test_an_account_with_nothing_to_come_leaves_the_index() -> None:
    ended = replace(at_step("vencida-30"), ended=True)
    account = any_account(any_invoice(place=ended))
    assert scheduled(account, RULER, on(31)).next_evaluation_at is None
    assert scheduled(any_account(), RULER, on(31)).next_evaluation_at is None


def test_what_is_late_already_is_looked_at_as_soon_as_the_window_opens() -> None:
    sunday = on(5)
    account = any_account(any_invoice(place=at_step("vencimento")))
    assert scheduled(account, RULER, sunday).next_evaluation_at == datetime.combine(
        date(2026, 11, 16), time(8), ZoneInfo("America/Sao_Paulo")
    )


# ── a dispatch that its sender deferred ─────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("last", "days", "back_at"),
    [("vencida-3", 7, "vencida-3"), (None, 0, "lembrete"), ("vencimento", 3, "vencimento")],
)
def test_a_contact_that_was_not_made_after_all_comes_up_again(
    last: str | None, days: int, back_at: str
) -> None:
    place = Place() if last is None else at_step(last)
    decision = decide(any_account(any_invoice(place=place)), RULER, on(days))
    assert decision.dispatch is not None
    until = on(days) + timedelta(hours=1)
    again = reopened(decision.account, RULER, decision.dispatch, until)
    assert again.next_evaluation_at == until
    assert again.contacts == (), "it does not count for the caps"
    assert again.invoices[InvoiceId("fat-1")].place.step_id == back_at
    second = published(again, until)
    assert spoken_of(second) == spoken_of(decision.dispatch)
    assert second.dispatch_id != decision.dispatch.dispatch_id


def test_the_first_step_deferred_starts_over() -> None:
    decision = decide(any_account(any_invoice()), RULER, on(-1))
    assert decision.dispatch is not None
    again = reopened(decision.account, RULER, decision.dispatch, on(0))
    assert again.invoices[InvoiceId("fat-1")].place == Place(ruler=REF)


def test_only_the_invoices_of_that_contact_go_back_and_an_earlier_look_stays() -> None:
    other = any_invoice("outra", place=at_step("vencida-3"))
    account = any_account(other, any_invoice(place=at_step("vencida-3")), next_evaluation_at=on(1))
    ours = account.invoices[InvoiceId("fat-1")]
    account = account.with_invoice(
        replace(ours, place=replace(ours.place, dispatch_id=DispatchId("f" * 32)))
    )
    published_before = published(any_account(any_invoice()), on(3))
    dispatch = replace(published_before, dispatch_id=DispatchId("f" * 32), schedule_seq=4)
    again = reopened(account, RULER, dispatch, on(9))
    assert again.schedule_seq == 5, "the id of a deferred dispatch is used up"
    assert again.invoices[InvoiceId("outra")] == other
    assert again.invoices[InvoiceId("fat-1")].place.step_id == "vencimento"
    assert again.next_evaluation_at == on(1)


# ── a last look before the send ─────────────────────────────────────────────────────────────────

OURS = DispatchId("a" * 32)


@pytest.mark.parametrize(
    ("changes", "step_id", "days", "reason", "why"),
    [
        ({}, "vencida-3", 3, None, "it is still as decided"),
        ({}, "vencida-3", 5, None, "a day or two in a queue changes nothing"),
        ({"place": Place("vencida-3", DUE, OURS)}, "vencida-3", 3, None, "our own contact"),
        (
            {"place": Place("vencida-7", DUE, DispatchId("b" * 32))},
            "vencida-3",
            8,
            Reason.SUPERSEDED,
            "another contact spoke about it meanwhile",
        ),
        (
            {"due_date": DUE + timedelta(days=20)},
            "vencida-3",
            3,
            Reason.SUPERSEDED,
            "the due date was moved",
        ),
        ({}, "vencimento", 2, Reason.SUPERSEDED, "'due today' is no longer true"),
        ({"place": Place("antiga", DUE, OURS)}, "antiga", 3, None, "a step that left the ruler"),
        (
            {
                "place": Place("antiga", DUE, OURS),
                "issue_date": date(2019, 1, 1),
                "due_date": date(2020, 1, 2),
            },
            "antiga",
            3,
            Reason.PRESCRIBED,
            "prescribed while it lay in the queue",
        ),
    ],
)
def test_a_step_is_looked_at_again_before_it_is_spoken_about(
    *, changes: dict[str, Any], step_id: str, days: int, reason: Reason | None, why: str
) -> None:
    account = any_account(any_invoice(**changes))
    invoice = account.invoices[InvoiceId("fat-1")]
    dispatch = replace(published(any_account(any_invoice()), on(3)), dispatch_id=OURS)
    look = Look(account, RULER, on(days))
    assert why_not_any_more(invoice, step_id, dispatch, look) is reason, why


# ── for any account and any instant ─────────────────────────────────────────────────────────────

invoices = st.lists(
    st.builds(
        lambda n, due, last, centavos: any_invoice(
            f"fat-{n}",
            issue_date=due - timedelta(days=30),
            due_date=due,
            amount=Money(centavos),
            place=Place() if last is None else Place(last, due, DispatchId("0" * 32)),
        ),
        st.integers(1, 5),
        st.dates(date(2026, 9, 1), date(2026, 12, 20)),
        st.sampled_from([None, *(s.id for s in PADRAO.steps)]),
        st.sampled_from([1, 14990]),
    ),
    max_size=4,
    unique_by=lambda i: i.external_id,
)
recent = st.lists(st.integers(0, 10 * 24), max_size=4)
moments = st.datetimes(
    datetime(2026, 10, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2027, 1, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def _any_state(open_: list[Invoice], hours: list[int], now: datetime) -> Account:
    made = tuple(
        Contact(now - timedelta(hours=h), Channel.EMAIL, DispatchId(f"{n:032x}"))
        for n, h in enumerate(hours)
    )
    return any_account(*open_, contacts=made)


@given(invoices, recent, moments)
def test_looking_twice_at_the_same_instant_equals_looking_once(
    open_: list[Invoice], hours: list[int], now: datetime
) -> None:
    first = decide(_any_state(open_, hours, now), RULER, now)
    assert decide(_any_state(open_, hours, now), RULER, now) == first, "the decision is pure"
    second = decide(first.account, RULER, now)
    assert second.to_publish is None
    assert second.newly_overdue == ()
    if first.dispatch is None or first.dispatch.ending is None:
        assert second.account == first.account


@given(invoices, recent, moments)
def test_after_a_decision_the_next_look_is_in_the_future(
    open_: list[Invoice], hours: list[int], now: datetime
) -> None:
    account = decide(_any_state(open_, hours, now), RULER, now).account
    assert account.next_evaluation_at is None or account.next_evaluation_at > now


@given(invoices, recent, moments)
def test_a_contact_speaks_only_of_open_invoices_whose_steps_came_up(
    open_: list[Invoice], hours: list[int], now: datetime
) -> None:
    account = _any_state(open_, hours, now)
    dispatch = decide(account, RULER, now).dispatch
    if dispatch is None:
        return
    assert dispatch.invoices
    today = now.astimezone(ZoneInfo("America/Sao_Paulo")).date()
    for external_id, step_id in spoken_of(dispatch):
        invoice = account.invoices[InvoiceId(external_id)]
        assert {s.id: day for day, s in PADRAO.pending(invoice)}[step_id] <= today
    named = {(i.external_id, i.step_id) for i in dispatch.left_out}
    assert not named & {(i.external_id, i.step_id) for i in dispatch.invoices}
    assert dispatch.step_id in {i.step_id for i in dispatch.invoices}


@given(invoices, st.integers(1, 3))
def test_a_whole_life_never_breaks_a_cap_nor_repeats_a_dispatch(
    open_: list[Invoice], per_week: int
) -> None:
    """Walk from wake-up to wake-up for four months, as the clock does."""
    of = Rulers.only(replace(PADRAO, caps=Caps(per_day=1, per_week=per_week)))
    account = scheduled(any_account(*open_), of, on(-45))
    sent: list[Dispatch] = []
    said: list[tuple[str, str]] = []
    for _ in range(200):
        now = account.next_evaluation_at
        if now is None:
            break
        decision = decide(account, of, now)
        account = decision.account
        if decision.to_publish:
            sent.append(decision.to_publish)
            said += spoken_of(decision.to_publish)
    assert account.next_evaluation_at is None, "the life of an unpaid invoice ends"
    assert len({d.dispatch_id for d in sent}) == len(sent)
    assert len(set(said)) == len(said), "no step is said twice about an invoice"
    days = [d.decided_on for d in sent]
    assert len(set(days)) == len(days)
    for day in days:
        assert sum(day - timedelta(days=7) < d <= day for d in days) <= per_week


def test_what_the_policy_refuses_names_its_rule_in_the_plan() -> None:
    account = any_account(any_invoice(), opt_outs={Channel.EMAIL: ISSUED_AT})
    dispatch = decide(account, any_creditor().rulers, nine_o_clock(DUE)).dispatch
    assert dispatch is not None
    assert dispatch.ending is not None
    assert (dispatch.ending.reason, dispatch.ending.rule) == (Reason.OPTED_OUT, "contact.opt_out")


# ── the next channel, undone ────────────────────────────────────────────────────────────────────


def test_a_next_channel_that_its_sender_deferred_is_tried_again_and_repeats_no_step() -> None:
    """The step was made by e-mail; only the text message waits."""
    first = Fallback(24, Seen.OPENED)
    channels = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)
    both = Circumstances(senders=frozenset(channels), opt_in_needed=frozenset())
    of = ruler(step("vencida-3", 3, channels=channels, fallback=first), step("vencida-30", 30))
    account = any_account(any_invoice(), customer=any_customer(phones=("+5511987654321",)))
    mailed = decide(account, of, on(3), both)
    texted = decide(mailed.account, of, on(6), both)
    assert mailed.dispatch is not None
    assert texted.dispatch is not None
    assert texted.dispatch.fallback_of == mailed.dispatch.dispatch_id
    until = on(6) + timedelta(hours=1)
    again = reopened(texted.account, of, texted.dispatch, until)
    place = again.invoices[InvoiceId("fat-1")].place
    assert (place.step_id, place.dispatch_id) == ("vencida-3", mailed.dispatch.dispatch_id)
    (waiting,) = again.attempts
    assert (waiting.check_at, waiting.channels) == (until, (Channel.SMS, Channel.WHATSAPP))
    later = decide(again, of, until, both)
    assert later.dispatch is not None
    assert (later.dispatch.channel, later.dispatch.ending) == (Channel.SMS, None)
    assert spoken_of(later.dispatch) == [("fat-1", "vencida-3")]
