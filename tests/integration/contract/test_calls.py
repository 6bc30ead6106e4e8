"""What is remembered about calls: one attempt at work, the same answer again, a count by minute."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from regua.adapters.dynamodb_calls import DynamoAnswers, DynamoCallCounter
from regua.adapters.memory_calls import MemoryAnswers, MemoryCalls
from regua.application.calls_ports import (
    ANSWER_HOURS,
    RUN_SECONDS,
    AnswerStore,
    CallCounter,
    CallKey,
    CallState,
    KeptAnswer,
    Known,
)
from regua.domain.ids import CreditorId
from tests.builders import CREDITOR
from tests.integration.contract.facts import NOW
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = CallKey(CREDITOR, "pedido-1")
ANSWER = KeptAnswer(201, (("Content-Type", "application/json"), ("ETag", '"a"')), '{"é": "ção"}')
RUN = timedelta(seconds=RUN_SECONDS)
DAY = timedelta(hours=ANSWER_HOURS)
STARTED = Known(CallState.STARTED)


@pytest.fixture(params=["memory", "dynamodb"])
def answers(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> AnswerStore:
    if request.param == "memory":
        return MemoryAnswers()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoAnswers(dynamodb, "exchange")


@pytest.fixture(params=["memory", "dynamodb"])
def calls(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> CallCounter:
    if request.param == "memory":
        return MemoryCalls()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoCallCounter(dynamodb, "exchange")


def test_the_first_attempt_does_the_work_and_a_copy_waits(answers: AnswerStore) -> None:
    assert answers.start(KEY, "f", "r1", NOW) == STARTED
    assert answers.start(KEY, "f", "r2", NOW) == Known(CallState.RUNNING)


def test_what_was_answered_is_answered_again(answers: AnswerStore) -> None:
    answers.start(KEY, "f", "r1", NOW)
    answers.finish(KEY, "r1", ANSWER, NOW)
    assert answers.start(KEY, "f", "r2", NOW + timedelta(hours=23)) == Known(CallState.DONE, ANSWER)


def test_work_whose_answer_was_not_kept_is_known_as_done(answers: AnswerStore) -> None:
    answers.start(KEY, "f", "r1", NOW)
    answers.finish(KEY, "r1", None, NOW)
    assert answers.start(KEY, "f", "r2", NOW) == Known(CallState.DONE)


@pytest.mark.parametrize("is_done", [False, True])
def test_a_key_belongs_to_the_call_that_came_first(answers: AnswerStore, *, is_done: bool) -> None:
    answers.start(KEY, "f", "r1", NOW)
    if is_done:
        answers.finish(KEY, "r1", ANSWER, NOW)
    assert answers.start(KEY, "another", "r2", NOW) == Known(CallState.OTHER)
    assert answers.start(KEY, "another", "r2", NOW + RUN) == Known(CallState.OTHER)


def test_keys_of_different_creditors_are_different_keys(answers: AnswerStore) -> None:
    answers.start(KEY, "f", "r1", NOW)
    answers.finish(KEY, "r1", ANSWER, NOW)
    assert answers.start(CallKey(CreditorId("boreal"), KEY.key), "f", "r2", NOW) == STARTED
    assert answers.start(CallKey(CREDITOR, "pedido-2"), "f", "r2", NOW) == STARTED


def test_a_key_that_was_given_back_is_free_for_anything(answers: AnswerStore) -> None:
    answers.start(KEY, "f", "r1", NOW)
    answers.forget(KEY, "r1")
    assert answers.start(KEY, "another", "r2", NOW) == STARTED


def test_an_attempt_that_never_came_back_is_taken_over(answers: AnswerStore) -> None:
    answers.start(KEY, "f", "r1", NOW)
    before, after = NOW + RUN - timedelta(seconds=1), NOW + RUN
    assert answers.start(KEY, "f", "r2", before) == Known(CallState.RUNNING)
    assert answers.start(KEY, "f", "r2", after) == STARTED


def test_an_attempt_that_was_taken_over_neither_answers_nor_gives_back(
    answers: AnswerStore,
) -> None:
    answers.start(KEY, "f", "r1", NOW)
    answers.start(KEY, "f", "r2", NOW + RUN)
    answers.finish(KEY, "r1", ANSWER, NOW + RUN)
    answers.forget(KEY, "r1")
    assert answers.start(KEY, "f", "r3", NOW + RUN) == Known(CallState.RUNNING)


def test_what_is_done_is_not_given_back_nor_answered_otherwise(answers: AnswerStore) -> None:
    answers.start(KEY, "f", "r1", NOW)
    answers.finish(KEY, "r1", ANSWER, NOW)
    answers.forget(KEY, "r1")
    answers.finish(KEY, "r1", None, NOW)
    assert answers.start(KEY, "f", "r2", NOW) == Known(CallState.DONE, ANSWER)


@pytest.mark.parametrize("is_done", [False, True])
def test_after_a_day_a_key_is_free_whether_its_item_is_gone_or_not(
    answers: AnswerStore, *, is_done: bool
) -> None:
    answers.start(KEY, "f", "r1", NOW)
    if is_done:
        answers.finish(KEY, "r1", ANSWER, NOW)
    assert answers.start(KEY, "another", "r2", NOW + DAY) == STARTED


def test_an_answer_is_deleted_by_the_table_after_a_day(
    dynamodb: "DynamoDBClient", request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    store = DynamoAnswers(dynamodb, "exchange")
    store.start(KEY, "f", "r1", NOW)
    store.finish(KEY, "r1", ANSWER, NOW)
    (item,) = dynamodb.scan(TableName="exchange")["Items"]
    assert int(item["ttl"]["N"]) == int((NOW + DAY).timestamp())
    assert item["pk"]["S"].startswith("IDEM#aurora#")
    assert KEY.key not in str(item), "a caller's key may say anything about anybody"


def test_calls_are_counted_by_client_and_minute(calls: CallCounter) -> None:
    minute = NOW.replace(second=0, microsecond=0)
    assert [calls.count("c1", minute + timedelta(seconds=s)) for s in (0, 30, 59)] == [1, 2, 3]
    assert calls.count("c2", minute) == 1
    assert calls.count("c1", minute + timedelta(seconds=60)) == 1
    assert calls.count("c1", minute) == 4
