"""SQS to AWS End User Messaging, as text messages: parse, delegate, count.

Decisions live in `regua.application.send_contact`.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.clock import SystemClock
from regua.adapters.dynamodb_replies import DynamoReplyIndex
from regua.adapters.sms_composer import SmsComposer
from regua.adapters.sms_voice import SmsSender
from regua.domain.ruler import Channel
from regua.runtime import clients
from regua.runtime.batch import Response
from regua.runtime.sending import ChannelWorker
from regua.runtime.settings import SendSmsSettings

logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> ChannelWorker:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = SendSmsSettings.from_environment()
    return ChannelWorker.of(
        Channel.SMS,
        settings,
        compose=SmsComposer(),
        sender=SmsSender(clients.sms_voice(), settings.configuration_set),
        clock=clock,
        remember=DynamoReplyIndex(clients.dynamodb(), settings.messages_table).remember,
    )


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer which records must be given again."""
    del context
    return wire().answer(event, logger=logger, metrics=metrics)
