"""Numbers, money, dates and telephone numbers in words: tables by hand, and read back."""

import re
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.money import Money
from regua.domain.spoken import MAX_NUMBER, cardinal, day, money, telephone

CARDINALS = {
    0: "zero",
    1: "um",
    2: "dois",
    3: "três",
    10: "dez",
    14: "catorze",
    16: "dezesseis",
    17: "dezessete",
    19: "dezenove",
    20: "vinte",
    21: "vinte e um",
    50: "cinquenta",
    99: "noventa e nove",
    100: "cem",
    101: "cento e um",
    115: "cento e quinze",
    199: "cento e noventa e nove",
    200: "duzentos",
    342: "trezentos e quarenta e dois",
    500: "quinhentos",
    999: "novecentos e noventa e nove",
    1000: "mil",
    1001: "mil e um",
    1020: "mil e vinte",
    1100: "mil e cem",
    1101: "mil cento e um",
    1200: "mil e duzentos",
    1234: "mil duzentos e trinta e quatro",
    2000: "dois mil",
    2026: "dois mil e vinte e seis",
    10_000: "dez mil",
    21_000: "vinte e um mil",
    100_000: "cem mil",
    101_000: "cento e um mil",
    123_456: "cento e vinte e três mil quatrocentos e cinquenta e seis",
    500_500: "quinhentos mil e quinhentos",
    1_000_000: "um milhão",
    1_000_001: "um milhão e um",
    1_000_100: "um milhão e cem",
    1_001_000: "um milhão e mil",
    1_100_000: "um milhão e cem mil",
    1_100_001: "um milhão cem mil e um",
    2_000_345: "dois milhões trezentos e quarenta e cinco",
    1_234_567: "um milhão duzentos e trinta e quatro mil quinhentos e sessenta e sete",
    2_000_000_000: "dois bilhões",
    1_000_000_000_000: "um trilhão",
}
FEMININE = {
    1: "uma",
    2: "duas",
    21: "vinte e uma",
    100: "cem",
    101: "cento e uma",
    200: "duzentas",
    342: "trezentas e quarenta e duas",
    1000: "mil",
    2000: "duas mil",
    200_002: "duzentas mil e duas",
    2_000_002: "dois milhões e duas",
}
AMOUNTS = {
    0: "zero reais",
    1: "um centavo",
    50: "cinquenta centavos",
    100: "um real",
    101: "um real e um centavo",
    200: "dois reais",
    14_990: "cento e quarenta e nove reais e noventa centavos",
    100_000: "mil reais",
    123_456: "mil duzentos e trinta e quatro reais e cinquenta e seis centavos",
    100_000_000: "um milhão de reais",
    100_000_001: "um milhão de reais e um centavo",
    100_000_100: "um milhão e um reais",
    350_000_000: "três milhões e quinhentos mil reais",
    -14_990: "menos cento e quarenta e nove reais e noventa centavos",
}
DAYS = {
    date(2026, 1, 1): "primeiro de janeiro de dois mil e vinte e seis",
    date(2026, 3, 2): "dois de março de dois mil e vinte e seis",
    date(1999, 12, 31): "trinta e um de dezembro de mil novecentos e noventa e nove",
    date(2100, 2, 21): "vinte e um de fevereiro de dois mil e cem",
}
TELEPHONES = {
    "+5511987654321": "um um, nove oito sete meia cinco, quatro três dois um",
    "+551140001234": "um um, quatro zero zero zero, um dois três quatro",
    "(11) 4000-1234": "um um, quatro zero zero zero, um dois três quatro",
    "0800 123 4567": "zero oitocentos, um dois três, quatro cinco meia sete",
    "+558001234567": "zero oitocentos, um dois três, quatro cinco meia sete",
    "4004-1234": "quatro zero zero quatro, um dois três quatro",
    "+14155550100": "um quatro um cinco cinco cinco cinco zero um zero zero",
}


@pytest.mark.parametrize(("number", "said"), CARDINALS.items())
def test_a_number_is_said_as_grammar_has_it(number: int, said: str) -> None:
    assert cardinal(number) == said


