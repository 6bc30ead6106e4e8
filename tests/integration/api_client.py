"""A client of the HTTP API as API Gateway forwards its requests, and the API wired in memory."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.api import context, handler
from regua.adapters.email_templates import TEMPLATES
from regua.adapters.memory_calls import MemoryAnswers, MemoryCalls
from regua.adapters.memory_imports import MemoryBulkReads
from regua.application.activate_ruler import ActivateRuler
from regua.application.attend import Attend
from regua.application.erase_evidence import EraseEvidence
from regua.application.issue_together import IssueTogether
from regua.application.ports import CreditorDirectory
from regua.application.views import View
from regua.runtime.calls import Entrance
from regua.runtime.settings import ApiSettings
from tests.builders import DUE, invoice_data, nine_o_clock
from tests.integration.conformity import assert_as_described
from tests.integration.conftest import World
from tests.integration.lambdas import Context, recorded

NOW = nine_o_clock(DUE)
PARAMETER = re.compile(r"\{(\w+)\}")
SETTINGS = ApiSettings(
    portfolio_table="p",
    messages_table="m",
    bus_name="b",
    shards=1,
    allow_as_of=False,
    shard_queue_url="q",
    exchange_table="e",
    files_bucket="f",
    webhook_queue_url="w",
    import_queue_url="i",
    charge_queue_url="c",
    hooks_base_url="https://cobranca.example.com.br",
    tracking_base_url="https://cobranca.example.com.br",
    tracking_secret_arn="t",
    private_targets=False,
)


def entrance(directory: CreditorDirectory, now: datetime = NOW) -> Entrance:
    """Return what a function has in front of its routes, in memory."""
    return Entrance(MemoryAnswers(), MemoryCalls(), directory, lambda: now)


def wired(world: World, settings: ApiSettings = SETTINGS) -> context.Wired:
    """Return what the routes work with, in memory."""
    activate = ActivateRuler(world.rulers, world.queue, TEMPLATES, shards=1, delay_seconds=40)
    attend = Attend(world.portfolio, world.ledger, world.publisher)
    erase = EraseEvidence(world.portfolio, world.keys)
    parts = (world, world.ingest, world.rulers, activate, attend, settings, erase)
    together = IssueTogether(world.ingest, MemoryBulkReads(world.portfolio))
    more = (MemoryAnswers(), MemoryCalls(), together)
    return context.Wired(*parts, *more)  # type: ignore[arg-type]  # stores by shape


@dataclass(frozen=True)
class Answer:
    """A response, read."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def errors(self) -> list[str]:
        """Return the paths of a problem document's errors."""
        return [e["path"] for e in self.body.get("errors", ())]


class Api:
    """A client of the API that speaks for one creditor."""

    def __init__(self, client_id: str = "cliente-aurora") -> None:
        self.client_id = client_id

    def call(
        self,
        method: str,
        template: str,
        value: str | None = None,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request the way API Gateway forwards it; ``value`` is the path's parameter."""
        event = recorded("http_request")
        parameter = PARAMETER.search(template)
        path = template if value is None else PARAMETER.sub(lambda _: value, template)
        event["routeKey"] = event["requestContext"]["routeKey"] = f"{method} {template}"
        event["rawPath"] = event["requestContext"]["http"]["path"] = path
        event["requestContext"]["http"]["method"] = method
        event["requestContext"]["authorizer"]["jwt"]["claims"]["client_id"] = self.client_id
        event["headers"] |= headers or {}
        if value is not None and parameter is not None:
            event["pathParameters"] = {parameter[1]: value}
        if query:
            event["queryStringParameters"] = dict(query)
            event["rawQueryString"] = "&".join(f"{k}={v}" for k, v in query.items())
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        answer = handler.lambda_handler(event, Context())
        sent = {k.lower(): v for k, v in answer.get("headers", {}).items()}
        for name, values in answer.get("multiValueHeaders", {}).items():
            sent[name.lower()] = values[0]
        told = answer.get("body")
        found = Answer(answer["statusCode"], sent, json.loads(told) if told else None)
        assert_as_described(method, template, found.status, found.headers, found.body)
        return found

    def put_invoice(self, external_id: str = "fat-1", **changes: Any) -> Answer:  # noqa: ANN401
        """Create or update an invoice."""
        body = {k: v for k, v in invoice_data(**changes).items() if k != "external_id"}
        return self.call("PUT", "/v1/invoices/{external_id}", external_id, body)

    def get_invoice(self, external_id: str = "fat-1", **query: str) -> Answer:
        """Read an invoice."""
        return self.call("GET", "/v1/invoices/{external_id}", external_id, query=query)

    def timeline(self, external_id: str = "fat-1") -> list[View]:
        """Read what happened."""
        answer = self.call("GET", "/v1/invoices/{external_id}/timeline", external_id)
        assert answer.status == 200
        lines: list[View] = answer.body["timeline"]
        return lines

    def pay(self, external_id: str = "fat-1", **changes: Any) -> Answer:  # noqa: ANN401
        """Record a payment."""
        body = {
            "payment_id": "pag-1",
            "amount_centavos": 14990,
            "paid_at": "2026-11-09T15:30:00Z",
            "method": "pix",
            **changes,
        }
        return self.call("POST", "/v1/invoices/{external_id}/payments", external_id, body)

    def cancel(self, external_id: str = "fat-1", **changes: Any) -> Answer:  # noqa: ANN401
        """Withdraw an invoice."""
        body = {"reason": "emitida em duplicidade", **changes}
        return self.call("POST", "/v1/invoices/{external_id}/cancel", external_id, body)


def assert_problem(answer: Answer, status: int) -> None:
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance"} <= set(answer.body)
    assert answer.body["status"] == status
