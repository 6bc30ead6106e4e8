"""How many SMS a text is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.carrier.sms_voice.segments import Segments, segments

GSM_LETTERS = "abcXYZ 019.,:/-éàç"[:-1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", Segments("GSM", 1, 1)),
        ("a" * 160, Segments("GSM", 1, 160)),
        ("a" * 161, Segments("GSM", 2, 161)),
        ("a" * 306, Segments("GSM", 2, 306)),
        ("a" * 307, Segments("GSM", 3, 307)),
        ("€" * 80, Segments("GSM", 1, 160)),
        ("a" * 152 + "€" + "a" * 152, Segments("GSM", 3, 306)),  # the euro is not cut in two
        ("ç", Segments("Unicode", 1, 1)),  # only the capital is in the GSM alphabet
        ("Ç", Segments("GSM", 1, 1)),
        ("ã" * 70, Segments("Unicode", 1, 70)),
        ("ã" * 71, Segments("Unicode", 2, 71)),
        ("ã" * 134, Segments("Unicode", 2, 134)),
        ("ã" * 135, Segments("Unicode", 3, 135)),
        ("😀" * 35, Segments("Unicode", 1, 70)),
        ("😀" * 67, Segments("Unicode", 3, 134)),  # 33 to a part: a pair is not cut in two
    ],
)
def test_the_network_cuts_a_text_where_the_standard_says(text: str, expected: Segments) -> None:
    assert segments(text) == expected


@given(st.text(alphabet=GSM_LETTERS, min_size=161, max_size=1600))
def test_a_long_plain_text_takes_153_letters_a_part(text: str) -> None:
    assert segments(text).parts == -(-len(text) // 153)
