"""Work for the shard evaluators: every message or an error."""

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from regua.adapters.memory import MemoryShardQueue
from regua.adapters.sqs import SqsShardQueue
from regua.application.evaluate_ruler import plan_shards
from regua.application.messages import ShardDue
from regua.domain.errors import TemporaryError
from tests.integration.contract.facts import NOW


class InMemory:
    """The twin and what it holds."""

    def __init__(self) -> None:
        self.queue = MemoryShardQueue()

    def messages(self) -> list[Any]:
        return list(self.queue.messages)


class InSqs:
    """The queue and what it holds."""

    def __init__(self) -> None:
        self._client = boto3.client("sqs")
        self._url = self._client.create_queue(QueueName="shards")["QueueUrl"]
        self.queue = SqsShardQueue(self._client, self._url)

    def messages(self) -> list[Any]:
        found: list[Any] = []
        while True:
            answer = self._client.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
            if not answer.get("Messages"):
                return found
            found += [json.loads(m["Body"]) for m in answer["Messages"]]


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("kind", [InMemory, InSqs])
@pytest.mark.parametrize("as_of", [None, NOW])
def test_every_shard_gets_its_message_and_reads_it_as_it_was_meant(
    kind: type[InMemory | InSqs],
    as_of: Any,  # noqa: ANN401 - an instant or None
) -> None:
    store = kind()
    planned = plan_shards(store.queue, shards=23, as_of=as_of)
    read = [ShardDue.model_validate(m) for m in store.messages()]
    assert sorted(read, key=lambda m: m.shard) == list(planned)
    assert [m.shard for m in planned] == [f"{n:02d}" for n in range(23)]
    assert {m.as_of for m in planned} == {as_of}


def test_a_message_the_queue_refused_is_an_error_and_not_a_loss() -> None:
    with Stubber(boto3.client("sqs")) as stub:
        failed: Any = {"Id": "0", "SenderFault": False, "Code": "InternalError"}
        stub.add_response("send_message_batch", {"Successful": [], "Failed": [failed]})
        client: Any = stub.client
        with pytest.raises(TemporaryError, match="refused"):
            SqsShardQueue(client, "https://sqs/1/shards").send([{"shard": "00"}])
