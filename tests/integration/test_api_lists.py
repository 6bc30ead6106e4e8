"""Lists over HTTP: filters, pages, and cursors that lead nobody to another creditor's data."""

from datetime import timedelta
from typing import Any

import pytest

from functions.api import context
from regua.adapters.memory import FixedClock
from regua.domain.ids import InvoiceId
from tests.builders import CREDITOR, invoice_data
from tests.integration.api_client import NOW, Answer, Api, assert_problem, wired
from tests.integration.conftest import World

INVOICES, CUSTOMERS = "/v1/invoices", "/v1/customers"


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = wired(world)
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(context, "clock", FixedClock(NOW))


@pytest.fixture
def api() -> Api:
    return Api()


def invoices(api: Api, **query: str) -> Answer:
    return api.call("GET", INVOICES, query=query)


def walked(api: Api, template: str, **query: str) -> list[dict[str, Any]]:
    """Return everything of a list, page after page."""
    name = template.rpartition("/")[2]
    found: list[dict[str, Any]] = []
    more = dict(query)
    while True:
        answer = api.call("GET", template, query=more)
        assert answer.status == 200
        found += answer.body[name]
        if answer.body["cursor"] is None:
            return found
        more["cursor"] = answer.body["cursor"]


def ids(lines: list[dict[str, Any]]) -> list[str]:
    return [line["external_id"] for line in lines]


def customer_of(external_id: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {**invoice_data()["customer"], "external_id": external_id, **changes}


@pytest.fixture
def portfolio_of_three(api: Api) -> None:
    api.put_invoice("vencida", due_date="2026-11-06")
    api.put_invoice("hoje", due_date="2026-11-10")
    api.put_invoice("futura", due_date="2026-12-10", customer=customer_of("cli-2"))
    api.put_invoice("parte", due_date="2026-11-05")
    api.pay("parte", payment_id="p1", amount_centavos=1)
    api.put_invoice("paga", due_date="2026-11-05")
    api.pay("paga", payment_id="p2")
    api.put_invoice("fora", due_date="2026-11-05")
    api.cancel("fora")


@pytest.mark.usefixtures("portfolio_of_three")
@pytest.mark.parametrize("limit", ["1", "2", "100"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["vencida", "hoje", "futura", "parte", "paga", "fora"]),
        ({"status": "open"}, ["vencida", "hoje", "futura"]),
        ({"status": "partially_paid"}, ["parte"]),
        ({"status": "settled"}, ["paga"]),
        ({"status": "cancelled"}, ["fora"]),
        ({"status": "overdue"}, ["vencida", "parte"]),
        ({"status": "overdue", "due_before": "2026-11-06"}, ["parte"]),
        ({"status": "overdue", "due_after": "2026-11-06"}, []),
        ({"due_before": "2026-11-06"}, ["parte", "paga", "fora"]),
        ({"due_after": "2026-11-10"}, ["futura"]),
        ({"due_after": "2026-11-06", "due_before": "2026-12-10"}, ["hoje"]),
        ({"customer": "cli-2"}, ["futura"]),
        ({"customer": "cli-1", "status": "overdue"}, ["parte", "vencida"]),
        ({"customer": "cli-1", "status": "settled"}, ["paga"]),
        ({"customer": "cli-9"}, []),
    ],
)
def test_filters_and_pages(
    api: Api, query: dict[str, str], expected: list[str], limit: str
) -> None:
    assert ids(walked(api, INVOICES, limit=limit, **query)) == expected


@pytest.mark.usefixtures("portfolio_of_three")
def test_a_listed_invoice_is_described_as_alone(api: Api) -> None:
    for line in walked(api, INVOICES):
        assert line == api.get_invoice(line["external_id"]).body


def test_an_invoice_of_a_company_is_listed_under_the_terms_it_may_be_charged_by(
    api: Api, world: World
) -> None:
    """A company may owe more than a consumer; the list must not know less than the invoice."""
    document: dict[str, Any] = {
        **world.directory.get(CREDITOR).ruler_document,
        "late_charges": {"profile": "company", "fine_percent": "10"},
    }
    choice = {"in_flight": "migrate", "backfill": "deserved_level"}
    assert api.call("PUT", "/v1/rulers/{name}", "padrao", document, query=choice).status == 201
    company = customer_of("cli-1", kind="company", document="11222333000181")
    api.put_invoice("empresa", due_date="2026-11-03", customer=company)
    api.put_invoice("pessoa", due_date="2026-11-03", customer=customer_of("cli-2"))
    fines = {
        line["external_id"]: line["payoff"]["late_fine_centavos"] for line in walked(api, INVOICES)
    }
    assert fines == {"empresa": 1499, "pessoa": 300}
    for name, fine in fines.items():
        assert fine == api.get_invoice(name).body["payoff"]["late_fine_centavos"]


