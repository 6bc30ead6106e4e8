"""The in-memory twin of `regua.adapters.dynamodb_digit_tries`."""

from collections import Counter

from regua.application.ports import AccountKey


class MemoryDigitTries:
    """Tries in a dictionary."""

    def __init__(self) -> None:
        self.tries: Counter[AccountKey] = Counter()

    def take(self, account: AccountKey, most: int) -> bool:
        """Use one of the tries; False when all are used."""
        if self.tries[account] >= most:
            return False
        self.tries[account] += 1
        return True

    def give_back(self, account: AccountKey) -> None:
        """Give a try back that was taken."""
        self.tries[account] -= 1
