"""The Pix charge of an invoice at its creditor's PSP: made, changed, removed, made anew.

The worker compares what the invoice asks with what the PSP holds, every time, and makes them agree.
It keeps no plan of its own, so that two workers, a crash between any two steps and messages in any
order end the same way: the last one to look sets right what an earlier one left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from regua.application.pix_ports import (
    ChargeRecord,
    ChargeStatus,
    PixProvider,
    PixRecords,
    PspCharge,
    PspRefused,
)
from regua.application.ports import Change, Creditor, Portfolio
from regua.application.retrying import retried
from regua.application.settle_pix import Settled, SettlePix
from regua.domain.account import Account
from regua.domain.automatic_debit import is_scheduled
from regua.domain.errors import InvalidInput, NotFound, VersionConflict
from regua.domain.holds import is_in_agreement
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.invoice import Invoice, PaymentMethod
from regua.domain.payoff import business_date
from regua.domain.pix import br_code
from regua.domain.pix.asked import asks_the_same, charge_for
from regua.domain.pix.charge import charge_body, txid_of

REMOVE: Mapping[str, Any] = {"status": ChargeStatus.REMOVED_BY_US.value}


class Made(StrEnum):
    """What became of an invoice's charge; also the name of its metric."""

    CREATED = "charge_created"
    CHANGED = "charge_changed"
    REMOVED = "charge_removed"
    KEPT = "charge_kept"
    """It is as it should be, or there is none and none is wanted."""
    REFUSED = "charge_refused"
    """A charge cannot say what the invoice asks, or the PSP refuses it, or its removal."""
    PAID = "charge_paid"
    """It was paid: the Pix is counted, and another charge is made if something is still owed."""


class _Case(NamedTuple):
    creditor: Creditor
    account: Account
    invoice: Invoice
    record: ChargeRecord | None
    now: datetime

    @property
    def creditor_id(self) -> CreditorId:
        return self.creditor.creditor_id

    @property
    def invoice_id(self) -> InvoiceId:
        return self.invoice.external_id

    @property
    def today(self) -> date:
        return business_date(self.now)

    @property
    def revision(self) -> int:
        return 0 if self.record is None else self.record.revision


