"""Rulers over HTTP: written in versions, assigned, simulated, explained, and what they brought."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.api import context
from regua.adapters.dynamodb_rulers import DynamoRulers
from regua.adapters.memory import FixedClock
from regua.application.ports import Change, ChannelSetup, Tally, WrittenRuler
from regua.domain.decision import decide
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.notes import Note, NoteKind
from regua.domain.ruler import DEFAULT_RULER, Channel
from regua.domain.rulers import Backfill, InFlight
from tests.builders import CREDITOR, CUSTOMER, creditor_document, invoice_data, nine_o_clock
from tests.integration.api_client import NOW, SETTINGS, Answer, Api, assert_problem, wired
from tests.integration.conftest import World
from tests.integration.contract.facts import any_event
from tests.integration.contract.tables import create_tables

RULER = "/v1/rulers/{name}"
VERSIONS = "/v1/rulers/{name}/versions"
EXPERIMENTS = "/v1/rulers/{name}/experiments"
SIMULATE = "/v1/rulers/{name}/simulate"
ASSIGNMENT = "/v1/assignment"
CHOICE = {"in_flight": "migrate", "backfill": "deserved_level"}
VIP = {"name": "vip", "when": {"tags_any": ["vip"]}, "excluded": True}


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = wired(world)
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(context, "clock", FixedClock(NOW))


@pytest.fixture
def api() -> Api:
    return Api()


def document(name: str = "padrao", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {**DEFAULT_RULER, "name": name, **changes}


def step(step_id: str = "a", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    fields = {"id": step_id, "offset_days": 5, "channels": ["email"], "template": "vencida"}
    return {**fields, **changes}


def with_step(*more: Mapping[str, Any], name: str = "padrao") -> dict[str, Any]:
    """Return the default ruler's document with more steps after its own."""
    steps: Any = DEFAULT_RULER["steps"]
    return document(name, steps=[*steps, *more])


LATER_ON = with_step(step("vencida-45", offset_days=45))


def put(
    api: Api,
    body: object,
    name: str = "padrao",
    query: Mapping[str, str] = CHOICE,
) -> Answer:
    return api.call("PUT", RULER, name, body, query=query)


def simulate(api: Api, body: object = None, name: str = "padrao") -> Answer:
    return api.call("POST", SIMULATE, name, {} if body is None else body)


# ── versions ────────────────────────────────────────────────────────────────────────────────────


def test_a_version_is_written_read_and_followed(world: World, api: Api) -> None:
    written = put(api, LATER_ON, query={"in_flight": "keep", "backfill": "from_now"})
    assert written.status == 201
    expected = {
        "name": "padrao",
        "version": 1,
        "at": "2026-11-10T12:00:00.000Z",
        "in_flight": "keep",
        "backfill": "from_now",
        "document": LATER_ON,
    }
    assert written.body == {**expected, "warnings": []}
    assert api.call("GET", RULER, "padrao").body == expected
    assert world.directory.get(CREDITOR).ruler.ref == "padrao@1"
    assert api.put_invoice().body["ruler"] == "padrao@1"


def test_the_version_in_force_again_is_no_new_one(world: World, api: Api) -> None:
    first = put(api, LATER_ON)
    world.queue.messages.clear()
    again = put(api, LATER_ON, query={"in_flight": "restart", "backfill": "stepwise"})
    assert (again.status, again.body) == (200, first.body)
    assert world.queue.messages == [], "nobody is moved"
    assert (put(api, document()).status, put(api, LATER_ON).body["version"]) == (201, 3)


def test_the_ruler_that_came_with_the_creditor_again_is_no_new_one(api: Api) -> None:
    in_force = api.call("GET", RULER, "padrao").body
    assert (in_force["version"], in_force["at"]) == (0, None)
    again = put(api, in_force["document"])
    assert (again.status, again.body) == (200, {**in_force, "warnings": []})
    assert len(api.call("GET", VERSIONS, "padrao").body["versions"]) == 1


