"""What a file does not tell stays as it was: rows are laid over what is known."""

from collections.abc import Collection
from dataclasses import replace

from regua.domain.customer import Customer
from regua.domain.invoice import Invoice, PaymentOptions
from regua.domain.money import ZERO

_DESCRIBED = (
    "number",
    "issue_date",
    "due_date",
    "amount",
    "rebate",
    "discounts",
    "description",
    "payment",
)


def merged_customer(known: Customer | None, told: Customer, given: Collection[str]) -> Customer:
    """Return a customer as known, with what the row tells in its place.

    An empty cell takes nothing away, and what no file has (tags, rating, wishes) stays.
    """
    if known is None:
        return told
    return replace(
        known,
        changed_at=told.changed_at,
        consents=(),
        name=told.name if "customer_name" in given else known.name,
        document=told.document or known.document,
        emails=told.emails or known.emails,
        phones=told.phones or known.phones,
        uf=told.uf or known.uf,
    )


def merged_invoice(known: Invoice | None, told: Invoice, given: Collection[str]) -> Invoice:
    """Return an invoice as the row describes it, with what it is silent about as known.

    What is taken off by agreement (rebate, discounts) stays while it fits the amount and its day.
    """
    if known is None:
        return told
    options = PaymentOptions(
        pix_copy_paste=told.payment.pix_copy_paste or known.payment.pix_copy_paste,
        boleto_line=told.payment.boleto_line or known.payment.boleto_line,
        url=told.payment.url or known.payment.url,
    )
    is_as_before = told.amount == known.amount and told.due_date >= known.due_date
    kept_rebate = known.rebate if known.rebate < told.amount else ZERO
    return replace(
        told,
        number=told.number if "number" in given else known.number,
        issue_date=told.issue_date if "issue_date" in given else known.issue_date,
        description=told.description or known.description,
        rebate=told.rebate or kept_rebate,
        discounts=known.discounts if is_as_before else (),
        payment=options,
        ruler=known.ruler,
        metadata=known.metadata,
    )


def is_same_customer(one: Customer, other: Customer) -> bool:
    """Tell whether two descriptions differ in nothing but their age."""
    return replace(one, changed_at=other.changed_at) == other


def is_same_invoice(one: Invoice, other: Invoice) -> bool:
    """Tell whether two descriptions of an invoice say the same."""
    return all(getattr(one, name) == getattr(other, name) for name in _DESCRIBED)
