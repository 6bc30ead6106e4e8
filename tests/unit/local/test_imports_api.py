"""The client of the imports API: a token that ran out, a refusal in one line, a file in pieces."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest

from local.imports_api import ImportsApi
from local.place import LocalError


class _Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[tuple[str, str, bytes]]] = []

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append(("POST", self.headers["authorization"], body))
        if self.headers["authorization"] == "Bearer velho":
            self._answer(401, b"{}")
        elif json.loads(body)["size_bytes"] == 0:
            problem = {"errors": [{"path": "body.size_bytes", "reason": "is too small"}]}
            self._answer(422, json.dumps(problem).encode())
        else:
            self._answer(201, b'{"id": "abc"}')

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append(("PUT", self.headers["content-length"], body))
        self._answer(403 if body == b"outro" else 200, b"")

    def do_GET(self) -> None:
        is_file = self.path == "/arquivo"
        assert isinstance(self.server, HTTPServer)
        port = self.server.server_port
        url = json.dumps({"url": f"http://127.0.0.1:{port}/arquivo"}).encode()
        self._answer(200, b"a;b\r\n" if is_file else url)

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - http.server's own
        """Keep quiet."""


@pytest.fixture
def url() -> Iterator[str]:
    _Server.seen.clear()
    server = HTTPServer(("127.0.0.1", 0), _Server)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


pytestmark = pytest.mark.enable_socket


def test_a_token_that_ran_out_is_replaced_once(url: str) -> None:
    tokens = iter(["velho", "novo"])
    api = ImportsApi(url, lambda: next(tokens))
    assert api.begin({"size_bytes": 1}) == {"id": "abc"}
    assert [token for _, token, _ in _Server.seen] == ["Bearer velho", "Bearer novo"]


def test_a_refusal_is_told_in_one_line(url: str) -> None:
    with pytest.raises(LocalError, match=r"422: body.size_bytes: is too small"):
        ImportsApi(url, lambda: "t").begin({"size_bytes": 0})


def test_a_file_is_put_with_its_length(url: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"conteudo")
    pieces: list[int] = []
    upload = {"method": "PUT", "url": f"{url}/x", "headers": {"Content-Length": "8"}}
    ImportsApi(url, lambda: "t").put(upload, path, pieces.append)
    assert _Server.seen == [("PUT", "8", b"conteudo")]
    assert sum(pieces) == 8
    path.write_bytes(b"outro")
    upload["headers"] = {"Content-Length": "5"}
    with pytest.raises(LocalError, match="recusado: 403"):
        ImportsApi(url, lambda: "t").put(upload, path)


def test_the_rejected_rows_are_written_to_a_file(url: str, tmp_path: Path) -> None:
    target = tmp_path / "pasta" / "erros.csv"
    ImportsApi(url, lambda: "t").errors_of("abc", target)
    assert target.read_bytes() == b"a;b\r\n"
