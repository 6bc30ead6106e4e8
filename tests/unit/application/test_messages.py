"""What crosses the wire: read strictly, normalised once, and the same after a round trip."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from regua.application.facts_in import CustomerFields, InvoiceData, PaymentFields, Phone
from regua.application.messages import ContactDue, Hit, ShardDue
from regua.application.wire import Date, EmailAddress, ExternalId, Instant, Link, instant_text
from regua.domain.addresses import email_address, safe_url
from regua.domain.late_charges import DiscountTier
from regua.domain.money import Money
from regua.domain.pix import br_code
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
        "a..b@x.com",
        ".a@x.com",
        "a.@x.com",
        "ana@-x.com",
        "ana@x-.com",
        "ana@x.com.",
        "ana@x..com",
        "ana@10.0.0.1",
        f"ana@{'x' * 64}.com",
        f"{'a' * 65}@x.com",
    ],
)
def test_what_could_reach_somebody_else_or_nobody_is_no_address(written: str) -> None:
    with pytest.raises(ValidationError):
        read(EmailAddress, written)


@given(st.emails() | st.text(max_size=12).map(lambda name: f"{name}@x.example.com.br"))
def test_an_address_that_is_taken_can_be_written_to(written: str) -> None:
    try:
        taken = read(EmailAddress, written)
    except ValidationError:
        return
    assert email_address(str(taken)) == taken


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://x",
        "//x",
        "x",
        "https://x y",
        "",
        "data:text/html,x",
        "https://",
        "https://banco.example.com.br@golpe.example.com.br/",
        "https://x.example\\@golpe.example.com.br/",
        "https://x..example/",
        "https://x.example:99999/",
        "https://[::1",
    ],
)
def test_only_web_addresses_are_links(url: str) -> None:
    with pytest.raises(ValidationError):
        read(Link, url)


def test_a_payment_link_is_kept_to_the_letter() -> None:
    assert read(Link, "https://pague.example.com.br/f?id=A%2F1#x") == (
        "https://pague.example.com.br/f?id=A%2F1#x"
    )


@given(st.text() | st.text().map(lambda rest: f"https://x.example{rest}"))
def test_a_link_that_is_taken_can_be_followed(written: str) -> None:
    try:
        taken = read(Link, written)
    except ValidationError:
        return
    assert safe_url(taken) is not None


@pytest.mark.parametrize("value", ["", "a#b", "a\nb", "a\x00", "x" * 121, " ", "a%b", "a%20b"])
def test_ids_that_no_key_can_hold_are_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        read(ExternalId, value)


def test_instants_are_read_in_any_zone_and_kept_in_utc() -> None:
    assert read(Instant, "2026-11-10T09:00:00-03:00") == datetime(2026, 11, 10, 12, tzinfo=UTC)
    with pytest.raises(ValidationError):
        read(Instant, "2026-11-10T09:00:00")
    somewhere = timezone(timedelta(hours=-3))
    assert instant_text(datetime(2026, 11, 10, 9, tzinfo=somewhere)) == "2026-11-10T12:00:00.000Z"


def test_an_id_is_the_same_with_or_without_blanks_around_it() -> None:
    assert read(ExternalId, " fat-1 ") == "fat-1"


@pytest.mark.parametrize(
    "value",
    [
        1700000000,
        "1700000000",
        1700000000.5,
        True,
        None,
        "2026-11-10",
        "2026-11-10T12:00:00",
        "2026-11-10 12:00:00Z",
        "2026-13-10T12:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "1989-12-31T23:59:59Z",
        "2101-01-01T00:00:00Z",
    ],
)
def test_an_instant_is_text_with_an_offset_in_our_time(value: object) -> None:
    with pytest.raises(ValidationError):
        read(Instant, value)


@pytest.mark.parametrize(
    "value",
    [
        1700000000,
        "1700000000",
        20261110,
        "20261110",
        "2026-11-10T00:00:00",
        datetime(2026, 11, 10, tzinfo=UTC),
        "10/11/2026",
        "2026-02-30",
        "0001-01-01",
        "9999-12-31",
        "1989-12-31",
        "2101-01-01",
    ],
)
def test_a_date_is_text_of_one_form_in_our_time(value: object) -> None:
    with pytest.raises(ValidationError):
        read(Date, value)


@given(st.datetimes(timezones=st.timezones() | st.just(UTC)))
@example(datetime.min.replace(tzinfo=timezone(timedelta(hours=14))))
@example(datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))))
def test_any_instant_is_read_or_refused_and_never_a_defect(value: datetime) -> None:
    for written in (value, value.isoformat(), instant_of(value)):
        try:
            assert isinstance(read(Instant, written), datetime)
        except ValidationError:
            assert written != value or value.year not in range(1990, 2101)


def instant_of(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


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


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"rebate_centavos": 14990}, "a rebate of everything"),
        ({"rebate_centavos": -1}, "a negative rebate"),
        ({"discounts": [{"until": "2026-11-05"}]}, "a discount of nothing"),
        ({"discounts": [{"until": "2026-11-05", "percent": "5", "amount_centavos": 1}]}, "of two"),
        ({"discounts": [{"until": "2026-11-05", "percent": "100"}]}, "of everything"),
        ({"discounts": [{"until": "2026-11-05", "amount_centavos": 14990}]}, "also of everything"),
        ({"discounts": [{"until": "2026-11-11", "percent": "5"}]}, "after the due date"),
        (
            {"amount_centavos": 1, "discounts": [{"until": "2026-11-05", "percent": "50"}]},
            "half a centavo rounds up to everything",
        ),
        ({"discounts": [{"until": "2026-11-05", "percent": "5"}] * 4}, "a fourth one"),
    ],
)
def test_reductions_that_make_no_sense_are_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError):
        InvoiceData.model_validate(invoice_data(**changes))
    assert why


def test_reductions_of_an_erp_become_the_domains() -> None:
    tiers = [
        {"until": "2026-11-05", "percent": "5.25"},
        {"until": "2026-11-10", "amount_centavos": 100},
    ]
    data = InvoiceData.model_validate(invoice_data(rebate_centavos=990, discounts=tiers))
    invoice = data.to_domain("fat-1", ISSUED_AT)
    assert invoice.rebate == Money(990)
    assert invoice.discounts == (
        DiscountTier(date(2026, 11, 5), Decimal("5.25")),
        DiscountTier(date(2026, 11, 10), amount=Money(100)),
    )


LINE = "34191090082233502123845678900007171950000060000"
PIX_CODE = br_code.encode(
    br_code.BrCode(name="Aurora Energia", city="Sao Paulo", location="pix.example.com.br/qr/v2/abc")
)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (LINE, "digits only"),
        ("34191.09008 22335.021238 45678.900007 1 71950000060000", "as printed"),
        ("34191719500000600001090022335021234567890000", "a barcode becomes its line"),
    ],
)
def test_a_boleto_is_kept_as_the_digits_of_its_line(written: str, why: str) -> None:
    data = InvoiceData.model_validate(invoice_data(payment={"boleto_line": written}))
    assert data.payment is not None
    assert data.payment.boleto_line == LINE, why


@pytest.mark.parametrize(
    ("payment", "reason"),
    [
        ({"boleto_line": LINE[:-1] + "1"}, "does not match the other digits"),
        ({"boleto_line": LINE[:-1]}, "46 digits"),
        ({"pix_copy_paste": PIX_CODE[:-1] + ("0" if PIX_CODE[-1] != "0" else "1")}, "position"),
        ({"pix_copy_paste": PIX_CODE[:60]}, "position"),
    ],
)
def test_what_nobody_could_pay_with_is_refused_with_its_reason(
    payment: dict[str, str], reason: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        InvoiceData.model_validate(invoice_data(payment=payment))
    (problem,) = caught.value.errors()
    assert problem["loc"] == ("payment", *payment)
    assert reason in problem["msg"]
    assert next(iter(payment.values())) not in problem["msg"]


def test_a_pix_code_that_can_be_paid_is_kept_to_the_letter() -> None:
    data = InvoiceData.model_validate(invoice_data(payment={"pix_copy_paste": PIX_CODE}))
    assert data.payment is not None
    assert data.payment.pix_copy_paste == PIX_CODE


@pytest.mark.parametrize("written", ["0800 123 4567", "4004-1234", "11 8765-4321", "20 98765-4321"])
def test_a_number_that_is_no_customers_line_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        read(Phone, written)
