"""Offers over HTTP: written as rules, worked out for a customer, each creditor's own."""

from datetime import timedelta
from typing import Any

import pytest

from functions.api import context
from regua.adapters.memory import FixedClock
from tests.builders import CREDITOR, CUSTOMER
from tests.integration.api_client import NOW, Answer, Api, assert_problem, wired
from tests.integration.conftest import World

OFFERS = "/v1/offers"
OFFER = "/v1/customers/{external_id}/offer"
RULE: dict[str, Any] = {
    "name": "atraso",
    "when": {"min_days_late": 30},
    "options": [
        {
            "max_instalments": 1,
            "principal_discount_percent": "5",
            "charges_discount_percent": "100",
        },
        {
            "min_instalments": 2,
            "max_instalments": 6,
            "charges_discount_percent": "50",
            "down_payment_percent": "10",
        },
    ],
    "min_instalment_centavos": 5000,
}
DOCUMENT: dict[str, Any] = {"rules": [RULE]}


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = wired(world)
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(context, "clock", FixedClock(NOW))


@pytest.fixture
def api() -> Api:
    """Return a client whose customer owes R$ 600,00 since 2026-08-10."""
    api = Api()
    assert api.put_invoice(amount_centavos=60000, due_date="2026-08-10", **ISSUED).status == 201
    return api


ISSUED: dict[str, Any] = {"issue_date": "2026-07-20"}


