"""Who may call: machines, people and the operator; one table of scopes holds everywhere."""

import infra  # noqa: F401  isort: skip - chooses Node before the CDK library starts it

from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import App, RemovalPolicy, Stack
from aws_cdk.assertions import Template

from infra.constructs import identity
from infra.constructs.http_api import ROUTES
from infra.constructs.identity import Identity, scope_name
from regua.domain import access
from regua.domain.access import PLATFORM, ROLES_OF_SCOPE, TENANT_SCOPES, Role
from regua.runtime.access import SCOPE_OF_ROUTE

URL = "https://console.example.com.br/entrada"
Resources = Mapping[str, Mapping[str, Any]]


def _made(type_: str, **options: Any) -> Resources:  # noqa: ANN401 - any option
    stack = Stack(App(), "Pool")
    given: dict[str, Any] = {
        "clients": ("erp", "portal-2"),
        "domain_prefix": None,
        "removal_policy": RemovalPolicy.RETAIN,
        "deletion_protection": True,
        "console_urls": (URL,),
    }
    Identity(stack, "Identity", **(given | options))
    found = Template.from_stack(stack).find_resources(type_)
    return {name: each["Properties"] for name, each in found.items()}


@pytest.fixture(scope="module")
def clients() -> Resources:
    return _made("AWS::Cognito::UserPoolClient")


def _of(clients: Resources, part: str) -> Mapping[str, Any]:
    (found,) = (each for name, each in clients.items() if part in name)
    return found


def _scopes(client: Mapping[str, Any]) -> set[str]:
    """Return our scopes; each is a join of the resource server's reference and its own name."""
    listed = client["AllowedOAuthScopes"]
    return {each["Fn::Join"][1][1].removeprefix("/") for each in listed if isinstance(each, dict)}


def test_one_table_of_scopes_holds_everywhere() -> None:
    assert set(identity.SCOPES) == set(ROLES_OF_SCOPE)
    assert (identity.RESOURCE_SERVER, identity.PLATFORM) == (access.SERVER, PLATFORM)
    assert list(identity.ROLES) == [role.value for role in Role]
    assert all(scope_name(scope) == access.scope_name(scope) for scope in ROLES_OF_SCOPE)


def test_people_are_checked_against_the_scope_that_the_gateway_asks_for() -> None:
    asked = {
        f"{method.value} {route.path}": route.scope
        for route in ROUTES
        for method in route.methods
        if route.scope is not None
    }
    assert asked == SCOPE_OF_ROUTE


def test_every_scope_opens_something() -> None:
    assert set(SCOPE_OF_ROUTE.values()) == set(ROLES_OF_SCOPE)


@pytest.mark.parametrize("part", ["ClientErp", "ClientPortal2"])
def test_a_tenants_machine_has_everything_but_the_platform(clients: Resources, part: str) -> None:
    client = _of(clients, part)
    assert client["AllowedOAuthFlows"] == ["client_credentials"]
    assert client["GenerateSecret"] is True
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"], "nobody signs in through it"
    assert _scopes(client) == TENANT_SCOPES


def test_the_operator_has_the_platform_and_nothing_else(clients: Resources) -> None:
    client = _of(clients, "Operator")
    assert client["AllowedOAuthFlows"] == ["client_credentials"]
    assert client["GenerateSecret"] is True
    assert _scopes(client) == {PLATFORM}


def test_people_come_by_the_code_and_to_our_addresses_only(clients: Resources) -> None:
    client = _of(clients, "Console")
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["GenerateSecret"] is False, "a browser keeps no secret: the code needs PKCE"
    assert client["CallbackURLs"] == client["LogoutURLs"] == [URL]
    assert _scopes(client) == TENANT_SCOPES
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_without_an_address_there_is_no_client_for_people() -> None:
    assert len(_made("AWS::Cognito::UserPoolClient", console_urls=())) == 3


@pytest.mark.parametrize(("required", "mfa"), [(True, "ON"), (False, "OPTIONAL")])
def test_nobody_signs_up_and_the_second_factor_is_no_text_message(
    mfa: str, *, required: bool
) -> None:
    (pool,) = _made("AWS::Cognito::UserPool", mfa_required=required).values()
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == (mfa, ["SOFTWARE_TOKEN_MFA"])
    assert pool["DeletionProtection"] == "ACTIVE"
    recovery = pool["AccountRecoverySetting"]["RecoveryMechanisms"]
    assert [each["Name"] for each in recovery] == ["verified_email"]


def test_an_invitation_says_what_cognito_asks_for_in_portuguese() -> None:
    (pool,) = _made("AWS::Cognito::UserPool").values()
    template = pool["AdminCreateUserConfig"]["InviteMessageTemplate"]
    assert "{username}" in template["EmailMessage"]
    assert "{####}" in template["EmailMessage"]
    assert "senha provisória" in template["EmailMessage"]


def test_each_role_is_a_group() -> None:
    groups = _made("AWS::Cognito::UserPoolGroup").values()
    assert {each["GroupName"] for each in groups} == {role.value for role in Role}


def test_the_api_takes_the_tokens_of_all_of_them() -> None:
    stack = Stack(App(), "Pool")
    made = Identity(
        stack,
        "Identity",
        clients=("erp",),
        domain_prefix=None,
        removal_policy=RemovalPolicy.RETAIN,
        deletion_protection=True,
        console_urls=(URL,),
    )
    assert made.console is not None
    expected = [made.clients["erp"], made.operator, made.console]
    assert made.audience == [each.user_pool_client_id for each in expected]
