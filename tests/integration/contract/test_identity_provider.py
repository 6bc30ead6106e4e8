"""Who gets tokens: in memory, and in Cognito and API Gateway as moto knows them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from regua.adapters.cognito import CognitoIdentityProvider
from regua.adapters.memory_admin import MemoryIdentityProvider
from regua.application.admin_ports import IdentityProvider
from regua.domain.access import Role
from regua.domain.errors import Conflict, ProviderThrottled

MARIA = "maria@aurora.example.com.br"
ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/pool"


@dataclass(frozen=True)
class Provided:
    """A provider, and how to look behind it."""

    provider: IdentityProvider
    scopes: Callable[[str], set[str]]
    admitted: Callable[[], set[str]]
    role: Callable[[str], list[str]]
    users: Callable[[], int]


def _in_memory() -> Provided:
    made = MemoryIdentityProvider()
    return Provided(
        made,
        lambda client_id: set(made.clients[client_id]),
        lambda: set(made.admitted),
        lambda email: [made.roles[email].value],
        lambda: len(made.users),
    )


def _on_aws() -> Provided:
    cognito, gateway = boto3.client("cognito-idp"), boto3.client("apigatewayv2")
    pool = cognito.create_user_pool(PoolName="regua")["UserPool"]["Id"]
    for each in Role:
        cognito.create_group(UserPoolId=pool, GroupName=each.value)
    api = gateway.create_api(Name="regua", ProtocolType="HTTP")["ApiId"]
    authorizer = gateway.create_authorizer(
        ApiId=api,
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        Name="Jwt",
        JwtConfiguration={"Audience": ["erp"], "Issuer": ISSUER},
    )["AuthorizerId"]

    def scopes(client_id: str) -> set[str]:
        found = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client_id)
        client = found["UserPoolClient"]
        assert client["AllowedOAuthFlows"] == ["client_credentials"]
        return {scope.removeprefix("regua/") for scope in client["AllowedOAuthScopes"]}

    def admitted() -> set[str]:
        found = gateway.get_authorizer(ApiId=api, AuthorizerId=authorizer)["JwtConfiguration"]
        assert found["Issuer"] == ISSUER
        return set(found["Audience"])

    def role(email: str) -> list[str]:
        found = cognito.admin_list_groups_for_user(UserPoolId=pool, Username=email)
        return [group["GroupName"] for group in found["Groups"]]

    return Provided(
        CognitoIdentityProvider(
            cognito, gateway, user_pool_id=pool, api_id=api, authorizer_id=authorizer
        ),
        scopes,
        admitted,
        role,
        lambda: len(cognito.list_users(UserPoolId=pool)["Users"]),
    )


@pytest.fixture(params=["memory", "aws"])
def provided(request: pytest.FixtureRequest) -> Provided:
    if request.param == "memory":
        return _in_memory()
    request.getfixturevalue("aws")
    return _on_aws()


def test_a_client_has_its_scopes_and_is_admitted_until_it_is_deleted(provided: Provided) -> None:
    made = provided.provider.create_client("aurora ERP", frozenset({"invoices.read"}))
    other = provided.provider.create_client("aurora BI", frozenset({"rulers.read"}))
    assert made.client_secret not in ("", other.client_secret)
    assert provided.scopes(made.client_id) == {"invoices.read"}
    provided.provider.admit_clients()
    provided.provider.admit_clients()
    assert provided.admitted() == {made.client_id, other.client_id}
    provided.provider.delete_client(made.client_id)
    provided.provider.delete_client(made.client_id)
    provided.provider.admit_clients()
    assert provided.admitted() == {other.client_id}


def test_more_clients_than_a_gateway_takes_are_refused_and_the_known_ones_stay(
    provided: Provided,
) -> None:
    first = provided.provider.create_client("a", frozenset({"invoices.read"}))
    provided.provider.admit_clients()
    for n in range(50):
        provided.provider.create_client(f"c{n}", frozenset({"invoices.read"}))
    with pytest.raises(Conflict):
        provided.provider.admit_clients()
    assert provided.admitted() == {first.client_id}


def test_a_person_is_invited_once_and_is_always_the_same_one(provided: Provided) -> None:
    who = provided.provider.invite(MARIA)
    assert provided.provider.invite(MARIA) == who
    assert provided.provider.invite("ana@aurora.example.com.br") != who
    assert provided.users() == 2
    provided.provider.remove_user(MARIA)
    provided.provider.remove_user(MARIA)
    assert provided.users() == 1


def test_a_person_has_one_role(provided: Provided) -> None:
    provided.provider.invite(MARIA)
    for role in (Role.ANALYST, Role.ANALYST, Role.ADMIN, Role.AUDITOR):
        provided.provider.assign(MARIA, role)
        assert provided.role(MARIA) == [role.value]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("TooManyRequestsException", ProviderThrottled),
        ("LimitExceededException", Conflict),
        ("NotAuthorizedException", ClientError),
    ],
)
def test_what_cognito_refuses_is_told_in_our_words(code: str, error: type[Exception]) -> None:
    cognito: Any = boto3.client("cognito-idp")
    provider = CognitoIdentityProvider(
        cognito,
        boto3.client("apigatewayv2"),
        user_pool_id="us-east-1_a",
        api_id="a",
        authorizer_id="j",
    )
    with Stubber(cognito) as stub:
        stub.add_client_error("create_user_pool_client", code)
        with pytest.raises(error):
            provider.create_client("a", frozenset({"invoices.read"}))
        stub.add_client_error("admin_create_user", code)
        with pytest.raises(error):
            provider.invite(MARIA)
        stub.add_client_error("admin_delete_user", code)
        with pytest.raises(error):
            provider.remove_user(MARIA)
