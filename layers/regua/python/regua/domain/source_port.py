"""The port that somebody called from: with it a carrier can tell who shared an address (CGNAT).

Source: Lei 12.965/2014 (Marco Civil da Internet), art. 10.
"""

from collections.abc import Mapping

VIEWER_ADDRESS = "cloudfront-viewer-address"
"""CloudFront's header that names address and port of the viewer, ``203.0.113.7:44321``."""


def source_port(ip: str, headers: Mapping[str, str]) -> str:
    """Return the port beside an address; empty where it is not told, or told of another address.

    >>> source_port("203.0.113.7", {"cloudfront-viewer-address": "203.0.113.7:44321"})
    '44321'
    """
    address, _, port = headers.get(VIEWER_ADDRESS, "").rpartition(":")
    is_same = address.strip("[]") == ip
    return port if is_same and port.isdecimal() else ""
