"""Judge the JSON body of ``PUT /cobv/{txid}`` as the receiver's PSP would.

What only the PSP knows stays with it: whose the key is, whether the txid or the location is taken,
whether the charge is still active. Everything else of CobVOperacaoInvalida is found here, each
problem with its JSON path, and no value is repeated in a reason (a debtor's data is among them).

Unknown fields are no problem. The OpenAPI file itself cannot be used as a validator: its patterns
carry JavaScript slashes, ``desconto`` with modes 3 to 6 matches both arms of its ``oneOf``, ``loc``
requires a field that no request has, and fifty entries of ``infoAdicionais`` are meant where it
limits a number. Its prose says what is meant, and the prose is followed.

Source: BCB, API Pix 2.9.0: CobVSolicitada, DadosDevedor, CobVValor, CobBase, CobVOperacaoInvalida.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from typing import TypeVar

from regua.domain.errors import Problem
from regua.domain.money import Money
from regua.domain.pix.amounts import AMOUNT, read_reais
from regua.domain.pix.keys import kind_of
from regua.domain.pix.modes import (
    UNTIL_DATES,
    PixDiscount,
    PixFine,
    PixInterest,
    PixMode,
    PixRebate,
    is_percent,
)
from regua.domain.rules import Rule
from regua.domain.tax_ids import is_cnpj, is_cpf

MAX_REQUEST = 140
MAX_ADDITIONAL = 50
MAX_DISCOUNT_DATES = 3
_MAX_INT32 = 2**31 - 1
_MAX_INT64 = 2**63 - 1
_HUNDRED_PER_CENT = Money(100_00)
"""Percentages have the form of amounts, so both are compared as amounts."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DEBTOR_TEXTS = {"nome": 200, "logradouro": 200, "cidade": 200, "uf": 2, "cep": 8, "email": 254}
"""The schema sets every limit but the e-mail's, which is that of an address (RFC 5321)."""
_ADDITIONAL_TEXTS = {"nome": 50, "valor": 200}
_M = TypeVar("_M", PixFine, PixInterest, PixRebate, PixDiscount)

Json = Mapping[str, object]


def body_problems(body: object, *, today: date) -> tuple[Problem, ...]:
    """List what is wrong with a body, in the order of the schema; empty when nothing is.

    ``today`` is the day the charge is created on, in São Paulo.

    >>> for problem in body_problems({"chave": "x", "valor": {}}, today=date(2026, 11, 2)):
    ...     print(problem.path, "-", problem.reason)
    calendario - an object is expected
    devedor - an object is expected
    valor.original - a number such as 123.45 is expected
    chave - a Pix key in canonical spelling is expected
    """
    if not isinstance(body, dict):
        return (Problem("$", "an object is expected"),)
    return tuple(_body(body, today))


def _body(body: Json, today: date) -> Iterator[Problem]:
    due = None
    calendar, value = body.get("calendario"), body.get("valor")
    if isinstance(calendar, dict):
        due = _date(calendar.get("dataDeVencimento"))
        yield from _calendar(calendar, due, today)
    else:
        yield _object("calendario")
    yield from _debtor(body.get("devedor"))
    if isinstance(value, dict):
        yield from _value(value, due)
    else:
        yield _object("valor")
    key = body.get("chave")
    if not (isinstance(key, str) and kind_of(key)):
        yield Problem("chave", "a Pix key in canonical spelling is expected")
    yield from _texts("", body, {"solicitacaoPagador": MAX_REQUEST})
    yield from _additional(body.get("infoAdicionais", []))
    yield from _location(body)


def _calendar(calendar: Json, due: date | None, today: date) -> Iterator[Problem]:
    path = "calendario.dataDeVencimento"
    if due is None:
        yield Problem(path, "a date such as 2026-11-30 is expected")
    elif due < today:
        yield Problem(path, "before the day the charge is created on")
    if not _is_count(calendar.get("validadeAposVencimento", 0), _MAX_INT32):
        yield Problem("calendario.validadeAposVencimento", "a count of days is expected")


def _debtor(debtor: object) -> Iterator[Problem]:
    if not isinstance(debtor, dict):
        yield _object("devedor")
        return
    if ("cpf" in debtor) == ("cnpj" in debtor):
        yield Problem("devedor", "either a cpf or a cnpj is expected")
    for name, is_valid in (("cpf", is_cpf), ("cnpj", is_cnpj)):
        number = debtor.get(name, "")
        if name in debtor and not (isinstance(number, str) and is_valid(number)):
            yield Problem(f"devedor.{name}", f"not a valid {name.upper()}")
    if debtor.get("nome", "") == "":
        yield Problem("devedor.nome", "a name is expected")
    yield from _texts("devedor.", debtor, _DEBTOR_TEXTS)


def _value(value: Json, due: date | None) -> Iterator[Problem]:
    original = _amount(value.get("original"))
    if original is None:
        yield Problem("valor.original", "a number such as 123.45 is expected")
    elif not original:
        yield Problem("valor.original", "more than zero is expected")
    if "multa" in value:
        yield from _term("valor.multa", value["multa"], PixFine, original)
    if "juros" in value:
        yield from _term("valor.juros", value["juros"], PixInterest, original)
    if "abatimento" in value:
        yield from _term("valor.abatimento", value["abatimento"], PixRebate, original)
    if "desconto" in value:
        yield from _discount("valor.desconto", value["desconto"], original, due)


