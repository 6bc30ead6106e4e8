"""Pix Automático over real sockets: our adapter and the local PSP, both as the BCB specifies."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from regua.adapters.bcb_automatic_pix import BcbAutomaticPix
from regua.adapters.bcb_http import BcbHttp
from regua.adapters.clock import SystemClock
from regua.adapters.memory_automatic_pix import MemoryAutomaticPix
from regua.application.automatic_pix_ports import AutomaticPix, DebitAsked, MandateAsked
from regua.application.debit_notices import receive_cobr, receive_rec
from regua.application.pix_ports import PspRefused, PspShut, PspUnavailable
from regua.domain.automatic_debit import DebitStatus, debit_status, debit_txid
from regua.domain.errors import NotFound
from regua.domain.ids import InvoiceId
from regua.domain.money import Money
from regua.domain.pix import tlv
from tests.builders import CREDITOR
from tests.integration.carrier import test_psp
from tests.integration.carrier.harness import eventually
from tests.unit.domain.pix.openapi import complaints

if TYPE_CHECKING:
    from tests.integration.carrier.test_psp import Exchange, Psp

psp, hooked = test_psp.psp, test_psp.hooked
TODAY = SystemClock().now().date()
DUE = TODAY + timedelta(days=6)
TXID = debit_txid(CREDITOR, InvoiceId("contrato-7-202703"))
ACCOUNT = {"account": "0123456", "kind": "CORRENTE", "branch": "0001"}
LONG_AGO, MUCH_LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def adapter(psp: Psp, **changes: Any) -> BcbAutomaticPix:  # noqa: ANN401 - any field
    access = psp.access(**{"receiver": ACCOUNT, **changes})
    return BcbAutomaticPix(BcbHttp(lambda _: access))


def a_mandate(**changes: Any) -> MandateAsked:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "contract": "contrato-7",
        "subject": "Mensalidade",
        "document": "52998224725",
        "name": "Maria da Silva",
        "first_on": DUE,
        "last_on": date(2100, 1, 1),
        "retries": True,
    }
    return MandateAsked(**{**fields, **changes})


def a_debit(rec_id: str, **changes: Any) -> DebitAsked:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "txid": TXID,
        "rec_id": rec_id,
        "due_date": DUE,
        "amount": Money(14990),
        "information": "Mensalidade de março",
        "document": "52998224725",
        "name": "Maria da Silva",
    }
    return DebitAsked(**{**fields, **changes})


def authorised(psp: Psp, provider: BcbAutomaticPix, **changes: Any) -> str:  # noqa: ANN401
    told = provider.ask_mandate(CREDITOR, a_mandate(**changes))
    psp.admin("rec", {"id_rec": told.rec_id, "status": "APROVADA"})
    return told.rec_id


# ── the schemas of the BCB ─────────────────────────────────────────────────────────────────────

REQUESTS = {
    ("POST", r".*/locrec"): "PayloadLocationRecSolicitada",
    ("POST", r".*/rec"): "RecSolicitada",
    ("PATCH", r".*/rec/[^/]+"): "RecRevisada",
    ("PUT", r".*/cobr/[^/]+"): "CobRSolicitada",
    ("PATCH", r".*/cobr/[^/]+"): "CobRRevisada",
}
ANSWERS = {
    ("POST", r".*/locrec"): "PayloadLocationRecGerada",
    ("POST", r".*/rec"): "RecGerada",
    ("GET", r".*/rec"): "RecsConsultadas",
    ("GET", r".*/rec/[^/]+"): "RecCompleta",
    ("PATCH", r".*/rec/[^/]+"): "RecCompleta",
    ("PUT", r".*/cobr/[^/]+"): "CobRGerada",
    ("GET", r".*/cobr/[^/]+"): "CobRCompleta",
    ("PATCH", r".*/cobr/[^/]+"): "CobRCompleta",
    ("POST", r".*/retentativa/[^/]+"): "CobRCompleta",
}
_SLIPS = {"idRec": "R" * 29, "retentativa": None, "ispbParticipante": "12345678"}
"""Required by a slip of the specification's own, whose examples have none of it: the id of what is
asked for, a field that is nowhere described, and one that belongs into ``pagador``."""


def as_meant(schema: str, document: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a document with what only slips of the specification ask for or refuse.

    The two arms of ``encerramento`` require nothing, so that any of them matches both. The amount
    of a ``PixAutomatico`` is to be text and an object at once: its Pix are held to ``Pix``.
    """
    if schema == "RecsConsultadas":
        return {**document, "recs": [as_meant("RecCompleta", r) for r in document["recs"]]}
    if not schema.startswith("Rec") and not schema.startswith("CobR"):
        return document
    for pix in document.get("pix", ()):
        assert complaints("Pix", pix) == [], pix
    meant = {k: v for k, v in document.items() if k not in {"encerramento", "pix"}}
    return {**_SLIPS, **meant} if schema.startswith("Rec") else meant


