"""The two AWS calls of the tracking function, without an SDK: signed JSON over a kept connection.

An SDK client costs ten times the import of this module, and a recipient waits for it on every cold
start. Only what those calls need is here: Signature Version 4 with credentials from the
environment, one kept connection per service, short timeouts, one retry. Every other function uses
boto3.

Source: AWS General Reference, "Create a signed AWS API request"; AWS SDKs and Tools Reference,
"Service-specific endpoints".
"""

import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NamedTuple, cast
from urllib.parse import SplitResult, urlsplit

from regua.domain.errors import ReguaError, TemporaryError

CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 3.0
_IDLE_SECONDS = 15.0
"""A frozen environment does not hear a connection being closed: an older one is not trusted."""
_ATTEMPTS = 2
_PAUSE_SECONDS = 0.05
_SERVER_ERROR = 500
_OK = 200
_TOO_MANY_REQUESTS = 429
_THROTTLES = frozenset(
    {
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "LimitExceededException",
        "InternalServerError",
        "InternalServiceError",
        "ServiceUnavailable",
    }
)


class AwsUnavailable(TemporaryError):
    """A service did not answer, was too slow, or asked to come back later."""


class AwsRefused(ReguaError):
    """A service refused the call; the message is its error code, never its text."""


class Credentials(NamedTuple):
    """What a request is signed with; printing it shows no secret."""

    access_key: str
    secret_key: str
    session_token: str | None = None

    def __repr__(self) -> str:
        return f"Credentials({self.access_key!r})"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Credentials":
        """Read what Lambda sets for the function's role.

        Raises:
            AwsRefused: When there are none.
        """
        try:
            return cls(
                access_key=environ["AWS_ACCESS_KEY_ID"],
                secret_key=environ["AWS_SECRET_ACCESS_KEY"],
                session_token=environ.get("AWS_SESSION_TOKEN") or None,
            )
        except KeyError as exc:
            raise AwsRefused("NoCredentials") from exc


def sign(
    *,
    service: str,
    region: str,
    host: str,
    headers: Mapping[str, str],
    body: bytes,
    credentials: Credentials,
    timestamp: str,
) -> dict[str, str]:
    """Return the headers of a signed POST to ``/``: the given ones and the signature's.

    Args:
        service: Signing name, such as ``sqs``.
        region: AWS region.
        host: Value of the Host header, with the port unless it is the scheme's own.
        headers: Names in lower case.
        body: The exact bytes that will be sent.
        credentials: What to sign with.
        timestamp: The present, as ``YYYYMMDDTHHMMSSZ`` in UTC.
    """
    signed = {**headers, "host": host, "x-amz-date": timestamp}
    if credentials.session_token:
        signed["x-amz-security-token"] = credentials.session_token
    names = ";".join(sorted(signed))
    canonical_headers = "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed))
    canonical = "\n".join(
        ("POST", "/", "", canonical_headers, names, hashlib.sha256(body).hexdigest())
    )
    scope = f"{timestamp[:8]}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{digest}"
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    signature = hmac.digest(key, to_sign.encode(), hashlib.sha256).hex()
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return signed


