"""The OpenAPI document, completed: what is answered, by whom it may be asked, how it looks.

Powertools describes what the routes take, from their types. This adds everything else: the answers
and errors of `operations`, the operations of other functions, who may call, and the examples.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from regua.domain.access import PLATFORM, TENANT_SCOPES, scope_name
from regua.runtime.access import SCOPE_OF_ROUTE
from regua.runtime.calls import MAX_KEY, SHOWN_ONCE

from . import answers, answers_doors
from .elsewhere import ELSEWHERE, Elsewhere
from .examples import Example, examples
from .operations import OPERATIONS, Operation, Told

Document = dict[str, Any]

TAGS: Mapping[str, str] = {
    "invoices": "What is owed, what was paid, what happened and what comes next",
    "customers": "Who owes it, and how contact with them stands",
    "attending": "What people say about a debt: holds, promises, disputes, results of contacts",
    "rulers": "When and how customers are contacted, in versions",
    "messages": "What was sent, and its evidence",
    "reports": "Signed evidence reports (laudos)",
    "events": "What happened, in order, for who reads it",
    "webhooks": "What happened, told to who subscribes",
    "hooks": "Doors through which other systems tell us",
    "pix": "Charges by Pix, and money that found no invoice",
    "imports": "Files that become invoices and payments",
    "plans": "Contracts that bring an invoice every month",
    "negotiation": "What is offered to settle overdue debts, and the agreements that come of it",
    "page": "How the customer's page looks, and what it and the e-mails say",
    "reconciliation": "What became of every planned contact, and what it cost",
    "creditor": "Your own document, and the domains that you write from",
    "clients": "The machines that act for you",
    "users": "The people who act for you, and their roles",
    "platform": "Setting up tenants, for whoever runs the deployment",
    "health": "Whether the API answers",
}
_OWN_METHODS = ("get", "put", "post", "delete", "patch")
_REF = "#/components/schemas/{model}"
_PROBLEM = "application/problem+json"
_OF_FRAMEWORK = ("HTTPValidationError", "ValidationError", "ResponseValidationError")
_FRAMEWORK_ID = re.compile(r"\W")


def _header(says: str, kind: str) -> Document:
    return {"description": says, "schema": {"type": kind}}


_BY_GATEWAY, _BY_US = ("application/json",), (_PROBLEM,)
_BY_BOTH = (*_BY_GATEWAY, *_BY_US)
ERRORS: Mapping[int, tuple[str, str, tuple[str, ...]]] = {
    401: ("NoToken", "No token, or one that is not valid (said by the gateway)", _BY_GATEWAY),
    403: (
        "Forbidden",
        "The token lacks the scope (said by the gateway), or its owner may not act here",
        _BY_BOTH,
    ),
    409: ("BeingAnswered", "A call with this `Idempotency-Key` is being answered", _BY_US),
    412: ("Precondition", "It is not as `If-Match` expects: read it again", _BY_US),
    413: ("TooLarge", "The body is larger than what is taken", _BY_BOTH),
    415: ("NoJson", "The body is not `application/json`", _BY_US),
    422: ("Invalid", "The input is not valid; every path and reason is listed", _BY_US),
    429: ("TooMany", "Too many requests; wait as long as `Retry-After` says, if it does", _BY_BOTH),
    500: ("Defect", "Something went wrong on our side; it has been recorded", _BY_BOTH),
    503: ("Busy", "Busy; the same call may succeed in a moment", _BY_BOTH),
}
"""Errors that any operation of a kind may answer: a name, what it says, and who says it.

