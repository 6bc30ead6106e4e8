"""The HTTP API: token to creditor, request to use case, error to problem document."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AfterValidator, TypeAdapter, ValidationError

from regua.adapters.clock import SystemClock
from regua.application.ingest import Ingest, Ingested
from regua.application.ports import Creditor
from regua.application.reconcile import reconcile
from regua.application.validation import not_ahead, told
from regua.application.views import customer_view, invoice_timeline, invoice_view
from regua.application.wire import Date, Instant
from regua.domain.errors import InvalidInput, NotFound, Problem
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.late_charges import Profile
from regua.runtime.http import (
    answered,
    creditor_of,
    decoded_id,
    failure_of,
    problem,
    problem_of,
    respond,
)
from regua.runtime.settings import ApiSettings
from regua.runtime.stores import Stores, connect

from .schemas import CancellationBody, CustomerBody, InvoiceBody, PaymentBody

API_VERSION = "1.0.0"
DESCRIPTION = """Brazilian collections: invoices, customers, payments and what came of them.

Every call may be repeated. `PUT` takes your own ids; a payment is known by its `payment_id`, and
an invoice is withdrawn once. The header `Idempotency-Key` is therefore accepted and not needed on
any `POST`.

The errors of this API are problem documents (RFC 9457). What its gateway refuses beforehand, 401
(no valid token), 403 (a token without the scope), 404 (an unknown route) and 429 (too many
requests), is JSON of Amazon API Gateway's own, `{"message": "..."}`.
"""


INSTANT = TypeAdapter[datetime](Instant)
ExternalIdPath = Annotated[
    str,
    Path(description="Your own id, percent-encoded; a slash inside it is written %252F."),
    AfterValidator(decoded_id),
]

ANSWERED_ELSEWHERE: Mapping[str, Any] = {
    "/v1/invoices/{external_id}/boleto.pdf": {
        "get": {
            "tags": ["invoices"],
            "summary": "A second copy of the boleto, printed",
            "description": "Answered by a function of its own, the only one with what draws.",
            "operationId": "get_boleto_v1_invoices__external_id__boleto_pdf_get",
            "parameters": [
                {
                    "name": "external_id",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string"},
                }
            ],
            "responses": {
                "200": {
                    "description": "One page",
                    "content": {"application/pdf": {"schema": {"type": "string"}}},
                },
                "404": {"description": "No such invoice, or it has no boleto"},
                "409": {"description": "Settled or withdrawn: there is nothing to pay"},
                "422": {"description": "The line contradicts the invoice"},
            },
        }
    }
}
"""Routes of other functions that belong to the same API."""

logger = Logger()
metrics = Metrics()
clock = SystemClock()
app = APIGatewayHttpResolver(enable_validation=True)


class Wired(NamedTuple):
    """What the routes work with."""

    stores: Stores
    ingest: Ingest
    settings: ApiSettings


@cache
def wire() -> Wired:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = ApiSettings.from_environment()
    stores = connect(settings)
    return Wired(stores, Ingest(stores.portfolio, stores.publisher), settings)


def caller() -> Creditor:
    """Return the creditor that the verified token speaks for."""
    return creditor_of(app.current_event, wire().stores.directory)


def present() -> datetime:
    """Return the instant of the request; where time travels, the one it asks for."""
    wished = app.current_event.headers.get("x-regua-as-of")
    if not (wished and wire().settings.allow_as_of):
        return clock.now()
    try:
        return INSTANT.validate_python(wished)
    except ValidationError:
        raise InvalidInput.at("header.x-regua-as-of", "is not an instant") from None


def not_future(name: str, at: datetime) -> datetime:
    """Return when something happened, refusing the far future where time does not travel."""
    if not wire().settings.allow_as_of:
        not_ahead(f"body.{name}", at, present())
    return at


def occurred(at: datetime | None) -> datetime:
    """Return when something happened, by default now."""
    return present() if at is None else not_future("occurred_at", at)


def today(creditor: Creditor) -> date:
    """Return the creditor's business date."""
    return present().astimezone(ZoneInfo(creditor.ruler.timezone)).date()


