"""What reaches the inbox carries our signature, and it holds for whoever looks later."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dkim as dkimpy  # type: ignore[import-untyped]

from regua.adapters.dkim_keys import DkimSigner, add_key
from regua.adapters.email_composer import EmailComposer
from regua.adapters.ses import SesEmailSender
from regua.application.ports import Dkim
from tests.builders import any_creditor
from tests.integration.contract.facts import any_dispatch
from tests.unit.email.builders import any_content

if TYPE_CHECKING:
    from tests.integration.carrier.harness import RunningCarrier

DOMAIN = "aurora.example.com.br"
AT = datetime(2025, 11, 18, 12, tzinfo=UTC)
ON_THE_WAY = (
    b"Return-Path: <0100@retorno.aurora.example.com.br>\r\n"
    b"Received: from a8-70.smtp-out.amazonses.com by mx.example.com;\r\n"
    b"\tTue, 18 Nov 2025 12:00:02 +0000\r\n"
    b"Feedback-ID: 1.us-east-1.abc=:AmazonSES\r\n"
    b"X-SES-Outgoing: 2025.11.18-54.240.8.70\r\n"
)


class Secrets:
    """One secret in memory, as far as keys need it."""

    def __init__(self) -> None:
        self.held = json.dumps({})

    def get_secret_value(self, **_: str) -> dict[str, str]:
        return {"SecretString": self.held}

    def update_secret(self, *, SecretId: str, SecretString: str) -> None:  # noqa: N803 - boto3's
        del SecretId
        self.held = SecretString


def test_a_message_in_the_inbox_verifies_with_the_record_kept_and_not_once_it_is_changed(
    carrier: RunningCarrier,
) -> None:
    secrets: Any = Secrets()
    add_key(secrets, "ReguaStorage", Dkim("regua1", DOMAIN))
    compose = EmailComposer(sign=DkimSigner(lambda: secrets, "ReguaStorage"))
    message = compose(
        any_content(),
        creditor=any_creditor(
            email=f"financeiro@{DOMAIN}", dkim={"selector": "regua1", "domain": DOMAIN}
        ),
        recipient="maria@cliente.example.com.br",
        dispatch=any_dispatch(),
        at=AT,
    )
    accepted = SesEmailSender(carrier.ses(), "regua").send(message)
    status, raw = carrier.exchange("GET", f"/messages/{accepted.message_id}.eml")
    assert (status, raw) == (200, message.raw)
    assert accepted.facts["http_status"] == "200"
    name = f"{message.evidence['dkim_name']}.".encode()

    def dns(asked: bytes, timeout: float = 5) -> bytes | None:
        del timeout
        return message.evidence["dkim_record"].encode() if asked == name else None

    assert dkimpy.verify(raw, dnsfunc=dns)
    assert dkimpy.verify(ON_THE_WAY + raw, dnsfunc=dns)
    assert b"</html>" in raw
    assert not dkimpy.verify(raw.replace(b"</html>", b"<img></html>"), dnsfunc=dns)
