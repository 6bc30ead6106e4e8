"""Where a click leads: looked up by what the token names, never taken from the request."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, NamedTuple, Protocol

from regua.domain.addresses import safe_url


class ItemReader(Protocol):
    """Reads one item by its key."""

    def get(self, table: str, pk: str, sk: str, *attributes: str) -> Mapping[str, Any] | None:
        """Return the named attributes, or None when there is no such item."""
        ...


class State(Enum):
    """What a click finds."""

    PAYABLE = auto()
    SETTLED = auto()
    WITHDRAWN = auto()
    WITHOUT_LINK = auto()
    UNKNOWN = auto()


class Destination(NamedTuple):
    """The end of a click: a URL exactly when the invoice can be paid there."""

    state: State
    url: str = ""


class LinkBook:
    """Finds the payment link of the invoice that a message's link stands for."""

    def __init__(self, reader: ItemReader, *, messages_table: str, portfolio_table: str) -> None:
        self._reader = reader
        self._messages_table = messages_table
        self._portfolio_table = portfolio_table

    def find(self, dispatch_id: str, link: int) -> Destination:
        """Look up one link: two reads for an open invoice, three for a settled one."""
        head = self._reader.get(self._messages_table, dispatch_id, "HEAD", "account_key", "links")
        links = (head or {}).get("links") or []
        if head is None or link >= len(links):
            return Destination(State.UNKNOWN)
        account, invoice = head["account_key"], links[link]
        for prefix in ("I#", "S#"):
            item = self._reader.get(
                self._portfolio_table, account, f"{prefix}{invoice}", "pay_url", "status"
            )
            if item is not None:
                return _destination(item, is_open=prefix == "I#")
        return Destination(State.UNKNOWN)


def _destination(item: Mapping[str, Any], *, is_open: bool) -> Destination:
    status = item.get("status")
    if status == "cancelled":
        return Destination(State.WITHDRAWN)
    if not is_open or status == "settled":
        return Destination(State.SETTLED)
    url = safe_url(item.get("pay_url"))
    return Destination(State.PAYABLE, url) if url else Destination(State.WITHOUT_LINK)
