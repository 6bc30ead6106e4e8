"""Who calls, and whether that caller may: what the gateway's check of signature and scope leaves.

A person's token carries every scope of the console, so its role is checked here, against the scope
of the very route that was called. A machine's token carries its client's scopes and no others;
the gateway has checked them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from regua.domain.access import PLATFORM, Person, read_scopes, scopes_of
from regua.domain.errors import FinalError
from regua.domain.ids import CreditorId

SCOPE_OF_ROUTE: Mapping[str, str] = {
    "GET /v1/invoices": "invoices.read",
    "POST /v1/invoices/batch": "invoices.write",
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
    "GET /v1/customers": "customers.read",
    "PUT /v1/customers/{external_id}": "customers.write",
    "GET /v1/customers/{external_id}": "customers.read",
    "GET /v1/customers/{external_id}/timeline": "customers.read",
    "POST /v1/customers/{external_id}/hold": "customers.write",
    "DELETE /v1/customers/{external_id}/hold": "customers.write",
    "POST /v1/customers/{external_id}/contact-results": "customers.write",
    "DELETE /v1/customers/{external_id}/evidence": "evidence.erase",
    "GET /v1/customers/{external_id}/explain": "customers.read",
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
    "GET /v1/events": "events.read",
    "POST /v1/events/ack": "events.read",
    "GET /v1/events/consumers": "events.read",
    "DELETE /v1/events/consumers/{name}": "events.read",
    "POST /v1/webhooks": "webhooks.write",
    "GET /v1/webhooks": "webhooks.read",
    "GET /v1/webhooks/{webhook_id}": "webhooks.read",
    "PUT /v1/webhooks/{webhook_id}": "webhooks.write",
    "DELETE /v1/webhooks/{webhook_id}": "webhooks.write",
    "POST /v1/webhooks/{webhook_id}/rotate-secret": "webhooks.write",
    "POST /v1/webhooks/{webhook_id}/ping": "webhooks.write",
    "POST /v1/webhooks/{webhook_id}/enable": "webhooks.write",
    "GET /v1/webhooks/{webhook_id}/deliveries": "webhooks.read",
    "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver": "webhooks.write",
    "POST /v1/webhooks/{webhook_id}/replay": "webhooks.write",
    "POST /v1/hooks": "hooks.write",
    "GET /v1/hooks": "hooks.read",
    "DELETE /v1/hooks/{hook_id}": "hooks.write",
    "POST /v1/hooks/{hook_id}/rotate": "hooks.write",
    "GET /v1/invoices/{external_id}/charge": "invoices.read",
    "GET /v1/unmatched-payments": "invoices.read",
    "POST /v1/unmatched-payments/{end_to_end_id}/assign": "invoices.write",
    "GET /v1/hooks/{hook_id}/acknowledgement": "hooks.read",
    "GET /v1/plans": "plans.read",
    "PUT /v1/plans/{external_id}": "plans.write",
    "GET /v1/plans/{external_id}": "plans.read",
    "POST /v1/plans/{external_id}/pause": "plans.write",
    "POST /v1/plans/{external_id}/resume": "plans.write",
    "POST /v1/plans/{external_id}/end": "plans.write",
    "GET /v1/plans/{external_id}/invoices": "plans.read",
    "GET /v1/offers": "rulers.read",
    "PUT /v1/offers": "rulers.write",
    "GET /v1/customers/{external_id}/offer": "agreements.read",
    "GET /v1/agreements": "agreements.read",
    "POST /v1/agreements": "agreements.write",
    "GET /v1/agreements/{agreement_id}": "agreements.read",
    "POST /v1/agreements/{agreement_id}/approve": "agreements.write",
    "POST /v1/agreements/{agreement_id}/refuse": "agreements.write",
    "POST /v1/agreements/{agreement_id}/cancel": "agreements.write",
    "GET /v1/page": "creditor.read",
    "PUT /v1/page": "creditor.write",
    "POST /v1/page/preview": "creditor.write",
    "PUT /v1/creditors/{creditor_id}": PLATFORM,
    "GET /v1/creditors/{creditor_id}": PLATFORM,
    "POST /v1/creditors/{creditor_id}/clients": PLATFORM,
    "PUT /v1/creditors/{creditor_id}/users/{email}": PLATFORM,
    "PUT /v1/creditors/{creditor_id}/sender-identities/{domain}": PLATFORM,
    "GET /v1/creditors/{creditor_id}/sender-identities/{domain}": PLATFORM,
    "GET /v1/creditor": "creditor.read",
    "PUT /v1/creditor": "creditor.write",
    "GET /v1/clients": "clients.write",
    "POST /v1/clients": "clients.write",
    "DELETE /v1/clients/{client_id}": "clients.write",
    "GET /v1/users": "users.write",
    "GET /v1/users/{email}": "users.write",
    "PUT /v1/users/{email}": "users.write",
    "DELETE /v1/users/{email}": "users.write",
    "GET /v1/sender-identities": "creditor.read",
    "GET /v1/sender-identities/{domain}": "creditor.read",
    "PUT /v1/sender-identities/{domain}": "creditor.write",
    "POST /v1/imports": "imports.write",
    "GET /v1/imports": "imports.read",
    "GET /v1/imports/{import_id}": "imports.read",
    "PUT /v1/imports/{import_id}/mapping": "imports.write",
    "POST /v1/imports/{import_id}/cancel": "imports.write",
    "GET /v1/imports/{import_id}/results": "imports.read",
    "GET /v1/imports/{import_id}/errors": "imports.read",
    "GET /v1/import-mappings": "imports.read",
    "GET /v1/import-mappings/{name}": "imports.read",
    "PUT /v1/import-mappings/{name}": "imports.write",
}
"""Every route that asks for a token, and its scope; a test holds the gateway's table to this one.

