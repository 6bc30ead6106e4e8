"""Setting up tenants over the API: who may, what is refused and where, what is told once."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.admin import context, handler
from regua.domain.access import PLATFORM, TENANT_SCOPES, Role, scopes_of
from regua.domain.ids import CreditorId
from regua.domain.ruler import DEFAULT_RULER
from tests.builders import CREDITOR, creditor_document
from tests.integration.admin_client import (
    NOW,
    OWN_DOMAIN,
    Desk,
    call,
    machine,
    person,
    platform,
)
from tests.integration.api_client import assert_problem
from tests.integration.lambdas import Context, Printed

BOREAL = CreditorId("boreal")
PUT_CREDITOR = "PUT /v1/creditors/{creditor_id}"
GET_CREDITOR = "GET /v1/creditors/{creditor_id}"
PUT_DOMAIN = "PUT /v1/sender-identities/{domain}"
GET_DOMAIN = "GET /v1/sender-identities/{domain}"
PUT_USER = "PUT /v1/users/{email}"
EMAIL = f"financeiro@{OWN_DOMAIN}"
DOMAIN = "aurora.example.com.br"
UNKNOWN_TEMPLATE = {"id": "a", "offset_days": 1, "channels": ["email"], "template": "sumiu"}
MARIA = "maria.souza@aurora.example.com.br"


@pytest.fixture(autouse=True)
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Return an empty deployment behind the routes."""
    made = Desk()
    monkeypatch.setattr(context, "wire", lambda: made.wired)
    monkeypatch.setattr("functions.admin.creditors.clock", made.clock)
    monkeypatch.setattr("functions.admin.api_clients.clock", made.clock)
    monkeypatch.setattr("functions.admin.users.clock", made.clock)
    monkeypatch.setattr("functions.admin.sender_identities.clock", made.clock)
    return made


def document(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """Return a creditor's document with an address that every tenant may write from."""
    return creditor_document(**{"email": EMAIL, **changes})


def registered(creditor_id: str = CREDITOR) -> dict[str, str]:
    """Register a creditor and a client for it; return the client's claims."""
    made = call(platform(), PUT_CREDITOR, creditor_id, body=document(creditor_id=creditor_id))
    assert made.status == 201, made.body
    return machine(client_of(creditor_id))


def client_of(creditor_id: str, *scopes: str) -> str:
    """Make a client for a creditor as whoever runs the deployment."""
    body = {"name": "ERP", "scopes": list(scopes or sorted(TENANT_SCOPES))}
    made = call(platform(), "POST /v1/creditors/{creditor_id}/clients", creditor_id, body=body)
    assert made.status == 201, made.body
    client_id: str = made.body["client_id"]
    return client_id


@pytest.fixture
def aurora() -> dict[str, str]:
    """Return the claims of a registered creditor's client."""
    return registered()


# Creditors -------------------------------------------------------------------------------------


def test_a_new_tenant_is_registered_read_and_replaced(desk: Desk) -> None:
    made = call(platform(), PUT_CREDITOR, CREDITOR, body=document())
    assert (made.status, made.body) == (201, document())
    again = call(platform(), PUT_CREDITOR, CREDITOR, body=document(paused=True))
    assert (again.status, again.headers["etag"] != made.headers["etag"]) == (200, True)
    read = call(platform(), GET_CREDITOR, CREDITOR)
    assert (read.status, read.body, read.headers["etag"]) == (
        200,
        document(paused=True),
        again.headers["etag"],
    )
    assert desk.directory.get(CREDITOR).paused


def test_a_new_tenant_follows_the_default_ruler(desk: Desk) -> None:
    registered()
    assert desk.directory.get(CREDITOR).ruler.name == DEFAULT_RULER["name"]


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"creditor_id": "outra"}, ["body.creditor_id"]),
        ({"document": "1", "name": ""}, ["body.name", "body.document"]),
        ({"email": "a@alheio.example.com.br"}, ["body.email"]),
        ({"dkim": {"selector": "a", "domain": "example.com.br"}}, ["body.dkim.domain"]),
        ({"ruler": {"name": "r", "steps": [UNKNOWN_TEMPLATE]}}, ["body.ruler.steps.0.template"]),
        ({"surpresa": 1}, ["body.surpresa"]),
    ],
)
def test_every_problem_of_a_document_is_told_by_its_path(
    body: dict[str, Any], paths: list[str], desk: Desk
) -> None:
    answer = call(platform(), PUT_CREDITOR, CREDITOR, body=document(**body))
    assert_problem(answer, 422)
    assert answer.errors[: len(paths)] == paths
    assert desk.store.document(CREDITOR) is None


