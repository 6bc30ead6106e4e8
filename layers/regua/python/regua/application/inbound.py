"""What customers write to us, before anybody knows who they are or what they mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from regua.domain.ids import CreditorId, CustomerId
from regua.domain.ruler import Channel


@dataclass(frozen=True, slots=True)
class InboundText:
    """One text message from a customer; it is personal data, and stands in no log and no event.

    ``from_number`` is the customer's, E.164 with or without its plus; ``to_number`` is ours: a
    number, or the provider's id of one. ``event_id`` is the provider's own id of the message.
    ``previous_provider_message_id`` is the message of ours that it answers, and ``payload`` what
    was behind the button that was pressed, where the provider says so. ``raw`` is the provider's
    signed envelope, byte for byte, and ``envelope`` what is known of who signed it.
    """

    channel: Channel
    from_number: str
    to_number: str
    text: str
    at: datetime
    event_id: str
    previous_provider_message_id: str | None = None
    payload: str | None = None
    raw: bytes = field(default=b"", repr=False)
    envelope: Mapping[str, str] = field(default_factory=dict)


class ReplyIndex(Protocol):
    """Whose a number is."""

    def customers_of(
        self, number: str, channel: Channel
    ) -> Sequence[tuple[CreditorId, CustomerId]]:
        """Return everybody who was written to at a number on a channel, each once, in order.

        Every spelling of one WhatsApp account is one number (`regua.domain.phones`).
        """
        ...
