"""``/cobv/{txid}``: charges with a due date, as the receiver's PSP keeps them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.carrier.instants import to_wire, utc_now
from local.carrier.psp.asked import day_of
from local.carrier.psp.gate import Gate, PspProblem, body_of, invalid, not_found
from local.carrier.web import Request, Response, Route, json_response
from regua.domain.pix import br_code
from regua.domain.pix.charge import body_problems

if TYPE_CHECKING:
    from local.carrier.psp.book import Account, Book, Json

ACTIVE, PAID = "ATIVA", "CONCLUIDA"
REMOVED = "REMOVIDA_PELO_USUARIO_RECEBEDOR"
WRONG = "CobVOperacaoInvalida"
_PATH = re.compile(r"/psp/api/v2/cobv/(?P<txid>[^/]+)")
_TXID = re.compile(r"[a-zA-Z0-9]{26,35}")
_DEFAULT_VALID = 30
_ASKED = ("calendario", "devedor", "valor", "chave", "solicitacaoPagador", "infoAdicionais")


@dataclass(slots=True)
class Charges:
    """The routes of charges."""

    book: Book
    gate: Gate

    def routes(self) -> list[Route]:
        """Return what it answers."""
        only = self.gate.only
        return [
            Route("PUT", _PATH, only("cobv.write", self.put)),
            Route("PATCH", _PATH, only("cobv.write", self.patch)),
            Route("GET", _PATH, only("cobv.read", self.get)),
        ]

    def put(self, account: Account, request: Request, txid: str) -> Response:
        """Create a charge; a txid is used once."""
        body = body_of(request)
        with self.book.changing():
            if not _TXID.fullmatch(txid):
                raise _wrong("O txid não respeita o formato.", "cobv.txid")
            if txid in account.charges:
                raise _wrong("Já existe uma cobrança com este txid.", "cobv.txid")
            _check(account, body)
            account.charges[txid] = _made(account, txid, body)
            return json_response(_generated(account.charges[txid]), status=HTTPStatus.CREATED)

    def patch(self, account: Account, request: Request, txid: str) -> Response:
        """Change or remove an active charge."""
        changes = body_of(request)
        with self.book.changing():
            known = account.charges.get(txid)
            if known is None:
                raise not_found()
            if known["status"] != ACTIVE:
                raise _wrong("Somente cobranças ativas podem ser revisadas.", "cobv.status")
            if "status" in changes:
                if changes != {"status": REMOVED}:
                    raise _wrong("A remoção não pode trazer outras mudanças.", "cobv.status")
                changed = {**known, "status": REMOVED}
            else:
                changed = _changed(account, known, changes)
            changed["revisao"] = known["revisao"] + 1
            account.charges[txid] = changed
            return json_response(_generated(changed))

    def get(self, account: Account, request: Request, txid: str) -> Response:  # noqa: ARG002 - the signature of a handler
        """Answer a charge, with the Pix that paid it."""
        known = account.charges.get(txid)
        if known is None:
            raise not_found()
        received = [pix for pix in account.received.values() if pix.get("txid") == txid]
        return json_response({**known, **({"pix": received} if received else {})})


def _check(account: Account, body: Json) -> None:
    """Refuse what the specification refuses; not a due date in the past, for time travels here."""
    calendar = body.get("calendario")
    due = calendar.get("dataDeVencimento") if isinstance(calendar, dict) else None
    problems = body_problems(body, today=day_of(due))
    if problems:
        violations = [{"razao": p.reason, "propriedade": f"cobv.{p.path}"} for p in problems]
        raise PspProblem(HTTPStatus.BAD_REQUEST, WRONG, "Cobrança inválida.", violations)
    if body["chave"] != account.key:
        raise _wrong("A chave não pertence ao usuário recebedor.", "cobv.chave")


def _made(account: Account, txid: str, body: Json) -> Json:
    location = f"pix.example.com/qr/v2/cobv/{hashlib.sha256(txid.encode()).hexdigest()[:32]}"
    calendar = {"criacao": to_wire(utc_now()), "validadeAposVencimento": _DEFAULT_VALID}
    code = br_code.BrCode(
        name=account.name[: br_code.MAX_NAME], city="RECIFE", location=location, single_use=True
    )
    return {
        **{name: body[name] for name in _ASKED if name in body},
        "calendario": {**calendar, **body["calendario"]},
        "txid": txid,
        "revisao": 0,
        "loc": {
            "id": len(account.charges) + 1,
            "location": location,
            "tipoCob": "cobv",
            "criacao": to_wire(utc_now()),
            "txid": txid,
        },
        "location": location,
        "status": ACTIVE,
        "recebedor": account.receiver,
        "pixCopiaECola": br_code.encode(code),
    }


def _changed(account: Account, known: Json, changes: Json) -> Json:
    asked = {name: changes[name] for name in _ASKED if name in changes}
    changed = {**known, **asked}
    if "calendario" in asked:
        changed["calendario"] = {**known["calendario"], **asked["calendario"]}
    _check(account, {name: changed[name] for name in _ASKED if name in changed})
    return changed


def _generated(charge: Json) -> Json:
    return {name: value for name, value in charge.items() if name != "pix"}


def _wrong(razao: str, propriedade: str) -> PspProblem:
    return invalid(WRONG, razao, propriedade)
