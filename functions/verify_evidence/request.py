"""One HTTP API request (payload format 2.0), reduced to what somebody asks to have verified."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from regua.runtime.bodies import Unreadable, read_body
from regua.runtime.multipart import MULTIPART, read_parts

MAX_UPLOAD = 4_500_000
"""Bytes of a body: what fits through the gateway and the function, which see it as Base64."""

_MAX_TEXT = 100
_MAX_FIELDS = 10
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_FILES = frozenset({"application/zip", "application/pdf", "application/octet-stream"})


class Request(NamedTuple):
    """What is asked: a report by number and code, or a file; neither is the empty form."""

    method: str
    wants_json: bool
    number: str = ""
    code: str = ""
    file: bytes = b""


def read(event: Mapping[str, Any]) -> Request:
    """Read a request.

    Raises:
        TooLarge: its body is longer than can be taken.
        Unreadable: its body cannot be read.
    """
    headers = {str(k).lower(): str(v) for k, v in (event.get("headers") or {}).items()}
    method = str(event["requestContext"]["http"].get("method", "")).upper()
    wants_json = _JSON in headers.get("accept", "")
    if method != "POST":
        return Request(method, wants_json, number=_number_in(str(event.get("rawPath", ""))))
    fields = _fields(headers.get("content-type", ""), _body(event))
    number, code = (_clean(fields.get(name, b"")) for name in ("number", "code"))
    return Request(method, wants_json, number, code, fields.get("file", b""))


def wants_json(event: Mapping[str, Any]) -> bool:
    """Say whether the caller is a program, also when the rest cannot be read."""
    headers = event.get("headers") or {}
    return any(str(k).lower() == "accept" and _JSON in str(v) for k, v in headers.items())


def _number_in(path: str) -> str:
    """Return the number in ``/verificar/{number}``."""
    before, _, last = path.rpartition("/")
    return unquote(last)[:_MAX_TEXT] if before.endswith("/verificar") else ""


def _body(event: Mapping[str, Any]) -> bytes:
    is_base64 = bool(event.get("isBase64Encoded"))
    return read_body(str(event.get("body") or ""), is_base64=is_base64, most=MAX_UPLOAD)


def _fields(content_type: str, body: bytes) -> dict[str, bytes]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _FILES:
        return {"file": body}
    try:
        if kind == MULTIPART:
            parts = read_parts(content_type, body, most=_MAX_FIELDS)
            return {part.name: part.content for part in parts}
        if kind == _FORM:
            values = parse_qs(body.decode(), max_num_fields=_MAX_FIELDS)
            return {name: found[-1].encode() for name, found in values.items()}
        if kind == _JSON:
            values = json.loads(body)
            return {name: values[name].encode() for name in ("number", "code")}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise Unreadable from exc
    raise Unreadable


def _clean(value: bytes) -> str:
    return value[:_MAX_TEXT].decode("utf-8", "replace").strip()
