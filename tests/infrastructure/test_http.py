"""The HTTP API: what is open, what asks for which scope, what is written down."""

import json
from typing import Any

from regua.runtime.access import SCOPE_OF_ROUTE
from tests.infrastructure.assembly import Assembly

OPEN = {
    "GET /v1/health",
    "GET /openapi.json",
    "GET /docs",
    "GET /docs/start.js",
    "GET /docs/swagger-ui.css",
    "GET /docs/swagger-ui.js",
    "GET /o/{token}",
    "HEAD /o/{token}",
    "GET /c/{token}",
    "HEAD /c/{token}",
    "GET /u/{token}",
    "POST /u/{token}",
    "GET /r/{token}",
    "POST /r/{token}",
    "GET /p/{token}",
    "HEAD /p/{token}",
    "GET /p/{token}/{act}",
    "HEAD /p/{token}/{act}",
    "POST /p/{token}/{act}",
    "GET /p/{token}/comprovante/{protocol}",
    "HEAD /p/{token}/comprovante/{protocol}",
    "GET /p/{token}/boleto/{file}",
    "GET /verify",
    "POST /verify",
    "GET /verificar/{number}",
    "POST /hooks/{key}",
    "POST /hooks/{key}/pix",
    "POST /hooks/{key}/rec",
    "POST /hooks/{key}/cobr",
}
NOT_BY_METHOD = {
    "POST /v1/rulers/{name}/simulate": "rulers.read",
    "DELETE /v1/customers/{external_id}/evidence": "evidence.erase",
    "POST /v1/events/ack": "events.read",
    "DELETE /v1/events/consumers/{name}": "events.read",
    "GET /v1/clients": "clients.write",
    "GET /v1/users": "users.write",
    "GET /v1/users/{email}": "users.write",
}
"""Routes that do not follow the rule: to read is to GET, and anything else is to write."""


def _routes(assembly: Assembly) -> dict[str, dict[str, Any]]:
    routes = assembly.properties("AWS::ApiGatewayV2::Route").values()
    return {route["RouteKey"]: route for route in routes}


def test_everything_under_v1_but_health_asks_for_a_token(assembly: Assembly) -> None:
    for key, route in _routes(assembly).items():
        if "/v1/" in key and key != "GET /v1/health":
            assert route["AuthorizationType"] == "JWT", key
            assert "AuthorizerId" in route, key


def test_each_route_asks_for_its_scope(assembly: Assembly) -> None:
    asked = {
        key: route["AuthorizationScopes"]
        for key, route in _routes(assembly).items()
        if route["AuthorizationType"] == "JWT"
    }
    assert asked == {key: [f"regua/{scope}"] for key, scope in SCOPE_OF_ROUTE.items()}


def test_reading_and_writing_ask_for_different_scopes() -> None:
    for key, scope in SCOPE_OF_ROUTE.items():
        method, path = key.split()
        if path.startswith("/v1/creditors/"):
            assert scope == "platform.admin", key
        elif key in NOT_BY_METHOD:
            assert scope == NOT_BY_METHOD[key], key
        else:
            assert scope.endswith(".read" if method == "GET" else ".write"), key
    assert set(NOT_BY_METHOD) <= set(SCOPE_OF_ROUTE)


def test_nothing_else_is_open(assembly: Assembly) -> None:
    open_ = {
        key for key, route in _routes(assembly).items() if route["AuthorizationType"] == "NONE"
    }
    assert open_ == OPEN


def test_tokens_come_from_our_pool_for_our_clients(tailored: Assembly) -> None:
    (authorizer,) = tailored.properties("AWS::ApiGatewayV2::Authorizer").values()
    clients = tailored.properties("AWS::Cognito::UserPoolClient")
    assert len(clients) == 3, "two machines and the operator"
    assert {each["Ref"] for each in authorizer["JwtConfiguration"]["Audience"]} == set(clients)
    assert "cognito-idp" in json.dumps(authorizer["JwtConfiguration"]["Issuer"])


def test_clients_are_machines_with_secrets_and_people_have_none(
    aws: Assembly, local: Assembly, tailored: Assembly
) -> None:
    for assembly in (aws, local, tailored):
        for name, client in assembly.properties("AWS::Cognito::UserPoolClient").items():
            is_machine = "Console" not in name
            flow = "client_credentials" if is_machine else "code"
            assert client["AllowedOAuthFlows"] == [flow]
            assert client["GenerateSecret"] is is_machine
        (server,) = assembly.properties("AWS::Cognito::UserPoolResourceServer").values()
        assert {scope["ScopeName"] for scope in server["Scopes"]} == set(SCOPE_OF_ROUTE.values())


def test_the_access_log_holds_neither_paths_nor_addresses(assembly: Assembly) -> None:
    """A path carries a tracking token, an address is personal data."""
    (stage,) = assembly.properties("AWS::ApiGatewayV2::Stage").values()
    log = stage["AccessLogSettings"]["Format"]
    assert "$context.requestId" in log
    for forbidden in ("context.path", "sourceIp", "userAgent", "queryString"):
        assert forbidden not in log


def test_requests_are_throttled(assembly: Assembly) -> None:
    (stage,) = assembly.properties("AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 200
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] == 400


def test_only_the_local_api_has_a_fixed_id(aws: Assembly, local: Assembly) -> None:
    (api,) = local.properties("AWS::ApiGatewayV2::Api").values()
    assert api["Tags"] == {"ms-custom-id": "c011ec75"}
    (api,) = aws.properties("AWS::ApiGatewayV2::Api").values()
    assert "Tags" not in api


def test_a_custom_domain_carries_the_tracking_links(tailored: Assembly) -> None:
    assert tailored.properties("AWS::ApiGatewayV2::ApiMapping")
    variables = tailored.functions()["send_email"]["Environment"]["Variables"]
    assert variables["REGUA_TRACKING_BASE_URL"] == "https://cobranca.example.com.br"
