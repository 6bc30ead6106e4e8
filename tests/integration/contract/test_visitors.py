"""Who touched messages in the same ten minutes: memory and DynamoDB promise the same."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from regua.adapters.dynamodb_visitors import BUCKET_SECONDS, MOST, DynamoRecentVisitors
from regua.adapters.memory_visitors import MemoryRecentVisitors
from regua.application.ports import AccountKey, RecentVisitors, Touch
from regua.domain.delivery import EventKind
from regua.domain.ids import CreditorId, CustomerId, DispatchId
from tests.builders import CREDITOR, DUE, nine_o_clock
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = nine_o_clock(DUE)
IP = "203.0.113.7"


@pytest.fixture(params=["memory", "dynamodb"])
def visitors(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> RecentVisitors:
    if request.param == "memory":
        return MemoryRecentVisitors()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoRecentVisitors(dynamodb, "messages", b"an invented random string")


def touch(
    visitors: RecentVisitors,
    n: int,
    *,
    customer: str = "cli-1",
    creditor: CreditorId = CREDITOR,
    ip: str = IP,
    seconds: int = 0,
) -> list[Touch]:
    account = AccountKey(creditor, CustomerId(customer))
    hit = (DispatchId(f"{n:032x}"), EventKind.CLICKED, f"pedido#{n}")
    return list(visitors.touch(account, ip, hit, NOW + timedelta(seconds=seconds)))


def test_an_addresss_touches_are_counted_by_recipient_each_once(visitors: RecentVisitors) -> None:
    touch(visitors, 1)
    touch(visitors, 2)
    touch(visitors, 3, customer="cli-2")
    found = touch(visitors, 3, customer="cli-2")
    assert [(t.dispatch_id[-1], t.kind, t.event_id) for t in sorted(found, key=lambda t: t[1])] == [
        (str(n), EventKind.CLICKED, f"pedido#{n}") for n in (1, 2, 3)
    ]
    assert len({t.recipient for t in found}) == 2


def test_another_address_creditor_or_ten_minutes_start_anew(visitors: RecentVisitors) -> None:
    touch(visitors, 1)
    assert len(touch(visitors, 2, ip="203.0.113.8")) == 1
    assert len(touch(visitors, 3, creditor=CreditorId("boreal"))) == 1
    assert len(touch(visitors, 4, seconds=BUCKET_SECONDS)) == 1
    assert len(touch(visitors, 5, seconds=BUCKET_SECONDS - 1)) == 2


def test_an_address_with_very_many_touches_is_not_followed_further(
    visitors: RecentVisitors,
) -> None:
    found = [touch(visitors, n, customer=f"cli-{n}") for n in range(MOST + 5)]
    assert [len(each) for each in found[-6:]] == [MOST] * 6


@pytest.mark.usefixtures("aws")
def test_no_address_and_no_customer_is_stored_and_every_item_ends(
    dynamodb: "DynamoDBClient",
) -> None:
    create_tables(dynamodb)
    touch(DynamoRecentVisitors(dynamodb, "messages", b"segredo"), 1)
    touch(DynamoRecentVisitors(dynamodb, "messages", b"outro segredo"), 1)
    first, other = dynamodb.scan(TableName="messages")["Items"]
    assert first["pk"] != other["pk"], "without the key nobody can find an address"
    for item in (first, other):
        assert IP not in str(item)
        assert "cli-1" not in str(item)
        assert int(item["ttl"]["N"]) - NOW.timestamp() < 2 * 3600
