"""SQS to SES: parse, delegate, count.

Decisions live in `regua.application.send_contact`.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.clock import SystemClock
from regua.adapters.dkim_keys import DkimSigner
from regua.adapters.email_composer import EmailComposer
from regua.adapters.ses import SesEmailSender
from regua.domain.ruler import Channel
from regua.runtime import clients
from regua.runtime.batch import Response
from regua.runtime.sending import ChannelWorker
from regua.runtime.settings import SendEmailSettings

logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> ChannelWorker:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = SendEmailSettings.from_environment()
    return ChannelWorker.of(
        Channel.EMAIL,
        settings,
        compose=EmailComposer(sign=DkimSigner(clients.secretsmanager, settings.dkim_prefix)),
        sender=SesEmailSender(clients.sesv2(), settings.configuration_set),
        clock=clock,
    )


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer which records must be given again."""
    del context
    return wire().answer(event, logger=logger, metrics=metrics)
