"""Texts, calls and WhatsApp messages to put through the carrier."""

from __future__ import annotations

from typing import Any

ANA_PHONE = "+5511987654321"
DISPATCH = "0f" * 16
AT = "2026-03-01T12:00:00Z"
CONTEXT = {"dispatch_id": DISPATCH, "creditor_id": "credor-exemplo", "at": AT}
CALLBACK = f"credor-exemplo:{DISPATCH}:{AT}"
LINK = "https://t.example.com.br/c/tok"

DEFINITION: dict[str, Any] = {
    "name": "fatura_lembrete_v1",
    "language": "pt_BR",
    "category": "UTILITY",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Credor Exemplo"},
        {"type": "BODY", "text": "Olá, {{1}}. Sua fatura {{2}} vence amanhã."},
        {"type": "FOOTER", "text": "Toque em Parar para não receber mais."},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "URL", "text": "Ver fatura", "url": "https://t.example.com.br/c/{{1}}"},
                {"type": "QUICK_REPLY", "text": "Já paguei"},
            ],
        },
    ],
}


def any_template(*parameters: str) -> dict[str, Any]:
    texts = [{"type": "text", "text": text} for text in parameters or ("Ana", "F-1")]
    return {
        "name": DEFINITION["name"],
        "language": {"code": "pt_BR"},
        "components": [
            {"type": "body", "parameters": texts},
            {
                "type": "button",
                "sub_type": "url",
                "index": "0",
                "parameters": [{"type": "text", "text": "tok"}],
            },
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": "1",
                "parameters": [{"type": "payload", "payload": "paid:1"}],
            },
        ],
    }


def any_whatsapp(to: str = ANA_PHONE, **changes: object) -> dict[str, Any]:
    message: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to,
        "type": "template",
        "template": any_template(),
        "biz_opaque_callback_data": CALLBACK,
    }
    message.update(changes)
    return {key: value for key, value in message.items() if value is not None}
