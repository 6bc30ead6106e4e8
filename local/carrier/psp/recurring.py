"""Pix Automático: authorisations (``rec``), debits (``cobr``), their places and their webhooks.

What the customer and its institution do is steered under ``/psp/admin/rec`` and
``/psp/admin/cobr``; the receiver is told of every change, as a real provider tells.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.carrier.instants import from_wire, to_wire, utc_now
from local.carrier.psp.asked import day_of, instant_of, object_of, webhook_url_of
from local.carrier.psp.gate import PspProblem, body_of, invalid, not_found
from local.carrier.psp.money import ISPB, amount_of, new_pix
from local.carrier.web import HttpProblem, Request, Response, Route, json_response
from regua.domain.money import Money
from regua.domain.pix import br_code, tlv
from regua.domain.pix.amounts import AMOUNT
from regua.domain.pix.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.carrier.psp.book import Account, Book, Json
    from local.carrier.psp.gate import Gate
    from local.carrier.psp.notifier import Notifier

_BASE = "/psp/api/v2"
_REC_WRONG, _COBR_WRONG = "RecOperacaoInvalida", "CobROperacaoInvalida"
_TXID = re.compile(r"[a-zA-Z0-9]{26,35}")
_ENDED = frozenset({"CONCLUIDA", "EXPIRADA", "REJEITADA", "CANCELADA"})
_RUNNING = frozenset({"SOLICITADA", "AGENDADA"})
_POLICIES = frozenset({"NAO_PERMITE", "PERMITE_3R_7D"})
_DECISIONS = frozenset({"APROVADA", "REJEITADA", "EXPIRADA", "CANCELADA"})
_TELLS = {"rec": "recs", "cobr": "cobsr"}
_TOLD = {
    "rec": ("idRec", "status", "atualizacao", "ativacao"),
    "cobr": ("idRec", "txid", "status", "atualizacao", "tentativas", "pix"),
}
_MAX_TRIES = 4


@dataclass(slots=True)
class Recurring:
    """The routes of authorisations and debits."""

    book: Book
    gate: Gate
    notifier: Notifier

    def routes(self) -> list[Route]:
        """Return what it answers."""
        only = self.gate.only
        rec = re.compile(rf"{_BASE}/rec/(?P<id_rec>[^/]+)")
        cobr = re.compile(rf"{_BASE}/cobr/(?P<txid>[^/]+)")
        retry = re.compile(rf"{_BASE}/cobr/(?P<txid>[^/]+)/retentativa/(?P<day>[^/]+)")
        hook = re.compile(rf"{_BASE}/webhook(?P<kind>rec|cobr)")
        locations = only("payloadlocationrec.write", self.post_location)
        return [
            Route("POST", re.compile(rf"{_BASE}/locrec"), locations),
            Route("POST", re.compile(rf"{_BASE}/rec"), only("rec.write", self.post_rec)),
            Route("GET", re.compile(rf"{_BASE}/rec"), only("rec.read", self.list_recs)),
            Route("GET", rec, only("rec.read", self.get_rec)),
            Route("PATCH", rec, only("rec.write", self.patch_rec)),
            Route("PUT", cobr, only("cobr.write", self.put_cobr)),
            Route("GET", cobr, only("cobr.read", self.get_cobr)),
            Route("PATCH", cobr, only("cobr.write", self.patch_cobr)),
            Route("POST", retry, only("cobr.write", self.post_retry)),
            Route("PUT", hook, only("webhook.write", self.put_hook)),
            Route("POST", re.compile("/psp/admin/rec"), self.decide),
            Route("POST", re.compile("/psp/admin/cobr"), self.move),
        ]

    # ── authorisations ─────────────────────────────────────────────────────────────────────────

    def post_location(self, account: Account, request: Request) -> Response:
        """Make a place for an authorisation's code."""
        if body_of(request).get("tipo") != "rec":
            raise invalid("PayloadLocationRecOperacaoInvalida", "O tipo é rec.", "loc.tipo")
        with self.book.changing():
            places = _kept(account, "locrec")
            number = len(places) + 1
            token = hashlib.sha256(f"{account.client_id}{number}".encode()).hexdigest()[:32]
            place = {
                "id": number,
                "location": f"pix.example.com/qr/v2/rec/{token}",
                "tipo": "rec",
                "criacao": to_wire(utc_now()),
            }
            places[str(number)] = place
        return json_response(place, status=HTTPStatus.CREATED)

    def post_rec(self, account: Account, request: Request) -> Response:
        """Ask a customer for an authorisation."""
        body = body_of(request)
        _check_rec(account, body)
        with self.book.changing():
            retries = "R" if body["politicaRetentativa"] == "PERMITE_3R_7D" else "N"
            made = utc_now()
            unique = secrets.token_hex(6)[:11]
            rec: Json = {
                "idRec": f"R{retries}{ISPB}{made:%Y%m%d}{unique}",
                "vinculo": body["vinculo"],
                "calendario": body["calendario"],
                "politicaRetentativa": body["politicaRetentativa"],
                "recebedor": {"cnpj": account.document, "nome": account.name},
                "status": "CRIADA",
                "ativacao": {"tipoJornada": "AGUARDANDO_DEFINICAO"},
                "atualizacao": [{"status": "CRIADA", "data": to_wire(made)}],
            }
            if "valor" in body:
                rec["valor"] = body["valor"]
            if "loc" in body:
                place = _kept(account, "locrec")[str(body["loc"])]
                rec["loc"] = {**place, "idRec": rec["idRec"]}
            _kept(account, "rec")[rec["idRec"]] = rec
        return json_response(rec, status=HTTPStatus.CREATED)

    def list_recs(self, account: Account, request: Request) -> Response:
        """Answer the authorisations of a time and of a customer; all of them on one page."""
        start, end = (
            instant_of("RecConsultaInvalida", request.query.get(name, ""), name)
            for name in ("inicio", "fim")
        )
        documents = {name: request.query[name] for name in ("cpf", "cnpj") if name in request.query}
        found = [
            rec
            for rec in _kept(account, "rec").values()
            if start <= from_wire(rec["atualizacao"][0]["data"]) <= end
            and documents.items() <= rec["vinculo"]["devedor"].items()
        ]
        asked = {
            "inicio": request.query["inicio"],
            "fim": request.query["fim"],
            **documents,
            "paginacao": {
                "paginaAtual": 0,
                "itensPorPagina": max(100, len(found)),
                "quantidadeDePaginas": 1,
                "quantidadeTotalDeItens": len(found),
            },
        }
        return json_response({"parametros": asked, "recs": found})

    def get_rec(self, account: Account, request: Request, id_rec: str) -> Response:  # noqa: ARG002 - the signature of a handler
        """Answer an authorisation, with the code to scan where it has a place."""
        rec = _find(account, "rec", id_rec)
        if "loc" not in rec:
            return json_response(rec)
        code = _composite(account.name, rec["loc"]["location"])
        shown = {"jornada": "JORNADA_2", "pixCopiaECola": code}
        return json_response({**rec, "dadosQR": shown})

    def patch_rec(self, account: Account, request: Request, id_rec: str) -> Response:
        """End an authorisation."""
        if body_of(request) != {"status": "CANCELADA"}:
            raise invalid(_REC_WRONG, "Aqui só se cancela.", "rec.status")
        with self.book.changing():
            rec = _find(account, "rec", id_rec)
            if rec["status"] not in {"CRIADA", "APROVADA"}:
                raise invalid(_REC_WRONG, "A recorrência está encerrada.", "rec.status")
            _goes(rec, "CANCELADA")
            rec["encerramento"] = {"cancelamento": _by_receiver("SLCR")}
        return json_response(rec)

    def decide(self, request: Request) -> Response:
        """Let the customer give an authorisation (``APROVADA``), refuse it, or end it."""
        said = object_of(request)
        account, rec = self._whose("rec", said.get("id_rec"))
        if said.get("status") not in _DECISIONS:
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "send id_rec and a status")
        with self.book.changing():
            _goes(rec, said["status"])
            rec["ativacao"] = {"tipoJornada": "JORNADA_2"}
        self._tell(account, "rec", rec, said)
        return json_response(rec)

    # ── debits ─────────────────────────────────────────────────────────────────────────────────

    def put_cobr(self, account: Account, request: Request, txid: str) -> Response:
        """Ask for a debit; a txid is used once, and a month of an authorisation too."""
        body = body_of(request)
        with self.book.changing():
            _check_cobr(account, txid, body)
            rec = _kept(account, "rec")[body["idRec"]]
            made = utc_now()
            cobr: Json = {
                "idRec": body["idRec"],
                "txid": txid,
                "calendario": {**body["calendario"], "criacao": made.date().isoformat()},
                "valor": body["valor"],
                "ajusteDiaUtil": body.get("ajusteDiaUtil", True),
                "recebedor": {
                    **body["recebedor"],
                    "cnpj": account.document,
                    "nome": account.name,
                },
                "politicaRetentativa": rec["politicaRetentativa"],
                "status": "CRIADA",
                "atualizacao": [{"status": "CRIADA", "data": to_wire(made)}],
                "tentativas": [],
            }
            if "infoAdicional" in body:
                cobr["infoAdicional"] = body["infoAdicional"]
            _kept(account, "cobr")[txid] = cobr
        return json_response(cobr, status=HTTPStatus.CREATED)

    def get_cobr(self, account: Account, request: Request, txid: str) -> Response:  # noqa: ARG002 - the signature of a handler
        """Answer a debit."""
        return json_response(_find(account, "cobr", txid))

    def patch_cobr(self, account: Account, request: Request, txid: str) -> Response:
        """Take a debit back, before the day of its first attempt."""
        if body_of(request) != {"status": "CANCELADA"}:
            raise invalid(_COBR_WRONG, "Aqui só se cancela.", "cobr.status")
        with self.book.changing():
            cobr = _find(account, "cobr", txid)
            due = date.fromisoformat(cobr["calendario"]["dataDeVencimento"])
            if cobr["status"] in _ENDED or utc_now().date() >= due:
                raise invalid(_COBR_WRONG, "Não é mais possível cancelar.", "cobr.status")
            _goes(cobr, "CANCELADA")
            cobr["encerramento"] = {"cancelamento": _by_receiver("SLCR")}
        return json_response(cobr)

    def post_retry(self, account: Account, request: Request, txid: str, day: str) -> Response:  # noqa: ARG002 - the signature of a handler
        """Try a debit that failed again."""
        with self.book.changing():
            cobr = _find(account, "cobr", txid)
            tries = cobr["tentativas"]
            if cobr["politicaRetentativa"] != "PERMITE_3R_7D" or len(tries) >= _MAX_TRIES:
                raise invalid(_COBR_WRONG, "A política não permite.", "cobr.politicaRetentativa")
            if any(t["status"] in _RUNNING for t in tries):
                raise invalid(_COBR_WRONG, "Existe uma tentativa ativa.", "cobr.tentativas")
            if day_of(day) <= utc_now().date():
                raise invalid(_COBR_WRONG, "A data não é futura.", "data")
            tries.append(_attempt(day, "NTAG"))
        return json_response(cobr, status=HTTPStatus.CREATED)

    def move(self, request: Request) -> Response:
        """Let a debit be taken (``schedule``), made (``pay``), fail (``fail``) or be stopped."""
        said = object_of(request)
        account, cobr = self._whose("cobr", said.get("txid"))
        with self.book.changing():
            self._act(account, cobr, said)
        self._tell(account, "cobr", cobr, said)
        return json_response(cobr)

    @staticmethod
    def _act(account: Account, cobr: Json, said: Json) -> None:
        tries = cobr["tentativas"]
        match said.get("act"):
            case "schedule":
                if not tries:
                    tries.append(_attempt(cobr["calendario"]["dataDeVencimento"], "AGND"))
                _goes(tries[-1], "AGENDADA")
                _goes(cobr, "ATIVA")
            case "fail" if tries:
                _goes(tries[-1], "REJEITADA")
                code = str(said.get("code", "AM02"))
                tries[-1]["rejeicao"] = {"codigo": code, "descricao": "Rejeitada no PSP local"}
            case "pay" if tries:
                _goes(tries[-1], "PAGA")
                _goes(cobr, "CONCLUIDA")
                amount = amount_of(cobr["valor"]["original"]) or Money(0)
                at = from_wire(said["at"]) if "at" in said else utc_now()
                cobr["pix"] = [new_pix(account, amount, at, cobr["txid"])]
            case "stop":
                _goes(cobr, "CANCELADA")
            case _:
                raise HttpProblem(HTTPStatus.BAD_REQUEST, "act: schedule, then pay or fail; stop")

    # ── webhooks ───────────────────────────────────────────────────────────────────────────────

    def put_hook(self, account: Account, request: Request, kind: str) -> Response:
        """Tell the receiver at this address of authorisations, or of debits, from now on."""
        url = webhook_url_of(request)
        with self.book.changing():
            _kept(account, "hooks")[kind] = url
        return Response(HTTPStatus.OK)

    def _tell(self, account: Account, kind: str, what: Json, said: Json) -> None:
        url = _kept(account, "hooks").get(kind)
        if url is None or said.get("notify") is False:
            return
        told = {name: what[name] for name in _TOLD[kind] if name in what}
        address = f"{url.rstrip('/')}/{kind}"
        self.notifier.tell(address, {_TELLS[kind]: [told]}, account.hook_headers)

    def _whose(self, kind: str, id_: object) -> tuple[Account, Json]:
        for account in self.book.accounts.values():
            found = _kept(account, kind).get(str(id_))
            if found is not None:
                return account, found
        raise HttpProblem(HTTPStatus.NOT_FOUND, f"there is no such {kind}")


