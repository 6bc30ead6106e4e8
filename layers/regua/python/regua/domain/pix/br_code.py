"""Write and read BR Codes: the text of a Pix QR code, also called "copia e cola".

A static code carries a key. A dynamic one carries the location of a charge, whose amount lives
there and not here. Either of them, or a code with neither, may carry the location of a recurrence
(Pix Automático).

`encode` writes what every payer's app reads: ASCII only, two decimal places, ascending tags.
`decode` is the check for intake, cheap enough to run on every code. It refuses what cannot be
trusted or paid (a broken structure, another checksum, a mandatory tag missing, a limit passed, two
accounts) and tolerates dialect: tags it does not know are kept in ``others``, and what some apps
refuse is listed in ``deviations``.

Source: BCB, Manual do BR Code and Manual de Padrões para Iniciação do Pix; EMV QRCPS
Merchant-Presented Mode 1.1. Any UTF-8 is allowed, said the BCB (bacen/pix-perguntas-e-respostas
issue 132), yet some apps refuse accents (bacen/pix-api issue 635): hence strict when writing and
tolerant when reading.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from regua.domain.errors import InvalidInput, Problem
from regua.domain.money import ZERO, Money
from regua.domain.pix import tlv
from regua.domain.pix.amounts import AMOUNT, MAX_AMOUNT, read_reais, reais
from regua.domain.pix.folding import fold
from regua.domain.pix.keys import MAX_KEY, kind_of
from regua.domain.rules import Rule

GUI = "br.gov.bcb.pix"
NO_TXID = "***"
MAX_CODE = 512
MAX_NAME = 25
MAX_CITY = 15
MAX_TXID = 25
MAX_LOCATION = 77

_VERSION, _REAL, _BRAZIL = "01", "986", "BR"
_REUSABLE, _SINGLE_USE = "11", "12"
_CHECKSUM_HEAD, _CHECKSUM_LENGTH = "6304", 4
_GUI_FIELD = f"00{len(GUI)}{GUI}"
_TXID = re.compile(rf"[a-zA-Z0-9]{{1,{MAX_TXID}}}|\*\*\*")
_CATEGORY = re.compile(r"\d{4}", re.ASCII)
_POSTAL_CODE = re.compile(r"\d{8}", re.ASCII)
_LOCATION = re.compile(r"[a-zA-Z0-9.-]+(?::\d{1,5})?/[!-~]+", re.ASCII)
_FORMS = {
    "00": (_VERSION, "the version 01"),
    "01": (f"{_REUSABLE}|{_SINGLE_USE}", f"{_REUSABLE} or {_SINGLE_USE}"),
    "52": (r"[0-9]{4}", "a category of four digits"),
    "53": (_REAL, f"the currency {_REAL}"),
    "54": (r"[0-9]{1,10}([.,][0-9]{0,2})?", "an amount of at most ten digits and two decimals"),
    "58": (_BRAZIL, f"the country {_BRAZIL}"),
    "59": (rf".{{1,{MAX_NAME}}}", f"a name of at most {MAX_NAME} characters"),
    "60": (rf".{{1,{MAX_CITY}}}", f"a city of at most {MAX_CITY} characters"),
    "26.00": (r".+", f"an account of {GUI} among tags 26 to 51"),
    "26.01": (rf".{{1,{MAX_KEY}}}", f"a key of at most {MAX_KEY} characters"),
    "26.25": (rf".{{1,{MAX_LOCATION}}}", f"a location of at most {MAX_LOCATION} characters"),
    "62.05": (_TXID.pattern, f"a txid of 1 to {MAX_TXID} letters and digits, or {NO_TXID}"),
    "80.25": (rf".{{1,{MAX_LOCATION}}}", f"a location of at most {MAX_LOCATION} characters"),
}
"""What a field must look like, by path, when it is there."""
_PATTERNS = {path: (re.compile(form), what) for path, (form, what) in _FORMS.items()}
_MANDATORY = ("00", "52", "53", "58", "59", "60", "26.00", "62.05")
_UNDERSTOOD = frozenset((*_FORMS, "26.02", "61", "63", "80.00"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BrCode:
    """What a BR Code says: ``key``, ``location`` and ``recurrence`` tell where the money goes."""

    name: str = field(repr=False)
    """The receiver as printed in the code; apps show the directory's name instead."""
    city: str
    key: str | None = field(default=None, repr=False)
    """Of a static code, which can be paid any number of times."""
    location: str | None = None
    """Of a dynamic code: host and path, without ``https://``."""
    recurrence: str | None = None
    """Of a Pix Automático authorisation, written as ``location`` is."""
    description: str = ""
    """Shown to the payer."""
    amount: Money | None = None
    """Binding in a static code; a hint in a dynamic one, where the location's amount wins."""
    txid: str = NO_TXID
    single_use: bool = False
    """Asks apps to pay once. Say True for a ``cobv``: some banks insist on it."""
    postal_code: str = ""
    category: str = "0000"
    others: tuple[tuple[str, str], ...] = ()
    """What was read but not understood, ascending by path: ``27``, ``26.03``, ``62.50``."""
    deviations: tuple[Problem, ...] = field(default=(), compare=False)
    """What some payers' apps refuse although the code can be read; none in our own codes."""


