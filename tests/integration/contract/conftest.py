"""The same ports twice: in memory, and on AWS as moto knows it (no IAM, quotas or conflicts)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from regua.adapters.dynamodb_ledger import DynamoLedger
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.memory import MemoryLedger, MemoryPortfolio
from regua.application.ports import DispatchLedger, Portfolio
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHARDS = 4


@dataclass(frozen=True)
class Stores:
    """A portfolio and the ledger beside it."""

    portfolio: Portfolio
    ledger: DispatchLedger


@pytest.fixture
def aws() -> Iterator[None]:
    """Put moto where AWS would be."""
    with mock_aws():
        yield


@pytest.fixture(scope="session")
def dynamodb() -> "DynamoDBClient":
    """Return one client for all tests: making one costs more than a test does."""
    return boto3.client("dynamodb")


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> Stores:
    """Return empty stores of one kind."""
    if request.param == "memory":
        ledger = MemoryLedger()
        return Stores(MemoryPortfolio(ledger, SHARDS), ledger)
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    portfolio = DynamoPortfolio(
        dynamodb, table="portfolio", messages_table="messages", shards=SHARDS
    )
    return Stores(portfolio, DynamoLedger(dynamodb, "messages"))


@pytest.fixture
def portfolio(stores: Stores) -> Portfolio:
    """Return an empty portfolio."""
    return stores.portfolio


@pytest.fixture
def ledger(stores: Stores) -> DispatchLedger:
    """Return an empty ledger."""
    return stores.ledger
