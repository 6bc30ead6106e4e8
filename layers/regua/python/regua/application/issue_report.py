"""The evidence report (laudo): what happened to a message, or to every message about an invoice.

A report is made from the dossiers as they are at the moment: it is written, signed and
time-stamped, kept once, and remembered by its number. Asking again makes another report, with a
number of its own, that says what is known by then.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from regua.application.attended import to_the_millisecond
from regua.application.bundle import BUNDLE_NAME, extension
from regua.application.dossier import EvidenceReader, MessageDossier
from regua.application.ports import CertificateStore, Creditor, DispatchLedger, Portfolio
from regua.application.read_email import read_email
from regua.application.report_content import Attachment, MessageReport, ReportContent
from regua.application.report_ports import (
    BundleWriter,
    Certificates,
    Randomness,
    ReportRecord,
    ReportRenderer,
    ReportSigner,
    ReportStore,
)
from regua.domain.delivery import EventKind
from regua.domain.dispatch import DispatchRecord
from regua.domain.errors import Conflict, NotFound
from regua.domain.ids import CustomerId, DispatchId, InvoiceId
from regua.domain.report_codes import (
    CODE_BYTES,
    NUMBER_BYTES,
    code_sha256,
    is_report_number,
    report_code,
    report_number,
)

BUNDLE_TYPE = "application/zip"
EMAIL_TYPE = "message/rfc822"


@dataclass(frozen=True, slots=True)
class IssuedReport:
    """What the caller is told of a new report; the code is told this once."""

    number: str
    code: str
    sha256: str
    """Of the signed file."""
    size: int
    verification_url: str
    download_url: str


@dataclass(frozen=True, slots=True)
class IssueReport:
    """Issue evidence reports and find them again."""

    reader: EvidenceReader
    ledger: DispatchLedger
    portfolio: Portfolio
    write_bundle: BundleWriter
    render: ReportRenderer
    signer: ReportSigner
    store: ReportStore
    random: Randomness
    certificates: Certificates
    provider_certificates: CertificateStore
    verification_base_url: str
    """Where reports are verified, without a slash at the end."""

    def of_message(
        self, creditor: Creditor, dispatch_id: DispatchId, now: datetime
    ) -> IssuedReport:
        """Issue the report of one message.

        Raises:
            NotFound: no such message of this creditor.
            Conflict: nothing was made for it that could be reported, or (`SignerMissing`) no
                certificate is installed.
            TemporaryError: the key or the time stamp authority does not answer.
        """
        dossier = self.reader.read(dispatch_id)
        if dossier is None or dossier.record.dispatch.creditor_id != creditor.creditor_id:
            raise NotFound(dispatch_id)
        return self._issue(creditor, None, [dossier], [], now)

    def of_invoice(self, creditor: Creditor, invoice_id: InvoiceId, now: datetime) -> IssuedReport:
        """Issue the report of every message about an invoice, on every channel.

        Raises:
            NotFound: no such invoice of this creditor.
            Conflict: no message was made about it, or (`SignerMissing`) no certificate is
                installed.
            TemporaryError: the key or the time stamp authority does not answer.
        """
        invoice = self.portfolio.find_invoice(creditor.creditor_id, invoice_id)
        if invoice is None:
            raise NotFound(invoice_id)
        dossiers, not_made = [], []
        for record in self.ledger.of_account(creditor.creditor_id, invoice.customer_id):
            if all(i.external_id != invoice_id for i in record.dispatch.invoices):
                continue
            dossier = self.reader.read(record.dispatch.dispatch_id)
            if dossier is not None and dossier.entries:
                dossiers.append(dossier)
            else:
                not_made.append(record)
        return self._issue(creditor, invoice_id, dossiers, not_made, now)

    def find(self, creditor: Creditor, number: str) -> tuple[ReportRecord, str]:
        """Return what is remembered of a report, and a fresh address to fetch it from.

        Raises:
            NotFound: no such report of this creditor.
        """
        record = self.store.find(number) if is_report_number(number) else None
        if record is None or record.creditor_id != creditor.creditor_id:
            raise NotFound(number)
        return record, self.store.download_url(number)

    def verification_url(self, number: str) -> str:
        """Return where a report is verified by the public."""
        return f"{self.verification_base_url}/verificar/{number}"

    def _issue(
        self,
        creditor: Creditor,
        invoice_id: InvoiceId | None,
        dossiers: Sequence[MessageDossier],
        not_made: Sequence[DispatchRecord],
        now: datetime,
    ) -> IssuedReport:
        if not any(d.entries for d in dossiers):
            raise Conflict("No message was made: there is nothing to report on.")
        now = to_the_millisecond(now)
        content = self._content(creditor, invoice_id, dossiers, not_made, now)
        pdf = self.signer.sign(self.render(content))
        record = ReportRecord(
            number=content.number,
            creditor_id=creditor.creditor_id,
            code_sha256=code_sha256(content.code) or "",
            pdf_sha256=hashlib.sha256(pdf).hexdigest(),
            issued_at=now,
            dispatch_ids=tuple(d.dispatch_id for d in dossiers),
        )
        self.store.keep(record, pdf)
        return IssuedReport(
            number=record.number,
            code=content.code,
            sha256=record.pdf_sha256,
            size=len(pdf),
            verification_url=content.verification_url,
            download_url=self.store.download_url(record.number),
        )

    def _provider_certificates(self, dossiers: Sequence[MessageDossier]) -> dict[str, str]:
        """Return the certificates that providers signed their envelopes with, as far as kept."""
        facts = (kept.entry.facts for dossier in dossiers for kept in dossier.entries)
        named = sorted({f["signing_cert_sha256"] for f in facts if "signing_cert_sha256" in f})
        found = ((sha256, self.provider_certificates.find(sha256)) for sha256 in named)
        return {f"sns-{sha256}": pem for sha256, pem in found if pem is not None}

    def _content(
        self,
        creditor: Creditor,
        invoice_id: InvoiceId | None,
        dossiers: Sequence[MessageDossier],
        not_made: Sequence[DispatchRecord],
        now: datetime,
    ) -> ReportContent:
        number = report_number(now.year, self.random(NUMBER_BYTES))
        messages = list(_messages(dossiers))
        dkim_records = {n: v for d in dossiers for n, v in _dkim_records(d)}
        bundle = self.write_bundle(
            dossiers,
            creditor=creditor,
            report=number,
            issued_at=now,
            certificates={**self.certificates(), **self._provider_certificates(dossiers)},
            dkim_records=dkim_records,
        )
        exact = [m.attachment for m in messages if m.attachment is not None]
        account = self.portfolio.load_account(creditor.creditor_id, _customer_of(dossiers))
        is_erased = any(m.is_erased for m in messages)
        return ReportContent(
            number=number,
            code=report_code(self.random(CODE_BYTES)),
            issued_at=now,
            verification_url=self.verification_url(number),
            creditor=creditor,
            customer=None if is_erased else account.customer,
            consents=() if is_erased else tuple(account.consents.values()),
            invoice_id=invoice_id,
            messages=messages,
            not_made=not_made,
            attachments=[Attachment(BUNDLE_NAME, BUNDLE_TYPE, bundle, is_bundle=True), *exact],
            signer=self.signer.identity(),
            dkim_records=dkim_records,
        )


def _messages(dossiers: Sequence[MessageDossier]) -> Iterator[MessageReport]:
    for place, dossier in enumerate(dossiers, start=1):
        exact = _exact(dossier, place)
        is_email = exact is not None and exact.media_type == EMAIL_TYPE
        email = read_email(exact.data) if exact is not None and is_email else None
        yield MessageReport(place, dossier, email, exact)


def _exact(dossier: MessageDossier, place: int) -> Attachment | None:
    """Return the exact bytes of a message as a file, when they can still be read."""
    for kept in reversed(dossier.entries):
        if kept.entry.kind is EventKind.COMPOSED and kept.raw is not None:
            media_type = kept.entry.raw.media_type if kept.entry.raw else ""
            return Attachment(f"mensagem-{place}.{extension(media_type)}", media_type, kept.raw)
    return None


def _dkim_records(dossier: MessageDossier) -> Iterator[tuple[str, str]]:
    """Yield the DKIM keys' DNS names and values, as they were noted at the send."""
    for kept in dossier.entries:
        facts = kept.entry.facts
        if "dkim_name" in facts and "dkim_record" in facts:
            yield facts["dkim_name"], facts["dkim_record"]


def _customer_of(dossiers: Sequence[MessageDossier]) -> CustomerId:
    return dossiers[0].record.dispatch.customer_id
