"""What every route works with: who calls, when it is, and the stores behind."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import AfterValidator, TypeAdapter, ValidationError

from regua.adapters.clock import SystemClock
from regua.adapters.customer_keys import DynamoSalts
from regua.adapters.dynamodb_bulk import DynamoBulkReads
from regua.adapters.dynamodb_calls import DynamoAnswers, DynamoCallCounter
from regua.adapters.dynamodb_creditors import CACHE_SECONDS
from regua.adapters.dynamodb_rulers import DynamoRulers
from regua.adapters.email_templates import TEMPLATES
from regua.adapters.pix_queues import SqsChargeQueue
from regua.adapters.sqs import SqsShardQueue
from regua.application.activate_ruler import ActivateRuler
from regua.application.attend import Attend
from regua.application.calls_ports import AnswerStore, CallCounter
from regua.application.erase_evidence import EraseEvidence
from regua.application.ingest import Ingest, check_ruler
from regua.application.issue_together import IssueTogether
from regua.application.ports import Creditor, RulerStore
from regua.application.preconditions import Expectation, names
from regua.application.validation import not_ahead
from regua.application.views import invoice_view
from regua.application.wire import Instant
from regua.domain.account import Account
from regua.domain.cursors import MAX_CURSOR
from regua.domain.errors import InvalidInput, NotFound
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.late_charges import Profile
from regua.runtime import clients
from regua.runtime.calls import Entrance
from regua.runtime.entity_tags import expectation_of, held_by
from regua.runtime.http import Answer, Event, creditor_of, decoded_id, under_body
from regua.runtime.settings import ApiSettings
from regua.runtime.stores import Stores, connect

INSTANT = TypeAdapter[datetime](Instant)
ExternalIdPath = Annotated[
    str,
    Path(description="Your own id, percent-encoded; a slash inside it is written %252F."),
    AfterValidator(decoded_id),
]
RulerName = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="A ruler's name")
]
Limit = Annotated[int, Query(ge=1, le=100, description="How many at the most")]
Cursor = Annotated[
    str | None,
    Query(max_length=MAX_CURSOR, description="The `cursor` of the page before, unchanged"),
]
MARGIN_SECONDS = 4.0
"""What is kept of a call's time to end and answer in."""
RESCHEDULE_DELAY_SECONDS = int(CACHE_SECONDS) + 10
"""After so long no function knows the rulers of before any more."""

logger = Logger()
metrics = Metrics()
clock = SystemClock()
app = APIGatewayHttpResolver(enable_validation=True)


class Wired(NamedTuple):
    """What the routes work with."""

    stores: Stores
    ingest: Ingest
    rulers: RulerStore
    activate: ActivateRuler
    attend: Attend
    settings: ApiSettings
    erase: EraseEvidence
    answers: AnswerStore
    calls: CallCounter
    together: IssueTogether


@cache
def wire() -> Wired:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = ApiSettings.from_environment()
    stores = connect(settings)
    rulers = DynamoRulers(clients.dynamodb(), settings.portfolio_table, settings.shards)
    queue = SqsShardQueue(clients.sqs(), settings.shard_queue_url)
    activate = ActivateRuler(rulers, queue, TEMPLATES, settings.shards, RESCHEDULE_DELAY_SECONDS)
    charges = SqsChargeQueue(
        clients.sqs(), settings.charge_queue_url, with_as_of=settings.allow_as_of
    )
    ingest = Ingest(stores.portfolio, stores.publisher, charges)
    attend = Attend(stores.portfolio, stores.ledger, stores.publisher)
    eraser = DynamoSalts(clients.dynamodb(), settings.portfolio_table)
    erase = EraseEvidence(stores.portfolio, eraser)
    answers = DynamoAnswers(clients.dynamodb(), settings.exchange_table)
    calls = DynamoCallCounter(clients.dynamodb(), settings.exchange_table)
    bulk = DynamoBulkReads(clients.dynamodb(), settings.portfolio_table, stores.portfolio)
    together = IssueTogether(ingest, bulk)
    return Wired(
        stores, ingest, rulers, activate, attend, settings, erase, answers, calls, together
    )