def met(heard: list[Exchange]) -> set[str]:
    """Fail when a request or an answer differs from its schema; return the schemas met."""
    found: set[str] = set()
    for each in heard:
        if not each.path.startswith("/psp/api/v2/"):
            continue
        if each.status >= 400:
            assert complaints("Problema", each.answered) == [], each
            continue
        for table, document in ((REQUESTS, each.sent), (ANSWERS, each.answered)):
            for (method, path), schema in table.items():
                if method == each.method and re.fullmatch(path, each.path):
                    assert complaints(schema, as_meant(schema, document)) == [], (schema, each)
                    found.add(schema)
    return found


@pytest.mark.shared_data
def test_everything_said_is_as_the_bcb_specifies(psp: Psp) -> None:
    provider = adapter(psp)
    rec_id = authorised(psp, provider)
    assert provider.find_by_contract(CREDITOR, "52998224725", "contrato-7", LONG_AGO, MUCH_LATER)
    provider.ask_debit(CREDITOR, a_debit(rec_id))
    psp.admin("cobr", {"txid": TXID, "act": "schedule"})
    psp.admin("cobr", {"txid": TXID, "act": "fail"})
    provider.retry_debit(CREDITOR, TXID, DUE + timedelta(days=2))
    provider.find_debit(CREDITOR, TXID)
    psp.admin("cobr", {"txid": TXID, "act": "schedule"})
    psp.admin("cobr", {"txid": TXID, "act": "pay"})
    provider.find_debit(CREDITOR, TXID)
    with pytest.raises(PspRefused):
        provider.cancel_debit(CREDITOR, TXID)
    next_month = a_debit(rec_id, txid="a" * 32, due_date=DUE + timedelta(days=31))
    provider.ask_debit(CREDITOR, next_month)
    provider.cancel_debit(CREDITOR, "a" * 32)
    provider.cancel_mandate(CREDITOR, rec_id)
    assert met(psp.heard) == {*REQUESTS.values(), *ANSWERS.values()}


# ── what our adapter makes of it ───────────────────────────────────────────────────────────────


def test_the_code_that_a_customer_scans_names_the_authorisation_s_place(psp: Psp) -> None:
    told = adapter(psp).ask_mandate(CREDITOR, a_mandate())
    assert told.status == "CRIADA"
    assert told.code is not None
    assert tlv.crc(told.code[:-4]) == told.code[-4:]
    template = tlv.read(tlv.read(told.code)["80"].value)
    assert template["25"].value.startswith("pix.example.com/qr/v2/rec/")


def test_a_debit_s_whole_life(psp: Psp) -> None:
    provider = adapter(psp)
    rec_id = authorised(psp, provider)
    assert debit_status(provider.ask_debit(CREDITOR, a_debit(rec_id))) is DebitStatus.REQUESTED
    psp.admin("cobr", {"txid": TXID, "act": "schedule"})
    psp.admin("cobr", {"txid": TXID, "act": "fail", "code": "AB10"})
    told = provider.find_debit(CREDITOR, TXID)
    assert told is not None
    assert debit_status(told) is DebitStatus.FAILED
    assert told.attempts[0].refusal == "AB10"
    again = provider.retry_debit(CREDITOR, TXID, DUE + timedelta(days=2))
    assert debit_status(again) is DebitStatus.SCHEDULED
    psp.admin("cobr", {"txid": TXID, "act": "schedule"})
    paid = psp.admin("cobr", {"txid": TXID, "act": "pay"})
    told = provider.find_debit(CREDITOR, TXID)
    assert told is not None
    assert debit_status(told) is DebitStatus.PAID
    assert told.received == (paid["pix"][0]["endToEndId"],)
    assert psp.provider().find_pix(CREDITOR, told.received[0]) is not None


def test_the_same_debit_again_is_found_as_it_stands(psp: Psp) -> None:
    provider = adapter(psp)
    rec_id = authorised(psp, provider)
    provider.ask_debit(CREDITOR, a_debit(rec_id))
    psp.admin("cobr", {"txid": TXID, "act": "schedule"})
    assert provider.ask_debit(CREDITOR, a_debit(rec_id)).status == "ATIVA"


def test_without_an_account_there_are_no_debits(psp: Psp) -> None:
    provider = adapter(psp, receiver=None)
    with pytest.raises(PspShut):
        provider.ask_debit(CREDITOR, a_debit("R" * 29))


def test_a_provider_that_is_down_is_asked_again_later(psp: Psp) -> None:
    provider = adapter(psp)
    rec_id = authorised(psp, provider)
    psp.admin("behave", {"is_down": True})
    with pytest.raises(PspUnavailable):
        provider.ask_debit(CREDITOR, a_debit(rec_id))
    with pytest.raises(PspUnavailable):
        provider.find_mandate(CREDITOR, rec_id)


