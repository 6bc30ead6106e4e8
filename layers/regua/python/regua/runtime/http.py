"""HTTP semantics, in one place: problem documents (RFC 9457) and who is calling."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
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
    Conflict,
    FinalError,
    InvalidInput,
    NotFound,
    Problem,
    ReguaError,
    TemporaryError,
)

PROBLEM_JSON = "application/problem+json"
JSON = "application/json; charset=utf-8"
RETRY_AFTER_SECONDS = 2
EXTERNAL_ID = TypeAdapter[str](ExternalId)


def respond(
    body: Mapping[str, Any] | Sequence[Any], status: HTTPStatus = HTTPStatus.OK
) -> Response[str]:
    """Answer with JSON."""
    text = json.dumps(body, ensure_ascii=False)
    return Response(status_code=status, content_type=JSON, body=text)


def problem(
    status: HTTPStatus, detail: str, *, instance: str, errors: Sequence[Problem] = ()
) -> Response[str]:
    """Answer with a problem document; ``errors`` lists every path and reason."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "instance": instance,
    }
    if errors:
        document["errors"] = [{"path": e.path, "reason": e.reason} for e in errors]
    headers = {"Cache-Control": "no-store"}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return Response(
        status_code=status,
        content_type=PROBLEM_JSON,
        body=json.dumps(document, ensure_ascii=False),
        headers=dict(headers),
    )


def problem_of(error: Exception, *, instance: str) -> Response[str]:
    """Map the domain's errors to HTTP; anything else is a defect and says nothing about itself."""
    match error:
        case InvalidInput(problems=problems):
            return problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "The input is not valid; every path and reason is listed.",
                instance=instance,
                errors=problems,
            )
        case UnregisteredClient():
            detail = "This API client is not registered to any creditor."
            return problem(HTTPStatus.FORBIDDEN, detail, instance=instance)
        case NotFound():
            return problem(HTTPStatus.NOT_FOUND, "No such resource.", instance=instance)
        case Conflict():
            return problem(HTTPStatus.CONFLICT, str(error), instance=instance)
        case TemporaryError():
            return problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "Busy; please try again.", instance=instance
            )
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong on our side; it has been recorded.",
        instance=instance,
    )


class UnregisteredClient(FinalError):
    """The token is good, and its client acts for no creditor."""


def creditor_of(event: APIGatewayProxyEventV2, directory: CreditorDirectory) -> Creditor:
    """Return the creditor that the verified token speaks for.

    Raises:
        UnregisteredClient: it speaks for none.
    """
    try:
        return directory.get(directory.of_client(client_id_of(event)))
    except NotFound as exc:
        raise UnregisteredClient from exc


def client_id_of(event: APIGatewayProxyEventV2) -> str:
    """Return the verified token's client; API Gateway has checked signature, expiry and scope."""
    authorizer = event.request_context.authorizer
    claims = authorizer.jwt_claim if authorizer else None
    return str((claims or {}).get("client_id", ""))


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
    if not isinstance(error, ReguaError):
        logger.error("request failed", exc_info=error)
        metrics.add_metric("api_defects", MetricUnit.Count, 1)
    return problem_of(error, instance=app.current_event.path)


def answered(
    app: APIGatewayHttpResolver,
    event: Mapping[str, Any],
    context: LambdaContext,
    *,
    logger: Logger,
    metrics: Metrics,
) -> dict[str, Any]:
    """Answer one request, count it and log one line about it."""
    answer = app.resolve({**event, "rawPath": encoded_path(event)}, context)
    status = answer["statusCode"]
    metrics.add_metric(f"http_{status // 100}xx", MetricUnit.Count, 1)
    logger.info("request answered", route=event.get("routeKey"), status=status)
    return answer
