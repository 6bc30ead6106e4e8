"""What the documents point to is there: files, headings, and routes of the API."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from regua.runtime.access import SCOPE_OF_ROUTE

ROOT = Path(__file__).parents[2]
OF_THE_API = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PAGES = [*OF_THE_API, *sorted(ROOT.glob("local/**/*.md"))]
_BLOCK = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ELSEWHERE = re.compile(r"[a-z]+:")
_FILE = re.compile(r"`((?:bench|docs|functions|infra|layers|local|tests|tools)/[\w./-]+\.\w+)")
_ROUTE = re.compile(r"\b(GET|PUT|POST|DELETE) (/v1/[\w/{}.-]*[\w}])")
_OPEN = ("GET /v1/health",)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def headings(page: Path) -> Iterator[str]:
    """Yield the anchors of a page, as GitHub makes them of its headings."""
    for title in re.findall(r"^#+ (.*)$", _BLOCK.sub("", page.read_text()), re.MULTILINE):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).replace("`", "")
        yield re.sub(r"[^\w\s-]", "", shown.lower()).replace(" ", "-")


def broken_links(page: Path) -> Iterator[str]:
    for link in _LINK.findall(_BLOCK.sub("", page.read_text())):
        if _ELSEWHERE.match(link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in headings(target)):
            yield link


def is_route(method: str, path: str) -> bool:
    """Tell whether a route is so called, by whatever name its parameters go in a text."""
    shape = re.sub(r"\{[^}]*\}", "{}", path).split("/")
    for known in (*SCOPE_OF_ROUTE, *_OPEN):
        verb, _, there = known.partition(" ")
        parts = re.sub(r"\{[^}]*\}", "{}", there).split("/")
        if verb == method and len(parts) == len(shape):
            pairs = zip(parts, shape, strict=True)
            if all(part in ("{}", said) for part, said in pairs):
                return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert list(broken_links(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = _FILE.findall(page.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", OF_THE_API, ids=name_of)
def test_every_route_that_is_named_is_one_of_the_api(page: Path) -> None:
    named = _ROUTE.findall(page.read_text())
    assert [f"{method} {path}" for method, path in named if not is_route(method, path)] == []


def test_broken_links_and_unknown_routes_are_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Uma página\n[a](gone.md) [b](#uma-página) [c](#outra) [d](page.md)\n")
    assert list(broken_links(page)) == ["gone.md", "#outra"]
    assert is_route("GET", "/v1/invoices/{id}")
    assert not is_route("GET", "/v1/invoice/{id}")
    assert not is_route("DELETE", "/v1/invoices/{id}")
