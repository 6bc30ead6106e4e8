"""Entity tags stand for what creditors say; expectations are held against them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from regua.adapters.records import (
    account_document,
    invoice_document,
    read_account,
    read_invoice,
)
from regua.application.preconditions import (
    NO_EXPECTATION,
    Expectation,
    customer_tag,
    invoice_tag,
    tag_of,
)
from regua.domain.account import Account
from regua.domain.consent import Consent
from regua.domain.errors import PreconditionFailed
from regua.domain.holds import Hold, HoldKind
from regua.domain.invoice import Place
from regua.domain.money import Money
from regua.domain.ruler import Channel
from regua.domain.wishes import Wishes
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    ISSUED_AT,
    any_account,
    any_customer,
    any_invoice,
    any_payment,
)

A, B = frozenset({"a"}), frozenset({"b"})
ANY = frozenset({"*"})


@pytest.mark.parametrize(
    ("expected", "present", "holds"),
    [
        (NO_EXPECTATION, None, True),
        (NO_EXPECTATION, "a", True),
        (Expectation(matches=A), "a", True),
        (Expectation(matches=A | B), "b", True),
        (Expectation(matches=A), "b", False),
        (Expectation(matches=A), None, False),
        (Expectation(matches=ANY), "a", True),
        (Expectation(matches=ANY), None, False),
        (Expectation(differs=ANY), None, True),
        (Expectation(differs=ANY), "a", False),
        (Expectation(differs=A), "b", True),
        (Expectation(differs=A), "a", False),
        (Expectation(differs=A), None, True),
        (Expectation(matches=A, differs=A), "a", False),
    ],
)
def test_an_expectation_holds_or_stops_the_write(
    expected: Expectation, present: str | None, *, holds: bool
) -> None:
    if holds:
        expected.check(lambda: present)
    else:
        with pytest.raises(PreconditionFailed):
            expected.check(lambda: present)


def test_who_expects_nothing_pays_for_no_tag() -> None:
    def never() -> str | None:
        raise AssertionError

    NO_EXPECTATION.check(never)
    assert not NO_EXPECTATION


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Money(1)},
        {"due_date": DUE + timedelta(days=1)},
        {"metadata": {"contrato": "7"}},
        {"payments": (any_payment(),)},
        {"payments": (replace(any_payment(), reversed_at=ISSUED_AT),)},
        {"cancelled_at": ISSUED_AT, "cancel_reason": "erro"},
        {"issued_at": ISSUED_AT + timedelta(seconds=1)},
    ],
)
def test_a_fact_about_an_invoice_changes_its_tag(changes: dict[str, Any]) -> None:
    assert invoice_tag(any_invoice(**changes)) != invoice_tag(any_invoice())


def test_where_an_invoice_stands_on_the_ruler_does_not_change_its_tag() -> None:
    place = Place("vencida-3", date(2026, 11, 13), ruler="padrao@1", overdue_announced=True)
    assert invoice_tag(any_invoice(place=place)) == invoice_tag(any_invoice())


def test_an_invoice_that_was_stored_and_read_has_the_same_tag() -> None:
    invoice = any_invoice(
        issued_at=ISSUED_AT + timedelta(microseconds=123_456),
        description="",
        metadata={"b": "2", "a": "1"},
        payments=(any_payment(), any_payment("pag-2", amount=Money(5))),
    )
    again = read_invoice(invoice.external_id, invoice_document(invoice))
    assert invoice_tag(again) == invoice_tag(invoice)


CONSENT = Consent(Channel.WHATSAPP, is_given=True, at=ISSUED_AT, origin="contrato")


@pytest.mark.parametrize(
    "changes",
    [
        {"customer": any_customer(name="Maria Souza")},
        {"customer": any_customer(tags=("vip",))},
        {"opt_outs": {Channel.SMS: ISSUED_AT}},
        {"suppressed_addresses": frozenset({"maria@cliente.example.com.br"})},
        {"consents": {Channel.WHATSAPP: CONSENT}},
        {"wishes": Wishes(ISSUED_AT, hour=18)},
    ],
)
def test_a_fact_about_a_customer_changes_its_tag(changes: dict[str, Any]) -> None:
    assert customer_tag(any_account(**changes)) != customer_tag(any_account())


def test_what_the_ruler_does_with_an_account_does_not_change_its_customers_tag() -> None:
    hold = Hold("h-1", HoldKind.HELD, ISSUED_AT, None, "", "financeiro")
    account = any_account(any_invoice(), holds=(hold,), next_evaluation_at=ISSUED_AT, version=7)
    assert customer_tag(account) == customer_tag(any_account())


def test_a_customer_that_was_stored_and_read_has_the_same_tag() -> None:
    account = any_account(
        customer=any_customer(phones=("+5511987654321",), changed_at=ISSUED_AT, tags=("a", "b")),
        consents={Channel.WHATSAPP: CONSENT},
        wishes=Wishes(ISSUED_AT, Channel.SMS, 18),
        opt_outs={Channel.SMS: ISSUED_AT + timedelta(microseconds=5)},
        suppressed_addresses=frozenset({"x@a.example.com.br", "b@a.example.com.br"}),
    )
    again = read_account(Account(CREDITOR, CUSTOMER), account_document(account), {})
    assert customer_tag(again) == customer_tag(account)


def test_nobody_has_no_tag() -> None:
    assert customer_tag(Account(CREDITOR, CUSTOMER)) is None


def test_a_tag_stands_for_plain_facts_alone() -> None:
    with pytest.raises(TypeError):
        tag_of({"a": object()})
