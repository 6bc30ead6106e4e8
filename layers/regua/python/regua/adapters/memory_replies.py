"""The in-memory twin of the reply index: whose a number is."""

from collections.abc import Sequence
from datetime import datetime

from regua.domain.dispatch import Dispatch
from regua.domain.ids import CreditorId, CustomerId
from regua.domain.phones import whatsapp_key
from regua.domain.ruler import Channel


class MemoryReplyIndex:
    """Who was written to at which number, in a dictionary."""

    def __init__(self) -> None:
        self.owners: dict[tuple[Channel, str], set[tuple[CreditorId, CustomerId]]] = {}

    def remember(self, dispatch: Dispatch, number: str, at: datetime) -> None:
        """Note that an account was written to at a number."""
        del at
        owner = (dispatch.creditor_id, dispatch.customer_id)
        self.owners.setdefault(_key(number, dispatch.channel), set()).add(owner)

    def customers_of(
        self, number: str, channel: Channel
    ) -> Sequence[tuple[CreditorId, CustomerId]]:
        """Return everybody who was written to at a number on a channel, each once, in order."""
        return sorted(self.owners.get(_key(number, channel), ()))


def _key(number: str, channel: Channel) -> tuple[Channel, str]:
    spelling = whatsapp_key(number) if channel is Channel.WHATSAPP else None
    return channel, spelling or number.lstrip("+")
