"""When an unpaid debt may be listed with a credit bureau, and what is owed once it is paid.

Listing harms, so every condition must hold at once and an unknown one fails. The bureau itself
gives the notice (Súmula 359); its delivery is proven, by whatever channel (Tema 1.315: e-mail, SMS
and WhatsApp serve). The law names no waiting time after the notice nor a minimum delay; ours are
conventions on the customer's side.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum

from regua.domain.calendar import add_business_days, roll
from regua.domain.errors import InvalidInput
from regua.domain.money import ZERO, Money
from regua.domain.prescription import TERM_RULES, DebtKind, prescribes_on, years_after
from regua.domain.protest import CANCELLATION, CONSENT_LETTER, consent_letter_due, countable
from regua.domain.rules import Rule

MIN_DAYS_LATE = 30
NOTICE_DAYS = 10
MAX_YEARS = 5
REMOVAL_BUSINESS_DAYS = 5

OWED = Rule(
    "listing.owed",
    "Only what is still owed is listed: more than nothing, neither paid nor cancelled.",
    "CDC (Lei 8.078/1990) art. 43 §1 (true information)",
)
AGE = Rule(
    "listing.max_age",
    f"Nothing is listed for longer than {MAX_YEARS} years from its due date, nor once prescribed.",
    "CDC art. 43 §1 and §5; STJ Súmula 323",
)
DISPUTED = Rule(
    "listing.disputed",
    "A disputed debt is not listed while the dispute lasts.",
    "CDC art. 43 §3; our convention (a disputed debt is not certain)",
)
IN_TRANSIT = Rule(
    "listing.payment_in_transit",
    "A debt whose payment is on its way is not listed.",
    "our convention (a boleto paid today is credited a business day later)",
)
PROMISED = Rule(
    "listing.promised",
    "A debt is not listed until the day the customer promised to pay by has passed.",
    "our convention (good faith)",
)
IN_AGREEMENT = Rule(
    "listing.in_agreement",
    "A debt under an agreement that is kept is not listed.",
    "our convention; once listed, practice removes it with the first instalment",
)
OVER_INDEBTED = Rule(
    "listing.over_indebted",
    "Everything rests while an over-indebted person's repayment plan is sought or kept.",
    "CDC art. 54-A and art. 104-A to 104-C (Lei 14.181/2021); freezing at once is our convention",
)
DELAY = Rule(
    "listing.min_days_late",
    "A debt is listed only after it has been late for a while, counted from the moved due date.",
    "our convention (common advice of the trade; the law names no minimum)",
    f"{MIN_DAYS_LATE} days",
)
NOTICE = Rule(
    "listing.notice",
    "The bureau tells the customer in writing beforehand, of a debt that is already late.",
    "CDC art. 43 §2; STJ Súmula 359",
)
DELIVERY = Rule(
    "listing.delivery",
    "The notice counts once its delivery is proven; electronic channels serve.",
    "STJ Tema 1.315; Súmula 404 (no return receipt) frees letters only: proof is our convention",
)
WAIT = Rule(
    "listing.notice_days",
    "Between delivery and listing the customer has some days, the last of them a business day.",
    "our convention (practice of the bureaus; the law names no number); CDC art. 43 §2",
    f"{NOTICE_DAYS} days",
)
REMOVAL = Rule(
    "listing.removal",
    f"The creditor has a listing removed within {REMOVAL_BUSINESS_DAYS} business days of full "
    "payment, counted from the first business day after the money is available.",
    "STJ Súmula 548; REsp 1.424.792",
)
EARLIER_LISTING = Rule(
    "listing.earlier",
    "An irregular listing beside an earlier legitimate one gives no moral damages. It remains "
    "irregular: nothing here depends on it.",
    "STJ Súmula 385",
)
RULES = (
    OWED,
    AGE,
    DISPUTED,
    IN_TRANSIT,
    PROMISED,
    IN_AGREEMENT,
    OVER_INDEBTED,
    DELAY,
    NOTICE,
    DELIVERY,
    WAIT,
    REMOVAL,
    EARLIER_LISTING,
)


@dataclass(frozen=True, slots=True)
class ListingFacts:
    """What the decision rests on.

    ``balance`` is what is still owed; ``promised_until`` the day of an open promise to pay.
    ``notice_delivered_on`` is set by proof of delivery only: a channel's own receipt that the
    message reached the customer's device or mail server, never by having sent it.
    """

    due_date: date
    balance: Money
    kind: DebtKind = DebtKind.INSTRUMENT
    interrupted_on: date | None = None
    notice_sent_on: date | None = None
    notice_delivered_on: date | None = None
    promised_until: date | None = None
    is_cancelled: bool = False
    is_disputed: bool = False
    is_payment_in_transit: bool = False
    is_in_agreement: bool = False
    is_over_indebted: bool = False

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, date):
                countable(entry.name, value)
        sent, delivered = self.notice_sent_on, self.notice_delivered_on
        if delivered is not None and (sent is None or delivered < sent):
            raise InvalidInput.at("notice_delivered_on", "before the notice was sent")


@dataclass(frozen=True, slots=True)
class Listable:
    """The debt may be listed today."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """The debt may not be listed: not before ``on``, or before something else has happened."""

    on: date | None
    rule: Rule


@dataclass(frozen=True, slots=True)
class Never:
    """The debt may not be listed, and waiting does not help."""

    rule: Rule


Verdict = Listable | NotYet | Never


def may_list(facts: ListingFacts, today: date) -> Verdict:
    """Tell whether a debt may be listed today, and if not, by which rule and until when.

    The notice comes last: `NotYet` by ``NOTICE`` says that everything else is in place.

    Raises:
        InvalidInput: the interruption precedes the due date.
    """
    never = _why_never(facts, today)
    if never is not None:
        return Never(never)
    return next(_obstacles(facts, today), Listable())


def listing_ends_on(due: date, kind: DebtKind, interrupted_on: date | None = None) -> date:
    """Return the last day of a listing that is never paid: no interruption prolongs it.

    >>> listing_ends_on(date(2021, 11, 10), DebtKind.OTHER)
    datetime.date(2026, 11, 10)
    """
    return min(years_after(due, MAX_YEARS), prescribes_on(due, kind, interrupted_on))


def removal_due(paid_on: date) -> date:
    """Return until when a listing must be gone; ``paid_on`` is when the money was available.

    >>> removal_due(date(2026, 11, 19))
    datetime.date(2026, 11, 27)

    Raises:
        InvalidInput: the calendar ends first.
    """
    return add_business_days(countable("paid_on", paid_on), REMOVAL_BUSINESS_DAYS)


def _why_never(facts: ListingFacts, today: date) -> Rule | None:
    if facts.is_cancelled or facts.balance <= ZERO:
        return OWED
    if today > prescribes_on(facts.due_date, facts.kind, facts.interrupted_on):
        return TERM_RULES[facts.kind]
    return AGE if today > years_after(facts.due_date, MAX_YEARS) else None


def _obstacles(facts: ListingFacts, today: date) -> Iterator[NotYet]:
    """Yield what stands in the way for now: first what rests, then what waits for a date."""
    for stands, rule in (
        (facts.is_over_indebted, OVER_INDEBTED),
        (facts.is_disputed, DISPUTED),
        (facts.is_in_agreement, IN_AGREEMENT),
        (facts.is_payment_in_transit, IN_TRANSIT),
    ):
        if stands:
            yield NotYet(None, rule)
    if facts.promised_until and today <= facts.promised_until:
        yield NotYet(facts.promised_until + timedelta(days=1), PROMISED)
    late_enough = roll(facts.due_date) + timedelta(days=MIN_DAYS_LATE)
    if today < late_enough:
        yield NotYet(late_enough, DELAY)
    yield from _notice(facts, today)


def _notice(facts: ListingFacts, today: date) -> Iterator[NotYet]:
    if facts.notice_sent_on is None or facts.notice_sent_on <= roll(facts.due_date):
        yield NotYet(None, NOTICE)
    elif facts.notice_delivered_on is None:
        yield NotYet(None, DELIVERY)
    else:
        last_day = roll(facts.notice_delivered_on + timedelta(days=NOTICE_DAYS))
        first = add_business_days(last_day, 1)
        if today < first:
            yield NotYet(first, WAIT)


class Actor(StrEnum):
    """Who must act."""

    CREDITOR = "creditor"
    CUSTOMER = "customer"


class Act(StrEnum):
    """What must be done after payment."""

    REMOVE_LISTING = "remove_listing"
    ISSUE_CONSENT_LETTER = "issue_consent_letter"
    CANCEL_PROTEST = "cancel_protest"


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that follows from a payment; ``due_on`` is None where no deadline is ours."""

    act: Act
    by: Actor
    due_on: date | None
    rule: Rule


def duties_after_payment(
    paid_on: date, *, is_listed: bool = False, is_protested: bool = False
) -> tuple[Duty, ...]:
    """List who must do what once a debt is paid in full.

    A listing is the creditor's to remove; a protest is the customer's to cancel, with the letter
    of consent the creditor owes them.
    """
    duties: list[Duty] = []
    if is_listed:
        due_on = removal_due(paid_on)
        duties.append(Duty(Act.REMOVE_LISTING, Actor.CREDITOR, due_on, REMOVAL))
    if is_protested:
        letter_on = consent_letter_due(paid_on)
        duties += [
            Duty(Act.ISSUE_CONSENT_LETTER, Actor.CREDITOR, letter_on, CONSENT_LETTER),
            Duty(Act.CANCEL_PROTEST, Actor.CUSTOMER, None, CANCELLATION),
        ]
    return tuple(duties)
