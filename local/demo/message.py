"""A message as the recipient got it, read from the carrier's inbox; nothing of the system's.

An e-mail names every invoice it speaks of, and says which are late. A WhatsApp message names the
first few, an SMS one at the most, a call none: what those are about is in the plan only, and their
words are held against it (see `checks`).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

EMAIL, SMS, WHATSAPP, VOICE = CHANNELS = ("email", "sms", "whatsapp", "voice")

_LINE = re.compile(r"^Fatura (?P<number>.+) - (?P<status>[^-\n]+)$", re.MULTILINE)
_LATE = "em atraso"
_CALLS_LATE = re.compile(
    r"nao identificamos|\bvencidas?\b|em aberto|aguardam? pagamento|sem confirmacao"
)
_SPEAKS_OF_DEBT = re.compile(
    r"\b(faturas?|boletos?|dividas?|debitos?|cobrancas?|atrasos?|vencid[ao]s?|vencimento"
    r"|pagamentos?|pagar|valor(es)?|reais)\b|r\$"
)

_GIVEN_BACK = frozenset(
    {
        "bounce",
        "undeliverable",
        "invalid_number",
        "not_on_whatsapp",
        "number_changed",
        "busy",
        "no_answer",
        "reject",
    }
)
_DEAD = {
    EMAIL: frozenset({"bounce"}),
    SMS: frozenset({"bounce", "invalid_number"}),
    WHATSAPP: frozenset({"bounce", "invalid_number", "not_on_whatsapp", "number_changed"}),
}
"""What ends an address on a channel; of a failed call the provider does not say why it failed."""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """What a message says about one invoice."""

    number: str
    said_late: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the inbox, oldest first by ``seq``; ``to`` is an address or a number."""

    seq: int
    dispatch_id: str
    to: str
    received_at: datetime
    channel: str = EMAIL
    text: str = ""
    lines: tuple[InvoiceLine, ...] = ()
    pixels: tuple[str, ...] = ()
    clicks: tuple[str, ...] = ()
    unsubscribe_url: str | None = None
    outcome: str = "deliver"
    provider_message_id: str = ""
    raw_sha256: str = ""
    """Of the exact bytes that the carrier took."""

    @property
    def failed(self) -> bool:
        """Tell whether the carrier gave the message back, or nobody picked up."""
        return self.outcome in _GIVEN_BACK

    @property
    def ends_address(self) -> bool:
        """Tell whether nothing will ever reach this address on this channel."""
        return self.outcome in _DEAD.get(self.channel, ())

    @property
    def complained(self) -> bool:
        """Tell whether the recipient called the message spam."""
        return self.outcome == "complaint"

    @property
    def is_answer(self) -> bool:
        """Tell whether it answers a customer who wrote: free words on WhatsApp, no contact."""
        return self.channel == WHATSAPP and not self.dispatch_id

    @property
    def calls_late(self) -> bool:
        """Tell whether a text message calls something late, by its words."""
        return _CALLS_LATE.search(plain(self.text)) is not None

    @property
    def speaks_of_debt(self) -> bool:
        """Tell whether whoever listens learns that something is owed."""
        return _SPEAKS_OF_DEBT.search(plain(self.text)) is not None

    @classmethod
    def from_inbox(cls, document: Mapping[str, Any]) -> "Message":
        """Read one message of `GET {inbox_url}/messages`."""
        to, channel = document["to"], document.get("channel", EMAIL)
        text = document.get("text") or ""
        return cls(
            seq=int(document.get("seq", 0)),
            dispatch_id=document["dispatch_id"] or "",
            to=(to if isinstance(to, str) else ", ".join(to)).strip().lower(),
            received_at=datetime.fromisoformat(document["received_at"]),
            channel=channel,
            text="" if channel == EMAIL else text,
            lines=lines_of(text) if channel == EMAIL else (),
            pixels=tuple(u for u in document.get("images", ()) if "/o/" in u),
            clicks=tuple(dict.fromkeys(u for u in document["links"] if "/c/" in u)),
            unsubscribe_url=document.get("unsubscribe_url"),
            outcome=document.get("behaviour", "deliver"),
            provider_message_id=document.get("provider_message_id", ""),
            raw_sha256=document.get("raw_sha256", ""),
        )


def lines_of(text: str) -> tuple[InvoiceLine, ...]:
    r"""Return what the plain text of an e-mail says about each invoice.

    >>> lines_of("Olá!\nFatura NF-7 - 3 dias em atraso\nTotal: R$ 1,00")
    (InvoiceLine(number='NF-7', said_late=True),)
    """
    return tuple(
        InvoiceLine(found["number"], _LATE in found["status"]) for found in _LINE.finditer(text)
    )


def plain(text: str) -> str:
    """Return lower-case letters without accents.

    >>> plain("Não identificamos")
    'nao identificamos'
    """
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