def test_a_document_is_replaced_only_as_its_writer_saw_it() -> None:
    made = call(platform(), PUT_CREDITOR, CREDITOR, body=document())
    etag = made.headers["etag"]
    seen = {"if-match": etag}
    first = call(platform(), PUT_CREDITOR, CREDITOR, body=document(paused=True), headers=seen)
    assert first.status == 200
    for stale in (etag, 'W/"' + etag.strip('"') + '"', '"a", "b"'):
        late = call(
            platform(), PUT_CREDITOR, CREDITOR, body=document(), headers={"if-match": stale}
        )
        assert_problem(late, 412)
    assert call(platform(), GET_CREDITOR, CREDITOR).body["paused"] is True


def test_a_document_that_a_reader_has_is_not_sent_again_and_one_that_is_there_is_not_new() -> None:
    etag = call(platform(), PUT_CREDITOR, CREDITOR, body=document()).headers["etag"]
    for known in (etag, f"W/{etag}", "*"):
        read = call(platform(), GET_CREDITOR, CREDITOR, headers={"if-none-match": known})
        assert (read.status, read.body, read.headers["etag"]) == (304, None, etag)
    first = {"if-none-match": "*"}
    again = call(platform(), PUT_CREDITOR, CREDITOR, body=document(paused=True), headers=first)
    assert_problem(again, 412)
    there = call(platform(), PUT_CREDITOR, CREDITOR, body=document(), headers={"if-match": "*"})
    assert there.status == 200
    nonsense = call(platform(), PUT_CREDITOR, CREDITOR, body=document(), headers={"if-match": ","})
    assert_problem(nonsense, 422)
    assert nonsense.errors == ["header.if-match"]


def test_a_document_that_is_expected_and_missing_is_not_made(desk: Desk) -> None:
    headers = {"if-match": '"0123456789abcdef0123456789abcdef"'}
    assert_problem(call(platform(), PUT_CREDITOR, CREDITOR, body=document(), headers=headers), 412)
    assert desk.store.document(CREDITOR) is None


@pytest.mark.parametrize(
    "claims",
    [
        machine("cliente-aurora"),
        person("p-1"),
        {},
        {**person("p-1"), "scope": "regua/platform.admin"},
    ],
)
@pytest.mark.parametrize(
    "route",
    [
        PUT_CREDITOR,
        GET_CREDITOR,
        "POST /v1/creditors/{creditor_id}/clients",
        "PUT /v1/creditors/{creditor_id}/users/{email}",
        "PUT /v1/creditors/{creditor_id}/sender-identities/{domain}",
        "GET /v1/creditors/{creditor_id}/sender-identities/{domain}",
    ],
)
def test_only_whoever_runs_the_deployment_sets_up_other_tenants(
    claims: dict[str, str], route: str
) -> None:
    registered()
    values = [CREDITOR, *([MARIA] if "email" in route else [DOMAIN] if "domain" in route else [])]
    bodies = {"clients": {"name": "a", "scopes": ["invoices.read"]}, "users": {"role": "admin"}}
    body = next((b for part, b in bodies.items() if part in route), document())
    assert_problem(call(claims, route, *values, body=body), 403)


def test_nothing_is_set_up_for_a_creditor_that_there_is_not() -> None:
    body = {"name": "ERP", "scopes": ["invoices.read"]}
    route = "POST /v1/creditors/{creditor_id}/clients"
    assert_problem(call(platform(), route, "ninguem", body=body), 404)
    route = "PUT /v1/creditors/{creditor_id}/users/{email}"
    assert_problem(call(platform(), route, "ninguem", MARIA, body={"role": "admin"}), 404)
    assert_problem(call(platform(), GET_CREDITOR, "ninguem"), 404)


