"""Named conversions: one value as another system writes it becomes one of ours.

Money never passes through a float: JSON numbers with a decimal point are read as `Decimal`
(`regua.application.connect.body`). Each conversion returns what our own messages take, None when
there is nothing to tell, or raises ``ValueError`` with a reason that never repeats the value.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from regua.domain.addresses import email_address
from regua.domain.customer import CustomerKind
from regua.domain.errors import InvalidInput
from regua.domain.phones import PhoneKind, parse_phone
from regua.domain.tax_ids import normalise
from regua.domain.time_zones import SAO_PAULO, ZONE_OF_UF

MAX_TEXT = 10_000
LONG_TEXT = 500
MAX_ADDRESSES = 10
_MAX_DIGITS = 13
_CENT = Decimal("0.01")
_FLOAT_NOISE = Decimal("0.00001")
"""How far from a whole centavo a sum of binary floats may lie: a thousandth of a centavo."""
_PLAIN = re.compile(r"-?\d{1,13}(\.\d{1,20})?", re.ASCII)
_WHOLE = re.compile(r"0{0,30}\d{1,16}", re.ASCII)
_BRAZILIAN = re.compile(
    r"(?:R\$)?\s*(-?\d{1,3}(?:\.\d{3}){0,3}|-?\d{1,13})(?:,(\d{1,2}))?", re.ASCII
)
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}.*)?", re.ASCII)
_DATE_BR = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)
_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)", re.ASCII)
_BETWEEN = re.compile(r"[;,\s]+")
_BETWEEN_PHONES = re.compile(r"[;,/|]+")
_CPF_DIGITS, _CNPJ_DIGITS = 11, 14
_BRASILIA = ZoneInfo(SAO_PAULO)


class Conversion(StrEnum):
    """How a value is read."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    """Text, cut after 500 characters."""
    REAIS = "reais"
    """Reais with a dot and at most two places, a number or text: ``149.9``, ``"149.90"``."""
    FLOAT_REAIS = "float_reais"
    """The same from a system that adds floats: ``149.89999999999998`` is R$ 149,90."""
    REAIS_BR = "reais_br"
    """Reais as Brazilians write them: ``"1.234,56"``, ``"R$ 149,9"``."""
    CENTAVOS = "centavos"
    """A whole number of centavos."""
    DATE = "date"
    """``2026-11-10``; a time behind it is left out."""
    DATE_BR = "date_br"
    """``10/11/2026``."""
    INSTANT = "instant"
    """ISO 8601 with its offset."""
    INSTANT_UTC = "instant_utc"
    """``2026-11-10 12:31:05``, by the clock of UTC."""
    INSTANT_BRASILIA = "instant_brasilia"
    """``2026-11-10 09:31:05``, by the clock of Brasília."""
    DAY = "day"
    """A date as an instant of that day: noon in Brasília."""
    DAY_BR = "day_br"
    """The same from ``10/11/2026``."""
    DOCUMENT = "document"
    """CPF or CNPJ in any punctuation; a number gets back the zeros it lost in front."""
    KIND = "kind"
    """What a document says about its owner: a person or a company."""
    EMAILS = "emails"
    """Addresses divided by commas, semicolons or spaces; what is none is left out."""
    PHONES = "phones"
    """Numbers divided by commas, semicolons or slashes; what is no telephone is left out."""
    UF = "uf"
    """A state's two letters; anything else is left out."""
    RAW = "raw"
    """What is there, as it is."""


def convert(conversion: Conversion, value: object) -> object:
    """Convert one value.

    Raises:
        ValueError: it cannot be read so; the reason does not repeat it.
    """
    return _CONVERSIONS[conversion](value)


def text(value: object) -> str:
    """Return text; a whole number is its digits.

    >>> text(" FAT-1 "), text(42)
    ('FAT-1', '42')
    """
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            msg = "is too long"
            raise ValueError(msg)
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) >= 10**30:
            msg = "is too long"
            raise ValueError(msg)
        return str(value)
    msg = "is not a text"
    raise ValueError(msg)


