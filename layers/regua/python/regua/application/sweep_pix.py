"""Payments that nobody told of: every creditor's PSP is asked what came in since the last time.

A webhook may be lost, and a PSP may forget to send one. So a sweep asks for all Pix of the time
since the last good sweep, and an hour more; once a day for two days back, and for every Pix of the
last ninety days of which something went back (a MED takes weeks). What was not seen yet is named on
the inbound queue, one message each. A creditor that is swept for the first time also has its open
invoices named, so that they get their charges.

Source: BCB, API Pix 2.9.0, ``GET /pix`` (by the time of the Pix, not of the refund); refunds are
possible for 90 days.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from regua.application.inbound_pix import OpenCharges, PixTold, Sweep
from regua.application.pix_ports import (
    ChargeQueue,
    InboundQueue,
    PixProvider,
    PixRecords,
    SweepState,
)
from regua.application.ports import Creditor, Portfolio
from regua.application.settle_pix import CountPix
from regua.application.wire import Message
from regua.domain.ids import CreditorId
from regua.domain.payoff import business_date
from regua.domain.pix.entries import money_of

OVERLAP = timedelta(hours=1)
AT_LENGTH = timedelta(days=2)
REFUNDABLE = timedelta(days=90)
MAX_PAGES = 20
"""Pages in one message; more go on in the next, so that none runs out of time."""
_ACCOUNTS = 100


class Found(NamedTuple):
    """What a sweep found."""

    news: int
    unreadable: int
    """Problems with what the PSP lists: money may be among them that nobody counts."""


@dataclass(frozen=True, slots=True)
class SweepPix:
    """The use cases, with what they need."""

    provider: PixProvider
    records: PixRecords
    counting: CountPix
    portfolio: Portfolio
    inbound: InboundQueue
    charges: ChargeQueue
    shards: int

    def start(self, as_of: datetime | None) -> int:
        """Queue a sweep for every creditor with a PSP; return how many there are."""
        creditors = self.records.creditors()
        self._send(Sweep(creditor=c, as_of=as_of) for c in creditors)
        return len(creditors)

    def sweep(self, creditor: Creditor, asked: Sweep, *, now: datetime) -> Found:
        """Ask for what came in, and name what is news; return how many Pix that is.

        Raises:
            TemporaryError: the PSP cannot answer now; the next sweep starts where this one did.
        """
        creditor_id = creditor.creditor_id
        if asked.start is None or asked.end is None:
            asked = self._begun(creditor_id, asked, now)
        found, unreadable, next_page = self._pages(creditor_id, asked)
        self._send(
            PixTold(creditor=creditor_id, end_to_end_id=each, as_of=asked.as_of) for each in found
        )
        if next_page is not None:
            self._send([asked.model_copy(update={"page": next_page})])
        else:
            self._ended(creditor_id, asked)
        return Found(len(found), unreadable)

    def _begun(self, creditor_id: CreditorId, asked: Sweep, now: datetime) -> Sweep:
        """Choose the time to ask for."""
        state = self.records.sweep_state(creditor_id)
        if state.until is None:
            self._name_open_invoices(creditor_id, asked.as_of)
        last = state.at_length
        is_long = last is None or state.until is None or business_date(last) < business_date(now)
        start = now - AT_LENGTH
        if state.until is not None:
            earliest = state.until - OVERLAP
            start = min(start, earliest) if is_long else min(earliest, now)
        return asked.model_copy(update={"start": start, "end": now, "at_length": is_long})

    def _pages(self, creditor_id: CreditorId, asked: Sweep) -> tuple[list[str], int, int | None]:
        """Read some pages; return what is news, what is unreadable, and the next page, if any."""
        if asked.start is None or asked.end is None:  # pragma: no cover - chosen by the caller
            raise ValueError("a sweep without its time")
        news: list[str] = []
        unreadable = 0
        page: int | None = asked.page
        for _ in range(MAX_PAGES):
            answer = self.provider.received(
                creditor_id, asked.start, asked.end, page or 0, only_refunded=asked.only_refunded
            )
            news += [
                pix.end_to_end_id
                for pix in answer.received
                if self.counting.is_news(creditor_id, money_of(pix))
            ]
            unreadable += len(answer.problems)
            page = answer.next_page
            if page is None:
                break
        return news, unreadable, page

    def _ended(self, creditor_id: CreditorId, asked: Sweep) -> None:
        if asked.only_refunded or asked.end is None:
            return
        state = self.records.sweep_state(creditor_id)
        state = SweepState(asked.end, asked.end if asked.at_length else state.at_length)
        if asked.at_length:
            back = {"start": asked.end - REFUNDABLE, "only_refunded": True, "page": 0}
            self._send([asked.model_copy(update=back)])
        self.records.save_sweep(creditor_id, state)

    # ── charges ────────────────────────────────────────────────────────────────────────────────

    def _name_open_invoices(self, creditor_id: CreditorId, as_of: datetime | None) -> None:
        shards = (f"{number:02d}" for number in range(self.shards))
        self._send(OpenCharges(creditor=creditor_id, shard=s, as_of=as_of) for s in shards)

    def open_charges(self, asked: OpenCharges, *, now: datetime) -> int:
        """Name a page of a creditor's open invoices, so that they get their charges."""
        creditor_id = CreditorId(asked.creditor)
        page = self.portfolio.open_accounts(creditor_id, asked.shard, asked.cursor, _ACCOUNTS)
        named = 0
        for key in page.accounts:
            for invoice_id in self.portfolio.load_account(creditor_id, key.customer_id).invoices:
                self.charges.ask(creditor_id, invoice_id, now=now)
                named += 1
        if page.cursor is not None:
            self._send([asked.model_copy(update={"cursor": page.cursor})])
        return named

    def _send(self, messages: Iterable[Message]) -> None:
        self.inbound.send([message.model_dump(mode="json") for message in messages])
