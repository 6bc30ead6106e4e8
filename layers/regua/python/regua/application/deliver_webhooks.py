"""One visit to one endpoint: what is due is sent in order, and what came of it is recorded.

Only who holds the endpoint's lease sends to it. A visit that dies leaves a lease that runs out and
an attempt without a result; the next visit sends again. So an event arrives at least once, and the
record says no more than what is known.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil

from regua.application.change_delivery import change_delivery
from regua.application.feed_ports import Feed
from regua.application.retrying import retried
from regua.application.webhook_ports import (
    WAKE_SHARDS,
    Deliveries,
    EndpointKey,
    EndpointQueue,
    Endpoints,
    Lease,
    WebhookSender,
)
from regua.application.wire import instant_text
from regua.domain.errors import VersionConflict
from regua.domain.webhook_delivery import Answer, Circuit, Delivery, DeliveryStatus
from regua.domain.webhook_endpoint import PING, Endpoint
from regua.domain.webhook_signature import signed_headers

_AT_ONCE = 25
_SOON = timedelta(minutes=1)
"""As long as the clock takes to come round: later visits are its own."""
_IDLE_SECONDS = 1
"""A visit that did nothing is not followed at once by another that may do nothing."""
GONE = "gone"
EXPIRED = "expired"
ENDPOINT_DOWN = "endpoint_down"


@dataclass(slots=True)
class Visit:
    """What came of a visit; one that found somebody else there did nothing."""

    was_busy: bool = False
    delivered: int = 0
    failed: int = 0
    dead: int = 0
    was_disabled: bool = False
    is_over: bool = False
    circuit: Circuit = field(default_factory=Circuit)


@dataclass(frozen=True, slots=True)
class DeliverWebhooks:
    """Send what is due to an endpoint.

    Attributes:
        clock: the present; a visit takes its time.
        token: names a visit, never twice the same.
    """

    endpoints: Endpoints
    deliveries: Deliveries
    feed: Feed
    sender: WebhookSender
    queue: EndpointQueue
    clock: Callable[[], datetime]
    token: Callable[[], str]

    def tick(self) -> int:
        """Have every endpoint looked at whose time has come; return how many."""
        now, count = self.clock(), 0
        for shard in range(WAKE_SHARDS):
            keys = self.deliveries.to_look_at(shard, now)
            if keys:
                self.queue.send(keys)
            count += len(keys)
        return count

    def __call__(self, key: EndpointKey, *, has_time: Callable[[], bool]) -> Visit:
        """Visit an endpoint for as long as ``has_time`` says.

        Raises:
            TemporaryError: something was busy; the visit may be made again.
        """
        lease = self.deliveries.lease(key, self.token(), self.clock())
        if lease is None:
            return Visit(was_busy=True)
        visit = Visit(circuit=lease.circuit)
        endpoint = self.endpoints.find(key)
        if endpoint is not None and endpoint.disabled is None:
            self._work(key, endpoint, visit, has_time)
        self._leave(lease, endpoint, visit)
        return visit

    def _work(
        self, key: EndpointKey, endpoint: Endpoint, visit: Visit, has_time: Callable[[], bool]
    ) -> None:
        while has_time():
            due = self.deliveries.due(key, self.clock(), _AT_ONCE)
            for delivery in due:
                if not has_time():
                    return
                if not visit.circuit.allows(self.clock()):
                    self._give_up_overdue(key, visit, has_time)
                    return
                with suppress(VersionConflict):  # asked for anew meanwhile: the next look sees it
                    self._attempt(key, endpoint, delivery, visit)
                if visit.is_over:
                    return
            if not due:
                return

    def _attempt(
        self, key: EndpointKey, endpoint: Endpoint, delivery: Delivery, visit: Visit
    ) -> None:
        at = self.clock()
        body = self._body(key, delivery, at)
        if body is None:
            self.deliveries.save(key, delivery, delivery.given_up(EXPIRED))
            visit.dead += 1
            return
        begun = self.deliveries.save(key, delivery, delivery.begun(at))
        headers = signed_headers(endpoint.signing(at), delivery.event_id, at, body)
        answer = self.sender.send(endpoint.url, headers, body)
        ended = self._record(key, begun, answer)
        visit.delivered += int(answer.is_delivered)
        visit.failed += int(not answer.is_delivered)
        visit.dead += int(ended.status is DeliveryStatus.DEAD)
        visit.circuit = visit.circuit.after(answer, self.clock(), key.endpoint_id)
        if answer.is_gone:
            visit.is_over, visit.was_disabled = True, self._disable(key, endpoint.url)

    def _record(self, key: EndpointKey, begun: Delivery, answer: Answer) -> Delivery:
        """Record what came of the attempt that was begun, whatever was asked for meanwhile."""
        at = self.clock()
        ended = change_delivery(
            self.deliveries, key, begun, lambda present: present.ended(answer, at)
        )
        return ended or begun

    def _body(self, key: EndpointKey, delivery: Delivery, at: datetime) -> bytes | None:
        """Return what is sent; None when the feed does not keep the event any more."""
        if delivery.seq == 0:
            told = {"type": PING, "version": "1", "timestamp": instant_text(delivery.since)}
            data: object = {}
        else:
            fed = self.feed.find(key.creditor_id, delivery.seq, at)
            if fed is None:
                return None
            event = fed.event
            told = {"type": event.type, "version": event.version, "timestamp": event.occurred_at}
            data = event.data
        document = {"id": delivery.event_id, **told, "creditor_id": key.creditor_id, "data": data}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    def _disable(self, key: EndpointKey, gone: str) -> bool:
        """Send no more to an endpoint that says it is gone, unless its address is another now."""

        def once() -> bool:
            present = self.endpoints.find(key)
            if present is None or present.url != gone:
                return False
            self.endpoints.put(replace(present, disabled=GONE, version=present.version + 1))
            return True

        return retried(once)

    def _give_up_overdue(
        self, key: EndpointKey, visit: Visit, has_time: Callable[[], bool]
    ) -> None:
        """Give up what waited for an endpoint that is down until its time was up."""
        while has_time():
            now = self.clock()
            due = self.deliveries.due(key, now, _AT_ONCE)
            overdue = [each for each in due if each.is_overdue(now)]
            for each in overdue:
                with suppress(VersionConflict):
                    self.deliveries.save(key, each, each.given_up(ENDPOINT_DOWN))
                    visit.dead += 1
            if len(overdue) < _AT_ONCE:
                return

    def _leave(self, lease: Lease, endpoint: Endpoint | None, visit: Visit) -> None:
        """Give the lease back, and have somebody come again when there is something to do."""
        key = lease.key
        calls = lease.calls
        again = None
        if endpoint is not None and endpoint.disabled is None and not visit.was_disabled:
            calls = self.deliveries.calls(key)
            again = self.deliveries.next_due(key)
        if again is not None and visit.circuit.resume_at is not None:
            again = max(again, visit.circuit.resume_at)
        now = self.clock()
        if not self.deliveries.release(lease, visit.circuit, again, calls=calls):
            again = now
        if again is not None and again <= now + _SOON:
            least = 0 if visit.delivered + visit.failed + visit.dead else _IDLE_SECONDS
            seconds = ceil(max((again - now).total_seconds(), least))
            self.queue.send([key], delay_seconds=seconds)
