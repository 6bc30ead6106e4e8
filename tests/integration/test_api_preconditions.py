"""`ETag`, `If-Match` and `If-None-Match`: what is read, and what a write expects to find."""

from datetime import timedelta
from typing import Any

import pytest

from functions.api import context
from regua.adapters.memory import FixedClock
from regua.application.ports import Change
from regua.domain.decision import decide
from regua.domain.ruler import DEFAULT_RULER
from tests.builders import CREDITOR, CUSTOMER, invoice_data
from tests.integration.api_client import NOW, Answer, Api, assert_problem, wired
from tests.integration.conftest import World

INVOICE = "/v1/invoices/{external_id}"
PAYMENTS = "/v1/invoices/{external_id}/payments"
CANCEL = "/v1/invoices/{external_id}/cancel"
CUSTOMER_PATH = "/v1/customers/{external_id}"
RULER = "/v1/rulers/{name}"
ASSIGNMENT = "/v1/assignment"
CHOICE = {"in_flight": "migrate", "backfill": "deserved_level"}
LATER = "2026-11-10T12:00:01Z"
PAYMENT = {
    "payment_id": "pag-1",
    "amount_centavos": 100,
    "paid_at": "2026-11-09T15:30:00Z",
    "method": "pix",
}


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = wired(world)
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(context, "clock", FixedClock(NOW))


@pytest.fixture
def api() -> Api:
    return Api()


