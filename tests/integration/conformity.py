"""Hold what the API answers against its own description.

The description is open: whoever reads an answer must expect new fields. Here it is closed, so that
a field that nobody described fails the test that sees it.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from functions.api import handler
from functions.api.described import operations_of
from functions.api.operations import OPERATIONS

_DOCUMENT = "urn:regua:openapi"
_SCHEMA = f"{_DOCUMENT}#/components/schemas/"


@cache
def document() -> dict[str, Any]:
    """Return the description, closed."""
    described: dict[str, Any] = json.loads(handler.openapi())
    for schema in described["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return described


@cache
def _operations() -> Mapping[tuple[str, str], Mapping[str, Any]]:
    found = {(m.upper(), path): o for m, path, o in operations_of(document())}
    return {key: o for key, o in found.items() if o["operationId"] in OPERATIONS}


@cache
def _validator(status: str, method: str, path: str, media_type: str) -> Draft202012Validator | None:
    """Return what checks an answer; None for one whose form is nothing JSON knows."""
    responses = _operations()[method, path]["responses"]
    where = f"{method} {path}"
    assert status in responses, f"{where} answered {status}: see functions/api/operations.py"
    response = responses[status]
    if "$ref" in response:
        response = document()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    content = response.get("content", {})
    assert media_type in content, f"{where} answered {status} with {media_type}: {list(content)}"
    schema = content[media_type]["schema"]
    return None if "contentMediaType" in schema else validator_of(schema)


def validator_of(schema: Mapping[str, Any]) -> Draft202012Validator:
    """Return what checks a schema of the description, with everything it refers to."""
    registry = Registry().with_resource(
        _DOCUMENT, Resource.from_contents(document(), default_specification=DRAFT202012)
    )
    absolute = json.loads(json.dumps(schema).replace("#/components/schemas/", _SCHEMA))
    return Draft202012Validator(absolute, registry=registry, format_checker=FormatChecker())


def assert_answer_as_described(method: str, path: str, answer: Mapping[str, Any]) -> None:
    """Do the same with what a function hands back to API Gateway."""
    headers = headers_of(answer)
    text = answer.get("body") or ""
    is_json = "json" in headers.get("content-type", "")
    body = json.loads(text) if is_json else text
    assert_as_described(method, path, answer["statusCode"], headers, body)


def headers_of(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return an answer's headers by lower-case name."""
    several = answer.get("multiValueHeaders", {})
    one_each = {
        **answer.get("headers", {}),
        **{name: values[0] for name, values in several.items()},
    }
    return {name.lower(): value for name, value in one_each.items()}


def assert_as_described(
    method: str, path: str, status: int, headers: Mapping[str, str], body: object
) -> None:
    """Fail when an answer is not what the description of its operation says.

    Args:
        method: in upper case.
        path: as the route has it, with its parameters in braces.
        status: what was answered.
        headers: by lower-case name.
        body: read from JSON; text where it is none.
    """
    if (method, path) not in _operations():
        return
    media_type = headers.get("content-type", "").partition(";")[0]
    if not media_type and not body:
        assert str(status) in _operations()[method, path]["responses"], (method, path, status)
        return
    validator = _validator(str(status), method, path, media_type)
    if validator is None:
        return
    wrong = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(body)]
    assert not wrong, f"{method} {path} {status}, see functions/api/answers*.py: {wrong[:5]}"
