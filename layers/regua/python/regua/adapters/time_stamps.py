"""Time stamps over HTTP (RFC 3161 §3.4), checked before they are believed, the time included.

Which authority it is, and whom to trust about it, is configuration: a secret with ``url``,
``ca_pem`` (every trusted certificate, roots and intermediates) and, where the authority asks for
one, ``authorization``: the value of that header.

Source: RFC 3161; RFC 5816 (ESSCertIDv2).
"""

import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, ClassVar

from asn1crypto import cms, core, tsp  # type: ignore[import-untyped]
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from regua.adapters.clock import SystemClock
from regua.adapters.private_way import NoRedirects, is_private_way
from regua.domain.errors import TemporaryError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from rfc3161_client import TimeStampRequest

QUERY = "application/timestamp-query"
REPLY = "application/timestamp-reply"
_CLOCK = SystemClock()
_TIMEOUT_SECONDS = 10.0
_LONGEST_REPLY = 1024 * 1024
MOST_OFF = timedelta(minutes=5)
"""A stamp that names another time than ours by more is refused; no verifier would accept it."""


class NoTimeStamp(TemporaryError):
    """There is no time stamp that can be believed; the authority may give one later."""


@dataclass(frozen=True, slots=True)
class Tsa:
    """A time-stamping authority."""

    url: str
    ca_pem: str
    authorization: str | None = field(default=None, repr=False)


def configured_tsa(client: "SecretsManagerClient", secret_arn: str) -> Tsa:
    """Read which authority is configured.

    Raises:
        NoTimeStamp: none is.
    """
    document = json.loads(client.get_secret_value(SecretId=secret_arn)["SecretString"])
    try:
        return Tsa(document["url"], document["ca_pem"], document.get("authorization"))
    except KeyError as exc:
        raise NoTimeStamp("no time-stamping authority is configured") from exc


class _Response(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """A TimeStampResp; asn1crypto's own cannot be without a token, as a refusal is."""

    _fields: ClassVar = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class HttpTimeStamper:
    """Asks the authority that ``configured`` names, anew for every stamp."""

    def __init__(
        self,
        configured: Callable[[], Tsa],
        *,
        timeout_seconds: float = _TIMEOUT_SECONDS,
        clock: Callable[[], datetime] = _CLOCK.now,
    ) -> None:
        self._configured = configured
        self._timeout_seconds = timeout_seconds
        self._clock = clock

    def stamp(self, data: bytes) -> bytes:
        """Return a TimeStampResp (DER) over the SHA-256 of the data.

        Raises:
            NoTimeStamp: the authority does not answer, refuses, or what it says is not over this
                data, not an answer to this request, not of now, or not by whom we trust.
        """
        tsa = self._configured()
        request = _request(data)
        reply = normalised(self._ask(tsa, request.as_bytes()))
        check(reply, data, request, tsa, now=self._clock())
        return reply

    def _ask(self, tsa: Tsa, query: bytes) -> bytes:
        headers = {"Content-Type": QUERY, "Accept": REPLY}
        if tsa.authorization:
            headers["Authorization"] = tsa.authorization
        if not is_private_way(tsa.url):
            raise NoTimeStamp("the authority's address is none of HTTPS")
        asked = urllib.request.Request(tsa.url, data=query, headers=headers)  # noqa: S310 - checked
        opener = urllib.request.build_opener(NoRedirects)
        try:
            with opener.open(asked, timeout=self._timeout_seconds) as answer:
                reply: bytes = answer.read(_LONGEST_REPLY)
        except urllib.error.HTTPError as exc:
            exc.close()
            raise NoTimeStamp(f"the authority answered with status {exc.code}") from exc
        except (OSError, HTTPException) as exc:
            raise NoTimeStamp("the authority does not answer") from exc
        return reply


def _request(data: bytes) -> "TimeStampRequest":
    """Build a request over the SHA-256 of the data: with a nonce, asking for the certificates."""
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build()


def check(
    reply: bytes, data: bytes, request: "TimeStampRequest", tsa: Tsa, *, now: datetime
) -> None:
    """Check that a reply grants a time stamp over the data, for the request, by whom we trust, now.

    Raises:
        NoTimeStamp: it does not.
    """
    try:
        response = decode_timestamp_response(reply)
        verifier = VerifierBuilder.from_request(request)
        for certificate in x509.load_pem_x509_certificates(tsa.ca_pem.encode()):
            is_root = certificate.issuer == certificate.subject
            add = (
                verifier.add_root_certificate if is_root else verifier.add_intermediate_certificate
            )
            verifier = add(certificate)
        verifier.build().verify(response, hashlib.sha256(data).digest())
        stamped_at = response.tst_info.gen_time
    except (VerificationError, ValueError) as exc:
        raise NoTimeStamp("the authority's answer cannot be believed") from exc
    if abs(stamped_at - now) > MOST_OFF:
        raise NoTimeStamp("the authority's clock and ours are minutes apart")


def normalised(reply: bytes) -> bytes:
    """Return a TimeStampResp whose set of certificates is sorted, as DER wants it.

    Some authorities send theirs in another order (so does ``openssl ts`` with ``certs``), which
    strict readers refuse. The set is not signed: sorting it changes nothing that is.

    Raises:
        NoTimeStamp: it is no TimeStampResp.
    """
    try:
        response = _Response.load(reply, strict=True)
        token = response["time_stamp_token"]
        if token.native is None:
            raise NoTimeStamp(f"the authority refused: {response['status']['status'].native}")
        signed = token["content"]
        sent = [certificate.dump() for certificate in signed["certificates"]]
        if sent == sorted(sent):
            return reply
        signed["certificates"] = cms.CertificateSet(
            [cms.CertificateChoices.load(each) for each in sorted(sent)]
        )
        dumped: bytes = response.dump()
    except (ValueError, TypeError, LookupError, AttributeError) as exc:  # as asn1crypto stumbles
        raise NoTimeStamp("the authority's answer is no time stamp") from exc
    return dumped
