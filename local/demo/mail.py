"""A message as the recipient got it, read from the carrier's inbox; nothing of the system's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_LINE = re.compile(r"^Fatura (?P<number>.+) - (?P<status>[^-\n]+)$", re.MULTILINE)
_LATE = "em atraso"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """What a message says about one invoice."""

    number: str
    said_late: bool


@dataclass(frozen=True, slots=True)
class Mail:
    """One message of the inbox, oldest first by ``seq``."""

    seq: int
    dispatch_id: str
    to: str
    received_at: datetime
    lines: tuple[InvoiceLine, ...]
    pixels: tuple[str, ...] = ()
    clicks: tuple[str, ...] = ()
    unsubscribe_url: str | None = None
    outcome: str = "deliver"

    @property
    def bounced(self) -> bool:
        """Tell whether the carrier gave the message back."""
        return "bounce" in self.outcome

    @property
    def complained(self) -> bool:
        """Tell whether the recipient called the message spam."""
        return "complaint" in self.outcome

    @classmethod
    def from_inbox(cls, document: Mapping[str, Any]) -> "Mail":
        """Read one message of `GET {inbox_url}/messages`."""
        to = document["to"]
        return cls(
            seq=int(document.get("seq", 0)),
            dispatch_id=document["dispatch_id"] or "",
            to=(to if isinstance(to, str) else ", ".join(to)).strip().lower(),
            received_at=datetime.fromisoformat(document["received_at"]),
            lines=lines_of(document.get("text") or ""),
            pixels=tuple(u for u in document.get("images", ()) if "/o/" in u),
            clicks=tuple(dict.fromkeys(u for u in document["links"] if "/c/" in u)),
            unsubscribe_url=document.get("unsubscribe_url"),
            outcome=document.get("behaviour", "deliver"),
        )


def lines_of(text: str) -> tuple[InvoiceLine, ...]:
    r"""Return what the plain text says about each invoice.

    >>> lines_of("Olá!\nFatura NF-7 - 3 dias em atraso\nTotal: R$ 1,00")
    (InvoiceLine(number='NF-7', said_late=True),)
    """
    return tuple(
        InvoiceLine(found["number"], _LATE in found["status"]) for found in _LINE.finditer(text)
    )
