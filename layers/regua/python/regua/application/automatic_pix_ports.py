"""What Pix Automático needs from the creditor's payment provider, and what is kept about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from regua.domain.automatic_debit import Debit, DebitTold, Mandate
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.money import Money
from regua.domain.plans import PlanId


@dataclass(frozen=True, slots=True)
class MandateAsked:
    """The authorisation that a customer is asked for: monthly, of amounts that may change."""

    contract: str
    """What it is about, as the customer's institution names it; at most 35 characters."""
    subject: str
    """What the customer reads it is for; at most 35 characters."""
    document: str
    """The customer's CPF or CNPJ."""
    name: str
    first_on: date
    last_on: date | None
    retries: bool


@dataclass(frozen=True, slots=True)
class MandateTold:
    """An authorisation as the provider holds it, by its own word for where it stands."""

    rec_id: str
    status: str
    code: str | None = None
    """What the customer scans or copies to authorise it."""


@dataclass(frozen=True, slots=True)
class DebitAsked:
    """The debit of one invoice."""

    txid: str
    rec_id: str
    due_date: date
    amount: Money
    information: str
    """What the customer reads about it; at most 140 characters."""
    document: str
    name: str


class AutomaticPix(Protocol):
    """A creditor's provider of Pix Automático.

    Every call may raise ``PspUnavailable`` (ask again) or ``PspShut`` (its set-up needs a person).
    """

    def ask_mandate(self, creditor_id: CreditorId, asked: MandateAsked) -> MandateTold:
        """Ask for an authorisation; asked twice, there are two (see `find_by_contract`).

        Raises:
            PspRefused: the provider refuses it.
        """
        ...

    def find_by_contract(
        self, creditor_id: CreditorId, document: str, contract: str, since: datetime, now: datetime
    ) -> MandateTold | None:
        """Return the authorisation that was asked for a contract since an instant, if there is."""
        ...

    def find_mandate(self, creditor_id: CreditorId, rec_id: str) -> MandateTold | None:
        """Return an authorisation."""
        ...

    def cancel_mandate(self, creditor_id: CreditorId, rec_id: str) -> MandateTold:
        """End an authorisation.

        Raises:
            PspRefused: it has ended already.
            NotFound: there is none.
        """
        ...

    def ask_debit(self, creditor_id: CreditorId, asked: DebitAsked) -> DebitTold:
        """Ask for a debit; the same one again is found as it stands.

        Raises:
            PspRefused: the provider refuses it.
        """
        ...

    def find_debit(self, creditor_id: CreditorId, txid: str) -> DebitTold | None:
        """Return a debit."""
        ...

    def cancel_debit(self, creditor_id: CreditorId, txid: str) -> DebitTold:
        """Take a debit back, before the day of its first attempt.

        Raises:
            PspRefused: it is too late, or it has ended.
            NotFound: there is none.
        """
        ...

    def retry_debit(self, creditor_id: CreditorId, txid: str, on: date) -> DebitTold:
        """Try a debit that failed again on a day to come.

        Raises:
            PspRefused: the provider refuses it.
            NotFound: there is none.
        """
        ...


class DebitStore(Protocol):
    """Authorisations and debits, by plan."""

    def mandate(self, creditor_id: CreditorId, plan_id: PlanId) -> Mandate | None:
        """Return a plan's present authorisation."""
        ...

    def save_mandate(self, creditor_id: CreditorId, plan_id: PlanId, mandate: Mandate) -> None:
        """Write ``version + 1`` of an authorisation, found by its ``rec_id`` from now on.

        Raises:
            VersionConflict: somebody else wrote it since.
        """
        ...

    def plan_of_mandate(self, creditor_id: CreditorId, rec_id: str) -> PlanId | None:
        """Tell which plan an authorisation is for."""
        ...

    def debit(self, creditor_id: CreditorId, plan_id: PlanId, period: str) -> Debit | None:
        """Return the debit of a month."""
        ...

    def debits(self, creditor_id: CreditorId, plan_id: PlanId, limit: int) -> Sequence[Debit]:
        """Return a plan's debits, the latest month first."""
        ...

    def save_debit(self, creditor_id: CreditorId, plan_id: PlanId, debit: Debit) -> None:
        """Write ``version + 1`` of a debit.

        Raises:
            VersionConflict: somebody else wrote it since.
        """
        ...


class DebitIndex(Protocol):
    """Which invoice money is for, and whom a debit's notification is about."""

    def claim_txid(self, creditor_id: CreditorId, txid: str, invoice_id: InvoiceId) -> None:
        """Say that money with a txid is for an invoice."""
        ...

    def invoice_of(self, creditor_id: CreditorId, txid: str) -> InvoiceId | None:
        """Tell which invoice money with a txid is for."""
        ...
