"""What a PSP's answers mean: the JSON of a good one, or one of this application's errors.

Source: BCB, API Pix 2.9.0 (Problema); RFC 7807 (problems).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

from regua.application.pix_ports import PspRefused, PspShut, PspUnavailable
from regua.domain.errors import NotFound, Problem, ProviderThrottled

LONGEST_BYTES = 8 * 1024 * 1024
"""Of an answer: a longer one is none."""
_MAX_PROBLEMS = 20
_MAX_TEXT = 200
_SECONDS = re.compile(r"\d{1,6}", re.ASCII)


def object_of(document: object) -> Mapping[str, Any]:
    """Return an answer that has to be a JSON object.

    Raises:
        PspUnavailable: it is none.
    """
    if not isinstance(document, Mapping):
        raise PspUnavailable("the PSP's answer is no object")
    return document


@dataclass(frozen=True, slots=True)
class Answer:
    """What the PSP answered."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None

    def document(self) -> Any:  # noqa: ANN401 - whatever JSON was answered
        """Return the JSON of a good answer, or raise what a bad one means."""
        if len(self.body) > LONGEST_BYTES:
            raise PspUnavailable("the PSP's answer has no end")
        if HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES:
            return self._json()
        raise _error(self.status, self._problem(), self.retry_after)

    def _json(self) -> Any:  # noqa: ANN401 - as above
        if not self.body.strip():
            return None
        try:
            return json.loads(self.body, parse_float=str, parse_constant=str)
        except (ValueError, RecursionError):
            raise PspUnavailable("the PSP's answer is no JSON") from None

    def _problem(self) -> Mapping[str, Any]:
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def refusal(exc: HTTPError) -> Answer:
    """Return what was answered with an error's status, as far as it can be read."""
    try:
        body = exc.read(LONGEST_BYTES + 1)
    except (OSError, HTTPException):  # the status says enough
        body = b""
    return Answer(exc.code, body, exc.headers.get("Retry-After"))


_Meaning = Callable[[str, tuple[Problem, ...]], Exception]


def _shut(kind: str, _: tuple[Problem, ...]) -> Exception:
    return PspShut(f"the PSP denies access: {kind}")


def _missing(kind: str, _: tuple[Problem, ...]) -> Exception:
    return NotFound(f"at the PSP: {kind}")


def _unavailable(kind: str, _: tuple[Problem, ...]) -> Exception:
    return PspUnavailable(f"the PSP cannot now: {kind}")


MEANINGS: Mapping[str, _Meaning] = {
    "RequisicaoInvalida": PspRefused,
    "AcessoNegado": _shut,
    "NaoEncontrado": _missing,
    "PermanentementeRemovido": _missing,
    "ErroInternoDoServidor": _unavailable,
    "ServicoIndisponivel": _unavailable,
    "IndisponibilidadePorTempoEsgotado": _unavailable,
    "CobVNaoEncontrado": _missing,
    "PixNaoEncontrado": _missing,
}
"""What the general problems mean, by the last part of their type; the others by their status."""
_BY_STATUS: Mapping[int, _Meaning] = {
    HTTPStatus.BAD_REQUEST: PspRefused,
    HTTPStatus.UNAUTHORIZED: _shut,
    HTTPStatus.FORBIDDEN: _shut,
    HTTPStatus.NOT_FOUND: _missing,
    HTTPStatus.CONFLICT: PspRefused,
    HTTPStatus.GONE: _missing,
    HTTPStatus.UNPROCESSABLE_ENTITY: PspRefused,
}


def _error(status: int, problem: Mapping[str, Any], retry_after: str | None) -> Exception:
    """Return what a bad answer means; what is in no table may be better later."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        is_seconds = _SECONDS.fullmatch(retry_after or "")
        seconds = int(is_seconds[0]) if is_seconds else None
        return ProviderThrottled("the PSP", retry_after_seconds=seconds)
    kind = _text(problem.get("type")).rpartition("/")[2] or str(status)
    meaning = MEANINGS.get(kind) or _BY_STATUS.get(status, _unavailable)
    return meaning(kind, tuple(_violations(problem.get("violacoes"))))


def _violations(raw: object) -> Iterator[Problem]:
    """Read which property is wrong, and why; its value is left where it is."""
    for entry in raw[:_MAX_PROBLEMS] if isinstance(raw, list) else []:
        if isinstance(entry, dict):
            yield Problem(_text(entry.get("propriedade")) or "$", _text(entry.get("razao")))


def _text(raw: object) -> str:
    text = raw[:_MAX_TEXT] if isinstance(raw, str) else ""
    return text.encode(errors="replace").decode()
