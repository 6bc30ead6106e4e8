"""On the running cloud: who pays is thanked once, by the path that every message takes."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

from local.onboarding import Api, Wish, admitted, onboard
from local.stack import Stack
from tests.builders import invoice_data

MOMENT_SECONDS = 10
CREDITOR_ID = "obrigado-luz"
DOMAIN = "obrigado-luz.example.com.br"
INVOICE = "luz-1"
ADDRESS = "rita@cliente-luz.example.com.br"
ISSUED_AT = "2027-05-10T12:00:00Z"
PAID_AT = "2027-05-11T15:00:00Z"
"""A Tuesday to come, at noon in São Paulo: within the hours, and before any step is due."""
DOCUMENT: Mapping[str, Any] = {
    "creditor_id": CREDITOR_ID,
    "name": "Obrigado Luz Ltda.",
    "document": "11.444.777/0001-61",
    "address_line": "Avenida da Luz, 8, Centro, Campinas/SP, CEP 13000-000",
    "email": f"contas@{DOMAIN}",
    "ruler": {
        "name": "padrao",
        "steps": [
            {"id": "no-dia", "offset_days": 0, "channels": ["email"], "template": "vencimento"},
        ],
        "receipt": {"channels": ["email"], "only_if_contacted": False},
    },
}
"""The tenant is this test's own: a function may know an older one's ruler for half a minute."""
PAYMENT: Mapping[str, Any] = {
    "payment_id": "luz-pag-1",
    "amount_centavos": 14990,
    "paid_at": PAID_AT,
    "method": "pix",
}


def inbox(stack: Stack) -> list[dict[str, Any]]:
    with urlopen(f"{stack.inbox_url}/messages?to={quote(ADDRESS)}", timeout=MOMENT_SECONDS) as got:
        found: list[dict[str, Any]] = json.load(got)
    return found


def test_who_pays_gets_one_receipt_in_the_inbox(stack: Stack) -> None:
    operator = Api.of(stack.api_url, stack.token_url, stack.operator_id, stack.operator_secret)
    done = onboard(operator, DOCUMENT, Wish())
    assert done.client is not None
    tenant = admitted(stack.api_url, stack.token_url, done.client)
    customer = {
        **invoice_data()["customer"],
        "external_id": "cliente-luz-1",
        "emails": [ADDRESS],
    }
    invoice = invoice_data(customer=customer, issue_date="2027-05-10", due_date="2027-05-20")
    body = {k: v for k, v in invoice.items() if k != "external_id"}
    issued = tenant.call("PUT", f"/v1/invoices/{INVOICE}", body, as_of=ISSUED_AT)
    assert issued.status == 201, issued.body
    for _ in range(2):  # the second time nothing is new
        paid = tenant.call("POST", f"/v1/invoices/{INVOICE}/payments", PAYMENT, as_of=PAID_AT)
        assert paid.status in {200, 201}, paid.body
        assert not stack.drain().dead_letters
    (message,) = inbox(stack)
    assert "recebemos o seu pagamento" in message["subject"]
    told = tenant.call("GET", f"/v1/invoices/{INVOICE}/timeline").body
    planned = [line for line in told["timeline"] if line["type"] == "planned"]
    assert [line["purpose"] for line in planned] == ["receipt"]
