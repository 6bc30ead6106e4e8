"""Receivables out of an NF-e: its instalments (duplicatas), who owes them and to whom.

Whether the issuer is the creditor, and whether the NF-e was cancelled by a later event, is for the
caller to check: neither can be seen in the file. The signature is not verified.

Source: MOC, anexo I (layout 4.00), groups B, C, E, W and Y; Lei 5.474/1968 (duplicatas).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from regua.domain.errors import InvalidInput, Problem
from regua.domain.money import ZERO, Money
from regua.domain.nfe_key import AccessKey, parse_access_key
from regua.domain.nfe_xml import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, NAMESPACE, read_values
from regua.domain.rules import Rule
from regua.domain.tax_ids import is_cnpj, is_cpf
from regua.domain.time_zones import ZONE_OF_UF

_MODEL = "55"
_CONSUMER_MODEL = "65"
_OUTGOING = "1"
_TEST = "2"
_CREDITS = frozenset({"4", "5"})
"""A return of goods; a credit note."""
_AUTHORISED = frozenset({"100", "150"})
"""Authorised; authorised after the deadline. Anything else is cancelled, denied or rejected."""
_YEARS = range(2000, 2101)
_ID_PREFIX = "NFe"
_NO_INSTANT = datetime(1, 1, 1, tzinfo=UTC)

_AMOUNT = re.compile(r"\d{1,13}(?:\.\d{2})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_CODE = re.compile(r"\d", re.ASCII)
_NAMEABLE = re.compile(r"[0-9A-Za-z][0-9A-Za-z ./_-]{0,59}", re.ASCII)


class NoReceivables(StrEnum):
    """Why a valid NF-e gives no receivables."""

    NO_DUPLICATAS = "no_duplicatas"
    """Nothing in ``cobr/dup``: paid at once, or due dates agreed elsewhere."""
    INCOMING = "incoming"
    """``tpNF`` 0: goods came in; the issuer owes, if anybody does."""
    CREDIT = "credit"
    """``finNFe`` 4 or 5: goods go back, or a credit note; nothing is owed to the issuer."""
    TEST = "test"
    """``tpAmb`` 2: from SEFAZ's test environment, without fiscal value."""
    NOT_AUTHORISED = "not_authorised"
    """The protocol says that SEFAZ cancelled, denied or rejected it."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who sold: a CNPJ, or the CPF of a rural producer."""

    document: str
    name: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who bought and owes. ``email`` and ``phone`` are as written and may need reading.

    ``document`` is None for a foreigner, ``uf`` for an address abroad or none at all.
    """

    document: str | None
    name: str
    email: str | None
    phone: str | None
    uf: str | None


@dataclass(frozen=True, slots=True)
class Billing:
    """The bill the instalments add up to (``cobr/fat``); every part of it is optional."""

    number: str | None
    original: Money | None
    discount: Money | None
    net: Money | None


@dataclass(frozen=True, slots=True)
class Duplicata:
    """One instalment. ``import_key`` is the same whenever this NF-e is read again."""

    number: str
    due_date: date
    amount: Money
    import_key: str


@dataclass(frozen=True, slots=True)
class NfeDuplicatas:
    """What one NF-e says of money owed.

    ``authorisation`` is SEFAZ's status code, None in a file without protocol. ``duplicatas`` is in
    the order of the file and empty exactly when ``why_none`` is set. ``warnings`` name what
    disagrees within the file, for a person to look at.
    """

    key: AccessKey
    issued_at: datetime
    total: Money
    issuer: Issuer
    recipient: Recipient
    authorisation: str | None
    billing: Billing | None
    duplicatas: tuple[Duplicata, ...]
    why_none: NoReceivables | None
    warnings: tuple[Problem, ...]


def parse_nfes(
    files: Iterable[tuple[str, bytes]],
) -> Iterator[tuple[str, NfeDuplicatas | InvalidInput]]:
    """Read many files, each on its own: a bad one is yielded with its error and stops nothing."""
    for name, data in files:
        try:
            yield name, parse_nfe(data)
        except InvalidInput as exc:
            yield name, exc


def parse_nfe(data: bytes) -> NfeDuplicatas:
    """Read one NF-e, with or without SEFAZ's protocol.

    Raises:
        InvalidInput: with every problem found; paths are ``file``, ``line 3, column 14`` or the
            element (``infNFe.cobr.dup[2].vDup``). No reason holds a value of the file.
    """
    values = read_values(data)
    reading = _Reading(values.texts)
    key = _key(reading)
    issued_at = reading.instant("infNFe.ide.dhEmi")
    issuer, recipient = _issuer(reading), _recipient(reading)
    total, billing = reading.amount("infNFe.total.ICMSTot.vNF"), _billing(reading)
    authorisation = reading.texts.get("protNFe.infProt.cStat")
    why_none = _why_none(reading, authorisation, values.duplicatas)
    duplicatas = () if why_none else _duplicatas(reading, key, values.duplicatas)
    warnings = _warnings(reading, key, issuer)
    if duplicatas:
        warnings += _sum_warning(duplicatas, billing, total)
    if reading.problems:
        raise InvalidInput(tuple(reading.problems))
    return NfeDuplicatas(
        key=key,
        issued_at=issued_at,
        total=total,
        issuer=issuer,
        recipient=recipient,
        authorisation=authorisation,
        billing=billing,
        duplicatas=duplicatas,
        why_none=why_none,
        warnings=warnings,
    )


class _Reading:
    """Values by path, and what was wrong with them.

    A value that cannot be read is noted and replaced by an empty one of its type, so that reading
    goes on and all problems are told at once; none of those leaves this module.
    """

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.problems: list[Problem] = []

    def refuse(self, path: str, reason: str) -> None:
        self.problems.append(Problem(path, reason))

    def text(self, path: str) -> str:
        found = self.texts.get(path, "")
        if not found:
            self.refuse(path, "is missing")
        return found

    def matched(self, path: str, pattern: re.Pattern[str], reason: str) -> str:
        found = self.text(path)
        if found and not pattern.fullmatch(found):
            self.refuse(path, reason)
            return ""
        return found

    def amount(self, path: str) -> Money:
        found = self.matched(path, _AMOUNT, "is not an amount such as 1234.56")
        return Money.parse(found) if found else ZERO

    def positive_amount(self, path: str) -> Money:
        known = len(self.problems)
        amount = self.amount(path)
        if not amount and len(self.problems) == known:
            self.refuse(path, "is not more than zero")
        return amount

    def optional_amount(self, path: str) -> Money | None:
        return self.amount(path) if self.texts.get(path) else None

    def day(self, path: str) -> date:
        found = self.matched(path, _DATE, "is not a date such as 2026-11-30")
        try:
            day = date.fromisoformat(found) if found else date.min
        except ValueError:
            self.refuse(path, "is not a day of the calendar")
            return date.min
        if found and day.year not in _YEARS:
            self.refuse(path, f"is not between {_YEARS[0]} and {_YEARS[-1]}")
        return day

    def instant(self, path: str) -> datetime:
        found = self.matched(path, _INSTANT, "is not an instant such as 2026-11-30T10:00:00-03:00")
        try:
            return datetime.fromisoformat(found) if found else _NO_INSTANT
        except ValueError:
            self.refuse(path, "is not a time of the calendar")
            return _NO_INSTANT


def _key(reading: _Reading) -> AccessKey:
    """Read the access key; a file without a good one, or of another model, is read no further."""
    path = "infNFe.Id"
    text = reading.text(path)
    if not text:
        raise InvalidInput.at(path, "is missing")
    key = parse_access_key(text.removeprefix(_ID_PREFIX), path=path)
    models = {key.model, reading.texts.get("infNFe.ide.mod")}
    if _CONSUMER_MODEL in models:
        raise InvalidInput.at("infNFe.ide.mod", "is no NF-e but a consumer's receipt (NFC-e)")
    if models != {_MODEL}:
        raise InvalidInput.at("infNFe.ide.mod", f"is not model {_MODEL}, an NF-e")
    if reading.texts.get("protNFe.infProt.chNFe", key.text) != key.text:
        reading.refuse("protNFe.infProt.chNFe", "is the protocol of another NF-e")
    return key


def _issuer(reading: _Reading) -> Issuer:
    document = _document(reading, "infNFe.emit")
    return Issuer(document or "", reading.text("infNFe.emit.xNome"))


def _recipient(reading: _Reading) -> Recipient:
    optional = reading.texts.get
    uf = optional("infNFe.dest.enderDest.UF")
    return Recipient(
        _document(reading, "infNFe.dest"),
        reading.text("infNFe.dest.xNome"),
        optional("infNFe.dest.email") or None,
        optional("infNFe.dest.enderDest.fone") or None,
        uf if uf in ZONE_OF_UF else None,
    )


def _document(reading: _Reading, party: str) -> str | None:
    """Return the party's CNPJ or CPF, or None for a foreigner."""
    names = ("CNPJ", "CPF", "idEstrangeiro")
    given = [name for name in names if f"{party}.{name}" in reading.texts]
    if len(given) != 1:
        reading.refuse(party, "names no CNPJ or CPF" if not given else "names two documents")
        return None
    (name,) = given
    path = f"{party}.{name}"
    document = reading.texts[path]
    if name == "idEstrangeiro":
        return None
    if not (is_cnpj(document) if name == "CNPJ" else is_cpf(document)):
        reading.refuse(path, f"is not a valid {name}")
    return document


