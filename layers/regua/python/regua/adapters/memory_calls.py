"""In-memory twins of what the HTTP API remembers about calls."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from regua.application.calls_ports import (
    ANSWER_HOURS,
    RUN_SECONDS,
    CallKey,
    CallState,
    KeptAnswer,
    Known,
)


@dataclass(frozen=True, slots=True)
class _Call:
    fingerprint: str
    run: str
    since: datetime
    is_done: bool = False
    answer: KeptAnswer | None = None


class MemoryAnswers:
    """Kept answers in a dictionary."""

    def __init__(self) -> None:
        self.calls: dict[CallKey, _Call] = {}

    def start(self, key: CallKey, fingerprint: str, run: str, now: datetime) -> Known:
        """Claim a key for a call."""
        known = self.calls.get(key)
        age = 0.0 if known is None else (now - known.since).total_seconds()
        if known is None or age >= ANSWER_HOURS * 3600:
            self.calls[key] = _Call(fingerprint, run, now)
            return Known(CallState.STARTED)
        if known.fingerprint != fingerprint:
            return Known(CallState.OTHER)
        if known.is_done:
            return Known(CallState.DONE, known.answer)
        if age < RUN_SECONDS:
            return Known(CallState.RUNNING)
        self.calls[key] = _Call(fingerprint, run, now)
        return Known(CallState.STARTED)

    def finish(self, key: CallKey, run: str, answer: KeptAnswer | None, now: datetime) -> None:
        """Keep an answer."""
        known = self.calls.get(key)
        if known is not None and known.run == run and not known.is_done:
            self.calls[key] = _Call(known.fingerprint, run, now, is_done=True, answer=answer)

    def forget(self, key: CallKey, run: str) -> None:
        """Give a key back."""
        known = self.calls.get(key)
        if known is not None and known.run == run and not known.is_done:
            del self.calls[key]


class MemoryCalls:
    """Calls of each minute in a dictionary."""

    def __init__(self) -> None:
        self.minutes: Counter[tuple[str, datetime]] = Counter()

    def count(self, client_id: str, now: datetime) -> int:
        """Add one call to this minute's."""
        minute = (client_id, now.replace(second=0, microsecond=0))
        self.minutes[minute] += 1
        return self.minutes[minute]
