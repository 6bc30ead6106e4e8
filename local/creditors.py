"""Register creditors on the local cloud, the default one among them.

What a creditor's document may say is decided by `regua.application.register_creditor`; here are
only an invented company and the way to the tables.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.stack import Stack

DEFAULT_CREDITOR_ID = "papelaria-ipe"

EVENT_SOURCES = ("erp.local", "demo")


def register_default(stack: "Stack") -> None:
    """Register the invented company that the local cloud comes with."""


def register(stack: "Stack", document: Mapping[str, Any], client_id: str | None) -> str:
    """Write a creditor and, when given, the API client that acts for it; return its id."""
    raise NotImplementedError
