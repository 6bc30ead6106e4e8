"""What the inbound door needs from the outside: which hooks there are, where bodies are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from regua.domain.ids import CreditorId


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A door of a creditor's, through which one system posts to us.

    Whoever knows its key may post; only the key's hash is kept. ``second`` is a further proof.
    """

    hook_id: str
    creditor_id: CreditorId
    kind: str
    """``pix``, or a connector's."""
    name: str
    made_at: datetime
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    second: Mapping[str, str] | None = field(default=None, repr=False)
    """``{"header", "value_sha256"}``, or ``{"hmac_header", "hmac_secret"}``."""
    ends_at: datetime | None = None
    """When a key that was replaced ends to open the door."""


class HookStore(Protocol):
    """Every hook, by the hash of its key and by its creditor."""

    def find(self, key_hash: str) -> Hook | None:
        """Return the hook that a key opens."""
        ...

    def put(self, key_hash: str, hook: Hook) -> None:
        """Let a key open a hook, which is listed with its creditor.

        Raises:
            Conflict: the key opens one already.
        """
        ...

    def of(self, creditor_id: CreditorId) -> Sequence[Hook]:
        """Return a creditor's hooks, oldest first."""
        ...

    def get(self, creditor_id: CreditorId, hook_id: str) -> Hook:
        """Return one of a creditor's hooks.

        Raises:
            NotFound: it has no such hook.
        """
        ...

    def replace_key(self, hook: Hook, key_hash: str, until: datetime) -> None:
        """Let another key open a hook, and the one before it until an instant only.

        Raises:
            NotFound: the hook is gone.
            Conflict: somebody else changed it at the same moment.
        """
        ...

    def delete(self, hook: Hook) -> None:
        """Shut a hook: none of its keys opens it any more.

        Raises:
            NotFound: it is gone already.
            Conflict: somebody else changed it at the same moment.
        """
        ...


class BodyStore(Protocol):
    """Where the bodies that were posted are kept, as they came."""

    def keep(self, ref: str, body: bytes) -> None:
        """Keep a body; the same under the same name again changes nothing.

        Raises:
            TemporaryError: it is not kept.
        """
        ...

    def read(self, ref: str) -> bytes:
        """Return a body.

        Raises:
            NotFound: it is not there.
        """
        ...
