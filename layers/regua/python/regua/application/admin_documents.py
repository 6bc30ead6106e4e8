"""What setting up a tenant is asked and answers over the API."""

from typing import Annotated

from pydantic import Field

from regua.application.admin_ports import ApiClient, DomainClaim, Member
from regua.application.sender_domains import SenderDomain
from regua.application.wire import EmailAddress, Instant, Message, instant_text
from regua.domain.access import Role

ScopeName = Annotated[str, Field(pattern=r"^[a-z]{1,40}\.[a-z]{1,40}$")]


class ClientBody(Message):
    """A client to be made."""

    name: Annotated[str, Field(pattern=r"^[\w +=,.@-]{1,60}$")] = Field(
        description="What it is, for people: the system that uses it"
    )
    scopes: tuple[ScopeName, ...] = Field(
        min_length=1, max_length=100, description="What it may do; no more than its maker may"
    )
    requests_per_minute: int | None = Field(
        default=None, ge=1, le=100_000, strict=True, description="Its own limit"
    )


class ClientDocument(Message):
    """A machine that acts for the creditor."""

    client_id: str
    name: str
    scopes: tuple[str, ...]
    requests_per_minute: int | None
    created_at: str

    @classmethod
    def of(cls, client: ApiClient) -> "ClientDocument":
        """Describe a client; its secret is not known."""
        return cls(
            client_id=client.client_id,
            name=client.name,
            scopes=tuple(sorted(client.scopes)),
            requests_per_minute=client.requests_per_minute,
            created_at=instant_text(client.created_at),
        )


class NewClientDocument(ClientDocument):
    """The same, at the one moment its secret is told."""

    client_secret: str = Field(description="Shown here and never again")


class ClientListDocument(Message):
    """A part of the list of clients."""

    clients: tuple[ClientDocument, ...]
    cursor: str | None = Field(description="Where to go on; None at the end")


class UserBody(Message):
    """What a person is to be."""

    role: Role


class UserDocument(Message):
    """A person who acts for the creditor."""

    email: EmailAddress
    role: Role
    invited_at: Instant

    @classmethod
    def of(cls, member: Member) -> "UserDocument":
        """Describe a person."""
        return cls(email=member.email, role=member.role, invited_at=member.invited_at)


class UserListDocument(Message):
    """A part of the list of people."""

    users: tuple[UserDocument, ...]
    cursor: str | None = Field(description="Where to go on; None at the end")


class DnsRecordDocument(Message):
    """A record to publish."""

    type: str
    name: str
    value: str


class KeyDocument(Message):
    """What goes into the creditor's document as `dkim`."""

    selector: str
    domain: str


class SenderClaimDocument(Message):
    """A domain that the creditor claims."""

    domain: str
    dkim: KeyDocument
    claimed_at: str
    verified_at: str | None = Field(description="When its DNS was first seen to show the key")

    @classmethod
    def of(cls, claim: DomainClaim) -> "SenderClaimDocument":
        """Describe a claim."""
        verified_at = claim.verified_at
        return cls(
            domain=claim.domain,
            dkim=KeyDocument(selector=claim.dkim.selector, domain=claim.dkim.domain),
            claimed_at=instant_text(claim.claimed_at),
            verified_at=None if verified_at is None else instant_text(verified_at),
        )


class SenderIdentityDocument(SenderClaimDocument):
    """The same with what its DNS needs, and what was found there just now."""

    verified: bool
    return_path_verified: bool
    records: tuple[DnsRecordDocument, ...]

    @classmethod
    def seen(cls, found: SenderDomain) -> "SenderIdentityDocument":
        """Describe a domain as it was just looked at."""
        claim = SenderClaimDocument.of(found.claim)
        return cls(
            **dict(claim),
            verified=found.state.is_verified,
            return_path_verified=found.state.is_return_path_verified,
            records=tuple(
                DnsRecordDocument(type=r.type, name=r.name, value=r.value) for r in found.records
            ),
        )


class SenderIdentityListDocument(Message):
    """A part of the list of claimed domains."""

    sender_identities: tuple[SenderClaimDocument, ...]
    cursor: str | None = Field(description="Where to go on; None at the end")
