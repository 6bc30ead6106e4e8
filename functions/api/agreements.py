"""Routes about agreements: made by a person, approved, refused, cancelled, listed."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import Field

from regua.adapters.pix_queues import SqsChargeQueue
from regua.application.agreements import Agreements
from regua.application.attend_in import By
from regua.application.customer_page.terms import sha256_of
from regua.application.lists import AgreementQuery
from regua.application.negotiation_views import agreement_view, listed_agreement_view
from regua.application.ports import Creditor
from regua.application.wire import MAX_CENTAVOS, Date, ExternalId, Message, ShortText
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.money import Money
from regua.domain.negotiation.agreement import Agreement, AgreementStatus
from regua.domain.negotiation.deal import Choice
from regua.domain.negotiation.offers import Offer, deal_for, offer_for
from regua.runtime import clients
from regua.runtime.http import respond

from . import context
from .context import Cursor, Limit, account_of, app, caller, caller_now, present
from .offers import MAX_INSTALMENTS, known_account, not_ahead_of, terms_of

ORIGIN = "api"

AgreementIdPath = Annotated[str, Path(pattern=r"^[0-9a-f]{20}$", description="An agreement's id")]
Status = Annotated[
    AgreementStatus | None,
    Query(description="Those that stand so; `proposed` are those that wait for your approval"),
]
OfCustomer = Annotated[ExternalId | None, Query(description="Your own id of a customer")]


class AgreementBody(Message):
    """A settlement that somebody accepted for a customer: a choice, and the terms it came to."""

    customer_external_id: ExternalId
    instalments: int = Field(
        ge=1, le=MAX_INSTALMENTS, strict=True, description="Those after the down payment"
    )
    down_payment_centavos: int = Field(default=0, ge=0, le=MAX_CENTAVOS, strict=True)
    first_due: Date = Field(description="When the first payment is due")
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] = Field(
        description="Of the deal whose terms were shown: on others nothing is agreed"
    )
    quoted_on: Date | None = Field(
        default=None, description="The offer's `on`, if it is of an earlier day and still stands"
    )
    by: By

    @property
    def choice(self) -> Choice:
        """How the customer settles."""
        return Choice(self.instalments, Money(self.down_payment_centavos), self.first_due)


class ApprovalBody(Message):
    """Who approves."""

    by: By


class EndBody(Message):
    """Why an agreement is refused or cancelled, and who says so."""

    reason: ShortText
    by: By


@cache
def desk() -> Agreements:
    """Build the use cases once per cold start; tests replace this one function."""
    wired = context.wire()
    stores, settings = wired.stores, wired.settings
    charges = SqsChargeQueue(
        clients.sqs(), settings.charge_queue_url, with_as_of=settings.allow_as_of
    )
    return Agreements(stores.portfolio, stores.ledger, stores.publisher, charges)


@app.post("/v1/agreements", tags=["negotiation"], summary="Settle a customer's overdue debts")
def post_agreement(body: AgreementBody) -> Response[Any]:
    """Answer the agreement: its debts rest, and its instalments are invoices from now on.

    Where the offer asks for it, the agreement waits for approval. The same acceptance again is one.
    """
    creditor = caller_now()
    account = known_account(creditor, body.customer_external_id)
    not_ahead_of(creditor, body.quoted_on, "body.quoted_on")
    found = offer_for(account, creditor.offers, creditor.rulers, present(), body.quoted_on)
    sha256 = ""
    if isinstance(found, Offer):
        sha256 = sha256_of(terms_of(deal_for(found, body.choice), creditor, account))
    agreement = desk().accept(
        creditor,
        account.customer_id,
        body.choice,
        key=body.key,
        origin=ORIGIN,
        terms_sha256=sha256,
        quoted_on=body.quoted_on,
        by=body.by,
        now=present(),
    )
    return _answer(creditor, agreement, HTTPStatus.CREATED)


@app.get("/v1/agreements", tags=["negotiation"], summary="List agreements")
def get_agreements(
    status: Status = None, customer: OfCustomer = None, limit: Limit = 50, cursor: Cursor = None
) -> Response[Any]:
    """Answer a page of agreements by status and age, or those of one customer.

    A page may hold fewer than asked for while it has a cursor. What was paid is told with each
    agreement alone.
    """
    asked = AgreementQuery(
        statuses=tuple(AgreementStatus) if status is None else (status,),
        customer_id=None if customer is None else CustomerId(customer),
    )
    page = desk().list(caller(), asked, cursor=cursor, limit=limit)
    views = [listed_agreement_view(agreement) for agreement in page.found]
    return respond({"agreements": views, "cursor": page.cursor})


@app.get("/v1/agreements/<agreement_id>", tags=["negotiation"], summary="Read an agreement")
def get_agreement(agreement_id: AgreementIdPath) -> Response[Any]:
    """Answer its debts, its instalments with what was paid of each, and where it stands."""
    creditor = caller()
    return _answer(creditor, desk().find(creditor, agreement_id))


@app.post(
    "/v1/agreements/<agreement_id>/approve",
    tags=["negotiation"],
    summary="Approve a proposed agreement",
)
def post_approve(agreement_id: AgreementIdPath, body: ApprovalBody) -> Response[Any]:
    """Answer the agreement, now in force; approving it again changes nothing."""
    return _changed(
        lambda creditor: desk().approve(creditor, agreement_id, by=body.by, now=present())
    )


@app.post(
    "/v1/agreements/<agreement_id>/refuse",
    tags=["negotiation"],
    summary="Refuse a proposed agreement",
)
def post_refuse(agreement_id: AgreementIdPath, body: EndBody) -> Response[Any]:
    """Answer the refused agreement; its debts go on as before."""
    return _changed(
        lambda creditor: desk().refuse(
            creditor, agreement_id, reason=body.reason, by=body.by, now=present()
        )
    )


@app.post(
    "/v1/agreements/<agreement_id>/cancel",
    tags=["negotiation"],
    summary="Cancel an agreement in force",
)
def post_agreement_cancel(agreement_id: AgreementIdPath, body: EndBody) -> Response[Any]:
    """Answer the cancelled agreement; its debts are owed again, less what was paid.

    It does not count as broken.
    """
    return _changed(
        lambda creditor: desk().cancel(
            creditor, agreement_id, reason=body.reason, by=body.by, now=present()
        )
    )


def _changed(change: Callable[[Creditor], Agreement]) -> Response[Any]:
    creditor = caller_now()
    return _answer(creditor, change(creditor))


def _answer(
    creditor: Creditor, agreement: Agreement, status: HTTPStatus = HTTPStatus.OK
) -> Response[Any]:
    return respond(agreement_view(agreement, _instalments(creditor, agreement)), status)


def _instalments(creditor: Creditor, agreement: Agreement) -> dict[InvoiceId, Invoice]:
    """Return the invoices of an agreement's instalments, those that are none yet left out."""
    if agreement.accepted_at is None:
        return {}
    portfolio = context.wire().stores.portfolio
    account = account_of(creditor, agreement.customer_id)
    names = [i.invoice_id for i in agreement.instalments]
    found = (
        account.invoices.get(name) or portfolio.find_invoice(creditor.creditor_id, name)
        for name in names
    )
    return {invoice.external_id: invoice for invoice in found if invoice is not None}
