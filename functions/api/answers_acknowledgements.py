"""What the route about acknowledgements answers, as types. See `answers`."""

from datetime import datetime
from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from regua.application.connect.apply import Outcome
from regua.domain.invoice import InvoiceStatus

from .answers import ProblemAt, one_of


class AcknowledgedFact(TypedDict):
    """What became of one fact, or of a record that could not be read."""

    external_id: str
    fact: str | None
    outcome: Annotated[str, one_of(Outcome)]
    source: Annotated[str, Field(description="The path of its record in what was posted")]
    status: NotRequired[InvoiceStatus]
    reasons: NotRequired[list[ProblemAt]]


class AcknowledgedCounts(TypedDict):
    """How many facts ended in which way."""

    created: int
    updated: int
    kept: int
    refused: int


class OdooMove(TypedDict):
    """What is written back to one `account.move`."""

    id: int | str
    x_regua_status: str
    x_regua_reasons: str


class Acknowledgement(TypedDict):
    """What became of the last post of a hook."""

    acknowledged_at: datetime
    counts: AcknowledgedCounts
    results: list[AcknowledgedFact]
    moves: Annotated[list[OdooMove] | None, Field(description="Of an Odoo hook only")]
