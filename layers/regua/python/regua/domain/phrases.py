"""Find words and phrases in Portuguese text, whatever their accents, capitals and punctuation.

A text is read as words: letters lose their accents and capitals, everything that is neither letter
nor digit separates, characters nobody sees are left out. Every word remembers where it stood. One
pass finds all phrases of a book at once: a walk through a tree of words, in time linear in the
text, because no phrase is longer than a few words. Nothing here knows what the phrases are about.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Generic, NamedTuple, TypeVar

_WORD = re.compile(r"[a-z0-9]+")
_CHOICE = re.compile(r"\{([^{}]*)\}")
_UNSEEN = frozenset({"Mn", "Me", "Cf"})
"""Combining marks and format characters: soft hyphens, zero-width spaces, direction overrides."""


class Word(NamedTuple):
    """A word without accents and capitals, and where it stands in the text it was read from."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    """Return the plain letters and digits a character stands for, a space, or nothing."""
    plain = unicodedata.normalize("NFKD", character).casefold()
    seen = (c for c in plain if unicodedata.category(c) not in _UNSEEN)
    return "".join(c if c.isascii() and c.isalnum() else " " for c in seen)


_ONE_FOR_ONE = {
    code: folded
    for code in (*range(ord("A"), ord("Z") + 1), *range(0x80, 0x250), *range(0x2000, 0x2070))
    if len(folded := _folded(chr(code))) == 1
}
"""Capitals, accented letters and typographic signs that keep every position when folded."""


def words_of(text: str) -> list[Word]:
    """Read a text as words.

    >>> [word.text for word in words_of("Ação — «Olá», E-MAIL nº 7")]
    ['acao', 'ola', 'e', 'mail', 'no', '7']
    """
    folded = text.translate(_ONE_FOR_ONE)
    if folded.isascii():
        return [Word(m[0], m.start(), m.end()) for m in _WORD.finditer(folded)]
    pieces: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        piece = _folded(character)
        pieces.append(piece)
        places += [place] * len(piece)
    found = _WORD.finditer("".join(pieces))
    return [Word(m[0], places[m.start()], places[m.end() - 1] + 1) for m in found]


def plain_words(text: str) -> list[str]:
    """Read a text as words, when only the words matter."""
    return [word.text for word in words_of(text)]


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
        for words in filter(None, map(plain_words, readings)):
            node = self._root
            for word in words:
                node = node.following.setdefault(word, _Node())
            if tag not in node.tags:
                node.tags.append(tag)

    def find(self, words: Sequence[Word]) -> Iterator[tuple[Tag, int, int]]:
        """Yield every tag found and where its phrase stands, the longest phrase at each place."""
        reached: dict[Tag, int] = {}
        hidden_until = 0
        for first, word in enumerate(words):
            if first < hidden_until or word.text not in self._root.following:
                continue
            ends = self._ends(words, first)
            hidden_until = ends.pop(None, 0)
            for tag, last in ends.items():
                if tag is not None and max(hidden_until, reached.get(tag, 0)) < last:
                    reached[tag] = last
                    yield tag, word.start, words[last - 1].end

    def _ends(self, words: Sequence[Word], first: int) -> dict[Tag | None, int]:
        """Return, by tag, behind which word the longest phrase that begins at a place ends."""
        ends: dict[Tag | None, int] = {}
        node = self._root
        for index in range(first, len(words)):
            following = node.following.get(words[index].text)
            if following is None:
                break
            node = following
            for tag in node.tags:
                ends[tag] = index + 1
        return ends
