"""Links, sessions and forms of the customer's page: genuine, this page's, in time, or nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.ids import DispatchId
from regua.domain.page_session import (
    Expired,
    Session,
    form_value,
    is_form_value,
    read_page_token,
    read_session,
    sign_session,
)
from regua.domain.tokens import HitKind, TrackingKeys, issue

NOW = datetime(2026, 11, 14, 12, tzinfo=UTC)
OURS, OTHER = DispatchId("0a" * 16), DispatchId("0b" * 16)
KEYS = TrackingKeys("k1", {"k1": b"a random string"})
ROTATED = TrackingKeys("k2", {"k1": b"a random string", "k2": b"another"})
FOREIGN = TrackingKeys("k1", {"k1": b"somebody else's"})
NONCE = bytes(range(16))
DAYS = 30


def session(
    dispatch_id: DispatchId = OURS,
    at: datetime = NOW,
    nonce: bytes = NONCE,
    keys: TrackingKeys = KEYS,
    *,
    is_identified: bool = True,
) -> str:
    return sign_session(dispatch_id, at, nonce, keys, is_identified=is_identified)


def opened(text: str | None = None, now: datetime = NOW) -> Session:
    found = read_session(text or session(), OURS, now, KEYS)
    assert found is not None
    return found


# ── the link ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(0), OURS),
        (timedelta(days=DAYS), OURS),
        (timedelta(days=DAYS, seconds=1), Expired(OURS)),
        (timedelta(days=4000), Expired(OURS)),
    ],
)
def test_a_link_leads_to_its_page_until_its_days_are_over(
    age: timedelta, expected: DispatchId | Expired
) -> None:
    token = issue(HitKind.PAGE, OURS, None, NOW - age, KEYS)
    assert read_page_token(token, KEYS, NOW, DAYS) == expected


@pytest.mark.parametrize("kind", sorted(set(HitKind) - {HitKind.PAGE}))
def test_a_token_of_another_kind_opens_no_page(kind: HitKind) -> None:
    token = issue(kind, OURS, 0, NOW, KEYS)
    assert read_page_token(token, KEYS, NOW, DAYS) is None


def test_a_token_that_somebody_else_signed_opens_no_page() -> None:
    assert read_page_token(issue(HitKind.PAGE, OURS, None, NOW, FOREIGN), KEYS, NOW, DAYS) is None


@given(place=st.integers(0, 53), letter=st.sampled_from("AZaz09_-k"))
def test_an_altered_token_opens_no_page(place: int, letter: str) -> None:
    token = issue(HitKind.PAGE, OURS, None, NOW, KEYS)
    altered = token[:place] + letter + token[place + 1 :]
    expected = OURS if altered == token else None
    assert read_page_token(altered, KEYS, NOW, DAYS) == expected


# ── the session ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("is_identified", [True, False])
def test_a_session_says_whether_the_question_was_answered(*, is_identified: bool) -> None:
    text = session(is_identified=is_identified)
    found = opened(text)
    assert (found.dispatch_id, found.at, found.text) == (OURS, NOW, text)
    assert found.is_identified is is_identified
    assert len(text) == 54


@pytest.mark.parametrize(
    ("age", "is_open"),
    [
        (timedelta(seconds=-61), False),
        (timedelta(seconds=-60), True),
        (timedelta(0), True),
        (timedelta(minutes=30), True),
        (timedelta(minutes=30, seconds=1), False),
    ],
)
def test_a_session_ends_by_itself(age: timedelta, *, is_open: bool) -> None:
    assert (read_session(session(), OURS, NOW + age, KEYS) is not None) is is_open


def test_a_session_is_of_one_message_only() -> None:
    assert read_session(session(OTHER), OURS, NOW, KEYS) is None


def test_a_visitor_s_session_cannot_be_made_into_an_identified_one() -> None:
    visitor, known = session(is_identified=False), session(is_identified=True)
    differing = [n for n in range(54) if visitor[n] != known[n]]
    for n in range(2, 30):
        mixed = visitor[:n] + known[n:]
        found = read_session(mixed, OURS, NOW, KEYS)
        assert found is None or mixed == known
    assert len(differing) > 20, "the signature differs, not only the flag"


def test_a_session_outlives_a_rotation_of_keys_and_not_the_end_of_its_key() -> None:
    assert read_session(session(), OURS, NOW, ROTATED) is not None
    assert read_session(session(), OURS, NOW, TrackingKeys("k2", {"k2": b"another"})) is None
    assert read_session(session(), OURS, NOW, FOREIGN) is None


@given(place=st.integers(0, 53), letter=st.sampled_from("AZaz09_-k"))
def test_an_altered_session_is_none(place: int, letter: str) -> None:
    text = session()
    altered = text[:place] + letter + text[place + 1 :]
    assert (read_session(altered, OURS, NOW, KEYS) is None) is (altered != text)


@given(st.text(max_size=80))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert read_session(text, OURS, NOW, KEYS) is None
    assert read_page_token(text, KEYS, NOW, DAYS) is None
    assert not is_form_value(text, opened(), "promise", KEYS)


@pytest.mark.parametrize("more", ["=", "\n", " ", "\u0663"])
def test_a_session_and_a_form_s_value_have_one_spelling(more: str) -> None:
    assert read_session(session() + more, OURS, NOW, KEYS) is None
    value = form_value(opened(), "promise", KEYS)
    assert not is_form_value(value + more, opened(), "promise", KEYS)
    assert not is_form_value(value.upper(), opened(), "promise", KEYS)


def test_no_two_sessions_are_one() -> None:
    assert session() != session(nonce=bytes(16))
    with pytest.raises(ValueError, match="16 bytes"):
        session(nonce=b"short")


def test_printing_a_session_shows_nothing_that_opens_a_page() -> None:
    found = opened()
    assert found.text not in repr(found)


# ── forms ───────────────────────────────────────────────────────────────────────────────────────


def test_a_form_s_value_is_of_one_act_in_one_session() -> None:
    mine = opened()
    value = form_value(mine, "promise", KEYS)
    assert is_form_value(value, mine, "promise", KEYS)
    assert is_form_value(value, mine, "promise", ROTATED)
    assert not is_form_value(value, mine, "dispute", KEYS)
    assert not is_form_value(value, mine, "promis", KEYS)
    assert not is_form_value(value, opened(session(nonce=bytes(16))), "promise", KEYS)
    assert not is_form_value(value, opened(session(is_identified=False)), "promise", KEYS)
    assert not is_form_value(value, mine, "promise", FOREIGN)
    assert not is_form_value("", mine, "promise", KEYS)


def test_a_session_s_own_signature_is_no_form_s_value() -> None:
    mine = opened()
    assert not is_form_value(mine.text[-32:], mine, "", KEYS)
