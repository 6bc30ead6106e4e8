"""An endpoint: an address of a creditor's that is told about events, and how it proves us."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from regua.domain.ids import CreditorId

ALL = "*"
PING = "ping"
"""The type of what is sent to try an endpoint; it is no event and in no feed."""
OLD_SECRET_SIGNS = timedelta(hours=24)
MOST_ENDPOINTS = 20
"""Of one creditor."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What signs; the one before it signs too, until an instant."""

    text: str = field(repr=False)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint.

    Attributes:
        events: types it wants to hear of, or only ``*``.
        secrets: the newest first.
        disabled: why nothing is sent to it, if so: ``gone`` when it said so itself.
        version: counts the writes, for conditions.
    """

    creditor_id: CreditorId
    id: str
    url: str
    events: tuple[str, ...]
    description: str
    created_at: datetime
    secrets: tuple[Secret, ...] = field(repr=False)
    disabled: str | None = None
    version: int = 0

    def wants(self, kind: str) -> bool:
        """Say whether it is told about a type of event."""
        return self.disabled is None and (ALL in self.events or kind in self.events)

    def signing(self, now: datetime) -> Sequence[str]:
        """Return the secrets that sign now."""
        return [s.text for s in self.secrets if s.until is None or now < s.until]

    def rotated(self, secret: str, now: datetime) -> "Endpoint":
        """Sign with a new secret, and with the present one for another day."""
        present = replace(self.secrets[0], until=now + OLD_SECRET_SIGNS)
        return replace(self, secrets=(Secret(secret), present))
