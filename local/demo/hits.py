"""Opens and clicks as the system's timelines show them, each counted once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

_KIND = {"opened": "open", "clicked": "click"}


def recorded_hits(timelines: Iterable[Mapping[str, Any]]) -> Counter[tuple[str, str]]:
    """Count (kind, label) over timelines; a message about many invoices shows in each of them."""
    seen: dict[tuple[str, ...], tuple[str, str]] = {}
    for timeline in timelines:
        for entry in timeline.get("entries", ()):
            kind = _KIND.get(str(entry.get("kind", "")))
            if kind:
                facts = entry.get("facts") or entry
                key = (str(entry.get("dispatch_id")), kind, str(entry.get("event_id")))
                seen[key] = (kind, str(facts.get("label", "unknown")))
    return Counter(seen.values())
