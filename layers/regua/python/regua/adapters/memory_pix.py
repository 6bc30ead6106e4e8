"""Charges, txids, Pix, queues and a PSP in dictionaries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from regua.application.pix_ports import (
    ChargeRecord,
    ChargeStatus,
    PixPage,
    PspCharge,
    PspRefused,
    SeenPix,
    SweepState,
    UnmatchedPage,
)
from regua.domain.cursors import cursor_to, read_cursor
from regua.domain.errors import InvalidInput, NotFound, Problem, VersionConflict
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.pix.charge import body_problems
from regua.domain.pix.received import ReceivedPix


class MemoryPixRecords:
    """What is known about charges and Pix."""

    def __init__(self) -> None:
        self.charges: dict[tuple[CreditorId, InvoiceId], ChargeRecord] = {}
        self.owners: dict[tuple[CreditorId, str], InvoiceId | None] = {}
        self.seen: dict[tuple[CreditorId, str], SeenPix] = {}
        self.registered: dict[CreditorId, bool] = {}
        self.sweeps: dict[CreditorId, SweepState] = {}

    def charge(self, creditor_id: CreditorId, invoice_id: InvoiceId) -> ChargeRecord | None:
        """Return the record of an invoice's charge."""
        return self.charges.get((creditor_id, invoice_id))

    def save_charge(
        self, creditor_id: CreditorId, invoice_id: InvoiceId, record: ChargeRecord
    ) -> None:
        """Write the next version of a record."""
        known = self.charge(creditor_id, invoice_id)
        if record.version != (0 if known is None else known.version):
            raise VersionConflict(invoice_id)
        self.charges[creditor_id, invoice_id] = replace(record, version=record.version + 1)

    def claim_txid(self, creditor_id: CreditorId, txid: str, invoice_id: InvoiceId) -> None:
        """Say that money with a txid is for an invoice."""
        owner = self.owners.setdefault((creditor_id, txid), invoice_id)
        if owner != invoice_id:
            self.owners[creditor_id, txid] = None

    def invoice_of(self, creditor_id: CreditorId, txid: str) -> InvoiceId | None:
        """Tell which invoice money with a txid is for."""
        return self.owners.get((creditor_id, txid))

    def find_seen(self, creditor_id: CreditorId, end_to_end_id: str) -> SeenPix | None:
        """Return a Pix that was seen."""
        return self.seen.get((creditor_id, end_to_end_id))

    def save_seen(self, creditor_id: CreditorId, seen: SeenPix) -> None:
        """Remember a Pix."""
        key = (creditor_id, seen.money.end_to_end_id)
        known = self.seen.get(key)
        if known is not None:
            is_older = len(seen.money.refunds) < len(known.money.refunds)
            if is_older or known.invoice_id not in (None, seen.invoice_id):
                return
        self.seen[key] = seen

    def unmatched(self, creditor_id: CreditorId, cursor: str | None, limit: int) -> UnmatchedPage:
        """Return a page of the Pix that belong to no invoice."""
        scope = f"unmatched#{creditor_id}"
        after = None if cursor is None else read_cursor(scope, cursor, "query.cursor")
        if after is not None and not (after and after.isascii() and after.isprintable()):
            raise InvalidInput.at("query.cursor", "is not a cursor of this list")
        waiting = sorted(
            (
                (f"{s.money.received_at.isoformat()}#{e2eid}", s.money)
                for (owner, e2eid), s in self.seen.items()
                if owner == creditor_id and s.invoice_id is None
            ),
            key=lambda each: each[0],
        )
        rest = [each for each in waiting if after is None or each[0] > after]
        page = rest[:limit]
        place = cursor_to(scope, page[-1][0]) if len(rest) > limit else None
        return UnmatchedPage([m for _, m in page], place)

    def waiting_for(self, creditor_id: CreditorId, txid: str) -> Sequence[str]:
        """Return the endToEndIds of unmatched Pix with a txid."""
        return sorted(
            e2eid
            for (owner, e2eid), s in self.seen.items()
            if owner == creditor_id and s.invoice_id is None and s.money.txid == txid
        )

    def creditors(self) -> Sequence[CreditorId]:
        """Return the creditors that are paid through a PSP."""
        return sorted(c for c, is_registered in self.registered.items() if is_registered)

    def sweep_state(self, creditor_id: CreditorId) -> SweepState:
        """Return how far a creditor's sweeps came."""
        return self.sweeps.get(creditor_id, SweepState())

    def save_sweep(self, creditor_id: CreditorId, state: SweepState) -> None:
        """Remember how far a creditor's sweeps came."""
        self.sweeps[creditor_id] = state


