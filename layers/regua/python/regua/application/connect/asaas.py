"""An Asaas-like payment provider: its webhook for charges becomes our facts.

Every event carries the whole charge (``payment``), so each one describes the invoice anew and a
missed event is made good by the next; what happened to the money comes on top. The charge holds
only the customer's id: who that is must be known already (register customers under the provider's
ids, ``PUT /v1/customers/cus_…``), or stand expanded in the place of the id.

Source: https://docs.asaas.com/docs/webhook-para-cobrancas (events and the charge's fields),
https://docs.asaas.com/docs/receba-eventos-do-asaas-no-seu-endpoint-de-webhook (``dateCreated``).
Events of other kinds, and new ones, tell us nothing and are no error: the provider's queue stops
after fifteen answers other than 200 (https://docs.asaas.com/docs/webhooks-queue-paused).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from pydantic import Field

from regua.application.connect.body import found_at, word_at
from regua.application.connect.conversions import iso_date, reais
from regua.application.connect.mapping import Connector, FactMap, View
from regua.application.hook_proof import VALUE_PATTERN
from regua.application.wire import Message
from regua.domain.errors import InvalidInput

_EVENT_AT = {"path": "dateCreated", "as": "instant_brasilia"}
_DESCRIBES = frozenset(
    {
        "PAYMENT_CREATED",
        "PAYMENT_UPDATED",
        "PAYMENT_OVERDUE",
        "PAYMENT_CONFIRMED",
        "PAYMENT_RECEIVED",
        "PAYMENT_REFUNDED",
        "PAYMENT_PARTIALLY_REFUNDED",
        "PAYMENT_RECEIVED_IN_CASH_UNDONE",
    }
)
_IS_PAID = frozenset({"PAYMENT_CONFIRMED", "PAYMENT_RECEIVED"})
_IS_TAKEN_BACK = frozenset({"PAYMENT_REFUNDED", "PAYMENT_RECEIVED_IN_CASH_UNDONE"})
_MAX_REFUNDS = 50
_MAX_DAYS = 366


class AsaasSettings(Message):
    """A hook's settings: the token that the provider was told to send, if it was."""

    access_token: str | None = Field(
        default=None, min_length=16, max_length=255, pattern=VALUE_PATTERN, repr=False
    )


MAPS: Mapping[str, FactMap] = {
    name: FactMap.model_validate(written)
    for name, written in {
        "InvoiceIssued": {
            "at": _EVENT_AT,
            "fields": {
                "external_id": "payment.id",
                "number": {"path": ["payment.invoiceNumber", "payment.id"]},
                "issue_date": {"path": "payment.dateCreated", "as": "date"},
                "due_date": {"path": "payment.dueDate", "as": "date"},
                "amount_centavos": {
                    "path": ["payment.originalValue", "payment.value"],
                    "as": "reais",
                },
                "discounts": {"path": "ours.discounts", "as": "raw"},
                "description": {"path": "payment.description", "as": "long_text"},
                "payment.url": "payment.invoiceUrl",
                "customer.external_id": {"path": ["payment.customer.id", "payment.customer"]},
                "customer.name": "payment.customer.name",
                "customer.document": {"path": "payment.customer.cpfCnpj", "as": "document"},
                "customer.kind": {"path": "payment.customer.cpfCnpj", "as": "kind"},
                "customer.emails": {
                    "path": ["payment.customer.email", "payment.customer.additionalEmails"],
                    "as": "emails",
                },
                "customer.phones": {
                    "path": ["payment.customer.mobilePhone", "payment.customer.phone"],
                    "as": "phones",
                },
                "customer.uf": {"path": "payment.customer.state", "as": "uf"},
            },
        },
        "InvoiceCancelled": {
            "at": _EVENT_AT,
            "fields": {
                "external_id": "payment.id",
                "reason": {"value": "removida no provedor de pagamento"},
            },
        },
        "PaymentReceived": {
            "at": _EVENT_AT,
            "fields": {
                "invoice_external_id": "payment.id",
                "payment_id": {"path": ["ours.payment_id", "payment.id"]},
                "amount_centavos": {"path": ["ours.value", "payment.value"], "as": "reais"},
                "paid_at": {
                    "path": [
                        "payment.clientPaymentDate",
                        "payment.confirmedDate",
                        "payment.paymentDate",
                    ],
                    "as": "day",
                },
                "method": {
                    "path": "payment.billingType",
                    "values": {
                        "PIX": "pix",
                        "BOLETO": "boleto",
                        "CREDIT_CARD": "card",
                        "DEBIT_CARD": "card",
                        "TRANSFER": "transfer",
                        "DEPOSIT": "transfer",
                    },
                    "default": "other",
                },
            },
        },
        "PaymentReversed": {
            "at": {"path": ["ours.refunded_at", "dateCreated"], "as": "instant_brasilia"},
            "fields": {
                "payment_id": "ours.payment_id",
                "reason": {"value": "estornado no provedor de pagamento"},
            },
        },
    }.items()
}


