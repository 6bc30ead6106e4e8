"""In-memory twins of what sets up tenants: their records, the tokens' issuer, the mail domains."""

import json
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any, TypeVar

from regua.adapters.memory import MemoryDirectory
from regua.application.admin_ports import (
    ApiClient,
    Credentials,
    DomainClaim,
    IdentityState,
    Member,
    Page,
    SigningKey,
)
from regua.application.ports import Dkim
from regua.application.sender_domains import SELECTORS
from regua.domain.access import Person, Role
from regua.domain.errors import Conflict, NotFound, VersionConflict
from regua.domain.ids import CreditorId

_T = TypeVar("_T")


class MemoryTenants:
    """The store of tenants; what it writes is seen by the directory it is made with."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._directory = directory
        self._documents: dict[CreditorId, str] = {}
        self._clients: dict[CreditorId, dict[str, ApiClient]] = {}
        self._members: dict[CreditorId, dict[str, Member]] = {}
        self._claims: dict[str, DomainClaim] = {}

    def document(self, creditor_id: CreditorId) -> Mapping[str, Any] | None:
        """Return a creditor's document as it was written."""
        text = self._documents.get(creditor_id)
        return None if text is None else json.loads(text)

    def replace(
        self,
        creditor_id: CreditorId,
        new: Mapping[str, Any],
        old: Mapping[str, Any] | None,
    ) -> None:
        """Write a document in the place of another."""
        if self.document(creditor_id) != old:
            raise VersionConflict(creditor_id)
        self._documents[creditor_id] = json.dumps(new)
        self._directory.put(new)

    def add_client(self, creditor_id: CreditorId, client: ApiClient) -> None:
        """Let a machine act for a creditor."""
        if client.client_id in self._directory.clients:
            raise Conflict("this client acts for a creditor already")
        self._clients.setdefault(creditor_id, {})[client.client_id] = client
        self._directory.put_client(client.client_id, creditor_id)
        if client.requests_per_minute is not None:
            self._directory.limits[client.client_id] = client.requests_per_minute

    def clients(self, creditor_id: CreditorId, after: str | None, limit: int) -> Page[ApiClient]:
        """Return a creditor's machines, by their ids."""
        return _page(self._clients.get(creditor_id, {}), after, limit)

    def remove_client(self, creditor_id: CreditorId, client_id: str) -> None:
        """Let a machine act for the creditor no longer."""
        if self._clients.get(creditor_id, {}).pop(client_id, None) is None:
            raise NotFound(client_id)
        del self._directory.clients[client_id]

    def keep_member(self, creditor_id: CreditorId, member: Member) -> None:
        """Let a person act for a creditor, or give it another role."""
        known = self._directory.people.get(member.subject)
        if known is not None and known.creditor_id != creditor_id:
            raise Conflict("this person cannot be invited")
        self._members.setdefault(creditor_id, {})[member.subject] = member
        self._directory.people[member.subject] = Person(creditor_id, member.role)

    def members(self, creditor_id: CreditorId, after: str | None, limit: int) -> Page[Member]:
        """Return a creditor's people, by who they are in a token."""
        return _page(self._members.get(creditor_id, {}), after, limit)

    def remove_member(self, creditor_id: CreditorId, subject: str) -> None:
        """Let a person act for the creditor no longer."""
        if self._members.get(creditor_id, {}).pop(subject, None) is None:
            raise NotFound(subject)
        del self._directory.people[subject]

    def person(self, subject: str) -> Person:
        """Return for whom a person acts, and as what."""
        return self._directory.person(subject)

    def claim(self, domain: str) -> DomainClaim | None:
        """Return who claims a domain."""
        return self._claims.get(domain)

    def keep_claim(self, claim: DomainClaim, old: DomainClaim | None) -> None:
        """Write a claim in the place of another, which may have been another creditor's."""
        if self._claims.get(claim.domain) != old:
            raise VersionConflict(claim.domain)
        self._claims[claim.domain] = claim

    def claims(self, creditor_id: CreditorId, after: str | None, limit: int) -> Page[DomainClaim]:
        """Return a creditor's claims, by domain."""
        own = {d: c for d, c in self._claims.items() if c.creditor_id == creditor_id}
        return _page(own, after, limit)


def _page(items: Mapping[str, _T], after: str | None, limit: int) -> Page[_T]:
    names = sorted(items)
    rest = names[0 if after is None else bisect_right(names, after) :]
    shown = rest[:limit]
    return Page([items[n] for n in shown], shown[-1] if len(rest) > limit else None)


class MemoryIdentityProvider:
    """Clients and users as dictionaries; ``admitted`` are those the gateway would let in."""

    def __init__(self) -> None:
        self.clients: dict[str, frozenset[str]] = {}
        self.users: dict[str, str] = {}
        self.roles: dict[str, Role] = {}
        self.admitted: frozenset[str] = frozenset()
        self.most_clients = 50
        self._made = 0

    def _next(self, kind: str) -> str:
        self._made += 1
        return f"{kind}{self._made:04d}"

    def create_client(self, name: str, scopes: frozenset[str]) -> Credentials:
        """Make a client for a machine."""
        del name
        client_id = self._next("client")
        self.clients[client_id] = scopes
        return Credentials(client_id, f"secret-of-{client_id}")

    def delete_client(self, client_id: str) -> None:
        """Delete a client."""
        self.clients.pop(client_id, None)

    def admit_clients(self) -> None:
        """Let the gateway take the tokens of every client there is."""
        if len(self.clients) > self.most_clients:
            raise Conflict("this deployment takes no more API clients")
        self.admitted = frozenset(self.clients)

    def invite(self, email: str) -> str:
        """Make a user, unless there is one."""
        if email not in self.users:
            self.users[email] = self._next("person")
        return self.users[email]

    def assign(self, email: str, role: Role) -> None:
        """Give a user one role and take the others away."""
        self.roles[email] = role

    def remove_user(self, email: str) -> None:
        """Delete a user."""
        self.users.pop(email, None)
        self.roles.pop(email, None)


class MemorySenderIdentities:
    """The e-mail provider, and the DNS it looks at: ``published`` are the keys to be seen there."""

    region = "sa-east-1"

    def __init__(self) -> None:
        self.established: dict[str, str] = {}
        self.published: set[Dkim] = set()

    def establish(self, dkim: Dkim, private_key: str, return_path: str) -> None:
        """Make a domain an identity that is signed with a key of ours, or give it this key."""
        del private_key, return_path
        if not self.established.get(dkim.domain, SELECTORS).startswith(SELECTORS):
            raise Conflict("this domain is set up by somebody else")
        self.established[dkim.domain] = dkim.selector

    def state(self, dkim: Dkim) -> IdentityState:
        """Tell whether the domain's DNS shows this very key."""
        is_ours = self.established.get(dkim.domain) == dkim.selector
        is_seen = is_ours and dkim in self.published
        return IdentityState(is_seen, is_seen)


class MemorySigningKeys:
    """Keys that sign nothing, each with a record of its own."""

    def key(self, dkim: Dkim) -> SigningKey:
        """Return the key of a selector and a domain."""
        name = f"{dkim.selector}.{dkim.domain}"
        return SigningKey(f"private {name}", f"v=DKIM1; k=rsa; p={name}")
