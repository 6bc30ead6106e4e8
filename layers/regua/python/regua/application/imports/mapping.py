"""Which column of a file is which field, and what its words mean: one document per kind of file.

A creditor's mappings are kept by name; a file whose header has all the columns of one of them needs
no option, and neither does one with usual names (`regua.domain.imports.columns`).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from regua.application.validation import invalid_input
from regua.domain.imports.columns import FIELDS, plain, require, usual_columns

MappingName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Cell = Annotated[str, Field(max_length=500)]
USUAL = "usual"
"""What a mapping is called that was guessed by usual names."""


class StatusRules(BaseModel):
    """What the words of the status column mean; a word of no list is an error of its row."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    paid: tuple[Cell, ...] = Field(default=(), max_length=50)
    open: tuple[Cell, ...] = Field(default=(), max_length=50)
    withdrawn: dict[Cell, Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        default_factory=dict, max_length=50, description="By word, the reason that is noted"
    )
    read: Literal["whole", "code"] = Field(
        default="whole", description="`code` reads `0 - Baixa integral` as `0`"
    )

    def meaning_of(self, cell: str) -> tuple[str, str] | None:
        """Return (`paid` | `withdrawn` | `open`, reason) or nothing for an unknown word."""
        word = cell.strip()
        if self.read == "code":
            word = word.split(" ", 1)[0]
        key = plain(word)
        if key in map(plain, self.paid):
            return "paid", ""
        for code, reason in self.withdrawn.items():
            if key == plain(code):
                return "withdrawn", reason
        return ("open", "") if key in map(plain, ("", *self.open)) else None


USUAL_STATUS = StatusRules(
    paid=("pago", "paga", "liquidado", "liquidada", "quitado", "quitada", "baixado", "paid"),
    open=("aberto", "aberta", "em aberto", "pendente", "vencido", "vencida", "a vencer", "open"),
    withdrawn={
        "cancelado": "título cancelado",
        "cancelada": "título cancelado",
        "cancelled": "título cancelado",
        "protestado": "enviado a protesto",
        "devolvido": "mercadoria devolvida",
    },
)


def _require_format(spelling: str) -> None:
    """Refuse a date format that could not be read by at all: `%Q`, or the same part twice."""
    day = date(2026, 12, 31)
    try:
        is_day = datetime.strptime(day.strftime(spelling), spelling).date() == day  # noqa: DTZ007
    except (ValueError, re.error):
        is_day = False
    if not is_day:
        msg = "not a format of dates"
        raise ValueError(msg)


class ColumnMapping(BaseModel):
    """What a mapping says of the file itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    columns: dict[str, Cell] = Field(description="By field, the column's name as the file has it")
    encoding: Annotated[str, Field(max_length=40)] | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Literal[",", "."] | None = None
    date_formats: tuple[Annotated[str, Field(max_length=40)], ...] = Field(
        default=(), max_length=10, description="As Python's strptime has them"
    )
    defaults: dict[str, Cell] = Field(
        default_factory=dict, description="By field, what an empty cell stands for"
    )
    status: StatusRules = USUAL_STATUS
    short_payment: Literal["keeps_balance", "settles"] = Field(
        default="keeps_balance",
        description="Whether less than the amount settles it: the rest was abated",
    )
    kind: Literal["person", "company"] | None = Field(
        default=None, description="What customers are; without it their document tells"
    )

    @field_validator("date_formats")
    @classmethod
    def _are_formats(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for spelling in formats:
            _require_format(spelling)
        return formats

    def misspelt(self) -> list[str]:
        """Return the names under `columns` and `defaults` that are not fields."""
        return sorted((set(self.columns) | set(self.defaults)) - set(FIELDS))


class ImportMapping(ColumnMapping):
    """A mapping as a creditor keeps it."""

    encoding: Literal["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"] | None = None
    delimiter: Literal[";", ",", "\t", "|"] | None = None

    @model_validator(mode="after")
    def _only_fields(self) -> Self:
        if self.misspelt():
            msg = f"unknown fields; the fields are {', '.join(FIELDS)}"
            raise ValueError(msg)
        return self


_M = TypeVar("_M", bound=ColumnMapping)


def fitting(header: Iterable[str], known: Iterable[_M]) -> _M | None:
    """Return the known mapping all of whose columns a header has; most columns win."""
    names = set(header)
    found = [m for m in known if m.columns and set(m.columns.values()) <= names]
    return max(found, key=lambda m: len(m.columns)) if found else None


def by_usual_names(header: Iterable[str]) -> ImportMapping:
    """Return the mapping of a header with usual names.

    Raises:
        UnreadableFileError: when a required field has no column.
    """
    names = tuple(header)
    columns = usual_columns(names)
    require(columns, names)
    return ImportMapping(columns=columns)


def read_mapping(document: Mapping[str, Any], path: str = "mapping") -> ImportMapping:
    """Read a mapping's document.

    Raises:
        InvalidInput: with every path and reason.
    """
    try:
        return ImportMapping.model_validate(document)
    except ValidationError as exc:
        raise invalid_input(exc, under=path) from exc
