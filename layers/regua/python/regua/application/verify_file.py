"""Verify a file of evidence: a bundle, or a laudo with the bundle attached to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from regua.application.bundle import Bundle, read_bundle
from regua.application.verdict import Check, CheckCode, Outcome, Verdict
from regua.application.verify_bundle import INSTANT, Anchors, Checkers, verify_bundle

PDF_START = b"%PDF-"
_BY_THE_REPORT = frozenset({CheckCode.MANIFEST, CheckCode.END})
"""What a bundle cannot prove of itself, and the issuer's signature over it does."""


@dataclass(frozen=True, slots=True)
class SignedReport:
    """A laudo as it was opened."""

    bundle: bytes = field(repr=False)
    intact: bool
    """There is a signature, it holds, and nothing in the file came after it."""
    trusted: bool | None
    """Whether the signer's certificate is under the CA that was given; None when none was."""
    signer: str
    """Whom the certificate names; empty when there is no signature."""
    signer_key_pem: str
    """The certificate's public key; empty when there is no signature."""
    signed_at: datetime | None
    """When the signature was time-stamped, or says it was made; None when neither."""
    dated: bool | None = None
    """Whether the signature carries a time stamp under the CA that was given; None when none was.
    """


class ReportOpener(Protocol):
    """Opens signed PDF files."""

    def __call__(
        self, data: bytes, *, signer_ca_pem: str | None, tsa_ca_pem: str | None, now: datetime
    ) -> SignedReport:
        """Open a PDF with a bundle attached.

        Args:
            data: the file.
            signer_ca_pem: whom to trust about the signer, PEM; None leaves that open.
            tsa_ca_pem: whom to trust about time. With it, the signer's certificate has to have
                been valid at the time stamp; without it, now.
            now: the instant of the check.

        Raises:
            InvalidInput: it is no PDF that can be read, or no bundle is attached to it.
        """
        ...


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """What a file holds, and what was found."""

    bundle: Bundle
    verdict: Verdict
    report: SignedReport | None = None
    """The PDF, where the file is one."""


@dataclass(frozen=True, slots=True)
class VerifyFile:
    """Verify files, against what is known from outside of them.

    A laudo is signed with the key that seals, whichever certificate of that key was installed at
    the time: the key alone decides whether it is the issuer's. A right bundle may be attached to
    anybody's PDF.
    """

    checkers: Checkers
    open_report: ReportOpener

    def __call__(
        self, data: bytes, *, anchors: Anchors, now: datetime, signer_ca_pem: str | None = None
    ) -> VerifiedFile:
        """Return every check.

        Args:
            data: the file, a PDF or a zip.
            anchors: the issuer's key and the time-stamping authority's CA, as known from outside.
            signer_ca_pem: a CA, PEM, under which the laudo's signer is to be as well.
            now: the instant of the check; only a PDF without a trusted time stamp needs it.

        Raises:
            InvalidInput: it is neither, or cannot be read.
        """
        if not data.startswith(PDF_START):
            bundle = read_bundle(data)
            return VerifiedFile(bundle, verify_bundle(bundle, self.checkers, anchors))
        report = self.open_report(
            data, signer_ca_pem=signer_ca_pem, tsa_ca_pem=anchors.tsa_ca_pem, now=now
        )
        bundle = read_bundle(report.bundle)
        verdict = verify_bundle(bundle, self.checkers, anchors)
        if not report.intact:
            unsigned = Check(CheckCode.PDF_SIGNATURE, "", Outcome.FAILED)
            return VerifiedFile(bundle, verdict.with_checks([unsigned]), report)
        checks = list(self._signed(report, anchors.seal_key_pem))
        vouches = all(check.outcome is Outcome.OK for check in checks)
        if vouches:
            issued = {"issued": f"{bundle.issued_at:{INSTANT}}"}
            checks.append(Check(CheckCode.MANIFEST, "", Outcome.OK))
            checks.append(Check(CheckCode.END, "", Outcome.OK, issued))
        settled = _BY_THE_REPORT if vouches else ()
        return VerifiedFile(bundle, verdict.with_checks(checks, instead_of=settled), report)

    def _signed(self, report: SignedReport, issuer_key_pem: str | None) -> Iterator[Check]:
        """Check who signed an intact report."""
        facts = {"signer": report.signer}
        yield Check(CheckCode.PDF_SIGNATURE, "", Outcome.OK)
        yield Check(CheckCode.PDF_KEY, "", self._issuers(report, issuer_key_pem), facts)
        if report.trusted is not None:
            outcome = Outcome.OK if report.trusted else Outcome.FAILED
            yield Check(CheckCode.PDF_SIGNER, "", outcome, facts)
        if report.dated is not None:
            outcome = Outcome.OK if report.dated else Outcome.FAILED
            at = "" if report.signed_at is None else f"{report.signed_at:{INSTANT}}"
            yield Check(CheckCode.PDF_STAMP, "", outcome, {"signed_at": at})

    def _issuers(self, report: SignedReport, issuer_key_pem: str | None) -> Outcome:
        """Compare the signer's key with the issuer's."""
        if issuer_key_pem is None:
            return Outcome.ABSENT
        expected = self.checkers.signatures.fingerprint(issuer_key_pem)
        found = self.checkers.signatures.fingerprint(report.signer_key_pem)
        return Outcome.OK if expected is not None and found == expected else Outcome.FAILED
