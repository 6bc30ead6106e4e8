"""Plans: invoices that a contract brings every month, each on its day, none of them twice.

A plan's instalments are its months. Each is named by its month (``yyyymm``), so that whatever is
changed about a plan, and however often it is looked at, a month is billed once. The due date is
the contract's own day, whether banks are open or not: an invoice moves it to a business day by
itself (`Invoice.effective_due_date`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import count, takewhile
from typing import NewType
from zoneinfo import ZoneInfo

from regua.domain.calendar import BusinessDays, add_business_days, month_length, roll
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.money import Money
from regua.domain.rules import Rule

PlanId = NewType("PlanId", str)
"""The creditor's own id of a plan, unique per creditor."""
ISSUE_HOUR = 6
"""The hour, by the ruler's clock, from which an instalment is issued on its day."""
DEBIT_LEAD_DAYS = 10
"""The earliest day before the due date on which a debit may be asked for."""
DEBIT_LEAD_BUSINESS_DAYS = 2
"""The latest one, in business days."""
_LAST_YEAR = 2100
_MONTHS = 12
_ONE_DAY = timedelta(days=1)


class PlanStatus(StrEnum):
    """Whether a plan brings invoices."""

    ACTIVE = "active"
    PAUSED = "paused"
    """Months that fall due meanwhile are left out for good."""
    ENDED = "ended"
    """For good: a contract that goes on has another plan."""


@dataclass(frozen=True, slots=True)
class Instalment:
    """One month of a plan. ``number`` counts from 1; ``period`` is ``yyyymm``."""

    number: int
    period: str
    due_date: date


@dataclass(frozen=True, slots=True)
class Plan:
    """A contract that brings an invoice every month."""

    external_id: PlanId
    customer_id: CustomerId
    amount: Money
    day: int
    """The day of the month, 1 to 31; in a shorter month, its last."""
    starts_on: date
    """The first instalment is the first one due on this day or later."""
    changed_at: datetime
    """When the creditor's system last described the plan; orders updates."""
    bills_from: date
    """Instalments due before this day are not billed: the day the plan became known, or went on."""
    ends_on: date | None = None
    """The last day that an instalment may be due on."""
    instalments: int | None = None
    """How many there are, those that were left out included."""
    description: str | None = None
    number_prefix: str = ""
    issue_days_before: int = 10
    ruler: str | None = None
    automatic: bool = False
    """Whether its instalments are debited by Pix Automático, once the customer authorises it."""
    retries: bool = False
    """Whether a debit that failed may be tried again: three times within seven days."""
    status: PlanStatus = PlanStatus.ACTIVE
    dealt_with: str = ""
    """The last month that was billed or passed over (``yyyymm``); none after it was."""
    version: int = 0
    """Guards the record; 0 is one that is not stored yet."""

    def updated(self, newer: "Plan") -> "Plan":
        """Take a newer description; what was done with the plan stays."""
        if newer.changed_at <= self.changed_at:
            return self
        return replace(
            newer,
            bills_from=self.bills_from,
            status=self.status,
            dealt_with=self.dealt_with,
            version=self.version,
        )

    def paused(self) -> "Plan":
        """Bill nothing until it goes on."""
        return replace(self, status=PlanStatus.PAUSED)

    def resumed(self, today: date) -> "Plan":
        """Go on with what falls due from today; the months of the pause are not made up for."""
        if self.status is PlanStatus.ACTIVE:
            return self
        since = max(self.bills_from, today)
        return replace(self, status=PlanStatus.ACTIVE, bills_from=since)

    def ended(self) -> "Plan":
        """Bill nothing any more."""
        return replace(self, status=PlanStatus.ENDED)

    def billed(self, instalment: Instalment) -> "Plan":
        """Return the plan once an instalment is an invoice."""
        return replace(self, dealt_with=max(self.dealt_with, instalment.period))


def all_instalments(plan: Plan) -> Iterator[Instalment]:
    """Yield every instalment of a plan, from its first, whatever became of them.

    >>> from datetime import UTC
    >>> start = date(2027, 1, 30)
    >>> plan = Plan(PlanId("p"), CustomerId("c"), Money(1), 31, start,
    ...             datetime(2027, 1, 1, tzinfo=UTC), start, instalments=3)
    >>> [i.due_date.isoformat() for i in all_instalments(plan)]
    ['2027-01-31', '2027-02-28', '2027-03-31']
    """
    first = plan.starts_on.year * _MONTHS + plan.starts_on.month - 1
    if _in_month(first, plan.day) < plan.starts_on:
        first += 1
    numbers = count(1) if plan.instalments is None else range(1, plan.instalments + 1)
    last = plan.ends_on or date(_LAST_YEAR, _MONTHS, 31)
    every = (_instalment(number, first + number - 1, plan.day) for number in numbers)
    return takewhile(lambda i: i.due_date <= last, every)


