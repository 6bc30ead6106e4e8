"""The whole system in memory: bus, rules, queues and workers, with a clock that tests move.

The use cases, the publisher and the batch runner are the real ones; stores may be the memory twins
or the DynamoDB adapters. A worker that crashes loses its buffers, and what it had taken from its
queue is seen again when its visibility ends.
"""

import json
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from secrets import token_bytes
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from functions.thank_payer.handler import read as read_settlement
from regua.adapters.eventbridge import EventBridgePublisher
from regua.adapters.memory import (
    FixedLinks,
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryQuarantine,
)
from regua.adapters.memory_evidence import MemoryKeys, MemoryVault
from regua.adapters.memory_visitors import MemoryRecentVisitors
from regua.adapters.provider_reports import read_reports
from regua.application.accept_event import AcceptEvent
from regua.application.buffers import BatchBuffer
from regua.application.evaluate_ruler import EvaluateRuler, plan_shards
from regua.application.ingest import Ingest
from regua.application.keep_facts import KeepFacts
from regua.application.messages import ContactDue, Hit, PaymentSettled, ShardDue
from regua.application.ports import (
    Accepted,
    CustomerKeys,
    DispatchLedger,
    EvidenceVault,
    OutgoingMessage,
    Portfolio,
)
from regua.application.record_hit import RecordHit
from regua.application.record_receipt import Receipt, RecordReceipt
from regua.application.send_batch import SendBatch
from regua.application.send_contact import Prepared, SendContact
from regua.application.thank_payer import ThankBatch, ThankPayer, Trip
from regua.application.wire import instant_text
from regua.domain.dispatch import Purpose
from regua.domain.errors import ReguaError
from regua.domain.evidence import NONCE_BYTES
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import InvoiceStatus
from regua.domain.ruler import DEFAULT_RULER, Channel
from regua.runtime.batch import run_batch
from regua.runtime.envelopes import from_bus, from_queue
from tests.builders import any_creditor, nine_o_clock
from tests.integration.reliability.faults import Crash, Faults, watched
from tests.integration.reliability.provider import Provider, plainly
from tests.integration.reliability.queues import SQS, Order, Queue, first_in_first_out

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics
    from mypy_boto3_events import EventBridgeClient

    from regua.domain.invoice import Invoice

DOUBT = timedelta(minutes=15)
SHARDS = 1
SHARD = "00"
BATCH = 10
WORKERS = ("ingest", "shards", "thanks", "email", "receipts", "hits")
_ENOUGH = 400
"""Rounds within which anything settles; more means that something never ends."""


class Unanswered(Exception):
    """The call may or may not have been carried out."""


def unanswered() -> None:
    """Let the answer get lost."""
    raise Unanswered


@dataclass(frozen=True, slots=True)
class Spoken:
    """One invoice in one message that somebody received."""

    dispatch_id: DispatchId
    customer_id: CustomerId
    invoice_id: InvoiceId
    step_id: str
    at: datetime
    due_date: date
    had_closed: bool
    """Whether the invoice was settled or cancelled when the sender looked."""
    purpose: Purpose = Purpose.COLLECTION
    settled_at: datetime | None = None
    """When it had been settled, as the sender saw it."""


@dataclass(frozen=True, slots=True)
class Published:
    """One event on the bus."""

    detail_type: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class _Quiet:
    """Stands for logger and metrics; keeps the tracebacks of what nobody expected."""

    defects: list[str] = field(default_factory=list)

    @contextmanager
    def append_context_keys(self, **_: str) -> Iterator[None]:
        yield

    def warning(self, *_: object, **__: object) -> None:
        """Say nothing."""

    def add_metric(self, *_: object) -> None:
        """Count nothing."""

    def exception(self, *_: object, **__: object) -> None:
        trace = traceback.format_exc()
        if Unanswered.__name__ not in trace:
            self.defects.append(trace)


