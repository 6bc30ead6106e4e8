"""The HTTP API: token to creditor, request to use case, error to problem document."""

import json
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.application.validation import told
from regua.domain.errors import InvalidInput, Problem
from regua.runtime.http import answered, failure_of, problem, problem_of, respond

from . import attend, context, customers, explain, invoices, messages, reports, rulers
from .context import app, logger, metrics

API_VERSION = "1.1.0"
DESCRIPTION = """Brazilian collections: invoices, customers, payments and what came of them.

Every call may be repeated. `PUT` takes your own ids; a payment is known by its `payment_id`, and
an invoice is withdrawn once. The header `Idempotency-Key` is therefore accepted and not needed on
any `POST`.

The errors of this API are problem documents (RFC 9457). What its gateway refuses beforehand, 401
(no valid token), 403 (a token without the scope), 404 (an unknown route) and 429 (too many
requests), is JSON of Amazon API Gateway's own, `{"message": "..."}`.
"""


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

ROUTES = (invoices, customers, attend, explain, rulers, messages)
"""Modules that add their routes to the application when they are loaded."""


@app.get("/v1/health", tags=["health"], summary="Whether the API answers")
def get_health() -> Response[Any]:
    """Answer that the function runs and knows its settings."""
    context.wire()
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
    described["paths"] |= {**ANSWERED_ELSEWHERE, **reports.ROUTES}
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
