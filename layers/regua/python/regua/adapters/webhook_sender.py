"""Requests to endpoints that creditors chose: every one is suspected, and limited in every way.

The name is resolved here and every address must be public; the connection goes to an address that
was checked, with the name in the handshake and in ``Host``, so a name that changes between check
and use (DNS rebinding) changes nothing. No redirect is followed and no proxy is asked. One deadline
holds for everything: a server that sends a byte now and then gains no time.

Written on sockets because `http.client` counts its time-outs per read and buffers headers itself.
"""

import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import NamedTuple

from regua.domain.errors import InvalidInput
from regua.domain.web_targets import Target, is_allowed, read_target
from regua.domain.webhook_delivery import Answer, Result

USER_AGENT = "Regua-Webhooks/1"
CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
_BODY_SECONDS = 1.0
"""How long we wait, politely, for a body that we do not need: the status has been read."""
_MAX_RESPONSE = 64 * 1024
_MAX_ADDRESSES = 2
"""Of a name, so many are tried."""
_CHUNK = 8 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?\r?\n")
_RETRY_AFTER = re.compile(rb"\r?\nretry-after:[ \t]*(\d{1,6})[ \t]*\r?\n", re.IGNORECASE)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")

Resolve = Callable[[str, int], Sequence[str]]


class Limits(NamedTuple):
    """How long a request may take, in seconds."""

    connect: float = CONNECT_SECONDS
    total: float = TOTAL_SECONDS
    body: float = _BODY_SECONDS


class _Failed(Exception):
    """There is no answer, and why."""

    def __init__(self, result: Result) -> None:
        super().__init__(result)
        self.result = result


def resolve_name(host: str, port: int) -> Sequence[str]:
    """Return every address of a name, those of IPv4 first: a function may have no IPv6.

    Raises:
        OSError: there is none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    unique = dict.fromkeys(str(address[0]) for *_, address in found)
    return sorted(unique, key=lambda address: ":" in address)


@dataclass(frozen=True, slots=True)
class SafeTargets:
    """Which addresses may be sent to; names are resolved anew each time.

    Attributes:
        private: whether this very machine is one, over plain HTTP too; never but locally.
    """

    private: bool = False
    resolve: Resolve = resolve_name
    seconds: float = CONNECT_SECONDS

    def check(self, url: str) -> None:
        """Check an address that is to be registered.

        Raises:
            InvalidInput: at ``body.url``, why it may not be sent to.
        """
        target = read_target(url, private=self.private)
        try:
            self.addresses(target)
        except _Failed as exc:
            reasons = {
                Result.DNS: "names a host that cannot be found",
                Result.ADDRESS_NOT_PUBLIC: "leads to an address that is not public",
                Result.URL_NOT_ALLOWED: "must begin with https://",
            }
            raise InvalidInput.at("body.url", reasons[exc.result]) from exc

    def addresses(self, target: Target) -> Sequence[str]:
        """Return the addresses of a target when every one of them may be connected to.

        Raises:
            _Failed: it has none, or one that may not.
        """
        pool = ThreadPoolExecutor(1)  # the system's resolver knows no deadline
        try:
            found = pool.submit(self.resolve, target.host, target.port).result(self.seconds)
        except (OSError, UnicodeError, TooSlow) as exc:
            raise _Failed(Result.DNS) from exc
        finally:
            pool.shutdown(wait=False)
        if not found:
            raise _Failed(Result.DNS)
        if not all(is_allowed(each, private=self.private) for each in found):
            raise _Failed(Result.ADDRESS_NOT_PUBLIC)
        if not target.is_secure and any(is_allowed(each) for each in found):
            raise _Failed(Result.URL_NOT_ALLOWED)  # plain HTTP stays on this machine
        return found


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@dataclass(frozen=True, slots=True)
class HttpWebhookSender:
    """Posts events to endpoints."""

    targets: SafeTargets
    limits: Limits = field(default_factory=Limits)
    context: ssl.SSLContext = field(default_factory=_trusting)
    seconds: Callable[[], float] = time.monotonic

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post a body, and say what came of it."""
        started = self.seconds()
        try:
            status, retry_after = self._send(url, headers, body, started + self.limits.total)
        except _Failed as exc:
            return Answer(exc.result, latency_ms=self._since(started))
        return Answer.of_status(status, self._since(started), retry_after)

    def _since(self, started: float) -> int:
        return int((self.seconds() - started) * 1000)

    def _send(
        self, url: str, headers: Mapping[str, str], body: bytes, deadline: float
    ) -> tuple[int, int | None]:
        try:
            target = read_target(url, private=self.targets.private)
        except InvalidInput as exc:
            raise _Failed(Result.URL_NOT_ALLOWED) from exc
        addresses = self.targets.addresses(target)
        sock = self._connect(addresses, target, deadline)
        with sock:
            exchange = _Exchange(sock, deadline, self.seconds)
            if target.is_secure:
                exchange.secure(self.context, target.host)
            try:
                exchange.write(_request(target, headers, body))
                answer = exchange.read_head()
                exchange.drain(self.limits.body)
            finally:
                exchange.close()
        return answer

    def _connect(self, addresses: Sequence[str], target: Target, deadline: float) -> socket.socket:
        """Connect to one of the addresses, as they were checked: nothing is resolved here.

        They share the time, so one that does not answer leaves some for the next.
        """
        until = min(self.seconds() + self.limits.connect, deadline)
        result = Result.REFUSED
        tried = addresses[:_MAX_ADDRESSES]
        for number, address in enumerate(tried):
            left = (until - self.seconds()) / (len(tried) - number)
            if left <= 0:
                break
            try:
                return socket.create_connection((address, target.port), timeout=left)
            except TimeoutError:
                result = Result.TIMEOUT
            except OSError:
                result = Result.REFUSED
        raise _Failed(result)