def test_a_new_ruler_needs_no_choice_and_no_one_follows_it_yet(api: Api) -> None:
    written = api.call("PUT", RULER, "firme", document("firme"))
    assert (written.status, written.body["version"]) == (201, 1)
    assert (written.body["in_flight"], written.body["backfill"]) == ("migrate", "deserved_level")
    assert api.put_invoice().body["ruler"] == "padrao@0"
    assert api.put_invoice("fat-2", ruler="firme").body["ruler"] == "firme@1"


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ({}, ["query.in_flight", "query.backfill"]),
        ({"in_flight": "keep"}, ["query.backfill"]),
        ({"backfill": "from_now"}, ["query.in_flight"]),
        ({"in_flight": "talvez", "backfill": "from_now"}, ["query.in_flight"]),
        ({"in_flight": "keep", "backfill": "tudo"}, ["query.backfill"]),
    ],
)
def test_whoever_writes_a_ruler_that_is_followed_must_choose(
    world: World, api: Api, query: dict[str, str], missing: list[str]
) -> None:
    answer = put(api, LATER_ON, query=query)
    assert_problem(answer, 422)
    assert answer.errors == missing
    assert world.rulers.versions(CREDITOR, "padrao") == []
    put(api, document("firme"), "firme", {})
    assert put(api, with_step(name="firme"), "firme", {"in_flight": "keep"}).errors == [
        "query.backfill"
    ], "and so from the second version of any ruler on"


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ([], ["body"]),
        ("lixo", ["body.0"]),
        ({}, ["body.name", "body.steps"]),
        (document("outra"), ["body.name"]),
        (document(steps=[]), ["body.steps"]),
        (document(cor="azul", caps={"per_day": 0}), ["body.caps.per_day", "body.cor"]),
        (document(steps=[step(template="sumiu")]), ["body.steps.0.template"]),
        (document(steps=[step(), step()]), ["body.steps.0.id", "body.steps.1.id"]),
        (document(steps=[step(when={"segments": ["vip"]})]), ["body.steps.0.when.segments"]),
        (document(late_charges={"fine_percent": "3"}), ["body.late_charges.fine_percent"]),
    ],
)
def test_a_bad_document_is_refused_with_every_path(
    world: World, api: Api, body: object, paths: list[str]
) -> None:
    answer = put(api, body)
    assert_problem(answer, 422)
    assert sorted(set(answer.errors)) == sorted(paths)
    assert all(e["reason"] for e in answer.body["errors"])
    assert (world.rulers.versions(CREDITOR, "padrao"), world.queue.messages) == ([], [])


@pytest.mark.parametrize("name", ["Padrao", "padrão", "-a", "a" * 65, "a.b"])
def test_a_rulers_name_is_written_as_everywhere(api: Api, name: str) -> None:
    for method, template in (("PUT", RULER), ("GET", RULER), ("GET", VERSIONS)):
        answer = api.call(method, template, name, document() if method == "PUT" else None)
        assert_problem(answer, 422)
        assert answer.errors == ["path.name"]


def test_what_is_unusual_is_told_and_written_all_the_same(api: Api) -> None:
    late_only = document(steps=[step()])
    answer = put(api, late_only)
    assert answer.status == 201
    assert [w["path"] for w in answer.body["warnings"]] == ["body.steps"]
    assert put(api, late_only).body["warnings"] == answer.body["warnings"]


