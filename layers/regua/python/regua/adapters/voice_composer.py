"""Calls: the one message that a one-way call may play to whoever picks up.

AWS SendVoiceMessage is one-way: it dials, plays the SSML and hangs up. It takes no key, cannot ask
who is listening, and plays the same to a voicemail. What it plays must therefore be fit for anybody
and for a voicemail: who called, for whom, and where to call back or look; no word of a debt, no
amount, no date. The dialogue with its keypad (`regua.domain.voice_script.voice_script`) is for a
provider with interactive calls; `call_facts` makes both from one content.

Source: AWS End User Messaging, SendVoiceMessage (MessageBody of 1 to 6000 characters, TEXT or SSML;
no input); CDC (Lei 8.078/1990) art. 42 (no exposure to third parties).
"""

from datetime import datetime

from regua.adapters.pt_br import greeting_name, one_line, person_name, phone
from regua.application.message_content import MessageContent
from regua.application.ports import Creditor, OutgoingMessage
from regua.domain.dispatch import Dispatch
from regua.domain.errors import InvalidInput, TemplateError
from regua.domain.money import Money
from regua.domain.ruler import Channel
from regua.domain.voice_script import CallFacts, message_for_anybody, minutes_of

MAX_CHARACTERS = 6000
"""What SendVoiceMessage takes."""


class VoiceComposer:
    """Turns content into the SSML of a call that plays one message."""

    def __call__(
        self,
        content: MessageContent,
        *,
        creditor: Creditor,
        recipient: str,
        dispatch: Dispatch,
        at: datetime,
    ) -> OutgoingMessage:
        """Compose a call: same arguments, same bytes. ``parts`` estimates the minutes billed.

        Raises:
            TemplateError: the creditor has set up no calls, a name would give the debt away, the
                message is longer than a call may be, or it is the receipt of a payment.
        """
        if content.receipts:
            raise TemplateError("no receipt is given by voice")
        setup = creditor.channels.get(Channel.VOICE)
        if setup is None:
            raise TemplateError("the creditor has not set up calls")
        ssml = _message(content)
        if len(ssml) > MAX_CHARACTERS:
            msg = f"a call holds at most {MAX_CHARACTERS} characters"
            raise TemplateError(msg)
        return OutgoingMessage(
            channel=Channel.VOICE,
            sender=setup.origin,
            recipient=recipient,
            raw=ssml.encode(),
            dispatch_id=dispatch.dispatch_id,
            creditor_id=creditor.creditor_id,
            step_id=dispatch.step_id,
            parts=minutes_of(ssml),
            at=at,
        )


def call_facts(content: MessageContent) -> CallFacts:
    """Return what a call says of a content: the sums of its invoices, and who is called.

    Raises:
        InvalidInput: the creditor or the customer has no name that can be said.
    """
    name = one_line(content.customer_name)
    is_person = content.customer_kind == "person"
    callback = content.sender.phone
    return CallFacts(
        creditor_name=one_line(content.sender.name),
        full_name=person_name(name) if is_person else name,
        greeting_name=greeting_name(name, content.customer_kind),
        invoices=len(content.lines),
        due_date=min(line.due_date for line in content.lines),
        is_late=any(line.is_late for line in content.lines),
        original=Money(content.original_centavos),
        late_fine=Money(content.late_fine_centavos),
        late_interest=Money(content.late_interest_centavos),
        total=Money(content.total_centavos),
        valid_until=content.valid_until,
        paid=Money(content.paid_centavos),
        rebate=Money(content.rebate_centavos),
        discount=Money(content.discount_centavos),
        callback=None if callback is None else phone(one_line(callback)),
    )


def _message(content: MessageContent) -> str:
    try:
        return message_for_anybody(call_facts(content))
    except InvalidInput as exc:
        raise TemplateError(str(exc)) from exc
