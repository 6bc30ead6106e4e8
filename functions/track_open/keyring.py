"""The tracking keys, read once and again when a token names a key that is not known yet."""

from collections.abc import Callable
from time import monotonic

from regua.adapters.aws_http import AwsRefused, AwsUnavailable
from regua.domain.tokens import TrackingKeys

_MIN_AGE_SECONDS = 60.0
"""Made-up key ids may not make us ask more often."""
_MAX_AGE_SECONDS = 900.0
"""A key that was removed from the secret verifies no longer than this."""


class Keyring:
    """Holds the keys of one warm environment."""

    def __init__(
        self, read_secret: Callable[[], object], *, seconds: Callable[[], float] = monotonic
    ) -> None:
        self._read_secret = read_secret
        self._seconds = seconds
        self._keys: TrackingKeys | None = None
        self._asked_at = 0.0
        self.is_stale = False
        """Whether the last reading failed and older keys are in use."""

    def keys_for(self, token: str) -> TrackingKeys:
        """Return the keys to verify a well-formed token with.

        Raises:
            AwsUnavailable, AwsRefused, ValueError: When no keys could ever be read.
        """
        keys = self._keys
        if keys is None:
            keys = self._refresh()
        age = self._seconds() - self._asked_at
        if age >= _MAX_AGE_SECONDS or (age >= _MIN_AGE_SECONDS and not keys.knows_key_of(token)):
            try:
                keys = self._refresh()
            except (AwsUnavailable, AwsRefused, ValueError):
                self.is_stale = True
        return keys

    def _refresh(self) -> TrackingKeys:
        """Read the secret; the time is noted first, so that a failure is not repeated at once."""
        self._asked_at = self._seconds()
        self._keys = TrackingKeys.from_secret(self._read_secret())
        self.is_stale = False
        return self._keys
