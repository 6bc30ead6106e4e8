"""What providers tell: reports to the ledger, and customers' answers to what follows from them.

Decisions live in `regua.application.record_receipt` and `regua.application.receive_reply`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from regua.adapters.clock import SystemClock
from regua.adapters.dynamodb_certificates import DynamoCertificates
from regua.adapters.dynamodb_replies import DynamoReplyIndex
from regua.adapters.provider_reports import Report, read_reports
from regua.adapters.sns_signature import Envelope, SnsSignatures, Verify, emulated
from regua.adapters.whatsapp_receipts import NumberChanged
from regua.adapters.whatsapp_sender import WhatsAppSender
from regua.application.buffers import BatchBuffer
from regua.application.inbound import InboundText
from regua.application.leave_number import LeaveNumber
from regua.application.receive_reply import ReceiveReply
from regua.application.record_receipt import Receipt, Recorded, RecordReceipt
from regua.domain.errors import InvalidInput, ReguaError, TemporaryError
from regua.runtime import clients
from regua.runtime.batch import Response, run_batch
from regua.runtime.settings import TrackDeliverySettings
from regua.runtime.stores import connect_with_evidence

logger = Logger()
metrics = Metrics()
clock = SystemClock()
UNAVAILABLE_REST = 300
"""Seconds that a report rests whose signature cannot be checked."""


@dataclass(frozen=True, slots=True)
class Wired:
    """What is told goes to one of these."""

    record: RecordReceipt
    receive: ReceiveReply
    leave: LeaveNumber
    whatsapp: Callable[[], WhatsAppSender]
    buffer: BatchBuffer
    settings: TrackDeliverySettings
    verify: Verify


@cache
def wire() -> Wired:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = TrackDeliverySettings.from_environment()
    stores = connect_with_evidence(settings)
    buffer = BatchBuffer(stores.publisher, stores.facts)
    doubt = timedelta(seconds=settings.doubt_seconds)
    record = RecordReceipt(
        portfolio=stores.portfolio,
        ledger=stores.ledger,
        append=buffer.append,
        publish=buffer.publish,
        is_late=lambda at: clock.now() - at >= doubt,
        pending=buffer.pending,
    )
    index = DynamoReplyIndex(clients.dynamodb(), settings.messages_table)
    receive = ReceiveReply(
        stores.portfolio, stores.ledger, stores.directory, index, stores.publisher, stores.facts
    )
    leave = LeaveNumber(stores.portfolio, index)
    return Wired(record, receive, leave, whatsapp, buffer, settings, verifier(settings))


def verifier(settings: TrackDeliverySettings) -> Verify:
    """Tell what checks who signed: Amazon's signatures are required wherever Amazon signs."""
    if settings.sns_signatures == "emulated":
        return emulated
    dynamodb = clients.dynamodb()
    certificates = DynamoCertificates(dynamodb, settings.messages_table)
    return SnsSignatures(certificates, region=dynamodb.meta.region_name, topics=settings.topics)


@cache
def whatsapp() -> WhatsAppSender:
    """Connect when somebody is first written back to: reports are many, answers few."""
    return WhatsAppSender(clients.social_messaging())


def read(raw: Mapping[str, Any]) -> tuple[Report, ...]:
    """Read what one message tells, once it is known who signed it.

    Raises:
        InvalidInput: SNS did not sign it for one of our topics, or it is no provider's.
        TemporaryError: who signed it cannot be told now; nothing rests on it until then.
    """
    verdict = wire().verify(raw["body"])
    if verdict.envelope in {Envelope.INVALID, Envelope.UNAVAILABLE}:
        metrics.add_metric(f"envelope_{verdict.envelope}", MetricUnit.Count, 1)
    if verdict.envelope is Envelope.INVALID:
        raise InvalidInput.at("Signature", "is not of Amazon SNS over this envelope of our topics")
    if verdict.envelope is Envelope.UNAVAILABLE:
        raise TemporaryError(
            "the envelope's certificate cannot be fetched now", retry_after_seconds=UNAVAILABLE_REST
        )
    return tuple(read_reports(raw["body"], verdict.facts))


def handle(reports: tuple[Report, ...]) -> None:
    """Take everything that one message tells, in its order."""
    if not reports:
        metrics.add_metric("receipt_ignored", MetricUnit.Count, 1)
        logger.info("receipt recorded", outcome="receipt_ignored")
    for report in reports:
        match report:
            case Receipt():
                record(report)
            case InboundText():
                receive(report)
            case NumberChanged(old_number=number):
                left = wire().leave(number)
                metrics.add_metric("number_changed", MetricUnit.Count, 1)
                logger.info("number left", accounts=left)


def record(receipt: Receipt) -> None:
    """Record one report and count what it was."""
    outcome = wire().record(receipt)
    channel = receipt.channel.value
    metrics.add_metric(outcome, MetricUnit.Count, 1)
    if outcome is Recorded.REJECTED:  # after it was taken: a template, an account, a policy
        metrics.add_metric(f"{channel}_{outcome}", MetricUnit.Count, 1)
    of = receipt.dispatch_id
    logger.info("receipt recorded", outcome=outcome, channel=channel, dispatch_id=of)


def receive(inbound: InboundText) -> None:
    """Take a customer's answer, write back where the channel lets us, and count it."""
    wired = wire()
    received = wired.receive(inbound, now=present(inbound.at))
    if received.answer is not None:
        write_back(inbound, received.answer)
    intent = received.reading.intent.value
    metrics.add_metric(f"reply_{intent}", MetricUnit.Count, 1)
    if received.needs_person:
        metrics.add_metric("reply_needs_person", MetricUnit.Count, 1)
    if received.is_unknown:
        metrics.add_metric("reply_unknown", MetricUnit.Count, 1)
    if received.unreadable:
        logger.warning("creditors unreadable", creditor_ids=received.unreadable)
    logger.info("reply received", channel=inbound.channel.value, intent=intent)


def write_back(inbound: InboundText, text: str) -> None:
    """Answer in words. What was asked for is done by then: a failure to say so is only counted."""
    try:
        wire().whatsapp().send_text(inbound.from_number, text, origin=inbound.to_number)
    except (ReguaError, ClientError, BotoCoreError) as exc:
        metrics.add_metric("reply_unanswered", MetricUnit.Count, 1)
        logger.warning("reply unanswered", error=type(exc).__name__)


def present(at: datetime) -> datetime:
    """Return the present instant; where time travels, that of what is told if it is later."""
    now = clock.now()
    return max(now, at) if wire().settings.allow_as_of else now


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer which records must be given again."""
    del context
    return run_batch(
        event,
        read,
        handle,
        logger=logger,
        metrics=metrics,
        flush=wire().buffer.flush,
    )
