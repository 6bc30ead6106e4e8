"""What the customer's page shows, decided to the centavo, before anybody thinks about HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from regua.application.message_content import InvoiceLine, Sender
from regua.domain.ids import CreditorId, DispatchId, InvoiceId
from regua.domain.money import Money
from regua.domain.negotiation.agreement import AgreementStatus
from regua.domain.negotiation.deal import Choice
from regua.domain.ruler import Channel


@dataclass(frozen=True, slots=True)
class Question:
    """Which characters of the customer's document are asked for before anything is shown."""

    document: str
    """``cpf`` or ``cnpj``."""
    length: int


@dataclass(frozen=True, slots=True)
class Landing:
    """What anybody who has the link sees: who wrote, and nothing of a debt or of the customer."""

    dispatch_id: DispatchId
    creditor_id: CreditorId
    sender: Sender
    channel: Channel
    question: Question | None
    """None: no details can be shown, only how to reach the creditor. There is no document on file
    to ask for, the creditor is paused, or the page was disowned."""
    is_disowned: bool = False
    """Whether somebody said that the address is not the customer's: nothing more is shown."""


class InvoiceState(StrEnum):
    """What the page says of an invoice, and so what can be done about it."""

    TO_PAY = "to_pay"
    PAID = "paid"
    CANCELLED = "cancelled"
    DISPUTED = "disputed"
    PROMISED = "promised"
    IN_TRANSIT = "in_transit"
    DEBIT_SCHEDULED = "debit_scheduled"
    """A standing debit is about to pay it: whoever has one must not pay twice."""
    HELD = "held"
    IN_AGREEMENT = "in_agreement"

    @property
    def is_asked_for(self) -> bool:
        """Whether it is to be paid here: not what is settled, disputed, on its way or in a deal."""
        return self in (InvoiceState.TO_PAY, InvoiceState.PROMISED, InvoiceState.HELD)

    @property
    def is_payable(self) -> bool:
        """Whether it may be paid here: what is asked for, and what is only said to be paid."""
        return self.is_asked_for or self is InvoiceState.IN_TRANSIT


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """One invoice with its payoff of the day. ``ref`` names it in forms: 12 hexadecimal digits.

    ``line.total_centavos`` is asked for only where ``state`` says so; there are means to pay only
    where ``state`` is payable.
    """

    ref: str
    invoice_id: InvoiceId
    state: InvoiceState
    line: InvoiceLine
    """``pix_copy_paste`` is the code of the day; ``boleto_line`` only while it asks for what is
    owed; ``pay_url`` is the creditor's own other link, checked."""
    is_concerned: bool
    """Whether the message was about it, or it is an instalment that took its place; the others are
    open ones of the same customer."""
    has_boleto_pdf: bool = False
    does_bank_add_charges: bool = False
    """Whether the boleto's line carries the invoiced amount, and fine and interest are added by the
    bank when it is paid: to be said beside the line, for the total is more than the line says."""
    is_pix_amount_fixed: bool = False
    """Whether the code carries the amount of the day (else the bank's app asks the PSP)."""
    until: date | None = None
    """The promised day, or until when contact rests."""
    paid_on: date | None = None
    can_promise_until: date | None = None
    """The latest day that may be promised; None when no promise is taken."""
    instalment_number: int | None = None
    """Which instalment of an agreement it is, if it is one; 0 is the down payment."""


@dataclass(frozen=True, slots=True)
class InstalmentView:
    """One instalment; ``number`` 0 is the down payment."""

    number: int
    due_date: date
    amount: Money
    is_paid: bool = False
    invoice_ref: str | None = None


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement that is proposed or active, or has just ended."""

    status: AgreementStatus
    total: Money
    discount: Money
    accepted_on: date
    instalments: Sequence[InstalmentView]
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class OptionView:
    """A way to settle that a rule offers: so many instalments for such a discount.

    ``total`` is what is paid in all with the least down payment the rule asks for.
    """

    min_instalments: int
    max_instalments: int
    total: Money
    discount: Money


@dataclass(frozen=True, slots=True)
class PlanView:
    """A number of instalments that may be chosen, and what may be paid first with it.

    Nothing, unless it ``is_required``; or from ``least`` to ``greatest``, which are zero where
    nothing can be paid first.
    """

    instalments: int
    least: Money
    greatest: Money
    is_required: bool


@dataclass(frozen=True, slots=True)
class OfferView:
    """What the creditor's rules offer today for what is overdue; bounds for the sliders."""

    owed: Money
    options: Sequence[OptionView]
    max_instalments: int
    max_down_payment: Money
    first_due_dates: Sequence[date]
    """Days that may be chosen for the first payment, in order."""
    valid_until: date
    needs_approval: bool
    plans: Sequence[PlanView] = ()
    """Every number of instalments that may be chosen, fewest first."""


@dataclass(frozen=True, slots=True)
class DealView:
    """A simulated settlement: what would be signed. ``key`` names these exact terms."""

    key: str
    choice: Choice
    owed: Money
    total: Money
    discount: Money
    instalments: Sequence[InstalmentView]
    breach_after_days: int
    needs_approval: bool
    terms: str
    """The terms in words, as they are hashed and kept."""


@dataclass(frozen=True, slots=True)
class PageView:
    """Everything a customer who answered the question sees."""

    landing: Landing
    customer_name: str
    on: date
    invoices: Sequence[InvoiceView]
    total: Money
    """Of what the message is about and is asked for now, late charges included; zero when all of
    it is paid, so that there is only to be thanked for."""
    agreement: AgreementView | None = None
    offer: OfferView | None = None
    channels: Sequence[Channel] = ()
    """Channels the customer can be written to on, for the preferences."""
    stopped: frozenset[Channel] = frozenset()
    preferred_channel: Channel | None = None
    preferred_hour: int | None = None
    hours: Sequence[int] = ()
    """Hours that may be wished for."""
    reading_confirmed_at: datetime | None = None
    can_be_sent_again: Sequence[str] = ()
    """Refs of the invoices whose last message would come once more, by e-mail, if asked for now."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an act, for the customer to keep. ``facts`` are shown by the page."""

    protocol: str
    act: str
    """The value of `regua.application.customer_page.acts.ActKind`."""
    at: datetime
    sender: Sender
    invoice_number: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    """Short texts as the note holds them: ``on``, ``until``, ``amount_centavos``, ``method`` …"""
