"""What other systems post becomes our facts, or is refused by the paths of their own."""

import contextlib
import hmac
import json
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.application.connect.facts import (
    FACT_NAMES,
    Fact,
    InvoiceOfKnown,
    Told,
    Unreadable,
    rulers_named,
)
from regua.application.connect.mapping import targets_of
from regua.application.connect.receive import KINDS, check_settings, receive
from regua.application.connect.signature import check_sender
from regua.application.facts_in import InvoiceData, PaymentData, ReversalData
from regua.domain.errors import InvalidInput
from tests.unit.application.connect.payloads import payload, written

SETTINGS: dict[str, Any] = {
    k: v for k, v in payload("generic_settings").items() if k != "signature"
}


def asaas(name: str = "asaas_created", **payment: Any) -> Sequence[Fact]:  # noqa: ANN401
    event = payload(name)
    event["payment"] |= payment
    return receive("asaas", {}, written(event))


def told(facts: Sequence[Fact]) -> list[Told]:
    assert all(isinstance(f, Told) for f in facts)
    return [f for f in facts if isinstance(f, Told)]


def names(facts: Sequence[Fact]) -> list[str]:
    return [f.name for f in told(facts)]


def problems(kind: str, settings_: dict[str, Any], document: object) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        receive(kind, settings_, written(document))
    return [p.path for p in refused.value.problems]


# ── Asaas ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("asaas_created", ["InvoiceIssued"]),
        ("asaas_updated", ["InvoiceIssued"]),
        ("asaas_overdue", ["InvoiceIssued"]),
        ("asaas_confirmed", ["InvoiceIssued", "PaymentReceived"]),
        ("asaas_received", ["InvoiceIssued", "PaymentReceived"]),
        ("asaas_deleted", ["InvoiceCancelled"]),
        ("asaas_partially_refunded", ["InvoiceIssued", "PaymentReversed", "PaymentReceived"]),
        ("asaas_refunded", ["InvoiceIssued", "PaymentReversed", "PaymentReversed"]),
    ],
)
def test_an_event_of_a_charge_tells_these_facts(recorded: str, expected: list[str]) -> None:
    assert names(asaas(recorded)) == expected


@pytest.mark.parametrize(
    "event",
    [
        "PAYMENT_BANK_SLIP_VIEWED",
        "PAYMENT_CHECKOUT_VIEWED",
        "PAYMENT_ANTICIPATED",
        "PAYMENT_DUNNING_REQUESTED",
        "PAYMENT_REFUND_IN_PROGRESS",
        "PAYMENT_CHARGEBACK_REQUESTED",
        "PAYMENT_OF_TOMORROW",
        "TRANSFER_CREATED",
    ],
)
def test_events_that_change_no_debt_are_no_error(event: str) -> None:
    assert receive("asaas", {}, written(payload("asaas_created") | {"event": event})) == []


def test_a_charge_is_read_field_by_field() -> None:
    (fact,) = told(asaas())
    assert fact.at == datetime(2026, 10, 1, 12, 12, 40, tzinfo=UTC)
    data = fact.data
    assert isinstance(data, InvoiceOfKnown)
    invoice = data.to_domain(data.external_id, fact.at)
    assert (invoice.external_id, invoice.customer_id) == (
        "pay_7781234567890001",
        "cus_000000012345",
    )
    assert (invoice.number, invoice.amount.centavos) == ("00081234", 14990)
    assert (invoice.issue_date, invoice.due_date) == (date(2026, 10, 1), date(2026, 11, 10))
    assert invoice.payment.url == "https://pagamentos.example.com.br/i/7781234567890001"
    (discount,) = invoice.discounts
    assert (discount.until, discount.amount.centavos) == (date(2026, 11, 7), 500)


