"""The local authority's certificates: made at the first start, kept with the carrier's state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from local.carrier.certificates import begun

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

VALID_FOR = timedelta(days=365 * 20)
EARLIER = timedelta(days=1)
"""Clocks differ: a certificate begins before anybody may ask for a stamp."""

_CA, _TSA = "Regua AC local, somente testes", "Regua TSA local, somente testes"
CA_FILE = "ca.pem"
CERTIFICATE_FILE = "tsa.pem"
KEY_FILE = "tsa-key.pem"


@dataclass(frozen=True, slots=True)
class Authority:
    """The key that stamps, its certificate, and the certificate that others trust."""

    ca: x509.Certificate
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def ca_pem(self) -> str:
        """What has to be trusted, as PEM."""
        return _pem(self.ca).decode()

    @property
    def certificate_der(self) -> bytes:
        """The stamping certificate, DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)


def load_or_make(directory: Path, now: datetime) -> Authority:
    """Return the authority of a directory, made now if there is none."""
    if not directory.exists():
        _write(make(now), directory)
    key = serialization.load_pem_private_key((directory / KEY_FILE).read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{directory / KEY_FILE} is no elliptic curve key")
    return Authority(
        ca=x509.load_pem_x509_certificate((directory / CA_FILE).read_bytes()),
        certificate=x509.load_pem_x509_certificate((directory / CERTIFICATE_FILE).read_bytes()),
        key=key,
    )


def make(now: datetime) -> Authority:
    """Make a certification authority and, under it, the time-stamping one.

    The key of the first is thrown away: it has signed all that it ever will.
    """
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    valid = now - EARLIER, now + VALID_FOR
    ca = begun(_CA, _CA, ca_key.public_key(), valid=valid, is_ca=True)
    certificate = (
        begun(_TSA, _CA, key.public_key(), valid=valid, is_ca=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
    )
    return Authority(
        ca.sign(ca_key, hashes.SHA256()), certificate.sign(ca_key, hashes.SHA256()), key
    )


def _write(authority: Authority, directory: Path) -> None:
    """Write everything beside its place and move it there whole."""
    partial = directory.with_name(f"{directory.name}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    (partial / CA_FILE).write_bytes(_pem(authority.ca))
    (partial / CERTIFICATE_FILE).write_bytes(_pem(authority.certificate))
    key_file = partial / KEY_FILE
    key_file.touch(mode=0o600)
    key_file.write_bytes(
        authority.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    partial.rename(directory)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
