"""Opens and clicks as the system's timelines show them, each counted once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

_KIND = {"opened": "open", "clicked": "click"}


def recorded_hits(timelines: Iterable[Mapping[str, Any]]) -> Counter[tuple[str, str]]:
    """Count (kind, label) over timelines; a message about many invoices shows in each of them."""
    seen: dict[tuple[str, ...], tuple[str, str]] = {}
    for timeline in timelines:
        for line in timeline.get("timeline", ()):
            kind = _KIND.get(line["type"])
            if kind:
                identity = ("dispatch_id", "type", "at", "link")
                key = tuple(str(line.get(name)) for name in identity)
                seen[key] = (kind, str(line.get("label", "unknown")))
    return Counter(seen.values())