What the gateway in front of us says is its own JSON and no problem document.
"""
_CONFLICT, _GONE = 409, 410
_LIMITED = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_LATER = frozenset({409, 429, 503})
_LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
HEADERS: Mapping[str, Document] = {
    "ETag": _header("Stands for the facts of what is answered; see `If-Match`", "string"),
    "RateLimit-Limit": _header("Calls that the client has in a minute", "integer"),
    "RateLimit-Remaining": _header("Calls that are left of them", "integer"),
    "RateLimit-Reset": _header("Seconds until the next minute begins", "integer"),
    "Retry-After": _header("Seconds to wait before the same call", "integer"),
    "Idempotency-Replayed": _header("`true`: what was answered to the first such call", "string"),
}
_KEY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same call with the same key is done once, and answered alike for a day",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": "^[ -~]+$"},
}
_KEY_OF_SECRET: Document = {
    **_KEY,
    "description": "The same call with the same key is done once; a copy is answered 409 for a "
    "day, because the secret is shown once",
}
_DONE = "It was done under this `Idempotency-Key`: the secret is not shown again"
_IF_MATCH: Document = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "Write only if this is its `ETag` still; `*`: only if there is one",
    "schema": {"type": "string"},
}
_IF_NONE_MATCH: Document = {
    **_IF_MATCH,
    "name": "If-None-Match",
    "description": "`*`: write only if there is none yet",
}
_IF_CHANGED: Document = {
    **_IF_NONE_MATCH,
    "description": "The `ETag` that you have: 304 if it is the same still",
}
_CONDITIONS = ((_IF_MATCH, _IF_NONE_MATCH), (_IF_CHANGED,))
"""What a write takes, and what a read takes."""


def completed(document: Document) -> Document:
    """Return the whole description, from what the framework wrote of the routes."""
    schemas = document["components"]["schemas"]
    for name in _OF_FRAMEWORK:
        schemas.pop(name, None)
    _mended(document)
    types = _Types(schemas)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            operation["operationId"] = _name_of(operation, path, method)
            _without_nulls(operation)
    for other in ELSEWHERE:
        described = document["paths"].setdefault(other.path, {})
        described[other.method.lower()] = _asked_elsewhere(other, types)
    shown = examples()
    for method, path, operation in operations_of(document):
        name = operation["operationId"]
        scope = SCOPE_OF_ROUTE.get(f"{method.upper()} {path}")
        operation["security"] = _security(scope)
        operation["responses"] = {"default": {"description": "Not described"}}
        if name in OPERATIONS:
            shows_secret = f"{method.upper()} {path}" in SHOWN_ONCE
            _complete(method, operation, OPERATIONS[name], types, shows_secret=shows_secret)
            _illustrate(operation, [e for e in shown if e.operation == name])
    document["components"] = {
        "schemas": dict(sorted(schemas.items())),
        "responses": {ERRORS[s][0]: _error(s, ERRORS[s][1], types) for s in ERRORS},
        "headers": dict(HEADERS),
        "securitySchemes": _security_schemes(),
    }
    used = {tag for _, _, operation in operations_of(document) for tag in operation["tags"]}
    document["servers"] = [{"url": "/", "description": "The API's root (`api_url` of the stack)"}]
    document["tags"] = [{"name": t, "description": d} for t, d in TAGS.items() if t in used]
    return document


def operations_of(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Yield every operation's method (lower case), path and description."""
    for path, methods in document["paths"].items():
        for method in _OWN_METHODS:
            if method in methods:
                yield method, path, methods[method]


class _Types:
    """Schemas of types, gathered among the document's components."""

    def __init__(self, schemas: Document) -> None:
        self._schemas = schemas

    def of(self, model: Any, *, is_input: bool = False) -> Document:  # noqa: ANN401 - any type
        """Return the schema of a type, a reference where it has a name.

        Raises:
            TypeError: two types of one name differ.
        """
        schema = TypeAdapter(model).json_schema(
            mode="validation" if is_input else "serialization", ref_template=_REF
        )
        _mended(schema)
        for name, definition in schema.pop("$defs", {}).items():
            self._add(name, definition)
        name = schema.get("title")
        if name is None or schema.get("type") != "object":
            return schema
        self._add(name, schema)
        return {"$ref": _REF.format(model=name)}

    def _add(self, name: str, definition: Document) -> None:
        known = self._schemas.setdefault(name, definition)
        if _said(known) != _said(definition):
            raise TypeError(f"two types are called {name}")


def _mended(schema: Any) -> None:  # noqa: ANN401 - any part of a schema
    """Mend what the libraries write of types.

    The default of a list that may be left out, and must not be empty when it is not, fails its own
    schema. Whole limits are written with a fraction.
    """
    if isinstance(schema, dict):
        if schema.get("default") == [] and schema.get("minItems"):
            del schema["default"]
        for name in _LIMITED & schema.keys():
            if isinstance(schema[name], float) and schema[name].is_integer():
                schema[name] = int(schema[name])
        for part in schema.values():
            _mended(part)
    elif isinstance(schema, list):
        for part in schema:
            _mended(part)


def _said(schema: Document) -> Document:
    return {key: value for key, value in schema.items() if key != "description"}


def _name_of(operation: Document, path: str, method: str) -> str:
    """Return the name of the function behind an operation, which is the operation's."""
    given: str = operation["operationId"]
    return given.removesuffix(f"{_FRAMEWORK_ID.sub('_', path)}_{method}")


