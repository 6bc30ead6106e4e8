"""What DynamoDB may answer and moto never does: held items, partial batches, other failures.

A stubbed client gives the real error codes.
"""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from regua.adapters.dynamodb_batches import _pause_before
from regua.adapters.dynamodb_ledger import DynamoLedger
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.application.ports import AccountKey, Change
from regua.domain.account import Account
from regua.domain.dispatch import DispatchState, Ending
from regua.domain.errors import AlreadyClaimed, TemporaryError, VersionConflict
from regua.domain.ids import InvoiceId, PaymentId
from regua.domain.reasons import Reason
from tests.builders import CREDITOR, CUSTOMER, any_invoice
from tests.integration.contract.facts import LATER, NOW, any_dispatch, any_event

HELD = "TransactionConflictException"


@pytest.fixture
def paused(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Take no time between the tries of a batch, and tell before which tries a pause was asked."""
    asked: list[int] = []
    monkeypatch.setattr("regua.adapters.dynamodb_batches._pause_before", asked.append)
    return asked


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch, paused: list[int]) -> Iterator[Stubber]:
    del paused
    monkeypatch.setattr("regua.adapters.dynamodb_ledger._PAUSES", (0, 0, 0))
    monkeypatch.setattr("regua.adapters.dynamodb_chain._LONGEST_PAUSE_SECONDS", 0)
    with Stubber(boto3.client("dynamodb")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def ledger(stub: Stubber) -> DynamoLedger:
    client: Any = stub.client
    return DynamoLedger(client, "messages")


@pytest.fixture
def portfolio(stub: Stubber) -> DynamoPortfolio:
    client: Any = stub.client
    return DynamoPortfolio(client, table="portfolio", messages_table="messages", shards=4)


def cancelled(stub: Stubber, *codes: str) -> None:
    stub.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": [{"Code": code} for code in codes]},
    )


def test_a_send_is_recorded_although_the_evaluators_transaction_holds_the_item(
    ledger: DynamoLedger, stub: Stubber
) -> None:
    for _ in range(3):
        stub.add_client_error("update_item", HELD)
    stub.add_response("update_item", {})
    ledger.mark_sent(any_dispatch(), provider_message_id="ses-1", at=NOW)


def test_an_item_that_stays_held_is_not_waited_for_without_end(
    ledger: DynamoLedger, stub: Stubber
) -> None:
    for _ in range(4):
        stub.add_client_error("update_item", HELD)
    with pytest.raises(ClientError, match=HELD):
        ledger.end_unclaimed(any_dispatch(), Ending(DispatchState.SUPPRESSED, Reason.SETTLED))


def test_another_refusal_is_a_defect_and_says_so(ledger: DynamoLedger, stub: Stubber) -> None:
    stub.add_client_error("update_item", "AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDenied"):
        ledger.claim(any_dispatch(), [], NOW)


def test_a_header_that_is_held_was_a_lost_race(portfolio: DynamoPortfolio, stub: Stubber) -> None:
    stub.add_client_error("put_item", HELD)
    with pytest.raises(VersionConflict):
        portfolio.commit(Change(Account(CREDITOR, CUSTOMER, version=1)))


def test_a_pointer_that_is_held_was_a_lost_race(portfolio: DynamoPortfolio, stub: Stubber) -> None:
    stub.add_client_error("update_item", HELD)
    with pytest.raises(VersionConflict):
        portfolio.keep_orphan_reversal(CREDITOR, PaymentId("pag-1"), NOW, "estorno")


@pytest.mark.parametrize("code", ["ConditionalCheckFailed", "TransactionConflict"])
def test_a_cancelled_transaction_was_a_lost_race(
    portfolio: DynamoPortfolio, stub: Stubber, code: str
) -> None:
    cancelled(stub, code, "None")
    change = Change(Account(CREDITOR, CUSTOMER), planned=any_dispatch())
    with pytest.raises(VersionConflict):
        portfolio.commit(change)


def test_a_transaction_that_met_a_claim_says_so(portfolio: DynamoPortfolio, stub: Stubber) -> None:
    cancelled(stub, "None", "ConditionalCheckFailed")
    ending = Ending(DispatchState.DEFERRED, Reason.DAILY_CAP, LATER)
    account = Account(CREDITOR, CUSTOMER, version=1)
    with pytest.raises(AlreadyClaimed):
        portfolio.commit(Change(account, ended=(any_dispatch(), ending)))


def test_a_transaction_that_failed_for_another_reason_is_a_defect(
    portfolio: DynamoPortfolio, stub: Stubber
) -> None:
    cancelled(stub, "ItemCollectionSizeLimitExceeded", "None", "None")
    change = Change(Account(CREDITOR, CUSTOMER), (any_invoice(),), {InvoiceId("fat-1"): 0})
    with pytest.raises(ClientError, match="TransactionCanceled"):
        portfolio.commit(change)


def unknown(stub: Stubber) -> None:
    """Let neither the chain nor the dispatch be there."""
    for _ in range(2):
        stub.add_response("batch_get_item", {"Responses": {}})


def test_what_is_told_of_an_unknown_dispatch_is_kept_once(
    ledger: DynamoLedger, stub: Stubber
) -> None:
    unknown(stub)
    stub.add_response("put_item", {})
    ledger.append([any_event(any_dispatch())])
    unknown(stub)
    stub.add_client_error("put_item", "ConditionalCheckFailedException")
    ledger.append([any_event(any_dispatch())])


def known(stub: Stubber, dispatch_id: str) -> None:
    """Let the dispatch be there, with no fact yet."""
    head = {"pk": {"S": dispatch_id}, "creditor_id": {"S": CREDITOR}, "plan": {"S": "{}"}}
    stub.add_response("batch_get_item", {"Responses": {}})
    stub.add_response("batch_get_item", {"Responses": {"messages": [head]}})


def test_a_chain_that_others_keep_writing_to_is_given_up_for_now(
    ledger: DynamoLedger, stub: Stubber
) -> None:
    dispatch = any_dispatch()
    for _ in range(12):
        known(stub, dispatch.dispatch_id)
        cancelled(stub, "None", "TransactionConflict", "None")
    with pytest.raises(TemporaryError, match="keep writing"):
        ledger.append([any_event(dispatch)])


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_busy_table_is_tried_again_for_a_send_that_went_out(
    ledger: DynamoLedger, stub: Stubber, code: str
) -> None:
    """The SDK repeats no cancelled transaction, and a send that cannot be recorded is a doubt."""
    dispatch = any_dispatch()
    cancelled(stub, code, "None", "None", "None")
    known(stub, dispatch.dispatch_id)
    stub.add_response("transact_write_items", {})
    ledger.mark_sent(dispatch, provider_message_id="ses-1", at=NOW, facts=[any_event(dispatch)])


def test_another_reason_to_cancel_a_chains_transaction_is_a_defect(
    ledger: DynamoLedger, stub: Stubber
) -> None:
    dispatch = any_dispatch()
    known(stub, dispatch.dispatch_id)
    cancelled(stub, "ValidationError", "None", "None")
    with pytest.raises(ClientError, match="TransactionCanceled"):
        ledger.append([any_event(dispatch)])


def test_keys_the_table_did_not_read_are_asked_for_again(
    ledger: DynamoLedger, stub: Stubber, paused: list[int]
) -> None:
    dispatch_id = any_dispatch().dispatch_id
    key = {"pk": {"S": dispatch_id}, "sk": {"S": "HEAD"}}
    left = {"Responses": {}, "UnprocessedKeys": {"messages": {"Keys": [key]}}}
    item = {"pk": {"S": dispatch_id}, "creditor_id": {"S": "a"}, "customer_id": {"S": "b"}}
    stub.add_response("batch_get_item", left)
    stub.add_response("batch_get_item", {"Responses": {"messages": [item]}})
    assert ledger.accounts_of([dispatch_id]) == {dispatch_id: AccountKey("a", "b")}  # type: ignore[arg-type]
    assert paused == [0, 1]


def test_keys_the_table_never_reads_are_an_error_and_not_taken_for_missing(
    ledger: DynamoLedger, stub: Stubber
) -> None:
    key = {"pk": {"S": "x"}, "sk": {"S": "HEAD"}}
    for _ in range(8):
        stub.add_response(
            "batch_get_item",
            {"Responses": {}, "UnprocessedKeys": {"messages": {"Keys": [key]}}},
            {"RequestItems": {"messages": ANY}},
        )
    with pytest.raises(TemporaryError, match="did not read"):
        ledger.accounts_of([any_dispatch().dispatch_id])


def test_the_rest_of_a_batch_waits_longer_each_time_and_never_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("regua.adapters.dynamodb_batches.time.sleep", slept.append)
    monkeypatch.setattr("regua.adapters.dynamodb_batches.random.uniform", lambda _, most: most)
    for attempt in range(8):
        _pause_before(attempt)
    assert slept == sorted(slept)
    assert slept[0] < 0.1
    assert slept[-1] == 1
    assert len(slept) == 7
