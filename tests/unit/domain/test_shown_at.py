"""When a page was shown, signed: only our own pages are answered, for an hour."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.ids import DispatchId
from regua.domain.shown_at import LASTS, read_shown_at, sign_shown_at
from regua.domain.tokens import TrackingKeys

AT = datetime(2026, 11, 10, 12, 0, 7, 900_000, tzinfo=UTC)
KEYS = TrackingKeys.from_secret({"current": "k1", "k1": "an invented random string"})
ROTATED = TrackingKeys.from_secret(
    {"current": "k2", "k1": "an invented random string", "k2": "another"}
)
OTHERS = TrackingKeys.from_secret({"current": "k1", "k1": "a guess"})
MESSAGE, OTHER = DispatchId("a" * 32), DispatchId("b" * 32)
SHOWN = sign_shown_at(MESSAGE, AT, KEYS)


def test_what_was_signed_is_read_to_the_second() -> None:
    assert read_shown_at(SHOWN, MESSAGE, AT, KEYS) == AT.replace(microsecond=0)
    assert read_shown_at(SHOWN, MESSAGE, AT + timedelta(minutes=59), ROTATED) is not None


@pytest.mark.parametrize(
    ("text", "message", "after", "keys", "why"),
    [
        (SHOWN, OTHER, timedelta(0), KEYS, "another message's page"),
        (SHOWN, MESSAGE, timedelta(0), OTHERS, "signed by somebody else"),
        (SHOWN, MESSAGE, LASTS, KEYS, "an hour and most of a second"),
        (SHOWN, MESSAGE, timedelta(seconds=-1), KEYS, "shown in the future"),
        (SHOWN.replace("k1.", "k9.", 1), MESSAGE, timedelta(0), KEYS, "a key that is not ours"),
        ("", MESSAGE, timedelta(0), KEYS, "nothing"),
        (SHOWN.upper(), MESSAGE, timedelta(0), KEYS, "another spelling"),
        (SHOWN + "\n", MESSAGE, timedelta(0), KEYS, "something added"),
    ],
)
def test_what_we_did_not_sign_or_is_over_is_nothing(
    text: str, message: DispatchId, after: timedelta, keys: TrackingKeys, why: str
) -> None:
    assert read_shown_at(text, message, AT + after, keys) is None, why


@given(st.text(), st.integers(0, len(SHOWN) - 1), st.characters())
def test_no_text_is_believed_and_none_is_an_error(text: str, place: int, other: str) -> None:
    assert read_shown_at(text, MESSAGE, AT, KEYS) is None
    altered = SHOWN[:place] + other + SHOWN[place + 1 :]
    found = read_shown_at(altered, MESSAGE, AT, KEYS)
    assert (found is not None) is (altered == SHOWN)