def _kept(account: Account, name: str) -> Json:
    """Return what this section keeps of an account under a name."""
    kept: Json = account.others.setdefault(name, {})
    return kept


def _find(account: Account, kind: str, id_: str) -> Json:
    found: Json | None = _kept(account, kind).get(id_)
    if found is None:
        raise not_found()
    return found


def _goes(what: Json, status: str) -> None:
    what["status"] = status
    what["atualizacao"].append({"status": status, "data": to_wire(utc_now())})


def _attempt(day: str, kind: str) -> Json:
    return {
        "dataLiquidacao": day,
        "tipo": kind,
        "endToEndId": f"E{ISPB}{day.replace('-', '')}0000{secrets.token_hex(6)[:11]}",
        "status": "SOLICITADA",
        "atualizacao": [{"status": "SOLICITADA", "data": to_wire(utc_now())}],
    }


def _by_receiver(code: str) -> Json:
    return {
        "solicitante": "USUARIO_RECEBEDOR",
        "codigo": code,
        "descricao": "Cancelamento solicitado pelo usuário recebedor",
    }


def _check_rec(account: Account, body: Json) -> None:
    link, calendar = _inner(body, "vinculo"), _inner(body, "calendario")
    debtor = _inner(link, "devedor")
    contract, subject = link.get("contrato"), link.get("objeto", "")
    checks = {
        "rec.vinculo.contrato": isinstance(contract, str) and 0 < len(contract) <= 35,  # noqa: PLR2004 - as specified
        "rec.vinculo.objeto": isinstance(subject, str) and len(subject) <= 35,  # noqa: PLR2004 - as specified
        "rec.vinculo.devedor": len({"cpf", "cnpj"} & debtor.keys()) == 1 and "nome" in debtor,
        "rec.calendario.dataInicial": _is_day(calendar.get("dataInicial")),
        "rec.calendario.periodicidade": calendar.get("periodicidade") == "MENSAL",
        "rec.politicaRetentativa": body.get("politicaRetentativa") in _POLICIES,
        "rec.loc": "loc" not in body or str(body["loc"]) in _kept(account, "locrec"),
    }
    _refuse(_REC_WRONG, (path for path, is_right in checks.items() if not is_right))


