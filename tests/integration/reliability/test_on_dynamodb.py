"""The main rows of the crash table once more, on DynamoDB, S3 and KMS as moto knows them.

moto answers at once and refuses no transaction because of another, so this shows that the
conditions in the expressions say what the twins say; it does not show contention.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import boto3
import pytest
from moto import mock_aws

from regua.adapters.customer_keys import KmsCustomerKeys
from regua.adapters.dynamodb_ledger import DynamoLedger
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.s3_vault import S3Vault
from tests.integration.contract.tables import create_tables
from tests.integration.reliability.faults import Point
from tests.integration.reliability.law import assert_settled
from tests.integration.reliability.queues import last_in_first_out
from tests.integration.reliability.stories import evaluate, issue, lawful, pay, steps_spoken
from tests.integration.reliability.test_crash_table import (
    END,
    POINTS,
    START,
    Row,
    small_portfolio,
)
from tests.integration.reliability.world import SHARDS, World

ROWS = [
    "evaluator: published, not advanced",
    "evaluator: between two advances",
    "sender: claimed, not sent",
    "sender: sent, not recorded",
    "sender: in the middle of a batch",
    "sender: batch done, nothing announced",
    "receipt: bounce recorded, address in use",
    "receipt: address suppressed, facts in memory",
    "ingest: payment written, not announced",
]


@pytest.fixture
def world() -> Iterator[World]:
    """Return an empty world on tables."""
    with on_tables() as world:
        yield world


@contextmanager
def on_tables(*, thanks: bool = False) -> Iterator[World]:
    """Make an empty world on tables."""
    with mock_aws():
        client = boto3.client("dynamodb")
        create_tables(client)
        portfolio = DynamoPortfolio(
            client, table="portfolio", messages_table="messages", shards=SHARDS
        )
        s3, kms = boto3.client("s3"), boto3.client("kms")
        s3.create_bucket(
            Bucket="evidence",
            ObjectLockEnabledForBucket=True,
            CreateBucketConfiguration={"LocationConstraint": "sa-east-1"},
        )
        key_id = kms.create_key()["KeyMetadata"]["KeyId"]
        keys = KmsCustomerKeys(client, "portfolio", lambda: kms, key_id)
        yield lawful(
            World(
                START,
                stores=(portfolio, DynamoLedger(client, "messages")),
                evidence=(keys, S3Vault(s3, "evidence")),
                thanks=thanks,
            )
        )


@pytest.mark.parametrize("name", ROWS)
def test_crash(world: World, name: str) -> None:
    row: Row = next(r for r in POINTS if r.name == name)
    world.order = last_in_first_out
    world.faults.arm(row.point, times=2, skip=row.skip, action=row.action)
    small_portfolio(world)
    world.live_until(date(2026, 11, 13))
    pay(world, "fat-3")
    world.live_until(END)
    assert world.faults.fired == 2


@pytest.mark.parametrize("crashes", [0, 1])
def test_a_contact_deferred_by_its_sender_comes_up_again(world: World, crashes: int) -> None:
    issue(world, "fat-1")
    world.live_until(date(2026, 11, 15))
    world.provider.throttling = crashes
    evaluate(world)
    world.now = world.now.replace(hour=23, minute=30)
    world.live_until(date(2026, 11, 17))
    assert steps_spoken(world, "fat-1") == ["lembrete", "vencimento", "vencida-3"]
    assert_settled(world)


def test_a_payment_that_wins_the_race_does_not_silence_the_next_contact(world: World) -> None:
    issue(world, "fat-1")
    world.live_until(date(2026, 11, 15))

    def paid() -> None:
        pay(world, "fat-1")
        world.work("ingest")

    world.faults.arm(Point("shards", "before", "portfolio.commit"), action=paid)
    world.settle()
    issue(world, "fat-2", due_date="2026-11-24")
    world.live_until(date(2026, 11, 25))
    assert steps_spoken(world, "fat-2") == ["lembrete", "vencimento"]


@pytest.mark.parametrize("closes", [False, True], ids=["window-open", "window-closed"])
def test_an_invoice_that_came_in_after_publishing_is_spoken_about_once(
    world: World, *, closes: bool
) -> None:
    issue(world, "fat-1")
    world.live_until(date(2026, 11, 15))
    world.faults.arm(Point("shards", "before", "portfolio.commit"))
    evaluate(world)
    world.work("email")
    issue(world, "fat-9", due_date="2026-11-12")
    if closes:
        world.now = world.now.replace(hour=23, minute=30)
    world.live_until(date(2026, 11, 18))
    assert steps_spoken(world, "fat-1").count("vencida-3") == 1
    assert steps_spoken(world, "fat-9").count("vencida-3") == 1
