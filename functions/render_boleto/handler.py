"""The second copy of a boleto as a PDF; the only function with the libraries that draw.

For whoever calls the API, and for the customer who opened their page in this browser.
"""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from regua.adapters.boleto_pdf import render_boleto
from regua.adapters.boleto_words import instructions
from regua.adapters.clock import SystemClock
from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.dynamodb_ledger import DynamoLedger
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.tracking_links import TrackingKeyring, read_keys
from regua.application.boleto_on_page import BoletoOnPage
from regua.application.customer_page.case import Cases
from regua.application.ports import CreditorDirectory
from regua.application.render_boleto import NoBoleto, RenderBoleto
from regua.domain.errors import NotFound
from regua.domain.ids import InvoiceId
from regua.domain.payoff import business_date
from regua.runtime import clients
from regua.runtime.calls import Entrance, entrance_on
from regua.runtime.http import (
    Answer,
    Event,
    answered,
    creditor_of,
    decoded_id,
    failure_of,
    problem,
)
from regua.runtime.settings import RenderBoletoSettings

from .page import ROUTE, Visit, back_to_page, shown

logger = Logger()
metrics = Metrics()
clock = SystemClock()
app = APIGatewayHttpResolver()


class Wired(NamedTuple):
    """What the API's route works with."""

    directory: CreditorDirectory
    render: RenderBoleto
    entrance: Entrance


class WiredPage(NamedTuple):
    """What the page's route works with."""

    boleto: BoletoOnPage
    keyring: TrackingKeyring
    page_days: int
    allow_as_of: bool


@cache
def wire() -> Wired:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = RenderBoletoSettings.from_environment()
    dynamodb = clients.dynamodb()
    portfolio = DynamoPortfolio(
        dynamodb,
        table=settings.portfolio_table,
        messages_table=settings.messages_table,
        shards=settings.shards,
    )
    directory = DynamoCreditors(dynamodb, settings.portfolio_table)
    entrance = entrance_on(dynamodb, settings.exchange_table, directory, clock.now)
    return Wired(directory, RenderBoleto(portfolio, render_boleto, instructions), entrance)


@cache
def wire_page() -> WiredPage:
    """Build what only the page needs, when it is first asked for; tests replace this too."""
    settings, wired = RenderBoletoSettings.from_environment(), wire()
    ledger = DynamoLedger(clients.dynamodb(), settings.messages_table)
    cases = Cases(wired.render.portfolio, ledger, wired.directory)
    secrets = clients.secretsmanager()
    return WiredPage(
        BoletoOnPage(cases, wired.render),
        TrackingKeyring(lambda: read_keys(secrets, settings.tracking_secret_arn)),
        settings.page_days,
        settings.allow_as_of,
    )


@app.get("/v1/invoices/<external_id>/boleto.pdf")
def get_boleto(external_id: str) -> Response[Any]:
    """Answer the page; an invoice of another creditor is no different from none."""
    wired = wire()
    creditor = creditor_of(app.current_event, wired.directory)
    try:
        invoice_id = InvoiceId(decoded_id(external_id))
    except ValidationError:
        raise NotFound from None
    printed = wired.render(creditor, invoice_id, business_date(clock.now()))
    metrics.add_metric("boleto_rendered", MetricUnit.Count, 1)
    return Response(
        status_code=HTTPStatus.OK,
        content_type="application/pdf",
        body=printed.pdf,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'inline; filename="{printed.file_name}"',
        },
    )


@app.get("/p/<token>/boleto/<file>")
def get_boleto_of_page(token: str, file: str) -> Response[Any]:
    """Answer the PDF to who answered the page's question, and anybody else with the page."""
    wired = wire_page()
    visit = Visit.of(app.current_event.raw_event, token, file, allow_as_of=wired.allow_as_of)
    page = visit.identified(wired.keyring.keys_for(token), wired.page_days)
    printed = wired.boleto(page, visit.ref, now=visit.at) if page else None
    if printed is None:
        metrics.add_metric("page_boleto_refused", MetricUnit.Count, 1)
        return back_to_page(token)
    metrics.add_metric("page_boleto_rendered", MetricUnit.Count, 1)
    return shown(printed)


@app.exception_handler(NoBoleto)  # type: ignore[untyped-decorator]  # Powertools'
def _no_boleto(_: NoBoleto) -> Response[str]:
    detail = "This invoice has no boleto."
    return problem(HTTPStatus.NOT_FOUND, detail, instance=app.current_event.path)


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # Powertools'
def _failed(error: Exception) -> Response[str]:
    """Answer a program with a problem document; a customer is led to the page, which has words."""
    told = failure_of(error, app, logger=logger, metrics=metrics)
    is_on_page = app.current_event.route_key == ROUTE
    return back_to_page((app.current_event.path_parameters or {})["token"]) if is_on_page else told


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request and log one line about it."""
    return answered(app, event, context, logger=logger, metrics=metrics, gate=_gate)


def _gate(event: Event, proceed: Callable[[Event], Answer]) -> Answer:
    return wire().entrance(event, proceed)
