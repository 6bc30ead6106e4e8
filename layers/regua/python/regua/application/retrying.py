"""Optimistic concurrency: read, decide, write on condition, and again when somebody was faster."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from regua.application.ports import Change, Portfolio
from regua.domain.account import Account
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId, CustomerId

_T = TypeVar("_T")
TRIES = 12
"""After this many lost races the work goes back to its queue."""


def retried(once: Callable[[], _T]) -> _T:
    """Run ``once`` until it meets no conflict.

    Raises:
        VersionConflict: it lost every race, and should be tried again shortly.
    """
    for _ in range(TRIES - 1):
        with suppress(VersionConflict):
            return once()
    return once()


def change_account(
    portfolio: Portfolio,
    creditor_id: CreditorId,
    customer_id: CustomerId,
    change: Callable[[Account], Account],
) -> None:
    """Apply a pure change to an account; one that changes nothing writes nothing."""

    def once() -> None:
        account = portfolio.load_account(creditor_id, customer_id)
        changed = change(account)
        if changed != account:
            portfolio.commit(Change(changed))

    retried(once)
