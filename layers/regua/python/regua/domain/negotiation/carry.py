"""Where the money of an agreement goes when it ends: from its instalments over to its debts.

Each payment of an instalment counts for the debts under names of its own
(`regua.domain.negotiation.agreement.carried_payment_id`), on its own day and by its own method: to
the oldest debt first, up to its agreed share, then up to what was owed, and what is left to the
last one. So interest on each debt accrues exactly on what was outstanding.

The payment itself stays with the instalment, where it came in. Whoever adds up money that was
received leaves carried payments out (`received`), and each centavo counts once.

A payment after the end is carried over as well; one that is taken back is taken back at the debts.
An agreement that was kept, and of which money is taken back so that an instalment is unpaid again,
was not kept after all: it is breached, and what it conceded falls.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from regua.domain.invoice import Invoice, InvoiceStatus, Payment
from regua.domain.money import ZERO, Money
from regua.domain.negotiation.agreement import (
    Agreement,
    AgreementStatus,
    carried_payment_id,
    carried_payment_prefix,
    is_carried,
)
from regua.domain.negotiation.life import reason_of
from regua.domain.rules import Rule

TAKEN_BACK = "taken_back"
"""Why an agreement that had been kept is breached: money of it was taken back."""


@dataclass(frozen=True, slots=True)
class Settled:
    """An ended agreement, its instalments and its debts, as they stand with each other.

    ``instalments`` and ``debts`` are all there are, in the order of the agreement.
    """

    agreement: Agreement
    instalments: tuple[Invoice, ...]
    debts: tuple[Invoice, ...]


def settled(
    agreement: Agreement, instalments: Sequence[Invoice], debts: Sequence[Invoice], at: datetime
) -> Settled:
    """Settle an ended agreement: withdraw what is unpaid, carry the money over, concede the rest.

    Doing it again changes nothing; doing it after more came in, or was taken back, brings the
    debts to where they belong.

    Args:
        agreement: with the status it ended in.
        instalments: its invoices, as they are, in its order; none when it was never active.
        debts: the invoices it covers, as they are, in its order.
        at: the instant of whatever is written now.
    """
    if agreement.status is AgreementStatus.FULFILLED and any(i.is_open for i in instalments):
        agreement = replace(
            agreement, status=AgreementStatus.BREACHED, ended_at=at, end_reason=TAKEN_BACK
        )
    withdrawn = tuple(
        i.cancelled(at, reason_of(agreement)) if i.is_open else i for i in instalments
    )
    carried = _Carrying(agreement, list(debts)).all_of(instalments)
    is_kept = agreement.status is AgreementStatus.FULFILLED
    concede = _conceded if is_kept else _not_conceded
    return Settled(
        agreement,
        withdrawn,
        tuple(
            concede(agreement, before, after) for before, after in zip(debts, carried, strict=True)
        ),
    )


def received(invoice: Invoice) -> Money:
    """Return what came in for an invoice itself: not reversed, and not carried over to it."""
    return Money(
        sum(
            p.amount.centavos
            for p in invoice.payments
            if p.reversed_at is None and not is_carried(p.payment_id)
        )
    )


def is_settled_by_agreement(invoice: Invoice) -> bool:
    """Tell whether an agreement settled an invoice: by being kept, or with its money at last.

    A debt that its customer paid off after a broken agreement was settled by that payment.
    """
    if invoice.status is not InvoiceStatus.SETTLED:
        return False
    if invoice.kept_agreement is not None:
        return True
    at = invoice.settled_at
    last = (p for p in invoice.payments if p.reversed_at is None and p.paid_at == at)
    return any(is_carried(p.payment_id) for p in last)


def _conceded(agreement: Agreement, before: Invoice, after: Invoice) -> Invoice:
    """Return a debt of a kept agreement with the rest of it taken off.

    Of one that was paid by itself meanwhile nothing but late charges can be left, and of one that
    was withdrawn nothing at all. What happens to the debt's own payments after the end is between
    it and them, and concedes nothing.
    """
    if before.kept_agreement != agreement.agreement_id and not before.is_open:
        is_paid = before.status is InvoiceStatus.SETTLED and before.kept_agreement is None
        return replace(after, kept_agreement=agreement.agreement_id) if is_paid else after
    prefix, end = carried_payment_prefix(agreement.agreement_id), agreement.ended_at
    counted = [
        p.amount.centavos
        for p in after.payments
        if (p.reversed_at is None if p.payment_id.startswith(prefix) else _counted_at(p, end))
    ]
    rest = after.amount - after.rebate - Money(sum(counted))
    return replace(after, conceded=max(ZERO, rest), kept_agreement=agreement.agreement_id)


def _counted_at(payment: Payment, end: datetime | None) -> bool:
    """Tell whether money had come in, and had not been taken back, when an agreement ended."""
    if end is None:  # pragma: no cover - what ended says when
        return payment.reversed_at is None
    is_taken_back = payment.reversed_at is not None and payment.reversed_at <= end
    return payment.paid_at <= end and not is_taken_back


def _not_conceded(agreement: Agreement, before: Invoice, after: Invoice) -> Invoice:
    """Return a debt without what an agreement had conceded that was not kept after all."""
    if before.kept_agreement != agreement.agreement_id:
        return after
    return replace(after, conceded=ZERO, kept_agreement=None)


class _Coming(NamedTuple):
    """A payment of an instalment that does not count for the debts yet."""

    payment: Payment
    number: int
    place: int
    """Of the payment among the instalment's."""


