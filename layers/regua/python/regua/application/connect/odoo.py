"""An export of Odoo's ``account.move``: customer invoices, with their partner's fields.

The records are as ``web_search_read`` (or a scheduled action that posts JSON) gives them: a list,
or an object with it under ``records`` or ``result``; ``partner_id`` is an object with the fields
asked for. An empty field is ``false``; dates are ``YYYY-MM-DD``; ``write_date`` is UTC without an
offset; amounts are binary floats.

A posted invoice is described anew by each export; a cancelled one, and one that a credit note
reversed, is withdrawn; a draft, a bill or a journal entry tells us nothing. Payments come from
``invoice_payments_widget``, one by one, each under the id of its reconciliation. An export without
that field tells of a payment only once the invoice is paid in full: ``amount_residual`` says how
much is left, and not in how many payments the rest came. Ask for the field always or never: the
two name payments differently. A reconciliation that is undone disappears from the export and so
tells us nothing: whoever undoes it sends the event ``PaymentReversed``.

Source: github.com/odoo/odoo, addons/account/models/account_move.py (``move_type``, ``state``,
``payment_state``, ``invoice_date_due``, ``amount_residual``, ``invoice_payments_widget``);
https://www.odoo.com/documentation/17.0/developer/reference/external_api.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from regua.application.connect.body import found_at, is_absent, records_of, word_at
from regua.application.connect.conversions import instant_utc
from regua.application.connect.mapping import Connector, FactMap, View
from regua.application.wire import Message
from regua.domain.time_zones import SAO_PAULO

_WRITTEN_AT = {"path": "write_date", "as": "instant_utc"}
_DOCUMENT = ["partner_id.l10n_br_cnpj_cpf", "partner_id.cnpj_cpf", "partner_id.vat"]
"""Where the localisations of Brazil, and Odoo itself, have a partner's CPF or CNPJ."""
_INVOICES = frozenset({"out_invoice", "out_receipt"})
_IS_PAID = frozenset({"paid", "in_payment"})
_MAX_PAYMENTS = 200


class OdooSettings(Message):
    """A hook's settings: none of its own."""


MAPS: Mapping[str, FactMap] = {
    name: FactMap.model_validate(written)
    for name, written in {
        "InvoiceIssued": {
            "at": _WRITTEN_AT,
            "fields": {
                "external_id": "ours.external_id",
                "number": {"path": ["name", "id"]},
                "issue_date": {"path": ["invoice_date", "date"], "as": "date"},
                "due_date": {"path": "invoice_date_due", "as": "date"},
                "amount_centavos": {"path": "amount_total", "as": "float_reais"},
                "currency": {
                    "path": ["currency_id.name", "currency_id.display_name", "currency_id.1"],
                    "default": "BRL",
                },
                "description": {"path": ["payment_reference", "ref"], "as": "long_text"},
                "customer.external_id": "ours.partner_id",
                "customer.name": {
                    "path": ["partner_id.name", "partner_id.display_name", "partner_id.1"]
                },
                "customer.document": {"path": _DOCUMENT, "as": "document"},
                "customer.kind": {"path": _DOCUMENT, "as": "kind"},
                "customer.emails": {"path": "partner_id.email", "as": "emails"},
                "customer.phones": {
                    "path": ["partner_id.mobile", "partner_id.phone"],
                    "as": "phones",
                },
                "customer.uf": {"path": "partner_id.state_id.code", "as": "uf"},
            },
        },
        "InvoiceCancelled": {
            "at": _WRITTEN_AT,
            "fields": {
                "external_id": "ours.external_id",
                "reason": {
                    "path": "payment_state",
                    "values": {"reversed": "estornada por nota de crédito"},
                    "default": "cancelada no ERP",
                },
            },
        },
        "PaymentReceived": {
            "at": _WRITTEN_AT,
            "fields": {
                "invoice_external_id": "ours.external_id",
                "payment_id": "ours.payment_id",
                "amount_centavos": {"path": "ours.payment.amount", "as": "float_reais"},
                "paid_at": {"path": "ours.payment.date", "as": "day"},
                "method": {"value": "other"},
            },
        },
    }.items()
}


def facts_of(record: View) -> Iterator[tuple[str, View]]:
    """Tell which facts a move brings."""
    if word_at(record, "move_type") not in _INVOICES or word_at(record, "state") == "draft":
        return
    ours = {
        "external_id": _external_id("account.move", record.get("id")),
        "partner_id": _external_id("res.partner", _id_of(record.get("partner_id"))),
    }
    view = {**record, "ours": ours}
    yield "InvoiceIssued", view
    for payment_id, payment in _payments(record):
        more = {**ours, "payment_id": payment_id, "payment": payment}
        yield "PaymentReceived", {**record, "ours": more}
    if word_at(record, "state") == "cancel" or word_at(record, "payment_state") == "reversed":
        yield "InvoiceCancelled", view


def _payments(record: View) -> Iterator[tuple[str | None, object]]:
    """Return the payments of a move, each with its id."""
    content = found_at(record, "invoice_payments_widget.content")
    if isinstance(content, list):
        for payment in content[:_MAX_PAYMENTS]:
            partial = found_at(payment, "partial_id")
            if not found_at(payment, "is_exchange"):
                yield _external_id("account.partial.reconcile", partial), payment
    elif word_at(record, "payment_state") in _IS_PAID and is_absent(
        record.get("invoice_payments_widget")
    ):
        whole = {"amount": record.get("amount_total"), "date": _day_of(record.get("write_date"))}
        yield f"{_external_id('account.move', record.get('id'))}/paid", whole


def _day_of(write_date: object) -> object:
    """Return the day of an instant of UTC's by the clock of Brasília; the map tells what is none.

    >>> _day_of("2026-11-11 01:30:00")
    '2026-11-10'
    """
    try:
        return instant_utc(write_date).astimezone(ZoneInfo(SAO_PAULO)).date().isoformat()
    except (ValueError, OverflowError):
        return write_date


def _id_of(many2one: object) -> object:
    """Return the id of a many2one field: an object, a pair of id and name, or the id alone."""
    for path in ("id", "0"):
        found = found_at(many2one, path)
        if found is not None:
            return found
    return many2one


def _external_id(model: str, number: object) -> str | None:
    """Name a record as Odoo's own external ids do: what it is, and its number.

    >>> _external_id("account.move", 42)
    'account.move,42'
    """
    is_id = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 10**18
    return f"{model},{number}" if is_id else None


def _records(document: object) -> Sequence[tuple[str, object]]:
    for path in ("result.records", "records", "result"):
        if isinstance(found_at(document, path), list):
            return records_of(document, path)
    return records_of(document, "")


def number_of(ref: str) -> Any:  # noqa: ANN401 - Odoo's id, or what was told instead
    """Return Odoo's own number in one of our ids of its records.

    >>> number_of("account.move,42")
    42
    """
    number = ref.rpartition(",")[2]
    return int(number) if number.isascii() and number.isdigit() else ref


ODOO = Connector(maps=MAPS, facts_of=facts_of, records=_records)
