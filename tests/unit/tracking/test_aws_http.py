"""Signed JSON calls without an SDK: the SDK's own signer is the oracle."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters import aws_http
from regua.adapters.aws_http import (
    SECRETS_MANAGER,
    SQS,
    AwsJsonClient,
    AwsRefused,
    AwsUnavailable,
    Credentials,
    QueueSender,
    SecretReader,
    sign,
)

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
ENVIRON = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "sa-east-1",
}
Reply = tuple[int, Any]


class _OracleSigner(SigV4Auth):
    """Botocore's signer at a given instant."""

    def __init__(self, *arguments: Any, timestamp: str) -> None:  # noqa: ANN401
        super().__init__(*arguments)
        self._timestamp = timestamp

    def add_auth(self, request: Any) -> None:  # noqa: ANN401
        request.context["timestamp"] = self._timestamp
        self._modify_request_before_signing(request)  # type: ignore[attr-defined]
        to_sign = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(to_sign, request))  # type: ignore[attr-defined]


@given(
    body=st.binary(max_size=200),
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1),
    token=st.none() | st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1),
    host=st.sampled_from(["sqs.sa-east-1.amazonaws.com", "localhost:4566", "127.0.0.1:80"]),
    timestamp=st.datetimes().map(lambda at: f"{at:%Y}".zfill(4) + f"{at:%m%dT%H%M%SZ}"),
)
def test_the_signature_is_the_sdks(
    body: bytes, secret: str, token: str | None, host: str, timestamp: str
) -> None:
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.Send"}
    ours = sign(
        service="sqs",
        region="sa-east-1",
        host=host,
        headers=headers,
        body=body,
        credentials=Credentials("AKIDEXAMPLE", secret, token),
        timestamp=timestamp,
    )
    request = AWSRequest("POST", f"https://{host}/", headers={**headers, "host": host}, data=body)
    credentials = BotocoreCredentials("AKIDEXAMPLE", secret, token)
    _OracleSigner(credentials, "sqs", "sa-east-1", timestamp=timestamp).add_auth(request)
    assert ours["authorization"] == request.headers["Authorization"]


class _Server:
    """A service on loopback that answers from a script and remembers what it was asked."""

    def __init__(self) -> None:
        self.replies: list[Reply | Callable[[BaseHTTPRequestHandler], None]] = []
        self.requests: list[tuple[dict[str, str], Any]] = []
        self.connections = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                server.connections += 1
                super().setup()

            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.requests.append((headers, json.loads(self.rfile.read(length))))
                reply = server.replies.pop(0)
                if callable(reply):
                    reply(self)
                    return
                status, answer = reply
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator["_Server"]:
        thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            self._http.server_close()
            thread.join()


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server().running() as running:
        yield running


