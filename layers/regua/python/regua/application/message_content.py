"""What an e-mail says, decided to the centavo, before anybody thinks about HTML.

A sender use case fills these classes; `regua.adapters.email_renderer` turns them into words. No
amount, date or link is worked out after this point.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Sender:
    """The creditor as the recipient sees it.

    ``name``, ``document`` and ``address_line`` are printed in every message.

    Source: CDC (Lei 8.078/1990) art. 42-A: a collection document carries the supplier's name,
    address and CPF or CNPJ.
    """

    name: str
    document: str
    address_line: str
    email: str
    reply_to: str | None = None
    phone: str | None = None

    def __post_init__(self) -> None:
        if not (self.name.strip() and self.document.strip() and self.address_line.strip()):
            raise ValueError("a message must identify the creditor: name, document and address")

    @property
    def contact_email(self) -> str:
        """Where an answer of the recipient goes."""
        return self.reply_to or self.email


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One invoice of the message, with its breakdown on the day of the message.

    ``pay_url`` is where to see and pay it: every message to a customer carries the tracked link
    that leads to the customer's page. ``paid_centavos`` is what was received so far, so that a
    partly paid invoice can show where its total comes from; ``rebate_centavos`` and
    ``discount_centavos`` are what was taken off. The total is right until ``last_day``.

    Source: Lei PE 16.559/2019 art. 26-A: a charge shows original value, fine and interest apart;
    here the parts must also add up, or the line cannot be built.
    """

    number: str
    description: str | None
    due_date: date
    effective_due_date: date
    days_late: int
    original_centavos: int
    late_fine_centavos: int
    late_interest_centavos: int
    total_centavos: int
    pay_url: str | None = None
    pix_copy_paste: str | None = None
    boleto_line: str | None = None
    paid_centavos: int = 0
    rebate_centavos: int = 0
    discount_centavos: int = 0
    last_day: date | None = None

    def __post_init__(self) -> None:
        parts = self.original_centavos + self.late_fine_centavos + self.late_interest_centavos
        taken_off = self.paid_centavos + self.rebate_centavos + self.discount_centavos
        if parts - taken_off != self.total_centavos:
            raise ValueError("the total of an invoice must be the sum of its parts")

    @property
    def is_late(self) -> bool:
        """Whether the last day to pay without charges has passed."""
        return self.days_late > 0

    @property
    def is_postponed(self) -> bool:
        """Whether the printed due date is no business day, so that a later one counts."""
        return self.effective_due_date != self.due_date

    def valid_until(self, on: date) -> date:
        """Return the last day on which the total is right: the day itself, or the due date."""
        if self.last_day is not None:
            return max(on, self.last_day)
        return on if self.is_late else max(on, self.effective_due_date)


@dataclass(frozen=True, slots=True)
class PaidPart:
    """Money that came in for an invoice; ``method`` carries the value of ``PaymentMethod``."""

    centavos: int
    on: date
    method: str


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One paid invoice of a receipt.

    ``payments`` are those that were not taken back, in the order they were made. It ``is_clear``
    when nothing more is owed on it, neither of the amount nor of late charges.
    """

    number: str
    description: str | None
    due_date: date
    payments: tuple[PaidPart, ...]
    is_clear: bool

    def __post_init__(self) -> None:
        if not self.payments:
            raise ValueError("a receipt is for money that came in")

    @property
    def paid_centavos(self) -> int:
        """Sum of what came in."""
        return sum(part.centavos for part in self.payments)

    @property
    def paid_on(self) -> date:
        """The day of the last payment."""
        return self.payments[-1].on


@dataclass(frozen=True, slots=True)
class MessageContent:
    """Everything one e-mail says.

    ``on`` is the business date (America/Sao_Paulo) of the message, for which the amounts were
    computed. ``phase`` and ``tone`` carry the values of the ruler's ``Phase`` and ``Tone``;
    ``customer_kind`` is ``person`` (greeted by first name) or ``company``, and None greets by the
    whole name. ``lines`` come oldest due date first and are shown in that order; a receipt of
    payment has ``receipts`` in their place.
    """

    sender: Sender
    customer_name: str
    phase: str
    template: str
    tone: str
    on: date
    lines: tuple[InvoiceLine, ...]
    pixel_url: str
    unsubscribe_url: str
    customer_kind: str | None = None
    confirm_url: str | None = None
    """Where reading is confirmed."""
    honeypot_url: str | None = None
    """A link that is not shown: only programs follow it."""
    receipts: tuple[ReceiptLine, ...] = ()

    def __post_init__(self) -> None:
        if not (self.lines or self.receipts):
            raise ValueError("an e-mail is about at least one invoice")
        if self.lines and self.receipts:
            raise ValueError("a receipt asks for nothing")

    @property
    def received_centavos(self) -> int:
        """Sum of what came in for the invoices of a receipt."""
        return sum(line.paid_centavos for line in self.receipts)

    @property
    def original_centavos(self) -> int:
        """Sum of the invoiced amounts."""
        return sum(line.original_centavos for line in self.lines)

    @property
    def paid_centavos(self) -> int:
        """Sum of what was received already."""
        return sum(line.paid_centavos for line in self.lines)

    @property
    def rebate_centavos(self) -> int:
        """Sum of the rebates."""
        return sum(line.rebate_centavos for line in self.lines)

    @property
    def discount_centavos(self) -> int:
        """Sum of the discounts for paying early."""
        return sum(line.discount_centavos for line in self.lines)

    @property
    def late_fine_centavos(self) -> int:
        """Sum of the fines."""
        return sum(line.late_fine_centavos for line in self.lines)

    @property
    def late_interest_centavos(self) -> int:
        """Sum of the interest."""
        return sum(line.late_interest_centavos for line in self.lines)

    @property
    def total_centavos(self) -> int:
        """What the recipient pays for all of it."""
        return sum(line.total_centavos for line in self.lines)

    @property
    def valid_until(self) -> date:
        """Return the last day on which every total, and so the sum of them, is right."""
        return min(line.valid_until(self.on) for line in self.lines)

    @property
    def late_lines(self) -> tuple[InvoiceLine, ...]:
        """The overdue invoices, in order."""
        return tuple(line for line in self.lines if line.is_late)

    @property
    def current_lines(self) -> tuple[InvoiceLine, ...]:
        """The invoices that can still be paid without charges, in order."""
        return tuple(line for line in self.lines if not line.is_late)

    @property
    def late_total_centavos(self) -> int:
        """What the overdue invoices come to."""
        return sum(line.total_centavos for line in self.late_lines)

    @property
    def current_total_centavos(self) -> int:
        """What the invoices still in time come to."""
        return sum(line.total_centavos for line in self.current_lines)

    @property
    def has_one_due_date(self) -> bool:
        """Whether all invoices carry the same printed due date."""
        return len({line.due_date for line in self.lines}) == 1


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """The words: a subject on one line and the same facts as HTML and as plain text."""

    subject: str
    html: str
    text: str
