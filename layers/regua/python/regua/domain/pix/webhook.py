"""Read what a PSP posts to ``{webhookUrl}/pix``: money that arrived, and money that went back.

PSPs differ in silence, and a Pix lost here is a debtor dunned after paying. So `read_notification`
takes every known shape (``{"pix": [...]}``, a bare list, a single object; ``devolucoes`` as an
object; comma decimals; unknown fields and values) and judges every Pix by itself: the good ones
come back typed, the rest as problems with their path. A Pix needs its ``endToEndId``, its ``valor``
and its ``horario``. Whatever else is malformed is reported and left out, and the money is kept.

The body carries no signature: read ``GET /pix/{e2eid}`` again before settling. The same Pix comes
again when a refund of it ends, so remember the Pix by `ReceivedPix.end_to_end_id` (never by txid,
which a static code repeats) and within it each refund by its id and status.

Source: BCB, API Pix 2.9.0: callback of /webhook/{chave}, schemas Pix and Devolucao. Banco Inter
posts a bare list (phpay-io/phpay, release notes 2.8.0); the specification's own example shows
``devolucoes`` as an object, and its signed sample an amount with a comma.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from regua.domain.errors import InvalidInput, Problem
from regua.domain.money import ZERO, Money
from regua.domain.pix.amounts import read_reais
from regua.domain.pix.keys import MAX_KEY
from regua.domain.pix.received import (
    Components,
    ReceivedPix,
    Refund,
    RefundNature,
    RefundStatus,
)
from regua.domain.rules import Rule

__all__ = [
    "MAX_BODY",
    "MAX_NOTE",
    "MAX_PROBLEMS",
    "RULES",
    "Components",
    "Notification",
    "ReceivedPix",
    "Refund",
    "RefundNature",
    "RefundStatus",
    "read_notification",
]

MAX_BODY = 1_048_576
"""Bytes, or characters of a text: some 1,700 Pix. The specification sets no limit."""
MAX_PROBLEMS = 100
"""Further problems are not listed: a hostile body must not be answered at length."""
MAX_NOTE = 140

_END_TO_END_ID = re.compile(r"[a-zA-Z0-9]{32}")
_SHORT_ID = re.compile(r"[a-zA-Z0-9]{1,35}")
_AMOUNT = re.compile(r"\d{1,10}[.,]\d{1,2}", re.ASCII)
_NO_TXID = ("", "***")
_LONGEST_INSTANT = 40
_T = TypeVar("_T")


class Notification(NamedTuple):
    """The Pix of a notification in the order written, and what could not be read."""

    received: tuple[ReceivedPix, ...]
    problems: tuple[Problem, ...]


def read_notification(body: bytes | str) -> Notification:
    """Read a notification; every Pix stands or falls alone.

    >>> received, problems = read_notification(
    ...     '[{"endToEndId": "E87654321202009091221dfghi123456", "valor": "110,00",'
    ...     '  "horario": "2020-09-09T17:15:00-03:00"}, {"valor": "5.00"}]')
    >>> received[0].amount, received[0].received_at.isoformat()
    (Money(centavos=11000), '2020-09-09T20:15:00+00:00')
    >>> problems[0]
    Problem(path='[1].endToEndId', reason='32 letters and digits are expected')

    Raises:
        InvalidInput: only when the body is too large or no JSON.
    """
    reader = _Reader()
    entries = reader.entries(_document(body))
    received = tuple(pix for path, raw in entries if (pix := reader.pix(path, raw)))
    return Notification(received, tuple(reader.problems))


def _document(body: bytes | str) -> object:
    if len(body) > MAX_BODY:
        raise InvalidInput.at("body", f"larger than {MAX_BODY}")
    try:
        text = body.decode() if isinstance(body, bytes) else body
        # A number with a point stays text: money never passes through a float.
        return json.loads(text.removeprefix("\ufeff"), parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise InvalidInput.at("body", "not JSON in UTF-8") from None


class _Reader:
    """Reads part after part, gathering what is wrong."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def report(self, path: str, reason: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(path, reason))

    def entries(self, document: object) -> Iterator[tuple[str, object]]:
        """Find the Pix in any known shape, each with its path."""
        path, found = "", document
        if isinstance(document, dict):
            if "pix" not in document:
                yield "$", document if "endToEndId" in document else None
                return
            path, found = "pix", document["pix"]
        if isinstance(found, list):
            yield from ((f"{path}[{index}]", entry) for index, entry in enumerate(found))
        else:
            yield path or "$", found

    def pix(self, path: str, raw: object) -> ReceivedPix | None:
        if not isinstance(raw, dict):
            self.report(path, "a Pix is expected")
            return None
        get = raw.get
        identity = self.needed(f"{path}.endToEndId", get("endToEndId"), _end_to_end_id, _AN_E2EID)
        amount = self.needed(f"{path}.valor", get("valor"), _positive, _AN_AMOUNT)
        received_at = self.needed(f"{path}.horario", get("horario"), _instant, _AN_INSTANT)
        if identity is None or amount is None or received_at is None:
            return None
        txid = None if get("txid") in _NO_TXID else get("txid")
        return ReceivedPix(
            end_to_end_id=identity,
            amount=amount,
            received_at=received_at,
            txid=self.optional(f"{path}.txid", txid, _short_id, _AN_ID),
            key=self.optional(f"{path}.chave", get("chave"), _key, "a key is expected"),
            note=self.optional(f"{path}.infoPagador", get("infoPagador"), _note, "no text"),
            components=self.components(f"{path}.componentesValor", get("componentesValor"), amount),
            refunds=tuple(self.refunds(f"{path}.devolucoes", get("devolucoes"))),
        )

    def components(self, path: str, raw: object, amount: Money) -> Components | None:
        if raw is None:
            return None
        if not isinstance(raw, dict):
            self.report(path, "an object is expected")
            return None
        parts = {}
        for name, attribute in _COMPONENTS.items():
            part = raw.get(name)
            value = part.get("valor") if isinstance(part, dict) else part
            parts[attribute] = self.optional(f"{path}.{name}.valor", value, _amount, _AN_AMOUNT)
        components = Components(**{name: part or ZERO for name, part in parts.items()})
        if components.total != amount:
            self.report(path, "the parts do not add up to the Pix")
            return None
        return components

    def refunds(self, path: str, raw: object) -> Iterator[Refund]:
        if isinstance(raw, list):
            entries = [(f"{path}[{index}]", entry) for index, entry in enumerate(raw)]
        else:
            entries = [] if raw is None else [(path, raw)]
        for at, entry in entries:
            refund = self.refund(at, entry)
            if refund is not None:
                yield refund

    def refund(self, path: str, raw: object) -> Refund | None:
        if not isinstance(raw, dict):
            self.report(path, "a refund is expected")
            return None
        identity = self.needed(f"{path}.id", raw.get("id"), _short_id, _AN_ID)
        amount = self.needed(f"{path}.valor", raw.get("valor"), _positive, _AN_AMOUNT)
        if identity is None or amount is None:
            return None
        times = raw.get("horario")
        times = times if isinstance(times, dict) else {}
        asked, settled = times.get("solicitacao"), times.get("liquidacao")
        return Refund(
            id=identity,
            amount=amount,
            status=_status(raw.get("status")),
            nature=_nature(raw.get("natureza")),
            return_id=self.optional(f"{path}.rtrId", raw.get("rtrId"), _end_to_end_id, _AN_E2EID),
            requested_at=self.optional(f"{path}.horario.solicitacao", asked, _instant, _AN_INSTANT),
            settled_at=self.optional(f"{path}.horario.liquidacao", settled, _instant, _AN_INSTANT),
        )

    def needed(
        self, path: str, raw: object, read: Callable[[object], _T | None], reason: str
    ) -> _T | None:
        """Read a value without which the whole is of no use."""
        value = read(raw)
        if value is None:
            self.report(path, reason)
        return value

    def optional(
        self, path: str, raw: object, read: Callable[[object], _T | None], reason: str
    ) -> _T | None:
        """Read a value that may be absent, or null."""
        return None if raw is None else self.needed(path, raw, read, reason)


