"""What became of what a system posted, for that system to read."""

from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import Response

from regua.adapters.s3_acknowledgements import S3Acknowledgements
from regua.application.connect.acknowledge import Acknowledger, odoo_acknowledgement
from regua.domain.errors import NotFound
from regua.runtime import clients
from regua.runtime.http import respond

from . import context, doors
from .context import app, caller
from .doors import HookId


@cache
def desk() -> Acknowledger:
    """Build the adapter once per cold start; tests replace this one function."""
    return S3Acknowledgements(clients.s3(), context.wire().settings.files_bucket)


@app.get(
    "/v1/hooks/<hook_id>/acknowledgement", tags=["hooks"], summary="What became of the last post"
)
def get_acknowledgement(hook_id: HookId) -> Response[Any]:
    """Answer what became of each record of the last post that was read, and how it stands now.

    For Odoo, `moves` has one line for each invoice, to write back as it is.
    """
    creditor = caller()
    hook = doors.desk().hooks.store.get(creditor.creditor_id, hook_id)
    found = desk().find(creditor.creditor_id, hook_id)
    if found is None:
        raise NotFound(hook_id)
    moves = list(odoo_acknowledgement(found)) if hook.kind == "odoo" else None
    return respond({**found, "moves": moves})
