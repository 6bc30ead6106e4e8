"""Views as the use case would make them, in every state the page knows."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from functions.customer_page.frame import Frame
from regua.adapters.page_texts import Language, Texts
from regua.application.customer_page.views import (
    AgreementView,
    DealView,
    InstalmentView,
    InvoiceState,
    InvoiceView,
    Landing,
    OfferView,
    OptionView,
    PageView,
    PlanView,
    Question,
    Receipt,
)
from regua.application.message_content import InvoiceLine, Sender
from regua.domain.ids import CreditorId, DispatchId, InvoiceId
from regua.domain.money import ZERO, Money
from regua.domain.negotiation.agreement import AgreementStatus
from regua.domain.negotiation.deal import Choice
from regua.domain.page_look import OUR_LOOK, Look
from regua.domain.ruler import Channel

ON = date(2026, 11, 10)
AT = datetime(2026, 11, 10, 12, 5, 9, tzinfo=UTC)
TOKEN = "k1" + "A" * 52
PIX = "00020126580014br.gov.bcb.pix01365f84a4c5-c5cb-4599-9f13-7eb4d419dacc5204000053039865406154.305802BR5919Aurora Energia Ltda6006BRASIL622905255d961ce646d40b96b951c2341630405EA"  # noqa: E501 - one code
BOLETO = "00190500954014481606906809350314337370000000100"
LOGO_BYTES = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def any_sender(**changes: Any) -> Sender:  # noqa: ANN401 - any field
    """Return a creditor as its customers see it."""
    fields: dict[str, Any] = {
        "name": "Aurora Energia Ltda",
        "document": "11222333000181",
        "address_line": "Rua das Laranjeiras, 100, São Paulo, SP, 01000-000",
        "email": "financeiro@aurora.example.com.br",
        "phone": "+551140000000",
    }
    return Sender(**{**fields, **changes})


def any_landing(**changes: Any) -> Landing:  # noqa: ANN401 - any field
    """Return what anybody with the link sees."""
    fields: dict[str, Any] = {
        "dispatch_id": DispatchId("0123456789abcdef" * 2),
        "creditor_id": CreditorId("aurora"),
        "sender": any_sender(),
        "channel": Channel.EMAIL,
        "question": Question("cpf", 4),
    }
    return Landing(**{**fields, **changes})


def any_line(**changes: Any) -> InvoiceLine:  # noqa: ANN401 - any field
    """Return an invoice four weeks late, with every means to pay."""
    fields: dict[str, Any] = {
        "number": "FAT-1",
        "description": "Energia de setembro",
        "due_date": date(2026, 10, 13),
        "effective_due_date": date(2026, 10, 13),
        "days_late": 28,
        "original_centavos": 14990,
        "late_fine_centavos": 300,
        "late_interest_centavos": 140,
        "total_centavos": 15430,
        "pay_url": "https://pague.aurora.example.com.br/fat-1",
        "pix_copy_paste": PIX,
        "boleto_line": BOLETO,
    }
    return InvoiceLine(**{**fields, **changes})


def any_view(number: int = 1, **changes: Any) -> InvoiceView:  # noqa: ANN401 - any field
    """Return an invoice to pay."""
    fields: dict[str, Any] = {
        "ref": f"{number:012x}",
        "invoice_id": InvoiceId(f"fat-{number}"),
        "state": InvoiceState.TO_PAY,
        "line": any_line(number=f"FAT-{number}"),
        "is_concerned": True,
        "has_boleto_pdf": True,
        "is_pix_amount_fixed": True,
        "can_promise_until": date(2026, 11, 20),
    }
    return InvoiceView(**{**fields, **changes})


def resting(state: InvoiceState, number: int = 1, **changes: Any) -> InvoiceView:  # noqa: ANN401 - any field
    """Return an invoice that is not to be paid here now, as the use case shows it."""
    line = any_line(number=f"FAT-{number}", pix_copy_paste=None, boleto_line=None, pay_url=None)
    fields: dict[str, Any] = {
        "line": line,
        "has_boleto_pdf": False,
        "is_pix_amount_fixed": False,
        "can_promise_until": None,
    }
    return any_view(number, state=state, **{**fields, **changes})


def any_page(*invoices: InvoiceView, **changes: Any) -> PageView:  # noqa: ANN401 - any field
    """Return a page about invoices; one to pay unless told otherwise."""
    shown = invoices or (any_view(),)
    owed = sum(i.line.total_centavos for i in shown if i.is_concerned and i.state.is_asked_for)
    fields: dict[str, Any] = {
        "landing": any_landing(),
        "customer_name": "Maria da Silva",
        "on": ON,
        "invoices": shown,
        "total": Money(owed),
        "channels": (Channel.EMAIL, Channel.WHATSAPP),
        "stopped": frozenset({Channel.WHATSAPP}),
        "hours": (9, 10, 14),
        "can_be_sent_again": [i.ref for i in shown],
    }
    return PageView(**{**fields, **changes})


def any_instalments(*, paid: int = 0) -> tuple[InstalmentView, ...]:
    """Return a down payment and two instalments, the first so many of them paid."""
    return tuple(
        InstalmentView(
            n,
            ON + timedelta(days=30 * n),
            Money(5000),
            is_paid=n < paid,
            invoice_ref=f"{n + 1:012x}" if n == paid else None,
        )
        for n in range(3)
    )


def any_agreement(status: AgreementStatus, **changes: Any) -> AgreementView:  # noqa: ANN401 - any field
    """Return an agreement of R$ 150,00."""
    fields: dict[str, Any] = {
        "status": status,
        "total": Money(15000),
        "discount": Money(430),
        "accepted_on": date(2026, 11, 9),
        "instalments": any_instalments(),
    }
    return AgreementView(**{**fields, **changes})


def any_offer(**changes: Any) -> OfferView:  # noqa: ANN401 - any field
    """Return an offer: at once, or in two to four instalments after a down payment."""
    fields: dict[str, Any] = {
        "owed": Money(15430),
        "options": (
            OptionView(1, 1, Money(13491), Money(1939)),
            OptionView(2, 4, Money(14990), Money(440)),
        ),
        "max_instalments": 4,
        "max_down_payment": Money(12990),
        "first_due_dates": tuple(ON + timedelta(days=n) for n in range(6)),
        "valid_until": date(2026, 11, 13),
        "needs_approval": False,
        "plans": (
            PlanView(1, ZERO, ZERO, is_required=False),
            PlanView(2, Money(2998), Money(12990), is_required=True),
            PlanView(4, Money(2998), Money(10990), is_required=True),
        ),
    }
    return OfferView(**{**fields, **changes})


def any_deal(choice: Choice, **changes: Any) -> DealView:  # noqa: ANN401 - any field
    """Return what a choice comes to."""
    fields: dict[str, Any] = {
        "key": "f" * 32,
        "choice": choice,
        "owed": Money(15430),
        "total": Money(15000),
        "discount": Money(430),
        "instalments": any_instalments(),
        "breach_after_days": 10,
        "needs_approval": False,
        "terms": "TERMO DE ACORDO\n\nEntre as partes abaixo.",
    }
    return DealView(**{**fields, **changes})


def any_receipt(act: str, **facts: str) -> Receipt:
    """Return the receipt of an act."""
    return Receipt("2345-6789-AB", act, AT, any_sender(), "FAT-1", facts)


def any_frame(
    language: Language = "pt",
    *,
    sender: Sender | None = None,
    look: Look = OUR_LOOK,
    own: Mapping[str, str] | None = None,
    **changes: Any,  # noqa: ANN401 - any field
) -> Frame:
    """Return what stands around a page."""
    fields: dict[str, Any] = {
        "token": TOKEN,
        "sender": sender or any_sender(),
        "look": look,
        "form_value": lambda act: f"csrf-{act}",
    }
    return Frame(language=language, texts=Texts(language, own), **{**fields, **changes})
