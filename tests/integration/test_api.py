"""The HTTP API as its callers see it: every route, every refusal, on the memory twins."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_cdk.aws_apigatewayv2 import HttpMethod

from functions.api import context, handler
from infra.constructs.http_api import ROUTES
from regua.adapters.memory import FixedClock
from regua.application.ports import AccountKey, Change
from regua.domain.decision import decide
from regua.domain.delivery import EventKind
from regua.domain.errors import AccountTooLarge, VersionConflict
from regua.domain.ids import InvoiceId, PaymentId
from regua.domain.ruler import Channel
from regua.domain.wishes import Wishes
from tests.builders import CREDITOR, CUSTOMER, invoice_data
from tests.integration.api_client import NOW, SETTINGS, Api, assert_problem, wired
from tests.integration.conftest import BOREAL, World
from tests.integration.contract.facts import any_event
from tests.integration.desks import open_doors
from tests.integration.lambdas import Context, Printed, recorded


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = wired(world)
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(context, "clock", FixedClock(NOW))


@pytest.fixture
def api() -> Api:
    return Api()


# ── invoices ────────────────────────────────────────────────────────────────────────────────────


def test_an_invoice_is_created_then_updated_then_read(api: Api) -> None:
    created = api.put_invoice()
    assert created.status == 201
    updated = api.put_invoice(amount_centavos=20000, occurred_at="2026-11-10T12:00:01Z")
    assert (updated.status, updated.body["amount_centavos"]) == (200, 20000)
    read = api.get_invoice()
    assert (read.status, read.body) == (200, updated.body)


def test_the_same_request_again_changes_nothing(api: Api) -> None:
    at = {"occurred_at": "2026-10-01T12:00:00Z"}
    first = api.put_invoice(**at)
    assert api.put_invoice(**at).body == first.body


def test_an_older_description_never_overwrites_a_newer_one(api: Api) -> None:
    api.put_invoice(occurred_at="2026-11-02T12:00:00Z", amount_centavos=2)
    late = api.put_invoice(occurred_at="2026-11-01T12:00:00Z", amount_centavos=1)
    assert (late.status, late.body["amount_centavos"]) == (200, 2)


@pytest.mark.parametrize("external_id", ["fat-1", "NF 12.345", "título-9", "a~b", "x" * 120])
def test_ids_are_the_callers_own(api: Api, external_id: str) -> None:
    assert api.put_invoice(external_id).body["external_id"] == external_id
    assert api.get_invoice(external_id).status == 200


def test_an_open_invoice_says_what_it_takes_to_pay_it_and_what_comes_next(api: Api) -> None:
    api.put_invoice()
    invoice = api.get_invoice().body
    assert (invoice["status"], invoice["was_late"]) == ("open", False)
    assert invoice["payoff"] == {
        "valid_on": "2026-11-10",
        "valid_until": "2026-11-10",
        "days_late": 0,
        "principal_centavos": 14990,
        "rebate_centavos": 0,
        "discount_centavos": 0,
        "late_fine_centavos": 0,
        "late_interest_centavos": 0,
        "paid_centavos": 0,
        "total_centavos": 14990,
        "rules": [],
    }
    late = api.get_invoice(on="2026-11-25").body
    assert late["payoff"]["late_fine_centavos"] == 300
    assert late["payoff"]["late_interest_centavos"] == 75
    assert late["payoff"]["total_centavos"] == 15365
    assert late["was_late"] is True
    assert invoice["next_step"] == {
        "step_id": "lembrete",
        "on": "2026-11-09",
        "channels": ["email"],
    }


def test_discounts_are_quoted_until_their_day_and_settle_when_taken(api: Api) -> None:
    tiers = [
        {"until": "2026-11-05", "percent": "10"},
        {"until": "2026-11-10", "amount_centavos": 99},
    ]
    api.put_invoice(discounts=tiers, rebate_centavos=990)
    early, later = (api.get_invoice(on=f"2026-11-0{day}").body["payoff"] for day in (5, 6))
    assert (early["total_centavos"], early["discount_centavos"]) == (12600, 1400)
    assert (early["valid_until"], later["valid_until"]) == ("2026-11-05", "2026-11-10")
    assert (later["total_centavos"], later["rebate_centavos"]) == (13901, 990)
    paid = api.pay(amount_centavos=12600, paid_at="2026-11-05T15:00:00Z").body
    assert (paid["status"], paid["balance_centavos"], paid["excess_centavos"]) == ("settled", 0, 0)
    assert [d["percent"] for d in paid["discounts"]] == ["10", None]


def test_late_charges_that_remain_are_shown_and_nobody_is_chased_for_them(api: Api) -> None:
    api.put_invoice(due_date="2026-10-26")
    paid = api.pay(amount_centavos=14990, paid_at="2026-11-10T11:00:00Z").body
    assert (paid["status"], paid["payoff"]) == ("settled", None)
    assert paid["late_charges_left_centavos"] == 375
    assert paid["next_step"] is None


def test_money_beyond_the_late_charges_is_the_customers_credit(api: Api) -> None:
    api.put_invoice(due_date="2026-10-26")
    paid = api.pay(amount_centavos=15400, paid_at="2026-11-10T11:00:00Z").body
    assert (paid["excess_centavos"], paid["late_charges_left_centavos"]) == (35, 0)


@pytest.mark.parametrize(
    ("later", "left", "excess", "why"),
    [(375, 0, 0, "the rest, to the centavo"), (100, 275, 0, "a part"), (475, 0, 100, "too much")],
)
def test_money_after_settlement_pays_the_late_charges_that_remained(
    api: Api, later: int, left: int, excess: int, why: str
) -> None:
    api.put_invoice(due_date="2026-10-20")
    api.pay(amount_centavos=14990, paid_at="2026-11-04T11:00:00Z")
    paid = api.pay(payment_id="pag-2", amount_centavos=later, paid_at="2026-11-10T11:00:00Z").body
    assert (paid["late_charges_left_centavos"], paid["excess_centavos"]) == (left, excess), why


def test_a_timeline_names_the_rule_that_stood_in_the_way(world: World, api: Api) -> None:
    api.put_invoice()
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    world.portfolio.commit(Change(account.opted_out(Channel.EMAIL, NOW)))
    _evaluate(world, NOW)
    (line,) = [line for line in api.timeline() if line["type"] == "suppressed"]
    assert (line["reason"], line["rule"]) == ("opted_out", "contact.opt_out")


def test_the_next_step_is_the_next_after_the_one_that_was_made(world: World, api: Api) -> None:
    api.put_invoice()
    _evaluate(world, NOW)
    assert api.get_invoice().body["next_step"]["step_id"] == "vencida-3"


def test_an_underpayment_leaves_the_rest_open(api: Api) -> None:
    api.put_invoice()
    paid = api.pay(amount_centavos=10000)
    assert paid.status == 201
    assert (paid.body["status"], paid.body["balance_centavos"]) == ("partially_paid", 4990)
    assert paid.body["payoff"]["principal_centavos"] == 4990


def test_an_overpayment_is_settled_and_the_excess_shows(api: Api) -> None:
    api.put_invoice()
    paid = api.pay(amount_centavos=20000).body
    assert (paid["status"], paid["excess_centavos"], paid["balance_centavos"]) == (
        "settled",
        5010,
        0,
    )
    assert (paid["payoff"], paid["next_step"]) == (None, None)
    assert paid["settled_at"] == "2026-11-09T15:30:00.000Z"


def test_a_payment_on_a_cancelled_invoice_is_kept_and_visible(api: Api) -> None:
    api.put_invoice()
    assert api.cancel().body["status"] == "cancelled"
    paid = api.pay()
    assert (paid.status, paid.body["status"]) == (201, "cancelled")
    assert paid.body["paid_centavos"] == 14990
    assert [p["payment_id"] for p in paid.body["payments"]] == ["pag-1"]


def test_the_same_payment_twice_is_one_payment(api: Api) -> None:
    api.put_invoice()
    assert api.pay().status == 201
    again = api.pay()
    assert (again.status, again.body["paid_centavos"]) == (200, 14990)


def test_a_reversed_payment_stays_visible(world: World, api: Api) -> None:
    api.put_invoice()
    api.pay()
    creditor = world.directory.get(CREDITOR)
    world.ingest.reverse_payment(creditor, PaymentId("pag-1"), NOW, "contestação", now=NOW)
    invoice = api.get_invoice().body
    assert (invoice["status"], invoice["settled_at"]) == ("open", None)
    (payment,) = invoice["payments"]
    assert payment["reversed_at"] == "2026-11-10T12:00:00.000Z"
    assert payment["reversal_reason"] == "contestação"
    kinds = [line["type"] for line in api.timeline()]
    assert kinds.count("payment_reversed") == 1


def test_cancelling_twice_keeps_the_first_reason(api: Api) -> None:
    api.put_invoice()
    api.cancel()
    assert api.cancel(reason="outra").body["cancel_reason"] == "emitida em duplicidade"


def test_a_late_payment_is_late_for_ever_and_one_in_time_never(api: Api) -> None:
    api.put_invoice("tarde", due_date="2026-11-03")
    api.put_invoice("em-dia", due_date="2026-11-03")
    late = api.pay("tarde", paid_at="2026-11-05T12:00:00Z", payment_id="p1").body
    in_time = api.pay("em-dia", paid_at="2026-11-03T23:00:00Z", payment_id="p2").body
    assert (late["was_late"], in_time["was_late"]) == (True, False)


# ── the timeline ────────────────────────────────────────────────────────────────────────────────


def _evaluate(world: World, now: datetime) -> Any:  # noqa: ANN401 - a dispatch
    creditor = world.directory.get(CREDITOR)
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    decision = decide(account, creditor.rulers, now)
    world.portfolio.commit(Change(decision.account, planned=decision.dispatch))
    return decision.dispatch


def test_a_timeline_tells_the_whole_life_oldest_first(
    world: World, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "clock", FixedClock(NOW + timedelta(days=8)))
    api.put_invoice(occurred_at="2026-10-01T12:00:00Z")
    at = NOW + timedelta(days=6)
    dispatch = _evaluate(world, at)
    world.ledger.claim(dispatch, [InvoiceId("fat-1")], at)
    world.ledger.mark_sent(dispatch, provider_message_id="ses-1", at=at)
    delivered = any_event(dispatch, at=at + timedelta(seconds=2))
    opened = any_event(
        dispatch,
        EventKind.OPENED,
        at=at + timedelta(hours=1),
        event_id="r1",
        facts={"label": "security_scanner", "score": "10"},
        private={"ip": "203.0.113.7", "user_agent": "Mozilla"},
    )
    judged_anew = any_event(
        dispatch,
        EventKind.RELABELLED,
        at=at + timedelta(hours=2),
        event_id="r1~1~r2",
        facts={"of_kind": "opened", "of_event_id": "r1", "label": "person", "score": "65"},
    )
    world.ledger.append([opened, delivered, judged_anew])
    api.pay(paid_at="2026-11-17T15:30:00Z")
    lines = api.timeline()
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert [line["type"] for line in lines] == [
        "issued",
        "overdue",
        "step_left_out",
        "step_left_out",
        "planned",
        "sent",
        "delivered",
        "opened",
        "relabelled",
        "payment",
    ]
    by_type = {line["type"]: line for line in lines}
    assert by_type["sent"]["delivery"] == "delivered"
    assert by_type["sent"]["resent_in_doubt"] is False
    assert (by_type["opened"]["label"], by_type["opened"]["score"]) == ("person", "65")
    assert by_type["relabelled"]["of_kind"] == "opened"
    assert "203.0.113.7" not in json.dumps(lines), "where somebody reads mail is nobody's business"
    left = [(x["step_id"], x["reason"]) for x in lines if x["type"] == "step_left_out"]
    assert left == [("lembrete", "superseded"), ("vencimento", "superseded")]


def test_a_timeline_says_why_nothing_was_sent(world: World, api: Api) -> None:
    api.put_invoice()
    _evaluate(world, datetime(2026, 11, 15, 12, tzinfo=UTC))
    *_, planned, line = api.timeline()
    assert (planned["type"], line["type"]) == ("planned", "deferred"), "cause before effect"
    assert (line["reason"], line["until"]) == ("holiday", "2026-11-16T11:00:00.000Z")


def test_a_step_left_out_of_a_contact_about_others_is_told_with_its_reason(
    world: World, api: Api
) -> None:
    api.put_invoice("velha", issue_date="2019-01-01", due_date="2019-02-01")
    api.put_invoice("nova")
    _evaluate(world, NOW)
    lines = [(x["type"], x.get("reason")) for x in api.timeline("velha")]
    assert ("step_left_out", "prescribed") in lines
    assert "planned" not in dict(lines)
    pending = [line["type"] for line in api.timeline("nova")]
    assert pending[-1] == "planned", "a contact that waits in a queue has no end yet"


def test_a_timeline_is_about_its_invoice_only(world: World, api: Api) -> None:
    api.put_invoice("fat-1")
    _evaluate(world, NOW)
    api.put_invoice("fat-2", due_date="2027-01-12")
    assert [line["type"] for line in api.timeline("fat-2")] == ["issued"]
    api.cancel("fat-2")
    assert [line["type"] for line in api.timeline("fat-2")] == ["issued", "cancelled"]


# ── customers ───────────────────────────────────────────────────────────────────────────────────


def customer(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    data = {k: v for k, v in invoice_data()["customer"].items() if k != "external_id"}
    return {**data, **changes}


def test_a_customer_is_created_then_updated_then_read(api: Api) -> None:
    template = "/v1/customers/{external_id}"
    assert api.call("PUT", template, "cli-1", customer()).status == 201
    later = customer(name="Maria Souza", occurred_at="2026-11-10T12:00:01Z")
    updated = api.call("PUT", template, "cli-1", later)
    assert (updated.status, updated.body["name"]) == (200, "Maria Souza")
    read = api.call("GET", template, "cli-1")
    assert (read.status, read.body) == (200, updated.body)
    assert read.body["document"] == "52998224725"
    assert read.body["phones"] == ["+5511987654321"]


def test_a_customer_shows_how_contact_stands(world: World, api: Api) -> None:
    api.put_invoice("fat-2")
    api.put_invoice("fat-1")
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    changed = account.with_suppressed("x@cliente.example.com.br")
    world.portfolio.commit(Change(changed.opted_out(Channel.EMAIL, NOW)))
    assert api.call("GET", "/v1/customers/{external_id}", CUSTOMER).body["wishes"] is None
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    wishes = Wishes(NOW, channel=Channel.SMS, hour=18)
    world.portfolio.commit(Change(replace(account, wishes=wishes)))
    read = api.call("GET", "/v1/customers/{external_id}", CUSTOMER).body
    assert read["open_invoices"] == ["fat-1", "fat-2"]
    assert read["opt_outs"] == {"email": "2026-11-10T12:00:00.000Z"}
    assert read["suppressed_addresses"] == ["x@cliente.example.com.br"]
    assert read["preferred_channel"] is None, "what the creditor says stays apart"
    assert read["wishes"] == {"at": "2026-11-10T12:00:00.000Z", "channel": "sms", "hour": 18}
    assert read["next_evaluation_at"] == "2026-11-10T12:00:00.000Z"


# ── reconciliation, health, description ─────────────────────────────────────────────────────────


def test_a_days_reconciliation_counts_every_planned_contact(world: World, api: Api) -> None:
    api.put_invoice()
    dispatch = _evaluate(world, NOW)
    read = api.call("GET", "/v1/reconciliation")
    assert read.body == {
        "day": "2026-11-10",
        "planned": 1,
        "sent": 0,
        "deferred": 0,
        "suppressed": 0,
        "failed": 0,
        "pending": 1,
        "resent_in_doubt": 0,
        "reasons": {},
    }
    world.ledger.claim(dispatch, [], NOW)
    world.ledger.mark_sent(dispatch, provider_message_id="s", at=NOW)
    read = api.call("GET", "/v1/reconciliation", query={"day": "2026-11-10"})
    assert (read.body["sent"], read.body["pending"]) == (1, 0)
    other_day = api.call("GET", "/v1/reconciliation", query={"day": "2026-11-11"})
    assert other_day.body["planned"] == 0
    boreal = Api("cliente-boreal").call("GET", "/v1/reconciliation")
    assert boreal.body["planned"] == 0, "each creditor counts its own"


def test_health_answers_without_a_token() -> None:
    event = recorded("http_request")
    del event["requestContext"]["authorizer"]
    answer = handler.lambda_handler(event, Context())
    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (200, "ok")


def test_the_description_lists_exactly_the_routes_that_are_deployed(api: Api) -> None:
    described = api.call("GET", "/openapi.json").body
    ours = {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    }
    deployed = {
        (method.value, route.path)
        for route in ROUTES
        if route.path.startswith("/v1/")
        for method in route.methods
    }
    assert ours == deployed


def test_every_deployed_route_is_answered_by_the_function(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A route that API Gateway has and the function lacks would be a 404 nobody expects."""
    open_doors(world, monkeypatch)
    api.put_invoice()
    for route in ROUTES:
        if route.function != "api" or not route.path.startswith("/v1/"):
            continue
        for method in route.methods:
            names = {"customers": "cli-1", "invoices": "fat-1", "rulers": "padrao"}
            name = names.get(route.path.split("/")[2], "?") if "{" in route.path else None
            body: object = None if method is HttpMethod.GET else {}
            answer = api.call(method.value, route.path, name, body)
            may_lack = name == "?" or route.path.endswith("/charge")
            known = (200, 404, 422) if may_lack else (200, 201, 422)
            assert answer.status in known, (method, route.path)


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


