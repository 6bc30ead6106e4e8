"""A creditor's own words for one e-mail, with what they name filled in.

They stand in the place of ours only where they are true: words about late invoices in a message
about late ones, and a placeholder only where it has one value. Words for one invoice are not used
for three; then ours are, which know the plural.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from regua.adapters import pt_br
from regua.application.message_content import InvoiceLine, MessageContent, ReceiptLine
from regua.domain.own_words import BEFORE_DUE, email_key, placeholders_for
from regua.domain.placeholders import filled

_SUBJECT_NAME = partial(pt_br.shortened, length=40)
_SUBJECT_NUMBER = partial(pt_br.shortened, length=24)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What a creditor says in the place of our words; an empty part leaves ours."""

    subject: str = ""
    title: str = ""
    lead: str = ""
    closing: str = ""


NO_WORDS = OwnWords()


def own_words(content: MessageContent, texts: Mapping[str, str]) -> OwnWords:
    """Return a creditor's own words for a message, as plain text on one line each."""
    if not _are_true(content):
        return NO_WORDS
    values = _values(content)

    def part(name: str) -> str:
        text = texts.get(email_key(content.template, name), "")
        said = placeholders_for(content.template, name)
        known = {k: v for k, v in values.items() if k in said}
        if name == "subject":
            known |= {k: _shortened(k, v) for k, v in known.items()}
        return pt_br.one_line(filled(text, known) or "") if text else ""

    return OwnWords(part("subject"), part("title"), part("lead"), part("closing"))


def _are_true(content: MessageContent) -> bool:
    """Tell whether words written for the template's own day hold on the day of the message.

    A reminder may leave when an invoice is late already, and a message about late invoices may
    find none that still is.
    """
    if content.receipts:
        return True
    return bool(content.late_lines) is not (content.template in BEFORE_DUE)


def _values(content: MessageContent) -> dict[str, str]:
    """Return what each placeholder stands for; one without a single value is left out."""
    name = pt_br.greeting_name(content.customer_name, content.customer_kind)
    values = {"credor": content.sender.name}
    if name:
        values["cliente"] = name
    if content.receipts:
        values["total"] = pt_br.brl(content.received_centavos)
        return values | _of_one(content.receipts)
    lines = content.late_lines or content.lines
    values["total"] = pt_br.brl(sum(line.total_centavos for line in lines))
    until = min(line.valid_until(content.on) for line in lines)
    values["valido_ate"] = pt_br.full_date(until)
    if len({line.due_date for line in lines}) == 1:
        values["vencimento"] = pt_br.full_date(lines[0].due_date)
    return values | _of_one(lines)


def _of_one(lines: Sequence[InvoiceLine] | Sequence[ReceiptLine]) -> dict[str, str]:
    return {"fatura": lines[0].number} if len(lines) == 1 else {}


def _shortened(placeholder: str, value: str) -> str:
    """Return a value as a subject shows it: long names and numbers are cut, visibly."""
    if placeholder == "credor":
        return _SUBJECT_NAME(value)
    return _SUBJECT_NUMBER(value) if placeholder == "fatura" else value
