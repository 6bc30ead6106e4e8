"""Ask for a Pix charge with a due date: the body of ``PUT /cobv/{txid}``, checked before it leaves.

`charge_body` writes the body from plain typed inputs; `body_problems` judges any such body as the
receiver's PSP would, each problem with its JSON path, so that a charge is refused here and not in
a queue at night. What only the PSP knows (whether the key is the creditor's, whether the txid or
the location is taken) stays with the PSP. What the amount is on a date is computed in
`regua.domain.late_charges`: codes and values only travel here.

Source: BCB, API Pix 2.9.0 (openapi.yaml): schema CobVSolicitada, error CobVOperacaoInvalida.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Generic, TypeVar

from regua.domain.calendar import roll
from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.money import Money
from regua.domain.pix.amounts import reais
from regua.domain.pix.charge_check import body_problems
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

__all__ = [
    "DEFAULT_VALID_DAYS",
    "RULES",
    "Discount",
    "PixCharge",
    "PixDebtor",
    "PixDiscount",
    "PixFine",
    "PixInterest",
    "PixRebate",
    "Term",
    "body_problems",
    "charge_body",
    "is_txid",
    "last_payable_day",
    "txid_of",
]

DEFAULT_VALID_DAYS = 30
_TXID = re.compile(r"[a-zA-Z0-9]{26,35}")
_TXID_DIGITS = 32
_CPF_LENGTH = 11
_CENT = Decimal("0.01")
_LONGEST_RATE = 20
_M = TypeVar("_M", PixFine, PixInterest, PixRebate)


@dataclass(frozen=True, slots=True)
class Term(Generic[_M]):
    """A fine, an interest or a rebate: `Money`, or a `Decimal` per cent where the mode says so."""

    mode: _M
    value: Money | Decimal

    def __post_init__(self) -> None:
        _require_type(self.mode, self.value)


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount for paying early: one value per day, or dates with the value until each."""

    mode: PixDiscount
    value: Money | Decimal | None = None
    until: tuple[tuple[date, Money | Decimal], ...] = ()

    def __post_init__(self) -> None:
        for value in (self.value, *(value for _, value in self.until)):
            if value is not None:
                _require_type(self.mode, value)


def _require_type(mode: PixMode, value: Money | Decimal) -> None:
    expected = Decimal if is_percent(mode) else Money
    if type(value) is not expected:
        msg = f"{mode.name} takes a {expected.__name__}, not a {type(value).__name__}"
        raise TypeError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class PixDebtor:
    """Whom a charge names. Somebody else may pay it."""

    tax_id: str = field(repr=False)
    """CPF or CNPJ, digits and letters only."""
    name: str = field(repr=False)
    email: str | None = field(default=None, repr=False)
    street: str | None = field(default=None, repr=False)
    city: str | None = None
    state: str | None = None
    postal_code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PixCharge:
    """A charge with a due date (``cobv``)."""

    key: str = field(repr=False)
    debtor: PixDebtor
    original: Money
    due_date: date
    valid_days_after: int = DEFAULT_VALID_DAYS
    """Calendar days after the moved due date on which the charge can still be paid."""
    fine: Term[PixFine] | None = None
    interest: Term[PixInterest] | None = None
    rebate: Term[PixRebate] | None = None
    discount: Discount | None = None
    payer_request: str | None = None
    """What the payer's app asks the payer to type."""
    additional: tuple[tuple[str, str], ...] = ()
    """Names and values shown to the payer."""
    location_id: int | None = None


def txid_of(creditor_id: CreditorId, invoice_id: InvoiceId, revision: int) -> str:
    """Name the charge of an invoice: 32 hexadecimal digits, the same for ever.

    The same three inputs name the same charge, so that a repeated ``PUT`` finds it instead of
    charging twice. ``revision`` is ours: raise it only when a charge must be replaced by another
    (the one before was removed or paid); a charge that merely changes keeps its txid.

    >>> txid_of(CreditorId("acme"), InvoiceId("inv-1"), 0)
    '86619f2afd37157b49092f74ca8a13b5'
    """
    parts = (creditor_id, invoice_id, str(revision))
    framed = "".join(f"{len(part)}:{part}" for part in parts)
    digest = hashlib.sha256(b"regua.pix.txid.v1\0" + framed.encode(errors="surrogatepass"))
    return digest.hexdigest()[:_TXID_DIGITS]


