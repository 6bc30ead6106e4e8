"""The API's description is complete and true: its routes, answers, scopes and examples."""

import base64
import gzip
import json
import re
from collections import Counter
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from functions.api import context, docs_page, handler
from functions.api.described import completed, operations_of
from functions.api.elsewhere import ELSEWHERE
from functions.api.examples import Example, examples
from functions.api.operations import OPERATIONS
from infra.constructs.http_api import ROUTES
from regua.domain.access import scope_name
from regua.runtime.calls import SHOWN_ONCE
from tests.integration.api_client import PARAMETER, wired
from tests.integration.conformity import (
    assert_as_described,
    document,
    headers_of,
    validator_of,
)
from tests.integration.conftest import World
from tests.integration.lambdas import Context, recorded
from tests.integration.tour import api_in_memory, places, same, told

MOST_BYTES = 5_000_000
"""Lambda takes 6 MB; half a page would be an error of the gateway's."""
_DOCS = ("/docs", "/docs/start.js", "/docs/swagger-ui.css", "/docs/swagger-ui.js")
_OPERATIONS = list(operations_of(json.loads(handler.openapi())))
_IDS = [operation["operationId"] for _, _, operation in _OPERATIONS]


# ── completeness ────────────────────────────────────────────────────────────────────────────────


def test_it_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(json.loads(handler.openapi())).validate()


def test_every_operation_says_what_it_answers() -> None:
    """Who adds a route adds it to functions/api/operations.py, and its types to answers.py."""
    assert set(_IDS) == set(OPERATIONS)


def test_every_part_that_operations_belong_to_is_described() -> None:
    described = {tag["name"] for tag in json.loads(handler.openapi())["tags"]}
    assert described == {tag for _, _, operation in _OPERATIONS for tag in operation["tags"]}


def test_every_operation_is_called_by_one_clean_name() -> None:
    assert max(Counter(_IDS).values()) == 1
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in _IDS)


def test_every_operation_asks_for_the_scope_that_the_gateway_asks_for() -> None:
    described = {(m.upper(), path): o["security"] for m, path, o in _OPERATIONS}
    deployed = {
        (method.value, route.path): [{"client": [scope_name(route.scope)]}, {"token": []}]
        if route.scope
        else []
        for route in ROUTES
        for method in route.methods
    }
    assert described == {key: deployed[key] for key in described}


def test_what_shows_a_secret_once_says_that_a_copy_is_refused() -> None:
    shown = {
        f"{method.upper()} {path}"
        for method, path, operation in operations_of(document())
        if method == "post" and "shown this once" in json.dumps(operation["responses"])
    }
    assert shown == SHOWN_ONCE
    for method, path, operation in operations_of(document()):
        if f"{method.upper()} {path}" in SHOWN_ONCE:
            assert "not shown again" in operation["responses"]["409"]["description"], path
            assert "Idempotency-Replayed" not in json.dumps(operation["responses"]), path


def test_every_operation_of_the_function_is_shown_by_an_example() -> None:
    """Who adds a route adds it to the story in functions/api/examples.json."""
    elsewhere = {other.operation_id for other in ELSEWHERE}
    assert {e.operation for e in examples()} == set(_IDS) - elsewhere


def test_every_parameter_of_a_path_is_described() -> None:
    for _, path, operation in _OPERATIONS:
        named = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
        assert named == set(PARAMETER.findall(path)), path


def test_what_stands_in_it_twice_is_the_same() -> None:
    """Two types of one name would otherwise describe each other's answers."""
    described = json.loads(handler.openapi())
    del described["components"]["schemas"]["ProblemDocument"]["properties"]["status"]
    with pytest.raises(TypeError, match="ProblemDocument"):
        completed(described)


# ── examples ────────────────────────────────────────────────────────────────────────────────────


def test_the_examples_are_what_is_answered() -> None:
    """If they should be different now: python -m tests.integration.tour."""
    with api_in_memory(World()) as gateway:
        for shown, now in zip(examples(), told(gateway, examples()), strict=True):
            name = f"{shown.operation} ({shown.name})"
            assert now.status == shown.status, (name, now.answer)
            assert same(now.answer, shown.answer), name


@pytest.mark.parametrize("example", examples(), ids=lambda e: f"{e.operation}-{e.name}")
def test_the_examples_are_as_described(example: Example) -> None:
    method, path = places()[example.operation]
    headers = {"content-type": example.media_type} if example.answer is not None else {}
    assert_as_described(method, path, example.status, headers, example.answer)
    if example.body is None or example.status == 422:
        return
    described = document()["paths"][path][method.lower()]["requestBody"]
    schema = described["content"]["application/json"]["schema"]
    validator_of(schema).validate(example.body)


def test_the_examples_use_reserved_names_only() -> None:
    text = json.dumps([e.__dict__ for e in examples()], ensure_ascii=False)
    for domain in re.findall(r"(?:@|https?://)([a-z0-9-]+\.[a-z0-9.-]+)", text):
        named = domain.rstrip(".")  # of a sentence
        assert named.endswith((".example.com.br", ".example.com", ".example")), domain


# ── the page ────────────────────────────────────────────────────────────────────────────────────


def get(path: str, **headers: str) -> dict[str, Any]:
    """Fetch a page as the gateway passes it on: without a token."""
    event = recorded("http_request")
    del event["requestContext"]["authorizer"]
    event["routeKey"] = event["requestContext"]["routeKey"] = f"GET {path}"
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["headers"] |= headers
    answer: dict[str, Any] = handler.lambda_handler(event, Context())
    assert answer["statusCode"] == 200
    return answer


@pytest.fixture
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = wired(world)
    monkeypatch.setattr(context, "wire", lambda: parts)


@pytest.mark.usefixtures("_wired")
@pytest.mark.parametrize("path", [*_DOCS, "/openapi.json"])
@pytest.mark.parametrize("encoding", ["identity", "gzip, deflate, br"])
def test_the_page_and_its_parts_are_open_and_small_enough(path: str, encoding: str) -> None:
    answer = get(path, **{"accept-encoding": encoding})
    assert len(json.dumps(answer)) < MOST_BYTES
    headers = headers_of(answer)
    if headers.get("content-encoding") == "gzip":
        assert gzip.decompress(base64.b64decode(answer["body"]))
        assert len(answer["body"]) < MOST_BYTES / 5


@pytest.mark.usefixtures("_wired")
@pytest.mark.parametrize("path", _DOCS)
def test_the_page_loads_nothing_from_elsewhere(path: str) -> None:
    policy = headers_of(get(path))["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self';" in policy
    for page in (docs_page.PAGE, docs_page.START):
        assert not re.search(r"https?://|//[a-z]", page)
        assert "<script>" not in page


@pytest.mark.usefixtures("_wired")
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/docs", "text/html"),
        ("/docs/start.js", "text/javascript"),
        ("/docs/swagger-ui.css", "text/css"),
        ("/docs/swagger-ui.js", "text/javascript"),
    ],
)
def test_each_part_says_what_it_is(path: str, kind: str) -> None:
    headers = headers_of(get(path))
    assert headers["content-type"] == f"{kind}; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
