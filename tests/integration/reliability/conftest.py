"""The batch runner's one client leads to the worlds' queues."""

import pytest

from regua.runtime import batch
from tests.integration.reliability.queues import SQS


@pytest.fixture(autouse=True)
def _queues_of_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_sqs", lambda: SQS)
    monkeypatch.setattr(batch, "_queue_url", lambda name: name)
