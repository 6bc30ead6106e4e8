"""E-mail as a channel: the words, and the exact bytes around them."""

from collections.abc import Callable, Mapping
from datetime import datetime

from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.mime import build_mime
from regua.application.message_content import MessageContent
from regua.application.ports import (
    Creditor,
    Dkim,
    EmailRenderer,
    MimeBuilder,
    OutgoingMessage,
)
from regua.domain.dispatch import Dispatch
from regua.domain.ruler import Channel

Sign = Callable[[bytes, Dkim], tuple[bytes, Mapping[str, str]]]
"""Puts a signature in front of a message, and says what verifies it later."""


class EmailComposer:
    """Composes e-mails from the creditor's own address, signed where it has a key for that."""

    def __init__(
        self,
        renderer: EmailRenderer | None = None,
        mime: MimeBuilder = build_mime,
        *,
        sign: Sign | None = None,
    ) -> None:
        self._renderer = renderer or JinjaEmailRenderer()
        self._mime = mime
        self._sign = sign

    def __call__(
        self,
        content: MessageContent,
        *,
        creditor: Creditor,
        recipient: str,
        dispatch: Dispatch,
        at: datetime,
    ) -> OutgoingMessage:
        """Compose a message: same arguments, same bytes.

        Raises:
            ProviderThrottled: the creditor's e-mails are signed, and there is no key for it.
        """
        sender = creditor.sender
        raw = self._mime(
            rendered=self._renderer.render(content, creditor.texts),
            sender=sender,
            recipient=recipient,
            unsubscribe_url=content.unsubscribe_url,
            date=at,
            message_id_domain=sender.email.rpartition("@")[2],
            dispatch_id=dispatch.dispatch_id,
        )
        evidence: Mapping[str, str] = {}
        if self._sign is not None and creditor.dkim is not None:
            raw, evidence = self._sign(raw, creditor.dkim)
        return OutgoingMessage(
            Channel.EMAIL,
            sender.email,
            recipient,
            raw,
            dispatch.dispatch_id,
            dispatch.creditor_id,
            dispatch.step_id,
            evidence=evidence,
        )
