"""HTTP semantics, in one place: problem documents (RFC 9457) and who is calling."""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, unquote

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from regua.application.ports import Creditor, CreditorDirectory
from regua.application.wire import ExternalId
from regua.domain.errors import (
    AccountTooLarge,
    Conflict,
    FinalError,
    InvalidInput,
    NotFound,
    PreconditionFailed,
    Problem,
    ReguaError,
    TemporaryError,
)
from regua.runtime.access import Caller, Forbidden, acting_for

PROBLEM_JSON = "application/problem+json"
JSON = "application/json; charset=utf-8"
RETRY_AFTER_SECONDS = 2
RETRY_AFTER = "Retry-After"
EXTERNAL_ID = TypeAdapter[str](ExternalId)

_T = TypeVar("_T")
Event = Mapping[str, Any]
Answer = dict[str, Any]
Gate = Callable[[Event, Callable[[Event], Answer]], Answer]
"""Lets a request through to what answers it, perhaps changed, or answers itself."""


def respond(
    body: Mapping[str, Any] | Sequence[Any], status: HTTPStatus = HTTPStatus.OK
) -> Response[str]:
    """Answer with JSON."""
    text = json.dumps(body, ensure_ascii=False)
    return Response(status_code=status, content_type=JSON, body=text)


class Told(NamedTuple):
    """What a problem document says: its status, a sentence, every path and reason, and headers."""

    status: HTTPStatus
    detail: str
    errors: Sequence[Problem] = ()
    headers: Mapping[str, str] = MappingProxyType({})

    def document(self, instance: str) -> Mapping[str, Any]:
        """Return the problem document."""
        return problem_document(self.status, self.detail, instance=instance, errors=self.errors)


def problem_document(
    status: HTTPStatus, detail: str, *, instance: str, errors: Sequence[Problem] = ()
) -> Mapping[str, Any]:
    """Return a problem document; ``errors`` lists every path and reason."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "instance": instance,
    }
    if errors:
        document["errors"] = [{"path": e.path, "reason": e.reason} for e in errors]
    return document


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    instance: str,
    errors: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """Answer with a problem document; one that may be over in a moment says when to try again."""
    document = problem_document(status, detail, instance=instance, errors=errors)
    headers = {"Cache-Control": "no-store", **(headers or {})}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault(RETRY_AFTER, str(RETRY_AFTER_SECONDS))
    return Response(
        status_code=status,
        content_type=PROBLEM_JSON,
        body=json.dumps(document, ensure_ascii=False),
        headers=dict(headers),
    )


def problem_of(error: Exception, *, instance: str) -> Response[str]:
    """Answer with the problem document of an error."""
    status, detail, errors, headers = told_of(error)
    return problem(status, detail, instance=instance, errors=errors, headers=headers)


def written(error: Exception, event: Event) -> Answer:
    """Write the problem document of an error as a function hands it back to API Gateway."""
    response = problem_of(error, instance=str(event["rawPath"]))
    return {
        "statusCode": int(response.status_code),
        "headers": {**response.headers, "Content-Type": PROBLEM_JSON},
        "body": response.body,
        "isBase64Encoded": False,
        "cookies": [],
    }


def told_of(error: Exception) -> Told:
    """Map the domain's errors to HTTP; anything else is a defect and says nothing about itself."""
    match error:
        case CallRefused(told=told):
            return told
        case InvalidInput(problems=problems):
            detail = "The input is not valid; every path and reason is listed."
            return Told(HTTPStatus.UNPROCESSABLE_ENTITY, detail, problems)
        case Forbidden(detail=detail):
            return Told(HTTPStatus.FORBIDDEN, detail)
        case Conflict():
            return Told(HTTPStatus.CONFLICT, str(error))
    return next((told for kind, told in _TOLD.items() if isinstance(error, kind)), _DEFECT)