def test_every_path_and_reason_of_bad_input_is_listed_at_once(
    api: Api, printed: Callable[[], Printed]
) -> None:
    bad = invoice_data(due_date="amanhã", amount_centavos="149,90", cor="azul")
    del bad["external_id"], bad["number"]
    bad["customer"]["document"] = "111"
    bad["customer"]["emails"] = ["ok@cliente.example.com.br", "maria"]
    answer = api.call("PUT", "/v1/invoices/{external_id}", "fat-1", bad)
    assert_problem(answer, 422)
    assert sorted(answer.errors) == [
        "body.amount_centavos",
        "body.cor",
        "body.customer.document",
        "body.customer.emails.1",
        "body.due_date",
        "body.number",
    ]
    assert all(e["reason"] for e in answer.body["errors"])
    assert "amanhã" not in json.dumps(answer.body, ensure_ascii=False), "nor is it echoed"
    output = printed()
    assert output.metrics["http_4xx"] == 1
    output.assert_no_personal_data("amanhã")


@pytest.mark.parametrize("body", ["não é JSON", "[]", "7", "null", '"x"', "{"])
def test_a_body_that_is_no_object_is_a_problem_and_no_defect(api: Api, body: str) -> None:
    answer = api.call("PUT", "/v1/invoices/{external_id}", "fat-1", body)
    assert_problem(answer, 422)
    assert answer.errors


