"""The page of what is fuzzed names tests that exist, and that are properties."""

import ast
import re

import pytest

from tests.shared_data import REPO_ROOT

PAGE = REPO_ROOT / "docs" / "fuzzing.md"
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE.read_text("utf-8"))
_TESTED = [(path, name) for path, name in NAMED if name]


def test_the_page_names_tests() -> None:
    assert len(_TESTED) > 30
    assert len(set(NAMED)) == len(NAMED)


@pytest.mark.parametrize("path", sorted({path for path, _ in NAMED}))
def test_the_files_named_exist(path: str) -> None:
    assert (REPO_ROOT / path).is_file()


@pytest.mark.parametrize(("path", "name"), _TESTED)
def test_the_tests_named_exist_and_are_given_inventions(path: str, name: str) -> None:
    source = (REPO_ROOT / path).read_text("utf-8")
    functions = {
        node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)
    }
    assert name in functions
    decorators = [ast.unparse(each) for each in functions[name].decorator_list]
    assert any(text.startswith("given(") for text in decorators) or "fuzz(" in source
