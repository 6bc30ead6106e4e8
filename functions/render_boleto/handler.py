"""The second copy of a boleto as a PDF; the only function with the libraries that draw."""

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
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
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

logger = Logger()
metrics = Metrics()
clock = SystemClock()
app = APIGatewayHttpResolver()


class Wired(NamedTuple):
    """What the route works with."""

    directory: CreditorDirectory
    render: RenderBoleto
    entrance: Entrance


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


@app.exception_handler(NoBoleto)  # type: ignore[untyped-decorator]  # Powertools'
def _no_boleto(_: NoBoleto) -> Response[str]:
    detail = "This invoice has no boleto."
    return problem(HTTPStatus.NOT_FOUND, detail, instance=app.current_event.path)


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # Powertools'
def _failed(error: Exception) -> Response[str]:
    return failure_of(error, app, logger=logger, metrics=metrics)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request and log one line about it."""
    return answered(app, event, context, logger=logger, metrics=metrics, gate=_gate)


def _gate(event: Event, proceed: Callable[[Event], Answer]) -> Answer:
    return wire().entrance(event, proceed)
