"""Routes about webhooks: addresses that are told about events, and what became of each."""

import secrets
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import ConfigDict, Field

from regua.adapters.dynamodb_deliveries import DynamoDeliveries
from regua.adapters.dynamodb_endpoints import DynamoEndpoints
from regua.adapters.dynamodb_feed import DynamoFeed
from regua.adapters.webhook_queue import SqsEndpointQueue
from regua.adapters.webhook_sender import SafeTargets
from regua.application.manage_webhooks import ManageWebhooks, Span, Wanted
from regua.application.webhook_ports import EndpointKey
from regua.application.webhook_views import delivery_view, endpoint_view
from regua.application.wire import Instant, Message
from regua.domain.web_targets import MAX_URL
from regua.domain.webhook_delivery import Circuit, DeliveryStatus
from regua.domain.webhook_endpoint import Endpoint
from regua.runtime import clients
from regua.runtime.http import respond

from . import context
from .context import Limit, app, caller, clock

MAX_CURSOR = 400
EndpointId = Annotated[str, Path(pattern=r"^we_[0-9a-f]{32}$", description="An endpoint's id")]
DeliveryId = Annotated[
    str, Path(pattern=r"^dlv_\d{13}_[0-9a-f]{32}$", description="A delivery's id")
]
Status = Annotated[DeliveryStatus | None, Query(description="Only deliveries that stand so")]
Cursor = Annotated[
    str | None,
    Query(max_length=MAX_CURSOR, description="The `cursor` of the page before, unchanged"),
]
EventType = Annotated[str, Field(min_length=1, max_length=64)]


class WebhookBody(Message):
    """Where to send which events."""

    url: str = Field(
        min_length=1,
        max_length=MAX_URL,
        description="HTTPS, at a public address, port 443 or one from 1024 on",
    )
    events: tuple[EventType, ...] = Field(
        default=("*",),
        min_length=1,
        max_length=64,
        description="Types of events; `*` is every one, those of the future too",
    )
    description: str = Field(default="", max_length=200)

    def wanted(self) -> Wanted:
        """Return it as the use case takes it."""
        return Wanted(self.url, tuple(dict.fromkeys(self.events)), self.description)


class ReplayBody(Message):
    """Which events to deliver again: after a cursor of the feed, or fed in a span of time."""

    model_config = ConfigDict(
        serialize_by_alias=True, validate_by_name=True, validate_by_alias=True
    )

    after: str | None = Field(default=None, min_length=1, max_length=MAX_CURSOR)
    start: Instant | None = Field(default=None, alias="from")
    end: Instant | None = Field(default=None, alias="to", description="Not included")


@cache
def desk() -> ManageWebhooks:
    """Build what manages endpoints; tests replace this one function."""
    settings = context.wire().settings
    dynamodb, table = clients.dynamodb(), settings.exchange_table
    return ManageWebhooks(
        endpoints=DynamoEndpoints(dynamodb, table),
        deliveries=DynamoDeliveries(dynamodb, table),
        feed=DynamoFeed(dynamodb, table),
        queue=SqsEndpointQueue(clients.sqs(), settings.webhook_queue_url),
        targets=SafeTargets(private=settings.private_targets),
        random_bytes=secrets.token_bytes,
    )


@app.post("/v1/webhooks", tags=["webhooks"], summary="Subscribe to events")
def post_webhook(body: WebhookBody) -> Response[Any]:
    """Answer the endpoint with the secret that signs; the secret is shown this once.

    Signatures are those of Standard Webhooks.
    """
    endpoint = desk().subscribe(caller().creditor_id, body.wanted(), clock.now())
    return respond(_with_secret(endpoint), HTTPStatus.CREATED)


@app.get("/v1/webhooks", tags=["webhooks"], summary="Every endpoint")
def get_webhooks() -> Response[Any]:
    """Answer every endpoint, oldest first, without secrets."""
    found = desk().endpoints.of(caller().creditor_id)
    return respond({"webhooks": [_told(endpoint) for endpoint in found]})


