"""What Lambda hands to a function, and what a function prints for CloudWatch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[1] / "events"
ARN = "arn:aws:sqs:us-east-1:000000000000:regua-email"


@dataclass
class Context:
    """The runtime's context object."""

    function_name: str = "funcao"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:funcao"
    aws_request_id: str = "pedido-1"
    remaining_milliseconds: list[int] = field(default_factory=lambda: [60_000])

    def get_remaining_time_in_millis(self) -> int:
        """Return the time left; the last value stays."""
        if len(self.remaining_milliseconds) > 1:
            return self.remaining_milliseconds.pop(0)
        return self.remaining_milliseconds[0]


def recorded(name: str) -> dict[str, Any]:
    """Return a recorded event of tests/events."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def sqs_event(*bodies: object) -> dict[str, Any]:
    """Return an SQS event; a body that is no text is written as JSON."""
    return {
        "Records": [
            {
                "messageId": f"m{n}",
                "receiptHandle": f"r{n}",
                "body": body if isinstance(body, str) else json.dumps(body),
                "eventSourceARN": ARN,
                "eventSource": "aws:sqs",
                "attributes": {"ApproximateReceiveCount": "1"},
            }
            for n, body in enumerate(bodies)
        ]
    }


def failures(response: Mapping[str, Any]) -> list[str]:
    """Return which records go back to the queue."""
    return [f["itemIdentifier"] for f in response["batchItemFailures"]]


@dataclass(frozen=True)
class Printed:
    """The log lines and the metrics of one or more invocations."""

    text: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return every JSON line."""
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]

    @property
    def metrics(self) -> dict[str, float]:
        """Return the sum of every metric, by name."""
        sums: dict[str, float] = {}
        for line in self.lines:
            if "_aws" not in line:
                continue
            for directive in line["_aws"]["CloudWatchMetrics"]:
                for metric in directive["Metrics"]:
                    values = line[metric["Name"]]
                    found = sum(values) if isinstance(values, list) else values
                    sums[metric["Name"]] = sums.get(metric["Name"], 0) + found
        return sums

    @property
    def logs(self) -> list[dict[str, Any]]:
        """Return the log lines alone."""
        return [line for line in self.lines if "_aws" not in line]

    def assert_no_personal_data(self, *more: str) -> None:
        """Fail when a log or a metric names somebody."""
        for text in ("Maria", "Silva", "52998224725", "529.982.247-25", "maria@", "98765", *more):
            assert text not in self.text
