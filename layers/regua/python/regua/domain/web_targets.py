"""Where we may be asked to send: addresses of the public internet, over HTTPS, nowhere else.

Whoever registers an address chooses where our functions connect to. So a name is resolved by us,
every address it has must be public, and the connection goes to an address that was checked.

Source: IANA IPv4 and IPv6 Special-Purpose Address Registries; RFC 6890; RFC 6052 (NAT64), RFC 3056
(6to4), RFC 4380 (Teredo); OWASP Server-Side Request Forgery Prevention Cheat Sheet; read 2026-11.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from regua.domain.errors import InvalidInput

HTTPS_PORT = 443
HTTP_PORT = 80
FIRST_FREE_PORT = 1024
"""Below it are the ports of other protocols, that an HTTP request could be smuggled into."""
MAX_URL = 2_000
_URL = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+", re.ASCII)
"""What an address may hold (RFC 3986 §2); a fragment is never sent, so it is none."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9\-._]*[a-z0-9])?|[0-9a-f:.]+", re.ASCII)

_CLOSED_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own (CGNAT)
        "127.0.0.0/8",  # this machine
        "168.63.129.16/32",  # a platform's own services, at a public-looking address
        "169.254.0.0/16",  # link-local: the metadata of instances and of functions
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # automatic multicast tunnelling
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_OPEN_6 = IPv6Network("2000::/3")
"""Global unicast: whatever is outside (mapped IPv4, NAT64, ULA, link-local …) is closed."""
_CLOSED_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send, read from an address.

    Attributes:
        host: lower case, without brackets.
        path: with the query, never empty.
    """

    is_secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Return what the header ``Host`` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS_PORT if self.is_secure else HTTP_PORT
        return host if self.port == usual else f"{host}:{self.port}"


def read_target(url: str, *, private: bool = False, path: str = "body.url") -> Target:
    """Read an address that somebody wants to be sent to.

    With ``private``, plain HTTP and any port are addresses too; whether the machine is this very
    one is for `is_allowed` to say.

    Raises:
        InvalidInput: at ``path``, why it is no such address.
    """
    if len(url) > MAX_URL or not _URL.fullmatch(url):
        raise InvalidInput.at(path, "is not an address: ASCII, without spaces and fragment")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise InvalidInput.at(path, "is not an address") from None
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise InvalidInput.at(path, "must begin with https://")
    if "@" in parts.netloc:
        raise InvalidInput.at(path, "must hold no credentials: every request is signed")
    if not _HOST.fullmatch(host):
        raise InvalidInput.at(path, "names no host")
    is_secure = parts.scheme == "https"
    wanted = (HTTPS_PORT if is_secure else HTTP_PORT) if port is None else port
    if not (wanted == HTTPS_PORT or wanted >= FIRST_FREE_PORT or private):
        raise InvalidInput.at(path, f"must use port {HTTPS_PORT} or one from {FIRST_FREE_PORT} on")
    query = f"?{parts.query}" if parts.query else ""
    return Target(is_secure, host, wanted, (parts.path or "/") + query)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address belongs to the public internet and to nothing special in it.

    >>> is_public(ip_address("8.8.8.8")), is_public(ip_address("169.254.169.254"))
    (True, False)
    >>> is_public(ip_address("::ffff:8.8.8.8"))
    False
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    is_plain = address.scope_id is None and address in _OPEN_6
    return is_plain and not any(address in network for network in _CLOSED_6)


def is_allowed(address: str, *, private: bool = False) -> bool:
    """Say whether to connect to an address; with ``private``, to this very machine as well.

    >>> is_allowed("127.0.0.1"), is_allowed("127.0.0.1", private=True)
    (False, True)
    """
    try:
        read = ip_address(address)
    except ValueError:
        return False
    return is_public(read) or (private and read.is_loopback)
