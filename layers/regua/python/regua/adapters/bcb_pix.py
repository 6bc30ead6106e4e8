"""A creditor's PSP over the API Pix of the Banco Central: Pix received, and charges (``cobv``).

Answers are read leniently: new fields and values are no errors, and the rest of a Pix or a
charge survives one wrong field. A ``PUT`` whose making is in doubt is looked up by its txid, which
is ours.

Source: BCB, API Pix 2.9.0: /pix, /pix/{e2eid}, /cobv/{txid}; versioning policy.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

from regua.adapters.bcb_answers import object_of
from regua.adapters.bcb_http import BcbHttp, segment
from regua.application.pix_ports import (
    ChargeStatus,
    PixPage,
    PspCharge,
    PspRefused,
    PspShut,
    PspUnavailable,
)
from regua.application.wire import instant_text
from regua.domain.errors import NotFound
from regua.domain.pix.br_code import MAX_CODE, MAX_LOCATION
from regua.domain.pix.received import ReceivedPix
from regua.domain.pix.webhook import Notification, read_notification

if TYPE_CHECKING:
    from regua.domain.ids import CreditorId

PER_PAGE = 100
_BODY = ("calendario", "devedor", "valor", "chave", "solicitacaoPagador", "infoAdicionais")


class BcbPixProvider:
    """Speaks to every creditor's PSP about Pix and charges."""

    def __init__(self, http: BcbHttp) -> None:
        self._http = http

    def find_pix(self, creditor_id: "CreditorId", end_to_end_id: str) -> ReceivedPix | None:
        """Return a Pix as the PSP knows it, with its refunds."""
        try:
            found = self._http.ask(creditor_id, HTTPMethod.GET, f"pix/{segment(end_to_end_id)}")
        except NotFound:
            return None
        received, _ = _read([found])
        if not received:
            raise PspUnavailable("the PSP's answer about a Pix cannot be read")
        return received[0] if received[0].end_to_end_id == end_to_end_id else None

    def received(
        self,
        creditor_id: "CreditorId",
        start: datetime,
        end: datetime,
        page: int,
        *,
        only_refunded: bool = False,
    ) -> PixPage:
        """Return a page of the Pix received in a time."""
        query = {
            "inicio": instant_text(start),
            "fim": instant_text(end),
            "paginacao.paginaAtual": str(page),
            "paginacao.itensPorPagina": str(PER_PAGE),
        }
        if only_refunded:
            query["devolucaoPresente"] = "true"
        answer = object_of(self._http.ask(creditor_id, HTTPMethod.GET, "pix", query=query))
        listed = answer.get("pix")
        listed = [] if listed is None else listed
        if not isinstance(listed, list):
            raise PspUnavailable("the PSP's answer lists no Pix")
        received, problems = _read(listed)
        return PixPage(received, problems, _next_page(answer, page))

    def put_charge(
        self, creditor_id: "CreditorId", txid: str, body: Mapping[str, Any]
    ) -> PspCharge:
        """Create a charge; one that is in doubt, or was there, is looked up."""
        key = self._http.access(creditor_id).pix_key
        if key is not None and key != body.get("chave"):
            raise PspShut("the PSP's access is for another key")
        path = f"cobv/{segment(txid)}"
        try:
            return _charge(self._http.ask(creditor_id, HTTPMethod.PUT, path, body=body), txid)
        except PspShut:
            raise
        except (PspUnavailable, PspRefused):
            found = self.find_charge(creditor_id, txid)
            if found is None:
                raise
            return found

    def patch_charge(
        self, creditor_id: "CreditorId", txid: str, changes: Mapping[str, Any]
    ) -> PspCharge:
        """Change or remove a charge; doing it again is harmless."""
        path = f"cobv/{segment(txid)}"
        return _charge(self._http.ask(creditor_id, HTTPMethod.PATCH, path, body=changes), txid)

    def find_charge(self, creditor_id: "CreditorId", txid: str) -> PspCharge | None:
        """Return a charge as the PSP holds it."""
        try:
            path = f"cobv/{segment(txid)}"
            return _charge(self._http.ask(creditor_id, HTTPMethod.GET, path), txid)
        except NotFound:
            return None


def _read(listed: list[Any]) -> Notification:
    """Read Pix as a notification's, which judges each by itself."""
    return read_notification(json.dumps(listed))


def _next_page(answer: Mapping[str, Any], page: int) -> int | None:
    """Return the number of the next page; a PSP that does not count has a next after a full one."""
    parameters = answer.get("parametros")
    paging = parameters.get("paginacao") if isinstance(parameters, dict) else None
    total = paging.get("quantidadeDePaginas") if isinstance(paging, dict) else None
    if isinstance(total, int):
        return page + 1 if page + 1 < total else None
    listed = answer.get("pix")
    return page + 1 if isinstance(listed, list) and len(listed) >= PER_PAGE else None


def _charge(answer: object, txid: str) -> PspCharge:
    found = object_of(answer)
    if found.get("txid", txid) != txid:
        raise PspUnavailable("the PSP's answer is about another charge")
    received, _ = _read(found["pix"]) if isinstance(found.get("pix"), list) else ((), ())
    location = found.get("loc")
    located = location.get("location") if isinstance(location, dict) else None
    revision = found.get("revisao")
    return PspCharge(
        txid=txid,
        status=_status(found.get("status")),
        revision=revision if type(revision) is int else 0,
        copy_paste=_text(found.get("pixCopiaECola"), MAX_CODE),
        location=_text(found.get("location") or located, MAX_LOCATION),
        body={name: found[name] for name in _BODY if name in found},
        received=tuple(pix.end_to_end_id for pix in received),
    )


def _status(raw: object) -> ChargeStatus:
    return next((status for status in ChargeStatus if status == raw), ChargeStatus.UNKNOWN)


def _text(raw: object, most: int) -> str | None:
    is_text = isinstance(raw, str) and 0 < len(raw) <= most and raw.isascii() and raw.isprintable()
    return raw if isinstance(raw, str) and is_text else None
