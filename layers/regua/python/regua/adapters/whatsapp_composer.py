"""From `MessageContent` to the JSON of a WhatsApp template message, in canonical bytes.

The words are the template's, which Meta has approved; the message names it and fills its
parameters, so the bytes are stable and small, and the template's name carries its version.
The template follows the facts: one for open invoices is never sent about an overdue one, nor the
other way round.

Source: Meta Cloud API, template messages; AWS End User Messaging Social, SendWhatsAppMessage.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from regua.adapters import pt_br
from regua.adapters.whatsapp_templates import (
    OCCASIONS,
    our_templates,
    receipt_name,
    template_name,
)
from regua.application.message_content import InvoiceLine, MessageContent
from regua.application.ports import ChannelSetup, Creditor, OutgoingMessage
from regua.application.wire import instant_text
from regua.domain import tokens
from regua.domain.dispatch import Dispatch
from regua.domain.errors import InvalidInput, RecipientRejected, TemplateError
from regua.domain.evidence import canonical
from regua.domain.phones import Phone, parse_phone
from regua.domain.ruler import Channel
from regua.domain.whatsapp_templates import (
    MAX_BODY,
    Approval,
    ApprovalState,
    ReplyButton,
    UrlButton,
    WhatsAppTemplate,
    check_parameters,
    join_key,
    reply_payload,
)

_BEFORE_DUE = frozenset({"lembrete", "vencimento"})
_WHEN_LATE_AFTER_ALL = "vencida"
_WHEN_IN_TIME_AFTER_ALL = "lembrete"
_REPLIES = (ReplyButton.PAID, ReplyButton.HUMAN, ReplyButton.STOP)
_REPLIES_TO_THANKS = (ReplyButton.HUMAN, ReplyButton.STOP)
_NOBODY = "cliente"
_MAX_NAME = 60
_MAX_NUMBER = 24
_LISTED_INVOICES = 5
_LISTED_DATES = 3


class WhatsAppComposer:
    """Composes template messages from a creditor's WhatsApp number.

    Without ``templates`` our own are taken for approved: Meta alone knows, and says so in a
    receipt when one is not (error 132001).
    """

    def __init__(self, templates: Iterable[WhatsAppTemplate] | None = None) -> None:
        known = _presumed() if templates is None else templates
        self._templates = {template.name: template for template in known}

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
            TemplateError: there is no approved template for this content, or it does not fit.
            RecipientRejected: the number cannot be on WhatsApp.
        """
        setup = creditor.channels.get(Channel.WHATSAPP)
        if setup is None:
            raise TemplateError("the creditor has not set WhatsApp up")
        number = _number(recipient).e164
        message = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": number,
            "type": "template",
            "biz_opaque_callback_data": join_key(
                dispatch.creditor_id,
                dispatch.dispatch_id,
                instant_text(at),
                _secret(content.unsubscribe_url),
            ),
            "template": self._filled(content, dispatch, _not_approved(setup)),
        }
        return OutgoingMessage(
            Channel.WHATSAPP,
            setup.origin,
            number,
            canonical(message),
            dispatch.dispatch_id,
            dispatch.creditor_id,
            dispatch.step_id,
        )

    def template_of(self, content: MessageContent) -> WhatsAppTemplate:
        """Return the approved template that fits the facts.

        Raises:
            TemplateError: there is none.
        """
        if content.receipts:
            name = receipt_name(content.template, len(content.receipts))
        else:
            name = template_name(_occasion(content), len(content.lines))
        template = self._templates.get(name)
        if template is None:
            raise TemplateError(f"template {name} is not registered")
        if not template.approval.can_be_sent:
            raise TemplateError(f"template {name} is {template.approval.state}")
        return template

    def _filled(
        self, content: MessageContent, dispatch: Dispatch, not_approved: frozenset[str]
    ) -> dict[str, Any]:
        template = self.template_of(content)
        if template.name in not_approved:
            raise TemplateError(f"template {template.name} is not approved for this creditor")
        values = receipt_parameters(content) if content.receipts else parameters(content)
        if check_parameters(values) or len(template.filled(values)) > MAX_BODY:
            raise TemplateError(f"template {template.name} cannot carry this content")
        body = {"type": "body", "parameters": [{"type": "text", "text": v} for v in values]}
        pay_url = content.lines[0].pay_url if content.lines else None
        replies = _REPLIES_TO_THANKS if content.receipts else _REPLIES
        buttons = _buttons(template, pay_url, replies, dispatch)
        return {
            "name": template.name,
            "language": {"policy": "deterministic", "code": template.language},
            "components": [body, *buttons],
        }


def _secret(signed_url: str) -> str:
    """Return what cannot be guessed without the tracking key, which signed the address."""
    return sha256(signed_url.encode()).hexdigest()[:16]


def _not_approved(setup: ChannelSetup) -> frozenset[str]:
    """Return the templates that Meta has not approved for this creditor, as it tells us."""
    return frozenset(setup.options.get("not_approved", "").split(",")) - {""}


