"""Many invoices at once: one result for each, in order, whatever is wrong with the others."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.api import context
from regua.adapters.memory import FixedClock
from regua.application.ports import Change
from regua.domain.errors import VersionConflict
from regua.domain.ids import InvoiceId
from tests.builders import CREDITOR, CUSTOMER, any_invoice, any_payment, invoice_data
from tests.integration import api_client
from tests.integration.api_client import NOW, Answer, Api, assert_problem, wired
from tests.integration.conftest import BOREAL, World
from tests.integration.lambdas import Context, Printed

BATCH = "/v1/invoices/batch"
OTHER = {**invoice_data()["customer"], "external_id": "cli-2"}


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = wired(world)
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(context, "clock", FixedClock(NOW))


@pytest.fixture
def api() -> Api:
    return Api()


def put(api: Api, *invoices: object) -> Answer:
    return api.call("POST", BATCH, body={"invoices": list(invoices)})


def statuses(answer: Answer) -> list[int]:
    return [result["status"] for result in answer.body["results"]]


def paths(answer: Answer, number: int) -> list[str]:
    return [e["path"] for e in answer.body["results"][number]["problem"]["errors"]]


def test_invoices_are_created_then_updated(api: Api) -> None:
    first = put(api, invoice_data("fat-1"), invoice_data("fat-2"))
    assert (first.status, statuses(first)) == (200, [201, 201])
    later = {"occurred_at": "2026-11-10T12:00:01Z", "amount_centavos": 7}
    again = put(api, invoice_data("fat-2", **later), invoice_data("fat-3"))
    assert statuses(again) == [200, 201]
    assert {k: v for k, v in again.body.items() if k != "results"} == {
        "created": 1,
        "updated": 1,
        "refused": 0,
        "to_send_again": 0,
    }
    assert api.get_invoice("fat-2").body["amount_centavos"] == 7


def test_every_result_names_its_invoice_and_its_tag(api: Api) -> None:
    answer = put(api, invoice_data("fat-1"))
    assert answer.body["results"] == [
        {
            "index": 0,
            "external_id": "fat-1",
            "status": 201,
            "etag": api.get_invoice("fat-1").headers["etag"],
            "problem": None,
        }
    ]


def test_a_bad_invoice_keeps_no_other_from_being_taken(api: Api) -> None:
    api.put_invoice("de-outro", customer={**invoice_data()["customer"], "external_id": "cli-9"})
    answer = put(
        api,
        invoice_data("boa-1"),
        invoice_data("ruim", amount_centavos="149,90", cor="azul"),
        "isto não é uma fatura",
        None,
        invoice_data("de-outro"),
        invoice_data("sem-régua", ruler="inexistente"),
        invoice_data("do-futuro", occurred_at="2027-11-10T12:00:00Z"),
        invoice_data("boa-2"),
    )
    assert answer.status == 200
    assert statuses(answer) == [201, 422, 422, 422, 409, 422, 422, 201]
    assert (answer.body["created"], answer.body["refused"]) == (2, 6)
    assert sorted(paths(answer, 1)) == [
        "body.invoices.1.amount_centavos",
        "body.invoices.1.cor",
    ]
    assert paths(answer, 2) == ["body.invoices.2"]
    assert paths(answer, 5) == ["body.invoices.5.ruler"]
    assert paths(answer, 6) == ["body.invoices.6.occurred_at"]
    assert [r["external_id"] for r in answer.body["results"]] == [
        "boa-1", "ruim", None, None, "de-outro", "sem-régua", "do-futuro", "boa-2",
    ]  # fmt: skip
    assert api.get_invoice("boa-2").status == 200
    assert api.get_invoice("ruim").status == 404


def test_an_id_that_comes_twice_is_taken_once_and_said(api: Api) -> None:
    answer = put(api, invoice_data("fat-1"), invoice_data("fat-1", amount_centavos=7))
    assert statuses(answer) == [201, 422]
    assert paths(answer, 1) == ["body.invoices.1.external_id"]
    assert api.get_invoice("fat-1").body["amount_centavos"] == 14990


@pytest.mark.parametrize("count", [0, 501])
def test_a_batch_has_one_to_500_invoices(api: Api, count: int) -> None:
    refused = put(api, *({} for _ in range(count)))
    assert_problem(refused, 422)
    assert refused.errors == ["body.invoices"]


@pytest.mark.parametrize(
    "body", [{}, [], {"invoices": {}}, {"invoices": [{}], "more": 1}, {"invoices": None}]
)
def test_a_body_that_is_no_batch_is_refused_whole(api: Api, body: object) -> None:
    assert_problem(api.call("POST", BATCH, body=body), 422)


def test_no_personal_data_of_a_bad_invoice_is_logged(
    api: Api, printed: Callable[[], Printed]
) -> None:
    put(api, invoice_data("ruim", amount_centavos="x"))
    printed().assert_no_personal_data()


def test_when_time_runs_out_the_rest_is_to_be_sent_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [20_000, 10_000, int(context.MARGIN_SECONDS * 1000) - 1]
    monkeypatch.setattr(api_client, "Context", lambda: Context(remaining_milliseconds=left))
    sent = [
        invoice_data(f"fat-{n}", customer={**OTHER, "external_id": f"cli-{n}"}) for n in range(4)
    ]
    answer = put(api, *sent)
    assert (answer.status, statuses(answer)) == (200, [201, 201, 503, 503])
    assert answer.body["to_send_again"] == 2
    assert int(answer.headers["retry-after"]) > 0
    assert api.get_invoice("fat-3").status == 404
    monkeypatch.setattr(api_client, "Context", Context)
    rest = put(api, *sent[2:])
    assert statuses(rest) == [201, 201]


@pytest.mark.parametrize(
    ("error", "status"), [(VersionConflict("cli-1"), 503), (RuntimeError("defeito"), 500)]
)
def test_what_breaks_on_our_side_is_to_be_sent_again_and_breaks_nothing_else(
    api: Api,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    printed: Callable[[], Printed],
    *,
    error: Exception,
    status: int,
) -> None:
    commit = world.portfolio.commit

    def broken(change: Change) -> None:
        if any(i.external_id == "quebra" for i in change.invoices):
            raise error
        commit(change)

    monkeypatch.setattr(world.portfolio, "commit", broken)
    answer = put(api, invoice_data("quebra"), invoice_data("fat-2"))
    assert (answer.status, statuses(answer)) == (200, [status, 201])
    assert answer.body["to_send_again"] == 1
    assert "retry-after" in answer.headers
    assert "defeito" not in json.dumps(answer.body)
    assert bool(printed().metrics.get("api_defects", 0)) == (status == 500)
    assert world.portfolio.find_invoice(CREDITOR, InvoiceId("fat-2")) is not None


def test_invoices_of_one_customer_are_written_together(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[list[str]] = []
    commit = world.portfolio.commit

    def noted(change: Change) -> None:
        written.append([i.external_id for i in change.invoices])
        commit(change)

    monkeypatch.setattr(world.portfolio, "commit", noted)
    sent: Sequence[object] = [
        invoice_data("a-1"),
        invoice_data("b-1", customer=OTHER),
        invoice_data("a-2"),
        invoice_data("b-2", customer=OTHER),
    ]
    assert statuses(put(api, *sent)) == [201] * 4
    assert written == [["a-1", "a-2"], ["b-1", "b-2"]]
    later = {"occurred_at": "2026-11-10T12:00:01Z"}
    assert statuses(put(api, invoice_data("a-2", **later), invoice_data("a-3"))) == [200, 201]
    assert written[2:] == [["a-2", "a-3"]]


def test_more_of_one_customer_than_one_write_takes_are_all_taken(api: Api, world: World) -> None:
    answer = put(api, *(invoice_data(f"fat-{n}") for n in range(45)))
    assert statuses(answer) == [201] * 45
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert (len(account.invoices), account.version) == (45, 3)


def test_one_that_is_unusual_is_taken_beside_the_others(api: Api, world: World) -> None:
    """Money and a withdrawal came before two of them, and one is paid already."""
    api.put_invoice("paga")
    api.pay("paga", payment_id="p1")
    creditor = world.directory.get(CREDITOR)
    payment = any_payment("p2", paid_at=NOW)
    world.ingest.receive_payment(creditor, InvoiceId("cedo"), payment, now=NOW)
    world.ingest.cancel_invoice(creditor, InvoiceId("fora"), NOW, "erro", now=NOW)
    later = {"occurred_at": "2026-11-10T12:00:01Z"}
    names = ("nova", "cedo", "fora", "paga")
    answer = put(api, *(invoice_data(name, **later) for name in names))
    assert statuses(answer) == [201, 201, 201, 200]
    found = [api.get_invoice(name).body["status"] for name in names]
    assert found == ["open", "settled", "cancelled", "settled"]
    for name, result in zip(names, answer.body["results"], strict=True):
        assert result["etag"] == api.get_invoice(name).headers["etag"]


def test_a_write_that_somebody_was_faster_than_is_made_alone(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = world.portfolio.commit

    def raced(change: Change) -> None:
        monkeypatch.setattr(world.portfolio, "commit", commit)
        world.issue(any_invoice("fat-2", issued_at=NOW - timedelta(days=1)))
        commit(change)

    monkeypatch.setattr(world.portfolio, "commit", raced)
    answer = put(api, invoice_data("fat-1"), invoice_data("fat-2", amount_centavos=7))
    assert statuses(answer) == [201, 200]
    assert api.get_invoice("fat-2").body["amount_centavos"] == 7


def test_what_is_written_together_is_as_if_each_had_been_written_alone(
    api: Api, world: World, printed: Callable[[], Printed]
) -> None:
    """The other creditor's twin of the account gets the same, one call after the other."""
    one_by_one = Api("cliente-boreal")
    later = {"occurred_at": "2026-11-10T12:00:01Z"}
    for rest in ({}, later):
        names = ("a", "b") if not rest else ("a", "b", "c")
        sent = [invoice_data(n, due_date=f"2026-11-{10 + len(n)}", **rest) for n in names]
        put(api, *sent)
        for one in sent:
            one_by_one.put_invoice(**one)
    together = world.portfolio.load_account(CREDITOR, CUSTOMER)
    alone = world.portfolio.load_account(BOREAL, CUSTOMER)
    assert together.invoices.keys() == alone.invoices.keys()
    for key, invoice in together.invoices.items():
        assert replace(invoice, issued_at=NOW) == replace(alone.invoices[key], issued_at=NOW)
    assert together.next_evaluation_at == alone.next_evaluation_at
    assert together.history == alone.history
    printed().assert_no_personal_data()


def test_an_invoice_told_again_after_its_last_news_was_lost_tells_it_again(
    api: Api, world: World
) -> None:
    """Lowering the amount settles what was paid in part: that is announced, and again if asked."""
    api.put_invoice("fat-1")
    api.pay("fat-1", payment_id="p1", amount_centavos=10_000, paid_at="2026-11-09T15:30:00Z")
    lower = invoice_data("fat-1", amount_centavos=10_000, occurred_at="2026-11-10T12:00:01Z")
    assert statuses(put(api, lower)) == [200]
    assert [e.data["external_id"] for e in world.publisher.of("InvoicePaid")] == ["fat-1"]
    assert statuses(put(api, lower)) == [200]
    assert len(world.publisher.of("InvoicePaid")) == 2


def test_another_creditors_invoice_of_the_same_id_is_another(api: Api) -> None:
    assert statuses(put(api, invoice_data("fat-1"))) == [201]
    assert statuses(put(Api("cliente-boreal"), invoice_data("fat-1"))) == [201]


def test_an_invoice_may_be_called_batch(api: Api) -> None:
    assert api.put_invoice("batch").status == 201
    assert api.get_invoice("batch").body["external_id"] == "batch"
