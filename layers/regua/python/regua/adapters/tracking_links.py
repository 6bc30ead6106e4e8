"""Signed tracking addresses, with keys from Secrets Manager."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from regua.domain.ids import DispatchId
from regua.domain.tokens import HitKind, TrackingKeys, issue

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class SignedLinks:
    """Makes the addresses that report back, signed with the current key."""

    def __init__(self, keys: TrackingKeys, base_url: str) -> None:
        self._keys = keys
        self._base_url = base_url.rstrip("/")

    @classmethod
    def from_secret(
        cls, client: "SecretsManagerClient", secret_arn: str, base_url: str
    ) -> "SignedLinks":
        """Read the keys once; a rotated key is picked up by the next cold start."""
        secret = client.get_secret_value(SecretId=secret_arn)["SecretString"]
        return cls(TrackingKeys.from_secret(json.loads(secret)), base_url)

    def pixel(self, dispatch_id: DispatchId, at: datetime) -> str:
        """Return the open pixel's address."""
        return f"{self._base_url}/o/{issue(HitKind.OPEN, dispatch_id, 0, at, self._keys)}.gif"

    def click(self, dispatch_id: DispatchId, link: int, at: datetime) -> str:
        """Return a tracked link's address."""
        return f"{self._base_url}/c/{issue(HitKind.CLICK, dispatch_id, link, at, self._keys)}"

    def unsubscribe(self, dispatch_id: DispatchId, at: datetime) -> str:
        """Return the one-click unsubscribe address."""
        return f"{self._base_url}/u/{issue(HitKind.UNSUBSCRIBE, dispatch_id, 0, at, self._keys)}"
