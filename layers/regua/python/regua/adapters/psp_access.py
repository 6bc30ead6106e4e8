"""How a creditor's payment service provider (PSP) is spoken to: its access, a secret.

The secret is ``{prefix}/psp/{creditor}`` and holds the JSON of a `PspAccess`.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError
from pydantic import Field, ValidationError

from regua.adapters.private_way import is_private_way
from regua.application.hook_proof import VALUE_PATTERN
from regua.application.pix_ports import PspShut
from regua.application.wire import Message

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from regua.domain.ids import CreditorId

SCOPES = (
    "cobv.read cobv.write pix.read pix.write webhook.read webhook.write "
    "rec.read rec.write cobr.read cobr.write payloadlocationrec.write"
)
"""What we ask to be allowed, unless the secret says otherwise: a PSP may refuse unknown scopes."""
_HEADER = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_VALUE = re.compile(VALUE_PATTERN)
_MISSING = frozenset({"ResourceNotFoundException", "AccessDeniedException", "DecryptionFailure"})


class ReceiverAccount(Message):
    """The account that automatic debits are credited to (``recebedor`` of a ``cobr``)."""

    account: str = Field(min_length=1, max_length=20, repr=False)
    kind: Literal["CORRENTE", "POUPANCA", "PAGAMENTO"]
    branch: str | None = Field(default=None, min_length=1, max_length=4)


class PspAccess(Message):
    """How a creditor's PSP is spoken to, as it stands in the secret.

    ``certificate_pem`` and ``key_pem`` are what we show in mutual TLS, ``ca_pem`` whom we trust
    beside the public authorities. ``pix_key`` guards against the secret of another account: a
    charge for another key is not sent. ``headers`` and ``query`` go with every request but the
    token's (some PSPs want an application's key or an account there). ``quirks`` are its known
    differences in the token's request: ``token_credentials_in_body`` and ``token_as_json``.
    """

    base_url: str = Field(min_length=1, max_length=500)
    token_url: str = Field(min_length=1, max_length=500)
    client_id: str = Field(min_length=1, max_length=500)
    client_secret: str = Field(min_length=1, max_length=2000, repr=False)
    pix_key: str | None = Field(default=None, min_length=1, max_length=77, repr=False)
    certificate_pem: str | None = Field(default=None, repr=False)
    key_pem: str | None = Field(default=None, repr=False)
    ca_pem: str | None = Field(default=None, repr=False)
    scopes: str = SCOPES
    headers: Mapping[str, str] = Field(default_factory=dict, repr=False)
    query: Mapping[str, str] = Field(default_factory=dict, repr=False)
    quirks: frozenset[str] = frozenset()
    receiver: ReceiverAccount | None = None
    """Where automatic debits go; without it there are none."""


def secret_name(prefix: str, creditor_id: "CreditorId") -> str:
    """Return the name of the secret with a creditor's access.

    >>> from regua.domain.ids import CreditorId
    >>> secret_name("regua", CreditorId("acme"))
    'regua/psp/acme'
    """
    return f"{prefix}/psp/{creditor_id}"


class PspSecrets:
    """Reads creditors' accesses from Secrets Manager."""

    def __init__(self, client: Callable[[], "SecretsManagerClient"], prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def __call__(self, creditor_id: "CreditorId") -> PspAccess:
        """Return a creditor's access.

        Raises:
            PspShut: there is none, or it cannot be read.
        """
        try:
            secret = self._client().get_secret_value(
                SecretId=secret_name(self._prefix, creditor_id)
            )
        except ClientError as exc:
            if exc.response["Error"]["Code"] not in _MISSING:
                raise
            raise PspShut("no access to the creditor's PSP") from exc
        return read_access(secret["SecretString"])


def read_access(text: str) -> PspAccess:
    """Read an access from its JSON.

    Raises:
        PspShut: it is none, or would send credentials over a way that others can read.
    """
    try:
        access = PspAccess.model_validate(json.loads(text))
    except (ValueError, ValidationError, RecursionError):
        raise PspShut("the secret with the PSP's access is wrong") from None
    if not (is_private_way(access.base_url) and is_private_way(access.token_url)):
        raise PspShut("the PSP's address is none of HTTPS")
    if not all(_HEADER.fullmatch(k) and _VALUE.fullmatch(v) for k, v in access.headers.items()):
        raise PspShut("a header of the PSP's access is none")  # its error would tell the value
    return access
