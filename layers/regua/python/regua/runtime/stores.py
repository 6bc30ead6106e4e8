"""The adapters that most functions share, built from their settings."""

import secrets
from dataclasses import dataclass

from regua.adapters.customer_keys import KmsCustomerKeys
from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.dynamodb_ledger import DynamoLedger
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.eventbridge import EventBridgePublisher
from regua.adapters.s3_vault import S3Vault
from regua.application.keep_facts import KeepFacts
from regua.domain.evidence import NONCE_BYTES
from regua.runtime import clients
from regua.runtime.settings import EvidenceSettings, TableSettings


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


@dataclass(frozen=True, slots=True)
class EvidenceStores(Stores):
    """The stores, and where facts with what they bind are kept."""

    keys: KmsCustomerKeys
    vault: S3Vault
    facts: KeepFacts


def connect_with_evidence(settings: EvidenceSettings) -> EvidenceStores:
    """Connect to the stores, the customers' keys and the vault that the settings name."""
    plain = connect(settings)
    keys = KmsCustomerKeys(
        clients.dynamodb(), settings.portfolio_table, clients.kms, settings.evidence_key_arn
    )
    vault = S3Vault(clients.s3(), settings.evidence_bucket)
    facts = KeepFacts(plain.ledger, keys, vault, lambda: secrets.token_bytes(NONCE_BYTES))
    return EvidenceStores(
        plain.portfolio, plain.ledger, plain.directory, plain.publisher, keys, vault, facts
    )