def parameters(content: MessageContent) -> tuple[str, ...]:
    """Return what our templates' parameters hold, each on one line, in their order."""
    sender = content.sender
    values = (
        _greeted(content),
        sender.name.removesuffix("."),  # "Ltda.", where the sentence ends
        _invoices([line.number for line in content.lines]),
        _due(content.lines),
        _breakdown(content),
        pt_br.brl(content.total_centavos),
        pt_br.full_date(content.valid_until),
        f"{pt_br.tax_id(sender.document)}, {sender.address_line}",
    )
    return tuple(pt_br.one_line(value) for value in values)


def receipt_parameters(content: MessageContent) -> tuple[str, ...]:
    """Return what the parameters of a receipt hold, each on one line, in their order."""
    sender = content.sender
    days = sorted({line.paid_on for line in content.receipts})
    values = (
        _greeted(content),
        sender.name.removesuffix("."),
        _invoices([line.number for line in content.receipts]),
        pt_br.brl(content.received_centavos),
        _days(days),
        f"{pt_br.tax_id(sender.document)}, {sender.address_line}",
    )
    return tuple(pt_br.one_line(value) for value in values)


def _presumed() -> Iterable[WhatsAppTemplate]:
    """Return our templates as approved; no message carries the address their links begin with."""
    return our_templates("https://example.com.br/c/", approval=Approval(ApprovalState.APPROVED))


def _number(recipient: str) -> Phone:
    """Read a number that may be on WhatsApp; one without its ninth digit is never completed."""
    try:
        phone = parse_phone(recipient)
    except InvalidInput as exc:
        raise RecipientRejected(exc.problems[0].reason) from None
    if not phone.takes_messages:
        raise RecipientRejected(f"a {phone.kind} line takes no messages")
    return phone


def _occasion(content: MessageContent) -> str:
    """Return the occasion that is true on the day: the ruler's own, unless the facts moved on."""
    occasion = content.template
    is_late = bool(content.late_lines)
    if occasion not in OCCASIONS or is_late != (occasion in _BEFORE_DUE):
        return occasion
    return _WHEN_LATE_AFTER_ALL if is_late else _WHEN_IN_TIME_AFTER_ALL


def _greeted(content: MessageContent) -> str:
    name = pt_br.one_line(content.customer_name)
    if content.tone == "formal" and content.customer_kind == "person":
        name = pt_br.person_name(name)
    else:
        name = pt_br.greeting_name(name, content.customer_kind)
    return pt_br.shortened(name, _MAX_NAME) or _NOBODY


def _invoices(named: Sequence[str]) -> str:
    """Name the invoices, the oldest first; behind the fifth they are only counted."""
    numbers = [pt_br.shortened(pt_br.one_line(number), _MAX_NUMBER) for number in named]
    more = len(numbers) - _LISTED_INVOICES
    return _listed(numbers) if more <= 0 else f"{', '.join(numbers[:-more])} e mais {more}"


def _due(lines: Sequence[InvoiceLine]) -> str:
    """Write when the invoices fall or fell due: as printed, and where that moved, until when."""
    if len(lines) == 1 and lines[0].is_postponed:
        printed, moved = lines[0].due_date, lines[0].effective_due_date
        return f"{pt_br.full_date(printed)} (prorrogado para {pt_br.full_date(moved)}, dia útil)"
    days = sorted({line.due_date for line in lines})
    return f"datas de {_days(days)}" if len(days) > _LISTED_DATES else _days(days)


def _days(days: Sequence[date]) -> str:
    """Name some days in their order, or the first and the last of many."""
    if len(days) > _LISTED_DATES:
        return f"{pt_br.full_date(days[0])} a {pt_br.full_date(days[-1])}"
    return _listed([pt_br.full_date(day) for day in days])


def _listed(texts: Sequence[str]) -> str:
    *first, last = texts
    return f"{', '.join(first)} e {last}" if first else last


def _breakdown(content: MessageContent) -> str:
    """Write how the total is made up: every part that is not zero, with its name."""
    parts = (
        ("multa", content.late_fine_centavos),
        ("juros", content.late_interest_centavos),
        ("abatimento", -content.rebate_centavos),
        ("desconto", -content.discount_centavos),
        ("já pago", -content.paid_centavos),
    )
    named = [f"{name} {pt_br.brl(centavos)}" for name, centavos in parts if centavos]
    return ", ".join([f"valor original {pt_br.brl(content.original_centavos)}", *named])


def _buttons(
    template: WhatsAppTemplate,
    pay_url: str | None,
    meant: Sequence[ReplyButton],
    dispatch: Dispatch,
) -> list[dict[str, Any]]:
    """Fill the buttons, by their places in the template."""
    replies = iter(meant)
    buttons: list[dict[str, Any]] = []
    for index, button in enumerate(template.buttons):
        if isinstance(button, UrlButton):
            kind, parameter = "url", {"type": "text", "text": _token(pay_url)}
        else:
            payload = reply_payload(next(replies), dispatch.creditor_id, dispatch.dispatch_id)
            kind, parameter = "quick_reply", {"type": "payload", "payload": payload}
        buttons.append(
            {
                "type": "button",
                "sub_type": kind,
                "index": str(index),
                "parameters": [parameter],
            }
        )
    return buttons


def _token(pay_url: str | None) -> str:
    """Return the end of a tracked link, which the button's fixed address completes."""
    token = (pay_url or "").rpartition("/")[2]
    if not tokens.is_well_formed(token):
        raise TemplateError("the link is not a tracked one")
    return token
