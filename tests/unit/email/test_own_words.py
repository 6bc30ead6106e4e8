"""A creditor's own words in its e-mails: where they stand, and where ours do."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters import pt_br
from regua.adapters.email_composer import EmailComposer
from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.own_words import NO_WORDS, OwnWords, own_words
from regua.application.message_content import MessageContent, PaidPart, ReceiptLine, RenderedEmail
from regua.domain.dispatch import Dispatch
from regua.domain.ids import DispatchId
from regua.domain.own_words import PARTS, email_key
from regua.domain.ruler import Channel, Phase, Tone
from tests.builders import CREDITOR, CUSTOMER, any_creditor, nine_o_clock
from tests.unit.email.builders import DUE, LATE_TEMPLATES, TEMPLATES, any_content, any_line
from tests.unit.email.reading import read, squeezed

WORDS = {
    "subject": "{credor}: a sua fatura {fatura}",
    "title": "Sobre a fatura {fatura}",
    "lead": "{cliente}, a fatura {fatura} soma {total} até {valido_ate}.",
    "closing": "Um abraço da equipe de {credor}.",
}


def texts(template: str, **words: str) -> dict[str, str]:
    return {email_key(template, part): text for part, text in (words or WORDS).items()}


def render(content: MessageContent, own: dict[str, str] | None = None) -> RenderedEmail:
    return JinjaEmailRenderer().render(content, own)


def a_receipt() -> MessageContent:
    line = ReceiptLine("F-1", None, DUE, (PaidPart(149_900, DUE, "pix"),), is_clear=True)
    return replace(any_content("lembrete"), template="recibo", lines=(), receipts=(line,))


@pytest.mark.parametrize("template", TEMPLATES)
def test_own_words_stand_in_both_parts_with_their_values(template: str) -> None:
    content = any_content(template)
    line = content.lines[0]
    email = render(content, texts(template))
    total, until = pt_br.brl(line.total_centavos), pt_br.full_date(line.valid_until(content.on))
    lead = f"Maria, a fatura 2026-1101 soma {total} até {until}."
    assert email.subject == "Escola Horizonte Azul: a sua fatura 2026-1101"
    for text in (read(email.html).text, squeezed(email.text)):
        assert "Sobre a fatura 2026-1101" in text
        assert lead in text
        assert "Um abraço da equipe de Escola Horizonte Azul." in text
    assert "<title>Sobre a fatura 2026-1101</title>" in email.html


def test_a_receipt_has_own_words_as_well() -> None:
    words = {"lead": "Recebemos {total} da fatura {fatura}.", "title": "{credor} agradece"}
    email = render(a_receipt(), texts("recibo", **words))
    for text in (read(email.html).text, squeezed(email.text)):
        assert "Recebemos R$ 1.499,00 da fatura F-1." in text
        assert "Escola Horizonte Azul agradece" in text


@pytest.mark.parametrize("template", [*TEMPLATES, "recibo"])
def test_without_own_words_a_message_is_what_it_was_character_by_character(template: str) -> None:
    content = a_receipt() if template == "recibo" else any_content(template, 3)
    others = texts("outra") | {"page.pt.show.lead": "Oi"}
    assert render(content) == render(content, {}) == render(content, others)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_left_out_stays_ours(part: str) -> None:
    content = any_content("vencida")
    ours, mixed = render(content), render(content, texts("vencida", **{part: "Palavras daqui"}))
    assert (mixed.subject == ours.subject) is (part != "subject")
    assert (mixed.text == ours.text) is (part == "subject")
    if part != "subject":
        lines = zip(ours.text.splitlines(), mixed.text.splitlines(), strict=True)
        assert sum(one != other for one, other in lines) == 1


@pytest.mark.parametrize("template", TEMPLATES)
def test_words_for_one_invoice_are_not_used_for_several(template: str) -> None:
    content = any_content(template, 3)
    words = texts(template, lead="A fatura {fatura} espera.", closing="São {total}. Obrigado.")
    email, ours = render(content, words), render(content)
    assert "espera" not in email.text
    assert ours.subject == email.subject
    assert f"São {pt_br.brl(content.total_centavos)}. Obrigado." in email.text


def test_a_due_date_is_named_only_when_there_is_one() -> None:
    words = texts("vencida", lead="Venceu em {vencimento}.")
    same = any_content("vencida", 2)
    other_day = DUE - timedelta(days=7)
    lines = (any_line(10, due_date=other_day, effective_due_date=other_day), any_line(3, index=2))
    assert "Venceu em 03/11/2026." in render(same, words).text
    assert "Venceu em" not in render(any_content("vencida", lines=lines), words).text


def test_late_words_speak_of_the_late_invoices_only() -> None:
    late, current = any_line(3), any_line(0, index=2, due_date=DUE + timedelta(days=30))
    content = any_content("vencida", lines=(late, current))
    email = render(content, texts("vencida", lead="A fatura {fatura} soma {total}."))
    total = pt_br.brl(late.total_centavos)
    assert f"A fatura {late.number} soma {total}." in email.text


@pytest.mark.parametrize("template", ["lembrete", "vencimento"])
def test_a_reminder_that_leaves_too_late_has_our_words(template: str) -> None:
    content = any_content(template, on=DUE + timedelta(days=2), lines=(any_line(2),))
    assert render(content, texts(template)) == render(content)


@pytest.mark.parametrize("template", LATE_TEMPLATES)
def test_words_about_late_invoices_are_not_used_when_none_is(template: str) -> None:
    content = any_content(template, lines=(any_line(0),), on=DUE)
    assert render(content, texts(template)) == render(content)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("subject", "Pague {total}"),
        ("subject", "Olá, {cliente}"),
        ("subject", "Venceu em {vencimento}"),
        ("title", "São {total}"),
        ("lead", "{senha}"),
    ],
)
def test_a_placeholder_that_may_not_stand_there_is_not_filled_and_ours_is_used(
    part: str, text: str
) -> None:
    content = any_content("vencida")
    assert render(content, texts("vencida", **{part: text})) == render(content)


def test_a_long_name_and_number_are_cut_in_a_subject() -> None:
    content = any_content("vencida", line={"number": "N" * 60})
    email = render(content, texts("vencida"))
    assert email.subject.endswith(f"a sua fatura {'N' * 23}…")
    assert f"Sobre a fatura {'N' * 60}" in squeezed(email.text)


@given(st.text(min_size=1, max_size=80))
def test_own_words_are_text_whatever_they_are(text: str) -> None:
    content = any_content("vencida")
    said = own_words(content, texts("vencida", **dict.fromkeys(PARTS, text)))
    email = render(content, texts("vencida", **dict.fromkeys(PARTS, text)))
    ours = read(render(content).html)
    page = read(email.html)
    assert "\n" not in email.subject
    assert "\r" not in email.subject
    assert page.problems == []
    assert [e.tag for e in page.elements] == [e.tag for e in ours.elements], "no markup of its own"
    assert page.web_links == ours.web_links
    assert said == NO_WORDS or said.lead == pt_br.one_line(text)


@pytest.mark.parametrize(
    "text", ["<b>oi</b>", "{{ 7 * 7 }}", "{% raw %}", "</title><script>alert(1)</script>", "&lt;"]
)
def test_markup_is_shown_as_it_was_written(text: str) -> None:
    content = any_content("vencida")
    email = render(content, texts("vencida", lead=f"a {text} b"))
    assert squeezed(f"a {text} b") in read(email.html).text
    assert f"a {text} b" in email.text


def composed(own: dict[str, str]) -> bytes:
    """Return the bytes that go to the provider."""
    message = EmailComposer()(
        any_content("vencida"),
        creditor=replace(any_creditor(), texts=own),
        recipient="maria@cliente.example.com.br",
        dispatch=Dispatch(
            dispatch_id=DispatchId("d" * 32),
            creditor_id=CREDITOR,
            customer_id=CUSTOMER,
            schedule_seq=1,
            channel=Channel.EMAIL,
            step_id="vencida",
            phase=Phase.SOFT,
            template="vencida",
            tone=Tone.NEUTRAL,
            invoices=(),
            decided_at=nine_o_clock(DUE),
            decided_on=DUE,
        ),
        at=nine_o_clock(DUE),
    )
    return message.raw


def test_a_composed_message_has_the_creditors_words() -> None:
    parsed = message_from_bytes(composed(texts("vencida")), policy=policy.default)
    body = parsed.get_body(("plain",))
    assert body is not None
    assert "Sobre a fatura 2026-1101" in body.get_content()
    assert parsed["subject"] == "Escola Horizonte Azul: a sua fatura 2026-1101"


def test_the_bytes_of_a_message_without_own_words_do_not_change() -> None:
    assert composed({}) == composed(texts("lembrete")) != composed(texts("vencida"))


def test_nothing_said_is_nothing_replaced() -> None:
    assert own_words(any_content("vencida"), {}) == OwnWords() == NO_WORDS
