"""What webhooks work with: endpoints, deliveries, who sends, and who is told to look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, Protocol

from regua.domain.ids import CreditorId
from regua.domain.webhook_delivery import Answer, Circuit, Delivery, DeliveryStatus
from regua.domain.webhook_endpoint import Endpoint


class EndpointKey(NamedTuple):
    """Whose endpoint, and which."""

    creditor_id: CreditorId
    endpoint_id: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send to an endpoint, for a while, and what is known of it.

    Attributes:
        calls: how often anybody has asked to look at the endpoint.
    """

    key: EndpointKey
    token: str
    circuit: Circuit
    calls: int


class DeliveryPage(NamedTuple):
    """A part of a list of deliveries, newest first; ``cursor`` is where the next part begins."""

    deliveries: Sequence[Delivery]
    cursor: str | None


class Endpoints(Protocol):
    """The addresses that creditors registered."""

    def put(self, endpoint: Endpoint) -> None:
        """Write an endpoint: a new one with version 1, or the next version of one.

        Raises:
            VersionConflict: another version was written meanwhile, or it is gone.
        """
        ...

    def find(self, key: EndpointKey) -> Endpoint | None:
        """Return an endpoint."""
        ...

    def of(self, creditor_id: CreditorId) -> Sequence[Endpoint]:
        """Return a creditor's endpoints, oldest first."""
        ...

    def delete(self, key: EndpointKey) -> bool:
        """Remove an endpoint; say whether there was one."""
        ...


class Deliveries(Protocol):
    """What is to be sent to whom, what became of it, and who is at it."""

    def add(self, key: EndpointKey, deliveries: Sequence[Delivery]) -> None:
        """Add deliveries; one that exists already stays as it is."""
        ...

    def save(self, key: EndpointKey, before: Delivery, after: Delivery) -> Delivery:
        """Write a change, and return what was written, with its version.

        Raises:
            VersionConflict: the delivery is not what it was before any more.
        """
        ...

    def find(self, key: EndpointKey, delivery_id: str) -> Delivery | None:
        """Return one delivery."""
        ...

    def find_all(self, key: EndpointKey, ids: Sequence[str]) -> Mapping[str, Delivery]:
        """Return those that there are, by id."""
        ...

    def due(self, key: EndpointKey, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return what is to be sent now, the longest waiting first."""
        ...

    def next_due(self, key: EndpointKey) -> datetime | None:
        """Return when the next one is to be sent, if any is."""
        ...

    def page(
        self,
        key: EndpointKey,
        status: DeliveryStatus | None,
        before: str | None,
        limit: int,
    ) -> DeliveryPage:
        """Return deliveries, newest first, from a place on."""
        ...

    def call(self, key: EndpointKey, now: datetime) -> None:
        """Note that there is something to do for an endpoint, so that nobody forgets it."""
        ...

    def lease(self, key: EndpointKey, token: str, now: datetime) -> Lease | None:
        """Take the right to send to an endpoint, unless somebody else has it."""
        ...

    def calls(self, key: EndpointKey) -> int:
        """Return how often anybody has asked to look at the endpoint."""
        ...

    def release(
        self, lease: Lease, circuit: Circuit, look_again_at: datetime | None, *, calls: int
    ) -> bool:
        """Give the right back, and say when to look again; nothing, if somebody called meanwhile.

        Returns:
            Whether nobody has called since ``calls`` was read; otherwise the lease goes on.
        """
        ...

    def circuit(self, key: EndpointKey) -> Circuit:
        """Return how an endpoint has behaved."""
        ...

    def mend(self, key: EndpointKey) -> None:
        """Forget how an endpoint has behaved, so that it is tried at once.

        Whoever is at it loses the right to be: what they learn is about the endpoint as it was.
        """
        ...

    def to_look_at(self, shard: int, now: datetime) -> Sequence[EndpointKey]:
        """Return the endpoints of one of `WAKE_SHARDS` parts that it is time to look at."""
        ...


WAKE_SHARDS = 16


def wake_shard(key: EndpointKey) -> int:
    """Return which part of the endpoints to look at one is in, always the same."""
    return sha256(key.endpoint_id.encode()).digest()[0] % WAKE_SHARDS


LEASE_SECONDS = 90
"""Longer than any function that holds one may run."""


class EndpointQueue(Protocol):
    """Who is told to look at an endpoint."""

    def send(self, keys: Sequence[EndpointKey], *, delay_seconds: int = 0) -> None:
        """Queue endpoints to be looked at, after a delay of up to 15 minutes.

        Raises:
            TemporaryError: the queue did not take all; asking again is harmless.
        """
        ...


class WebhookSender(Protocol):
    """Makes the requests."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post a body, and say what came of it; never raises for what an endpoint does."""
        ...


class TargetCheck(Protocol):
    """Judges an address before it is registered."""

    def check(self, url: str) -> None:
        """Check that an address may be sent to now.

        Raises:
            InvalidInput: at ``body.url``, why it may not.
        """
        ...