def test_a_missing_body_is_a_problem(api: Api) -> None:
    assert_problem(api.call("PUT", "/v1/invoices/{external_id}", "fat-1"), 422)


@pytest.mark.parametrize("query", [{"on": "ontem"}, {"on": "2026-13-01"}])
def test_a_bad_query_is_a_problem(api: Api, query: dict[str, str]) -> None:
    api.put_invoice()
    answer = api.get_invoice(**query)
    assert_problem(answer, 422)
    assert answer.errors == ["query.on"]


@pytest.mark.parametrize(
    "external_id", ["x" * 121, "a#b", "a\x00b", " ", "%20", "%2520", "a%25b", "50%"]
)
def test_an_id_that_no_key_can_hold_is_refused(api: Api, external_id: str) -> None:
    assert api.put_invoice(external_id).status in (404, 422)


def test_an_id_means_the_same_in_a_path_as_on_the_bus(world: World, api: Api) -> None:
    assert api.put_invoice(" fat-1%20").body["external_id"] == "fat-1"
    assert world.portfolio.find_invoice(CREDITOR, InvoiceId("fat-1")) is not None
    assert api.get_invoice("fat-1").status == 200
    assert api.put_invoice("12345%2F01").body["external_id"] == "12345/01"


@pytest.mark.parametrize(
    ("method", "template"),
    [
        ("GET", "/v1/invoices/{external_id}"),
        ("GET", "/v1/invoices/{external_id}/timeline"),
        ("POST", "/v1/invoices/{external_id}/payments"),
        ("POST", "/v1/invoices/{external_id}/cancel"),
    ],
)
def test_another_creditors_invoice_is_not_found_and_not_touched(
    world: World, api: Api, method: str, template: str
) -> None:
    api.put_invoice()
    before = world.portfolio.find_invoice(CREDITOR, InvoiceId("fat-1"))
    body = {
        "payments": {
            "payment_id": "p",
            "amount_centavos": 1,
            "paid_at": "2026-11-09T15:30:00Z",
            "method": "pix",
        },
        "cancel": {"reason": "x"},
    }.get(template.rpartition("/")[2])
    answer = Api("cliente-boreal").call(method, template, "fat-1", body)
    assert_problem(answer, 404)
    assert world.portfolio.find_invoice(CREDITOR, InvoiceId("fat-1")) == before
    assert Api().call(method, template, "nunca-vista", body).body["detail"] == answer.body["detail"]