def test_whoever_runs_the_deployment_is_no_tenant() -> None:
    registered()
    assert_problem(call(platform(), "GET /v1/creditor"), 403)


# The caller's own document ----------------------------------------------------------------------


def test_a_tenant_reads_and_changes_its_own_document(desk: Desk) -> None:
    aurora = registered()
    read = call(aurora, "GET /v1/creditor")
    changed = {k: v for k, v in read.body.items() if k not in ("creditor_id", "event_sources")}
    changed["phone"] = "(11) 4000-0000"
    done = call(
        aurora, "PUT /v1/creditor", body=changed, headers={"if-match": read.headers["etag"]}
    )
    assert (done.status, done.body) == (200, {**read.body, "phone": "(11) 4000-0000"})
    assert desk.directory.get(CREDITOR).event_sources, "what it left out stayed"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"creditor_id": "outra"}, "body.creditor_id"),
        ({"document": "11.444.777/0001-61"}, "body.document"),
        ({"event_sources": []}, "body.event_sources"),
        ({"ruler": {"name": "r", "steps": []}}, "body.ruler"),
        ({"email": "a@alheio.example.com.br"}, "body.email"),
    ],
)
def test_what_a_tenant_cannot_change_itself_is_told_by_its_path(
    change: dict[str, Any], path: str, desk: Desk
) -> None:
    aurora = registered()
    before = desk.store.document(CREDITOR)
    answer = call(aurora, "PUT /v1/creditor", body=document(**change))
    assert_problem(answer, 422)
    assert any(told == path or told.startswith(f"{path}.") for told in answer.errors)
    assert desk.store.document(CREDITOR) == before


def test_the_same_tax_id_written_otherwise_is_no_change() -> None:
    aurora = registered()
    same = document(document="11.222.333/0001-81")
    assert call(aurora, "PUT /v1/creditor", body=same).status == 200


# Machines ---------------------------------------------------------------------------------------


def test_a_client_is_made_shown_its_secret_once_and_deleted(desk: Desk) -> None:
    aurora = registered()
    wish = {"name": "Portal 2", "scopes": ["invoices.read"], "requests_per_minute": 120}
    made = call(aurora, "POST /v1/clients", body=wish)
    assert made.status == 201
    assert made.headers["cache-control"] == "no-store"
    secret, client_id = made.body.pop("client_secret"), made.body["client_id"]
    assert made.body["requests_per_minute"] == 120
    assert desk.identity.clients[client_id] == {"invoices.read"}
    assert client_id in desk.identity.admitted
    assert desk.directory.of_client(client_id) == CREDITOR
    listed = call(aurora, "GET /v1/clients")
    assert made.body in listed.body["clients"]
    assert secret not in json.dumps(listed.body)
    gone = call(aurora, "DELETE /v1/clients/{client_id}", client_id)
    assert (gone.status, gone.body) == (204, None)
    assert client_id not in desk.identity.clients
    assert client_id not in desk.identity.admitted
    assert_problem(call(machine(client_id), "GET /v1/creditor"), 403)
    assert_problem(call(aurora, "DELETE /v1/clients/{client_id}", client_id), 404)


def test_nobody_gives_a_client_more_than_it_has() -> None:
    registered()
    weak = machine(client_of(CREDITOR, "clients.write"), "clients.write")
    asked = ["clients.write", "invoices.read", PLATFORM]
    answer = call(weak, "POST /v1/clients", body={"name": "a", "scopes": asked})
    assert_problem(answer, 422)
    assert answer.errors == ["body.scopes"]
    assert "invoices.read, platform.admin" in answer.body["errors"][0]["reason"]