@app.get("/v1/webhooks/<webhook_id>", tags=["webhooks"], summary="Read an endpoint")
def get_webhook(webhook_id: EndpointId) -> Response[Any]:
    """Answer the endpoint and how it has behaved, without secrets."""
    return respond(_told(desk().get(_key(webhook_id))))


@app.put("/v1/webhooks/<webhook_id>", tags=["webhooks"], summary="Change an endpoint")
def put_webhook(webhook_id: EndpointId, body: WebhookBody) -> Response[Any]:
    """Answer the endpoint as it is now; its secret stays, and it is tried at once."""
    return respond(_told(desk().change(_key(webhook_id), body.wanted(), clock.now())))


@app.delete("/v1/webhooks/<webhook_id>", tags=["webhooks"], summary="Unsubscribe")
def delete_webhook(webhook_id: EndpointId) -> Response[Any]:
    """Answer its id: nothing is sent to the endpoint any more."""
    desk().remove(_key(webhook_id))
    return respond({"id": webhook_id, "deleted": True})


@app.post(
    "/v1/webhooks/<webhook_id>/rotate-secret", tags=["webhooks"], summary="Sign with a new secret"
)
def post_rotate_secret(webhook_id: EndpointId) -> Response[Any]:
    """Answer the new secret, shown this once; for 24 hours the one before signs too."""
    return respond(_with_secret(desk().rotate_secret(_key(webhook_id), clock.now())))


@app.post("/v1/webhooks/<webhook_id>/ping", tags=["webhooks"], summary="Try an endpoint")
def post_ping(webhook_id: EndpointId) -> Response[Any]:
    """Answer the delivery of a message of type `ping`, which is sent at once."""
    return respond(delivery_view(desk().ping(_key(webhook_id), clock.now())), HTTPStatus.ACCEPTED)


@app.post("/v1/webhooks/<webhook_id>/enable", tags=["webhooks"], summary="Send again")
def post_enable(webhook_id: EndpointId) -> Response[Any]:
    """Answer the endpoint, enabled; events of the meantime are for `replay` to deliver."""
    return respond(_told(desk().enable(_key(webhook_id), clock.now())))


@app.get("/v1/webhooks/<webhook_id>/deliveries", tags=["webhooks"], summary="What became of events")
def get_deliveries(
    webhook_id: EndpointId, status: Status = None, limit: Limit = 50, cursor: Cursor = None
) -> Response[Any]:
    """Answer deliveries, newest first, with their last attempts; they are kept for 30 days.

    With `status` a page may hold fewer than asked for while it has a cursor.
    """
    return respond(desk().list_deliveries(_key(webhook_id), status, cursor, limit))


@app.post(
    "/v1/webhooks/<webhook_id>/deliveries/<delivery_id>/redeliver",
    tags=["webhooks"],
    summary="Send an event once more",
)
def post_redeliver(webhook_id: EndpointId, delivery_id: DeliveryId) -> Response[Any]:
    """Answer the delivery, pending again whatever became of it; its `webhook-id` is the same."""
    asked = desk().redeliver(_key(webhook_id), delivery_id, clock.now())
    return respond(delivery_view(asked), HTTPStatus.ACCEPTED)


@app.post("/v1/webhooks/<webhook_id>/replay", tags=["webhooks"], summary="Deliver events again")
def post_replay(webhook_id: EndpointId, body: ReplayBody) -> Response[Any]:
    """Answer how many events of the feed are delivered again, and the `next` cursor to go on."""
    span = Span(body.after, body.start, body.end)
    return respond(desk().replay(_key(webhook_id), span, clock.now()), HTTPStatus.ACCEPTED)


def _key(webhook_id: str) -> EndpointKey:
    return EndpointKey(caller().creditor_id, webhook_id)


def _told(endpoint: Endpoint) -> dict[str, Any]:
    key = EndpointKey(endpoint.creditor_id, endpoint.id)
    return dict(endpoint_view(endpoint, desk().circuit(key)))


def _with_secret(endpoint: Endpoint) -> dict[str, Any]:
    return {**endpoint_view(endpoint, Circuit()), "secret": endpoint.secrets[0].text}
