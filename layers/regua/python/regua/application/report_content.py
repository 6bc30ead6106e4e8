"""What an evidence report says, as plain data, before anybody puts it into words."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from regua.application.dossier import KeptEntry, MessageDossier
from regua.application.ports import Creditor
from regua.application.read_email import ReadEmail
from regua.domain.consent import Consent
from regua.domain.customer import Customer
from regua.domain.delivery import EventKind
from regua.domain.dispatch import DispatchRecord
from regua.domain.evidence import Level
from regua.domain.ids import InvoiceId
from regua.domain.ruler import Channel

FORMAT_VERSION = 1
"""Of the report's layout and wording; printed in it."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the report."""

    name: str
    media_type: str
    data: bytes = field(repr=False)
    is_bundle: bool = False
    """The evidence of all messages; otherwise one message's exact bytes."""

    @property
    def sha256(self) -> str:
        """Its hash, 64 lowercase hex characters."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class SignerIdentity:
    """The certificate a report is signed with, as it is printed in the report."""

    subject: str
    issuer: str
    serial: str
    sha256: str
    """Of the certificate (DER)."""
    valid_from: datetime
    valid_until: datetime
    format: str
    """What kind of signature is made, for people."""


@dataclass(frozen=True, slots=True)
class MessageReport:
    """One message of the report."""

    place: int
    """From 1, oldest first."""
    dossier: MessageDossier
    email: ReadEmail | None
    """Read from the exact bytes; None on other channels, or when the bytes are gone."""
    attachment: Attachment | None
    """The exact bytes, when they are still readable."""

    @property
    def entries(self) -> Sequence[KeptEntry]:
        """The chain, oldest first."""
        return self.dossier.entries

    @property
    def channel(self) -> Channel:
        """How it went out."""
        return self.dossier.record.dispatch.channel

    @property
    def composed(self) -> KeptEntry | None:
        """The entry with the exact bytes as they were last handed over, if they were kept."""
        made = [e for e in self.entries if e.entry.kind is EventKind.COMPOSED]
        return made[-1] if made else None

    @property
    def is_erased(self) -> bool:
        """Whether personal data of it were destroyed with the customer's key."""
        return any(e.erased for e in self.entries)

    @property
    def reached(self) -> Mapping[Level, datetime]:
        """When each level was first reached; a hit counts as it was judged last."""
        judged = _last_judgements(self.entries)
        found: dict[Level, datetime] = {}
        for kept in self.entries:
            entry = kept.entry
            if entry.kind is EventKind.RELABELLED:
                continue
            level = judged.get((entry.kind.value, entry.event_id), entry.level)
            found[level] = min(found.get(level, entry.at), entry.at)
        return found


def _last_judgements(entries: Sequence[KeptEntry]) -> Mapping[tuple[str, str], Level]:
    """Return the level of each hit that was judged again, by its kind and event id."""
    later = (e.entry for e in entries if e.entry.kind is EventKind.RELABELLED)
    return {
        (e.facts.get("of_kind", ""), e.facts.get("of_event_id", "")): e.level
        for e in sorted(later, key=lambda entry: (entry.at, entry.event_id))
    }


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything a report says."""

    number: str
    code: str
    """The verification code: printed here, stored nowhere."""
    issued_at: datetime
    verification_url: str
    creditor: Creditor
    customer: Customer | None
    consents: Sequence[Consent]
    invoice_id: InvoiceId | None
    """The invoice whose contacts are reported; None for a report on one message."""
    messages: Sequence[MessageReport]
    not_made: Sequence[DispatchRecord]
    """Contacts about the invoice that were planned and led to no message."""
    attachments: Sequence[Attachment]
    signer: SignerIdentity
    dkim_records: Mapping[str, str] = field(default_factory=dict)
    """DNS name of each DKIM key to its TXT value, as it was at the send."""
