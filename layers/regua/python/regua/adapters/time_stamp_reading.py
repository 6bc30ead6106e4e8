"""What an RFC 3161 response says, for people: who stamped what, when, under which policy."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import tsp  # type: ignore[import-untyped]
from cryptography import x509


@dataclass(frozen=True, slots=True)
class TimeStampWords:
    """A time stamp token's own statements; whether they are true is for a verifier to find out."""

    policy: str
    serial: str
    gen_time: datetime
    accuracy: timedelta | None
    imprint: str
    """The stamped hash, lowercase hex."""
    hash_algorithm: str
    authority: str
    """Subject of the authority's certificate, where the token carries it."""


def read_time_stamp(response: bytes) -> TimeStampWords:
    """Read a response.

    Args:
        response: the TimeStampResp, DER.

    Raises:
        ValueError: it is none, or holds no token.
    """
    try:
        token = tsp.TimeStampResp.load(response, strict=True)["time_stamp_token"]
        signed = token["content"]
        info = signed["encap_content_info"]["content"].parsed
        imprint = info["message_imprint"]
        return TimeStampWords(
            policy=info["policy"].dotted,
            serial=str(info["serial_number"].native),
            gen_time=info["gen_time"].native,
            accuracy=_accuracy(info["accuracy"].native),
            imprint=imprint["hashed_message"].native.hex(),
            hash_algorithm=imprint["hash_algorithm"]["algorithm"].native,
            authority=_authority(signed),
        )
    except (TypeError, LookupError, AttributeError, x509.InvalidVersion) as exc:
        raise ValueError("not a time stamp response with a token") from exc


def distinguished_name(name: x509.Name) -> str:
    """Write a name for people, as it is, most significant part last (RFC 4514 without escapes)."""
    parts = (part for each in reversed(name.rdns) for part in each)
    return ", ".join(f"{part.rfc4514_attribute_name}={part.value!s}" for part in parts)


def _accuracy(parts: dict[str, int | None] | None) -> timedelta | None:
    if not parts:
        return None
    return timedelta(
        seconds=parts.get("seconds") or 0,
        milliseconds=parts.get("millis") or 0,
        microseconds=parts.get("micros") or 0,
    )


def _authority(signed: Any) -> str:  # noqa: ANN401 - asn1crypto has no types
    signer = signed["signer_infos"][0]["sid"]
    wanted = signer.chosen["serial_number"].native if signer.name.startswith("issuer") else None
    for each in signed["certificates"] or ():
        certificate = each.chosen
        if wanted is None or certificate.serial_number == wanted:
            return distinguished_name(x509.load_der_x509_certificate(certificate.dump()).subject)
    return ""
