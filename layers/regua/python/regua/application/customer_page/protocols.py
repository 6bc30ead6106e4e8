"""The number of an act: derived from what was done, so that the same act twice has one."""

import hashlib
import re
from collections.abc import Mapping, Sequence

from regua.application.customer_page.acts import (
    Act,
    ActKind,
    ConfirmReading,
    NotMe,
    Prefer,
    Settle,
)
from regua.application.customer_page.case import PageCase
from regua.domain.evidence import canonical
from regua.domain.ids import DispatchId
from regua.domain.notes import Note, NoteKind

_ALPHABET = "23456789ACDEFHJKMNPRTVWXY"
"""Digits and capitals, of those that look alike one at most: no 0, 1, B, G, I, L, O, Q, S, U, Z."""
_LETTERS = 10
_PROTOCOL = re.compile(rf"[{_ALPHABET}]{{4}}-[{_ALPHABET}]{{4}}-[{_ALPHABET}]{{2}}")


def protocol_of(dispatch_id: DispatchId, act: str, said: Mapping[str, str | None]) -> str:
    """Number an act on a message's page: ``XXXX-XXXX-XX``.

    About 46 bits: two acts of one customer's never share one by chance, and none is found without
    the link.

    Args:
        dispatch_id: the message.
        act: what was done, by its kind.
        said: everything that makes it this act and no other, the day included where it matters.

    >>> protocol_of(DispatchId("00" * 16), "promise", {"on": "2026-11-30"})
    'YNAX-Y6CM-5C'
    """
    text = canonical({"dispatch_id": dispatch_id, "act": act, "said": dict(said)})
    number = int.from_bytes(hashlib.sha256(b"regua.page.act.v1\n" + text).digest(), "big")
    letters = []
    for _ in range(_LETTERS):
        number, place = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    whole = "".join(letters)
    return f"{whole[:4]}-{whole[4:8]}-{whole[8:]}"


def is_protocol(text: str) -> bool:
    """Tell whether a text has the form of a protocol: worth a look."""
    return _PROTOCOL.fullmatch(text) is not None


def said_by(
    case: PageCase, act: Act, form: Mapping[str, str | None], notes: Sequence[Note]
) -> Mapping[str, str | None]:
    """Return what makes an act this one and no other, for its protocol.

    The same form on the same day is the same act; another day it is another. A wish that was
    changed since may be said again, and a settlement whose agreement has ended made again.
    """
    day = {"day": case.today.isoformat()}
    mine = [n for n in notes if n.kind is NoteKind.CUSTOMER_ACTED]
    match act:
        case ConfirmReading() | NotMe():
            return {}
        case Settle(key=key):
            live = {a.agreement_id for a in case.account.agreements}
            ended = sum(
                n.facts.get("key") == key and n.facts.get("agreement_id") not in live for n in mine
            )
            return {"key": key, "before": str(ended)}
        case Prefer():
            return {**form, "after": _wish_before(form, mine)}
        case _:
            return {**form, **day}


def _wish_before(form: Mapping[str, str | None], notes: Sequence[Note]) -> str | None:
    """Return the protocol of the last wish that was another one."""
    same = {name: text or None for name, text in form.items()}
    others = [
        n.facts["protocol"]
        for n in notes
        if n.facts["act"] == ActKind.PREFER and {k: n.facts.get(k) for k in same} != same
    ]
    return others[-1] if others else None
