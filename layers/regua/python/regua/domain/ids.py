"""Identifiers, and the two hashes that place work: the dispatch id and the shard."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NewType

CreditorId = NewType("CreditorId", str)
CustomerId = NewType("CustomerId", str)
InvoiceId = NewType("InvoiceId", str)
"""The ERP's own id of an invoice (``external_id``), unique per creditor."""
PaymentId = NewType("PaymentId", str)
DispatchId = NewType("DispatchId", str)
"""32 lowercase hex characters."""


def dispatch_id(
    creditor: CreditorId, customer: CustomerId, schedule_seq: int, channel: str
) -> DispatchId:
    """Name one planned contact, whatever its content turns out to be.

    Two evaluations of the same account at the same ``schedule_seq`` name the same dispatch, so a
    second copy is recognised (architecture D3).

    >>> dispatch_id(CreditorId("acme"), CustomerId("c1"), 7, "email")
    '2acb18c19631805b2009131646e240c4'
    """
    parts = (creditor, customer, str(schedule_seq), channel)
    digest = hashlib.sha256(b"regua.dispatch.v1\0" + "\0".join(parts).encode())
    return DispatchId(digest.hexdigest()[:32])


def receipt_dispatch_id(
    creditor: CreditorId,
    customer: CustomerId,
    settled: Iterable[tuple[InvoiceId, datetime]],
    after: DispatchId | None = None,
) -> DispatchId:
    """Name one receipt of payment by what was settled, and when.

    Args:
        creditor: whose receipt it is.
        customer: who paid.
        settled: the invoices it is for, each with the instant it was settled.
        after: the receipt for the same money that was put off, if one was.

    >>> at = datetime(2026, 11, 12, 12, tzinfo=UTC)
    >>> receipt_dispatch_id(CreditorId("acme"), CustomerId("c1"), [(InvoiceId("fat-1"), at)])
    '3b622398dfd10c8e0b67b3adc47e1204'
    """
    what = (part for i, at in sorted(settled) for part in (i, at.astimezone(UTC).isoformat()))
    parts = (creditor, customer, after or "", *what)
    digest = hashlib.sha256(b"regua.receipt.v1\0" + "\0".join(parts).encode())
    return DispatchId(digest.hexdigest()[:32])


def shard_of(creditor: CreditorId, customer: CustomerId, shards: int) -> str:
    """Return the two-digit shard that an account lives in, stable for ever.

    >>> shard_of(CreditorId("acme"), CustomerId("c1"), 64)
    '38'
    """
    digest = hashlib.sha256(f"regua.shard.v1\0{creditor}\0{customer}".encode()).digest()
    return f"{int.from_bytes(digest[:4], 'big') % shards:02d}"
