"""docs/page.md says what the code does: its tables are those of the code, its example is taken."""

import json
import re
from pathlib import Path

import pytest

from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.page_catalogue import our_page_words
from regua.application.page_document import read_page_document
from regua.application.page_lint import Findings, PageLinter
from regua.application.page_samples import SAMPLED
from regua.domain.own_words import MEANINGS, PARTS, placeholders_for
from regua.domain.page_rules import RULES
from tests.builders import any_creditor

PAGE = Path(__file__).parents[2] / "docs" / "page.md"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _table(*rows: tuple[str, ...]) -> str:
    head, *body = rows
    return "\n".join([_row(*head), "|---" * len(head) + "|", *(_row(*row) for row in body)])


def _names(template: str, part: str) -> str:
    return " ".join(f"`{{{name}}}`" for name in sorted(placeholders_for(template, part)))


def tables() -> dict[str, str]:
    """Return what stands between the page's marks, written from the code."""
    words = our_page_words().replaceable
    return {
        "keys": _table(
            ("key", "pt", "en"),
            *((f"`{key}`", text, words["en"][key]) for key, text in words["pt"].items()),
        ),
        "placeholders": _table(
            ("placeholder", "stands for"), *((f"`{{{n}}}`", says) for n, says in MEANINGS.items())
        ),
        "parts": _table(
            ("template", *PARTS),
            *((f"`{t}`", *(_names(t, part) for part in PARTS)) for t in sorted(SAMPLED)),
        ),
        "rules": _table(
            ("rule", "says", "source", "limits"),
            *((f"`{r.code}`", r.says, r.source, r.default) for r in RULES),
        ),
    }


@pytest.mark.parametrize("name", ["keys", "placeholders", "parts", "rules"])
def test_a_table_is_what_the_code_says(name: str) -> None:
    shown = re.search(rf"<!-- {name} -->\n(.*)<!-- /{name} -->", PAGE.read_text(), re.DOTALL)
    assert shown is not None
    assert shown[1].strip() == tables()[name]


def test_the_example_is_taken_without_a_finding() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
    document = read_page_document(json.loads(example))
    linter = PageLinter(JinjaEmailRenderer(), our_page_words())
    assert linter(document, any_creditor()) == Findings()
    assert document.look().logo is not None