class MemoryChargeQueue:
    """Invoices that were named to those who make charges."""

    def __init__(self) -> None:
        self.asked: list[tuple[CreditorId, InvoiceId, datetime]] = []

    def ask(self, creditor_id: CreditorId, invoice_id: InvoiceId, *, now: datetime) -> None:
        """Name an invoice."""
        self.asked.append((creditor_id, invoice_id, now))


class MemoryInboundQueue:
    """Messages about what came in."""

    def __init__(self) -> None:
        self.messages: list[Mapping[str, Any]] = []

    def send(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Queue every message."""
        self.messages += messages


class MemoryPixProvider:
    """A PSP as the API Pix describes one, without its transport."""

    def __init__(self, today: date | None = None, per_page: int = 2) -> None:
        self.today = today
        """The PSP's own day; None takes any due date, as where time travels."""
        self.per_page = per_page
        self.charges: dict[tuple[CreditorId, str], PspCharge] = {}
        self.pix: dict[CreditorId, dict[str, ReceivedPix]] = defaultdict(dict)

    def receive(self, creditor_id: CreditorId, pix: ReceivedPix) -> None:
        """Take money: a charge that it pays is concluded."""
        self.pix[creditor_id][pix.end_to_end_id] = pix
        held = None if pix.txid is None else self.charges.get((creditor_id, pix.txid))
        if held is not None:
            received = tuple(dict.fromkeys((*held.received, pix.end_to_end_id)))
            self.charges[creditor_id, held.txid] = replace(
                held, status=ChargeStatus.PAID, received=received
            )

    def find_pix(self, creditor_id: CreditorId, end_to_end_id: str) -> ReceivedPix | None:
        """Return a Pix."""
        return self.pix[creditor_id].get(end_to_end_id)

    def received(
        self,
        creditor_id: CreditorId,
        start: datetime,
        end: datetime,
        page: int,
        *,
        only_refunded: bool = False,
    ) -> PixPage:
        """Return a page of the Pix received in a time."""
        found = sorted(
            (
                p
                for p in self.pix[creditor_id].values()
                if start <= p.received_at <= end and (p.refunds or not only_refunded)
            ),
            key=lambda p: (p.received_at, p.end_to_end_id),
        )
        first, last = page * self.per_page, (page + 1) * self.per_page
        return PixPage(found[first:last], (), page + 1 if len(found) > last else None)

    def put_charge(self, creditor_id: CreditorId, txid: str, body: Mapping[str, Any]) -> PspCharge:
        """Create a charge; one that was there is returned as it is."""
        known = self.charges.get((creditor_id, txid))
        if known is not None:
            return known
        due = date.fromisoformat(body["calendario"]["dataDeVencimento"])
        self._check(body, self.today or due)
        charge = PspCharge(
            txid=txid, status=ChargeStatus.ACTIVE, copy_paste=f"000201{txid}", body=body
        )
        self.charges[creditor_id, txid] = charge
        return charge

    def patch_charge(
        self, creditor_id: CreditorId, txid: str, changes: Mapping[str, Any]
    ) -> PspCharge:
        """Change or remove a charge."""
        known = self.charges.get((creditor_id, txid))
        if known is None:
            raise NotFound(txid)
        if known.status is not ChargeStatus.ACTIVE:
            raise PspRefused("CobVOperacaoInvalida")
        status = ChargeStatus(changes.get("status", known.status.value))
        body = {**known.body, **{k: v for k, v in changes.items() if k != "status"}}
        due = date.fromisoformat(body["calendario"]["dataDeVencimento"])
        self._check(body, due)
        changed = replace(known, status=status, body=body, revision=known.revision + 1)
        self.charges[creditor_id, txid] = changed
        return changed

    def find_charge(self, creditor_id: CreditorId, txid: str) -> PspCharge | None:
        """Return a charge."""
        return self.charges.get((creditor_id, txid))

    def _check(self, body: Mapping[str, Any], today: date) -> None:
        problems = body_problems(body, today=today)
        if problems:
            violations = tuple(Problem(f"cobv.{p.path}", p.reason) for p in problems)
            raise PspRefused("CobVOperacaoInvalida", violations)