def test_an_expanded_customer_comes_with_the_invoice() -> None:
    (fact,) = told(asaas("asaas_expanded"))
    assert isinstance(fact.data, InvoiceData)
    assert not isinstance(fact.data, InvoiceOfKnown)
    customer = fact.data.customer
    assert (customer.external_id, customer.document) == ("cus_000000012345", "52998224725")
    assert customer.emails == ("maria@cliente.example.com.br", "casa@cliente.example.com.br")
    assert (customer.phones, customer.uf, customer.kind) == (("+5511987654321",), "SP", "person")


def test_what_was_paid_is_what_came_in_and_what_was_owed_is_the_original_value() -> None:
    issued, paid = told(asaas("asaas_received"))
    assert isinstance(issued.data, InvoiceData)
    assert issued.data.amount_centavos == 15990
    assert isinstance(paid.data, PaymentData)
    assert (paid.data.payment_id, paid.data.amount_centavos) == ("pay_7781234567890001", 16363)
    assert paid.data.paid_at == datetime(2026, 11, 19, 15, tzinfo=UTC)
    assert paid.data.method == "boleto"


def test_confirmed_and_received_are_one_payment() -> None:
    assert told(asaas("asaas_confirmed"))[1].data == told(asaas("asaas_received"))[1].data


def test_a_partial_refund_leaves_the_rest_as_another_payment() -> None:
    _, back, rest = told(asaas("asaas_partially_refunded"))
    assert isinstance(back.data, ReversalData)
    assert back.data.payment_id == "pay_7781234567890001"
    assert isinstance(rest.data, PaymentData)
    assert rest.data.payment_id == "pay_7781234567890001~1"
    assert rest.data.amount_centavos == 16363 - 6363
    assert [f.ref for f in told(asaas("asaas_refunded"))[1:]] == [
        "pay_7781234567890001",
        "pay_7781234567890001~1",
    ]


@pytest.mark.parametrize(
    ("recorded", "changes", "path"),
    [
        ("asaas_created", {"value": None}, "payment.originalValue|payment.value"),
        ("asaas_created", {"value": "149,90"}, "payment.value"),
        ("asaas_created", {"value": 149.905}, "payment.value"),
        ("asaas_created", {"value": 0}, "payment.originalValue|payment.value"),
        ("asaas_created", {"dueDate": "10/11/2026"}, "payment.dueDate"),
        ("asaas_created", {"customer": None}, "$"),
        ("asaas_created", {"id": None}, "payment.id"),
        ("asaas_created", {"id": "a#b"}, "payment.id"),
        ("asaas_created", {"invoiceUrl": "javascript:x"}, "payment.invoiceUrl"),
        ("asaas_created", {"discount": {"value": "x"}}, "payment.discount.value"),
        (
            "asaas_created",
            {"discount": {"value": 1, "dueDateLimitDays": -1}},
            "payment.discount.dueDateLimitDays",
        ),
        (
            "asaas_received",
            {"clientPaymentDate": "ontem"},
            "payment.clientPaymentDate",
        ),
        ("asaas_partially_refunded", {"refunds": None}, "payment.refunds"),
        ("asaas_partially_refunded", {"refunds": {}}, "payment.refunds"),
        (
            "asaas_partially_refunded",
            {"refunds": [{"status": "DONE", "value": "x"}]},
            "payment.refunds.0.value",
        ),
    ],
)
def test_a_bad_charge_is_told_by_the_provider_s_own_paths(
    recorded: str, changes: dict[str, Any], path: str
) -> None:
    event = payload(recorded)
    event["payment"] |= changes
    found = problems("asaas", {}, event)
    assert found == ([path] if path != "$" else found)
    assert found


def test_a_restored_charge_is_refused_because_withdrawn_is_withdrawn() -> None:
    event = payload("asaas_deleted") | {"event": "PAYMENT_RESTORED"}
    assert problems("asaas", {}, event) == ["event"]


def test_the_provider_s_token_is_checked_where_one_is_set() -> None:
    body, token = written(payload("asaas_created")), "um-token-de-exemplo"
    check_sender("asaas", {"access_token": token}, body, {"Asaas-Access-Token": token})
    for headers in ({}, {"asaas-access-token": "outro"}, {"asaas-access-token": "é"}):
        with pytest.raises(InvalidInput) as refused:
            check_sender("asaas", {"access_token": token}, body, headers)
        assert refused.value.problems[0].path == "header.asaas-access-token"
        assert token not in str(refused.value)