class World:
    """Everything there is. ``now`` is the only clock."""

    def __init__(
        self,
        day: date,
        *,
        order: Order = first_in_first_out,
        stores: tuple[Portfolio, DispatchLedger] | None = None,
        evidence: tuple[CustomerKeys, EvidenceVault] | None = None,
        channel: Channel = Channel.EMAIL,
        thanks: bool = False,
    ) -> None:
        self.thanks = thanks
        """Whether the creditor thanks for payments."""
        self.channel = channel
        """The only channel of the creditor's ruler; its sender works under the name ``email``."""
        self.now = nine_o_clock(day)
        self.order = order
        self.workers: Sequence[str] = WORKERS
        self.faults = Faults()
        self.creditor = any_creditor(**_on(channel, thanks=thanks))
        self.directory = MemoryDirectory(self.creditor)
        if stores is None:
            ledger = MemoryLedger()
            stores = MemoryPortfolio(ledger, shards=SHARDS), ledger
        self.portfolio, self.ledger = stores
        self.quarantine = MemoryQuarantine()
        self.keys, self.vault = evidence or (MemoryKeys(), MemoryVault())
        self.queues = {name: Queue(name) for name in WORKERS}
        self.published: list[Published] = []
        self.refusing = 0
        """How many of the next entries the bus refuses."""
        self.provider = Provider(lambda: self.now, self._report, channel)
        self.spoken: list[Spoken] = []
        self.customers: set[CustomerId] = set()
        self.invoices: set[InvoiceId] = set()
        self.amounts: dict[InvoiceId, set[int]] = defaultdict(set)
        self.due_dates: dict[InvoiceId, list[str]] = defaultdict(list)
        self.days: set[date] = set()
        self.each_day: Callable[[World], None] = lambda _: None
        """What is asserted each evening."""
        self.seconds_left: Callable[[], float] = lambda: 100.0
        self._quiet = _Quiet()
        self._events = 0

    @property
    def creditor_id(self) -> CreditorId:
        """Return the only creditor."""
        return self.creditor.creditor_id

    @property
    def defects(self) -> list[str]:
        """Return the tracebacks of errors that are nobody's plan."""
        return self._quiet.defects

    # ── what reaches the system from outside ───────────────────────────────────────────────────

    def tell(self, detail_type: str, data: Mapping[str, Any], *, copies: int = 1) -> None:
        """Let the creditor's system put an event on the bus."""
        self._events += 1
        said_at = self.now - timedelta(minutes=1) + timedelta(milliseconds=self._events)
        event = {
            "id": f"event-{self._events}",
            "account": "000000000000",
            "source": "demo.erp",
            "detail-type": detail_type,
            "detail": {
                "creditor_id": self.creditor_id,
                "occurred_at": instant_text(said_at),
                "data": data,
            },
        }
        if detail_type == "InvoiceIssued":
            invoice_id = InvoiceId(data["external_id"])
            self.invoices.add(invoice_id)
            self.amounts[invoice_id].add(data["amount_centavos"])
            self.due_dates[invoice_id].append(data["due_date"])
            self.customers.add(CustomerId(data["customer"]["external_id"]))
        for _ in range(copies):
            self.queues["ingest"].put(json.dumps(event), self.now)

    def opt_out(self, dispatch_id: DispatchId) -> None:
        """Let a recipient ask to be left alone."""
        hit = Hit(
            kind="unsubscribe",
            dispatch_id=dispatch_id,
            at=self.now,
            ip="192.0.2.1",
            user_agent="",
            headers={},
            method="POST",
            request_id=f"request-{dispatch_id}",
            label="person",
            score=100,
            reasons=(),
            ruleset="1",
        )
        self.queues["hits"].put(hit.model_dump_json(), self.now)

    def tick(self) -> None:
        """Let the schedule fire."""
        plan_shards(_ShardQueue(self), shards=SHARDS)

    def _report(self, body: str) -> None:
        self.queues["receipts"].put(body, self.now)

    # ── the bus ────────────────────────────────────────────────────────────────────────────────

    def put_entry(self, entry: Mapping[str, Any]) -> dict[str, str]:
        """Take one entry of a ``PutEvents`` call and carry it to the queues of its rules."""
        if self.refusing:
            self.refusing -= 1
            return {"ErrorCode": "InternalFailure"}
        detail = json.loads(entry["Detail"])
        self.published.append(Published(entry["DetailType"], detail["data"]))
        if entry["DetailType"] == "ContactDue" and detail["data"]["channel"] == self.channel:
            self.queues["email"].put(json.dumps({"detail": detail}), self.now)
        if self.thanks and entry["DetailType"] in {"InvoicePaid", "PaymentReceiptDue"}:
            self.queues["thanks"].put(json.dumps({"detail": detail}), self.now)
        return {"EventId": str(len(self.published))}

    def planned_ids(self) -> set[DispatchId]:
        """Return every dispatch that was published for a sender."""
        due = (p for p in self.published if p.detail_type == "ContactDue")
        return {DispatchId(p.data["dispatch_id"]) for p in due}

    # ── the workers ────────────────────────────────────────────────────────────────────────────

    def work(self, name: str, at_most: int = BATCH) -> bool:
        """Invoke a worker once; False when its queue has nothing to give."""
        queue = self.queues[name]
        records = queue.receive(self.now, at_most, self.order)
        if not records:
            return False
        try:
            failed = self._invoke(name, SQS.event(queue, records, lambda: self.now))
        except (Crash, ReguaError):
            return True
        except Exception:  # noqa: BLE001 - Lambda's own boundary: the whole batch comes back
            self._quiet.exception()
            return True
        finally:
            SQS.forget(records)
        for record in records:
            if record.message_id not in failed:
                queue.delete(record)
        return True

    def _invoke(self, name: str, event: dict[str, Any]) -> set[str]:
        parts = _FUNCTIONS[name](self)
        response = run_batch(
            event,
            parts.parse,
            parts.handle,
            logger=cast("Logger", self._quiet),
            metrics=cast("Metrics", self._quiet),
            flush=parts.flush,
            before=parts.before,
        )
        return {f["itemIdentifier"] for f in response["batchItemFailures"]}

    def facts(self, worker: str, ledger: DispatchLedger) -> KeepFacts:
        """Return what keeps facts, as a worker sees it."""
        vault = watched(self.vault, "vault", worker, self.faults)
        return KeepFacts(ledger, self.keys, vault, lambda: token_bytes(NONCE_BYTES))

    def publisher(self, worker: str) -> EventBridgePublisher:
        """Return the bus as a worker sees it."""
        return EventBridgePublisher(cast("EventBridgeClient", _Events(self, worker)), "bus")

    # ── time ───────────────────────────────────────────────────────────────────────────────────

    def drain(self) -> None:
        """Let every worker work, and time pass, until no queue has anything left."""
        for _ in range(_ENOUGH):
            busy = [self.work(name) for name in self.workers]
            if any(busy):
                continue
            upcoming = [at for q in self.queues.values() if (at := q.next_visible_at)]
            if not upcoming:
                return
            self.now = max(self.now, min(upcoming))
        raise AssertionError("the queues never run dry")

    def settle(self) -> None:
        """Evaluate and drain until nothing is due any more."""
        self.days.add(self.now.date())
        for _ in range(_ENOUGH):
            self.tick()
            self.drain()
            if not self.portfolio.due_accounts(SHARD, self.now, None, 1).accounts:
                return
        raise AssertionError("an account stays due for ever")

    def live_until(self, last: date) -> None:
        """Live day by day, from the present one to ``last``."""
        while self.now.date() <= last:
            self.settle()
            self.each_day(self)
            tomorrow = nine_o_clock(self.now.date() + timedelta(days=1))
            self.now = max(self.now, tomorrow)

    def redrive(self) -> None:
        """Give every dead letter another try."""
        for queue in self.queues.values():
            queue.redrive(self.now)


