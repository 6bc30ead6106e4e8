"""Machines and people in a Cognito user pool, and the gateway that takes their tokens.

An HTTP API's JWT authorizer lists the clients whose tokens it takes, and takes at most fifty.
Source: "Quotas for configuring and running an HTTP API", Amazon API Gateway Developer Guide.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from regua.application.admin_ports import Credentials
from regua.domain.access import Role, scope_name
from regua.domain.errors import Conflict, ProviderThrottled

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

MOST_CLIENTS = 50
TOKEN_MINUTES = 60
_PAGE = 60
_PASSWORD_BYTES = 24
_THROTTLED = frozenset({"TooManyRequestsException", "ConcurrentModificationException"})
_FULL = "LimitExceededException"


class CognitoIdentityProvider:
    """One user pool, and the API whose authorizer trusts it."""

    def __init__(
        self,
        cognito: "CognitoIdentityProviderClient",
        gateway: "ApiGatewayV2Client",
        *,
        user_pool_id: str,
        api_id: str,
        authorizer_id: str,
    ) -> None:
        self._cognito = cognito
        self._gateway = gateway
        self._pool = user_pool_id
        self._authorizer: Any = {"ApiId": api_id, "AuthorizerId": authorizer_id}

    def create_client(self, name: str, scopes: frozenset[str]) -> Credentials:
        """Make a client for a machine: client credentials, and nobody signs in through it."""
        with _told():
            made = self._cognito.create_user_pool_client(
                UserPoolId=self._pool,
                ClientName=name,
                GenerateSecret=True,
                ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"],
                AllowedOAuthFlows=["client_credentials"],
                AllowedOAuthFlowsUserPoolClient=True,
                AllowedOAuthScopes=[scope_name(scope) for scope in sorted(scopes)],
                AccessTokenValidity=TOKEN_MINUTES,
                TokenValidityUnits={"AccessToken": "minutes"},
                PreventUserExistenceErrors="ENABLED",
            )["UserPoolClient"]
        return Credentials(made["ClientId"], made["ClientSecret"])

    def delete_client(self, client_id: str) -> None:
        """Delete a client; one that is gone already is no error."""
        try:
            with _told():
                self._cognito.delete_user_pool_client(UserPoolId=self._pool, ClientId=client_id)
        except self._cognito.exceptions.ResourceNotFoundException:
            pass

    def admit_clients(self) -> None:
        """Let the gateway take the tokens of every client of the pool."""
        with _told():
            audience = sorted(self._client_ids())
            if len(audience) > MOST_CLIENTS:
                raise Conflict("this deployment takes no more API clients")
            known = self._gateway.get_authorizer(**self._authorizer)["JwtConfiguration"]
            if sorted(known["Audience"]) != audience:
                trusted: Any = {"Issuer": known["Issuer"], "Audience": audience}
                self._gateway.update_authorizer(**self._authorizer, JwtConfiguration=trusted)

    def _client_ids(self) -> Iterator[str]:
        pages = self._cognito.get_paginator("list_user_pool_clients").paginate(
            UserPoolId=self._pool, PaginationConfig={"PageSize": _PAGE}
        )
        for page in pages:
            for client in page["UserPoolClients"]:
                yield client["ClientId"]

    def invite(self, email: str) -> str:
        """Make a user and let Cognito write to it, unless there is one."""
        with _told():
            try:
                made = self._cognito.admin_create_user(
                    UserPoolId=self._pool,
                    Username=email,
                    UserAttributes=[
                        {"Name": "email", "Value": email},
                        {"Name": "email_verified", "Value": "true"},
                    ],
                    DesiredDeliveryMediums=["EMAIL"],
                    TemporaryPassword=_password(),
                )
            except self._cognito.exceptions.UsernameExistsException:
                found = self._cognito.admin_get_user(UserPoolId=self._pool, Username=email)
                return _subject(found["UserAttributes"])
        return _subject(made["User"]["Attributes"])

    def assign(self, email: str, role: Role) -> None:
        """Put a user into the group of one role, and out of the others'."""
        who: Any = {"UserPoolId": self._pool, "Username": email}
        with _told():
            self._cognito.admin_add_user_to_group(**who, GroupName=role.value)
            found = self._cognito.admin_list_groups_for_user(**who)["Groups"]
            for group in found:
                if group["GroupName"] != role.value:
                    self._cognito.admin_remove_user_from_group(**who, GroupName=group["GroupName"])

    def remove_user(self, email: str) -> None:
        """Delete a user; one that is gone already is no error."""
        try:
            with _told():
                self._cognito.admin_delete_user(UserPoolId=self._pool, Username=email)
        except self._cognito.exceptions.UserNotFoundException:
            pass


def _password() -> str:
    """Make a password for the first sign-in, of every kind of character that the pool asks for."""
    return f"{secrets.token_urlsafe(_PASSWORD_BYTES)}aA1!"


def _subject(attributes: Any) -> str:  # noqa: ANN401 - boto3's own shape
    return next(str(a["Value"]) for a in attributes if a["Name"] == "sub")


@contextmanager
def _told() -> Iterator[None]:
    """Tell Cognito's and the gateway's busy and full in our words; anything else is a defect."""
    try:
        yield
    except ClientError as exc:
        code = exc.response["Error"]["Code"]
        if code in _THROTTLED:
            raise ProviderThrottled("the identity provider is busy") from exc
        if code == _FULL:
            raise Conflict("this deployment takes no more clients or people") from exc
        raise
