"""What will happen and when: papers to issue and movements to tell, handed out in order."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from local.demo.events import ISSUED_AT
from local.demo.model import Invoice, Movement, local


@dataclass(frozen=True, slots=True)
class Batch:
    """What became known since the last look, in order of time."""

    invoices: tuple[Invoice, ...] = ()
    movements: tuple[Movement, ...] = ()


@dataclass(slots=True)
class Agenda:
    """A queue by time; equal instants keep the order in which they were written down."""

    _heap: list[tuple[datetime, int, Invoice | Movement]] = field(default_factory=list)
    _serial: "count[int]" = field(default_factory=count)

    def issue(self, invoices: Iterable[Invoice]) -> None:
        """Write down invoices for the morning of their issue date."""
        for invoice in invoices:
            self._add(local(invoice.issue_date, ISSUED_AT), invoice)

    def expect(self, movements: Iterable[Movement]) -> None:
        """Write down movements for the instant they become known."""
        for movement in movements:
            self._add(movement.known_at, movement)

    def _add(self, at: datetime, what: Invoice | Movement) -> None:
        heapq.heappush(self._heap, (at, next(self._serial), what))

    def until(self, instant: datetime | None = None) -> Batch:
        """Take out everything known by an instant, or everything that is left."""
        taken: list[Invoice | Movement] = []
        while self._heap and (instant is None or self._heap[0][0] <= instant):
            taken.append(heapq.heappop(self._heap)[2])
        return Batch(
            invoices=tuple(x for x in taken if isinstance(x, Invoice)),
            movements=tuple(x for x in taken if not isinstance(x, Invoice)),
        )
