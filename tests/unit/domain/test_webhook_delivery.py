"""What comes after an attempt: pauses that grow, an end after 72 hours, one probe at a time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.webhook_delivery import (
    FAILURES_TO_OPEN,
    GIVEN_UP_AFTER,
    LONGEST_PAUSE,
    LONGEST_PROBE_PAUSE,
    MOST_ATTEMPTS_TOLD,
    Answer,
    Circuit,
    Delivery,
    DeliveryStatus,
    Result,
)

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
OK = Answer(Result.DELIVERED, 200, 12)
FAILED = Answer(Result.STATUS, 500, 12)
SECOND = timedelta(seconds=1)


def new() -> Delivery:
    return Delivery.new("evt_" + "a" * 32, "InvoicePaid", 7, NOW - SECOND, NOW)


def tried(delivery: Delivery, answer: Answer, at: datetime) -> Delivery:
    return delivery.begun(at).ended(answer, at)


@pytest.mark.parametrize(
    ("status", "result", "is_gone"),
    [
        (200, Result.DELIVERED, False),
        (204, Result.DELIVERED, False),
        (299, Result.DELIVERED, False),
        (300, Result.STATUS, False),
        (301, Result.STATUS, False),
        (307, Result.STATUS, False),
        (404, Result.STATUS, False),
        (410, Result.STATUS, True),
        (500, Result.STATUS, False),
    ],
)
def test_an_answer_is_judged_by_its_status(status: int, result: Result, is_gone: bool) -> None:  # noqa: FBT001 - a column
    answer = Answer.of_status(status, 3)
    assert (answer.result, answer.is_gone) == (result, is_gone)


def test_a_name_says_when_the_event_was_fed_and_sorts_by_it() -> None:
    later = Delivery.new("evt_" + "0" * 32, "InvoicePaid", 8, NOW, NOW)
    assert new().id < later.id
    assert new().id == Delivery.new("evt_" + "a" * 32, "X", 7, NOW - SECOND, NOW + SECOND).id


def test_what_arrived_is_done() -> None:
    done = tried(new(), OK, NOW + SECOND)
    assert (done.status, done.due, done.tries) == (DeliveryStatus.DELIVERED, None, 1)
    assert [(a.at, a.answer) for a in done.attempts] == [(NOW + SECOND, OK)]


def test_an_attempt_without_a_result_stays_on_record() -> None:
    crashed = new().begun(NOW)
    done = tried(crashed, OK, NOW + SECOND)
    assert [a.answer.result for a in done.attempts] == [Result.UNKNOWN, Result.DELIVERED]
    assert done.tries == 2


def test_pauses_double_and_are_spread_and_have_an_end() -> None:
    delivery, at, pauses = new(), NOW, []
    while delivery.status is DeliveryStatus.PENDING:
        delivery = tried(delivery, FAILED, at)
        if delivery.due is not None:
            pauses.append(delivery.due - at)
            at = delivery.due
    assert timedelta(seconds=10) <= pauses[0] <= timedelta(seconds=12.5)
    assert timedelta(seconds=80) <= pauses[3] <= timedelta(seconds=100)
    assert max(pauses) <= LONGEST_PAUSE * 1.25
    assert at == NOW + GIVEN_UP_AFTER
    assert 15 <= delivery.tries <= 40
    assert (delivery.reason, delivery.due) == ("status", None)
    assert len(delivery.attempts) == min(delivery.tries, MOST_ATTEMPTS_TOLD)


@given(st.lists(st.integers(min_value=0, max_value=7_200), min_size=1, max_size=60))
def test_whatever_the_delays_it_is_tried_until_its_time_is_up_and_then_given_up(
    delays: list[int],
) -> None:
    delivery = new()
    for delay in delays:
        if delivery.due is None:
            break
        at = delivery.due + delay * SECOND
        delivery = tried(delivery, FAILED, at)
        is_dead = delivery.status is DeliveryStatus.DEAD
        assert is_dead == (at >= NOW + GIVEN_UP_AFTER)
        assert is_dead or (delivery.due is not None and at < delivery.due <= NOW + GIVEN_UP_AFTER)


@pytest.mark.parametrize(("asked", "at_least"), [(60, 60), (0, 10), (900_000, 4 * 3600)])
def test_an_endpoint_may_ask_for_a_longer_pause(asked: int, at_least: int) -> None:
    answer = Answer(Result.STATUS, 503, 1, asked)
    due = tried(new(), answer, NOW).due
    assert due is not None
    assert at_least * SECOND <= due - NOW <= max(at_least * 1.25, 12.5) * SECOND


def test_asked_for_again_it_has_72_hours_more() -> None:
    dead = new().given_up("endpoint_down")
    again = dead.again(NOW + timedelta(days=9))
    assert (again.status, again.reason) == (DeliveryStatus.PENDING, None)
    assert again.due == again.since == NOW + timedelta(days=9)
    assert not again.is_overdue(NOW + timedelta(days=11))
    often = new()
    for _ in range(8):
        often = tried(often, FAILED, NOW)
    due = tried(often.again(NOW), FAILED, NOW).due
    assert due is not None
    assert due - NOW <= timedelta(seconds=12.5)
    assert again.is_overdue(NOW + timedelta(days=12))


def test_a_circuit_opens_after_failures_in_a_row_and_probes_at_growing_intervals() -> None:
    circuit, at = Circuit(), NOW
    for _ in range(FAILURES_TO_OPEN - 1):
        circuit = circuit.after(FAILED, at, "we_1")
        assert circuit.allows(at)
    pauses = []
    for _ in range(14):
        circuit = circuit.after(FAILED, at, "we_1")
        assert circuit.resume_at is not None
        assert not circuit.allows(circuit.resume_at - SECOND)
        assert circuit.allows(circuit.resume_at)
        pauses.append(circuit.resume_at - at)
        at = circuit.resume_at
    assert timedelta(seconds=10) <= pauses[0] <= timedelta(seconds=12.5)
    assert LONGEST_PROBE_PAUSE <= pauses[-1] <= LONGEST_PROBE_PAUSE * 1.25
    assert circuit.after(OK, at, "we_1") == Circuit()


def test_endpoints_that_failed_together_come_back_apart() -> None:
    circuit = Circuit(FAILURES_TO_OPEN + 6)
    assert len({circuit.after(FAILED, NOW, f"we_{n}").resume_at for n in range(20)}) > 15
