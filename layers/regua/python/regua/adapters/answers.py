"""What an answer of AWS's proves about our call: its id, its date, its status."""

from collections.abc import Mapping
from typing import Any

from regua.application.ports import Accepted


def accepted(message_id: str, answer: Mapping[str, Any]) -> Accepted:
    """Return a provider's acceptance, with what its answer says of itself.

    Args:
        message_id: the provider's id of the message.
        answer: what boto3 returned; ``ResponseMetadata`` may be missing or in part.

    Returns:
        The acceptance; its facts are ``request_id``, ``http_date`` (RFC 9110) and ``http_status``,
        each where the answer has it.
    """
    told = answer.get("ResponseMetadata") or {}
    facts = {
        "request_id": told.get("RequestId"),
        "http_date": (told.get("HTTPHeaders") or {}).get("date"),
        "http_status": told.get("HTTPStatusCode"),
    }
    return Accepted(message_id, {name: str(value) for name, value in facts.items() if value})
