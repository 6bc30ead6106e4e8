"""SQS to SES: parse, delegate, count. Decisions live in `regua.application.send_email`."""

from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.clock import SystemClock
from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.mime import build_mime
from regua.adapters.ses import SesEmailSender
from regua.adapters.tracking_links import SignedLinks
from regua.application.buffers import BatchBuffer
from regua.application.messages import ContactDue
from regua.application.send_email import SendEmail
from regua.runtime import clients
from regua.runtime.batch import Response, run_batch
from regua.runtime.envelopes import from_bus
from regua.runtime.settings import SendEmailSettings
from regua.runtime.stores import connect

logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> tuple[SendEmail, BatchBuffer, SendEmailSettings]:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = SendEmailSettings.from_environment()
    stores = connect(settings)
    buffer = BatchBuffer(stores.publisher)
    use_case = SendEmail(
        portfolio=stores.portfolio,
        directory=stores.directory,
        ledger=stores.ledger,
        publisher=buffer,
        renderer=JinjaEmailRenderer(),
        build_mime=build_mime,
        sender=SesEmailSender(clients.sesv2(), settings.configuration_set),
        links=SignedLinks.from_secret(
            clients.secretsmanager(), settings.tracking_secret_arn, settings.tracking_base_url
        ),
        doubt=timedelta(seconds=settings.doubt_seconds),
    )
    return use_case, buffer, settings


def handle(due: ContactDue) -> None:
    """Carry out one dispatch and count how it ended."""
    send, _, settings = wire()
    clock_now = clock.now()
    now = due.as_of if settings.allow_as_of and due.as_of else clock_now
    outcome = send(due, now=now, clock_now=clock_now)
    metrics.add_metric(f"email_{outcome}", MetricUnit.Count, 1)
    logger.info("email dispatch finished", outcome=outcome)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer which records must be given again."""
    del context
    return run_batch(
        event,
        from_bus(ContactDue),
        handle,
        logger=logger,
        metrics=metrics,
        flush=wire()[1].flush,
    )
