"""The invented portfolio is valid, varied and repeatable; python-stdnum judges the documents."""

from collections import Counter
from datetime import date, timedelta

import pytest
from stdnum.br import cnpj, cpf

from local.demo.generate import generate
from local.demo.model import Payer, Portfolio, Reader
from local.demo.oracle import is_banking_day
from local.demo.people import SIMULATOR
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
        (phone,) = customer.phones
        assert phone.startswith("+55")
        assert len(phone) == 14
        assert phone[5] == "9"
        assert UF_OF_DDD[phone[3:5]] == customer.uf


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


def test_the_same_seed_gives_the_same_portfolio(portfolio: Portfolio) -> None:
    again = generate(FIRST, DAYS)
    assert again.invoices == portfolio.invoices
    assert dict(again.customers) == dict(portfolio.customers)
    assert generate(FIRST, DAYS, seed=2).invoices != portfolio.invoices


@pytest.mark.parametrize("days", [1, 5, 12])
def test_a_short_life_still_has_due_dates(days: int) -> None:
    small = generate(FIRST, days, customers=5, invoices=9)
    assert len(small.invoices) == 9
