"""Routes about offers: what is offered to settle overdue debts, and what that is for a customer."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from regua.application.customer_page.terms import Parties, masked, terms_text
from regua.application.negotiation_views import deal_view, offered_view
from regua.application.ports import Creditor
from regua.application.preconditions import tag_of
from regua.application.wire import MAX_CENTAVOS, Date
from regua.application.write_offers import WriteOffers
from regua.domain.account import Account
from regua.domain.errors import InvalidInput, NotFound, Problem
from regua.domain.money import Money
from regua.domain.negotiation.deal import Deal
from regua.domain.negotiation.offers import Offer, deal_for, offer_for
from regua.runtime.http import respond, under_body

from . import context
from .context import ExternalIdPath, account_of, app, caller_now, expected, present, tagged, today

_T = TypeVar("_T")
MAX_INSTALMENTS = 60

Instalments = Annotated[
    int | None,
    Query(ge=1, le=MAX_INSTALMENTS, description="How many, after the down payment if there is one"),
]
DownPayment = Annotated[
    int | None,
    Query(ge=0, le=MAX_CENTAVOS, description="By default the least that is asked for"),
]
FirstDue = Annotated[
    Date | None,
    Query(description="When the first payment is due; by default as late as may be"),
]
QuotedOn = Annotated[
    Date | None,
    Query(description="The `on` of an earlier offer: while that stands, it is what is offered"),
]
_NO_DOCUMENT = "não informado"


@app.put("/v1/offers", tags=["negotiation"], summary="Write what is offered to settle debts")
def put_offers(body: dict[str, Any]) -> Response[Any]:
    """Answer the document: rules by delay, amount and segment, the first that fits is offered.

    Agreements that were made stay as they are.
    """
    creditor, wanted = caller_now(), expected()
    warnings = under_body(lambda: _write()(creditor, body, expected=wanted))
    context.wire().stores.directory.forget()
    told = [{"path": f"body.{p.path}", "reason": p.reason} for p in warnings]
    return tagged(respond({**body, "warnings": told}, HTTPStatus.OK), tag_of(body))


@app.get("/v1/offers", tags=["negotiation"], summary="Read what is offered to settle debts")
def get_offers() -> Response[Any]:
    """Answer the document; before one was written, that nothing is offered."""
    document = _write().find(caller_now())
    return tagged(respond(document), tag_of(document))


@app.get(
    "/v1/customers/<external_id>/offer",
    tags=["negotiation"],
    summary="What a customer is offered today",
)
def get_offer(
    external_id: ExternalIdPath,
    instalments: Instalments = None,
    down_payment_centavos: DownPayment = None,
    first_due: FirstDue = None,
    quoted_on: QuotedOn = None,
) -> Response[Any]:
    """Answer the offer, or why there is none; with `instalments` also what that comes to.

    The deal's `key` accepts exactly these terms (`POST /v1/agreements`).
    """
    creditor = caller_now()
    account = known_account(creditor, external_id)
    not_ahead_of(creditor, quoted_on, "query.quoted_on")
    found = offer_for(account, creditor.offers, creditor.rulers, present(), quoted_on)
    view = offered_view(account.customer_id, found)
    deal = None
    if isinstance(found, Offer):
        deal = _in_query(lambda: _chosen(found, instalments, down_payment_centavos, first_due))
    return respond({**view, "deal": None if deal is None else _told(deal, creditor, account)})


def known_account(creditor: Creditor, external_id: str) -> Account:
    """Return a customer's account, or 404: another creditor's is no different from none."""
    account = account_of(creditor, external_id)
    if account.customer is None:
        raise NotFound(external_id)
    return account


def not_ahead_of(creditor: Creditor, quoted_on: date | None, path: str) -> None:
    """Refuse the day of an offer that cannot have been made yet."""
    if quoted_on is not None and quoted_on > today(creditor):
        raise InvalidInput.at(path, "lies in the future")


def terms_of(deal: Deal, creditor: Creditor, account: Account) -> str:
    """Write a deal's terms in Portuguese, as the customer's page shows them."""
    customer = account.customer
    document = None if customer is None else customer.document
    parties = Parties(
        sender=creditor.sender,
        customer_name="" if customer is None else customer.name,
        masked_document=masked(document) if document else _NO_DOCUMENT,
        debts={i.external_id: (i.number, i.due_date) for i in account.invoices.values()},
    )
    return terms_text(deal, parties)


def _write() -> WriteOffers:
    return WriteOffers(context.wire().rulers)


def _chosen(
    offer: Offer, instalments: int | None, down_payment: int | None, first_due: date | None
) -> Deal | None:
    if instalments is None:
        if down_payment is not None or first_due is not None:
            raise InvalidInput.at("body.instalments", "is needed to work out a settlement")
        return None
    choice = offer.usual_choice(instalments)
    if down_payment is not None:
        choice = replace(choice, down_payment=Money(down_payment))
    if first_due is not None:
        choice = replace(choice, first_due=first_due)
    return deal_for(offer, choice)


def _told(deal: Deal, creditor: Creditor, account: Account) -> Mapping[str, Any]:
    terms = terms_of(deal, creditor, account)
    return deal_view(deal, creditor.creditor_id, account.customer_id, terms)


def _in_query(run: Callable[[], _T]) -> _T:
    """Tell what is wrong with a choice by its place in the query: the domain names a body."""
    try:
        return run()
    except InvalidInput as exc:
        problems = (
            Problem(f"query.{p.path.removeprefix('body.')}", p.reason) for p in exc.problems
        )
        raise InvalidInput(tuple(problems)) from exc
