"""Acknowledgements are found where they were put: each creditor's own, the last one by name."""

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from regua.adapters.memory_acknowledgements import MemoryAcknowledgements
from regua.adapters.s3_acknowledgements import S3Acknowledgements, acknowledgement_key
from regua.domain.ids import CreditorId

if TYPE_CHECKING:
    from regua.application.connect.acknowledge import Acknowledger

AURORA, BOREAL = CreditorId("aurora"), CreditorId("boreal/sul")


class InMemory:
    """The twin and what it holds."""

    def __init__(self) -> None:
        self._twin = MemoryAcknowledgements()
        self.acknowledger: Acknowledger = self._twin

    def read(self, creditor_id: CreditorId, name: str) -> Any:  # noqa: ANN401 - any JSON
        return self._twin.put_there[creditor_id, name]

    def count(self) -> int:
        return len(self._twin.put_there)


class InS3:
    """The bucket and what it holds."""

    def __init__(self) -> None:
        self._client = boto3.client("s3")
        self._client.create_bucket(Bucket="arquivos")
        self.acknowledger: Acknowledger = S3Acknowledgements(self._client, "arquivos")

    def read(self, creditor_id: CreditorId, name: str) -> Any:  # noqa: ANN401 - any JSON
        key = acknowledgement_key(creditor_id, name)
        return json.loads(self._client.get_object(Bucket="arquivos", Key=key)["Body"].read())

    def count(self) -> int:
        return len(self._client.list_objects_v2(Bucket="arquivos").get("Contents", []))


@pytest.fixture(params=[InMemory, InS3])
def store(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 - one of two
    request.getfixturevalue("aws")
    return request.param()


def test_an_acknowledgement_is_read_back_as_it_was_put(store: InMemory | InS3) -> None:
    document = {"results": [{"external_id": "José/1", "outcome": "created"}]}
    assert store.acknowledger.find(AURORA, "hook-1/2026-11-10") is None
    store.acknowledger.put(AURORA, "hook-1/2026-11-10", document)
    assert store.acknowledger.find(AURORA, "hook-1/2026-11-10") == document
    assert store.acknowledger.find(BOREAL, "hook-1/2026-11-10") is None
    assert store.read(AURORA, "hook-1/2026-11-10") == document


def test_the_same_name_again_replaces_it_and_another_creditor_s_is_another(
    store: InMemory | InS3,
) -> None:
    store.acknowledger.put(AURORA, "a", {"n": 1})
    store.acknowledger.put(AURORA, "a", {"n": 2})
    store.acknowledger.put(BOREAL, "a", {"n": 3})
    assert (store.read(AURORA, "a"), store.read(BOREAL, "a")) == ({"n": 2}, {"n": 3})
    assert store.count() == 2


def test_names_from_outside_leave_no_creditor_s_own_place() -> None:
    key = acknowledgement_key(BOREAL, "../../aurora/x")
    assert key.startswith("inbound/boreal%2Fsul/acknowledgements/")
    assert ".." not in key
