"""How fast events are fed and delivered, and how many requests of DynamoDB that takes.

On memory twins what is measured is our own work; on moto, which is slow, requests are counted.
Deliveries go over real HTTP to a server on loopback.
"""

import itertools
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from moto import mock_aws

from regua.adapters.dynamodb_deliveries import DynamoDeliveries
from regua.adapters.dynamodb_endpoints import DynamoEndpoints
from regua.adapters.dynamodb_feed import DynamoFeed
from regua.adapters.memory_feed import MemoryFeed
from regua.adapters.memory_webhooks import (
    MemoryDeliveries,
    MemoryEndpointQueue,
    MemoryEndpoints,
)
from regua.adapters.webhook_sender import HttpWebhookSender, SafeTargets
from regua.application.deliver_webhooks import DeliverWebhooks
from regua.application.feed_events import FeedEvents
from regua.application.webhook_ports import Deliveries, EndpointKey, Endpoints
from regua.domain.feed import Event
from regua.domain.ids import CreditorId
from regua.domain.webhook_endpoint import Endpoint, Secret
from regua.domain.webhook_signature import secret_text
from tests.integration.contract.tables import create_tables

EVENTS = 900
ON_MOTO = 90
"""Moto copies its tables for every transaction."""
CREDITOR = CreditorId("aurora")
KEY = EndpointKey(CREDITOR, f"we_{1:032x}")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
_BATCH = 90


def _event(number: int) -> Event:
    data = {"external_id": f"fat-{number}", "customer_id": f"cli-{number}"}
    return Event(CREDITOR, "InvoicePaid", "1", "2026-11-26T12:00:00.000Z", data)


@contextmanager
def _server() -> Iterator[str]:
    """Answer 204 to everything, on loopback."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Read the request, and take it."""
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/regua"
    finally:
        server.shutdown()
        server.server_close()


def _measured(
    count: int,
    feed: DynamoFeed | MemoryFeed,
    endpoints: Endpoints,
    deliveries: Deliveries,
    url: str,
) -> dict[str, float]:
    queue = MemoryEndpointQueue()
    take = FeedEvents(feed, endpoints, deliveries, queue)
    started = time.perf_counter()
    for first in range(0, count, _BATCH):
        take(CREDITOR, [_event(n) for n in range(first, first + _BATCH)], NOW)
    fed = time.perf_counter() - started
    secret = (Secret(secret_text(b"s" * 32)),)
    endpoints.put(Endpoint(CREDITOR, KEY.endpoint_id, url, ("*",), "", NOW, secret, version=1))
    started = time.perf_counter()
    for first in range(0, count, _BATCH):
        numbers = range(count + first, count + first + _BATCH)
        take(CREDITOR, [_event(n) for n in numbers], NOW)
    planned = time.perf_counter() - started
    tokens = itertools.count()
    sender = HttpWebhookSender(SafeTargets(private=True))
    deliver = DeliverWebhooks(
        endpoints,
        deliveries,
        feed,
        sender,
        queue,
        lambda: NOW,
        lambda: str(next(tokens)),
    )
    started = time.perf_counter()
    visit = deliver(KEY, has_time=lambda: True)
    delivered = time.perf_counter() - started
    if visit.delivered != count:
        raise SystemExit(f"delivered {visit.delivered} of {count}")
    return {
        "fed_per_second": round(count / fed),
        "fed_with_one_endpoint_per_second": round(count / planned),
        "delivered_per_second": round(count / delivered),
    }


def run() -> dict[str, Any]:
    """Feed and deliver on memory twins and on moto."""
    with _server() as url:
        memory = _measured(EVENTS, MemoryFeed(), MemoryEndpoints(), MemoryDeliveries(), url)
        calls: Counter[str] = Counter()
        with mock_aws():
            client = boto3.client("dynamodb", region_name="us-east-1")
            create_tables(client)
            client.meta.events.register(
                "before-call.dynamodb", lambda model, **_: calls.update([model.name])
            )
            table = "exchange"
            parts = (DynamoFeed(client, table), DynamoEndpoints(client, table))
            _measured(ON_MOTO, *parts, DynamoDeliveries(client, table), url)
    return {
        "memory": {"events": EVENTS, **memory},
        "requests": {
            "events_fed": 2 * ON_MOTO,
            "events_delivered": ON_MOTO,
            "per_event_fed_and_delivered": round(sum(calls.values()) / ON_MOTO, 2),
            **dict(sorted(calls.items())),
        },
    }


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(run(), indent=2)}\n")
