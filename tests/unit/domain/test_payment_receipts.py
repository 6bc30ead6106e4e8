"""Receipts of payment: who is thanked, for what, on which channel, and when it is too late."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.circumstances import USUAL, Circumstances
from regua.domain.contact_policy import Contact
from regua.domain.decision import decide
from regua.domain.dispatch import Dispatch, DispatchState, Ending, Purpose
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.invoice import Invoice, PaymentReceipt
from regua.domain.payment_receipts import (
    MAX_INVOICES,
    THANKED_WITHIN,
    plan_receipt,
    thanks_anybody,
    why_not_thanked,
    with_receipt,
)
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Phase, ReceiptOptions, Tone
from regua.domain.rulers import Line, Rulers, Segment
from regua.domain.steps import Look
from tests.builders import (
    DUE,
    any_account,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)

NOW = nine_o_clock(DUE + timedelta(days=2))
PAID_AT = NOW - timedelta(minutes=5)
RULER = any_creditor().ruler


def rulers(options: ReceiptOptions | None = ReceiptOptions()) -> Rulers:  # noqa: B008 - immutable
    return Rulers.only(replace(RULER, receipt=options))


def paid(external_id: str = "fat-1", at: datetime = PAID_AT, **changes: Any) -> Invoice:  # noqa: ANN401 - any field
    payment = any_payment(f"pag-{external_id}", paid_at=at)
    return any_invoice(external_id, **changes).with_payment(payment)


def plan(
    *invoices: Invoice,
    now: datetime = NOW,
    options: ReceiptOptions | None = ReceiptOptions(),  # noqa: B008 - immutable
    put_off: Mapping[InvoiceId, DispatchId] | None = None,
    given: Circumstances = USUAL,
    **account: Any,  # noqa: ANN401 - any field
) -> Dispatch | None:
    look = Look(any_account(**account), rulers(options), now, given)
    planned = plan_receipt(invoices, look, put_off or {})
    return None if planned is None else planned[0]


def planned(*invoices: Invoice, **more: Any) -> Dispatch:  # noqa: ANN401 - as above
    dispatch = plan(*invoices, **more)
    assert dispatch is not None
    return dispatch


def test_a_paid_invoice_is_thanked_for_in_a_friendly_tone() -> None:
    dispatch = planned(paid())
    assert dispatch.purpose is Purpose.RECEIPT
    assert (dispatch.channel, dispatch.template) == (Channel.EMAIL, "recibo")
    assert (dispatch.tone, dispatch.phase) == (Tone.FRIENDLY, Phase.SOFT)
    assert [(i.external_id, i.step_id) for i in dispatch.invoices] == [("fat-1", "recibo")]
    assert (dispatch.decided_at, dispatch.decided_on) == (NOW, DUE + timedelta(days=2))
    assert dispatch.ending is None


def test_nobody_is_thanked_where_receipts_are_off() -> None:
    assert plan(paid(), options=None) is None
    assert not thanks_anybody(rulers(None))
    assert thanks_anybody(rulers())


def test_several_invoices_share_one_receipt_the_oldest_first() -> None:
    later = paid("a", due_date=DUE + timedelta(days=9))
    dispatch = planned(later, paid("c"), paid("b"))
    assert [i.external_id for i in dispatch.invoices] == ["b", "c", "a"]


def test_a_receipt_lists_so_many_invoices_and_leaves_the_others() -> None:
    many = [paid(f"fat-{n:03d}") for n in range(MAX_INVOICES + 1)]
    assert len(planned(*many).invoices) == MAX_INVOICES


def test_the_id_follows_from_what_was_settled_and_when() -> None:
    one, other = paid("a"), paid("b")
    assert planned(one, other).dispatch_id == planned(other, one, now=NOW + DAY).dispatch_id
    names = {
        planned(one).dispatch_id,
        planned(other).dispatch_id,
        planned(one, other).dispatch_id,
        planned(paid("a", at=PAID_AT - timedelta(seconds=1))).dispatch_id,
        planned(one, put_off={one.external_id: DispatchId("f" * 32)}).dispatch_id,
    }
    assert len(names) == 5


DAY = timedelta(days=1)
ALL = tuple(c for c in Channel if c is not Channel.VOICE)
EVERYTHING = Circumstances(senders=frozenset(Channel), opt_in_needed=frozenset())


@pytest.mark.parametrize(
    ("account", "given", "ending"),
    [
        ({"opt_outs": {Channel.EMAIL: NOW}}, {}, (Reason.OPTED_OUT, "contact.opt_out")),
        (
            {"customer": any_customer(emails=())},
            {},
            (Reason.NO_ADDRESS, "contact.no_address"),
        ),
        (
            {"suppressed_addresses": frozenset({"maria@cliente.example.com.br"})},
            {},
            (Reason.ADDRESS_SUPPRESSED, "contact.suppressed_address"),
        ),
        ({}, {"creditor_paused": True}, (Reason.CREDITOR_PAUSED, "contact.creditor_paused")),
    ],
)
def test_who_may_not_be_written_to_is_not_thanked(
    account: dict[str, Any], given: dict[str, Any], ending: tuple[Reason, str]
) -> None:
    dispatch = planned(paid(), given=replace(USUAL, **given), **account)
    assert dispatch.ending is not None
    assert dispatch.ending.state is DispatchState.SUPPRESSED
    assert (dispatch.ending.reason, dispatch.ending.rule) == ending


def test_the_first_channel_that_is_open_to_the_customer_is_used() -> None:
    options = ReceiptOptions((Channel.WHATSAPP, Channel.SMS, Channel.EMAIL))
    reachable = any_customer(phones=("+5511987654321",))
    assert planned(paid(), options=options, given=EVERYTHING).channel is Channel.EMAIL
    by_phone = planned(paid(), options=options, given=EVERYTHING, customer=reachable)
    assert by_phone.channel is Channel.WHATSAPP
    without_consent = replace(EVERYTHING, opt_in_needed=frozenset({Channel.WHATSAPP}))
    by_text = planned(paid(), options=options, given=without_consent, customer=reachable)
    assert by_text.channel is Channel.SMS


def test_no_cap_holds_a_receipt_back() -> None:
    contacts = tuple(
        Contact(NOW - timedelta(hours=n), Channel.EMAIL, DispatchId(f"{n:032x}")) for n in range(9)
    )
    assert planned(paid(), contacts=contacts).ending is None


def test_outside_the_hours_it_waits_for_the_next_window() -> None:
    evening = NOW + timedelta(hours=12)
    dispatch = planned(paid(at=evening), now=evening)
    assert dispatch.ending is not None
    assert (dispatch.ending.state, dispatch.ending.reason) == (
        DispatchState.DEFERRED,
        Reason.OUTSIDE_WINDOW,
    )
    assert dispatch.ending.until == nine_o_clock(DUE + timedelta(days=3)) - timedelta(hours=1)


def test_what_was_paid_long_ago_is_not_thanked_for() -> None:
    at = NOW - THANKED_WITHIN
    assert plan(paid(at=at)) is not None
    assert plan(paid(at=at - timedelta(seconds=1))) is None


def test_what_waited_too_long_ends_with_its_reason() -> None:
    old = paid(at=NOW - THANKED_WITHIN - timedelta(seconds=1))
    dispatch = planned(old, put_off={old.external_id: DispatchId("f" * 32)})
    assert dispatch.ending == Ending(DispatchState.SUPPRESSED, Reason.CONDITION_NOT_MET)
    assert dispatch.ending.rule == "receipt.timely"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (HoldKind.HELD, Reason.HELD),
        (HoldKind.DISPUTED, Reason.DISPUTED),
        (HoldKind.PROMISED, None),
        (HoldKind.PAYMENT_IN_TRANSIT, None),
    ],
)
@pytest.mark.parametrize("about", [None, InvoiceId("fat-1")])
def test_who_waits_for_money_may_thank_for_it_and_who_was_asked_to_rest_may_not(
    kind: HoldKind, reason: Reason | None, about: InvoiceId | None
) -> None:
    hold = Hold("h", kind, NOW - DAY, NOW + DAY, "", "atendimento", about)
    dispatch = planned(paid(), holds=(hold,))
    assert (dispatch.ending and dispatch.ending.reason) == reason


def test_a_disputed_invoice_does_not_keep_another_one_from_its_thanks() -> None:
    hold = Hold("h", HoldKind.DISPUTED, NOW - DAY, None, "", "atendimento", InvoiceId("a"))
    look = Look(any_account(holds=(hold,)), rulers(), NOW)
    found = plan_receipt([paid("a"), paid("b")], look, {})
    assert found is not None
    rest = plan_receipt([i for i in (paid("a"), paid("b")) if i not in _bare(found[1])], look, {})
    assert rest is not None
    ends = {d.invoices[0].external_id: d.ending and d.ending.reason for d in (found[0], rest[0])}
    assert ends == {"a": Reason.DISPUTED, "b": None}


def _bare(invoices: Any) -> list[Invoice]:  # noqa: ANN401 - invoices
    return [replace(i, receipt=None) for i in invoices]


def test_a_segment_that_is_not_contacted_is_not_thanked() -> None:
    base = rulers()
    segments = (Segment("ninguem", excluded=True),)
    everybody = replace(base, assignment=replace(base.assignment, segments=segments))
    found = plan_receipt([paid()], Look(any_account(), everybody, NOW), {})
    assert found is not None
    assert found[0].ending == Ending(DispatchState.SUPPRESSED, Reason.EXCLUDED)


def test_the_version_in_force_says_how_whatever_version_the_invoice_is_on() -> None:
    old = replace(RULER, version=1)
    new = replace(RULER, version=2, receipt=ReceiptOptions(template="recibo"))
    on_old = paid().at_place(replace(paid().place, ruler=old.ref))
    switched_on = replace(rulers(), lines={RULER.name: Line(new)}, earlier={old.ref: old})
    assert plan_receipt([on_old], Look(any_account(), switched_on, NOW), {}) is not None
    switched_off = replace(
        rulers(), lines={RULER.name: Line(replace(new, receipt=None))}, earlier={old.ref: new}
    )
    assert plan_receipt([on_old], Look(any_account(), switched_off, NOW), {}) is None


# ── looked at again before it leaves ────────────────────────────────────────────────────────────


def thanked(invoice: Invoice, dispatch: Dispatch) -> Invoice:
    assert invoice.settled_at is not None
    return replace(invoice, receipt=PaymentReceipt(invoice.settled_at, dispatch.dispatch_id))


def why(invoice: Invoice, dispatch: Dispatch, now: datetime = NOW) -> tuple[Reason, str] | None:
    refused = why_not_thanked(invoice, dispatch, Look(any_account(), rulers(), now))
    return refused and (refused.reason, refused.rule.code if refused.rule else "")


def test_what_is_still_settled_is_still_thanked_for() -> None:
    assert why(thanked(paid(), planned(paid())), planned(paid())) is None


def test_what_was_taken_back_cancelled_or_paid_anew_is_not() -> None:
    dispatch = planned(paid())
    invoice = thanked(paid(), dispatch)
    reversed_ = invoice.with_reversal(invoice.payments[0].payment_id, NOW, "estorno")
    assert why(reversed_, dispatch) == (Reason.CONDITION_NOT_MET, "receipt.still_settled")
    assert why(invoice.cancelled(NOW, "erro"), dispatch) == (Reason.CANCELLED, "")
    anew = reversed_.with_payment(any_payment("outro", paid_at=NOW))
    assert why(anew, dispatch) == (Reason.SUPERSEDED, "")
    other = planned(anew)
    assert why(thanked(anew, other), other) is None
    assert why(thanked(anew, other), dispatch) == (Reason.SUPERSEDED, "")
    late = NOW + THANKED_WITHIN
    assert why(invoice, dispatch, late) == (Reason.CONDITION_NOT_MET, "receipt.timely")


# ── waiting ─────────────────────────────────────────────────────────────────────────────────────


def test_what_is_put_off_wakes_the_account_and_is_named_then() -> None:
    until = NOW + timedelta(hours=11)
    put_off = Ending(DispatchState.DEFERRED, Reason.OUTSIDE_WINDOW, until)
    account = with_receipt(any_account(), planned(paid()), put_off)
    assert account.next_evaluation_at == until
    early = decide(account, rulers(), NOW)
    assert early.receipts == ()
    assert early.account.next_evaluation_at == until
    woken = decide(early.account, rulers(), until)
    assert woken.receipts == ("fat-1",)
    assert woken.dispatch is None
    assert (woken.account.receipts_due, woken.account.next_evaluation_at) == ({}, None)


def test_a_receipt_that_ends_waits_no_longer() -> None:
    waiting = any_account().with_receipts_due([InvoiceId("fat-1")], NOW)
    account = with_receipt(waiting, planned(paid()), None)
    assert account.receipts_due == {}


def test_a_step_and_a_receipt_come_up_in_one_look() -> None:
    owed = any_invoice("outra", due_date=DUE - DAY)
    account = any_account(owed).with_receipts_due([InvoiceId("fat-1")], NOW)
    found = decide(account, rulers(), NOW)
    assert found.receipts == ("fat-1",)
    assert found.dispatch is not None
    assert [i.external_id for i in found.dispatch.invoices] == ["outra"]


@given(
    st.lists(st.integers(0, 14 * 24), min_size=1, max_size=6),
    st.sets(st.sampled_from(["opted_out", "paused", "no_address"])),
    st.integers(0, 23),
)
def test_whatever_happens_a_receipt_is_sent_put_off_or_ended_by_name(
    ages: list[int], troubles: set[str], hour: int
) -> None:
    """Independent oracle: what the plan is allowed to say, restated plainly."""
    now = NOW + timedelta(hours=hour)
    invoices = [paid(f"f{n}", at=now - timedelta(hours=age)) for n, age in enumerate(ages)]
    dispatch = plan(
        *invoices,
        now=now,
        given=replace(USUAL, creditor_paused="paused" in troubles),
        opt_outs={Channel.EMAIL: NOW} if "opted_out" in troubles else {},
        customer=any_customer(emails=() if "no_address" in troubles else ("a@example.com.br",)),
    )
    recent = {f"f{n}" for n, age in enumerate(ages) if age <= 5 * 24}
    if dispatch is None:
        assert not recent
        return
    assert {i.external_id for i in dispatch.invoices} == recent
    if troubles:
        assert dispatch.ending is not None
        assert dispatch.ending.state is DispatchState.SUPPRESSED
    elif dispatch.ending is None:
        assert 8 <= now.astimezone(RULER.zone).hour < 20
    else:
        assert dispatch.ending.until is not None
        assert dispatch.ending.until > now
