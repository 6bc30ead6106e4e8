"""The in-memory twin of `regua.adapters.dynamodb_page_tries`."""

from collections import Counter
from datetime import date

from regua.application.customer_page.ports import Tries, TryLimits
from regua.application.ports import AccountKey
from regua.domain.ids import DispatchId


class MemoryPageTries:
    """Tries in dictionaries."""

    def __init__(self) -> None:
        self.days: Counter[tuple[AccountKey, date]] = Counter()
        self.links: Counter[tuple[AccountKey, DispatchId]] = Counter()

    def take(
        self, account: AccountKey, dispatch_id: DispatchId, day: date, limits: TryLimits
    ) -> Tries:
        """Use one of a customer's tries of a day and one of a link's, or none of either."""
        left_on_link = limits.per_link - self.links[account, dispatch_id]
        if left_on_link <= 0:
            return Tries(is_taken=False, left_today=limits.per_day, left_on_link=0)
        left_today = limits.per_day - self.days[account, day]
        if left_today <= 0:
            return Tries(is_taken=False, left_today=0, left_on_link=left_on_link)
        self.days[account, day] += 1
        self.links[account, dispatch_id] += 1
        return Tries(is_taken=True, left_today=left_today - 1, left_on_link=left_on_link - 1)

    def give_back(self, account: AccountKey, dispatch_id: DispatchId, day: date) -> None:
        """Give a try back that was none: the answer was right."""
        self.days[account, day] -= 1
        self.links[account, dispatch_id] -= 1
