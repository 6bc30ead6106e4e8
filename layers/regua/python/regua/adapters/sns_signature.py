"""Amazon's signature over an SNS envelope: a third party's word for what a provider reported.

Who could write to our queue could otherwise report deliveries that never were: SNS signs for every
account, so the topic has to be one of ours. The certificate is fetched from Amazon's one host of
our region and nowhere else, kept once as evidence, and has to be valid at the message's own time.

Source: Amazon SNS developer guide, "Verifying the signatures of Amazon SNS messages" (fields per
message type, signature versions 1 with SHA-1 and 2 with SHA-256, RSASSA-PKCS1-v1_5); read 2026-11.
"""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException, HTTPSConnection
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from regua.adapters.records import instant
from regua.application.ports import CertificateStore

_PATH = re.compile(r"/[A-Za-z0-9._-]+\.pem", re.ASCII)
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED: Mapping[str, tuple[str, ...]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_OPTIONAL = "Subject"
_HASHES: Mapping[str, type[hashes.SHA1] | type[hashes.SHA256]] = {
    "1": hashes.SHA1,
    "2": hashes.SHA256,
}
_CHINA = "cn-"
"""How the regions begin whose hosts stand under another domain."""
_FETCH_SECONDS = 2.0
_REST_SECONDS = 60.0
"""How long a certificate that could not be fetched is not asked for again."""
_MAX_BYTES = 65_536
_OK, _TIMEOUT, _BUSY, _SERVER_ERROR = 200, 408, 429, 500


class Envelope(StrEnum):
    """What is known of who signed an envelope."""

    VERIFIED = "verified"
    INVALID = "invalid"
    """Not signed by SNS for a topic of ours, or changed since: it reports nothing."""
    UNAVAILABLE = "unavailable"
    """The certificate cannot be fetched just now; the envelope can be verified later."""
    UNSIGNED_EMULATOR = "unsigned_emulator"
    """From an emulator, which signs nothing."""


@dataclass(frozen=True, slots=True)
class EnvelopeVerdict:
    """What a check found; ``certificate_sha256`` is the fingerprint of who signed."""

    envelope: Envelope
    certificate_sha256: str | None = None

    @property
    def facts(self) -> dict[str, str]:
        """What a fact from this envelope says of it."""
        signed = self.certificate_sha256
        known = {} if signed is None else {"signing_cert_sha256": signed}
        return {"envelope": self.envelope.value, **known}


Verify = Callable[[str], EnvelopeVerdict]
"""Tells what is known of who signed an SQS body."""
Fetch = Callable[[str], bytes]
"""Returns what stands at an address; OSError when it cannot be told, NoCertificate when nothing."""


class NoCertificate(Exception):
    """There is no certificate at the address."""


class _Refused(Exception):
    """The envelope is not one that SNS signed."""


def emulated(body: str) -> EnvelopeVerdict:
    """Take an envelope of an emulator as what it is."""
    del body
    return EnvelopeVerdict(Envelope.UNSIGNED_EMULATOR)


def fetch(url: str) -> bytes:
    """Fetch a certificate over HTTPS, following nothing.

    Raises:
        NoCertificate: the host says that there is none.
        OSError: the host cannot be reached, or is in trouble.
    """
    parts = urlsplit(url)
    connection = HTTPSConnection(parts.netloc, timeout=_FETCH_SECONDS)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        body = answer.read(_MAX_BYTES)
    except HTTPException as exc:
        raise OSError("no HTTP answer") from exc
    finally:
        connection.close()
    if answer.status in {_TIMEOUT, _BUSY} or answer.status >= _SERVER_ERROR:
        raise OSError("no answer for now")
    if answer.status != _OK:
        raise NoCertificate
    return body


class SnsSignatures:
    """Verifies envelopes; certificates are fetched once per process and kept once for good."""

    def __init__(
        self,
        certificates: CertificateStore,
        *,
        region: str,
        topics: Collection[str],
        fetch: Fetch = fetch,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._certificates = certificates
        self._host = _host(region)
        self._topics = topics
        self._fetch = fetch
        self._clock = clock
        self._known: dict[str, x509.Certificate] = {}
        self._kept: set[str] = set()
        self._rests: dict[str, float] = {}

    def __call__(self, body: str) -> EnvelopeVerdict:
        """Tell what is known of who signed an SQS body; whatever is no envelope is invalid."""
        try:
            envelope = _envelope(body)
            self._require_our_topic(envelope)
            url = _certificate_url(envelope, self._host)
            certificate = self._certificate(url)
        except (_Refused, NoCertificate):
            return EnvelopeVerdict(Envelope.INVALID)
        except OSError:
            return EnvelopeVerdict(Envelope.UNAVAILABLE)
        if not holds(envelope, certificate):
            return EnvelopeVerdict(Envelope.INVALID)
        return EnvelopeVerdict(Envelope.VERIFIED, self._keep(certificate))

    def _require_our_topic(self, envelope: Mapping[str, Any]) -> None:
        arn = envelope.get("TopicArn")
        if not isinstance(arn, str) or arn not in self._topics:
            raise _Refused

    def _certificate(self, url: str) -> x509.Certificate:
        if url not in self._known:
            if self._clock() < self._rests.get(url, 0):
                raise OSError("could not be fetched a moment ago")
            try:
                pem = self._fetch(url)
            except OSError:
                self._rests[url] = self._clock() + _REST_SECONDS
                raise
            try:
                self._known[url] = x509.load_pem_x509_certificate(pem)
            except ValueError as exc:
                raise NoCertificate from exc
        return self._known[url]

    def _keep(self, certificate: x509.Certificate) -> str:
        """Keep a certificate before anything that rests on it is; return its fingerprint."""
        sha256 = certificate.fingerprint(hashes.SHA256()).hex()
        if sha256 not in self._kept:
            pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
            self._certificates.keep(sha256, pem)
            self._kept.add(sha256)
        return sha256


def signed_text(envelope: Mapping[str, Any]) -> bytes:
    """Return what SNS signs of an envelope: names and values, each on a line of its own.

    Raises:
        KeyError: it is no SNS envelope, or a signed field is missing.
        TypeError: a signed field is no text.
    """
    lines = []
    for name in _SIGNED[envelope["Type"]]:
        if name == _OPTIONAL and name not in envelope:
            continue
        value = envelope[name]
        if not isinstance(value, str):
            raise TypeError(name)
        lines += [name, value]
    return ("\n".join(lines) + "\n").encode()


def holds(envelope: Mapping[str, Any], certificate: x509.Certificate) -> bool:
    """Say whether a signature is of the certificate, which was valid when the message was made."""
    try:
        key = certificate.public_key()
        at = instant(envelope["Timestamp"])
        is_valid = certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
        if not isinstance(key, rsa.RSAPublicKey) or not is_valid:
            return False
        algorithm = _HASHES[envelope["SignatureVersion"]]()
        signature = b64decode(envelope["Signature"], validate=True)
        key.verify(signature, signed_text(envelope), padding.PKCS1v15(), algorithm)
    except (KeyError, TypeError, ValueError, UnsupportedAlgorithm, InvalidSignature):
        return False
    return True


def _envelope(body: str) -> Mapping[str, Any]:
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise _Refused from exc
    if not isinstance(envelope, dict):
        raise _Refused
    return envelope


def _host(region: str) -> str:
    """Return the one host where SNS of a region keeps its certificates."""
    domain = "amazonaws.com.cn" if region.startswith(_CHINA) else "amazonaws.com"
    return f"sns.{region}.{domain}"


def _certificate_url(envelope: Mapping[str, Any], host: str) -> str:
    """Return where the certificate is: at Amazon's host of our region."""
    url, origin = envelope.get("SigningCertURL"), f"https://{host}"
    if not isinstance(url, str) or not url.startswith(f"{origin}/"):
        raise _Refused
    if not _PATH.fullmatch(url.removeprefix(origin)):
        raise _Refused
    return url