def test_every_version_is_told_oldest_first_with_what_was_chosen(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(api, LATER_ON)
    monkeypatch.setattr(context, "clock", FixedClock(NOW + timedelta(days=1)))
    put(api, document(contact_hour=10), query={"in_flight": "restart", "backfill": "stepwise"})
    answer = api.call("GET", VERSIONS, "padrao").body
    assert answer["name"] == "padrao"
    told = [(v["version"], v["at"], v["in_flight"], v["backfill"]) for v in answer["versions"]]
    assert told == [
        (0, None, None, None),
        (1, "2026-11-10T12:00:00.000Z", "migrate", "deserved_level"),
        (2, "2026-11-11T12:00:00.000Z", "restart", "stepwise"),
    ]
    documents = [v["document"] for v in answer["versions"]]
    assert documents == [DEFAULT_RULER, LATER_ON, document(contact_hour=10)]


def test_a_ruler_of_ones_own_has_no_version_0(api: Api) -> None:
    put(api, document("firme"), "firme")
    versions = api.call("GET", VERSIONS, "firme").body["versions"]
    assert [v["version"] for v in versions] == [1]


@pytest.mark.parametrize(
    ("method", "template", "body"),
    [
        ("GET", RULER, None),
        ("GET", VERSIONS, None),
        ("GET", EXPERIMENTS, None),
        ("POST", SIMULATE, {}),
    ],
)
def test_a_ruler_that_is_not_ones_own_is_not_found(
    api: Api, method: str, template: str, body: object
) -> None:
    put(api, document("firme"), "firme")
    assert api.call(method, template, "firme", body).status == 200
    boreal = Api("cliente-boreal")
    others = boreal.call(method, template, "firme", body)
    nobodys = boreal.call(method, template, "sumiu", body)
    assert_problem(others, 404)
    assert_problem(nobodys, 404)
    assert others.body["detail"] == nobodys.body["detail"]


def test_creditors_write_rulers_of_the_same_name_apart(api: Api) -> None:
    boreal = Api("cliente-boreal")
    put(api, LATER_ON)
    assert boreal.call("GET", RULER, "padrao").body["version"] == 0
    assert put(boreal, document(contact_hour=10)).body["version"] == 1
    assert api.call("GET", RULER, "padrao").body["document"] == LATER_ON


def test_a_lost_race_is_to_be_tried_again(
    world: World, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = world.rulers.versions
    put(api, LATER_ON)
    monkeypatch.setattr(world.rulers, "versions", lambda *key: versions(*key)[:-1])
    answer = put(api, document(contact_hour=10))
    assert_problem(answer, 503)
    assert answer.headers["retry-after"] == "2"


@pytest.mark.parametrize(("allow", "as_of"), [(False, None), (True, "2026-11-20T12:00:00Z")])
def test_accounts_are_rescheduled_at_the_time_that_is_travelled_to(
    world: World,
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    *,
    allow: bool,
    as_of: str | None,
) -> None:
    parts = wired(world, SETTINGS.model_copy(update={"allow_as_of": allow}))
    monkeypatch.setattr(context, "wire", lambda: parts)
    headers = {"x-regua-as-of": "2026-11-20T12:00:00Z"}
    api.call("PUT", RULER, "padrao", LATER_ON, query=CHOICE, headers=headers)
    api.call("PUT", ASSIGNMENT, None, {"default_ruler": "padrao"}, headers=headers)
    assert [m.get("as_of") for m in world.queue.messages] == [as_of, as_of]
    assert {m["creditor_id"] for m in world.queue.messages} == {CREDITOR}


# ── who follows which ───────────────────────────────────────────────────────────────────────────


def test_before_one_is_written_everybody_follows_the_creditors_ruler(api: Api) -> None:
    assert api.call("GET", ASSIGNMENT).body == {"default_ruler": "padrao"}


def test_an_assignment_is_written_read_and_followed(world: World, api: Api) -> None:
    put(api, document("firme"), "firme")
    world.queue.messages.clear()
    assignment = {"default_ruler": "firme", "segments": [VIP], "hold_out_percent": "2.5"}
    written = api.call("PUT", ASSIGNMENT, None, assignment)
    assert (written.status, written.body) == (200, assignment)
    assert api.call("GET", ASSIGNMENT).body == assignment
    assert api.put_invoice().body["ruler"] == "firme@1"
    assert [m["shard"] for m in world.queue.messages] == ["00"]
    assert Api("cliente-boreal").call("GET", ASSIGNMENT).body == {"default_ruler": "padrao"}


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ([], ["body"]),
        ({}, ["body.default_ruler"]),
        ({"default_ruler": "sumiu"}, ["body.default_ruler"]),
        (
            {"default_ruler": "padrao", "segments": [{"name": "a", "ruler": "sumiu"}], "x": 1},
            ["body.x"],
        ),
        (
            {"default_ruler": "padrao", "segments": [{"name": "a", "ruler": "sumiu"}]},
            ["body.segments.0.ruler"],
        ),
        ({"default_ruler": "padrao", "hold_out_percent": 101}, ["body.hold_out_percent"]),
    ],
)
def test_a_bad_assignment_is_refused_with_every_path(
    world: World, api: Api, body: object, paths: list[str]
) -> None:
    answer = api.call("PUT", ASSIGNMENT, None, body)
    assert_problem(answer, 422)
    assert answer.errors == paths
    assert (world.rulers.find_assignment(CREDITOR), world.queue.messages) == (None, [])


