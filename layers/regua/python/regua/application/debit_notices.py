"""What a provider posts about Pix Automático, reduced to the ids to ask it about."""

import json
from collections.abc import Mapping, Sequence

from regua.domain.errors import InvalidInput

_MAX_IDS = 1_000
_LONGEST_ID = 35


def receive_rec(body: bytes) -> Sequence[str]:
    """Return the ids of the authorisations that a notification (``…/rec``) is about.

    Raises:
        InvalidInput: it is none that the API Pix knows.
    """
    return _ids(body, "recs", "idRec")


def receive_cobr(body: bytes) -> Sequence[str]:
    """Return the txids of the debits that a notification (``…/cobr``) is about.

    Raises:
        InvalidInput: it is none that the API Pix knows.
    """
    return _ids(body, "cobsr", "txid")


def is_about_debits(body: bytes) -> bool:
    """Tell whether a notification is about authorisations or debits, and not about Pix received."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, Mapping) and bool({"recs", "cobsr"} & document.keys())


def _ids(body: bytes, several: str, name: str) -> Sequence[str]:
    """Read the ids of a notification: an object with a list, a list, or one object."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput.at("$", "not JSON") from None
    inner = document.get(several, [document]) if isinstance(document, Mapping) else document
    if not isinstance(inner, list) or len(inner) > _MAX_IDS:
        raise InvalidInput.at(several, "is not a list of notifications")
    found: dict[str, None] = {}
    for number, entry in enumerate(inner):
        id_ = entry.get(name) if isinstance(entry, Mapping) else None
        if not (
            isinstance(id_, str) and id_.isascii() and id_.isalnum() and len(id_) <= _LONGEST_ID
        ):
            raise InvalidInput.at(f"{several}.{number}.{name}", "is missing or no id")
        found[id_] = None
    return list(found)