def _without_nulls(operation: Document) -> None:
    """Let what may be left out of a query be left out: there is no null in one."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        schema.pop("title", None)
        schema.pop("description", None)
        real = [s for s in schema.get("anyOf", ()) if s != {"type": "null"}]
        if len(real) == 1:
            del schema["anyOf"]
            schema |= real[0]


def _asked_elsewhere(other: Elsewhere, types: _Types) -> Document:
    described: Document = {
        "tags": [other.tag],
        "summary": other.summary,
        "description": other.description,
        "operationId": other.operation_id,
        "parameters": [dict(parameter) for parameter in other.parameters],
    }
    if other.body is not None:
        schema = types.of(other.body, is_input=True)
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return described


def _security(scope: str | None) -> list[Document]:
    return [] if scope is None else [{"client": [scope_name(scope)]}, {"token": []}]


def _complete(
    method: str, operation: Document, told: Operation, types: _Types, *, shows_secret: bool
) -> None:
    """Write what an operation answers."""
    if told.body is not None:
        schema = types.of(told.body, is_input=True)
        operation["requestBody"]["content"] = {"application/json": {"schema": schema}}
    is_post = method == "post" and bool(operation["security"])
    conditions = _CONDITIONS[method == "get"] if told.is_tagged else ()
    key = (_KEY_OF_SECRET if shows_secret else _KEY,) if is_post else ()
    if headers := [*map(dict, conditions), *map(dict, key)]:
        operation.setdefault("parameters", []).extend(headers)
    limits = _LIMITS if operation["security"] else ()
    more = (*limits, *(("Idempotency-Replayed",) if is_post and not shows_secret else ()))
    if told.is_tagged:
        more = ("ETag", *more)
    responses = {status: _answer(t, more, types) for status, t in told.answers.items()}
    if told.is_tagged and method == "get":
        responses[304] = {"description": "You have it already", "headers": _headers(more)}
    for status in _errors_of(method, operation):
        responses[status] = {"$ref": f"#/components/responses/{ERRORS[status][0]}"}
    for status, says in _problems_of(told, shows_secret=shows_secret).items():
        both = f"{says}. {ERRORS[status][1]}" if status in responses else says
        responses[status] = _error(status, both, types)
    operation["responses"] = {str(status): responses[status] for status in sorted(responses)}


def _problems_of(told: Operation, *, shows_secret: bool) -> Mapping[int, str]:
    """Return the problems of an operation's own: a secret that was shown is one."""
    if not shows_secret:
        return told.problems
    says = (told.problems.get(_CONFLICT), _DONE)
    return {**told.problems, _CONFLICT: ". ".join(filter(None, says))}


def _errors_of(method: str, operation: Document) -> Iterator[int]:
    """Yield the errors that an operation may answer because of what it takes."""
    taken = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    if operation["security"]:
        yield from (401, 403)
        if method == "post":
            yield 409
    if taken & {"if-match", "if-none-match"} and method != "get":
        yield 412
    if "requestBody" in operation:
        yield from (413, 415)
    if "requestBody" in operation or taken:
        yield 422
    yield from (429, 500, 503)


def _answer(told: Told, more: tuple[str, ...], types: _Types) -> Document:
    answer: Document = {"description": told.says, "headers": _headers((*told.headers, *more))}
    if told.model is bytes:
        schema: Document = {"type": "string", "contentMediaType": told.media_type}
        answer["content"] = {told.media_type: {"schema": schema}}
    elif told.model is not None:
        answer["content"] = {told.media_type: {"schema": types.of(told.model)}}
    return answer


def _error(status: int, says: str, types: _Types) -> Document:
    problem = answers_doors.ExpiredCursorProblem if status == _GONE else answers.ProblemDocument
    media = ERRORS[status][2] if status in ERRORS else _BY_US
    models: Mapping[tuple[str, ...], Any] = {
        _BY_US: problem,
        _BY_GATEWAY: answers.GatewayMessage,
        _BY_BOTH: problem | answers.GatewayMessage,  # many clients read either as the first of them
    }
    headers = ("Retry-After",) if status in _LATER else ()
    return {
        "description": says,
        "headers": _headers(headers),
        "content": {name: {"schema": types.of(models[media])} for name in media},
    }


def _headers(names: tuple[str, ...]) -> Document:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _security_schemes() -> Document:
    return {
        "client": {
            "type": "oauth2",
            "description": "A machine's own credentials. The path of the address is right; its "
            "host is that of your user pool (`token_url` of the stack).",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": "oauth2/token",
                    "scopes": {
                        scope_name(s): _said_of(s) for s in (*sorted(TENANT_SCOPES), PLATFORM)
                    },
                }
            },
        },
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token that was fetched already, with the scope of the operation",
        },
    }


def _said_of(scope: str) -> str:
    what, _, how = scope.rpartition(".")
    return f"{how.title()} {what}"


def _illustrate(operation: Document, shown: list[Example]) -> None:
    """Show what is sent and what comes back."""
    for example in shown:
        response = operation["responses"].get(str(example.status), {})
        if "content" in response and example.answer is not None:
            entry = {"summary": example.summary, "value": example.answer}
            content = response["content"][example.media_type]
            content.setdefault("examples", {})[example.name] = entry
        if example.body is not None:
            content = operation["requestBody"]["content"]["application/json"]
            asked = {"summary": example.summary, "value": example.body}
            content.setdefault("examples", {})[example.name] = asked
        given = {**example.path, **example.query, **example.headers}
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in given:
                parameter.setdefault("example", given[parameter["name"]])
