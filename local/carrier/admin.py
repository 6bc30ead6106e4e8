"""What tools ask of the carrier: health, topics, pending receipts, behaviours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.carrier.behaviours import CHANNELS, BehaviourBook, parse_behaviour
from local.carrier.web import HttpProblem, Request, Response, Route, json_response

if TYPE_CHECKING:
    from local.carrier.publisher import Topics
    from local.carrier.receipts import ReceiptQueue

TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True)
class Admin:
    """The routes that steer the carrier."""

    topics: Topics
    receipts: ReceiptQueue
    behaviours: BehaviourBook

    def routes(self) -> list[Route]:
        """Return the administrative routes."""
        return [
            Route("GET", re.compile("/health"), self.health),
            Route("POST", re.compile("/admin/topic"), self.set_topic),
            Route("GET", re.compile("/admin/pending"), self.pending),
            Route("POST", re.compile("/admin/release"), self.release),
            Route("GET", re.compile("/behaviours"), self.list_behaviours),
            Route("POST", re.compile("/behaviours"), self.add_behaviour),
            Route("DELETE", re.compile("/behaviours"), self.clear_behaviours),
        ]

    def health(self, request: Request) -> Response:  # noqa: ARG002 - the signature of a handler
        """Say that the carrier is up, and which topics it publishes to."""
        topics = {channel: self.topics.get(channel) for channel in CHANNELS}
        return json_response(
            {"status": "ok", "topics": {k: v for k, v in topics.items() if v is not None}}
        )

    def set_topic(self, request: Request) -> Response:
        """Publish a channel's receipts (e-mail when it is not named) to this topic from now on."""
        document = request.json()
        topic_arn = document.get("topic_arn") if isinstance(document, dict) else None
        if not isinstance(topic_arn, str) or not TOPIC_ARN.fullmatch(topic_arn):
            errors = [{"path": "topic_arn", "reason": "must be the ARN of an SNS topic"}]
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "the topic is not valid", errors)
        channel = document.get("channel", "email")
        if channel not in CHANNELS:
            errors = [{"path": "channel", "reason": f"must be one of {', '.join(CHANNELS)}"}]
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "the topic is not valid", errors)
        self.topics.set(channel, topic_arn)
        self.receipts.wake()
        return json_response({"channel": channel, "topic_arn": topic_arn})

    def pending(self, request: Request) -> Response:  # noqa: ARG002 - the signature of a handler
        """Count the receipts that are not published yet."""
        return json_response({"pending": self.receipts.pending()})

    def release(self, request: Request) -> Response:  # noqa: ARG002 - the signature of a handler
        """Publish held-back receipts now."""
        return json_response({"released": self.receipts.release()})

    def list_behaviours(self, request: Request) -> Response:  # noqa: ARG002 - as above
        """List the active rules, the one that wins first."""
        return json_response(self.behaviours.documents())

    def add_behaviour(self, request: Request) -> Response:
        """Make later sends behave so."""
        added = self.behaviours.add(parse_behaviour(request.json()))
        return json_response(added.to_document(added.times), status=HTTPStatus.CREATED)

    def clear_behaviours(self, request: Request) -> Response:  # noqa: ARG002 - as above
        """Forget every rule."""
        self.behaviours.clear()
        return Response(HTTPStatus.NO_CONTENT)
