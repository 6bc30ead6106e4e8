"""Placeholders in a creditor's own words: ``{fatura}`` stands for what a message is about.

A name in braces is all there is: no expressions, no formats, and no way to write a brace itself.
"""

import re
from collections.abc import Mapping
from typing import Final

_NAME: Final = re.compile(r"\{([a-z_]{1,40})\}", re.ASCII)
_BRACE: Final = re.compile(r"[{}]")


def names_in(text: str) -> frozenset[str]:
    """Return the placeholders a text uses.

    >>> sorted(names_in("{credor}: fatura {fatura}"))
    ['credor', 'fatura']
    """
    return frozenset(_NAME.findall(text))


def is_well_formed(text: str) -> bool:
    """Tell whether every brace belongs to a placeholder.

    >>> is_well_formed("fatura {fatura}"), is_well_formed("fatura {{ fatura }}")
    (True, False)
    """
    return _BRACE.search(_NAME.sub("", text)) is None


def filled(text: str, values: Mapping[str, str]) -> str | None:
    """Put values in the place of placeholders; None when one of them has no value.

    Values are not looked at for placeholders of their own.

    >>> filled("{credor}: {fatura}", {"credor": "Sol {fatura}", "fatura": "F-1"})
    'Sol {fatura}: F-1'
    >>> filled("{credor}: {fatura}", {"credor": "Sol"}) is None
    True
    """
    if not names_in(text) <= values.keys():
        return None
    return _NAME.sub(lambda name: values[name[1]], text)
