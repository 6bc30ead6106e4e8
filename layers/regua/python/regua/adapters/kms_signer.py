"""Signatures by a key that never leaves KMS (ECC_NIST_P256)."""

from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from regua.application.seal_document import public_key_pem
from regua.domain.errors import TemporaryError

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

_COMES_BACK = frozenset(
    {
        "DependencyTimeoutException",
        "KMSInternalException",
        "KeyUnavailableException",
        "LimitExceededException",
        "ThrottlingException",
        "InternalFailure",
        "ServiceUnavailable",
    }
)
"""Refusals that may be over later; every other one is a mistake somebody has to mend."""


class KmsSigner:
    """Signs up to 4,096 bytes at a time; KMS hashes them itself."""

    def __init__(self, client: "KMSClient", key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def sign(self, data: bytes) -> bytes:
        """Return an ECDSA signature over the SHA-256 of the data, DER."""
        try:
            answer = self._client.sign(
                KeyId=self._key_id,
                Message=data,
                MessageType="RAW",
                SigningAlgorithm="ECDSA_SHA_256",
            )
        except (ClientError, BotoCoreError) as exc:
            _raise_if_it_comes_back(exc)
            raise
        return answer["Signature"]

    def public_key_pem(self) -> str:
        """Return the key that verifies; KMS is asked once."""
        return self._public_key_pem

    @cached_property
    def _public_key_pem(self) -> str:
        try:
            answer = self._client.get_public_key(KeyId=self._key_id)
        except (ClientError, BotoCoreError) as exc:
            _raise_if_it_comes_back(exc)
            raise
        return public_key_pem(answer["PublicKey"])


def _raise_if_it_comes_back(exc: ClientError | BotoCoreError) -> None:
    """Raise a `TemporaryError` when KMS is away; what somebody has to mend goes through."""
    code = exc.response["Error"]["Code"] if isinstance(exc, ClientError) else type(exc).__name__
    if isinstance(exc, BotoCoreError) or code in _COMES_BACK:
        raise TemporaryError(f"KMS cannot answer now: {code}") from exc
