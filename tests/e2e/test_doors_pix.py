"""On the running cloud: a charge is made, paid, told of, counted, and opened again by a refund."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from local import aws
from local.carrier.instants import utc_now
from local.creditors import register
from local.emulator import ACCOUNT
from local.psp import pay, refund, register_psp
from local.stack import Stack
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.domain.ids import CreditorId, CustomerId, InvoiceId
from regua.domain.invoice import Invoice, InvoiceStatus
from tests.builders import creditor_document, invoice_data

CREDITOR_ID = CreditorId("recebe-pix")
CUSTOMER_ID = CustomerId("cliente-pix-1")
KEY = "0b1c2d3e-4f50-4617-8899-aabbccddeeff"
SOURCE = "erp.recebe-pix.example.com.br"
PATIENCE_SECONDS = 60
DOCUMENT: Mapping[str, Any] = creditor_document(
    creditor_id=CREDITOR_ID,
    event_sources=[{"account": ACCOUNT, "source": SOURCE}],
    pix={"key": KEY},
)


def portfolio(stack: Stack) -> DynamoPortfolio:
    return DynamoPortfolio(
        stack.dynamodb,
        table=stack.tables["portfolio"],
        messages_table=stack.tables["messages"],
        shards=64,
    )


def invoice(stack: Stack, external_id: str) -> Invoice:
    found = portfolio(stack).find_invoice(CREDITOR_ID, InvoiceId(external_id))
    assert found is not None
    return found


def issue(stack: Stack, external_id: str) -> Invoice:
    """Issue an invoice as an ERP does, and wait until its charge is made."""
    now = utc_now()
    customer = {**invoice_data()["customer"], "external_id": CUSTOMER_ID}
    data = invoice_data(
        external_id,
        customer=customer,
        issue_date=now.date().isoformat(),
        due_date=(now.date() + timedelta(days=20)).isoformat(),
    )
    detail = {"creditor_id": CREDITOR_ID, "occurred_at": now.isoformat(), "data": data}
    answer = aws.client(stack.aws_endpoint_url, "events").put_events(
        Entries=[
            {
                "EventBusName": stack.bus_name,
                "Source": SOURCE,
                "DetailType": "InvoiceIssued",
                "Detail": json.dumps(detail),
            }
        ]
    )
    assert answer["FailedEntryCount"] == 0, answer
    stack.drain()
    issued = invoice(stack, external_id)
    assert issued.charge_code is not None
    return issued


def eventually(stack: Stack, is_true: Callable[[], bool]) -> None:
    """Wait for what a webhook brings: it is posted in the background."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.5)
    assert not stack.drain().dead_letters


def test_an_invoice_is_paid_by_pix_and_opens_again_when_the_money_goes_back(stack: Stack) -> None:
    register(stack, DOCUMENT, None)
    register_psp(stack, CREDITOR_ID, key=KEY)
    issued = issue(stack, "pix-1")
    paid = pay(stack, brcode=issued.charge_code, notify={"shape": "list", "times": 2})
    eventually(stack, lambda: invoice(stack, "pix-1").status is InvoiceStatus.SETTLED)
    settled = invoice(stack, "pix-1")
    assert [p.payment_id for p in settled.payments] == [paid["endToEndId"]]
    account = portfolio(stack).load_account(CREDITOR_ID, CUSTOMER_ID)
    assert InvoiceId("pix-1") not in account.invoices, "the ruler has nothing more to say of it"
    refund(stack, end_to_end_id=paid["endToEndId"], nature="MED_FRAUDE")
    eventually(stack, lambda: invoice(stack, "pix-1").status is InvoiceStatus.OPEN)
    eventually(stack, lambda: invoice(stack, "pix-1").charge_code not in {None, issued.charge_code})
    assert invoice(stack, "pix-1").payments[0].reversal_reason == "med_fraude"


def test_a_payment_whose_webhook_was_lost_is_found_by_a_sweep(stack: Stack) -> None:
    register(stack, DOCUMENT, None)
    register_psp(stack, CREDITOR_ID, key=KEY)
    issued = issue(stack, "pix-2")
    pay(stack, brcode=issued.charge_code, notify=False)
    assert invoice(stack, "pix-2").status is InvoiceStatus.OPEN
    stack.invoke("process_webhook", {"kind": "sweep_pix"})
    eventually(stack, lambda: invoice(stack, "pix-2").status is InvoiceStatus.SETTLED)
