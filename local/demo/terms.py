"""What a ruler promises about contact, read from its document without the product's own reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any

from local.demo.message import CHANNELS, EMAIL
from local.documents import read_document
from local.place import ROOT
from regua.domain.ruler import DEFAULT_RULER

DEMO_RULER = ROOT / "docs" / "rulers" / "quatro-canais.yaml"

Span = tuple[time, time]
"""From and until; until is not included."""
Week = Mapping[str, Span | None]
"""By kind of day, as the document names them; None is closed."""

_KINDS_OF_DAY = ("weekday", "saturday", "sunday_and_holiday")
_OUR_EMAIL: Week = {
    "weekday": (time(8), time(20)),
    "saturday": (time(8), time(14)),
    "sunday_and_holiday": None,
}
_OUR_TELEPHONE: Week = {
    "weekday": (time(9), time(19)),
    "saturday": None,
    "sunday_and_holiday": None,
}
_PER_DAY, _PER_WEEK = 1, 3


@dataclass(frozen=True, slots=True)
class Terms:
    """The order of the steps, how often somebody may be contacted, and when on which channel."""

    steps: tuple[str, ...] = ()
    per_day: int = _PER_DAY
    per_week: int = _PER_WEEK
    hours: Mapping[str, Week] = field(default_factory=dict)

    def week(self, channel: str) -> Week:
        """Return a channel's hours, ours where the ruler names none."""
        return self.hours.get(channel, _OUR_EMAIL if channel == EMAIL else _OUR_TELEPHONE)


def terms_of(path: Path | None) -> Terms:
    """Read a ruler document; without one, the ruler that a creditor comes with."""
    document: Any = read_document(path) if path else DEFAULT_RULER
    caps = document.get("caps") or {}
    chosen = document.get("contact_hours") or {}
    return Terms(
        steps=tuple(step["id"] for step in document["steps"]),
        per_day=caps.get("per_day", _PER_DAY),
        per_week=caps.get("per_week", _PER_WEEK),
        hours={channel: _week(chosen[channel]) for channel in CHANNELS if channel in chosen},
    )


def _week(hours: Mapping[str, list[str] | None]) -> Week:
    return {kind: _span(hours.get(kind)) for kind in _KINDS_OF_DAY}


def _span(span: list[str] | None) -> Span | None:
    if span is None:
        return None
    first, last = (time.fromisoformat(text) for text in span)
    return first, last
