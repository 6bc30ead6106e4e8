"""The tracking function as deployed: its own client, over HTTP, against the services' real rules.

A loopback endpoint checks every signature with the SDK's signer and hands the call to moto through
botocore, so a request that AWS would refuse for its shape is refused here. Moto proves neither IAM
nor quotas.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from moto import mock_aws

from functions.track_open import handler
from regua.application.messages import Hit
from regua.domain.tokens import HitKind, TrackingKeys, TrackingToken, verify
from tests.unit.tracking.requests import (
    DISPATCH,
    KEYS,
    ONE_CLICK,
    SECRET,
    any_request,
    any_token,
)

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
REGION = "us-east-1"
SERVICE_OF_TARGET = {
    "AmazonSQS": "sqs",
    "secretsmanager": "secretsmanager",
}


def is_signed(headers: dict[str, str], body: bytes) -> bool:
    """Return whether the SDK would have signed this request the same way."""
    authorization = headers["authorization"]
    scope = authorization.split("Credential=test/")[1].split(",")[0]
    names = authorization.split("SignedHeaders=")[1].split(",")[0].split(";")
    request = AWSRequest(
        "POST",
        f"http://{headers['host']}/",
        headers={name: headers[name] for name in names},
        data=body,
    )
    request.context["timestamp"] = headers["x-amz-date"]
    _, region, service, _ = scope.split("/")
    signer = SigV4Auth(Credentials("test", "test"), service, region)
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    return authorization.endswith(f"Signature={signer.signature(to_sign, request)}")


class AwsOnLoopback(BaseHTTPRequestHandler):
    """Hands each signed JSON call to moto."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if is_signed(headers, body):
            status, answer = self._call(headers["x-amz-target"], json.loads(body))
        else:
            status, answer = 403, {"__type": "SignatureDoesNotMatch"}
        content = json.dumps(answer, default=str).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    @staticmethod
    def _call(target: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        prefix, _, operation = target.partition(".")
        client: Any = boto3.client(SERVICE_OF_TARGET[prefix], REGION)  # type: ignore[call-overload]
        try:
            answer = getattr(client, xform_name(operation))(**request)
        except ClientError as exc:
            return 400, {"__type": exc.response["Error"]["Code"]}
        except BotoCoreError as exc:
            return 400, {"__type": f"ValidationException {exc}"}
        return 200, {k: v for k, v in answer.items() if k != "ResponseMetadata"}

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Cloud:
    """The function's surroundings, made in moto, and what is found there afterwards."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs", REGION)
        self.secrets = boto3.client("secretsmanager", REGION)
        self.queue_url = self.sqs.create_queue(QueueName="hits")["QueueUrl"]
        created = self.secrets.create_secret(Name="tracking", SecretString=json.dumps(SECRET))
        self.secret_arn = created["ARN"]

    def hits(self) -> list[Hit]:
        """Return what is in the queue, read as the recorder reads it."""
        answer = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        return [Hit.model_validate_json(m["Body"]) for m in answer.get("Messages", ())]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setenv("AWS_REGION", REGION)
    with mock_aws(config={"core": {"mock_credentials": False}}):
        made = Cloud()
        server = ThreadingHTTPServer(("127.0.0.1", 0), AwsOnLoopback)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        for service in ("SQS", "SECRETS_MANAGER"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", url)
        # Only the function under test goes over the wire; the SDK stays with moto.
        monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
        monkeypatch.setenv("REGUA_HITS_QUEUE_URL", made.queue_url)
        monkeypatch.setenv("REGUA_TRACKING_SECRET_ARN", made.secret_arn)
        monkeypatch.setenv("REGUA_ALLOW_AS_OF", "false")
        handler.wire.cache_clear()
        try:
            yield made
        finally:
            handler.wire.cache_clear()
            server.shutdown()
            server.server_close()
            thread.join()


def call(event: dict[str, Any]) -> dict[str, Any]:
    return handler.lambda_handler(event, object())


def test_an_open_is_in_the_queue_before_the_pixel_is_answered(cloud: Cloud) -> None:
    response = call(any_request(f"/o/{any_token()}.gif", agent="ação \x00 🚀 (Windows)"))
    assert response["headers"]["content-type"] == "image/gif"
    (hit,) = cloud.hits()
    assert (hit.kind, hit.dispatch_id, hit.link) == ("open", DISPATCH, None)
    assert hit.user_agent == "ação \x00 🚀 (Windows)"


def page_of(response: dict[str, Any]) -> TrackingToken | None:
    assert response["statusCode"] == 302
    return verify(response["headers"]["location"].removeprefix("../p/"), KEYS)


def test_a_click_is_in_the_queue_before_it_is_led_to_the_page(cloud: Cloud) -> None:
    page = page_of(call(any_request(f"/c/{any_token('click', link=1)}")))
    assert page is not None
    assert (page.kind, page.dispatch_id) == (HitKind.PAGE, DISPATCH)
    (hit,) = cloud.hits()
    assert (hit.kind, hit.link, hit.label) == ("click", 1, "person")


def test_an_opt_out_is_in_the_queue_before_it_is_confirmed(cloud: Cloud) -> None:
    event = any_request(f"/u/{any_token('unsubscribe')}", "POST", body=ONE_CLICK, agent="")
    assert call(event)["statusCode"] == 200
    (hit,) = cloud.hits()
    assert (hit.kind, hit.method) == ("unsubscribe", "POST")


def test_a_token_of_another_secret_is_refused(cloud: Cloud) -> None:
    forged = any_token("click", keys=TrackingKeys.from_secret({"current": "k1", "k1": "guessed"}))
    assert call(any_request(f"/c/{forged}"))["statusCode"] == 404
    assert cloud.hits() == []


def test_a_queue_that_is_gone_costs_the_hit_and_not_the_recipient(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.sqs.delete_queue(QueueUrl=cloud.queue_url)
    response = call(any_request(f"/c/{any_token('click', link=0)}"))
    assert page_of(response) is not None
    assert '"outcome":"hit_unrecorded"' in capsys.readouterr().out
    unsubscribe = any_request(f"/u/{any_token('unsubscribe')}", "POST", body=ONE_CLICK)
    assert call(unsubscribe)["statusCode"] == 503
