"""The linter of a creditor's look and words: every rule broken once, and what may be said."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.email_templates import TEMPLATES
from regua.adapters.page_catalogue import our_page_words
from regua.application.page_document import read_page_document
from regua.application.page_lint import Findings, PageLinter, PageWords
from regua.application.page_samples import SAMPLED, sample_contents
from regua.domain import page_rules
from regua.domain.identification import check_identification
from regua.domain.own_words import MEANINGS, PARTS, RECEIPTS, placeholders_for
from regua.domain.page_look import MIN_CONTRAST, contrast
from regua.domain.placeholders import names_in
from regua.domain.ruler import Channel
from regua.domain.wording import MessageText, is_refused, lint
from tests.builders import any_creditor
from tests.unit.domain.test_identification import facts_of
from tests.unit.email.test_wording import NEVER_IN_A_SUBJECT, found

WORDS = PageWords(
    replaceable={
        "pt": {"show.hello": "Olá, {cliente}!", "show.lead": "Veja.", "land.lead": "{credor}"},
        "en": {"show.hello": "Hello, {cliente}!", "show.lead": "See.", "land.lead": "{credor}"},
    },
    discreet=frozenset({"land.lead"}),
)
LINTER = PageLinter(JinjaEmailRenderer(), WORDS)
AURORA = any_creditor()


def linted(document: Mapping[str, Any]) -> Findings:
    return LINTER(read_page_document(document), AURORA)


def told(findings: Findings) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return errors and warnings as paths with the codes of their rules."""
    errors = {(f.path, f.rule.code) for f in findings.errors}
    return errors, {(f.path, f.rule.code) for f in findings.warnings}


def of_email(part: str, text: str, template: str = "vencida") -> Findings:
    return linted({"emails": {template: {part: text}}})


def of_page(text: str, key: str = "show.lead", language: str = "pt") -> Findings:
    return linted({"texts": {language: {key: text}}})


def test_good_words_and_colours_have_no_findings() -> None:
    document = {
        "colours": {"accent": "#7a1fa2", "accent_dark": "#ce93d8"},
        "texts": {
            "pt": {"show.hello": "Oi, {cliente}!", "show.lead": "Veja como pagar."},
            "en": {"show.hello": "Hi, {cliente}!", "show.lead": "See how to pay."},
        },
        "emails": {
            "lembrete": {
                "subject": "{credor}: a fatura {fatura} vence em {vencimento}",
                "title": "A fatura {fatura} vence em {vencimento}",
                "lead": "{cliente}, a fatura {fatura} é de {total}. Obrigado por se organizar!",
            },
            "vencida": {
                "subject": "{credor}: sobre a fatura {fatura}",
                "lead": "A fatura {fatura} soma {total} até {valido_ate}.",
                "closing": "Conte com a {credor}.",
            },
            "atraso_prolongado": {"lead": "A fatura {fatura} segue em aberto."},
            "recibo": {"lead": "Recebemos {total} pela fatura {fatura}. Obrigado!"},
        },
    }
    assert linted(document) == Findings()


def test_an_empty_document_has_no_findings() -> None:
    assert linted({}) == Findings()


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("template", sorted(SAMPLED))
def test_every_part_of_every_email_may_be_replaced(template: str, part: str) -> None:
    names = " ".join(f"{{{name}}}" for name in sorted(placeholders_for(template, part)))
    assert of_email(part, f"Fatura {names}", template).errors == ()


