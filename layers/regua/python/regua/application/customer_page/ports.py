"""What the customer's page needs from the outside, besides what others need too."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from regua.application.ports import AccountKey
from regua.domain.ids import DispatchId

AddressOf = Callable[[DispatchId], str | None]
"""Returns the address that a message went to, as its evidence has it; None when it is not known."""


@dataclass(frozen=True, slots=True)
class TryLimits:
    """How many wrong answers are taken before the question is asked no more."""

    per_day: int = 5
    """Of one customer, whichever link is used: a new day brings new ones."""
    per_link: int = 10
    """Of one link, for ever: a new message brings a new link."""


TRY_LIMITS = TryLimits()


@dataclass(frozen=True, slots=True)
class Tries:
    """What was left after one try was taken. ``is_taken`` says whether it was one.

    With a link that is used up the day is not looked at: ``left_today`` is then that of a new one.
    """

    is_taken: bool
    left_today: int
    left_on_link: int

    @property
    def left(self) -> int:
        """How many more may be made now."""
        return min(self.left_today, self.left_on_link)


class PageTries(Protocol):
    """Counts answers to the question before they are looked at, so that none is free."""

    def take(
        self, account: AccountKey, dispatch_id: DispatchId, day: date, limits: TryLimits
    ) -> Tries:
        """Use one of a customer's tries of a day and one of a link's, or none of either."""
        ...

    def give_back(self, account: AccountKey, dispatch_id: DispatchId, day: date) -> None:
        """Give a try back that was none: the answer was right."""
        ...
