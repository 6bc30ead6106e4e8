"""Text messages: what every one says, what none says, and when one piece is enough."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.adapters import sms_texts
from regua.adapters.email_templates import TEMPLATES as EMAIL_TEMPLATES
from regua.adapters.sms_composer import SmsComposer
from regua.application.message_content import MessageContent
from regua.application.ports import ChannelSetup, Composer, OutgoingMessage
from regua.domain.dispatch import Dispatch, InvoiceStep
from regua.domain.errors import RecipientRejected, TemplateError
from regua.domain.identification import StatedFacts, check_identification
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.money import Money
from regua.domain.phrases import words_of
from regua.domain.ruler import Channel, Phase, Tone
from regua.domain.sms_text import SmsEncoding, encoding_of, segments, septets
from regua.domain.wording import MessageText, Severity, is_refused, lint
from tests.builders import any_creditor
from tests.unit.email.builders import (
    DUE,
    LATE_TEMPLATES,
    TEMPLATES,
    any_content,
    any_line,
    any_sender,
)

AT = datetime(2026, 11, 10, 12, tzinfo=UTC)
NUMBER = "+5511987654321"
NAMES = {
    "short": "Sol",
    "usual": "Aurora Energia Ltda",
    "capitals": "PAPELARIA SÃO JOÃO LTDA",
    "long": "Associação dos Moradores do Condomínio Jardim",
    "longer than a message": "Cooperativa de Crédito, Consumo e Habitação " * 4,
    "200 characters": "Instituição de Ensino Superior " * 6 + "de São Paulo",
}
SHORT_LINK = "https://x.example.com.br/AbC123"
compose: Composer = SmsComposer()


def dispatch(template: str, tone: str = "neutral") -> Dispatch:
    return Dispatch(
        dispatch_id=DispatchId("d" * 32),
        creditor_id=CreditorId("aurora"),
        customer_id=CustomerId("cli-1"),
        schedule_seq=1,
        channel=Channel.SMS,
        step_id="passo-1",
        phase=Phase.SOFT,
        template=template,
        tone=Tone(tone),
        invoices=(InvoiceStep(InvoiceId("fat-1"), "passo-1"),),
        decided_at=AT,
        decided_on=AT.date(),
    )


def composed(content: MessageContent, recipient: str = NUMBER, **options: str) -> OutgoingMessage:
    creditor = replace(
        any_creditor(),
        channels={Channel.SMS: ChannelSetup("REGUA", options)},
        sender=content.sender,
    )
    return compose(
        content,
        creditor=creditor,
        recipient=recipient,
        dispatch=dispatch(content.template),
        at=AT,
    )


def text_of(content: MessageContent, **options: str) -> str:
    return composed(content, **options).raw.decode()


def named(
    name: str,
    template: str = "vencida",
    invoices: int = 1,
    **changes: Any,  # noqa: ANN401 - any field
) -> MessageContent:
    return any_content(template, invoices, sender=any_sender(name=name), **changes)


def facts_of(content: MessageContent, opt_out: str = "SAIR") -> StatedFacts:
    return StatedFacts(
        name=content.sender.name,
        document=content.sender.document,
        address_line=content.sender.address_line,
        original=Money(content.original_centavos),
        late_fine=Money(content.late_fine_centavos),
        late_interest=Money(content.late_interest_centavos),
        total=Money(content.total_centavos),
        valid_until=content.valid_until,
        link=content.lines[0].pay_url,
        opt_out=opt_out,
    )


EVERY = [
    pytest.param(template, count, name, id=f"{template}-{count}-{key}")
    for template, count, (key, name) in product(TEMPLATES, (1, 2, 3), NAMES.items())
]


@pytest.mark.parametrize(("template", "count", "name"), EVERY)
def test_every_message_states_what_it_must_and_nothing_it_must_not(
    template: str, count: int, name: str
) -> None:
    content = named(name, template, count)
    message = composed(content)
    text = message.raw.decode()
    assert not is_refused(lint(MessageText(Channel.SMS, text)))
    assert not is_refused(check_identification(Channel.SMS, text, facts_of(content)))
    assert encoding_of(text) is SmsEncoding.GSM
    assert message.parts == len(segments(text))


def test_every_template_of_the_ruler_has_its_texts() -> None:
    assert set(sms_texts.TEMPLATES) == set(EMAIL_TEMPLATES)
    assert set(sms_texts.HELLOS) == set(sms_texts.ASKS_LATE) == set(sms_texts.ASKS_IN_TIME)
    assert set(sms_texts.HELLOS) == {tone.value for tone in Tone}


@pytest.mark.parametrize(
    ("template", "count", "expected"),
    [
        ("lembrete", 1, "Aurora Energia Ltda: fatura vence 03/11:"),
        ("vencimento", 3, "Aurora Energia Ltda: 3 faturas vencem hoje:"),
        ("vencimento", 1, "Aurora Energia Ltda: sua fatura vence hoje:"),
        ("vencida", 1, "Aurora Energia Ltda: fatura de 03/11:"),
        ("vencida", 2, "Aurora Energia Ltda: 2 faturas em aberto:"),
        ("pre_negativacao", 1, "Aurora Energia Ltda: fatura de 03/11:"),
    ],
)
def test_a_long_link_leaves_room_for_the_invoice_and_the_document(
    template: str, count: int, expected: str
) -> None:
    """A signed link of 81 characters takes half of the message."""
    text = text_of(named("Aurora Energia Ltda", template, count))
    before, link, after = text.partition(any_line().pay_url or "")
    assert before.strip() == expected
    assert link
    assert after == " CNPJ 12ABC34501DE35. SAIR p/ parar"
    assert septets(text) <= 160


@pytest.mark.parametrize(
    ("template", "tone", "before", "after"),
    [
        (
            "lembrete",
            "friendly",
            "sua fatura de R$ 1.499,01 vence na terca-feira (03/11). Veja como pagar:",
            "Responda SAIR p/ parar",
        ),
        (
            "vencida",
            "neutral",
            "sua fatura de 03/11 aguarda pagamento. Se ja pagou, desconsidere. Valor atualizado:",
            "SAIR p/ parar",
        ),
        (
            "atraso_prolongado",
            "firm",
            "sua fatura vencida em 03/11 segue em aberto. Pedimos que regularize:",
            "Responda SAIR p/ parar",
        ),
        (
            "pre_negativacao",
            "formal",
            "sua fatura vencida em 03/11 segue em aberto. Solicitamos a regularizacao:",
            "Responda SAIR p/ parar",
        ),
    ],
)
def test_a_short_link_leaves_room_for_courtesy(
    template: str, tone: str, before: str, after: str
) -> None:
    text = text_of(named("Aurora", template, tone=tone, line={"pay_url": SHORT_LINK}))
    assert text == f"Aurora: {before} {SHORT_LINK} CNPJ 12ABC34501DE35. {after}"
    assert septets(text) <= 160


@pytest.mark.parametrize(
    ("template", "count", "with_document", "at_most"),
    [
        ("lembrete", 1, 22, 43),
        ("lembrete", 3, 18, 39),
        ("vencimento", 1, 23, 44),
        ("vencimento", 3, 19, 40),
        *((template, 1, 25, 46) for template in LATE_TEMPLATES),
        *((template, 3, 31, 52) for template in LATE_TEMPLATES),
    ],
)
def test_how_long_a_name_fits_one_piece_beside_a_signed_link(
    template: str, count: int, with_document: int, at_most: int
) -> None:
    """With the CNPJ, and at all; one letter more is one piece more."""

    def sent(letters: int) -> OutgoingMessage:
        return composed(named("A" + "b" * (letters - 1), template, count))

    assert sent(with_document).parts == sent(at_most).parts == 1
    assert b"CNPJ 12ABC34501DE35" in sent(with_document).raw
    assert b"CNPJ" not in sent(with_document + 1).raw
    assert sent(at_most + 1).parts == 2


def test_what_does_not_fit_one_piece_takes_the_fewest_and_then_carries_the_document() -> None:
    content = named("Cooperativa de Consumo dos Servidores Municipais de Campinas e Região")
    message = composed(content)
    assert message.parts == 2
    assert "CNPJ 12ABC34501DE35" in message.raw.decode()


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("link", [SHORT_LINK, "https://x.example.com.br/a"])
def test_an_amount_stands_only_in_what_is_not_late(template: str, link: str) -> None:
    text = text_of(named("Sol", template, line={"pay_url": link}))
    assert ("R$" in text) == (template in {"lembrete", "vencimento"})


def test_an_amount_that_will_change_before_the_due_date_is_not_told() -> None:
    line = {"pay_url": SHORT_LINK, "discount_centavos": 1000, "last_day": date(2026, 11, 1)}
    assert "R$" not in text_of(named("Sol", "lembrete", line=line))


def test_a_reminder_that_left_late_speaks_of_what_is_late_only() -> None:
    lines = (
        any_line(2, pay_url=SHORT_LINK),
        any_line(0, index=2, due_date=date(2026, 11, 20), effective_due_date=date(2026, 11, 20)),
    )
    text = text_of(named("Sol", "lembrete", lines=lines, on=date(2026, 11, 5)))
    assert "sua fatura de 03/11 aguarda pagamento" in text
    assert SHORT_LINK in text


@pytest.mark.parametrize(
    ("template", "changes", "expected"),
    [
        ("em_atraso", {"on": DUE, "days": 0}, "vence hoje"),
        ("lembrete", {"on": date(2026, 11, 2), "days": 0}, "vence na terca-feira (03/11)"),
        ("lembrete", {"on": date(2027, 1, 2), "days": 60}, "03/11/2026"),
    ],
)
def test_dates_are_said_as_they_stand_on_the_day(
    template: str, changes: dict[str, Any], expected: str
) -> None:
    lines = (any_line(changes["days"], pay_url="https://x.example.com.br/a"),)
    assert expected in text_of(named("Sol", template, lines=lines, on=changes["on"]))


def test_a_postponed_due_date_says_until_when_nothing_is_added() -> None:
    line = any_line(
        0,
        pay_url=SHORT_LINK,
        due_date=date(2026, 11, 7),
        effective_due_date=date(2026, 11, 9),
    )
    text = text_of(named("Sol", "vencimento", lines=(line,), on=date(2026, 11, 9)))
    assert "pode ser paga sem acrescimo ate 09/11" in text


def test_several_due_dates_are_not_listed() -> None:
    lines = tuple(
        any_line(0, index=day, pay_url=SHORT_LINK, due_date=day_on, effective_due_date=day_on)
        for day, day_on in ((1, date(2026, 11, 10)), (2, date(2026, 11, 12)))
    )
    text = text_of(named("Sol", "lembrete", lines=lines, on=date(2026, 11, 9)))
    assert "suas 2 faturas" in text
    assert "vencem nestes dias" in text


def test_the_link_is_that_of_an_invoice_the_message_speaks_of() -> None:
    """An older one may be in time by its own terms; without a link of its own, any one will do."""
    in_time, late = any_line(0, index=1), any_line(5, index=2)
    assert (late.pay_url or "?") in text_of(named("Sol", lines=(in_time, late)))
    linkless = replace(late, pay_url=None)
    assert (in_time.pay_url or "?") in text_of(named("Sol", lines=(in_time, linkless)))


def test_no_sentence_about_what_is_late_tells_an_amount() -> None:
    for _, late in sms_texts.TEMPLATES.values():
        assert not [s for s in late if "{amount}" in s.one + s.many]


def test_the_customer_is_never_named() -> None:
    for template, count in product(TEMPLATES, (1, 3)):
        content = named("Sol", template, count, line={"pay_url": SHORT_LINK})
        assert not {"maria", "aparecida", "souza"} & set(words_of(text_of(content)))


@pytest.mark.parametrize("word", ["SAIR", "PARAR", "Descadastrar"])
def test_the_creditors_own_opt_out_word_is_the_one_said(word: str) -> None:
    assert text_of(named("Sol"), opt_out_word=word).endswith(f"{word} p/ parar")


def test_origin_recipient_and_tags_are_the_creditors_and_the_dispatchs() -> None:
    message = composed(named("Sol"), recipient="(11) 98765-4321")
    assert (message.channel, message.sender, message.recipient) == (Channel.SMS, "REGUA", NUMBER)
    assert (message.dispatch_id, message.creditor_id) == ("d" * 32, "aurora")
    assert message.step_id == "passo-1"


@pytest.mark.parametrize("number", ["+551140001234", "08007770000", "99999", "", "maria"])
def test_a_number_that_takes_no_messages_is_refused_before_anything_is_sent(number: str) -> None:
    with pytest.raises(RecipientRejected) as caught:
        composed(named("Sol"), recipient=number)
    assert not number or number not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        named("Sol", line={"pay_url": None}),
        named("Sol", line={"pay_url": "javascript:alert(1)"}),
        replace(named("Sol"), template="outro"),
        replace(named("Sol"), tone="ironic"),
        named("Zé Cobranças"),
        any_content(sender=any_sender(document="123")),
        named("Sol", line={"pay_url": "https://x.example.com.br/" + "a" * 1600}),
    ],
    ids=["no link", "no web link", "template", "tone", "name", "document", "too long"],
)
def test_what_cannot_be_said_rightly_is_not_said(content: MessageContent) -> None:
    with pytest.raises(TemplateError):
        composed(content)


def test_a_creditor_without_sms_cannot_send_one() -> None:
    with pytest.raises(TemplateError):
        compose(
            named("Sol"),
            creditor=any_creditor(),
            recipient=NUMBER,
            dispatch=dispatch("vencida"),
            at=AT,
        )


def test_an_invoice_number_with_a_word_of_debt_is_left_out() -> None:
    line = {"pay_url": "https://x.example.com.br/a", "number": "COBRANÇA-7"}
    text = text_of(named("Sol", "vencida", line=line))
    assert "COBRAN" not in text
    assert "fatura" in text


@pytest.mark.parametrize("words", ["-spc-", "_SPC_", "-divida-"])
def test_what_the_letters_of_a_signed_link_spell_does_not_stop_a_message(words: str) -> None:
    link = f"https://c.example.com.br/c/k1{words}{'x' * 20}"
    assert link in text_of(named("Sol", line={"pay_url": link}))


def test_a_name_in_capitals_does_not_make_the_message_shout() -> None:
    text = text_of(named("COMERCIO DE ALIMENTOS ESTRELA DO NORTE"))
    assert text.startswith("Comercio de Alimentos Estrela do Norte: ")
    warnings = [f for f in lint(MessageText(Channel.SMS, text)) if f.severity is Severity.WARNING]
    assert warnings == []
    assert text_of(named("CPFL ENERGIA")).startswith("CPFL ENERGIA: ")


def test_a_name_without_plain_letters_is_sent_as_it_is_and_its_price_told() -> None:
    message = composed(named("東京 Ltda", line={"pay_url": SHORT_LINK}))
    assert message.raw.decode().startswith("東京 Ltda: ")
    assert message.parts == len(segments(message.raw.decode())) == 2


ACCENT_ALONE = {"é", "está", "há", "às", "à", "dá", "só", "pôr", "pôde", "avó", "sê", "dê"}
"""Words that without their accent are others."""


def test_no_sentence_rests_on_an_accent() -> None:
    sentences = [
        text
        for in_time, late in sms_texts.TEMPLATES.values()
        for sentence in (*in_time, *late)
        for text in (sentence.one, sentence.many)
    ]
    asks = (*sms_texts.ASKS_IN_TIME.values(), *sms_texts.ASKS_LATE.values())
    for text in (*sentences, *asks, *sms_texts.HELLOS.values(), *sms_texts.OPT_OUTS):
        words = set(text.lower().replace(",", " ").replace(".", " ").replace(":", " ").split())
        assert not words & ACCENT_ALONE, text


def test_every_sentence_of_the_table_passes_the_linter() -> None:
    values = {
        "name": "Sol",
        "hello": "Olá! ",
        "count": "3",
        "number": "7",
        "amount": "R$ 10,00",
        "falls_due": "vence hoje",
        "due": "vence hoje",
        "since": "03/11",
    }
    for in_time, late in sms_texts.TEMPLATES.values():
        asks = ((in_time, sms_texts.ASKS_IN_TIME), (late, sms_texts.ASKS_LATE))
        for (sentences, known), word in product(asks, ("one", "many")):
            for sentence, ask in product(sentences, known.values()):
                text = getattr(sentence, word).format(**values, ask=ask)
                assert lint(MessageText(Channel.SMS, text)) == (), text


def test_same_arguments_give_the_same_bytes() -> None:
    assert composed(named("Sol")) == composed(named("Sol"))


names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=120)


@settings(max_examples=150, deadline=None)
@given(names, st.sampled_from(sorted(TEMPLATES)), st.integers(1, 4))
def test_any_name_is_sent_rightly_or_not_at_all(name: str, template: str, count: int) -> None:
    try:
        content = named(f"A{name}", template, count)
        text = text_of(content)
    except TemplateError:
        return
    assert not is_refused(check_identification(Channel.SMS, text, facts_of(content)))
    assert not is_refused(lint(MessageText(Channel.SMS, text)))
    assert (content.lines[0].pay_url or "") in text