A route that is missing here is closed to people.
"""


class Callers(Protocol):
    """Whom the callers act for."""

    def of_client(self, client_id: str) -> CreditorId:
        """Return whose API client this is, or raise `NotFound`."""
        ...

    def person(self, subject: str) -> Person:
        """Return for whom a person acts, and as what, or raise `NotFound`."""
        ...


class Forbidden(FinalError):
    """The token is good, and its bearer may not do this; ``detail`` says so to the caller."""

    detail = "The caller may not do this."


class MissingScope(Forbidden):
    """The caller is known, and its role or its token does not include this."""

    detail = "The caller's role does not include this."


@dataclass(frozen=True, slots=True)
class Caller:
    """What a verified access token says about who calls.

    ``subject`` is a person's; a machine has none, and acts as its client.
    """

    client_id: str
    subject: str | None
    token_scopes: frozenset[str]

    @property
    def name(self) -> str:
        """Who this is among all callers: what limits and tries are counted by."""
        return self.subject or self.client_id

    @classmethod
    def of(cls, event: APIGatewayProxyEventV2) -> "Caller":
        """Read the claims; API Gateway has checked signature, expiry, audience and scope.

        Cognito names the user in a person's token only, and a client cannot write claims.
        """
        authorizer = event.request_context.authorizer
        claims = (authorizer.jwt_claim if authorizer else None) or {}
        is_person = "username" in claims
        return cls(
            client_id=str(claims.get("client_id", "")),
            subject=str(claims.get("sub", "")) if is_person else None,
            token_scopes=read_scopes(str(claims.get("scope", ""))),
        )


def acting_for(caller: Caller, route: str, callers: Callers) -> CreditorId:
    """Return the creditor that a caller acts for on a route, its role checked.

    Raises:
        NotFound: it acts for none.
        MissingScope: a person whose role lacks the route's scope.
    """
    if caller.subject is None:
        return callers.of_client(caller.client_id)
    person = callers.person(caller.subject)
    if not person.may(SCOPE_OF_ROUTE.get(route, "")):
        raise MissingScope(route)
    return person.creditor_id


def own_scopes(caller: Caller, callers: Callers) -> frozenset[str]:
    """Return what a caller may do, and so what it may give away at the most."""
    if caller.subject is None:
        return caller.token_scopes
    return caller.token_scopes & scopes_of(callers.person(caller.subject).role)


def check_platform(caller: Caller) -> None:
    """Let pass whoever runs the deployment.

    The gateway has asked for the scope already; what makes tenants does not rely on it alone.

    Raises:
        MissingScope: anybody else.
    """
    if caller.subject is not None or PLATFORM not in caller.token_scopes:
        raise MissingScope(PLATFORM)
