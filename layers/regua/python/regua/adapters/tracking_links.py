"""Signed tracking addresses, with keys from Secrets Manager."""

import json
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from regua.domain.ids import DispatchId
from regua.domain.tokens import HitKind, TrackingKeys, issue

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


_MIN_AGE_SECONDS = 60.0
_MAX_AGE_SECONDS = 900.0


def read_keys(client: "SecretsManagerClient", secret_arn: str) -> TrackingKeys:
    """Read the tracking keys.

    Raises:
        ValueError: the secret has another shape.
    """
    secret = client.get_secret_value(SecretId=secret_arn)["SecretString"]
    return TrackingKeys.from_secret(json.loads(secret))


class TrackingKeyring:
    """The tracking keys of one warm environment, read again when a token names an unknown one."""

    def __init__(
        self, read: Callable[[], TrackingKeys], *, seconds: Callable[[], float] = monotonic
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._read_at = seconds()
        self._keys = read()

    def keys_for(self, token: str) -> TrackingKeys:
        """Return the keys to verify a token with.

        Made-up key ids do not make us ask more often than once a minute; a key that was removed
        verifies no longer than a quarter of an hour.
        """
        age = self._seconds() - self._read_at
        is_unknown = not self._keys.knows_key_of(token)
        if age >= _MAX_AGE_SECONDS or (is_unknown and age >= _MIN_AGE_SECONDS):
            self._read_at = self._seconds()
            self._keys = self._read()
        return self._keys


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
        return cls(read_keys(client, secret_arn), base_url)

    def pixel(self, dispatch_id: DispatchId, at: datetime) -> str:
        """Return the open pixel's address."""
        return f"{self._base_url}/o/{issue(HitKind.OPEN, dispatch_id, 0, at, self._keys)}.gif"

    def click(self, dispatch_id: DispatchId, link: int, at: datetime) -> str:
        """Return a tracked link's address."""
        return f"{self._base_url}/c/{issue(HitKind.CLICK, dispatch_id, link, at, self._keys)}"

    def unsubscribe(self, dispatch_id: DispatchId, at: datetime) -> str:
        """Return the one-click unsubscribe address."""
        return f"{self._base_url}/u/{issue(HitKind.UNSUBSCRIBE, dispatch_id, 0, at, self._keys)}"

    def confirm(self, dispatch_id: DispatchId, at: datetime) -> str:
        """Return the address of the page where reading is confirmed."""
        return f"{self._base_url}/r/{issue(HitKind.CONFIRM, dispatch_id, 0, at, self._keys)}"

    def preview(self, draft_id: str, at: datetime) -> str:
        """Return the address where a creditor sees its page as a draft would make it.

        Args:
            draft_id: 32 lowercase hexadecimal digits.
            at: when it was asked for; the page says until when it can be seen.
        """
        return f"{self._base_url}/p/{issue(HitKind.PREVIEW, draft_id, 0, at, self._keys)}"
