"""One event on its way to one endpoint: what was tried, what comes next, and when it is given up.

An endpoint that fails again and again is left alone but for one attempt at a time (`Circuit`), so
a dead one costs next to nothing and is noticed soon when it answers again.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Self
from zlib import crc32

GIVEN_UP_AFTER = timedelta(hours=72)
KEPT = timedelta(days=30)
"""How long what became of a delivery is told."""
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=4)
FAILURES_TO_OPEN = 5
LONGEST_PROBE_PAUSE = timedelta(minutes=15)
MOST_ATTEMPTS_TOLD = 20
"""Of a delivery's attempts, the newest are kept; `Delivery.tries` counts them all."""
_SPREAD, _STEPS = 4, 1000
"""A pause is longer by up to a quarter, so that what failed together comes back apart."""


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class Result(StrEnum):
    """What came of one attempt."""

    UNKNOWN = "unknown"
    """It was begun and left no result: the event may have arrived."""
    DELIVERED = "delivered"
    STATUS = "status"
    """The endpoint answered with a status that is not 2xx; redirects are not followed."""
    URL_NOT_ALLOWED = "url_not_allowed"
    DNS = "dns"
    ADDRESS_NOT_PUBLIC = "address_not_public"
    REFUSED = "refused"
    TLS = "tls"
    TIMEOUT = "timeout"
    BAD_RESPONSE = "bad_response"
    """What was answered is no HTTP, or has no end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answered, or why there is no answer.

    Attributes:
        status: of HTTP, where there was one.
        retry_after_seconds: what the endpoint asked for.
    """

    result: Result
    status: int | None = None
    latency_ms: int = 0
    retry_after_seconds: int | None = None

    @property
    def is_delivered(self) -> bool:
        """Say whether the event has arrived."""
        return self.result is Result.DELIVERED

    @property
    def is_gone(self) -> bool:
        """Say whether the endpoint asks for no more events."""
        return self.status == HTTPStatus.GONE

    @classmethod
    def of_status(
        cls, status: int, latency_ms: int, retry_after_seconds: int | None = None
    ) -> Self:
        """Judge an answer by its status.

        >>> Answer.of_status(204, 12).result, Answer.of_status(302, 12).result
        (<Result.DELIVERED: 'delivered'>, <Result.STATUS: 'status'>)
        """
        is_good = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        result = Result.DELIVERED if is_good else Result.STATUS
        return cls(result, status, latency_ms, retry_after_seconds)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: when, and what came of it."""

    at: datetime
    answer: Answer = field(default_factory=lambda: Answer(Result.UNKNOWN))


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one endpoint.

    Attributes:
        id: unique for the endpoint; sorts by when the event was fed.
        seq: the event's number in the feed; 0 for a ping, which is in no feed.
        since: when it was asked for; it is given up 72 hours later.
        due: when the next attempt is; none when nothing is to be done any more.
        version: counts the writes, for conditions.
    """

    id: str
    event_id: str
    type: str
    seq: int
    since: datetime
    due: datetime | None
    status: DeliveryStatus = DeliveryStatus.PENDING
    tries: int = 0
    failures: int = 0
    attempts: tuple[Attempt, ...] = ()
    reason: str | None = None
    version: int = 0

    @classmethod
    def new(cls, event_id: str, kind: str, seq: int, fed_at: datetime, now: datetime) -> Self:
        """Plan a delivery for now."""
        millis = int(fed_at.timestamp() * 1000)
        name = f"dlv_{millis:013d}_{event_id.removeprefix('evt_')}"
        return cls(name, event_id, kind, seq, since=now, due=now)

    def begun(self, at: datetime) -> "Delivery":
        """Note that an attempt is made: one that leaves no result stays on record."""
        attempts = (*self.attempts, Attempt(at))[-MOST_ATTEMPTS_TOLD:]
        return replace(self, attempts=attempts, tries=self.tries + 1)

    def ended(self, answer: Answer, at: datetime) -> "Delivery":
        """Note what came of the attempt that was begun last, and plan the next, or give up."""
        *before, last = self.attempts
        told = replace(self, attempts=(*before, Attempt(last.at, answer)), reason=None)
        if answer.is_delivered:
            return replace(told, status=DeliveryStatus.DELIVERED, due=None)
        if self.is_overdue(at):
            return told.given_up(answer.result.value)
        due = at + self._pause(answer)
        return replace(told, failures=self.failures + 1, due=min(due, self.since + GIVEN_UP_AFTER))

    def _pause(self, answer: Answer) -> timedelta:
        pause = doubled(FIRST_PAUSE, self.failures, LONGEST_PAUSE)
        pause += spread(pause, f"{self.id}/{self.failures}")
        asked = timedelta(seconds=answer.retry_after_seconds or 0)
        return max(pause, min(asked, LONGEST_PAUSE))

    def given_up(self, reason: str) -> "Delivery":
        """Stop trying; the event stays in the feed and can be delivered again."""
        return replace(self, status=DeliveryStatus.DEAD, due=None, reason=reason)

    def is_overdue(self, now: datetime) -> bool:
        """Say whether its time is up."""
        return now >= self.since + GIVEN_UP_AFTER

    def again(self, now: datetime) -> "Delivery":
        """Ask for the delivery once more, whatever became of it."""
        pending = DeliveryStatus.PENDING
        return replace(self, status=pending, since=now, due=now, failures=0, reason=None)


@dataclass(frozen=True, slots=True)
class Circuit:
    """How an endpoint has behaved.

    Attributes:
        failures: in a row.
        resume_at: when the next single attempt may be made, while the circuit is open.
    """

    failures: int = 0
    resume_at: datetime | None = None

    def allows(self, now: datetime) -> bool:
        """Say whether an attempt may be made."""
        return self.resume_at is None or now >= self.resume_at

    def after(self, answer: Answer, at: datetime, name: str) -> "Circuit":
        """Learn from an attempt; ``name`` tells endpoints apart, so that they come back apart."""
        if answer.is_delivered:
            return Circuit()
        failures = self.failures + 1
        if failures < FAILURES_TO_OPEN:
            return Circuit(failures)
        pause = doubled(FIRST_PAUSE, failures - FAILURES_TO_OPEN, LONGEST_PROBE_PAUSE)
        return Circuit(failures, at + pause + spread(pause, f"{name}/{failures}"))


def doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    """Return a pause doubled so many times, up to the longest.

    >>> doubled(timedelta(seconds=10), 3, timedelta(minutes=1))
    datetime.timedelta(seconds=60)
    """
    return min(first * (1 << min(times, 30)), longest)


def spread(pause: timedelta, name: str) -> timedelta:
    """Return up to a quarter of a pause, always the same for the same name."""
    return pause * (crc32(name.encode()) % _STEPS) / (_SPREAD * _STEPS)
