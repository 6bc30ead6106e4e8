"""HTML from templates: everything is escaped unless it came out of a template itself."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from string import Template

_TEMPLATES = Path(__file__).parent / "templates"


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


@cache
def _template(name: str) -> Template:
    return Template((_TEMPLATES / f"{name}.html").read_text(encoding="utf-8"))


def render(template: str, /, **values: object) -> Markup:
    """Fill a template; a missing value is an error.

    >>> escaped("<b>")
    '&lt;b&gt;'
    """
    safe = {key: escaped(value) for key, value in values.items()}
    return Markup(_template(template).substitute(safe).rstrip("\n"))


def escaped(value: object) -> str:
    """Return a value fit for an element or a quoted attribute."""
    return value if isinstance(value, Markup) else escape(str(value), quote=True)


def joined(parts: list[Markup]) -> Markup:
    """Put pieces one after the other."""
    return Markup("\n".join(parts))
