"""What a caller expects to find before it writes, and the tags by which it names what it found.

A tag stands for what creditors and their customers said: an invoice's description, payments and
cancellation; a customer's description, consents and wishes; a ruler's version. It does not change
with the day (what an invoice takes to be paid, its next step) nor when the ruler moves on, so a
contact that is made in between takes nobody's turn to write.

Source: RFC 9110, sections 8.8.3 and 13 (entity tags, conditional requests).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from regua.application.wire import instant_text
from regua.domain.account import Account
from regua.domain.customer import Customer
from regua.domain.errors import PreconditionFailed
from regua.domain.invoice import Invoice

ANYTHING = "*"
_TAG_LENGTH = 32
_OUR_DOING = frozenset({"place", "charge_code", "receipt"})
_SAYS_NOTHING: tuple[Any, ...] = (None, "", (), [], {})
"""What is not stored either: an empty text is read back as none."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be so for a write to be made.

    ``matches`` are tags of which one must be the present one; ``differs`` are tags of which none
    may be. ``*`` stands for whatever there is, so ``differs={"*"}`` expects nothing to be there.
    Empty sets expect nothing.
    """

    matches: frozenset[str] = frozenset()
    differs: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Tell whether anything is expected."""
        return bool(self.matches or self.differs)

    def check(self, present: Callable[[], str | None]) -> None:
        """Compare with the tag of what is there now; None when nothing is.

        Raises:
            PreconditionFailed: it is not as expected.
        """
        if not self:
            return
        tag = present()
        if self.matches and not names(self.matches, tag):
            raise PreconditionFailed
        if names(self.differs, tag):
            raise PreconditionFailed


NO_EXPECTATION = Expectation()


def names(tags: frozenset[str], tag: str | None) -> bool:
    """Tell whether one of the given tags is that of what is there; None is nothing.

    >>> names(frozenset({"*"}), "a1"), names(frozenset({"*"}), None), names(frozenset(), "a1")
    (True, False, False)
    """
    return tag is not None and (ANYTHING in tags or tag in tags)


def invoice_tag(invoice: Invoice) -> str:
    """Return the tag of an invoice: all but what is our own doing."""
    return tag_of({n: fact for n, fact in asdict(invoice).items() if n not in _OUR_DOING})


def customer_tag(account: Account) -> str | None:
    """Return the tag of an account's customer, or None when nothing is known about one."""
    return None if account.customer is None else tag_of_customer(account, account.customer)


def tag_of_customer(account: Account, customer: Customer) -> str:
    """Return the tag of a customer: what is said about them, and what they said themselves."""
    facts = asdict(replace(customer, consents=()))
    consents = {channel: asdict(consent) for channel, consent in account.consents.items()}
    own = {
        "opt_outs": account.opt_outs,
        "suppressed": sorted(account.suppressed_addresses),
        "wishes": None if account.wishes is None else asdict(account.wishes),
    }
    return tag_of({**facts, "consents": consents, **own})


def tag_of(facts: Mapping[str, Any]) -> str:
    """Return the tag of facts, whatever the order of their names.

    >>> tag_of({"a": 1, "b": Decimal("1.0")}) == tag_of({"b": Decimal("1.0"), "a": 1})
    True
    """
    said = {name: value for name, value in facts.items() if value not in _SAYS_NOTHING}
    text = json.dumps(said, sort_keys=True, default=_plain, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:_TAG_LENGTH]


def _plain(value: object) -> str:
    """Write what JSON has no form for, as it would be stored."""
    match value:
        case datetime():
            return instant_text(value)
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
    raise TypeError(value)