def test_another_creditor_may_use_the_same_ids_for_its_own(api: Api) -> None:
    api.put_invoice()
    boreal = Api("cliente-boreal")
    assert boreal.put_invoice(amount_centavos=7).status == 201
    assert boreal.get_invoice().body["amount_centavos"] == 7
    assert api.get_invoice().body["amount_centavos"] == 14990


def test_another_creditors_customer_is_not_found(api: Api) -> None:
    api.put_invoice()
    answer = Api("cliente-boreal").call("GET", "/v1/customers/{external_id}", CUSTOMER)
    assert_problem(answer, 404)


@pytest.mark.parametrize("client_id", ["ninguem", ""])
def test_a_client_that_belongs_to_no_creditor_sees_nothing(client_id: str) -> None:
    stranger = Api(client_id)
    assert_problem(stranger.get_invoice(), 403)
    assert_problem(stranger.put_invoice(), 403)
    assert "creditor" in stranger.get_invoice().body["detail"]


def test_an_invoice_of_another_customer_is_a_conflict(api: Api) -> None:
    api.put_invoice()
    other = {**invoice_data()["customer"], "external_id": "cli-2"}
    answer = api.put_invoice(customer=other)
    assert_problem(answer, 409)
    assert api.get_invoice().body["customer_external_id"] == "cli-1"


