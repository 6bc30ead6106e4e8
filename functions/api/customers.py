"""Routes about customers, and the daily count of what became of every planned contact."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.metrics import MetricUnit

from regua.application.costs import costs
from regua.application.ingest import Ingested
from regua.application.ports import Creditor
from regua.application.preconditions import tag_of_customer
from regua.application.reconcile import reconcile
from regua.application.views import customer_timeline, customer_view
from regua.application.wire import Date
from regua.domain.errors import NotFound
from regua.domain.ids import CustomerId
from regua.runtime.access import Caller
from regua.runtime.http import respond, under_body

from . import context
from .context import (
    ExternalIdPath,
    account_of,
    app,
    caller,
    expected,
    known_ruler,
    occurred,
    present,
    tagged,
    today,
)
from .schemas import CustomerBody


@app.put("/v1/customers/<external_id>", tags=["customers"], summary="Create or update a customer")
def put_customer(external_id: ExternalIdPath, body: CustomerBody) -> Response[Any]:
    """Answer 201 when the customer is new and 200 when it was known."""
    creditor = caller(body.ruler)
    known_ruler(creditor, body.ruler)
    at = occurred(body.occurred_at)
    customer = under_body(lambda: body.to_domain(external_id, at))
    done = context.wire().ingest.change_customer(
        creditor, customer, now=present(), expected=expected()
    )
    status = HTTPStatus.CREATED if done is Ingested.CREATED else HTTPStatus.OK
    return _customer(creditor, external_id, status)


@app.get("/v1/customers/<external_id>", tags=["customers"], summary="Read a customer")
def get_customer(external_id: ExternalIdPath) -> Response[Any]:
    """Answer the customer, their open invoices and how contact with them stands."""
    return _customer(caller(), external_id, HTTPStatus.OK)


@app.get(
    "/v1/customers/<external_id>/timeline",
    tags=["customers"],
    summary="Every contact with a customer",
)
def get_customer_timeline(external_id: ExternalIdPath) -> Response[Any]:
    """Answer contacts, what was reported about them, holds, promises, disputes and results."""
    creditor = caller()
    account = account_of(creditor, external_id)
    if account.customer is None:
        raise NotFound(external_id)
    stores = context.wire().stores
    notes = stores.portfolio.notes(creditor.creditor_id, account.customer_id)
    lines = customer_timeline(account, stores.ledger, notes, present())
    return respond({"external_id": external_id, "timeline": list(lines)})


@app.delete(
    "/v1/customers/<external_id>/evidence",
    tags=["customers"],
    summary="Make what is personal in a customer's evidence unreadable",
)
def delete_customer_evidence(external_id: ExternalIdPath) -> Response[Any]:
    """Destroy the key under which messages and reports are kept (LGPD); there is no way back.

    Who asked and when stays in the timeline. Chains, seals and hashes still verify. A later contact
    is kept under a new key.
    """
    creditor = caller()
    context.wire().erase(
        creditor.creditor_id,
        CustomerId(external_id),
        by=Caller.of(app.current_event).name,
        at=present(),
    )
    context.metrics.add_metric("evidence_erased", MetricUnit.Count, 1)
    return respond({"external_id": external_id, "evidence": "erased"})


def _customer(creditor: Creditor, external_id: str, status: HTTPStatus) -> Response[Any]:
    account = account_of(creditor, external_id)
    if account.customer is None:
        raise NotFound(external_id)
    answer = respond(customer_view(account, account.customer), status)
    return tagged(answer, tag_of_customer(account, account.customer))


@app.get("/v1/reconciliation", tags=["reconciliation"], summary="The conservation law of a day")
def get_reconciliation(
    day: Annotated[Date | None, Query(description="Business day; today by default")] = None,
) -> Response[Any]:
    """Answer planned = sent + deferred + suppressed + failed + pending, counted."""
    creditor = caller()
    counted = reconcile(context.wire().stores.ledger, creditor.creditor_id, day or today(creditor))
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


@app.get("/v1/costs", tags=["reconciliation"], summary="What messages cost and brought in")
def get_costs(
    first: Annotated[Date, Query(alias="from", description="First business day")],
    last: Annotated[Date, Query(alias="to", description="Last business day, included")],
) -> Response[Any]:
    """Answer messages and cost by channel and step, and what was recovered after each step."""
    creditor, wired = caller(), context.wire()
    found = costs(wired.stores.ledger, wired.rulers, creditor.creditor_id, first, last)
    return respond(found)