def is_txid(text: str) -> bool:
    """Tell whether a charge may be named so: 26 to 35 letters and digits."""
    return _TXID.fullmatch(text) is not None


def last_payable_day(due_date: date, valid_days_after: int = DEFAULT_VALID_DAYS) -> date:
    """Return the last day on which the PSP takes a payment.

    The due date moves to a business day first, the days are counted from there, and their end
    moves again. Municipal holidays of the payer may move it further: there the PSP's answer wins.

    >>> last_payable_day(date(2021, 8, 28), 5)
    datetime.date(2021, 9, 6)

    Raises:
        InvalidInput: for a negative count, or one that leaves the calendar.
    """
    if valid_days_after < 0:
        raise InvalidInput.at("calendario.validadeAposVencimento", "less than zero")
    try:
        return roll(roll(due_date) + timedelta(days=valid_days_after))
    except OverflowError:
        raise InvalidInput.at("calendario.validadeAposVencimento", "beyond any calendar") from None


def charge_body(charge: PixCharge, *, today: date) -> dict[str, object]:
    """Write the JSON body of ``PUT /cobv/{txid}``; ``today`` is the day in São Paulo.

    Raises:
        InvalidInput: with the JSON path and the reason of everything the PSP would refuse.
    """
    value = {
        "original": reais(charge.original),
        "multa": _term(charge.fine),
        "juros": _term(charge.interest),
        "abatimento": _term(charge.rebate),
        "desconto": _discount(charge.discount),
    }
    additional = [{"nome": name, "valor": text} for name, text in charge.additional]
    body: dict[str, object] = {
        "calendario": {
            "dataDeVencimento": charge.due_date.isoformat(),
            "validadeAposVencimento": charge.valid_days_after,
        },
        "devedor": _debtor(charge.debtor),
        "valor": _present(value),
        "chave": charge.key,
        "solicitacaoPagador": charge.payer_request,
        "infoAdicionais": additional or None,
        "loc": None if charge.location_id is None else {"id": charge.location_id},
    }
    body = _present(body)
    problems = body_problems(body, today=today)
    if problems:
        raise InvalidInput(problems)
    return body


def _present(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _debtor(debtor: PixDebtor) -> dict[str, object]:
    fields = {
        "cpf" if len(debtor.tax_id) == _CPF_LENGTH else "cnpj": debtor.tax_id,
        "nome": debtor.name,
        "email": debtor.email,
        "logradouro": debtor.street,
        "cidade": debtor.city,
        "uf": debtor.state,
        "cep": debtor.postal_code,
    }
    return _present(fields)


def _term(term: Term[PixFine] | Term[PixInterest] | Term[PixRebate] | None) -> object:
    if term is None:
        return None
    return {"modalidade": term.mode.value, "valorPerc": _rate(term.value)}


def _discount(discount: Discount | None) -> object:
    if discount is None:
        return None
    dates = [{"data": day.isoformat(), "valorPerc": _rate(value)} for day, value in discount.until]
    fields = {
        "modalidade": discount.mode.value,
        "valorPerc": None if discount.value is None else _rate(discount.value),
        "descontoDataFixa": dates or None,
    }
    return _present(fields)


def _rate(value: Money | Decimal) -> str:
    if isinstance(value, Money):
        return reais(value)
    small = value.is_finite() and abs(value.adjusted()) < _LONGEST_RATE
    if small and value == value.quantize(_CENT):
        return f"{value:.2f}"
    return "not two decimal places"


RULES = (
    Rule(
        "pix.charge.txid",
        f"The txid of a charge is {_TXID_DIGITS} hexadecimal digits made from the creditor, the "
        "invoice and our revision: asking twice finds the same charge.",
        "BCB, API Pix 2.9.0, schema TxId (26 to 35 letters and digits, unique per receiver); "
        "deriving it is our convention",
    ),
    Rule(
        "pix.charge.validity",
        "A charge is payable until the due date, moved to a business day, plus the days of "
        "validity, moved again.",
        "BCB, API Pix 2.9.0, schema CobDataDeVencimento, examples A to G",
        f"{DEFAULT_VALID_DAYS} days",
    ),
    Rule(
        "pix.charge.modes",
        f"Interest has {len(PixInterest)} modes, fine {len(PixFine)}, rebate {len(PixRebate)}, "
        f"discount {len(PixDiscount)}, of which {len(UNTIL_DATES)} end on dates; Pix and CNAB "
        "codes are never exchanged.",
        "BCB, API Pix 2.9.0, schema CobVValor",
    ),
)
