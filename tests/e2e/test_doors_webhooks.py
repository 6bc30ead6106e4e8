"""On the running cloud: what happens is in the feed, and is posted, signed, to who subscribed."""

import time
from collections.abc import Callable
from typing import Any

from standardwebhooks import Webhook

from local.onboarding import Api
from local.stack import Stack
from tests.builders import invoice_data
from tests.e2e.tenants import new_tenant
from tests.integration.receivers import Receiver, in_turn, receiver, says

PATIENCE_SECONDS = 60.0
INVOICE = "ouve-1"
FAILS = b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"
TAKES = b"HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n"


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, "nothing came"
        time.sleep(0.2)


def read(found: Receiver, secret: str) -> list[Any]:
    """Return what was posted, each verified as its receiver would."""
    events = []
    for request in found.requests:
        head, _, body = request.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        events.append(Webhook(secret).verify(body, headers))
    return events


def pay(api: Api) -> None:
    body = {k: v for k, v in invoice_data().items() if k != "external_id"}
    assert api.call("PUT", f"/v1/invoices/{INVOICE}", body).status == 201
    payment = {
        "payment_id": "ouve-pag-1",
        "amount_centavos": 14990,
        "paid_at": "2026-11-09T15:00:00Z",
        "method": "pix",
    }
    paid = api.call("POST", f"/v1/invoices/{INVOICE}/payments", payment)
    assert paid.status == 201, paid.body


def test_a_payment_is_told_to_an_endpoint_that_fails_once_and_is_read_from_the_feed(
    stack: Stack,
) -> None:
    api = new_tenant(stack, "ouve")
    with receiver(in_turn(says(FAILS), says(TAKES))) as found:
        url = f"http://127.0.0.1:{found.port}/regua"
        made = api.call("POST", "/v1/webhooks", {"url": url, "events": ["InvoicePaid"]})
        assert made.status == 201, made.body
        endpoint, secret = made.body["id"], made.body["secret"]
        pay(api)
        wait_for(lambda: len(found.requests) >= 2)
        first, again = read(found, secret)[:2]
    assert first == again
    assert (first["type"], first["data"]["external_id"]) == ("InvoicePaid", INVOICE)
    path = f"/v1/webhooks/{endpoint}/deliveries"
    wait_for(lambda: api.call("GET", path).body["deliveries"][0]["status"] == "delivered")
    (delivery,) = api.call("GET", path).body["deliveries"]
    assert [a["status"] for a in delivery["attempts"]] == [500, 204]
    part = api.call("GET", "/v1/events?consumer=erp&types=InvoicePaid").body
    assert [e["id"] for e in part["events"]] == [first["id"]]
    ack = {"consumer": "erp", "cursor": part["next"]}
    assert api.call("POST", "/v1/events/ack", ack).body["lag"] == 0
    assert api.call("GET", "/v1/events?consumer=erp&types=InvoicePaid").body["events"] == []


def test_an_address_inside_is_refused(stack: Stack) -> None:
    api = Api(stack.api_url, stack.token())
    for url in ("https://169.254.169.254/latest/meta-data/", "https://10.0.0.1/"):
        answer = api.call("POST", "/v1/webhooks", {"url": url})
        assert answer.status == 422, answer.body
        assert [e["path"] for e in answer.body["errors"]] == ["body.url"]
