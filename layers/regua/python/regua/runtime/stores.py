"""The adapters that most functions share, built from their settings."""

from dataclasses import dataclass

from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.dynamodb_ledger import DynamoLedger
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.eventbridge import EventBridgePublisher
from regua.runtime import clients
from regua.runtime.settings import TableSettings


@dataclass(frozen=True, slots=True)
class Stores:
    """The two tables, the tenants and the bus."""

    portfolio: DynamoPortfolio
    ledger: DynamoLedger
    directory: DynamoCreditors
    publisher: EventBridgePublisher


def connect(settings: TableSettings) -> Stores:
    """Connect to the tables and the bus that the settings name."""
    dynamodb = clients.dynamodb()
    return Stores(
        portfolio=DynamoPortfolio(
            dynamodb,
            table=settings.portfolio_table,
            messages_table=settings.messages_table,
            shards=settings.shards,
        ),
        ledger=DynamoLedger(dynamodb, settings.messages_table),
        directory=DynamoCreditors(dynamodb, settings.portfolio_table),
        publisher=EventBridgePublisher(clients.events(), settings.bus_name),
    )
