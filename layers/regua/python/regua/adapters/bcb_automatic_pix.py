"""A creditor's PSP over the API Pix of the Banco Central: Pix Automático (``rec`` and ``cobr``).

Answers are read leniently: new fields and values are no errors. A ``PUT`` of a debit whose making
is in doubt is looked up by its txid, which is ours; a ``POST`` of an authorisation has no id of
ours, so it is looked up by its contract (`find_by_contract`).

Source: BCB, API Pix 2.9.0: /locrec, /rec, /rec/{idRec}, /cobr/{txid},
/cobr/{txid}/retentativa/{data}.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

from regua.adapters.bcb_answers import object_of
from regua.adapters.bcb_http import BcbHttp, segment
from regua.application.automatic_pix_ports import DebitAsked, MandateAsked, MandateTold
from regua.application.pix_ports import PspRefused, PspShut, PspUnavailable
from regua.domain.automatic_debit import Attempt, DebitTold
from regua.domain.errors import NotFound
from regua.domain.pix.amounts import reais

if TYPE_CHECKING:
    from regua.domain.ids import CreditorId

_CPF_DIGITS = 11
_PER_PAGE = 100
_MAX_PAGES = 20
_MAX_CODE = 512
_EARLIER = timedelta(minutes=5)
"""Two clocks differ: what was asked for is looked for from a little before."""
_CANCELLED: Mapping[str, Any] = {"status": "CANCELADA"}
_REC_ID = re.compile(r"[a-zA-Z0-9]{29}", re.ASCII)
_CODE = re.compile(r"[A-Z0-9]{4}", re.ASCII)
_E2EID = re.compile(r"[a-zA-Z0-9]{32}", re.ASCII)


class BcbAutomaticPix:
    """Speaks to every creditor's PSP about authorisations and debits."""

    def __init__(self, http: BcbHttp) -> None:
        self._http = http

    # ── authorisations ─────────────────────────────────────────────────────────────────────────

    def ask_mandate(self, creditor_id: "CreditorId", asked: MandateAsked) -> MandateTold:
        """Ask for an authorisation, and read the code that the customer scans.

        The code is there only when the authorisation has a place of its own (``locrec``).
        """
        place = self._http.ask(creditor_id, HTTPMethod.POST, "locrec", body={"tipo": "rec"})
        body = _rec_body(asked)
        if isinstance(loc := _at(place, "id"), int):
            body["loc"] = loc
        answer = self._http.ask(creditor_id, HTTPMethod.POST, "rec", body=body)
        told = _mandate(answer)
        if told is None:
            raise PspUnavailable("the PSP's answer about an authorisation cannot be read")
        return self.find_mandate(creditor_id, told.rec_id) or told

    def find_by_contract(
        self,
        creditor_id: "CreditorId",
        document: str,
        contract: str,
        since: datetime,
        now: datetime,
    ) -> MandateTold | None:
        """Return the authorisation that was asked for a contract since an instant."""
        name = "cpf" if len(document) == _CPF_DIGITS else "cnpj"
        query = {"inicio": _instant(since - _EARLIER), "fim": _instant(now), name: document}
        for page in range(_MAX_PAGES):
            more = {
                "paginacao.paginaAtual": str(page),
                "paginacao.itensPorPagina": str(_PER_PAGE),
            }
            answer = self._http.ask(creditor_id, HTTPMethod.GET, "rec", query=query | more)
            listed = _list(object_of(answer), "recs")
            for entry in listed:
                told = _mandate(entry)
                if told is not None and _at(entry, "vinculo", "contrato") == contract:
                    return self.find_mandate(creditor_id, told.rec_id)
            if len(listed) < _PER_PAGE:
                return None
        return None

    def find_mandate(self, creditor_id: "CreditorId", rec_id: str) -> MandateTold | None:
        """Return an authorisation."""
        try:
            answer = self._http.ask(creditor_id, HTTPMethod.GET, f"rec/{segment(rec_id)}")
        except NotFound:
            return None
        return _mandate(answer)

    def cancel_mandate(self, creditor_id: "CreditorId", rec_id: str) -> MandateTold:
        """End an authorisation."""
        path = f"rec/{segment(rec_id)}"
        told = _mandate(self._http.ask(creditor_id, HTTPMethod.PATCH, path, body=_CANCELLED))
        if told is None:
            raise PspUnavailable("the PSP's answer about an authorisation cannot be read")
        return told

    # ── debits ─────────────────────────────────────────────────────────────────────────────────

    def ask_debit(self, creditor_id: "CreditorId", asked: DebitAsked) -> DebitTold:
        """Ask for a debit; one that is in doubt, or was there, is looked up."""
        body = self._cobr_body(creditor_id, asked)
        path = f"cobr/{segment(asked.txid)}"
        try:
            return self._told(self._http.ask(creditor_id, HTTPMethod.PUT, path, body=body))
        except PspShut:
            raise
        except (PspRefused, PspUnavailable):
            found = self.find_debit(creditor_id, asked.txid)
            if found is None:
                raise
            return found

    def find_debit(self, creditor_id: "CreditorId", txid: str) -> DebitTold | None:
        """Return a debit."""
        try:
            answer = self._http.ask(creditor_id, HTTPMethod.GET, f"cobr/{segment(txid)}")
        except NotFound:
            return None
        return self._told(answer)

    def cancel_debit(self, creditor_id: "CreditorId", txid: str) -> DebitTold:
        """Take a debit back, before the day of its first attempt."""
        path = f"cobr/{segment(txid)}"
        return self._told(self._http.ask(creditor_id, HTTPMethod.PATCH, path, body=_CANCELLED))

    def retry_debit(self, creditor_id: "CreditorId", txid: str, on: date) -> DebitTold:
        """Try a debit that failed again on a day to come."""
        path = f"cobr/{segment(txid)}/retentativa/{on.isoformat()}"
        return self._told(self._http.ask(creditor_id, HTTPMethod.POST, path))

    def _cobr_body(self, creditor_id: "CreditorId", asked: DebitAsked) -> Mapping[str, Any]:
        receiver = self._http.access(creditor_id).receiver
        if receiver is None:
            raise PspShut("the secret names no account for automatic debits")
        account = {"conta": receiver.account, "tipoConta": receiver.kind}
        if receiver.branch is not None:
            account["agencia"] = receiver.branch
        return {
            "idRec": asked.rec_id,
            "infoAdicional": asked.information,
            "calendario": {"dataDeVencimento": asked.due_date.isoformat()},
            "valor": {"original": reais(asked.amount)},
            "ajusteDiaUtil": True,
            "recebedor": account,
        }

    @staticmethod
    def _told(answer: object) -> DebitTold:
        found = object_of(answer)
        txid, status = found.get("txid"), found.get("status")
        if not (isinstance(txid, str) and isinstance(status, str)):
            raise PspUnavailable("the PSP's answer about a debit cannot be read")
        received = [
            e2eid
            for e2eid in (_at(pix, "endToEndId") for pix in _list(found, "pix"))
            if isinstance(e2eid, str) and _E2EID.fullmatch(e2eid)
        ]
        refusal = _code(_at(found, "encerramento", "rejeicao", "codigo")) or _code(
            _at(found, "encerramento", "cancelamento", "codigo")
        )
        return DebitTold(txid, status, tuple(_attempts(found)), tuple(received), refusal)


