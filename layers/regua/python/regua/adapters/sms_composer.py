"""SMS as a channel: the fullest courteous text that fits one message, with what the law asks.

Every text names the creditor, links to the page with everything there is no room for, and says
which word stops the messages; the CNPJ stands where it fits. What no shortening brings into one
message is sent in as few pieces as possible. The words are data, in `regua.adapters.sms_texts`.

Nothing goes out that `regua.domain.wording` or `regua.domain.identification` refuses: customers'
and creditors' own words (a number, a name) may carry what ours do not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from regua.adapters import pt_br
from regua.adapters.sms_texts import (
    ASKS_IN_TIME,
    ASKS_LATE,
    DEFAULT_OPT_OUT_WORD,
    HELLOS,
    OPT_OUTS,
    RECEIPTS,
    TEMPLATES,
    Sentence,
)
from regua.application.message_content import InvoiceLine, MessageContent
from regua.application.ports import Creditor, OutgoingMessage
from regua.domain.addresses import safe_url
from regua.domain.dispatch import Dispatch
from regua.domain.errors import InvalidInput, RecipientRejected, TemplateError
from regua.domain.identification import StatedFacts, check_identification
from regua.domain.money import Money
from regua.domain.phones import parse_phone
from regua.domain.ruler import Channel
from regua.domain.sms_text import is_single, plain_text, segments
from regua.domain.tax_ids import normalise
from regua.domain.wording import MessageText, is_refused, lint

MAX_CHARACTERS = 1600
"""What the provider takes. Source: SendTextMessage, MessageBody (botocore model 2022-03-31)."""
_CPF_DIGITS = 11
_LONG_IN_CAPITALS = 12
"""A name of so many letters, all capitals, would make a short text shout."""


class SmsComposer:
    """Composes text messages from the creditor's own number or sender id."""

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
            TemplateError: no such template, no link to pay by, the creditor has no SMS set up, or
                no wording passes.
            RecipientRejected: the number is no line that takes messages.
        """
        setup = creditor.channels.get(Channel.SMS)
        if setup is None:
            raise TemplateError("the creditor has not set up SMS")
        word = setup.options.get("opt_out_word", DEFAULT_OPT_OUT_WORD)
        text = _receipt(content, word) if content.receipts else _text(_Draft.of(content, word))
        return OutgoingMessage(
            Channel.SMS,
            setup.origin,
            _mobile(recipient),
            text.encode(),
            dispatch.dispatch_id,
            dispatch.creditor_id,
            dispatch.step_id,
            parts=len(segments(text)),
            at=at,
        )


@dataclass(frozen=True, slots=True)
class _Draft:
    """What one message is made of, every text on one plain line."""

    sentences: Sequence[str]
    opt_outs: Sequence[str]
    link: str
    document: str
    facts: StatedFacts

    @classmethod
    def of(cls, content: MessageContent, opt_out_word: str) -> "_Draft":
        word = plain_text(opt_out_word)
        link = _link(content)
        return cls(
            sentences=tuple(_sentences(content)),
            opt_outs=tuple(text.format(word=word) for text in map(plain_text, OPT_OUTS)),
            link=link,
            document=_labelled(content.sender.document),
            facts=_facts(content, link, word),
        )

    def texts(self) -> Iterator[str]:
        """Yield what may be sent, best first: the document counts for more than full sentences."""
        for document in (f"{self.document}. ", ""):
            for sentence in self.sentences:
                for opt_out in self.opt_outs:
                    yield f"{sentence} {self.link} {document}{opt_out}"

    def is_sound(self, text: str) -> bool:
        """Tell whether a text states what it must and nothing it must not.

        The link is read as one harmless word: its random letters may spell anything.
        """
        words = MessageText(Channel.SMS, text.replace(self.link, "link"))
        missing = check_identification(Channel.SMS, text, self.facts)
        return not (is_refused(lint(words)) or is_refused(missing))


def _receipt(content: MessageContent, opt_out_word: str) -> str:
    """Return the fullest thanks that fit one message; the document counts for more than words."""
    sentences = RECEIPTS.get(content.template)
    if sentences is None:
        raise TemplateError(f"no text message for {content.template}")
    lines, word = content.receipts, plain_text(opt_out_word)
    values = {
        "name": _shown_name(content.sender.name),
        "count": str(len(lines)),
        "number": lines[0].number,
        "amount": pt_br.brl(content.received_centavos),
    }
    said = [s.one if len(lines) == 1 else s.many for s in sentences]
    texts = [
        " ".join(filter(None, (plain_text(sentence.format(**values)), document, opt_out)))
        for document in (f"{_labelled(content.sender.document)}.", "")
        for sentence in said
        for opt_out in (text.format(word=word) for text in map(plain_text, OPT_OUTS))
    ]
    longer = sorted(
        (t for t in texts if not is_single(t)), key=lambda t: (len(segments(t)), len(t))
    )
    for text in (*filter(is_single, texts), *longer):
        if len(text) <= MAX_CHARACTERS and not is_refused(lint(MessageText(Channel.SMS, text))):
            return text
    raise TemplateError("no wording of this text message may be sent")


def _text(draft: _Draft) -> str:
    """Return the best text that fits one message, or else the one of fewest pieces."""
    longer: list[str] = []
    for text in draft.texts():
        if not is_single(text):
            longer.append(text)
        elif draft.is_sound(text):
            return text
    longer.sort(key=lambda text: (len(segments(text)), draft.document not in text, len(text)))
    for text in longer:
        if len(text) <= MAX_CHARACTERS and draft.is_sound(text):
            return text
    raise TemplateError("no wording of this text message may be sent")


def _sentences(content: MessageContent) -> Iterator[str]:
    """Yield everything that can be said up to the link, fullest first."""
    try:
        in_time, late = TEMPLATES[content.template]
        values = _values(content)
    except KeyError as exc:
        raise TemplateError(f"no text message for {content.template}, {content.tone}") from exc
    tells_amount = _amount_holds(content)
    for sentence in late if content.late_lines else in_time:
        template = _number_of(sentence, _spoken_of(content))
        if tells_amount or "{amount}" not in template:
            yield plain_text(template.format(**values))


def _number_of(sentence: Sentence, lines: Sequence[InvoiceLine]) -> str:
    return sentence.one if len(lines) == 1 else sentence.many


def _spoken_of(content: MessageContent) -> tuple[InvoiceLine, ...]:
    """Return what the message is about: the late invoices, or all when none is."""
    return content.late_lines or content.lines


def _values(content: MessageContent) -> dict[str, str]:
    lines = _spoken_of(content)
    asks = ASKS_LATE if content.late_lines else ASKS_IN_TIME
    return {
        "name": _shown_name(content.sender.name),
        "hello": HELLOS[content.tone],
        "ask": asks[content.tone],
        "count": str(len(lines)),
        "number": lines[0].number,
        "amount": pt_br.brl(sum(line.total_centavos for line in lines)),
        "falls_due": _falls_due(lines, content.on, is_brief=False),
        "due": _falls_due(lines, content.on, is_brief=True),
        "since": _day(lines[0].due_date, content.on),
    }


def _shown_name(name: str) -> str:
    """Return a name as a lock screen should show it."""
    is_loud = name.isupper() and sum(map(str.isalpha, name)) > _LONG_IN_CAPITALS
    return pt_br.person_name(name) if is_loud else name


def _falls_due(lines: Sequence[InvoiceLine], on: date, *, is_brief: bool) -> str:
    """Complete the sentence "sua fatura …", or "suas faturas …"."""
    many = len(lines) > 1
    if len({line.due_date for line in lines}) > 1:
        return "vencem nestes dias"
    due, last = lines[0].due_date, lines[0].effective_due_date
    if due < on:
        until = _day(last, on)
        if is_brief:
            return f"sem acréscimo até {until}"
        return f"{'podem ser pagas' if many else 'pode ser paga'} sem acréscimo até {until}"
    verb = "vencem" if many else "vence"
    if not is_brief:
        return f"{verb} {pt_br.due_day(due, on)}"
    return f"{verb} hoje" if due == on else f"{verb} {_day(due, on)}"


def _day(day: date, on: date) -> str:
    return pt_br.short_date(day) if day.year == on.year else pt_br.full_date(day)


def _amount_holds(content: MessageContent) -> bool:
    """Tell whether the amount of today is still right on the due date: no discount ends before."""
    return all(line.valid_until(content.on) >= line.due_date for line in content.lines)


def _link(content: MessageContent) -> str:
    """Return the tracked link: of the first invoice that has one, those spoken of before others."""
    for line in (*_spoken_of(content), *content.lines):
        if line.pay_url and safe_url(line.pay_url) == line.pay_url:
            return line.pay_url
    raise TemplateError("a text message needs a link to the page with the rest")


def _labelled(document: str) -> str:
    bare = normalise(document)
    return f"{'CPF' if len(bare) == _CPF_DIGITS else 'CNPJ'} {bare}"


def _facts(content: MessageContent, link: str, opt_out: str) -> StatedFacts:
    try:
        return StatedFacts(
            name=content.sender.name,
            document=content.sender.document,
            address_line=content.sender.address_line,
            original=Money(content.original_centavos),
            late_fine=Money(content.late_fine_centavos),
            late_interest=Money(content.late_interest_centavos),
            total=Money(content.total_centavos),
            valid_until=content.valid_until,
            rebate=Money(content.rebate_centavos),
            discount=Money(content.discount_centavos),
            paid=Money(content.paid_centavos),
            link=link,
            opt_out=opt_out,
        )
    except InvalidInput as exc:
        raise TemplateError("the creditor cannot be identified in a text message") from exc


def _mobile(recipient: str) -> str:
    """Return the number in E.164, when a text may go there."""
    try:
        phone = parse_phone(recipient)
    except InvalidInput as exc:
        raise RecipientRejected("not a telephone number") from exc
    if not phone.takes_messages:
        raise RecipientRejected(f"a {phone.kind} line takes no text messages")
    return phone.e164
