"""Whose a number is, and how many messages a minute has: memory and DynamoDB promise the same."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from regua.adapters.dynamodb_rates import DynamoRateLimiter
from regua.adapters.dynamodb_replies import DynamoReplyIndex
from regua.adapters.memory import MemoryRateLimiter
from regua.adapters.memory_replies import MemoryReplyIndex
from regua.application.ports import RateLimiter
from regua.domain.ids import CreditorId, CustomerId
from regua.domain.ruler import Channel
from tests.builders import CREDITOR, DUE, nine_o_clock
from tests.integration.contract.facts import any_dispatch
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = nine_o_clock(DUE)
OTHER = CreditorId("boreal")
Replies = MemoryReplyIndex | DynamoReplyIndex


@pytest.fixture(params=["memory", "dynamodb"])
def replies(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> Replies:
    if request.param == "memory":
        return MemoryReplyIndex()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoReplyIndex(dynamodb, "messages")


@pytest.fixture(params=["memory", "dynamodb"])
def limiter(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> RateLimiter:
    if request.param == "memory":
        return MemoryRateLimiter()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoRateLimiter(dynamodb, "messages")


def test_a_number_names_everybody_who_was_written_to_there_each_once(replies: Replies) -> None:
    maria, joao = CustomerId("cli-1"), CustomerId("cli-2")
    for customer, creditor in (
        (joao, CREDITOR),
        (maria, CREDITOR),
        (maria, CREDITOR),
        (joao, OTHER),
    ):
        dispatch = any_dispatch(channel=Channel.SMS, customer_id=customer, creditor_id=creditor)
        replies.remember(dispatch, "+5511987654321", NOW)
    found = replies.customers_of("5511987654321", Channel.SMS)
    assert found == [(CREDITOR, maria), (CREDITOR, joao), (OTHER, joao)]
    assert replies.customers_of("+5511987654321", Channel.WHATSAPP) == []
    assert replies.customers_of("+5521987654321", Channel.SMS) == []


def test_every_spelling_of_a_whatsapp_account_is_one_number(replies: Replies) -> None:
    dispatch = any_dispatch(channel=Channel.WHATSAPP)
    replies.remember(dispatch, "+5531987654321", NOW)
    owner = (dispatch.creditor_id, dispatch.customer_id)
    for spelling in ("553187654321", "5531987654321", "+553187654321"):
        assert replies.customers_of(spelling, Channel.WHATSAPP) == [owner]


def test_a_minute_has_so_many_messages_and_the_next_one_as_many(limiter: RateLimiter) -> None:
    def taken(
        seconds: int, creditor: CreditorId = CREDITOR, channel: Channel = Channel.SMS
    ) -> bool:
        return limiter.take(creditor, channel, 2, NOW + timedelta(seconds=seconds))

    assert [taken(0), taken(30), taken(59)] == [True, True, False]
    assert taken(59, creditor=OTHER), "another creditor's minute is its own"
    assert taken(59, channel=Channel.VOICE), "and so is another channel's"
    assert [taken(60), taken(61), taken(62)] == [True, True, False]
    assert not taken(10), "a clock that is behind takes nothing of a minute gone by"


def test_several_at_once_never_take_more_than_there_is(limiter: RateLimiter) -> None:
    assert sum(limiter.take(CREDITOR, Channel.SMS, 5, NOW) for _ in range(20)) == 5
