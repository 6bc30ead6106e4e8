"""What a customer wishes about being written to, said by the customer and not by the creditor."""

from dataclasses import dataclass
from datetime import datetime

from regua.domain.ruler import Channel


@dataclass(frozen=True, slots=True)
class Wishes:
    """A channel and an hour of the day; each goes before what the creditor's system says."""

    at: datetime
    channel: Channel | None = None
    hour: int | None = None
    """0 to 23, by the ruler's clock."""
