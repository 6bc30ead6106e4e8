"""The HTTP API: token to creditor, request to use case, error to problem document."""

import json
from functools import cache
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.runtime.failures import tell_failures
from regua.runtime.http import answered, respond

from . import (
    acknowledgements,
    agreements,
    attend,
    batch,
    context,
    customers,
    docs_page,
    doors,
    events,
    explain,
    imports,
    invoices,
    lists,
    messages,
    offers,
    page,
    plans,
    rulers,
    webhooks,
)
from .context import app, gate, logger, metrics

API_VERSION = "1.3.0"
DESCRIPTION = """Brazilian collections: invoices, customers, payments and what came of them.

**Every call may be repeated.** `PUT` takes your own ids; a payment is known by its `payment_id`,
and an invoice is withdrawn once. A `POST` with an `Idempotency-Key` is done once and answered alike
for a day; if it showed a secret, a copy of the call is answered 409.

**Nobody's work is overwritten unseen.** Where an operation takes `If-Match`, it writes only if that
is the `ETag` still; with `If-None-Match: *`, only what is new.

**Lists** come a page at a time: go on with `cursor` until there is none. A cursor is yours alone
and says nothing by itself.

**Who calls** is a machine with a token by OAuth 2.0 client credentials, or a person who signed in;
each operation names the scope that it asks for. Another creditor's things are not found.

**Limits.** `RateLimit-*` tell how many calls are left in the minute. A body has at most 1 MB, a
batch of invoices 4 MB.

**Errors** of this API are problem documents (RFC 9457) with every path and reason. What its gateway
refuses beforehand, 401 (no valid token), 403 (a token without the scope), 404 (an unknown route)
and 429 (too many requests at once), is JSON of Amazon API Gateway's own, `{"message": "..."}`.

Amounts are centavos, instants UTC with `Z`, days ISO dates.
"""


ROUTES = (
    invoices,
    lists,
    batch,
    customers,
    attend,
    explain,
    rulers,
    messages,
    events,
    webhooks,
    doors,
    acknowledgements,
    imports,
    plans,
    offers,
    agreements,
    page,
    docs_page,
)
"""Modules that add their routes to the application when they are loaded."""


@app.get("/v1/health", tags=["health"], summary="Whether the API answers")
def get_health() -> Response[Any]:
    """Answer that the function runs and knows its settings."""
    context.wire()
    return respond({"status": "ok", "version": API_VERSION})


@app.get("/openapi.json", include_in_schema=False, compress=True)
def get_openapi() -> Response[Any]:
    """Answer the description of this API."""
    return Response(HTTPStatus.OK, "application/json", openapi())


@cache
def openapi() -> str:
    """Return the OpenAPI document, generated from the routes and their types."""
    from .described import completed  # noqa: PLC0415 - nothing else needs it, and it is large

    described = json.loads(
        app.get_openapi_json_schema(title="Régua", version=API_VERSION, description=DESCRIPTION)
    )
    return json.dumps(completed(described), ensure_ascii=False)


tell_failures(app, logger=logger, metrics=metrics)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request and log one line about it."""
    return answered(app, event, context, logger=logger, metrics=metrics, gate=gate)
