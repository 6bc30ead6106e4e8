"""Entity tags in the headers of a request: what a caller expects, and what it has already.

Source: RFC 9110, sections 8.8.3 (entity tags) and 13.1 (conditional requests).
"""

import re
from collections.abc import Mapping

from regua.application.preconditions import Expectation
from regua.domain.errors import InvalidInput

_ENTITY_TAG = re.compile(r'(?:W/)?"[^"]*"|[^\s,"]+')
"""An entity tag, or the star, or a tag that somebody wrote without its quotes."""


def expectation_of(headers: Mapping[str, str]) -> Expectation:
    """Return what a caller expects to find, by `If-Match` and `If-None-Match`.

    Raises:
        InvalidInput: a header is there and names no tag.
    """
    return Expectation(_tags(headers, "if-match"), held_by(headers))


def held_by(headers: Mapping[str, str]) -> frozenset[str]:
    """Return the tags of `If-None-Match`, compared weakly as that header asks.

    Raises:
        InvalidInput: it is there and names no tag.
    """
    found = _tags(headers, "if-none-match")
    return frozenset(tag.removeprefix("W/") for tag in found)


def _tags(headers: Mapping[str, str], name: str) -> frozenset[str]:
    """Read a header of entity tags; a weak one keeps its mark and so matches no present tag."""
    text = headers.get(name)
    if text is None:
        return frozenset()
    found = frozenset(_ENTITY_TAG.findall(text))
    if not found:
        raise InvalidInput.at(f"header.{name}", "names no entity tag")
    return frozenset(tag.replace('"', "") for tag in found)
