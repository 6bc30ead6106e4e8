"""What will happen to an account: the decision itself, taken again and again as time goes on.

Nothing is foretold by other rules than those that will decide. What nobody can know is assumed:
every contact is made, nobody pays, and a stated share of the contacts is seen. An agreement goes on
as it stands: its instalments are asked for, and what it covers rests.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from regua.domain.account import Account
from regua.domain.circumstances import USUAL, Circumstances
from regua.domain.decision import Decision, decide
from regua.domain.ids import DispatchId
from regua.domain.ruler import Seen
from regua.domain.rulers import Rulers

AT_ONCE = 100
"""More decisions than this at one instant are no progress; a few are right (next channels)."""
_ALL_SEEN = frozenset(Seen)
_HASH_DIGITS = 8
_HASHES = 1 << 4 * _HASH_DIGITS


def project(
    account: Account,
    rulers: Rulers,
    start: datetime,
    end: datetime,
    given: Circumstances = USUAL,
    *,
    seen_percent: int = 0,
) -> Iterator[Decision]:
    """Yield what is decided from ``start`` to ``end``, both included, oldest first.

    Args:
        account: as scheduled: it is first looked at when it says so, or at ``start`` if that is
            later.
        rulers: the creditor's rulers.
        start: an aware instant.
        end: an aware instant.
        given: what is known already.
        seen_percent: of 100 contacts, how many are delivered, opened and clicked; the others are
            not even delivered, so that the next channel is tried. The same ones every time.

    Raises:
        AssertionError: when decisions do not advance; a defect, never a matter of input.
    """
    account = replace(account, agreements=())  # kept: its debts rest on, nothing of it ends
    now, at_once = start, 0
    while account.next_evaluation_at is not None and account.next_evaluation_at <= end:
        at_once = 1 if account.next_evaluation_at > now else at_once + 1
        if at_once > AT_ONCE:
            msg = f"{AT_ONCE} decisions at {now.isoformat()} did not advance the account"
            raise AssertionError(msg)
        now = max(now, account.next_evaluation_at)
        decision = decide(account, rulers, now, _seeing(account, given, seen_percent))
        yield decision
        account = decision.account


def _seeing(account: Account, given: Circumstances, percent: int) -> Circumstances:
    """Add to what is known which of the account's undecided contacts are assumed to be seen."""
    if not percent or not account.attempts:
        return given
    ids = (a.dispatch_id for a in account.attempts)
    assumed = {i: _ALL_SEEN for i in ids if is_seen(i, percent)}
    return replace(given, seen={**assumed, **given.seen})


def is_seen(dispatch_id: DispatchId, percent: int) -> bool:
    """Tell whether a contact is assumed to be seen: so many per cent of the ids are.

    >>> is_seen(DispatchId("7fffffff" + 24 * "0"), 50), is_seen(DispatchId("8" + 31 * "0"), 50)
    (True, False)
    """
    return int(dispatch_id[:_HASH_DIGITS], 16) * 100 < percent * _HASHES
