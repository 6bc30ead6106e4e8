"""Plain text: the web addresses in it."""

from __future__ import annotations

import re

ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]*_]")
"""A web address up to the punctuation of the sentence around it."""


def web_addresses(text: str) -> tuple[str, ...]:
    """Return the web addresses in order of appearance, unique.

    >>> web_addresses("Pague em https://a.example.com.br/c/1. Ou (https://a.example.com.br/c/2)!")
    ('https://a.example.com.br/c/1', 'https://a.example.com.br/c/2')
    """
    return tuple(dict.fromkeys(ADDRESS.findall(text)))
