"""Open a laudo: is the PDF as it was signed, by whom, and the bundle attached to it.

The file may come from anybody. pyHanko reads it under limits on what its streams may grow to when
they are unpacked; whatever is wrong with it makes it unreadable, never a defect.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from asn1crypto import pem, x509  # type: ignore[import-untyped]
from pyhanko.pdf_utils.decode_limits import (
    DecodeLimits,
    DocumentDecodeBudget,
    StreamDecodeLimits,
)
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import (
    MultivaluedAttributeError,
    NonexistentAttributeError,
    find_unique_cms_attribute,
)
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from regua.application.bundle import BUNDLE_NAME, MAX_BUNDLE_BYTES
from regua.application.verify_file import SignedReport
from regua.domain.errors import InvalidInput

MAX_PDF_BYTES = MAX_BUNDLE_BYTES
_MAX_ATTACHMENTS = 64

# They log what they find in a file, and a file from anybody has no say in our logs.
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

_LIMITS = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=MAX_BUNDLE_BYTES),
    document_budget=DocumentDecodeBudget(base_allowance=2 * MAX_BUNDLE_BYTES, max_ratio=10),
)
"""What a file from anybody may unpack to, one stream and all of them."""

_HARMLESS = frozenset({ModificationLevel.NONE, ModificationLevel.LTA_UPDATES})
"""Time stamps for the long term may be added to a signed file; nothing else."""


def open_report(
    data: bytes, *, signer_ca_pem: str | None, tsa_ca_pem: str | None, now: datetime
) -> SignedReport:
    """Open a PDF with a bundle attached.

    Args:
        data: the file.
        signer_ca_pem: whom to trust about the signer, PEM; None leaves that open.
        tsa_ca_pem: whom to trust about time. With it, the signer's certificate has to have been
            valid at the time stamp; without it, now.
        now: the instant of the check.

    Raises:
        InvalidInput: it is no PDF that can be read, or no bundle is attached to it.
    """
    if len(data) > MAX_PDF_BYTES:
        raise InvalidInput.at("", f"is larger than {MAX_PDF_BYTES} bytes")
    try:
        reader = PdfFileReader(BytesIO(data), decode_limits=_LIMITS)
        bundle = _attachment(reader)
        signatures = list(reader.embedded_regular_signatures)
        covered = bool(signatures) and _covers_all(reader.embedded_signatures[-1])
    except Exception as exc:
        raise InvalidInput.at("", "is not a PDF that can be read") from exc
    if bundle is None:
        raise InvalidInput.at(BUNDLE_NAME, "is not attached to the PDF")
    if not signatures:
        return _unsigned(bundle)
    try:
        found = _checked(signatures[0], signer_ca_pem, tsa_ca_pem, now)
    except Exception:  # noqa: BLE001 - as above: what cannot be checked does not hold
        return _unsigned(bundle)
    return SignedReport(
        bundle=bundle,
        intact=found.holds and covered,
        trusted=found.trusted,
        signer=found.signer,
        signer_key_pem=found.signer_key_pem,
        signed_at=found.signed_at,
        dated=found.dated,
    )


def _unsigned(bundle: bytes) -> SignedReport:
    return SignedReport(
        bundle=bundle, intact=False, trusted=None, signer="", signer_key_pem="", signed_at=None
    )


def _attachment(reader: PdfFileReader) -> bytes | None:
    for specification in _file_specifications(reader.root):
        name = specification["/UF"] if "/UF" in specification else specification["/F"]
        if name == BUNDLE_NAME:
            content: bytes = specification["/EF"]["/F"].data
            return content
    return None


def _file_specifications(root: Any) -> Iterator[Any]:  # noqa: ANN401 - any PDF object
    """Yield the files attached to the document: those it is said to go with come first.

    Only looking a value up by its key or place follows references; going through them does not.
    """
    if "/AF" in root:
        files = root["/AF"]
        yield from (files[place] for place in range(min(len(files), _MAX_ATTACHMENTS)))
    if "/Names" in root and "/EmbeddedFiles" in root["/Names"]:
        names = root["/Names"]["/EmbeddedFiles"]["/Names"]
        yield from (names[place] for place in range(1, min(len(names), _MAX_ATTACHMENTS), 2))


def _covers_all(signature: EmbeddedPdfSignature) -> bool:
    return signature.evaluate_signature_coverage() is SignatureCoverageLevel.ENTIRE_FILE


@dataclass(frozen=True, slots=True)
class _Signature:
    holds: bool
    trusted: bool | None
    signer: str
    signer_key_pem: str
    signed_at: datetime | None
    dated: bool | None


def _checked(
    signature: EmbeddedPdfSignature,
    signer_ca_pem: str | None,
    tsa_ca_pem: str | None,
    now: datetime,
) -> _Signature:
    stamped_at = _stamped_at(signature)
    moment = stamped_at if stamped_at is not None and tsa_ca_pem is not None else now
    status = validate_pdf_signature(
        signature,
        signer_validation_context=_context(signer_ca_pem, moment),
        ts_validation_context=_context(tsa_ca_pem, moment),
    )
    stamp = status.timestamp_validity
    dated: bool | None = None
    if tsa_ca_pem is not None:
        dated = stamp is not None and bool(stamp.trusted and stamp.valid)
    trusted: bool | None = None
    if signer_ca_pem is not None:
        trusted = bool(status.trusted) and dated is not False
    return _Signature(
        holds=bool(status.intact and status.valid) and status.modification_level in _HARMLESS,
        trusted=trusted,
        signer=_common_name(status.signing_cert),
        signer_key_pem=pem.armor("PUBLIC KEY", status.signing_cert.public_key.dump()).decode(),
        signed_at=stamped_at or signature.self_reported_timestamp,
        dated=dated,
    )


def _common_name(certificate: x509.Certificate) -> str:
    subject = certificate.subject
    name = subject.native.get("common_name")
    return name if isinstance(name, str) else str(subject.human_friendly)


def _stamped_at(signature: EmbeddedPdfSignature) -> datetime | None:
    """Return the instant of the time stamp that the signature carries; it is checked elsewhere."""
    try:
        attributes = signature.signer_info["unsigned_attrs"]
        token = find_unique_cms_attribute(attributes, "signature_time_stamp_token")
    except (NonexistentAttributeError, MultivaluedAttributeError):
        return None
    info = token["content"]["encap_content_info"]["content"].parsed
    at: datetime = info["gen_time"].native
    return at.astimezone(UTC)


def _context(ca_pem: str | None, moment: datetime) -> ValidationContext:
    """Trust the roots that are given, or the last certificate; nothing is fetched."""
    given = [] if ca_pem is None else list(_certificates(ca_pem))
    return ValidationContext(
        trust_roots=[each for each in given if each.self_issued] or given[-1:],
        other_certs=[each for each in given if not each.self_issued],
        moment=moment,
        allow_fetching=False,
    )


def _certificates(text: str) -> Iterator[x509.Certificate]:
    for _, _, der in pem.unarmor(text.encode(), multiple=True):
        yield x509.Certificate.load(der)
