"""A Pix and its refunds as entries in an invoice's account: the same facts, the same entries.

A payment is known by one id for ever and is either standing or taken back. So a Pix of which a part
went back is taken back whole, and what remains stands as a payment of its own, ``{id}-net-1`` after
the first refund, ``-net-2`` after the second. Any two looks at a Pix see refunds of which one set
contains the other; whoever looks later names what the earlier one wrote and takes it back, so the
entries come out the same in any order, and again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from regua.domain.ids import PaymentId
from regua.domain.invoice import Payment, PaymentMethod
from regua.domain.money import ZERO, Money
from regua.domain.pix.received import ReceivedPix, RefundNature, RefundStatus
from regua.domain.rules import Rule

REASONS = {
    RefundNature.ORIGINAL: "devolucao",
    RefundNature.WITHDRAWAL: "devolucao",
    RefundNature.MED_OPERATIONAL: "med_operacional",
    RefundNature.MED_FRAUD: "med_fraude",
    RefundNature.MED_AUTOMATIC_PIX: "med_pix_automatico",
    RefundNature.UNKNOWN: "devolucao",
}
"""Why a payment was taken back, as the timeline tells it."""


class SettledRefund(NamedTuple):
    """Money that has gone back to the payer."""

    amount: Money
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PixMoney:
    """What of a Pix concerns an account: nothing personal is left."""

    end_to_end_id: str
    amount: Money
    received_at: datetime
    txid: str | None = None
    refunds: tuple[SettledRefund, ...] = ()
    """In the order in which they were settled."""

    @property
    def left(self) -> Money:
        """What has not gone back."""
        return max(ZERO, self.amount - sum((r.amount for r in self.refunds), start=ZERO))


class Reversal(NamedTuple):
    """A payment to take back."""

    payment_id: PaymentId
    at: datetime
    reason: str


def money_of(pix: ReceivedPix) -> PixMoney:
    """Return what of a Pix concerns an account; a refund counts once it is settled."""
    settled = (
        (r.settled_at or r.requested_at or pix.received_at, r.id, r)
        for r in pix.refunds
        if r.status is RefundStatus.SETTLED
    )
    return PixMoney(
        end_to_end_id=pix.end_to_end_id,
        amount=pix.amount,
        received_at=pix.received_at,
        txid=pix.txid,
        refunds=tuple(
            SettledRefund(refund.amount, at, REASONS[refund.nature])
            for at, _, refund in sorted(settled, key=lambda each: each[:2])
        ),
    )


def name_after(end_to_end_id: str, refunds: int) -> PaymentId:
    """Name the payment that stands for a Pix after so many refunds.

    >>> name_after("E1", 0), name_after("E1", 2)
    ('E1', 'E1-net-2')
    """
    return PaymentId(f"{end_to_end_id}-net-{refunds}" if refunds else end_to_end_id)


def whole(money: PixMoney) -> Payment:
    """Return the Pix as it came in."""
    return _payment(money, 0, money.amount)


def standing(money: PixMoney) -> Payment | None:
    """Return the payment that stands for a Pix; None when all of it went back."""
    return _payment(money, len(money.refunds), money.left) if money.left else None


def reversals(money: PixMoney) -> Iterator[Reversal]:
    """Yield every payment that stood for a Pix before a refund of it, to be taken back."""
    for number, refund in enumerate(money.refunds):
        yield Reversal(name_after(money.end_to_end_id, number), refund.at, refund.reason)


def _payment(money: PixMoney, refunds: int, amount: Money) -> Payment:
    name = name_after(money.end_to_end_id, refunds)
    return Payment(name, amount, money.received_at, PaymentMethod.PIX)


RULES = (
    Rule(
        "pix.refunded",
        "A Pix that went back whole opens its invoice again, where it stood on the ruler; of one "
        "that went back in part, what is left stays paid.",
        "BCB, API Pix 2.9.0, schema Devolucao (status DEVOLVIDO); Resolução BCB 1/2020, MED",
    ),
)
