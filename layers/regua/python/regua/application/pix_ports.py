"""What the use cases need from a payment service provider (PSP), and how it may fail.

The creditor's PSP holds its Pix key: it makes charges, receives the money, and tells of it. Only
what it answers when asked is believed (docs/adr/0023-pix-is-read-again.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from regua.domain.errors import FinalError, Problem, TemporaryError
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.pix.entries import PixMoney
from regua.domain.pix.received import ReceivedPix

SHUT_SECONDS = 3600
"""A fault of a creditor's set-up (credentials, certificate, rights) waits for a person."""


class PspUnavailable(TemporaryError):
    """The PSP does not answer, or says that it cannot now: what was asked may have been done."""


class PspShut(PspUnavailable):
    """The PSP does not let us in: the creditor's set-up is missing, wrong, or lacks a right."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message, retry_after_seconds=SHUT_SECONDS)


class PspRefused(FinalError):
    """The PSP refuses what was asked; ``kind`` is its own name for why (``CobVOperacaoInvalida``).

    ``problems`` are its violations, without the values (a debtor's data is among them).
    """

    def __init__(self, kind: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(f"{kind}: {'; '.join(p.path for p in problems)}".rstrip(": "))
        self.kind = kind
        self.problems = problems


class ChargeStatus(StrEnum):
    """Where a charge stands at the PSP."""

    ACTIVE = "ATIVA"
    PAID = "CONCLUIDA"
    REMOVED_BY_US = "REMOVIDA_PELO_USUARIO_RECEBEDOR"
    REMOVED_BY_PSP = "REMOVIDA_PELO_PSP"
    UNKNOWN = "unknown"
    """A value of tomorrow's, or a PSP's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PspCharge:
    """A charge with a due date as the PSP holds it."""

    txid: str
    status: ChargeStatus
    revision: int = 0
    """The PSP's own count of changes (``revisao``)."""
    copy_paste: str | None = None
    """The BR Code, when the PSP writes it; always when ``location`` is known."""
    location: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The charge's content in the form of ``PUT /cobv/{txid}``, as far as it was answered."""
    received: tuple[str, ...] = ()
    """The endToEndIds of the Pix that paid it, as far as the PSP says."""


@dataclass(frozen=True, slots=True)
class PixPage:
    """A page of the Pix that were received in a time, and the number of the next page, if any."""

    received: Sequence[ReceivedPix]
    problems: Sequence[Problem]
    next_page: int | None


class PixProvider(Protocol):
    """A creditor's PSP.

    Every call may raise ``PspUnavailable`` (ask again) or ``PspShut`` (its set-up needs a person).
    """

    def find_pix(self, creditor_id: CreditorId, end_to_end_id: str) -> ReceivedPix | None:
        """Return a Pix as the PSP knows it, with its refunds; None when it knows no such Pix."""
        ...

    def received(
        self,
        creditor_id: CreditorId,
        start: datetime,
        end: datetime,
        page: int,
        *,
        only_refunded: bool = False,
    ) -> PixPage:
        """Return a page, counted from 0, of the Pix received from ``start`` to ``end``."""
        ...

    def put_charge(self, creditor_id: CreditorId, txid: str, body: Mapping[str, Any]) -> PspCharge:
        """Create a charge; when its making is in doubt, it is looked up.

        Raises:
            PspRefused: the PSP refuses it, an existing charge of that txid included.
        """
        ...

    def patch_charge(
        self, creditor_id: CreditorId, txid: str, changes: Mapping[str, Any]
    ) -> PspCharge:
        """Change an active charge, or remove it (``{"status": "REMOVIDA_PELO_USUARIO_…"}``).

        Raises:
            NotFound: there is no such charge.
            PspRefused: it is not active any more, or the change is wrong.
        """
        ...

    def find_charge(self, creditor_id: CreditorId, txid: str) -> PspCharge | None:
        """Return a charge as the PSP holds it."""
        ...


# ── our own records ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRecord:
    """The charge of an invoice, as we know it.

    ``revision`` is ours and names the charge (`regua.domain.pix.charge.txid_of`); ``version``
    guards the record itself.
    """

    txid: str
    revision: int
    status: ChargeStatus
    made_at: datetime
    due_date: str | None = None
    """The due date that stands at the PSP, ``YYYY-MM-DD``."""
    copy_paste: str | None = None
    refused: str | None = None
    """Why there is no charge: the path of what it cannot say, or the PSP's name for its refusal."""
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPix:
    """A Pix that was read at the PSP, and the invoice it was counted for, if one was found."""

    money: PixMoney
    invoice_id: InvoiceId | None


@dataclass(frozen=True, slots=True)
class UnmatchedPage:
    """A page of Pix that belong to no invoice, oldest first, and where to go on."""

    items: Sequence[PixMoney]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class SweepState:
    """Until when a creditor's Pix were asked for, and when it was last done at length."""

    until: datetime | None = None
    at_length: datetime | None = None


class PixRecords(Protocol):
    """What is known about charges and Pix."""

    def charge(self, creditor_id: CreditorId, invoice_id: InvoiceId) -> ChargeRecord | None:
        """Return the record of an invoice's charge."""
        ...

    def save_charge(
        self, creditor_id: CreditorId, invoice_id: InvoiceId, record: ChargeRecord
    ) -> None:
        """Write ``version + 1`` of a record.

        Raises:
            VersionConflict: somebody else wrote it since.
        """
        ...

    def claim_txid(self, creditor_id: CreditorId, txid: str, invoice_id: InvoiceId) -> None:
        """Say that money with a txid is for an invoice; a txid of two invoices is for neither."""
        ...

    def invoice_of(self, creditor_id: CreditorId, txid: str) -> InvoiceId | None:
        """Tell which invoice money with a txid is for."""
        ...

    def find_seen(self, creditor_id: CreditorId, end_to_end_id: str) -> SeenPix | None:
        """Return a Pix that was seen."""
        ...

    def save_seen(self, creditor_id: CreditorId, seen: SeenPix) -> None:
        """Remember a Pix; one without an invoice waits among the unmatched.

        An invoice found is never forgotten, and an older look at refunds changes nothing.
        """
        ...

    def unmatched(self, creditor_id: CreditorId, cursor: str | None, limit: int) -> UnmatchedPage:
        """Return a page of the Pix that belong to no invoice.

        Raises:
            InvalidInput: the cursor is none of this list.
        """
        ...

    def waiting_for(self, creditor_id: CreditorId, txid: str) -> Sequence[str]:
        """Return the endToEndIds of unmatched Pix with a txid."""
        ...

    def creditors(self) -> Sequence[CreditorId]:
        """Return the creditors that are paid through a PSP."""
        ...

    def sweep_state(self, creditor_id: CreditorId) -> SweepState:
        """Return how far a creditor's sweeps came."""
        ...

    def save_sweep(self, creditor_id: CreditorId, state: SweepState) -> None:
        """Remember how far a creditor's sweeps came."""
        ...


class ChargeQueue(Protocol):
    """Work for those who make charges."""

    def ask(self, creditor_id: CreditorId, invoice_id: InvoiceId, *, now: datetime) -> None:
        """Name an invoice whose charge may have to be made, changed or removed.

        Raises:
            TemporaryError: it was not taken.
        """
        ...


class InboundQueue(Protocol):
    """Work for those who read what came in."""

    def send(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Queue every message.

        Raises:
            TemporaryError: some were not taken.
        """
        ...
