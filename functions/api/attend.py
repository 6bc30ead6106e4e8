"""Routes for what people say about a debt: holds, promises, disputes, results of contacts."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from regua.application.attend import About, OneInvoice, WholeAccount
from regua.application.views import hold_view
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.money import Money
from regua.runtime.http import respond

from . import context
from .context import ExternalIdPath, app, caller, existing, present
from .schemas import (
    DisputeBody,
    HoldBody,
    InTransitBody,
    PromiseBody,
    ResolutionBody,
    ResultBody,
)

Kind = Annotated[HoldKind, Query(description="Which holds to end; a dispute is resolved instead")]


@app.post("/v1/invoices/<external_id>/hold", tags=["attending"], summary="Let an invoice rest")
def post_hold(external_id: ExternalIdPath, body: HoldBody) -> Response[Any]:
    """Answer the hold: no contact about the invoice until it ends; the same one again is one."""
    return _held(_invoice(external_id), body)


@app.delete("/v1/invoices/<external_id>/hold", tags=["attending"], summary="End an invoice's rest")
def delete_hold(external_id: ExternalIdPath, kind: Kind = HoldKind.HELD) -> Response[Any]:
    """Answer the holds that ended; none is no error."""
    return _released(_invoice(external_id), kind)


@app.post("/v1/customers/<external_id>/hold", tags=["attending"], summary="Let a customer rest")
def post_customer_hold(external_id: ExternalIdPath, body: HoldBody) -> Response[Any]:
    """Answer the hold: no contact with the customer about anything until it ends."""
    return _held(WholeAccount(CustomerId(external_id)), body)


@app.delete("/v1/customers/<external_id>/hold", tags=["attending"], summary="End a customer's rest")
def delete_customer_hold(external_id: ExternalIdPath, kind: Kind = HoldKind.HELD) -> Response[Any]:
    """Answer the holds that ended; those of single invoices stand."""
    return _released(WholeAccount(CustomerId(external_id)), kind)


@app.post("/v1/invoices/<external_id>/promises", tags=["attending"], summary="Note a promise")
def post_promise(external_id: ExternalIdPath, body: PromiseBody) -> Response[Any]:
    """Answer the promise; `pauses` tells whether the ruler waits for it."""
    amount = None if body.amount_centavos is None else Money(body.amount_centavos)
    hold = context.wire().attend.promise(
        caller(), InvoiceId(external_id), on=body.on, amount=amount, by=body.by, now=present()
    )
    told = {"promised_on": body.on.isoformat()} if hold is None else hold_view(hold)
    return respond({**told, "pauses": hold is not None}, HTTPStatus.CREATED)


@app.post("/v1/invoices/<external_id>/disputes", tags=["attending"], summary="Open a dispute")
def post_dispute(external_id: ExternalIdPath, body: DisputeBody) -> Response[Any]:
    """Answer the dispute: the invoice is left out of every contact until it is resolved."""
    hold = context.wire().attend.open_dispute(
        caller(), InvoiceId(external_id), reason=body.reason, by=body.by, now=present()
    )
    return respond(hold_view(hold), HTTPStatus.CREATED)


@app.post(
    "/v1/invoices/<external_id>/disputes/resolve", tags=["attending"], summary="Resolve a dispute"
)
def post_resolution(external_id: ExternalIdPath, body: ResolutionBody) -> Response[Any]:
    """Answer the disputes that ended; contact goes on unless you withdraw the invoice."""
    ended = context.wire().attend.resolve_dispute(
        caller(), InvoiceId(external_id), outcome=body.outcome, now=present()
    )
    return respond({"ended": [hold_view(h) for h in ended], "outcome": body.outcome.value})


@app.post(
    "/v1/invoices/<external_id>/payment-in-transit",
    tags=["attending"],
    summary="Note that a payment is on its way",
)
def post_in_transit(external_id: ExternalIdPath, body: InTransitBody) -> Response[Any]:
    """Answer the hold: nobody is asked again while a bank credits what was paid."""
    hold = context.wire().attend.payment_in_transit(
        caller(), InvoiceId(external_id), on=body.on, method=body.method, by=body.by, now=present()
    )
    return respond(hold_view(hold), HTTPStatus.CREATED)


@app.post(
    "/v1/invoices/<external_id>/contact-results",
    tags=["attending"],
    summary="Record what came of a contact about an invoice",
)
def post_result(external_id: ExternalIdPath, body: ResultBody) -> Response[Any]:
    """Answer what followed: a rest, a promise, a dispute, the message sent again."""
    return _recorded(_invoice(external_id), body)


@app.post(
    "/v1/customers/<external_id>/contact-results",
    tags=["attending"],
    summary="Record what came of a contact with a customer",
)
def post_customer_result(external_id: ExternalIdPath, body: ResultBody) -> Response[Any]:
    """Answer what followed for everything the customer owes."""
    return _recorded(WholeAccount(CustomerId(external_id)), body)


def _invoice(external_id: str) -> OneInvoice:
    existing(caller(), external_id)
    return OneInvoice(InvoiceId(external_id))


def _held(about: About, body: HoldBody) -> Response[Any]:
    hold = context.wire().attend.hold(
        caller(), about, until=body.until, reason=body.reason, by=body.by, now=present()
    )
    return respond(hold_view(hold), HTTPStatus.CREATED)


def _released(about: About, kind: HoldKind) -> Response[Any]:
    ended: list[Hold] = [*context.wire().attend.release(caller(), about, now=present(), kind=kind)]
    return respond({"ended": [hold_view(h) for h in ended]})


def _recorded(about: About, body: ResultBody) -> Response[Any]:
    recorded = context.wire().attend.record_result(caller(), about, body.to_domain(), now=present())
    hold = None if recorded.hold is None else hold_view(recorded.hold)
    return respond({"hold": hold, "sends_again": recorded.sends_again}, HTTPStatus.CREATED)
