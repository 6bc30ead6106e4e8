"""What crosses the wire: read strictly, normalised once, and the same after a round trip."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from regua.application.messages import (
    ContactDue,
    CustomerFields,
    EmailAddress,
    ExternalId,
    Hit,
    Instant,
    InvoiceData,
    Link,
    PaymentFields,
    Phone,
    ShardDue,
    instant_text,
)
from tests.builders import ISSUED_AT, invoice_data
from tests.integration.contract.facts import any_dispatch
from tests.integration.lambdas import recorded


def read(kind: Any, value: object) -> object:  # noqa: ANN401 - a type
    found: object = TypeAdapter(kind).validate_python(value)
    return found


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("(11) 98765-4321", "+5511987654321"),
        ("11 3456-7890", "+551134567890"),
        ("011 98765 4321", "+5511987654321"),
        ("+55 11 98765-4321", "+5511987654321"),
        ("+351 912 345 678", "+351912345678"),
        ("5511987654321", "+5511987654321"),
        ("55 11 3456-7890", "+551134567890"),
        ("(55) 99876-5432", "+5555998765432"),
    ],
)
def test_telephones_of_every_spelling_have_one_form(written: str, expected: str) -> None:
    assert read(Phone, written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "98765-4321",
        "",
        "+",
        "1" * 17,
        "+55119876543210000",
        "\uff11\uff11987654321",
        "123456789012",
    ],
)
def test_a_number_that_nobody_can_dial_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        read(Phone, written)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Maria@Cliente.Example.com.BR", "Maria@cliente.example.com.br"),
        (" a+b@x.example.com.br ", "a+b@x.example.com.br"),
    ],
)
def test_an_address_keeps_its_name_and_lowers_its_domain(written: str, expected: str) -> None:
    assert read(EmailAddress, written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "maria",
        "maria@",
        "@x.com",
        "maria@localhost",
        "a@b@c.com",
        "maria@.com",
        "a b@c.com",
        "Maria <maria@x.com>",
        "a@x.com,b@x.com",
        "a@x.com\r\nBcc: c@x.com",
        "joão@x.com",
        "maria@x.com;b@x.com",
    ],
)
def test_what_could_reach_somebody_else_or_nobody_is_no_address(written: str) -> None:
    with pytest.raises(ValidationError):
        read(EmailAddress, written)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://x", "//x", "x", "https://x y", "", "data:text/html,x"]
)
def test_only_web_addresses_are_links(url: str) -> None:
    with pytest.raises(ValidationError):
        read(Link, url)


def test_a_payment_link_is_kept_to_the_letter() -> None:
    assert read(Link, "https://pague.example.com.br/f?id=A%2F1#x") == (
        "https://pague.example.com.br/f?id=A%2F1#x"
    )


@pytest.mark.parametrize("value", ["", "a#b", "a\nb", "a\x00", "x" * 121])
def test_ids_that_no_key_can_hold_are_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        read(ExternalId, value)


def test_instants_are_read_in_any_zone_and_kept_in_utc() -> None:
    assert read(Instant, "2026-11-10T09:00:00-03:00") == datetime(2026, 11, 10, 12, tzinfo=UTC)
    with pytest.raises(ValidationError):
        read(Instant, "2026-11-10T09:00:00")
    somewhere = timezone(timedelta(hours=-3))
    assert instant_text(datetime(2026, 11, 10, 9, tzinfo=somewhere)) == "2026-11-10T12:00:00.000Z"


@pytest.mark.parametrize("amount", [0, -1, 10**13 + 1, 149.9, "14990", None, True])
def test_amounts_are_whole_positive_centavos(amount: object) -> None:
    fields = {"payment_id": "p", "paid_at": "2026-11-10T12:00:00Z", "method": "pix"}
    with pytest.raises(ValidationError):
        PaymentFields.model_validate({**fields, "amount_centavos": amount})


def test_an_invoice_of_an_erp_becomes_the_domains() -> None:
    read_data = InvoiceData.model_validate(invoice_data(metadata={"contrato": "7"}))
    invoice = read_data.to_domain("fat-1", ISSUED_AT)
    customer = read_data.customer.to_domain("cli-1", ISSUED_AT)
    assert (invoice.customer_id, invoice.amount.centavos) == ("cli-1", 14990)
    assert invoice.payment.url == "https://pague.aurora.example.com.br/fat-1"
    assert invoice.metadata == {"contrato": "7"}
    assert (customer.document, customer.phones) == ("52998224725", ("+5511987654321",))


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(ValidationError):
        CustomerFields.model_validate({"name": "x", "document": "52998224725", "uf": "XX"})


def test_a_message_from_the_future_is_refused_and_retried_until_we_know_it() -> None:
    with pytest.raises(ValidationError):
        ShardDue.model_validate({"shard": "00", "novidade": 1})


def test_an_error_never_shows_the_input() -> None:
    with pytest.raises(ValidationError) as caught:
        InvoiceData.model_validate(invoice_data(due_date="Maria da Silva"))
    assert "Maria" not in str(caught.value)


def test_a_contact_survives_the_wire() -> None:
    dispatch = any_dispatch()
    due = ContactDue.of(dispatch, correlation_id="c", as_of=ISSUED_AT)
    again = ContactDue.model_validate(due.model_dump(mode="json", exclude_none=True))
    assert again == due
    assert again.to_domain() == dispatch
    assert again.log_keys() == {
        "dispatch_id": dispatch.dispatch_id,
        "creditor_id": "aurora",
        "correlation_id": "c",
    }


def test_the_log_keys_of_a_hit_do_not_say_where_it_came_from() -> None:
    hit = Hit.model_validate(recorded("hit_open"))
    assert set(hit.log_keys()) == {"dispatch_id", "kind"}
    assert ShardDue(shard="07").log_keys() == {"shard": "07"}
    assert (
        PaymentFields.model_validate(
            {
                "payment_id": "p",
                "paid_at": "2026-11-10T12:00:00Z",
                "method": "pix",
                "amount_centavos": 1,
            }
        ).log_keys()
        == {}
    )