def reais(value: object) -> int:
    """Return centavos of reais with at most two decimal places.

    >>> reais(Decimal("149.9")), reais("149.90"), reais(149)
    (14990, 14990, 14900)
    """
    amount = _decimal(value)
    if amount != amount.quantize(_CENT):
        msg = "has more than two decimal places"
        raise ValueError(msg)
    return int(amount * 100)


def float_reais(value: object) -> int:
    """Return centavos of what a sum of binary floats says, if it means a whole centavo.

    >>> float_reais(Decimal("149.89999999999998"))
    14990
    """
    amount = _decimal(value)
    near = amount.quantize(_CENT)
    if abs(amount - near) > _FLOAT_NOISE:
        msg = "is not a whole number of centavos"
        raise ValueError(msg)
    return int(near * 100)


def _decimal(value: object) -> Decimal:
    """Read a number or its plain text, within what any invoice may be."""
    if isinstance(value, Decimal) and value.is_finite():
        if value.adjusted() < _MAX_DIGITS and len(value.as_tuple().digits) <= 2 * _MAX_DIGITS + 10:
            return value
    elif isinstance(value, int) and not isinstance(value, bool):
        if abs(value) < 10**_MAX_DIGITS:
            return Decimal(value)
    elif isinstance(value, str) and _PLAIN.fullmatch(value.strip()):
        return Decimal(value.strip())
    msg = "is not an amount in reais, such as 149.90"
    raise ValueError(msg)


def reais_br(value: object) -> int:
    """Return centavos of an amount as Brazilians write it.

    >>> reais_br("1.234,56"), reais_br("R$ 149,9"), reais_br("1.234")
    (123456, 14990, 123400)
    """
    found = _BRAZILIAN.fullmatch(text(value)) if isinstance(value, str) else None
    if found is None:
        msg = "is not an amount such as 1.234,56"
        raise ValueError(msg)
    whole, part = found[1].replace(".", ""), (found[2] or "").ljust(2, "0")
    return int(whole + part)


def centavos(value: object) -> int:
    """Return a whole number of centavos.

    >>> centavos(14990), centavos("14990"), centavos("00000000000000014990")
    (14990, 14990, 14990)
    """
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value.strip())
    if not isinstance(value, int) or isinstance(value, bool):
        msg = "is not a whole number of centavos"
        raise ValueError(msg)  # noqa: TRY004 - a value that cannot be read, whatever its type
    return value


def iso_date(value: object) -> str:
    """Return a date's ISO form; a time behind it is left out.

    >>> iso_date("2026-11-10"), iso_date("2026-11-10 08:00:00")
    ('2026-11-10', '2026-11-10')
    """
    found = _DATE.fullmatch(text(value)) if isinstance(value, str) else None
    if found is None:
        msg = "is not a date such as 2026-11-10"
        raise ValueError(msg)
    return _real_date(found[1])


def date_br(value: object) -> str:
    """Return the ISO form of a date as Brazilians write it.

    >>> date_br("10/11/2026")
    '2026-11-10'
    """
    found = _DATE_BR.fullmatch(text(value)) if isinstance(value, str) else None
    if found is None:
        msg = "is not a date such as 10/11/2026"
        raise ValueError(msg)
    return _real_date(f"{found[3]}-{found[2]}-{found[1]}")


def _real_date(iso: str) -> str:
    try:
        return date.fromisoformat(iso).isoformat()
    except ValueError:
        msg = "is no day of the calendar"
        raise ValueError(msg) from None


def _noon(iso: str) -> datetime:
    """Return noon of a day in Brasília: no change of zone makes it another day.

    >>> _noon("2026-11-10").isoformat()
    '2026-11-10T12:00:00-03:00'
    """
    day = date.fromisoformat(iso)
    return datetime(day.year, day.month, day.day, 12, tzinfo=_BRASILIA)


