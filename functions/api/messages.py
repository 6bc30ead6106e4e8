"""The route about one message: what became of it; its evidence is another function's."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from regua.application.views import message_view
from regua.domain.errors import NotFound
from regua.domain.ids import DispatchId
from regua.runtime.http import respond

from . import context
from .context import app, caller, present

DispatchIdPath = Annotated[
    str, Path(pattern=r"^[0-9a-f]{32}$", description="A message's dispatch_id")
]


@app.get("/v1/messages/<dispatch_id>", tags=["messages"], summary="Read a message")
def get_message(dispatch_id: DispatchIdPath) -> Response[Any]:
    """Answer what was planned, how it ended and what was reported about it."""
    creditor = caller()
    found = context.wire().stores.ledger.find(DispatchId(dispatch_id))
    if found is None or found[0].dispatch.creditor_id != creditor.creditor_id:
        raise NotFound(dispatch_id)
    return respond(message_view(*found, present()))
