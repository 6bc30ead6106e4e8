"""What is noticed while a return file is read: what must match, and what is only reported.

A file whose counts, sums or sequence do not match is refused whole: nobody knows which of its
titles is missing or wrong. Whoever has to look into such a file may have it read all the same;
every difference is then a warning, and nothing of it may be applied.

Source: FEBRABAN CNAB 240, trailers of lot and file; the banks' CNAB 400 manuals, trailer and
record sequence. That a mismatch refuses the file is our convention.
"""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from regua.domain.cnab.fields import Field, Line, number
from regua.domain.cnab.layouts import Sums, Total
from regua.domain.cnab.titles import RetornoTitle


class Mismatches(StrEnum):
    """What becomes of a file whose counts, sums or sequence do not match."""

    REFUSED = "refused"
    REPORTED = "reported"
    """For a person's eyes: the file is shown, with a warning for each difference."""


class Notice(StrEnum):
    """What a warning is about."""

    UNKNOWN_OCCURRENCE = "unknown_occurrence"
    """A code that the bank's list lacks: nothing follows from the title's news."""
    PAID_WITHOUT_PAYMENT = "paid_without_payment"
    """An amount paid under an occurrence that is no payment."""
    PAYMENT_WITHOUT_PAID = "payment_without_paid"
    TITLE_WITHOUT_NUMBER = "title_without_number"
    SAME_NEWS_TWICE = "same_news_twice"
    """Two titles with one key: only the first would be applied."""
    MISMATCH = "mismatch"
    TOTALS_NOT_STATED = "totals_not_stated"
    """The layout has totals and this trailer states none."""
    RECORD_NOT_READ = "record_not_read"
    UTF8 = "utf8"
    """The file is no longer the bank's bytes: somebody saved it in UTF-8."""


class RetornoWarning(NamedTuple):
    """Something to look at; never holds data of a person."""

    line_number: int
    notice: Notice
    text: str


class Audit:
    """Collects warnings and refuses mismatches, unless they are only to be reported."""

    __slots__ = ("_keys", "_refuses", "is_in_sequence", "matched", "warnings")

    def __init__(self, mismatches: Mismatches) -> None:
        """Start with nothing noticed."""
        self._refuses = mismatches is Mismatches.REFUSED
        self._keys: set[int] = set()
        self.warnings: list[RetornoWarning] = []
        self.matched: dict[str, None] = {}
        self.is_in_sequence = True

    def warn(self, line: Line, notice: Notice, text: str) -> None:
        """Report something about a line."""
        self.warnings.append(RetornoWarning(line.number, notice, text))

    def mismatch(self, line: Line, spot: Field, reason: str, *, enforced: bool = True) -> None:
        """Refuse a difference, or report it.

        Raises:
            InvalidInput: the difference is enforced and mismatches are refused.
        """
        problem = spot.refuse(line, reason)
        if enforced and self._refuses:
            raise problem
        self.warn(line, Notice.MISMATCH, str(problem))

    def count(self, line: Line, spot: Field, what: str, *found: int, enforced: bool = True) -> None:
        """Compare a count with what the file has, counted in one way or more.

        Raises:
            InvalidInput: it is none of them, is enforced, and mismatches are refused.
        """
        if number(line, spot) in found:
            self.matched[what] = None
        else:
            reason = f"is not the {what}: the file has {max(found)}"
            self.mismatch(line, spot, reason, enforced=enforced)

    def sequence(self, line: Line, spot: Field, expected: int) -> None:
        """Compare a record's place in its sequence; the first that differs tells enough.

        Raises:
            InvalidInput: it is another, and mismatches are refused.
        """
        digits = spot.of(line)
        place = expected % 10 ** len(digits)  # a longer sequence begins again at zero
        if not self.is_in_sequence or (digits.isdigit() and int(digits) == place):
            return
        self.is_in_sequence = False
        self.mismatch(line, spot, f"is not number {expected} of the sequence")

    def title(self, title: RetornoTitle, line: Line) -> None:
        """Report what is odd about one title's news."""
        occurrence = title.occurrence
        if not occurrence.meaning:
            self.warn(line, Notice.UNKNOWN_OCCURRENCE, "the bank's list has no such occurrence")
        elif title.paid and not occurrence.effect.moves_money:
            self.warn(line, Notice.PAID_WITHOUT_PAYMENT, f"paid under {occurrence.effect.value}")
        elif not title.paid and occurrence.effect.is_payment:
            self.warn(line, Notice.PAYMENT_WITHOUT_PAID, "a payment of nothing")
        if not title.has_number:
            self.warn(line, Notice.TITLE_WITHOUT_NUMBER, "the bank does not name the title")
        key = hash(title.key)
        if key in self._keys:
            self.warn(line, Notice.SAME_NEWS_TWICE, "same title, occurrence, day and amount")
        self._keys.add(key)


class Tally:
    """How many titles there were, and of what amount, by occurrence."""

    __slots__ = ("_amounts", "_titles")

    def __init__(self) -> None:
        """Start at zero."""
        self._titles: Counter[str] = Counter()
        self._amounts: Counter[str] = Counter()

    def add(self, title: RetornoTitle) -> None:
        """Count one title."""
        code = title.occurrence.code
        self._titles[code] += 1
        self._amounts[code] += title.amount.centavos

    def of(self, sums: Sums, codes: Iterable[str] = ()) -> int:
        """Add up what a total adds up: some occurrences, or all when none is named."""
        counted = self._titles if sums is Sums.TITLES else self._amounts
        return sum(counted[code] for code in codes) if codes else counted.total()


def compare_totals(audit: Audit, line: Line, totals: Iterable[Total], tally: Tally) -> None:
    """Compare a trailer's totals with the titles read.

    A trailer with zeros or blanks in all of them states none; that is reported where there was
    something to state.

    Raises:
        InvalidInput: an enforced total differs and mismatches are refused.
    """
    stated = [(total, number(line, total.field) or 0) for total in totals]
    if not any(value for _, value in stated):
        if any(tally.of(total.sums, total.codes) for total, _ in stated):
            audit.warn(line, Notice.TOTALS_NOT_STATED, "the trailer states none of its totals")
        return
    for total, value in stated:
        found = tally.of(total.sums, total.codes)
        if total.sums is Sums.TITLES:
            audit.count(line, total.field, total.what, found, enforced=total.enforced)
        elif value == found:
            audit.matched[total.what] = None
        else:
            reason = f"is not the {total.what}"
            audit.mismatch(line, total.field, reason, enforced=total.enforced)
