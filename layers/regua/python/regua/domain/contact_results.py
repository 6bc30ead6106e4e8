"""What came of a human contact, and what follows from it: a table of result codes.

The codes are the field's own (voicemail, wrong number, invoice not received, waiting approval,
dispute, in payment pipe, payment sent …), so that a call centre's or an ERP's list maps one to
one. Each code says whether the customer was contacted, for how long contact rests, and what else
must be done.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from regua.domain.calendar import add_business_days
from regua.domain.errors import InvalidInput, Problem
from regua.domain.holds import CLEARING_BUSINESS_DAYS, HoldKind
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.money import Money
from regua.domain.ruler import Channel
from regua.domain.rules import Rule


class ResultCode(StrEnum):
    """What came of a contact made by a person. Add codes; never rename or reuse one."""

    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    WRONG_NUMBER = "wrong_number"
    INVOICE_NOT_RECEIVED = "invoice_not_received"
    WAITING_APPROVAL = "waiting_approval"
    DISPUTE = "dispute"
    IN_PAYMENT_PIPE = "in_payment_pipe"
    PAYMENT_SENT = "payment_sent"
    PROMISE = "promise"
    REFUSED = "refused"
    CALL_BACK = "call_back"
    PAID_ELSEWHERE = "paid_elsewhere"


@dataclass(frozen=True, slots=True)
class Rest:
    """How contact rests after a result: so many business days, or until a day that was named."""

    kind: HoldKind
    business_days: int
    max_days: int
    """How far from the contact the named day may lie."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows from a result."""

    is_contact: bool
    """Whether the caps count it: who was spoken with, or left a message, was contacted."""
    rest: Rest | None = None
    opens_dispute: bool = False
    is_promise: bool = False
    suppresses_address: bool = False
    """Whether the address that was used belongs to somebody else, and is never used again."""
    sends_again: bool = False
    """Whether the customer asks for the invoice and its payment data once more."""

    @property
    def needs_invoice(self) -> bool:
        """Whether it only makes sense about one invoice."""
        return self.opens_dispute or self.is_promise or self.sends_again

    @property
    def is_about_a_debt(self) -> bool:
        """Whether it changes what is done about a debt that is still owed."""
        return self.needs_invoice or self.rest is not None


EFFECTS: Mapping[ResultCode, Effect] = {
    ResultCode.VOICEMAIL: Effect(is_contact=True),
    ResultCode.NO_ANSWER: Effect(is_contact=False),
    ResultCode.BUSY: Effect(is_contact=False),
    ResultCode.UNREACHABLE: Effect(is_contact=False),
    ResultCode.WRONG_NUMBER: Effect(is_contact=False, suppresses_address=True),
    # The call and the invoice that follows it are one contact, and the invoice is the counted one.
    ResultCode.INVOICE_NOT_RECEIVED: Effect(is_contact=False, sends_again=True),
    ResultCode.WAITING_APPROVAL: Effect(is_contact=True, rest=Rest(HoldKind.HELD, 5, 30)),
    ResultCode.DISPUTE: Effect(is_contact=True, opens_dispute=True),
    ResultCode.IN_PAYMENT_PIPE: Effect(
        is_contact=True, rest=Rest(HoldKind.PAYMENT_IN_TRANSIT, 5, 15)
    ),
    ResultCode.PAYMENT_SENT: Effect(
        is_contact=True, rest=Rest(HoldKind.PAYMENT_IN_TRANSIT, CLEARING_BUSINESS_DAYS, 10)
    ),
    ResultCode.PROMISE: Effect(is_contact=True, is_promise=True),
    ResultCode.REFUSED: Effect(is_contact=True),
    ResultCode.CALL_BACK: Effect(is_contact=True, rest=Rest(HoldKind.HELD, 2, 10)),
    ResultCode.PAID_ELSEWHERE: Effect(is_contact=True, rest=Rest(HoldKind.HELD, 3, 10)),
}
"""What follows from each code; no code is missing."""


@dataclass(frozen=True, slots=True)
class ContactResult:
    """What a person reports of a contact they made."""

    code: ResultCode
    at: datetime
    by: str
    """Who made it: a role or a system's name, not a person's."""
    channel: Channel | None = None
    """None is in person, or not said."""
    phone: str | None = None
    """The telephone used, E.164."""
    email: str | None = None
    until: date | None = None
    """The day on which contact may go on, where the customer named one."""
    promised_on: date | None = None
    promised: Money | None = None
    """None is whatever settles the invoice on the promised day."""
    reason: str | None = None
    """Why the invoice is disputed, as somebody wrote it."""

    @property
    def effect(self) -> Effect:
        """What follows from it."""
        return EFFECTS[self.code]

    @property
    def address(self) -> str | None:
        """The telephone or e-mail address used, where it was said."""
        return self.phone or self.email


