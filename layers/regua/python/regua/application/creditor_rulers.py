"""A creditor's rulers, put together from what is stored: versions, choices, assignment, offers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from regua.application.assignment_document import read_assignment
from regua.application.ports import Creditor, WrittenRuler
from regua.application.ruler_document import read_ruler
from regua.domain.negotiation.rules import OfferRules
from regua.domain.ruler import Ruler
from regua.domain.rulers import Activation, Assignment, Line, Rulers


def with_rulers(
    creditor: Creditor,
    written: Mapping[str, Sequence[WrittenRuler]],
    assignment: Mapping[str, Any] | None,
    earlier: Mapping[str, Ruler],
    *,
    offers: Mapping[str, Any] | None = None,
) -> Creditor:
    """Return a creditor with every ruler that was written since it was registered.

    Args:
        creditor: with the one ruler it was registered with, version 0.
        written: versions by name, oldest first, none of them empty; only the last needs its
            document.
        assignment: who follows which; None is everybody the ruler the creditor came with.
        earlier: versions no longer in force by ``name@version``, version 0 aside.
        offers: what it offers to settle overdue debts; None leaves the creditor's own. Names were
            checked when it was written.
    """
    first = creditor.ruler
    lines = {first.name: Line(first)} | {name: _line(all_) for name, all_ in written.items()}
    assigned = Assignment(first.name) if assignment is None else _assigned(assignment, lines, first)
    return replace(
        creditor,
        rulers=Rulers(lines, assigned, _Earlier(first, earlier)),
        offers=creditor.offers if offers is None else _offered(offers),
    )


def _assigned(assignment: Mapping[str, Any], lines: Mapping[str, Line], first: Ruler) -> Assignment:
    """Read who follows which; the names were checked when it was written.

    A creditor that was registered anew, with a ruler of another name, may have lost one since:
    the new one takes the place of a lost default, so that nobody is forgotten.
    """
    named = (s.get("ruler") for s in assignment.get("segments", ()))
    known = frozenset(lines) | {assignment["default_ruler"], *(n for n in named if n)}
    read = read_assignment(assignment, rulers=known)
    return read if read.default_ruler in lines else replace(read, default_ruler=first.name)


def _offered(written: Mapping[str, Any]) -> OfferRules:
    from regua.application.offers_document import read_offers  # noqa: PLC0415 - not all offer

    return read_offers(written, rulers=None)


def _line(versions: Sequence[WrittenRuler]) -> Line:
    last = versions[-1]
    current = read_ruler(last.document, version=last.version)
    activations = (activation(each, current) for each in versions)
    return Line(current, tuple(activations))


def activation(written: WrittenRuler, ruler: Ruler) -> Activation:
    """Return when a version came into force, by the ruler's clock, and what was chosen."""
    on = written.at.astimezone(ruler.zone).date()
    return Activation(written.version, written.at, on, written.in_flight, written.backfill)


class _Earlier(dict[str, Ruler]):
    """Version 0 and what was fetched so far; what is missing is fetched once."""

    def __init__(self, first: Ruler, fetch: Mapping[str, Ruler]) -> None:
        super().__init__({first.ref: first})
        self._fetch = fetch

    def get(self, ref: str, default: Ruler | None = None) -> Ruler | None:  # type: ignore[override]
        """Return a version; versions never change, so each is fetched once."""
        found = super().get(ref)
        if found is None:
            found = self._fetch.get(ref, default)
            if found is not None:
                self[ref] = found
        return found
