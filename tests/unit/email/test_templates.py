"""What a rendered message must contain, in both of its parts."""

import re
from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from regua.adapters import pt_br
from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.application.message_content import InvoiceLine, MessageContent, RenderedEmail
from regua.domain.errors import TemplateError
from tests.unit.email.builders import (
    BOLETO,
    DUE,
    LATE_TEMPLATES,
    PAYMENT_OPTIONS,
    PIX,
    TEMPLATES,
    any_content,
    any_line,
    any_sender,
)
from tests.unit.email.reading import contrast, read, squeezed, urls_in

GMAIL_CLIPS_AT = 102 * 1024
HUGE = "Companhia Brasileira de Distribuição e Comércio de Produtos Alimentícios " * 6
INJECTIONS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% for x in y %}",
    "</td></tr></table><h1>Outra empresa</h1>",
    "' onmouseover='alert(1)",
    "linha\r\nTotal: R$ 0,00\u202e\u200b",
)


def render(content: MessageContent) -> RenderedEmail:
    return JinjaEmailRenderer().render(content)


def cases() -> list[Any]:
    return [
        pytest.param(any_content(name, n, line=options), id=f"{name}-{n}-{label}")
        for name in TEMPLATES
        for n in (1, 3)
        for label, options in PAYMENT_OPTIONS.items()
    ]


def facts_of(content: MessageContent) -> set[str]:
    """List what must be readable, written as a Brazilian reader expects it."""
    sender = content.sender
    facts = {sender.name, "CNPJ 12.ABC.345/01DE-35", sender.address_line, sender.contact_email}
    facts |= {"(11) 4000-1234", "desconsidere", "deixar de receber estes avisos por e-mail"}
    facts |= {pt_br.brl(content.total_centavos)}
    for line in content.lines:
        facts |= {line.number, line.description or "", pt_br.full_date(line.due_date)}
        facts |= {pt_br.brl(line.original_centavos), pt_br.brl(line.total_centavos)}
        facts |= {
            f"Valor válido para pagamento até {pt_br.full_date(line.valid_until(content.on))}"
        }
        facts |= {line.pix_copy_paste or ""}
        facts |= {pt_br.boleto_line(line.boleto_line or "")}
        if line.is_late:
            facts |= {pt_br.brl(line.late_fine_centavos), pt_br.brl(line.late_interest_centavos)}
            facts |= {"Multa", "Juros de mora", f"{line.days_late} dias em atraso"}
        else:
            facts |= {"Multa e juros de mora", "R$ 0,00"}
    return facts


@pytest.mark.parametrize("content", cases())
def test_both_parts_carry_every_fact_and_the_same_links(content: MessageContent) -> None:
    email = render(content)
    page = read(email.html)
    for fact in facts_of(content):
        assert squeezed(fact) in page.text, fact
        assert squeezed(fact) in squeezed(email.text), fact
    links = {str(line.pay_url) for line in content.lines}
    links |= {content.unsubscribe_url, str(content.confirm_url)}
    assert page.web_links == links == urls_in(email.text)


def test_the_link_for_programs_is_out_of_every_persons_way() -> None:
    content = any_content()
    email = render(content)
    page = read(email.html)
    assert page.hidden_links == {content.honeypot_url}
    (trap,) = (a for a in page.of("a") if a["href"] == content.honeypot_url)
    assert (trap["aria-hidden"], trap["tabindex"], trap["rel"]) == ("true", "-1", "nofollow")
    assert re.search(r'"></a>', email.html[email.html.index(trap["href"]) :]), "it has no words"
    assert str(content.honeypot_url) not in email.text


def test_a_message_may_do_without_confirmation_and_honeypot() -> None:
    email = render(any_content(confirm_url=None, honeypot_url=None))
    page = read(email.html)
    assert page.hidden_links == set()
    assert "Confirmar que recebi" not in page.text + email.text


@pytest.mark.parametrize("content", cases())
def test_every_number_and_date_of_the_html_is_in_the_text(content: MessageContent) -> None:
    email = render(content)
    pattern = re.compile(r"-?R\$ [\d.]+,\d\d|\d\d/\d\d/\d{4}|\d+ dias? em atraso")
    assert set(pattern.findall(read(email.html).text)) == set(pattern.findall(email.text))


