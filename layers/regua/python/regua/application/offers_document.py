"""The offers document: what a creditor offers to settle overdue debts, read and checked.

Rules are tried in the order they are written; the first one whose conditions hold is what is
offered. Under a rule each option is for so many instalments, and no two are for the same number.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field, ValidationError

from regua.application.conditions_document import (
    Centavos,
    ConditionsDocument,
    Count,
    Document,
    Name,
    invalid_document,
    written_name,
)
from regua.domain.audiences import covers, impossible
from regua.domain.conditions import Conditions
from regua.domain.errors import InvalidInput, Problem
from regua.domain.money import ZERO, Money
from regua.domain.negotiation.rules import OfferRule, OfferRules, Option, ReagreementLimits
from regua.domain.rulers import DEFAULT_SEGMENT

MAX_RULES = 50
MAX_OPTIONS = 20
MAX_INSTALMENTS = 60
MAX_FIRST_DUE_DAYS = 30
MAX_VALID_DAYS = 30
MAX_BREACH_DAYS = 90
MAX_APPROVAL_DAYS = 30
MAX_BREACHES = 10
"""So many are remembered of a customer."""
MAX_WINDOW_DAYS = 1825
MAX_WAIT_DAYS = 365
UNWRITTEN: Mapping[str, Any] = {"rules": []}
"""What a creditor that wrote nothing is taken to have written: it offers nothing."""
_UNREACHED = "the rule is never offered"

Instalments = Annotated[int, Field(strict=True, ge=1, le=MAX_INSTALMENTS)]
WholePercent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
PartPercent = Annotated[Decimal, Field(ge=0, lt=100, decimal_places=2)]


def _days(least: int, most: int, default: int, description: str) -> Any:  # noqa: ANN401 - as pydantic's own Field
    return Field(default=default, strict=True, ge=least, le=most, description=description)


class OfferConditionsDocument(ConditionsDocument):
    """Which customers a rule is meant for: facts of the customer, and of what is overdue."""

    min_amount_centavos: Centavos = Field(
        default=0, description="What all that is settled comes to, late charges included"
    )
    max_amount_centavos: Centavos | None = None
    min_days_late: Count | None = Field(
        default=None,
        description="Of the oldest invoice that is settled, from its effective due date",
    )
    max_days_late: Count | None = None


class OptionDocument(Document):
    """A way to settle: for so many instalments, so much is taken off."""

    min_instalments: Instalments = 1
    max_instalments: Instalments = Field(
        description="Those after the down payment; 1 without one is everything at once"
    )
    principal_discount_percent: PartPercent = Field(
        default=Decimal(0), description="Off what is left of each invoiced amount"
    )
    charges_discount_percent: WholePercent = Field(
        default=Decimal(0), description="Off what is left of late fine and interest"
    )
    down_payment_percent: PartPercent = Field(
        default=Decimal(0), description="The least that is paid first, of the total, rounded up"
    )

    def to_domain(self) -> Option:
        """Build the domain's option."""
        return Option(
            self.min_instalments,
            self.max_instalments,
            self.principal_discount_percent,
            self.charges_discount_percent,
            self.down_payment_percent,
        )


class OfferRuleDocument(Document):
    """What is offered to whom, and on which terms."""

    name: Name
    when: OfferConditionsDocument = OfferConditionsDocument()
    options: tuple[OptionDocument, ...] = Field(min_length=1, max_length=MAX_OPTIONS)
    min_instalment_centavos: Centavos = Field(
        default=0, description="No instalment and no down payment is less"
    )
    first_due_days: int = _days(
        0, MAX_FIRST_DUE_DAYS, 5, "The latest day for the first payment, from the acceptance"
    )
    valid_days: int = _days(0, MAX_VALID_DAYS, 3, "How long what was offered stands")
    breach_after_days: int = _days(
        1, MAX_BREACH_DAYS, 10, "After an unpaid instalment's effective due date"
    )
    needs_approval: bool = Field(
        default=False, strict=True, description="The creditor approves each agreement"
    )
    approval_days: int = _days(1, MAX_APPROVAL_DAYS, 2, "How long one waits for approval")
    ruler: Name | None = Field(
        default=None, description="What the instalments follow, unless assignment decides"
    )

    def to_domain(self) -> OfferRule:
        """Build the domain's rule; names are not checked yet."""
        return OfferRule(
            name=self.name,
            options=tuple(o.to_domain() for o in self.options),
            conditions=self.when.to_domain(),
            min_instalment=Money(self.min_instalment_centavos),
            first_due_days=self.first_due_days,
            valid_days=self.valid_days,
            breach_after_days=self.breach_after_days,
            needs_approval=self.needs_approval,
            approval_days=self.approval_days,
            ruler=self.ruler,
        )


class LimitsDocument(Document):
    """How often a customer who broke agreements may settle again."""

    max_breaches: int = _days(
        1, MAX_BREACHES, 2, "After so many within the window nothing is offered"
    )
    window_days: int = _days(1, MAX_WINDOW_DAYS, 365, "How far back breaches are counted")
    wait_days: int = _days(0, MAX_WAIT_DAYS, 0, "After a breach, before anything is offered")

    def to_domain(self) -> ReagreementLimits:
        """Build the domain's limits."""
        return ReagreementLimits(self.max_breaches, self.window_days, self.wait_days)


class OffersDocument(Document):
    """What a creditor offers to settle overdue debts."""

    rules: tuple[OfferRuleDocument, ...] = Field(
        max_length=MAX_RULES, description="The first one whose conditions hold counts"
    )
    limits: LimitsDocument = LimitsDocument()

    def to_domain(self) -> OfferRules:
        """Build the domain's rules; names are not checked yet."""
        return OfferRules(tuple(r.to_domain() for r in self.rules), self.limits.to_domain())


