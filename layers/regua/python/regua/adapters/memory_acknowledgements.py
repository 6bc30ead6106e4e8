"""The in-memory twin of where acknowledgements are put."""

from collections.abc import Mapping
from typing import Any

from regua.domain.ids import CreditorId


class MemoryAcknowledgements:
    """Acknowledgements in a dictionary, by creditor and name."""

    def __init__(self) -> None:
        self.put_there: dict[tuple[CreditorId, str], Mapping[str, Any]] = {}

    def put(self, creditor_id: CreditorId, name: str, acknowledgement: Mapping[str, Any]) -> None:
        """Put an acknowledgement; the same name again replaces it."""
        self.put_there[creditor_id, name] = acknowledgement

    def find(self, creditor_id: CreditorId, name: str) -> Mapping[str, Any] | None:
        """Return the acknowledgement under a name."""
        return self.put_there.get((creditor_id, name))
