"""Where everything is in the two tables."""

from datetime import date
from hashlib import sha256

from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId, PaymentId

HEADER = "A"
OPEN = "I#"
CLOSED = "S#"
REFERENCE = "REF"
CREDITOR = "CREDITOR"
CLIENT = "CLIENT"
MASTER_KEY = "EVIDENCE_KEY"
SALT = "K"
"""A customer's part of its key for evidence; outside the range that an evaluation reads."""
ASSIGNMENT = "ASSIGNMENT"
RULER = "RULER#"
END_OF_RULERS = "RULER$"
"""Just after every ``RULER#…``; ``ASSIGNMENT`` and ``CREDITOR`` sort before them."""
VERSION = "VERSION#"
NOTE = "N#"
DUE_INDEX = "due"
OPEN_INDEX = "open"
HEAD = "HEAD"
EVENT = "E#"
CHAIN = "CHAIN"
UNSEALED_SHARDS = 16
DAY_INDEX = "by_day"
ACCOUNT_INDEX = "by_account"
SEALED = "Z#"
SEALS = "SEALS"
LAST = "LAST"


def account(creditor_id: CreditorId, customer_id: CustomerId) -> str:
    """Return the partition of an account."""
    return f"C#{creditor_id}#A#{customer_id}"


def of_account(pk: str) -> tuple[CreditorId, CustomerId]:
    """Read an account's partition key."""
    _, creditor_id, _, customer_id = pk.split("#")
    return CreditorId(creditor_id), CustomerId(customer_id)


def invoice(creditor_id: CreditorId, invoice_id: InvoiceId) -> str:
    """Return the partition of an invoice's pointer."""
    return f"C#{creditor_id}#I#{invoice_id}"


def payment(creditor_id: CreditorId, payment_id: PaymentId) -> str:
    """Return the partition of a payment's pointer."""
    return f"C#{creditor_id}#P#{payment_id}"


def creditor(creditor_id: CreditorId) -> str:
    """Return the partition of a creditor's own document."""
    return f"C#{creditor_id}"


def client(client_id: str) -> str:
    """Return the partition of an API client."""
    return f"CLIENT#{client_id}"


def day(creditor_id: CreditorId, on: date) -> str:
    """Return the day index's key."""
    return f"{creditor_id}#{on.isoformat()}"


def open_accounts(creditor_id: CreditorId, shard: str) -> str:
    """Return the open index's key: a creditor's accounts of one shard."""
    return f"{creditor_id}#{shard}"


def unsealed(dispatch_id: DispatchId) -> str:
    """Return the partition of what is not sealed yet: one of sixteen, by the message."""
    shard = sha256(dispatch_id.encode()).digest()[0] % UNSEALED_SHARDS
    return unsealed_shard(shard)


def unsealed_shard(shard: int) -> str:
    """Return a partition of what is not sealed yet, by its number.

    >>> unsealed_shard(3)
    'UNSEALED#03'
    """
    return f"UNSEALED#{shard:02d}"


def ruler(name: str) -> str:
    """Return the sort key of a ruler's present version."""
    return RULER + name


def ruler_version(name: str, version: int) -> str:
    """Return the sort key of one version of a ruler."""
    return f"{VERSION}{name}#{version:06d}"


def tallies(creditor_id: CreditorId, shard: str) -> str:
    """Return the partition that counts a shard's part of a creditor's experiments.

    One per shard, so that shards that are evaluated at the same time never write the same item.
    """
    return f"C#{creditor_id}#T#{shard}"


def marker(dispatch_id: DispatchId, seq: int) -> str:
    """Return the sort key of the marker of one entry of a message's chain."""
    return f"{dispatch_id}#{seq:06d}"


def sealed(seal: int) -> str:
    """Return the sort key, in a message's partition, of the pointer to one of its seals."""
    return f"{SEALED}{seal:012d}"
