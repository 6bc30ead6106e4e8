"""What becomes of an agreement: when it is looked at, how it ends, what rests meanwhile.

Everything follows from the agreement's terms and from what was received for its instalments, as an
invoice's state follows from its payments. Where the money goes at the end is
`regua.domain.negotiation.carry`'s.

- **Fulfilled**: no instalment is open any more and something was paid. One that its creditor
  withdrew counts as waived: it is not asked for, and the debts are let go of that much more. Where
  all were withdrawn and nothing was paid, the agreement was called off: it is cancelled.
- **Breached**: an instalment is unpaid so many days after its effective due date, and money that
  was paid on the last of them has had time to arrive: a bank tells of it days later. A payment that
  was taken back gives the same days again, from the day it was; while money is on its way, or the
  instalment is disputed, nothing is missed.
- **Cancelled**, **refused**: ended by the creditor. **Lapsed**: nobody approved it in time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from regua.domain.account import Account
from regua.domain.errors import Conflict, InvalidInput
from regua.domain.holds import CLEARING_BUSINESS_DAYS, Hold, HoldKind, hold_id, in_transit_until
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.negotiation.agreement import (
    Agreement,
    AgreementStatus,
    Instalment,
    agreement_id,
    agreement_of,
    instalment_invoice_id,
)
from regua.domain.negotiation.deal import Deal
from regua.domain.payoff import business_date
from regua.domain.rules import Rule

BREACHES_KEPT = 10
"""How many breaches an account remembers: the latest."""
_NOT_MISSED = frozenset({HoldKind.PAYMENT_IN_TRANSIT, HoldKind.DISPUTED})
"""While one of these stands, an unpaid instalment breaks nothing."""
_ENDS = frozenset({HoldKind.PROMISED, HoldKind.HELD})
"""Holds of a debt that its agreement takes the place of."""


# ── how it begins ──────────────────────────────────────────────────────────────────────────────


def proposed(
    account: Account,
    deal: Deal,
    *,
    origin: str,
    now: datetime,
) -> Agreement:
    """Return the account's next agreement, on a deal's terms; it waits for approval if they say so.

    It can be approved for ``approval_days`` times 24 hours.
    """
    name = agreement_id(account.creditor_id, account.customer_id, account.agreements_made)
    agreement = Agreement(
        agreement_id=name,
        customer_id=account.customer_id,
        rule=deal.rule,
        status=AgreementStatus.PROPOSED,
        proposed_at=now,
        debts=deal.debts,
        instalments=tuple(
            Instalment(p.number, instalment_invoice_id(name, p.number), p.due_date, p.amount)
            for p in deal.parts
        ),
        breach_after_days=deal.breach_after_days,
        ruler=deal.ruler,
        origin=origin,
        quoted_on=deal.on,
    )
    if not deal.needs_approval:
        return replace(agreement, status=AgreementStatus.ACTIVE, accepted_at=now)
    return replace(agreement, expires_at=now + timedelta(days=deal.approval_days))


def approved(agreement: Agreement, now: datetime) -> Agreement:
    """Return a proposed agreement as it is once its creditor agrees.

    Where the first due date has gone by meanwhile, every due date moves by the days that the
    approval took, so that nobody is late by waiting for it.

    Raises:
        Conflict: it is not proposed any more, or its time to be approved has passed.
    """
    if agreement.status is not AgreementStatus.PROPOSED:
        msg = f"agreement {agreement.agreement_id} is {agreement.status}"
        raise Conflict(msg)
    if agreement.expires_at is not None and agreement.expires_at <= now:
        msg = f"agreement {agreement.agreement_id} was not approved in time"
        raise Conflict(msg)
    today = business_date(now)
    took = today - business_date(agreement.proposed_at)
    is_late = any(i.due_date < today for i in agreement.instalments)
    instalments = tuple(
        replace(i, due_date=i.due_date + took) if is_late else i for i in agreement.instalments
    )
    return replace(
        agreement, status=AgreementStatus.ACTIVE, accepted_at=now, instalments=instalments
    )


def resting(agreement: Agreement, creditor_id: CreditorId, by: str, at: datetime) -> list[Hold]:
    """Return the holds that let the covered debts rest, in the order of the debts.

    None has an end of its own: they end with the agreement.
    """
    return [
        Hold(
            hold_id=_hold_id(agreement, creditor_id, debt.invoice_id),
            kind=HoldKind.IN_AGREEMENT,
            since=at,
            until=None,
            reason=reason_of(agreement),
            by=by,
            invoice_id=debt.invoice_id,
        )
        for debt in agreement.debts
    ]


def overtaken(account: Account, agreement: Agreement) -> list[Hold]:
    """Return the promises and plain holds of covered debts: the agreement takes their place."""
    return [
        hold
        for hold in account.holds
        if hold.kind in _ENDS and hold.invoice_id is not None and agreement.covers(hold.invoice_id)
    ]


def holds_of(account: Account, agreement: Agreement) -> list[Hold]:
    """Return the holds that stand because of an agreement."""
    names = {_hold_id(agreement, account.creditor_id, d.invoice_id) for d in agreement.debts}
    return [hold for hold in account.holds if hold.hold_id in names]


def reason_of(agreement: Agreement) -> str:
    """Say why its debts rest, and why its unpaid instalments are withdrawn at its end."""
    return f"acordo {agreement.agreement_id}"


def _hold_id(agreement: Agreement, creditor_id: CreditorId, invoice_id: InvoiceId) -> str:
    kind = HoldKind.IN_AGREEMENT
    return hold_id(creditor_id, agreement.customer_id, invoice_id, kind, agreement.agreement_id)


def with_agreement(account: Account, agreement: Agreement) -> Account:
    """Put a live agreement in its present state into its account; a new one is counted."""
    is_known = any(a.agreement_id == agreement.agreement_id for a in account.agreements)
    if not is_known:
        return replace(
            account,
            agreements=(*account.agreements, agreement),
            agreements_made=account.agreements_made + 1,
        )
    return replace(
        account,
        agreements=tuple(
            agreement if a.agreement_id == agreement.agreement_id else a for a in account.agreements
        ),
    )


def without_agreement(account: Account, agreement: Agreement) -> Account:
    """Return the account once an agreement has ended: its debts rest no longer."""
    return replace(
        account.without_holds(holds_of(account, agreement)),
        agreements=tuple(a for a in account.agreements if a.agreement_id != agreement.agreement_id),
    )


def with_breach(account: Account, at: datetime) -> Account:
    """Remember that an agreement was broken at an instant."""
    return replace(account, breaches=tuple(sorted((*account.breaches, at)))[-BREACHES_KEPT:])


# ── how it goes on ─────────────────────────────────────────────────────────────────────────────


def looked_at(
    agreement: Agreement, account: Account, zone: ZoneInfo, now: datetime
) -> datetime | None:
    """Return when an agreement of an account must be looked at; None when nothing can come up.

    At once, that is ``now``, when its end is being written down, or no instalment is open any more.

    Args:
        agreement: one of the account's.
        account: with its open invoices and its holds.
        zone: the creditor's clock.
        now: an aware instant.
    """
    if not agreement.status.is_live:
        return now
    if agreement.status is AgreementStatus.PROPOSED:
        return agreement.expires_at
    unpaid = _unpaid(agreement, account.invoices)
    if not unpaid:
        return now
    missed = (missed_at(i, agreement, account.holds, zone) for i in unpaid)
    return min((at for at in missed if at is not None), default=None)


def missed_at(
    instalment: Invoice, agreement: Agreement, holds: Iterable[Hold], zone: ZoneInfo
) -> datetime | None:
    """Return from when on an unpaid instalment breaks its agreement: the start of a day.

    None while it is disputed; not before a payment on its way has had time to arrive, be it one
    that was made on the last day and that nobody has told of.

    Args:
        instalment: the invoice, open.
        agreement: tells the days.
        holds: the account's.
        zone: the creditor's clock.
    """
    taken_back = [business_date(p.reversed_at) for p in instalment.payments if p.reversed_at]
    last = max([instalment.effective_due_date, *taken_back])
    last_day = last + timedelta(days=agreement.breach_after_days)
    at = in_transit_until(last_day, zone).astimezone(UTC)
    for hold in holds:
        if hold.kind in _NOT_MISSED and hold.covers(instalment.external_id):
            if hold.until is None:
                return None
            at = max(at, hold.until)
    return at


def how_it_ends(
    agreement: Agreement,
    instalments: Sequence[Invoice],
    account: Account,
    zone: ZoneInfo,
    now: datetime,
) -> AgreementStatus | None:
    """Tell how an agreement ends at an instant; None when it goes on.

    Args:
        agreement: one of the account's, live or with its end being written down.
        instalments: all of its invoices, as they are; none before it is approved.
        account: with its open invoices and its holds.
        zone: the creditor's clock.
        now: an aware instant.
    """
    at = looked_at(agreement, account, zone, now)
    if at is None or at > now:
        return None
    if not agreement.status.is_live:
        return agreement.status
    if agreement.status is AgreementStatus.PROPOSED:
        return AgreementStatus.LAPSED
    if any(i.is_open for i in instalments):
        return AgreementStatus.BREACHED
    is_paid = any(i.paid for i in instalments)
    return AgreementStatus.FULFILLED if is_paid else AgreementStatus.CANCELLED


def _unpaid(agreement: Agreement, invoices: Mapping[InvoiceId, Invoice]) -> list[Invoice]:
    mine = (invoices.get(i.invoice_id) for i in agreement.instalments)
    return [invoice for invoice in mine if invoice is not None]


def check_description(known: Invoice | None, told: Invoice) -> None:
    """Refuse to describe an instalment otherwise than it was agreed, to its payer's disadvantage.

    Ways to pay, a later due date or a smaller amount may be told; an older description says
    nothing anyhow.

    Args:
        known: the invoice of that id, None where there is none.
        told: what is said of it.

    Raises:
        InvalidInput: ``external_id``, ``amount_centavos`` or ``due_date``.
    """
    if agreement_of(told.external_id) is None:
        return
    if known is None:
        raise InvalidInput.at("external_id", "names an instalment, and there is none of that name")
    if told.issued_at <= known.issued_at:
        return
    if told.amount - told.rebate > known.amount - known.rebate:
        raise InvalidInput.at("amount_centavos", "is more than what was agreed for the instalment")
    if told.due_date < known.due_date:
        raise InvalidInput.at("due_date", "is before the day that was agreed for the instalment")


RESTS = Rule(
    "agreement.rests",
    "Nobody is contacted about a debt that an agreement covers while the agreement is live; its"
    " instalments are asked for in its place.",
    "our convention: an agreement suspends what it covers; it replaces no debt (Código Civil art."
    " 361: novation is not presumed)",
)
BREACH = Rule(
    "agreement.breach",
    "An agreement is broken once an instalment is unpaid for the days its terms name, counted from"
    " its effective due date, or from the day a payment of it was taken back, once money paid on"
    " the last of them has had time to arrive.",
    "our convention, as the terms say; CDC (Lei 8.078/1990) art. 54 §4: what limits rights stands"
    " out",
    f"{CLEARING_BUSINESS_DAYS} business days to arrive",
)
REVIVED = Rule(
    "agreement.revived",
    "A broken agreement leaves the debts as they were, less what was paid, each payment on its own"
    " day.",
    "our convention; Código Civil art. 354 (what is paid is imputed to the debt)",
)
RULES = (RESTS, BREACH, REVIVED)