@pytest.mark.parametrize("content", cases())
def test_the_html_is_sound_accessible_and_asks_for_nothing_but_the_pixel(
    content: MessageContent,
) -> None:
    email = render(content)
    page = read(email.html)
    assert page.problems == []
    assert re.search(r"@\w+@", email.html) is None, "a named piece was left unwritten"
    assert next(page.of("html"))["lang"] == "pt-BR"
    assert [image["src"] for image in page.of("img")] == [content.pixel_url]
    assert all("alt" in image for image in page.of("img"))
    assert email.html.index(content.pixel_url) > email.html.index(content.unsubscribe_url)
    assert {e.tag for e in page.elements}.isdisjoint({"script", "form", "iframe", "link"})
    for table in page.of("table"):
        assert table.get("role") == "presentation" or table.get("aria-label")
    assert all(th["scope"] == "row" for th in page.of("th"))
    headings = [int(e.tag[1]) for e in page.elements if re.fullmatch(r"h\d", e.tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(headings))
    assert len(email.html.encode()) < GMAIL_CLIPS_AT / 2


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_word_has_the_contrast_of_wcag_aa_in_both_themes(name: str, *, dark: bool) -> None:
    mixed = (any_line(3), any_line(0, index=2, due_date=DUE + timedelta(days=90)))
    for content in (any_content(name, 3), any_content(name, lines=mixed)):
        words = read(render(content).html, dark=dark).words
        assert len(words) > 20
        for word in words:
            assert word.pixels >= 13
            assert contrast(word.color, word.background) >= 4.5, word


def test_the_dark_theme_really_changes_the_colours() -> None:
    html = render(any_content()).html
    light, dark = ({w.background for w in read(html, dark=d).words} for d in (False, True))
    assert light.isdisjoint(dark)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("poison", INJECTIONS)
def test_no_field_of_a_creditor_or_customer_becomes_markup_or_a_line(
    template: str, poison: str
) -> None:
    clean = any_content(template, 3)
    sender = any_sender(name=f"A {poison}", address_line=poison, document=poison, phone=poison)
    line = {"number": poison, "description": poison, "pix_copy_paste": None, "boleto_line": poison}
    content = any_content(
        template, 3, sender=sender, customer_name=poison, customer_kind="company", line=line
    )
    email = render(content)
    page, model = read(email.html), read(render(clean).html)
    assert page.problems == []
    tags = {e.tag for e in page.elements}
    assert tags <= {e.tag for e in model.elements}
    assert not [name for e in page.elements for name in e.attributes if name.startswith("on")]
    assert [i["src"] for i in page.of("img")] == [content.pixel_url]
    assert page.web_links == model.web_links
    assert "\n" not in email.subject
    assert "\nTotal: R$ 0,00" not in email.text
    assert "\u202e" not in email.html + email.text + email.subject
    assert pt_br.one_line(poison) in page.text


@pytest.mark.parametrize(
    "field", ["pay_url", "pixel_url", "unsubscribe_url", "confirm_url", "honeypot_url"]
)
@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "//x.example.com.br/", "data:text/html,x", 'https://x" onclick="y'],
)
def test_an_address_that_is_not_of_the_web_never_becomes_a_link(field: str, url: str) -> None:
    content = any_content()
    if field == "pay_url":
        content = replace(content, lines=(replace(content.lines[0], pay_url=url),))
    else:
        content = any_content("vencida", 1, **{field: url})
    with pytest.raises(TemplateError):
        render(content)


def test_a_message_without_the_link_to_the_page_is_not_written() -> None:
    with pytest.raises(TemplateError):
        render(any_content(line={"pay_url": None}))


@pytest.mark.parametrize(
    ("invoices", "labels"),
    [
        (1, ["Ver e pagar fatura"]),
        (2, ["Ver e pagar fatura 2026-1101", "Ver e pagar fatura 2026-1102"]),
    ],
)
def test_each_invoice_has_a_button_that_says_where_it_leads(
    invoices: int, labels: list[str]
) -> None:
    content = any_content("vencida", invoices)
    email = render(content)
    for line, label in zip(content.lines, labels, strict=True):
        button = re.search(rf'href="{line.pay_url}"[^>]*>([^<]*)</a>', email.html)
        assert button is not None
        assert button[1] == label
        assert f"{label}:\n{line.pay_url}\n" in email.text


@pytest.mark.parametrize("template", TEMPLATES)
def test_huge_names_stay_whole_in_the_body_and_short_in_the_subject(template: str) -> None:
    content = any_content(
        template, sender=any_sender(name=HUGE), customer_name=HUGE, line={"number": "9" * 200}
    )
    email = render(content)
    assert len(email.subject) < 130
    assert squeezed(HUGE) in read(email.html).text
    assert "9" * 200 in email.text


def test_a_pix_code_is_shown_byte_for_byte_because_its_checksum_covers_the_spaces() -> None:
    email = render(any_content(line={"pix_copy_paste": f" {PIX}\r\n"}))
    assert "Escola  Horizonte" in PIX
    assert f"\n{PIX}\n" in email.text
    assert f">{PIX}</code>" in email.html


