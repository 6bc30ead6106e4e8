"""A small laudo: a page of nothing, a bundle attached, signed as reports are signed."""

from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from regua.adapters.pades import PadesSigner, SignerCertificate
from tests.evidence_bundles import ISSUED_AT, packed, public_pem, seal_key, stamp

SIGNER = "Aurora Energia Ltda"
VALID_FROM = datetime(2025, 1, 1, tzinfo=UTC)


class Key:
    """A signing key as KMS offers it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self.key = key

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))

    def public_key_pem(self) -> str:
        return public_pem(self.key)


class Stamper:
    """A time-stamping authority that answers."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def stamp(self, data: bytes) -> bytes:
        return stamp(data, self.at)


@cache
def signer_chain() -> tuple[str, str]:
    """Return the signer's certificate and its CA's, PEM."""
    return chain_of(seal_key(), ec.generate_private_key(ec.SECP256R1()))


def chain_of(
    signer: ec.EllipticCurvePrivateKey, ca_key: ec.EllipticCurvePrivateKey
) -> tuple[str, str]:
    """Return a certificate of a key under a CA, and the CA's, PEM; the names say nothing."""
    names = [
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
        for text in ("AC de testes", SIGNER)
    ]
    certificates = []
    for subject, key, is_ca in ((names[0], ca_key, True), (names[1], signer, False)):
        usage = x509.KeyUsage(
            digital_signature=not is_ca,
            content_commitment=not is_ca,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=is_ca,
            crl_sign=is_ca,
            encipher_only=False,
            decipher_only=False,
        )
        certificates.append(
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(names[0])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(VALID_FROM)
            .not_valid_after(VALID_FROM + timedelta(days=1000))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(ca_key, hashes.SHA256())
        )
    ca, own = (each.public_bytes(Encoding.PEM).decode() for each in certificates)
    return own, ca


def unsigned_pdf(attached: bytes | None, name: str = "evidencias.zip") -> bytes:
    """Return a PDF, with a file attached if there is one."""
    writer = PdfFileWriter()  # type: ignore[no-untyped-call]
    content = writer.add_object(generic.StreamObject(stream_data=b"q Q"))
    writer.insert_page(PageObject(contents=content, media_box=(0, 0, 100, 100)))  # type: ignore[no-untyped-call]
    if attached is not None:
        data = embed.EmbeddedFileObject.from_file_data(
            writer, data=attached, mime_type="application/zip"
        )
        specification = embed.FileSpec(
            file_spec_string=name,
            embedded_data=data,
            description=None,
            af_relationship=generic.pdf_name("/Source"),
        )
        embed.embed_file(writer, specification)
    out = BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def signed(pdf: bytes, at: datetime = ISSUED_AT) -> bytes:
    """Sign a PDF as reports are signed."""
    own, ca = signer_chain()
    signer = PadesSigner(Key(seal_key()), Stamper(at), lambda: SignerCertificate(own, ca))
    return signer.sign(pdf)


def signed_by(
    key: ec.EllipticCurvePrivateKey, ca_key: ec.EllipticCurvePrivateKey, pdf: bytes
) -> bytes:
    """Sign a PDF with a key, under a CA, time-stamped by the right authority."""
    own, ca = chain_of(key, ca_key)
    return PadesSigner(Key(key), Stamper(ISSUED_AT), lambda: SignerCertificate(own, ca)).sign(pdf)


@cache
def strangers_report() -> bytes:
    """Return a PDF with the right bundle and the right names, signed by somebody else."""
    key, ca_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    return signed_by(key, ca_key, unsigned_pdf(packed()))


@cache
def report_of_another_certificate() -> bytes:
    """Return a laudo signed while another certificate of the same key was installed."""
    ca_key = ec.generate_private_key(ec.SECP256R1())
    return signed_by(seal_key(), ca_key, unsigned_pdf(packed()))


@cache
def report() -> bytes:
    """Return a signed laudo with the usual bundle attached."""
    return signed(unsigned_pdf(packed()))
