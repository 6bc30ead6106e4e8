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
SYSTEM = "SYSTEM#"
"""A creditor's API clients, beside its document; like what follows, after its rulers."""
USER = "USER"
MEMBER = "USER#"
SENDER = "SENDER"
DOMAIN = "SENDER#"
MASTER_KEY = "EVIDENCE_KEY"
SALT = "K"
"""A customer's part of its key for evidence; outside the range that an evaluation reads."""
ASSIGNMENT = "ASSIGNMENT"
OFFERS = "OFFERS"
LOOK = "LOOK"
"""A creditor's own words: inside the range that is read with the creditor."""
STYLE = "STYLE"
"""Its colours and logo: outside that range, for the page alone."""
RULER = "RULER#"
END_OF_RULERS = "RULER$"
"""Just after every ``RULER#…``; assignment, creditor, words and offers sort before them."""
VERSION = "VERSION#"
NOTE = "N#"
AGREEMENT = "Q#"
"""An agreement, beside its account; outside the range that an evaluation reads."""
DUE_INDEX = "due"
OPEN_INDEX = "open"
LISTED_INDEX = "listed"
HEAD = "HEAD"
EVENT = "E#"
CHAIN = "CHAIN"
UNSEALED_SHARDS = 16
DAY_INDEX = "by_day"
ACCOUNT_INDEX = "by_account"
SEALED = "Z#"
SEALS = "SEALS"
LAST = "LAST"
CHARGE = "CHARGE"
WAITING_INDEX = "waiting"
PLAN = "PLAN#"
BILLED = "BILLED#"
MANDATE = "MANDATE"
DEBIT = "DEBIT#"
PSP = "PSP"
"""The partition that lists creditors paid through a payment service provider."""


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


def agreement(creditor_id: CreditorId, agreement_id: str) -> str:
    """Return the partition of an agreement's pointer."""
    return f"C#{creditor_id}#Q#{agreement_id}"


def txid(creditor_id: CreditorId, txid: str) -> str:
    """Return the partition of a Pix charge's txid."""
    return f"C#{creditor_id}#X#{txid}"


def pix(creditor_id: CreditorId, end_to_end_id: str) -> str:
    """Return the partition of a Pix that was seen."""
    return f"C#{creditor_id}#E#{end_to_end_id}"


def unmatched(creditor_id: CreditorId) -> str:
    """Return the partition that lists a creditor's Pix that belong to no invoice."""
    return f"C#{creditor_id}#UNMATCHED"


def hook(key_hash: str) -> str:
    """Return the partition of an inbound hook, by the hash of its key."""
    return f"HOOK#{key_hash}"


def hooks_of(creditor_id: CreditorId) -> str:
    """Return the partition that lists a creditor's inbound hooks."""
    return f"HOOKS#{creditor_id}"


def creditor(creditor_id: CreditorId) -> str:
    """Return the partition of a creditor's own document."""
    return f"C#{creditor_id}"


def client(client_id: str) -> str:
    """Return the partition of an API client."""
    return f"CLIENT#{client_id}"


def user(subject: str) -> str:
    """Return the partition of a person who signs in."""
    return f"USER#{subject}"


def sender(domain: str) -> str:
    """Return the partition of a domain that e-mails come from."""
    return f"SENDER#{domain}"


def day(creditor_id: CreditorId, on: date) -> str:
    """Return the day index's key."""
    return f"{creditor_id}#{on.isoformat()}"


def open_accounts(creditor_id: CreditorId, shard: str) -> str:
    """Return the open index's key: a creditor's accounts of one shard."""
    return f"{creditor_id}#{shard}"


def listed_invoices(creditor_id: CreditorId, status: str) -> str:
    """Return the list index's key: a creditor's invoices of one status."""
    return f"{creditor_id}#{status}"


def listed_agreements(creditor_id: CreditorId, status: str) -> str:
    """Return the list index's key: a creditor's agreements of one status; no invoice's is so."""
    return f"{creditor_id}#agreements.{status}"


def listed_customers(creditor_id: CreditorId) -> str:
    """Return the list index's key of a creditor's customers; no status is called so."""
    return f"{creditor_id}#customers"


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


def plans(creditor_id: CreditorId) -> str:
    """Return the partition of a creditor's plans."""
    return f"C#{creditor_id}#PLANS"


def creditor_of_plans(pk: str) -> CreditorId:
    """Read the partition key of a creditor's plans.

    >>> creditor_of_plans("C#acme#PLANS")
    'acme'
    """
    return CreditorId(pk.split("#")[1])


def plan(creditor_id: CreditorId, plan_id: str) -> str:
    """Return the partition of what became of a plan: its months, its mandate and its debits."""
    return f"C#{creditor_id}#PLAN#{plan_id}"


def mandate(creditor_id: CreditorId, rec_id: str) -> str:
    """Return the partition of the pointer from a mandate's id at the PSP to its plan."""
    return f"C#{creditor_id}#REC#{rec_id}"


def draft(draft_id: str) -> str:
    """Return the partition of a draft of a creditor's look and words."""
    return f"DRAFT#{draft_id}"


def imports(creditor_id: CreditorId) -> str:
    """Return the partition of a creditor's import jobs; names and contents begin with it."""
    return f"J#{creditor_id}"


def import_chunks(creditor_id: CreditorId, job_id: str) -> str:
    """Return the partition of a job's chunks."""
    return f"J#{creditor_id}#{job_id}"


def import_mappings(creditor_id: CreditorId) -> str:
    """Return the partition of a creditor's mappings of files."""
    return f"MAP#{creditor_id}"


def feed(creditor_id: CreditorId) -> str:
    """Return the partition of a creditor's feed of events."""
    return f"F#{creditor_id}"


def feed_marker(creditor_id: CreditorId, event_id: str) -> str:
    """Return the partition of what tells that an event is in the feed."""
    return f"F#{creditor_id}#{event_id}"


def endpoints(creditor_id: CreditorId) -> str:
    """Return the partition of a creditor's webhook endpoints."""
    return f"W#{creditor_id}"


def deliveries(creditor_id: CreditorId, endpoint_id: str) -> str:
    """Return the partition of what is sent to an endpoint."""
    return f"D#{creditor_id}#{endpoint_id}"


def of_deliveries(pk: str) -> tuple[CreditorId, str]:
    """Read the partition key of an endpoint's deliveries.

    >>> of_deliveries("D#acme#we_1")
    ('acme', 'we_1')
    """
    _, creditor_id, endpoint_id = pk.split("#")
    return CreditorId(creditor_id), endpoint_id


def wake(shard: int) -> str:
    """Return the waiting index's key: the endpoints of one shard that are to be looked at.

    >>> wake(3)
    'WAKE#03'
    """
    return f"WAKE#{shard:02d}"


def answer(creditor_id: CreditorId, key_hash: str) -> str:
    """Return the partition of the answer to a call, by the hash of the call's own key."""
    return f"IDEM#{creditor_id}#{key_hash}"


def calls(client_id: str) -> str:
    """Return the partition of an API client's counted calls."""
    return f"RATE#{client_id}"