def client_of(server: _Server, **changes: Any) -> AwsJsonClient:  # noqa: ANN401
    environ = {**ENVIRON, "AWS_ENDPOINT_URL": server.url}
    return AwsJsonClient(SQS, environ, **{"sleep": lambda _: None, **changes})


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection instead of answering."""
    handler.close_connection = True


def test_a_call_names_its_operation_and_returns_the_answer(server: _Server) -> None:
    server.replies = [(200, {"MessageId": "m1"})]
    assert client_of(server).call("SendMessage", {"QueueUrl": "q"}) == {"MessageId": "m1"}
    ((headers, request),) = server.requests
    assert request == {"QueueUrl": "q"}
    assert headers["x-amz-target"] == "AmazonSQS.SendMessage"
    assert headers["content-type"] == "application/x-amz-json-1.0"
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=test/")


def test_one_connection_serves_many_calls(server: _Server) -> None:
    server.replies = [(200, {})] * 3
    client = client_of(server)
    for _ in range(3):
        client.call("SendMessage", {})
    assert server.connections == 1


def test_a_connection_left_alone_for_long_is_not_trusted(server: _Server) -> None:
    server.replies = [(200, {})] * 2
    now = [100.0]
    client = client_of(server, seconds=lambda: now[0])
    client.call("SendMessage", {})
    now[0] += 16
    client.call("SendMessage", {})
    assert server.connections == 2


def test_a_kept_connection_that_went_away_is_replaced_without_a_pause(server: _Server) -> None:
    pauses: list[float] = []
    server.replies = [(200, {}), hang_up, (200, {"fine": True})]
    client = client_of(server, sleep=pauses.append)
    client.call("SendMessage", {})
    assert client.call("SendMessage", {}) == {"fine": True}
    assert pauses == []


@pytest.mark.parametrize(
    "first",
    [
        hang_up,
        (500, {"__type": "InternalFailure"}),
        (503, b"<html>"),
        (429, {}),
        (400, {"__type": "com.amazonaws.sqs#ThrottlingException"}),
        (400, {"__type": "ProvisionedThroughputExceededException"}),
    ],
)
def test_what_may_pass_is_tried_once_more(server: _Server, first: Reply) -> None:
    pauses: list[float] = []
    server.replies = [first, (200, {"fine": True})]
    assert client_of(server, sleep=pauses.append).call("SendMessage", {}) == {"fine": True}
    assert len(pauses) == 1


def test_what_does_not_pass_is_unavailable_after_two_attempts(server: _Server) -> None:
    server.replies = [(500, {}), (500, {}), (200, {})]
    with pytest.raises(AwsUnavailable, match="SendMessage"):
        client_of(server).call("SendMessage", {})
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ((400, {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "x"}), "QueueDoes"),
        ((403, {"__type": "AccessDeniedException"}), "AccessDenied"),
        ((400, b"not json"), "Unknown"),
        ((400, []), "Unknown"),
    ],
)
def test_a_refusal_is_not_repeated(server: _Server, reply: Reply, code: str) -> None:
    server.replies = [reply]
    with pytest.raises(AwsRefused, match=code):
        client_of(server).call("SendMessage", {})
    assert len(server.requests) == 1


def test_a_slow_answer_is_waited_for_once(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_http, "READ_TIMEOUT_SECONDS", 0.05)
    server.replies = [lambda _: time.sleep(0.2)]
    with pytest.raises(AwsUnavailable, match="timeout"):
        client_of(server).call("SendMessage", {})
    assert len(server.requests) == 1


def test_nobody_listening_is_unavailable(server: _Server) -> None:
    environ = {**ENVIRON, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    with pytest.raises(AwsUnavailable):
        AwsJsonClient(SQS, environ, sleep=lambda _: None).call("SendMessage", {})
    assert server.requests == []


def test_an_answer_that_ends_the_connection_is_followed_by_a_new_one(server: _Server) -> None:
    def last(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "2")
        handler.send_header("connection", "close")
        handler.end_headers()
        handler.wfile.write(b"{}")

    server.replies = [last, (200, b"")]
    client = client_of(server)
    assert client.call("SendMessage", {}) == {}
    assert client.call("SendMessage", {}) == {}
    assert server.connections == 2


def test_no_credentials_is_a_refusal_that_says_so(server: _Server) -> None:
    with pytest.raises(AwsRefused, match="NoCredentials"):
        AwsJsonClient(SQS, {"AWS_ENDPOINT_URL": server.url}).call("SendMessage", {})


def test_the_secret_key_does_not_show_when_printed() -> None:
    shown = repr(Credentials("AKID", "private", "session"))
    assert "private" not in shown
    assert "session" not in shown.replace("session_token", "")


@pytest.mark.parametrize(
    ("environ", "service", "expected"),
    [
        ({}, SQS, "https://sqs.sa-east-1.amazonaws.com"),
        ({}, SECRETS_MANAGER, "https://secretsmanager.sa-east-1.amazonaws.com"),
        ({"AWS_ENDPOINT_URL": "http://a:1"}, SQS, "http://a:1"),
        (
            {"AWS_ENDPOINT_URL": "http://a:1", "AWS_ENDPOINT_URL_SQS": "http://b:2"},
            SQS,
            "http://b:2",
        ),
        (
            {"AWS_ENDPOINT_URL": "http://a:1", "AWS_ENDPOINT_URL_SQS": "http://b:2"},
            SECRETS_MANAGER,
            "http://a:1",
        ),
        ({"AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://c:3"}, SECRETS_MANAGER, "http://c:3"),
    ],
)
def test_the_services_own_endpoint_comes_before_the_general_one(
    environ: dict[str, str], service: aws_http.Service, expected: str
) -> None:
    client = AwsJsonClient(service, {**ENVIRON, **environ})
    assert client._endpoint.geturl() == expected


def test_a_message_is_sent_as_json(server: _Server) -> None:
    server.replies = [(200, {"MessageId": "m1"})]
    QueueSender(client_of(server), "http://queue/hits").send({"kind": "open", "agent": "é\x00"})
    request = server.requests[0][1]
    assert request["QueueUrl"] == "http://queue/hits"
    assert json.loads(request["MessageBody"]) == {"kind": "open", "agent": "é\x00"}
    assert request["MessageBody"].isascii(), "a queue refuses control characters"
    assert request["MessageBody"].isprintable()


@pytest.mark.parametrize("answer", [{}, {"SecretString": "not json, private"}])
def test_a_secret_that_is_not_json_is_refused_without_repeating_it(
    server: _Server, answer: dict[str, str]
) -> None:
    server.replies = [(200, answer)]
    with pytest.raises(AwsRefused) as caught:
        SecretReader(client_of(server), "arn").read()
    assert "private" not in str(caught.value)


def test_a_secret_is_read_by_its_arn(server: _Server) -> None:
    server.replies = [(200, {"SecretString": '{"current":"k1","k1":"x"}'})]
    assert SecretReader(client_of(server), "arn").read() == {"current": "k1", "k1": "x"}
    assert server.requests[0][1] == {"SecretId": "arn"}