@pytest.mark.usefixtures("portfolio_of_three")
@pytest.mark.parametrize("limit", ["1", "2"])
def test_customers_are_listed_by_id_as_they_are_alone_less_their_invoices(
    api: Api, limit: str
) -> None:
    found = walked(api, CUSTOMERS, limit=limit)
    assert ids(found) == ["cli-1", "cli-2"]
    for line in found:
        alone = api.call("GET", "/v1/customers/{external_id}", line["external_id"]).body
        del alone["open_invoices"]
        assert line == alone


# ── isolation and refusals ──────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("portfolio_of_three")
def test_another_creditor_lists_nothing_and_gets_nowhere_with_a_cursor(api: Api) -> None:
    boreal = Api("cliente-boreal")
    for template in (INVOICES, CUSTOMERS):
        assert walked(boreal, template) == []
        cursor = api.call("GET", template, query={"limit": "1"}).body["cursor"]
        refused = boreal.call("GET", template, query={"limit": "1", "cursor": cursor})
        assert_problem(refused, 422)
        assert refused.errors == ["query.cursor"]
    assert walked(boreal, INVOICES, customer="cli-1") == []


@pytest.mark.usefixtures("portfolio_of_three")
@pytest.mark.parametrize(
    "query",
    [
        {"status": "open"},
        {"due_before": "2027-01-01"},
        {"customer": "cli-1"},
    ],
)
def test_a_cursor_goes_on_in_its_own_list_alone(api: Api, query: dict[str, str]) -> None:
    cursor = invoices(api, limit="1").body["cursor"]
    refused = invoices(api, limit="1", cursor=cursor, **query)
    assert (refused.status, refused.errors) == (422, ["query.cursor"])
    other = api.call("GET", CUSTOMERS, query={"cursor": cursor})
    assert (other.status, other.errors) == (422, ["query.cursor"])


@pytest.mark.usefixtures("portfolio_of_three")
def test_the_size_of_a_page_may_change_on_the_way(api: Api) -> None:
    first = invoices(api, limit="1").body
    rest = invoices(api, limit="100", cursor=first["cursor"]).body
    assert ids(first["invoices"] + rest["invoices"]) == ids(walked(api, INVOICES))


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"status": "aberta"}, "query.status"),
        ({"due_before": "10/11/2026"}, "query.due_before"),
        ({"due_after": "amanhã"}, "query.due_after"),
        ({"due_after": "2026-11-10", "due_before": "2026-11-10"}, "query.due_before"),
        ({"customer": "a#b"}, "query.customer"),
        ({"limit": "0"}, "query.limit"),
        ({"limit": "101"}, "query.limit"),
        ({"limit": "dez"}, "query.limit"),
        ({"cursor": "lixo"}, "query.cursor"),
        ({"cursor": ""}, "query.cursor"),
        ({"cursor": "W10"}, "query.cursor"),
        ({"cursor": "a" * 1001}, "query.cursor"),
    ],
)
def test_a_question_that_cannot_be_is_refused_by_its_path(
    api: Api, query: dict[str, str], path: str
) -> None:
    refused = invoices(api, **query)
    assert_problem(refused, 422)
    assert refused.errors == [path]


def test_a_page_may_be_empty_and_still_go_on(api: Api) -> None:
    """Of a customer, statuses are told apart after reading."""
    for number in range(3):
        api.put_invoice(f"fat-{number}")
    api.pay("fat-2", payment_id="p", amount_centavos=1)
    query = {"customer": "cli-1", "status": "partially_paid", "limit": "2"}
    first = invoices(api, **query).body
    assert (first["invoices"], first["cursor"] is None) == ([], False)
    assert ids(walked(api, INVOICES, **query)) == ["fat-2"]


def test_what_is_overdue_follows_the_creditors_day(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.put_invoice("fat-1", due_date="2026-11-14")  # a Saturday; Sunday the 15th is a holiday
    for days, expected in ((4, []), (6, []), (7, ["fat-1"])):
        monkeypatch.setattr(context, "clock", FixedClock(NOW + timedelta(days=days)))
        assert ids(walked(api, INVOICES, status="overdue")) == expected, days
        was_late = api.get_invoice("fat-1").body["was_late"]
        assert was_late == bool(expected)
    assert world.portfolio.find_invoice(CREDITOR, InvoiceId("fat-1")) is not None
