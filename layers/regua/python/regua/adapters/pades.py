"""PAdES signatures (ETSI EN 319 142-1, level B-T) by a key that never leaves KMS.

The signature certifies the document: nothing may be changed afterwards, except that validation
data and further time stamps may be added by later saving. Its time stamp comes from the authority
that stamps the seals, checked before it is believed.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from asn1crypto import algos, cms, tsp  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pyhanko.pdf_utils.extensions import DeveloperExtension
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from regua.adapters.time_stamp_reading import distinguished_name
from regua.application.report_content import SignerIdentity
from regua.application.report_ports import SignerMissing
from regua.application.seal_evidence import Signer
from regua.application.seal_evidence import TimeStamper as StampingAuthority

FIELD = "AssinaturaDoLaudo"
REASON = "Emissão de laudo de evidência digital"
LOCATION = "Brasil"
FORMAT = "PAdES (ETSI EN 319 142-1), com carimbo do tempo RFC 3161 (nível B-T)"
_RESERVED = 49_152
"""Hexadecimal digits kept free for the signature: 24 KiB hold it, its chain and its time stamp."""


@dataclass(frozen=True, slots=True)
class SignerCertificate:
    """The certificate of the signing key, and the certificates above it, root last, as PEM."""

    certificate_pem: str
    chain_pem: str


class PadesSigner:
    """Signs reports (`regua.application.report_ports.ReportSigner`)."""

    def __init__(
        self,
        key: Signer,
        stamper: StampingAuthority,
        certificate: Callable[[], SignerCertificate | None],
    ) -> None:
        self._key = key
        self._stamper = stamper
        self._certificate = certificate

    def identity(self) -> SignerIdentity:
        """Return whose certificate the signature carries."""
        certificate, _ = self._certificates()
        return SignerIdentity(
            subject=distinguished_name(certificate.subject),
            issuer=distinguished_name(certificate.issuer),
            serial=f"{certificate.serial_number:X}",
            sha256=certificate.fingerprint(hashes.SHA256()).hex(),
            valid_from=certificate.not_valid_before_utc,
            valid_until=certificate.not_valid_after_utc,
            format=FORMAT,
        )

    def sign(self, pdf: bytes) -> bytes:
        """Return the file with a signature over all of it."""
        certificate, chain = self._certificates()
        signer = _KmsSignature(self._key, certificate, chain)
        signed = signers.PdfSigner(
            signers.PdfSignatureMetadata(
                field_name=FIELD,
                md_algorithm="sha256",
                subfilter=SigSeedSubFilter.PADES,
                reason=REASON,
                location=LOCATION,
                certify=True,
                docmdp_permissions=MDPPerm.NO_CHANGES,
            ),
            signer,
            timestamper=_StampOfSignature(signer, self._stamper),
            new_field_spec=SigFieldSpec(FIELD),
        ).sign_pdf(_Untouched(BytesIO(pdf)), bytes_reserved=_RESERVED)
        return bytes(signed.getvalue())

    def _certificates(self) -> tuple[x509.Certificate, list[x509.Certificate]]:
        configured = self._certificate()
        if configured is None:
            raise SignerMissing("No certificate of the signing key is installed.")
        return checked_certificates(configured, self._key.public_key_pem())


def checked_certificates(
    configured: SignerCertificate, public_key_pem: str
) -> tuple[x509.Certificate, list[x509.Certificate]]:
    """Read a certificate with its chain, and check that they belong together and to the key.

    Args:
        configured: the certificate and the chain.
        public_key_pem: the signing key's public half.

    Raises:
        SignerMissing: they cannot be read, or the certificate is another key's, is not meant for
            signing, or is not signed by the chain.
    """
    try:
        certificate = x509.load_pem_x509_certificate(configured.certificate_pem.encode())
        chain_pem = configured.chain_pem.encode()
        chain = x509.load_pem_x509_certificates(chain_pem) if chain_pem.strip() else []
        spki = certificate.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise SignerMissing("The signer's certificate cannot be read.") from exc
    if spki.decode().split() != public_key_pem.split():
        raise SignerMissing("The certificate is not that of the signing key.")
    if not _may_sign(certificate):
        raise SignerMissing("The certificate is not meant for signing documents.")
    below = certificate
    for above in chain:
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature) as exc:
            raise SignerMissing(
                "The chain does not lead from the certificate to its root."
            ) from exc
        below = above
    return certificate, chain


def _may_sign(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate is for signing documents: verifiers ask for non-repudiation."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return usage.content_commitment


class _Untouched(IncrementalPdfFileWriter):
    """Adds to a document and leaves what PDF/A-3 says about it as it is.

    The library would write the XMP metadata anew, in a form that validators may not take, and
    call the file PDF 2.0, which PDF/A-3 (ISO 19005-3, on PDF 1.7) is not.
    """

    def _update_meta(self) -> None:
        return

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """Stay with PDF 1.7."""

    def register_extension(self, ext: DeveloperExtension) -> None:
        """Declare no extension: the signature is one that readers of PDF 1.7 know."""


class _KmsSignature(signers.Signer):
    """A CMS signature whose one secret step is done by KMS."""

    def __init__(
        self, key: Signer, certificate: x509.Certificate, chain: list[x509.Certificate]
    ) -> None:
        above = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        above.register_multiple([_asn1(each) for each in chain])
        super().__init__(
            signing_cert=_asn1(certificate),
            cert_registry=above,
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            embed_roots=True,
        )
        self._key = key
        self.last_signature = b""

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - pyHanko's signature
    ) -> bytes:
        """Sign the attributes that bind the document."""
        if dry_run or digest_algorithm != "sha256":  # pragma: no cover - never asked so
            raise NotImplementedError
        self.last_signature = self._key.sign(data)
        return self.last_signature


class _StampOfSignature(TimeStamper):
    """The time stamp over a signature just made, from the configured authority."""

    def __init__(self, signer: _KmsSignature, authority: StampingAuthority) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._signer = signer
        self._authority = authority

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:  # noqa: ANN401 - asn1crypto has no types
        """Return the token for the signature whose hash is asked for."""
        signature = self._signer.last_signature
        if md_algorithm != "sha256" or hashlib.sha256(signature).digest() != message_digest:
            raise NotImplementedError  # pragma: no cover - it stamps the signature only
        response = tsp.TimeStampResp.load(self._authority.stamp(signature), strict=True)
        token = response["time_stamp_token"]
        return cms.ContentInfo.load(token.dump())


def _asn1(certificate: x509.Certificate) -> Any:  # noqa: ANN401 - asn1crypto has no types
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
