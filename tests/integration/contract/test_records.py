"""What is stored is what is read: any account, invoice and dispatch, to the millisecond."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.dynamodb_ledger import plan_attributes
from regua.adapters.records import (
    account_document,
    dispatch_document,
    instant,
    invoice_document,
    payment_record,
    read_account,
    read_dispatch,
    read_invoice,
    read_payment,
)
from regua.application.wire import instant_text
from regua.domain.account import Account
from regua.domain.contact_policy import Contact
from regua.domain.customer import Customer, CustomerKind
from regua.domain.dispatch import Dispatch, InvoiceStep, LeftOut, Purpose
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId, PaymentId
from regua.domain.invoice import (
    Invoice,
    Payment,
    PaymentMethod,
    PaymentOptions,
    PaymentReceipt,
    Place,
)
from regua.domain.late_charges import DiscountTier
from regua.domain.money import Money
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Phase, Tone

START = datetime(2020, 1, 1, tzinfo=UTC)
words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
maybe_words = st.none() | words
instants = st.integers(0, 10**12 // 3).map(lambda ms: START + timedelta(milliseconds=ms))
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
money = st.integers(0, 10**13).map(Money)
dispatch_ids = st.text("0123456789abcdef", min_size=32, max_size=32).map(DispatchId)
creditors, customers = words.map(CreditorId), words.map(CustomerId)
invoice_ids = words.map(InvoiceId)
places = st.builds(Place, maybe_words, st.none() | days, st.none() | dispatch_ids, st.booleans())
payments = st.builds(
    Payment,
    words.map(PaymentId),
    money,
    instants,
    st.sampled_from(PaymentMethod),
    st.none() | instants,
    maybe_words,
)
discounts = st.one_of(
    st.builds(DiscountTier, days, st.decimals("0.0001", "99", places=4)),
    st.builds(DiscountTier, days, amount=st.integers(1, 10**12).map(Money)),
)
invoices = st.builds(
    Invoice,
    external_id=invoice_ids,
    customer_id=customers,
    number=words,
    issue_date=days,
    due_date=days,
    amount=money,
    issued_at=instants,
    rebate=money,
    discounts=st.lists(discounts, max_size=3).map(tuple),
    description=maybe_words,
    payment=st.builds(PaymentOptions, maybe_words, maybe_words, maybe_words),
    charge_code=maybe_words,
    ruler=maybe_words,
    metadata=st.dictionaries(words, st.text(max_size=5), max_size=3),
    payments=st.lists(payments, max_size=3).map(tuple),
    cancelled_at=st.none() | instants,
    cancel_reason=maybe_words,
    receipt=st.none() | st.builds(PaymentReceipt, instants, dispatch_ids),
    place=places,
)
known_customers = st.builds(
    Customer,
    external_id=st.just(CustomerId("cli-1")),
    name=words,
    document=words,
    changed_at=instants,
    kind=st.sampled_from(CustomerKind),
    emails=st.lists(words, max_size=2).map(tuple),
    phones=st.lists(words, max_size=2).map(tuple),
    uf=maybe_words,
    preferred_channel=st.none() | st.sampled_from(Channel).map(str),
    preferred_hour=st.none() | st.integers(0, 23),
    tags=st.lists(words, max_size=2).map(tuple),
)
accounts = st.builds(
    Account,
    creditor_id=st.just(CreditorId("aurora")),
    customer_id=st.just(CustomerId("cli-1")),
    version=st.integers(1, 9),
    schedule_seq=st.integers(0, 9),
    next_evaluation_at=st.none() | instants,
    customer=st.none() | known_customers,
    invoices=st.lists(invoices, max_size=3, unique_by=lambda i: i.external_id).map(
        lambda found: {i.external_id: i for i in found}
    ),
    contacts=st.lists(
        st.builds(Contact, instants, st.sampled_from(Channel), dispatch_ids), max_size=3
    ).map(tuple),
    opt_outs=st.dictionaries(st.sampled_from(Channel), instants, max_size=2),
    suppressed_addresses=st.frozensets(words, max_size=2),
    receipts_due=st.dictionaries(invoice_ids, instants, max_size=2),
)
dispatches = st.builds(
    Dispatch,
    dispatch_id=dispatch_ids,
    creditor_id=creditors,
    customer_id=customers,
    schedule_seq=st.integers(0, 10**6),
    channel=st.sampled_from(Channel),
    step_id=words,
    phase=st.sampled_from(Phase),
    template=words,
    tone=st.sampled_from(Tone),
    invoices=st.lists(st.builds(InvoiceStep, invoice_ids, words), min_size=1, max_size=3).map(
        tuple
    ),
    decided_at=instants,
    decided_on=days,
    left_out=st.lists(
        st.builds(LeftOut, invoice_ids, words, st.sampled_from(Reason)), max_size=3
    ).map(tuple),
    purpose=st.sampled_from(Purpose),
)


@given(instants)
def test_an_instant_survives_the_wire_to_the_millisecond(at: datetime) -> None:
    assert instant(instant_text(at)) == at
    assert instant_text(at).endswith("Z")


@given(instants, instants)
def test_the_texts_of_instants_sort_as_the_instants_do(one: datetime, other: datetime) -> None:
    """The due index compares texts."""
    assert (instant_text(one) < instant_text(other)) is (one < other)


@given(invoices)
def test_an_invoice_survives_its_document(invoice: Invoice) -> None:
    assert read_invoice(invoice.external_id, invoice_document(invoice)) == invoice


@given(payments)
def test_a_payment_survives_its_record_with_or_without_what_says_nothing(payment: Payment) -> None:
    record = payment_record(payment)
    assert read_payment(json.loads(json.dumps(record))) == payment
    assert read_payment({k: v for k, v in record.items() if v is not None}) == payment


@given(accounts)
def test_an_account_survives_its_header_and_its_invoices(account: Account) -> None:
    """The header's place counts, whatever place the invoice was written with."""
    bare = Account(
        account.creditor_id,
        account.customer_id,
        version=account.version,
        schedule_seq=account.schedule_seq,
        next_evaluation_at=account.next_evaluation_at,
    )
    stale = {
        k: read_invoice(k, invoice_document(_without_place(i))) for k, i in account.invoices.items()
    }
    assert read_account(bare, account_document(account), stale) == account


def _without_place(invoice: Invoice) -> Invoice:
    fields: dict[str, Any] = {name: getattr(invoice, name) for name in Invoice.__slots__}
    return Invoice(**{**fields, "place": Place("antigo", date(2020, 1, 1))})


@given(dispatches)
def test_a_dispatch_survives_its_plan_and_the_attributes_beside_it(dispatch: Dispatch) -> None:
    attributes = plan_attributes(dispatch)
    beside = {name: value["S"] for name, value in attributes.items()}
    assert read_dispatch(beside, dispatch_document(dispatch)) == dispatch


def test_items_written_before_a_field_existed_are_still_read() -> None:
    invoice = read_invoice(
        "fat-1",
        json.dumps(
            {
                "customer_id": "cli-1",
                "number": "1",
                "issue_date": "2026-10-01",
                "due_date": "2026-11-10",
                "amount": 1,
                "issued_at": "2026-10-01T12:00:00.000Z",
            }
        ),
    )
    assert (invoice.payments, invoice.metadata, invoice.place) == ((), {}, Place())
    account = read_account(Account(CreditorId("a"), CustomerId("b")), "{}", {})
    assert account == Account(CreditorId("a"), CustomerId("b"))
