"""A strict reader of our own HTML: what is not closed, not named, or leads elsewhere is found."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_SVG_SHAPES = frozenset({"path"})
_BLOCKS = frozenset({"article", "details", "div", "dl", "fieldset", "form", "h1", "h2", "h3", "ol"})
_BLOCKS_TOO = frozenset({"p", "section", "table", "ul"})
_REFERENCES = ("for", "aria-describedby", "aria-labelledby", "data-copy", "data-said-in")
_NAMED = frozenset({"input", "select", "textarea"})
_LEVEL = re.compile(r"h([1-6])")

Attributes = dict[str, str]


class Markup(HTMLParser):
    """A page as elements with attributes, and as text; ``faults`` tells what is wrong with it."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Attributes]] = []
        self.texts: list[str] = []
        self.faults: list[str] = []
        self._open: list[str] = []
        self._levels: list[int] = []
        self.feed(body)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self._open]
        self.faults += self._checked()

    @property
    def text(self) -> str:
        """Return everything but styles and scripts, blanks as one space."""
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str) -> list[Attributes]:
        """Return the attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    def by_id(self, name: str) -> Attributes:
        """Return the attributes of the element of an id."""
        return next(a for _, a in self.elements if a.get("id") == name)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element; those that hold something stay open."""
        names = Counter(name for name, _ in attrs)
        self.faults += [f"{name} twice on <{tag}>" for name, n in names.items() if n > 1]
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if "p" in self._open and tag in _BLOCKS | _BLOCKS_TOO:
            self.faults.append(f"<{tag}> within <p>")
        if tag == "form" and "form" in self._open:
            self.faults.append("a form within a form")
        if level := _LEVEL.fullmatch(tag):
            self._levels.append(int(level[1]))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element that closes itself: only shapes of a picture may."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _SVG_SHAPES:
            self.faults.append(f"<{tag}/>")

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last, and no other."""
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> within {self._open[-3:]}")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Keep what is read."""
        if not {"style", "script"} & set(self._open):
            self.texts.append(data)
            if "<" in data or ">" in data:
                self.texts.append("")

    def _checked(self) -> Iterator[str]:
        ids = Counter(a["id"] for _, a in self.elements if "id" in a)
        yield from (f"id {name} {n} times" for name, n in ids.items() if n > 1)
        for tag, attributes in self.elements:
            yield from self._references(tag, attributes, ids)
            yield from (f"{n} on <{tag}>" for n in attributes if n.startswith("on") or n == "style")
        yield from self._headings()
        yield from self._unlabelled()

    def _references(self, tag: str, attributes: Attributes, ids: Counter[str]) -> Iterator[str]:
        for name in _REFERENCES:
            for each in attributes.get(name, "").split():
                if each not in ids:
                    yield f"{name} of <{tag}> names {each}, which is not there"
        target = attributes.get("href", "")
        if target.startswith("#") and target[1:] not in ids:
            yield f"a link leads to {target}, which is not there"

    def _headings(self) -> Iterator[str]:
        if self._levels.count(1) != 1:
            yield f"{self._levels.count(1)} headings of level 1"
        for before, after in zip(self._levels, self._levels[1:], strict=False):
            if after > before + 1:
                yield f"h{after} follows h{before}"

    def _unlabelled(self) -> Iterator[str]:
        labels = {a["for"] for a in self.all("label") if "for" in a}
        for tag, attributes in self.elements:
            if tag not in _NAMED or attributes.get("type") in ("hidden", "checkbox"):
                continue
            if attributes.get("id") not in labels:
                yield f"<{tag} name={attributes.get('name')}> has no label"
            if "placeholder" in attributes:
                yield f"<{tag} name={attributes.get('name')}> has a placeholder"