def _check_cobr(account: Account, txid: str, body: Json) -> None:
    rec = _kept(account, "rec").get(str(body.get("idRec")))
    calendar, value, receiver = (_inner(body, n) for n in ("calendario", "valor", "recebedor"))
    due = str(calendar.get("dataDeVencimento"))
    others = _kept(account, "cobr").values()
    cycle = [
        c
        for c in others
        if c["idRec"] == body.get("idRec")
        and c["status"] not in {"REJEITADA", "CANCELADA"}
        and c["calendario"]["dataDeVencimento"][:7] == due[:7]
    ]
    checks = {
        "cobr.txid": bool(_TXID.fullmatch(txid)) and txid not in _kept(account, "cobr"),
        "cobr.idRec": rec is not None and rec["status"] == "APROVADA",
        "cobr.calendario.dataDeVencimento": _is_day(due) and not cycle,
        "cobr.valor.original": bool(AMOUNT.fullmatch(str(value.get("original")))),
        "cobr.recebedor": {"conta", "tipoConta"} <= receiver.keys(),
    }
    _refuse(_COBR_WRONG, (path for path, is_right in checks.items() if not is_right))


def _inner(holder: Json, name: str) -> Json:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def _refuse(kind: str, wrong: Iterator[str]) -> None:
    violations = [{"razao": "Não respeita o formato.", "propriedade": path} for path in wrong]
    if violations:
        raise PspProblem(HTTPStatus.BAD_REQUEST, kind, "Operação inválida.", violations)


def _is_day(text: object) -> bool:
    return day_of(text) != date.min


def _composite(name: str, location: str) -> str:
    """Write the code of an authorisation alone (journey 2): its place is in template 80."""
    body = tlv.write(
        {
            "00": "01",
            "26": tlv.write({"00": "br.gov.bcb.pix"}),
            "52": "0000",
            "53": "986",
            "58": "BR",
            "59": fold(name, br_code.MAX_NAME),
            "60": "RECIFE",
            "62": tlv.write({"05": "***"}),
            "80": tlv.write({"00": "br.gov.bcb.pix", "25": location}),
        }
    )
    return f"{body}6304{tlv.crc(f'{body}6304')}"
