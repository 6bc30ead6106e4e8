"""The dispatch ledger: a claim has three answers, endings stand, facts are idempotent."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from regua.application.ports import DayEntry, DispatchLedger
from regua.application.reconcile import reconcile
from regua.domain.delivery import EventKind
from regua.domain.dispatch import Claim, Dispatch, DispatchRecord, DispatchState, Ending
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel
from tests.builders import CREDITOR, CUSTOMER
from tests.integration.contract.facts import LATER, NOW, TODAY, any_dispatch, any_event

LINKS = [InvoiceId("fat-1"), InvoiceId("fat-2")]
SUPPRESSED = Ending(DispatchState.SUPPRESSED, Reason.SETTLED)
BOUNCED = Ending(DispatchState.FAILED, Reason.HARD_BOUNCE)


def record_of(ledger: DispatchLedger, dispatch: Dispatch) -> DispatchRecord:
    found = ledger.find(dispatch.dispatch_id)
    assert found is not None
    return found[0]


def claimed(ledger: DispatchLedger, n: int = 1) -> Dispatch:
    dispatch = any_dispatch(n)
    assert ledger.claim(dispatch, LINKS, NOW)[0] is Claim.GRANTED
    return dispatch


def mark_sent(ledger: DispatchLedger, dispatch: Dispatch) -> None:
    ledger.mark_sent(dispatch, provider_message_id="ses-1", at=LATER)


# ── claims ──────────────────────────────────────────────────────────────────────────────────────


def test_a_claim_is_granted_once_and_then_in_doubt(ledger: DispatchLedger) -> None:
    dispatch = any_dispatch()
    granted, record = ledger.claim(dispatch, LINKS, NOW)
    assert granted is Claim.GRANTED
    assert (record.state, record.claimed_at, record.dispatch) == (
        DispatchState.CLAIMED,
        NOW,
        dispatch,
    )
    answer, known = ledger.claim(dispatch, LINKS, LATER)
    assert answer is Claim.IN_DOUBT
    assert known.claimed_at == NOW, "the first attempt is the one in doubt"


def test_a_claim_is_done_once_there_is_a_result(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    mark_sent(ledger, dispatch)
    answer, record = ledger.claim(dispatch, LINKS, LATER)
    assert answer is Claim.DONE
    assert (record.state, record.sent_at, record.provider_message_id) == (
        DispatchState.SENT,
        LATER,
        "ses-1",
    )


@pytest.mark.parametrize(
    "ending", [SUPPRESSED, BOUNCED, Ending(DispatchState.DEFERRED, Reason.DAILY_CAP, LATER)]
)
def test_any_ending_answers_done(ledger: DispatchLedger, ending: Ending) -> None:
    dispatch = any_dispatch()
    assert ledger.end_unclaimed(dispatch, ending)
    answer, record = ledger.claim(dispatch, LINKS, NOW)
    assert answer is Claim.DONE
    assert (record.state, record.reason, record.until) == (
        ending.state,
        ending.reason,
        ending.until,
    )


@pytest.mark.parametrize("rule", ["contact.opt_out", None])
def test_an_ending_keeps_the_rule_that_stood_in_the_way(
    ledger: DispatchLedger, rule: str | None
) -> None:
    dispatch = any_dispatch()
    ledger.end_unclaimed(dispatch, Ending(DispatchState.SUPPRESSED, Reason.OPTED_OUT, rule=rule))
    assert record_of(ledger, dispatch).rule == rule


def test_a_released_claim_is_granted_again(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    ledger.release(dispatch.dispatch_id)
    assert record_of(ledger, dispatch).state is DispatchState.PLANNED
    answer, record = ledger.claim(dispatch, LINKS, LATER)
    assert (answer, record.claimed_at) == (Claim.GRANTED, LATER)


def test_a_result_cannot_be_released(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    mark_sent(ledger, dispatch)
    ledger.release(dispatch.dispatch_id)
    assert record_of(ledger, dispatch).state is DispatchState.SENT


# ── doubts ──────────────────────────────────────────────────────────────────────────────────────


def test_a_doubt_is_taken_over_once(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    _, seen = ledger.claim(dispatch, LINKS, LATER)
    assert ledger.take_over(seen, LATER)
    assert not ledger.take_over(seen, LATER), "somebody else was faster"
    record = record_of(ledger, dispatch)
    assert (record.state, record.claimed_at, record.resent_in_doubt) == (
        DispatchState.CLAIMED,
        LATER,
        True,
    )
    assert not ledger.take_over(record, LATER + timedelta(hours=1)), "one resend, not two"


def test_a_result_that_came_meanwhile_is_not_taken_over(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    _, seen = ledger.claim(dispatch, LINKS, LATER)
    mark_sent(ledger, dispatch)
    assert not ledger.take_over(seen, LATER)
    assert not record_of(ledger, dispatch).resent_in_doubt


def test_what_was_never_claimed_is_not_taken_over(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    ledger.release(dispatch.dispatch_id)
    assert not ledger.take_over(record_of(ledger, dispatch), LATER)


def test_a_resend_that_was_not_made_leaves_the_doubt_as_it_was(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    _, seen = ledger.claim(dispatch, LINKS, LATER)
    assert ledger.take_over(seen, LATER)
    ledger.release(dispatch.dispatch_id, in_doubt_since=NOW)
    answer, record = ledger.claim(dispatch, LINKS, LATER)
    assert (answer, record.claimed_at, record.resent_in_doubt) == (Claim.IN_DOUBT, NOW, False)
    assert ledger.take_over(record, LATER)


def test_the_resend_is_counted_whatever_its_end(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    _, seen = ledger.claim(dispatch, LINKS, LATER)
    ledger.take_over(seen, LATER)
    mark_sent(ledger, dispatch)
    (entry,) = ledger.of_day(CREDITOR, TODAY)
    sent = DayEntry(dispatch.dispatch_id, DispatchState.SENT, None, resent_in_doubt=True)
    assert replace(entry, step_id="") == sent


# ── endings ─────────────────────────────────────────────────────────────────────────────────────


def test_an_ending_without_a_send_needs_an_unclaimed_dispatch(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    assert not ledger.end_unclaimed(dispatch, SUPPRESSED)
    assert record_of(ledger, dispatch).state is DispatchState.CLAIMED


def test_the_first_ending_stands(ledger: DispatchLedger) -> None:
    dispatch = any_dispatch()
    assert ledger.end_unclaimed(dispatch, SUPPRESSED)
    assert not ledger.end_unclaimed(dispatch, Ending(DispatchState.SUPPRESSED, Reason.OPTED_OUT))
    assert record_of(ledger, dispatch).reason is Reason.SETTLED


def test_a_failure_stands_against_a_send_that_is_recorded_late(ledger: DispatchLedger) -> None:
    """A bounce may be reported before the sender got to writing ``sent``."""
    dispatch = claimed(ledger)
    ledger.end_claimed(dispatch.dispatch_id, BOUNCED)
    mark_sent(ledger, dispatch)
    record = record_of(ledger, dispatch)
    assert (record.state, record.reason) == (DispatchState.FAILED, Reason.HARD_BOUNCE)
    assert (record.sent_at, record.provider_message_id) == (LATER, "ses-1"), "and it was sent"


def test_a_bounce_after_the_send_is_the_end(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    mark_sent(ledger, dispatch)
    ledger.end_claimed(dispatch.dispatch_id, BOUNCED)
    record = record_of(ledger, dispatch)
    assert (record.state, record.reason, record.sent_at) == (
        DispatchState.FAILED,
        Reason.HARD_BOUNCE,
        LATER,
    )


def test_a_report_about_a_stranger_makes_no_record(ledger: DispatchLedger) -> None:
    ledger.end_claimed(any_dispatch(9).dispatch_id, BOUNCED)
    assert ledger.find(any_dispatch(9).dispatch_id) is None
    assert list(ledger.of_day(CREDITOR, TODAY)) == []


def test_marking_sent_twice_is_marking_it_once(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    mark_sent(ledger, dispatch)
    once = record_of(ledger, dispatch)
    mark_sent(ledger, dispatch)
    assert record_of(ledger, dispatch) == once


# ── facts ───────────────────────────────────────────────────────────────────────────────────────


def test_the_same_fact_again_changes_nothing_even_in_one_batch(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    fact = any_event(dispatch)
    ledger.append([fact, fact])
    ledger.append([fact])
    found = ledger.find(dispatch.dispatch_id)
    assert found is not None
    assert list(found[1]) == [fact]


def test_facts_are_read_oldest_first_with_all_they_say(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    delivered = any_event(dispatch)
    opened = any_event(
        dispatch, EventKind.OPENED, at=LATER, event_id="r1", facts={"label": "person", "ip": ""}
    )
    again = replace(opened, event_id="r2", facts={})
    ledger.append([again, opened, delivered])
    found = ledger.find(dispatch.dispatch_id)
    assert found is not None
    first, *others = found[1]
    assert first == delivered
    assert sorted(others, key=lambda e: e.event_id) == [opened, again]


def test_more_facts_than_fit_one_write_are_all_kept(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    ledger.append(
        [any_event(dispatch, at=NOW + timedelta(seconds=n), event_id=f"e{n}") for n in range(60)]
    )
    ledger.append([])
    found = ledger.find(dispatch.dispatch_id)
    assert found is not None
    assert [e.event_id for e in found[1]] == [f"e{n}" for n in range(60)]


def test_facts_may_come_before_the_dispatch_is_known(ledger: DispatchLedger) -> None:
    dispatch = any_dispatch()
    ledger.append([any_event(dispatch)])
    assert ledger.find(dispatch.dispatch_id) is None, "a fact is no plan"
    assert ledger.claim(dispatch, LINKS, NOW)[0] is Claim.GRANTED
    found = ledger.find(dispatch.dispatch_id)
    assert found is not None
    assert len(found[1]) == 1


# ── of an account, of a day ─────────────────────────────────────────────────────────────────────


def test_an_accounts_dispatches_oldest_first_and_nobody_elses(ledger: DispatchLedger) -> None:
    ours = [claimed(ledger, n) for n in (3, 1, 2)]
    ledger.claim(any_dispatch(7, customer_id=CustomerId("cli-2")), [], NOW)
    ledger.claim(any_dispatch(8, creditor_id=CreditorId("boreal")), [], NOW)
    found = ledger.of_account(CREDITOR, CUSTOMER)
    assert [r.dispatch for r in found] == sorted(ours, key=lambda d: d.decided_at)


def test_a_days_dispatches_in_every_state(ledger: DispatchLedger) -> None:
    sent, failed, waiting = (claimed(ledger, n) for n in (1, 2, 3))
    mark_sent(ledger, sent)
    ledger.end_claimed(failed.dispatch_id, BOUNCED)
    ledger.release(waiting.dispatch_id)
    ledger.end_unclaimed(any_dispatch(4), SUPPRESSED)
    ledger.end_unclaimed(any_dispatch(5), Ending(DispatchState.DEFERRED, Reason.HOLIDAY, LATER))
    claimed(ledger, 6)
    ledger.claim(any_dispatch(7, decided_on=TODAY + timedelta(days=1)), [], NOW)
    ledger.claim(any_dispatch(8, creditor_id=CreditorId("boreal")), [], NOW)
    counted = reconcile(ledger, CREDITOR, TODAY)
    assert (counted.planned, counted.sent, counted.failed, counted.suppressed) == (6, 1, 1, 1)
    assert (counted.deferred, counted.pending) == (1, 2)
    assert counted.reasons == {"hard_bounce": 1, "holiday": 1, "settled": 1}


def test_a_dispatch_of_another_channel_is_read_back(ledger: DispatchLedger) -> None:
    dispatch = any_dispatch(channel=Channel.WHATSAPP, left_out=())
    ledger.end_unclaimed(dispatch, Ending(DispatchState.SUPPRESSED, Reason.POLICY_DENIED))
    assert record_of(ledger, dispatch).dispatch == dispatch


@pytest.mark.parametrize(
    "changes",
    [
        {"ruler": "padrao@3"},
        {"ruler": "padrao@3", "variant": "cordial"},
        {"ruler": "padrao@0", "fallback_of": DispatchId("f" * 32), "channel": Channel.SMS},
        {"step_id": "vencida-30.2", "ruler": "fim-de-mes@12", "variant": "hold_out"},
    ],
)
def test_a_dispatch_tells_its_ruler_its_arm_and_what_it_follows(
    ledger: DispatchLedger, changes: dict[str, Any]
) -> None:
    dispatch = any_dispatch(**changes)
    ledger.claim(dispatch, LINKS, NOW)
    assert record_of(ledger, dispatch).dispatch == dispatch
    assert [r.dispatch for r in ledger.of_account(CREDITOR, CUSTOMER)] == [dispatch]


# ── doubts that were given up ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "given_up", [SUPPRESSED, Ending(DispatchState.FAILED, Reason.UNDELIVERABLE)]
)
def test_a_receipt_that_comes_late_makes_a_given_up_doubt_sent(
    ledger: DispatchLedger, given_up: Ending
) -> None:
    dispatch = claimed(ledger)
    ledger.end_claimed(dispatch.dispatch_id, given_up)
    ledger.confirm_sent(dispatch.dispatch_id, provider_message_id="ses-9", at=LATER)
    record = record_of(ledger, dispatch)
    assert (record.state, record.reason, record.sent_at) == (DispatchState.SENT, None, LATER)
    assert record.provider_message_id == "ses-9"


def test_a_message_that_arrived_is_sent_whatever_was_told_before(ledger: DispatchLedger) -> None:
    dispatch = claimed(ledger)
    ledger.mark_sent(
        dispatch,
        provider_message_id="eum-1",
        at=NOW,
        cost=Decimal(11),
    )
    undeliverable = Ending(DispatchState.FAILED, Reason.UNDELIVERABLE)
    ledger.end_claimed(dispatch.dispatch_id, undeliverable)
    for has_arrived in (False, True):
        assert record_of(ledger, dispatch).state is DispatchState.FAILED
        ledger.confirm_sent(
            dispatch.dispatch_id,
            provider_message_id="wamid.9",
            at=LATER,
            has_arrived=has_arrived,
            cost=Decimal(5),
        )
    record = record_of(ledger, dispatch)
    assert (record.state, record.reason) == (DispatchState.SENT, None)
    assert (record.sent_at, record.provider_message_id) == (NOW, "eum-1")
    assert record.cost == Decimal(11)


def test_a_doubt_found_sent_has_its_estimate_and_a_price_told_before_stands(
    ledger: DispatchLedger,
) -> None:
    doubt, priced = claimed(ledger), claimed(ledger, 2)
    ledger.correct_cost(priced.dispatch_id, Decimal(33))
    for dispatch in (doubt, priced):
        ledger.end_claimed(dispatch.dispatch_id, SUPPRESSED)
        ledger.confirm_sent(
            dispatch.dispatch_id, provider_message_id="eum-9", at=LATER, cost=Decimal(5)
        )
    costs = [record_of(ledger, each).cost for each in (doubt, priced)]
    assert costs == [Decimal(5), Decimal(33)]


def test_a_late_receipt_changes_no_other_ending(ledger: DispatchLedger) -> None:
    bounced, never_claimed = claimed(ledger), any_dispatch(2)
    ledger.end_claimed(bounced.dispatch_id, BOUNCED)
    ledger.end_unclaimed(never_claimed, SUPPRESSED)
    for dispatch in (bounced, never_claimed):
        before = record_of(ledger, dispatch)
        ledger.confirm_sent(dispatch.dispatch_id, provider_message_id="ses-9", at=LATER)
        assert record_of(ledger, dispatch) == before
    ledger.confirm_sent(any_dispatch(3).dispatch_id, provider_message_id="ses-9", at=LATER)
    assert ledger.find(any_dispatch(3).dispatch_id) is None