def encode(code: BrCode) -> str:
    """Write a BR Code; decoding it gives the same code back, its texts folded to ASCII.

    >>> text = encode(BrCode(key="123e4567-e12b-12d1-a456-426655440000", name="Fulano de Tal",
    ...                      city="Brasília"))
    >>> text[-48:]
    '5913Fulano de Tal6008Brasilia62070503***630443FE'

    Raises:
        InvalidInput: naming every attribute that passes a limit, and the limit.
    """
    code = _folded(code)
    problems = tuple(_problems(code))
    if problems:
        raise InvalidInput(problems)
    account = {"00": GUI, "01": code.key, "02": code.description, "25": code.location}
    recurrence = {"00": GUI, "25": code.recurrence} if code.recurrence else {}
    fields = {
        "00": _VERSION,
        "01": _SINGLE_USE if code.single_use else None,
        "26": _template(account),
        "52": code.category,
        "53": _REAL,
        "54": None if code.amount is None else reais(code.amount),
        "58": _BRAZIL,
        "59": code.name,
        "60": code.city,
        "61": code.postal_code,
        "62": _template({"05": code.txid}),
        "80": _template(recurrence),
    }
    # Within the limits checked above, a code of ours has 357 characters at most.
    body = _template(fields) + _CHECKSUM_HEAD
    return body + tlv.crc(body)


def _template(fields: Mapping[str, str | None]) -> str:
    return tlv.write({tag: value for tag, value in fields.items() if value})


def _folded(code: BrCode) -> BrCode:
    texts = {"name": code.name, "city": code.city, "description": code.description}
    problems: list[Problem] = []
    for attribute, text in texts.items():
        try:
            texts[attribute] = fold(text)
        except InvalidInput as exc:
            problems += (Problem(attribute, f"{p.path}: {p.reason}") for p in exc.problems)
    if problems:
        raise InvalidInput(tuple(problems))
    return replace(code, name=texts["name"], city=texts["city"], description=texts["description"])


