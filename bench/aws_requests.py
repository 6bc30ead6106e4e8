"""How many AWS requests an e-mail costs, counted by a botocore hook, and how that grows.

The real adapters and use cases run on moto, in the batches Lambda would get (ten records). Every
call is counted except SES's own. The second part adds accounts with nothing due and shows that an
evaluation of the same due accounts asks for the same and reads the same.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from secrets import token_bytes
from typing import Any

import boto3
from moto import mock_aws

from bench.portfolio import CREDITOR, DOCUMENT, creditor, customer, invoice
from infra.settings import RECEIPTS_BATCH
from regua.adapters import dynamodb_keys as keys
from regua.adapters.customer_keys import KmsCustomerKeys
from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.dynamodb_ledger import DynamoLedger
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.email_composer import EmailComposer
from regua.adapters.eventbridge import EventBridgePublisher
from regua.adapters.memory import FixedLinks, MemoryPublisher, MemorySender
from regua.adapters.s3_vault import S3Vault
from regua.adapters.sqs import SqsShardQueue
from regua.application.buffers import BatchBuffer
from regua.application.evaluate_ruler import EvaluateRuler
from regua.application.ingest import Ingest
from regua.application.keep_facts import KeepFacts
from regua.application.messages import ContactDue, ShardDue
from regua.application.ports import OutgoingEvent
from regua.application.record_receipt import Receipt, RecordReceipt
from regua.application.send_batch import SendBatch
from regua.application.send_contact import SendContact
from regua.domain.delivery import EventKind
from regua.domain.evidence import NONCE_BYTES
from regua.domain.ids import DispatchId
from regua.domain.ruler import Channel

BUDGET_PER_EMAIL = 6.0
GROWTH_BUDGET = 1.1
ACCOUNTS = 60
IDLE = 3_000
_SHARDS = 2
_BATCH = 10
_ENVELOPE = json.dumps({"Type": "Notification", "Message": "x" * 1_500}).encode()
NOW = datetime(2026, 11, 13, 12, tzinfo=UTC)


class _Tap:
    """Stands on the bus: publishes for real and remembers what a rule would forward."""

    def __init__(self, real: EventBridgePublisher) -> None:
        self.real = real
        self.due: list[ContactDue] = []

    def publish(self, events: Sequence[OutgoingEvent]) -> None:
        self.real.publish(events)
        self.due += [
            ContactDue.model_validate(e.data) for e in events if e.detail_type == "ContactDue"
        ]


class _Counted:
    """Counts calls and items read, by operation."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.items_read = 0

    def start(self, session: boto3.Session) -> None:
        session.events.register("after-call", self._after)

    def _after(self, *, parsed: Mapping[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401
        self.calls[model.name] += 1
        self.items_read += parsed.get("ScannedCount", 0)

    def reset(self) -> None:
        self.calls.clear()
        self.items_read = 0


def run() -> dict[str, Any]:
    """Return requests per e-mail from due to recorded delivery, and the growth of evaluation."""
    with cloud() as (session, counted):
        world = World(session)
        world.issue(range(ACCOUNTS), date(2026, 11, 10))
        counted.reset()
        due = world.evaluate()
        evaluating, items = dict(counted.calls), counted.items_read
        counted.reset()
        world.send(due)
        sending = dict(counted.calls)
        counted.reset()
        world.receive(due)
        receiving = dict(counted.calls)
        counted.reset()
        world.issue(range(ACCOUNTS, ACCOUNTS * 2), date(2026, 11, 10))
        world.add_idle(IDLE)
        counted.reset()
        world.evaluate()
        grown, grown_items = sum(counted.calls.values()), counted.items_read
    total = sum(sum(part.values()) for part in (evaluating, sending, receiving)) / ACCOUNTS
    growth = grown / sum(evaluating.values())
    return {
        "emails": ACCOUNTS,
        "requests": {"evaluate": evaluating, "send": sending, "receipts": receiving},
        "requests_per_email": round(total, 2),
        "budget_per_email": BUDGET_PER_EMAIL,
        "within_budget": total <= BUDGET_PER_EMAIL,
        "idle_accounts_added": IDLE,
        "evaluation_requests_growth": round(growth, 3),
        "evaluation_items_read_growth": round(grown_items / items, 3),
        "growth_within_budget": growth <= GROWTH_BUDGET,
    }


@contextmanager
def cloud() -> Iterator[tuple[boto3.Session, _Counted]]:
    """Put moto where AWS would be; yield a session whose calls are counted."""
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        session = boto3.Session(region_name="sa-east-1")
        counted = _Counted()
        counted.start(session)
        yield session, counted


class World:
    """The use cases on moto."""

    def __init__(self, session: boto3.Session) -> None:
        self.dynamodb = dynamodb = session.client("dynamodb")
        _create_tables(dynamodb)
        session.client("events").create_event_bus(Name="bus")
        sqs = session.client("sqs")
        queue_url = sqs.create_queue(QueueName="shards")["QueueUrl"]
        self.portfolio = DynamoPortfolio(
            dynamodb, table="portfolio", messages_table="messages", shards=_SHARDS
        )
        self.ledger = DynamoLedger(dynamodb, "messages")
        self.directory = DynamoCreditors(dynamodb, "portfolio")
        self.directory.put(DOCUMENT)
        self.publisher = EventBridgePublisher(session.client("events"), "bus")
        self.facts = self._evidence(session)
        self.queue = SqsShardQueue(sqs, queue_url)

    def _evidence(self, session: boto3.Session) -> KeepFacts:
        kms, s3 = session.client("kms"), session.client("s3")
        key_id = kms.create_key()["KeyMetadata"]["KeyId"]
        region: Any = {"LocationConstraint": session.region_name}
        s3.create_bucket(Bucket="evidence", CreateBucketConfiguration=region)
        keys_ = KmsCustomerKeys(self.dynamodb, "portfolio", lambda: kms, key_id)
        vault = S3Vault(s3, "evidence")
        return KeepFacts(self.ledger, keys_, vault, lambda: token_bytes(NONCE_BYTES))

    def issue(self, numbers: range, due_date: date) -> None:
        """Take in an invoice each of so many customers."""
        ingest, tenant = Ingest(self.portfolio, MemoryPublisher()), creditor()
        for n in numbers:
            ingest.issue_invoice(tenant, invoice(n, due_date), customer(n), now=NOW)

    def add_idle(self, count: int) -> None:
        """Write headers that are due next year straight into the table (moto's writes are slow)."""
        headers = [
            {
                "pk": {"S": keys.account(CREDITOR, customer(10**5 + n).external_id)},
                "sk": {"S": keys.HEADER},
                "version": {"N": "1"},
                "schedule_seq": {"N": "0"},
                "document": {"S": "{}"},
                "due_shard": {"S": f"{n % _SHARDS:02d}"},
                "due_at": {"S": "2027-03-10T12:00:00.000Z"},
            }
            for n in range(count)
        ]
        for start in range(0, count, 25):
            puts: Any = [{"PutRequest": {"Item": item}} for item in headers[start : start + 25]]
            self.dynamodb.batch_write_item(RequestItems={"portfolio": puts})

    def evaluate(self) -> list[ContactDue]:
        """Evaluate every shard; return what senders would get."""
        tap = _Tap(self.publisher)
        evaluate = EvaluateRuler(self.portfolio, self.directory, tap, self.queue, self.ledger)
        for shard in range(_SHARDS):
            evaluate.shard(
                ShardDue(shard=f"{shard:02d}"),
                now=NOW,
                correlation_id="bench",
                seconds_left=lambda: 600.0,
            )
        return tap.due

    def send(self, due: Sequence[ContactDue]) -> None:
        """Send in batches of ten, as Lambda gets them."""
        buffer = BatchBuffer(self.publisher)
        send = SendContact(
            portfolio=self.portfolio,
            directory=self.directory,
            ledger=self.ledger,
            publisher=buffer,
            compose=EmailComposer(),
            sender=MemorySender(),
            keeper=self.facts,
            links=FixedLinks(),
            doubt=timedelta(minutes=15),
        )
        for start in range(0, len(due), _BATCH):
            messages = due[start : start + _BATCH]
            batch = SendBatch(
                lambda message: send.prepare(message, now=NOW, clock_now=NOW),
                send.keep,
                send.finish,
                lambda: NOW,
            )
            batch.prepare_all(messages)
            for message in messages:
                batch.send(message)
            buffer.flush()

    def receive(self, due: Sequence[ContactDue]) -> None:
        """Record what SES reports about each message: sent, delivered."""
        buffer = BatchBuffer(self.publisher, self.facts)
        record = RecordReceipt(
            self.portfolio, self.ledger, buffer.append, buffer.publish, lambda _: False
        )
        receipts = [
            Receipt(
                DispatchId(d.dispatch_id),
                CREDITOR,
                kind,
                NOW,
                "ses-1",
                (),
                {},
                Channel.EMAIL,
                private={"recipients": "ana@cliente.example.com.br"},
                raw=_ENVELOPE,
            )
            for d in due
            for kind in (EventKind.SENT, EventKind.DELIVERED)
        ]
        for start in range(0, len(receipts), RECEIPTS_BATCH):
            for receipt in receipts[start : start + RECEIPTS_BATCH]:
                record(receipt)
            buffer.flush()


def _create_tables(dynamodb: Any) -> None:  # noqa: ANN401 - a session's client
    def schema(*names: str) -> list[dict[str, str]]:
        return [
            {"AttributeName": n, "KeyType": k}
            for n, k in zip(names, ("HASH", "RANGE"), strict=True)
        ]

    def table(name: str, indexes: Mapping[str, tuple[str, str]]) -> None:
        attributes = {"pk", "sk", *(a for pair in indexes.values() for a in pair)}
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=schema("pk", "sk"),
            AttributeDefinitions=[
                {"AttributeName": a, "AttributeType": "S"} for a in sorted(attributes)
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": index,
                    "KeySchema": schema(*pair),
                    "Projection": {"ProjectionType": "ALL"},
                }
                for index, pair in indexes.items()
            ],
        )

    table(
        "portfolio", {keys.DUE_INDEX: ("due_shard", "due_at"), keys.OPEN_INDEX: ("open_key", "pk")}
    )
    table(
        "messages",
        {
            keys.DAY_INDEX: ("day_key", "dispatch_id"),
            keys.ACCOUNT_INDEX: ("account_key", "decided_at"),
        },
    )


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(run(), indent=2)}\n")