def _term(path: str, term: object, modes: type[_M], original: Money | None) -> Iterator[Problem]:
    if not isinstance(term, dict):
        yield _object(path)
        return
    mode = _mode(modes, term.get("modalidade"))
    if mode is None:
        yield _no_mode(path, modes)
    yield from _rate(f"{path}.valorPerc", term.get("valorPerc"), mode, original)


def _discount(
    path: str, discount: object, original: Money | None, due: date | None
) -> Iterator[Problem]:
    if not isinstance(discount, dict):
        yield _object(path)
        return
    mode = _mode(PixDiscount, discount.get("modalidade"))
    if mode is None:
        yield _no_mode(path, PixDiscount)
        return
    wanted, unwanted = "valorPerc", "descontoDataFixa"
    if mode in UNTIL_DATES:
        wanted, unwanted = unwanted, wanted
        yield from _dates(f"{path}.{wanted}", discount.get(wanted), mode, original, due)
    else:
        yield from _rate(f"{path}.{wanted}", discount.get(wanted), mode, original)
    if unwanted in discount:
        yield Problem(f"{path}.{unwanted}", f"not with mode {mode.value}")


def _dates(
    path: str, dates: object, mode: PixDiscount, original: Money | None, due: date | None
) -> Iterator[Problem]:
    if not isinstance(dates, list) or not 1 <= len(dates) <= MAX_DISCOUNT_DATES:
        yield Problem(path, f"1 to {MAX_DISCOUNT_DATES} dates are expected")
        return
    seen: set[date | None] = {None}
    for index, item in enumerate(dates):
        entry = item if isinstance(item, dict) else {}
        day = _date(entry.get("data"))
        if day is None:
            yield Problem(f"{path}[{index}].data", "a date such as 2026-11-30 is expected")
        elif due is not None and day > due:
            yield Problem(f"{path}[{index}].data", "after the due date")
        elif day in seen:
            yield Problem(f"{path}[{index}].data", "a second discount until the same date")
        seen.add(day)
        yield from _rate(f"{path}[{index}].valorPerc", entry.get("valorPerc"), mode, original)


def _rate(
    path: str, raw: object, mode: PixMode | None, original: Money | None
) -> Iterator[Problem]:
    amount = _amount(raw)
    if amount is None:
        yield Problem(path, "a number such as 123.45 is expected")
    elif isinstance(mode, PixRebate | PixDiscount):
        limit = _HUNDRED_PER_CENT if is_percent(mode) else original
        if limit is not None and amount >= limit:
            whole = "100 %" if is_percent(mode) else "valor.original"
            yield Problem(path, f"not less than {whole}")


def _additional(entries: object) -> Iterator[Problem]:
    path = "infoAdicionais"
    if not isinstance(entries, list) or len(entries) > MAX_ADDITIONAL:
        yield Problem(path, f"a list of at most {MAX_ADDITIONAL} entries is expected")
        return
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict) or not _ADDITIONAL_TEXTS.keys() <= entry.keys():
            yield Problem(f"{path}[{index}]", "a nome and a valor are expected")
        else:
            yield from _texts(f"{path}[{index}].", entry, _ADDITIONAL_TEXTS)


def _location(body: Json) -> Iterator[Problem]:
    location = body.get("loc")
    if "loc" in body and not (
        isinstance(location, dict) and _is_count(location.get("id"), _MAX_INT64)
    ):
        yield Problem("loc.id", "the number of a location is expected")


def _texts(prefix: str, holder: Json, limits: Mapping[str, int]) -> Iterator[Problem]:
    for name, limit in limits.items():
        text = holder.get(name, "")
        if not (isinstance(text, str) and len(text) <= limit):
            yield Problem(f"{prefix}{name}", f"text of at most {limit} characters is expected")


def _mode(modes: type[_M], code: object) -> _M | None:
    return next((mode for mode in modes if type(code) is int and mode.value == code), None)


def _amount(raw: object) -> Money | None:
    return read_reais(raw) if isinstance(raw, str) and AMOUNT.fullmatch(raw) else None


def _date(raw: object) -> date | None:
    if not (isinstance(raw, str) and _DATE.fullmatch(raw)):
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None


def _is_count(raw: object, highest: int) -> bool:
    return type(raw) is int and 0 <= raw <= highest


def _object(path: str) -> Problem:
    return Problem(path, "an object is expected")


def _no_mode(path: str, modes: type[Enum]) -> Problem:
    return Problem(f"{path}.modalidade", f"a whole number from 1 to {len(modes)} is expected")


RULES = (
    Rule(
        "pix.charge.refused",
        "A charge is refused before it is sent when its due date has passed, its amount is zero, "
        "a rebate or a discount reaches the whole, a discount ends after the due date or mixes "
        f"dates with an amount per day, or more than {MAX_DISCOUNT_DATES} dates, "
        f"{MAX_ADDITIONAL} additional entries or {MAX_REQUEST} characters of request are given.",
        "BCB, API Pix 2.9.0, error CobVOperacaoInvalida and schema CobVSolicitada",
    ),
    Rule(
        "pix.charge.stricter",
        "A debtor without a name or with wrong check digits, a key of no known kind and two "
        "discounts until the same date are refused too.",
        "our convention: the schema lets them pass, and the charge could not be paid or explained",
    ),
)