def test_not_even_whoever_runs_the_deployment_makes_a_tenant_its_equal() -> None:
    registered()
    body = {"name": "a", "scopes": [PLATFORM]}
    route = "POST /v1/creditors/{creditor_id}/clients"
    assert_problem(call(platform(), route, CREDITOR, body=body), 422)


def test_a_client_that_the_gateway_does_not_take_is_not_left_behind(desk: Desk) -> None:
    aurora = registered()
    desk.identity.most_clients = len(desk.identity.clients)
    before = dict(desk.identity.clients)
    body = {"name": "a", "scopes": ["invoices.read"]}
    assert_problem(call(aurora, "POST /v1/clients", body=body), 409)
    assert desk.identity.clients == before
    assert len(call(aurora, "GET /v1/clients").body["clients"]) == 1


def test_a_creditor_has_so_many_clients_and_no_more() -> None:
    aurora = registered()
    body = {"name": "a", "scopes": ["invoices.read"]}
    answers = [call(aurora, "POST /v1/clients", body=body).status for _ in range(20)]
    assert answers == [201] * 19 + [409]


def test_another_creditors_client_is_not_there() -> None:
    aurora, boreal = registered(), registered(BOREAL)
    answer = call(aurora, "DELETE /v1/clients/{client_id}", boreal["client_id"])
    assert_problem(answer, 404)
    assert call(boreal, "GET /v1/creditor").status == 200


# People -----------------------------------------------------------------------------------------


def test_a_person_is_invited_gets_another_role_and_is_sent_away(desk: Desk) -> None:
    aurora = registered()
    made = call(aurora, PUT_USER, MARIA, body={"role": "analyst"})
    assert (made.status, made.body["email"], made.body["role"]) == (201, MARIA, "analyst")
    maria = person(desk.identity.users[MARIA], Role.ANALYST)
    assert call(maria, "GET /v1/creditor").status == 200
    assert_problem(call(maria, "GET /v1/users"), 403)
    again = call(aurora, PUT_USER, MARIA, body={"role": "admin"})
    assert (again.status, again.body) == (200, {**made.body, "role": "admin"})
    assert desk.identity.roles[MARIA] is Role.ADMIN
    assert call(maria, "GET /v1/users").body == {"users": [again.body], "cursor": None}
    assert call(maria, "GET /v1/users/{email}", "Maria.Souza%40aurora.example.com.br").body == (
        again.body
    )
    assert call(aurora, "DELETE /v1/users/{email}", MARIA).status == 204
    assert_problem(call(maria, "GET /v1/creditor"), 403)
    assert_problem(call(aurora, "GET /v1/users/{email}", MARIA), 404)
    assert MARIA not in desk.identity.users


def test_the_first_admin_is_invited_by_whoever_runs_the_deployment(desk: Desk) -> None:
    registered()
    route = "PUT /v1/creditors/{creditor_id}/users/{email}"
    assert call(platform(), route, CREDITOR, MARIA, body={"role": "admin"}).status == 201
    maria = person(desk.identity.users[MARIA])
    assert (
        call(maria, PUT_USER, "ana@aurora.example.com.br", body={"role": "auditor"}).status == 201
    )


def test_nobody_gives_or_takes_a_role_above_its_own() -> None:
    registered()
    weak = machine(client_of(CREDITOR, "users.write"), "users.write")
    answer = call(weak, PUT_USER, MARIA, body={"role": "auditor"})
    assert_problem(answer, 422)
    assert answer.errors == ["body.role"]
    route = "PUT /v1/creditors/{creditor_id}/users/{email}"
    assert call(platform(), route, CREDITOR, MARIA, body={"role": "admin"}).status == 201
    assert_problem(call(weak, "DELETE /v1/users/{email}", MARIA), 409)
    equal = scopes_of(Role.AUDITOR) | {"users.write"}
    auditor = machine(client_of(CREDITOR, *equal), *equal)
    assert_problem(call(auditor, PUT_USER, MARIA, body={"role": "auditor"}), 409)