def test_a_receiver_is_told_of_what_changed(psp: Psp, hooked: tuple[test_psp.Hooked, str]) -> None:
    found, url = hooked
    http = BcbHttp(lambda _: psp.access())
    for kind in ("rec", "cobr"):
        hook = {"webhookUrl": f"{url}/hooks/k/"}
        http.ask(CREDITOR, "PUT", f"webhook{kind}", body=hook)
    provider = adapter(psp)
    rec_id = authorised(psp, provider)
    provider.ask_debit(CREDITOR, a_debit(rec_id))
    eventually(lambda: len(found.posts) == 1)
    psp.admin("cobr", {"txid": TXID, "act": "schedule"})
    eventually(lambda: len(found.posts) == 2)
    (rec_path, headers, rec), (cobr_path, _, cobr) = found.posts
    assert (rec_path, cobr_path) == ("/hooks/k/rec", "/hooks/k/cobr")
    assert headers["X-Psp-Secret"] == "segredo-do-webhook"
    assert receive_rec(json.dumps(rec).encode()) == [rec_id]
    assert receive_cobr(json.dumps(cobr).encode()) == [TXID]


# ── the twin and the real one ──────────────────────────────────────────────────────────────────


class OnPsp:
    """Our adapter on the local PSP."""

    def __init__(self, psp: Psp) -> None:
        self.port: AutomaticPix = adapter(psp)
        self._psp = psp

    def decide(self, rec_id: str, status: str) -> None:
        self._psp.admin("rec", {"id_rec": rec_id, "status": status})

    def schedule(self) -> None:
        self._psp.admin("cobr", {"txid": TXID, "act": "schedule"})

    def fail(self) -> None:
        self._psp.admin("cobr", {"txid": TXID, "act": "fail"})


class OnTwin:
    """The twin."""

    def __init__(self) -> None:
        self._twin = MemoryAutomaticPix(lambda: TODAY)
        self.port: AutomaticPix = self._twin

    def decide(self, rec_id: str, status: str) -> None:
        self._twin.decide(CREDITOR, rec_id, status)

    def schedule(self) -> None:
        self._twin.schedule(CREDITOR, TXID)

    def fail(self) -> None:
        self._twin.fail(CREDITOR, TXID)


@pytest.fixture(params=["memory", "psp"])
def world(request: pytest.FixtureRequest) -> OnPsp | OnTwin:
    return OnTwin() if request.param == "memory" else OnPsp(request.getfixturevalue("psp"))


def test_an_authorisation_is_found_again_by_its_id_and_by_its_contract(
    world: OnPsp | OnTwin,
) -> None:
    told = world.port.ask_mandate(CREDITOR, a_mandate())
    assert world.port.find_mandate(CREDITOR, told.rec_id) == told
    assert world.port.find_mandate(CREDITOR, "R" * 29) is None
    for document, contract, expected in (
        ("52998224725", "contrato-7", told),
        ("52998224725", "contrato-8", None),
        ("11222333000181", "contrato-7", None),
    ):
        found = world.port.find_by_contract(CREDITOR, document, contract, LONG_AGO, MUCH_LATER)
        assert found == expected


def test_an_authorisation_is_ended_once(world: OnPsp | OnTwin) -> None:
    told = world.port.ask_mandate(CREDITOR, a_mandate())
    assert world.port.cancel_mandate(CREDITOR, told.rec_id).status == "CANCELADA"
    with pytest.raises(PspRefused):
        world.port.cancel_mandate(CREDITOR, told.rec_id)
    with pytest.raises(NotFound):
        world.port.cancel_mandate(CREDITOR, "R" * 29)


def test_no_debit_without_an_authorisation(world: OnPsp | OnTwin) -> None:
    told = world.port.ask_mandate(CREDITOR, a_mandate())
    with pytest.raises(PspRefused):
        world.port.ask_debit(CREDITOR, a_debit(told.rec_id))
    assert world.port.find_debit(CREDITOR, TXID) is None


def test_a_debit_is_taken_back_before_its_day(world: OnPsp | OnTwin) -> None:
    told = world.port.ask_mandate(CREDITOR, a_mandate())
    world.decide(told.rec_id, "APROVADA")
    world.port.ask_debit(CREDITOR, a_debit(told.rec_id))
    assert world.port.cancel_debit(CREDITOR, TXID).status == "CANCELADA"
    with pytest.raises(PspRefused):
        world.port.cancel_debit(CREDITOR, TXID)
    with pytest.raises(NotFound):
        world.port.cancel_debit(CREDITOR, "x" * 32)


@pytest.mark.parametrize("retries", [True, False])
def test_a_debit_is_tried_again_only_where_that_was_agreed(
    world: OnPsp | OnTwin, *, retries: bool
) -> None:
    told = world.port.ask_mandate(CREDITOR, a_mandate(retries=retries))
    world.decide(told.rec_id, "APROVADA")
    world.port.ask_debit(CREDITOR, a_debit(told.rec_id))
    world.schedule()
    with pytest.raises(PspRefused):
        world.port.retry_debit(CREDITOR, TXID, DUE + timedelta(days=1))
    world.fail()
    if not retries:
        with pytest.raises(PspRefused):
            world.port.retry_debit(CREDITOR, TXID, DUE + timedelta(days=1))
        return
    again = world.port.retry_debit(CREDITOR, TXID, DUE + timedelta(days=1))
    assert debit_status(again) is DebitStatus.SCHEDULED
    with pytest.raises(NotFound):
        world.port.retry_debit(CREDITOR, "x" * 32, DUE)