def test_a_payment_id_used_for_another_invoice_is_refused(api: Api) -> None:
    api.put_invoice("fat-1")
    api.put_invoice("fat-2")
    api.pay("fat-1")
    answer = api.pay("fat-2")
    assert_problem(answer, 422)
    assert answer.errors == ["payment_id"]


def test_what_happened_in_the_far_future_is_refused(api: Api) -> None:
    answer = api.put_invoice(occurred_at="2026-11-11T12:00:01Z")
    assert_problem(answer, 422)
    assert answer.errors == ["body.occurred_at"]


def test_money_of_the_far_future_is_refused_and_schedules_nothing(world: World, api: Api) -> None:
    api.put_invoice()
    before = world.portfolio.load_account(CREDITOR, CUSTOMER).next_evaluation_at
    answer = api.pay(amount_centavos=1, paid_at="2062-01-01T12:00:00Z")
    assert_problem(answer, 422)
    assert answer.errors == ["body.paid_at"]
    api.pay(amount_centavos=1, paid_at="2026-11-11T11:59:59Z")
    assert world.portfolio.load_account(CREDITOR, CUSTOMER).next_evaluation_at == before


@pytest.mark.parametrize("year", ["0001", "1989", "2101", "9999"])
def test_dates_outside_our_calendar_are_a_problem_and_no_defect(api: Api, year: str) -> None:
    day, instant = f"{year}-12-31", f"{year}-12-31T23:59:59-12:00"
    answer = api.put_invoice(due_date=day, occurred_at=instant)
    assert_problem(answer, 422)
    assert sorted(answer.errors) == ["body.due_date", "body.occurred_at"]
    api.put_invoice()
    assert api.pay(paid_at=instant).errors == ["body.paid_at"]
    assert api.get_invoice(on=day).errors == ["query.on"]
    reconciled = api.call("GET", "/v1/reconciliation", query={"day": day})
    assert reconciled.errors == ["query.day"]


