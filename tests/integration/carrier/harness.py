"""A carrier on a free port, a publisher that listens, and mail to send through it."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.carrier.app import Carrier, build_carrier
from local.carrier.server import CarrierServer
from tests.unit.carrier.mail import any_mail
from tests.unit.carrier.phone_messages import ANA_PHONE, CONTEXT, any_whatsapp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from botocore.client import BaseClient
    from mypy_boto3_sesv2 import SESV2Client

    from local.carrier.receipts import Receipt

PATIENCE_SECONDS = 10.0


class ListeningPublisher:
    """Keeps what was published; can be deaf, absent or partly failing."""

    def __init__(self) -> None:
        self.published: list[Receipt] = []
        self.failures_left = 0
        self.is_listening = True

    def is_ready(self, channel: str) -> bool:  # noqa: ARG002 - one listener for all
        return self.is_listening

    def publish(self, channel: str, receipts: Sequence[Receipt]) -> list[int]:  # noqa: ARG002
        if self.failures_left:
            self.failures_left -= 1
            raise ConnectionError("SNS is away")
        self.published.extend(receipts)
        return []

    def events(self) -> list[str]:
        return [receipt.event for receipt in self.published]

    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(receipt.payload) for receipt in self.published]


@dataclass
class RunningCarrier:
    carrier: Carrier
    publisher: ListeningPublisher
    url: str

    def call(self, method: str, path: str, document: object = None) -> Any:  # noqa: ANN401
        """Return the decoded answer; a problem comes back as its document."""
        status, body = self.exchange(method, path, document)
        del status
        return json.loads(body) if body else None

    def exchange(self, method: str, path: str, document: object = None) -> tuple[int, bytes]:
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(self.url + path, data=body, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return int(answer.status), bytes(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def behave(self, outcome: str, *, to: str | None = None, **options: object) -> None:
        match = {} if to is None else {"to": to}
        status, body = self.exchange(
            "POST", "/behaviours", {"match": match, "outcome": outcome, **options}
        )
        assert status == 201, body

    def settle(self) -> list[str]:
        """Wait until nothing is pending; return the names of the published events."""
        eventually(lambda: self.call("GET", "/admin/pending") == {"pending": 0})
        return self.publisher.events()

    def ses(self) -> SESV2Client:
        return boto3.client(
            "sesv2",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=20),
        )

    def client(self, service: str) -> Any:  # noqa: ANN401 - the services have no stubs here
        """Return a real client of any service that the carrier plays."""
        build: Callable[..., BaseClient] = boto3.client
        return build(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def send_text(self, to: str = ANA_PHONE, **changes: object) -> str:
        call = {
            "DestinationPhoneNumber": to,
            "OriginationIdentity": "+551140040001",
            "MessageBody": "Credor Exemplo: fatura 1 vence amanha. https://t.example.com.br/c/1",
            "MessageType": "TRANSACTIONAL",
            "ConfigurationSetName": "regua",
            "Context": CONTEXT,
        }
        answer = self.client("pinpoint-sms-voice-v2").send_text_message(**(call | changes))
        return str(answer["MessageId"])

    def send_call(self, to: str = ANA_PHONE, **changes: object) -> str:
        call = {
            "DestinationPhoneNumber": to,
            "OriginationIdentity": "+551140040001",
            "MessageBody": "<speak>Olá.<break time='1s'/>Tecle 1 se você é a Ana.</speak>",
            "MessageBodyTextType": "SSML",
            "VoiceId": "CAMILA",
            "ConfigurationSetName": "regua",
            "Context": CONTEXT,
        }
        answer = self.client("pinpoint-sms-voice-v2").send_voice_message(**(call | changes))
        return str(answer["MessageId"])

    def send_whatsapp(self, to: str = ANA_PHONE, **changes: object) -> str:
        answer = self.client("socialmessaging").send_whatsapp_message(
            originationPhoneNumberId="phone-number-id-0a1b2c",
            message=json.dumps(any_whatsapp(to, **changes)).encode(),
            metaApiVersion="v20.0",
        )
        return str(answer["messageId"])

    def send(self, to: str = "ana@cliente.example.com.br", *, raw: bytes | None = None) -> str:
        answer = self.ses().send_email(
            FromEmailAddress="cobranca@credor.example.com.br",
            Destination={"ToAddresses": [to]},
            Content={"Raw": {"Data": raw if raw is not None else any_mail(to)}},
            EmailTags=[{"Name": "dispatch_id", "Value": "0f" * 16}],
            ConfigurationSetName="regua",
        )
        return answer["MessageId"]


def eventually(is_true: Any) -> None:  # noqa: ANN401 - a callable that tells
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def running_carrier(
    state_dir: Path, publisher: ListeningPublisher | None = None
) -> Iterator[RunningCarrier]:
    listening = publisher or ListeningPublisher()
    carrier = build_carrier(state_dir, lambda _: listening)
    server = CarrierServer(0, carrier.handle)
    carrier.start()
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield RunningCarrier(carrier, listening, server.url)
    finally:
        server.shutdown()
        serving.join()
        carrier.stop()
        server.server_close()
