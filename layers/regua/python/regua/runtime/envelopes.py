"""Reading what SQS hands over: plain messages and events that a bus rule forwarded."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from regua.application.wire import Message

_M = TypeVar("_M", bound=Message)
Record = Mapping[str, Any]


def from_queue(kind: type[_M]) -> Callable[[Record], _M]:
    """Read records whose body is the message itself."""
    return lambda record: kind.model_validate_json(record["body"])


def from_bus(kind: type[_M]) -> Callable[[Record], _M]:
    """Read records whose body is an EventBridge event of ours, with the message as its data."""
    return lambda record: kind.model_validate(json.loads(record["body"])["detail"]["data"])