def described(invoice: Invoice, creditor: Creditor, on: date | None = None) -> Mapping[str, Any]:
    """Describe an invoice under the terms that its customer may be charged by."""
    terms = creditor.ruler.late_charges
    if terms.profile is not Profile.CONSUMER:
        account = wire().stores.portfolio.load_account(creditor.creditor_id, invoice.customer_id)
        terms = account.late_charges(creditor.ruler)
    return invoice_view(invoice, creditor, on or today(creditor), terms)


def existing(creditor: Creditor, external_id: str) -> Invoice:
    """Return an invoice of the caller, or 404: another creditor's is no different from none."""
    found = wire().stores.portfolio.find_invoice(creditor.creditor_id, InvoiceId(external_id))
    if found is None:
        raise NotFound(external_id)
    return found


@app.put("/v1/invoices/<external_id>", tags=["invoices"], summary="Create or update an invoice")
def put_invoice(external_id: ExternalIdPath, body: InvoiceBody) -> Response[Any]:
    """Answer 201 when the invoice is new and 200 when it was known."""
    creditor = caller()
    at = occurred(body.occurred_at)
    customer = body.customer.to_domain(body.customer.external_id, at)
    invoice = body.to_domain(external_id, at)
    done, invoice = wire().ingest.issue_invoice(creditor, invoice, customer, now=present())
    status = HTTPStatus.CREATED if done is Ingested.CREATED else HTTPStatus.OK
    return respond(described(invoice, creditor), status)


@app.get("/v1/invoices/<external_id>", tags=["invoices"], summary="Read an invoice")
def get_invoice(
    external_id: ExternalIdPath,
    on: Annotated[Date | None, Query(description="Day to quote the payoff for")] = None,
) -> Response[Any]:
    """Answer amounts, status, the payoff on a day and the next step."""
    creditor = caller()
    invoice = existing(creditor, external_id)
    return respond(described(invoice, creditor, on))


@app.get(
    "/v1/invoices/<external_id>/timeline", tags=["invoices"], summary="Everything that happened"
)
def get_timeline(external_id: ExternalIdPath) -> Response[Any]:
    """Answer what was planned, sent, suppressed with reasons, delivered, opened and paid."""
    creditor = caller()
    invoice = existing(creditor, external_id)
    lines = invoice_timeline(invoice, wire().stores.ledger, creditor)
    return respond({"external_id": external_id, "timeline": list(lines)})


@app.post("/v1/invoices/<external_id>/payments", tags=["invoices"], summary="Record a payment")
def post_payment(external_id: ExternalIdPath, body: PaymentBody) -> Response[Any]:
    """Answer 201 for new money and 200 for a payment already known."""
    creditor = caller()
    existing(creditor, external_id)
    not_future("paid_at", body.paid_at)
    invoice_id = InvoiceId(external_id)
    payment = body.to_domain()
    done = wire().ingest.receive_payment(creditor, invoice_id, payment, now=present())
    status = HTTPStatus.CREATED if done is Ingested.CREATED else HTTPStatus.OK
    invoice = existing(creditor, external_id)
    return respond(described(invoice, creditor), status)


@app.post("/v1/invoices/<external_id>/cancel", tags=["invoices"], summary="Withdraw an invoice")
def post_cancel(external_id: ExternalIdPath, body: CancellationBody) -> Response[Any]:
    """Answer the withdrawn invoice; withdrawing twice changes nothing."""
    creditor = caller()
    existing(creditor, external_id)
    at = occurred(body.occurred_at)
    invoice_id = InvoiceId(external_id)
    wire().ingest.cancel_invoice(creditor, invoice_id, at, body.reason, now=present())
    return respond(described(existing(creditor, external_id), creditor))


