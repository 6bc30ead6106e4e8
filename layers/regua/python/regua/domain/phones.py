"""Telephone numbers as Brazilians write them, read into E.164 with what kind of line they are.

Strict on purpose: a number is read in exactly one way or refused with the reason. Nothing is
guessed: a mobile of before the ninth digit is refused and not completed, because the nine may
have gone to somebody else. `takes_messages` says whether a text may go there.

Source: Anatel, Regulamento de Numeração (Resolução 749/2022): area code (DDD) of two digits,
fixed lines of eight digits, mobiles of nine that begin with 9; ITU-T E.164 for the rest.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from regua.domain.errors import InvalidInput
from regua.domain.rules import Rule
from regua.domain.time_zones import UF_OF_DDD

MAX_TEXT = 40
"""Longer than any spelling of one number; two numbers in a cell are refused before any work."""
_BRAZIL = "55"
_E164_DIGITS = range(8, 16)
_SHORT_CODE_DIGITS = 6
_LOCAL_DIGITS = (8, 9)
_NATIONAL_DIGITS = (10, 11)
_CARRIER_DIGITS = 2
_FIXED_FIRST = "2345"
_OLD_MOBILE_FIRST = "6789"
_NINTH_DIGIT = "9"
_EXTENSION_MARKS = "#*,;"
_FLOAT_END = ".0"
"""Read as a digit, it would make an old mobile of ten digits another person's of eleven."""

_SHAPE = re.compile(r"(?:\(\+\d{1,3}\)|\+)?[-. \d]*(?:\([-. \d]*\))?[-. \d]*", re.ASCII)
_TOLL_FREE = re.compile(r"800\d{6,7}", re.ASCII)
_SHARED_COST = re.compile(r"30[034]\d{7}|(?:300\d|400\d|4020|4370|4864)\d{4}", re.ASCII)
_PREMIUM = re.compile(r"[59]00\d{6,7}", re.ASCII)
_E164 = re.compile(r"\+?([1-9]\d{7,14})", re.ASCII)


class PhoneKind(StrEnum):
    """What kind of line a number is."""

    MOBILE = "mobile"
    FIXED = "fixed"
    TOLL_FREE = "toll_free"
    SHARED_COST = "shared_cost"
    FOREIGN = "foreign"
    """Outside Brazil: not looked into any further."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One telephone number. ``ddd`` is the Brazilian area code, where the line has one."""

    e164: str
    kind: PhoneKind
    ddd: str | None = None

    @property
    def takes_messages(self) -> bool:
        """Whether SMS or WhatsApp may be tried: a mobile, or a line abroad of unknown kind."""
        return self.kind in {PhoneKind.MOBILE, PhoneKind.FOREIGN}


def parse_phone(text: str, *, path: str = "phone") -> Phone:
    """Read one number in any usual spelling.

    Brazilian numbers may carry ``+55`` or 55, the trunk zero, a carrier's code after that zero,
    parentheses, hyphens, dots and spaces. Foreign numbers need their plus.

    >>> parse_phone("0 15 (11) 98765-4321")
    Phone(e164='+5511987654321', kind=<PhoneKind.MOBILE: 'mobile'>, ddd='11')
    >>> parse_phone("4004-1234").kind, parse_phone("+351 912 345 678").e164
    (<PhoneKind.SHARED_COST: 'shared_cost'>, '+351912345678')

    Raises:
        InvalidInput: at ``path``; the reason holds no part of the number but its area code.
    """
    try:
        return _read(text)
    except ValueError as exc:
        raise InvalidInput.at(path, str(exc)) from None


def same_whatsapp(one: str, other: str) -> bool:
    """Tell whether two WhatsApp ids or E.164 numbers are one account, the ninth digit aside.

    >>> same_whatsapp("553187654321", "+5531987654321"), same_whatsapp("551141234567",
    ...     "+5511941234567")
    (True, False)
    """
    key = whatsapp_key(one)
    return key is not None and key == whatsapp_key(other)


def whatsapp_key(number: str) -> str | None:
    """Return what every spelling of one WhatsApp account shares, or None for anything else.

    Accounts older than the ninth digit keep an id without it. The nine is left out wherever eight
    digits from 6 to 9 remain, since no fixed line begins so: the short form can be nobody else's.

    >>> whatsapp_key("+5531987654321"), whatsapp_key("+5511941234567")
    ('553187654321', '5511941234567')
    """
    found = _E164.fullmatch(number)
    if not found:
        return None
    digits = found[1]
    place = len(_BRAZIL) + 2
    is_long_mobile = (
        digits.startswith(_BRAZIL)
        and len(digits) == len(_BRAZIL) + _NATIONAL_DIGITS[1]
        and digits[place] == _NINTH_DIGIT
        and digits[place + 1] in _OLD_MOBILE_FIRST
    )
    return digits[:place] + digits[place + 1 :] if is_long_mobile else digits


def _read(text: str) -> Phone:
    if len(text) > MAX_TEXT:
        raise ValueError(f"longer than {MAX_TEXT} characters; one number at a time")
    digits = _digits(text)
    if "+" not in text:
        return _without_plus(digits)
    if digits.startswith(_BRAZIL):
        return _brazilian(digits.removeprefix(_BRAZIL))
    if digits.startswith("0"):
        raise ValueError("no country code begins with 0")
    if len(digits) not in _E164_DIGITS:
        raise ValueError(
            f"a number with its country code has {_E164_DIGITS[0]} to {_E164_DIGITS[-1]} digits,"
            f" not {len(digits)}"
        )
    return Phone(f"+{digits}", PhoneKind.FOREIGN)