def test_a_step_may_ask_for_a_segment_once_it_is_assigned(api: Api) -> None:
    only_vip = document(steps=[step(when={"segments": ["vip"]})])
    assert put(api, only_vip).errors == ["body.steps.0.when.segments"]
    api.call("PUT", ASSIGNMENT, None, {"default_ruler": "padrao", "segments": [VIP]})
    assert put(api, only_vip).status == 201


def test_a_ruler_that_there_is_not_is_refused_wherever_it_is_named(world: World, api: Api) -> None:
    assert api.put_invoice(ruler="sumiu").errors == ["body.ruler"]
    payer = invoice_data()["customer"]
    answer = api.put_invoice(customer={**payer, "ruler": "sumiu"})
    assert_problem(answer, 422)
    assert answer.errors == ["body.customer.ruler"]
    assert "padrao" in answer.body["errors"][0]["reason"]
    person = {k: v for k, v in payer.items() if k != "external_id"}
    template = "/v1/customers/{external_id}"
    assert api.call("PUT", template, CUSTOMER, {**person, "ruler": "sumiu"}).errors == [
        "body.ruler"
    ]
    assert world.portfolio.accounts == {}
    put(api, document("sumiu"), "sumiu")
    assert api.put_invoice(ruler="sumiu").status == 201
    assert api.call("PUT", template, CUSTOMER, {**person, "ruler": "sumiu"}).status == 200


# ── experiments ─────────────────────────────────────────────────────────────────────────────────

TESTED = with_step(
    step("teste", offset_days=50, variants=[{"name": "controle"}, {"name": "cordial"}])
)


def test_an_experiment_tells_every_arms_uplift_with_its_interval(world: World, api: Api) -> None:
    """Newcombe (1998), example (a) of method 10: 56 of 70 against 48 of 80."""
    put(api, TESTED)
    for arm, tally in {
        "padrao/teste/controle": Tally(80, 48, 719520),
        "padrao/teste/cordial": Tally(70, 56, 839440),
        "padrao/teste/hold_out": Tally(0, 0, 0),
        "padrao-2/teste/controle": Tally(9, 9, 9),
        "padrao/antigo/controle": Tally(5, 5, 5),
    }.items():
        world.portfolio.tallies[CREDITOR, arm] = tally
    (experiment,) = api.call("GET", EXPERIMENTS, "padrao").body["experiments"]
    assert (experiment["step_id"], experiment["control"]) == ("teste", "controle")
    control, kind, held_out = experiment["arms"]
    assert control == {
        "arm": "controle",
        "exposed": 80,
        "settled": 48,
        "recovered_centavos": 719520,
        "uplift": None,
    }
    assert (kind["arm"], kind["exposed"], kind["settled"]) == ("cordial", 70, 56)
    limits = [round(kind["uplift"][limit], 4) for limit in ("difference", "low", "high")]
    assert limits == [0.2, 0.0524, 0.3339]
    assert (held_out["arm"], held_out["uplift"]) == ("hold_out", None)


def test_an_experiment_nobody_is_in_yet_has_no_arms(api: Api) -> None:
    assert api.call("GET", EXPERIMENTS, "padrao").body == {"name": "padrao", "experiments": []}
    put(api, TESTED)
    assert api.call("GET", EXPERIMENTS, "padrao").body["experiments"] == [
        {"step_id": "teste", "control": "controle", "arms": []}
    ]


def test_arms_are_counted_from_the_contact_to_the_payment(world: World, api: Api) -> None:
    put(
        api,
        document(steps=[step("teste", offset_days=3, variants=[{"name": "a"}, {"name": "b"}])]),
    )
    api.put_invoice()
    evaluate(world, nine_o_clock(NOW.date() + timedelta(days=3)))
    api.pay(paid_at="2026-11-10T11:00:00Z")
    ((arm,),) = (e["arms"] for e in api.call("GET", EXPERIMENTS, "padrao").body["experiments"])
    assert arm["arm"] in {"a", "b"}
    assert (arm["exposed"], arm["settled"], arm["recovered_centavos"]) == (1, 1, 14990)