# ── Odoo ───────────────────────────────────────────────────────────────────────────────────────


def odoo(document: object = None) -> Sequence[Fact]:
    return receive("odoo", {}, written(payload("odoo_moves") if document is None else document))


def test_an_export_tells_each_move_and_one_bad_record_stops_no_other() -> None:
    facts = odoo()
    assert [(f.name, f.ref, f.source) for f in facts if isinstance(f, Told)] == [
        ("InvoiceIssued", "account.move,42", "0"),
        ("PaymentReceived", "account.move,42", "0"),
        ("InvoiceIssued", "account.move,43", "1"),
        ("PaymentReceived", "account.move,43", "1"),
        ("InvoiceIssued", "account.move,44", "2"),
        ("InvoiceCancelled", "account.move,44", "2"),
    ]
    (bad,) = [f for f in facts if isinstance(f, Unreadable)]
    assert (bad.source, bad.ref) == ("4", "46")
    assert [p.path for p in bad.problems] == [
        "4.partner_id.l10n_br_cnpj_cpf|partner_id.cnpj_cpf|partner_id.vat"
    ]


def test_a_move_is_read_field_by_field() -> None:
    issued, paid = told(odoo(payload("odoo_moves")[:1]))
    assert issued.at == datetime(2026, 11, 5, 12, 31, 5, tzinfo=UTC)
    assert isinstance(issued.data, InvoiceData)
    data = issued.data
    assert (data.amount_centavos, data.due_date) == (14990, date(2026, 11, 10))
    assert data.customer.phones == ("+5511987654321",)
    assert (data.customer.external_id, data.customer.uf) == ("res.partner,7", "SP")
    assert isinstance(paid.data, PaymentData)
    assert (paid.data.payment_id, paid.data.amount_centavos) == (
        "account.partial.reconcile,311",
        5000,
    )


def test_without_the_payments_field_only_a_paid_move_tells_of_money() -> None:
    partial, paid, *_ = payload("odoo_moves")
    assert names(odoo([partial | {"invoice_payments_widget": False}])) == ["InvoiceIssued"]
    _, whole = told(odoo([paid]))
    assert isinstance(whole.data, PaymentData)
    assert (whole.data.payment_id, whole.data.amount_centavos) == ("account.move,43/paid", 123450)


def test_a_move_that_was_paid_in_the_evening_was_paid_on_that_day() -> None:
    """By the clock of UTC it is the day after already, and the invoice would be late."""
    _, paid, *_ = payload("odoo_moves")
    _, whole = told(odoo([paid | {"write_date": "2026-11-11 01:30:00"}]))
    assert isinstance(whole.data, PaymentData)
    assert whole.data.paid_at == datetime(2026, 11, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["asaas", "odoo"])
@pytest.mark.parametrize("written_at", ["0001-01-01 00:00:00", "9999-12-31 23:59:59"])
def test_the_ends_of_the_calendar_are_no_accident(kind: str, written_at: str) -> None:
    document: Any = payload("asaas_received") | {"dateCreated": written_at}
    if kind == "odoo":
        _, paid, *_ = payload("odoo_moves")
        document = [paid | {"write_date": written_at}]
    with contextlib.suppress(InvalidInput):
        assert receive(kind, {}, written(document))


@pytest.mark.parametrize(
    "around",
    [
        lambda moves: moves,
        lambda moves: {"records": moves, "length": len(moves)},
        lambda moves: {"jsonrpc": "2.0", "id": 1, "result": moves},
        lambda moves: {"jsonrpc": "2.0", "id": 1, "result": {"records": moves, "length": 1}},
    ],
)
def test_every_envelope_of_an_export_is_known(around: Any) -> None:  # noqa: ANN401 - a function
    assert names(odoo(around(payload("odoo_moves")[:1]))) == ["InvoiceIssued", "PaymentReceived"]


