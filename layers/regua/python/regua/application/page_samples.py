"""Invented messages and an invented customer, to show a creditor its own words before anybody else.

Nothing here can be paid: the Pix key is all zeros, and the links lead to a reserved domain.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from regua.application.customer_page.views import (
    InvoiceState,
    InvoiceView,
    Landing,
    OfferView,
    OptionView,
    PageView,
)
from regua.application.message_content import (
    InvoiceLine,
    MessageContent,
    PaidPart,
    ReceiptLine,
    Sender,
)
from regua.application.ports import Creditor
from regua.domain.calendar import BusinessDays, roll
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.late_charges import CONSUMER_TERMS
from regua.domain.money import ZERO, Money
from regua.domain.negotiation.offers import QuotedDebt
from regua.domain.negotiation.rules import OfferRules, Option
from regua.domain.own_words import RECEIPTS
from regua.domain.payoff import Debt, quote
from regua.domain.pix.br_code import BrCode, encode
from regua.domain.ruler import Channel, Phase, Tone

_LINKS = "https://pagina.example.com.br"
_NO_KEY = "00000000-0000-4000-8000-000000000000"
_BOLETO = "00190500954014481606906809350314337370000000100"
_AMOUNT = Money(14_990)
_REF = "000000000001"
_CUSTOMER = "Maria Exemplo da Silva"


class _Moment(NamedTuple):
    """When in a debt's life a template is sent, and how it speaks."""

    phase: Phase
    tone: Tone
    days_after_due: int


_MOMENTS: Mapping[str, _Moment] = {
    "lembrete": _Moment(Phase.PREVENTIVE, Tone.FRIENDLY, -3),
    "vencimento": _Moment(Phase.DUE, Tone.FRIENDLY, 0),
    "vencida": _Moment(Phase.SOFT, Tone.NEUTRAL, 3),
    "em_atraso": _Moment(Phase.SOFT, Tone.NEUTRAL, 7),
    "atraso_prolongado": _Moment(Phase.FIRM, Tone.FIRM, 15),
    "pre_negativacao": _Moment(Phase.PRE_LISTING, Tone.FORMAL, 30),
    "recibo": _Moment(Phase.SOFT, Tone.FRIENDLY, 3),
}
SAMPLED = frozenset(_MOMENTS)
"""The e-mails whose words a creditor may replace: a sample can be made of each."""


def sample_contents(sender: Sender, template: str, on: date) -> Iterator[MessageContent]:
    """Yield a message about one invoice, and one about three.

    Args:
        sender: the creditor as its customers see it.
        template: one of `SAMPLED`.
        on: the day of the message.
    """
    moment = _MOMENTS[template]
    for count in (1, 3):
        is_receipt = template in RECEIPTS
        due = _due(on, moment.days_after_due)
        numbers = range(1, count + 1)
        yield MessageContent(
            sender=sender,
            customer_name=_CUSTOMER,
            customer_kind="person",
            phase=moment.phase.value,
            template=template,
            tone=moment.tone.value,
            on=on,
            lines=() if is_receipt else tuple(_line(n, due, on) for n in numbers),
            receipts=tuple(_receipt(n, due, on) for n in numbers) if is_receipt else (),
            pixel_url=f"{_LINKS}/o/exemplo.gif",
            unsubscribe_url=f"{_LINKS}/u/exemplo",
            confirm_url=f"{_LINKS}/r/exemplo",
        )


def sample_view(creditor: Creditor, draft_id: str, on: date) -> PageView:
    """Return a page of an invented customer: a late invoice, and one that is paid.

    Where the creditor has rules for offers, the first of them is offered, whatever its conditions.

    Args:
        creditor: as the draft would make it.
        draft_id: stands where the page has its dispatch.
        on: the day the page is looked at.
    """
    late, paid_on = _due(on, 7), on - timedelta(days=2)
    to_pay = _line(1, late, on)
    paid = _line(2, late, on)
    landing = Landing(
        dispatch_id=DispatchId(draft_id),
        creditor_id=creditor.creditor_id,
        sender=creditor.sender,
        channel=Channel.EMAIL,
        question=None,
    )
    return PageView(
        landing=landing,
        customer_name=_CUSTOMER,
        on=on,
        invoices=(
            InvoiceView(
                ref=_REF,
                invoice_id=InvoiceId(to_pay.number),
                state=InvoiceState.TO_PAY,
                line=to_pay,
                is_concerned=True,
                is_pix_amount_fixed=True,
                can_promise_until=on + timedelta(days=7),
            ),
            InvoiceView(
                ref="0" * 11 + "2",
                invoice_id=InvoiceId(paid.number),
                state=InvoiceState.PAID,
                line=paid,
                is_concerned=False,
                paid_on=paid_on,
            ),
        ),
        total=Money(to_pay.total_centavos),
        offer=_offer(creditor.offers, to_pay, on),
        channels=(Channel.EMAIL,),
        hours=(9, 14, 18),
    )


def _offer(offers: OfferRules, line: InvoiceLine, on: date) -> OfferView | None:
    if not offers.rules:
        return None
    rule = offers.rules[0]
    debt = QuotedDebt(
        invoice_id=InvoiceId(line.number),
        due_date=line.due_date,
        days_late=line.days_late,
        principal=Money(line.original_centavos),
        charges=Money(line.late_fine_centavos + line.late_interest_centavos),
    )
    return OfferView(
        owed=debt.owed,
        options=[
            OptionView(o.min_instalments, o.max_instalments, debt.agreed(o), _saved(debt, o))
            for o in rule.options
        ],
        max_instalments=max(o.max_instalments for o in rule.options),
        max_down_payment=ZERO,
        first_due_dates=(on,),
        valid_until=on + timedelta(days=rule.valid_days),
        needs_approval=rule.needs_approval,
    )


def _saved(debt: QuotedDebt, option: Option) -> Money:
    return debt.owed - debt.agreed(option)


def _due(on: date, days_after: int) -> date:
    """Return a due date that a message on a day comes so many days after, or about as many.

    It is a business day, so that what is to be late is late, and what is not is in time.
    """
    nearest = BusinessDays.PRECEDING if days_after > 0 else BusinessDays.FOLLOWING
    return roll(on - timedelta(days=days_after), nearest)


def _line(number: int, due: date, on: date) -> InvoiceLine:
    debt = Debt(_AMOUNT, due)
    quoted = quote(debt, on, CONSUMER_TERMS)
    return InvoiceLine(
        number=_number(number),
        description="Mensalidade de exemplo",
        due_date=due,
        effective_due_date=debt.effective_due_date,
        days_late=quoted.days_late,
        original_centavos=quoted.amount.centavos,
        late_fine_centavos=quoted.late_fine.centavos,
        late_interest_centavos=quoted.late_interest.centavos,
        total_centavos=quoted.total.centavos,
        pay_url=f"{_LINKS}/c/exemplo-{number}",
        pix_copy_paste=_code(quoted.total),
        boleto_line=_BOLETO,
    )


def _receipt(number: int, due: date, on: date) -> ReceiptLine:
    paid = PaidPart(_AMOUNT.centavos, on - timedelta(days=1), "pix")
    return ReceiptLine(_number(number), "Mensalidade de exemplo", due, (paid,), is_clear=True)


def _number(number: int) -> str:
    return f"EX-{number:04d}"


def _code(amount: Money) -> str:
    """Write a Pix code for an amount that no bank finds the receiver of."""
    return encode(BrCode(name="EXEMPLO", city="BRASIL", key=_NO_KEY, amount=amount))
