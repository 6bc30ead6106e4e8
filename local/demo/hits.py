"""Opens, clicks and reports as the system's timelines show them, each counted once."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from local.demo.checks import Mention

_KIND = {"opened": "open", "clicked": "click"}
_BY_PEOPLE = frozenset({"person", "image_proxy"})


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


def reported(timelines: Iterable[Mapping[str, Any]]) -> Mapping[str, frozenset[str]]:
    """Return what was reported of each dispatch; an open counts when a person most likely made it.

    Names are the timeline's: `delivered`, `read`, `answered`, `opened`, `undelivered` …
    """
    kinds: dict[str, set[str]] = defaultdict(set)
    for timeline in timelines:
        for line in timeline.get("timeline", ()):
            is_machine = line["type"] in _KIND and line.get("label") not in _BY_PEOPLE
            if "dispatch_id" in line and not is_machine:
                kinds[line["dispatch_id"]].add(line["type"])
    return {dispatch_id: frozenset(found) for dispatch_id, found in kinds.items()}


def covering(mentions: Iterable[Mention]) -> list[str]:
    """Return few invoices whose timelines together tell of every message."""
    told_by: dict[str, set[str]] = {}
    for mention in mentions:
        told_by.setdefault(mention.invoice.external_id, set()).add(mention.message.dispatch_id)
    chosen, covered = [], set[str]()
    for key, dispatches in sorted(told_by.items(), key=lambda item: (-len(item[1]), item[0])):
        if not dispatches <= covered:
            chosen.append(key)
            covered |= dispatches
    return chosen
