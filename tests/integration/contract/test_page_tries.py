"""The question is answered a few times only, by day and by link: both stores promise the same."""

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from regua.adapters.dynamodb_page_tries import DynamoPageTries
from regua.adapters.memory_page_tries import MemoryPageTries
from regua.application.customer_page.ports import PageTries, Tries, TryLimits
from regua.application.ports import AccountKey
from regua.domain.ids import CreditorId, CustomerId, DispatchId
from tests.builders import CREDITOR, CUSTOMER
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MARIA = AccountKey(CREDITOR, CUSTOMER)
LINK, OTHER_LINK = DispatchId("0a" * 16), DispatchId("0b" * 16)
MONDAY, TUESDAY = date(2026, 11, 9), date(2026, 11, 10)
LIMITS = TryLimits(per_day=3, per_link=4)


@pytest.fixture(params=["memory", "dynamodb"])
def tries(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> PageTries:
    if request.param == "memory":
        return MemoryPageTries()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoPageTries(dynamodb, "messages")


def take(
    tries: PageTries, link: DispatchId = LINK, day: date = MONDAY, who: AccountKey = MARIA
) -> Tries:
    return tries.take(who, link, day, LIMITS)


def test_tries_of_a_day_end_and_come_back_with_the_next(tries: PageTries) -> None:
    taken = [take(tries) for _ in range(4)]
    assert [(t.is_taken, t.left_today, t.left_on_link) for t in taken[:3]] == [
        (True, 2, 3),
        (True, 1, 2),
        (True, 0, 1),
    ]
    assert [(t.is_taken, t.left_today) for t in taken[3:]] == [(False, 0)]
    assert take(tries, day=TUESDAY) == Tries(is_taken=True, left_today=2, left_on_link=0)


def test_tries_of_a_link_end_for_ever_and_take_none_of_the_day(tries: PageTries) -> None:
    for day in (MONDAY, MONDAY, MONDAY, TUESDAY):
        assert take(tries, day=day).is_taken
    refused = take(tries, day=TUESDAY)
    assert refused == Tries(is_taken=False, left_today=3, left_on_link=0)
    assert take(tries, OTHER_LINK, TUESDAY) == Tries(is_taken=True, left_today=1, left_on_link=3)


def test_the_day_is_the_customer_s_whichever_link_is_used(tries: PageTries) -> None:
    assert [take(tries, link).is_taken for link in (LINK, OTHER_LINK, LINK, OTHER_LINK)] == [
        *(True, True, True, False)
    ]
    for other in (
        AccountKey(CREDITOR, CustomerId("cli-9")),
        AccountKey(CreditorId("outra"), CUSTOMER),
    ):
        assert take(tries, OTHER_LINK, who=other).is_taken


def test_a_try_that_is_given_back_is_there_again_in_both_counts(tries: PageTries) -> None:
    for _ in range(10):
        assert take(tries) == Tries(is_taken=True, left_today=2, left_on_link=3)
        tries.give_back(MARIA, LINK, MONDAY)


@pytest.mark.usefixtures("aws")
def test_a_link_that_is_used_up_never_touches_the_customer_s_day(
    dynamodb: "DynamoDBClient",
) -> None:
    """Else whoever has it could lock the customer out by asking many times at once."""
    create_tables(dynamodb)
    tries = DynamoPageTries(dynamodb, "messages")
    for day in (MONDAY, MONDAY, MONDAY, TUESDAY):
        take(tries, day=day)
    written: list[str] = []

    def note(params: dict[str, Any], **_: object) -> None:
        written.append(params["Key"]["sk"]["S"].partition("#")[0])

    dynamodb.meta.events.register("provide-client-params.dynamodb.UpdateItem", note)
    assert not take(tries, day=TUESDAY).is_taken
    assert written == ["PAGE_LINK"]


@pytest.mark.usefixtures("aws")
def test_a_day_s_count_ends_by_itself_and_a_link_s_does_not(dynamodb: "DynamoDBClient") -> None:
    create_tables(dynamodb)
    take(DynamoPageTries(dynamodb, "messages"))
    items = dynamodb.scan(TableName="messages")["Items"]
    ends = {i["sk"]["S"].partition("#")[0]: i.get("ttl") for i in items}
    assert ends == {"PAGE_DAY": {"N": "1794441600"}, "PAGE_LINK": None}
    assert all("Maria" not in str(i) for i in items)
