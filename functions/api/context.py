"""What every route works with: who calls, when it is, and the stores behind."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, NamedTuple, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import AfterValidator, TypeAdapter, ValidationError

from regua.adapters.clock import SystemClock
from regua.adapters.customer_keys import DynamoSalts
from regua.adapters.dynamodb_creditors import CACHE_SECONDS
from regua.adapters.dynamodb_rulers import DynamoRulers
from regua.adapters.email_templates import TEMPLATES
from regua.adapters.sqs import SqsShardQueue
from regua.application.activate_ruler import ActivateRuler
from regua.application.attend import Attend
from regua.application.erase_evidence import EraseEvidence
from regua.application.ingest import Ingest, check_ruler
from regua.application.ports import Creditor, RulerStore
from regua.application.validation import not_ahead
from regua.application.views import invoice_view
from regua.application.wire import Instant
from regua.domain.account import Account
from regua.domain.errors import InvalidInput, NotFound, Problem
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.late_charges import Profile
from regua.runtime import clients
from regua.runtime.http import creditor_of, decoded_id
from regua.runtime.settings import ApiSettings
from regua.runtime.stores import Stores, connect

_T = TypeVar("_T")
INSTANT = TypeAdapter[datetime](Instant)
ExternalIdPath = Annotated[
    str,
    Path(description="Your own id, percent-encoded; a slash inside it is written %252F."),
    AfterValidator(decoded_id),
]
RulerName = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="A ruler's name")
]
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


@cache
def wire() -> Wired:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = ApiSettings.from_environment()
    stores = connect(settings)
    rulers = DynamoRulers(clients.dynamodb(), settings.portfolio_table, settings.shards)
    queue = SqsShardQueue(clients.sqs(), settings.shard_queue_url)
    activate = ActivateRuler(rulers, queue, TEMPLATES, settings.shards, RESCHEDULE_DELAY_SECONDS)
    ingest = Ingest(stores.portfolio, stores.publisher)
    attend = Attend(stores.portfolio, stores.ledger, stores.publisher)
    eraser = DynamoSalts(clients.dynamodb(), settings.portfolio_table)
    erase = EraseEvidence(stores.portfolio, eraser)
    return Wired(stores, ingest, rulers, activate, attend, settings, erase)


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


def occurred(at: datetime | None) -> datetime:
    """Return when something happened, by default now."""
    return present() if at is None else not_future("occurred_at", at)


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


def under_body(run: Callable[[], _T], path: str = "body") -> _T:
    """Run what reads a part of the body, and tell problems by their path in it.

    Raises:
        InvalidInput: with every path under ``path``.
    """
    try:
        return run()
    except InvalidInput as exc:
        problems = (Problem(f"{path}.{p.path}", p.reason) for p in exc.problems)
        raise InvalidInput(tuple(problems)) from exc


def known_ruler(creditor: Creditor, name: str | None, path: str = "ruler") -> None:
    """Refuse the name of a ruler that the creditor does not have."""
    under_body(lambda: check_ruler(creditor, name, path))
