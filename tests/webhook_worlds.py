"""The feed and the webhooks in memory, with a clock that tests move, and ports that fail."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from regua.adapters.memory_feed import MemoryFeed
from regua.adapters.memory_webhooks import (
    MemoryDeliveries,
    MemoryEndpointQueue,
    MemoryEndpoints,
    MemoryTargets,
    MemoryWebhookSender,
)
from regua.application.deliver_webhooks import DeliverWebhooks, Visit
from regua.application.feed_events import FeedEvents
from regua.application.manage_webhooks import ManageWebhooks, Wanted
from regua.application.read_events import ReadEvents
from regua.application.webhook_ports import EndpointKey
from regua.domain.feed import Event
from regua.domain.ids import CreditorId
from regua.domain.webhook_delivery import Answer, Delivery

START = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
AURORA, BOREAL = CreditorId("aurora"), CreditorId("boreal")
URL = "https://erp.aurora.example.com.br/regua"
MANY_VISITS = 2_000


def any_event(
    number: int = 1, kind: str = "InvoicePaid", creditor_id: CreditorId = AURORA
) -> Event:
    """Return an event that is another one for each number."""
    data = {"external_id": f"fat-{number}", "customer_id": "cli-1"}
    return Event(creditor_id, kind, "1", "2026-11-26T11:00:00.000Z", data)


class Crash(Exception):
    """The function was gone in this moment: the call was made, or it was not."""


@dataclass
class Crashing:
    """A port that dies at the n-th call of all ports, before it or after it was carried out."""

    port: Any
    counter: Iterator[int]
    at: int | None = None
    after: bool = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method
        method = getattr(self.port, name)
        if not callable(method):
            return method

        def call(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - any method's
            is_it = next(self.counter) == self.at
            if is_it and not self.after:
                raise Crash
            answer = method(*given, **named)
            if is_it:
                raise Crash
            return answer

        return call


@dataclass
class Scripted(MemoryWebhookSender):
    """A sender whose answer a test decides by the name of what is posted."""

    script: Callable[[str], Answer | None] = field(default=lambda _: None)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer as the script says, or as usual."""
        scripted = self.script(headers["webhook-id"])
        usual = MemoryWebhookSender.send(self, url, headers, body)
        return scripted or usual


@dataclass
class WebhookWorld:
    """Every part in memory."""

    feed: MemoryFeed = field(default_factory=MemoryFeed)
    endpoints: MemoryEndpoints = field(default_factory=MemoryEndpoints)
    deliveries: MemoryDeliveries = field(default_factory=MemoryDeliveries)
    queue: MemoryEndpointQueue = field(default_factory=MemoryEndpointQueue)
    sender: MemoryWebhookSender = field(default_factory=MemoryWebhookSender)
    targets: MemoryTargets = field(default_factory=MemoryTargets)
    now: datetime = START
    tokens: Iterator[int] = field(default_factory=itertools.count)
    seeds: Iterator[int] = field(default_factory=itertools.count)

    def clock(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)

    def random_bytes(self, count: int) -> bytes:
        return next(self.seeds).to_bytes(count, "big")

    @property
    def take(self) -> FeedEvents:
        return FeedEvents(self.feed, self.endpoints, self.deliveries, self.queue)

    @property
    def deliver(self) -> DeliverWebhooks:
        return DeliverWebhooks(
            self.endpoints,
            self.deliveries,
            self.feed,
            self.sender,
            self.queue,
            self.clock,
            lambda: str(next(self.tokens)),
        )

    @property
    def manage(self) -> ManageWebhooks:
        return ManageWebhooks(
            self.endpoints,
            self.deliveries,
            self.feed,
            self.queue,
            self.targets,
            self.random_bytes,
        )

    @property
    def read(self) -> ReadEvents:
        return ReadEvents(self.feed)

    def subscribe(
        self, url: str = URL, events: Sequence[str] = ("*",), creditor_id: CreditorId = AURORA
    ) -> EndpointKey:
        """Register an endpoint."""
        wanted = Wanted(url, tuple(events), "")
        endpoint = self.manage.subscribe(creditor_id, wanted, self.now)
        return EndpointKey(creditor_id, endpoint.id)

    def fed(self, *events: Event, creditor_id: CreditorId = AURORA) -> None:
        """Take events of one creditor's."""
        self.take(creditor_id, list(events), self.now)

    def visit(self, key: EndpointKey, has_time: Callable[[], bool] = lambda: True) -> Visit:
        """Visit an endpoint now."""
        return self.deliver(key, has_time=has_time)

    def of(self, key: EndpointKey) -> list[Delivery]:
        """Return an endpoint's deliveries, oldest first."""
        return sorted(self.deliveries.kept[key].values(), key=lambda d: (d.since, d.seq))

    def arrived(self, url: str = URL) -> list[str]:
        """Return the names of what was posted to an address, in order."""
        return [p.headers["webhook-id"] for p in self.sender.posted if p.url == url]

    def live(self, until: datetime, step: timedelta = timedelta(minutes=1)) -> None:
        """Let time pass: queued endpoints are visited, and the clock ticks."""
        while self.now < until:
            self.deliver.tick()
            self.serve()
            self.now += step

    def serve(self) -> None:
        """Visit whoever is queued without a delay, until nobody is."""
        for _ in range(MANY_VISITS):
            if not self.queue.sent:
                return
            key, delay = self.queue.sent.pop(0)
            if not delay:  # what is asked for later, the clock sees to as well
                self.visit(key)
        raise AssertionError("the queue never empties")
