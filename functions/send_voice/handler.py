"""SQS to AWS End User Messaging, as automatic calls: parse, delegate, count.

Decisions live in `regua.application.send_contact`.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.clock import SystemClock
from regua.adapters.sms_voice import VoiceSender
from regua.adapters.voice_composer import VoiceComposer
from regua.application.ports import Creditor
from regua.domain.ruler import Channel
from regua.runtime import clients
from regua.runtime.batch import Response
from regua.runtime.sending import ChannelWorker
from regua.runtime.settings import SendVoiceSettings
from regua.runtime.stores import connect_with_evidence

logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> ChannelWorker:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = SendVoiceSettings.from_environment()
    stores = connect_with_evidence(settings)
    return ChannelWorker.of(
        Channel.VOICE,
        settings,
        compose=VoiceComposer(),
        sender=VoiceSender(
            clients.sms_voice(),
            settings.configuration_set,
            voice_of=lambda creditor_id: voice_of(stores.directory.get(creditor_id)),
        ),
        clock=clock,
        stores=stores,
    )


def voice_of(creditor: Creditor) -> str | None:
    """Return the voice that speaks a creditor's calls, if it chose one."""
    setup = creditor.channels.get(Channel.VOICE)
    return None if setup is None else setup.options.get("voice")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer which records must be given again."""
    del context
    return wire().answer(event, logger=logger, metrics=metrics)
