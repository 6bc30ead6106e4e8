"""The customer's page on the real tables: what is done there is done once, and read back."""

from typing import TYPE_CHECKING, Any

import pytest

from regua.adapters.dynamodb_ledger import DynamoLedger
from regua.adapters.dynamodb_page_tries import DynamoPageTries
from regua.adapters.dynamodb_pix import DynamoPixRecords
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.application.customer_page.acts import ActKind
from regua.application.customer_page.identify import Identified, Refused, RefusedKind
from regua.domain.delivery import EventKind
from regua.domain.pix import br_code
from tests.builders import CREDITOR, any_creditor
from tests.integration.contract.tables import create_tables
from tests.unit.application.customer_page.desk import (
    ACTING,
    FAT_1,
    NOW,
    Desk,
    Stores,
    every_act,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def stores(aws: None, dynamodb: "DynamoDBClient") -> Stores:
    del aws
    create_tables(dynamodb)
    portfolio: Any = DynamoPortfolio(
        dynamodb, table="portfolio", messages_table="messages", shards=1
    )
    ledger: Any = DynamoLedger(dynamodb, "messages")
    tries: Any = DynamoPageTries(dynamodb, "messages")
    pix: Any = DynamoPixRecords(dynamodb, "portfolio")
    return Stores(portfolio, ledger, tries, pix)


@pytest.mark.parametrize("kind", ActKind)
def test_every_act_is_kept_once_and_its_receipt_is_found_again(
    stores: Stores, kind: ActKind
) -> None:
    desk = Desk(stores=stores)
    act = every_act(desk)[kind]
    receipt = desk.do(act)
    chain = desk.ledger.find(desk.dispatch_id)
    assert desk.do(act) == receipt
    assert desk.page.receipt(desk.dispatch_id, receipt.protocol) == receipt
    assert desk.ledger.find(desk.dispatch_id) == chain
    assert len(desk.acted()) == 1
    facts = [*desk.chain(EventKind.ACTED), *desk.chain(EventKind.CONFIRMED)]
    assert any(desk.private(fact)[0].get("ip") == ACTING.ip for fact in facts)


def test_the_question_is_counted_and_a_right_answer_is_recorded(stores: Stores) -> None:
    desk = Desk(stores=stores)

    def answer(typed: str) -> Identified | Refused:
        return desk.page.identify(desk.dispatch_id, typed, ACTING, now=NOW)

    assert answer("0000") == Refused(RefusedKind.WRONG, 4)
    assert answer("4725") == Identified()
    assert [answer("0000") for _ in range(5)][-1] == Refused(RefusedKind.NO_MORE_TODAY, 0)
    assert len(desk.chain(EventKind.IDENTIFIED)) == 1


def test_the_money_of_our_own_code_finds_its_invoice(stores: Stores) -> None:
    key_only = any_creditor(pix={"key": "+5511987654321", "psp": False})
    desk = Desk(creditor=key_only, stores=stores)
    code = br_code.decode(desk.invoice().line.pix_copy_paste or "")
    assert stores.pix.invoice_of(CREDITOR, code.txid) == FAT_1
    assert desk.invoice().line.pix_copy_paste is not None, "the second view only reads"
    assert stores.pix.invoice_of(CREDITOR, code.txid) == FAT_1