def read_offers(
    document: object, *, rulers: frozenset[str] | None, segments: frozenset[str] | None = None
) -> OfferRules:
    """Read an offers document (already decoded from JSON or YAML).

    Args:
        document: what the creditor wrote.
        rulers: names of the creditor's rulers; None does not check them.
        segments: names of the creditor's own segments; None does not check them.

    Raises:
        InvalidInput: with the path and reason of every problem found.
    """
    try:
        read = OffersDocument.model_validate(document)
    except ValidationError as exc:
        raise invalid_document(exc) from exc
    offers = read.to_domain()
    problems = tuple(_problems(offers, rulers, segments))
    if problems:
        raise InvalidInput(problems)
    return offers


def offers_schema() -> Mapping[str, object]:
    """Return the JSON Schema of the document, as published in docs/."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **OffersDocument.model_json_schema(),
    }


def offers_warnings(offers: OfferRules) -> Iterator[Problem]:
    """Yield what is allowed in offers and still unusual enough to tell their author."""
    for index, rule in enumerate(offers.rules):
        for (_, former), (place, option) in pairwise(_in_order(rule.options)):
            path = f"rules.{index}.options.{place}"
            if option.min_instalments > former.max_instalments + 1:
                between = f"{former.max_instalments} and {option.min_instalments}"
                yield Problem(f"{path}.min_instalments", f"nothing is offered between {between}")
            for field in ("principal_discount_percent", "charges_discount_percent"):
                if getattr(option, field) > getattr(former, field):
                    yield Problem(f"{path}.{field}", "takes off more than a shorter plan does")


# ── what cannot be offered ─────────────────────────────────────────────────────────────────────


def _problems(
    offers: OfferRules, rulers: frozenset[str] | None, segments: frozenset[str] | None
) -> Iterator[Problem]:
    times = Counter(rule.name for rule in offers.rules)
    for index, rule in enumerate(offers.rules):
        path = f"rules.{index}"
        if times[rule.name] > 1:
            reason = f"used {times[rule.name]} times; every rule needs its own name"
            yield Problem(f"{path}.name", reason)
        if rulers is not None and rule.ruler is not None and rule.ruler not in rulers:
            reason = f"no such ruler; there are: {_listed(rulers) or 'none'}"
            yield Problem(f"{path}.ruler", reason)
        if segments is not None and not rule.conditions.segments <= {*segments, DEFAULT_SEGMENT}:
            reason = f"no such segment; there are: {_listed({*segments, DEFAULT_SEGMENT})}"
            yield Problem(f"{path}.when.segments", reason)
        yield from _option_problems(rule.options, f"{path}.options")
        yield from _reach_problems(offers.rules[:index], rule, f"{path}.when")


def _option_problems(options: tuple[Option, ...], path: str) -> Iterator[Problem]:
    """Yield why an option is for no number of instalments, or for one that another is for."""
    for place, option in enumerate(options):
        if option.max_instalments < option.min_instalments:
            yield Problem(f"{path}.{place}.max_instalments", "is less than min_instalments")
    ordered = _in_order(options)
    for rank, (place, option) in enumerate(ordered):
        for other, former in ordered[:rank]:
            if option.min_instalments <= former.max_instalments:
                reason = f"options.{other} is for {_span(former)} already"
                yield Problem(f"{path}.{place}.min_instalments", reason)
                break


def _reach_problems(
    earlier: tuple[OfferRule, ...], rule: OfferRule, path: str
) -> Iterator[Problem]:
    """Yield why no customer is ever offered a rule."""
    when = rule.conditions
    for field, reason in (*_impossible(when), *_against_lateness(when)):
        yield Problem(f"{path}.{written_name(field)}", f"{reason}: {_UNREACHED}")
    for other in earlier:
        if covers(_of_something_late(other.conditions), _of_something_late(when)):
            yield Problem(path, f"{other.name}, before it, has all of them: {_UNREACHED}")
            return


def _impossible(when: Conditions) -> Iterator[Problem]:
    """Yield what nobody can fulfil; here amounts are payoffs, which may exceed all balances."""
    if when.max_amount is not None and when.max_amount < when.min_amount:
        yield Problem("max_amount", "is less than min_amount")
    yield from impossible(replace(when, min_amount=ZERO, max_amount=None))


def _against_lateness(when: Conditions) -> Iterator[Problem]:
    """Yield what is asked of delays that nobody has who has something to settle."""
    least = max(1, when.min_days_late or 0)
    if when.max_days_late == 0:
        yield Problem("max_days_late", "what is settled is late")
    if when.max_worst_days_late is not None and when.max_worst_days_late < least:
        yield Problem("max_worst_days_late", f"what is settled is {least} days late at least")
    for field in ("max_overdue_invoices", "max_times_late"):
        if getattr(when, field) == 0:
            yield Problem(field, "what is settled is late")


def _of_something_late(when: Conditions) -> Conditions:
    """State what goes without saying, so that two rules can be compared."""
    return replace(when, min_days_late=max(1, when.min_days_late or 0))


def _in_order(options: tuple[Option, ...]) -> list[tuple[int, Option]]:
    """Return the options with their places, those of fewest instalments first."""
    return sorted(enumerate(options), key=lambda found: found[1].min_instalments)


def _span(option: Option) -> str:
    return f"{option.min_instalments} to {option.max_instalments} instalments"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
