"""Pix received, their refunds, and where receivers are told: ``/pix`` and ``/webhook``."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.carrier.instants import from_wire, to_wire, utc_now
from local.carrier.psp.asked import instant_of, webhook_url_of
from local.carrier.psp.charges import ACTIVE, PAID
from local.carrier.psp.gate import Gate, PspProblem, body_of, invalid, not_found
from local.carrier.web import Request, Response, Route, json_response
from regua.domain.money import ZERO, Money
from regua.domain.pix.amounts import AMOUNT, read_reais, reais

if TYPE_CHECKING:
    from datetime import datetime

    from local.carrier.psp.book import Account, Book, Json
    from local.carrier.psp.notifier import Notifier

ISPB = "12345678"
_ID = re.compile(r"[a-zA-Z0-9]{1,35}")
_PER_PAGE, _MAX_PER_PAGE = 100, 1000
_BASE = "/psp/api/v2"
_QUERY_WRONG = "PixConsultaInvalida"


@dataclass(slots=True)
class MoneyIn:
    """The routes of Pix and of webhooks."""

    book: Book
    gate: Gate
    notifier: Notifier

    def routes(self) -> list[Route]:
        """Return what it answers."""
        only = self.gate.only
        one = re.compile(rf"{_BASE}/pix/(?P<e2eid>[^/]+)")
        refund = re.compile(rf"{_BASE}/pix/(?P<e2eid>[^/]+)/devolucao/(?P<id_>[^/]+)")
        hook = re.compile(rf"{_BASE}/webhook/(?P<key>[^/]+)")
        return [
            Route("GET", re.compile(rf"{_BASE}/pix"), only("pix.read", self.listed)),
            Route("GET", one, only("pix.read", self.get)),
            Route("PUT", refund, only("pix.write", self.refund)),
            Route("GET", refund, only("pix.read", self.get_refund)),
            Route("PUT", hook, only("webhook.write", self.put_hook)),
            Route("GET", hook, only("webhook.read", self.get_hook)),
        ]

    def get(self, account: Account, request: Request, e2eid: str) -> Response:  # noqa: ARG002 - the signature of a handler
        """Answer a Pix."""
        return json_response(_received(account, e2eid))

    def listed(self, account: Account, request: Request) -> Response:
        """Answer a page of the Pix of a time."""
        start, end = (
            instant_of(_QUERY_WRONG, request.query.get(name, ""), name)
            for name in ("inicio", "fim")
        )
        page, per_page = (
            _count(request.query.get(f"paginacao.{name}", str(usual)), name)
            for name, usual in (("paginaAtual", 0), ("itensPorPagina", _PER_PAGE))
        )
        if not 1 <= per_page <= _MAX_PER_PAGE:
            raise invalid(_QUERY_WRONG, "Fora dos limites.", "paginacao.itensPorPagina")
        only_refunded = request.query.get("devolucaoPresente") == "true"
        found = sorted(
            (
                pix
                for pix in account.received.values()
                if start <= from_wire(pix["horario"]) <= end
                and (pix.get("devolucoes") or not only_refunded)
            ),
            key=lambda pix: (pix["horario"], pix["endToEndId"]),
        )
        paging = {
            "paginaAtual": page,
            "itensPorPagina": per_page,
            "quantidadeDePaginas": max(1, -(-len(found) // per_page)),
            "quantidadeTotalDeItens": len(found),
        }
        parameters = {"inicio": to_wire(start), "fim": to_wire(end), "paginacao": paging}
        shown = found[page * per_page : (page + 1) * per_page]
        return json_response({"parametros": parameters, "pix": shown})

    # ── refunds ────────────────────────────────────────────────────────────────────────────────

    def refund(self, account: Account, request: Request, e2eid: str, id_: str) -> Response:
        """Send a part of a Pix, or all of it, back."""
        body = body_of(request)
        amount = amount_of(body.get("valor"))
        if amount is None or not _ID.fullmatch(id_):
            raise invalid("PixDevolucaoInvalida", "O valor não é válido.", "devolucao.valor")
        with self.book.changing():
            pix = _received(account, e2eid)
            entry = add_refund(pix, id_, amount, str(body.get("natureza", "ORIGINAL")))
            return json_response(entry, status=HTTPStatus.CREATED)

    def get_refund(self, account: Account, request: Request, e2eid: str, id_: str) -> Response:  # noqa: ARG002 - the signature of a handler
        """Answer a refund."""
        refunds = _received(account, e2eid).get("devolucoes", [])
        found = next((each for each in refunds if each["id"] == id_), None)
        if found is None:
            raise not_found()
        return json_response(found)

    # ── webhooks ───────────────────────────────────────────────────────────────────────────────

    def put_hook(self, account: Account, request: Request, key: str) -> Response:
        """Tell the receiver at this address from now on."""
        if key != account.key:
            raise not_found()
        url = webhook_url_of(request)
        with self.book.changing():
            account.webhook = {
                "webhookUrl": url,
                "cnpj": account.document,
                "criacao": to_wire(utc_now()),
            }
        return Response(HTTPStatus.OK)

    def get_hook(self, account: Account, request: Request, key: str) -> Response:  # noqa: ARG002 - the signature of a handler
        """Answer where the receiver is told."""
        if key != account.key or account.webhook is None:
            raise not_found()
        return json_response(account.webhook)


def _received(account: Account, e2eid: str) -> Json:
    found = account.received.get(e2eid)
    if found is None:
        raise not_found()
    return found


def amount_of(raw: object) -> Money | None:
    """Read an amount above zero in the specification's one form."""
    if not isinstance(raw, str) or not AMOUNT.fullmatch(raw):
        return None
    return read_reais(raw) or None


