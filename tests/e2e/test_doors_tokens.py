"""Every protected route, tried with tokens that should open nothing, on the real stacks."""

import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from infra.constructs.http_api import ROUTES
from local.stack import Stack
from tests.e2e.clouds import LocalCloud

PROTECTED = [
    (method.value, route.path.replace("{", "").replace("}", ""))
    for route in ROUTES
    if route.scope is not None
    for method in route.methods
]
"""Methods and paths; what stands for an id does not matter, as nobody should get so far."""
Claims = dict[str, Any]


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def signed(key: rsa.RSAPrivateKey, header: dict[str, Any], claims: Claims) -> str:
    """Return a token signed with RS256, whatever its header says."""
    said = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
    signature = key.sign(said.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{said}.{encoded(signature)}"


class Forge:
    """Makes tokens; with the pool's own key, which only the emulator's owner can read."""

    def __init__(self, token: str, pool_key: rsa.RSAPrivateKey) -> None:
        self.token = token
        self.pool_key = pool_key
        header, claims, self.signature = token.split(".")
        self.header, self.claims = decoded(header), decoded(claims)

    def really(self, **changes: Any) -> str:  # noqa: ANN401 - any claim
        """Return a token that the pool itself would have signed."""
        return signed(self.pool_key, self.header, {**self.claims, **changes})

    def forged(self) -> str:
        """Return a token that somebody else signed."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return signed(key, self.header, self.claims)

    def unsigned(self) -> str:
        header = {**self.header, "alg": "none"}
        said = (encoded(json.dumps(part).encode()) for part in (header, self.claims))
        return f"{'.'.join(said)}."

    def keyed_by_what_is_public(self) -> str:
        """Return a token whose "secret" is the public key: who believes the header is fooled."""
        public = self.pool_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        header = {**self.header, "alg": "HS256"}
        said = ".".join(encoded(json.dumps(part).encode()) for part in (header, self.claims))
        return f"{said}.{encoded(hmac.digest(public, said.encode(), hashlib.sha256))}"

    def tampered(self) -> str:
        header, _, signature = self.token.split(".")
        claims = {**self.claims, "scope": self.claims["scope"] + " regua/platform.admin"}
        return f"{header}.{encoded(json.dumps(claims).encode())}.{signature}"


@pytest.fixture
def forge(stack: Stack, local_cloud: LocalCloud) -> Forge:
    token = stack.token()  # the emulator makes the pool's key for its first token
    keys = local_cloud.place.directory / "tmp" / "state" / "cognito-pool-keys"
    key = load_pem_private_key((keys / f"{stack.user_pool_id}-access.pem").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return Forge(token, key)


BAD: dict[str, Callable[[Forge], str | None]] = {
    "missing": lambda _: None,
    "no token": lambda _: "abc",
    "forged": Forge.forged,
    "alg none": Forge.unsigned,
    "keyed by what is public": Forge.keyed_by_what_is_public,
    "tampered": Forge.tampered,
    "expired": lambda f: f.really(exp=f.claims["iat"] - 1),
    "of the future": lambda f: f.really(nbf=f.claims["exp"] + 600, exp=f.claims["exp"] + 1200),
    "another audience": lambda f: f.really(client_id="outro-cliente"),
    "another issuer": lambda f: f.really(iss="https://issuer.example.com"),
}


def asked(stack: Stack, token: str | None) -> Iterator[tuple[str, int, bytes]]:
    """Ask every protected route; yield its name and what it answered."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    for method, path in PROTECTED:
        data = b"{}" if method in {"PUT", "POST"} else None
        sent = {**headers, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{stack.api_url}{path}", data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                yield f"{method} {path}", answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                yield f"{method} {path}", refused.code, refused.read()


def test_what_the_pool_signs_is_taken(stack: Stack, forge: Forge) -> None:
    """Or the refusals below would say nothing."""
    headers = {"Authorization": f"Bearer {forge.really()}"}
    request = urllib.request.Request(f"{stack.api_url}/v1/assignment", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_token_opens_no_route(stack: Stack, forge: Forge, kind: str) -> None:
    assert len(PROTECTED) > 30
    for name, status, body in asked(stack, BAD[kind](forge)):
        assert (name, status) == (name, 401)
        assert json.loads(body) == {"message": "Unauthorized"}


def test_a_token_without_the_scope_opens_no_route(stack: Stack, forge: Forge) -> None:
    for name, status, body in asked(stack, forge.really(scope="regua/none")):
        assert (name, status) == (name, 403)
        assert json.loads(body)["message"] in {"Forbidden", "insufficient_scope"}


def test_one_scope_opens_its_own_routes_only(stack: Stack, forge: Forge) -> None:
    own = {
        f"{method.value} {route.path.replace('{', '').replace('}', '')}"
        for route in ROUTES
        if route.scope == "invoices.read"
        for method in route.methods
    }
    for name, status, _ in asked(stack, forge.really(scope="regua/invoices.read")):
        assert (status != 403) == (name in own), (name, status)
