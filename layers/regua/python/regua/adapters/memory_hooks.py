"""Hooks and bodies in dictionaries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from regua.application.hook_ports import Hook
from regua.domain.errors import Conflict, NotFound
from regua.domain.ids import CreditorId


class MemoryHooks:
    """The hooks."""

    def __init__(self) -> None:
        self.by_key: dict[str, Hook] = {}
        self.listed: dict[tuple[CreditorId, str], Hook] = {}

    def find(self, key_hash: str) -> Hook | None:
        """Return the hook that a key opens."""
        return self.by_key.get(key_hash)

    def put(self, key_hash: str, hook: Hook) -> None:
        """Let a key open a hook."""
        if key_hash in self.by_key:
            raise Conflict("the hook was changed by somebody else; read it again")
        self.by_key[key_hash] = hook
        self.listed[hook.creditor_id, hook.hook_id] = hook

    def of(self, creditor_id: CreditorId) -> Sequence[Hook]:
        """Return a creditor's hooks."""
        mine = (hook for (owner, _), hook in self.listed.items() if owner == creditor_id)
        return sorted(mine, key=lambda hook: (hook.made_at, hook.hook_id))

    def get(self, creditor_id: CreditorId, hook_id: str) -> Hook:
        """Return one of a creditor's hooks."""
        hook = self.listed.get((creditor_id, hook_id))
        if hook is None:
            raise NotFound(hook_id)
        return hook

    def replace_key(self, hook: Hook, key_hash: str, until: datetime) -> None:
        """Let another key open a hook, and the one before it until an instant only."""
        self.get(hook.creditor_id, hook.hook_id)
        for known, opened in self.by_key.items():
            if _is(opened, hook) and opened.ends_at is None:
                self.by_key[known] = replace(opened, ends_at=until)
        self.by_key[key_hash] = hook

    def delete(self, hook: Hook) -> None:
        """Shut a hook."""
        self.get(hook.creditor_id, hook.hook_id)
        del self.listed[hook.creditor_id, hook.hook_id]
        self.by_key = {k: h for k, h in self.by_key.items() if not _is(h, hook)}


def _is(one: Hook, other: Hook) -> bool:
    return (one.creditor_id, one.hook_id) == (other.creditor_id, other.hook_id)


class MemoryBodies:
    """Bodies that were posted."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def keep(self, ref: str, body: bytes) -> None:
        """Keep a body."""
        self.bodies[ref] = body

    def read(self, ref: str) -> bytes:
        """Return a body."""
        if ref not in self.bodies:
            raise NotFound(ref)
        return self.bodies[ref]
