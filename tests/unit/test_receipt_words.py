"""Receipts of payment on every channel: thanks, what was paid, who writes; nothing is asked."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.adapters import pt_br
from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.email_templates import TEMPLATES
from regua.adapters.report_whatsapp import read_template
from regua.adapters.sms_composer import SmsComposer
from regua.adapters.voice_composer import VoiceComposer
from regua.adapters.whatsapp_composer import WhatsAppComposer, receipt_parameters
from regua.adapters.whatsapp_templates import STOP_TEXT, our_templates
from regua.application.message_content import MessageContent, PaidPart, ReceiptLine, RenderedEmail
from regua.application.ports import ChannelSetup, Composer
from regua.domain.dispatch import Dispatch, InvoiceStep, Purpose
from regua.domain.errors import TemplateError
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.invoice import PaymentMethod
from regua.domain.phrases import contains, words_of
from regua.domain.ruler import Channel, Phase, Tone
from regua.domain.sms_text import SmsEncoding, encoding_of, segments
from regua.domain.whatsapp_templates import lint_registry, read_reply_payload
from regua.domain.wording import MessageText, TemplateCategory, is_refused, lint
from tests.builders import CREDITOR, CUSTOMER, any_creditor, nine_o_clock
from tests.unit.email.builders import any_content, any_line, any_sender
from tests.unit.email.reading import contrast, read, squeezed, urls_in

PAID_ON = date(2026, 11, 12)
AT = nine_o_clock(PAID_ON)
PHONE = "+5511987654321"
AURORA = replace(
    any_creditor(),
    channels={
        Channel.SMS: ChannelSetup("27000"),
        Channel.WHATSAPP: ChannelSetup("phone-number-id-1", {"opt_in": "contrato"}),
        Channel.VOICE: ChannelSetup("+551140001234"),
    },
)
ASKING = re.compile(
    r"\bpagar a\b|regulariz|em aberto|em atraso|vencid|multa|juros|d[ée]bito(?! em conta)|d[íi]vida"
    r"|cobran[çc]|pendent|pend[êe]nc|negativ|copia e cola|linha digit|desconsidere|boleto:",
    re.IGNORECASE,
)
"""What would make thanks a demand; checked beside the linter, which knows other lists."""


def any_receipt(index: int = 1, *parts: PaidPart, **changes: Any) -> ReceiptLine:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "number": f"2026-11{index:02d}",
        "description": f"Mensalidade {index}",
        "due_date": date(2026, 11, 3),
        "payments": parts or (PaidPart(149_900 + index, PAID_ON, "pix"),),
        "is_clear": True,
    }
    return ReceiptLine(**{**fields, **changes})


def thanks(*lines: ReceiptLine, **changes: Any) -> MessageContent:  # noqa: ANN401 - any field
    base = any_content("lembrete")
    receipts = lines or (any_receipt(),)
    return replace(base, lines=(), receipts=receipts, template="recibo", **changes)


def several(count: int) -> MessageContent:
    return thanks(*(any_receipt(n) for n in range(1, count + 1)))


def dispatch(channel: Channel) -> Dispatch:
    return Dispatch(
        dispatch_id=DispatchId("d" * 32),
        creditor_id=CREDITOR,
        customer_id=CUSTOMER,
        schedule_seq=1,
        channel=channel,
        step_id="recibo",
        phase=Phase.SOFT,
        template="recibo",
        tone=Tone.FRIENDLY,
        invoices=(InvoiceStep(InvoiceId("fat-1"), "recibo"),),
        decided_at=AT,
        decided_on=PAID_ON,
        purpose=Purpose.RECEIPT,
    )


def raw(composer: Composer, content: MessageContent, channel: Channel) -> str:
    composed = composer(
        content, creditor=AURORA, recipient=PHONE, dispatch=dispatch(channel), at=AT
    )
    return composed.raw.decode()


def email(content: MessageContent) -> RenderedEmail:
    return JinjaEmailRenderer().render(content)


def test_a_receipt_asks_for_nothing_and_lists_something() -> None:
    with pytest.raises(ValueError, match="asks for nothing"):
        replace(thanks(), lines=(any_line(),))
    with pytest.raises(ValueError, match="at least one invoice"):
        replace(thanks(), receipts=())
    with pytest.raises(ValueError, match="money that came in"):
        any_receipt(payments=())


# ── e-mail ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("count", [1, 3])
def test_both_parts_say_what_was_paid_when_and_how(count: int) -> None:
    content = several(count)
    rendered = email(content)
    facts = {
        "Obrigado",
        "Recebido em 12/11/2026 por Pix",
        content.sender.name,
        "CNPJ 12.ABC.345/01DE-35",
        content.sender.address_line,
        content.sender.contact_email,
        "(11) 4000-1234",
        "deixar de receber nossos avisos por e-mail",
        pt_br.brl(content.received_centavos),
    }
    for line in content.receipts:
        facts |= {line.number, line.description or "", pt_br.brl(line.paid_centavos)}
        facts |= {pt_br.full_date(line.due_date), "Nada mais a pagar nesta fatura."}
    for part in (read(rendered.html).text, squeezed(rendered.text)):
        assert {fact for fact in facts if fact not in part} == set()


def test_each_part_of_a_payment_is_told_with_their_sum() -> None:
    parts = (PaidPart(100_000, PAID_ON, "boleto"), PaidPart(50_050, PAID_ON, "other"))
    rendered = email(thanks(any_receipt(1, *parts, is_clear=False)))
    for part in (read(rendered.html).text, squeezed(rendered.text)):
        assert "Recebido em 12/11/2026 por boleto" in part
        assert re.search(r"Recebido em 12/11/2026:? R\$ 500,50", part)
        assert re.search(r"Total recebido:? R\$ 1\.500,50", part)
        assert "Nada mais a pagar" not in part, "late charges may still be owed"


@pytest.mark.parametrize("method", PaymentMethod)
def test_every_way_to_pay_has_its_words_or_none(method: PaymentMethod) -> None:
    said = pt_br.paid_by(method.value)
    assert bool(said) is (method is not PaymentMethod.OTHER)
    assert said in email(thanks(any_receipt(1, PaidPart(1, PAID_ON, method.value)))).text


@pytest.mark.parametrize("count", [1, 3])
def test_an_email_of_thanks_demands_nothing_and_offers_no_way_to_pay(count: int) -> None:
    rendered = email(several(count))
    visible = read(rendered.html).text
    for text in (rendered.subject, visible, rendered.text):
        assert ASKING.findall(text) == []
    assert not lint(MessageText(Channel.EMAIL, rendered.text, subject=rendered.subject))
    assert not lint(MessageText(Channel.EMAIL, visible, subject=rendered.subject))
    ours = {thanks().unsubscribe_url, thanks().confirm_url}
    assert read(rendered.html).web_links == ours
    assert set(urls_in(rendered.text)) == ours


def test_the_subject_tells_no_number_and_no_amount() -> None:
    assert email(thanks()).subject == "Escola Horizonte Azul: recebemos o seu pagamento. Obrigado"


def test_the_page_is_well_formed_legible_and_tracked() -> None:
    content = several(2)
    page, dark = (read(email(content).html, dark=dark) for dark in (False, True))
    for shown in (page, dark):
        assert shown.problems == []
        assert min(contrast(w.color, w.background) for w in shown.words) >= 4.5
    assert content.pixel_url in {image["src"] for image in page.of("img")}
    assert page.hidden_links == {content.honeypot_url}


@pytest.mark.parametrize("hostile", ["<script>x</script>", "{{ 7 * 7 }}", "a\r\nb\u202e"])
def test_a_creditors_own_words_stay_words(hostile: str) -> None:
    rendered = email(thanks(any_receipt(number=hostile, description=hostile)))
    assert "<script>" not in rendered.html
    assert "49" not in rendered.text.replace("1.499", "")
    assert "\u202e" not in rendered.html + rendered.text


def test_no_step_may_use_the_words_of_a_receipt_nor_a_receipt_a_step_s() -> None:
    assert "recibo" not in TEMPLATES
    for template in (*TEMPLATES, "nenhum", "../copy/vencida"):
        with pytest.raises(TemplateError):
            email(replace(thanks(), template=template))
    with pytest.raises(TemplateError):
        email(replace(any_content("vencida"), template="recibo"))


# ── text messages ───────────────────────────────────────────────────────────────────────────────


def text(content: MessageContent) -> str:
    return raw(SmsComposer(), content, Channel.SMS)


@pytest.mark.parametrize("count", [1, 2, 40])
@pytest.mark.parametrize("name", ["Sol", "Aurora Energia Ltda", "PAPELARIA SÃO JOÃO LTDA"])
def test_a_text_of_thanks_is_one_plain_piece_that_says_who_and_how_to_stop(
    name: str, count: int
) -> None:
    content = replace(several(count), sender=any_sender(name=name))
    said = text(content)
    assert encoding_of(said) is SmsEncoding.GSM
    assert len(segments(said)) == 1
    assert contains(words_of(said), words_of(name))
    assert "SAIR" in said
    assert "12ABC34501DE35" in said
    assert "http" not in said
    assert ASKING.findall(said) == []
    assert lint(MessageText(Channel.SMS, said)) == ()


def test_the_fullest_thanks_that_fit_are_said() -> None:
    assert text(thanks()) == (
        "Escola Horizonte Azul: recebemos o pagamento de R$ 1.499,01 da sua fatura 2026-1101."
        " Obrigado! CNPJ 12ABC34501DE35. Para nao receber mais, responda SAIR"
    )


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "Zs")), min_size=1, max_size=200))
@settings(max_examples=60, deadline=None)
def test_whatever_the_number_the_text_is_sound_or_refused(number: str) -> None:
    try:
        said = text(thanks(any_receipt(number=number)))
    except TemplateError:
        return
    assert not is_refused(lint(MessageText(Channel.SMS, said)))
    assert contains(words_of(said), words_of("Escola Horizonte Azul"))


# ── WhatsApp ────────────────────────────────────────────────────────────────────────────────────

OURS = [t for t in our_templates("https://c.example.com.br/c/") if t.name.startswith("recibo")]


def test_the_templates_of_thanks_pass_metas_rules_as_utility() -> None:
    assert [t.name for t in OURS] == ["recibo_uma_v1", "recibo_varias_v1"]
    assert lint_registry(OURS) == ()
    assert {t.category for t in OURS} == {TemplateCategory.UTILITY}
    for template in OURS:
        assert ASKING.findall(template.read_as(template.samples)) == []


@pytest.mark.parametrize("count", [1, 3, 9])
def test_a_message_fills_its_template_and_names_what_was_paid(count: int) -> None:
    content = several(count)
    bytes_ = raw(WhatsAppComposer(), content, Channel.WHATSAPP)
    message = json.loads(bytes_)
    assert message["template"]["name"] == ("recibo_uma_v1" if count == 1 else "recibo_varias_v1")
    read_back = read_template(bytes_.encode())
    assert read_back is not None
    said = read_back.text
    assert pt_br.brl(content.received_centavos) in said
    assert "12/11/2026" in said
    assert content.receipts[0].number in said
    assert content.sender.address_line in said
    assert said.endswith(STOP_TEXT)
    assert not lint(MessageText(Channel.WHATSAPP, said))


def test_the_buttons_lead_to_a_person_or_stop_and_never_to_paying() -> None:
    message = json.loads(raw(WhatsAppComposer(), thanks(), Channel.WHATSAPP))
    buttons = [c for c in message["template"]["components"] if c["type"] == "button"]
    assert [(b["sub_type"], b["index"]) for b in buttons] == [
        ("quick_reply", "0"),
        ("quick_reply", "1"),
    ]
    tapped = [read_reply_payload(b["parameters"][0]["payload"]) for b in buttons]
    assert [t and t.button.value for t in tapped] == ["human", "stop"]


def test_payments_of_several_days_are_told_as_days() -> None:
    days = [PAID_ON + timedelta(days=n) for n in range(5)]
    lines = [any_receipt(n, PaidPart(100, day, "pix")) for n, day in enumerate(days)]
    assert receipt_parameters(thanks(*lines[:2]))[4] == "12/11/2026 e 13/11/2026"
    assert receipt_parameters(thanks(*lines))[4] == "12/11/2026 a 16/11/2026"


# ── calls ───────────────────────────────────────────────────────────────────────────────────────


def test_nobody_is_called_to_be_thanked() -> None:
    with pytest.raises(TemplateError, match="by voice"):
        raw(VoiceComposer(), thanks(), Channel.VOICE)
