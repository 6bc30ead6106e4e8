"""Keys that sign the local creditors' e-mails, as `tools.dkim_key` makes them on AWS."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.stack import Stack

PREFIX = "ReguaStorage"
"""The stack whose name the secrets' names begin with."""
SELECTOR = "regua1"


def make_key(stack: "Stack", domain: str) -> str:
    """Make a domain's key unless there is one; return what its DNS would say."""
    from regua.adapters.dkim_keys import add_key  # noqa: PLC0415 - half a second
    from regua.application.ports import Dkim  # noqa: PLC0415

    return add_key(stack.secrets, PREFIX, Dkim(SELECTOR, domain))