def test_a_pix_code_with_a_line_break_inside_is_refused_rather_than_repaired() -> None:
    with pytest.raises(TemplateError):
        render(any_content(line={"pix_copy_paste": "0002\n0126"}))


def test_a_boleto_line_is_grouped_without_losing_a_digit() -> None:
    email = render(any_content())
    shown = re.findall(r"(?m)^[\d. ]{50,}$", email.text)
    assert [re.sub(r"\D", "", line) for line in shown] == [BOLETO]


@pytest.mark.parametrize(
    ("document", "written"),
    [
        ("12ABC34501DE35", "CNPJ 12.ABC.345/01DE-35"),
        ("11.222.333/0001-81", "CNPJ 11.222.333/0001-81"),
        ("52998224725", "CPF 529.982.247-25"),
    ],
)
def test_the_creditors_document_is_written_with_its_label(document: str, written: str) -> None:
    email = render(any_content(sender=any_sender(document=document)))
    assert written in email.text
    assert written in read(email.html).text


@pytest.mark.parametrize(
    ("tone", "kind", "name", "greeting"),
    [
        ("friendly", "person", "MARIA APARECIDA DE SOUZA", "Olá, Maria!"),
        ("neutral", "person", "joão da silva", "Olá, João."),
        ("firm", "company", "PADARIA PÃO QUENTE LTDA", "Olá, PADARIA PÃO QUENTE LTDA."),
        ("formal", "person", "MARIA APARECIDA DE SOUZA", "À atenção de Maria Aparecida de Souza,"),
        ("formal", "company", "Padaria Sol Ltda.", "À atenção de Padaria Sol Ltda.,"),
        ("friendly", None, "Maria de Souza", "Olá, Maria de Souza!"),
        ("friendly", "person", "  ", "Olá!"),
        ("formal", "person", "", "Prezado(a) cliente,"),
    ],
)
def test_a_person_is_greeted_by_first_name_and_a_company_by_its_own(
    tone: str, kind: str | None, name: str, greeting: str
) -> None:
    email = render(any_content(tone=tone, customer_kind=kind, customer_name=name))
    assert f"\n{greeting}\n" in email.text
    assert greeting in read(email.html).text


@pytest.mark.parametrize("template", LATE_TEMPLATES)
def test_invoices_still_in_time_are_told_apart_from_the_late_ones(template: str) -> None:
    soon = any_line(0, index=2, due_date=date(2027, 1, 8), effective_due_date=date(2027, 1, 8))
    content = any_content(template, lines=(any_line(20), soon))
    email = render(content)
    for part in (email.text, read(email.html).text):
        assert "20 dias em atraso" in part
        assert "A vencer" in part
        assert "incluímos também uma fatura que ainda está no prazo" in part
        assert "Em atraso (1 fatura)" in part
        assert pt_br.brl(content.total_centavos) in part
    assert "2 faturas" not in email.subject


@pytest.mark.parametrize(
    ("template", "on", "due", "effective", "expected"),
    [
        ("lembrete", date(2026, 11, 10), date(2026, 11, 13), None, "vence na sexta-feira (13/11)"),
        ("vencimento", date(2026, 11, 13), date(2026, 11, 13), None, "vence hoje (13/11)"),
        (
            "vencimento",
            date(2026, 11, 16),
            date(2026, 11, 14),
            date(2026, 11, 16),
            "pode ser paga sem acréscimos até 16/11/2026",
        ),
        ("lembrete", date(2026, 11, 11), date(2026, 11, 14), date(2026, 11, 16), "no sábado"),
    ],
)
def test_a_due_date_that_is_no_business_day_is_never_announced_as_missed(
    template: str, on: date, due: date, effective: date | None, expected: str
) -> None:
    line = any_line(0, due_date=due, effective_due_date=effective or due)
    email = render(any_content(template, lines=(line,), on=on))
    assert expected in email.subject
    assert expected in email.text
    if effective:
        assert f"prorrogado para {pt_br.full_date(effective)}, dia útil" in email.text
    assert "em atraso" not in email.text


@pytest.mark.parametrize("template", ["lembrete", "vencimento"])
def test_a_reminder_that_left_late_does_not_promise_a_price_without_charges(template: str) -> None:
    email = render(any_content(template, on=DUE + timedelta(days=2), lines=(any_line(2),)))
    assert "não há nenhum acréscimo" not in email.text
    assert "vence" not in email.subject
    assert "aguarda pagamento" in email.subject


