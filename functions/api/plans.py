"""Routes about plans: contracts that bring an invoice every month."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import AfterValidator, Field

from regua.adapters.dynamodb_debits import DynamoDebits
from regua.adapters.dynamodb_plans import DynamoPlans
from regua.application.automatic_pix_ports import DebitStore
from regua.application.ingest import Ingested
from regua.application.manage_plans import ManagePlans, plan_tag
from regua.application.plan_views import billed_view, plan_view
from regua.application.plans_in import MAX_PLAN_ID, PlanFields
from regua.application.ports import Creditor
from regua.application.wire import Instant
from regua.domain.cursors import cursor_to, read_cursor
from regua.domain.plans import Plan, PlanId, invoice_id_of
from regua.runtime import clients
from regua.runtime.http import decoded_id, respond, under_body

from . import context
from .context import Cursor, Limit, app, caller, expected, occurred, present, tagged

_DEBITS = 200
"""As many of a plan's latest debits are shown with their months."""


def _plan_id(value: str) -> str:
    plan_id = decoded_id(value)
    if len(plan_id) > MAX_PLAN_ID:
        msg = f"longer than {MAX_PLAN_ID} characters"
        raise ValueError(msg)
    return plan_id


PlanIdPath = Annotated[
    str,
    Path(description="Your own id, percent-encoded; a slash inside it is written %252F."),
    AfterValidator(_plan_id),
]


class PlanBody(PlanFields):
    """A contract that brings an invoice every month."""

    occurred_at: Instant | None = Field(
        default=None,
        description="When it happened in your system; orders updates. Defaults to now.",
    )


class Desk(NamedTuple):
    """What these routes work with."""

    manage: ManagePlans
    debits: DebitStore


@cache
def desk() -> Desk:
    """Build the adapters once per cold start; tests replace this one function."""
    wired = context.wire()
    settings = wired.settings
    plans = DynamoPlans(clients.dynamodb(), settings.exchange_table, settings.shards)
    debits = DynamoDebits(clients.dynamodb(), settings.exchange_table)
    return Desk(ManagePlans(plans, wired.stores.portfolio), debits)


@app.put("/v1/plans/<external_id>", tags=["plans"], summary="Create or update a plan")
def put_plan(external_id: PlanIdPath, body: PlanBody) -> Response[Any]:
    """Answer 201 when the plan is new and 200 when it was known.

    What was billed stays as it is; what is still to come follows the new description.
    """
    creditor = caller(body.ruler)
    plan = body.to_domain(external_id, occurred(body.occurred_at), context.today(creditor))
    done, plan = under_body(
        lambda: desk().manage.put(creditor, plan, now=present(), expected=expected())
    )
    status = HTTPStatus.CREATED if done is Ingested.CREATED else HTTPStatus.OK
    return _answer(creditor, plan, status)


@app.get("/v1/plans/<external_id>", tags=["plans"], summary="Read a plan")
def get_plan(external_id: PlanIdPath) -> Response[Any]:
    """Answer the plan, and what it bills next."""
    creditor = caller()
    return _answer(creditor, desk().manage.find(creditor, PlanId(external_id)))


@app.get("/v1/plans", tags=["plans"], summary="List plans")
def get_plans(limit: Limit = 50, cursor: Cursor = None) -> Response[Any]:
    """Answer a page of plans, by your own ids, and where to go on.

    Their authorisations for automatic debits are told with each plan alone.
    """
    creditor = caller()
    scope = f"plans\0{creditor.creditor_id}"
    after = None if cursor is None else PlanId(_place(scope, cursor))
    page = desk().manage.plans.page(creditor.creditor_id, after, limit)
    views = [plan_view(plan, creditor.ruler.zone) for plan in page.plans]
    rest = None if page.rest is None else cursor_to(scope, page.rest)
    return respond({"plans": views, "cursor": rest})


@app.post("/v1/plans/<external_id>/pause", tags=["plans"], summary="Bill nothing for a while")
def post_pause(external_id: PlanIdPath) -> Response[Any]:
    """Answer the paused plan; the months that fall due meanwhile are left out for good."""
    return _changed(external_id, desk().manage.pause)


@app.post("/v1/plans/<external_id>/resume", tags=["plans"], summary="Let a plan go on")
def post_resume(external_id: PlanIdPath) -> Response[Any]:
    """Answer the plan; it goes on with what falls due from today."""
    return _changed(external_id, desk().manage.resume)


@app.post("/v1/plans/<external_id>/end", tags=["plans"], summary="End a plan for good")
def post_end(external_id: PlanIdPath) -> Response[Any]:
    """Answer the ended plan; what was billed is still owed."""
    return _changed(external_id, desk().manage.end)


@app.get("/v1/plans/<external_id>/invoices", tags=["plans"], summary="What a plan has billed")
def get_plan_invoices(
    external_id: PlanIdPath, limit: Limit = 24, cursor: Cursor = None
) -> Response[Any]:
    """Answer a page of a plan's months, the latest first, each with how its invoice stands."""
    creditor, plan_id = caller(), PlanId(external_id)
    plan = desk().manage.find(creditor, plan_id)
    scope = f"months\0{creditor.creditor_id}\0{plan_id}"
    after = None if cursor is None else _place(scope, cursor)
    page = desk().manage.plans.billed(creditor.creditor_id, plan_id, after, limit)
    known = desk().debits.debits(creditor.creditor_id, plan_id, _DEBITS) if plan.automatic else ()
    debits = {debit.period: debit for debit in known}
    portfolio = context.wire().stores.portfolio
    views = [
        billed_view(
            plan_id,
            billed,
            portfolio.find_invoice(creditor.creditor_id, invoice_id_of(plan_id, billed.period)),
            debits,
        )
        for billed in page.billed
    ]
    rest = None if page.rest is None else cursor_to(scope, page.rest)
    return respond({"invoices": views, "cursor": rest})


def _changed(external_id: str, change: Callable[..., Plan]) -> Response[Any]:
    creditor = caller()
    return _answer(creditor, change(creditor, PlanId(external_id), now=present()))


def _answer(creditor: Creditor, plan: Plan, status: HTTPStatus = HTTPStatus.OK) -> Response[Any]:
    mandate = None
    if plan.automatic:
        mandate = desk().debits.mandate(creditor.creditor_id, plan.external_id)
    view = plan_view(plan, creditor.ruler.zone, mandate)
    return tagged(respond(view, status), plan_tag(plan))


def _place(scope: str, cursor: str) -> str:
    return read_cursor(scope, cursor, "query.cursor")
