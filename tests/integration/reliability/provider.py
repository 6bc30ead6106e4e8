"""A provider of e-mail that knows what people really received, and reports it as SES does."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regua.application.email_content import EmailContent, RenderedEmail
from regua.application.ports import OutgoingEmail
from regua.application.wire import instant_text
from regua.domain.errors import ProviderThrottled, RecipientRejected
from regua.domain.ids import DispatchId

RETRY_AFTER_SECONDS = 60


class PlainRenderer:
    """Writes the invoice numbers and nothing else: what a message is about, to be read back."""

    def render(self, content: EmailContent) -> RenderedEmail:
        """Render a message."""
        return RenderedEmail(content.template, "", ",".join(line.number for line in content.lines))


def plain_mime(*, rendered: RenderedEmail, **_: object) -> bytes:
    """Return the rendered text as the message."""
    return rendered.text.encode()


@dataclass(frozen=True, slots=True)
class Received:
    """A message in somebody's mailbox."""

    dispatch_id: DispatchId
    recipient: str
    numbers: tuple[str, ...]
    at: datetime


@dataclass(slots=True)
class Provider:
    """Takes messages; the lists say how it treats them."""

    now: Callable[[], datetime]
    report: Callable[[str], None]
    """Where receipts go."""
    received: list[Received] = field(default_factory=list)
    throttling: int = 0
    """How many of the next sends are refused for now."""
    rejects: set[str] = field(default_factory=set)
    bounces: set[str] = field(default_factory=set)
    is_silent: bool = False
    """Whether receipts never come."""
    is_holding: bool = False
    """Whether receipts are kept until `let_go`."""
    held: list[str] = field(default_factory=list)
    is_prompt: bool = True
    """Whether every receipt came before a doubt grows old: then none is given up wrongly."""

    def send(self, email: OutgoingEmail) -> str:
        """Take a message, or refuse it."""
        if self.throttling:
            self.throttling -= 1
            raise ProviderThrottled(retry_after_seconds=RETRY_AFTER_SECONDS)
        if email.recipient in self.rejects:
            raise RecipientRejected("MessageRejected")
        message_id = f"ses-{len(self.received) + 1:06d}"
        numbers = tuple(email.raw.decode().split(","))
        self.received.append(Received(email.dispatch_id, email.recipient, numbers, self.now()))
        self._receipt("Send", email, message_id, {})
        if email.recipient in self.bounces:
            bounced = {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [{"emailAddress": email.recipient, "status": "5.1.1"}],
                "feedbackId": f"bounce-{message_id}",
                "timestamp": instant_text(self.now()),
            }
            self._receipt("Bounce", email, message_id, {"bounce": bounced})
        else:
            delivered = {"timestamp": instant_text(self.now()), "smtpResponse": "250 ok"}
            self._receipt("Delivery", email, message_id, {"delivery": delivered})
        return message_id

    def _receipt(
        self, kind: str, email: OutgoingEmail, message_id: str, section: dict[str, Any]
    ) -> None:
        if self.is_silent or self.is_holding:
            self.is_prompt = False
        if self.is_silent:
            return
        tags = {"dispatch_id": [email.dispatch_id], "creditor_id": [email.creditor_id]}
        mail = {"messageId": message_id, "timestamp": instant_text(self.now()), "tags": tags}
        event = {"eventType": kind, "mail": mail, **section}
        body = json.dumps({"Type": "Notification", "Message": json.dumps(event)})
        if self.is_holding:
            self.held.append(body)
        else:
            self.report(body)

    def let_go(self) -> None:
        """Report what was held, and hold nothing more."""
        self.is_holding = False
        held, self.held = self.held, []
        for body in held:
            self.report(body)