def evaluate(world: World, at: Any) -> Any:  # noqa: ANN401 - an instant in, a dispatch out
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    decision = decide(account, world.directory.get(CREDITOR).rulers, at)
    tallies = {arm: Tally(exposed=1) for arm in decision.exposed}
    world.portfolio.commit(
        Change(decision.account, planned=decision.dispatch, notes=decision.notes, tallies=tallies)
    )
    return decision.dispatch


# ── simulating ──────────────────────────────────────────────────────────────────────────────────


def issue_many(api: Api, count: int = 7) -> None:
    for n in range(count):
        payer = {**invoice_data()["customer"], "external_id": f"cli-{n}"}
        due = (NOW.date() + timedelta(days=n)).isoformat()
        assert api.put_invoice(f"fat-{n}", customer=payer, due_date=due).status == 201


def test_a_candidate_is_compared_with_the_ruler_in_force_and_nothing_is_written(
    world: World, api: Api
) -> None:
    issue_many(api)
    before, events = dict(world.portfolio.accounts), len(world.publisher.events)
    answer = simulate(api, {"document": LATER_ON, **CHOICE})
    assert answer.status == 200
    found = answer.body
    assert (found["current"]["accounts"], found["current"]["days"]) == (7, 60)
    assert found["difference"]["contacts"] == 7, "every invoice gets the step after 45 days"
    assert {s["ruler"] for s in found["current"]["by_step"]} == {"padrao@0"}
    assert {s["ruler"] for s in found["candidate"]["by_step"]} == {"padrao@1"}
    told = [c for c in found["contacts"] if c["step_id"] == "vencida-45"]
    assert {c["customer_external_id"] for c in told} == {f"cli-{n}" for n in range(7)}
    assert found["cursor"] is None
    assert (world.portfolio.accounts, len(world.publisher.events)) == (before, events)
    assert world.rulers.versions(CREDITOR, "padrao") == []


def test_without_a_document_the_ruler_in_force_is_simulated(api: Api) -> None:
    issue_many(api, 2)
    found = simulate(api).body
    assert found["candidate"] == found["current"]
    assert found["current"]["contacts"] > 0


def test_a_simulation_uses_the_channels_that_the_creditor_has_set_up(
    world: World, api: Api
) -> None:
    issue_many(api, 2)
    on_sms = {"document": with_step(step("sms", offset_days=5, channels=["sms"])), **CHOICE}
    without = simulate(api, on_sms).body["candidate"]["contacts"]
    channels = {Channel.SMS: ChannelSetup("+551140000000")}
    known = world.directory.creditors
    known[CREDITOR] = replace(known[CREDITOR], channels=channels)
    assert simulate(api, on_sms).body["candidate"]["contacts"] > without
    asked = simulate(api, {**on_sms, "channels": ["email"]}).body["candidate"]["contacts"]
    assert asked == without


