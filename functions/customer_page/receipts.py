"""What a receipt says: an act's heading and words, and the facts that were noted of it."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType

from regua.adapters.page_texts import Texts
from regua.application.customer_page.acts import ActKind
from regua.application.customer_page.views import Receipt
from regua.domain.negotiation.agreement import AgreementStatus

from .frame import amount

_Write = Callable[[str, Texts], str]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,12}", re.ASCII)


def receipt_words(receipt: Receipt, t: Texts) -> tuple[str, str]:
    """Return the heading of a receipt, and what is said under it."""
    key = f"receipt.{receipt.act}"
    heading, words = _OTHERWISE.get((receipt.act, _became(receipt)), (key, f"{key}_text"))
    return t(heading), t(words, credor=receipt.sender.name)


def _became(receipt: Receipt) -> str:
    """Return which fact makes an act's words others than usual, and its value."""
    facts = receipt.facts
    return next((f"{n}={facts[n]}" for n in ("pauses", "status", "needs_person") if n in facts), "")


def receipt_facts(receipt: Receipt, t: Texts) -> Iterator[tuple[str, str]]:
    """Yield labels and values of what was noted, in the order of `_FACTS`.

    Who was not identified sees none.
    """
    if receipt.act == ActKind.NOT_ME:
        return
    for name, (label, write) in _FACTS.items():
        value = receipt.facts.get(name, "")
        if value:
            yield t(label), write(value, t)


def _day(value: str, t: Texts) -> str:
    """Write a day, or the day of an instant's text."""
    found = _DAY.match(value)
    return t.day(date.fromisoformat(found[0])) if found else value


def _amount(value: str, _: Texts) -> str:
    return amount(int(value)) if _NUMBER.fullmatch(value) else value


def _as_it_is(value: str, _: Texts) -> str:
    return value


def _sent(_: str, t: Texts) -> str:
    return t("fact.sent")


def _hour(value: str, _: Texts) -> str:
    return f"{value}h"


def _named(group: str) -> _Write:
    def write(value: str, t: Texts) -> str:
        return ", ".join(t(f"{group}.{each}") for each in value.replace(",", " ").split())

    return write


_OTHERWISE: Mapping[tuple[str, str], tuple[str, str]] = MappingProxyType(
    {
        (ActKind.PROMISE, "pauses=no"): ("receipt.promise_noted", "receipt.promise_noted_text"),
        (ActKind.SAY_PAID, "needs_person=yes"): ("receipt.say_paid", "receipt.say_paid_late_text"),
        (ActKind.SETTLE, f"status={AgreementStatus.PROPOSED.value}"): (
            "receipt.settle_proposed",
            "receipt.settle_proposed_text",
        ),
    }
)
"""Heading and words of what an act became, where it is not as usual."""
_FACTS: Mapping[str, tuple[str, _Write]] = MappingProxyType(
    {
        "on": ("fact.on", _day),
        "method": ("fact.method", _named("method")),
        "proof": ("fact.proof", _sent),
        "reason": ("fact.reason", _named("reason")),
        "amount_centavos": ("fact.amount", _amount),
        "total_centavos": ("fact.total", _amount),
        "discount_centavos": ("fact.discount", _amount),
        "instalments": ("fact.instalments", _as_it_is),
        "until": ("fact.until", _day),
        "channel": ("fact.channel", _named("channel")),
        "hour": ("fact.hour", _hour),
        "stop": ("fact.stopped", _named("channel")),
        "agreement_id": ("fact.agreement", _as_it_is),
        "terms_sha256": ("fact.terms", _as_it_is),
    }
)
