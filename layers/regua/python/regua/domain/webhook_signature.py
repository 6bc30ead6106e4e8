"""Signatures of webhooks, so that a receiver knows who sent what, and when.

Source: Standard Webhooks specification 1.0.0, "Signature scheme" (symmetric signatures, ``v1``):
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32
"""The specification asks for 24 to 64."""


def secret_text(secret: bytes) -> str:
    """Write a secret as it is shown once.

    >>> secret_text(b"0123456789abcdef01234567")
    'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3'
    """
    return PREFIX + base64.b64encode(secret).decode()


def signature(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """Sign a body under one secret.

    Args:
        secret: as `secret_text` writes it.
        webhook_id: names the message, the same in every attempt.
        timestamp: when it is sent, seconds since 1970.
        body: the exact bytes that are sent.

    >>> signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
    ...           1614265330, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digest = hmac.digest(key, signed, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def signed_headers(
    secrets: Sequence[str], webhook_id: str, at: datetime, body: bytes
) -> Mapping[str, str]:
    """Return the three headers of a message; one signature per secret, the newest first."""
    timestamp = int(at.timestamp())
    signatures = (signature(secret, webhook_id, timestamp, body) for secret in secrets)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
