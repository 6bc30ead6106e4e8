"""HTTP semantics, in one place: problem documents (RFC 9457) and who is calling."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from regua.domain.errors import Conflict, InvalidInput, NotFound, Problem, TemporaryError

PROBLEM_JSON = "application/problem+json"
JSON = "application/json; charset=utf-8"
RETRY_AFTER_SECONDS = 2


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


def client_id_of(event: APIGatewayProxyEventV2) -> str:
    """Return the verified token's client; API Gateway has checked signature, expiry and scope."""
    authorizer = event.request_context.authorizer
    claims = authorizer.jwt_claim if authorizer else None
    return str((claims or {}).get("client_id", ""))
