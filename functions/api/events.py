"""Routes about the feed: what happened, in order, read by cursor or by name and acknowledged."""

import json
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import Field

from regua.adapters.dynamodb_feed import DynamoFeed
from regua.application.outgoing import PUBLIC_EVENTS
from regua.application.read_events import ReadEvents, Wish
from regua.application.wire import Message
from regua.domain.errors import InvalidInput
from regua.domain.feed import ExpiredCursor
from regua.runtime import clients
from regua.runtime.http import problem, respond

from . import context
from .context import app, caller, clock

CONSUMER = r"^[a-z0-9][a-z0-9_-]{0,63}$"
MAX_CURSOR = 400
After = Annotated[
    str | None,
    Query(max_length=MAX_CURSOR, description="`next` of the part before, or an event's `cursor`"),
]
Consumer = Annotated[
    str | None,
    Query(pattern=CONSUMER, description="Go on after what this consumer acknowledged"),
]
Types = Annotated[
    str | None,
    Query(max_length=2_000, description="Only these types, separated by commas"),
]
Limit = Annotated[int, Query(ge=1, le=500, description="How many at the most")]
ConsumerName = Annotated[str, Path(pattern=CONSUMER, description="The name of a consumer")]


class AckBody(Message):
    """Up to where a consumer has everything."""

    consumer: str = Field(pattern=CONSUMER)
    cursor: str = Field(min_length=1, max_length=MAX_CURSOR)
    rewind: bool = Field(default=False, description="Whether the consumer may go back, too")


@cache
def desk() -> ReadEvents:
    """Build what reads the feed; tests replace this one function."""
    return ReadEvents(DynamoFeed(clients.dynamodb(), context.wire().settings.exchange_table))


@app.get("/v1/events", tags=["events"], summary="Read what happened")
def get_events(
    after: After = None,
    consumer: Consumer = None,
    types: Types = None,
    limit: Limit = 100,
) -> Response[Any]:
    """Answer events in the order of the feed, from the oldest kept one or after a cursor.

    `next` is where to go on, whether or not there is more by now: ask again with it as `after`.
    Numbers (`seq`) have no gaps. An event is kept for 30 days and may come twice, always with the
    same `id`. With `types` a part may hold fewer than asked for while `has_more` is true.
    """
    creditor_id = caller().creditor_id
    wish = Wish(limit, after, consumer, _types(types))
    return respond(desk()(creditor_id, wish, clock.now()))


def _types(text: str | None) -> frozenset[str]:
    wanted = frozenset(filter(None, (text or "").split(",")))
    if not wanted <= PUBLIC_EVENTS:
        raise InvalidInput.at("query.types", "names a type of event that there is not")
    return wanted


@app.post("/v1/events/ack", tags=["events"], summary="Acknowledge events")
def post_ack(body: AckBody) -> Response[Any]:
    """Answer where the consumer stands; a cursor behind that changes nothing without `rewind`."""
    creditor_id = caller().creditor_id
    stands = desk().acknowledge(
        creditor_id, body.consumer, body.cursor, clock.now(), rewind=body.rewind
    )
    return respond(stands)


@app.get("/v1/events/consumers", tags=["events"], summary="Who reads the feed by name")
def get_consumers() -> Response[Any]:
    """Answer every consumer, where it stands and how many events it is behind."""
    return respond({"consumers": desk().consumers(caller().creditor_id)})


@app.delete("/v1/events/consumers/<name>", tags=["events"], summary="Forget a consumer")
def delete_consumer(name: ConsumerName) -> Response[Any]:
    """Answer its name: under it, reading begins with the oldest event again."""
    desk().forget(caller().creditor_id, name)
    return respond({"consumer": name, "deleted": True})


@app.exception_handler(ExpiredCursor)  # type: ignore[untyped-decorator]  # Powertools'
def _expired(error: ExpiredCursor) -> Response[str]:
    """Answer 410: the events after a cursor are gone, and `oldest` is where the kept ones begin."""
    said = "Events after this cursor are kept no more; go on with `oldest` as cursor."
    answer = problem(HTTPStatus.GONE, said, instance=app.current_event.path)
    document = {**json.loads(answer.body or "{}"), "oldest": error.oldest}
    answer.body = json.dumps(document, ensure_ascii=False)
    return answer
