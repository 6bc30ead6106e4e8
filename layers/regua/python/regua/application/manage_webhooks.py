"""Endpoints as their creditor manages them, and deliveries asked for once more."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from regua.application.change_delivery import change_delivery
from regua.application.feed_events import delivery_of
from regua.application.feed_ports import Feed
from regua.application.outgoing import PUBLIC_EVENTS
from regua.application.retrying import retried
from regua.application.webhook_ports import (
    Deliveries,
    EndpointKey,
    EndpointQueue,
    Endpoints,
    TargetCheck,
)
from regua.application.webhook_views import View, delivery_view
from regua.domain.cursors import cursor_to, read_cursor
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.feed import FedEvent, cursor_text, read_feed_cursor
from regua.domain.ids import CreditorId
from regua.domain.webhook_delivery import Circuit, Delivery, DeliveryStatus
from regua.domain.webhook_endpoint import ALL, MOST_ENDPOINTS, PING, Endpoint, Secret
from regua.domain.webhook_signature import SECRET_BYTES, secret_text

MOST_REPLAYED = 200
"""In one request; the answer says where to go on."""
ID_BYTES = 16
_DELIVERY_ID = re.compile(r"dlv_\d{13}_[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a creditor says about an endpoint."""

    url: str
    events: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Span:
    """Which events to deliver again: after a cursor, or fed from an instant on; until another."""

    after: str | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class ManageWebhooks:
    """Manage endpoints.

    Attributes:
        random_bytes: as many as asked for, that nobody can guess.
    """

    endpoints: Endpoints
    deliveries: Deliveries
    feed: Feed
    queue: EndpointQueue
    targets: TargetCheck
    random_bytes: Callable[[int], bytes]

    def subscribe(self, creditor_id: CreditorId, wanted: Wanted, now: datetime) -> Endpoint:
        """Register an endpoint, and return it with its secret.

        Raises:
            InvalidInput: the address may not be sent to, or a type of event does not exist.
            Conflict: there are too many endpoints.
        """
        self._check(wanted)
        if len(self.endpoints.of(creditor_id)) >= MOST_ENDPOINTS:
            raise Conflict(f"there are {MOST_ENDPOINTS} endpoints already; delete one first")
        endpoint = Endpoint(
            creditor_id=creditor_id,
            id=f"we_{self.random_bytes(ID_BYTES).hex()}",
            url=wanted.url,
            events=wanted.events,
            description=wanted.description,
            created_at=now,
            secrets=(Secret(self._new_secret()),),
            version=1,
        )
        self.endpoints.put(endpoint)
        return endpoint

    def _new_secret(self) -> str:
        return secret_text(self.random_bytes(SECRET_BYTES))

    def _check(self, wanted: Wanted) -> None:
        unknown = sorted(set(wanted.events) - PUBLIC_EVENTS - {ALL})
        if unknown:
            raise InvalidInput.at("body.events", "names a type of event that there is not")
        self.targets.check(wanted.url)

    def get(self, key: EndpointKey) -> Endpoint:
        """Return an endpoint.

        Raises:
            NotFound: the creditor has none of that id.
        """
        endpoint = self.endpoints.find(key)
        if endpoint is None:
            raise NotFound(key.endpoint_id)
        return endpoint

    def change(self, key: EndpointKey, wanted: Wanted, now: datetime) -> Endpoint:
        """Change where an endpoint is and what it hears of; its secret stays.

        Raises:
            InvalidInput: the address may not be sent to, or a type of event does not exist.
            NotFound: the creditor has none of that id.
        """
        self.get(key)
        self._check(wanted)
        changed = self._write(
            key,
            lambda present: replace(
                present,
                url=wanted.url,
                events=wanted.events,
                description=wanted.description,
            ),
        )
        self._try_now(key, now)
        return changed

    def _write(self, key: EndpointKey, change: Callable[[Endpoint], Endpoint]) -> Endpoint:
        def once() -> Endpoint:
            present = self.get(key)
            changed = replace(change(present), version=present.version + 1)
            self.endpoints.put(changed)
            return changed

        return retried(once)

    def _try_now(self, key: EndpointKey, now: datetime) -> None:
        """Forget that an endpoint was down, and have it looked at."""
        self.deliveries.mend(key)
        self._call(key, now)

    def _call(self, key: EndpointKey, now: datetime) -> None:
        self.deliveries.call(key, now)
        self.queue.send([key])

    def remove(self, key: EndpointKey) -> None:
        """Send nothing to an endpoint any more.

        Raises:
            NotFound: the creditor has none of that id.
        """
        if not self.endpoints.delete(key):
            raise NotFound(key.endpoint_id)

    def rotate_secret(self, key: EndpointKey, now: datetime) -> Endpoint:
        """Sign with a new secret; the one before signs too for a day.

        Raises:
            NotFound: the creditor has none of that id.
        """
        secret = self._new_secret()
        return self._write(key, lambda present: present.rotated(secret, now))

    def enable(self, key: EndpointKey, now: datetime) -> Endpoint:
        """Send to an endpoint again, at once.

        Raises:
            NotFound: the creditor has none of that id.
        """
        enabled = self._write(key, lambda present: replace(present, disabled=None))
        self._try_now(key, now)
        return enabled

    def ping(self, key: EndpointKey, now: datetime) -> Delivery:
        """Send something that is no event, to see whether it arrives.

        Raises:
            NotFound: the creditor has none of that id.
            Conflict: the endpoint is disabled.
        """
        self._enabled(key)
        name = f"evt_{self.random_bytes(ID_BYTES).hex()}"
        delivery = Delivery.new(name, PING, 0, now, now)
        self.deliveries.add(key, [delivery])
        self._call(key, now)
        return delivery

    def _enabled(self, key: EndpointKey) -> Endpoint:
        endpoint = self.get(key)
        if endpoint.disabled is not None:
            raise Conflict("the endpoint is disabled; enable it first")
        return endpoint

    def circuit(self, key: EndpointKey) -> Circuit:
        """Return how an endpoint has behaved."""
        return self.deliveries.circuit(key)

    def list_deliveries(
        self, key: EndpointKey, status: DeliveryStatus | None, cursor: str | None, limit: int
    ) -> View:
        """Return deliveries, newest first.

        Raises:
            InvalidInput: the cursor is none of this list.
            NotFound: the creditor has no such endpoint.
        """
        self.get(key)
        scope = f"deliveries#{key.creditor_id}#{key.endpoint_id}"
        before = None if cursor is None else read_cursor(scope, cursor, "query.cursor")
        page = self.deliveries.page(key, status, before, limit)
        place = page.cursor
        return {
            "deliveries": [delivery_view(each) for each in page.deliveries],
            "cursor": None if place is None else cursor_to(scope, place),
        }

    def redeliver(self, key: EndpointKey, delivery_id: str, now: datetime) -> Delivery:
        """Send an event once more, whatever became of it.

        Raises:
            NotFound: the creditor has no such endpoint, or it no such delivery.
            Conflict: the endpoint is disabled.
        """
        self._enabled(key)
        is_name = _DELIVERY_ID.fullmatch(delivery_id)
        known = self.deliveries.find(key, delivery_id) if is_name else None
        asked = known and change_delivery(self.deliveries, key, known, lambda d: d.again(now))
        if asked is None:
            raise NotFound(delivery_id)
        self._call(key, now)
        return asked

    def replay(self, key: EndpointKey, span: Span, now: datetime) -> View:
        """Deliver events from the feed again, as many as one request can ask for.

        Raises:
            InvalidInput: the span is none.
            NotFound: the creditor has no such endpoint.
            Conflict: the endpoint is disabled.
        """
        endpoint = self._enabled(key)
        after = self._after(key.creditor_id, span, now)
        part = self.feed.read(key.creditor_id, after, MOST_REPLAYED, now)
        ended = [fed for fed in part.events if span.end is not None and fed.fed_at >= span.end]
        seen = [fed for fed in part.events if not ended or fed.seq < ended[0].seq]
        wanted = [fed for fed in seen if endpoint.wants(fed.event.type)]
        if wanted:
            self._deliver_again(key, wanted, now)
        has_more = part.has_more and not ended and bool(seen)
        return {
            "replayed": len(wanted),
            "next": cursor_text(key.creditor_id, seen[-1].seq) if has_more else None,
        }

    def _deliver_again(self, key: EndpointKey, events: Sequence[FedEvent], now: datetime) -> None:
        planned = {each.id: each for each in (delivery_of(fed, now) for fed in events)}
        known = self.deliveries.find_all(key, list(planned))
        self.deliveries.add(key, [each for each in planned.values() if each.id not in known])
        for delivery in known.values():
            change_delivery(self.deliveries, key, delivery, lambda present: present.again(now))
        self._call(key, now)

    def _after(self, creditor_id: CreditorId, span: Span, now: datetime) -> int:
        """Return after which number a span begins.

        Raises:
            InvalidInput: it has two beginnings or none, or ends before.
        """
        if (span.after is None) == (span.start is None):
            raise InvalidInput.at("body", "needs either after or from")
        if span.after is not None:
            return read_feed_cursor(creditor_id, span.after, "body.after")
        start = span.start or now
        if span.end is not None and span.end <= start:
            raise InvalidInput.at("body.to", "is not after from")
        return self._before_instant(creditor_id, start, now)

    def _before_instant(self, creditor_id: CreditorId, start: datetime, now: datetime) -> int:
        """Return the number of the last event that was fed before an instant, by bisection."""
        oldest = self.feed.read(creditor_id, 0, 1, now).events
        last = self.feed.last(creditor_id)
        if not oldest:
            return last
        low, high = oldest[0].seq, last + 1
        while low < high:
            middle = (low + high) // 2
            fed = self.feed.find(creditor_id, middle, now)
            if fed is None or fed.fed_at < start:
                low = middle + 1
            else:
                high = middle
        return low - 1
