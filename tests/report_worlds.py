"""Reports issued in memory: the samples' messages, keys of the test, and everything else real."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from regua.adapters.memory import MemoryLedger, MemoryPortfolio
from regua.adapters.memory_certificates import MemoryCertificates
from regua.adapters.memory_reports import MemoryReports
from regua.adapters.memory_seals import MemorySigner
from regua.adapters.pades import PadesSigner, SignerCertificate
from regua.adapters.report_typst import TypstReportRenderer
from regua.application.bundle import write_bundle
from regua.application.dossier import MessageDossier
from regua.application.issue_report import IssuedReport, IssueReport
from regua.application.ports import Change
from regua.application.report_ports import ReportRenderer
from regua.domain.errors import TemporaryError
from regua.domain.ids import DispatchId
from tests import evidence_bundles as made
from tests import report_samples as samples
from tests.builders import any_account, any_invoice

BASE_URL = "https://cobranca.aurora.example.com.br"


class Dossiers:
    """Dossiers in a dictionary."""

    def __init__(self, *dossiers: MessageDossier) -> None:
        self.known: dict[DispatchId, MessageDossier] = {d.dispatch_id: d for d in dossiers}

    def read(self, dispatch_id: DispatchId) -> MessageDossier | None:
        """Return a message's dossier."""
        return self.known.get(dispatch_id)


class LocalStamper:
    """A time-stamping authority in the test."""

    def __init__(self) -> None:
        self.stamped: list[bytes] = []
        self.is_down = False

    def stamp(self, data: bytes) -> bytes:
        """Return a TimeStampResp (DER) over the data."""
        if self.is_down:
            raise TemporaryError("the authority is away")
        self.stamped.append(data)
        return made.stamp(data, samples.ISSUED_AT + timedelta(seconds=2))


class Counting:
    """Bytes that are different every time, and the same in every run."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, size: int, /) -> bytes:
        """Return so many bytes."""
        self.calls += 1
        return bytes((self.calls * 37 + i * 11) % 256 for i in range(size))


class IssuersKey(MemorySigner):
    """The key that the samples' seals are signed with: reports are signed with the same."""

    def __init__(self) -> None:
        super().__init__()
        self._key = made.seal_key()


@dataclass
class ReportWorld:
    """What issues reports about three messages of one invoice, and one contact never made."""

    renderer: ReportRenderer = field(default_factory=TypstReportRenderer)
    key: MemorySigner = field(default_factory=IssuersKey)
    stamper: LocalStamper = field(default_factory=LocalStamper)
    store: MemoryReports = field(default_factory=MemoryReports)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    certificate: SignerCertificate | None = None

    def __post_init__(self) -> None:
        public = load_pem_public_key(self.key.public_key_pem().encode())
        assert isinstance(public, ec.EllipticCurvePublicKey)
        self.certificate = self.certificate or samples.signer_certificate(public)
        self.signer = PadesSigner(self.key, self.stamper, lambda: self.certificate)
        self.certificates = MemoryCertificates()
        sns = made.certificates()
        self.certificates.keep(made.sns_sha256(), sns[f"sns-{made.sns_sha256()}"])
        self.dossiers = Dossiers(
            samples.delivered_email(), samples.bounced_email(), samples.answered_whatsapp()
        )
        self.portfolio = MemoryPortfolio(self.ledger, shards=1)
        invoice = any_invoice(samples.INVOICE)
        account = any_account(invoice, customer=samples.customer(), version=0)
        for consent in samples.consents():
            account = account.with_consent(consent)
        self.portfolio.commit(Change(account, invoices=(invoice,), new={invoice.external_id: 0}))
        for dossier in self.dossiers.known.values():
            self.ledger.plan(dossier.record.dispatch)
        self.ledger.plan(samples.suppressed().dispatch)
        self.issue = IssueReport(
            reader=self.dossiers,
            ledger=self.ledger,
            portfolio=self.portfolio,
            write_bundle=write_bundle,
            render=self.renderer,
            signer=self.signer,
            store=self.store,
            random=Counting(),
            certificates=self._certificates,
            provider_certificates=self.certificates,
            verification_base_url=BASE_URL,
        )

    def _certificates(self) -> Mapping[str, str]:
        assert self.certificate is not None
        return {"tsa": made.authority().ca_pem, "signer": self.certificate.certificate_pem}

    def of_message(
        self, dispatch_id: DispatchId = samples.EMAIL, at: datetime = samples.ISSUED_AT
    ) -> IssuedReport:
        """Issue the report of one message."""
        return self.issue.of_message(samples.creditor(), dispatch_id, at)

    def message(self) -> bytes:
        """Return the signed report of the e-mail."""
        return self.store.files[self.of_message().number]

    def invoice(self) -> bytes:
        """Return the signed report of every message about the invoice."""
        issued = self.issue.of_invoice(samples.creditor(), samples.INVOICE, samples.ISSUED_AT)
        return self.store.files[issued.number]

    def erased(self) -> bytes:
        """Return the signed report of the e-mail after the customer's key was destroyed."""
        known = self.dossiers.known[samples.EMAIL]
        self.dossiers.known[samples.EMAIL] = samples.erased(known)
        try:
            return self.message()
        finally:
            self.dossiers.known[samples.EMAIL] = known
