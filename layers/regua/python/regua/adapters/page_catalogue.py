"""Which of the page's texts a creditor may word itself, as the linter takes them."""

from regua.adapters.page_texts import CATALOGUES, REPLACEABLE
from regua.application.page_lint import PageWords

_BEFORE_THE_QUESTION = ("frame.", "land.", "by.")
"""What begins so is seen by anybody who has the link."""


def our_page_words() -> PageWords:
    """Return the replaceable texts in both languages, and which of them must be discreet."""
    return PageWords(
        replaceable={
            language: {key: catalogue[key] for key in sorted(REPLACEABLE)}
            for language, catalogue in CATALOGUES.items()
        },
        discreet=frozenset(k for k in REPLACEABLE if k.startswith(_BEFORE_THE_QUESTION)),
    )
