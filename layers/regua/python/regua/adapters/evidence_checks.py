"""The cryptography of verifying evidence: seals, time stamps, e-mail and provider signatures.

Everything is checked against keys and certificates that are given; nothing is fetched, and no
clock is asked: a certificate must have been valid at the instant that it vouches for.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

import dkim  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from rfc3161_client import (
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from regua.adapters import sns_signature
from regua.adapters.time_stamps import NoTimeStamp, normalised
from regua.application.verify_bundle import Checkers, DkimFound

_DKIM_HEADER = b"dkim-signature"
_MAX_SIGNATURES = 8
_MAX_CERTIFICATES = 32
_BLANKS = re.compile(rb"\s{8,}")
_MAX_BLANKS = 1000
"""In a row: dkimpy's time grows with their square, and no line of an e-mail is that long."""
_MEAN_BLANKS = 100
"""In a row, on average over a whole e-mail: many shorter runs cost as much as a long one."""
_MAX_ENVELOPE = 1 << 20
"""Bytes; SNS takes a quarter of that."""
_MAX_RECORD = 1024
"""Characters of a DKIM record: an RSA key of 4,096 bits takes some 740."""


class EcdsaSignatures:
    """Signatures with P-256 keys over SHA-256, DER, as KMS makes them."""

    def fingerprint(self, public_key_pem: str) -> str | None:
        """Return the SHA-256 of a P-256 key's SubjectPublicKeyInfo; None when it is none."""
        key = _p256(public_key_pem)
        if key is None:
            return None
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(spki).hexdigest()

    def holds(self, public_key_pem: str, data: bytes, signature: bytes) -> bool:
        """Say whether a signature over the data is the key's."""
        key = _p256(public_key_pem)
        if key is None:
            return False
        try:
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


def _p256(public_key_pem: str) -> ec.EllipticCurvePublicKey | None:
    try:
        key = load_pem_public_key(public_key_pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    return None


class Rfc3161Stamps:
    """Time stamps over SHA-256, SHA-384 or SHA-512, by an authority under a given CA."""

    def stamped_at(self, response: bytes, data: bytes, ca_pem: str) -> datetime | None:
        """Return when the data was stamped; None when that is not proven under this CA."""
        try:
            builder = VerifierBuilder()
            for certificate in _certificates(ca_pem):
                is_root = certificate.issuer == certificate.subject
                add = (
                    builder.add_root_certificate
                    if is_root
                    else builder.add_intermediate_certificate
                )
                builder = add(certificate)
            decoded = _decoded(response)
            builder.build().verify_message(decoded, data)
            return decoded.tst_info.gen_time.astimezone(UTC)
        except (VerificationError, NoTimeStamp, ValueError, TypeError, UnsupportedAlgorithm):
            return None


def _decoded(response: bytes) -> TimeStampResponse:
    """Read a response as it is, or else with its certificates in the order that DER wants."""
    try:
        return decode_timestamp_response(response)
    except ValueError:
        return decode_timestamp_response(normalised(response))


@lru_cache(maxsize=128)
def _certificates(pem: str) -> tuple[x509.Certificate, ...]:
    """Read every certificate, each once.

    Raises:
        ValueError: there is none, or one cannot be read, or there are too many.
    """
    if pem.count("-----BEGIN") > _MAX_CERTIFICATES:
        raise ValueError("too many certificates")
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except (x509.InvalidVersion, UnsupportedAlgorithm) as exc:
        raise ValueError("not a certificate that is read here") from exc
    return tuple({each.fingerprint(hashes.SHA256()): each for each in found}.values())


class DkimSignatures:
    """DKIM signatures (RFC 6376) against archived keys."""

    def check(self, message: bytes, records: Mapping[str, str]) -> DkimFound | None:
        """Return what comes of the signatures whose key is archived; None when there are none.

        One that does not hold is what is returned, whatever others do.
        """
        keys = {
            f"{name.lower()}.".encode(): value.encode()
            for name, value in records.items()
            if len(value) <= _MAX_RECORD
        }
        found: DkimFound | None = None
        try:
            headers, _ = dkim.rfc822_parse(message)
        except (dkim.DKIMException, IndexError):
            return None
        signatures = [value for name, value in headers if name.lower() == _DKIM_HEADER]
        for index, value in enumerate(signatures[:_MAX_SIGNATURES]):
            name, domain = _key_name(value)
            if name not in keys:
                continue
            if _is_costly(message) or not _dkim_holds(message, index, keys):
                return DkimFound(domain, holds=False)
            found = DkimFound(domain, holds=True)
        return found


def _key_name(signature: bytes) -> tuple[bytes, str]:
    """Return the name of the record with the key, and the domain; empty when unreadable."""
    try:
        tags = dkim.parse_tag_value(signature)
        selector, domain = tags[b"s"].lower(), tags[b"d"].lower()
    except (dkim.DKIMException, dkim.util.InvalidTagValueList, KeyError):
        return b"", ""
    return selector + b"._domainkey." + domain + b".", domain.decode("ascii", "replace")


def _is_costly(message: bytes) -> bool:
    runs = [len(run[0]) for run in _BLANKS.finditer(message)]
    cost = sum(run * run for run in runs)
    is_much = cost > _MAX_BLANKS**2 + _MEAN_BLANKS * len(message)
    return is_much or max(runs, default=0) >= _MAX_BLANKS


def _dkim_holds(message: bytes, index: int, keys: Mapping[bytes, bytes]) -> bool:
    def archived(name: bytes, timeout: int = 0) -> bytes | None:
        del timeout
        return keys.get(name.lower())

    try:
        return bool(dkim.DKIM(message).verify(idx=index, dnsfunc=archived))
    except (dkim.DKIMException, ValueError, KeyError, TypeError, IndexError):
        return False


class SnsEnvelopes:
    """What Amazon SNS signed of a provider's report."""

    def check(self, envelope: bytes, signed_by: str, certificates: Iterable[str]) -> bool | None:
        """Say whether its signature holds; None when its certificate is not among those given."""
        for pem in certificates:
            for certificate in _readable(pem):
                if certificate.fingerprint(hashes.SHA256()).hex() == signed_by:
                    return _sns_holds(envelope, certificate)
        return None


def _readable(pem: str) -> tuple[x509.Certificate, ...]:
    try:
        return _certificates(pem)
    except ValueError:
        return ()


def _sns_holds(body: bytes, certificate: x509.Certificate) -> bool:
    if len(body) > _MAX_ENVELOPE:
        return False
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(envelope, dict) and sns_signature.holds(envelope, certificate)


def checkers() -> Checkers:
    """Return everything that a verification needs."""
    return Checkers(EcdsaSignatures(), Rfc3161Stamps(), DkimSignatures(), SnsEnvelopes())