def contact_id(
    creditor_id: CreditorId,
    customer_id: CustomerId,
    invoice_id: InvoiceId | None,
    result: ContactResult,
) -> DispatchId:
    """Name a contact made by a person, so that the caps count it once however often it is told.

    No planned contact has such an id.
    """
    said = (result.code.value, result.at.astimezone(UTC).isoformat(), result.by)
    parts = (creditor_id, customer_id, invoice_id or "", *said)
    digest = hashlib.sha256(b"regua.contact.v1\0" + "\0".join(parts).encode())
    return DispatchId(digest.hexdigest()[:32])


def check(result: ContactResult, zone: ZoneInfo, *, under: str = "body") -> None:
    """Refuse a result whose code lacks what it needs, or comes with what says nothing of it.

    Whether the promised day is within the ruler's limits is checked with the promise.

    Args:
        result: what was reported.
        zone: the clock by which the named days are meant.
        under: the path of the result inside the whole input.

    Raises:
        InvalidInput: listing every path and reason.
    """
    found = [*_missing(result), *_beside_the_point(result), *_bad_day(result, zone)]
    if found:
        raise InvalidInput(tuple(Problem(f"{under}.{path}", reason) for path, reason in found))


def _missing(result: ContactResult) -> Iterator[tuple[str, str]]:
    effect, code = result.effect, result.code
    if effect.suppresses_address and result.address is None:
        yield "phone", f"is missing: {code} is about a telephone or an e-mail address"
    if effect.is_promise and result.promised_on is None:
        yield "promised_on", f"is missing: {code} names a day"
    if effect.opens_dispute and result.reason is None:
        yield "reason", f"is missing: {code} needs to say why"


def _beside_the_point(result: ContactResult) -> Iterator[tuple[str, str]]:
    effect = result.effect
    if result.phone is not None and result.email is not None:
        yield "email", "is given beside phone: only one address was used"
    if result.until is not None and effect.rest is None:
        yield "until", f"has no meaning with {result.code}"
    if result.promised_on is not None and not effect.is_promise:
        yield "promised_on", f"has no meaning with {result.code}"
    if result.promised is not None and not effect.is_promise:
        yield "amount_centavos", f"has no meaning with {result.code}"
    if result.reason is not None and not effect.opens_dispute:
        yield "reason", f"has no meaning with {result.code}"


def _bad_day(result: ContactResult, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    rest = result.effect.rest
    if rest is None or result.until is None:
        return
    made_on = result.at.astimezone(zone).date()
    latest = made_on + timedelta(days=rest.max_days)
    if result.until <= made_on:
        yield "until", "is not after the day of the contact"
    elif result.until > latest:
        yield "until", f"is too far away: {latest.isoformat()} at the latest ({RESTS.source})"


def rest_until(result: ContactResult, zone: ZoneInfo) -> datetime | None:
    """Return when contact goes on after a result: the start of a day; None when it never rests.

    >>> friday = datetime(2026, 11, 13, 15, tzinfo=ZoneInfo("America/Sao_Paulo"))
    >>> sent = ContactResult(ResultCode.PAYMENT_SENT, friday, "cobranca")
    >>> rest_until(sent, ZoneInfo("America/Sao_Paulo")).isoformat()
    '2026-11-19T00:00:00-03:00'
    """
    rest = result.effect.rest
    if rest is None:
        return None
    made_on = result.at.astimezone(zone).date()
    last = add_business_days(made_on, rest.business_days)
    goes_on = result.until or last + timedelta(days=1)
    return datetime.combine(goes_on, time(), zone)


def _listed(codes: Iterator[str]) -> str:
    return ", ".join(codes)


COUNTED = Rule(
    "contact_result.counts",
    "Who was spoken with, or left a message, was contacted: the caps count it. Who did not answer,"
    " or was not the customer, was not.",
    "our convention: CDC art. 42 forbids excess, whoever speaks",
    _listed(code.value for code, effect in EFFECTS.items() if effect.is_contact),
)
RESTS = Rule(
    "contact_result.rests",
    "After some results contact rests for a while, or until the day the customer named.",
    "our convention; a boleto is credited within one to three business days of being paid",
    _listed(
        f"{code} {effect.rest.business_days} business days, at most {effect.rest.max_days} days"
        for code, effect in EFFECTS.items()
        if effect.rest is not None
    ),
)
WRONG_NUMBER = Rule(
    "contact_result.wrong_number",
    "An address that belongs to somebody else is never used again, on any channel.",
    "CDC art. 42 (no exposure to third parties)",
)
SENT_AGAIN = Rule(
    "contact_result.sent_again",
    "Who did not receive the invoice gets the last message again, as soon as caps and hours allow.",
    "our convention: the call and the message it asks for are one contact",
)
RULES = (COUNTED, RESTS, WRONG_NUMBER, SENT_AGAIN)
