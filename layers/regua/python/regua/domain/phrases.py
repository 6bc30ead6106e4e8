"""Find words and phrases in Portuguese text, whatever their accents, capitals and punctuation.

A text is read as words: letters lose their accents and capitals, everything that is neither letter
nor digit separates, characters nobody sees are left out. One pass finds all phrases of a book at
once: a walk through a tree of words, in time linear in the text, because no phrase is longer than
a few words. Where the words stand is worked out only when somebody asks, for most texts break no
rule. Nothing here knows what the phrases are about.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Generic, TypeVar

_UNSEEN = (
    r"\u0300-\u036f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
"""Combining marks, soft hyphens, zero-width characters, direction and variation marks."""
_WORD = re.compile(f"[a-z0-9][a-z0-9{_UNSEEN}]*")
_MARKS = re.compile(f"[{_UNSEEN}]+")
_CHOICE = re.compile(r"\{([^{}]*)\}")


def words_of(text: str) -> list[str]:
    """Read a text as words.

    >>> words_of("Ação — «Olá», E-MAIL nº 7")
    ['acao', 'ola', 'e', 'mail', 'no', '7']
    """
    found: list[str] = _WORD.findall(unicodedata.normalize("NFKD", text).lower())
    return [word if word.isascii() else _MARKS.sub("", word) for word in found]


def places_of(text: str) -> list[tuple[int, int]]:
    """Return where each of a text's words starts and ends in it, as `words_of` numbers them."""
    pieces: list[str] = []
    origins: list[int] = []
    for origin, character in enumerate(text):
        piece = unicodedata.normalize("NFKD", character).lower()
        pieces.append(piece)
        origins += [origin] * len(piece)
    found = _WORD.finditer("".join(pieces))
    return [(origins[word.start()], origins[word.end() - 1] + 1) for word in found]


def contains(words: Sequence[str], phrase: Sequence[str]) -> bool:
    """Tell whether a phrase stands in a text, both given as words; an empty phrase never does."""
    if not phrase:
        return False
    text, wanted = f" {' '.join(words)} ", f" {' '.join(phrase)} "
    return wanted in text


def choices(line: str) -> list[str]:
    """Write out every reading of a line with choices in braces, as a shell does.

    >>> choices("{última,} chance{,s}")
    ['última chance', 'última chances', ' chance', ' chances']
    """
    parts = [
        part.split(",") if index % 2 else [part] for index, part in enumerate(_CHOICE.split(line))
    ]
    return ["".join(picked) for picked in product(*parts)]


Tag = TypeVar("Tag")


@dataclass(slots=True)
class _Node(Generic[Tag]):
    """A place in the tree of words: what may follow, and which tags a phrase ending here has."""

    following: dict[str, "_Node[Tag]"] = field(default_factory=dict)
    tags: list[Tag] = field(default_factory=list)


class PhraseBook(Generic[Tag]):
    """Phrases by tag, one a line, with choices in braces; and harmless ones that hide them.

    A harmless phrase hides what begins inside it: "débito" is not looked for in "débito
    automático".
    """

    def __init__(self, pages: Iterable[tuple[Tag, str]], harmless: str = "") -> None:
        self._root: _Node[Tag | None] = _Node()
        for tag, lines in pages:
            self._add(tag, lines)
        self._add(None, harmless)

    def _add(self, tag: Tag | None, lines: str) -> None:
        readings = (reading for line in lines.splitlines() for reading in choices(line))
        for words in filter(None, map(words_of, readings)):
            node = self._root
            for word in words:
                node = node.following.setdefault(word, _Node())
            if tag not in node.tags:
                node.tags.append(tag)

    def find(self, words: Sequence[str]) -> Iterator[tuple[Tag, int, int]]:
        """Yield every tag found, with the numbers of the first word and of the one behind.

        At each place the longest phrase counts; what lies inside one already found does not.
        """
        reached: dict[Tag, int] = {}
        hidden_until = 0
        starts = self._root.following
        for first in [place for place, word in enumerate(words) if word in starts]:
            if first < hidden_until:
                continue
            ends = self._ends(words, first)
            hidden_until = ends.pop(None, 0)
            for tag, last in ends.items():
                if tag is not None and max(hidden_until, reached.get(tag, 0)) < last:
                    reached[tag] = last
                    yield tag, first, last

    def _ends(self, words: Sequence[str], first: int) -> dict[Tag | None, int]:
        """Return, by tag, behind which word the longest phrase that begins at a place ends."""
        ends: dict[Tag | None, int] = {}
        node = self._root
        for place in range(first, len(words)):
            following = node.following.get(words[place])
            if following is None:
                break
            node = following
            for tag in node.tags:
                ends[tag] = place + 1
        return ends