@pytest.mark.parametrize("accounts", [1, 3, 7])
def test_parts_that_the_cursor_leads_through_sum_to_the_whole(api: Api, accounts: int) -> None:
    issue_many(api)
    body = {"document": LATER_ON, **CHOICE}
    whole = simulate(api, body).body
    parts, cursor = [], None
    for _ in range(8):
        part = simulate(api, {**body, "accounts": accounts, "cursor": cursor}).body
        parts.append(part)
        cursor = part["cursor"]
        if cursor is None:
            break
    assert len(parts) == -(-7 // accounts)
    for side in ("current", "candidate"):
        for count in ("accounts", "invoices", "contacts", "accounts_contacted"):
            assert sum(p[side][count] for p in parts) == whole[side][count]
    assert [c for p in parts for c in p["contacts"]] == whole["contacts"]


def test_one_invoice_is_simulated_with_its_customers_others(api: Api) -> None:
    issue_many(api)
    api.put_invoice(
        "fat-x",
        customer={**invoice_data()["customer"], "external_id": "cli-3"},
        due_date="2026-12-01",
    )
    found = simulate(api, {"document": LATER_ON, **CHOICE, "invoice_external_id": "fat-3"}).body
    assert (found["candidate"]["accounts"], found["candidate"]["invoices"]) == (1, 2)
    assert {c["customer_external_id"] for c in found["contacts"]} == {"cli-3"}
    assert_problem(simulate(api, {"invoice_external_id": "nunca-vista"}), 404)
    boreal = Api("cliente-boreal")
    assert_problem(simulate(boreal, {"invoice_external_id": "fat-3"}), 404)
    assert simulate(boreal).body["current"]["accounts"] == 0


def test_everybody_may_be_made_to_follow_it(api: Api) -> None:
    put(api, document("firme", steps=[step("unico")]), "firme")
    issue_many(api)
    api.put_invoice("fat-y", ruler="padrao", customer={**invoice_data()["customer"]})
    followed = simulate(api, name="firme").body
    assert followed["candidate"] == followed["current"], "nobody is assigned to it"
    all_of_them = simulate(api, {"everybody": True}, "firme").body["candidate"]
    assert {s["ruler"] for s in all_of_them["by_step"]} == {"firme@1", "padrao@0"}
    by_step = {(s["ruler"], s["step_id"]): s["contacts"] for s in all_of_them["by_step"]}
    assert by_step["firme@1", "unico"] <= 7


def test_a_new_ruler_is_simulated_before_it_exists(api: Api) -> None:
    issue_many(api, 3)
    body = {"document": document("nova", steps=[step("unico")]), "everybody": True}
    found = simulate(api, body, "nova").body
    assert {s["ruler"] for s in found["candidate"]["by_step"]} == {"nova@1"}
    assert_problem(api.call("GET", RULER, "nova"), 404)
    assert_problem(simulate(api, {"everybody": True}, "nova"), 404)


def test_days_prices_and_channels_are_the_callers(api: Api) -> None:
    issue_many(api, 1)
    found = simulate(api, {"days": 1, "prices_centavos": {"email": "1.5"}}).body["current"]
    assert (found["days"], found["contacts"], found["cost_centavos"]) == (1, 1, "1.5")
    assert simulate(api, {"channels": ["sms"]}).body["current"]["contacts"] == 0


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ([], ["body"]),
        ({"dias": 60}, ["body.dias"]),
        ({"days": 0}, ["body.days"]),
        ({"days": 367, "channels": []}, ["body.days", "body.channels"]),
        ({"prices_centavos": {"email": -1}}, ["body.prices_centavos.email"]),
        ({"seen_percent": 101}, ["body.seen_percent"]),
        ({"accounts": 0}, ["body.accounts"]),
        ({"cursor": "lixo"}, ["body.cursor"]),
        ({"cursor": "9.0."}, ["body.cursor"]),
        ({"cursor": "0.0." + "x" * 200}, ["body.cursor"]),
        ({"document": LATER_ON}, ["body.in_flight", "body.backfill"]),
        ({"document": LATER_ON, "in_flight": "keep"}, ["body.backfill"]),
        ({"document": document(steps=[]), **CHOICE}, ["body.document.steps"]),
        ({"document": document("outra"), **CHOICE}, ["body.document.name"]),
        (
            {"document": document(steps=[step(template="sumiu")]), **CHOICE},
            ["body.document.steps.0.template"],
        ),
    ],
)
def test_a_bad_question_is_refused_with_every_path(
    api: Api, body: object, paths: list[str]
) -> None:
    answer = simulate(api, body)
    assert_problem(answer, 422)
    assert answer.errors == paths


# ── explaining ──────────────────────────────────────────────────────────────────────────────────

OF_INVOICE = "/v1/invoices/{external_id}/explain"
OF_CUSTOMER = "/v1/customers/{external_id}/explain"


def sent(world: World, at: Any) -> str:  # noqa: ANN401 - an instant
    """Decide, send and have delivered what is due at an instant; return the dispatch's id."""
    dispatch = evaluate(world, at)
    world.ledger.claim(dispatch, [InvoiceId("fat-1")], at)
    world.ledger.mark_sent(dispatch, provider_message_id="ses-1", at=at)
    world.ledger.append([any_event(dispatch, at=at + timedelta(seconds=2))])
    return str(dispatch.dispatch_id)