@dataclass(frozen=True, slots=True)
class MakeCharge:
    """The use case, with what it needs."""

    provider: PixProvider
    records: PixRecords
    portfolio: Portfolio
    settle: SettlePix

    def __call__(self, creditor: Creditor, invoice_id: InvoiceId, *, now: datetime) -> Made:
        """Make the charge of an invoice what the invoice asks.

        Raises:
            TemporaryError: the PSP cannot answer now, or somebody was faster; ask again.
        """
        made = retried(lambda: self._once(creditor, invoice_id, now))
        if made is Made.PAID:  # what is still owed, if anything, is asked for in another charge
            retried(lambda: self._once(creditor, invoice_id, now))
        return made

    def _once(self, creditor: Creditor, invoice_id: InvoiceId, now: datetime) -> Made:
        pointed = self.portfolio.find_invoice(creditor.creditor_id, invoice_id)
        if pointed is None or not creditor.has_psp:
            return Made.KEPT
        account = self.portfolio.load_account(creditor.creditor_id, pointed.customer_id)
        invoice = account.invoices.get(invoice_id) or self.portfolio.find_invoice(
            creditor.creditor_id, invoice_id
        )
        record = self.records.charge(creditor.creditor_id, invoice_id)
        case = _Case(creditor, account, invoice or pointed, record, now)
        held = None if record is None else self.provider.find_charge(case.creditor_id, record.txid)
        if not self._is_wanted(case):
            return self._without(case, held)
        return self._with(case, held)

    def _is_wanted(self, case: _Case) -> bool:
        """Tell whether an invoice needs a charge of ours.

        It is open, has no code of its own, and no automatic debit is about to pay it: whoever has
        a debit scheduled must not be able to pay twice. Nor is what rests in an agreement asked
        for: its instalments are.
        """
        own = case.invoice.payment.pix_copy_paste
        if own is not None:
            self._follow(case, own)
        is_debited = is_scheduled(case.account.holds, case.invoice_id, case.now)
        is_elsewhere = is_debited or is_in_agreement(case.account.holds, case.invoice_id)
        return case.invoice.is_open and own is None and not is_elsewhere

    def _follow(self, case: _Case, code: str) -> None:
        """Let money paid by the creditor's own static code, with its txid, find its invoice."""
        try:
            read = br_code.decode(code)
        except InvalidInput:  # written before codes were checked
            return
        if read.key is not None and read.txid != br_code.NO_TXID:
            self._claim(case, read.txid)

    # ── no charge ──────────────────────────────────────────────────────────────────────────────

    def _without(self, case: _Case, held: PspCharge | None) -> Made:
        done = Made.KEPT
        if held is not None and held.status is ChargeStatus.ACTIVE:
            try:
                held = self.provider.patch_charge(case.creditor_id, held.txid, REMOVE)
                done = Made.REMOVED
            except (PspRefused, NotFound):  # paid or removed meanwhile, as a rule
                held = self.provider.find_charge(case.creditor_id, held.txid)
                is_left = held is not None and held.status is ChargeStatus.ACTIVE
                done = Made.REFUSED if is_left else done  # it can still be paid: let it be seen
        if held is not None and held.status is ChargeStatus.PAID:
            self._count(case, held)
        if case.record is not None and held is not None:
            self._save(case, replace(case.record, status=held.status))
        self._show(case, None)
        return done

    # ── a charge ───────────────────────────────────────────────────────────────────────────────

    def _with(self, case: _Case, held: PspCharge | None) -> Made:
        is_active = held is not None and held.status is ChargeStatus.ACTIVE
        try:
            body = self._body(case, held if is_active else None)
        except InvalidInput as exc:
            return self._impossible(case, held, exc.problems[0].path)
        if held is None:
            return self._create(case, case.revision, body)
        if held.status is ChargeStatus.PAID and self._is_being_counted(case, held):
            return Made.PAID
        if not is_active:
            return self._create(case, case.revision + 1, body)
        if asks_the_same(held.body, body):
            self._keep(case, held, case.revision, body)
            return Made.KEPT
        return self._change(case, held, body)

    def _body(self, case: _Case, held: PspCharge | None) -> Mapping[str, Any]:
        invoice, setup, customer = case.invoice, case.creditor.pix, case.account.customer
        if setup is None or customer is None:  # pragma: no cover - both were there a moment ago
            raise InvalidInput.at("customer", "is not known")
        terms = case.account.late_charges(case.creditor.rulers.followed(case.account, invoice))
        due = None if held is None else _due_date(held)
        charge = charge_for(invoice, customer, setup, terms, today=case.today, due_at_psp=due)
        # A charge that is there may have become late since it was made.
        return charge_body(charge, today=min(case.today, charge.due_date))

    def _create(self, case: _Case, revision: int, body: Mapping[str, Any]) -> Made:
        txid = txid_of(case.creditor_id, case.invoice_id, revision)
        self._claim(case, txid)  # first: it may be paid at once
        try:
            held = self.provider.put_charge(case.creditor_id, txid, body)
        except PspRefused as exc:
            return self._refused(case, txid, revision, _reason(exc))
        self._keep(case, held, revision, body)
        if held.status is not ChargeStatus.ACTIVE or not asks_the_same(held.body, body):
            raise VersionConflict(txid)  # one of that name was there: look at it
        return Made.CREATED

    def _change(self, case: _Case, held: PspCharge, body: Mapping[str, Any]) -> Made:
        changes = {name: value for name, value in body.items() if name != "chave"}
        try:
            changed = self.provider.patch_charge(case.creditor_id, held.txid, changes)
        except NotFound as exc:
            raise VersionConflict(held.txid) from exc
        except PspRefused as exc:
            present = self.provider.find_charge(case.creditor_id, held.txid)
            if present is not None and present.status is ChargeStatus.ACTIVE:
                return self._replace(case, held, body, _reason(exc))
            raise VersionConflict(held.txid) from exc  # paid or removed meanwhile: look again
        if not asks_the_same(changed.body, body):
            return self._replace(case, held, body, "not changed")
        self._keep(case, changed, case.revision, body)
        return Made.CHANGED

    def _replace(self, case: _Case, held: PspCharge, body: Mapping[str, Any], reason: str) -> Made:
        """Remove a charge that cannot be changed so, and make another."""
        try:
            self.provider.patch_charge(case.creditor_id, held.txid, REMOVE)
        except (PspRefused, NotFound) as exc:
            raise VersionConflict(f"{held.txid}: {reason}") from exc
        self._create(case, case.revision + 1, body)
        return Made.CHANGED

    # ── what is kept ───────────────────────────────────────────────────────────────────────────

    def _impossible(self, case: _Case, held: PspCharge | None, reason: str) -> Made:
        """Remove what is there: it asks for something else than is owed."""
        self._without(case, held)
        case = case._replace(record=self.records.charge(case.creditor_id, case.invoice_id))
        txid = txid_of(case.creditor_id, case.invoice_id, case.revision)
        return self._refused(case, txid, case.revision, reason)

    def _refused(self, case: _Case, txid: str, revision: int, reason: str) -> Made:
        self._save(
            case,
            ChargeRecord(
                txid=txid,
                revision=revision,
                status=ChargeStatus.UNKNOWN,
                made_at=case.now,
                refused=reason,
            ),
        )
        self._show(case, None)
        return Made.REFUSED

    def _keep(self, case: _Case, held: PspCharge, revision: int, body: Mapping[str, Any]) -> None:
        code = self._code(case, held)
        known = case.record
        same = known is not None and known.txid == held.txid
        self._save(
            case,
            ChargeRecord(
                txid=held.txid,
                revision=revision,
                status=held.status,
                made_at=known.made_at if same and known is not None else case.now,
                due_date=body["calendario"]["dataDeVencimento"],
                copy_paste=code,
            ),
        )
        self._show(case, code if held.status is ChargeStatus.ACTIVE else None)

    def _save(self, case: _Case, record: ChargeRecord) -> None:
        known = case.record
        record = replace(record, version=0 if known is None else known.version)
        if record != known:
            self.records.save_charge(case.creditor_id, case.invoice_id, record)

    def _code(self, case: _Case, held: PspCharge) -> str | None:
        """Return the code to pay with; a PSP that names only the location leaves it to us."""
        if held.copy_paste is not None or held.location is None or case.creditor.pix is None:
            return held.copy_paste
        try:
            return br_code.encode(
                br_code.BrCode(
                    name=case.creditor.sender.name[: br_code.MAX_NAME],
                    city=case.creditor.pix.city,
                    location=held.location,
                    single_use=True,
                )
            )
        except InvalidInput:
            return None

    def _show(self, case: _Case, code: str | None) -> None:
        """Put the code on the invoice, where messages find it."""
        if case.invoice.charge_code == code:
            return
        shown = replace(case.invoice, charge_code=code)
        self.portfolio.commit(Change(case.account.with_invoice(shown), (shown,)))

    def _claim(self, case: _Case, txid: str) -> None:
        """Let money with this txid find the invoice; what came before waits no longer.

        Raises:
            VersionConflict: something had waited, and the invoice is not as it was read.
        """
        creditor_id, invoice_id = case.creditor_id, case.invoice_id
        if self.records.invoice_of(creditor_id, txid) != invoice_id:
            self.records.claim_txid(creditor_id, txid, invoice_id)
            if self.records.invoice_of(creditor_id, txid) != invoice_id:
                return  # it is of several invoices, and so of none
        # Also when it was claimed before: whoever did may have died here.
        waiting = self.records.waiting_for(creditor_id, txid)
        settled = [self.settle(case.creditor, each, now=case.now) for each in waiting]
        if Settled.SETTLED in settled:
            raise VersionConflict(txid)

    def _is_being_counted(self, case: _Case, held: PspCharge) -> bool:
        """Tell whether a charge's money is yet to be seen on the invoice: then nothing is asked."""
        is_seen = any(p.method is PaymentMethod.PIX for p in case.invoice.payments)
        return self._count(case, held) or not (held.received or is_seen)

    def _count(self, case: _Case, held: PspCharge) -> bool:
        """Count the Pix that paid a charge; tell whether one of them was news."""
        creditor_id = case.creditor_id
        unseen = [
            each for each in held.received if self.records.find_seen(creditor_id, each) is None
        ]
        for end_to_end_id in unseen:
            self.settle(case.creditor, end_to_end_id, now=case.now)
        return bool(unseen)


def _due_date(held: PspCharge) -> date | None:
    calendar = held.body.get("calendario")
    said = calendar.get("dataDeVencimento") if isinstance(calendar, Mapping) else None
    try:
        return date.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None


def _reason(refused: PspRefused) -> str:
    return f"{refused.kind}: {refused.problems[0].path}" if refused.problems else refused.kind
