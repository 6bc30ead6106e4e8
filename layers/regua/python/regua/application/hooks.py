"""Doors for other systems: made, listed, given another key, shut; and who may come in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from regua.application.connect.receive import KINDS, check_settings
from regua.application.hook_ports import Hook, HookStore
from regua.application.hook_proof import key_hash
from regua.application.wire import instant_text
from regua.domain.errors import Conflict, InvalidInput
from regua.domain.ids import CreditorId

PIX = "pix"
MAX_HOOKS = 50
KEEP_OLD_KEY = timedelta(hours=24)
"""How long a replaced key still opens its door: time to tell the other side."""


class NewKey(NamedTuple):
    """A hook and its key, which is told once."""

    hook: Hook
    key: str


@dataclass(frozen=True, slots=True)
class Hooks:
    """The use cases, with what they need."""

    store: HookStore
    new_key: Callable[[], str]
    """Makes keys that nobody guesses."""

    def make(
        self,
        creditor_id: CreditorId,
        *,
        kind: str,
        name: str,
        settings: Mapping[str, Any],
        second: Mapping[str, str] | None,
        now: datetime,
    ) -> NewKey:
        """Open a door.

        Raises:
            InvalidInput: the settings are not the kind's.
            Conflict: the creditor has as many as there may be.
        """
        _check(kind, settings)
        if len(self.store.of(creditor_id)) >= MAX_HOOKS:
            raise Conflict(f"there are {MAX_HOOKS} hooks already; delete one first")
        key = self.new_key()
        digest = key_hash(key)
        hook = Hook(
            hook_id=digest[:16],
            creditor_id=creditor_id,
            kind=kind,
            name=name,
            made_at=now,
            settings=settings,
            second=second,
        )
        self.store.put(digest, hook)
        return NewKey(hook, key)

    def rotate(self, creditor_id: CreditorId, hook_id: str, *, now: datetime) -> NewKey:
        """Give a door another key; the one before opens it for another day.

        Raises:
            NotFound: the creditor has no such hook.
        """
        hook = self.store.get(creditor_id, hook_id)
        key = self.new_key()
        self.store.replace_key(hook, key_hash(key), now + KEEP_OLD_KEY)
        return NewKey(hook, key)

    def delete(self, creditor_id: CreditorId, hook_id: str) -> None:
        """Shut a door.

        Raises:
            NotFound: the creditor has no such hook.
        """
        self.store.delete(self.store.get(creditor_id, hook_id))

    def of(self, creditor_id: CreditorId) -> Sequence[Hook]:
        """Return a creditor's doors."""
        return self.store.of(creditor_id)


def _check(kind: str, settings: Mapping[str, Any]) -> None:
    if kind == PIX:
        if settings:
            raise InvalidInput.at("settings", "a Pix hook has none")
        return
    if kind not in KINDS:
        raise InvalidInput.at("kind", f"must be one of: {', '.join((PIX, *KINDS))}")
    check_settings(kind, settings)


def hook_view(hook: Hook) -> Mapping[str, Any]:
    """Describe a hook; neither its key nor its secrets are told."""
    return {
        "hook_id": hook.hook_id,
        "kind": hook.kind,
        "name": hook.name,
        "created_at": instant_text(hook.made_at),
        "second_secret": _kind_of_second(hook.second),
    }


def _kind_of_second(second: Mapping[str, str] | None) -> str | None:
    if second is None:
        return None
    return "hmac" if "hmac_secret" in second else "header"
