"""The door for other systems: who may come in is checked, what they bring is kept, and no more.

It answers 200 once the body and its message are kept, and 503 when they are not, so that the other
side posts again: nothing is lost, and nobody waits for what follows. An unknown key and a wrong
proof are the same 404. What proves who posts stays here: no header goes any further.
"""

import hashlib
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from regua.adapters.clock import SystemClock
from regua.adapters.dynamodb_hooks import DynamoHooks
from regua.adapters.pix_queues import SqsInboundQueue
from regua.adapters.s3_bodies import S3Bodies
from regua.application.connect.signature import check_sender
from regua.application.hook_ports import BodyStore, Hook, HookStore
from regua.application.hook_proof import is_proven, key_hash
from regua.application.inbound_pix import Posted
from regua.application.pix_ports import InboundQueue
from regua.domain.errors import InvalidInput, TemporaryError
from regua.runtime import clients
from regua.runtime.public_http import NOT_STORED, RETRY_AFTER_SECONDS, Response, response
from regua.runtime.settings import ReceiveWebhookSettings

from .request import BodyTooLarge, Post

logger = Logger()
metrics = Metrics()
clock = SystemClock()
_JSON = {"content-type": "application/json", **NOT_STORED}
_ALLOWED = frozenset({"POST"})


class Wired(NamedTuple):
    """What the door works with."""

    hooks: HookStore
    bodies: BodyStore
    inbound: InboundQueue


@cache
def wire() -> Wired:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = ReceiveWebhookSettings.from_environment()
    return Wired(
        DynamoHooks(clients.dynamodb(), settings.exchange_table),
        S3Bodies(clients.s3(), settings.files_bucket),
        SqsInboundQueue(clients.sqs(), settings.inbound_queue_url),
    )


def answer(event: dict[str, Any]) -> tuple[str, Response]:
    """Answer one post; also return what became of it, as its metric is named."""
    now = clock.now()
    try:
        post = Post.of(event)
    except BodyTooLarge:
        return "inbound_too_large", _said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    hook = _opened(post, now)
    if hook is None:
        return "inbound_unknown", _said(HTTPStatus.NOT_FOUND)
    if post.method not in _ALLOWED:
        return "inbound_method_unknown", _said(HTTPStatus.METHOD_NOT_ALLOWED)
    logger.append_keys(creditor_id=hook.creditor_id, hook_id=hook.hook_id, kind=hook.kind)
    _keep(hook, post, now)
    return "inbound_kept", _said(HTTPStatus.OK)


def _opened(post: Post, now: datetime) -> Hook | None:
    if post.key is None:
        return None
    hook = wire().hooks.find(key_hash(post.key))
    if hook is None or (hook.ends_at is not None and hook.ends_at <= now):
        return None
    try:
        check_sender(hook.kind, hook.settings, post.body, post.headers)
    except InvalidInput:
        return None
    return hook if is_proven(hook, post.headers, post.body) else None


def _keep(hook: Hook, post: Post, now: datetime) -> None:
    """Keep the body, then name it; the same body on one day is one object."""
    digest = hashlib.sha256(post.body).hexdigest()
    day = now.astimezone(UTC).date().isoformat()
    ref = f"inbound/{hook.creditor_id}/{hook.hook_id}/{day}/{digest}"
    wire().bodies.keep(ref, post.body)
    posted = Posted(
        creditor=hook.creditor_id,
        hook_id=hook.hook_id,
        ref=ref,
        received_at=now,
    )
    wire().inbound.send([posted.model_dump(mode="json", exclude_none=True)])


def _said(status: HTTPStatus) -> Response:
    headers = dict(_JSON)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = str(RETRY_AFTER_SECONDS)
    return response(status, headers, "{}")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer one post and log one line about it."""
    del context
    try:
        outcome, answered = answer(event)
    except (TemporaryError, ClientError, BotoCoreError) as exc:
        outcome, answered = "inbound_not_kept", _said(HTTPStatus.SERVICE_UNAVAILABLE)
        logger.warning("post not kept", error=type(exc).__name__)
    except Exception:
        outcome, answered = "inbound_not_kept", _said(HTTPStatus.SERVICE_UNAVAILABLE)
        logger.exception("post not kept")
    metrics.add_metric(outcome, MetricUnit.Count, 1)
    logger.info("post answered", outcome=outcome, status=answered["statusCode"])
    return answered
