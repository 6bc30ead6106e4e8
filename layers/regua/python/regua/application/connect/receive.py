"""Every door of every connector: which system it is, its settings, and what it tells.

Who may post is asked at the door (`regua.application.connect.signature`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from regua.application.connect.asaas import ASAAS, AsaasSettings
from regua.application.connect.facts import Fact
from regua.application.connect.generic import generic, read_settings
from regua.application.connect.odoo import ODOO, OdooSettings
from regua.application.validation import invalid_input
from regua.application.wire import Message
from regua.domain.errors import InvalidInput

_M = TypeVar("_M", bound=Message)
Receive = Callable[[Mapping[str, Any], bytes], Sequence[Fact]]


def receive(kind: str, settings: Mapping[str, Any], body: bytes) -> Sequence[Fact]:
    """Read what a system posted into our own facts.

    A record among many that cannot be read is told among the facts (`Unreadable`) and stops no
    other.

    Args:
        kind: which connector reads it (`KINDS`).
        settings: the hook's own, as they were written.
        body: the exact bytes.

    Raises:
        InvalidInput: the body as a whole cannot be read, with every path (of the source's own)
            and reason; or the settings are wrong.
    """
    reader = KINDS.get(kind)
    if reader is None:
        raise InvalidInput.at("kind", f"must be one of: {', '.join(KINDS)}")
    return reader(settings, body)


def check_settings(kind: str, settings: Mapping[str, Any]) -> None:
    """Check a hook's settings when they are written.

    Raises:
        InvalidInput: with every path under ``settings`` and its reason.
    """
    match kind:
        case "asaas":
            _read(AsaasSettings, settings)
        case "odoo":
            _read(OdooSettings, settings)
        case "generic":
            read_settings(settings)
        case _:
            raise InvalidInput.at("kind", f"must be one of: {', '.join(KINDS)}")


def _asaas(settings: Mapping[str, Any], body: bytes) -> Sequence[Fact]:
    _read(AsaasSettings, settings)
    return ASAAS.read(body)


def _odoo(settings: Mapping[str, Any], body: bytes) -> Sequence[Fact]:
    _read(OdooSettings, settings)
    return ODOO.read(body)


def _generic(settings: Mapping[str, Any], body: bytes) -> Sequence[Fact]:
    return generic(read_settings(settings)).read(body)


def _read(kind: type[_M], settings: Mapping[str, Any]) -> _M:
    try:
        return kind.model_validate(settings)
    except ValidationError as exc:
        raise invalid_input(exc, under="settings") from exc


KINDS: Mapping[str, Receive] = {"asaas": _asaas, "odoo": _odoo, "generic": _generic}
"""Every connector, by the kind that a hook names."""
