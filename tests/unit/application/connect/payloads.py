"""Payloads as other systems post them: their public shapes, invented data."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

PAYLOADS = Path(__file__).parents[3] / "events" / "connect"
ASAAS_LIFE = (
    "asaas_created",
    "asaas_updated",
    "asaas_overdue",
    "asaas_confirmed",
    "asaas_received",
    "asaas_partially_refunded",
    "asaas_refunded",
)


def payload(name: str) -> Any:  # noqa: ANN401 - any JSON
    """Return a recorded payload."""
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def written(document: object) -> bytes:
    """Return a document as it would be posted."""
    return json.dumps(document, ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> float:
    assert isinstance(value, Decimal)
    return float(value)
