"""Tracking tokens: what is signed is read back, and nothing else is ours."""

import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regua.domain.tokens import (
    HitKind,
    TrackingKeys,
    TrackingToken,
    is_well_formed,
    issue,
    verify,
)

KEYS = TrackingKeys.from_secret({"current": "k1", "k1": "an invented random string"})
DISPATCH = "0123456789abcdef" * 2
AT = datetime(2026, 3, 4, 12, 30, 5, tzinfo=UTC)

kinds = st.sampled_from(HitKind)
dispatch_ids = st.binary(min_size=16, max_size=16).map(bytes.hex)
link_indexes = st.integers(0, 65535)
instants = st.integers(0, 2**32 - 1).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(kind=kinds, dispatch_id=dispatch_ids, link=link_indexes, at=instants)
def test_what_was_issued_is_read_back(
    kind: HitKind, dispatch_id: str, link: int, at: datetime
) -> None:
    token = issue(kind, dispatch_id, link, at, KEYS)
    assert len(token) == 54
    assert is_well_formed(token)
    assert verify(token, KEYS) == TrackingToken(
        kind=kind,
        dispatch_id=dispatch_id,
        link=link if kind is HitKind.CLICK else None,
        issued_at=at,
        key_id="k1",
    )


@given(kind=kinds, place=st.integers(0, 53), character=st.sampled_from("AZaz09-_"))
def test_a_token_with_any_character_changed_is_not_ours(
    kind: HitKind, place: int, character: str
) -> None:
    token = issue(kind, DISPATCH, 7, AT, KEYS)
    altered = token[:place] + character + token[place + 1 :]
    assert (verify(altered, KEYS) is None) is (altered != token)


@given(at=st.integers(0, 2**32 - 1), left_out=st.sampled_from("-_A"))
def test_a_token_is_read_without_the_last_character_that_programs_leave_out(
    at: int, left_out: str
) -> None:
    """Android's own pattern of web addresses ends before a hyphen, others before an underscore."""
    instants = (datetime.fromtimestamp((at + n) % 2**32, UTC) for n in range(10_000))
    tokens = (issue(HitKind.CLICK, DISPATCH, 7, each, KEYS) for each in instants)
    token = next(each for each in tokens if each.endswith(left_out))
    cut = verify(token[:-1], KEYS)
    assert cut == (None if left_out == "A" else verify(token, KEYS))
    assert verify(token[:-2], KEYS) is None


@given(st.text())
@example("k1")
@example("k1" + "=" * 52)
@example("k1" + "é" * 52)
@example("k1" + "A" * 52 + "\n")
@example("k1" + "A" * 53)
@example("\ud800" * 54)
def test_garbage_is_answered_with_none_and_never_raises(text: str) -> None:
    assert verify(text, KEYS) is None
    assert verify("k1" + text, KEYS) is None


@given(st.binary(min_size=39, max_size=39))
def test_unsigned_payloads_of_the_right_size_are_not_ours(raw: bytes) -> None:
    assert verify("k1" + urlsafe_b64encode(raw).decode(), KEYS) is None


def test_a_kind_of_the_future_is_not_ours_yet() -> None:
    payload = b"x" + bytes(22)
    mac = hmac.digest(KEYS.keys["k1"], b"regua.track.v1" + payload, "sha256")[:16]
    assert verify("k1" + urlsafe_b64encode(payload + mac).decode(), KEYS) is None


def test_every_key_of_the_secret_verifies_and_only_the_current_one_signs() -> None:
    old = issue("open", DISPATCH, None, AT, KEYS)
    rotated = TrackingKeys.from_secret(
        {"current": "k2", "k1": "an invented random string", "k2": "another one"}
    )
    new = issue("open", DISPATCH, None, AT, rotated)
    assert old[:2] == "k1"
    assert new[:2] == "k2"
    assert verify(old, rotated) is not None
    assert verify(new, rotated) is not None
    assert verify(new, KEYS) is None, "an older copy of the secret does not know the new key"


def test_a_token_ends_when_its_key_leaves_the_secret() -> None:
    token = issue("click", DISPATCH, 0, AT, KEYS)
    without = TrackingKeys.from_secret({"current": "k2", "k2": "another one"})
    assert verify(token, without) is None


def test_the_same_key_id_with_another_key_does_not_verify() -> None:
    token = issue("click", DISPATCH, 0, AT, KEYS)
    other = TrackingKeys.from_secret({"current": "k1", "k1": "not the same string"})
    assert verify(token, other) is None


@pytest.mark.parametrize(
    ("dispatch_id", "link", "why"),
    [
        ("0" * 31, 0, "too short"),
        ("0" * 33, 0, "too long"),
        ("G" * 32, 0, "not hex"),
        ("A" * 32, 0, "upper case is another spelling"),
        (DISPATCH, -1, "no such link"),
        (DISPATCH, 65536, "does not fit"),
        (DISPATCH, None, "a click is of a link"),
    ],
)
def test_what_does_not_fit_into_a_token_is_refused(
    dispatch_id: str, link: int | None, why: str
) -> None:
    with pytest.raises(ValueError, match=r"."):
        issue("click", dispatch_id, link, AT, KEYS)
    assert why


@pytest.mark.parametrize(
    "secret",
    [
        None,
        [],
        "k1",
        {},
        {"current": "k1"},
        {"current": "k2", "k1": "private value"},
        {"k1": "private value"},
        {"current": "key1", "key1": "private value"},
        {"current": "k1", "k1": ""},
        {"current": "k1", "k1": 5},
        {"current": ["k1"], "k1": "private value"},
    ],
)
def test_a_secret_of_another_shape_is_refused_without_repeating_it(secret: object) -> None:
    with pytest.raises(ValueError, match=r"tracking") as caught:
        TrackingKeys.from_secret(secret)
    assert "private value" not in str(caught.value)


def test_keys_do_not_show_when_printed() -> None:
    assert "random string" not in repr(KEYS)
