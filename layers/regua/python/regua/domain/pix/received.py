"""A Pix that arrived, what its amount is made of, and what of it went back.

The same whether a PSP told of it (`regua.domain.pix.webhook`) or was asked (``GET /pix``).

Source: BCB, API Pix 2.9.0, schemas Pix and Devolucao.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from regua.domain.money import ZERO, Money


class RefundStatus(StrEnum):
    """Where a refund (``devolucao``) stands."""

    IN_PROGRESS = "EM_PROCESSAMENTO"
    SETTLED = "DEVOLVIDO"
    FAILED = "NAO_REALIZADO"
    UNKNOWN = "unknown"


class RefundNature(StrEnum):
    """Why money went back: asked for by the receiver, or taken by the MED for a cause."""

    ORIGINAL = "ORIGINAL"
    WITHDRAWAL = "RETIRADA"
    MED_OPERATIONAL = "MED_OPERACIONAL"
    MED_FRAUD = "MED_FRAUDE"
    MED_AUTOMATIC_PIX = "MED_PIX_AUTOMATICO"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money on its way back to the payer; it has left only when SETTLED."""

    id: str
    """Unique within its Pix."""
    amount: Money
    status: RefundStatus
    nature: RefundNature = RefundNature.ORIGINAL
    return_id: str | None = None
    """``rtrId``: the refund's own end-to-end id."""
    requested_at: datetime | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """What the amount of a Pix is made of, as the receiver's PSP computed it."""

    original: Money = ZERO
    fine: Money = ZERO
    interest: Money = ZERO
    rebate: Money = ZERO
    discount: Money = ZERO
    withdrawal: Money = ZERO
    change: Money = ZERO

    @property
    def total(self) -> Money:
        """What the payer paid."""
        added = self.original + self.withdrawal + self.change + self.fine + self.interest
        return added - self.rebate - self.discount


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedPix:
    """Money that arrived. ``end_to_end_id`` names it for ever: the key to deduplicate by."""

    end_to_end_id: str
    amount: Money
    received_at: datetime
    """Aware, UTC."""
    txid: str | None = None
    key: str | None = field(default=None, repr=False)
    note: str | None = field(default=None, repr=False)
    """What the payer typed: personal data."""
    components: Components | None = None
    refunds: tuple[Refund, ...] = ()

    @property
    def refunded(self) -> Money:
        """What has gone back to the payer."""
        settled = (r.amount for r in self.refunds if r.status is RefundStatus.SETTLED)
        return sum(settled, start=ZERO)
