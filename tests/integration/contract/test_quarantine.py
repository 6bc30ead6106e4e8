"""Refused input is kept whole, with its reasons, until somebody corrects it."""

import json
from typing import Any

import boto3
import pytest

from regua.adapters.memory import MemoryQuarantine
from regua.adapters.s3_quarantine import S3Quarantine
from regua.domain.errors import Problem
from tests.integration.contract.facts import LATER, NOW

PROBLEMS = (Problem("detail.data.due_date", "is missing"), Problem("detail.version", "unknown"))
RAW = '{"id": "ev/1", "detail": {"nome": "José \\u0000"}}'


class InMemory:
    """The twin and what it holds."""

    def __init__(self) -> None:
        self.quarantine = MemoryQuarantine()

    def kept(self) -> list[tuple[str, tuple[Problem, ...]]]:
        return list(self.quarantine.kept.values())


class InS3:
    """The bucket and what it holds."""

    def __init__(self) -> None:
        self._client = boto3.client("s3")
        self._client.create_bucket(Bucket="rejeitados")
        self.quarantine = S3Quarantine(self._client, "rejeitados")

    def documents(self) -> dict[str, dict[str, Any]]:
        listed = self._client.list_objects_v2(Bucket="rejeitados").get("Contents", [])
        return {
            o["Key"]: json.loads(
                self._client.get_object(Bucket="rejeitados", Key=o["Key"])["Body"].read()
            )
            for o in listed
        }

    def kept(self) -> list[tuple[str, tuple[Problem, ...]]]:
        return [
            (d["event"], tuple(Problem(r["path"], r["reason"]) for r in d["reasons"]))
            for d in self.documents().values()
        ]


@pytest.fixture(params=[InMemory, InS3])
def store(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 - one of two
    request.getfixturevalue("aws")
    return request.param()


def test_input_is_kept_to_the_letter_with_every_reason(store: InMemory | InS3) -> None:
    store.quarantine.keep("ev/1", RAW, PROBLEMS, NOW)
    assert store.kept() == [(RAW, PROBLEMS)]


def test_the_same_event_twice_is_kept_once(store: InMemory | InS3) -> None:
    for _ in range(2):
        store.quarantine.keep("ev/1", RAW, PROBLEMS, NOW)
    store.quarantine.keep("ev/2", RAW, PROBLEMS, NOW)
    assert len(store.kept()) == 2


@pytest.mark.usefixtures("aws")
def test_an_object_is_found_by_its_day_and_says_what_it_is() -> None:
    store = InS3()
    store.quarantine.keep("ev/1", RAW, PROBLEMS, LATER)
    ((key, document),) = store.documents().items()
    assert key.startswith("rejected/2026-11-10/")
    assert key.endswith(".json")
    assert "ev/1" not in key, "an id from outside names no path"
    assert (document["id"], document["received_at"]) == ("ev/1", "2026-11-10T12:20:00.123Z")
