"""What the API tells about webhook endpoints and deliveries, in plain data."""

from collections.abc import Mapping
from typing import Any

from regua.application.wire import instant_text
from regua.domain.webhook_delivery import Attempt, Circuit, Delivery
from regua.domain.webhook_endpoint import Endpoint

View = Mapping[str, Any]


def endpoint_view(endpoint: Endpoint, circuit: Circuit) -> View:
    """Describe an endpoint, without its secrets."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "description": endpoint.description,
        "status": "enabled" if endpoint.disabled is None else "disabled",
        "disabled_reason": endpoint.disabled,
        "created_at": instant_text(endpoint.created_at),
        "failures_in_a_row": circuit.failures,
        "resumes_at": None if circuit.resume_at is None else instant_text(circuit.resume_at),
    }


def delivery_view(delivery: Delivery) -> View:
    """Describe a delivery, with its newest attempts."""
    return {
        "id": delivery.id,
        "event_id": delivery.event_id,
        "type": delivery.type,
        "status": delivery.status.value,
        "since": instant_text(delivery.since),
        "next_attempt_at": None if delivery.due is None else instant_text(delivery.due),
        "reason": delivery.reason,
        "tries": delivery.tries,
        "attempts": [_attempt_view(each) for each in delivery.attempts],
    }


def _attempt_view(attempt: Attempt) -> View:
    return {
        "at": instant_text(attempt.at),
        "result": attempt.answer.result.value,
        "status": attempt.answer.status,
        "latency_ms": attempt.answer.latency_ms,
    }
