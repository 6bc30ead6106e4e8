"""Read a message the way a mailbox does: structure, visible words, links and colours.

An independent reader: it knows HTML and CSS a little, and nothing about the templates.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"area", "br", "hr", "img", "input", "link", "meta"})
SILENT = frozenset({"style", "title", "script", "head"})
_DARK_RULE = re.compile(r"\.([\w-]+) \{ ([^}]*) \}")
_URL = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Word:
    """A run of visible text with the colours it is seen in."""

    text: str
    color: str
    background: str
    pixels: float


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]


@dataclass
class Page:
    elements: list[Element] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return squeezed(" ".join(word.text for word in self.words))

    def of(self, tag: str) -> Iterator[dict[str, str]]:
        return (e.attributes for e in self.elements if e.tag == tag)

    @property
    def web_links(self) -> set[str]:
        """Where a person can go from here."""
        return self._links(hidden=False)

    @property
    def hidden_links(self) -> set[str]:
        return self._links(hidden=True)

    def _links(self, *, hidden: bool) -> set[str]:
        web = [a for a in self.of("a") if a["href"].startswith("http")]
        shown = {a["href"]: declarations(a.get("style", "")).get("display") for a in web}
        return {url for url, display in shown.items() if (display == "none") is hidden}


@dataclass(frozen=True)
class _Look:
    tag: str
    color: str = "#000000"
    background: str = "#ffffff"
    pixels: float = 16
    hidden: bool = False


class _Reader(HTMLParser):
    def __init__(self, dark_rules: dict[str, dict[str, str]]) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.dark = dark_rules
        self.stack = [_Look("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.page.elements.append(Element(tag, attributes))
        if tag not in VOID:
            self.stack.append(self._look(tag, attributes))

    def _look(self, tag: str, attributes: dict[str, str]) -> _Look:
        style = declarations(attributes.get("style", ""))
        for name in attributes.get("class", "").split():
            style.update(self.dark.get(name, {}))
        above = self.stack[-1]
        return _Look(
            tag,
            color=style.get("color", above.color),
            background=style.get("background-color", above.background),
            pixels=float(style.get("font-size", f"{above.pixels}px").removesuffix("px")),
            hidden=above.hidden or tag in SILENT or style.get("display") == "none",
        )

    def handle_endtag(self, tag: str) -> None:
        if self.stack[-1].tag != tag:
            self.page.problems.append(f"</{tag}> closes <{self.stack[-1].tag}>")
        else:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        look = self.stack[-1]
        if data.strip() and not look.hidden:
            self.page.words.append(Word(data, look.color, look.background, look.pixels))

    def close(self) -> None:
        super().close()
        self.page.problems += [f"<{look.tag}> is never closed" for look in self.stack[1:]]


def declarations(style: str) -> dict[str, str]:
    pairs = (part.split(":", 1) for part in style.split(";") if ":" in part)
    return {name.strip(): value.replace("!important", "").strip() for name, value in pairs}


def read(html: str, *, dark: bool = False) -> Page:
    """Parse a page as it looks in the light theme, or with its dark rules applied."""
    rules: dict[str, dict[str, str]] = {}
    if dark:
        sheet = html.split("prefers-color-scheme: dark", 1)[1].split("</style>", maxsplit=1)[0]
        rules = {name: declarations(body) for name, body in _DARK_RULE.findall(sheet)}
    reader = _Reader(rules)
    reader.feed(html)
    reader.close()
    return reader.page


def squeezed(text: str) -> str:
    return " ".join(text.split())


def urls_in(text: str) -> set[str]:
    return set(_URL.findall(text))


def contrast(one: str, other: str) -> float:
    """Return the WCAG 2 contrast ratio of two #rrggbb colours."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