BODY_BYTES: Mapping[str, int] = {"POST /v1/invoices/batch": 4_000_000}
"""Routes that take more than others; Lambda itself takes 6 MB, the rest of the request included."""


def gate(event: Event, proceed: Callable[[Event], Answer]) -> Answer:
    """Let a call through that is not one too many, too large or answered already."""
    wired = wire()
    entrance = Entrance(
        wired.answers, wired.calls, wired.stores.directory, clock.now, body_bytes=BODY_BYTES
    )
    return entrance(event, proceed)


def caller(*named: str | None) -> Creditor:
    """Return the creditor that the verified token speaks for.

    Its rulers may be those of half a minute ago, except when one of ``named`` is not among them.
    """
    creditor = creditor_of(app.current_event, wire().stores.directory)
    if {n for n in named if n is not None} <= creditor.rulers.lines.keys():
        return creditor
    return caller_now()


def caller_now() -> Creditor:
    """Return the same with its rulers as they are at this moment."""
    directory = wire().stores.directory
    directory.forget()
    return creditor_of(app.current_event, directory)


def present() -> datetime:
    """Return the instant of the request; where time travels, the one it asks for."""
    wished = app.current_event.headers.get("x-regua-as-of")
    if not (wished and wire().settings.allow_as_of):
        return clock.now()
    try:
        return INSTANT.validate_python(wished)
    except ValidationError:
        raise InvalidInput.at("header.x-regua-as-of", "is not an instant") from None


def seconds_left() -> float:
    """Return for how long the call may go on working; below zero, nothing further is begun."""
    return app.lambda_context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS


def as_of() -> datetime | None:
    """Return the instant that what follows from the request is to be decided at, if time travels.

    None is when it is done.
    """
    return present() if wire().settings.allow_as_of else None


def not_future(name: str, at: datetime) -> datetime:
    """Return when something happened, refusing the far future where time does not travel."""
    if not wire().settings.allow_as_of:
        not_ahead(f"body.{name}", at, present())
    return at


def occurred(at: datetime | None, name: str = "occurred_at") -> datetime:
    """Return when something happened, by default now."""
    return present() if at is None else not_future(name, at)


def today(creditor: Creditor) -> date:
    """Return the creditor's business date."""
    return present().astimezone(creditor.ruler.zone).date()


def described(invoice: Invoice, creditor: Creditor, on: date | None = None) -> Mapping[str, Any]:
    """Describe an invoice under the terms that its customer may be charged by."""
    account = Account(creditor.creditor_id, invoice.customer_id)
    terms = creditor.rulers.followed(account, invoice).late_charges
    if terms.profile is not Profile.CONSUMER:
        account = account_of(creditor, invoice.customer_id)
        terms = account.late_charges(creditor.rulers.followed(account, invoice))
    return invoice_view(invoice, creditor, on or today(creditor), terms)


def account_of(creditor: Creditor, customer_id: str) -> Account:
    """Return one of the caller's accounts, empty when there is none."""
    return wire().stores.portfolio.load_account(creditor.creditor_id, CustomerId(customer_id))


def existing(creditor: Creditor, external_id: str) -> Invoice:
    """Return an invoice of the caller, or 404: another creditor's is no different from none."""
    found = wire().stores.portfolio.find_invoice(creditor.creditor_id, InvoiceId(external_id))
    if found is None:
        raise NotFound(external_id)
    return found


def expected() -> Expectation:
    """Return what the caller expects to find, by `If-Match` and `If-None-Match`."""
    return expectation_of(app.current_event.headers)


def tagged(answer: Response[Any], tag: str) -> Response[Any]:
    """Give an answer its tag; what a reader has already is not sent again.

    The tag stands for the facts of the resource alone (see `application.preconditions`): what
    follows from the day of asking, as the payoff and the next step, changes without it.
    """
    header = {"ETag": f'"{tag}"'}
    asked = app.current_event
    if asked.http_method == "GET" and names(held_by(asked.headers), tag):
        return Response(HTTPStatus.NOT_MODIFIED, body="", headers=dict(header))
    answer.headers.update(header)
    return answer


def known_ruler(creditor: Creditor, name: str | None, path: str = "ruler") -> None:
    """Refuse the name of a ruler that the creditor does not have."""
    under_body(lambda: check_ruler(creditor, name, path))