@pytest.mark.parametrize("on", ["1990-01-01", "2100-12-31"])
def test_a_payoff_is_quoted_for_any_day_of_our_calendar(api: Api, on: str) -> None:
    api.put_invoice(issue_date="1990-01-01", due_date="1990-01-02")
    assert api.get_invoice(on=on).body["payoff"]["valid_on"] == on


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"number":' + "[" * 900 + "]" * 900 + "}",
        '{"\\ud800":1}',
        '{"number":"\\ud800"}',
        json.dumps({f"campo-{n}-{'x' * 300}": 1 for n in range(500)}),
    ],
)
def test_a_monstrous_body_is_a_problem_of_modest_size(api: Api, body: str) -> None:
    answer = api.call("PUT", "/v1/invoices/{external_id}", "fat-1", body)
    assert_problem(answer, 422)
    assert len(answer.errors) <= 51
    assert len(json.dumps(answer.body).encode()) < 50_000


def test_an_unknown_route_is_a_problem_too(api: Api) -> None:
    assert_problem(api.call("GET", "/v1/nada"), 404)


def test_a_busy_account_asks_for_another_try(
    world: World, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: object) -> None:
        raise VersionConflict

    monkeypatch.setattr(world.portfolio, "commit", busy)
    answer = api.put_invoice()
    assert_problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0


