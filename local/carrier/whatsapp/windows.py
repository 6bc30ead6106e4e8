"""Meta's customer service windows: a free-form message may follow the customer's within a day."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from local.carrier.numbers import account_of
from local.carrier.whatsapp.events import WINDOW_HOURS

if TYPE_CHECKING:
    from datetime import datetime


class ServiceWindows:
    """When each customer last wrote, in the messages' own clock; forgotten at a restart."""

    def __init__(self) -> None:
        self._written: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def wrote(self, number: str, at: datetime) -> None:
        """Open a customer's window, or keep it open longer."""
        account = account_of(number)
        with self._lock:
            self._written[account] = max(at, self._written.get(account, at))

    def is_open(self, number: str, at: datetime) -> bool:
        """Tell whether the customer wrote within the day before."""
        written = self._written.get(account_of(number))
        return written is not None and written <= at < written + timedelta(hours=WINDOW_HOURS)
