"""Deliveries and endpoints as JSON texts and back: what the table keeps of them."""

import json
from typing import Any

from regua.adapters.records import dumps, instant
from regua.application.wire import instant_text
from regua.domain.ids import CreditorId
from regua.domain.webhook_delivery import Answer, Attempt, Delivery, DeliveryStatus, Result
from regua.domain.webhook_endpoint import Endpoint, Secret


def delivery_document(delivery: Delivery) -> str:
    """Write a delivery: everything but its id and its version."""
    return dumps(
        {
            "event_id": delivery.event_id,
            "type": delivery.type,
            "seq": delivery.seq,
            "since": instant_text(delivery.since),
            "due": None if delivery.due is None else instant_text(delivery.due),
            "status": delivery.status.value,
            "tries": delivery.tries,
            "failures": delivery.failures,
            "attempts": [_attempt(each) for each in delivery.attempts],
            "reason": delivery.reason,
        }
    )


def read_delivery(delivery_id: str, version: int, document: str) -> Delivery:
    """Read a delivery."""
    read = json.loads(document)
    due = read.get("due")
    return Delivery(
        id=delivery_id,
        event_id=read["event_id"],
        type=read["type"],
        seq=read["seq"],
        since=instant(read["since"]),
        due=None if due is None else instant(due),
        status=DeliveryStatus(read["status"]),
        tries=read["tries"],
        failures=read["failures"],
        attempts=tuple(_read_attempt(each) for each in read.get("attempts", ())),
        reason=read.get("reason"),
        version=version,
    )


def _attempt(attempt: Attempt) -> list[Any]:
    answer = attempt.answer
    asked = answer.retry_after_seconds
    return [instant_text(attempt.at), answer.result, answer.status, answer.latency_ms, asked]


def _read_attempt(read: list[Any]) -> Attempt:
    at, result, status, latency_ms, asked = read
    return Attempt(instant(at), Answer(Result(result), status, latency_ms, asked))


def endpoint_document(endpoint: Endpoint) -> str:
    """Write an endpoint: everything but whose it is, its id and its version."""
    return dumps(
        {
            "url": endpoint.url,
            "events": endpoint.events,
            "description": endpoint.description,
            "created_at": instant_text(endpoint.created_at),
            "secrets": [[s.text, s.until and instant_text(s.until)] for s in endpoint.secrets],
            "disabled": endpoint.disabled,
        }
    )


def read_endpoint(
    creditor_id: CreditorId, endpoint_id: str, version: int, document: str
) -> Endpoint:
    """Read an endpoint."""
    read = json.loads(document)
    return Endpoint(
        creditor_id=creditor_id,
        id=endpoint_id,
        url=read["url"],
        events=tuple(read["events"]),
        description=read.get("description", ""),
        created_at=instant(read["created_at"]),
        secrets=tuple(Secret(text, until and instant(until)) for text, until in read["secrets"]),
        disabled=read.get("disabled"),
        version=version,
    )
