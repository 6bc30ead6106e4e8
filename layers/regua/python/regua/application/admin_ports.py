"""What setting up a tenant needs: who may sign in, which domains it writes from, what is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from regua.application.ports import Dkim
from regua.domain.access import Person, Role
from regua.domain.ids import CreditorId

_T = TypeVar("_T")


class Credentials(NamedTuple):
    """What a machine signs in with; the secret is told once and kept nowhere by us."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A machine that acts for a creditor.

    ``requests_per_minute`` is its own limit; None is the deployment's.
    """

    client_id: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    requests_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A person who acts for a creditor; ``subject`` is who it is in a token."""

    subject: str
    email: str
    role: Role
    invited_at: datetime


@dataclass(frozen=True, slots=True)
class DomainClaim:
    """A creditor's claim to write from a domain; proven once its DNS shows the claim's own key."""

    domain: str
    creditor_id: CreditorId
    dkim: Dkim
    claimed_at: datetime
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[_T]):
    """A part of a list; ``after`` is where the next part begins, None when there is none."""

    items: Sequence[_T]
    after: str | None = None


class SigningKey(NamedTuple):
    """A DKIM key: the private half as PEM, and the value of its TXT record."""

    private_key: str
    record: str


class IdentityState(NamedTuple):
    """What the e-mail provider found in a domain's DNS."""

    is_verified: bool
    is_return_path_verified: bool


class IdentityProvider(Protocol):
    """Where machines and people get their tokens."""

    def create_client(self, name: str, scopes: frozenset[str]) -> Credentials:
        """Make a client for a machine."""
        ...

    def delete_client(self, client_id: str) -> None:
        """Delete a client; one that is gone already is no error. Its tokens live out their hour."""
        ...

    def admit_clients(self) -> None:
        """Let the gateway take the tokens of every client there is.

        Raises:
            Conflict: there are more clients than a gateway takes.
        """
        ...

    def invite(self, email: str) -> str:
        """Make a user and write to it, unless there is one; return who it is in a token."""
        ...

    def assign(self, email: str, role: Role) -> None:
        """Give a user one role and take the others away."""
        ...

    def remove_user(self, email: str) -> None:
        """Delete a user; one that is gone already is no error."""
        ...


class SenderIdentities(Protocol):
    """The domains that the e-mail provider sends from."""

    region: str
    """Where bounces go to."""

    def establish(self, dkim: Dkim, private_key: str, return_path: str) -> None:
        """Make a domain an identity that is signed with a key of ours, or give it this key.

        Args:
            dkim: the domain, and the selector of the key.
            private_key: the key, as PEM.
            return_path: the domain that bounces go to.

        Raises:
            Conflict: the domain is an identity that was not made by a claim: it stays as it is.
        """
        ...

    def state(self, dkim: Dkim) -> IdentityState:
        """Tell whether the domain's DNS shows this very key; a domain without one is unverified."""
        ...


class SigningKeys(Protocol):
    """DKIM keys, made when they are first asked for."""

    def key(self, dkim: Dkim) -> SigningKey:
        """Return the key of a selector and a domain."""
        ...


class TenantStore(Protocol):
    """What is kept of each tenant: its document, its machines, its people, its domains."""

    def document(self, creditor_id: CreditorId) -> Mapping[str, Any] | None:
        """Return a creditor's document as it was written, None when there is none."""
        ...

    def replace(
        self,
        creditor_id: CreditorId,
        new: Mapping[str, Any],
        old: Mapping[str, Any] | None,
    ) -> None:
        """Write a document, checked by the caller, where ``old`` is what is written now.

        Raises:
            VersionConflict: something else is written now.
        """
        ...

    def add_client(self, creditor_id: CreditorId, client: ApiClient) -> None:
        """Let a machine act for a creditor.

        Raises:
            Conflict: it acts for one already.
        """
        ...

    def clients(self, creditor_id: CreditorId, after: str | None, limit: int) -> Page[ApiClient]:
        """Return a creditor's machines, by their ids."""
        ...

    def remove_client(self, creditor_id: CreditorId, client_id: str) -> None:
        """Let a machine act for the creditor no longer.

        Raises:
            NotFound: it does not act for this creditor.
        """
        ...

    def keep_member(self, creditor_id: CreditorId, member: Member) -> None:
        """Let a person act for a creditor, or give it another role.

        Raises:
            Conflict: it acts for another creditor.
        """
        ...

    def members(self, creditor_id: CreditorId, after: str | None, limit: int) -> Page[Member]:
        """Return a creditor's people, by who they are in a token."""
        ...

    def remove_member(self, creditor_id: CreditorId, subject: str) -> None:
        """Let a person act for the creditor no longer.

        Raises:
            NotFound: it does not act for this creditor.
        """
        ...

    def person(self, subject: str) -> Person:
        """Return for whom a person acts, and as what.

        Raises:
            NotFound: for nobody.
        """
        ...

    def claim(self, domain: str) -> DomainClaim | None:
        """Return who claims a domain."""
        ...

    def keep_claim(self, claim: DomainClaim, old: DomainClaim | None) -> None:
        """Write a claim where ``old`` is the one that is written now.

        Raises:
            VersionConflict: another one is.
        """
        ...

    def claims(self, creditor_id: CreditorId, after: str | None, limit: int) -> Page[DomainClaim]:
        """Return a creditor's claims, by domain."""
        ...