def test_a_customer_who_owes_too_much_at_once_is_no_defect(
    world: World, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise AccountTooLarge("cli-1")

    monkeypatch.setattr(world.portfolio, "commit", full)
    assert_problem(api.put_invoice(), 409)


def test_a_defect_says_nothing_about_itself_and_is_counted(
    world: World, api: Api, monkeypatch: pytest.MonkeyPatch, printed: Callable[[], Printed]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("maria@cliente.example.com.br is not in table portfolio-prod")

    monkeypatch.setattr(world.portfolio, "find_invoice", broken)
    answer = api.get_invoice()
    assert_problem(answer, 500)
    assert "portfolio" not in json.dumps(answer.body)
    output = printed()
    assert (output.metrics["api_defects"], output.metrics["http_5xx"]) == (1, 1)


def test_a_requests_line_names_the_route_and_never_the_path(
    api: Api, printed: Callable[[], Printed]
) -> None:
    api.put_invoice()
    output = printed()
    (line,) = [log for log in output.logs if log["message"] == "request answered"]
    assert (line["route"], line["status"]) == ("PUT /v1/invoices/{external_id}", 201)
    assert output.metrics["http_2xx"] == 1
    output.assert_no_personal_data("fat-1")


# ── time travel ─────────────────────────────────────────────────────────────────────────────────


def test_time_travels_only_where_the_stage_allows_it(
    world: World, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.put_invoice()
    asked = {"x-regua-as-of": "2026-11-25T12:00:00Z"}
    template = "/v1/invoices/{external_id}"
    assert api.call("GET", template, "fat-1", headers=asked).body["payoff"]["days_late"] == 0
    settings = SETTINGS.model_copy(update={"allow_as_of": True})
    parts = wired(world, settings)
    monkeypatch.setattr(context, "wire", lambda: parts)
    assert api.call("GET", template, "fat-1", headers=asked).body["payoff"]["days_late"] == 15
    nonsense = api.call("GET", template, "fat-1", headers={"x-regua-as-of": "amanhã"})
    assert_problem(nonsense, 422)
    assert api.pay(paid_at="2026-12-31T12:00:00Z").status == 201, "the clock may be behind"


# ── erasure ─────────────────────────────────────────────────────────────────────────────────────

ERASE = "/v1/customers/{external_id}/evidence"


def test_what_is_personal_in_a_customers_evidence_can_be_made_unreadable(
    world: World, api: Api
) -> None:
    api.put_invoice()
    mine, others = AccountKey(CREDITOR, CUSTOMER), AccountKey(BOREAL, CUSTOMER)
    world.keys.make(mine)
    theirs = world.keys.make(others)
    answer = api.call("DELETE", ERASE, CUSTOMER)
    assert (answer.status, answer.body) == (200, {"external_id": CUSTOMER, "evidence": "erased"})
    assert world.keys.find([mine, others]) == {others: theirs}
    assert api.call("DELETE", ERASE, CUSTOMER).status == 200, "asking again does no harm"
    erased = [line for line in api.timeline() if line["type"] == "evidence_erased"]
    assert [line["by"] for line in erased] == ["cliente-aurora"] * 2, "who did it stays on record"


def test_nobody_erases_the_evidence_of_another_creditors_customer(world: World, api: Api) -> None:
    api.put_invoice()
    mine = AccountKey(CREDITOR, CUSTOMER)
    world.keys.make(mine)
    assert_problem(Api("cliente-boreal").call("DELETE", ERASE, CUSTOMER), 404)
    assert list(world.keys.keys) == [mine]