_TOLD: Mapping[type[Exception], Told] = {
    NotFound: Told(HTTPStatus.NOT_FOUND, "No such resource."),
    PreconditionFailed: Told(
        HTTPStatus.PRECONDITION_FAILED,
        "The resource is not as you expect it; read it again, then decide again.",
    ),
    AccountTooLarge: Told(
        HTTPStatus.CONFLICT, "The customer has more open invoices than one account can hold."
    ),
    TemporaryError: Told(HTTPStatus.SERVICE_UNAVAILABLE, "Busy; please try again."),
}
_DEFECT = Told(
    HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side; it has been recorded."
)


class CallRefused(FinalError):
    """A call is refused before anybody looks at what it is about: too many, too large, no JSON."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.detail)
        self.told = told


class UnregisteredClient(Forbidden):
    """The token is good, and who it was given to acts for no creditor."""

    detail = "Whoever calls is not registered to any creditor."


def creditor_of(event: APIGatewayProxyEventV2, directory: CreditorDirectory) -> Creditor:
    """Return the creditor that the verified token speaks for: a machine's, or a person's.

    Raises:
        UnregisteredClient: it speaks for none.
        MissingScope: it is a person's whose role lacks the scope of the route.
    """
    try:
        return directory.get(acting_for(Caller.of(event), event.route_key, directory))
    except NotFound as exc:
        raise UnregisteredClient from exc


def under_body(run: Callable[[], _T], path: str = "body") -> _T:
    """Run what reads a part of the body, and tell problems by their path in it.

    Raises:
        InvalidInput: with every path under ``path``.
    """
    try:
        return run()
    except InvalidInput as exc:
        problems = (Problem(f"{path}.{p.path}", p.reason) for p in exc.problems)
        raise InvalidInput(tuple(problems)) from exc


def decoded_id(value: str) -> str:
    """Return an id as the caller means it, held to what any id must be."""
    return EXTERNAL_ID.validate_python(unquote(value))


def encoded_path(event: Mapping[str, Any]) -> str:
    """Return the request's path with its parameters percent-encoded again.

    API Gateway decodes the path once, so a slash inside an id arrives as ``%2F`` when its caller
    wrote ``%252F``; decoded wholly and encoded again, ``12345/01`` stays one segment.
    """
    path = str(event.get("routeKey", "")).partition(" ")[2]
    parameters = event.get("pathParameters") or {}
    if not path:
        return str(event["rawPath"])
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", quote(unquote(unquote(value)), safe=""))
    return path


def failure_of(
    error: Exception, app: APIGatewayHttpResolver, *, logger: Logger, metrics: Metrics
) -> Response[str]:
    """Answer with the problem of an error; one that nobody raised on purpose is logged whole."""
    _report(error, logger, metrics)
    return problem_of(error, instance=app.current_event.path)


def attempted(run: Callable[[], _T], *, logger: Logger, metrics: Metrics) -> _T | Told:
    """Do one part of a request, or tell what is wrong with it, so that other parts go on."""
    try:
        return run()
    except Exception as error:  # noqa: BLE001 - one part that fails keeps no other from being done
        _report(error, logger, metrics)
        return told_of(error)


def _report(error: Exception, logger: Logger, metrics: Metrics) -> None:
    if not isinstance(error, ReguaError):
        logger.error("request failed", exc_info=error)
        metrics.add_metric("api_defects", MetricUnit.Count, 1)


def answered(
    app: APIGatewayHttpResolver,
    event: Mapping[str, Any],
    context: LambdaContext,
    *,
    logger: Logger,
    metrics: Metrics,
    gate: Gate,
) -> dict[str, Any]:
    """Answer one request, count it and log one line about it; ``gate`` decides who gets so far."""
    asked = {**event, "rawPath": encoded_path(event)}
    try:
        answer = gate(asked, lambda admitted: app.resolve(dict(admitted), context))
    except Exception as error:  # noqa: BLE001 - what is in front of the routes may fail too
        _report(error, logger, metrics)
        answer = written(error, asked)
    status = answer["statusCode"]
    metrics.add_metric(f"http_{status // 100}xx", MetricUnit.Count, 1)
    logger.info("request answered", route=event.get("routeKey"), status=status)
    return answer
