"""Requests and self-signed certificates for a signing key that never leaves its place.

Only the key's signature comes from outside; everything that is signed is put together here.

Source: RFC 2986 (PKCS #10); RFC 5280 §4.1 and §4.2.1.3 (key usage of who signs documents).
"""

from datetime import datetime, timedelta
from typing import Any

from asn1crypto import csr, keys, pem, x509  # type: ignore[import-untyped]

from regua.adapters.pades import SignerCertificate
from regua.application.seal_evidence import Signer

SELF_SIGNED_FOR = timedelta(days=365)
_ALGORITHM = {"algorithm": "sha256_ecdsa"}
_USAGE = {"digital_signature", "non_repudiation"}
_CLOCKS_DIFFER = timedelta(minutes=5)
_LAST_UTC_YEAR = 2049


def certificate_request(key: Signer, common_name: str) -> str:
    """Return a request for a certificate of the key, signed with it, as PEM (PKCS #10).

    Args:
        key: the signing key.
        common_name: who signs; ICP-Brasil authorities put the name of the register in its place.
    """
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": _name(common_name),
            "subject_pk_info": _public_key(key),
            "attributes": [
                {
                    "type": "extension_request",
                    "values": [[_extension("key_usage", _USAGE, is_critical=True)]],
                }
            ],
        }
    )
    request = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": _ALGORITHM,
            "signature": key.sign(info.dump()),
        }
    )
    return _pem("CERTIFICATE REQUEST", request.dump())


def self_signed(key: Signer, common_name: str, now: datetime) -> SignerCertificate:
    """Return a certificate that the key gives itself for a year: nobody else vouches for it.

    Args:
        key: the signing key.
        common_name: who signs.
        now: when it begins.
    """
    public, name = _public_key(key), _name(common_name)
    serial = int.from_bytes(public.sha256[:8], "big") + int(now.timestamp())
    content = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": serial,
            "signature": _ALGORITHM,
            "issuer": name,
            "validity": {
                "not_before": _time(now - _CLOCKS_DIFFER),
                "not_after": _time(now + SELF_SIGNED_FOR),
            },
            "subject": name,
            "subject_public_key_info": public,
            "extensions": [
                _extension("basic_constraints", {"ca": False}, is_critical=True),
                _extension("key_usage", _USAGE, is_critical=True),
                _extension("key_identifier", public.sha1, is_critical=False),
            ],
        }
    )
    certificate = x509.Certificate(
        {
            "tbs_certificate": content,
            "signature_algorithm": _ALGORITHM,
            "signature_value": key.sign(content.dump()),
        }
    )
    return SignerCertificate(_pem("CERTIFICATE", certificate.dump()), "")


def _time(at: datetime) -> Any:  # noqa: ANN401 - asn1crypto has no types
    """Write an instant as RFC 5280 §4.1.2.5 wants it: with two digits of the year until 2049."""
    return x509.Time({"utc_time" if at.year <= _LAST_UTC_YEAR else "general_time": at})


def _name(common_name: str) -> Any:  # noqa: ANN401 - asn1crypto has no types
    return x509.Name.build({"common_name": common_name})


def _public_key(key: Signer) -> Any:  # noqa: ANN401 - asn1crypto has no types
    _, _, der = pem.unarmor(key.public_key_pem().encode())
    return keys.PublicKeyInfo.load(der)


def _extension(name: str, value: object, *, is_critical: bool) -> dict[str, object]:
    return {"extn_id": name, "critical": is_critical, "extn_value": value}


def _pem(kind: str, der: bytes) -> str:
    text: bytes = pem.armor(kind, der)
    return text.decode()
