"""SQS to AWS End User Messaging Social: parse, delegate, count.

Decisions live in `regua.application.send_contact`.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.clock import SystemClock
from regua.adapters.dynamodb_replies import DynamoReplyIndex
from regua.adapters.whatsapp_composer import WhatsAppComposer
from regua.adapters.whatsapp_sender import WhatsAppSender
from regua.domain.ruler import Channel
from regua.runtime import clients
from regua.runtime.batch import Response
from regua.runtime.sending import ChannelWorker
from regua.runtime.settings import SendWhatsAppSettings

logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> ChannelWorker:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = SendWhatsAppSettings.from_environment()
    return ChannelWorker.of(
        Channel.WHATSAPP,
        settings,
        compose=WhatsAppComposer(),
        sender=WhatsAppSender(clients.social_messaging()),
        clock=clock,
        remember=DynamoReplyIndex(clients.dynamodb(), settings.messages_table).remember,
    )


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer which records must be given again."""
    del context
    return wire().answer(event, logger=logger, metrics=metrics)