def _digits(text: str) -> str:
    """Return the digits of what is written as one number."""
    if not text.isascii():
        raise ValueError("has characters other than plain digits and separators")
    if any(character.isalpha() or character in _EXTENSION_MARKS for character in text):
        raise ValueError("has letters or an extension; only a number can be called")
    if text.rstrip().endswith(_FLOAT_END):
        raise ValueError(f"ends in {_FLOAT_END}, as spreadsheets write numbers; take it away first")
    if not _SHAPE.fullmatch(text.strip()):
        raise ValueError("is not written as one telephone number")
    digits = "".join(character for character in text if character.isdigit())
    if not digits:
        raise ValueError("has no digits")
    return digits


def _without_plus(digits: str) -> Phone:
    """Read a number dialled from within Brazil, or one whose plus was lost."""
    if digits.startswith("00"):
        raise ValueError("begins like an international call; write + and the country code")
    with_country = [len(_BRAZIL) + length for length in _NATIONAL_DIGITS]
    if digits.startswith(_BRAZIL) and len(digits) in with_country:
        return _brazilian(digits.removeprefix(_BRAZIL))
    return _brazilian(digits)


def _brazilian(digits: str) -> Phone:
    """Read what follows the country code."""
    national = digits.removeprefix("0")
    with_carrier = [_CARRIER_DIGITS + length for length in _NATIONAL_DIGITS]
    if national != digits and len(national) in with_carrier:
        national = national[_CARRIER_DIGITS:]
    return _service(national) or _line(national)


def _service(national: str) -> Phone | None:
    """Read a number that belongs to no area, or return None."""
    if _TOLL_FREE.fullmatch(national):
        return Phone(f"+{_BRAZIL}{national}", PhoneKind.TOLL_FREE)
    if _SHARED_COST.fullmatch(national):
        return Phone(f"+{_BRAZIL}{national}", PhoneKind.SHARED_COST)
    if _PREMIUM.fullmatch(national):
        raise ValueError("is a donation or premium-rate service, nobody's line")
    return None


def _line(national: str) -> Phone:
    """Read an area code and a subscriber's number."""
    ddd, local = _parts(national)
    is_long = len(national) == _NATIONAL_DIGITS[1]
    if is_long and local[0] != _NINTH_DIGIT:
        raise ValueError("nine digits after the area code are a mobile and begin with 9")
    if not is_long and local[0] in _OLD_MOBILE_FIRST:
        raise ValueError("is a mobile without its ninth digit; ask for the number of today")
    if local[0] not in _FIXED_FIRST + _NINTH_DIGIT:
        raise ValueError("no subscriber's number begins with 0 or 1")
    return Phone(f"+{_BRAZIL}{national}", PhoneKind.MOBILE if is_long else PhoneKind.FIXED, ddd)


def _parts(national: str) -> tuple[str, str]:
    """Divide a number into its area code and the rest."""
    if len(national) <= _SHORT_CODE_DIGITS:
        raise ValueError("is a short code, nobody's line")
    if len(national) in _LOCAL_DIGITS:
        raise ValueError("has no area code (DDD)")
    if len(national) not in _NATIONAL_DIGITS:
        raise ValueError(
            f"a Brazilian number has 10 or 11 digits with its area code, not {len(national)}"
        )
    ddd = national[:2]
    if ddd not in UF_OF_DDD:
        raise ValueError(f"there is no area code {ddd}")
    return ddd, national[2:]


RULES = (
    Rule(
        "phone.mobile",
        f"A mobile is an area code, a {_NINTH_DIGIT} and eight digits.",
        "Anatel, Resolução 749/2022 (Regulamento de Numeração); ninth digit since 2012 to 2016",
    ),
    Rule(
        "phone.mobile.old",
        f"Eight digits that begin with {', '.join(_OLD_MOBILE_FIRST)} are a mobile of before the"
        " ninth digit and are refused, never completed.",
        "our convention: the completed number may be another person's, and a debt is told to nobody"
        " else",
    ),
    Rule(
        "phone.fixed",
        f"A fixed line is an area code and eight digits that begin with {', '.join(_FIXED_FIRST)}.",
        "Anatel, Resolução 749/2022 (Regulamento de Numeração)",
    ),
    Rule(
        "phone.area_code",
        f"The area code must be one of the {len(UF_OF_DDD)} in use.",
        "Anatel's numbering plan",
    ),
    Rule(
        "phone.carrier",
        "After a trunk zero, two digits before a whole number are a carrier's code, and dropped.",
        "Anatel's long-distance dialling (código de seleção de prestadora); any code is accepted,"
        " because no number has 12 or 13 digits of its own",
    ),
    Rule(
        "phone.services",
        "0800 numbers are toll-free and 0300, 0303, 0304, 300x, 400x, 4020, 4370 and 4864"
        " shared-cost: recognised, never sent a message; 0500, 0900 and short codes are refused.",
        "Anatel, códigos não geográficos; libphonenumber's metadata for Brazil",
    ),
    Rule(
        "phone.foreign",
        "A number with a plus and another country code is accepted as foreign when it has"
        f" {_E164_DIGITS[0]} to {_E164_DIGITS[-1]} digits.",
        "ITU-T E.164 for the upper bound; the lower one is our convention",
    ),
    Rule(
        "phone.whatsapp",
        "Two WhatsApp ids that differ only in the ninth digit are one account, in any area code,"
        f" where the digit after it is {', '.join(_OLD_MOBILE_FIRST)}.",
        "observed: ids made before the ninth digit keep eight (wwebjs/whatsapp-web.js issue 596);"
        " exceptions to every rule by area code were reported",
    ),
)
"""What this module holds to be right, for docs/rules.md."""
