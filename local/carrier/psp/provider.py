"""The provider put together: the API under ``/psp/api/v2``, and how to make it act.

A further section (such as recurring charges) is a class with ``routes()`` in a file of its own,
made of the same `Book` and `Gate` and added to ``sections`` here. `Gate.only(scope, handler)`
gives a handler the caller's `Account`; `Book.changing` guards and keeps what it changes;
`Notifier.tell` posts to the account's webhook.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.carrier.psp.book import Book
from local.carrier.psp.charges import Charges
from local.carrier.psp.controls import Controls
from local.carrier.psp.gate import Gate
from local.carrier.psp.money import MoneyIn
from local.carrier.psp.notifier import Notifier
from local.carrier.psp.recurring import Recurring
from local.carrier.web import Route

if TYPE_CHECKING:
    from pathlib import Path

TOKEN_PATH = "/psp/oauth/token"  # noqa: S105 - an address


@dataclass(slots=True)
class PspProvider:
    """All sections of the provider, on one book."""

    book: Book
    notifier: Notifier = field(default_factory=Notifier)
    gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        self.gate = Gate(self.book)

    @classmethod
    def at(cls, directory: Path) -> PspProvider:
        """Return the provider of a directory, with what an earlier run left."""
        directory.mkdir(parents=True, exist_ok=True)
        return cls(Book(directory / "accounts.json"))

    def routes(self) -> list[Route]:
        """Return what it answers."""
        sections = (
            Charges(self.book, self.gate),
            MoneyIn(self.book, self.gate, self.notifier),
            Controls(self.book, self.gate, self.notifier),
            Recurring(self.book, self.gate, self.notifier),
        )
        token = Route("POST", re.compile(re.escape(TOKEN_PATH)), self.gate.token)
        return [token, *(route for section in sections for route in section.routes())]