def new_pix(account: Account, amount: Money, at: datetime, txid: str | None) -> Json:
    """Take a Pix for a receiver; the charge that it pays is concluded."""
    minute = at.astimezone(UTC).strftime("%Y%m%d%H%M")
    e2eid = f"E{ISPB}{minute}{secrets.token_hex(6)[:11]}"
    pix: Json = {
        "endToEndId": e2eid,
        "valor": reais(amount),
        "horario": to_wire(at),
        "chave": account.key,
        "infoPagador": "Pago no PSP local",
    }
    if txid is not None:
        pix["txid"] = txid
        charge = account.charges.get(txid)
        if charge is not None and charge["status"] == ACTIVE:
            charge["status"] = PAID
    account.received[e2eid] = pix
    return pix


def add_refund(pix: Json, id_: str, amount: Money, nature: str) -> Json:
    """Send a part of a Pix back, at once; the same id again is the same refund.

    Raises:
        PspProblem: more would go back than came in.
    """
    refunds: list[Json] = pix.setdefault("devolucoes", [])
    known = next((each for each in refunds if each["id"] == id_), None)
    if known is not None:
        return known
    back = sum((read_reais(each["valor"]) or ZERO for each in refunds), start=amount)
    if back > (read_reais(pix["valor"]) or ZERO):
        if not refunds:
            del pix["devolucoes"]
        raise PspProblem(
            HTTPStatus.BAD_REQUEST, "PixDevolucaoInvalida", "Mais do que foi recebido."
        )
    now = to_wire(utc_now())
    entry = {
        "id": id_,
        "rtrId": f"D{ISPB}{utc_now():%Y%m%d%H%M}{secrets.token_hex(6)[:11]}",
        "valor": reais(amount),
        "natureza": nature,
        "horario": {"solicitacao": now, "liquidacao": now},
        "status": "DEVOLVIDO",
    }
    refunds.append(entry)
    return entry


def _count(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise invalid(_QUERY_WRONG, "Não é um número.", f"paginacao.{name}")
    return int(text)
