"""What issuing evidence reports needs from the outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from regua.application.dossier import MessageDossier
from regua.application.ports import Creditor
from regua.application.report_content import ReportContent, SignerIdentity
from regua.domain.errors import Conflict
from regua.domain.ids import CreditorId, DispatchId


class SignerMissing(Conflict):
    """No certificate of the signing key is installed yet, or it is not the key's."""


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """An issued report, as it is remembered; nothing in it opens the report."""

    number: str
    creditor_id: CreditorId
    code_sha256: str
    """Of the verification code (`regua.domain.report_codes.code_sha256`)."""
    pdf_sha256: str
    issued_at: datetime
    dispatch_ids: tuple[DispatchId, ...]


class BundleWriter(Protocol):
    """Packs the evidence of messages into one file that can be verified offline."""

    def __call__(
        self,
        dossiers: Sequence[MessageDossier],
        *,
        creditor: Creditor,
        report: str | None,
        issued_at: datetime,
        certificates: Mapping[str, str],
        dkim_records: Mapping[str, str],
    ) -> bytes:
        """Return the zip file: same arguments, same bytes."""
        ...


class Certificates(Protocol):
    """The certificates that a verification starts from."""

    def __call__(self) -> Mapping[str, str]:
        """Return PEM texts by name: ``tsa`` and ``signer``, each where there is one."""
        ...


class ReportRenderer(Protocol):
    """Turns a report's content into a PDF/A-3 file with its attachments."""

    def __call__(self, content: ReportContent) -> bytes:
        """Return the file, unsigned: same content, same bytes."""
        ...


class ReportSigner(Protocol):
    """Signs a PDF and has the signature time-stamped."""

    def identity(self) -> SignerIdentity:
        """Return whose certificate the signature carries.

        Raises:
            SignerMissing: there is no certificate for the key yet.
        """
        ...

    def sign(self, pdf: bytes) -> bytes:
        """Return the file with a signature over all of it.

        Raises:
            SignerMissing: there is no certificate for the key yet.
            TemporaryError: the key or the time stamp authority does not answer.
        """
        ...


class ReportStore(Protocol):
    """Where issued reports are kept, written once."""

    def keep(self, record: ReportRecord, pdf: bytes) -> None:
        """Keep a report.

        Raises:
            Conflict: the number is taken.
        """
        ...

    def find(self, number: str) -> ReportRecord | None:
        """Return what is remembered of a report."""
        ...

    def download_url(self, number: str) -> str:
        """Return an address from which the file can be fetched for fifteen minutes."""
        ...


class Randomness(Protocol):
    """A source of unguessable bytes."""

    def __call__(self, size: int, /) -> bytes:
        """Return so many random bytes."""
        ...
