"""Erasure (LGPD): a customer's key for evidence is destroyed, and that it was stays on record."""

from dataclasses import dataclass
from datetime import datetime

from regua.application.attended import to_the_millisecond
from regua.application.ports import AccountKey, Change, KeyEraser, Portfolio
from regua.application.retrying import retried
from regua.domain.errors import NotFound
from regua.domain.ids import CreditorId, CustomerId
from regua.domain.notes import Note, NoteKind


@dataclass(frozen=True, slots=True)
class EraseEvidence:
    """Makes what is personal in a customer's evidence unreadable, for ever."""

    portfolio: Portfolio
    eraser: KeyEraser

    def __call__(
        self, creditor_id: CreditorId, customer_id: CustomerId, *, by: str, at: datetime
    ) -> None:
        """Note who asked and when, then destroy the key; asking again does no harm.

        Args:
            creditor_id: whose customer it is.
            customer_id: the customer.
            by: who asked: an API client, or a person by the name that its tokens have.
            at: when it asked.

        Raises:
            NotFound: no such account.
        """
        note = Note(to_the_millisecond(at), NoteKind.EVIDENCE_ERASED, facts={"by": by})

        def once() -> None:
            account = self.portfolio.load_account(creditor_id, customer_id)
            if account.version == 0:
                raise NotFound(customer_id)
            self.portfolio.commit(Change(account, notes=(note,)))

        retried(once)
        self.eraser.destroy(AccountKey(creditor_id, customer_id))