def _billing(reading: _Reading) -> Billing | None:
    group = "infNFe.cobr.fat"
    if not any(path.startswith(f"{group}.") for path in reading.texts):
        return None
    return Billing(
        reading.texts.get(f"{group}.nFat") or None,
        reading.optional_amount(f"{group}.vOrig"),
        reading.optional_amount(f"{group}.vDesc"),
        reading.optional_amount(f"{group}.vLiq"),
    )


def _why_none(reading: _Reading, authorisation: str | None, count: int) -> NoReceivables | None:
    direction, environment, purpose = (
        reading.matched(f"infNFe.ide.{name}", _CODE, "is not a code of one digit")
        for name in ("tpNF", "tpAmb", "finNFe")
    )
    reasons = {
        NoReceivables.TEST: environment == _TEST,
        NoReceivables.NOT_AUTHORISED: authorisation not in {None, *_AUTHORISED},
        NoReceivables.INCOMING: direction != _OUTGOING,
        NoReceivables.CREDIT: purpose in _CREDITS,
        NoReceivables.NO_DUPLICATAS: count == 0,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _duplicatas(reading: _Reading, key: AccessKey, count: int) -> tuple[Duplicata, ...]:
    paths = [f"infNFe.cobr.dup[{place}]" for place in range(1, count + 1)]
    numbers = [reading.texts.get(f"{path}.nDup", "") for path in paths]
    found = []
    for place, (path, number) in enumerate(zip(paths, numbers, strict=True), start=1):
        is_name = bool(_NAMEABLE.fullmatch(number)) and numbers.count(number) == 1
        import_key = f"{key.text}:{number}" if is_name else f"{key.text}:[{place}]"
        due_date, amount = reading.day(f"{path}.dVenc"), reading.positive_amount(f"{path}.vDup")
        found.append(Duplicata(number or str(place), due_date, amount, import_key))
    return tuple(found)


def _warnings(reading: _Reading, key: AccessKey, issuer: Issuer) -> tuple[Problem, ...]:
    number = reading.matched("infNFe.ide.nNF", _NUMBER, "is not a number of at most nine digits")
    disagreements = []
    if issuer.document != key.issuer:
        reason = "is not the issuer named in the access key"
        disagreements.append(Problem("infNFe.emit", reason))
    if number and int(number) != key.number:
        disagreements.append(Problem("infNFe.ide.nNF", "is not the number in the access key"))
    return tuple(disagreements)


def _sum_warning(
    duplicatas: tuple[Duplicata, ...], billing: Billing | None, total: Money
) -> tuple[Problem, ...]:
    owed = billing.net if billing and billing.net is not None else total
    if sum(one.amount.centavos for one in duplicatas) == owed.centavos:
        return ()
    return (Problem("infNFe.cobr", "the instalments do not add up to the amount billed"),)


RULES = (
    Rule(
        "nfe.receivables",
        f"Only an outgoing NF-e (tpNF {_OUTGOING}) of model {_MODEL} gives receivables: one per"
        " duplicata. A return of goods or a credit note (finNFe"
        f" {' or '.join(sorted(_CREDITS))}) and a test (tpAmb {_TEST}) give none.",
        "MOC, anexo I, groups B and Y; Nota Técnica 2025.002 (finNFe 5); leaving credits out is our"
        " convention",
    ),
    Rule(
        "nfe.authorised",
        f"With a protocol, only status {' or '.join(sorted(_AUTHORISED))} gives receivables; a file"
        " without protocol gives them and says so.",
        "MOC, anexo I, group PR and its table of status codes",
    ),
    Rule(
        "nfe.import_key",
        "A duplicata is imported once: its key is the access key and nDup, or its place where nDup"
        " is missing, repeated or not plain text.",
        "our convention: nDup is free text and optional in the layout",
    ),
    Rule(
        "nfe.warnings",
        "An issuer or number other than the access key's, and instalments that do not add up to"
        " the net amount billed, are told but not refused.",
        "our convention: published samples differ in each of these",
    ),
    Rule(
        "nfe.xml",
        f"An NF-e is UTF-8 in the namespace {NAMESPACE}, at most {MAX_BYTES} bytes, {MAX_ELEMENTS}"
        f" elements and {MAX_DEPTH} levels, without DOCTYPE or processing instructions.",
        "MOC, visão geral, XML conventions; the limits are our convention",
    ),
    Rule(
        "nfe.service_invoice",
        "A service invoice (NFS-e) gives no receivables: its layout has no instalments.",
        "national NFS-e layout (DPS), which has no group for them",
    ),
)
"""What this module holds to be right, for docs/rules.md."""
