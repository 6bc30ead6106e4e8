"""What a person hears: SSML as text to read.

Source: "Supported SSML tags" in the Amazon Polly developer guide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_NEW_LINE_TAGS = frozenset({"p", "s", "break"})


def read_ssml(body: str) -> str:
    r"""Return the words of an SSML document, a line for every pause.

    >>> read_ssml("<speak>Olá, <break time='1s'/><sub alias='reais'>R$</sub> &amp; cia.</speak>")
    'Olá,\nreais & cia.'

    Raises:
        ValueError: when it is not an SSML document.
    """
    if "<!" in body:
        raise ValueError("declarations and comments are not allowed")
    try:
        root = ET.fromstring(body)  # noqa: S314 - no declaration, so no entity to expand
    except ET.ParseError as exc:
        raise ValueError(str(exc)) from exc
    if _name(root) != "speak":
        raise ValueError("the root element is not speak")
    lines = "".join(_spoken(root)).split("\n")
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def spoken_text(body: str) -> str:
    """Return what is heard of a call's text, SSML or plain."""
    if not re.match(r"\s*<speak\b", body):
        return body
    try:
        return read_ssml(body)
    except ValueError:
        return body


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _spoken(element: Element) -> Iterator[str]:
    """Yield the text in order; line breaks of the source are spaces, pauses are line breaks."""
    if _name(element) == "sub":
        yield element.get("alias", "")
    else:
        yield (element.text or "").replace("\n", " ")
        for child in element:
            yield from _spoken(child)
            yield (child.tail or "").replace("\n", " ")
    if _name(element) in _NEW_LINE_TAGS:
        yield "\n"
