"""Imports over the HTTP API, as any creditor's program would do them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import urllib3

from local.place import LocalError

_OK, _CREATED, _UNAUTHORISED = 200, 201, 401
_UPLOADED = (200, 201, 204)
_PIECE = 1 << 20


@dataclass(slots=True)
class ImportsApi:
    """The routes under ``/v1/imports``."""

    url: str
    new_token: Callable[[], str]
    _http: urllib3.PoolManager = field(init=False)
    _token: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self._http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(30.0, read=300.0))

    def begin(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Make an import; the answer says where to put the file."""
        return self._call("POST", "/v1/imports", wanted)

    def get(self, import_id: str) -> dict[str, Any]:
        """Return an import as it stands."""
        return self._call("GET", f"/v1/imports/{import_id}")

    def put(
        self,
        upload: Mapping[str, Any],
        path: Path,
        on_bytes: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Put a file where an import waits for it, a piece at a time.

        Raises:
            LocalError: the bucket refused it.
        """
        with path.open("rb") as stream:
            body: Any = _Told(stream, on_bytes)  # read in pieces: urllib3 asks for no more
            answer = self._http.request(
                upload["method"],
                upload["url"],
                headers=dict(upload["headers"]),
                body=body,
            )
        if answer.status not in _UPLOADED:
            raise LocalError(f"o envio do arquivo foi recusado: {answer.status}")

    def errors_of(self, import_id: str, target: Path) -> None:
        """Write the rejected rows of an import to a file."""
        url = self._call("GET", f"/v1/imports/{import_id}/errors")["url"]
        answer = self._http.request("GET", url, preload_content=False)
        if answer.status != _OK:
            raise LocalError(f"o arquivo de erros não veio: {answer.status}")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as stream:
            for piece in answer.stream(_PIECE):
                stream.write(piece)

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask once, and once more with another token when the first ran out."""
        answer = self._ask(method, path, body)
        if answer.status == _UNAUTHORISED:
            self._token = ""
            answer = self._ask(method, path, body)
        document = json.loads(answer.data or b"{}")
        if answer.status not in {_OK, _CREATED}:
            raise LocalError(_told(answer.status, document))
        found: dict[str, Any] = document
        return found

    def _ask(self, method: str, path: str, body: object) -> urllib3.BaseHTTPResponse:
        self._token = self._token or self.new_token()
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return self._http.request(method, f"{self.url}{path}", headers=headers, body=data)


class _Told:
    """A stream that says how much of it was read."""

    def __init__(self, stream: BinaryIO, on_bytes: Callable[[int], None]) -> None:
        self._stream, self._on_bytes = stream, on_bytes

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        piece = self._stream.read(size)
        self._on_bytes(len(piece))
        return piece


def _told(status: int, problem: Mapping[str, Any]) -> str:
    """Say why the API refused, in one line."""
    errors = "; ".join(f"{e['path']}: {e['reason']}" for e in problem.get("errors", ()))
    why = errors or problem.get("detail") or problem.get("message") or ""
    return f"a API respondeu {status}: {why}"