def _on(channel: Channel, *, thanks: bool) -> dict[str, Any]:
    """Return what makes a creditor follow the default ruler on one channel."""
    receipt = {"receipt": {"channels": [channel.value], "only_if_contacted": False}}
    ruler = {**DEFAULT_RULER, **(receipt if thanks else {})}
    if channel is Channel.EMAIL:
        return {"ruler": ruler}
    steps = [{**step, "channels": [channel.value]} for step in DEFAULT_RULER["steps"]]  # type: ignore[attr-defined]  # a list
    setup = {"origin": "origem-1"} | ({"opt_in": "contrato"} if channel is Channel.WHATSAPP else {})
    return {
        "ruler": {**ruler, "steps": steps},
        "channels": {channel.value: setup},
    }


class _ShardQueue:
    def __init__(self, world: World) -> None:
        self._world = world

    def send(self, messages: Sequence[Mapping[str, Any]], *, delay_seconds: int = 0) -> None:
        del delay_seconds
        for message in messages:
            self._world.queues["shards"].put(json.dumps(message), self._world.now)


class _Events:
    """EventBridge's client: entries are taken one by one, so a call can stop in its middle."""

    def __init__(self, world: World, worker: str) -> None:
        self._world = world
        self._worker = worker

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        answers = []
        for entry in Entries:
            name = f"bus.{entry['DetailType']}"
            self._world.faults.at(self._worker, "before", name)
            answers.append(self._world.put_entry(entry))
            self._world.faults.at(self._worker, "after", name)
        refused = sum("ErrorCode" in a for a in answers)
        return {"FailedEntryCount": refused, "Entries": answers}


