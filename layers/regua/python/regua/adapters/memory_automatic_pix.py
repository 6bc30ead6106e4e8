"""The in-memory twin of a provider of Pix Automático; tests and the local cloud move it along."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from regua.application.automatic_pix_ports import DebitAsked, MandateAsked, MandateTold
from regua.application.pix_ports import PspRefused
from regua.domain.automatic_debit import RETRIES, Attempt, DebitTold
from regua.domain.errors import NotFound
from regua.domain.ids import CreditorId

_MANDATE_REFUSED, _DEBIT_REFUSED = "RecOperacaoInvalida", "CobROperacaoInvalida"
_ENDED = frozenset({"CANCELADA", "REJEITADA", "EXPIRADA", "CONCLUIDA"})
_OPEN_ATTEMPT = frozenset({"SOLICITADA", "AGENDADA"})


@dataclass
class _Mandate:
    asked: MandateAsked
    told: MandateTold


@dataclass
class _Debit:
    asked: DebitAsked
    told: DebitTold
    tries: int = 0


class MemoryAutomaticPix:
    """Authorisations and debits in dictionaries."""

    def __init__(self, today: Callable[[], date]) -> None:
        self.mandates: dict[tuple[CreditorId, str], _Mandate] = {}
        self.debits: dict[tuple[CreditorId, str], _Debit] = {}
        self._today = today

    # ── the port ───────────────────────────────────────────────────────────────────────────────

    def ask_mandate(self, creditor_id: CreditorId, asked: MandateAsked) -> MandateTold:
        """Ask for an authorisation."""
        retries = "R" if asked.retries else "N"
        rec_id = f"R{retries}00000000{self._today():%Y%m%d}{len(self.mandates):011d}"
        told = MandateTold(rec_id, "CRIADA", f"00020126180014br.gov.bcb.pix{rec_id}")
        self.mandates[creditor_id, rec_id] = _Mandate(asked, told)
        return told

    def find_by_contract(
        self, creditor_id: CreditorId, document: str, contract: str, since: datetime, now: datetime
    ) -> MandateTold | None:
        """Return the authorisation that was asked for a contract."""
        del since, now
        for (whose, _), mandate in self.mandates.items():
            asked = mandate.asked
            if (whose, asked.document, asked.contract) == (creditor_id, document, contract):
                return mandate.told
        return None

    def find_mandate(self, creditor_id: CreditorId, rec_id: str) -> MandateTold | None:
        """Return an authorisation."""
        found = self.mandates.get((creditor_id, rec_id))
        return None if found is None else found.told

    def cancel_mandate(self, creditor_id: CreditorId, rec_id: str) -> MandateTold:
        """End an authorisation."""
        found = self.mandates.get((creditor_id, rec_id))
        if found is None:
            raise NotFound(rec_id)
        if found.told.status in _ENDED:
            raise PspRefused(_MANDATE_REFUSED)
        return self.decide(creditor_id, rec_id, "CANCELADA")

    def ask_debit(self, creditor_id: CreditorId, asked: DebitAsked) -> DebitTold:
        """Ask for a debit; the same one again is found as it stands."""
        known = self.debits.get((creditor_id, asked.txid))
        if known is not None:
            return known.told
        mandate = self.mandates.get((creditor_id, asked.rec_id))
        if mandate is None or mandate.told.status != "APROVADA" or asked.due_date < self._today():
            raise PspRefused(_DEBIT_REFUSED)
        told = DebitTold(asked.txid, "CRIADA")
        self.debits[creditor_id, asked.txid] = _Debit(asked, told)
        return told

    def find_debit(self, creditor_id: CreditorId, txid: str) -> DebitTold | None:
        """Return a debit."""
        found = self.debits.get((creditor_id, txid))
        return None if found is None else found.told

    def cancel_debit(self, creditor_id: CreditorId, txid: str) -> DebitTold:
        """Take a debit back, before the day of its first attempt."""
        found = self._debit(creditor_id, txid)
        if found.told.status in _ENDED or self._today() >= found.asked.due_date:
            raise PspRefused(_DEBIT_REFUSED)
        return self._changed(found, replace(found.told, status="CANCELADA"))

    def retry_debit(self, creditor_id: CreditorId, txid: str, on: date) -> DebitTold:
        """Try a debit that failed again on a day to come."""
        found = self._debit(creditor_id, txid)
        mandate = self.mandates[creditor_id, found.asked.rec_id]
        is_running = any(a.status in _OPEN_ATTEMPT for a in found.told.attempts)
        is_allowed = mandate.asked.retries and found.tries < RETRIES
        if is_running or not is_allowed or on <= self._today():
            raise PspRefused(_DEBIT_REFUSED)
        found.tries += 1
        attempts = (*found.told.attempts, Attempt(on, "SOLICITADA"))
        return self._changed(found, replace(found.told, status="ATIVA", attempts=attempts))

    # ── what the customer and its institution do ───────────────────────────────────────────────

    def decide(self, creditor_id: CreditorId, rec_id: str, status: str) -> MandateTold:
        """Let an authorisation be given, refused, or ended."""
        found = self.mandates[creditor_id, rec_id]
        found.told = replace(found.told, status=status)
        return found.told

    def schedule(self, creditor_id: CreditorId, txid: str) -> DebitTold:
        """Let the customer's institution take a debit."""
        found = self._debit(creditor_id, txid)
        attempts = found.told.attempts or (Attempt(found.asked.due_date, "AGENDADA"),)
        attempts = (*attempts[:-1], replace(attempts[-1], status="AGENDADA"))
        return self._changed(found, replace(found.told, status="ATIVA", attempts=attempts))

    def fail(self, creditor_id: CreditorId, txid: str, code: str = "AM02") -> DebitTold:
        """Let the attempt that is expected fail."""
        found = self._debit(creditor_id, txid)
        attempts = found.told.attempts
        attempts = (*attempts[:-1], replace(attempts[-1], status="REJEITADA", refusal=code))
        return self._changed(found, replace(found.told, attempts=attempts))

    def end(self, creditor_id: CreditorId, txid: str, status: str, *received: str) -> DebitTold:
        """Let a debit end: paid by the Pix that are named, or otherwise."""
        found = self._debit(creditor_id, txid)
        return self._changed(found, replace(found.told, status=status, received=received))

    def _debit(self, creditor_id: CreditorId, txid: str) -> _Debit:
        found = self.debits.get((creditor_id, txid))
        if found is None:
            raise NotFound(txid)
        return found

    @staticmethod
    def _changed(found: _Debit, told: DebitTold) -> DebitTold:
        found.told = told
        return told
