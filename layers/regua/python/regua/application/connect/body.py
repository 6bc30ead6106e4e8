"""What was posted: read once, numbers kept exact, values found by path."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from regua.domain.errors import InvalidInput

MAX_RECORDS = 2_000
_MAX_INDEX_DIGITS = 4


def read_json(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Read JSON; a number with a decimal point or an exponent is a `Decimal`.

    Raises:
        InvalidInput: it is none, is nested too deeply, or holds what JSON does not have (NaN).
    """
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except ValueError:
        raise InvalidInput.at("$", "not JSON") from None
    except RecursionError:
        raise InvalidInput.at("$", "nested too deeply") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def found_at(document: object, path: str) -> object:
    """Return what is at a dotted path, or None; a number in it is a place in a list.

    >>> found_at({"partner_id": [7, "Maria"]}, "partner_id.0")
    7
    """
    for part in path.split(".") if path else ():
        if isinstance(document, Mapping):
            document = document.get(part)
        elif isinstance(document, list) and _is_index(part):
            document = document[int(part)] if int(part) < len(document) else None
        else:
            return None
    return document


def _is_index(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= _MAX_INDEX_DIGITS


def word_at(document: object, path: str) -> str:
    """Return the text at a path; anything else, and nothing, is the empty text."""
    found = found_at(document, path)
    return found if isinstance(found, str) else ""


def is_absent(value: object) -> bool:
    """Tell whether nothing is there: null, an empty text or list, or the false of an empty field.

    Odoo writes ``false`` for every empty field that is no boolean.
    """
    return value is None or value is False or value in ("", [])


def records_of(document: object, path: str) -> list[tuple[str, object]]:
    """Return the records of a document, each with its path: one object, or a list of them.

    Raises:
        InvalidInput: there are none, or too many.
    """
    found = found_at(document, path)
    where = path or "$"
    if isinstance(found, Mapping):
        return [(path, found)]
    if not isinstance(found, list):
        raise InvalidInput.at(where, "is neither an object nor a list of objects")
    if len(found) > MAX_RECORDS:
        raise InvalidInput.at(where, f"holds more than {MAX_RECORDS} records")
    return [(f"{path}.{n}" if path else str(n), record) for n, record in enumerate(found)]
