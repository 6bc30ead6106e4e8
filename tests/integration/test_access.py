"""Whose request it is: a machine's or a person's, and whether the person's role includes it."""

from collections.abc import Mapping
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from functions.api import context, handler
from regua.adapters.memory import MemoryDirectory
from regua.domain.access import PLATFORM, ROLES_OF_SCOPE, TENANT_SCOPES, Person, Role, scope_name
from regua.runtime.access import (
    SCOPE_OF_ROUTE,
    Caller,
    MissingScope,
    check_platform,
    own_scopes,
)
from regua.runtime.http import UnregisteredClient, creditor_of
from tests.builders import CREDITOR, CUSTOMER, any_creditor, any_invoice
from tests.integration.api_client import wired
from tests.integration.conftest import BOREAL, World
from tests.integration.lambdas import Context, recorded

CONSOLE = " ".join(["openid", *map(scope_name, sorted(TENANT_SCOPES))])
PERSON: Mapping[str, str] = {
    "client_id": "console",
    "sub": "p1",
    "username": "maria@aurora.example.com.br",
    "cognito:groups": "[admin]",
    "scope": CONSOLE,
}
MACHINE: Mapping[str, str] = {
    "client_id": "c1",
    "sub": "c1",
    "scope": "regua/invoices.read regua/rulers.read",
}


def event_of(claims: Mapping[str, str], route: str) -> dict[str, Any]:
    event = recorded("http_request")
    event["routeKey"] = event["requestContext"]["routeKey"] = route
    event["requestContext"]["authorizer"]["jwt"]["claims"] = dict(claims)
    return event


def request(claims: Mapping[str, str], route: str) -> APIGatewayProxyEventV2:
    return APIGatewayProxyEventV2(event_of(claims, route))


def directory(role: Role = Role.ADMIN) -> MemoryDirectory:
    made = MemoryDirectory(any_creditor(), any_creditor(creditor_id=BOREAL))
    made.put_client("c1", BOREAL)
    made.people["p1"] = Person(CREDITOR, role)
    return made


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", SCOPE_OF_ROUTE)
def test_a_person_passes_where_its_role_has_the_routes_scope(role: Role, route: str) -> None:
    asked = request(PERSON, route)
    if role in ROLES_OF_SCOPE[SCOPE_OF_ROUTE[route]]:
        assert creditor_of(asked, directory(role)).creditor_id == CREDITOR
        return
    with pytest.raises(MissingScope):
        creditor_of(asked, directory(role))


def test_the_role_is_the_records_and_not_the_tokens() -> None:
    """A role that was taken away must not live on in a token, nor in a group."""
    with pytest.raises(MissingScope):
        creditor_of(request(PERSON, "PUT /v1/rulers/{name}"), directory(Role.AUDITOR))


def test_a_route_that_nobody_listed_is_closed_to_people_and_open_to_machines() -> None:
    route = "GET /v1/novidade"
    with pytest.raises(MissingScope):
        creditor_of(request(PERSON, route), directory())
    assert creditor_of(request(MACHINE, route), directory()).creditor_id == BOREAL


@pytest.mark.parametrize(
    "claims",
    [
        {**PERSON, "sub": "p2"},
        {**PERSON, "sub": "p2", "client_id": "c1"},
        {**MACHINE, "client_id": "c2"},
        {**MACHINE, "client_id": "p1"},
        {**PERSON, "sub": "c1"},
        {},
    ],
)
def test_nobody_passes_as_somebody_else(claims: Mapping[str, str]) -> None:
    with pytest.raises(UnregisteredClient):
        creditor_of(request(claims, "GET /v1/invoices/{external_id}"), directory())


def test_each_caller_is_counted_by_its_own_name() -> None:
    names = [Caller.of(request(c, "GET /v1/costs")).name for c in (PERSON, MACHINE, {})]
    assert names == ["p1", "c1", ""]


def test_what_a_caller_can_give_is_what_it_may_do_itself() -> None:
    people = directory(Role.COLLECTOR)
    person, machine = (Caller.of(request(c, "POST /v1/clients")) for c in (PERSON, MACHINE))
    own = {scope for scope, roles in ROLES_OF_SCOPE.items() if Role.COLLECTOR in roles}
    assert own_scopes(person, people) == own
    assert own_scopes(machine, people) == {"invoices.read", "rulers.read"}
    narrow = Caller.of(request({**PERSON, "scope": "regua/invoices.read"}, "POST /v1/clients"))
    assert own_scopes(narrow, people) == {"invoices.read"}


@pytest.mark.parametrize(
    ("claims", "passes"),
    [
        ({**MACHINE, "scope": scope_name(PLATFORM)}, True),
        (MACHINE, False),
        ({**PERSON, "scope": scope_name(PLATFORM)}, False),
        ({}, False),
    ],
)
def test_the_platform_is_a_machines_with_that_scope(
    claims: Mapping[str, str], *, passes: bool
) -> None:
    caller = Caller.of(request(claims, "PUT /v1/creditors/{creditor_id}"))
    if passes:
        check_platform(caller)
        return
    with pytest.raises(MissingScope):
        check_platform(caller)


@pytest.mark.parametrize(
    ("role", "status"), [(Role.ANALYST, 404), (Role.AUDITOR, 404), (Role.COLLECTOR, 404)]
)
def test_people_reach_the_api_as_machines_do(
    role: Role, status: int, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "wire", lambda: wired(world))
    world.directory.people["p1"] = Person(CREDITOR, role)
    event = event_of(PERSON, "GET /v1/invoices/{external_id}")
    event["pathParameters"] = {"external_id": "nada"}
    assert handler.lambda_handler(event, Context())["statusCode"] == status


def test_a_role_that_lacks_the_scope_is_a_problem_document(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "wire", lambda: wired(world))
    world.directory.people["p1"] = Person(CREDITOR, Role.AUDITOR)
    event = event_of(PERSON, "PUT /v1/rulers/{name}")
    event["requestContext"]["http"]["method"] = "PUT"
    event["pathParameters"] = {"name": "propria"}
    event["body"] = "{}"
    answer = handler.lambda_handler(event, Context())
    assert answer["statusCode"] == 403
    assert "The caller's role does not include this." in answer["body"]


def test_who_erases_evidence_is_on_record_as_the_person_and_not_as_the_console(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "wire", lambda: wired(world))
    world.directory.people["p1"] = Person(CREDITOR, Role.ADMIN)
    world.issue(any_invoice())
    event = event_of(PERSON, "DELETE /v1/customers/{external_id}/evidence")
    event["requestContext"]["http"]["method"] = "DELETE"
    event["pathParameters"] = {"external_id": CUSTOMER}
    assert handler.lambda_handler(event, Context())["statusCode"] == 200
    (note,) = world.portfolio.notes(CREDITOR, CUSTOMER)
    assert note.facts == {"by": "p1"}
