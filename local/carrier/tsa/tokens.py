"""Answers of a time-stamping authority, in the ASN.1 of RFC 3161 with RFC 5816's ESSCertIDv2."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, ClassVar

from asn1crypto import algos, cms, core, tsp, x509  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from datetime import datetime

    from local.carrier.tsa.authority import Authority

POLICY = "1.3.6.1.4.1.32473.1.1"
"""Under the private enterprise number kept for examples (RFC 5612)."""

DIGESTS = {"sha256": 32, "sha384": 48, "sha512": 64}
"""What may be stamped, with the length of each in bytes."""

ACCURACY_SECONDS = 1


class Refusal(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """A TimeStampResp without a token, which asn1crypto's own cannot be."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo)]


class RefusedQuery(Exception):
    """A query that is not granted; ``failure`` is its PKIFailureInfo."""

    def __init__(self, failure: str, reason: str) -> None:
        super().__init__(reason)
        self.failure = failure


def reply_to(query: bytes, authority: Authority, serial: int, now: datetime) -> bytes:
    """Answer a TimeStampReq with a TimeStampResp, both DER; a query that is refused has one, too.

    Args:
        query: what was asked.
        authority: who stamps.
        serial: unique for every stamp.
        now: the instant that is stamped, in whole seconds.
    """
    try:
        asked = _read(query)
    except RefusedQuery as exc:
        return _refusal(exc)
    granted = tsp.TimeStampResp(
        {"status": {"status": "granted"}, "time_stamp_token": _token(asked, authority, serial, now)}
    )
    return bytes(granted.dump())


def _read(query: bytes) -> Any:  # noqa: ANN401 - asn1crypto has no types
    """Read a query and check that it can be granted.

    Raises:
        RefusedQuery: it cannot.
    """
    try:
        asked = tsp.TimeStampReq.load(query, strict=True)
        imprint = asked["message_imprint"]
        algorithm, digest = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"]
        length = len(digest.native)
        policy, extensions = asked["req_policy"].native, asked["extensions"].native
    except (ValueError, TypeError) as exc:
        raise RefusedQuery("bad_data_format", "the query cannot be read") from exc
    if algorithm not in DIGESTS:
        raise RefusedQuery("bad_alg", f"stamped are {', '.join(DIGESTS)}")
    if length != DIGESTS[algorithm]:
        raise RefusedQuery("bad_data_format", "the hash has not the length of its algorithm")
    if policy not in (None, POLICY):
        raise RefusedQuery("unaccepted_policy", f"the only policy is {POLICY}")
    if extensions:
        raise RefusedQuery("unaccepted_extensions", "no extension is known")
    return asked


def _refusal(refused: RefusedQuery) -> bytes:
    status = {
        "status": "rejection",
        "status_string": [str(refused)],
        "fail_info": {refused.failure},
    }
    return bytes(Refusal({"status": status}).dump())


def _token(asked: Any, authority: Authority, serial: int, now: datetime) -> cms.ContentInfo:  # noqa: ANN401
    """Return the signed stamp."""
    fields = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": asked["message_imprint"],
        "serial_number": serial,
        "gen_time": now.replace(microsecond=0),
        "accuracy": {"seconds": ACCURACY_SECONDS},
    }
    if asked["nonce"].native is not None:
        fields["nonce"] = asked["nonce"].native
    stamped = tsp.TSTInfo(fields).dump()
    certificate = x509.Certificate.load(authority.certificate_der)
    attributes = _signed_attributes(stamped, certificate, now)
    signed = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {
            "content_type": "tst_info",
            "content": core.ParsableOctetString(stamped),
        },
        "signer_infos": [_signer(authority, certificate, attributes)],
    }
    if asked["cert_req"].native:
        signed["certificates"] = [certificate]
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


def _signed_attributes(stamped: bytes, certificate: Any, now: datetime) -> cms.CMSAttributes:  # noqa: ANN401
    """Return what is signed: the stamp's hash, and which certificate signs."""
    identified = tsp.SigningCertificateV2(
        {
            "certs": [
                {
                    "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                    "cert_hash": hashlib.sha256(certificate.dump()).digest(),
                    "issuer_serial": {
                        "issuer": [x509.GeneralName("directory_name", certificate.issuer)],
                        "serial_number": certificate.serial_number,
                    },
                }
            ]
        }
    )
    at = cms.Time({"utc_time": now.replace(microsecond=0)})
    values = {
        "content_type": "tst_info",
        "signing_time": at,
        "message_digest": hashlib.sha256(stamped).digest(),
        "signing_certificate_v2": identified,
    }
    return cms.CMSAttributes(
        [cms.CMSAttribute({"type": name, "values": [value]}) for name, value in values.items()]
    )


def _signer(authority: Authority, certificate: Any, attributes: cms.CMSAttributes) -> Any:  # noqa: ANN401
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": {
                        "issuer": certificate.issuer,
                        "serial_number": certificate.serial_number,
                    }
                }
            ),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": authority.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
        }
    )
