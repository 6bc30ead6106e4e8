"""Agreements over HTTP: made on exact terms, approved, refused, cancelled, listed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.api import agreements, context
from regua.adapters.memory import FixedClock
from regua.application.agreements import Agreements
from regua.application.end_agreements import EndAgreements
from regua.domain.ids import CustomerId
from tests.builders import CREDITOR
from tests.integration.api_client import NOW, Answer, Api, assert_problem, wired
from tests.integration.api_on_aws import api_on_aws
from tests.integration.conftest import World

ALL = "/v1/agreements"
ONE = "/v1/agreements/{agreement_id}"
OFFER = "/v1/customers/{external_id}/offer"
RULE: dict[str, Any] = {
    "name": "pequenas",
    "when": {"max_amount_centavos": 100000},
    "options": [{"max_instalments": 6, "charges_discount_percent": "100"}],
}
LARGE = {**RULE, "name": "grandes", "when": {}, "needs_approval": True, "approval_days": 2}
WHO = ("Rafael Nunes", "111.444.777-35")
BY = {"by": "gerencia"}
END = {"reason": "pago por outro meio", **BY}
NOBODY = "0" * 20


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = wired(world)
    use = Agreements(world.portfolio, world.ledger, world.publisher)
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(context, "clock", FixedClock(NOW))
    monkeypatch.setattr(agreements, "desk", lambda: use)


@pytest.fixture
def api() -> Api:
    api = Api()
    offered(api)
    return api


def offered(api: Api) -> None:
    assert api.call("PUT", "/v1/offers", body={"rules": [RULE, LARGE]}).status == 200


def owes(api: Api, customer: str = "cli-7", invoice: str = "fat-7", centavos: int = 60000) -> None:
    """Let a customer owe since 2026-08-10; with what a small one comes to, charges are forgiven."""
    name, document = WHO
    answer = api.put_invoice(
        invoice,
        issue_date="2026-07-20",
        due_date="2026-08-10",
        amount_centavos=centavos,
        customer={"external_id": customer, "name": name, "document": document},
    )
    assert answer.status == 201


def deal(api: Api, customer: str = "cli-7", instalments: int = 3) -> dict[str, Any]:
    query = {"instalments": str(instalments)}
    found: dict[str, Any] = api.call("GET", OFFER, customer, query=query).body["deal"]
    return found


def accept(
    api: Api,
    customer: str = "cli-7",
    instalments: int = 3,
    **changes: Any,  # noqa: ANN401 - any field
) -> Answer:
    chosen = deal(api, customer, instalments) or {}
    body = {
        "customer_external_id": customer,
        "instalments": instalments,
        "first_due": chosen.get("first_due", "2026-11-15"),
        "key": chosen.get("key", "0" * 32),
        "by": "atendimento",
        **changes,
    }
    return api.call("POST", ALL, body=body)


def act(api: Api, agreement_id: str, what: str) -> Answer:
    return api.call("POST", f"{ONE}/{what}", agreement_id, BY if what == "approve" else END)


def read(api: Api, agreement_id: str) -> Answer:
    return api.call("GET", ONE, agreement_id)


def made(api: Api, customer: str = "cli-7", *, is_large: bool = False) -> str:
    owes(api, customer, f"fat-{customer}", 300000 if is_large else 60000)
    answer = accept(api, customer)
    assert answer.status == 201
    found: str = answer.body["agreement_id"]
    return found


# ── making one ──────────────────────────────────────────────────────────────────────────────────


def test_an_accepted_deal_is_in_force_and_its_instalments_are_invoices(
    api: Api, world: World
) -> None:
    owes(api)
    answer = accept(api)
    assert answer.status == 201
    told = answer.body
    assert (told["status"], told["origin"], told["rule"]) == ("active", "api", "pequenas")
    assert (told["owed_centavos"], told["total_centavos"]) == (63040, 60000)
    assert (told["discount_centavos"], told["paid_centavos"]) == (3040, 0)
    assert [
        (i["number"], i["due_date"], i["amount_centavos"], i["status"], i["paid_centavos"])
        for i in told["instalments"]
    ] == [
        (1, "2026-11-15", 20000, "open", 0),
        (2, "2026-12-15", 20000, "open", 0),
        (3, "2027-01-15", 20000, "open", 0),
    ]
    first = told["instalments"][0]["invoice_external_id"]
    invoice = api.get_invoice(first).body
    assert (invoice["amount_centavos"], invoice["customer_external_id"]) == (20000, "cli-7")
    assert invoice["metadata"]["agreement"] == told["agreement_id"]
    (hold,) = api.call("GET", "/v1/customers/{external_id}", "cli-7").body["holds"]
    assert (hold["kind"], hold["invoice_external_id"]) == ("in_agreement", "fat-7")
    assert read(api, told["agreement_id"]).body == told
    (event,) = world.publisher.of("AgreementAccepted")
    assert event.data["agreement_id"] == told["agreement_id"]


def test_what_was_paid_of_each_instalment_is_told(api: Api) -> None:
    agreement_id = made(api)
    names = [i["invoice_external_id"] for i in read(api, agreement_id).body["instalments"]]
    api.pay(names[0], payment_id="pag-1", amount_centavos=20000, paid_at="2026-11-10T11:00:00Z")
    api.pay(names[1], payment_id="pag-2", amount_centavos=500, paid_at="2026-11-10T11:00:00Z")
    told = read(api, agreement_id).body
    assert told["paid_centavos"] == 20500
    assert [(i["status"], i["paid_centavos"]) for i in told["instalments"]] == [
        ("settled", 20000),
        ("partially_paid", 500),
        ("open", 0),
    ]


def test_the_same_acceptance_again_is_one(api: Api) -> None:
    owes(api)
    key = deal(api)["key"]
    first, again = accept(api), accept(api, key=key)
    assert (again.status, again.body) == (201, first.body)
    assert len(api.call("GET", ALL).body["agreements"]) == 1


def test_other_terms_than_were_shown_are_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    owes(api)
    shown = deal(api)["key"]
    monkeypatch.setattr(context, "clock", FixedClock(NOW + timedelta(days=1)))
    assert_problem(accept(api, key=shown, first_due="2026-11-15"), 409)
    standing = accept(api, key=shown, first_due="2026-11-15", quoted_on="2026-11-10")
    assert (standing.status, standing.body["owed_centavos"]) == (201, 63040)


def test_where_nothing_is_offered_nothing_is_agreed(api: Api) -> None:
    owes(api)
    accept(api)
    assert_problem(accept(api, instalments=2), 409)
    api.call("PUT", "/v1/offers", body={"rules": []})
    owes(api, "cli-8", "fat-8")
    assert_problem(accept(api, "cli-8"), 409)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"instalments": 7}, "body.instalments"),
        ({"instalments": 0}, "body.instalments"),
        ({"instalments": "3"}, "body.instalments"),
        ({"down_payment_centavos": 60000}, "body.down_payment_centavos"),
        ({"down_payment_centavos": -1}, "body.down_payment_centavos"),
        ({"first_due": "2026-11-16"}, "body.first_due"),
        ({"first_due": "amanhã"}, "body.first_due"),
        ({"key": "abc"}, "body.key"),
        ({"quoted_on": "2026-11-11"}, "body.quoted_on"),
        ({"by": "maria@cliente.example.com.br"}, "body.by"),
        ({"extra": 1}, "body.extra"),
    ],
)
def test_what_is_wrong_with_an_acceptance_is_told_by_its_path(
    api: Api, changes: dict[str, Any], path: str
) -> None:
    owes(api)
    chosen = deal(api)
    body = {"instalments": 3, "first_due": chosen["first_due"], "key": chosen["key"], **changes}
    sent = {"customer_external_id": "cli-7", "by": "atendimento", **body}
    answer = api.call("POST", ALL, body=sent)
    assert_problem(answer, 422)
    assert answer.errors == [path]
    assert api.call("GET", ALL).body["agreements"] == []


def test_a_repeated_call_with_a_key_is_answered_as_the_first_time(api: Api) -> None:
    owes(api)
    chosen = deal(api)
    body = {
        "customer_external_id": "cli-7",
        "instalments": 3,
        "first_due": chosen["first_due"],
        "key": chosen["key"],
        "by": "atendimento",
    }
    headers = {"idempotency-key": "acordo-1"}
    first = api.call("POST", ALL, body=body, headers=headers)
    act(api, first.body["agreement_id"], "cancel")
    again = api.call("POST", ALL, body=body, headers=headers)
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["idempotency-replayed"] == "true"


# ── approval, and ends ──────────────────────────────────────────────────────────────────────────


def test_one_that_needs_approval_waits_and_is_no_invoice_yet(api: Api) -> None:
    agreement_id = made(api, is_large=True)
    told = read(api, agreement_id).body
    assert (told["status"], told["expires_at"]) == ("proposed", "2026-11-12T12:00:00.000Z")
    assert {i["status"] for i in told["instalments"]} == {None}
    assert_problem(api.get_invoice(told["instalments"][0]["invoice_external_id"]), 404)
    holds = api.call("GET", "/v1/customers/{external_id}", "cli-7").body["holds"]
    assert [h["kind"] for h in holds] == ["in_agreement"]


def test_an_approved_one_is_in_force(api: Api) -> None:
    agreement_id = made(api, is_large=True)
    for answer in [act(api, agreement_id, "approve") for _ in range(2)]:
        assert (answer.status, answer.body["status"]) == (200, "active")
        assert {i["status"] for i in answer.body["instalments"]} == {"open"}
    told = read(api, agreement_id).body
    assert told["accepted_at"] == "2026-11-10T12:00:00.000Z"
    assert (told["by"], told["approved_by"], told["ended_by"]) == ("atendimento", "gerencia", None)


def test_a_refused_one_lets_its_debts_go_on(api: Api) -> None:
    agreement_id = made(api, is_large=True)
    for answer in [act(api, agreement_id, "refuse") for _ in range(2)]:
        assert (answer.status, answer.body["status"]) == (200, "refused")
        assert (answer.body["approved_by"], answer.body["ended_by"]) == (None, "gerencia")
        assert answer.body["end_reason"] == "pago por outro meio"
    assert api.call("GET", "/v1/customers/{external_id}", "cli-7").body["holds"] == []
    assert api.call("GET", OFFER, "cli-7").body["offer"]["owed_centavos"] == 315200


def test_a_cancelled_one_withdraws_its_instalments_and_counts_what_was_paid(api: Api) -> None:
    agreement_id = made(api)
    names = [i["invoice_external_id"] for i in read(api, agreement_id).body["instalments"]]
    api.pay(names[0], payment_id="pag-1", amount_centavos=20000, paid_at="2026-11-10T11:00:00Z")
    for answer in [act(api, agreement_id, "cancel") for _ in range(2)]:
        assert (answer.status, answer.body["status"], answer.body["ended_by"]) == (
            200,
            "cancelled",
            "gerencia",
        )
        assert [i["status"] for i in answer.body["instalments"]] == [
            "settled",
            "cancelled",
            "cancelled",
        ]
    debt = api.get_invoice("fat-cli-7").body
    assert (debt["status"], debt["paid_centavos"]) == ("partially_paid", 20000)


@pytest.mark.parametrize(
    ("is_large", "before", "refused"),
    [
        (False, None, ("refuse",)),
        (True, None, ("cancel",)),
        (True, "refuse", ("approve", "cancel")),
        (False, "cancel", ("approve", "refuse")),
    ],
)
def test_what_cannot_follow_is_refused(
    api: Api, before: str | None, refused: tuple[str, ...], *, is_large: bool
) -> None:
    agreement_id = made(api, is_large=is_large)
    if before is not None:
        assert act(api, agreement_id, before).status == 200
    stands = read(api, agreement_id).body
    for what in refused:
        assert_problem(act(api, agreement_id, what), 409)
    assert read(api, agreement_id).body == stands


def test_a_kept_one_settles_its_debts_less_what_it_took_off(api: Api, world: World) -> None:
    generous = [{**RULE["options"][0], "principal_discount_percent": "5"}]
    api.call("PUT", "/v1/offers", body={"rules": [{**RULE, "options": generous}]})
    owes(api)
    told = accept(api, instalments=1).body
    assert told["total_centavos"] == 57000
    name = told["instalments"][0]["invoice_external_id"]
    api.pay(name, payment_id="pag-1", amount_centavos=57000, paid_at="2026-11-10T11:00:00Z")
    account = world.portfolio.load_account(CREDITOR, CustomerId("cli-7"))
    ends = EndAgreements(world.portfolio, world.publisher)
    ends.look(world.directory.get(CREDITOR), account, NOW)
    kept = read(api, told["agreement_id"]).body
    assert (kept["status"], kept["paid_centavos"]) == ("fulfilled", 57000)
    debt = api.get_invoice("fat-7").body
    assert (debt["status"], debt["balance_centavos"]) == ("settled", 0)
    assert (debt["paid_centavos"], debt["conceded_centavos"]) == (57000, 3000)
    assert debt["late_charges_left_centavos"] == 0


def test_what_lets_a_debt_rest_ends_with_its_agreement_only(api: Api) -> None:
    made(api)
    path = "/v1/invoices/{external_id}/hold"
    answer = api.call("DELETE", path, "fat-cli-7", query={"kind": "in_agreement"})
    assert_problem(answer, 422)
    holds = api.call("GET", "/v1/customers/{external_id}", "cli-7").body["holds"]
    assert [h["kind"] for h in holds] == ["in_agreement"]


def test_agreements_are_told_in_the_customers_timeline(api: Api) -> None:
    agreement_id = made(api)
    act(api, agreement_id, "cancel")
    path = "/v1/customers/{external_id}/timeline"
    lines = api.call("GET", path, "cli-7").body["timeline"]
    told = [line for line in lines if line["type"].startswith("agreement_")]
    assert [line["type"] for line in told] == ["agreement_accepted", "agreement_cancelled"]
    assert {line["agreement_id"] for line in told} == {agreement_id}
    assert told[0]["total_centavos"] == "60000"


@pytest.mark.parametrize("what", ["approve", "refuse", "cancel"])
def test_who_and_why_must_be_said(api: Api, what: str) -> None:
    agreement_id = made(api, is_large=True)
    answer = api.call("POST", f"{ONE}/{what}", agreement_id, {})
    assert_problem(answer, 422)
    assert answer.errors == (["body.by"] if what == "approve" else ["body.reason", "body.by"])


# ── lists ───────────────────────────────────────────────────────────────────────────────────────


def walk(api: Api, **query: str) -> list[str]:
    found: list[str] = []
    asked = {"limit": "2", **query}
    while True:
        answer = api.call("GET", ALL, query=asked)
        assert answer.status == 200
        found += [a["agreement_id"] for a in answer.body["agreements"]]
        if answer.body["cursor"] is None:
            return found
        asked["cursor"] = answer.body["cursor"]


def test_agreements_are_walked_page_by_page_by_how_they_stand(api: Api) -> None:
    small = [made(api, f"cli-{n}") for n in range(3)]
    large = [made(api, f"cli-{n}", is_large=True) for n in range(3, 6)]
    act(api, large[0], "refuse")
    assert sorted(walk(api)) == sorted(small + large)
    assert sorted(walk(api, status="active")) == sorted(small)
    assert sorted(walk(api, status="proposed")) == sorted(large[1:])
    assert walk(api, status="refused") == large[:1]
    assert walk(api, status="breached") == []


def test_one_customers_agreements_are_listed_with_those_that_ended(api: Api) -> None:
    first = made(api)
    made(api, "cli-8")
    act(api, first, "cancel")
    second = accept(api).body["agreement_id"]
    assert sorted(walk(api, customer="cli-7")) == sorted([first, second])
    assert walk(api, customer="cli-7", status="active") == [second]
    assert walk(api, customer="ninguem") == []


@pytest.mark.parametrize("cursor", ["", "x", "Zm9v", "'", "a" * 900])
def test_a_cursor_that_somebody_made_up_is_refused(api: Api, cursor: str) -> None:
    answer = api.call("GET", ALL, query={"cursor": cursor})
    assert_problem(answer, 422)
    assert answer.errors == ["query.cursor"]


def test_a_cursor_is_good_for_its_own_list_only(api: Api) -> None:
    for n in range(3):
        made(api, f"cli-{n}")
    cursor = api.call("GET", ALL, query={"limit": "1"}).body["cursor"]
    assert cursor
    of_others = Api("cliente-boreal").call("GET", ALL, query={"cursor": cursor})
    assert_problem(of_others, 422)
    assert_problem(api.call("GET", ALL, query={"cursor": cursor, "status": "active"}), 422)


# ── whose they are ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("what", ["read", "approve", "refuse", "cancel"])
def test_another_creditors_agreement_is_no_different_from_none(api: Api, what: str) -> None:
    agreement_id = made(api, is_large=True)
    other = Api("cliente-boreal")
    for who, name in ((other, agreement_id), (api, NOBODY)):
        assert_problem(read(who, name) if what == "read" else act(who, name, what), 404)
    assert read(api, agreement_id).body["status"] == "proposed"


def test_nobody_settles_for_another_creditors_customer(api: Api) -> None:
    owes(api)
    other = Api("cliente-boreal")
    offered(other)
    body = {
        "customer_external_id": "cli-7",
        "instalments": 3,
        "first_due": "2026-11-15",
        "key": deal(api)["key"],
        "by": "atendimento",
    }
    assert_problem(other.call("POST", ALL, body=body), 404)
    assert walk(other) == []


# ── as it is deployed ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.undo()
    with api_on_aws(monkeypatch) as api:
        offered(api)
        yield api


def test_the_whole_life_is_the_same_on_dynamodb(on_aws: Api) -> None:
    small, large = made(on_aws), made(on_aws, "cli-8", is_large=True)
    assert accept(on_aws, "cli-8", 2).status == 409, "one at a time"
    assert sorted(walk(on_aws)) == sorted([small, large])
    assert act(on_aws, large, "approve").body["status"] == "active"
    assert {i["status"] for i in read(on_aws, large).body["instalments"]} == {"open"}
    assert act(on_aws, large, "cancel").body["status"] == "cancelled"
    assert walk(on_aws, status="active") == [small]
    assert walk(on_aws, customer="cli-8") == [large]
    on_aws.call("PUT", "/v1/offers", body={"rules": []})
    assert on_aws.call("GET", OFFER, "cli-8").body["reason"] == "no_rules"
