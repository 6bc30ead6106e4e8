"""Plans over HTTP: described, paused, resumed, ended and listed; each creditor's own."""

from dataclasses import replace
from typing import Any

import pytest

from functions.api import context, plans
from regua.adapters.memory import FixedClock
from regua.adapters.memory_debits import MemoryDebits
from regua.adapters.memory_plans import MemoryPlans
from regua.application.issue_recurring import Done, IssueRecurring
from regua.application.manage_plans import ManagePlans
from regua.application.plan_ports import Waiting
from regua.application.plans_in import MAX_PLAN_ID
from regua.domain.automatic_debit import Mandate, MandateStatus
from regua.domain.plans import PlanId
from tests.builders import CREDITOR, CUSTOMER, ISSUED_AT, any_creditor, any_customer
from tests.integration.api_client import NOW, Answer, Api, assert_problem, wired
from tests.integration.conftest import BOREAL, World
from tests.unit.application.test_plans import Queue

ONE = "/v1/plans/{external_id}"
BODY: dict[str, Any] = {
    "customer_external_id": CUSTOMER,
    "amount_centavos": 14990,
    "day": 31,
    "starts_on": "2026-11-01",
    "instalments": 12,
    "number_prefix": "ALUGUEL-",
    "description": "Aluguel da sala 3",
}


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> plans.Desk:
    found = plans.Desk(ManagePlans(MemoryPlans(), world.portfolio), MemoryDebits())
    parts = wired(world)
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(context, "clock", FixedClock(NOW))
    monkeypatch.setattr(plans, "desk", lambda: found)
    world.ingest.change_customer(any_creditor(), any_customer(), now=ISSUED_AT)
    world.ingest.change_customer(any_creditor(creditor_id=BOREAL), any_customer(), now=ISSUED_AT)
    return found


@pytest.fixture
def api(desk: plans.Desk) -> Api:
    assert desk
    return Api()


def put(api: Api, plan_id: str = "contrato-7", **changes: Any) -> Answer:  # noqa: ANN401
    return api.call("PUT", ONE, plan_id, {**BODY, **changes})


def bill(world: World, desk: plans.Desk, plan_id: str = "contrato-7") -> None:
    issue = IssueRecurring(desk.manage.plans, world.ingest, world.directory, Queue())
    issue.one(Waiting(CREDITOR, PlanId(plan_id)), Done(), now=NOW)


def test_a_plan_is_created_read_and_updated(api: Api) -> None:
    created = put(api)
    assert created.status == 201
    assert created.body["next"] == {
        "invoice_external_id": "contrato-7-202611",
        "period": "202611",
        "number": 1,
        "due_date": "2026-11-30",
        "issued_at": "2026-11-19T09:00:00.000Z",
    }
    read = api.call("GET", ONE, "contrato-7")
    assert (read.status, read.body) == (200, created.body)
    assert read.headers["etag"] == created.headers["etag"]
    changed = put(api, amount_centavos=20000, occurred_at="2026-11-10T12:00:01Z")
    assert (changed.status, changed.body["amount_centavos"]) == (200, 20000)
    older = put(api, amount_centavos=1, occurred_at="2026-11-09T12:00:00Z")
    assert (older.status, older.body["amount_centavos"]) == (200, 20000)


def test_a_write_can_be_made_on_condition(api: Api) -> None:
    tag = put(api).headers["etag"]
    new = {**BODY, "amount_centavos": 1, "occurred_at": "2026-11-10T13:00:00Z"}
    refused = api.call("PUT", ONE, "contrato-7", new, headers={"if-match": '"outra"'})
    assert_problem(refused, 412)
    assert api.call("PUT", ONE, "contrato-7", new, headers={"if-match": tag}).status == 200
    assert api.call("GET", ONE, "contrato-7", headers={"if-none-match": tag}).status == 200


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"customer_external_id": "ninguém"}, "body.customer_external_id"),
        ({"ruler": "sumiu"}, "body.ruler"),
        ({"automatic_pix": {}}, "body.automatic_pix"),
        ({"day": 32}, "body.day"),
        ({"amount_centavos": 149.9}, "body.amount_centavos"),
        ({"ends_on": "2026-10-01"}, "body"),
        ({"occurred_at": "2026-12-24T00:00:00Z"}, "body.occurred_at"),
        ({"extra": 1}, "body.extra"),
    ],
)
def test_what_is_wrong_with_a_plan_is_told_by_its_path(
    api: Api, changes: dict[str, Any], path: str
) -> None:
    answer = put(api, **changes)
    assert_problem(answer, 422)
    assert answer.errors == [path]


def test_an_id_too_long_for_its_invoices_is_refused(api: Api) -> None:
    assert put(api, "x" * 110).status == 201
    assert_problem(put(api, "x" * 111), 422)


@pytest.mark.parametrize(
    ("act", "status"), [("pause", "paused"), ("resume", "active"), ("end", "ended")]
)
def test_each_act_answers_the_plan_and_may_be_repeated(api: Api, act: str, status: str) -> None:
    put(api)
    for answer in [api.call("POST", f"{ONE}/{act}", "contrato-7") for _ in range(2)]:
        assert (answer.status, answer.body["status"]) == (200, status)
        assert (answer.body["next"] is None) == (act != "resume")


