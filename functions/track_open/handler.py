"""Pixel, click and unsubscribe: parse, delegate, answer, count.

Standard library only: a recipient waits for the import on every cold start, so neither boto3 nor
Powertools is on its path (architecture D13).
"""

import os
from functools import cache
from typing import Any

from regua.adapters.aws_http import (
    SECRETS_MANAGER,
    SQS,
    AwsJsonClient,
    QueueSender,
    SecretReader,
)
from regua.domain.tokens import HitKind
from regua.runtime.public_http import Response

from . import journal, responses
from .keyring import Keyring
from .request import Route, Visit
from .settings import TrackOpenSettings
from .tracking import Answer, Tracker


@cache
def wire() -> tuple[TrackOpenSettings, Tracker]:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = TrackOpenSettings.from_environment(os.environ)
    secret = SecretReader(AwsJsonClient(SECRETS_MANAGER), settings.tracking_secret_arn)
    hits = QueueSender(AwsJsonClient(SQS), settings.hits_queue_url)
    return settings, Tracker(Keyring(secret.read), hits)


def lambda_handler(event: dict[str, Any], context: object) -> Response:
    """Answer one request; a pixel is answered with the same pixel whatever happens."""
    route = Route.of(event)
    try:
        settings, tracker = wire()
        answer = tracker.answer(route, Visit.of(event, allow_as_of=settings.allow_as_of))
    except Exception as exc:  # noqa: BLE001 - a recipient is never shown a defect; it is logged
        answer = Answer(responses.unavailable(), fields={"outcome": "failed"}, failure=exc)
    response = responses.pixel() if route.kind is HitKind.OPEN else answer.response
    _log(context, route, answer, response["statusCode"])
    return response


def _log(context: object, route: Route, answer: Answer, status: int) -> None:
    """Write the invocation's one line, at the level that its failure deserves."""
    fields = {
        "request_id": route.request_id,
        "function_request_id": getattr(context, "aws_request_id", None),
        "kind": route.kind,
        "method": route.method,
        "status": status,
        **answer.fields,
        **(journal.describe(answer.failure) if answer.failure else {}),
    }
    level = "ERROR" if answer.failure else "INFO"
    journal.write(level, route.epoch_ms, fields, answer.metrics)
