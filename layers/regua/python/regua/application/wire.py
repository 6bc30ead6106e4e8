"""What is the same in everything that crosses the wire: its base, its envelope, its scalars."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from regua.domain.addresses import email_address, safe_url
from regua.domain.tax_ids import is_tax_id, normalise

MAX_CENTAVOS = 10**13
"""R$ 100 billion: beyond any invoice, below any overflow."""
YEARS = range(1990, 2101)
"""The calendar we work in: wide enough for any debt, far from where date arithmetic overflows."""
_DATE_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT_TEXT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:?\d{2})", re.ASCII
)


def _date_text(value: object) -> object:
    """Let only text of the documented form, or a date, be read: a number is no date."""
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, date) and not isinstance(text, datetime):
        return text
    if not (isinstance(text, str) and _DATE_TEXT.fullmatch(text)):
        msg = "not a date such as 2026-11-22"
        raise ValueError(msg)
    return text


def _instant_text(value: object) -> object:
    """Let only text of the documented form, or an instant, be read: a number is no instant."""
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, datetime):
        return text
    if not (isinstance(text, str) and _INSTANT_TEXT.fullmatch(text)):
        msg = "not an instant with its offset, such as 2026-11-22T12:00:00Z"
        raise ValueError(msg)
    return text


def _within_calendar(value: date) -> date:
    if value.year not in YEARS:
        msg = f"not between the years {YEARS[0]} and {YEARS[-1]}"
        raise ValueError(msg)
    return value


def _utc(value: datetime) -> datetime:
    _within_calendar(value)
    return value.astimezone(UTC)


def _tax_id(value: str) -> str:
    document = normalise(value)
    if not is_tax_id(document):
        msg = "not a valid CPF or CNPJ"
        raise ValueError(msg)
    return document


def _email(value: str) -> str:
    try:
        name, _, domain = email_address(value).rpartition("@")
    except ValueError:
        msg = "not an e-mail address"
        raise ValueError(msg) from None
    return f"{name}@{domain.lower()}"


def _link(value: str) -> str:
    if safe_url(value) is None:
        msg = "not an http(s) address"
        raise ValueError(msg)
    return value


def instant_text(value: datetime) -> str:
    """Write an instant as the wire does: UTC, milliseconds, ``Z``.

    >>> instant_text(datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    '2026-11-22T12:00:00.000Z'
    """
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Date = Annotated[date, BeforeValidator(_date_text), AfterValidator(_within_calendar)]
Instant = Annotated[AwareDatetime, BeforeValidator(_instant_text), AfterValidator(_utc)]
ExternalId = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f#%]+$"
    ),
]
"""An id of the caller's. ``#`` divides our keys, and ``%`` would be ambiguous in a path."""
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
Centavos = Annotated[int, Field(ge=1, le=MAX_CENTAVOS, strict=True)]
TaxId = Annotated[str, Field(max_length=30), AfterValidator(_tax_id)]
EmailAddress = Annotated[str, Field(max_length=254), AfterValidator(_email)]
Link = Annotated[str, Field(max_length=2000), AfterValidator(_link)]


class Message(BaseModel):
    """Base of everything on the wire."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        ser_json_timedelta="float",
    )

    def log_keys(self) -> Mapping[str, str]:
        """Return the identifiers that a log line may carry; never personal data."""
        return {}


class Envelope(Message):
    """What every event on the bus is wrapped in, inbound and outbound."""

    version: Literal["1"] = "1"
    creditor_id: ExternalId
    occurred_at: Instant
    data: dict[str, Any]