class _Exchange:
    """One request and its answer over one connection, under one deadline."""

    def __init__(self, sock: socket.socket, deadline: float, seconds: Callable[[], float]) -> None:
        self._sock = sock
        self._deadline = deadline
        self._seconds = seconds
        self._read = 0

    def _hurry(self) -> None:
        """Let the next operation take what is left, and no more."""
        left = self._deadline - self._seconds()
        if left <= 0:
            raise _Failed(Result.TIMEOUT)
        self._sock.settimeout(left)

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Shake hands, and check whose certificate it is."""
        self._hurry()
        try:
            self._sock = context.wrap_socket(self._sock, server_hostname=host)
        except TimeoutError as exc:
            raise _Failed(Result.TIMEOUT) from exc
        except (ssl.SSLError, ValueError, OSError) as exc:
            raise _Failed(Result.TLS) from exc

    def write(self, request: bytes) -> None:
        """Send everything; a server may answer before it has read all, and close."""
        self._hurry()
        try:
            self._sock.sendall(request)
        except TimeoutError as exc:
            raise _Failed(Result.TIMEOUT) from exc
        except OSError:
            return  # what it answered, if anything, is still to be read

    def read_head(self) -> tuple[int, int | None]:
        """Read the status, and when to come back; interim answers are passed over."""
        text = b""
        while True:
            end = _END_OF_HEAD.search(text)
            if end is None:
                text += self._more()
                continue
            head = _STATUS.match(text)
            if head is None:
                raise _Failed(Result.BAD_RESPONSE)
            status = int(head[1])
            if status >= HTTPStatus.OK:
                asked = _RETRY_AFTER.search(text, 0, end.end())
                return status, int(asked[1]) if asked else None
            if status == HTTPStatus.SWITCHING_PROTOCOLS:
                raise _Failed(Result.BAD_RESPONSE)
            text = text[end.end() :]

    def _more(self) -> bytes:
        if self._read >= _MAX_RESPONSE:
            raise _Failed(Result.BAD_RESPONSE)
        self._hurry()
        try:
            part = self._sock.recv(min(_CHUNK, _MAX_RESPONSE - self._read))
        except TimeoutError as exc:
            raise _Failed(Result.TIMEOUT) from exc
        except OSError as exc:
            raise _Failed(Result.BAD_RESPONSE) from exc
        if not part:
            raise _Failed(Result.BAD_RESPONSE)
        self._read += len(part)
        return part

    def drain(self, seconds: float) -> None:
        """Read a body as far as it is short and prompt, so that its writer sees no broken pipe."""
        self._deadline = min(self._deadline, self._seconds() + seconds)
        with suppress(_Failed):
            while True:
                self._more()

    def close(self) -> None:
        """Give the connection back; an endpoint that does not answer to that is not waited for."""
        with suppress(OSError):
            self._sock.close()


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        f"User-Agent: {USER_AGENT}",
        "Accept: */*",
        "Content-Type: application/json; charset=utf-8",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
        "Connection: close",
        "",
        "",
    ]
    return "\r\n".join(lines).encode("ascii") + body
