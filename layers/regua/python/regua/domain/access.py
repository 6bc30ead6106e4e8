"""Who may do what: the scopes of the API, and the roles that a person has with one creditor.

A machine has scopes of its own, given to its client. A person signs in with every scope of the
console and may use those of the role that the creditor gave it: one table says which.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from regua.domain.ids import CreditorId

SERVER = "regua"
"""The resource server: what the name of every scope begins with in a token."""
PLATFORM = "platform.admin"
"""The scope of whoever runs the deployment; no tenant has it and none can give it away."""


class Role(StrEnum):
    """What a person does for a creditor."""

    ADMIN = "admin"
    ANALYST = "analyst"
    COLLECTOR = "collector"
    AUDITOR = "auditor"


_ADMIN = frozenset({Role.ADMIN})
_WORKS_ON_CASES = frozenset({Role.ADMIN, Role.COLLECTOR})
_SETS_UP = frozenset({Role.ADMIN, Role.ANALYST})
_LOOKS_AT_NUMBERS = frozenset({Role.ADMIN, Role.ANALYST, Role.AUDITOR})
_PROVES = frozenset({Role.ADMIN, Role.COLLECTOR, Role.AUDITOR})
_EVERYBODY = frozenset(Role)

ROLES_OF_SCOPE: Mapping[str, frozenset[Role]] = {
    "invoices.read": _EVERYBODY,
    "invoices.write": _WORKS_ON_CASES,
    "customers.read": _EVERYBODY,
    "customers.write": _WORKS_ON_CASES,
    "rulers.read": _EVERYBODY,
    "rulers.write": _SETS_UP,
    "reconciliation.read": _LOOKS_AT_NUMBERS,
    "evidence.read": _EVERYBODY,
    "evidence.write": _PROVES,
    "evidence.erase": _ADMIN,
    "events.read": _SETS_UP,
    "webhooks.read": _LOOKS_AT_NUMBERS,
    "webhooks.write": _ADMIN,
    "imports.read": _LOOKS_AT_NUMBERS,
    "imports.write": _SETS_UP,
    "plans.read": _EVERYBODY,
    "plans.write": _SETS_UP,
    "agreements.read": _EVERYBODY,
    "agreements.write": _WORKS_ON_CASES,
    "hooks.read": _LOOKS_AT_NUMBERS,
    "hooks.write": _ADMIN,
    "creditor.read": _EVERYBODY,
    "creditor.write": _ADMIN,
    "clients.write": _ADMIN,
    "users.write": _ADMIN,
    PLATFORM: frozenset(),
}
"""Every scope, and the roles that have it."""

TENANT_SCOPES = frozenset(ROLES_OF_SCOPE) - {PLATFORM}
"""What a creditor's own clients and people can be given."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in: whose creditor's, and what for."""

    creditor_id: CreditorId
    role: Role

    def may(self, scope: str) -> bool:
        """Tell whether the person's role has a scope; a scope that there is not has no role.

        >>> Person(CreditorId("aurora"), Role.AUDITOR).may("invoices.write")
        False
        """
        return self.role in ROLES_OF_SCOPE.get(scope, frozenset())


def scopes_of(role: Role) -> frozenset[str]:
    """Return the scopes of a role."""
    return frozenset(scope for scope, roles in ROLES_OF_SCOPE.items() if role in roles)


def scope_name(scope: str) -> str:
    """Return a scope as it appears in a token.

    >>> scope_name("invoices.read")
    'regua/invoices.read'
    """
    return f"{SERVER}/{scope}"


def read_scopes(claim: str) -> frozenset[str]:
    """Return the scopes of ours in a token's claim; those of others are left out.

    >>> sorted(read_scopes("regua/invoices.read openid regua/rulers.read"))
    ['invoices.read', 'rulers.read']
    """
    prefix = f"{SERVER}/"
    return frozenset(s.removeprefix(prefix) for s in claim.split() if s.startswith(prefix))


def not_to_give(own: Collection[str], asked: Collection[str]) -> tuple[str, ...]:
    """Return what a caller may not give to another: what it has not, and what no tenant has.

    Sorted, so that the same request is always refused in the same words.

    >>> not_to_give({"invoices.read", "platform.admin"}, ["invoices.read", "rulers.read"])
    ('rulers.read',)
    >>> not_to_give({"platform.admin"}, ["platform.admin"])
    ('platform.admin',)
    """
    return tuple(sorted(set(asked) - (set(own) & TENANT_SCOPES)))