class _Sending:
    """One sender at work: what it handles, what was closed when it looked, what it handed over."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.due: ContactDue | None = None
        self._seen: dict[int, Mapping[InvoiceId, Invoice]] = {}

    def look(self) -> Portfolio:
        """Note how the invoices stand, the moment a sender looks at an account."""
        portfolio, creditor_id = self.world.portfolio, self.world.creditor_id
        found = {i: portfolio.find_invoice(creditor_id, i) for i in self.world.invoices}
        self._seen[id(self.due)] = {i: each for i, each in found.items() if each is not None}
        return portfolio

    def send(self, email: OutgoingMessage) -> Accepted:
        """Hand a message to the provider, and note what it spoke about."""
        provider, due = self.world.provider, self.due
        assert due is not None
        accepted = provider.send(email)
        steps = {i.external_id.upper(): i for i in due.invoices}
        seen = self._seen[id(due)]
        for number in provider.received[-1].numbers:
            invoice_id = InvoiceId(steps[number].external_id)
            self.world.spoken.append(
                Spoken(
                    email.dispatch_id,
                    CustomerId(due.customer_id),
                    invoice_id,
                    steps[number].step_id,
                    self.world.now,
                    seen[invoice_id].due_date,
                    had_closed=not seen[invoice_id].is_open,
                    purpose=due.purpose,
                    settled_at=_settled_at(seen[invoice_id]),
                )
            )
        return accepted


def _settled_at(invoice: "Invoice") -> datetime | None:
    return invoice.settled_at if invoice.status is InvoiceStatus.SETTLED else None


class _Looking:
    """The portfolio as the sender sees it: a look is noted."""

    def __init__(self, sending: _Sending) -> None:
        self._sending = sending

    def __getattr__(self, method: str) -> Any:  # noqa: ANN401 - any port's call
        if method == "load_account":
            return getattr(self._sending.look(), method)
        return getattr(self._sending.world.portfolio, method)


class _Parts(NamedTuple):
    parse: Callable[[Mapping[str, Any]], Any]
    handle: Callable[[Any], None]
    flush: Callable[[], None]
    before: Callable[[Sequence[Any]], None] = lambda _: None


def _nothing() -> None:
    """Flush nothing."""


def _evaluator(world: World) -> _Parts:
    worker = "shards"
    evaluate = EvaluateRuler(
        watched(world.portfolio, "portfolio", worker, world.faults),
        world.directory,
        world.publisher(worker),
        watched(_ShardQueue(world), "queue", worker, world.faults),
        watched(world.ledger, "ledger", worker, world.faults),
    )

    def handle(message: ShardDue) -> None:
        evaluate.shard(
            message, now=world.now, correlation_id="tick", seconds_left=world.seconds_left
        )

    return _Parts(from_queue(ShardDue), handle, _nothing)


def _thanks(world: World) -> _Parts:
    worker = "thanks"
    thank = ThankPayer(
        watched(world.portfolio, "portfolio", worker, world.faults),
        world.directory,
        watched(world.ledger, "ledger", worker, world.faults),
        world.publisher(worker),
    )
    batch = ThankBatch(thank, lambda _: Trip(world.now, "c"))

    def handle(settled: PaymentSettled) -> None:
        batch.handle(settled)

    return _Parts(read_settlement, handle, _nothing, batch.gather)


def _sender(world: World) -> _Parts:
    worker = "email"
    buffer = BatchBuffer(world.publisher(worker))
    sending = _Sending(world)
    send = SendContact(
        portfolio=watched(cast("Portfolio", _Looking(sending)), "portfolio", worker, world.faults),
        directory=world.directory,
        ledger=watched(world.ledger, "ledger", worker, world.faults),
        publisher=buffer,
        compose=plainly,
        sender=watched(sending, "provider", worker, world.faults),
        keeper=world.facts(worker, world.ledger),
        links=FixedLinks(),
        doubt=DOUBT,
    )

    def prepare(due: ContactDue) -> Prepared:
        sending.due = due
        return send.prepare(due, now=world.now, clock_now=world.now)

    batch = SendBatch(prepare, send.keep, send.finish, lambda: world.now)

    def handle(due: ContactDue) -> None:
        sending.due = due
        batch.send(due)

    return _Parts(from_bus(ContactDue), handle, buffer.flush, batch.prepare_all)


def _receipts(world: World) -> _Parts:
    worker = "receipts"
    ledger = watched(world.ledger, "ledger", worker, world.faults)
    buffer = BatchBuffer(world.publisher(worker), world.facts(worker, ledger))
    record = RecordReceipt(
        watched(world.portfolio, "portfolio", worker, world.faults),
        ledger,
        buffer.append,
        buffer.publish,
        lambda at: world.now - at >= DOUBT,
        buffer.pending,
    )

    def handle(body: str) -> None:
        for report in read_reports(body):
            if isinstance(report, Receipt):
                record(report)

    return _Parts(lambda r: r["body"], handle, buffer.flush)


def _hits(world: World) -> _Parts:
    worker = "hits"
    ledger = watched(world.ledger, "ledger", worker, world.faults)
    buffer = BatchBuffer(world.publisher(worker), world.facts(worker, ledger))
    record = RecordHit(
        watched(world.portfolio, "portfolio", worker, world.faults),
        ledger,
        buffer.append,
        buffer.publish,
        MemoryRecentVisitors(),
        lambda: "0" * 32,
        buffer.pending,
    )

    def handle(hit: Hit) -> None:
        record(hit)

    return _Parts(from_queue(Hit), handle, buffer.flush)


def _ingest(world: World) -> _Parts:
    worker = "ingest"
    publisher = world.publisher(worker)
    accept = AcceptEvent(
        Ingest(watched(world.portfolio, "portfolio", worker, world.faults), publisher),
        world.directory,
        world.quarantine,
        publisher,
    )

    def handle(record: Mapping[str, Any]) -> None:
        accept(record["body"], message_id=record["messageId"], now=world.now)

    return _Parts(dict, handle, _nothing)


_FUNCTIONS: Mapping[str, Callable[[World], _Parts]] = {
    "ingest": _ingest,
    "shards": _evaluator,
    "thanks": _thanks,
    "email": _sender,
    "receipts": _receipts,
    "hits": _hits,
}
