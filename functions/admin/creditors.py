"""Routes about creditors' documents: any, for whoever runs the deployment, and the caller's own."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from regua.runtime.http import under_body

from . import context
from .context import (
    CreditorIdPath,
    any_creditor,
    app,
    clock,
    expected,
    new_creditor,
    own_creditor,
    private,
    written,
)


@app.put("/v1/creditors/<creditor_id>", tags=["platform"], summary="Register a creditor")
def put_creditor(creditor_id: CreditorIdPath, body: dict[str, Any]) -> Response[Any]:
    """Answer 201 with the document of a new creditor, 200 with the one it replaces.

    A creditor without a ruler of its own follows the default one from the first invoice on.
    """
    who, tenants, seen = new_creditor(creditor_id), context.wire().tenants, expected()
    done = under_body(lambda: tenants.register(who, body, seen, clock.now()))
    return private(done.document, written(is_new=done.is_new), etag=done.etag)


@app.get("/v1/creditors/<creditor_id>", tags=["platform"], summary="Read a creditor's document")
def get_creditor(creditor_id: CreditorIdPath) -> Response[Any]:
    """Answer the document as it was written."""
    found = context.wire().tenants.get(any_creditor(creditor_id))
    return private(found.document, etag=found.etag)


@app.get("/v1/creditor", tags=["creditor"], summary="Read your own document")
def get_own() -> Response[Any]:
    """Answer the caller's document as it was written."""
    found = context.wire().tenants.get(own_creditor())
    return private(found.document, etag=found.etag)


@app.put("/v1/creditor", tags=["creditor"], summary="Change your own document")
def put_own(body: dict[str, Any]) -> Response[Any]:
    """Answer the document as it is written now.

    `creditor_id`, `document`, `event_sources` and `ruler` cannot be changed here, and may be left
    out.
    """
    who, tenants, seen = own_creditor(), context.wire().tenants, expected()
    done = under_body(lambda: tenants.change(who, body, seen, clock.now()))
    return private(done.document, etag=done.etag)