_COMPONENTS = {
    "original": "original",
    "multa": "fine",
    "juros": "interest",
    "abatimento": "rebate",
    "desconto": "discount",
    "saque": "withdrawal",
    "troco": "change",
}
_AN_E2EID = "32 letters and digits are expected"
_AN_ID = "1 to 35 letters and digits are expected"
_AN_AMOUNT = "an amount with centavos, such as 123.45, is expected"
_AN_INSTANT = "an instant with its offset from UTC is expected"


def _end_to_end_id(raw: object) -> str | None:
    return raw if isinstance(raw, str) and _END_TO_END_ID.fullmatch(raw) else None


def _short_id(raw: object) -> str | None:
    return raw if isinstance(raw, str) and _SHORT_ID.fullmatch(raw) else None


def _amount(raw: object) -> Money | None:
    """Read an amount that shows its centavos: without them it might be in centavos."""
    return read_reais(raw) if isinstance(raw, str) and _AMOUNT.fullmatch(raw) else None


def _positive(raw: object) -> Money | None:
    return _amount(raw) or None


def _instant(raw: object) -> datetime | None:
    if not isinstance(raw, str) or len(raw) > _LONGEST_INSTANT or not raw.isascii():
        return None
    try:
        instant = datetime.fromisoformat(raw)
        return None if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _key(raw: object) -> str | None:
    is_key = isinstance(raw, str) and len(raw) <= MAX_KEY and raw.isascii() and raw.isprintable()
    return raw if isinstance(raw, str) and is_key else None


