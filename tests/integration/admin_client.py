"""A client of the routes that set up tenants, and what answers them wired in memory."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from functions.admin import context, handler
from regua.adapters.email_templates import TEMPLATES
from regua.adapters.memory import FixedClock, MemoryDirectory
from regua.adapters.memory_admin import (
    MemoryIdentityProvider,
    MemorySenderIdentities,
    MemorySigningKeys,
    MemoryTenants,
)
from regua.adapters.memory_calls import MemoryAnswers, MemoryCalls
from regua.application.machines import Machines
from regua.application.people import People
from regua.application.sender_domains import SenderDomains
from regua.application.tenants import Tenants
from regua.domain.access import PLATFORM, TENANT_SCOPES, Role, scope_name
from regua.runtime.calls import Entrance
from tests.builders import DUE, nine_o_clock
from tests.integration.api_client import Answer
from tests.integration.lambdas import Context, recorded

OWN_DOMAIN = "cobranca.example.com.br"
NOW = nine_o_clock(DUE)
PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass
class Desk:
    """Everything in memory."""

    directory: MemoryDirectory = field(default_factory=MemoryDirectory)
    identity: MemoryIdentityProvider = field(default_factory=MemoryIdentityProvider)
    identities: MemorySenderIdentities = field(default_factory=MemorySenderIdentities)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))

    def __post_init__(self) -> None:
        self.store = MemoryTenants(self.directory)
        self.answers = MemoryAnswers()
        now = lambda: self.clock.now()  # noqa: E731, PLW0108 - the clock is replaced
        self.entrance = Entrance(self.answers, MemoryCalls(), self.directory, now)

    @property
    def wired(self) -> context.Wired:
        """Return what the routes work with."""
        own = frozenset({OWN_DOMAIN})
        domains = SenderDomains(self.store, self.identities, MemorySigningKeys(), own)
        return context.Wired(
            self.directory,
            Tenants(self.store, domains, TEMPLATES),
            domains,
            Machines(self.store, self.identity),
            People(self.store, self.identity),
            self.identity,
            self.entrance,
        )

    def publish(self, domain: str) -> None:
        """Publish in a domain's DNS what its present claim asks for."""
        claim = self.store.claim(domain)
        assert claim is not None
        self.identities.published.add(claim.dkim)

    def later(self, now: datetime) -> None:
        """Let it be another time."""
        self.clock.present = now


def platform() -> dict[str, str]:
    """Return the claims of whoever runs the deployment."""
    return machine("operador", PLATFORM)


def machine(client_id: str, *scopes: str) -> dict[str, str]:
    """Return the claims of a machine; with no scope it has all that a tenant can have."""
    granted = scopes or sorted(TENANT_SCOPES)
    return {
        "client_id": client_id,
        "sub": client_id,
        "token_use": "access",
        "scope": " ".join(scope_name(scope) for scope in granted),
    }


def person(subject: str, role: Role | None = None) -> dict[str, str]:
    """Return the claims of somebody who signed in at the console, with all of its scopes."""
    groups = {} if role is None else {"cognito:groups": f"[{role}]"}
    return {**machine("console"), "sub": subject, "username": subject, **groups}


def call(
    claims: Mapping[str, str],
    route: str,
    *values: str,
    body: object = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send one request the way API Gateway forwards it; ``values`` are the path's parameters."""
    method, _, template = route.partition(" ")
    names = PARAMETER.findall(template)
    parameters = dict(zip(names, values, strict=True))
    path = PARAMETER.sub(lambda found: parameters[found[1]], template)
    event = recorded("http_request")
    event["routeKey"] = event["requestContext"]["routeKey"] = route
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = method
    event["requestContext"]["authorizer"]["jwt"]["claims"] = dict(claims)
    event["headers"] |= headers or {}
    event["pathParameters"] = parameters
    if query:
        event["queryStringParameters"] = dict(query)
        event["rawQueryString"] = "&".join(f"{k}={v}" for k, v in query.items())
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    answer: dict[str, Any] = handler.lambda_handler(event, Context())
    sent = {k.lower(): v for k, v in answer.get("headers", {}).items()}
    for name, several in answer.get("multiValueHeaders", {}).items():
        sent[name.lower()] = several[0]
    told = answer.get("body")
    return Answer(answer["statusCode"], sent, json.loads(told) if told else None)
