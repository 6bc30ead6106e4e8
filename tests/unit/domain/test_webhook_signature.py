"""Signatures, as the specification's own library verifies them."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from regua.domain.webhook_endpoint import Endpoint, Secret
from regua.domain.webhook_signature import secret_text, signature, signed_headers
from tests.builders import CREDITOR

AT = datetime(2026, 11, 26, 12, 0, 0, 987_000, tzinfo=UTC)
BODY = '{"type":"InvoicePaid","data":{"nota":"ação"}}'.encode()
OLD, NEW = secret_text(b"a" * 32), secret_text(b"b" * 32)


@given(st.binary(min_size=24, max_size=64), st.text(max_size=200))
def test_the_reference_library_signs_alike(secret: bytes, text: str) -> None:
    written = secret_text(secret)
    body = text.encode("utf-8", "replace")
    theirs = Webhook(written).sign("evt_1", AT, body.decode())
    assert signature(written, "evt_1", int(AT.timestamp()), body) == theirs


def _verify(secret: str, secrets: list[str], body: bytes = BODY) -> object:
    """Verify as a receiver would, at the present that the library reads itself."""
    headers = signed_headers(secrets, "evt_1", _present(), BODY)
    return Webhook(secret).verify(body, dict(headers))


def _present() -> datetime:
    from regua.adapters.clock import SystemClock  # noqa: PLC0415 - only for the library's check

    return SystemClock().now()


def test_the_reference_library_believes_what_we_send() -> None:
    assert _verify(NEW, [NEW]) == {"type": "InvoicePaid", "data": {"nota": "ação"}}


def test_both_secrets_are_believed_while_one_replaces_the_other() -> None:
    assert _verify(OLD, [NEW, OLD])
    assert _verify(NEW, [NEW, OLD])


@pytest.mark.parametrize("secret", [OLD, secret_text(b"c" * 24)])
def test_another_secret_is_not_believed(secret: str) -> None:
    with pytest.raises(WebhookVerificationError):
        _verify(secret, [NEW])


def test_another_body_is_not_believed() -> None:
    with pytest.raises(WebhookVerificationError):
        _verify(NEW, [NEW], BODY + b" ")


def test_receivers_can_verify_as_the_page_tells_them() -> None:
    page = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    library, plain = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    told: dict[str, Any] = {}
    exec(library.replace("whsec_…", NEW) + plain, told)  # noqa: S102 - our own page
    headers = dict(signed_headers([NEW, OLD], "evt_1", _present(), BODY))
    assert told["receive"](headers, BODY)["type"] == "InvoicePaid"
    assert told["is_ours"](NEW, headers, BODY)
    assert told["is_ours"](OLD, headers, BODY)
    assert not told["is_ours"](secret_text(b"c" * 32), headers, BODY)
    assert not told["is_ours"](NEW, headers, BODY + b" ")
    late = dict(signed_headers([NEW], "evt_1", AT - timedelta(days=400), BODY))
    assert not told["is_ours"](NEW, late, BODY)


def test_the_secret_before_signs_for_a_day_and_no_secret_is_shown() -> None:
    first = Endpoint(CREDITOR, "we_1", "https://a.example.com", ("*",), "", AT, (Secret(OLD),))
    second = first.rotated(NEW, AT)
    day = timedelta(hours=24)
    assert list(second.signing(AT)) == [NEW, OLD]
    assert list(second.signing(AT + day - timedelta(seconds=1))) == [NEW, OLD]
    assert list(second.signing(AT + day)) == [NEW]
    third = second.rotated(secret_text(b"c" * 32), AT)
    assert len(third.secrets) == 2
    for text in (OLD, NEW):
        assert text not in repr((first, second, third))
