"""What proves that a body comes from who may send it: a token, or a signature over its bytes.

It is asked at the door, before anything is kept, so that no token goes any further.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from regua.application.wire import Message
from regua.domain.errors import InvalidInput

HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,60}$")]


TOKEN_HEADER = "asaas-access-token"  # noqa: S105 - the header's name


class Signature(Message):
    """An HMAC of the exact bytes that were posted, in a header."""

    header: HeaderName
    secret: str = Field(min_length=16, max_length=200, repr=False)
    algorithm: Literal["sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: Annotated[str, Field(max_length=20)] = ""
    """What stands before it in the header, such as ``sha256=``."""

    def check(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Refuse a body that its sender did not sign.

        Raises:
            InvalidInput: naming the header.
        """
        digest = hmac.new(self.secret.encode(), body, getattr(hashlib, self.algorithm)).digest()
        written = digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode()
        check_token(headers, self.header, self.prefix + written)


def check_sender(
    kind: str, settings: Mapping[str, Any], body: bytes, headers: Mapping[str, str]
) -> None:
    """Refuse a post that does not prove what its hook's settings ask for.

    Args:
        kind: which connector reads it.
        settings: the hook's own, as they were checked when they were written.
        body: the exact bytes.
        headers: the request's, in any capitals.

    Raises:
        InvalidInput: naming the header.
    """
    token, signature = settings.get("access_token"), settings.get("signature")
    if kind == "asaas" and token is not None:
        check_token(headers, TOKEN_HEADER, token)
    if kind == "generic" and signature is not None:
        Signature.model_validate(signature).check(body, headers)


def check_token(headers: Mapping[str, str], name: str, expected: str) -> None:
    """Refuse a request whose header is not the expected one; takes the same time either way.

    Raises:
        InvalidInput: naming the header.
    """
    given = next((v for k, v in headers.items() if k.lower() == name.lower()), "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise InvalidInput.at(f"header.{name.lower()}", "is missing or does not match")
