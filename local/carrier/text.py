"""Plain text: the web addresses in it."""

from __future__ import annotations

import re

_BEFORE_ITS_END = r"https?://[^\s<>\"']*"
_NO_END = r"\s<>\"'.,;:!?)\]"
ADDRESS = re.compile(
    "|".join(
        rf"{opened}{_BEFORE_ITS_END}[^{_NO_END}{mark}]"
        for opened, mark in (("(?<=_)", "_"), (r"(?<=\*)", "*"), ("", ""))
    )
)
"""A web address up to the punctuation, or the mark of bold or italic type, around it."""


def web_addresses(text: str) -> tuple[str, ...]:
    """Return the web addresses in order of appearance, unique.

    >>> web_addresses("Pague em https://a.example.com.br/c/1. Ou (https://a.example.com.br/c/2)!")
    ('https://a.example.com.br/c/1', 'https://a.example.com.br/c/2')
    >>> web_addresses("_https://a.example.com.br/c/3_ e https://a.example.com.br/c/4_")
    ('https://a.example.com.br/c/3', 'https://a.example.com.br/c/4_')
    """
    return tuple(dict.fromkeys(ADDRESS.findall(text)))
