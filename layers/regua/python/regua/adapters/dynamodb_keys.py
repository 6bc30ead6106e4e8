"""Where everything is in the two tables."""

from datetime import date

from regua.domain.ids import CreditorId, CustomerId, InvoiceId, PaymentId

HEADER = "A"
OPEN = "I#"
CLOSED = "S#"
REFERENCE = "REF"
CREDITOR = "CREDITOR"
CLIENT = "CLIENT"
DUE_INDEX = "due"
HEAD = "HEAD"
EVENT = "E#"
DAY_INDEX = "by_day"
ACCOUNT_INDEX = "by_account"


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
