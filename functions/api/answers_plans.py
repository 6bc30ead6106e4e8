"""What the routes about plans answer, as types. See `answers`."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from regua.domain.automatic_debit import DebitStatus, MandateStatus
from regua.domain.invoice import InvoiceStatus
from regua.domain.plans import PlanStatus

from .answers import Cursor

Period = Annotated[str, Field(pattern=r"^\d{6}$", description="The month, `yyyymm`")]


class PlanAutomaticPix(TypedDict):
    """How a plan's invoices are debited."""

    retries: bool
    authorisation: Annotated[
        MandateStatus | None, Field(description="None until the customer has been asked")
    ]
    pix_copy_paste: Annotated[
        str | None, Field(description="What the customer scans or copies to authorise it")
    ]


class NextInstalment(TypedDict):
    """What a plan bills next, and when."""

    invoice_external_id: str
    period: Period
    number: Annotated[int, Field(ge=1, description="Which instalment of the plan it is")]
    due_date: date
    issued_at: datetime


class Plan(TypedDict):
    """A contract that brings an invoice every month."""

    external_id: str
    status: PlanStatus
    customer_external_id: str
    amount_centavos: int
    day: Annotated[int, Field(ge=1, le=31)]
    starts_on: date
    ends_on: date | None
    instalments: int | None
    description: str | None
    number_prefix: str
    issue_days_before: int
    ruler: str | None
    automatic_pix: PlanAutomaticPix | None
    changed_at: datetime
    next: Annotated[
        NextInstalment | None, Field(description="None: paused, ended, or nothing is left")
    ]


class PlanPage(TypedDict):
    """A page of plans."""

    plans: list[Plan]
    cursor: Cursor


class PlanInvoice(TypedDict):
    """A month that was billed, and how its invoice stands."""

    invoice_external_id: str
    period: Period
    issued_at: datetime
    due_date: date
    amount_centavos: int
    status: InvoiceStatus | None
    automatic_debit: DebitStatus | None


class PlanInvoicePage(TypedDict):
    """A page of a plan's months, the latest first."""

    invoices: list[PlanInvoice]
    cursor: Cursor
