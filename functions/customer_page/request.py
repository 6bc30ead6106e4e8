"""One HTTP API request (payload format 2.0), reduced to what the page may use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from regua.adapters.page_texts import Language
from regua.domain.source_port import VIEWER_ADDRESS
from regua.runtime.bodies import Unreadable, read_body
from regua.runtime.multipart import MULTIPART, NotMultipart, Part, read_parts
from regua.runtime.public_http import PAGE_COOKIE, Caller, clean, cookies

MAX_FORM = 16 * 1024
"""Bytes of a form without a file."""
MAX_UPLOAD = 4_500_000
"""Bytes of a form with one: what fits through the gateway and the function as Base64."""
WITH_FILE = "ja-paguei"
"""The one form that may bring a file."""

_KEPT_HEADERS = frozenset({"accept", "accept-language", VIEWER_ADDRESS, "origin", "referer"})
_BELOW = "/p/"
_OURS = frozenset({"same-origin", "none"})
_MAX_FIELDS = 20
_MAX_QUERY = 1000
_FORM = "application/x-www-form-urlencoded"
_LANGUAGES: Mapping[str, Language] = {"pt": "pt", "en": "en"}


class Form(NamedTuple):
    """The fields of a form, each with everything sent under its name, and at most one file."""

    fields: Mapping[str, Sequence[str]]
    file: Part | None = None

    def get(self, name: str) -> str:
        """Return a field's last value, without blanks around it; empty when there is none."""
        values = self.fields.get(name)
        return values[-1].strip() if values else ""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who called, with which link, and for which of its pages."""

    method: str
    """``HEAD`` is ``GET`` here; the answer loses its body afterwards."""
    token: str
    rest: str
    """What follows the token in the path, without a slash at its end."""
    depth: int
    """How many levels the address lies below the link's own place."""
    query: Mapping[str, str]
    caller: Caller
    cookies: Sequence[str] = field(repr=False)
    """Every value of the page's cookie: of which page each is, its signature says."""
    host: str
    content_type: str
    body: str = field(repr=False)
    is_base64: bool

    @classmethod
    def of(cls, event: Mapping[str, Any], *, allow_as_of: bool) -> "Visit":
        """Read a request; where the stage allows it, the request may say when it happens."""
        headers = {str(k).lower(): str(v) for k, v in (event.get("headers") or {}).items()}
        tail = str(event.get("rawPath", "")).partition(_BELOW)[2]
        token, _, rest = tail.partition("/")
        method = str(event["requestContext"]["http"].get("method", "")).upper()
        return cls(
            method="GET" if method == "HEAD" else method,
            token=token,
            rest=rest.removesuffix("/"),
            depth=tail.count("/"),
            query=_query(str(event.get("rawQueryString") or "")),
            caller=Caller.of(event, kept=_KEPT_HEADERS, allow_as_of=allow_as_of),
            cookies=tuple(cookies(event, PAGE_COOKIE)),
            host=headers.get("host", ""),
            content_type=headers.get("content-type", ""),
            body=str(event.get("body") or ""),
            is_base64=bool(event.get("isBase64Encoded")),
        )

    @property
    def asked_language(self) -> Language | None:
        """The language that the address asks for, if it asks for one of ours."""
        return _LANGUAGES.get(self.query.get("lang", ""))

    @property
    def language(self) -> Language:
        """The page's language: as asked, or English for who reads no Portuguese."""
        accepted = self.caller.headers.get("accept-language", "").lower()
        names = [each.split(";")[0].strip() for each in accepted.split(",") if each.strip()]
        reads_portuguese = not names or any(n.startswith("pt") or n == "*" for n in names)
        return self.asked_language or ("pt" if reads_portuguese else "en")

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether a form was sent by a page of another site, as far as the browser says.

        A browser that does not say where a request is from may name the page's origin. Ours is
        ``null``: we ask browsers to tell nobody where somebody comes from.
        """
        site = self.caller.headers.get("sec-fetch-site")
        if site is not None:
            return site not in _OURS
        origin = self.caller.headers.get("origin", "null")
        return origin != "null" and urlsplit(origin).netloc != self.host

    def form(self) -> Form:
        """Read the body.

        Raises:
            TooLarge: it is longer than this form can be.
            Unreadable: it is no form.
        """
        kind = self.content_type.partition(";")[0].strip().lower()
        with_file = kind == MULTIPART and self.rest == WITH_FILE
        most = MAX_UPLOAD if with_file else MAX_FORM
        body = read_body(self.body, is_base64=self.is_base64, most=most)
        try:
            if with_file:
                return _with_file(self.content_type, body)
            if kind == _FORM:
                values = parse_qs(body.decode(), max_num_fields=_MAX_FIELDS)
                return Form({name: [clean(v) for v in found] for name, found in values.items()})
        except ValueError as exc:
            raise Unreadable from exc
        raise Unreadable


def _with_file(content_type: str, body: bytes) -> Form:
    fields: dict[str, list[str]] = {}
    files: list[Part] = []
    for part in read_parts(content_type, body, most=_MAX_FIELDS):
        if part.file_name is None:
            words = part.content[:MAX_FORM].decode("utf-8", "replace")
            fields.setdefault(part.name, []).append(clean(words))
        elif part.content or part.file_name:
            files.append(part)
    if len(files) > 1:
        raise NotMultipart
    return Form(fields, files[0] if files else None)


def _query(text: str) -> Mapping[str, str]:
    try:
        found = parse_qs(text[:_MAX_QUERY], max_num_fields=_MAX_FIELDS)
    except ValueError:
        return {}
    return {name: clean(values[-1]) for name, values in found.items()}