@dataclass(slots=True)
class _Carrying:
    """The debts of one agreement while money is carried over to them."""

    agreement: Agreement
    debts: list[Invoice]

    def all_of(self, instalments: Sequence[Invoice]) -> list[Invoice]:
        """Bring the debts to where the instalments' payments are; return them."""
        coming = []
        for terms, instalment in zip(self.agreement.instalments, instalments, strict=False):
            for index, payment in enumerate(instalment.payments):
                if self._is_known(terms.number, index):
                    self._follow(terms.number, index, payment)
                elif payment.reversed_at is None:
                    coming.append(_Coming(payment, terms.number, index))
        coming.sort(key=lambda c: (c.payment.paid_at, c.payment.payment_id))
        for each in coming:
            self._carry(each)
        return self.debts

    def _part(self, number: int, index: int, debt: int) -> Payment | None:
        name = carried_payment_id(
            self.agreement.agreement_id, number, index * len(self.debts) + debt
        )
        return self.debts[debt].find_payment(name)

    def _is_known(self, number: int, index: int) -> bool:
        return any(self._part(number, index, d) is not None for d in range(len(self.debts)))

    def _follow(self, number: int, index: int, payment: Payment) -> None:
        """Take back at the debts what was taken back of an instalment."""
        if payment.reversed_at is None:
            return
        for position, debt in enumerate(self.debts):
            part = self._part(number, index, position)
            if part is not None:
                self.debts[position] = debt.with_reversal(
                    part.payment_id, payment.reversed_at, payment.reversal_reason or ""
                )

    def _carry(self, coming: _Coming) -> None:
        """Divide a payment among the debts, oldest first."""
        left = coming.payment.amount
        shares = dict.fromkeys(range(len(self.debts)), ZERO)
        takes = self._takes()
        for limits in (self._agreed(), self._owed()):
            for position in takes:
                room = max(ZERO, limits[position] - self._carried(position) - shares[position])
                share = min(left, room)
                shares[position] += share
                left -= share
        shares[takes[-1]] += left
        for position, share in shares.items():
            if share:
                self._add(coming, position, share)

    def _add(self, coming: _Coming, position: int, share: Money) -> None:
        name = carried_payment_id(
            self.agreement.agreement_id,
            coming.number,
            coming.place * len(self.debts) + position,
        )
        part = replace(coming.payment, payment_id=name, amount=share)
        self.debts[position] = self.debts[position].with_payment(part)

    def _takes(self) -> list[int]:
        """Return which debts take money: open ones, and those that have taken some already.

        Where there is none the money must still be somewhere: any but a withdrawn one takes it.
        """
        everywhere = list(range(len(self.debts)))
        some = [d for d in everywhere if self.debts[d].is_open or self._carried(d)]
        standing = [d for d in everywhere if self.debts[d].cancelled_at is None]
        return some or standing or everywhere

    def _carried(self, position: int) -> Money:
        """Return what of this agreement a debt has taken so far, and that was not taken back."""
        prefix = carried_payment_prefix(self.agreement.agreement_id)
        return Money(
            sum(
                p.amount.centavos
                for p in self.debts[position].payments
                if p.reversed_at is None and p.payment_id.startswith(prefix)
            )
        )

    def _agreed(self) -> list[Money]:
        return [d.agreed for d in self.agreement.debts]

    def _owed(self) -> list[Money]:
        return [d.owed for d in self.agreement.debts]


CARRIED = Rule(
    "agreement.carried",
    "What was paid for an agreement's instalments counts for its debts when it ends, each payment"
    " on its own day: the oldest debt first, up to its share.",
    "Código Civil arts. 352-355 (imputation: the oldest debt first where nothing else is said)",
)
CONCEDED = Rule(
    "agreement.conceded",
    "An agreement that is kept settles its debts: what is missing of them is taken off, late"
    " charges included. Money of it that is taken back undoes that.",
    "our convention: the discount is the price of paying as agreed",
)
RULES = (CARRIED, CONCEDED)
