"""Texts, WhatsApp messages and calls as a person sees them in the inbox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.integration.carrier.test_inbox import page
from tests.unit.carrier.phone_messages import ANA_PHONE, DEFINITION, LINK, any_template

if TYPE_CHECKING:
    from tests.integration.carrier.harness import RunningCarrier

SCRIPT = "<script>alert(1)</script>"


def test_an_sms_is_a_bubble_with_its_link_and_its_segments(carrier: RunningCarrier) -> None:
    message_id = carrier.send_text(MessageBody=f"Credor: {LINK}. " + "a" * 160)
    html = page(carrier, f"/?m={message_id}")
    assert 'class="handset sms"' in html
    assert f'<a href="{LINK}" target="_blank" rel="noopener noreferrer">{LINK}</a>. aaa' in html
    assert "2 segmentos · 200 caracteres · alfabeto GSM" in html
    assert "<iframe" not in html
    assert f'href="/messages/{message_id}/raw">Baixar original' in html


def test_a_whatsapp_message_is_a_chat_with_buttons_and_ticks(carrier: RunningCarrier) -> None:
    carrier.client("socialmessaging").create_whatsapp_message_template(
        id="waba-1", templateDefinition=json.dumps(DEFINITION).encode()
    )
    carrier.behave("read")
    message_id = carrier.send_whatsapp()
    carrier.settle()
    html = page(carrier, f"/?m={message_id}")
    assert "Olá, Ana. Sua fatura F-1 vence amanhã." in html
    assert f'class="choice" href="{LINK}"' in html
    assert '<button type="submit">Já paguei</button>' in html
    assert '<span class="read" title="Lida">✓✓</span>' in html
    assert "Modelo fatura_lembrete_v1 (pt_BR)" in html


def test_a_call_is_a_text_behind_a_play_button(carrier: RunningCarrier) -> None:
    message_id = carrier.send_call()
    html = page(carrier, f"/?m={message_id}")
    assert "▶ Ouvir a ligação" in html
    assert "Olá.\nTecle 1 se você é a Ana." in html
    assert "a voz Camila lê ao cliente" in html
    assert "Responder como cliente" not in html


def test_an_answer_is_seen_below_the_message(carrier: RunningCarrier) -> None:
    for channel, send in (("sms", carrier.send_text), ("whatsapp", carrier.send_whatsapp)):
        message_id = send()
        document = {"channel": channel, "from": ANA_PHONE, "text": "Já paguei ontem"}
        carrier.call("POST", "/replies", document)
        carrier.settle()
        html = page(carrier, f"/?m={message_id}")
        assert '<div class="bubble in"><p class="words">Já paguei ontem</p>' in html
        receipts = page(carrier, f"/?m={message_id}&aba=recibos")
        assert "Resposta do cliente" in receipts
        assert "“Já paguei ontem”" in receipts


def test_receipts_are_explained(carrier: RunningCarrier) -> None:
    carrier.behave("invalid_number")
    text = carrier.send_text()
    carrier.call("DELETE", "/behaviours")
    carrier.behave("number_changed", new_number="+5521912345678")
    chat = carrier.send_whatsapp()
    carrier.settle()
    assert "Destination number is invalid" in page(carrier, f"/?m={text}&aba=recibos")
    html = page(carrier, f"/?m={chat}&aba=recibos")
    assert "131026: Message undeliverable" in html
    assert "Novo número: +5521912345678" in html


def test_one_channel_can_be_seen_alone(carrier: RunningCarrier) -> None:
    carrier.send()
    carrier.send_text()
    carrier.send_whatsapp()
    carrier.send_call()
    for channel in ("email", "sms", "whatsapp", "voice"):
        assert page(carrier, f"/?canal={channel}").count('class="item"') == 1
    assert page(carrier, "/?canal=fax").count('class="item"') == 4
    assert page(carrier, "/?canal=sms&para=ana").count('class="item"') == 0


def test_nothing_a_message_or_an_answer_says_becomes_markup(carrier: RunningCarrier) -> None:
    text = carrier.send_text(MessageBody=f'"{SCRIPT} https://x.example.com.br/"><b>')
    template = any_template(SCRIPT, f'"{SCRIPT}')
    chat = carrier.send_whatsapp(template=template)
    ids = [text, chat, carrier.send_call(MessageBody=SCRIPT, MessageBodyTextType="TEXT")]
    for channel in ("sms", "whatsapp"):
        carrier.call("POST", "/replies", {"channel": channel, "from": ANA_PHONE, "text": SCRIPT})
    carrier.settle()
    for message_id in ids:
        for tab in ("mensagem", "texto", "fonte", "recibos"):
            html = page(carrier, f"/?m={message_id}&aba={tab}")
            assert "<script" not in html
            assert "<b>" not in html
        assert "&lt;script&gt;" in page(carrier, f"/?m={message_id}")


def test_the_page_of_a_cleared_message_says_so(carrier: RunningCarrier) -> None:
    message_id = carrier.send_whatsapp()
    carrier.call("DELETE", "/messages")
    assert "Mensagem não encontrada" in page(carrier, f"/?m={message_id}")