def _problems(code: BrCode) -> Iterator[Problem]:
    name, city = len(code.name), len(code.city)
    # A key or a location fits its template by itself; a description takes what it leaves.
    left = tlv.MAX_VALUE - len(_GUI_FIELD) - len(f"01..{code.key or code.location or ''}02..")
    shown = max(left, 0)
    rules = (
        ("name", 1 <= name <= MAX_NAME, f"1 to {MAX_NAME} characters, not {name}"),
        ("city", 1 <= city <= MAX_CITY, f"1 to {MAX_CITY} characters, not {city}"),
        ("key", not code.key or not code.location, "a code has a key or a location, not both"),
        ("key", code.key or code.location or code.recurrence, "nowhere to pay to"),
        ("key", not code.key or kind_of(code.key), "not a Pix key in canonical spelling"),
        ("location", _is_location(code.location), f"host/path of at most {MAX_LOCATION}"),
        ("recurrence", _is_location(code.recurrence), f"host/path of at most {MAX_LOCATION}"),
        ("description", len(code.description) <= shown, f"at most {shown} fit here"),
        ("txid", _TXID.fullmatch(code.txid), f"1 to {MAX_TXID} letters and digits, or {NO_TXID}"),
        ("amount", _is_payable(code.amount), f"more than zero, at most {reais(MAX_AMOUNT)}"),
        ("postal_code", _POSTAL_CODE.fullmatch(code.postal_code or "0" * 8), "eight digits"),
        ("category", _CATEGORY.fullmatch(code.category), "four digits"),
        ("others", not code.others, "tags of other arrangements are read, never written"),
    )
    yield from (Problem(attribute, reason) for attribute, holds, reason in rules if not holds)


def _is_location(text: str | None) -> bool:
    return not text or (len(text) <= MAX_LOCATION and _LOCATION.fullmatch(text) is not None)


def _is_payable(amount: Money | None) -> bool:
    return amount is None or ZERO < amount <= MAX_AMOUNT


def decode(text: str) -> BrCode:
    """Read a BR Code, or say where it is broken.

    >>> code = decode("00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd"
    ...               "93113bd4415204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***"
    ...               "630464E4")
    >>> code.location, code.amount, code.single_use
    ('pix.example.com/8b3da2f39a4140d1a91abd93113bd441', None, True)

    Raises:
        InvalidInput: with the path ``position N`` of the first problem, counted from 1.
    """
    _require_characters(text)
    top = tlv.read(text)
    _require_checksum(text, top)
    fields = _flat(top)
    _require_forms(fields, end=len(text))
    values = {path: field.value for path, field in fields.items()}
    return BrCode(
        name=values["59"],
        city=values["60"],
        key=values.get("26.01"),
        location=values.get("26.25"),
        recurrence=values.get("80.25"),
        description=values.get("26.02", ""),
        amount=read_reais(values.get("54", "0")) or None,
        txid=values["62.05"],
        single_use=values.get("01") == _SINGLE_USE,
        postal_code=values.get("61", ""),
        category=values["52"],
        others=tuple(sorted(item for item in values.items() if item[0] not in _UNDERSTOOD)),
        deviations=tuple(_deviations(text, fields)),
    )


def _require_characters(text: str) -> None:
    if len(text) > MAX_CODE:
        raise _at(MAX_CODE + 1, f"longer than {MAX_CODE} characters")
    if not text.isprintable():
        bad = next(at for at, character in enumerate(text, 1) if not character.isprintable())
        raise _at(bad, "a control character, a line break or an unusual space")


def _require_checksum(text: str, top: Mapping[str, tlv.Field]) -> None:
    tags = list(top)
    if tags[:1] != ["00"]:
        raise _at(1, "a BR Code begins with tag 00")
    at = len(text) - _CHECKSUM_LENGTH
    if tags[-1] != "63" or top["63"].position != at + 1:
        raise _at(at + 1, f"a BR Code ends with {_CHECKSUM_HEAD} and the checksum")
    if text[at:] != tlv.crc(text[:at]):
        raise _at(at + 1, "the checksum is another: something was changed or lost")


def _flat(top: Mapping[str, tlv.Field]) -> dict[str, tlv.Field]:
    """Bring the fields inside Pix's own templates to the top, as ``26.01``, ``62.05``, ``80.25``.

    Pix's account may stand under any tag from 26 to 51 and its recurrence under any from 80 to 99;
    other arrangements' templates stay whole.
    """
    fields: dict[str, tlv.Field] = {}
    for tag, (value, position) in top.items():
        prefix = _template_of_ours(tag, value)
        if prefix is None:
            fields[tag] = tlv.Field(value, position)
            continue
        if f"{prefix}.00" in fields:
            raise _at(position, f"a second template of {GUI}: which one is to be paid?")
        for inner, found in tlv.read(value, position).items():
            fields[f"{prefix}.{inner}"] = found
    return fields


