"""Routes that explain: what happened at every step and why, and what comes next and when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from regua.adapters.explain_phrases import Language
from regua.adapters.explain_words import as_document
from regua.application.explain import explain_customer, explain_invoice
from regua.application.wire import Instant
from regua.domain.account import Account
from regua.domain.delivery import MessageEvent
from regua.domain.dispatch import DispatchRecord
from regua.domain.errors import NotFound
from regua.domain.ids import DispatchId
from regua.domain.notes import Note
from regua.runtime.http import respond

from . import context
from .context import ExternalIdPath, account_of, app, caller, existing, present

At = Annotated[Instant | None, Query(description="The instant to explain; now by default")]
In = Annotated[Language, Query(description="The language of the sentences")]


class _Known(NamedTuple):
    """Everything that was recorded about an account."""

    records: Sequence[DispatchRecord]
    facts: Mapping[DispatchId, Sequence[MessageEvent]]
    notes: Sequence[Note]


@app.get("/v1/invoices/<external_id>/explain", tags=["invoices"], summary="What happened and why")
def get_invoice_explanation(
    external_id: ExternalIdPath, at: At = None, language: In = "pt-BR"
) -> Response[Any]:
    """Answer every step of the invoice's ruler: what became of it and why, and what comes next."""
    creditor, now = caller(), present()
    invoice = existing(creditor, external_id)
    account = account_of(creditor, invoice.customer_id)
    known = _known(account)
    explanation = explain_invoice(
        invoice,
        account,
        creditor.rulers,
        records=known.records,
        facts=known.facts,
        notes=known.notes,
        at=_asked(at, now),
        now=now,
        given=creditor.circumstances,
    )
    return respond(as_document(explanation, language))


@app.get("/v1/customers/<external_id>/explain", tags=["customers"], summary="What happened and why")
def get_customer_explanation(
    external_id: ExternalIdPath, at: At = None, language: In = "pt-BR"
) -> Response[Any]:
    """Answer the same for every open invoice of a customer, and their next contact."""
    creditor, now = caller(), present()
    account = account_of(creditor, external_id)
    if account.customer is None:
        raise NotFound(external_id)
    known = _known(account)
    explanation = explain_customer(
        account,
        creditor.rulers,
        records=known.records,
        facts=known.facts,
        notes=known.notes,
        at=_asked(at, now),
        now=now,
        given=creditor.circumstances,
    )
    return respond(as_document(explanation, language))


def _asked(at: datetime | None, now: datetime) -> datetime:
    return now if at is None else at


def _known(account: Account) -> _Known:
    stores = context.wire().stores
    who = account.creditor_id, account.customer_id
    records = stores.ledger.of_account(*who)
    facts = {}
    for record in records:
        found = stores.ledger.find(record.dispatch.dispatch_id)
        facts[record.dispatch.dispatch_id] = found[1] if found else ()
    return _Known(records, facts, stores.portfolio.notes(*who))