def test_an_invoice_is_explained_in_both_languages_at_any_instant(
    world: World, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.put_invoice(occurred_at="2026-10-01T12:00:00Z")
    dispatch_id = sent(world, NOW + timedelta(days=3))
    monkeypatch.setattr(context, "clock", FixedClock(NOW + timedelta(days=4)))
    now = api.call("GET", OF_INVOICE, "fat-1").body
    assert (now["language"], now["at"]) == ("pt-BR", "2026-11-14T12:00:00.000Z")
    made = {s["step_id"]: s for s in now["steps"]}["vencida-3"]
    assert (made["outcome"], made["dispatch_id"]) == ("made", dispatch_id)
    assert made["delivery"] == "delivered"
    assert "13/11/2026" in made["words"]
    english = api.call("GET", OF_INVOICE, "fat-1", query={"language": "en"}).body
    assert "13 Nov 2026" in {s["step_id"]: s for s in english["steps"]}["vencida-3"]["words"]
    assert [s["outcome"] for s in english["steps"]] == [s["outcome"] for s in now["steps"]]
    before = api.call("GET", OF_INVOICE, "fat-1", query={"at": "2026-11-12T12:00:00Z"}).body
    then = {s["step_id"]: s for s in before["steps"]}["vencida-3"]
    assert (before["at"], then["outcome"]) == ("2026-11-12T12:00:00.000Z", "upcoming")


def test_an_explanation_names_version_and_way_to_it(api: Api) -> None:
    put(api, document("firme"), "firme")
    api.put_invoice(ruler="firme")
    follows = api.call("GET", OF_INVOICE, "fat-1").body["follows"]
    assert (follows["name"], follows["version"], follows["why"]) == ("firme", 1, "invoice")


def test_a_customer_is_explained_with_every_open_invoice(world: World, api: Api) -> None:
    api.put_invoice("fat-1")
    api.put_invoice("fat-2", due_date="2026-12-01")
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    hold = Hold("h", HoldKind.HELD, NOW, NOW + timedelta(days=9), "férias", "crm")
    world.portfolio.commit(Change(account.with_hold(hold)))
    found = api.call("GET", OF_CUSTOMER, CUSTOMER).body
    assert [i["invoice_id"] for i in found["invoices"]] == ["fat-1", "fat-2"]
    assert [r["kind"] for r in found["resting"]] == ["held"]
    assert all(i["steps"] for i in found["invoices"])
    english = api.call("GET", OF_CUSTOMER, CUSTOMER, query={"language": "en"}).body
    assert english["language"] == "en"
    assert english["words"] != found["words"]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"at": "ontem"}, "query.at"),
        ({"at": "2026-11-10"}, "query.at"),
        ({"at": "2026-11-10T12:00:00"}, "query.at"),
        ({"language": "fr"}, "query.language"),
    ],
)
@pytest.mark.parametrize("template", [OF_INVOICE, OF_CUSTOMER])
def test_a_bad_question_about_the_past_is_refused(
    api: Api, template: str, query: dict[str, str], path: str
) -> None:
    api.put_invoice()
    answer = api.call("GET", template, "fat-1" if template == OF_INVOICE else CUSTOMER, query=query)
    assert_problem(answer, 422)
    assert answer.errors == [path]


@pytest.mark.parametrize(
    ("template", "value"),
    [
        (OF_INVOICE, "fat-1"),
        (OF_CUSTOMER, CUSTOMER),
        ("/v1/customers/{external_id}/timeline", CUSTOMER),
    ],
)
def test_nothing_is_explained_to_another_creditor(api: Api, template: str, value: str) -> None:
    api.put_invoice()
    assert api.call("GET", template, value).status == 200
    boreal = Api("cliente-boreal")
    assert_problem(boreal.call("GET", template, value), 404)
    assert (
        boreal.call("GET", template, value).body["detail"]
        == (boreal.call("GET", template, "nunca-visto").body["detail"])
    )


def test_a_customers_timeline_tells_contacts_and_notes_oldest_first(world: World, api: Api) -> None:
    api.put_invoice("fat-1")
    api.put_invoice("fat-2")
    sent(world, NOW)
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    notes = (
        Note(NOW - timedelta(days=1), NoteKind.CONTACT_RESULT, None, {"code": "voicemail"}),
        Note(NOW + timedelta(hours=1), NoteKind.HOLD_PLACED, InvoiceId("fat-2"), {"kind": "held"}),
    )
    world.portfolio.commit(Change(account, notes=notes))
    other = world.portfolio.load_account(CREDITOR, CustomerId("cli-2"))
    world.portfolio.commit(Change(other, notes=notes))
    lines = api.call("GET", "/v1/customers/{external_id}/timeline", CUSTOMER).body["timeline"]
    assert [line["type"] for line in lines] == [
        "contact_result",
        "planned",
        "sent",
        "delivered",
        "hold_placed",
    ]
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    planned = lines[1]
    assert (planned["step_id"], planned["ruler"]) == ("vencimento", "padrao@0")
    assert "Maria" not in str(lines)


