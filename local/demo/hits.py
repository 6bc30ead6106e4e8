"""Opens and clicks as the system's timelines show them, each counted once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from local.demo.checks import Mention

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


def covering(mentions: Iterable[Mention]) -> list[str]:
    """Return few invoices whose timelines together tell of every message."""
    told_by: dict[str, set[str]] = {}
    for mention in mentions:
        told_by.setdefault(mention.invoice.external_id, set()).add(mention.mail.dispatch_id)
    chosen, covered = [], set[str]()
    for key, dispatches in sorted(told_by.items(), key=lambda item: (-len(item[1]), item[0])):
        if not dispatches <= covered:
            chosen.append(key)
            covered |= dispatches
    return chosen