def test_an_ended_plan_refuses_to_go_on(api: Api) -> None:
    put(api)
    api.call("POST", f"{ONE}/end", "contrato-7")
    for act in ("pause", "resume"):
        assert_problem(api.call("POST", f"{ONE}/{act}", "contrato-7"), 409)
    assert_problem(put(api, amount_centavos=1, occurred_at="2026-11-10T13:00:00Z"), 409)


def test_what_a_plan_has_billed_is_listed_with_how_it_stands(
    api: Api, world: World, desk: plans.Desk
) -> None:
    put(api, starts_on="2026-11-10", day=10, instalments=2)
    bill(world, desk)
    api.pay("contrato-7-202611", paid_at="2026-11-10T11:00:00Z")
    answer = api.call("GET", f"{ONE}/invoices", "contrato-7")
    assert answer.body == {
        "invoices": [
            {
                "invoice_external_id": "contrato-7-202611",
                "period": "202611",
                "issued_at": "2026-11-10T12:00:00.000Z",
                "due_date": "2026-11-10",
                "amount_centavos": 14990,
                "status": "settled",
                "automatic_debit": None,
            }
        ],
        "cursor": None,
    }
    assert api.get_invoice("contrato-7-202611").body["metadata"] == {
        "plan_external_id": "contrato-7",
        "period": "202611",
    }


def test_an_authorisation_is_shown_with_what_the_customer_scans(
    api: Api, world: World, desk: plans.Desk
) -> None:
    creditor = any_creditor()
    put(api)
    plan = desk.manage.find(creditor, PlanId("contrato-7"))
    plans_store = desk.manage.plans
    plans_store.save(CREDITOR, replace(plan, automatic=True), look_at=None)
    assert world.portfolio is desk.manage.portfolio
    waiting = api.call("GET", ONE, "contrato-7").body["automatic_pix"]
    assert waiting == {"retries": False, "authorisation": None, "pix_copy_paste": None}
    mandate = Mandate("contrato-7", MandateStatus.WAITING, NOW, rec_id="RN1", code="000201")
    desk.debits.save_mandate(CREDITOR, PlanId("contrato-7"), mandate)
    shown = api.call("GET", ONE, "contrato-7").body["automatic_pix"]
    assert (shown["authorisation"], shown["pix_copy_paste"]) == ("waiting", "000201")


# ── lists ──────────────────────────────────────────────────────────────────────────────────────


def walk(api: Api, template: str, value: str | None, name: str) -> list[str]:
    found: list[str] = []
    query = {"limit": "2"}
    while True:
        answer = api.call("GET", template, value, query=query)
        assert answer.status == 200
        found += [e.get("period") or e["external_id"] for e in answer.body[name]]
        if answer.body["cursor"] is None:
            return found
        query["cursor"] = answer.body["cursor"]


def test_plans_and_months_are_walked_page_by_page(api: Api, world: World, desk: plans.Desk) -> None:
    for name in ("b", "ç/1", "a", "d", "c"):
        put(api, name.replace("/", "%2F"))
    assert walk(api, "/v1/plans", None, "plans") == ["a", "b", "c", "d", "ç/1"]
    put(api, "z", starts_on="2026-08-01", day=10, instalments=4)
    plan = desk.manage.find(any_creditor(), PlanId("z"))
    early = replace(plan, bills_from=plan.starts_on)
    desk.manage.plans.save(CREDITOR, early, look_at=None)
    bill(world, desk, "z")
    months = walk(api, f"{ONE}/invoices", "z", "invoices")
    assert months == ["202611", "202610", "202609", "202608"]


def test_plans_of_the_longest_names_are_walked_too(api: Api) -> None:
    names = [letter * MAX_PLAN_ID for letter in "ÁÉÍ"]
    for name in names:
        put(api, name)
    assert walk(api, "/v1/plans", None, "plans") == names


@pytest.mark.parametrize("cursor", ["", "x", "Zm9v", "'", "a" * 900])
@pytest.mark.parametrize(("template", "value"), [("/v1/plans", None), (f"{ONE}/invoices", "a")])
def test_a_cursor_that_somebody_made_up_is_refused(
    api: Api, template: str, value: str | None, cursor: str
) -> None:
    put(api, "a")
    answer = api.call("GET", template, value, query={"cursor": cursor})
    assert_problem(answer, 422)
    assert answer.errors == ["query.cursor"]


def test_a_cursor_of_another_creditor_s_list_is_refused(api: Api) -> None:
    for name in ("a", "b", "c"):
        put(api, name)
    theirs = api.call("GET", "/v1/plans", query={"limit": "1"}).body["cursor"]
    other = Api("cliente-boreal")
    assert_problem(other.call("GET", "/v1/plans", query={"cursor": theirs}), 422)
    assert other.call("GET", "/v1/plans").body == {"plans": [], "cursor": None}


@pytest.mark.parametrize(
    ("method", "suffix"),
    [("GET", ""), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/end"), ("GET", "/invoices")],
)
def test_another_creditor_s_plan_is_no_different_from_none(
    api: Api, method: str, suffix: str
) -> None:
    put(api)
    assert_problem(Api("cliente-boreal").call(method, ONE + suffix, "contrato-7"), 404)
    assert_problem(api.call(method, ONE + suffix, "nenhum"), 404)


def test_two_creditors_may_call_their_plans_alike(api: Api) -> None:
    assert put(api).status == 201
    assert put(Api("cliente-boreal"), amount_centavos=5).status == 201
    assert api.call("GET", ONE, "contrato-7").body["amount_centavos"] == 14990
