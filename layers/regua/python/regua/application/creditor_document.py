"""A creditor's own document: who it is, whose events count as its own, which ruler it follows."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator

from regua.application.email_content import Sender
from regua.application.ports import Creditor, CreditorRegistry, EventSource
from regua.application.ruler_document import read_ruler
from regua.application.validation import invalid_input
from regua.application.wire import EmailAddress, Message, ShortText, TaxId
from regua.domain.errors import InvalidInput, Problem
from regua.domain.ids import CreditorId
from regua.domain.ruler import DEFAULT_RULER
from regua.domain.rulers import Rulers


class EventSourceDocument(Message):
    """Who may speak for the creditor on the bus."""

    account: Annotated[str, Field(pattern=r"^\d{12}$")]
    source: Annotated[str, Field(min_length=1, max_length=256)]

    @field_validator("source")
    @classmethod
    def _not_ours(cls, value: str) -> str:
        if value == "regua" or value.startswith("aws."):
            msg = "is reserved"
            raise ValueError(msg)
        return value


class CreditorDocument(Message):
    """A tenant, as it is registered."""

    creditor_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    name: ShortText
    document: TaxId
    address_line: ShortText
    email: EmailAddress
    reply_to: EmailAddress | None = None
    phone: ShortText | None = None
    event_sources: tuple[EventSourceDocument, ...] = ()
    ruler: dict[str, Any] | None = None
    paused: bool = False


def read_creditor(document: object, *, templates: frozenset[str] | None = None) -> Creditor:
    """Read a creditor's document, its ruler included.

    Args:
        document: what was written.
        templates: names that exist; None does not check the ruler's.

    Raises:
        InvalidInput: with the path and reason of every problem found.
    """
    try:
        read = CreditorDocument.model_validate(document)
    except ValidationError as exc:
        raise invalid_input(exc) from exc
    try:
        written = DEFAULT_RULER if read.ruler is None else read.ruler
        ruler = read_ruler(written, templates=templates)
    except InvalidInput as exc:
        problems = (Problem(f"ruler.{p.path}", p.reason) for p in exc.problems)
        raise InvalidInput(tuple(problems)) from exc
    return Creditor(
        creditor_id=CreditorId(read.creditor_id),
        sender=Sender(
            name=read.name,
            document=read.document,
            address_line=read.address_line,
            email=read.email,
            reply_to=read.reply_to,
            phone=read.phone,
        ),
        rulers=Rulers.only(ruler),
        event_sources=frozenset(EventSource(s.account, s.source) for s in read.event_sources),
        paused=read.paused,
        ruler_document=written,
    )


def register_creditor(
    registry: CreditorRegistry,
    document: Mapping[str, Any],
    *,
    templates: frozenset[str],
    client_ids: tuple[str, ...] = (),
    sender_domains: frozenset[str] | None = None,
) -> CreditorId:
    """Register a tenant, or replace what is registered, and let API clients act for it.

    Args:
        registry: where it is written.
        document: the tenant's own words.
        templates: the templates that exist; a step with another one could never be sent.
        client_ids: API clients that act for it.
        sender_domains: the domains that the provider lets us send from; None does not check.

    Raises:
        InvalidInput: with the path and reason of every problem found.
    """
    creditor = read_creditor(document, templates=templates)
    if sender_domains is not None:
        _check_sender(creditor.sender.email, sender_domains)
    creditor_id = creditor.creditor_id
    registry.put(document)
    for client_id in client_ids:
        registry.put_client(client_id, creditor_id)
    return creditor_id


def _check_sender(email: str, domains: frozenset[str]) -> None:
    own = email.rpartition("@")[2]
    if not any(own == d.lower() or own.endswith(f".{d.lower()}") for d in domains):
        listed = ", ".join(sorted(domains))
        raise InvalidInput.at("email", f"must be in a domain that we may send from: {listed}")
