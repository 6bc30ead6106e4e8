"""A message of any channel as the inbox tells it: what arrived, and what its words give away."""

from typing import Any

import pytest

from local.demo.message import EMAIL, SMS, VOICE, WHATSAPP, InvoiceLine, Message
from regua.adapters.sms_texts import IN_TIME, TEMPLATES
from regua.adapters.whatsapp_templates import our_templates

TOKEN = "k1Ywwzr"


def received(**changes: Any) -> Message:  # noqa: ANN401 - JSON values
    document = {
        "seq": 7,
        "channel": SMS,
        "dispatch_id": "d" * 32,
        "provider_message_id": "m-1",
        "to": "+5511900001000",
        "received_at": "2026-11-27T12:00:00.216Z",
        "text": "Loja Sol: fatura em aberto",
        "links": [f"https://t.example.com.br/c/{TOKEN}"],
        "images": [],
        "unsubscribe_url": None,
        "behaviour": "deliver",
    }
    return Message.from_inbox({**document, **changes})


def test_an_e_mail_tells_each_invoice_and_keeps_no_text() -> None:
    text = "Olá!\nFatura NF-7 - 3 dias em atraso\nFatura NF-8 - vence amanhã\n"
    mail = received(channel=EMAIL, to=["Ana@Example.com.br"], text=text)
    assert mail.to == "ana@example.com.br"
    assert mail.lines == (InvoiceLine("NF-7", said_late=True), InvoiceLine("NF-8", said_late=False))
    assert mail.text == ""


def test_a_short_message_keeps_its_words_and_tracked_links() -> None:
    text = received(links=["https://example.com.br/", f"https://t.example.com.br/c/{TOKEN}"])
    assert (text.channel, text.lines, text.provider_message_id) == (SMS, (), "m-1")
    assert text.clicks == (f"https://t.example.com.br/c/{TOKEN}",)
    assert text.text


@pytest.mark.parametrize(
    ("channel", "outcome", "failed", "ends_address"),
    [
        (EMAIL, "deliver", False, False),
        (EMAIL, "complaint", False, False),
        (EMAIL, "bounce", True, True),
        (SMS, "invalid_number", True, True),
        (SMS, "undeliverable", True, False),
        (WHATSAPP, "not_on_whatsapp", True, True),
        (WHATSAPP, "read", False, False),
        (VOICE, "invalid_number", True, False),
        (VOICE, "busy", True, False),
        (VOICE, "no_answer", True, False),
        (VOICE, "answered", False, False),
    ],
)
def test_what_a_failure_says_of_the_address_depends_on_the_channel(
    channel: str, outcome: str, *, failed: bool, ends_address: bool
) -> None:
    message = received(channel=channel, behaviour=outcome)
    assert (message.failed, message.ends_address) == (failed, ends_address)


def test_free_words_on_whatsapp_are_an_answer_and_no_contact() -> None:
    assert received(channel=WHATSAPP, dispatch_id=None).is_answer
    assert not received(channel=WHATSAPP).is_answer
    assert not received(channel=SMS, dispatch_id=None).is_answer


LATE_SMS = [s for _, late in TEMPLATES.values() for s in late[:2]]


@pytest.mark.parametrize("words", [text for s in LATE_SMS for text in (s.one, s.many)])
def test_the_system_s_words_for_what_is_late_are_understood(words: str) -> None:
    assert received(text=words.replace("{since}", "03/11")).calls_late


@pytest.mark.parametrize("words", [text for s in IN_TIME for text in (s.one, s.many)])
def test_the_system_s_words_for_what_is_in_time_are_not_taken_for_late(words: str) -> None:
    assert not received(text=words).calls_late


def test_the_words_of_each_whatsapp_template_are_understood() -> None:
    for template in our_templates("https://t.example.com.br/c/"):
        in_time = template.name.startswith(("lembrete", "vencimento", "recibo"))
        assert received(channel=WHATSAPP, text=template.body).calls_late is not in_time


@pytest.mark.parametrize(
    ("words", "tells"),
    [
        ("Olá. Esta é uma mensagem da Papelaria Ipê. Por favor, ligue para nós.", False),
        ("Se preferir, confira o seu e-mail e as suas mensagens de texto.", False),
        ("Sua FATURA está aberta.", True),
        ("Há uma dívida em seu nome.", True),
        ("O valor é de R$ 10,00.", True),
        ("Regularize o pagamento.", True),
    ],
)
def test_a_call_that_tells_of_a_debt_is_found_out(words: str, *, tells: bool) -> None:
    assert received(channel=VOICE, text=words).speaks_of_debt is tells
