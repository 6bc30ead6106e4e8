"""Tell the cloud about the local payment service provider, as a creditor does with a real one.

A creditor is paid through it once its document says ``pix`` with `PIX_KEY`; until then nothing
asks and nothing is asked.
"""

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from local import aws
from local.creditors import DEFAULT_CREDITOR_ID
from local.place import LocalError
from local.stack import Stack

PIX_KEY = "5f84a4c5-c5cb-4599-9f13-7eb4d419dacc"
"""The key of the invented company's account."""
HOOK_HEADER = "x-psp-secret"
"""In the place of mutual TLS, which the local gateway does not have."""
_TIMEOUT_SECONDS = 10


def register_psp(
    stack: Stack, creditor_id: str = DEFAULT_CREDITOR_ID, *, key: str = PIX_KEY
) -> None:
    """Open an account at the carrier's provider for a creditor, its secret and its hook in ours.

    An account that is there with its webhook is left as it is.

    Raises:
        LocalError: the provider does not answer.
    """
    if _is_open(stack, creditor_id) and _has_secret(stack, creditor_id):
        return
    client_secret, header_value = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    _ask(
        stack,
        "POST",
        "/psp/admin/accounts",
        {
            "client_id": creditor_id,
            "client_secret": client_secret,
            "key": key,
            "name": "Recebedor local",
            "document": "11222333000181",
            "hook_headers": {HOOK_HEADER: header_value},
        },
    )
    url = _open_hook(stack, creditor_id, header_value)
    _write_secret(stack, creditor_id, client_secret, key)
    _tell_webhook(stack, creditor_id, key, url)


def _is_open(stack: Stack, creditor_id: str) -> bool:
    try:
        return _ask(stack, "GET", f"/psp/admin/accounts/{creditor_id}")["webhook"] is not None
    except LookupError:
        return False


def _has_secret(stack: Stack, creditor_id: str) -> bool:
    client = aws.client(stack.aws_endpoint_url, "secretsmanager")
    try:
        client.get_secret_value(SecretId=_secret_name(stack, creditor_id))
    except client.exceptions.ResourceNotFoundException:
        return False
    return True


def _secret_name(stack: Stack, creditor_id: str) -> str:
    from regua.adapters.psp_access import secret_name  # noqa: PLC0415 - only where a cloud is set up
    from regua.domain.ids import CreditorId  # noqa: PLC0415 - as above

    return secret_name(stack.psp_prefix, CreditorId(creditor_id))


def _write_secret(stack: Stack, creditor_id: str, client_secret: str, key: str) -> None:
    value = json.dumps(
        {
            "base_url": f"{stack.ses_endpoint}/psp/api/v2",
            "token_url": f"{stack.ses_endpoint}/psp/oauth/token",
            "client_id": creditor_id,
            "client_secret": client_secret,
            "pix_key": key,
        }
    )
    client = aws.client(stack.aws_endpoint_url, "secretsmanager")
    name = _secret_name(stack, creditor_id)
    try:
        client.create_secret(Name=name, SecretString=value)
    except client.exceptions.ResourceExistsException:
        client.put_secret_value(SecretId=name, SecretString=value)


def _open_hook(stack: Stack, creditor_id: str, header_value: str) -> str:
    """Open a Pix hook for a creditor, and return the address to post to."""
    from regua.adapters.dynamodb_hooks import DynamoHooks  # noqa: PLC0415 - as above
    from regua.application.hook_proof import second_of  # noqa: PLC0415 - as above
    from regua.application.hooks import PIX, Hooks  # noqa: PLC0415 - as above
    from regua.domain.ids import CreditorId  # noqa: PLC0415 - as above

    dynamodb = aws.client(stack.aws_endpoint_url, "dynamodb")
    hooks = Hooks(
        DynamoHooks(dynamodb, stack.tables["exchange"]),
        new_key=lambda: secrets.token_urlsafe(32),
    )
    made = hooks.make(
        CreditorId(creditor_id),
        kind=PIX,
        name="PSP local",
        settings={},
        second=second_of(HOOK_HEADER, header_value, None, None),
        now=datetime.now(UTC),
    )
    return f"{stack.hooks_base_url}/hooks/{made.key}"


def _tell_webhook(stack: Stack, creditor_id: str, key: str, url: str) -> None:
    """Register the hook's address at the provider, as the API Pix has it."""
    from regua.adapters.bcb_http import BcbHttp, segment  # noqa: PLC0415 - as above
    from regua.adapters.psp_access import PspSecrets  # noqa: PLC0415 - as above
    from regua.domain.ids import CreditorId  # noqa: PLC0415 - as above

    client = aws.client(stack.aws_endpoint_url, "secretsmanager")
    http = BcbHttp(PspSecrets(lambda: client, stack.psp_prefix))
    http.ask(CreditorId(creditor_id), "PUT", f"webhook/{segment(key)}", body={"webhookUrl": url})


def pay(stack: Stack, **said: object) -> Mapping[str, Any]:
    """Have the provider receive a Pix (`local.carrier.psp.controls.Controls.pay`)."""
    return _ask(stack, "POST", "/psp/admin/pay", said)


def refund(stack: Stack, **said: object) -> Mapping[str, Any]:
    """Have the provider send a Pix back (`local.carrier.psp.controls.Controls.refund`)."""
    return _ask(stack, "POST", "/psp/admin/refund", said)


def _ask(stack: Stack, method: str, path: str, body: object = None) -> Mapping[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(f"{stack.ses_endpoint}{path}", data, method=method)
    asked.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(asked, timeout=_TIMEOUT_SECONDS) as answer:
            found: Mapping[str, Any] = json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as exc:
        with exc:
            if exc.code == HTTPStatus.NOT_FOUND:
                raise LookupError(path) from exc
            raise LocalError(f"the local PSP refuses {path}: {exc.read()[:300]!r}") from exc
    except OSError as exc:
        raise LocalError(f"the local PSP does not answer: {exc}") from exc
    return found