def put(
    api: Api, document: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> Answer:
    return api.call("PUT", OFFERS, body=document or DOCUMENT, headers=headers)


def ask(api: Api, customer: str = CUSTOMER, **query: str) -> Answer:
    return api.call("GET", OFFER, customer, query=query)


def rule(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {"rules": [{**RULE, **changes}]}


# ── the document ────────────────────────────────────────────────────────────────────────────────


def test_before_anything_is_written_nothing_is_offered(api: Api) -> None:
    read = api.call("GET", OFFERS)
    assert (read.status, read.body) == (200, {"rules": []})
    told = ask(api)
    assert (told.status, told.body["reason"], told.body["offer"]) == (200, "no_rules", None)


def test_offers_are_written_read_and_in_force_at_once(api: Api) -> None:
    written = put(api)
    assert (written.status, written.body) == (200, {**DOCUMENT, "warnings": []})
    read = api.call("GET", OFFERS)
    assert (read.status, read.body) == (200, DOCUMENT)
    assert read.headers["etag"] == written.headers["etag"]
    assert ask(api).body["offer"]["rule"] == "atraso"
    assert put(api, {"rules": []}).status == 200
    assert ask(api).body["reason"] == "no_rules"


def test_what_is_doubtful_is_told_by_its_path_and_kept(api: Api) -> None:
    more = [RULE["options"][0], {"min_instalments": 3, "max_instalments": 6}]
    written = put(api, rule(options=more))
    assert written.status == 200
    assert [w["path"] for w in written.body["warnings"]] == [
        "body.rules.0.options.1.min_instalments"
    ]
    assert api.call("GET", OFFERS).body == rule(options=more)


@pytest.mark.parametrize(
    ("document", "paths"),
    [
        ({}, ["body.rules"]),
        ({"rules": [], "outra": 1}, ["body.outra"]),
        (rule(ruler="sumiu"), ["body.rules.0.ruler"]),
        (rule(when={"segments": ["vip"]}), ["body.rules.0.when.segments"]),
        (rule(options=[]), ["body.rules.0.options"]),
        (rule(options=[{"max_instalments": 61}]), ["body.rules.0.options.0.max_instalments"]),
        (
            rule(options=[{"max_instalments": 1, "principal_discount_percent": "100"}]),
            ["body.rules.0.options.0.principal_discount_percent"],
        ),
        (
            rule(options=[{"max_instalments": 3}, {"min_instalments": 3, "max_instalments": 4}]),
            ["body.rules.0.options.1.min_instalments"],
        ),
        ({"rules": [RULE, RULE]}, ["body.rules.0.name", "body.rules.1.name", "body.rules.1.when"]),
    ],
)
def test_bad_offers_are_refused_with_every_path(
    api: Api, world: World, document: dict[str, Any], paths: list[str]
) -> None:
    answer = api.call("PUT", OFFERS, body=document)
    assert_problem(answer, 422)
    assert answer.errors == paths
    assert world.rulers.find_offers(CREDITOR) is None


def test_offers_take_the_place_of_what_was_read(api: Api) -> None:
    unwritten = api.call("GET", OFFERS).headers["etag"]
    first = put(api, headers={"if-match": unwritten})
    assert first.status == 200
    assert_problem(put(api, rule(valid_days=5), {"if-match": unwritten}), 412)
    assert put(api, rule(valid_days=5), {"if-match": first.headers["etag"]}).status == 200
    known = {"if-none-match": api.call("GET", OFFERS).headers["etag"]}
    assert api.call("GET", OFFERS, headers=known).status == 304


def test_offers_that_came_in_between_stop_the_write(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = api.call("GET", OFFERS).headers["etag"]
    replace_offers = world.rulers.replace_offers

    def raced(*args: Any) -> None:  # noqa: ANN401 - the store's own
        world.rulers.put_offers(CREDITOR, rule(valid_days=9))
        replace_offers(*args)

    monkeypatch.setattr(world.rulers, "replace_offers", raced)
    assert_problem(put(api, headers={"if-match": tag}), 412)
    assert api.call("GET", OFFERS).body == rule(valid_days=9)


def test_each_creditor_has_its_own_offers(api: Api) -> None:
    put(api)
    other = Api("cliente-boreal")
    assert other.call("GET", OFFERS).body == {"rules": []}
    put(other, rule(valid_days=9))
    assert api.call("GET", OFFERS).body == DOCUMENT


# ── for a customer ──────────────────────────────────────────────────────────────────────────────
# R$ 600,00, 92 days late: a fine of 2 % is R$ 12,00, and interest of 1 % a month R$ 18,40.


def test_an_offer_tells_what_may_be_settled_and_how(api: Api) -> None:
    put(api)
    answer = ask(api)
    assert (answer.status, answer.body["deal"], answer.body["reason"]) == (200, None, None)
    offer = answer.body["offer"]
    assert (offer["on"], offer["valid_until"]) == ("2026-11-10", "2026-11-13")
    assert (offer["first_due_from"], offer["first_due_until"]) == ("2026-11-10", "2026-11-15")
    assert offer["debts"] == [
        {
            "invoice_external_id": "fat-1",
            "due_date": "2026-08-10",
            "days_late": 92,
            "principal_centavos": 60000,
            "late_charges_centavos": 3040,
            "owed_centavos": 63040,
        }
    ]
    at_once, in_parts = offer["options"]
    assert (at_once["total_centavos"], at_once["discount_centavos"]) == (57000, 6040)
    assert at_once["down_payment"] == {
        "is_required": False,
        "least_centavos": 0,
        "greatest_centavos": 0,
    }
    assert (in_parts["min_instalments"], in_parts["max_instalments"]) == (2, 6)
    assert (in_parts["total_centavos"], in_parts["discount_centavos"]) == (61520, 1520)
    assert in_parts["down_payment"] == {
        "is_required": True,
        "least_centavos": 6152,
        "greatest_centavos": 61520 - 6 * 5000,
    }


def test_a_choice_is_worked_out_to_the_centavo(api: Api) -> None:
    put(api)
    deal = ask(api, instalments="3").body["deal"]
    assert (deal["owed_centavos"], deal["total_centavos"]) == (63040, 61520)
    assert deal["down_payment_centavos"] == 6152
    assert [(p["number"], p["due_date"], p["amount_centavos"]) for p in deal["parts"]] == [
        (0, "2026-11-15", 6152),
        (1, "2026-12-15", 18456),
        (2, "2027-01-15", 18456),
        (3, "2027-02-15", 18456),
    ]
    assert deal["parts"][0]["effective_due_date"] == "2026-11-16", "a Sunday"
    assert deal["debts"] == [
        {"invoice_external_id": "fat-1", "owed_centavos": 63040, "agreed_centavos": 61520}
    ]
    assert deal["terms"].startswith("TERMO DE ACORDO")
    assert "R$ 615,20" in deal["terms"]


def test_down_payment_and_first_day_may_be_chosen(api: Api) -> None:
    put(api)
    deal = ask(api, instalments="2", down_payment_centavos="20000", first_due="2026-11-12").body[
        "deal"
    ]
    amounts = [(p["due_date"], p["amount_centavos"]) for p in deal["parts"]]
    assert amounts == [("2026-11-12", 20000), ("2026-12-12", 20760), ("2027-01-12", 20760)]


def test_other_terms_have_another_key_and_the_same_terms_the_same(api: Api) -> None:
    put(api)
    keys = [ask(api, instalments=n).body["deal"]["key"] for n in ("1", "2", "3", "2", "1")]
    assert keys[0] == keys[4]
    assert keys[1] == keys[3]
    assert len(set(keys)) == 3


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"instalments": "7"}, "query.instalments"),
        ({"instalments": "0"}, "query.instalments"),
        ({"instalments": "três"}, "query.instalments"),
        ({"down_payment_centavos": "6152"}, "query.instalments"),
        ({"first_due": "2026-11-12"}, "query.instalments"),
        ({"instalments": "1", "down_payment_centavos": "100"}, "query.down_payment_centavos"),
        ({"instalments": "2", "down_payment_centavos": "6151"}, "query.down_payment_centavos"),
        ({"instalments": "2", "down_payment_centavos": "0"}, "query.down_payment_centavos"),
        ({"instalments": "2", "first_due": "2026-11-09"}, "query.first_due"),
        ({"instalments": "2", "first_due": "2026-11-16"}, "query.first_due"),
        ({"quoted_on": "2026-11-11"}, "query.quoted_on"),
    ],
)
def test_a_choice_outside_the_offer_is_refused_by_its_path(
    api: Api, query: dict[str, str], path: str
) -> None:
    put(api)
    answer = ask(api, **query)
    assert_problem(answer, 422)
    assert answer.errors == [path]


