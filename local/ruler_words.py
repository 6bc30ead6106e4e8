"""A ruler's steps in Portuguese, as a collector would read them off a calendar."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime

from regua.adapters.pt_br import brl, full_date
from regua.domain.conditions import Conditions
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.money import Money
from regua.domain.ruler import Channel, Ruler, Seen, Step, Tone

COLUMNS = ("Data", "Quando", "Passo", "Canais", "Modelo", "Tom", "Para quem")
_WEEKDAYS = ("seg", "ter", "qua", "qui", "sex", "sáb", "dom")
_CHANNELS = {
    Channel.EMAIL: "e-mail",
    Channel.SMS: "SMS",
    Channel.WHATSAPP: "WhatsApp",
    Channel.VOICE: "ligação",
}
_TONES = {
    Tone.FRIENDLY: "amigável",
    Tone.NEUTRAL: "neutro",
    Tone.FIRM: "firme",
    Tone.FORMAL: "formal",
}
_UNSEEN = {Seen.DELIVERED: "entrega", Seen.OPENED: "abertura", Seen.CLICKED: "clique"}
_ASKED = {
    "min_amount": "saldo a partir de {}",
    "max_amount": "saldo até {}",
    "min_days_late": "a partir de {} dias de atraso",
    "max_days_late": "até {} dias de atraso",
    "segments": "segmentos: {}",
    "tags_any": "com etiqueta: {}",
    "tags_none": "sem etiqueta: {}",
    "kinds": "{}",
    "risks": "risco: {}",
    "reachable_by": "com {}",
    "not_reachable_by": "sem {}",
    "min_open_amount": "dívida total a partir de {}",
    "max_open_amount": "dívida total até {}",
    "min_overdue_invoices": "faturas vencidas: {} ou mais",
    "max_overdue_invoices": "faturas vencidas: até {}",
    "min_times_late": "atrasos, com os atuais: {} ou mais",
    "max_times_late": "atrasos, com os atuais: até {}",
    "min_late_share_percent": "pagamentos em atraso: {}% ou mais",
    "max_late_share_percent": "pagamentos em atraso: até {}%",
    "min_worst_days_late": "maior atraso a partir de {} dias",
    "max_worst_days_late": "maior atraso até {} dias",
    "min_broken_promises": "promessas quebradas: {} ou mais",
    "max_broken_promises": "promessas quebradas: até {}",
}
_NAMES = {
    "person": "pessoas físicas",
    "company": "empresas",
    **{channel.value: name for channel, name in _CHANNELS.items()},
}


def rows(ruler: Ruler, issued: date, due: date) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each step, repetitions included, in the order an invoice meets them."""
    invoice = Invoice(
        external_id=InvoiceId("exemplo"),
        customer_id=CustomerId("exemplo"),
        number="exemplo",
        issue_date=issued,
        due_date=due,
        amount=Money(10000),
        issued_at=datetime(issued.year, issued.month, issued.day, tzinfo=UTC),
    )
    for on, step in ruler.dates_of(invoice):
        yield (
            f"{_WEEKDAYS[on.weekday()]} {full_date(on)}",
            _when(on, due, invoice.effective_due_date),
            step.id,
            _channels(step),
            step.template,
            _TONES[step.tone],
            _audience(step),
        )


def asked(conditions: Conditions) -> Iterator[str]:
    """Yield each condition that is stated, as a phrase."""
    for field in fields(conditions):
        value = getattr(conditions, field.name)
        if value != field.default:
            yield _ASKED[field.name].format(_written(value))


def _when(on: date, due: date, effective_due: date) -> str:
    if on > effective_due:
        return f"{_days((on - effective_due).days)} de atraso"
    return f"{_days((due - on).days)} antes" if on < due else "no vencimento"


def _days(count: int) -> str:
    return "1 dia" if count == 1 else f"{count} dias"


def _channels(step: Step) -> str:
    if step.fallback is None or len(step.channels) == 1:
        return " → ".join(_CHANNELS[c] for c in step.channels)
    after = f"({step.fallback.after_hours} h sem {_UNSEEN[step.fallback.unless]})"
    first, *others = (_CHANNELS[c] for c in step.channels)
    return " → ".join([first, *(f"{name} {after}" for name in others)])


def _audience(step: Step) -> str:
    phrases = [*asked(step.when)] or ["todos"]
    if step.variants:
        arms = " ou ".join(f"{v.name} (peso {v.weight})" for v in step.variants)
        phrases.append(f"experimento: {arms}")
    return "; ".join(phrases)


def _written(value: "Money | int | frozenset[str]") -> str:
    if isinstance(value, Money):
        return brl(value.centavos)
    if isinstance(value, int):
        return str(value)
    return ", ".join(sorted(_NAMES.get(name, name) for name in value))
