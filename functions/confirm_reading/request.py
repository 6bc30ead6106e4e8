"""One HTTP API request (payload format 2.0), reduced to what a confirmation may use."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from regua.domain.source_port import VIEWER_ADDRESS
from regua.runtime.public_http import Caller, clean

_KEPT_HEADERS = frozenset({"accept", "accept-language", VIEWER_ADDRESS, "origin", "referer"})
_MAX_BODY = 4096
_MAX_FIELDS = 10


class Visit(NamedTuple):
    """Who called, with which link and form."""

    method: str
    token: str
    caller: Caller
    form: Mapping[str, str]

    @classmethod
    def of(cls, event: Mapping[str, Any], *, allow_as_of: bool) -> "Visit":
        """Read a request; where the stage allows it, the request may say when it happens."""
        return cls(
            method=str(event["requestContext"]["http"].get("method", "")).upper(),
            token=str(event.get("rawPath", "")).rpartition("/")[2],
            caller=Caller.of(event, kept=_KEPT_HEADERS, allow_as_of=allow_as_of),
            form=_form(event),
        )


def _form(event: Mapping[str, Any]) -> Mapping[str, str]:
    """Read a form's fields; what is too long or no form has none."""
    body = str(event.get("body") or "")
    if len(body) > _MAX_BODY:
        return {}
    try:
        if event.get("isBase64Encoded"):
            body = b64decode(body).decode()
        fields = parse_qs(body, max_num_fields=_MAX_FIELDS)
    except (binascii.Error, ValueError):
        return {}
    return {name: clean(values[-1]) for name, values in fields.items()}