def body(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {k: v for k, v in invoice_data(**changes).items() if k != "external_id"}


def put_invoice(api: Api, headers: dict[str, str], **changes: Any) -> Answer:  # noqa: ANN401
    return api.call("PUT", INVOICE, "fat-1", body(**changes), headers=headers)


def customer(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    data = {k: v for k, v in invoice_data()["customer"].items() if k != "external_id"}
    return {**data, **changes}


# ── invoices ────────────────────────────────────────────────────────────────────────────────────


def test_every_answer_about_an_invoice_has_the_tag_of_its_facts(api: Api) -> None:
    created = api.put_invoice()
    assert api.get_invoice().headers["etag"] == created.headers["etag"]
    paid = api.pay(amount_centavos=100)
    assert paid.headers["etag"] != created.headers["etag"]
    assert api.get_invoice().headers["etag"] == paid.headers["etag"]
    cancelled = api.cancel()
    assert cancelled.headers["etag"] not in {created.headers["etag"], paid.headers["etag"]}


def test_the_tag_depends_neither_on_the_day_nor_on_the_ruler(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = api.put_invoice()
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    decision = decide(account, world.directory.get(CREDITOR).rulers, NOW)
    world.portfolio.commit(Change(decision.account, planned=decision.dispatch))
    monkeypatch.setattr(context, "clock", FixedClock(NOW + timedelta(days=15)))
    later = api.get_invoice()
    assert later.headers["etag"] == created.headers["etag"]
    assert later.body["payoff"] != created.body["payoff"]
    assert later.body["next_step"] != created.body["next_step"]


def test_what_is_known_is_not_sent_again(api: Api) -> None:
    tag = api.put_invoice().headers["etag"]
    for known in (tag, f"W/{tag}", f'"outra", {tag}', "*"):
        answer = api.call("GET", INVOICE, "fat-1", headers={"if-none-match": known})
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, None, tag), known
    fresh = api.call("GET", INVOICE, "fat-1", headers={"if-none-match": '"outra"'})
    assert (fresh.status, fresh.body["external_id"]) == (200, "fat-1")


def test_a_write_is_made_on_what_was_read_and_on_nothing_else(api: Api) -> None:
    read = api.put_invoice().headers["etag"]
    first = put_invoice(api, {"if-match": read}, amount_centavos=1, occurred_at=LATER)
    assert (first.status, first.body["amount_centavos"]) == (200, 1)
    second = put_invoice(api, {"if-match": read}, amount_centavos=2, occurred_at=LATER)
    assert_problem(second, 412)
    assert api.get_invoice().body["amount_centavos"] == 1


@pytest.mark.parametrize("headers", [{"if-match": "*"}, {"if-match": '"x"'}])
def test_what_is_not_there_matches_nothing(api: Api, headers: dict[str, str]) -> None:
    assert_problem(put_invoice(api, headers), 412)
    assert api.get_invoice().status == 404


def test_an_invoice_is_created_only_if_there_is_none(api: Api) -> None:
    assert put_invoice(api, {"if-none-match": "*"}).status == 201
    again = put_invoice(api, {"if-none-match": "*"}, amount_centavos=7, occurred_at=LATER)
    assert_problem(again, 412)
    assert api.get_invoice().body["amount_centavos"] == 14990
    assert put_invoice(api, {"if-match": "*"}).status == 200


def test_a_weak_tag_matches_no_write(api: Api) -> None:
    tag = api.put_invoice().headers["etag"]
    assert put_invoice(api, {"if-match": f"W/{tag}"}).status == 412


@pytest.mark.parametrize("header", ["if-match", "if-none-match"])
@pytest.mark.parametrize("value", ["", " ", ","])
def test_a_header_that_names_no_tag_is_refused_and_nothing_is_written(
    api: Api, header: str, value: str
) -> None:
    refused = put_invoice(api, {header: value})
    assert_problem(refused, 422)
    assert refused.errors == [f"header.{header}"]
    assert api.get_invoice().status == 404


def test_the_expectation_is_held_against_what_is_there_when_it_is_written(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Money comes in between reading and writing: the write sees it and stops."""
    tag = api.put_invoice().headers["etag"]
    commit = world.portfolio.commit

    def raced(change: Change) -> None:
        monkeypatch.setattr(world.portfolio, "commit", commit)
        assert Api().pay(amount_centavos=100).status == 201
        commit(change)

    monkeypatch.setattr(world.portfolio, "commit", raced)
    late = put_invoice(api, {"if-match": tag}, amount_centavos=7, occurred_at=LATER)
    assert_problem(late, 412)
    left = api.get_invoice().body
    assert (left["paid_centavos"], left["amount_centavos"]) == (100, 14990)


def test_of_two_who_create_at_the_same_moment_one_creates(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = world.portfolio.commit

    def raced(change: Change) -> None:
        monkeypatch.setattr(world.portfolio, "commit", commit)
        assert Api().put_invoice().status == 201
        commit(change)

    monkeypatch.setattr(world.portfolio, "commit", raced)
    assert_problem(put_invoice(api, {"if-none-match": "*"}, amount_centavos=7), 412)
    assert api.get_invoice().body["amount_centavos"] == 14990


# ── payments and cancellation ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("template", "sent"), [(PAYMENTS, PAYMENT), (CANCEL, {"reason": "emitida em duplicidade"})]
)
def test_what_is_posted_about_an_invoice_expects_it_as_it_was_read(
    api: Api, template: str, sent: dict[str, Any]
) -> None:
    tag = api.put_invoice().headers["etag"]
    stale = api.call("POST", template, "fat-1", sent, headers={"if-match": '"antes"'})
    assert_problem(stale, 412)
    assert api.get_invoice().headers["etag"] == tag
    done = api.call("POST", template, "fat-1", sent, headers={"if-match": tag})
    assert done.status in {200, 201}
    again = api.call("POST", template, "fat-1", sent, headers={"if-match": tag})
    assert (again.status, again.body) == (200, done.body), "what is done already is as wished"


# ── customers ───────────────────────────────────────────────────────────────────────────────────


def test_a_customer_has_a_tag_and_is_written_as_expected(api: Api, world: World) -> None:
    def put(headers: dict[str, str], **changes: Any) -> Answer:  # noqa: ANN401 - any field
        return api.call("PUT", CUSTOMER_PATH, "cli-1", customer(**changes), headers=headers)

    created = put({"if-none-match": "*"})
    tag = created.headers["etag"]
    assert created.status == 201
    read = api.call("GET", CUSTOMER_PATH, "cli-1")
    assert read.headers["etag"] == tag
    known = api.call("GET", CUSTOMER_PATH, "cli-1", headers={"if-none-match": tag})
    assert (known.status, known.body) == (304, None)
    api.put_invoice()
    after = api.call("GET", CUSTOMER_PATH, "cli-1").headers["etag"]
    assert after == tag, "an invoice is no fact about who owes it"
    assert put({"if-match": tag}, name="Maria Souza", occurred_at=LATER).status == 200
    assert_problem(put({"if-match": tag}, name="Outra", occurred_at=LATER), 412)
    assert_problem(put({"if-none-match": "*"}), 412)
    found = world.portfolio.load_account(CREDITOR, CUSTOMER).customer
    assert found is not None
    assert found.name == "Maria Souza"


# ── rulers ──────────────────────────────────────────────────────────────────────────────────────


def document(hour: int, name: str = "padrao") -> dict[str, Any]:
    return {**DEFAULT_RULER, "name": name, "contact_hour": hour}


def put_ruler(api: Api, headers: dict[str, str], hour: int, name: str = "padrao") -> Answer:
    return api.call("PUT", RULER, name, document(hour, name), query=CHOICE, headers=headers)


def test_a_ruler_follows_the_version_that_was_read(api: Api) -> None:
    read = api.call("GET", RULER, "padrao").headers["etag"]
    first = put_ruler(api, {"if-match": read}, 10)
    assert (first.status, first.body["version"]) == (201, 1)
    assert api.call("GET", RULER, "padrao").headers["etag"] == first.headers["etag"]
    assert_problem(put_ruler(api, {"if-match": read}, 11), 412)
    second = put_ruler(api, {"if-match": first.headers["etag"]}, 11)
    assert (second.status, second.body["version"]) == (201, 2)
    same = put_ruler(api, {"if-match": second.headers["etag"]}, 11)
    assert (same.status, same.headers["etag"]) == (200, second.headers["etag"])
    known = {"if-none-match": second.headers["etag"]}
    assert api.call("GET", RULER, "padrao", headers=known).status == 304


def test_a_new_ruler_is_written_only_if_there_is_none(api: Api) -> None:
    assert put_ruler(api, {"if-match": "*"}, 10, "nova").status == 412
    assert put_ruler(api, {"if-none-match": "*"}, 10, "nova").status == 201
    assert put_ruler(api, {"if-none-match": "*"}, 11, "nova").status == 412


def test_a_version_that_came_in_between_stops_the_write(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = api.call("GET", RULER, "padrao").headers["etag"]
    put_version = world.rulers.put_version
    waiting = [True]

    def raced(*args: Any) -> None:  # noqa: ANN401 - the store's own
        if waiting:
            waiting.clear()
            assert put_ruler(Api(), {}, 12).status == 201
        put_version(*args)

    monkeypatch.setattr(world.rulers, "put_version", raced)
    assert_problem(put_ruler(api, {"if-match": tag}, 10), 412)
    assert api.call("GET", RULER, "padrao").body["document"]["contact_hour"] == 12


# ── the assignment ──────────────────────────────────────────────────────────────────────────────

FIRST = {"default_ruler": "padrao", "hold_out_percent": "1"}
SECOND = {"default_ruler": "padrao", "hold_out_percent": "2"}


def assign(api: Api, headers: dict[str, str], sent: dict[str, Any]) -> Answer:
    return api.call("PUT", ASSIGNMENT, body=sent, headers=headers)


def test_an_assignment_takes_the_place_of_what_was_read(api: Api) -> None:
    unwritten = api.call("GET", ASSIGNMENT).headers["etag"]
    first = assign(api, {"if-match": unwritten}, FIRST)
    assert first.status == 200
    assert api.call("GET", ASSIGNMENT).headers["etag"] == first.headers["etag"]
    assert_problem(assign(api, {"if-match": unwritten}, SECOND), 412)
    assert assign(api, {"if-match": first.headers["etag"]}, SECOND).status == 200
    assert assign(api, {"if-none-match": "*"}, FIRST).status == 412, "there always is one"
    known = {"if-none-match": api.call("GET", ASSIGNMENT).headers["etag"]}
    assert api.call("GET", ASSIGNMENT, headers=known).status == 304


def test_an_assignment_that_came_in_between_stops_the_write(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = api.call("GET", ASSIGNMENT).headers["etag"]
    replace_assignment = world.rulers.replace_assignment

    def raced(*args: Any) -> None:  # noqa: ANN401 - the store's own
        world.rulers.put_assignment(CREDITOR, FIRST)
        replace_assignment(*args)

    monkeypatch.setattr(world.rulers, "replace_assignment", raced)
    assert_problem(assign(api, {"if-match": tag}, SECOND), 412)
    assert api.call("GET", ASSIGNMENT).body == FIRST
