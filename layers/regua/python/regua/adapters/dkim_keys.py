"""DKIM keys in Secrets Manager: one secret per domain, in it one key per selector.

``{prefix}/dkim/{domain}`` holds ``{selector: {"private_key": PEM, "dns": the TXT record}}``. A key
is read once per process, so a new key has a new selector.

Source: RFC 6376 §3.6.1 (the record), RFC 8301 §3.2 (RSA keys of at least 2048 bits).
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from regua.adapters.dkim import DkimKey, sign
from regua.application.admin_ports import SigningKey
from regua.application.ports import Dkim
from regua.domain.errors import ProviderThrottled

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

KEY_BITS = 2048
SHUT_SECONDS = 3600
"""A key that is missing is a fault of our set-up, as those of the provider in `ses.SHUT`."""
_MISSING = "ResourceNotFoundException"
_SHUT = frozenset({_MISSING, "AccessDeniedException", "DecryptionFailure"})


class DkimSigner:
    """Signs messages with the keys of their creditors' domains."""

    def __init__(self, client: Callable[[], "SecretsManagerClient"], prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._keys: dict[Dkim, DkimKey] = {}

    def __call__(self, raw: bytes, dkim: Dkim) -> tuple[bytes, Mapping[str, str]]:
        """Return a message with its signature in front, and the facts that verify it later.

        Raises:
            ProviderThrottled: there is no such key; without it a message would prove less than it
                should, so nothing is sent.
        """
        key = self._key(dkim)
        signed = sign(raw, key, selector=dkim.selector, domain=dkim.domain)
        return signed, {"dkim_name": record_name(dkim), "dkim_record": key.record}

    def _key(self, dkim: Dkim) -> DkimKey:
        if dkim not in self._keys:
            try:
                self._keys[dkim] = self._read(dkim)
            except ClientError as exc:
                if exc.response["Error"]["Code"] not in _SHUT:
                    raise
                raise _no_key() from exc
            except (KeyError, TypeError, ValueError) as exc:
                raise _no_key() from exc
        return self._keys[dkim]

    def _read(self, dkim: Dkim) -> DkimKey:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 - with the first key: not every creditor has one
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - with the first key: not every creditor has one
            load_pem_private_key,
        )

        secret = self._client().get_secret_value(SecretId=secret_name(self._prefix, dkim.domain))
        told = json.loads(secret["SecretString"])[dkim.selector]
        key = load_pem_private_key(told["private_key"].encode(), None)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("not an RSA key")
        return DkimKey(key, str(told["dns"]))


class DkimKeys:
    """Makes keys, and hands them to whoever signs in our place."""

    def __init__(self, client: "SecretsManagerClient", prefix: str, kms_key: str) -> None:
        self._client = client
        self._prefix = prefix
        self._kms_key = kms_key

    def key(self, dkim: Dkim) -> SigningKey:
        """Return a key, made when it is asked for the first time."""
        record = add_key(self._client, self._prefix, dkim, kms_key=self._kms_key)
        held = _known(self._client, secret_name(self._prefix, dkim.domain)) or {}
        return SigningKey(held[dkim.selector]["private_key"], record)


def secret_name(prefix: str, domain: str) -> str:
    """Return the name of a domain's secret."""
    return f"{prefix}/dkim/{domain}"


def record_name(dkim: Dkim) -> str:
    """Return where the DNS record of a key stands."""
    return f"{dkim.selector}._domainkey.{dkim.domain}"


def add_key(
    client: "SecretsManagerClient", prefix: str, dkim: Dkim, *, kms_key: str | None = None
) -> str:
    """Make a key unless there is one, and return the value of its TXT record.

    The secret that is written is encrypted under ``kms_key``, without one under the account's own.
    Keys with other selectors stay: what they signed is still on its way.
    """
    name = secret_name(prefix, dkim.domain)
    known = _known(client, name)
    keys = known or {}
    if dkim.selector not in keys:
        keys[dkim.selector] = _new_key()
        secret: Any = {"SecretString": json.dumps(keys)}
        if kms_key is not None:
            secret["KmsKeyId"] = kms_key
        if known is None:
            client.create_secret(Name=name, **secret)
        else:
            client.update_secret(SecretId=name, **secret)
    return keys[dkim.selector]["dns"]


def _known(client: "SecretsManagerClient", name: str) -> dict[str, dict[str, str]] | None:
    try:
        secret = client.get_secret_value(SecretId=name)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != _MISSING:
            raise
        return None
    keys: dict[str, dict[str, str]] = json.loads(secret["SecretString"])
    return keys


def _new_key() -> dict[str, str]:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - with the first key: not every creditor has one
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - with the first key: not every creditor has one

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"
    return {"private_key": pem.decode(), "dns": record}


def _no_key() -> ProviderThrottled:
    return ProviderThrottled("no DKIM key", retry_after_seconds=SHUT_SECONDS)