def test_several_reminders_of_different_days_are_announced_together() -> None:
    lines = tuple(any_line(0, index=i, due_date=date(2026, 11, 10 + i)) for i in (1, 2))
    assert render(any_content("lembrete", lines=lines)).subject.endswith("vencem nestes dias")


@pytest.mark.parametrize("template", TEMPLATES)
def test_one_invoice_is_singular_and_three_are_plural(template: str) -> None:
    one, three = (render(any_content(template, n)) for n in (1, 3))
    assert re.search(r"\b(suas|faturas|vencem|\d+ faturas)\b", one.subject) is None
    assert "3 faturas" in three.subject
    assert "as faturas" in three.text
    assert "a fatura" in one.text


def test_one_day_late_is_singular() -> None:
    assert "1 dia em atraso" in render(any_content(lines=(any_line(1),))).text


@pytest.mark.parametrize("invoices", [1, 2])
def test_what_was_taken_off_is_shown_on_its_own_line(invoices: int) -> None:
    reductions = {"rebate_centavos": 9_000, "discount_centavos": 1_000}
    email = render(any_content("lembrete", invoices, line=reductions))
    for part in (email.html, email.text):
        assert "Abatimento" in part
        assert "-R$ 90,00" in part
        assert "Desconto por antecipação" in part
        assert "-R$ 10,00" in part
    plain = render(any_content("lembrete", invoices))
    assert "Abatimento" not in plain.html + plain.text
    assert "Desconto" not in plain.html + plain.text


def test_a_total_is_right_until_the_last_day_of_its_discount() -> None:
    until = {"discount_centavos": 1_000, "last_day": DUE - timedelta(days=2)}
    email = render(any_content("lembrete", line=until))
    assert "Valor válido para pagamento até 01/11/2026" in email.text


def test_a_partial_payment_is_shown_so_that_the_sum_can_be_followed() -> None:
    email = render(any_content(line={"paid_centavos": 50_000}))
    for part in (email.text, read(email.html).text):
        assert "Já pago" in part
        assert "-R$ 500,00" in part


@pytest.mark.parametrize("centavos", [0, -1_000])
def test_a_zero_or_negative_amount_is_written_like_any_other(centavos: int) -> None:
    line = any_line(0, original_centavos=centavos)
    assert pt_br.brl(centavos) in render(any_content(lines=(line,))).text


def test_a_sender_without_phone_or_reply_address_offers_what_it_has() -> None:
    email = render(any_content(sender=any_sender(phone=None, reply_to=None)))
    assert "Fale com a gente: financeiro@horizonte.example.com.br\n" in email.text


def test_an_invoice_without_description_leaves_no_empty_label() -> None:
    email = render(any_content(line={"description": None}))
    assert "Descrição" not in email.text + email.html


@pytest.mark.parametrize("template", ["", "nao_existe", "../layout.html", "copy/vencida", "A B"])
def test_an_unknown_template_is_a_final_error(template: str) -> None:
    with pytest.raises(TemplateError):
        render(replace(any_content(), template=template))


def test_an_unknown_tone_is_a_final_error() -> None:
    with pytest.raises(TemplateError):
        render(any_content(tone="furious"))


def test_the_same_content_renders_to_the_same_characters() -> None:
    assert render(any_content("em_atraso", 3)) == render(any_content("em_atraso", 3))


def test_the_preview_of_a_lock_screen_shows_no_amount() -> None:
    for name in TEMPLATES:
        html = render(any_content(name)).html
        preview = html.split("<body", 1)[1].split("</div>")[0]
        assert "R$" not in preview
        assert preview.count("&#847;") >= 100


def test_every_field_of_the_content_reaches_the_reader_or_chooses_words() -> None:
    """A field that no template reads is dead or forgotten (`phase` is for a creditor's own)."""
    base = any_content("atraso_prolongado")
    line = base.lines[0]
    changed = {
        "customer_name": "Ana",
        "tone": "formal",
        "template": "vencida",
        "customer_kind": "company",
    }
    skipped = {"phase", "sender", "lines", "on", "total_centavos", "original_centavos", "receipts"}
    for field in fields(MessageContent):
        if field.name in skipped:
            continue
        value = getattr(base, field.name)
        changes: dict[str, Any] = {field.name: changed.get(field.name, f"{value}9")}
        other = replace(base, **changes)
        assert render(other) != render(base), field.name
    for field in fields(InvoiceLine):
        value = getattr(line, field.name)
        if isinstance(value, str):
            changes = {field.name: f"{value}9"}
            other = replace(base, lines=(replace(line, **changes),))
            assert render(other) != render(base), field.name
