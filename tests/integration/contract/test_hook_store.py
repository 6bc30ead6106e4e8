"""Hooks, bodies and queues: the same promises in memory and on AWS."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from regua.adapters.dynamodb_hooks import DynamoHooks
from regua.adapters.memory_hooks import MemoryBodies, MemoryHooks
from regua.adapters.pix_queues import SqsChargeQueue, SqsInboundQueue
from regua.adapters.s3_bodies import BodyNotKept, S3Bodies
from regua.adapters.sqs import QueueRefused
from regua.application.hook_ports import BodyStore, Hook, HookStore
from regua.application.inbound_pix import ChargeAsked
from regua.domain.errors import Conflict, NotFound
from regua.domain.ids import CreditorId, InvoiceId
from tests.builders import CREDITOR, ISSUED_AT
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BOREAL = CreditorId("boreal")
UNTIL = ISSUED_AT + timedelta(hours=24)
SECOND = {"header": "x-token", "value_sha256": "ab" * 32}


@pytest.fixture(params=["memory", "dynamodb"])
def hooks(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> HookStore:
    """Return no hooks, of one kind."""
    if request.param == "memory":
        return MemoryHooks()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoHooks(dynamodb, "exchange")


def any_hook(hook_id: str = "h1", **changes: Any) -> Hook:  # noqa: ANN401 - any field
    """Return a hook of Aurora's."""
    fields: dict[str, Any] = {
        "hook_id": hook_id,
        "creditor_id": CREDITOR,
        "kind": "generic",
        "name": "ERP de São João",
        "made_at": ISSUED_AT,
        "settings": {"ref": "id", "facts": {}},
        "second": SECOND,
    }
    return Hook(**{**fields, **changes})


def test_a_hook_comes_back_as_it_was_written(hooks: HookStore) -> None:
    hooks.put("a1", any_hook())
    assert hooks.find("a1") == any_hook()
    assert hooks.get(CREDITOR, "h1") == any_hook()
    assert hooks.find("a2") is None


def test_hooks_are_listed_by_their_creditor_oldest_first(hooks: HookStore) -> None:
    later = any_hook("h0", made_at=ISSUED_AT + timedelta(days=1))
    for digest, hook in (("a1", later), ("a2", any_hook()), ("a3", any_hook(creditor_id=BOREAL))):
        hooks.put(digest, hook)
    assert list(hooks.of(CREDITOR)) == [any_hook(), later]
    with pytest.raises(NotFound):
        hooks.get(BOREAL, "h0")


def test_a_replaced_key_ends_and_the_end_stays(hooks: HookStore) -> None:
    hooks.put("a1", any_hook())
    hooks.replace_key(any_hook(), "a2", UNTIL)
    hooks.replace_key(any_hook(), "a3", UNTIL + timedelta(hours=5))
    assert hooks.find("a1") == replace(any_hook(), ends_at=UNTIL)
    assert hooks.find("a2") == replace(any_hook(), ends_at=UNTIL + timedelta(hours=5))
    assert hooks.find("a3") == any_hook()
    assert list(hooks.of(CREDITOR)) == [any_hook()]


def test_a_key_that_opens_a_hook_opens_no_other(hooks: HookStore) -> None:
    hooks.put("a1", any_hook())
    with pytest.raises(Conflict):
        hooks.put("a1", any_hook("h2"))
    assert list(hooks.of(CREDITOR)) == [any_hook()]


def test_a_deleted_hook_opens_with_no_key(hooks: HookStore) -> None:
    hooks.put("a1", any_hook())
    hooks.put("b1", any_hook("h2"))
    hooks.replace_key(any_hook(), "a2", UNTIL)
    hooks.delete(any_hook())
    assert hooks.find("a1") is hooks.find("a2") is None
    assert hooks.find("b1") == any_hook("h2")
    with pytest.raises(NotFound):
        hooks.delete(any_hook())


@pytest.mark.usefixtures("aws")
def test_a_key_that_time_took_away_is_not_brought_back(dynamodb: "DynamoDBClient") -> None:
    create_tables(dynamodb)
    hooks = DynamoHooks(dynamodb, "exchange")
    hooks.put("a1", any_hook())
    hooks.replace_key(any_hook(), "a2", UNTIL)
    dynamodb.delete_item(TableName="exchange", Key={"pk": {"S": "HOOK#a1"}, "sk": {"S": "HOOK"}})
    hooks.replace_key(any_hook(), "a3", UNTIL)
    assert hooks.find("a1") is None
    assert hooks.find("a3") == any_hook()


# ── bodies ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["memory", "s3"])
def bodies(request: pytest.FixtureRequest) -> BodyStore:
    """Return no bodies, of one kind."""
    if request.param == "memory":
        return MemoryBodies()
    request.getfixturevalue("aws")
    client = boto3.client("s3")
    client.create_bucket(Bucket="files")
    return S3Bodies(client, "files")


def test_a_body_comes_back_byte_by_byte(bodies: BodyStore) -> None:
    body = bytes(range(256))
    for _ in range(2):
        bodies.keep("inbound/aurora/h1/x", body)
    assert bodies.read("inbound/aurora/h1/x") == body
    with pytest.raises(NotFound):
        bodies.read("inbound/aurora/h1/y")


@pytest.mark.usefixtures("aws")
def test_a_body_that_cannot_be_kept_says_so() -> None:
    with pytest.raises(BodyNotKept):
        S3Bodies(boto3.client("s3"), "no-such-bucket").keep("x", b"")


# ── queues ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("with_as_of", [True, False])
def test_an_invoice_is_named_with_its_instant_where_time_travels(with_as_of: bool) -> None:  # noqa: FBT001 - a case
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="charges")["QueueUrl"]
    queue = SqsChargeQueue(sqs, url, with_as_of=with_as_of)
    queue.ask(CREDITOR, InvoiceId("fat-1"), now=ISSUED_AT)
    body = sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"]
    asked = ChargeAsked.model_validate_json(body)
    assert (asked.creditor, asked.invoice) == (CREDITOR, "fat-1")
    assert asked.as_of == (ISSUED_AT if with_as_of else None)


@pytest.mark.usefixtures("aws")
def test_many_messages_go_in_tens() -> None:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="inbound")["QueueUrl"]
    SqsInboundQueue(sqs, url).send([{"n": n} for n in range(23)])
    found = []
    while answer := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(m["Body"])["n"] for m in answer]
    assert sorted(found) == list(range(23))


class Refusing:
    """A queue that refuses, wholly or a part."""

    def __init__(self, *, wholly: bool) -> None:
        self.wholly = wholly

    def send_message_batch(self, **_: object) -> dict[str, object]:
        if self.wholly:
            raise ClientError({"Error": {"Code": "AWS.SimpleQueueService.Down"}}, "Send")
        return {"Failed": [{"Id": "0"}]}

    def send_message(self, **_: object) -> None:
        raise ClientError({"Error": {"Code": "AWS.SimpleQueueService.Down"}}, "Send")


@pytest.mark.parametrize("wholly", [True, False])
def test_what_a_queue_does_not_take_is_told(wholly: bool) -> None:  # noqa: FBT001 - a case
    client: Any = Refusing(wholly=wholly)
    with pytest.raises(QueueRefused):
        SqsInboundQueue(client, "q").send([{"n": 1}])
    with pytest.raises(QueueRefused):
        SqsChargeQueue(client, "q", with_as_of=False).ask(
            CREDITOR, InvoiceId("fat-1"), now=ISSUED_AT
        )
