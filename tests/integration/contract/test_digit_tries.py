"""Digits are tried a few times only: both stores promise the same."""

from typing import TYPE_CHECKING

import pytest

from regua.adapters.dynamodb_digit_tries import DynamoDigitTries
from regua.adapters.memory_digit_tries import MemoryDigitTries
from regua.application.ports import AccountKey, DigitTries
from regua.domain.ids import CustomerId
from tests.builders import CREDITOR, CUSTOMER
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MARIA, OTHER = AccountKey(CREDITOR, CUSTOMER), AccountKey(CREDITOR, CustomerId("cli-9"))


@pytest.fixture(params=["memory", "dynamodb"])
def tries(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> DigitTries:
    if request.param == "memory":
        return MemoryDigitTries()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoDigitTries(dynamodb, "messages")


def test_each_customer_has_a_few_tries(tries: DigitTries) -> None:
    assert [tries.take(MARIA, 5) for _ in range(7)] == [True] * 5 + [False] * 2
    assert tries.take(OTHER, 5)


def test_a_try_that_is_given_back_is_there_again_once(tries: DigitTries) -> None:
    assert [tries.take(MARIA, 2) for _ in range(2)] == [True] * 2
    tries.give_back(MARIA)
    assert [tries.take(MARIA, 2) for _ in range(2)] == [True, False]