def utc_timestamp() -> str:
    """Return the present as a signature wants it; the one clock that signing cannot be handed."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())


class Service(NamedTuple):
    """How one AWS service is addressed over its JSON protocol."""

    signing_name: str
    endpoint_variable: str
    """Suffix of ``AWS_ENDPOINT_URL_``."""
    target_prefix: str
    json_version: str


SQS = Service("sqs", "SQS", "AmazonSQS", "1.0")
SECRETS_MANAGER = Service("secretsmanager", "SECRETS_MANAGER", "secretsmanager", "1.1")


class AwsJsonClient:
    """Calls one service over one kept connection. Not for use by several threads."""

    def __init__(
        self,
        service: Service,
        environ: Mapping[str, str] = os.environ,
        *,
        timestamp: Callable[[], str] = utc_timestamp,
        seconds: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service = service
        self._environ = environ
        self._timestamp = timestamp
        self._seconds = seconds
        self._sleep = sleep
        self._region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION", "us-east-1")
        self._endpoint = _endpoint(service, self._region, environ)
        self._connection: HTTPConnection | None = None
        self._used_at = 0.0

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Call one operation and return its answer.

        Raises:
            AwsUnavailable: When the service cannot answer now, after one retry.
            AwsRefused: When it will never accept this call.
        """
        body = json.dumps(request).encode()
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._sleep(_PAUSE_SECONDS)
            try:
                status, answer = self._exchange(operation, body)
            except TimeoutError as exc:
                self.close()
                raise AwsUnavailable(f"{operation}: timeout") from exc  # it has waited enough
            except (OSError, HTTPException):
                self.close()
                continue
            if status == _OK:
                return _parsed(answer)
            code = _error_code(answer)
            if not (status >= _SERVER_ERROR or status == _TOO_MANY_REQUESTS or code in _THROTTLES):
                raise AwsRefused(f"{operation}: {code}")
        raise AwsUnavailable(operation)

    def close(self) -> None:
        """Give the connection back; the next call opens another."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _exchange(self, operation: str, body: bytes) -> tuple[int, bytes]:
        """Send the request once and read the whole answer."""
        headers = sign(
            service=self._service.signing_name,
            region=self._region,
            host=self._endpoint.netloc,
            headers={
                "content-type": f"application/x-amz-json-{self._service.json_version}",
                "x-amz-target": f"{self._service.target_prefix}.{operation}",
            },
            body=body,
            credentials=Credentials.from_environment(self._environ),
            timestamp=self._timestamp(),
        )
        response = self._send(body, headers)
        answer = response.read()
        if response.will_close:
            self.close()
        return response.status, answer

    def _send(self, body: bytes, headers: dict[str, str]) -> HTTPResponse:
        """Send over the kept connection; a kept one that has gone away is replaced at once."""
        if self._seconds() - self._used_at > _IDLE_SECONDS:
            self.close()
        self._used_at = self._seconds()
        kept = self._connection is not None
        connection = self._connection or self._connect()
        try:
            connection.request("POST", "/", body, headers)
            return connection.getresponse()
        except (ConnectionError, HTTPException):
            self.close()
            if not kept:
                raise
        connection = self._connect()
        connection.request("POST", "/", body, headers)
        return connection.getresponse()

    def _connect(self) -> HTTPConnection:
        kind = HTTPSConnection if self._endpoint.scheme == "https" else HTTPConnection
        connection = kind(
            cast("str", self._endpoint.hostname),
            self._endpoint.port,
            timeout=CONNECT_TIMEOUT_SECONDS,
        )
        connection.connect()
        connection.sock.settimeout(READ_TIMEOUT_SECONDS)
        self._connection = connection
        return connection


def _endpoint(service: Service, region: str, environ: Mapping[str, str]) -> SplitResult:
    """Return the service's own override, else the general one, else the public endpoint."""
    return urlsplit(
        environ.get(f"AWS_ENDPOINT_URL_{service.endpoint_variable}")
        or environ.get("AWS_ENDPOINT_URL")
        or f"https://{service.signing_name}.{region}.amazonaws.com"
    )


def _parsed(answer: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(answer)) if answer else {}


def _error_code(answer: bytes) -> str:
    """Return the short error code: ``com.amazonaws.sqs#Code`` and ``Code`` are both in use."""
    try:
        kind = json.loads(answer).get("__type", "")
    except (ValueError, AttributeError):
        return "Unknown"
    return str(kind).rpartition("#")[2] or "Unknown"


class QueueSender:
    """Sends messages to one queue; a retry may send twice, so a message carries its own id."""

    def __init__(self, client: AwsJsonClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, message: Mapping[str, Any]) -> None:
        """Return once the queue holds the message."""
        self._client.call(
            "SendMessage",
            {
                "QueueUrl": self._queue_url,
                "MessageBody": json.dumps(message, separators=(",", ":")),
            },
        )


class SecretReader:
    """Reads one secret whose value is JSON."""

    def __init__(self, client: AwsJsonClient, secret_arn: str) -> None:
        self._client = client
        self._secret_arn = secret_arn

    def read(self) -> object:
        """Return the parsed value of the secret's current version."""
        answer = self._client.call("GetSecretValue", {"SecretId": self._secret_arn})
        try:
            return cast("object", json.loads(answer["SecretString"]))
        except (KeyError, ValueError):
            raise AwsRefused("GetSecretValue: not JSON") from None
