"""The API wired to moto as its environment wires it, with one creditor and its client."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from moto import mock_aws

from functions.api import agreements, context, page
from regua.adapters.memory import FixedClock
from tests.builders import CREDITOR, creditor_document
from tests.integration.api_client import NOW, SETTINGS, Api
from tests.integration.contract.tables import create_tables

_SECRET = {"current": "k1", "k1": "uma chave de ensaio, nada mais"}
_CACHED = (context.wire, agreements.desk, page.desk)


@contextmanager
def api_on_aws(patch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Wire the function to moto; the clock stands still."""
    patch.setattr(context, "clock", FixedClock(NOW))
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        boto3.client("events").create_event_bus(Name="regua")
        sqs, secrets = boto3.client("sqs"), boto3.client("secretsmanager")
        queues = {
            name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("shards", "charges")
        }
        secret = secrets.create_secret(Name="rastreio", SecretString=json.dumps(_SECRET))
        environment = SETTINGS.model_dump() | {
            "portfolio_table": "portfolio",
            "messages_table": "messages",
            "exchange_table": "exchange",
            "bus_name": "regua",
            "shards": 4,
            "shard_queue_url": queues["shards"],
            "charge_queue_url": queues["charges"],
            "tracking_secret_arn": secret["ARN"],
        }
        for name, value in environment.items():
            patch.setenv(f"REGUA_{name.upper()}", str(value))
        _forget()
        directory = context.wire().stores.directory
        directory.put(creditor_document())
        directory.put_client("cliente-aurora", CREDITOR)
        yield Api()
        _forget()


def _forget() -> None:
    for each in _CACHED:
        each.cache_clear()
