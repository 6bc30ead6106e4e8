"""What DynamoDB may answer and moto never does: held items, partial batches, other failures.

A stubbed client gives the real error codes.
"""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from regua.adapters.dynamodb_ledger import DynamoLedger
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.application.ports import Change
from regua.domain.account import Account
from regua.domain.dispatch import DispatchState, Ending
from regua.domain.errors import AlreadyClaimed, TemporaryError, VersionConflict
from regua.domain.ids import InvoiceId, PaymentId
from regua.domain.reasons import Reason
from tests.builders import CREDITOR, CUSTOMER, any_invoice
from tests.integration.contract.facts import LATER, NOW, any_dispatch, any_event

HELD = "TransactionConflictException"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setattr("regua.adapters.dynamodb_ledger._PAUSES", (0, 0, 0))
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
    ledger.mark_sent("d" * 32, provider_message_id="ses-1", at=NOW, content_hash="h")  # type: ignore[arg-type]


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
        portfolio.commit(Change(Account(CREDITOR, CUSTOMER)))


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
    with pytest.raises(AlreadyClaimed):
        portfolio.commit(Change(Account(CREDITOR, CUSTOMER), ended=(any_dispatch(), ending)))


def test_a_transaction_that_failed_for_another_reason_is_a_defect(
    portfolio: DynamoPortfolio, stub: Stubber
) -> None:
    cancelled(stub, "ItemCollectionSizeLimitExceeded", "None", "None")
    change = Change(Account(CREDITOR, CUSTOMER), (any_invoice(),), {InvoiceId("fat-1"): 0})
    with pytest.raises(ClientError, match="TransactionCanceled"):
        portfolio.commit(change)


def test_facts_the_table_did_not_take_are_given_again(ledger: DynamoLedger, stub: Stubber) -> None:
    left: Any = {"UnprocessedItems": {"messages": [{"DeleteRequest": {"Key": {"pk": {"S": "x"}}}}]}}
    stub.add_response("batch_write_item", left)
    stub.add_response(
        "batch_write_item", {}, {"RequestItems": {"messages": left["UnprocessedItems"]["messages"]}}
    )
    ledger.append([any_event(any_dispatch())])


def test_facts_the_table_never_takes_are_an_error_and_not_a_loss(
    ledger: DynamoLedger, stub: Stubber
) -> None:
    for _ in range(5):
        stub.add_response(
            "batch_write_item",
            {"UnprocessedItems": {"messages": [{"DeleteRequest": {"Key": {"pk": {"S": "x"}}}}]}},
            {"RequestItems": {"messages": ANY}},
        )
    with pytest.raises(TemporaryError, match="did not take"):
        ledger.append([any_event(any_dispatch())])