ERRORS: list[tuple[str, str, str]] = [
    ("subject", "{credor}: " + "a" * 80, "page.length"),
    ("title", "a" * 101, "page.length"),
    ("lead", "uma fatura " * 60, "page.length"),
    ("closing", "uma fatura " * 60, "page.length"),
    ("subject", "{credor}\r\nBcc: fatura", "page.plain"),
    ("lead", "A fatura\ne mais", "page.plain"),
    ("lead", "A fatura \u202e{fatura}", "page.plain"),
    ("lead", "A <b>fatura</b>", "page.plain"),
    ("lead", "A fatura &nbsp; aguarda", "page.plain"),
    ("lead", "A fatura {fatura", "page.braces"),
    ("lead", "A fatura {{ fatura }}", "page.braces"),
    ("lead", "A fatura {Fatura}", "page.braces"),
    ("lead", "A fatura {% if x %}", "page.braces"),
    ("lead", "A fatura {numero}", "page.placeholder"),
    ("subject", "{credor}: {total}", "page.placeholder"),
    ("subject", "{credor}: {vencimento}", "page.placeholder"),
    ("subject", "{credor}, {cliente}", "page.placeholder"),
    ("title", "Fatura de {total}", "page.placeholder"),
    ("lead", "Veja a fatura em https://pague.example.com.br/x", "page.link"),
    ("lead", "Veja a fatura em www.pague.example", "page.link"),
    ("lead", "Veja a fatura em pague-ja.com.br", "page.link"),
    ("lead", "Escreva a fatura a ana@pague", "page.link"),
    ("lead", "A fatura é de R$ 10", "page.payment_data"),
    ("lead", "A fatura é de 1.234,56", "page.payment_data"),
    ("lead", "A fatura é de cem reais", "page.payment_data"),
    ("lead", "A fatura: (11) 98765-4321", "page.payment_data"),
    ("lead", "Pix da fatura 11.222.333/0001-81", "page.payment_data"),
    ("subject", "{credor}: fatura!", "page.subject"),
    ("subject", "{credor}: importante", "page.subject"),
    ("subject", "{credor}: crédito", "page.subject"),
    ("lead", "AURORA energia ltda espera a fatura", "page.creditor_name"),
    ("lead", "Sobre a fatura: vamos à sua casa", "wording.threat"),
    ("lead", "Pague a fatura: última chance", "wording.pressure"),
    ("closing", "Evite consequências", "wording.pressure"),
    ("closing", "Notificação judicial", "wording.misleading"),
    ("closing", "Não seja caloteiro", "wording.ridicule"),
    ("subject", "{credor}: sua dívida", "wording.disclosure"),
    ("subject", "{credor}: fatura em atraso", "wording.disclosure.detail"),
    ("title", "PAGUE SUA FATURA", "wording.shouting"),
    ("title", "AGUARDANDO", "wording.shouting"),
    ("lead", "A fatura espera!!", "wording.shouting"),
]


@pytest.mark.parametrize(("part", "text", "code"), ERRORS)
def test_what_breaks_a_rule_is_refused_where_it_stands(part: str, text: str, code: str) -> None:
    errors, _ = told(of_email(part, text))
    assert (f"emails.vencida.{part}", code) in errors


@pytest.mark.parametrize("template", ["atraso_prolongado", "pre_negativacao"])
def test_a_firm_message_does_not_exclaim(template: str) -> None:
    errors, _ = told(of_email("lead", "A fatura {fatura} espera!", template))
    assert errors == {(f"emails.{template}.lead", "page.firm")}
    assert of_email("lead", "A fatura {fatura} espera!", "vencida").errors == ()


@pytest.mark.parametrize(
    ("part", "text", "code"),
    [
        ("subject", "Sobre a fatura {fatura}", "page.subject_name"),
        ("lead", "Estamos escrevendo a você.", "page.about"),
        ("lead", "Sua fatura aguarda.", "page.plural"),
        ("closing", "Encaminharemos ao departamento jurídico.", "wording.legal_step"),
    ],
)
def test_what_should_be_read_again_is_a_warning(part: str, text: str, code: str) -> None:
    errors, warnings = told(of_email(part, text))
    assert (errors, warnings) == (set(), {(f"emails.vencida.{part}", code)})


