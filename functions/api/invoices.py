"""Routes about invoices: what is owed, what was paid, what happened and what comes next."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from regua.application.ingest import Ingested
from regua.application.ports import Creditor
from regua.application.preconditions import invoice_tag
from regua.application.views import invoice_timeline
from regua.application.wire import Date
from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice
from regua.runtime.http import respond, under_body

from . import context
from .context import (
    ExternalIdPath,
    app,
    caller,
    described,
    existing,
    expected,
    known_ruler,
    not_future,
    occurred,
    present,
    tagged,
)
from .schemas import CancellationBody, InvoiceBody, PaymentBody


@app.put("/v1/invoices/<external_id>", tags=["invoices"], summary="Create or update an invoice")
def put_invoice(external_id: ExternalIdPath, body: InvoiceBody) -> Response[Any]:
    """Answer 201 when the invoice is new and 200 when it was known."""
    creditor = caller(body.ruler, body.customer.ruler)
    known_ruler(creditor, body.ruler)
    known_ruler(creditor, body.customer.ruler, "customer.ruler")
    at = occurred(body.occurred_at)
    who = body.customer
    customer = under_body(lambda: who.to_domain(who.external_id, at), "body.customer")
    invoice = body.to_domain(external_id, at)
    done, invoice = context.wire().ingest.issue_invoice(
        creditor, invoice, customer, now=present(), expected=expected()
    )
    return _answer(invoice, creditor, is_new=done is Ingested.CREATED)


@app.get("/v1/invoices/<external_id>", tags=["invoices"], summary="Read an invoice")
def get_invoice(
    external_id: ExternalIdPath,
    on: Annotated[Date | None, Query(description="Day to quote the payoff for")] = None,
) -> Response[Any]:
    """Answer amounts, status, the payoff on a day and the next step."""
    creditor = caller()
    invoice = existing(creditor, external_id)
    return tagged(respond(described(invoice, creditor, on)), invoice_tag(invoice))


@app.get(
    "/v1/invoices/<external_id>/timeline", tags=["invoices"], summary="Everything that happened"
)
def get_timeline(external_id: ExternalIdPath) -> Response[Any]:
    """Answer what was planned, sent, suppressed with reasons, delivered, opened and paid."""
    creditor = caller()
    invoice = existing(creditor, external_id)
    stores = context.wire().stores
    notes = stores.portfolio.notes(creditor.creditor_id, invoice.customer_id)
    lines = invoice_timeline(invoice, stores.ledger, creditor, notes, present())
    return respond({"external_id": external_id, "timeline": list(lines)})


@app.post("/v1/invoices/<external_id>/payments", tags=["invoices"], summary="Record a payment")
def post_payment(external_id: ExternalIdPath, body: PaymentBody) -> Response[Any]:
    """Answer 201 for new money and 200 for a payment already known."""
    creditor = caller()
    existing(creditor, external_id)
    not_future("paid_at", body.paid_at)
    invoice_id = InvoiceId(external_id)
    payment = body.to_domain()
    done = context.wire().ingest.receive_payment(
        creditor, invoice_id, payment, now=present(), expected=expected()
    )
    invoice = existing(creditor, external_id)
    return _answer(invoice, creditor, is_new=done is Ingested.CREATED)


@app.post("/v1/invoices/<external_id>/cancel", tags=["invoices"], summary="Withdraw an invoice")
def post_cancel(external_id: ExternalIdPath, body: CancellationBody) -> Response[Any]:
    """Answer the withdrawn invoice; withdrawing twice changes nothing."""
    creditor = caller()
    existing(creditor, external_id)
    at = occurred(body.occurred_at)
    invoice_id = InvoiceId(external_id)
    context.wire().ingest.cancel_invoice(
        creditor, invoice_id, at, body.reason, now=present(), expected=expected()
    )
    return _answer(existing(creditor, external_id), creditor)


def _answer(invoice: Invoice, creditor: Creditor, *, is_new: bool = False) -> Response[Any]:
    """Answer an invoice as it was just written."""
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return tagged(respond(described(invoice, creditor), status), invoice_tag(invoice))