def instant_utc(value: object) -> datetime:
    """Return an instant that is written by the clock of UTC, without its offset.

    >>> instant_utc("2026-11-10 12:31:05").isoformat()
    '2026-11-10T12:31:05+00:00'
    """
    return _local_instant(value, ZoneInfo("UTC"))


def _local_instant(value: object, zone: ZoneInfo) -> datetime:
    found = _LOCAL.fullmatch(text(value)) if isinstance(value, str) else None
    if found is None:
        msg = "is not a date and time such as 2026-11-10 09:31:05"
        raise ValueError(msg)
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=zone)
    except ValueError:
        msg = "is no time of the calendar"
        raise ValueError(msg) from None


def document(value: object) -> str:
    """Return a CPF or CNPJ without its punctuation; its digits are checked by who takes it.

    >>> document("529.982.247-25"), document(191)
    ('52998224725', '00000000191')
    """
    plain = normalise(text(value))
    if isinstance(value, int):
        return plain.zfill(_CPF_DIGITS if len(plain) <= _CPF_DIGITS else _CNPJ_DIGITS)
    return plain


def kind(value: object) -> str:
    """Return whose document it is.

    >>> kind("11.222.333/0001-81"), kind("529.982.247-25")
    ('company', 'person')
    """
    is_company = len(document(value)) == _CNPJ_DIGITS
    return (CustomerKind.COMPANY if is_company else CustomerKind.PERSON).value


def emails(value: object) -> list[str] | None:
    """Return the addresses of a text or a list of texts, each once.

    >>> emails("a@cliente.example.com.br; sem e-mail")
    ['a@cliente.example.com.br']
    """
    return _each(value, _BETWEEN, email_address)


def phones(value: object) -> list[str] | None:
    """Return the telephones of a text or a list of texts in E.164, each once.

    >>> phones(["(11) 98765-4321", "não tem"])
    ['+5511987654321']
    """
    return _each(value, _BETWEEN_PHONES, _phone)


def _phone(value: str) -> str:
    try:
        phone = parse_phone(value)
    except InvalidInput as exc:
        raise ValueError(str(exc)) from None
    if not (phone.kind is PhoneKind.FIXED or phone.takes_messages):
        msg = "a service number"
        raise ValueError(msg)
    return phone.e164


def _each(value: object, between: re.Pattern[str], read: Callable[[str], str]) -> list[str] | None:
    found: dict[str, None] = {}
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, str | int) or isinstance(one, bool):
            continue
        for part in between.split(text(one)):
            try:
                found[read(part.strip())] = None
            except ValueError:
                continue
    return list(found)[:MAX_ADDRESSES] or None


def uf(value: object) -> str | None:
    """Return a state's two letters, if that is what it is.

    >>> uf("sp"), uf("São Paulo")
    ('SP', None)
    """
    letters = value.strip().upper() if isinstance(value, str) else ""
    return letters if letters in ZONE_OF_UF else None


_CONVERSIONS: Mapping[Conversion, Callable[[object], object]] = {
    Conversion.TEXT: text,
    Conversion.LONG_TEXT: lambda value: text(value)[:LONG_TEXT],
    Conversion.REAIS: reais,
    Conversion.FLOAT_REAIS: float_reais,
    Conversion.REAIS_BR: reais_br,
    Conversion.CENTAVOS: centavos,
    Conversion.DATE: iso_date,
    Conversion.DATE_BR: date_br,
    Conversion.INSTANT: text,
    Conversion.INSTANT_UTC: instant_utc,
    Conversion.INSTANT_BRASILIA: lambda value: _local_instant(value, _BRASILIA),
    Conversion.DAY: lambda value: _noon(iso_date(value)),
    Conversion.DAY_BR: lambda value: _noon(date_br(value)),
    Conversion.DOCUMENT: document,
    Conversion.KIND: kind,
    Conversion.EMAILS: emails,
    Conversion.PHONES: phones,
    Conversion.UF: uf,
    Conversion.RAW: lambda value: value,
}
