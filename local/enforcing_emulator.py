"""Run the emulator with IAM enforced, corrected where it refuses what AWS allows.

Two corrections: queue, bucket and topic policies refuse requests that do not come over TLS, and
on the loopback interface there is none, so every request says what a TLS proxy in front would say;
and SQS knows no permission for a batch, which is allowed by that for the single operation.

Run by the emulator's own Python, where nothing of this project can be imported.
"""

from collections.abc import Callable
from typing import Any

from ministack import app as server  # type: ignore[import-not-found] # another environment
from ministack.core import iam_actions  # type: ignore[import-not-found]

TLS = (b"x-forwarded-proto", b"https")

SINGLE_OPERATION = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
"""Source: Amazon SQS Developer Guide, "Amazon SQS API permissions: Actions and resource"."""


def with_tls(application: Callable[..., Any]) -> Callable[..., Any]:
    """Return an ASGI application whose requests look as if they came through a TLS proxy."""

    async def handle(scope: dict[str, Any], *channels: object) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], TLS]}
        await application(scope, *channels)

    return handle


def with_aws_names(extract: Callable[..., str | None]) -> Callable[..., str | None]:
    """Return a finder of a request's IAM action that gives it the name that AWS checks."""

    def find(*arguments: object, **named: object) -> str | None:
        action = extract(*arguments, **named)
        return SINGLE_OPERATION.get(action, action) if action else None

    return find


if __name__ == "__main__":
    server.app = with_tls(server.app)
    iam_actions.extract_iam_action = with_aws_names(iam_actions.extract_iam_action)
    server.main()
