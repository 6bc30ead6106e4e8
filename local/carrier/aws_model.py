"""What AWS's own service models ask of a call, checked as the service does.

An SDK checks little before it sends; lengths, patterns and enumerations are the service's business.
The models are those of botocore, so a limit that AWS changes comes with its next version.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import ListShape, MapShape, Shape, StructureShape

_KINDS: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "blob": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
}


class WrongTypeError(Exception):
    """A member has another JSON type than the model's: the call cannot be read at all."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A constraint that a member breaks, in the words AWS uses; `is_missing` when it is absent."""

    path: str
    constraint: str
    is_missing: bool = False

    def __str__(self) -> str:
        """Return the sentence of the service's message."""
        return f"Value at '{self.path}' failed to satisfy constraint: {self.constraint}"


def input_violations(service: str, operation: str, document: Any) -> list[Violation]:  # noqa: ANN401
    """Return what is wrong with a call's decoded JSON; members the model does not know are ignored.

    Raises:
        WrongTypeError: a member has the wrong JSON type.
    """
    shape: Any = _model(service).operation_model(operation).input_shape
    return list(_violations(shape, document, ""))


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"))


def _violations(shape: Shape, value: Any, path: str) -> Iterator[Violation]:  # noqa: ANN401
    kind = shape.type_name
    is_lie = isinstance(value, bool) and kind != "boolean"
    if is_lie or not isinstance(value, _KINDS[kind]):
        raise WrongTypeError(f"{path or 'the request'} is not a {kind}")
    yield from _limits(shape, _measured(kind, value, path), path)
    inside: Any = _INSIDE.get(kind)
    if inside is not None:
        yield from inside(shape, value, path)


def _members(shape: StructureShape, value: dict[str, Any], path: str) -> Iterator[Violation]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield Violation(_below(path, name), "Member must not be null", is_missing=True)
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _violations(member, value[name], _below(path, name))


def _entries(shape: MapShape, value: dict[str, Any], path: str) -> Iterator[Violation]:
    for key, item in value.items():
        yield from _violations(shape.key, key, f"{path}.key")
        yield from _violations(shape.value, item, f"{path}.{key}.member")


def _items(shape: ListShape, value: list[Any], path: str) -> Iterator[Violation]:
    for position, item in enumerate(value, start=1):
        yield from _violations(shape.member, item, f"{path}.{position}.member")


_INSIDE = {"structure": _members, "map": _entries, "list": _items}


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _measured(kind: str, value: Any, path: str) -> Any:  # noqa: ANN401
    """Return what a limit speaks of: a blob's bytes, otherwise the value itself."""
    if kind != "blob":
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise WrongTypeError(f"{path} is not base64") from exc


def _limits(shape: Shape, value: Any, path: str) -> Iterator[Violation]:  # noqa: ANN401
    limits = shape.metadata
    is_number = isinstance(value, int)
    size = value if is_number or not hasattr(value, "__len__") else len(value)
    what = "value" if is_number else "length"
    if "min" in limits and size < limits["min"]:
        yield Violation(path, f"Member must have {what} greater than or equal to {limits['min']}")
    if "max" in limits and size > limits["max"]:
        yield Violation(path, f"Member must have {what} less than or equal to {limits['max']}")
    if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
        yield Violation(
            path, f"Member must satisfy regular expression pattern: {limits['pattern']}"
        )
    if "enum" in limits and value not in limits["enum"]:
        yield Violation(path, f"Member must satisfy enum value set: {limits['enum']}")
