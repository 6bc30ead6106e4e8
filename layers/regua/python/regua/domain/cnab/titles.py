"""One title's news in a return file, and how it is read from its records.

Whatever the format, a title arrives as a group of lines: one record in CNAB 400 and whatever
follows it (a Pix, the sharing of the credit), segments T, U and Y in CNAB 240. Names and documents
of payers are not read; the lines are kept whole as evidence and stay out of every ``repr``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from regua.domain.cnab import fields
from regua.domain.cnab.fields import Field, Line
from regua.domain.cnab.layouts import PixFields, TitleFields
from regua.domain.cnab.occurrences import Occurrence
from regua.domain.money import ZERO, Money


class TitleKey(NamedTuple):
    """What makes a title's news the same news when a file, or another one, tells it again."""

    bank: str
    title: str
    """The bank's number, or the creditor's own where the bank gave none."""
    occurrence: str
    occurrence_date: date | None
    paid: Money


@dataclass(frozen=True, slots=True)
class PixOfTitle:
    """The Pix side of a hybrid boleto, as far as the bank tells it."""

    key: str = ""
    key_type: str = ""
    txid: str = ""
    location: str = ""
    br_code: str = ""


@dataclass(frozen=True, slots=True)
class RetornoTitle:
    """What happened to one title.

    ``paid`` is what the payer paid; ``credited`` what reached the account, None where the layout
    does not say. ``late_charges`` are interest and fine together. ``reasons`` are the bank's codes
    (of rejection, of the way it was paid), blank and zero ones left out.
    """

    bank: str
    line_number: int
    nosso_numero: str
    document_number: str
    control_number: str
    occurrence: Occurrence
    reasons: tuple[str, ...]
    occurrence_date: date | None
    due_date: date | None
    credit_date: date | None
    amount: Money
    paid: Money
    credited: Money | None
    late_charges: Money
    rebate: Money
    discount: Money
    tariff: Money
    other_expenses: Money
    other_credits: Money
    iof: Money
    wallet: str
    agency: str
    account: str
    collecting_bank: str
    pix: PixOfTitle | None
    nfe_key: str
    raw_lines: tuple[bytes, ...] = field(repr=False)

    @property
    def key(self) -> TitleKey:
        """The identity under which this news is applied once."""
        title = self.nosso_numero if self.has_number else self.document_number
        return TitleKey(self.bank, title, self.occurrence.code, self.occurrence_date, self.paid)

    @property
    def has_number(self) -> bool:
        """Whether the bank names the title (nosso número); a refused entry may have none."""
        return bool(self.nosso_numero.strip("0"))


class Reader:
    """Reads the fields of one title's records; an absent field reads as nothing."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Sequence[Line]) -> None:
        """Take the records that fields are numbered by (``Field.part``)."""
        self._parts = parts

    def text(self, spot: Field | None) -> str:
        """Read a text; empty where the layout has no such field."""
        return fields.text(self._parts[spot.part], spot) if spot else ""

    def money(self, spot: Field | None) -> Money:
        """Read an amount; zero where the layout has no such field."""
        return fields.money(self._parts[spot.part], spot) if spot else ZERO

    def day(self, spot: Field | None) -> date | None:
        """Read a date; None where the layout has no such field."""
        return fields.day(self._parts[spot.part], spot) if spot else None

    def number(self, spot: Field | None) -> int | None:
        """Read a number; None where the layout has no such field."""
        return fields.number(self._parts[spot.part], spot) if spot else None

    def codes(self, spot: Field | None, columns: int) -> tuple[str, ...]:
        """Read codes that stand side by side, without the blank and zero ones."""
        together = spot.of(self._parts[spot.part]) if spot else b""
        if not together.strip(b"0 "):
            return ()
        starts = range(0, len(together), columns)
        each = (fields.as_text(together[start : start + columns]) for start in starts)
        return tuple(code for code in each if code.strip("0"))


def read_title(
    bank: str,
    parts: Sequence[Line],
    spots: TitleFields,
    *,
    occurrence: Occurrence,
    pix: PixOfTitle | None,
    nfe_key: str = "",
    paid_is_credited: bool = False,
    raw_lines: tuple[bytes, ...],
) -> RetornoTitle:
    """Read one title.

    Raises:
        InvalidInput: naming the line and the columns of the field that cannot be read.
    """
    reader = Reader(parts)
    amount, paid = reader.money(spots.amount), reader.money(spots.paid)
    late_charges = reader.money(spots.late_charges)
    if spots.late_fine:
        late_charges += reader.money(spots.late_fine)
    rebate, discount = reader.money(spots.rebate), reader.money(spots.discount)
    tariff, other_credits = reader.money(spots.tariff), reader.money(spots.other_credits)
    credited = reader.money(spots.credited) if spots.credited else None
    if paid_is_credited:
        credited = paid
        if paid and tariff:
            due = amount + late_charges + other_credits - rebate - discount
            paid = due if paid + tariff == due else paid
    return RetornoTitle(
        bank=bank,
        line_number=parts[0].number,
        nosso_numero=reader.text(spots.nosso_numero),
        document_number=reader.text(spots.document_number),
        control_number=reader.text(spots.control_number),
        occurrence=occurrence,
        reasons=reader.codes(spots.reasons, spots.reason_columns),
        occurrence_date=reader.day(spots.occurrence_date),
        due_date=reader.day(spots.due_date),
        credit_date=reader.day(spots.credit_date),
        amount=amount,
        paid=paid,
        credited=credited,
        late_charges=late_charges,
        rebate=rebate,
        discount=discount,
        tariff=tariff,
        other_expenses=reader.money(spots.other_expenses),
        other_credits=other_credits,
        iof=reader.money(spots.iof),
        wallet=reader.text(spots.wallet),
        agency=reader.text(spots.agency),
        account=reader.text(spots.account),
        collecting_bank=reader.text(spots.collecting_bank),
        pix=pix,
        nfe_key=nfe_key,
        raw_lines=raw_lines,
    )


def read_pix(line: Line, spots: PixFields) -> PixOfTitle:
    """Read a record with a title's Pix."""
    reader = Reader((line,))
    return PixOfTitle(
        key=reader.text(spots.key),
        key_type=reader.text(spots.key_type),
        txid=reader.text(spots.txid),
        location=reader.text(spots.location),
        br_code=reader.text(spots.br_code),
    )
