"""Simulate on the live portfolio: what another ruler would send to whom, and nothing sent."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from regua.application.ports import Creditor, Portfolio
from regua.application.simulate import (
    PlannedContact,
    Simulator,
    compare,
    comparison_document,
)
from regua.domain.account import Account
from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId
from regua.domain.prices import DEFAULT_COSTS
from regua.domain.ruler import Channel, Ruler
from regua.domain.rulers import Activation, Backfill, InFlight, Line, Rulers

PAGE = 50
CONTACTS_LISTED = 1_000
"""Who gets what is listed for so many contacts; the counts are of all."""


def candidate(
    rulers: Rulers, ruler: Ruler, in_flight: InFlight, backfill: Backfill, now: datetime
) -> Rulers:
    """Return the creditor's rulers as they would be with another version in force from now on."""
    line = rulers.lines.get(ruler.name)
    version = 1 if line is None else line.current.version + 1
    on = now.astimezone(ruler.zone).date()
    activation = Activation(version, now, on, in_flight, backfill)
    current = replace(ruler, version=version)
    before = () if line is None else line.activations
    lines = {**rulers.lines, ruler.name: Line(current, (*before, activation))}
    earlier = _Before(rulers, {} if line is None else {line.current.ref: line.current})
    return replace(rulers, lines=lines, earlier=earlier)


class _Before(dict[str, Ruler]):
    """The version in force until now, and those before it."""

    def __init__(self, rulers: Rulers, replaced: Mapping[str, Ruler]) -> None:
        super().__init__(replaced)
        self._rulers = rulers

    def get(self, ref: str, default: Ruler | None = None) -> Ruler | None:  # type: ignore[override]
        """Return a version by its ``name@version``."""
        return super().get(ref) or self._rulers.earlier.get(ref) or default


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be simulated."""

    days: int
    channels: frozenset[Channel]
    costs: Mapping[Channel, Decimal] = field(default_factory=lambda: DEFAULT_COSTS)
    seen_percent: int = 0
    cursor: str | None = None
    accounts: int = 2_000
    """How many accounts to look at, at most, in one call."""


@dataclass(frozen=True, slots=True)
class SimulateLive:
    """Live a creditor's accounts through the days, under its rulers and under others."""

    portfolio: Portfolio
    shards: int

    def __call__(
        self,
        creditor: Creditor,
        rulers: Rulers,
        question: Question,
        *,
        now: datetime,
        seconds_left: Callable[[], float],
        only: Account | None = None,
    ) -> Mapping[str, Any]:
        """Compare the creditor's rulers with others, on one account or a part of the portfolio.

        Returns:
            Both simulations, their difference, the candidate's first contacts, and ``cursor``:
            where to go on when there was more than one call has time for. Counts of several calls
            add up.

        Raises:
            InvalidInput: for days, channels or a cursor that cannot be.
        """
        given = replace(creditor.circumstances, senders=question.channels)
        listed: list[PlannedContact] = []

        def take(contact: PlannedContact) -> None:
            if len(listed) < CONTACTS_LISTED:
                listed.append(contact)

        def simulator(
            followed: Rulers, on_contact: Callable[[PlannedContact], None] | None
        ) -> Simulator:
            return Simulator(
                followed,
                now,
                question.days,
                given=given,
                costs=question.costs,
                seen_percent=question.seen_percent,
                on_contact=on_contact,
            )

        current, other = simulator(creditor.rulers, None), simulator(rulers, take)
        cursor = None
        accounts = (
            ((only, None),)
            if only is not None
            else self._accounts(creditor.creditor_id, question.cursor)
        )
        for number, (account, here) in enumerate(accounts):
            if number >= question.accounts or seconds_left() <= 0:
                cursor = here
                break
            current.add(account)
            other.add(account)
        document = comparison_document(compare(current.simulation, other.simulation))
        return {**document, "contacts": [_line(c) for c in listed], "cursor": cursor}

    def _accounts(
        self, creditor_id: CreditorId, cursor: str | None
    ) -> Iterator[tuple[Account, str | None]]:
        """Yield open accounts with the cursor that comes back to them, shard by shard."""
        first, skipped, page_cursor = _place(cursor, self.shards)
        for number in range(first, self.shards):
            while True:
                shard = f"{number:02d}"
                page = self.portfolio.open_accounts(creditor_id, shard, page_cursor, PAGE)
                for place, key in enumerate(page.accounts[skipped:], skipped):
                    account = self.portfolio.load_account(key.creditor_id, key.customer_id)
                    yield account, f"{number}.{place}.{page_cursor or ''}"
                skipped, page_cursor = 0, page.cursor
                if page_cursor is None:
                    break


def _place(cursor: str | None, shards: int) -> tuple[int, int, str | None]:
    """Read a cursor: the shard, how many accounts of its page are done, and the page."""
    if cursor is None:
        return 0, 0, None
    number, _, rest = cursor.partition(".")
    done, dot, page = rest.partition(".")
    if not (dot and number.isdecimal() and done.isdecimal() and int(number) < shards):
        raise InvalidInput.at("cursor", "is not one of ours")
    return int(number), int(done), page or None


def _line(contact: PlannedContact) -> Mapping[str, Any]:
    return {
        "on": contact.on.isoformat(),
        "at": contact.at.isoformat(timespec="minutes"),
        "channel": contact.channel.value,
        "step_id": contact.step_id,
        "customer_external_id": contact.customer_id,
        "invoices": list(contact.invoice_ids),
    }
