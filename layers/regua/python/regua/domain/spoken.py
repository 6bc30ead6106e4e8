"""Numbers, money, dates and telephone numbers as a Brazilian says them: words for a voice to read.

A voice reads "R$ 1.234,56" or "03/11" as it pleases; words leave it no choice.

Source: the "e" between classes follows Cunha and Cintra, Nova Gramática do Português
Contemporâneo, chapter on numerals: it stands inside a class, and before the last class when that
one is below one hundred or a whole number of hundreds.
"""

import re
from datetime import date

from regua.domain.money import Money

MAX_NUMBER = 10**15 - 1
"""The largest number that is said: 999 trillion and the rest."""
_UNITS = (
    *("zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove"),
    *("dez", "onze", "doze", "treze", "catorze", "quinze", "dezesseis", "dezessete"),
    *("dezoito", "dezenove"),
)
_TENS = (
    *("", "", "vinte", "trinta", "quarenta", "cinquenta", "sessenta", "setenta"),
    *("oitenta", "noventa"),
)
_HUNDREDS = (
    *("", "cento", "duzentos", "trezentos", "quatrocentos", "quinhentos"),
    *("seiscentos", "setecentos", "oitocentos", "novecentos"),
)
_CLASSES = (
    ("", ""),
    ("mil", "mil"),
    ("milhão", "milhões"),
    ("bilhão", "bilhões"),
    ("trilhão", "trilhões"),
)
_FEMININE = {"um": "uma", "dois": "duas"}
_MONTHS = (
    *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
    *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
)
_ONE_HUNDRED = 100
_THOUSAND = 1000
_MILLION = 1_000_000
_FIRST_TENS = 20
_GENDERED_CLASSES = 2
"""Units and thousands agree with what is counted; millions are nouns of their own."""
_BRAZILIAN = re.compile(r"\+55(\d{2})(\d{4,5})(\d{4})", re.ASCII)
_TOLL_FREE = re.compile(r"(?:\+55|0)(800)(\d{3})(\d{3,4})", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)


def cardinal(number: int, *, feminine: bool = False) -> str:
    """Say a whole number.

    >>> cardinal(1234), cardinal(1100), cardinal(1_100_000)
    ('mil duzentos e trinta e quatro', 'mil e cem', 'um milhão e cem mil')
    >>> cardinal(2201, feminine=True)
    'duas mil duzentas e uma'

    Args:
        number: from zero to `MAX_NUMBER`.
        feminine: whether what is counted is feminine ("duas faturas").

    Raises:
        ValueError: the number is below zero, or too large.
    """
    if not 0 <= number <= MAX_NUMBER:
        msg = "only numbers from zero to 999 trillion are said"
        raise ValueError(msg)
    if number == 0:
        return _UNITS[0]
    classes = _classes(number)
    said = [_class_words(value, place, feminine=feminine) for value, place in classes]
    last_value, _ = classes[-1]
    joins = last_value < _ONE_HUNDRED or last_value % _ONE_HUNDRED == 0
    if len(said) > 1 and joins:
        return f"{' '.join(said[:-1])} e {said[-1]}"
    return " ".join(said)


def money(amount: Money) -> str:
    """Say an amount.

    >>> money(Money(123456))
    'mil duzentos e trinta e quatro reais e cinquenta e seis centavos'
    >>> money(Money(1)), money(Money(200_000_000)), money(Money(0))
    ('um centavo', 'dois milhões de reais', 'zero reais')

    Raises:
        ValueError: the amount is beyond what `cardinal` says.
    """
    if amount.centavos < 0:
        return f"menos {money(Money(-amount.centavos))}"
    reais, centavos = divmod(amount.centavos, 100)
    if centavos == 0:
        return _reais(reais)
    cents = f"{cardinal(centavos)} {'centavo' if centavos == 1 else 'centavos'}"
    return f"{_reais(reais)} e {cents}" if reais else cents


def day(on: date, *, with_year: bool = True) -> str:
    """Say a date.

    >>> day(date(2026, 11, 1)), day(date(2026, 11, 13), with_year=False)
    ('primeiro de novembro de dois mil e vinte e seis', 'treze de novembro')
    """
    number = "primeiro" if on.day == 1 else cardinal(on.day)
    said = f"{number} de {_MONTHS[on.month - 1]}"
    return f"{said} de {cardinal(on.year)}" if with_year else said


def telephone(number: str) -> str:
    """Say a telephone number digit by digit, in the groups in which it is printed.

    Of a Brazilian number the country's code is left out. Six is "meia", as everybody says it on
    the telephone, because "seis" is heard as "três".

    >>> telephone("+5511987654321")
    'um um, nove oito sete meia cinco, quatro três dois um'
    >>> telephone("0800 123 4567")
    'zero oitocentos, um dois três, quatro cinco meia sete'
    """
    bare = re.sub(r"[\s().-]", "", number)
    if free := _TOLL_FREE.fullmatch(bare):
        return ", ".join(("zero oitocentos", *map(_digit_by_digit, free.groups()[1:])))
    found = _BRAZILIAN.fullmatch(bare)
    groups = found.groups() if found else _DIGITS.findall(number)
    return ", ".join(map(_digit_by_digit, groups))


def _reais(reais: int) -> str:
    if reais == 1:
        return "um real"
    of = "de " if reais >= _MILLION and reais % _MILLION == 0 else ""
    return f"{cardinal(reais)} {of}reais"


def _classes(number: int) -> list[tuple[int, int]]:
    """Return the classes that are not zero, the largest first: value, and power of a thousand."""
    found = []
    place = 0
    while number:
        number, value = divmod(number, _THOUSAND)
        if value:
            found.append((value, place))
        place += 1
    return found[::-1]


def _class_words(value: int, place: int, *, feminine: bool) -> str:
    one, several = _CLASSES[place]
    if place == 1 and value == 1:
        return one  # "mil", never "um mil"
    said = _below_a_thousand(value, feminine=feminine and place < _GENDERED_CLASSES)
    return f"{said} {one if value == 1 else several}".rstrip()


def _below_a_thousand(value: int, *, feminine: bool) -> str:
    if value == _ONE_HUNDRED:
        return "cem"
    hundreds, rest = divmod(value, _ONE_HUNDRED)
    said = []
    if hundreds:
        word = _HUNDREDS[hundreds]
        said.append(f"{word[:-2]}as" if feminine and hundreds > 1 else word)
    if rest >= _FIRST_TENS:
        said.append(_TENS[rest // 10])
        rest %= 10
    if rest:
        word = _UNITS[rest]
        said.append(_FEMININE.get(word, word) if feminine else word)
    return " e ".join(said)


def _digit_by_digit(digits: str) -> str:
    return " ".join("meia" if digit == "6" else _UNITS[int(digit)] for digit in digits)