def facts_of(record: View) -> Iterator[tuple[str, View]]:
    """Tell which facts an event brings.

    A refund of a part takes the whole payment back and records what is left of it as another, so
    that the sum is right whatever order the refunds are told in: ``pay_1``, ``pay_1~1``, …

    Raises:
        InvalidInput: the charge was restored after it was removed: withdrawn is withdrawn, and
            what is owed anew is billed under a new id.
    """
    event = word_at(record, "event")
    if event == "PAYMENT_RESTORED":
        raise InvalidInput.at("event", "a withdrawn invoice stays so: bill again under a new id")
    if event == "PAYMENT_DELETED":
        yield "InvoiceCancelled", record
    if event not in _DESCRIBES:
        return
    yield "InvoiceIssued", {**record, "ours": {"discounts": _discounts(record)}}
    if event in _IS_PAID:
        yield "PaymentReceived", record
    if event in _IS_TAKEN_BACK:
        yield from _taken_back(record)
    if event == "PAYMENT_PARTIALLY_REFUNDED":
        yield from _partly_taken_back(record)


def _taken_back(record: View) -> Iterator[tuple[str, View]]:
    refunds = _refunds(record)
    for number in range(max(len(refunds), 1)):
        yield "PaymentReversed", _reversal(record, number, refunds)


def _partly_taken_back(record: View) -> Iterator[tuple[str, View]]:
    refunds = _refunds(record)
    if not refunds:
        raise InvalidInput.at("payment.refunds", "says not what was taken back")
    yield from _taken_back(record)
    back = sum(_centavos(f"payment.refunds.{n}.value", r) for n, r in enumerate(refunds))
    left = _centavos("payment.value", found_at(record, "payment")) - back
    if left > 0:
        ours = {
            "payment_id": _part(record, len(refunds)),
            "value": f"{left // 100}.{left % 100:02}",
        }
        yield "PaymentReceived", {**record, "ours": ours}


def _reversal(record: View, number: int, refunds: Sequence[Any]) -> View:
    at = found_at(refunds[number], "dateCreated") if refunds else None
    return {**record, "ours": {"payment_id": _part(record, number), "refunded_at": at}}


def _part(record: View, number: int) -> str:
    """Name a charge's payment, or what was left of it after so many refunds."""
    charge = found_at(record, "payment.id")
    return f"{charge}~{number}" if number else str(charge)


def _refunds(record: View) -> Sequence[Any]:
    """Return the refunds that were made, in the order of the provider's list: the oldest first."""
    found = found_at(record, "payment.refunds")
    if found is None:
        return ()
    if not isinstance(found, list) or len(found) > _MAX_REFUNDS:
        raise InvalidInput.at("payment.refunds", "is not a short list")
    return [r for r in found if word_at(r, "status") not in {"CANCELLED", "PENDING"}]


def _centavos(path: str, holder: object) -> int:
    try:
        return reais(found_at(holder, "value"))
    except ValueError as exc:
        raise InvalidInput.at(path, str(exc)) from None


def _discounts(record: View) -> list[dict[str, Any]]:
    """Return the charge's discount: an amount or a percentage until some days before it is due."""
    discount = found_at(record, "payment.discount")
    worth = found_at(discount, "value")
    if worth is None or not _centavos("payment.discount.value", discount):
        return []
    days = found_at(discount, "dueDateLimitDays") or 0
    if not isinstance(days, int) or not 0 <= days <= _MAX_DAYS:
        raise InvalidInput.at("payment.discount.dueDateLimitDays", "is not a number of days")
    try:
        due = date.fromisoformat(iso_date(found_at(record, "payment.dueDate")))
    except ValueError as exc:
        raise InvalidInput.at("payment.dueDate", str(exc)) from None
    until = (due - timedelta(days=days)).isoformat() if due.toordinal() > days else due.isoformat()
    if word_at(discount, "type") == "PERCENTAGE":
        return [{"until": until, "percent": str(worth)}]
    return [{"until": until, "amount_centavos": _centavos("payment.discount.value", discount)}]


ASAAS = Connector(maps=MAPS, facts_of=facts_of, ref="payment.id")
