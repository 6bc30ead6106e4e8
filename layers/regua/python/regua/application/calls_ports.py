"""What the HTTP API remembers about calls: answers that may be asked for again, and how many."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from regua.domain.ids import CreditorId

ANSWER_HOURS = 24
"""For how long an answer is given again."""
RUN_SECONDS = 60
"""After so long nobody is at work on a call any more: the API ends every call within 30."""


class CallKey(NamedTuple):
    """A caller's own name for one call: the header `Idempotency-Key`, and whose it is."""

    creditor_id: CreditorId
    key: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it was given: the same call again gets the same one."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str


class CallState(StrEnum):
    """What is known about a call's key."""

    STARTED = "started"
    """It was not known: this call is the one to do the work."""
    RUNNING = "running"
    """Another copy of the call is at work."""
    DONE = "done"
    """The work was done; its answer is kept, unless it was too large."""
    OTHER = "other"
    """The key belongs to another call: another route or another body."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about a key, and the answer that was kept for it."""

    state: CallState
    answer: KeptAnswer | None = None


class AnswerStore(Protocol):
    """Answers to calls that carry a key, for `ANSWER_HOURS`.

    ``run`` names one attempt: only the attempt that started a call finishes or forgets it.
    """

    def start(self, key: CallKey, fingerprint: str, run: str, now: datetime) -> Known:
        """Claim a key for a call, in one step.

        ``fingerprint`` says what the call asks for. A call that was started and never finished is
        claimed anew after `RUN_SECONDS`, when no attempt can still be at it.
        """
        ...

    def finish(self, key: CallKey, run: str, answer: KeptAnswer | None, now: datetime) -> None:
        """Keep an answer; None keeps only that the work was done."""
        ...

    def forget(self, key: CallKey, run: str) -> None:
        """Give a key back: nothing was done under it."""
        ...


class CallCounter(Protocol):
    """Counts the calls of an API client, minute by minute."""

    def count(self, client_id: str, now: datetime) -> int:
        """Add one call to this minute's and return how many there are, this one included."""
        ...
