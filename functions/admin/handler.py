"""Setting up tenants over HTTP, and keeping the gateway's list of clients whole."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.runtime.failures import tell_failures
from regua.runtime.http import answered

from . import api_clients, context, creditors, sender_identities, users
from .context import app, logger, metrics

ROUTES = (creditors, api_clients, users, sender_identities)
"""Modules that add their routes to the application when they are loaded."""
ADMIT = "admit"
"""What the clock asks for: a deployment that changes the gateway forgets clients made since."""


tell_failures(app, logger=logger, metrics=metrics)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context_: LambdaContext) -> dict[str, Any]:
    """Answer one request, or one tick of the clock, and log one line about it."""
    if event.get("kind") == ADMIT:
        context.wire().identity.admit_clients()
        metrics.add_metric("clients_admitted", MetricUnit.Count, 1)
        logger.info("clients admitted")
        return {"kind": ADMIT}
    return answered(app, event, context_, logger=logger, metrics=metrics, gate=context.gate)
