"""What the senders of all channels share: one record is one dispatch, counted by its outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, Self

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from regua.adapters.dynamodb_rates import DynamoRateLimiter
from regua.adapters.tracking_links import SignedLinks
from regua.application.buffers import BatchBuffer
from regua.application.messages import ContactDue
from regua.application.ports import Composer, MessageSender
from regua.application.send_batch import SendBatch
from regua.application.send_contact import Prepared, SendContact
from regua.domain.dispatch import Dispatch
from regua.domain.ruler import Channel
from regua.runtime import clients
from regua.runtime.batch import Response, run_batch
from regua.runtime.envelopes import from_bus
from regua.runtime.settings import SenderSettings
from regua.runtime.stores import EvidenceStores, connect_with_evidence


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present instant, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class ChannelWorker:
    """One channel's sender, wired: the use case, the buffer of its facts, and its settings."""

    channel: Channel
    send: SendContact
    buffer: BatchBuffer
    settings: SenderSettings
    clock: Clock

    @classmethod
    def of(
        cls,
        channel: Channel,
        settings: SenderSettings,
        *,
        compose: Composer,
        sender: MessageSender,
        clock: Clock,
        stores: EvidenceStores | None = None,
        remember: Callable[[Dispatch, str, datetime], None] | None = None,
    ) -> Self:
        """Connect a channel's composer and provider to the stores, given or made here."""
        stores = stores or connect_with_evidence(settings)
        buffer = BatchBuffer(stores.publisher)
        send = SendContact(
            portfolio=stores.portfolio,
            directory=stores.directory,
            ledger=stores.ledger,
            publisher=buffer,
            compose=compose,
            sender=sender,
            keeper=stores.facts,
            links=SignedLinks.from_secret(
                clients.secretsmanager(), settings.tracking_secret_arn, settings.tracking_base_url
            ),
            doubt=timedelta(seconds=settings.doubt_seconds),
            limiter=DynamoRateLimiter(clients.dynamodb(), settings.messages_table),
            remember=remember,
        )
        return cls(channel, send, buffer, settings, clock)

    def answer(self, event: Mapping[str, Any], *, logger: Logger, metrics: Metrics) -> Response:
        """Carry out a batch of dispatches; answer which records must be given again."""

        def prepare(due: ContactDue) -> Prepared:
            clock_now = self.clock.now()
            now = due.as_of if self.settings.allow_as_of and due.as_of else clock_now
            return self.send.prepare(due, now=now, clock_now=clock_now)

        batch = SendBatch(prepare, self.send.keep, self.send.finish, self.clock.now)

        def handle(due: ContactDue) -> None:
            outcome = batch.send(due)
            metrics.add_metric(f"{self.channel}_{outcome}", MetricUnit.Count, 1)
            logger.info("dispatch finished", channel=self.channel.value, outcome=outcome)

        return run_batch(
            event,
            from_bus(ContactDue),
            handle,
            logger=logger,
            metrics=metrics,
            flush=self.buffer.flush,
            before=batch.prepare_all,
        )