def _rec_body(asked: MandateAsked) -> dict[str, Any]:
    name = "cpf" if len(asked.document) == _CPF_DIGITS else "cnpj"
    calendar = {"dataInicial": asked.first_on.isoformat(), "periodicidade": "MENSAL"}
    if asked.last_on is not None:
        calendar["dataFinal"] = asked.last_on.isoformat()
    return {
        "vinculo": {
            "contrato": asked.contract,
            "devedor": {name: asked.document, "nome": asked.name},
            "objeto": asked.subject,
        },
        "calendario": calendar,
        "politicaRetentativa": "PERMITE_3R_7D" if asked.retries else "NAO_PERMITE",
    }


def _mandate(answer: object) -> MandateTold | None:
    rec_id, status = _at(answer, "idRec"), _at(answer, "status")
    if not (isinstance(rec_id, str) and _REC_ID.fullmatch(rec_id) and isinstance(status, str)):
        return None
    code = _at(answer, "dadosQR", "pixCopiaECola")
    is_code = isinstance(code, str) and 0 < len(code) <= _MAX_CODE
    return MandateTold(rec_id, status, code if isinstance(code, str) and is_code else None)


def _attempts(found: Mapping[str, Any]) -> Iterator[Attempt]:
    for raw in _list(found, "tentativas"):
        on, status = _at(raw, "dataLiquidacao"), _at(raw, "status")
        if not (isinstance(on, str) and isinstance(status, str)):
            continue
        try:
            day = date.fromisoformat(on[:10])
        except ValueError:
            continue
        yield Attempt(day, status, _code(_at(raw, "rejeicao", "codigo")))


def _list(holder: Mapping[str, Any], name: str) -> list[Any]:
    found = holder.get(name)
    return found if isinstance(found, list) else []


def _at(holder: object, *names: str) -> object:
    for name in names:
        holder = holder.get(name) if isinstance(holder, Mapping) else None
    return holder


def _code(raw: object) -> str | None:
    return raw if isinstance(raw, str) and _CODE.fullmatch(raw) else None


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
