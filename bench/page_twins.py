"""The customer's page on stores in memory: one late invoice, and what asks for its page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from bench.portfolio import DOCUMENT, customer, invoice
from functions.customer_page import handler
from regua.adapters.boleto_words import instructions
from regua.adapters.memory import (
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
)
from regua.adapters.memory_evidence import memory_facts
from regua.adapters.memory_looks import MemoryDrafts, MemoryLooks
from regua.adapters.memory_page_tries import MemoryPageTries
from regua.adapters.memory_pix import MemoryPixRecords
from regua.adapters.tracking_links import TrackingKeyring
from regua.application.agreements import Agreements
from regua.application.creditor_document import read_creditor
from regua.application.customer_page.page import CustomerPage
from regua.application.ingest import Ingest
from regua.application.manage_page import ShowLook
from regua.application.offers_document import read_offers
from regua.domain.dispatch import Dispatch, InvoiceStep
from regua.domain.exact import Exact, Kept
from regua.domain.ids import DispatchId
from regua.domain.ruler import Channel, Phase, Tone
from regua.domain.tokens import HitKind, TrackingKeys, issue

_KEYS = TrackingKeys.from_secret({"current": "k1", "k1": "an invented random string"})
_PIX = {"key": "5f84a4c5-c5cb-4599-9f13-7eb4d419dacc", "psp": False}
_OFFERS = {"rules": [{"name": "todos", "options": [{"max_instalments": 6}]}]}


def page_on_twins(now: datetime, due: date) -> Callable[..., Any]:
    """Wire the function to one late invoice in memory; return what asks its page.

    Args:
        now: when every request comes.
        due: the invoice's due date, before ``now``.
    """
    creditor = replace(
        read_creditor({**DOCUMENT, "pix": _PIX}), offers=read_offers(_OFFERS, rulers=None)
    )
    ledger, publisher = MemoryLedger(), MemoryPublisher()
    portfolio, directory = MemoryPortfolio(ledger, shards=1), MemoryDirectory(creditor)
    owed, who = invoice(1, due), customer(1)
    Ingest(portfolio, publisher).issue_invoice(creditor, owed, who, now=owed.issued_at)
    dispatch = Dispatch(
        dispatch_id=DispatchId("0" * 31 + "1"),
        creditor_id=creditor.creditor_id,
        customer_id=who.external_id,
        schedule_seq=1,
        channel=Channel.EMAIL,
        step_id="vencida-3",
        phase=Phase.SOFT,
        template="vencida",
        tone=Tone.NEUTRAL,
        invoices=(InvoiceStep(owed.external_id, "vencida-3"),),
        decided_at=now,
        decided_on=now.date(),
    )
    ledger.claim(dispatch, [], now, Kept(Exact.of(b"exact bytes", "message/rfc822")))
    ledger.mark_sent(dispatch, provider_message_id="bench", at=now)
    page = CustomerPage(
        portfolio=portfolio,
        ledger=ledger,
        directory=directory,
        facts=memory_facts(ledger),
        publisher=publisher,
        tries=MemoryPageTries(),
        pix=MemoryPixRecords(),
        agreements=Agreements(portfolio, ledger, publisher),
        instructions=instructions,
        address_of=lambda _: None,
        nonce=lambda: "0" * 32,
    )
    wired = handler.Wired(
        page=page,
        looks=ShowLook(MemoryLooks(directory), MemoryDrafts(), directory),
        directory=directory,
        keyring=TrackingKeyring(lambda: _KEYS),
        page_days=180,
        allow_as_of=False,
    )
    handler.wire = lambda: wired  # type: ignore[assignment] # as tests do
    path = f"/p/{issue(HitKind.PAGE, dispatch.dispatch_id, None, now, _KEYS)}"

    def ask(rest: str, **said: str) -> Any:  # noqa: ANN401 - as the function answers
        return handler.lambda_handler(_event(path + rest, now, **said), _Context())

    return ask


class _Context:
    """What the logger reads of the runtime's context."""

    function_name = "customer_page"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:customer_page"
    aws_request_id = "bench"


def _event(
    path: str, now: datetime, *, method: str = "GET", cookie: str = "", body: str = ""
) -> dict[str, Any]:
    """Return a request as an HTTP API hands it over (payload format 2.0)."""
    event: dict[str, Any] = {
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "content-type": "application/x-www-form-urlencoded",
            "accept-language": "pt-BR",
            "host": "pagina.example.com.br",
        },
        "requestContext": {
            "http": {"method": method, "sourceIp": "203.0.113.7", "userAgent": "bench"},
            "requestId": "bench",
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookie:
        event["cookies"] = [cookie]
    if body:
        event["body"] = body
    return event
