"""The assignment document: who follows which ruler, by rules over what is known of a customer.

Segments are tried in the order they are written; the first one whose rule holds is the customer's.
Whoever is in none is in ``padrao``.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from pydantic import Field, ValidationError

from regua.application.conditions_document import (
    INVOICE_FIELDS,
    AccountConditionsDocument,
    Document,
    Name,
    invalid_document,
    written_name,
)
from regua.domain.audiences import covers, impossible
from regua.domain.conditions import ALWAYS
from regua.domain.errors import InvalidInput, Problem
from regua.domain.rulers import DEFAULT_SEGMENT, Assignment, Backfill, Segment

MAX_SEGMENTS = 50
_OF_AN_INVOICE = "is about an invoice; a segment asks about the customer"


class SegmentDocument(Document):
    """A rule over a customer's facts, and the ruler its customers follow."""

    name: Name
    when: AccountConditionsDocument = AccountConditionsDocument()
    ruler: Name | None = Field(
        default=None, description="Unless the customer or the invoice names another one"
    )
    excluded: bool = Field(
        default=False, strict=True, description="Its customers are not contacted at all"
    )

    def to_domain(self) -> Segment:
        """Build the domain's segment."""
        return Segment(self.name, self.when.to_domain(), self.ruler, self.excluded)


class AssignmentDocument(Document):
    """Who follows which ruler."""

    default_ruler: Name
    segments: tuple[SegmentDocument, ...] = Field(
        default=(), max_length=MAX_SEGMENTS, description="The first one whose rule holds counts"
    )
    hold_out_percent: Decimal = Field(
        default=Decimal(0),
        ge=0,
        le=100,
        description="Customers who, for ever, get the control of every experiment",
    )
    backfill: Backfill = Field(
        default=Backfill.DESERVED_LEVEL,
        description="What becomes of past steps when an invoice moves to another ruler",
    )

    def to_domain(self) -> Assignment:
        """Build the domain's assignment; names are not checked yet."""
        return Assignment(
            self.default_ruler,
            tuple(s.to_domain() for s in self.segments),
            self.hold_out_percent,
            self.backfill,
        )


def read_assignment(document: object, *, rulers: frozenset[str]) -> Assignment:
    """Read an assignment document (already decoded from JSON or YAML).

    Args:
        document: what the creditor wrote.
        rulers: names of the creditor's rulers.

    Raises:
        InvalidInput: with the path and reason of every problem found.
    """
    try:
        read = AssignmentDocument.model_validate(document)
    except ValidationError as exc:
        raise InvalidInput(tuple(map(_explained, invalid_document(exc).problems))) from exc
    assignment = read.to_domain()
    problems = tuple(_problems(assignment, rulers))
    if problems:
        raise InvalidInput(problems)
    return assignment


def assignment_schema() -> Mapping[str, object]:
    """Return the JSON Schema of the document, as published in docs/."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **AssignmentDocument.model_json_schema(),
    }


def _explained(problem: Problem) -> Problem:
    """Say of a condition that only a step may ask why it is unknown here."""
    parent, _, field = problem.path.rpartition(".")
    if parent.endswith(".when") and field in INVOICE_FIELDS:
        return Problem(problem.path, _OF_AN_INVOICE)
    return problem


def _problems(assignment: Assignment, rulers: frozenset[str]) -> Iterator[Problem]:
    no_such_ruler = f"no such ruler; there are: {', '.join(sorted(rulers)) or 'none'}"
    if assignment.default_ruler not in rulers:
        yield Problem("default_ruler", no_such_ruler)
    times = Counter(s.name for s in assignment.segments)
    for index, segment in enumerate(assignment.segments):
        path = f"segments.{index}"
        if segment.name == DEFAULT_SEGMENT:
            yield Problem(f"{path}.name", "is whoever is in no segment; it names none")
        if times[segment.name] > 1:
            reason = f"used {times[segment.name]} times; every segment needs its own name"
            yield Problem(f"{path}.name", reason)
        if segment.ruler is not None and segment.ruler not in rulers:
            yield Problem(f"{path}.ruler", no_such_ruler)
        if segment.ruler is not None and segment.excluded:
            yield Problem(f"{path}.ruler", "is followed by nobody: the segment is excluded")
        yield from _reach_problems(assignment, index)


def _reach_problems(assignment: Assignment, index: int) -> Iterator[Problem]:
    """Yield why no customer can be in a segment."""
    segment, path = assignment.segments[index], f"segments.{index}.when"
    for field, reason in impossible(segment.when):
        yield Problem(f"{path}.{written_name(field)}", reason)
    for earlier in assignment.segments[:index]:
        if earlier.when is ALWAYS:
            reason = f"nobody is left for it: {earlier.name}, before it, has no condition"
            yield Problem(path, reason)
            return
        if covers(earlier.when, segment.when):
            yield Problem(path, f"nobody is left for it: {earlier.name}, before it, has them all")
            return