def test_the_creditors_name_may_be_written_out() -> None:
    assert of_email("subject", "Aurora Energia Ltda: fatura {fatura}") == Findings()


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"emails": {"sumiu": {"lead": "Oi"}}}, "emails.sumiu"),
        ({"emails": {"../layout": {"lead": "Oi"}}}, "emails.../layout"),
        ({"texts": {"pt": {"frame.who": "Oi"}}}, "texts.pt.frame.who"),
        ({"texts": {"en": {"sumiu": "Hi"}}}, "texts.en.sumiu"),
    ],
)
def test_only_what_may_be_changed_is_changed(document: Mapping[str, Any], path: str) -> None:
    assert told(linted(document))[0] == {(path, "page.key")}


@pytest.mark.parametrize(
    ("text", "key", "language", "code"),
    [
        ("Você tem uma dívida", "land.lead", "pt", "wording.disclosure"),
        ("Fatura em atraso", "land.lead", "pt", "wording.disclosure.detail"),
        ("Chamaremos a polícia", "show.lead", "pt", "wording.threat"),
        ("Oi, {nome}", "show.hello", "pt", "page.placeholder"),
        ("Oi, {cliente}", "show.lead", "pt", "page.placeholder"),
        ("Veja <i>aqui</i>", "show.lead", "pt", "page.plain"),
        ("Veja em x.example.com", "show.lead", "en", "page.link"),
        ("Pay immediately", "show.lead", "en", "page.english"),
        ("We will call the police", "show.lead", "en", "page.english"),
        ("Your debt", "land.lead", "en", "page.english"),
        ("SEE HOW TO PAY", "show.lead", "en", "wording.shouting"),
        ("x" * 501, "show.lead", "en", "page.length"),
    ],
)
def test_a_text_of_the_page_keeps_to_the_rules(
    text: str, key: str, language: str, code: str
) -> None:
    errors, _ = told(of_page(text, key, language))
    assert (f"texts.{language}.{key}", code) in errors


def test_a_debt_may_be_named_once_the_customer_is_known() -> None:
    assert of_page("Esta dívida pode ser paga em parcelas.").errors == ()
    assert of_page("Your debt can be paid in parts.", language="en").errors == ()


def test_a_text_that_leaves_out_what_ours_names_is_told() -> None:
    assert told(of_page("Boas-vindas", "show.hello")) == (
        set(),
        {("texts.pt.show.hello", "page.dropped")},
    )


