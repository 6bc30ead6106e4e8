"""Text messages: what the 7-bit alphabet holds, how long a text is, where it is divided."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regua.domain.errors import InvalidInput
from regua.domain.phrases import words_of
from regua.domain.sms_text import (
    GSM7_BASIC,
    GSM7_EXTENSION,
    SmsEncoding,
    encoding_of,
    plain_text,
    segments,
    septets,
)

# The table of 3GPP TS 23.038 §6.2.1, written out by code point and apart from the module's string:
# ASCII where the code is the character's own, and everything else one by one.
SAME_AS_ASCII = [
    *(0x0A, 0x0D),
    *range(0x20, 0x24),
    *range(0x25, 0x40),
    *range(0x41, 0x5B),
    *range(0x61, 0x7B),
]
OTHERS = {
    0x00: "COMMERCIAL AT",
    0x01: "POUND SIGN",
    0x02: "DOLLAR SIGN",
    0x03: "YEN SIGN",
    0x04: "LATIN SMALL LETTER E WITH GRAVE",
    0x05: "LATIN SMALL LETTER E WITH ACUTE",
    0x06: "LATIN SMALL LETTER U WITH GRAVE",
    0x07: "LATIN SMALL LETTER I WITH GRAVE",
    0x08: "LATIN SMALL LETTER O WITH GRAVE",
    0x09: "LATIN CAPITAL LETTER C WITH CEDILLA",
    0x0B: "LATIN CAPITAL LETTER O WITH STROKE",
    0x0C: "LATIN SMALL LETTER O WITH STROKE",
    0x0E: "LATIN CAPITAL LETTER A WITH RING ABOVE",
    0x0F: "LATIN SMALL LETTER A WITH RING ABOVE",
    0x10: "GREEK CAPITAL LETTER DELTA",
    0x11: "LOW LINE",
    0x12: "GREEK CAPITAL LETTER PHI",
    0x13: "GREEK CAPITAL LETTER GAMMA",
    0x14: "GREEK CAPITAL LETTER LAMDA",
    0x15: "GREEK CAPITAL LETTER OMEGA",
    0x16: "GREEK CAPITAL LETTER PI",
    0x17: "GREEK CAPITAL LETTER PSI",
    0x18: "GREEK CAPITAL LETTER SIGMA",
    0x19: "GREEK CAPITAL LETTER THETA",
    0x1A: "GREEK CAPITAL LETTER XI",
    0x1C: "LATIN CAPITAL LETTER AE",
    0x1D: "LATIN SMALL LETTER AE",
    0x1E: "LATIN SMALL LETTER SHARP S",
    0x1F: "LATIN CAPITAL LETTER E WITH ACUTE",
    0x24: "CURRENCY SIGN",
    0x40: "INVERTED EXCLAMATION MARK",
    0x5B: "LATIN CAPITAL LETTER A WITH DIAERESIS",
    0x5C: "LATIN CAPITAL LETTER O WITH DIAERESIS",
    0x5D: "LATIN CAPITAL LETTER N WITH TILDE",
    0x5E: "LATIN CAPITAL LETTER U WITH DIAERESIS",
    0x5F: "SECTION SIGN",
    0x60: "INVERTED QUESTION MARK",
    0x7B: "LATIN SMALL LETTER A WITH DIAERESIS",
    0x7C: "LATIN SMALL LETTER O WITH DIAERESIS",
    0x7D: "LATIN SMALL LETTER N WITH TILDE",
    0x7E: "LATIN SMALL LETTER U WITH DIAERESIS",
    0x7F: "LATIN SMALL LETTER A WITH GRAVE",
}
PUBLISHED = {code: chr(code) for code in SAME_AS_ASCII} | {
    code: unicodedata.lookup(name) for code, name in OTHERS.items()
}
ESCAPED = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: unicodedata.lookup("EURO SIGN"),
}
ESCAPE = 0x1B
COSTS = dict.fromkeys(PUBLISHED.values(), 1) | dict.fromkeys(ESCAPED.values(), 2)

gsm_texts = st.text(st.sampled_from(sorted(COSTS)), max_size=700)
any_texts = st.text(max_size=300)


def test_the_alphabet_is_the_published_one() -> None:
    ours = {code: c for code, c in enumerate(GSM7_BASIC) if code != ESCAPE}
    assert ours == PUBLISHED
    assert len(GSM7_BASIC) == 128
    assert GSM7_BASIC[ESCAPE] == chr(ESCAPE)
    assert sorted(GSM7_EXTENSION) == sorted(ESCAPED.values())


def test_no_other_character_is_in_the_alphabet() -> None:
    accepted = {chr(c) for c in range(0x11000) if encoding_of(chr(c)) is SmsEncoding.GSM}
    assert accepted == set(COSTS)


@given(gsm_texts)
def test_a_length_is_one_septet_a_character_and_two_behind_an_escape(text: str) -> None:
    assert septets(text) == sum(COSTS[c] for c in text)


@pytest.mark.parametrize("text", ["ç", "ã", "Olá", "`", "\x1b", "日本", "🙂", "\u200b"])
def test_a_text_of_another_alphabet_has_no_length_in_septets(text: str) -> None:
    with pytest.raises(InvalidInput):
        septets(text)


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("", [0]),
        ("a" * 160, [160]),
        ("a" * 161, [153, 8]),
        ("a" * 306, [153, 153]),
        ("a" * 307, [153, 153, 1]),
        ("{" * 80, [80]),
        ("{" * 81, [76, 5]),
        ("a" * 152 + "{" * 5, [152, 5]),
        ("a" * 159 + "€", [153, 7]),
        ("ã" * 70, [70]),
        ("ã" * 71, [67, 4]),
        ("ã" * 134, [67, 67]),
        ("a" * 70 + "ç", [67, 4]),
        ("🙂" * 35, [35]),
        ("🙂" * 36, [33, 3]),
    ],
)
def test_where_texts_are_divided(text: str, sizes: list[int]) -> None:
    """Sizes in characters; an escape or a surrogate pair that does not fit moves on whole."""
    assert [len(piece) for piece in segments(text)] == sizes


@given(gsm_texts)
@example("a" * 152 + "[" + "b" * 20)
def test_pieces_of_the_7_bit_alphabet_fit_and_lose_nothing(text: str) -> None:
    pieces = segments(text)
    assert "".join(pieces) == text
    assert len(pieces) == 1 or all(septets(piece) <= 153 for piece in pieces)
    assert len(pieces) > 1 or septets(text) <= 160
    for piece, following in pairwise(pieces):
        assert septets(piece) + COSTS[following[0]] > 153, "a piece is as long as it may be"


@given(any_texts.map(lambda text: text + "ã"))
def test_pieces_of_unicode_fit_and_lose_nothing(text: str) -> None:
    pieces = segments(text)
    units = [len(piece.encode("utf-16-le")) // 2 for piece in pieces]
    assert "".join(pieces) == text
    assert units == [units[0]] if units[0] > 67 else max(units) <= 67
    assert max(units) <= 70


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (
            "ação, órgão, você, à vista, pêssego, Ünica",
            "acao, orgao, voce, a vista, pessego, Unica",
        ),
        ("ÇÃO ção", "CAO cao"),
        ("“Casa” \u2018da\u2019 Praça – Ltda…", "\"Casa\" 'da' Praca - Ltda..."),
        ("R$\u00a01.234,56", "R$ 1.234,56"),
        ("nº 7, 1ª via, ½", "no 7, 1a via, 1/2"),
        ("Loja ❤️ Sol", "Loja Sol"),
        ("a\u200bb\u00adc\r\n d", "abc d"),
        ("e\u0301", "e"),
        ("Straße, Ærø, 10 €", "Straße, Ærø, 10 €"),
        ("[a] {b} c_d|e~f^g\\h", "[a] {b} c_d|e~f^g\\h"),
        ("`x\u00b4", "'x'"),
        ("東京 Ltda", "東京 Ltda"),
    ],
)
def test_how_texts_are_written_plainly(written: str, plain: str) -> None:
    assert plain_text(written) == plain


portuguese = st.text(
    st.sampled_from(
        "aeioucnAEIOUCN áéíóúâêôãõàüçÁÉÍÓÚÂÊÔÃÕÀÜÇ0123456789.,:;!?-–—“”\u2018\u2019…ºª°&/$%"
    ),
    max_size=200,
)


@given(portuguese)
def test_portuguese_always_fits_the_alphabet_and_keeps_its_words(text: str) -> None:
    plain = plain_text(text)
    assert plain.isascii()
    assert encoding_of(plain) is SmsEncoding.GSM
    assert words_of(plain) == words_of(text)


@given(any_texts)
def test_writing_plainly_twice_changes_nothing_more(text: str) -> None:
    plain = plain_text(text)
    assert plain_text(plain) == plain
    assert "\n" not in plain


@given(st.text(st.characters(categories=["L", "Nd", "P", "Zs"]), max_size=60))
def test_no_letter_of_any_alphabet_is_lost(text: str) -> None:
    kept = {c for c in text if c.isalpha() and not words_of(c)}
    assert all(unicodedata.normalize("NFC", c) in plain_text(text) for c in kept if _stays(c))


def _stays(character: str) -> bool:
    """Tell whether a letter has no plain form: it must still be there."""
    return plain_text(character) == character