def test_a_person_acts_for_one_creditor_only(desk: Desk) -> None:
    aurora, boreal = registered(), registered(BOREAL)
    call(aurora, PUT_USER, MARIA, body={"role": "admin"})
    assert_problem(call(boreal, PUT_USER, MARIA, body={"role": "admin"}), 409)
    assert_problem(call(boreal, "DELETE /v1/users/{email}", MARIA), 404)
    assert desk.directory.person(desk.identity.users[MARIA]).creditor_id == CREDITOR


@pytest.mark.parametrize(
    ("email", "body", "path"),
    [
        ("maria", {"role": "admin"}, "path.email"),
        (MARIA, {"role": "dona"}, "body.role"),
        (MARIA, {"role": "admin", "creditor_id": "boreal"}, "body.creditor_id"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_by_its_path(
    email: str, body: dict[str, str], path: str
) -> None:
    answer = call(registered(), PUT_USER, email, body=body)
    assert_problem(answer, 422)
    assert answer.errors == [path]


def test_no_address_is_logged(printed: Callable[[], Printed]) -> None:
    aurora = registered()
    call(aurora, PUT_USER, MARIA, body={"role": "admin"})
    call(aurora, "GET /v1/users/{email}", MARIA)
    call(aurora, "GET /v1/users/{email}", "ninguem@aurora.example.com.br")
    lines = printed()
    assert len(lines.logs) == 5, "one line for each request"
    lines.assert_no_personal_data("maria.souza", "ninguem", "secret-of")


def test_lists_go_on_where_they_stopped_and_only_for_their_own_creditor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aurora, boreal = registered(), registered(BOREAL)
    monkeypatch.setattr("functions.admin.context.PAGE", 2)
    names = [f"p{n}@aurora.example.com.br" for n in range(5)]
    for name in names:
        assert call(aurora, PUT_USER, name, body={"role": "auditor"}).status == 201
    found: list[str] = []
    query: dict[str, str] = {}
    cursors: list[str] = []
    while True:
        page = call(aurora, "GET /v1/users", query=query).body
        found += [each["email"] for each in page["users"]]
        if page["cursor"] is None:
            break
        cursors.append(page["cursor"])
        query = {"cursor": page["cursor"]}
    assert sorted(found) == names
    for claims, route in (
        (boreal, "GET /v1/users"),
        (aurora, "GET /v1/clients"),
        (aurora, "GET /v1/sender-identities"),
    ):
        answer = call(claims, route, query={"cursor": cursors[0]})
        assert_problem(answer, 422)
        assert answer.errors == ["query.cursor"]


# Domains ----------------------------------------------------------------------------------------


def test_a_domain_is_claimed_proven_and_written_from(desk: Desk) -> None:
    aurora = registered()
    claimed = call(aurora, PUT_DOMAIN, DOMAIN).body
    assert (claimed["verified"], claimed["verified_at"]) == (False, None)
    dkim = claimed["dkim"]
    records = {(r["type"], r["name"]): r["value"] for r in claimed["records"]}
    assert set(records) == {
        ("TXT", f"{dkim['selector']}._domainkey.{DOMAIN}"),
        ("MX", f"retorno.{DOMAIN}"),
        ("TXT", f"retorno.{DOMAIN}"),
        ("TXT", f"_dmarc.{DOMAIN}"),
    }
    assert "sa-east-1" in records["MX", f"retorno.{DOMAIN}"]
    own = document(email=f"financeiro@{DOMAIN}", dkim=dkim)
    early = call(aurora, "PUT /v1/creditor", body=own)
    assert_problem(early, 422)
    assert early.errors == ["body.email", "body.dkim.domain"]
    desk.publish(DOMAIN)
    seen = call(aurora, GET_DOMAIN, DOMAIN).body
    assert (seen["verified"], seen["verified_at"]) == (True, "2026-11-10T12:00:00.000Z")
    assert call(aurora, "PUT /v1/creditor", body=own).status == 200
    below = document(email=f"financeiro@cobranca.{DOMAIN}")
    assert call(aurora, "PUT /v1/creditor", body=below).status == 200
    (listed,) = call(aurora, "GET /v1/sender-identities").body["sender_identities"]
    assert listed == {k: seen[k] for k in ("domain", "dkim", "claimed_at", "verified_at")}


def test_claiming_again_changes_nothing() -> None:
    aurora = registered()
    assert call(aurora, PUT_DOMAIN, DOMAIN).body == call(aurora, PUT_DOMAIN, DOMAIN).body


def test_a_proven_domain_is_nobody_elses_for_ever(desk: Desk) -> None:
    aurora, boreal = registered(), registered(BOREAL)
    call(aurora, PUT_DOMAIN, DOMAIN)
    desk.publish(DOMAIN)
    desk.later(NOW + timedelta(days=400))
    assert_problem(call(boreal, PUT_DOMAIN, DOMAIN), 409)
    assert_problem(call(boreal, GET_DOMAIN, DOMAIN), 404)
    other = document(creditor_id=BOREAL, email=f"a@{DOMAIN}")
    assert_problem(call(boreal, "PUT /v1/creditor", body=other), 422)


def test_an_unproven_claim_keeps_others_away_for_three_days(desk: Desk) -> None:
    aurora, boreal = registered(), registered(BOREAL)
    first = call(aurora, PUT_DOMAIN, DOMAIN).body
    desk.later(NOW + timedelta(hours=71, minutes=59))
    assert_problem(call(boreal, PUT_DOMAIN, DOMAIN), 409)
    desk.later(NOW + timedelta(hours=72))
    second = call(boreal, PUT_DOMAIN, DOMAIN)
    assert second.status == 200
    assert second.body["dkim"]["selector"] != first["dkim"]["selector"]
    assert_problem(call(aurora, GET_DOMAIN, DOMAIN), 404)


def test_the_record_of_an_earlier_claim_proves_nothing_for_a_later_one(desk: Desk) -> None:
    """Else a tenant could wait for another one's DNS and take its domain."""
    aurora, boreal = registered(), registered(BOREAL)
    call(aurora, PUT_DOMAIN, DOMAIN)
    claim = desk.store.claim(DOMAIN)
    assert claim is not None
    desk.later(NOW + timedelta(hours=72))
    call(boreal, PUT_DOMAIN, DOMAIN)
    desk.identities.published.add(claim.dkim)
    assert call(boreal, GET_DOMAIN, DOMAIN).body["verified"] is False


@pytest.mark.parametrize("domain", [OWN_DOMAIN, f"a.{OWN_DOMAIN}"])
def test_the_deployments_own_domain_is_nobodys(domain: str) -> None:
    assert_problem(call(registered(), PUT_DOMAIN, domain), 409)


@pytest.mark.parametrize("domain", ["semponto", "a..b", "-a.example", "a_b.example.com"])
def test_what_is_no_domain_is_refused_by_its_path(domain: str) -> None:
    answer = call(registered(), PUT_DOMAIN, domain)
    assert_problem(answer, 422)
    assert answer.errors == ["path.domain"]


def test_a_domain_may_be_proven_before_its_creditor_is_registered(desk: Desk) -> None:
    route = "PUT /v1/creditors/{creditor_id}/sender-identities/{domain}"
    claimed = call(platform(), route, CREDITOR, DOMAIN)
    desk.publish(DOMAIN)
    own = document(email=f"financeiro@{DOMAIN}", dkim=claimed.body["dkim"])
    assert call(platform(), PUT_CREDITOR, CREDITOR, body=own).status == 201


# Roles on every route, the clock, and anything at all -------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_a_person_reaches_what_its_role_includes_and_nothing_else(role: Role, desk: Desk) -> None:
    aurora = registered()
    call(aurora, PUT_USER, MARIA, body={"role": role.value})
    maria = person(desk.identity.users[MARIA], role)
    may = scopes_of(role)
    for route, values, scope in (
        ("GET /v1/creditor", (), "creditor.read"),
        ("GET /v1/sender-identities", (), "creditor.read"),
        (PUT_DOMAIN, (DOMAIN,), "creditor.write"),
        ("GET /v1/clients", (), "clients.write"),
        ("GET /v1/users", (), "users.write"),
        ("DELETE /v1/users/{email}", ("a@b.example",), "users.write"),
    ):
        answer = call(maria, route, *values)
        assert (answer.status == 403) == (scope not in may), route


def test_the_clock_makes_the_gateways_list_whole(desk: Desk) -> None:
    aurora = registered()
    desk.identity.admitted = frozenset({"erp"})
    answer = handler.lambda_handler({"kind": "admit"}, Context())
    assert answer == {"kind": "admit"}
    assert aurora["client_id"] in desk.identity.admitted


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = ("name", "document", "email", "channels", "dkim", "ruler", "event_sources", "paused")


@given(
    changes=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4),
    other=JSON,
    route=st.sampled_from([PUT_CREDITOR, "PUT /v1/creditor", "POST /v1/clients", PUT_USER]),
)
@settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_json_is_answered_and_never_with_a_fault_of_ours(
    changes: dict[str, Any], other: object, route: str, aurora: dict[str, str]
) -> None:
    claims = platform() if route == PUT_CREDITOR else aurora
    values = {PUT_CREDITOR: (CREDITOR,), PUT_USER: (MARIA,)}.get(route, ())
    for body in ({**document(), **changes}, other):
        assert call(claims, route, *values, body=json.dumps(body)).status < 500


# In front of the routes ------------------------------------------------------------------------


def test_a_client_is_made_once_under_a_key_and_its_secret_is_kept_nowhere(
    desk: Desk, aurora: dict[str, str]
) -> None:
    body = {"name": "BI", "scopes": ["invoices.read"]}
    key = {"idempotency-key": "bi-1"}
    before = len(desk.identity.clients)
    first, again = (call(aurora, "POST /v1/clients", body=body, headers=key) for _ in range(2))
    assert first.status == 201
    assert_problem(again, 409)
    assert len(desk.identity.clients) == before + 1
    assert [kept.answer for kept in desk.answers.calls.values()] == [None]
    assert first.body["client_secret"] not in str(desk.answers.calls)


def test_whoever_runs_the_deployment_has_keys_too(desk: Desk, aurora: dict[str, str]) -> None:
    body = {"name": "BI", "scopes": ["invoices.read"]}
    key, route = {"idempotency-key": "bi-1"}, "POST /v1/creditors/{creditor_id}/clients"
    before = len(desk.identity.clients)
    first, again = (call(platform(), route, CREDITOR, body=body, headers=key) for _ in range(2))
    assert (first.status, again.status) == (201, 409)
    assert len(desk.identity.clients) == before + 1
    own = call(aurora, "POST /v1/clients", body=body, headers=key)
    assert own.status == 201, "a creditor's keys are its own"


def test_a_call_too_many_changes_nothing(desk: Desk, aurora: dict[str, str]) -> None:
    desk.directory.limits[aurora["client_id"]] = 1
    assert call(aurora, "GET /v1/creditor").headers["ratelimit-remaining"] == "0"
    assert_problem(call(aurora, "PUT /v1/creditor", body=document(paused=True)), 429)
    desk.later(NOW + timedelta(minutes=1))
    assert not call(aurora, "GET /v1/creditor").body.get("paused", False)


@pytest.mark.parametrize(
    ("body", "status"),
    [('{"name": NaN}', 422), ('{"name": "\\ud800"}', 422), (json.dumps("x" * 1_000_000), 413)],
)
def test_a_body_that_no_document_can_be_is_refused(
    body: str, status: int, aurora: dict[str, str]
) -> None:
    assert_problem(call(aurora, "PUT /v1/creditor", body=body), status)


def test_a_client_is_left_behind_by_no_kind_of_failure(
    desk: Desk, aurora: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("defeito")

    monkeypatch.setattr(desk.identity, "admit_clients", broken)
    before = dict(desk.identity.clients)
    body = {"name": "BI", "scopes": ["invoices.read"]}
    assert_problem(call(aurora, "POST /v1/clients", body=body), 500)
    assert desk.identity.clients == before
    assert len(desk.store.clients(CREDITOR, None, 50).items) == 1