@pytest.mark.parametrize(
    ("colours", "errors"),
    [
        ({"accent": "#767676"}, set()),
        ({"accent": "#777777"}, {("colours.accent", "page.contrast")}),
        ({"accent": "#ffd400"}, {("colours.accent", "page.contrast")}),
        ({"accent_dark": "#0b5a4c"}, {("colours.accent_dark", "page.contrast.dark")}),
        ({"accent_dark": "#84d6c0"}, set()),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused(
    colours: Mapping[str, str], errors: set[tuple[str, str]]
) -> None:
    findings = linted({"colours": colours})
    assert told(findings) == (errors, set())
    for finding in findings.errors:
        assert " to 1, not 4.5" in finding.reason


@given(st.integers(0, 0xFFFFFF))
def test_an_accent_is_refused_exactly_when_it_cannot_be_read(number: int) -> None:
    accent = f"#{number:06x}"
    refused = bool(linted({"colours": {"accent": accent}}).errors)
    assert refused is (contrast(accent, "#ffffff") < MIN_CONTRAST)


def test_what_two_texts_say_together_is_found_in_the_written_message() -> None:
    """Each is within the limit of exclamation marks; the message is not."""
    words = {"lead": "A fatura! Veja! Veja!", "closing": "Obrigado! Até logo!"}
    errors, _ = told(linted({"emails": {"vencida": words}}))
    assert errors == {("emails.vencida", "wording.shouting")}


def test_a_creditor_whose_own_name_is_a_finding_is_not_told_twice() -> None:
    """Its name stands in our subjects as well; the words are not to blame."""
    collector = replace(AURORA, sender=replace(AURORA.sender, name="Cobranças Boreal"))
    document = read_page_document({"emails": {"vencida": {"subject": "{credor}: {fatura}"}}})
    assert LINTER(document, collector) == Findings()


def test_a_subject_is_measured_once_it_is_filled() -> None:
    named = replace(AURORA, sender=replace(AURORA.sender, name="Companhia Boreal de Energia " * 3))
    words = {
        "subject": "{credor}: tudo o que precisa saber sobre a conta de luz da fatura {fatura}"
    }
    document = read_page_document({"emails": {"vencida": words}})
    errors, _ = told(LINTER(document, named))
    assert errors == {("emails.vencida.subject", "page.length")}
    assert LINTER(document, AURORA).errors == ()


def test_every_finding_names_a_rule_with_its_source() -> None:
    for part, text, _ in ERRORS:
        for finding in of_email(part, text).errors:
            assert finding.rule.source
            assert finding.reason


def test_every_rule_of_the_page_is_broken_by_a_test_or_by_reading() -> None:
    codes = {code for *_, code in ERRORS} | {"page.firm", "page.key", "page.english"}
    codes |= {"page.subject_name", "page.about", "page.plural", "page.dropped"}
    codes |= {"page.contrast", "page.contrast.dark", "page.logo"}
    assert {rule.code for rule in page_rules.RULES} <= codes


PIECES = (
    *("a", "o", "sua", "fatura", "{fatura}", "{total}", "{credor}", "{cliente}", "dívida"),
    *("cobrança", "atraso", "multa", "juros", "última", "chance", "pague", "já", "urgente"),
    *("polícia", "protesto", "serasa", "obrigado", "por", "favor", "processo", "judicial"),
    *("evite", "consequências", "R$", "nome", "sujo", "crédito", "importante", "vencida", "!"),
)


@settings(max_examples=80, deadline=None)
@given(
    part=st.sampled_from(sorted(PARTS)),
    text=st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map(" ".join),
)
def test_what_is_not_refused_passes_what_our_own_messages_pass(part: str, text: str) -> None:
    """The oracle for subjects is the list of words that our own templates are held to."""
    if of_email(part, text).errors:
        return
    texts = {f"email.vencida.{part}": text}
    for content in sample_contents(AURORA.sender, "vencida", date(2026, 11, 18)):
        email = JinjaEmailRenderer().render(content, texts)
        said = MessageText(Channel.EMAIL, email.text, email.subject, content.sender.name)
        assert not is_refused(lint(said))
        assert check_identification(Channel.EMAIL, email.text, facts_of(content)) == ()
        assert found(NEVER_IN_A_SUBJECT, email.subject) == []


# ── the words that may be replaced ──────────────────────────────────────────────────────────────


def test_a_sample_can_be_made_of_every_email_there_is() -> None:
    assert SAMPLED == TEMPLATES | RECEIPTS


@pytest.mark.parametrize("template", sorted(SAMPLED))
@given(days=st.integers(0, 800))
@settings(max_examples=25, deadline=None)
def test_own_words_are_used_in_samples_of_any_day(template: str, days: int) -> None:
    on = date(2026, 1, 1) + timedelta(days=days)
    texts = {f"email.{template}.closing": "Palavras daqui."}
    for content in sample_contents(AURORA.sender, template, on):
        assert "Palavras daqui." in JinjaEmailRenderer().render(content, texts).text


def test_every_placeholder_has_a_meaning() -> None:
    named = {n for t in SAMPLED for p in PARTS for n in placeholders_for(t, p)}
    assert named == set(MEANINGS)


def test_our_own_texts_of_the_page_pass_the_linter() -> None:
    words = our_page_words()
    linter = PageLinter(JinjaEmailRenderer(), words)
    document = read_page_document({"texts": {k: dict(v) for k, v in words.replaceable.items()}})
    assert linter(document, AURORA) == Findings()
    assert all(
        names_in(text) == names_in(words.replaceable["pt"][key])
        for key, text in words.replaceable["en"].items()
    )