@pytest.mark.parametrize(
    "change",
    [{"move_type": "in_invoice"}, {"move_type": "entry"}, {"state": "draft"}, {"move_type": None}],
)
def test_what_is_no_posted_customer_invoice_tells_nothing(change: dict[str, Any]) -> None:
    assert odoo([payload("odoo_moves")[0] | change]) == []


def test_foreign_money_is_refused() -> None:
    move = payload("odoo_moves")[0] | {"currency_id": [1, "USD"]}
    assert problems("odoo", {}, [move]) == [
        "0.currency_id.name|currency_id.display_name|currency_id.1"
    ]


# ── generic ────────────────────────────────────────────────────────────────────────────────────


def generic(document: object, **changes: Any) -> Sequence[Fact]:  # noqa: ANN401 - settings
    return receive("generic", SETTINGS | changes, written(document))


def test_the_settings_alone_read_an_erp_nobody_knew() -> None:
    first, second, paid = told(generic(payload("generic_titulos")))
    assert isinstance(first.data, InvoiceData)
    assert (first.data.external_id, first.data.amount_centavos) == ("9001", 123456)
    assert first.data.customer.document == "11222333000181"
    assert first.data.customer.kind == "company"
    assert len(first.data.customer.emails) == len(first.data.customer.phones) == 2
    assert isinstance(second.data, InvoiceData)
    assert second.data.customer.kind == "person"
    assert isinstance(paid.data, PaymentData)
    assert (paid.data.payment_id, paid.data.method) == ("B-5512", "pix")


def test_a_word_that_is_not_listed_tells_the_default() -> None:
    document = {"dados": [{"situacao": "outro"}, {"situacao": 7}, {}]}
    assert generic(document) == []


def test_one_object_may_stand_where_a_list_may() -> None:
    (record, *_) = payload("generic_titulos")["dados"]
    assert names(generic(record, records="")) == ["InvoiceIssued"]


def test_without_kinds_every_record_tells_every_fact() -> None:
    fields = SETTINGS["facts"] | {}
    only = {"InvoiceIssued": fields["InvoiceIssued"]}
    assert names(generic(payload("generic_titulos"), kinds=None, facts=only)) == [
        "InvoiceIssued",
        "InvoiceIssued",
    ]


def test_a_ruler_in_the_settings_is_a_ruler_of_the_facts() -> None:
    issued = dict(SETTINGS["facts"]["InvoiceIssued"])
    issued["fields"] = issued["fields"] | {"ruler": {"value": "b2b"}}
    facts = generic(payload("generic_titulos"), facts=SETTINGS["facts"] | {"InvoiceIssued": issued})
    assert rulers_named(facts) == {"b2b"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"facts": {"Outro": SETTINGS["facts"]["InvoiceIssued"]}, "kinds": None}, "facts.Outro"),
        ({"facts": {}}, "kinds"),
        ({"kinds": {"path": "x", "default": ["Sumiu"]}}, "kinds"),
        ({"extra": 1}, "extra"),
        ({"signature": {"header": "x", "secret": "curto"}}, "signature.secret"),
        ({"signature": {"header": "a b", "secret": "x" * 16}}, "signature.header"),
    ],
)
def test_a_mistake_in_the_settings_is_told_when_they_are_written(
    changes: dict[str, Any], path: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_settings("generic", SETTINGS | changes)
    assert [p.path for p in refused.value.problems] == [f"settings.{path}"]


@pytest.mark.parametrize(
    "where", ["custmer.name", "customer", "customer.", "amount", "payment_id", "metadata.x"]
)
def test_a_map_names_only_fields_that_there_are(where: str) -> None:
    issued = {"at": "a", "fields": {where: "x"}}
    document = {"facts": {"InvoiceIssued": issued}}
    if where == "customer":  # there is such a field, and a text is none
        check_settings("generic", document)
        return
    with pytest.raises(InvalidInput) as refused:
        check_settings("generic", document)
    assert refused.value.problems[0].path == f"settings.facts.InvoiceIssued.fields.{where}"


@pytest.mark.parametrize("encoding", ["hex", "base64"])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_signature_is_over_the_exact_bytes(encoding: str, algorithm: str) -> None:
    secret = "segredo-de-exemplo-do-erp"
    body = written(payload("generic_titulos"))
    digest = hmac.new(secret.encode(), body, algorithm).digest()
    text = digest.hex() if encoding == "hex" else b64encode(digest).decode()
    signature = {"header": "x-erp", "secret": secret, "algorithm": algorithm, "encoding": encoding}
    signed = SETTINGS | {"signature": signature | {"prefix": "v1="}}
    check_sender("generic", signed, body, {"X-ERP": f"v1={text}"})
    for bad_body, header in ((body + b" ", f"v1={text}"), (body, text), (body, "")):
        with pytest.raises(InvalidInput) as refused:
            check_sender("generic", signed, bad_body, {"X-ERP": header})
        assert [p.path for p in refused.value.problems] == ["header.x-erp"]


# ── every connector ────────────────────────────────────────────────────────────────────────────


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match=r"kind: must be one of: asaas, odoo, generic"):
        receive("sap", {}, b"{}")
    with pytest.raises(InvalidInput, match=r"kind: must be one of"):
        check_settings("sap", {})


