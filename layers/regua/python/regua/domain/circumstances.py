"""What bears on a decision besides the account and its rulers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Protocol

from regua.domain.account import Account
from regua.domain.consent import NEEDS_OPT_IN
from regua.domain.ids import DispatchId
from regua.domain.ruler import Channel, Ruler, Seen

SENDERS = frozenset({Channel.EMAIL})
"""Channels that every creditor has; the others are set up one by one."""


class BestHour(Protocol):
    """Chooses from which time of the day on a customer is best contacted.

    The contact policy narrows it: law and caps are no choice.
    """

    def __call__(self, account: Account, ruler: Ruler) -> time:
        """Return a time of day by the ruler's clock."""
        ...


def stated_hour(account: Account, ruler: Ruler) -> time:
    """Return the hour the customer asked for, or else the ruler's."""
    wished = account.preferred_hour
    return _HOURS[ruler.contact_hour if wished is None else wished]


_HOURS = tuple(time(hour) for hour in range(24))


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else must be known to decide."""

    creditor_paused: bool = False
    senders: frozenset[Channel] = SENDERS
    best_hour: BestHour = stated_hour
    opt_in_needed: frozenset[Channel] = NEEDS_OPT_IN
    """Channels on which each customer's own consent is needed."""
    seen: Mapping[DispatchId, frozenset[Seen]] = field(default_factory=dict)
    """What became of the contacts whose fate decides about another channel."""

    def lacks_opt_in(self, account: Account, channel: Channel) -> bool:
        """Tell whether a channel asks for a consent that the customer did not give."""
        return channel in self.opt_in_needed and not account.has_opted_in(channel)


USUAL = Circumstances()
