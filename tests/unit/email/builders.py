"""E-mail contents for tests: only what a test cares about is spelt out."""

from datetime import date, timedelta
from typing import Any

from regua.application.message_content import InvoiceLine, MessageContent, Sender

PIX = (
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865406"
    "153.655802BR5921Escola  Horizonte Ltda6009SAO PAULO62070503***6304A13F"
)
BOLETO = "00190500954014481606906809350314337370000000100"
DUE = date(2026, 11, 3)

# template: (phase, tone, days after the due date)
TEMPLATES = {
    "lembrete": ("PREVENTIVE", "friendly", -3),
    "vencimento": ("DUE", "friendly", 0),
    "vencida": ("SOFT", "neutral", 3),
    "em_atraso": ("SOFT", "neutral", 7),
    "atraso_prolongado": ("FIRM", "firm", 15),
    "pre_negativacao": ("PRE_LISTING", "formal", 30),
}
LATE_TEMPLATES = [name for name, (_, _, days) in TEMPLATES.items() if days > 0]
PAYMENT_OPTIONS: dict[str, dict[str, str | None]] = {
    "all ways to pay": {},
    "no boleto": {"boleto_line": None},
    "no Pix": {"pix_copy_paste": None},
    "only the link": {"pix_copy_paste": None, "boleto_line": None},
}


def any_sender(**changes: Any) -> Sender:  # noqa: ANN401 - any field
    values: dict[str, Any] = {
        "name": "Escola Horizonte Azul",
        "document": "12ABC34501DE35",
        "address_line": "Rua das Acácias, 120, São Paulo/SP, CEP 04000-000",
        "email": "financeiro@horizonte.example.com.br",
        "reply_to": "atendimento@horizonte.example.com.br",
        "phone": "+551140001234",
    }
    return Sender(**{**values, **changes})


def any_line(days_late: int = 15, index: int = 1, **changes: Any) -> InvoiceLine:  # noqa: ANN401 - any field
    """Return an invoice of R$ 1.499,00 with 2 % and 1 % a month when late."""
    late = max(0, days_late)
    values: dict[str, Any] = {
        "number": f"2026-11{index:02d}",
        "description": f"Mensalidade {index}",
        "due_date": DUE,
        "effective_due_date": DUE,
        "days_late": late,
        "original_centavos": 149_900 + index,
        "late_fine_centavos": 2_998 if late else 0,
        "late_interest_centavos": 50 * late,
        "pay_url": f"https://c.example.com.br/c/k1{index:052d}",
        "pix_copy_paste": PIX,
        "boleto_line": BOLETO,
        "paid_centavos": 0,
        "rebate_centavos": 0,
        "discount_centavos": 0,
    }
    values.update(changes)
    parts = ("original_centavos", "late_fine_centavos", "late_interest_centavos")
    taken_off = ("paid_centavos", "rebate_centavos", "discount_centavos")
    total = sum(values[part] for part in parts) - sum(values[part] for part in taken_off)
    return InvoiceLine(**{"total_centavos": total, **values})


def any_content(template: str = "vencida", invoices: int = 1, **changes: Any) -> MessageContent:  # noqa: ANN401 - any field
    """Return what the default ruler would say with this template, on its own day."""
    phase, tone, days = TEMPLATES[template]
    line_changes = changes.pop("line", {})
    values: dict[str, Any] = {
        "sender": any_sender(),
        "customer_name": "MARIA APARECIDA DE SOUZA",
        "customer_kind": "person",
        "phase": phase,
        "template": template,
        "tone": tone,
        "on": DUE + timedelta(days=days),
        "lines": tuple(any_line(days, i, **line_changes) for i in range(1, invoices + 1)),
        "pixel_url": "https://c.example.com.br/o/k1" + "p" * 52 + ".gif",
        "unsubscribe_url": "https://c.example.com.br/u/k1" + "u" * 52,
        "confirm_url": "https://c.example.com.br/r/k1" + "r" * 52,
        "honeypot_url": "https://c.example.com.br/c/k1" + "h" * 52,
    }
    return MessageContent(**{**values, **changes})
