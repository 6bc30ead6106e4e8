"""What one message costs, as data: list prices in US dollars and the exchange rate assumed.

For estimates. Prices change and contracts differ, so whoever simulates may pass a table of their
own, in centavos per message. Taxes and the payload's size are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from regua.domain.ruler import Channel

REAIS_PER_DOLLAR = Decimal("5.50")
"""An assumption, not a quotation: a round rate near that of January 2026."""


def in_centavos(dollars: Decimal) -> Decimal:
    """Return US dollars in centavos at the assumed rate; exact.

    >>> in_centavos(Decimal("0.0068"))
    Decimal('3.740000')
    """
    return dollars * REAIS_PER_DOLLAR * 100


@dataclass(frozen=True, slots=True)
class Price:
    """What a provider asks for one message (or one call) to Brazil."""

    dollars: Decimal
    source: str
    is_assumed: bool = False
    """Whether no price list was at hand: the order of magnitude is right, the figure is ours."""

    @property
    def centavos(self) -> Decimal:
        """The price at the assumed exchange rate; exact."""
        return in_centavos(self.dollars)


LIST_PRICES: Mapping[Channel, Price] = {
    Channel.EMAIL: Price(
        Decimal("0.0001"),
        "Amazon SES: US$ 0.10 per 1,000 messages; not verified against the current list",
    ),
    Channel.SMS: Price(
        Decimal("0.0200"),
        "our assumption, of the order of AWS End User Messaging to Brazil, one part; the list price"
        " could not be read, so pass your own",
        is_assumed=True,
    ),
    Channel.WHATSAPP: Price(
        Decimal("0.0068") + Decimal("0.005"),
        "Meta, utility template to Brazil, January 2026: US$ 0.0068 per delivered message"
        " (talkall.com.br/en/novidades/tarifas-whatsapp-2026,"
        " docs.sent.dm/docs/guides/whatsapp-pricing); plus AWS's US$ 0.005 per message, not"
        " verified against the current list",
    ),
    Channel.VOICE: Price(
        Decimal("0.0300"),
        "our assumption for one call of a minute to a Brazilian mobile telephone; the list price"
        " could not be read, so pass your own",
        is_assumed=True,
    ),
}

DEFAULT_COSTS: Mapping[Channel, Decimal] = {c: p.centavos for c, p in LIST_PRICES.items()}
"""Centavos per message."""
