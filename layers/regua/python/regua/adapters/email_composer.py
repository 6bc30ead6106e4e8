"""E-mail as a channel: the words, and the exact bytes around them."""

from datetime import datetime

from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.mime import build_mime
from regua.application.message_content import MessageContent
from regua.application.ports import Creditor, EmailRenderer, MimeBuilder, OutgoingMessage
from regua.domain.dispatch import Dispatch
from regua.domain.ruler import Channel


class EmailComposer:
    """Composes e-mails from the creditor's own address."""

    def __init__(
        self, renderer: EmailRenderer | None = None, mime: MimeBuilder = build_mime
    ) -> None:
        self._renderer = renderer or JinjaEmailRenderer()
        self._mime = mime

    def __call__(
        self,
        content: MessageContent,
        *,
        creditor: Creditor,
        recipient: str,
        dispatch: Dispatch,
        at: datetime,
    ) -> OutgoingMessage:
        """Compose a message: same arguments, same bytes."""
        sender = creditor.sender
        raw = self._mime(
            rendered=self._renderer.render(content),
            sender=sender,
            recipient=recipient,
            unsubscribe_url=content.unsubscribe_url,
            date=at,
            message_id_domain=sender.email.rpartition("@")[2],
            dispatch_id=dispatch.dispatch_id,
        )
        return OutgoingMessage(
            Channel.EMAIL,
            sender.email,
            recipient,
            raw,
            dispatch.dispatch_id,
            dispatch.creditor_id,
            dispatch.step_id,
        )
