"""What every route works with: who calls, for whom, and the use cases behind."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import unquote

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import AfterValidator, TypeAdapter

from regua.adapters.clock import SystemClock
from regua.adapters.cognito import CognitoIdentityProvider
from regua.adapters.dkim_keys import DkimKeys
from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.dynamodb_tenants import DynamoTenants
from regua.adapters.email_templates import TEMPLATES
from regua.adapters.ses_identities import SesIdentities
from regua.application.admin_ports import IdentityProvider, Page
from regua.application.lists import ANY_ID, Position, cursor_text, read_cursor
from regua.application.machines import Machines
from regua.application.people import People
from regua.application.ports import CreditorDirectory
from regua.application.preconditions import Expectation, names
from regua.application.sender_domains import SenderDomains
from regua.application.tenants import Tenants
from regua.application.wire import EmailAddress, Message
from regua.domain.access import TENANT_SCOPES
from regua.domain.addresses import domain_name
from regua.domain.cursors import MAX_CURSOR
from regua.domain.errors import NotFound
from regua.domain.ids import CreditorId
from regua.runtime import clients
from regua.runtime.access import Caller, check_platform, own_scopes
from regua.runtime.calls import Entrance, entrance_on
from regua.runtime.entity_tags import expectation_of, held_by
from regua.runtime.http import Answer, Event, creditor_of, respond
from regua.runtime.settings import AdminSettings

_Item = TypeVar("_Item")
_EMAIL = TypeAdapter[str](EmailAddress)
PAGE = 50

CreditorIdPath = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The creditor's id")
]
EmailPath = Annotated[
    str,
    Path(description="The person's e-mail address, percent-encoded"),
    AfterValidator(lambda value: _EMAIL.validate_python(unquote(value)).lower()),
]
DomainPath = Annotated[
    str,
    Path(description="A domain of the creditor's"),
    AfterValidator(lambda value: domain_name(unquote(value)).lower()),
]
CursorQuery = Annotated[
    str | None, Query(max_length=MAX_CURSOR, description="The `cursor` of the page before")
]

logger = Logger()
metrics = Metrics()
clock = SystemClock()
app = APIGatewayHttpResolver(enable_validation=True)


class Wired(NamedTuple):
    """What the routes work with."""

    directory: CreditorDirectory
    tenants: Tenants
    domains: SenderDomains
    machines: Machines
    people: People
    identity: IdentityProvider
    entrance: Entrance


@cache
def wire() -> Wired:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = AdminSettings.from_environment()
    dynamodb = clients.dynamodb()
    store = DynamoTenants(dynamodb, settings.portfolio_table)
    identity = CognitoIdentityProvider(
        clients.cognito(),
        clients.apigateway(),
        user_pool_id=settings.user_pool_id,
        api_id=settings.api_id,
        authorizer_id=settings.authorizer_id,
    )
    keys = DkimKeys(clients.secretsmanager(), settings.dkim_prefix, settings.secrets_key_arn)
    identities = SesIdentities(clients.sesv2(), settings.configuration_set)
    domains = SenderDomains(store, identities, keys, settings.domains)
    directory = DynamoCreditors(dynamodb, settings.portfolio_table)
    return Wired(
        directory,
        Tenants(store, domains, TEMPLATES),
        domains,
        Machines(store, identity),
        People(store, identity),
        identity,
        entrance_on(dynamodb, settings.exchange_table, directory, clock.now),
    )


def gate(event: Event, proceed: Callable[[Event], Answer]) -> Answer:
    """Let a call through that is not one too many, too large or answered already."""
    return wire().entrance(event, proceed)


def own_creditor() -> CreditorId:
    """Return the creditor that the verified token speaks for, as it is registered now."""
    directory = wire().directory
    directory.forget()
    return creditor_of(app.current_event, directory).creditor_id


def own() -> frozenset[str]:
    """Return what the caller may do."""
    return own_scopes(Caller.of(app.current_event), wire().directory)


def any_creditor(creditor_id: str) -> CreditorId:
    """Return a creditor of whoever runs the deployment: any that there is.

    Raises:
        MissingScope: the caller does not run the deployment.
        NotFound: no such creditor.
    """
    check_platform(Caller.of(app.current_event))
    return wire().directory.get(CreditorId(creditor_id)).creditor_id


def new_creditor(creditor_id: str) -> CreditorId:
    """Return a creditor that there may not be yet; raises `MissingScope` as `any_creditor` does."""
    check_platform(Caller.of(app.current_event))
    return CreditorId(creditor_id)


GIVEN_BY_PLATFORM = TENANT_SCOPES
"""Whoever runs the deployment gives a tenant anything that a tenant can have."""


def expected() -> Expectation:
    """Return what the caller expects to find, by `If-Match` and `If-None-Match`."""
    return expectation_of(app.current_event.headers)


def listed(
    kind: str, cursor: str | None, of: Callable[[CreditorId, str | None, int], Page[_Item]]
) -> tuple[Sequence[_Item], str | None]:
    """Return a page of what the caller's creditor has, and the cursor of the next page.

    Raises:
        InvalidInput: the cursor is none of this list's.
    """
    who, words, place = own_creditor(), {"list": kind}, None
    if cursor is not None:
        place = read_cursor(who, words, cursor, (kind,), ANY_ID).place
    page = of(who, place, PAGE)
    rest = None if page.after is None else cursor_text(who, words, Position(kind, page.after))
    return page.items, rest


def private(
    body: Message | Mapping[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
    *,
    etag: str | None = None,
) -> Response[Any]:
    """Answer with what nobody on the way may keep."""
    headers = {"Cache-Control": "no-store"}
    if etag is not None:
        headers["ETag"] = f'"{etag}"'
        asked = app.current_event
        if asked.http_method == "GET" and names(held_by(asked.headers), etag):
            return Response(HTTPStatus.NOT_MODIFIED, body="", headers=dict(headers))
    told = body.model_dump(mode="json") if isinstance(body, Message) else body
    answer = respond(told, status)
    answer.headers.update(headers)
    return answer


def written(*, is_new: bool) -> HTTPStatus:
    """Return the status of a write: whether it made something, or changed it."""
    return HTTPStatus.CREATED if is_new else HTTPStatus.OK


def gone() -> Response[Any]:
    """Answer that there is nothing any more."""
    return Response(HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store"})


def client_id_path(value: str) -> str:
    """Return a client's id as Cognito writes them.

    Raises:
        NotFound: it is none.
    """
    if not value.isalnum() or not value.isascii():
        raise NotFound(value)
    return value