@app.put("/v1/customers/<external_id>", tags=["customers"], summary="Create or update a customer")
def put_customer(external_id: ExternalIdPath, body: CustomerBody) -> Response[Any]:
    """Answer 201 when the customer is new and 200 when it was known."""
    creditor = caller()
    customer = body.to_domain(external_id, occurred(body.occurred_at))
    done = wire().ingest.change_customer(creditor, customer, now=present())
    status = HTTPStatus.CREATED if done is Ingested.CREATED else HTTPStatus.OK
    return _customer(creditor, external_id, status)


@app.get("/v1/customers/<external_id>", tags=["customers"], summary="Read a customer")
def get_customer(external_id: ExternalIdPath) -> Response[Any]:
    """Answer the customer, their open invoices and how contact with them stands."""
    return _customer(caller(), external_id, HTTPStatus.OK)


def _customer(creditor: Creditor, external_id: str, status: HTTPStatus) -> Response[Any]:
    portfolio = wire().stores.portfolio
    account = portfolio.load_account(creditor.creditor_id, CustomerId(external_id))
    if account.customer is None:
        raise NotFound(external_id)
    return respond(customer_view(account, account.customer), status)


@app.get("/v1/reconciliation", tags=["reconciliation"], summary="The conservation law of a day")
def get_reconciliation(
    day: Annotated[Date | None, Query(description="Business day; today by default")] = None,
) -> Response[Any]:
    """Answer planned = sent + deferred + suppressed + failed + pending, counted."""
    creditor = caller()
    counted = reconcile(wire().stores.ledger, creditor.creditor_id, day or today(creditor))
    return respond(
        {
            "day": counted.day.isoformat(),
            "planned": counted.planned,
            "sent": counted.sent,
            "deferred": counted.deferred,
            "suppressed": counted.suppressed,
            "failed": counted.failed,
            "pending": counted.pending,
            "resent_in_doubt": counted.resent_in_doubt,
            "reasons": counted.reasons,
        }
    )


@app.get("/v1/health", tags=["health"], summary="Whether the API answers")
def get_health() -> Response[Any]:
    """Answer that the function runs and knows its settings."""
    wire()
    return respond({"status": "ok", "version": API_VERSION})


@app.get("/openapi.json", include_in_schema=False)
def get_openapi() -> Response[Any]:
    """Answer the description of this API."""
    return Response(HTTPStatus.OK, "application/json", openapi())


@cache
def openapi() -> str:
    """Return the OpenAPI document, generated from the routes and their types."""
    described = json.loads(
        app.get_openapi_json_schema(title="Régua", version=API_VERSION, description=DESCRIPTION)
    )
    described["paths"] |= ANSWERED_ELSEWHERE
    return json.dumps(described, ensure_ascii=False)


@app.exception_handler(RequestValidationError)  # type: ignore[untyped-decorator]  # Powertools'
def _invalid(error: RequestValidationError) -> Response[str]:
    problems = tuple(
        Problem(".".join(str(p) for p in found["loc"]), found["msg"]) for found in error.errors()
    )
    return problem_of(InvalidInput(told(problems)), instance=app.current_event.path)


@app.exception_handler(NotFoundError)  # type: ignore[untyped-decorator]  # Powertools'
def _no_route(_: NotFoundError) -> Response[str]:
    return problem(HTTPStatus.NOT_FOUND, "No such resource.", instance=app.current_event.path)


@app.exception_handler(RecursionError)  # type: ignore[untyped-decorator]  # Powertools'
def _too_deep(_: RecursionError) -> Response[str]:
    return problem_of(InvalidInput.at("body", "nested too deeply"), instance=app.current_event.path)


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # Powertools'
def _failed(error: Exception) -> Response[str]:
    return failure_of(error, app, logger=logger, metrics=metrics)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request and log one line about it."""
    return answered(app, event, context, logger=logger, metrics=metrics)
