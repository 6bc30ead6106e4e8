"""The HTTP API: what is open, what asks for which scope, what is written down."""

import json
from typing import Any

from tests.infrastructure.assembly import Assembly

OPEN = {
    "GET /v1/health",
    "GET /openapi.json",
    "GET /o/{token}",
    "HEAD /o/{token}",
    "GET /c/{token}",
    "HEAD /c/{token}",
    "GET /u/{token}",
    "POST /u/{token}",
    "GET /r/{token}",
    "POST /r/{token}",
    "GET /verify",
    "POST /verify",
    "GET /verificar/{number}",
}
SCOPES = {
    "PUT /v1/invoices/{external_id}": "invoices.write",
    "GET /v1/invoices/{external_id}": "invoices.read",
    "GET /v1/invoices/{external_id}/timeline": "invoices.read",
    "GET /v1/invoices/{external_id}/boleto.pdf": "invoices.read",
    "POST /v1/invoices/{external_id}/payments": "invoices.write",
    "POST /v1/invoices/{external_id}/cancel": "invoices.write",
    "GET /v1/invoices/{external_id}/explain": "invoices.read",
    "POST /v1/invoices/{external_id}/hold": "invoices.write",
    "DELETE /v1/invoices/{external_id}/hold": "invoices.write",
    "POST /v1/invoices/{external_id}/promises": "invoices.write",
    "POST /v1/invoices/{external_id}/disputes": "invoices.write",
    "POST /v1/invoices/{external_id}/disputes/resolve": "invoices.write",
    "POST /v1/invoices/{external_id}/payment-in-transit": "invoices.write",
    "POST /v1/invoices/{external_id}/contact-results": "invoices.write",
    "PUT /v1/customers/{external_id}": "customers.write",
    "GET /v1/customers/{external_id}": "customers.read",
    "GET /v1/customers/{external_id}/timeline": "customers.read",
    "DELETE /v1/customers/{external_id}/evidence": "evidence.erase",
    "GET /v1/customers/{external_id}/explain": "customers.read",
    "POST /v1/customers/{external_id}/hold": "customers.write",
    "DELETE /v1/customers/{external_id}/hold": "customers.write",
    "POST /v1/customers/{external_id}/contact-results": "customers.write",
    "PUT /v1/rulers/{name}": "rulers.write",
    "GET /v1/rulers/{name}": "rulers.read",
    "GET /v1/rulers/{name}/versions": "rulers.read",
    "GET /v1/rulers/{name}/experiments": "rulers.read",
    "POST /v1/rulers/{name}/simulate": "rulers.read",
    "PUT /v1/assignment": "rulers.write",
    "GET /v1/assignment": "rulers.read",
    "POST /v1/invoices/{external_id}/report": "evidence.write",
    "GET /v1/messages/{dispatch_id}": "evidence.read",
    "GET /v1/messages/{dispatch_id}/evidence": "evidence.read",
    "POST /v1/messages/{dispatch_id}/report": "evidence.write",
    "GET /v1/reports/{number}": "evidence.read",
    "GET /v1/reconciliation": "reconciliation.read",
    "GET /v1/costs": "reconciliation.read",
}


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
    assert asked == {key: [f"regua/{scope}"] for key, scope in SCOPES.items()}


def test_nothing_else_is_open(assembly: Assembly) -> None:
    open_ = {
        key for key, route in _routes(assembly).items() if route["AuthorizationType"] == "NONE"
    }
    assert open_ == OPEN


def test_tokens_come_from_our_pool_for_our_clients(tailored: Assembly) -> None:
    (authorizer,) = tailored.properties("AWS::ApiGatewayV2::Authorizer").values()
    clients = tailored.properties("AWS::Cognito::UserPoolClient")
    assert len(clients) == 2
    assert {each["Ref"] for each in authorizer["JwtConfiguration"]["Audience"]} == set(clients)
    assert "cognito-idp" in json.dumps(authorizer["JwtConfiguration"]["Issuer"])


def test_clients_are_machines_with_secrets(assembly: Assembly) -> None:
    for client in assembly.properties("AWS::Cognito::UserPoolClient").values():
        assert client["AllowedOAuthFlows"] == ["client_credentials"]
        assert client["GenerateSecret"] is True
    (server,) = assembly.properties("AWS::Cognito::UserPoolResourceServer").values()
    assert {scope["ScopeName"] for scope in server["Scopes"]} == set(SCOPES.values())


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
