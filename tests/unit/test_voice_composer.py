"""The message that a one-way call plays: fit for anybody, and for a voicemail."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.voice_composer import MAX_CHARACTERS, VoiceComposer, call_facts
from regua.application.message_content import MessageContent
from regua.application.ports import ChannelSetup, Composer, OutgoingMessage
from regua.domain.decision import decide
from regua.domain.dispatch import Dispatch
from regua.domain.errors import TemplateError
from regua.domain.money import Money
from regua.domain.ruler import Channel
from regua.domain.voice_script import Node, heard_text, shown_text, voice_script
from regua.domain.wording import MessageText, lint
from tests.builders import CREDITOR, DUE, any_account, any_creditor, any_invoice, nine_o_clock
from tests.unit.email.builders import TEMPLATES, any_content, any_line, any_sender

PHONE = "+5511987654321"
AT = nine_o_clock(DUE)
AURORA = replace(
    any_creditor(),
    channels={Channel.VOICE: ChannelSetup("+551140001234", {"voice": "CAMILA"})},
)


def any_dispatch() -> Dispatch:
    decided = decide(any_account(any_invoice()), AURORA.rulers, AT).to_publish
    assert decided is not None
    return replace(decided, channel=Channel.VOICE)


DISPATCH = any_dispatch()


def composed(content: MessageContent, at: datetime = AT) -> OutgoingMessage:
    composer: Composer = VoiceComposer()
    return composer(content, creditor=AURORA, recipient=PHONE, dispatch=DISPATCH, at=at)


def text_of(message: OutgoingMessage) -> str:
    root = ET.fromstring(message.raw.decode())  # noqa: S314 - made here
    return " ".join("".join(root.itertext()).split())


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("invoices", [1, 3])
@pytest.mark.parametrize("phone", ["+551140001234", None])
def test_no_word_of_a_debt_is_left_with_anybody(
    template: str, invoices: int, phone: str | None
) -> None:
    content = any_content(template, invoices, sender=any_sender(phone=phone))
    text = text_of(composed(content))
    assert lint(MessageText(Channel.VOICE, text, is_voicemail=True)) == ()
    for word in ("fatura", "pag", "valor", "R$", "reais", "venc", "cobr", "boleto", "pix"):
        assert word.lower() not in text.lower()


def test_it_says_who_called_for_whom_and_where_to_call_back() -> None:
    heard = heard_text(composed(any_content()).raw.decode())
    number = "um um, quatro zero zero zero, um dois três quatro"
    assert heard == (
        "Olá. Esta é uma mensagem automática da empresa Escola Horizonte Azul para Maria. Por"
        f" favor, ligue para nós no número {number}. Repetindo: {number}. Se preferir, confira o"
        " seu e-mail e as suas mensagens de texto. Para não receber mais ligações, avise nesse"
        " mesmo número. Agradecemos a atenção. Até logo."
    )


def test_without_a_number_to_call_it_points_to_what_was_written() -> None:
    heard = heard_text(composed(any_content(sender=any_sender(phone=None))).raw.decode())
    assert "ligue" not in heard.replace("liguemos", "")
    assert "confira o seu e-mail e as suas mensagens de texto" in heard


def test_the_words_are_those_of_a_voicemail_in_the_dialogue() -> None:
    content = any_content()
    script = voice_script(call_facts(content))
    assert composed(content).raw.decode() == script[Node.VOICEMAIL].ssml


def test_the_message_is_addressed_and_tagged() -> None:
    message = composed(any_content())
    assert replace(message, raw=b"") == OutgoingMessage(
        channel=Channel.VOICE,
        sender="+551140001234",
        recipient=PHONE,
        raw=b"",
        dispatch_id=DISPATCH.dispatch_id,
        creditor_id=CREDITOR,
        step_id=DISPATCH.step_id,
        parts=1,
        at=AT,
    )


def test_the_same_arguments_make_the_same_bytes_at_any_hour() -> None:
    content = any_content()
    assert composed(content).raw == composed(content, AT + timedelta(hours=3)).raw


def test_the_dialogue_speaks_of_the_sums_of_all_invoices() -> None:
    content = any_content(
        "em_atraso", lines=(any_line(7, 1, paid_centavos=50_000), any_line(37, 2))
    )
    facts = call_facts(content)
    assert (facts.invoices, facts.is_late) == (2, True)
    assert facts.full_name == "Maria Aparecida de Souza"
    assert facts.original == Money(149_901 + 149_902)
    assert facts.paid == Money(50_000)
    assert "2 faturas" in shown_text(voice_script(facts)[Node.DEBT].ssml)


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": any_sender(name="Horizonte Cobranças Ltda")},
        {"customer_name": "···"},
        {"customer_name": "Padaria " * 1000, "customer_kind": "company"},
    ],
    ids=["name gives it away", "nobody to name", "too long"],
)
def test_what_no_call_may_say_is_not_composed(changes: dict[str, Any]) -> None:
    with pytest.raises(TemplateError):
        composed(any_content(**changes))


def test_a_creditor_without_calls_makes_none() -> None:
    with pytest.raises(TemplateError, match="not set up"):
        VoiceComposer()(
            any_content(), creditor=any_creditor(), recipient=PHONE, dispatch=DISPATCH, at=AT
        )


@given(st.text(min_size=1, max_size=80), st.sampled_from(["person", "company", None]))
def test_any_name_makes_xml_within_the_limit(name: str, kind: str | None) -> None:
    try:
        message = composed(any_content(customer_name=name, customer_kind=kind))
    except TemplateError:
        return
    assert text_of(message) == shown_text(message.raw.decode())
    assert len(message.raw.decode()) <= MAX_CHARACTERS
