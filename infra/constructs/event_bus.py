"""The bus everything is announced on, and its memory."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from constructs import Construct

SOURCE = "regua"

FACTS_IN = (
    "InvoiceIssued",
    "InvoiceCancelled",
    "PaymentReceived",
    "PaymentReversed",
    "CustomerChanged",
)


class Bus(Construct):
    """A custom bus; with `archive_days`, what passed on it can be replayed for that long."""

    def __init__(self, scope: Construct, id_: str, *, archive_days: int | None) -> None:
        super().__init__(scope, id_)
        self.bus = events.EventBus(
            self, "Bus", event_bus_name="regua", description="Facts of the collections ruler"
        )
        if archive_days is not None:
            self.bus.archive(
                "Archive",
                description="Everything published, for replay",
                event_pattern=events.EventPattern(source=events.Match.prefix("")),
                retention=Duration.days(archive_days),
            )
