from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from regua.domain.contact_policy import Contact
from regua.domain.customer import Customer, CustomerKind
from regua.domain.ids import DispatchId
from regua.domain.late_charges import LateChargeTerms, Profile
from regua.domain.ruler import Channel
from tests.builders import (
    DUE,
    ISSUED_AT,
    any_account,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)

NOW = nine_o_clock(DUE)


def contact(n: int, days_ago: int = 0) -> Contact:
    return Contact(NOW - timedelta(days=days_ago), Channel.EMAIL, DispatchId(f"{n:032x}"))


def test_an_older_description_of_the_customer_changes_nothing() -> None:
    newer = any_customer(name="Maria Souza", changed_at=ISSUED_AT + timedelta(days=1))
    account = any_account().with_customer(newer)
    assert account.customer == newer
    assert account.with_customer(any_customer()) is account
    assert account.with_customer(replace(newer, name="Outra")) is account, "the first stands"


def test_the_first_description_is_taken_whatever_its_date() -> None:
    assert any_account(customer=None).with_customer(any_customer()).customer == any_customer()


def test_a_settled_invoice_leaves_and_a_reopened_one_returns() -> None:
    invoice = any_invoice()
    settled = any_account(invoice, any_invoice("fat-2")).with_invoice(
        invoice.with_payment(any_payment())
    )
    assert set(settled.invoices) == {"fat-2"}
    assert set(settled.with_invoice(invoice).invoices) == {"fat-1", "fat-2"}


def test_a_contact_is_remembered_once_and_only_as_long_as_a_cap_can_ask() -> None:
    account = any_account().with_contact(contact(1, 16)).with_contact(contact(2, 8))
    account = account.with_contact(contact(2)).with_contact(contact(3))
    assert [c.dispatch_id for c in account.contacts] == [
        contact(2).dispatch_id,
        contact(3).dispatch_id,
    ]
    assert account.without_contact(contact(3).dispatch_id).contacts == (contact(2),)


def test_the_first_opt_out_stands() -> None:
    account = any_account().opted_out(Channel.EMAIL, NOW)
    assert account.opted_out(Channel.EMAIL, NOW + timedelta(days=1)) is account
    assert account.opt_outs == {Channel.EMAIL: NOW}


def test_a_suppressed_address_is_never_used_again_however_it_is_spelt() -> None:
    account = any_account(
        customer=any_customer(emails=("Ana@x.example.com.br", "b@x.example.com.br"))
    )
    assert account.usable_address(Channel.EMAIL) == "Ana@x.example.com.br"
    account = account.with_suppressed("ANA@X.example.com.br")
    assert account.usable_address(Channel.EMAIL) == "b@x.example.com.br"
    assert account.with_suppressed("b@x.example.com.br").usable_address(Channel.EMAIL) is None


def test_telephones_serve_every_other_channel() -> None:
    account = any_account(customer=any_customer(phones=("+5511987654321",)))
    for channel in (Channel.SMS, Channel.WHATSAPP, Channel.VOICE):
        assert account.usable_address(channel) == "+5511987654321"


def test_nobody_is_reached_while_the_customer_is_unknown() -> None:
    account = any_account(any_invoice(due_date=date(2026, 11, 3)), customer=None)
    assert account.addresses(Channel.EMAIL) == ()
    assert account.usable_address(Channel.EMAIL) is None


@pytest.mark.parametrize(
    ("customer", "fine", "why"),
    [
        (any_customer(), 2, "a person is a consumer, whatever the ruler says"),
        (any_customer(kind=CustomerKind.COMPANY), 10, "between companies the contract decides"),
        (None, 2, "who is not known is protected"),
    ],
)
def test_a_consumer_never_owes_the_fine_of_a_contract_between_companies(
    customer: Customer | None, fine: int, why: str
) -> None:
    terms = LateChargeTerms(fine_percent=Decimal(10), profile=Profile.COMPANY)
    ruler = replace(any_creditor().ruler, late_charges=terms)
    assert any_account(customer=customer).late_charges(ruler).fine_percent == fine, why
