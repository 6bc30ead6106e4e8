"""The in-memory twins of what webhooks work with."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from regua.application.webhook_ports import (
    LEASE_SECONDS,
    DeliveryPage,
    EndpointKey,
    Lease,
    wake_shard,
)
from regua.domain.errors import InvalidInput, VersionConflict
from regua.domain.ids import CreditorId
from regua.domain.web_targets import is_allowed, read_target
from regua.domain.webhook_delivery import Answer, Circuit, Delivery, DeliveryStatus, Result
from regua.domain.webhook_endpoint import Endpoint


@dataclass(slots=True)
class MemoryEndpoints:
    """The addresses that creditors registered."""

    kept: dict[EndpointKey, Endpoint] = field(default_factory=dict)

    def put(self, endpoint: Endpoint) -> None:
        """Write an endpoint, or the next version of one."""
        key = EndpointKey(endpoint.creditor_id, endpoint.id)
        present = self.kept.get(key)
        if (0 if present is None else present.version) != endpoint.version - 1:
            raise VersionConflict(endpoint.id)
        self.kept[key] = endpoint

    def find(self, key: EndpointKey) -> Endpoint | None:
        """Return an endpoint."""
        return self.kept.get(key)

    def of(self, creditor_id: CreditorId) -> Sequence[Endpoint]:
        """Return a creditor's endpoints, oldest first."""
        own = [e for e in self.kept.values() if e.creditor_id == creditor_id]
        return sorted(own, key=lambda e: (e.created_at, e.id))

    def delete(self, key: EndpointKey) -> bool:
        """Remove an endpoint; say whether there was one."""
        return self.kept.pop(key, None) is not None


@dataclass(slots=True)
class _State:
    """What is known of an endpoint besides what its creditor says."""

    circuit: Circuit = field(default_factory=Circuit)
    calls: int = 0
    wake_at: datetime | None = None
    token: str | None = None
    leased_until: datetime | None = None


@dataclass(slots=True)
class MemoryDeliveries:
    """Deliveries, and who is at them."""

    kept: dict[EndpointKey, dict[str, Delivery]] = field(default_factory=lambda: defaultdict(dict))
    states: dict[EndpointKey, _State] = field(default_factory=lambda: defaultdict(_State))

    def add(self, key: EndpointKey, deliveries: Sequence[Delivery]) -> None:
        """Add deliveries; one that exists already stays as it is."""
        for each in deliveries:
            self.kept[key].setdefault(each.id, replace(each, version=1))

    def save(self, key: EndpointKey, before: Delivery, after: Delivery) -> Delivery:
        """Write a change of what was read."""
        present = self.kept[key].get(before.id)
        if present is None or present.version != before.version:
            raise VersionConflict(before.id)
        self.kept[key][before.id] = replace(after, version=before.version + 1)
        return self.kept[key][before.id]

    def find(self, key: EndpointKey, delivery_id: str) -> Delivery | None:
        """Return one delivery."""
        return self.kept[key].get(delivery_id)

    def find_all(self, key: EndpointKey, ids: Sequence[str]) -> Mapping[str, Delivery]:
        """Return those that there are."""
        return {i: self.kept[key][i] for i in ids if i in self.kept[key]}

    def due(self, key: EndpointKey, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return what is to be sent now, the longest waiting first."""
        return [each for at, each in self._waiting(key) if at <= now][:limit]

    def _waiting(self, key: EndpointKey) -> Sequence[tuple[datetime, Delivery]]:
        waiting = [(d.due, d) for d in self.kept[key].values() if d.due is not None]
        return sorted(waiting, key=lambda each: (each[0], each[1].seq, each[1].id))

    def next_due(self, key: EndpointKey) -> datetime | None:
        """Return when the next one is to be sent."""
        return next((at for at, _ in self._waiting(key)), None)

    def page(
        self, key: EndpointKey, status: DeliveryStatus | None, before: str | None, limit: int
    ) -> DeliveryPage:
        """Return deliveries, newest first."""
        newest = sorted(self.kept[key].values(), key=lambda d: d.id, reverse=True)
        wanted = [
            each
            for each in newest
            if (before is None or each.id < before) and status in {None, each.status}
        ]
        shown = wanted[:limit]
        return DeliveryPage(shown, shown[-1].id if len(wanted) > limit else None)

    def call(self, key: EndpointKey, now: datetime) -> None:
        """Note that there is something to do."""
        state = self.states[key]
        state.calls += 1
        state.wake_at = now

    def lease(self, key: EndpointKey, token: str, now: datetime) -> Lease | None:
        """Take the right to send, unless somebody else has it."""
        state = self.states[key]
        if state.leased_until is not None and now < state.leased_until:
            return None
        state.token, state.leased_until = token, now + timedelta(seconds=LEASE_SECONDS)
        state.wake_at = state.leased_until
        return Lease(key, token, state.circuit, state.calls)

    def calls(self, key: EndpointKey) -> int:
        """Return how often anybody has asked."""
        return self.states[key].calls

    def release(
        self, lease: Lease, circuit: Circuit, look_again_at: datetime | None, *, calls: int
    ) -> bool:
        """Give the right back, unless somebody else has it by now."""
        state = self.states[lease.key]
        if state.token != lease.token:
            return True
        state.token = state.leased_until = None
        state.circuit = circuit
        if state.calls != calls:
            return False
        state.wake_at = look_again_at
        return True

    def circuit(self, key: EndpointKey) -> Circuit:
        """Return how an endpoint has behaved."""
        return self.states[key].circuit

    def mend(self, key: EndpointKey) -> None:
        """Forget how an endpoint has behaved, and who is at it."""
        state = self.states[key]
        state.circuit, state.token, state.leased_until = Circuit(), None, None

    def to_look_at(self, shard: int, now: datetime) -> Sequence[EndpointKey]:
        """Return the endpoints that it is time to look at."""
        return [
            key
            for key, state in self.states.items()
            if state.wake_at is not None and state.wake_at <= now and wake_shard(key) == shard
        ]


@dataclass(slots=True)
class MemoryEndpointQueue:
    """Who is told to look at an endpoint, and how much later."""

    sent: list[tuple[EndpointKey, int]] = field(default_factory=list)

    def send(self, keys: Sequence[EndpointKey], *, delay_seconds: int = 0) -> None:
        """Keep what is asked."""
        self.sent += [(key, delay_seconds) for key in keys]


@dataclass(frozen=True, slots=True)
class Posted:
    """One request that was made."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class MemoryWebhookSender:
    """Answers as told, per address; 200 by default."""

    answers: dict[str, Answer] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Keep the request, and answer."""
        self.posted.append(Posted(url, headers, body))
        return self.answers.get(url, Answer(Result.DELIVERED, 200, 5))


@dataclass(frozen=True, slots=True)
class MemoryTargets:
    """Names and their addresses."""

    known: Mapping[str, str] = field(default_factory=dict)

    def check(self, url: str) -> None:
        """Check an address by the names that are known; others are public."""
        target = read_target(url)
        if not is_allowed(self.known.get(target.host, "8.8.8.8")):
            raise InvalidInput.at("body.url", "leads to an address that is not public")
