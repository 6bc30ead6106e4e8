"""The law, checked from outside: what people received against what the ledger says.

Nothing here asks the code under test for its own opinion without holding it against an independent
count: the provider's mailbox, the events on the bus, the dead letters.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from hashlib import sha256
from itertools import groupby
from zoneinfo import ZoneInfo

from regua.adapters.memory_seals import MemorySealIndex, MemorySeals
from regua.application.read_dossier import ReadDossier
from regua.application.reconcile import reconcile
from regua.application.seal_evidence import InclusionReader
from regua.domain.delivery import EventKind
from regua.domain.dispatch import DispatchRecord, DispatchState, Purpose
from regua.domain.evidence import broken_at
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.invoice import Invoice, InvoiceStatus
from regua.domain.payment_receipts import THANKED_WITHIN
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel
from tests.integration.reliability.world import World

_LONGEST_WAIT = timedelta(days=10)
"""A weekly cap, and the closed days that may follow it."""
_TOLD_AS = {
    DispatchState.SENT: "MessageSent",
    DispatchState.DEFERRED: "ContactDeferred",
    DispatchState.SUPPRESSED: "ContactSuppressed",
    DispatchState.FAILED: "MessageFailed",
}


def records_of(world: World) -> Mapping[DispatchId, DispatchRecord]:
    """Return everything the ledger knows."""
    return {
        r.dispatch.dispatch_id: r
        for customer in sorted(world.customers)
        for r in world.ledger.of_account(world.creditor_id, customer)
    }


def assert_safe(world: World) -> None:
    """Assert what must be true at every moment, whatever is in flight."""
    records = records_of(world)
    assert not world.defects, world.defects[0]
    _reconciliation_holds(world, records.values())
    _nobody_is_contacted_twice(world, records)
    _chains_are_whole(world, records)
    closed = [s for s in world.spoken if s.had_closed and s.purpose is Purpose.COLLECTION]
    assert not closed, f"spoke of what had been paid or cancelled: {closed}"
    _thanks_are_due(world, records)


def assert_settled(world: World) -> None:
    """Assert what must be true once the world has been drained."""
    assert_safe(world)
    records = records_of(world)
    dead = _dead_dispatches(world)
    pending = {i for i, r in records.items() if not r.ended}
    assert pending <= dead, f"pending and in no queue: {pending - dead}"
    vanished = world.planned_ids() - set(records) - dead
    assert not vanished, f"published and nowhere in the ledger: {vanished}"
    _ends_were_told(world, records)
    _ledger_agrees_with_mailboxes(world, records)
    _evidence_agrees_with_mailboxes(world, records)
    _money_was_told(world)
    _nothing_is_lost(world, records, dead)
    _nobody_is_forgotten_to_be_thanked(world, records)


def _reconciliation_holds(world: World, records: Iterable[DispatchRecord]) -> None:
    days = {r.dispatch.decided_on for r in records} | world.days
    counts = [reconcile(world.ledger, world.creditor_id, day) for day in days]
    assert sum(c.planned for c in counts) == len(list(records))


def _nobody_is_contacted_twice(world: World, records: Mapping[DispatchId, DispatchRecord]) -> None:
    resent = {i for i, r in records.items() if r.resent_in_doubt}
    per_dispatch = Counter(r.dispatch_id for r in world.provider.received)
    for dispatch_id, count in per_dispatch.items():
        assert count <= 1 + (dispatch_id in resent), f"{dispatch_id} was received {count} times"
    contacts = {
        (s.dispatch_id, (s.invoice_id, s.step_id, s.due_date))
        for s in world.spoken
        if s.purpose is Purpose.COLLECTION and not _came_back_to_a_due_date(world, s.invoice_id)
    }
    per_step = Counter(about for _, about in contacts)
    twice = {about: n for about, n in per_step.items() if n > 1}
    assert not twice, f"spoken about in more than one contact: {twice}"
    asking = [records[i].dispatch for i in per_dispatch]
    per_day = Counter(
        (d.customer_id, d.decided_on) for d in asking if d.purpose is Purpose.COLLECTION
    )
    above = {who: n for who, n in per_day.items() if n > world.creditor.ruler.caps.per_day}
    assert not above, f"more contacts than the cap allows: {above}"


def _thanks_are_due(world: World, records: Mapping[DispatchId, DispatchRecord]) -> None:
    """Assert that a receipt is only for what was settled, once, and in no cap."""
    receipts = [s for s in world.spoken if s.purpose is Purpose.RECEIPT]
    untrue = [s for s in receipts if s.settled_at is None]
    assert not untrue, f"thanked for what was not paid: {untrue}"
    settlements = {(s.dispatch_id, (s.invoice_id, s.settled_at)) for s in receipts}
    per_settlement = Counter(what for _, what in settlements)
    twice = {what: n for what, n in per_settlement.items() if n > 1}
    assert not twice, f"thanked for in more than one receipt: {twice}"
    thanks = {i for i, r in records.items() if r.dispatch.purpose is Purpose.RECEIPT}
    for customer in sorted(world.customers):
        account = world.portfolio.load_account(world.creditor_id, customer)
        counted = thanks & {c.dispatch_id for c in account.contacts}
        assert not counted, f"a cap counts a receipt: {counted}"
        led = thanks & {i.place.dispatch_id for i in account.invoices.values()}
        assert not led, f"a receipt moved an invoice on its ruler: {led}"


def _nobody_is_forgotten_to_be_thanked(
    world: World, records: Mapping[DispatchId, DispatchRecord]
) -> None:
    """Assert that each settlement of these days has its receipt: sent, waiting, or ended."""
    if not world.thanks or world.queues["thanks"].dead:
        return
    for invoice_id in sorted(world.invoices):
        invoice = world.portfolio.find_invoice(world.creditor_id, invoice_id)
        if invoice is None or invoice.status is not InvoiceStatus.SETTLED:
            continue
        settled_at = invoice.settled_at
        if settled_at is None or world.now - settled_at > THANKED_WITHIN:
            continue
        assert invoice.receipt is not None, f"nobody was thanked for {invoice}"
        assert invoice.receipt.settled_at == settled_at
        record = records[invoice.receipt.dispatch_id]
        if record.state is DispatchState.DEFERRED:
            account = world.portfolio.load_account(world.creditor_id, invoice.customer_id)
            waits = account.receipts_due.get(invoice_id)
            assert waits is not None, f"put off and forgotten: {record}"
            assert account.next_evaluation_at is not None
            assert account.next_evaluation_at <= waits


def _came_back_to_a_due_date(world: World, invoice_id: InvoiceId) -> bool:
    """Tell whether a due date moved away and back: then its steps rightly come up again."""
    runs = [day for day, _ in groupby(world.due_dates[invoice_id])]
    return len(runs) > len(set(runs))


def _dead_dispatches(world: World) -> set[DispatchId]:
    dead = [json.loads(r.body)["detail"]["data"] for r in world.queues["email"].dead]
    return {DispatchId(data["dispatch_id"]) for data in dead}


def _ends_were_told(world: World, records: Mapping[DispatchId, DispatchRecord]) -> None:
    told = {(p.detail_type, p.data.get("dispatch_id")) for p in world.published}
    for dispatch_id, record in records.items():
        if record.ended:
            assert (_TOLD_AS[record.state], dispatch_id) in told, f"nobody was told of {record}"


def _ledger_agrees_with_mailboxes(
    world: World, records: Mapping[DispatchId, DispatchRecord]
) -> None:
    received = {r.dispatch_id for r in world.provider.received}
    for dispatch_id, record in records.items():
        if record.state is DispatchState.SENT:
            assert dispatch_id in received, f"recorded as sent, and nobody received it: {record}"
        elif dispatch_id in received and world.provider.is_prompt:
            fails_as = (
                Reason.UNDELIVERABLE if world.channel is Channel.VOICE else Reason.HARD_BOUNCE
            )
            bounced = record.reason is fails_as
            assert bounced or not record.ended, f"received, and not recorded as sent: {record}"


def _chains_are_whole(world: World, records: Mapping[DispatchId, DispatchRecord]) -> None:
    for dispatch_id, record in records.items():
        links = world.ledger.chain(dispatch_id)
        entries = [(link.entry.document(), link.recorded_hash) for link in links]
        broken = broken_at(record.dispatch.creditor_id, dispatch_id, entries)
        assert broken is None, f"the chain of {dispatch_id} breaks at {broken}"
        facts = [(e.entry.at, e.entry.kind, e.entry.event_id) for e in links]
        assert len(facts) == len(set(facts)), f"a fact is in the chain twice: {facts}"


def _evidence_agrees_with_mailboxes(
    world: World, records: Mapping[DispatchId, DispatchRecord]
) -> None:
    """Assert that the exact bytes that somebody received are bound, kept and readable."""
    seals = InclusionReader(MemorySealIndex(), MemorySeals())
    reader = ReadDossier(world.ledger, world.keys, world.vault, seals)
    for received in world.provider.received:
        if records[received.dispatch_id].state is not DispatchState.SENT:
            continue
        dossier = reader.read(received.dispatch_id)
        assert dossier is not None
        composed = [e for e in dossier.entries if e.entry.kind is EventKind.COMPOSED]
        kept = {sha256(e.raw).hexdigest() for e in composed if e.raw is not None}
        assert received.sha256 in kept, f"nobody can prove what was sent: {received}"


def _money_was_told(world: World) -> None:
    told = {(p.detail_type, p.data.get("external_id")) for p in world.published}
    for invoice_id in sorted(world.invoices):
        invoice = world.portfolio.find_invoice(world.creditor_id, invoice_id)
        if invoice is None:
            continue
        if invoice.status is InvoiceStatus.SETTLED:
            assert ("InvoicePaid", invoice_id) in told, f"nobody was told of {invoice}"
        was_reversed = any(p.reversed_at for p in invoice.payments)
        had_one_amount = len(world.amounts[invoice_id]) == 1
        was_paid = ("InvoicePaid", invoice_id) in told
        if invoice.is_open and was_paid and was_reversed and had_one_amount:
            assert ("InvoiceReopened", invoice_id) in told, f"nobody was told of {invoice}"


def _nothing_is_lost(
    world: World, records: Mapping[DispatchId, DispatchRecord], dead: set[DispatchId]
) -> None:
    """Assert that the last step that came up for an open invoice was spoken about, or why not."""
    today = world.now.astimezone(ZoneInfo(world.creditor.ruler.timezone)).date()
    spoken = {(s.invoice_id, s.step_id) for s in world.spoken}
    for invoice in _always_open(world):
        reached = [s for on, s in world.creditor.ruler.dates_of(invoice) if on <= today]
        if not reached:
            continue
        if reached[-1].offset_days <= 0 and today > invoice.effective_due_date:
            continue  # it spoke of a day to come, and that day is gone
        about = (invoice.external_id, reached[-1].id)
        if about in spoken or _is_still_to_come(world, invoice, about[1]):
            continue
        explained = any(_is_explained(about, r, dead) for r in records.values())
        assert explained, f"never spoken about: {about}"


def _always_open(world: World) -> list[Invoice]:
    """Return the invoices that nothing but time has happened to."""
    found = (world.portfolio.find_invoice(world.creditor_id, i) for i in sorted(world.invoices))
    return [i for i in found if i is not None and i.is_open and not i.payments]


def _is_explained(about: tuple[str, str], record: DispatchRecord, dead: set[DispatchId]) -> bool:
    dispatch = record.dispatch
    if about in {(i.external_id, i.step_id) for i in dispatch.left_out}:
        return True
    if about not in {(i.external_id, i.step_id) for i in dispatch.invoices}:
        return False
    if record.state is DispatchState.DEFERRED:
        return False  # it must be spoken about later, or be still to come
    return record.state is not DispatchState.SENT or dispatch.dispatch_id in dead


def _is_still_to_come(world: World, invoice: Invoice, step_id: str) -> bool:
    """Tell whether the step waits for an evaluation within the time that a cap can take."""
    account = world.portfolio.load_account(world.creditor_id, invoice.customer_id)
    waits_until = account.next_evaluation_at
    if waits_until is None or waits_until > world.now + _LONGEST_WAIT:
        return False
    return step_id in {s.id for _, s in world.creditor.ruler.pending(invoice)}
