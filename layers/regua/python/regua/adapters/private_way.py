"""What is sent to a configured address, credentials included, goes there only, and unread."""

from http.client import HTTPMessage
from ipaddress import ip_address
from typing import IO
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request


def is_private_way(url: str) -> bool:
    """Tell whether an address is of HTTPS, or of this very machine.

    >>> is_private_way("https://pix.example.com/api"), is_private_way("http://pix.example.com/api")
    (True, False)
    >>> is_private_way("http://127.0.0.1:4580/psp")
    True
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_local(host)))


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class NoRedirects(HTTPRedirectHandler):
    """Goes nowhere else: the credentials are for the configured address only."""

    def redirect_request(  # noqa: PLR0917 - the library's own
        self,
        req: Request,  # noqa: ARG002 - urllib's own
        fp: IO[bytes],  # noqa: ARG002 - urllib's own
        code: int,  # noqa: ARG002 - urllib's own
        msg: str,  # noqa: ARG002 - urllib's own
        headers: HTTPMessage,  # noqa: ARG002 - urllib's own
        newurl: str,  # noqa: ARG002 - urllib's own
    ) -> None:
        """Refuse, so that the answer is told by its status."""
        return
