"""Doors of other systems: who may come in, and what a key opens and until when."""

import hashlib
import hmac
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.memory_hooks import MemoryHooks
from regua.application.hook_ports import Hook
from regua.application.hook_proof import is_key, is_proven, key_hash, second_of
from regua.application.hooks import KEEP_OLD_KEY, MAX_HOOKS, Hooks, hook_view
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.ids import CreditorId
from tests.builders import CREDITOR, ISSUED_AT

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "segredo-de-dezesseis"
BODY = b'{"pix": []}'


def any_hooks() -> Hooks:
    """Return the use cases, with keys that can be told apart."""
    numbers = count()
    return Hooks(MemoryHooks(), new_key=lambda: f"{next(numbers):043d}")


def make(hooks: Hooks, **changes: object) -> str:
    """Open a door, and return its key."""
    asked: dict[str, object] = {
        "kind": "pix",
        "name": "Banco",
        "settings": {},
        "second": None,
        "now": ISSUED_AT,
    }
    return hooks.make(CREDITOR, **{**asked, **changes}).key  # type: ignore[arg-type]  # any field


def test_only_the_hash_of_a_key_is_kept() -> None:
    hooks = any_hooks()
    key = make(hooks)
    assert isinstance(hooks.store, MemoryHooks)
    assert key not in str(hooks.store.__dict__)
    found = hooks.store.find(key_hash(key))
    assert found is not None
    assert found.creditor_id == CREDITOR


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"kind": "telex"}, "kind"),
        ({"settings": {"a": 1}}, "settings"),
        ({"kind": "odoo", "settings": {"nothing_of_odoo": 1}}, "settings.nothing_of_odoo"),
    ],
)
def test_a_door_that_leads_nowhere_is_refused(changes: dict[str, object], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make(any_hooks(), **changes)
    assert path in [p.path for p in refused.value.problems]


def test_there_are_so_many_doors_and_no_more() -> None:
    hooks = any_hooks()
    for _ in range(MAX_HOOKS):
        make(hooks)
    with pytest.raises(Conflict):
        make(hooks)


def test_a_replaced_key_opens_for_another_day() -> None:
    hooks = any_hooks()
    old = make(hooks)
    hook = hooks.of(CREDITOR)[0]
    new = hooks.rotate(CREDITOR, hook.hook_id, now=ISSUED_AT).key
    before, after = (hooks.store.find(key_hash(key)) for key in (old, new))
    assert before is not None
    assert after is not None
    assert before.ends_at == ISSUED_AT + KEEP_OLD_KEY
    assert after.ends_at is None
    assert hooks.of(CREDITOR) == [hook]


def test_rotating_again_does_not_prolong_the_first_key() -> None:
    hooks = any_hooks()
    first = make(hooks)
    hook_id = hooks.of(CREDITOR)[0].hook_id
    hooks.rotate(CREDITOR, hook_id, now=ISSUED_AT)
    hooks.rotate(CREDITOR, hook_id, now=ISSUED_AT + timedelta(hours=20))
    found = hooks.store.find(key_hash(first))
    assert found is not None
    assert found.ends_at == ISSUED_AT + KEEP_OLD_KEY


def test_a_shut_door_opens_with_none_of_its_keys() -> None:
    hooks = any_hooks()
    old = make(hooks)
    hook_id = hooks.of(CREDITOR)[0].hook_id
    new = hooks.rotate(CREDITOR, hook_id, now=ISSUED_AT).key
    hooks.delete(CREDITOR, hook_id)
    assert hooks.store.find(key_hash(old)) is hooks.store.find(key_hash(new)) is None
    assert hooks.of(CREDITOR) == []


@pytest.mark.parametrize("act", ["rotate", "delete"])
def test_another_creditors_door_is_not_there(act: str) -> None:
    hooks = any_hooks()
    make(hooks)
    hook_id = hooks.of(CREDITOR)[0].hook_id
    other = CreditorId("boreal")
    acts: dict[str, Callable[[], object]] = {
        "rotate": lambda: hooks.rotate(other, hook_id, now=ISSUED_AT),
        "delete": lambda: hooks.delete(other, hook_id),
    }
    with pytest.raises(NotFound):
        acts[act]()
    assert len(hooks.of(CREDITOR)) == 1


def test_a_view_tells_no_secret() -> None:
    hooks = any_hooks()
    key = make(hooks, second=second_of(None, None, "X-Signature", SECRET))
    view = hook_view(hooks.of(CREDITOR)[0])
    assert view["second_secret"] == "hmac"
    assert SECRET not in str(view)
    assert key not in str(view)
    assert SECRET not in repr(hooks.of(CREDITOR)[0])


# ── second proofs ──────────────────────────────────────────────────────────────────────────────


def hook_with(second: object) -> Hook:
    """Return a hook that asks for a second proof."""
    return Hook(
        hook_id="h",
        creditor_id=CREDITOR,
        kind="pix",
        name="Banco",
        made_at=ISSUED_AT,
        second=second,  # type: ignore[arg-type]
    )


SIGNED = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("second", "headers", "is_good"),
    [
        (None, {}, True),
        (second_of("X-Token", SECRET, None, None), {"x-token": SECRET}, True),
        (second_of("X-Token", SECRET, None, None), {"x-token": SECRET + "x"}, False),
        (second_of("X-Token", SECRET, None, None), {"x-other": SECRET}, False),
        (second_of("X-Token", SECRET, None, None), {}, False),
        (second_of(None, None, "X-Sig", SECRET), {"x-sig": SIGNED}, True),
        (second_of(None, None, "X-Sig", SECRET), {"x-sig": f"sha256={SIGNED.upper()}"}, True),
        (second_of(None, None, "X-Sig", SECRET), {"x-sig": SIGNED[:-1] + "0"}, False),
        (second_of(None, None, "X-Sig", SECRET), {"x-sig": "ç"}, False),
        (second_of(None, None, "X-Sig", SECRET), {}, False),
    ],
)
def test_who_cannot_prove_it_twice_stays_outside(
    second: object, headers: dict[str, str], is_good: object
) -> None:
    assert is_proven(hook_with(second), headers, BODY) is is_good


def test_a_signature_is_over_the_exact_bytes() -> None:
    hook = hook_with(second_of(None, None, "X-Sig", SECRET))
    assert not is_proven(hook, {"x-sig": SIGNED}, BODY + b" ")


@pytest.mark.parametrize(
    "given_",
    [
        ("X-Token", None, None, None),
        (None, SECRET, None, None),
        ("X-Token", SECRET, "X-Sig", SECRET),
        ("X Token", SECRET, None, None),
        ("X-Token", "short", None, None),
        ("X-Token", SECRET + "ç", None, None),
        ("X-Token", SECRET + "\n", None, None),
        ("X-Token", " " + SECRET, None, None),
        (None, None, "X-Sig", None),
    ],
)
def test_half_a_proof_is_refused(given_: tuple[str | None, ...]) -> None:
    with pytest.raises(InvalidInput):
        second_of(*given_)


@given(st.text(max_size=60))
def test_what_has_not_the_form_of_a_key_is_none(text: str) -> None:
    assert is_key(text) == (
        len(text) == 43 and all(c.isascii() and (c.isalnum() or c in "-_") for c in text)
    )
