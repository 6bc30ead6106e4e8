"""From the operator's token to a customer's inbox: a tenant that did not exist a minute ago."""

import base64
import hashlib
import http.client
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from urllib.request import Request, urlopen

from local import aws
from local.onboarding import Api, Wish, admitted, onboard
from local.stack import Stack
from regua.domain.access import TENANT_SCOPES, scope_name
from tests.builders import invoice_data
from tests.e2e.clouds import LocalCloud

MOMENT_SECONDS = 10
FORM = "application/x-www-form-urlencoded"
CREDITOR_ID = "moinho-azul"
DOMAIN = "moinho-azul.example.com.br"
CUSTOMER = "cliente-moinho-1"
ADDRESS = "joana@cliente-moinho.example.com.br"
DUE = "2024-10-15"
ISSUED_AT = "2024-10-01T12:00:00Z"
AS_OF = "2024-10-15T15:00:00Z"
"""A Tuesday in the past, at noon in São Paulo: no other test has anything due."""
DOCUMENT: Mapping[str, Any] = {
    "creditor_id": CREDITOR_ID,
    "name": "Moinho Azul Alimentos Ltda.",
    "document": "11.444.777/0001-61",
    "address_line": "Rua do Moinho, 45, Centro, Campinas/SP, CEP 13000-000",
    "email": f"cobranca@{DOMAIN}",
}
RULER: Mapping[str, Any] = {
    "name": "moinho",
    "steps": [
        {"id": "no-dia", "offset_days": 0, "channels": ["email"], "template": "vencimento"},
    ],
}


def operator(stack: Stack) -> Api:
    return Api.of(stack.api_url, stack.token_url, stack.operator_id, stack.operator_secret)


def signed_in(stack: Stack, email: str, password: str) -> Api:
    """Sign in as a browser does: the page, the code, and the token by PKCE."""
    cognito = aws.client(stack.aws_endpoint_url, "cognito-idp")
    who = {"UserPoolId": stack.user_pool_id}
    cognito.admin_set_user_password(**who, Username=email, Password=password, Permanent=True)
    client = cognito.describe_user_pool_client(**who, ClientId=stack.console_id)
    returns_to = client["UserPoolClient"]["CallbackURLs"][0]
    verifier = "v" * 64
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": stack.console_id,
        "redirect_uri": returns_to,
        "scope": " ".join(["openid", *map(scope_name, sorted(TENANT_SCOPES))]),
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    page = f"{stack.aws_endpoint_url}/oauth2/authorize?{urlencode(asked)}"
    with urlopen(page, timeout=MOMENT_SECONDS) as answer:
        hidden = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', answer.read().decode()))
    form = urlencode({**hidden, "username": email, "password": password})
    browser = http.client.HTTPConnection(urlsplit(stack.aws_endpoint_url).netloc)
    browser.request("POST", "/login", form, {"Content-Type": FORM})
    location = browser.getresponse().headers["Location"]
    browser.close()
    exchange = {
        "grant_type": "authorization_code",
        "client_id": stack.console_id,
        "code": parse_qs(urlsplit(location).query)["code"][0],
        "redirect_uri": returns_to,
        "code_verifier": verifier,
    }
    request = Request(stack.token_url, urlencode(exchange).encode(), {"Content-Type": FORM})
    with urlopen(request, timeout=MOMENT_SECONDS) as answer:
        return Api(stack.api_url, json.load(answer)["access_token"])


def inbox(stack: Stack) -> list[dict[str, Any]]:
    address = quote(ADDRESS)
    with urlopen(f"{stack.inbox_url}/messages?to={address}", timeout=MOMENT_SECONDS) as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def test_a_new_tenant_is_live_in_minutes(stack: Stack) -> None:
    done = onboard(operator(stack), DOCUMENT, Wish())
    assert (done.is_registered, done.is_new) == (True, True)
    assert done.client is not None
    tenant = admitted(stack.api_url, stack.token_url, done.client)
    assert tenant.call("GET", "/v1/creditor").body["dkim"]["domain"] == DOMAIN
    written = tenant.call("PUT", "/v1/rulers/moinho", RULER, as_of=ISSUED_AT)
    assert written.status == 201, written.body
    assignment = {"default_ruler": "moinho"}
    assert tenant.call("PUT", "/v1/assignment", assignment, as_of=ISSUED_AT).status == 200
    stack.drain()

    customer = {**invoice_data()["customer"], "external_id": CUSTOMER, "emails": [ADDRESS]}
    invoice = invoice_data(customer=customer, issue_date="2024-10-01", due_date=DUE)
    body = {k: v for k, v in invoice.items() if k != "external_id"}
    answer = tenant.call("PUT", "/v1/invoices/moinho-1", body, as_of=ISSUED_AT)
    assert answer.status == 201, answer.body
    stack.drain()
    stack.tick(AS_OF)
    drained = stack.drain()
    assert not drained.dead_letters
    (message,) = inbox(stack)
    assert f"cobranca@{DOMAIN}" in message["from"]

    others = Api(stack.api_url, stack.token())
    assert others.call("GET", "/v1/invoices/moinho-1").status == 404
    assert tenant.call("GET", f"/v1/creditors/{CREDITOR_ID}").status == 403
    assert others.call("PUT", f"/v1/sender-identities/{DOMAIN}").status == 409
    reason = {"reason": "fim do teste"}
    gone = tenant.call("POST", "/v1/invoices/moinho-1/cancel", reason, as_of="2024-10-16T12:00:00Z")
    assert gone.status == 200, gone.body


def test_the_command_sets_a_tenant_up_through_the_api(
    local_cloud: LocalCloud, tmp_path: Path
) -> None:
    path = tmp_path / "padaria.yaml"
    own = {"creditor_id": "padaria-sol", "email": "contas@padaria-sol.example.com.br"}
    path.write_text(json.dumps({**DOCUMENT, **own}))
    finished = local_cloud.run("creditor", "add", str(path), "--local-api")
    assert finished.code == 0, finished.output
    assert "client secret" in finished.output
    again = local_cloud.run("creditor", "add", str(path), "--local-api")
    assert again.code == 0, again.output
    assert "registered anew" in again.output
    assert "client secret" not in again.output


def test_a_person_signs_in_and_may_do_what_the_role_includes(stack: Stack) -> None:
    email = "ana@oficina-lua.example.com.br"
    own = {"creditor_id": "oficina-lua", "email": "contas@oficina-lua.example.com.br"}
    onboard(operator(stack), {**DOCUMENT, **own}, Wish(admin_email=email))
    ana = signed_in(stack, email, "Senha-Bem-Comprida-1")
    assert ana.call("GET", "/v1/creditor").body["creditor_id"] == "oficina-lua"
    lowered = ana.call("PUT", f"/v1/users/{quote(email, safe='')}", {"role": "auditor"})
    assert lowered.status == 200, lowered.body
    assert ana.call("GET", "/v1/users").status == 403
    assert ana.call("PUT", "/v1/rulers/propria", RULER).status == 403
    assert ana.call("GET", "/v1/invoices").status == 200
    assert ana.call("GET", "/v1/creditors/oficina-lua").status == 403