@pytest.mark.parametrize("kind", ["asaas", "odoo"])
def test_settings_of_another_connector_are_refused(kind: str) -> None:
    with pytest.raises(InvalidInput, match=r"settings\.facts"):
        check_settings(kind, {"facts": {}})
    check_settings(kind, {})


@pytest.mark.parametrize("name", FACT_NAMES)
def test_every_fact_s_own_id_can_be_mapped(name: str) -> None:
    assert targets_of(name) & {"external_id", "payment_id"}


def test_no_reason_repeats_what_was_posted() -> None:
    event = payload("asaas_expanded")
    event["payment"]["customer"] |= {"cpfCnpj": "52998224799", "name": "Maria " * 100}
    with pytest.raises(InvalidInput) as refused:
        receive("asaas", {}, written(event))
    assert {p.path for p in refused.value.problems} == {
        "payment.customer.cpfCnpj",
        "payment.customer.name",
    }
    assert "52998224799" not in str(refused.value)
    assert "Maria" not in str(refused.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def _accepts_or_refuses(kind: str, body: bytes) -> None:
    try:
        facts = receive(kind, SETTINGS if kind == "generic" else {}, body)
    except InvalidInput:
        return
    assert all(isinstance(f, Told | Unreadable) for f in facts)


@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=200) | json_values.map(written))
@settings(deadline=None)
def test_any_body_is_facts_or_invalid_input(kind: str, body: bytes) -> None:
    _accepts_or_refuses(kind, body)


def _leaves(document: object) -> list[tuple[Any, Any]]:
    if isinstance(document, dict):
        pairs: Any = document.items()
    elif isinstance(document, list):
        pairs = enumerate(document)
    else:
        return []
    return [(document, key) for key, _ in pairs] + [
        leaf for _, inner in list(pairs) for leaf in _leaves(inner)
    ]


@given(
    st.sampled_from(
        [
            ("asaas", "asaas_expanded"),
            ("asaas", "asaas_partially_refunded"),
            ("asaas", "asaas_refunded"),
            ("odoo", "odoo_moves"),
            ("generic", "generic_titulos"),
        ]
    ),
    st.integers(0, 200),
    json_values,
)
@settings(deadline=None, max_examples=300)
def test_any_value_in_any_place_of_a_payload_is_facts_or_invalid_input(
    which: tuple[str, str], place: int, value: object
) -> None:
    kind, name = which
    document = payload(name)
    leaves = _leaves(document)
    holder, key = leaves[place % len(leaves)]
    holder[key] = value
    _accepts_or_refuses(kind, json.dumps(document).encode())
