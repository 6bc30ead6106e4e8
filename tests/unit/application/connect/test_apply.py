"""Facts of connectors become state by the use cases of everybody else, and are answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.adapters.memory import MemoryLedger, MemoryPortfolio, MemoryPublisher
from regua.application.connect.acknowledge import acknowledge, odoo_acknowledgement
from regua.application.connect.apply import Applied, Outcome, apply
from regua.application.connect.facts import Fact, Told, Unreadable
from regua.application.connect.receive import receive
from regua.application.facts_in import CustomerData
from regua.application.ingest import Ingest
from regua.domain.errors import VersionConflict
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.invoice import Invoice, InvoiceStatus
from tests.builders import CREDITOR, any_creditor, any_customer
from tests.unit.application.connect.payloads import ASAAS_LIFE, payload, written

AURORA = any_creditor()
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
CUS = CustomerId("cus_000000012345")
PAY = InvoiceId("pay_7781234567890001")
SETTINGS: dict[str, Any] = {
    k: v for k, v in payload("generic_settings").items() if k != "signature"
}


@dataclass
class System:
    """The use cases on the twins."""

    portfolio: MemoryPortfolio = field(default_factory=lambda: MemoryPortfolio(MemoryLedger()))

    def __post_init__(self) -> None:
        self.ingest = Ingest(self.portfolio, MemoryPublisher())

    def apply(self, facts: Sequence[Fact], **more: Any) -> Sequence[Applied]:  # noqa: ANN401
        return apply(facts, AURORA, self.ingest, **{"now": NOW, **more})

    def post(self, kind: str, document: object, **more: Any) -> Sequence[Applied]:  # noqa: ANN401
        settings_ = SETTINGS if kind == "generic" else {}
        return self.apply(receive(kind, settings_, written(document)), **more)

    def invoice(self, invoice_id: str = PAY) -> Invoice:
        found = self.portfolio.find_invoice(CREDITOR, InvoiceId(invoice_id))
        assert found is not None
        return found

    def state(self) -> Mapping[str, object]:
        """Return what the facts left behind, whatever way they came."""
        return {
            "invoices": {
                i: replace(
                    self.invoice(i),
                    payments=tuple(sorted(self.invoice(i).payments, key=lambda p: p.payment_id)),
                )
                for i in sorted(i for _, i in self.portfolio.owners)
            },
            "customers": {
                c: self.portfolio.load_account(CREDITOR, CustomerId(c)).customer
                for c in sorted({str(c) for c in self.portfolio.owners.values()})
            },
        }


@pytest.fixture
def system() -> System:
    return System()


def outcomes(applied: Sequence[Applied]) -> list[str]:
    return [a.outcome.value for a in applied]


def reasons(applied: Sequence[Applied]) -> list[tuple[str, str]]:
    return [(p.path, p.reason) for a in applied for p in a.reasons]


def with_customer(name: str) -> Any:  # noqa: ANN401 - a payload
    event = payload(name)
    event["payment"]["customer"] = payload("asaas_expanded")["payment"]["customer"]
    return event


# ── Asaas ──────────────────────────────────────────────────────────────────────────────────────


def test_the_life_of_a_charge_ends_with_nothing_paid_and_the_invoice_open_again(
    system: System,
) -> None:
    for name in ASAAS_LIFE:
        system.post("asaas", with_customer(name))
    invoice = system.invoice()
    assert (invoice.amount.centavos, invoice.status) == (15990, InvoiceStatus.OPEN)
    assert [(p.amount.centavos, p.reversed_at is not None) for p in invoice.payments] == [
        (16363, True),
        (10000, True),
    ]


@pytest.mark.parametrize(
    ("until", "status", "paid"),
    [
        (3, InvoiceStatus.OPEN, 0),
        (4, InvoiceStatus.SETTLED, 16363),
        (5, InvoiceStatus.SETTLED, 16363),
        (6, InvoiceStatus.PARTIALLY_PAID, 10000),
        (7, InvoiceStatus.OPEN, 0),
    ],
)
def test_after_each_event_the_sum_is_right(
    system: System, until: int, status: InvoiceStatus, paid: int
) -> None:
    for name in ASAAS_LIFE[:until]:
        system.post("asaas", with_customer(name))
    assert (system.invoice().status, system.invoice().paid.centavos) == (status, paid)


def test_a_removed_charge_is_withdrawn(system: System) -> None:
    system.post("asaas", with_customer("asaas_created"))
    assert outcomes(system.post("asaas", payload("asaas_deleted"))) == ["updated"]
    assert system.invoice().status is InvoiceStatus.CANCELLED


def test_a_customer_known_by_their_id_alone_is_found_in_the_account(system: System) -> None:
    system.ingest.change_customer(AURORA, any_customer(external_id=CUS), now=NOW)
    assert outcomes(system.post("asaas", payload("asaas_created"))) == ["created"]
    account = system.portfolio.load_account(CREDITOR, CUS)
    assert account.customer == any_customer(external_id=CUS)


def test_an_invoice_of_a_customer_nobody_knows_is_refused_and_its_money_kept(
    system: System,
) -> None:
    refused = system.post("asaas", payload("asaas_received"))
    assert outcomes(refused) == ["refused", "kept"], "the money is kept for the invoice"
    assert [path for path, _ in reasons(refused)] == ["customer"]
    system.ingest.change_customer(AURORA, any_customer(external_id=CUS), now=NOW)
    assert outcomes(system.post("asaas", payload("asaas_received"))) == ["created", "updated"]
    assert system.invoice().status is InvoiceStatus.SETTLED


# ── Odoo and the generic one ───────────────────────────────────────────────────────────────────


def test_an_export_is_applied_and_acknowledged_move_by_move(system: System) -> None:
    applied = system.post("odoo", payload("odoo_moves"))
    answer = acknowledge(CREDITOR, applied, system.portfolio, at=NOW)
    assert answer["counts"] == {"created": 5, "updated": 1, "kept": 0, "refused": 1}
    assert odoo_acknowledgement(answer) == [
        {"id": 42, "x_regua_status": "partially_paid", "x_regua_reasons": ""},
        {"id": 43, "x_regua_status": "settled", "x_regua_reasons": ""},
        {"id": 44, "x_regua_status": "cancelled", "x_regua_reasons": ""},
        {
            "id": 46,
            "x_regua_status": "refused",
            "x_regua_reasons": (
                "4.partner_id.l10n_br_cnpj_cpf|partner_id.cnpj_cpf|partner_id.vat: "
                "Value error, not a valid CPF or CNPJ"
            ),
        },
    ]


def test_the_same_export_again_is_acknowledged_with_the_same_statuses(system: System) -> None:
    def lines() -> Sequence[Mapping[str, Any]]:
        applied = system.post("odoo", payload("odoo_moves"))
        return odoo_acknowledgement(acknowledge(CREDITOR, applied, system.portfolio, at=NOW))

    assert lines() == lines()


def test_an_older_export_changes_nothing(system: System) -> None:
    newer, older = payload("odoo_moves")[0], payload("odoo_moves")[0]
    older |= {"write_date": "2026-10-02 10:00:00", "amount_total": 1.0}
    system.post("odoo", [newer])
    system.post("odoo", [older])
    assert system.invoice("account.move,42").amount.centavos == 14990


def test_the_generic_connector_s_facts_are_like_any_other(system: System) -> None:
    applied = system.post("generic", payload("generic_titulos"))
    assert outcomes(applied) == ["created"] * 3
    assert [a.invoice_id for a in applied] == ["9001", "9002", "9002"]
    assert system.invoice("9002").status is InvoiceStatus.SETTLED


# ── refusals ───────────────────────────────────────────────────────────────────────────────────


def test_a_fact_dated_ahead_is_refused_unless_time_travels(system: System) -> None:
    event = with_customer("asaas_created") | {"dateCreated": "2027-11-01 09:00:00"}
    assert outcomes(system.post("asaas", event)) == ["refused"]
    assert outcomes(system.post("asaas", event, may_be_ahead=True)) == ["created"]


def test_money_dated_ahead_is_refused_too(system: System) -> None:
    event = with_customer("asaas_received")
    event["payment"]["clientPaymentDate"] = "2027-11-19"
    assert reasons(system.post("asaas", event)) == [("paid_at", "is in the future")]


def test_an_unknown_ruler_is_refused_by_name(system: System) -> None:
    facts = [
        replace(f, data=f.data.model_copy(update={"ruler": "sumiu"}))
        for f in receive("asaas", {}, written(with_customer("asaas_created")))
        if isinstance(f, Told)
    ]
    ((path, _),) = reasons(system.apply(facts))
    assert path == "ruler"


def test_an_invoice_of_another_customer_is_refused_and_the_rest_goes_on(system: System) -> None:
    system.post("generic", payload("generic_titulos"))
    document = payload("generic_titulos")
    document["dados"][0]["sacado"]["codigo"] = "S-99"
    applied = system.post("generic", document)
    assert outcomes(applied) == ["refused", "updated", "updated"]
    assert applied[0].invoice_id is None


def test_customers_and_reversals_come_by_any_connector(system: System) -> None:
    maps = {
        "CustomerChanged": {
            "at": {"path": "em", "as": "instant"},
            "fields": {"external_id": "id", "name": "nome", "document": "doc"},
        },
        "PaymentReversed": {
            "at": {"path": "em", "as": "instant"},
            "fields": {"payment_id": "id", "reason": {"value": "estorno"}},
        },
    }
    record = {"id": "x-1", "nome": "Maria", "doc": "52998224725", "em": "2026-11-01T00:00:00Z"}
    facts = receive("generic", {"facts": maps}, written(record))
    applied = system.apply(facts)
    assert outcomes(applied) == ["created", "kept"]
    assert [a.invoice_id for a in applied] == [None, None]
    assert [a.fact.ref for a in applied] == ["x-1", "x-1"]
    assert isinstance(facts[0], Told)
    assert isinstance(facts[0].data, CustomerData)


def test_an_unreadable_record_is_acknowledged_with_its_reasons(system: System) -> None:
    facts = receive("odoo", {}, written(payload("odoo_moves")))
    (bad,) = [f for f in facts if isinstance(f, Unreadable)]
    (applied,) = system.apply([bad])
    assert (applied.outcome, applied.reasons) == (Outcome.REFUSED, bad.problems)
    (result,) = acknowledge(CREDITOR, [applied], system.portfolio, at=NOW)["results"]
    assert result["external_id"] == "46"
    assert result["reasons"]
    assert "status" not in result


def test_what_is_busy_is_for_the_queue_and_not_refused(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: object) -> None:
        raise VersionConflict

    monkeypatch.setattr(system.portfolio, "commit", busy)
    with pytest.raises(VersionConflict):
        system.post("asaas", with_customer("asaas_created"))


def test_no_answer_holds_what_was_posted(system: System) -> None:
    applied = system.post("odoo", payload("odoo_moves"))
    answer = str(acknowledge(CREDITOR, applied, system.portfolio, at=NOW))
    for text in ("Maria", "52998224725", "529.982", "98765", "@", "João", "12345678900"):
        assert text not in answer


# ── order and repetition ───────────────────────────────────────────────────────────────────────

EVENTS = [
    *(("asaas", with_customer(name)) for name in ASAAS_LIFE),
    ("odoo", payload("odoo_moves")),
    ("odoo", [payload("odoo_moves")[0] | {"write_date": "2026-11-01 00:00:00"}]),
    ("odoo", [payload("odoo_moves")[0] | {"write_date": "2026-11-20 00:00:00", "amount_total": 1}]),
    ("generic", payload("generic_titulos")),
]


def _after(events: Sequence[tuple[str, object]]) -> Mapping[str, object]:
    system = System()
    for kind, document in events:
        system.post(kind, document)
    return system.state()


IN_ORDER = _after(EVENTS)


@given(st.permutations(range(len(EVENTS))), st.lists(st.integers(0, len(EVENTS) - 1), max_size=8))
@settings(deadline=None, max_examples=200)
def test_any_order_and_any_repetition_end_in_the_same_state(
    order: list[int], again: list[int]
) -> None:
    assert _after([EVENTS[n] for n in (*order, *again)]) == IN_ORDER