def _note(raw: object) -> str | None:
    """Cut a note to its limit; half a surrogate pair becomes a question mark, not an accident."""
    return raw[:MAX_NOTE].encode(errors="replace").decode() if isinstance(raw, str) else None


def _status(raw: object) -> RefundStatus:
    return next((status for status in RefundStatus if status == raw), RefundStatus.UNKNOWN)


def _nature(raw: object) -> RefundNature:
    if raw is None:
        return RefundNature.ORIGINAL
    return next((nature for nature in RefundNature if nature == raw), RefundNature.UNKNOWN)


RULES = (
    Rule(
        "pix.webhook.identity",
        "A received Pix is recognised by its endToEndId and a refund by its id within the Pix; "
        "the txid never identifies a payment.",
        "BCB, API Pix 2.9.0, schemas EndToEndId and DevolucaoId; a static txid is paid many times",
    ),
    Rule(
        "pix.webhook.tolerance",
        "Unknown fields and values are accepted, as are a bare list, a single object and a comma "
        "before the centavos; one bad Pix never hides a good one.",
        "BCB, API Pix 2.9.0, versioning policy; divergences met at PSPs",
    ),
    Rule(
        "pix.webhook.ambiguity",
        "An amount without centavos and an instant without an offset are refused, not guessed.",
        "our convention: the first may be in centavos, and the second moves the day of payment",
    ),
    Rule(
        "pix.webhook.components",
        "Original, withdrawal, change, fine and interest, less rebate and discount, add up to the "
        "Pix; otherwise the parts are ignored and reported.",
        "BCB, API Pix 2.9.0, schema Pix.componentesValor",
    ),
    Rule(
        "pix.webhook.size",
        f"A notification of more than {MAX_BODY} bytes is refused; at most {MAX_PROBLEMS} problems "
        "are listed.",
        "our convention: the specification sets no limit, and work must have one",
    ),
)
