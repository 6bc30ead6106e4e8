"""Routes about the domains that a creditor writes from."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from regua.application.admin_documents import (
    SenderClaimDocument,
    SenderIdentityDocument,
    SenderIdentityListDocument,
)
from regua.application.sender_domains import SenderDomain

from . import context
from .context import (
    CreditorIdPath,
    CursorQuery,
    DomainPath,
    app,
    clock,
    listed,
    new_creditor,
    own_creditor,
    private,
)

_LIST = "sender-identities"
_OF_ANY = "/v1/creditors/<creditor_id>/sender-identities/<domain>"


@app.put(_OF_ANY, tags=["platform"], summary="Claim a domain for a creditor")
def put_identity_of(creditor_id: CreditorIdPath, domain: DomainPath) -> Response[Any]:
    """Answer what its DNS needs; the creditor itself may be registered afterwards."""
    who = new_creditor(creditor_id)
    return _told(context.wire().domains.claim(who, domain, clock.now()))


@app.get(_OF_ANY, tags=["platform"], summary="Look at a creditor's domain")
def get_identity_of(creditor_id: CreditorIdPath, domain: DomainPath) -> Response[Any]:
    """Answer what its DNS needs, and what was found there just now."""
    who = new_creditor(creditor_id)
    return _told(context.wire().domains.look(who, domain, clock.now()))


@app.put("/v1/sender-identities/<domain>", tags=["creditor"], summary="Claim a domain")
def put_identity(domain: DomainPath) -> Response[Any]:
    """Answer the DNS records to publish; once they are seen there, the domain is yours alone.

    A claim that is not proven within 72 hours may be made by another creditor.
    """
    return _told(context.wire().domains.claim(own_creditor(), domain, clock.now()))


@app.get("/v1/sender-identities/<domain>", tags=["creditor"], summary="Look at a domain")
def get_identity(domain: DomainPath) -> Response[Any]:
    """Answer what its DNS needs, and what was found there just now."""
    return _told(context.wire().domains.look(own_creditor(), domain, clock.now()))


@app.get("/v1/sender-identities", tags=["creditor"], summary="Your domains")
def get_identities(cursor: CursorQuery = None) -> Response[Any]:
    """Answer the domains that the creditor claims."""
    found, rest = listed(_LIST, cursor, context.wire().domains.of)
    return private(
        SenderIdentityListDocument(
            sender_identities=tuple(map(SenderClaimDocument.of, found)), cursor=rest
        )
    )


def _told(found: SenderDomain) -> Response[Any]:
    return private(SenderIdentityDocument.seen(found))
