"""The words of the inbox page, in Brazilian Portuguese."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from local.carrier.inbox.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

BRASILIA = timezone(timedelta(hours=-3), "BRT")
_WEEKDAYS = ("seg.", "ter.", "qua.", "qui.", "sex.", "sáb.", "dom.")
_MONTHS = (
    "jan.", "fev.", "mar.", "abr.", "mai.", "jun.",
    "jul.", "ago.", "set.", "out.", "nov.", "dez.",
)  # fmt: skip
STATE_LABELS = {
    State.ACCEPTED: "Aceita",
    State.SENT: "Enviada",
    State.DELAYED: "Atrasada",
    State.DELIVERED: "Entregue",
    State.READ: "Lida",
    State.UNKNOWN: "Sem notícia",
    State.UNDELIVERED: "Não entregue",
    State.BOUNCED: "Devolvida",
    State.COMPLAINED: "Denunciada",
    State.REJECTED: "Rejeitada",
}
EVENT_LABELS = {
    "Send": "Enviada pelo provedor",
    "Delivery": "Entregue ao servidor do destinatário",
    "Bounce": "Devolvida",
    "Complaint": "Denunciada como spam",
    "Reject": "Rejeitada pelo provedor",
    "DeliveryDelay": "Entrega atrasada",
    "TEXT_QUEUED": "Na fila do provedor",
    "TEXT_PENDING": "Ainda a caminho",
    "TEXT_SUCCESSFUL": "Aceita pela operadora",
    "TEXT_DELIVERED": "Entregue ao aparelho",
    "TEXT_INVALID": "Número inválido",
    "TEXT_INVALID_MESSAGE": "Texto inválido",
    "TEXT_UNREACHABLE": "Aparelho fora de alcance",
    "TEXT_CARRIER_UNREACHABLE": "Operadora fora de alcance",
    "TEXT_TTL_EXPIRED": "Prazo de entrega vencido",
    "TEXT_UNKNOWN": "Sem notícia da operadora",
    "TEXT_BLOCKED": "Bloqueada pelo destinatário",
    "TEXT_CARRIER_BLOCKED": "Bloqueada pela operadora",
    "TEXT_SPAM": "Tida como spam pela operadora",
    "TEXT_PROTECT_BLOCKED": "Bloqueada pela proteção da conta",
    "VOICE_INITIATED": "Ligação iniciada",
    "VOICE_RINGING": "Chamando",
    "VOICE_ANSWERED": "Atendida",
    "VOICE_COMPLETED": "Ligação encerrada",
    "VOICE_BUSY": "Linha ocupada",
    "VOICE_NO_ANSWER": "Ninguém atendeu",
    "VOICE_TTL_EXPIRED": "Prazo da ligação vencido",
    "VOICE_FAILED": "Ligação não completada",
    "sent": "Enviada ao WhatsApp",
    "delivered": "Entregue ao aparelho",
    "read": "Lida",
    "failed": "Não entregue",
    "system": "Cliente mudou de número",
    "reply": "Resposta do cliente",
}
OUTCOME_LABELS = {
    "deliver": "entregar",
    "delay": "atrasar a entrega",
    "bounce": "devolver",
    "complaint": "denunciar como spam",
    "reject": "rejeitar",
    "throttle": "limitar o ritmo de envio",
    "error": "responder com erro",
    "crash_after_accept": "aceitar e derrubar a conexão",
    "no_receipt": "não enviar recibo",
    "duplicate_receipt": "duplicar recibos",
    "late_receipt": "reter recibos",
    "out_of_order": "recibos fora de ordem",
    "undeliverable": "não entregar",
    "invalid_number": "número inválido",
    "not_on_whatsapp": "número sem WhatsApp",
    "number_changed": "cliente mudou de número",
    "busy": "linha ocupada",
    "no_answer": "ninguém atende",
    "answered": "atender a ligação",
    "read": "ler a mensagem",
}
CHANNEL_LABELS = {"email": "E-mail", "sms": "SMS", "whatsapp": "WhatsApp", "voice": "Voz"}

NO_SUBJECT = {
    "email": "(sem assunto)",
    "sms": "Mensagem de texto",
    "whatsapp": "Mensagem do WhatsApp",
    "voice": "Ligação automática",
}
ENCODING_LABELS = {"GSM": "alfabeto GSM", "Unicode": "alfabeto Unicode"}


def clock_time(instant: datetime) -> str:
    """Return the time of day in Brasília, as a phone shows it.

    >>> from datetime import UTC
    >>> clock_time(datetime(2026, 3, 1, 12, 5, tzinfo=UTC))
    '09:05'
    """
    return f"{instant.astimezone(BRASILIA):%H:%M}"


def segments_label(details: Mapping[str, Any]) -> str:
    """Return how an SMS travelled.

    >>> segments_label({"parts": 2, "units": 170, "encoding": "GSM"})
    '2 segmentos · 170 caracteres · alfabeto GSM'
    """
    parts = count_label(details["parts"], "segmento", "segmentos")
    units = count_label(details["units"], "caractere", "caracteres")
    return f"{parts} · {units} · {ENCODING_LABELS[details['encoding']]}"


def short_date(instant: datetime) -> str:
    """Return the instant for the list, in Brasília time.

    >>> from datetime import UTC
    >>> short_date(datetime(2026, 3, 1, 12, 5, tzinfo=UTC))
    '1 mar. 09:05'
    """
    local = instant.astimezone(BRASILIA)
    return f"{local.day} {_MONTHS[local.month - 1]} {local:%H:%M}"


def long_date(instant: datetime) -> str:
    """Return the instant in full, in Brasília time.

    >>> from datetime import UTC
    >>> long_date(datetime(2026, 3, 1, 12, 5, 9, tzinfo=UTC))
    'dom., 1 mar. 2026, 09:05:09'
    """
    local = instant.astimezone(BRASILIA)
    day = f"{_WEEKDAYS[local.weekday()]}, {local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{day}, {local:%H:%M:%S}"


def behaviour_label(names: str) -> str:
    """Return the behaviours of a message, as `Message.behaviour` lists them."""
    return ", ".join(OUTCOME_LABELS.get(name, name) for name in names.split(", "))


def rule_label(document: Mapping[str, Any]) -> str:
    """Return one active rule in a sentence.

    >>> rule_label({"match": {"to": "*@a.br"}, "outcome": "throttle", "times_left": 2})
    '*@a.br: limitar o ritmo de envio (mais 2 vezes)'
    """
    match = document["match"]
    whom = match.get("to", "todos os destinatários")
    if "channel" in match:
        whom = f"{CHANNEL_LABELS[match['channel']]}, {whom}"
    left = document.get("times_left")
    times = "" if left is None else f" (mais {left} {'vez' if left == 1 else 'vezes'})"
    return f"{whom}: {OUTCOME_LABELS[document['outcome']]}{times}"


def count_label(number: int, one: str, many: str) -> str:
    """Return a number with its noun.

    >>> count_label(1, "mensagem", "mensagens"), count_label(1200, "mensagem", "mensagens")
    ('1 mensagem', '1.200 mensagens')
    """
    return f"{number:,} {one if number == 1 else many}".replace(",", ".")


def receipt_summary(payload: Mapping[str, Any]) -> str:
    """Return the line of a receipt that explains it."""
    if "eventVersion" in payload:
        return str(payload.get("messageStatusDescription", ""))
    if "whatsAppWebhookEntry" in payload:
        return _webhook_summary(json.loads(payload["whatsAppWebhookEntry"]))
    if "messageBody" in payload:
        return f"“{payload['messageBody']}”"
    return _mail_summary(payload)


def _webhook_summary(entry: Mapping[str, Any]) -> str:
    value = entry["changes"][0]["value"]
    if "statuses" in value:
        errors = value["statuses"][0].get("errors", [])
        return "; ".join(f"{e['code']}: {e['error_data']['details']}" for e in errors)
    message = value["messages"][0]
    if message["type"] == "system":
        return f"Novo número: +{message['system']['wa_id']}"
    return f"“{inbound_words(message)}”"


def inbound_words(message: Mapping[str, Any]) -> str:
    """Return what the customer wrote, or the words of the button pressed."""
    match message["type"]:
        case "text":
            return str(message["text"]["body"])
        case "interactive":
            return str(message["interactive"]["button_reply"]["title"])
        case _:
            return str(message["button"]["text"])


def _mail_summary(payload: Mapping[str, Any]) -> str:
    if "delivery" in payload:
        return f"Resposta do servidor: {payload['delivery']['smtpResponse']}"
    if "bounce" in payload:
        bounce = payload["bounce"]
        kind = f"{bounce['bounceType']} / {bounce['bounceSubType']}"
        reasons = [each["diagnosticCode"] for each in bounce["bouncedRecipients"]]
        return f"{kind}: {'; '.join(reasons)}"
    if "complaint" in payload:
        return f"Motivo informado: {payload['complaint']['complaintFeedbackType']}"
    if "deliveryDelay" in payload:
        delay = payload["deliveryDelay"]
        reasons = [each["diagnosticCode"] for each in delay["delayedRecipients"]]
        return f"{delay['delayType']}: {'; '.join(reasons)}"
    if "reject" in payload:
        return f"Motivo: {payload['reject']['reason']}"
    return ""