# ── on the real stores ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoRulers]:
    """Wire the function to moto, and return the rulers as another instance of it writes them."""
    monkeypatch.undo()
    monkeypatch.setattr(context, "clock", FixedClock(NOW))
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        boto3.client("events").create_event_bus(Name="regua")
        queue = boto3.client("sqs").create_queue(QueueName="shards")
        environment = SETTINGS.model_dump() | {
            "portfolio_table": "portfolio",
            "messages_table": "messages",
            "exchange_table": "exchange",
            "bus_name": "regua",
            "shards": 4,
            "shard_queue_url": queue["QueueUrl"],
        }
        for name, value in environment.items():
            monkeypatch.setenv(f"REGUA_{name.upper()}", str(value))
        context.wire.cache_clear()
        directory = context.wire().stores.directory
        directory.put(creditor_document())
        directory.put_client("cliente-aurora", CREDITOR)
        yield DynamoRulers(boto3.client("dynamodb"), "portfolio", 4)
        context.wire.cache_clear()


def elsewhere(rulers: DynamoRulers, name: str) -> None:
    """Write a ruler as another instance of the function does."""
    choice = (InFlight.MIGRATE, Backfill.DESERVED_LEVEL)
    rulers.put_version(CREDITOR, WrittenRuler(name, 1, document(name), NOW, *choice))


@pytest.mark.usefixtures("cloud")
def test_what_is_written_may_be_named_at_once(api: Api) -> None:
    assert api.put_invoice().status == 201, "the creditor is remembered from now on"
    assert put(api, document("firme"), "firme").status == 201
    assert api.call("PUT", ASSIGNMENT, None, {"default_ruler": "firme"}).status == 200
    assert api.put_invoice("fat-2").body["ruler"] == "firme@1"
    assert put(api, with_step(name="firme"), "firme", {}).errors == [
        "query.in_flight",
        "query.backfill",
    ]
    assert api.call("GET", EXPERIMENTS, "firme").status == 200


def test_what_another_instance_wrote_may_be_named_at_once(api: Api, cloud: DynamoRulers) -> None:
    assert api.put_invoice().status == 201
    elsewhere(cloud, "firme")
    assert api.put_invoice("fat-2", ruler="firme").status == 201
    elsewhere(cloud, "cordial")
    assert api.call("PUT", ASSIGNMENT, None, {"default_ruler": "cordial"}).status == 200
    elsewhere(cloud, "severa")
    assert put(api, document("severa", contact_hour=10), "severa", {}).status == 422
    elsewhere(cloud, "calma")
    assert simulate(api, name="calma").status == 200


@pytest.mark.usefixtures("cloud")
def test_every_shard_is_told_of_a_new_version_on_the_real_queue(api: Api) -> None:
    put(api, LATER_ON)
    url = context.wire().settings.shard_queue_url
    waiting = boto3.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )
    assert waiting["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "4"


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("accounts", [1, 3])
def test_a_live_portfolio_is_simulated_in_parts_that_add_up(api: Api, accounts: int) -> None:
    issue_many(api)
    body = {"document": LATER_ON, **CHOICE}
    whole = simulate(api, body).body
    assert whole["candidate"]["accounts"] == 7
    seen, cursor = 0, None
    for _ in range(8):
        part = simulate(api, {**body, "accounts": accounts, "cursor": cursor}).body
        seen += part["candidate"]["contacts"]
        cursor = part["cursor"]
        if cursor is None:
            break
    assert (cursor, seen) == (None, whole["candidate"]["contacts"])


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("cursor", ["0.0.lixo", "1.5.", "3.0." + "É" * 150, "0.0.cli-1#A#x"])
def test_a_cursor_that_was_made_up_is_no_defect(api: Api, cursor: str) -> None:
    issue_many(api, 2)
    assert simulate(api, {"cursor": cursor}).status == 200
