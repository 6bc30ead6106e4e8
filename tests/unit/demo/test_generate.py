"""The invented portfolio is valid, varied and repeatable; python-stdnum judges the documents."""

from collections import Counter
from datetime import date, timedelta

import pytest
from stdnum.br import cnpj, cpf

from local.carrier.behaviours import Outcome
from local.carrier.numbers import default_behaviour
from local.demo.generate import generate
from local.demo.message import SMS, VOICE, WHATSAPP
from local.demo.model import Payer, Portfolio, Reader
from local.demo.oracle import is_banking_day
from local.demo.people import SIMULATOR
from local.demo.phones import is_landline
from regua.domain.phones import parse_phone
from regua.domain.time_zones import UF_OF_DDD

FIRST, DAYS = date(2026, 11, 23), 45


@pytest.fixture(scope="module")
def portfolio() -> Portfolio:
    return generate(FIRST, DAYS)


def test_size_and_identity(portfolio: Portfolio) -> None:
    assert len(portfolio.customers) == 300
    assert len({i.external_id for i in portfolio.invoices}) == 1_000
    assert len({i.number for i in portfolio.invoices}) == 1_000
    assert {i.customer_id for i in portfolio.invoices} == set(portfolio.customers)


def test_every_document_passes_an_independent_validator(portfolio: Portfolio) -> None:
    documents = [c.document for c in portfolio.customers.values()]
    for customer in portfolio.customers.values():
        validator = cpf if customer.kind == "person" else cnpj
        assert validator.is_valid(customer.document), customer
    assert len(set(documents)) == len(documents)
    assert any(not document.isdigit() for document in documents), "no alphanumeric CNPJ"


def test_every_state_appears_and_telephones_belong_to_it(portfolio: Portfolio) -> None:
    assert {c.uf for c in portfolio.customers.values()} == set(UF_OF_DDD.values())
    for customer in portfolio.customers.values():
        for phone in customer.phones:
            assert parse_phone(phone).e164 == phone
            assert UF_OF_DDD[phone[3:5]] == customer.uf


def test_telephones_are_nobody_s_and_no_two_customers_share_one(portfolio: Portfolio) -> None:
    phones = [p for c in portfolio.customers.values() for p in c.phones]
    assert len(set(phones)) == len(phones)
    assert any(not c.phones for c in portfolio.customers.values())
    assert any(is_landline(p) for p in phones)
    mobiles = [p for p in phones if not is_landline(p)]
    assert all(p[5:10] == "90000" for p in mobiles)


@pytest.mark.parametrize(
    ("channel", "outcome"),
    [
        (WHATSAPP, Outcome.NOT_ON_WHATSAPP),
        (WHATSAPP, Outcome.READ),
        (WHATSAPP, Outcome.DELIVER),
        (SMS, Outcome.INVALID_NUMBER),
        (SMS, Outcome.UNDELIVERABLE),
        (VOICE, Outcome.BUSY),
        (VOICE, Outcome.NO_ANSWER),
    ],
)
def test_some_numbers_end_in_each_way_the_carrier_knows(
    portfolio: Portfolio, channel: str, outcome: Outcome
) -> None:
    phones = [p for c in portfolio.customers.values() for p in c.phones if not is_landline(p)]
    assert sum(default_behaviour(channel, p).outcome is outcome for p in phones) >= 3


def test_only_who_can_be_texted_prefers_a_text(portfolio: Portfolio) -> None:
    wished = Counter(c.preferred_channel for c in portfolio.customers.values())
    assert set(wished) == {None, SMS, WHATSAPP}
    for customer in portfolio.customers.values():
        if customer.preferred_channel:
            assert not is_landline(customer.phones[0])


def test_addresses_are_unique_and_reserved(portfolio: Portfolio) -> None:
    addresses = [e for c in portfolio.customers.values() for e in c.emails]
    assert len(set(addresses)) == len(addresses)
    assert all(a.isascii() for a in addresses)
    assert all(a.endswith(("example.com.br", SIMULATOR)) for a in addresses)
    assert sum(a.endswith(SIMULATOR) for a in addresses) >= 3
    assert any(not c.emails for c in portfolio.customers.values())


def test_due_dates_lie_in_the_lived_window_and_some_on_closed_days(portfolio: Portfolio) -> None:
    dues = [i.due_date for i in portfolio.invoices]
    assert FIRST < min(dues) <= max(dues) < FIRST + timedelta(days=DAYS)
    weekends = sum(d.weekday() > 4 for d in dues)
    assert 0 < weekends < len(dues) / 3
    assert any(d.weekday() <= 4 and not is_banking_day(d) for d in dues), "no bank holiday"
    assert all(i.issue_date < i.due_date for i in portfolio.invoices)


def test_some_customers_owe_many_invoices_on_one_day(portfolio: Portfolio) -> None:
    together = Counter((i.customer_id, i.due_date) for i in portfolio.invoices)
    assert max(together.values()) >= 8


def test_amounts_are_many_small_and_a_few_large(portfolio: Portfolio) -> None:
    amounts = sorted(i.amount_centavos for i in portfolio.invoices)
    assert amounts[0] >= 500
    mean = sum(amounts) / len(amounts)
    assert mean > 1.3 * amounts[len(amounts) // 2], "a log-normal leans to the right"


def test_every_habit_is_somebody_s(portfolio: Portfolio) -> None:
    habits = [c.behaviour for c in portfolio.customers.values()]
    assert {h.payer for h in habits} == set(Payer) - {Payer.BY_FILE}
    assert {h.reader for h in habits} == set(Reader)
    assert any(h.unsubscribes for h in habits)
    assert any(h.stops for h in habits)


def test_the_same_seed_gives_the_same_portfolio(portfolio: Portfolio) -> None:
    again = generate(FIRST, DAYS)
    assert again.invoices == portfolio.invoices
    assert dict(again.customers) == dict(portfolio.customers)
    assert generate(FIRST, DAYS, seed=2).invoices != portfolio.invoices


@pytest.mark.parametrize("days", [1, 5, 12])
def test_a_short_life_still_has_due_dates(days: int) -> None:
    small = generate(FIRST, days, customers=5, invoices=9)
    assert len(small.invoices) == 9