def _template_of_ours(tag: str, value: str) -> str | None:
    if tag == "62":
        return "62"
    if value[: len(_GUI_FIELD)].lower() != _GUI_FIELD:
        return None
    return "26" if "26" <= tag <= "51" else "80" if tag >= "80" else None


def _require_forms(fields: Mapping[str, tlv.Field], *, end: int) -> None:
    for path in _MANDATORY:
        if path not in fields:
            raise _at(end, f"the code ends without {_FORMS[path][1]}")
    for path, (pattern, what) in _PATTERNS.items():
        if path in fields and not pattern.fullmatch(fields[path].value):
            raise _at(fields[path].position, f"{what} is expected")
    if "26.01" in fields and "26.25" in fields:
        raise _at(fields["26.25"].position, "a key and a location: which one is to be paid?")
    if not any(path in fields for path in ("26.01", "26.25", "80.25")):
        raise _at(fields["26.00"].position, "neither key, nor location, nor recurrence")


def _deviations(text: str, fields: Mapping[str, tlv.Field]) -> Iterator[Problem]:
    if not text.isascii():
        first = next(at for at, character in enumerate(text, 1) if not character.isascii())
        yield Problem(f"position {first}", "a character outside ASCII")
    for path, is_common, reason in _DIALECT:
        if path in fields and not is_common(fields[path].value):
            yield Problem(f"position {fields[path].position}", reason)


def _is_usual_amount(text: str) -> bool:
    return AMOUNT.fullmatch(text) is not None and bool(read_reais(text))


_DIALECT: tuple[tuple[str, Callable[[str], object], str], ...] = (
    ("26.01", kind_of, "not a Pix key in canonical spelling"),
    ("26.25", _is_location, "not host/path without a scheme"),
    ("54", _is_usual_amount, "not an amount above zero with two decimal places"),
    ("61", _POSTAL_CODE.fullmatch, "not a postal code of eight digits"),
    ("80.25", _is_location, "not host/path without a scheme"),
)


def _at(position: int, reason: str) -> InvalidInput:
    return InvalidInput.at(f"position {position}", reason)


RULES = (
    Rule(
        "pix.br_code.checksum",
        "A BR Code ends with CRC-16/CCITT-FALSE over all that stands before it, as four capital "
        "hexadecimal digits; another checksum is refused.",
        "EMV QRCPS MPM 1.1, data object 63",
    ),
    Rule(
        "pix.br_code.limits",
        f"A BR Code has at most {MAX_CODE} characters, a template {tlv.MAX_VALUE}, the name "
        f"{MAX_NAME}, the city {MAX_CITY}, the txid {MAX_TXID} letters and digits (or {NO_TXID}), "
        f"a location {MAX_LOCATION} without a scheme, the amount {reais(MAX_AMOUNT)}.",
        "BCB, Manual do BR Code; API Pix 2.9.0, pixCopiaECola and location",
    ),
    Rule(
        "pix.br_code.ascii",
        "We write ASCII only: accents fall off, a character without an ASCII form is refused.",
        "our convention: UTF-8 is allowed (bacen/pix-perguntas-e-respostas issue 132), yet some "
        "payers' apps refuse it (bacen/pix-api issue 635)",
    ),
    Rule(
        "pix.br_code.destination",
        "A code pays to exactly one of a key and a location, or authorises a recurrence only; two "
        "Pix accounts in one code are refused.",
        "BCB, Manual de Padrões para Iniciação do Pix; refusing two accounts is our convention",
    ),
    Rule(
        "pix.br_code.dialect",
        "Unknown tags are kept, not refused; forms that some apps refuse are read and listed.",
        "our convention: codes come from many banks, and the debtor is helped by a warning",
    ),
)
