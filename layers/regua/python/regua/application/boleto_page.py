"""Everything one printed boleto says, checked before anybody draws it.

The page is a second copy: the bank has registered the boleto and handed out its line, which is
read by `regua.domain.boleto.barcode.parse_bank_boleto`. What the line does not say, such as the
agency or the nosso número, is optional and prints as blank; it is never derived from the free
field, which only the bank can read. `regua.adapters.boleto_pdf` draws the page.

Source: BCB Carta-Circular 2.926/2000, annex (fields of the slip); Lei 8.078/1990 art. 42-A (name,
address and CPF or CNPJ of the supplier on every collection document).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from regua.domain.boleto.bank_boleto import MAX_AMOUNT, BankBoleto
from regua.domain.boleto.bank_code import printed_code
from regua.domain.errors import InvalidInput, Problem
from regua.domain.money import ZERO, Money
from regua.domain.tax_ids import is_tax_id, normalise

MAX_INSTRUCTIONS = 8
MAX_INSTRUCTION = 110
MAX_PIX = 512
PAY_ANYWHERE = "Pagável em qualquer banco ou pelo aplicativo da sua instituição"

MAX_NAME = 120
_MAX_ADDRESS = 200
_MAX_BANK_NAME = 40
MAX_NUMBER = 25
_MAX_CODE = 30
_MAX_ABBREVIATION = 8
_PIX_START = "000201"


@dataclass(frozen=True, slots=True)
class Party:
    """Who owes, who is owed, or who guarantees; ``address`` is one line, street to CEP.

    Only the beneficiary's must be known (CDC art. 42-A).
    """

    name: str
    document: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoletoPage:
    """One boleto, ready to print.

    ``amount`` and ``due_date`` are what the creditor's invoice says. They must agree with the
    line; where the line leaves the amount open or states no due date, they are what is printed,
    and None prints as blank or as payable on presentation.

    ``agency_and_code``, ``nosso_numero`` and ``portfolio`` are written as the bank writes them.
    ``species`` is the bank's abbreviation (DM, DS …); ``acceptance`` is S or N.
    ``bank_code_digit`` is needed only where `printed_code` cannot know it.

    Raises:
        InvalidInput: with every contradiction, missing name or over-long text found.
    """

    boleto: BankBoleto
    amount: Money | None
    due_date: date | None
    bank_name: str
    beneficiary: Party
    payer: Party
    guarantor: Party | None = None
    payment_place: str = PAY_ANYWHERE
    document_number: str = ""
    document_date: date | None = None
    processing_date: date | None = None
    species: str = ""
    acceptance: str = ""
    agency_and_code: str = ""
    nosso_numero: str = ""
    portfolio: str = ""
    bank_code_digit: str = ""
    instructions: tuple[str, ...] = ()
    discount: Money | None = None
    other_deductions: Money | None = None
    late_charges: Money | None = None
    other_additions: Money | None = None
    charged: Money | None = None
    pix_copy_paste: str | None = None

    def __post_init__(self) -> None:
        problems = (
            *self._amounts(),
            *self._dates(),
            *self._parties(),
            *self._texts(),
            *self._pix(),
        )
        if problems:
            raise InvalidInput(problems)

    @property
    def bank_code(self) -> str:
        """The bank's code as it heads the slip, check digit included where it is known."""
        if self.bank_code_digit:
            return f"{self.boleto.bank}-{self.bank_code_digit}"
        return printed_code(self.boleto.bank)

    def _amounts(self) -> Iterator[Problem]:
        stated = self.boleto.amount
        if stated and self.amount != stated:
            yield Problem("amount", "differs from the amount in the line")
        named = {
            "amount": self.amount,
            "discount": self.discount,
            "other_deductions": self.other_deductions,
            "late_charges": self.late_charges,
            "other_additions": self.other_additions,
            "charged": self.charged,
        }
        for name, money in named.items():
            if money is not None and not ZERO <= money <= MAX_AMOUNT:
                yield Problem(name, "is negative or has more than ten digits of centavos")
        if self.charged is not None and self.charged != self._sum():
            yield Problem("charged", "is not the amount less deductions plus additions")

    def _sum(self) -> Money:
        less = (self.discount or ZERO) + (self.other_deductions or ZERO)
        more = (self.late_charges or ZERO) + (self.other_additions or ZERO)
        return (self.amount or ZERO) - less + more

    def _dates(self) -> Iterator[Problem]:
        stated = self.boleto.due_date
        if stated and self.due_date != stated:
            yield Problem("due_date", "differs from the due date in the line")
        issued, processed = self.document_date, self.processing_date
        if issued and processed and processed < issued:
            yield Problem("processing_date", "is before the document's own date")

    def _parties(self) -> Iterator[Problem]:
        parties = {
            "beneficiary": self.beneficiary,
            "payer": self.payer,
            "guarantor": self.guarantor,
        }
        for role, party in parties.items():
            if party is None:
                continue
            yield from _text(f"{role}.name", party.name, MAX_NAME, required=True)
            is_supplier = role == "beneficiary"
            yield from _text(f"{role}.address", party.address, _MAX_ADDRESS, required=is_supplier)
            if not is_tax_id(normalise(party.document)):
                yield Problem(f"{role}.document", "is not a valid CPF or CNPJ")

    def _texts(self) -> Iterator[Problem]:
        yield from _text("bank_name", self.bank_name, _MAX_BANK_NAME, required=True)
        yield from _text("payment_place", self.payment_place, MAX_NAME, required=True)
        yield from _text("document_number", self.document_number, MAX_NUMBER)
        yield from _text("nosso_numero", self.nosso_numero, MAX_NUMBER)
        yield from _text("agency_and_code", self.agency_and_code, _MAX_CODE)
        yield from _text("portfolio", self.portfolio, _MAX_ABBREVIATION)
        yield from _text("species", self.species, _MAX_ABBREVIATION)
        if self.acceptance not in {"", "S", "N"}:
            yield Problem("acceptance", "is neither S nor N")
        digit = self.bank_code_digit
        if digit and not (len(digit) == 1 and digit.isascii() and digit.isalnum()):
            yield Problem("bank_code_digit", "is not one digit or letter")
        if len(self.instructions) > MAX_INSTRUCTIONS:
            yield Problem("instructions", f"are more than {MAX_INSTRUCTIONS}")
        for index, instruction in enumerate(self.instructions[:MAX_INSTRUCTIONS]):
            yield from _text(f"instructions[{index}]", instruction, MAX_INSTRUCTION)

    def _pix(self) -> Iterator[Problem]:
        code = self.pix_copy_paste
        if code is None:
            return
        if not (code.startswith(_PIX_START) and code.isascii() and code.isprintable()):
            yield Problem("pix_copy_paste", "is not a Pix code: printable ASCII from 000201 on")
        if len(code) > MAX_PIX:
            yield Problem("pix_copy_paste", f"is longer than {MAX_PIX} characters")


def _text(path: str, value: str, longest: int, *, required: bool = False) -> Iterator[Problem]:
    if required and not value.strip():
        yield Problem(path, "is missing")
    if len(value) > longest:
        yield Problem(path, f"is longer than {longest} characters")