def test_a_choice_is_no_matter_where_nothing_is_offered(api: Api) -> None:
    answer = ask(api, instalments="3")
    assert (answer.status, answer.body["reason"], answer.body["deal"]) == (200, "no_rules", None)


def test_why_nothing_is_offered_is_told(api: Api) -> None:
    put(api)
    api.put_invoice("fat-2", customer=customer("cli-2"), **ISSUED)
    assert ask(api, "cli-2").body["reason"] == "nothing_overdue", "it falls due today"
    late = {"due_date": "2026-10-20", **ISSUED}
    api.put_invoice("fat-3", customer=customer("cli-3"), **late)
    assert ask(api, "cli-3").body["reason"] == "no_rule_applies"
    dispute = {"reason": "não comprei", "by": "atendimento"}
    api.call("POST", "/v1/invoices/{external_id}/disputes", "fat-1", dispute)
    assert ask(api).body["reason"] == "nothing_to_settle"


def customer(external_id: str) -> dict[str, Any]:
    return {"external_id": external_id, "name": "Rafael Nunes", "document": "111.444.777-35"}


def test_an_offer_stands_at_its_amounts_for_the_days_it_said(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(api)
    first = ask(api, instalments="1").body
    monkeypatch.setattr(context, "clock", FixedClock(NOW + timedelta(days=2)))
    later = ask(api, instalments="1").body
    assert later["offer"]["owed_centavos"] == 63040 + 2 * 20
    assert later["offer"]["on"] == "2026-11-12"
    standing = ask(api, instalments="1", quoted_on="2026-11-10").body
    assert standing["offer"]["owed_centavos"] == 63040
    assert standing["offer"]["debts"] == first["offer"]["debts"]
    assert standing["offer"]["valid_until"] == "2026-11-13"
    monkeypatch.setattr(context, "clock", FixedClock(NOW + timedelta(days=4)))
    over = ask(api, instalments="1", quoted_on="2026-11-10").body
    assert over["offer"]["on"] == "2026-11-14", "it stood until the day before"


def test_another_creditors_customer_is_no_different_from_none(api: Api) -> None:
    put(api)
    put(Api("cliente-boreal"))
    assert_problem(ask(Api("cliente-boreal")), 404)
    assert_problem(ask(api, "ninguem"), 404)