def _instalment(number: int, month: int, day: int) -> Instalment:
    due = _in_month(month, day)
    return Instalment(number, f"{due.year:04d}{due.month:02d}", due)


def _in_month(month: int, day: int) -> date:
    """Return a day of a month counted from year 0, or the month's last."""
    year, index = divmod(month, _MONTHS)
    return date(year, index + 1, min(day, month_length(year, index + 1)))


def next_instalment(plan: Plan) -> Instalment | None:
    """Return what is billed next, None when nothing is: not while paused, nor ever once ended."""
    if plan.status is not PlanStatus.ACTIVE:
        return None
    return next(
        (
            i
            for i in all_instalments(plan)
            if i.period > plan.dealt_with and i.due_date >= plan.bills_from
        ),
        None,
    )


def issue_day(plan: Plan, instalment: Instalment) -> date:
    """Return the day an instalment is billed on: a business day, and never later than agreed.

    With Pix Automático, early enough for the debit to be asked for.
    """
    agreed = roll(instalment.due_date - plan.issue_days_before * _ONE_DAY, BusinessDays.PRECEDING)
    if not plan.automatic:
        return agreed
    return min(agreed, debit_window(instalment.due_date)[1] - _ONE_DAY)


def issue_at(plan: Plan, instalment: Instalment, zone: ZoneInfo) -> datetime:
    """Return the instant from which an instalment is billed."""
    return datetime.combine(issue_day(plan, instalment), time(ISSUE_HOUR), zone)


def next_issue_at(plan: Plan, zone: ZoneInfo) -> datetime | None:
    """Return when a plan is to be looked at again, None when never."""
    following = next_instalment(plan)
    return None if following is None else issue_at(plan, following, zone)


def billed_due_date(instalment: Instalment, today: date) -> date:
    """Return the due date of an invoice issued today: nobody is late because we were."""
    return max(instalment.due_date, today)


def invoice_id_of(plan_id: PlanId, period: str) -> InvoiceId:
    """Name the invoice of a month: the same one, however often it is issued.

    >>> invoice_id_of(PlanId("contrato-7"), "202611")
    'contrato-7-202611'
    """
    return InvoiceId(f"{plan_id}-{period}")


def plan_of(invoice_id: InvoiceId) -> tuple[PlanId, str]:
    """Return which plan's month an invoice of one is.

    >>> plan_of(InvoiceId("contrato-7-202611"))
    ('contrato-7', '202611')
    """
    plan_id, _, period = invoice_id.rpartition("-")
    return PlanId(plan_id), period


def number_of(plan: Plan, instalment: Instalment) -> str:
    """Return the number that a customer sees on an instalment's invoice."""
    return f"{plan.number_prefix}{instalment.period[:4]}-{instalment.period[4:]}"


def description_of(plan: Plan, instalment: Instalment) -> str | None:
    """Return what a customer reads about it; a limited plan says which of how many it is."""
    if plan.instalments is None:
        return plan.description
    which = f"parcela {instalment.number} de {plan.instalments}"
    return which if plan.description is None else f"{plan.description} ({which})"


def debit_window(due: date) -> tuple[date, date]:
    """Return the first and the last day on which a debit of a due date may be asked for.

    >>> [d.isoformat() for d in debit_window(date(2026, 11, 10))]
    ['2026-10-31', '2026-11-06']
    """
    return due - DEBIT_LEAD_DAYS * _ONE_DAY, add_business_days(due, -DEBIT_LEAD_BUSINESS_DAYS)


MONTH_END = Rule(
    "plan.month_end",
    "A plan's day that a month does not have is the month's last; the next month has it again.",
    "our convention (CC art. 132 §3 has the deadline end on the following day; contracts of"
    " recurring charges end it within the month)",
    "day 31 in February is the 28th or 29th",
)
DEBIT_WINDOW = Rule(
    "plan.debit_window",
    "An automatic debit is asked for between 10 calendar days and 2 business days before its due"
    " date.",
    "Regulamento do Pix (Pix Automático): 2 to 10 days before; institutions count the two in"
    " business days (docs.ebanx.com, developers.celcoin.com.br), and this satisfies both",
    f"{DEBIT_LEAD_DAYS} days, {DEBIT_LEAD_BUSINESS_DAYS} business days",
)
RULES = (MONTH_END, DEBIT_WINDOW)
