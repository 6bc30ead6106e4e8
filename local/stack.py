"""A running local cloud as other programs see it: names, clients, and the few things done to it.

The description is `.local/stack.json`. The demo, the end-to-end tests and the commands all reach
the cloud through here.
"""

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local import aws
from local.place import LocalError, Place

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

DEAD_LETTERS = "_dlq"
UNDELIVERED = "undelivered"
"""The bus's dead-letter queue: it belongs to no worker."""

DRAIN_SECONDS = 120.0
DRAIN_PAUSE_SECONDS = 0.05
DRAIN_LONGEST_PAUSE_SECONDS = 0.5
DRAIN_RATE = 1_000
"""More messages a second than the emulator handles."""
DRAIN_LOOKS = 2
DEPTH_THREADS = 4

EVENTS_PER_CALL = 10


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages a queue holds."""

    waiting: int
    in_flight: int

    @property
    def total(self) -> int:
        """Return all of them, wherever they are."""
        return self.waiting + self.in_flight


@dataclass(frozen=True, slots=True)
class Drained:
    """What `drain` found: how long it took, and what can only be put right by a person."""

    seconds: float
    dead_letters: Mapping[str, int]

    def __str__(self) -> str:
        """Say it in one line."""
        if not self.dead_letters:
            return f"nothing in flight after {self.seconds:.1f} s"
        held = ", ".join(f"{count} in {name}" for name, count in sorted(self.dead_letters.items()))
        return f"nothing in flight after {self.seconds:.1f} s; dead letters: {held}"


class NotDrainedError(LocalError):
    """Work was still in flight when the time was up."""


class TickFailedError(LocalError):
    """The evaluation answered with an error."""


@dataclass(frozen=True, slots=True)
class Stack:
    """One deployed local cloud. Names that end in `_dlq` are dead-letter queues."""

    aws_endpoint_url: str
    region: str
    stage: str
    bus_name: str
    api_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    creditor_id: str
    inbox_url: str
    ses_endpoint: str
    emulator_pid: int
    carrier_pid: int
    schedule_name: str
    receipts_topic_arn: str
    tracking_secret_arn: str
    user_pool_id: str
    sender_domain: str
    event_sources: Sequence[str]
    is_iam_enforced: bool
    functions: Mapping[str, str]
    queues: Mapping[str, str]
    tables: Mapping[str, str]
    buckets: Mapping[str, str]
    fingerprint: str
    sms_voice_topic_arn: str | None = None
    whatsapp_topic_arn: str | None = None
    seal_schedule_name: str | None = None
    door_schedule_names: Sequence[str] = field(default_factory=list)
    """The clocks behind the doors: webhooks, the sweep for payments, plans, new clients."""
    hooks_base_url: str = ""
    """Where others post to us."""
    operator_id: str = ""
    """The client of whoever runs the cloud: it sets up tenants, and does nothing else."""
    operator_secret: str = field(default="", repr=False)
    console_id: str = ""
    """The client that people sign in through."""
    psp_prefix: str = ""
    """What the names of payment providers' secrets begin with."""
    evidence_anchors: str | None = None
    """Where the keys and certificates are that evidence is verified with."""

    @property
    def topics(self) -> dict[str, str]:
        """Return the topic of each channel's receipts, for the channels that have one."""
        topics = {
            "email": self.receipts_topic_arn,
            "sms": self.sms_voice_topic_arn,
            "voice": self.sms_voice_topic_arn,
            "whatsapp": self.whatsapp_topic_arn,
        }
        return {channel: arn for channel, arn in topics.items() if arn is not None}

    @property
    def schedule_names(self) -> list[str]:
        """Return what ticks by itself when the clock is not paused."""
        own = [name for name in (self.schedule_name, self.seal_schedule_name) if name]
        return [*own, *self.door_schedule_names]

    @classmethod
    def read(cls, path: Path) -> "Stack":
        """Read a description.

        Raises:
            LocalError: There is none, or another version of this program wrote it.
        """
        try:
            return cls(**json.loads(path.read_text()))
        except FileNotFoundError as exc:
            raise LocalError("the local cloud is not running; start it with: make up") from exc
        except (OSError, ValueError, TypeError) as exc:
            raise LocalError(f"{path} cannot be read; repeat: make down up") from exc

    def write(self, path: Path) -> None:
        """Write the description whole or not at all."""
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self), indent=2) + "\n")
        partial.chmod(0o600)
        partial.replace(path)

    @property
    def sqs(self) -> "SQSClient":
        """Return the queue service's client."""
        client: SQSClient = aws.client(self.aws_endpoint_url, "sqs")
        return client

    @property
    def events(self) -> "EventBridgeClient":
        """Return the bus's client."""
        client: EventBridgeClient = aws.client(self.aws_endpoint_url, "events")
        return client

    @property
    def dynamodb(self) -> "DynamoDBClient":
        """Return the tables' client."""
        client: DynamoDBClient = aws.client(self.aws_endpoint_url, "dynamodb")
        return client

    @property
    def functions_client(self) -> "LambdaClient":
        """Return the functions' client."""
        client: LambdaClient = aws.client(self.aws_endpoint_url, "lambda")
        return client

    @property
    def s3(self) -> "S3Client":
        """Return the buckets' client."""
        client: S3Client = aws.client(self.aws_endpoint_url, "s3")
        return client

    @property
    def secrets(self) -> "SecretsManagerClient":
        """Return the secrets' client."""
        client: SecretsManagerClient = aws.client(self.aws_endpoint_url, "secretsmanager")
        return client

    def put_events(self, entries: Iterable[tuple[str, Mapping[str, Any]]], source: str) -> int:
        """Put `(detail type, detail)` pairs on the bus, in order; return how many.

        Raises:
            LocalError: The bus refused one; the message says why.
        """
        count = 0
        remaining = iter(entries)
        while batch := list(islice(remaining, EVENTS_PER_CALL)):
            answer = self.events.put_events(
                Entries=[
                    {
                        "EventBusName": self.bus_name,
                        "Source": source,
                        "DetailType": detail_type,
                        "Detail": json.dumps(detail, ensure_ascii=False),
                    }
                    for detail_type, detail in batch
                ]
            )
            refused = [entry for entry in answer["Entries"] if "ErrorCode" in entry]
            if refused:
                raise LocalError(f"the bus refused an event: {refused[0]['ErrorMessage']}")
            count += len(batch)
        return count

    def tick(self, as_of: str | None = None) -> dict[str, Any]:
        """Evaluate what is due, now or as of an instant; return the evaluation's own answer.

        Raises:
            TickFailedError: The function failed; the message is its error.
        """
        event = {"kind": "tick", **({"as_of": as_of} if as_of else {})}
        return self.invoke("evaluate_ruler", event)

    def seal(self) -> dict[str, Any]:
        """Seal what is new among the evidence; return the function's own answer.

        Raises:
            TickFailedError: The function failed; the message is its error.
        """
        return self.invoke("seal_evidence", {"kind": "seal"})

    def invoke(self, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Call a function by the name of its directory and return its answer.

        Raises:
            TickFailedError: The function failed; the message is its error.
        """
        answer = self.functions_client.invoke(
            FunctionName=self.functions[function], Payload=json.dumps(event).encode()
        )
        payload = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            reason = payload.get("errorMessage") if isinstance(payload, dict) else payload
            raise TickFailedError(f"{function} failed: {reason}")
        return payload if isinstance(payload, dict) else {}

    def depths(self) -> dict[str, Depth]:
        """Return the depth of every queue, dead-letter queues included."""
        sqs = self.sqs
        with ThreadPoolExecutor(DEPTH_THREADS) as pool:
            found = pool.map(lambda url: depth(sqs, url), self.queues.values())
            return dict(zip(self.queues, found, strict=True))

    def pending_receipts(self) -> int:
        """Return how many receipts the carrier has yet to send."""
        with urllib.request.urlopen(f"{self.inbox_url}/admin/pending", timeout=10) as response:
            return int(json.load(response)["pending"])

    def drain(self, timeout_seconds: float = DRAIN_SECONDS) -> Drained:
        """Wait until nothing is in flight: no message in any queue, no receipt in the carrier.

        Two looks in a row must agree, because a message leaves one queue before what it causes
        enters the next.

        Raises:
            NotDrainedError: Something was still in flight; the message says what.
        """
        started = time.monotonic()
        quiet = 0
        while True:
            depths = self.depths()
            receipts = self.pending_receipts()
            busy = busy_queues(depths)
            quiet = 0 if busy or receipts else quiet + 1
            elapsed = time.monotonic() - started
            if quiet >= DRAIN_LOOKS:
                return Drained(elapsed, dead_letters(depths))
            if elapsed > timeout_seconds:
                raise NotDrainedError(in_flight(busy, receipts, elapsed))
            time.sleep(pause_seconds(busy))

    def token(self) -> str:
        """Return an access token for the HTTP API by OAuth 2.0 client credentials."""
        return fetch_token(self.token_url, self.client_id, self.client_secret)


def load_stack(place: Place | None = None) -> Stack:
    """Return the running local cloud.

    Raises:
        LocalError: It is not running.
    """
    return Stack.read((place or Place.from_environment()).stack_file)


def fetch_token(token_url: str, client_id: str, client_secret: str) -> str:
    """Exchange a client's id and secret for an access token.

    Raises:
        LocalError: The pair was refused.
    """
    credentials = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    request = urllib.request.Request(
        token_url,
        data=urllib.parse.urlencode({"grant_type": "client_credentials"}).encode(),
        headers={
            "Authorization": f"Basic {credentials}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            token: str = json.load(response)["access_token"]
            return token
    except urllib.error.HTTPError as exc:
        raise LocalError(f"no token: {exc.code} {exc.read().decode(errors='replace')}") from exc


def depth(sqs: "SQSClient", url: str) -> Depth:
    """Ask how many messages a queue holds."""
    attributes = sqs.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ],
    )["Attributes"]
    waiting = int(attributes["ApproximateNumberOfMessages"])
    delayed = int(attributes["ApproximateNumberOfMessagesDelayed"])
    return Depth(waiting + delayed, int(attributes["ApproximateNumberOfMessagesNotVisible"]))


def is_dead_letter_queue(name: str) -> bool:
    """Tell whether a queue of the description only holds what nobody could handle."""
    return name.endswith(DEAD_LETTERS) or name == UNDELIVERED


def busy_queues(depths: Mapping[str, Depth]) -> dict[str, Depth]:
    """Return the queues that hold work, dead-letter queues left out."""
    return {
        name: depth
        for name, depth in depths.items()
        if depth.total and not is_dead_letter_queue(name)
    }


def dead_letters(depths: Mapping[str, Depth]) -> dict[str, int]:
    """Return the dead-letter queues that hold something, with how much."""
    return {
        name: depth.total
        for name, depth in depths.items()
        if depth.total and is_dead_letter_queue(name)
    }


def pause_seconds(busy: Mapping[str, Depth]) -> float:
    """Return how long to look away: looking costs the emulator as much as a few messages do."""
    waiting = sum(depth.waiting for depth in busy.values())
    return min(DRAIN_LONGEST_PAUSE_SECONDS, DRAIN_PAUSE_SECONDS + waiting / DRAIN_RATE)


def in_flight(busy: Mapping[str, Depth], receipts: int, seconds: float) -> str:
    """Say what was still in flight when the time was up."""
    parts = [f"{name}: {d.waiting} waiting, {d.in_flight} in flight" for name, d in busy.items()]
    if receipts:
        parts.append(f"carrier: {receipts} receipts to send")
    return f"still busy after {seconds:.0f} s ({'; '.join(parts)})"
