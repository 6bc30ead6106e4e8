"""A creditor's own document: who it is, whose events count as its own, which ruler it follows."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, field_validator

from regua.application.message_content import Sender
from regua.application.ports import (
    ChannelSetup,
    Creditor,
    CreditorRegistry,
    Dkim,
    EventSource,
)
from regua.application.ruler_document import read_ruler
from regua.application.validation import invalid_input
from regua.application.wire import EmailAddress, Message, ShortText, TaxId
from regua.domain.addresses import domain_name
from regua.domain.errors import InvalidInput, Problem
from regua.domain.ids import CreditorId
from regua.domain.pix.keys import canonical_key
from regua.domain.pix.setup import DEFAULT_VALID_DAYS, PixSetup
from regua.domain.ruler import DEFAULT_RULER, Channel
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


class ChannelDocument(Message):
    """What every channel may say."""

    per_minute: int | None = Field(
        default=None,
        ge=1,
        le=100_000,
        strict=True,
        description="How many messages go out in a minute at the most",
    )


class EmailDocument(ChannelDocument):
    """How e-mails go out, besides the address they come from."""


class SmsDocument(ChannelDocument):
    """How text messages go out."""

    origin: Annotated[str, Field(min_length=1, max_length=256, pattern=r"^\S+$")] = Field(
        description="The number, sender id or pool they come from"
    )
    opt_out_word: Annotated[str, Field(pattern=r"^[A-Z]{3,12}$")] = "SAIR"

    @field_validator("opt_out_word")
    @classmethod
    def _is_understood(cls, value: str) -> str:
        from regua.domain.reply_intents import Intent, read_reply  # noqa: PLC0415 - no sender needs it

        if read_reply(value).intent is not Intent.STOP:
            msg = "must be a word that is read as a request to stop, such as SAIR or PARAR"
            raise ValueError(msg)
        return value


class VoiceDocument(ChannelDocument):
    """How automatic calls go out."""

    origin: Annotated[str, Field(min_length=1, max_length=256, pattern=r"^\S+$")]
    voice: Literal["CAMILA", "VITORIA", "RICARDO"] = "CAMILA"


class WhatsAppDocument(ChannelDocument):
    """How WhatsApp messages go out."""

    origin: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\S+$")] = Field(
        description="The provider's id of the number"
    )
    opt_in: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None,
        description="Where all your customers agreed to WhatsApp (a clause); without it each "
        "customer's own consent is needed",
    )

    not_approved: tuple[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")], ...] = Field(
        default=(),
        max_length=100,
        description="Names of our templates that Meta has not approved yet, refused or paused: "
        "what they would say goes out on the next channel instead",
    )


class ChannelsDocument(Message):
    """The channels that the creditor has set up; e-mail needs no more than an address."""

    email: EmailDocument | None = None
    sms: SmsDocument | None = None
    voice: VoiceDocument | None = None
    whatsapp: WhatsAppDocument | None = None

    def to_domain(self) -> Mapping[Channel, ChannelSetup]:
        """Build the set-ups by channel."""
        found = {}
        for channel in Channel:
            said = getattr(self, channel.value)
            if said is not None:
                options = {
                    name: ",".join(value) if isinstance(value, tuple) else value
                    for name, value in said.model_dump(
                        exclude_none=True, exclude={"origin", "per_minute"}
                    ).items()
                }
                origin = getattr(said, "origin", "")
                found[channel] = ChannelSetup(origin, options, said.per_minute)
        return found


def _domain(text: str) -> str:
    return domain_name(text).lower()


class DkimDocument(Message):
    """Which key signs the creditor's e-mails; without one only the provider signs them."""

    selector: Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")]
    domain: Annotated[str, Field(max_length=253), AfterValidator(_domain)] = Field(
        description="The domain of the e-mail's address, or one above it"
    )

    def to_domain(self) -> Dkim:
        """Build the name of the key."""
        return Dkim(self.selector, self.domain)


def _pix_key(text: str) -> str:
    try:
        return canonical_key(text)
    except InvalidInput as exc:
        raise ValueError(exc.problems[0].reason) from None


class PixDocument(Message):
    """How the creditor is paid by Pix; what its PSP asks for is in a secret of its own.

    Without a PSP the key is all: the customer's page writes codes for it, and nothing tells what
    was paid by them.
    """

    key: Annotated[str, Field(max_length=100), AfterValidator(_pix_key)] = Field(
        description="The Pix key that charges are paid to"
    )
    valid_days_after: int = Field(
        default=DEFAULT_VALID_DAYS,
        ge=0,
        le=1825,
        description="Days after the due date on which a charge can still be paid",
    )
    city: Annotated[str, Field(min_length=1, max_length=15, pattern=r"^[ -~]+$")] = Field(
        default="BRASIL", description="The city in a code that the PSP leaves to us to write"
    )
    psp: bool = Field(
        default=True,
        description="Whether the creditor's PSP makes charges for us and tells of what is paid",
    )

    def to_domain(self) -> PixSetup:
        """Build the set-up."""
        return PixSetup(self.key, self.valid_days_after, self.psp, self.city)


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
    channels: ChannelsDocument = ChannelsDocument()
    dkim: DkimDocument | None = None
    pix: PixDocument | None = None
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
        channels=read.channels.to_domain(),
        dkim=None if read.dkim is None else _dkim(read.dkim, read.email),
        pix=None if read.pix is None else read.pix.to_domain(),
        ruler_document=written,
    )


def _dkim(read: DkimDocument, email: str) -> Dkim:
    """Return what signs; only a signature of the sender's own domain counts for DMARC."""
    own = email.rpartition("@")[2].lower()
    if own != read.domain and not own.endswith(f".{read.domain}"):
        raise InvalidInput.at("dkim.domain", "must be the domain of the e-mail, or one above it")
    return read.to_domain()


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