@pytest.mark.parametrize(("number", "said"), FEMININE.items())
def test_a_number_agrees_with_what_is_counted(number: int, said: str) -> None:
    assert cardinal(number, feminine=True) == said


@pytest.mark.parametrize(("centavos", "said"), AMOUNTS.items())
def test_an_amount_is_said_in_reais_and_centavos(centavos: int, said: str) -> None:
    assert money(Money(centavos)) == said


@pytest.mark.parametrize(("on", "said"), DAYS.items())
def test_a_date_is_said_with_its_month(on: date, said: str) -> None:
    assert day(on) == said


def test_a_near_date_is_said_without_its_year() -> None:
    assert day(date(2026, 11, 1), with_year=False) == "primeiro de novembro"


@pytest.mark.parametrize(("number", "said"), TELEPHONES.items())
def test_a_telephone_number_is_said_digit_by_digit(number: str, said: str) -> None:
    assert telephone(number) == said


@pytest.mark.parametrize("number", [-1, MAX_NUMBER + 1])
def test_what_cannot_be_said_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="999 trillion"):
        cardinal(number)


# ── read back: a reader that knows what each word is worth, and nothing of how they are joined ──

WORTH = {
    word: int(worth)
    for line in """
zero 0 um 1 uma 1 dois 2 duas 2 três 3 quatro 4 cinco 5 seis 6 sete 7 oito 8 nove 9
dez 10 onze 11 doze 12 treze 13 catorze 14 quinze 15 dezesseis 16 dezessete 17 dezoito 18
dezenove 19 vinte 20 trinta 30 quarenta 40 cinquenta 50 sessenta 60 setenta 70 oitenta 80
noventa 90 cem 100 cento 100 duzentos 200 trezentos 300 quatrocentos 400 quinhentos 500
seiscentos 600 setecentos 700 oitocentos 800 novecentos 900
""".splitlines()
    for word, worth in zip(line.split()[::2], line.split()[1::2], strict=True)
}
WORTH |= {word[:-2] + "as": worth for word, worth in WORTH.items() if word.endswith("tos")}
SCALES = {"mil": 10**3, "milhão": 10**6, "milhões": 10**6, "bilhão": 10**9, "bilhões": 10**9}
SCALES |= {"trilhão": 10**12, "trilhões": 10**12}


def read_back(said: str) -> int:
    total = group = 0
    for word in said.split():
        if word in SCALES:
            total += (group or 1) * SCALES[word]
            group = 0
        elif word != "e":
            group += WORTH[word]
    return total + group


numbers = st.one_of(st.integers(0, 3000), st.integers(0, MAX_NUMBER))


@given(number=numbers, feminine=st.booleans())
def test_every_number_is_read_back_as_itself(number: int, *, feminine: bool) -> None:
    assert read_back(cardinal(number, feminine=feminine)) == number


@given(numbers)
def test_nothing_is_joined_twice_or_left_hanging(number: int) -> None:
    words = cardinal(number).split()
    assert words[0] != "e"
    assert words[-1] != "e"
    assert ("e", "e") not in pairwise(words)
    assert words[:2] != ["um", "mil"]


@given(st.integers(0, MAX_NUMBER))
def test_every_amount_is_read_back_as_itself(centavos: int) -> None:
    said = money(Money(centavos))
    found = re.fullmatch(r"(?:(.*?) (?:de )?rea(?:l|is))?(?: ?(?:e )?(.*) centavos?)?", said)
    assert found is not None
    assert read_back(found[1] or "") * 100 + read_back(found[2] or "") == centavos


@given(st.text(alphabet="0123456789", min_size=8, max_size=11))
def test_no_digit_of_a_telephone_number_is_lost(digits: str) -> None:
    said = telephone(digits).replace(",", "").replace("zero oitocentos", "zero oito zero zero")
    worth = {**WORTH, "meia": 6}
    assert "".join(str(worth[word]) for word in said.split()) == digits
