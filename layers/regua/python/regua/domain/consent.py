"""What a customer said about being written to on a channel, and how that is known."""

from dataclasses import dataclass
from datetime import datetime

from regua.domain.ruler import Channel
from regua.domain.rules import Rule


@dataclass(frozen=True, slots=True)
class Consent:
    """A customer's yes or no to a channel.

    ``origin`` is where it was said (a contract, a web page, a reply); ``text`` what was agreed to
    or said, word for word. A no stops the channel and leaves the debt as it is.
    """

    channel: Channel
    is_given: bool
    at: datetime
    origin: str
    text: str = ""


NEEDS_OPT_IN = frozenset({Channel.WHATSAPP})
"""Channels on which nobody is written to who did not agree beforehand."""

OPT_IN = Rule(
    "consent.opt_in",
    "WhatsApp is used with customers who agreed to it, each by a recorded consent or by the "
    "creditor's own terms.",
    "WhatsApp Business Messaging Policy (opt-in); LGPD art. 7 (credit protection is a basis of its "
    "own for the other channels)",
)
LAST_WORD = Rule(
    "consent.last_word",
    "What a customer said last about a channel counts; stopping a channel leaves the debt.",
    "LGPD art. 8 §5 (consent may be withdrawn at any time); CDC art. 42",
)
RULES = (OPT_IN, LAST_WORD)
