"""What may be said to whom. The sentences are ours; the e-mails are the product's own templates."""

import unicodedata
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.domain import forbidden_words, wording
from regua.domain.errors import InvalidInput
from regua.domain.forbidden_words import GROUPS, Seen
from regua.domain.phrases import PhraseBook, choices, contains, places_of, words_of
from regua.domain.ruler import Channel
from regua.domain.wording import (
    MAX_CHARACTERS,
    RULES,
    MessageText,
    Severity,
    TemplateCategory,
    is_refused,
    lint,
)
from tests.unit.email.builders import TEMPLATES, any_content
from tests.unit.email.reading import read

OPT_OUT_AND_HELP = " Dúvidas? Fale com a gente. Para não receber mais, responda SAIR."
EMAIL, SMS, WHATSAPP, VOICE = Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.VOICE
UTILITY, MARKETING = TemplateCategory.UTILITY, TemplateCategory.MARKETING

COURTEOUS = (
    "Olá, Maria! Sua fatura vence na sexta-feira (13/11).",
    "Este é só um lembrete para ajudar na sua organização.",
    "Ainda não identificamos o pagamento da fatura que venceu em 10/11/2026.",
    "Pode ter sido um esquecimento: veja as formas de pagamento.",
    "Se você já pagou, desconsidere esta mensagem.",
    "Se precisar de ajuda para pagar, conte com a gente.",
    "O Pix é confirmado imediatamente; o boleto, em até dois dias úteis.",
    "O boleto foi mandado para o seu e-mail hoje cedo.",
    "Sua conta de energia está disponível para consulta.",
    "Seu pagamento será processado em até um dia útil.",
    "Vamos processar seu pagamento assim que o banco confirmar.",
    "A entrega vai até a sua casa; o boleto segue por e-mail.",
    "Você pode pagar com cartão de débito ou por débito automático.",
    "O prazo final para pagamento sem acréscimos é 13/11/2026.",
    "Multa: R$ 3,00. Juros de mora: R$ 0,75. Total: R$ 153,65, válido até 18/11/2026.",
    "Queremos encontrar uma solução com você.",
    "Cuidado com golpes: confira o nome do recebedor antes de pagar.",
    "Fale com a gente para avaliarmos as alternativas.",
    "Escola Horizonte, Rua das Acácias, 120, Juiz de Fora/MG, CNPJ 11.222.333/0001-81.",
    "A fatura poderá ser encaminhada para registro em cadastro de proteção ao crédito.",
    "Nenhum registro é feito sem comunicação prévia, conforme o art. 43, § 2º, do CDC.",
    "Seu plano poderá ser suspenso após 15 dias, conforme o contrato.",
    "A última fatura está disponível, assim como o último recibo.",
    "Responda a esta mensagem se não reconhece o que está nela.",
    "Para deixar de receber por SMS, responda SAIR.",
    "O valor pago a maior foi devolvido na sua próxima parcela.",
    "Obrigado por estar com a gente.",
    "Seu acordo foi registrado: a entrada vence em 20/11.",
    "Recebemos sua contestação e vamos analisar o seu caso.",
    "Bom dia! O comprovante chegou, está tudo certo.",
    "Pagando até 13/11, evite multa e juros.",
    "Nosso atendimento funciona de segunda a sexta, das 9h às 18h.",
    "Há um cadeado ao lado do endereço do site: é o sinal de uma página segura.",
    "O oficial administrativo da escola pode ajudar você.",
)

REFUSED = (
    # (text, code of the rule)
    ("Se não pagar, você pode ser preso.", "wording.threat"),
    ("Não pagar leva à PRISÃO", "wording.threat"),
    ("A polícia será informada.", "wording.threat"),
    ("Registraremos um boletim de ocorrência na delegacia.", "wording.threat"),
    ("Quem não paga vai parar na cadeia.", "wording.threat"),
    ("Vamos à sua casa amanhã.", "wording.threat"),
    ("Iremos até a sua residência cobrar.", "wording.threat"),
    ("Estaremos na porta da sua casa", "wording.threat"),
    ("Seus vizinhos vão saber de tudo.", "wording.threat"),
    ("Falaremos com o seu chefe.", "wording.threat"),
    ("Vamos ligar no seu trabalho todos os dias.", "wording.threat"),
    ("Avisaremos a sua família sobre isso.", "wording.threat"),
    ("Sabemos onde você mora.", "wording.threat"),
    ("Você vai se arrepender.", "wording.threat"),
    ("Não terá paz enquanto não pagar.", "wording.threat"),
    ("Tomaremos seus bens.", "wording.threat"),
    ("Penhora de bens a caminho.", "wording.threat"),
    ("Por bem ou por mal, você paga.", "wording.threat"),
    ("Divulgaremos o seu nome no bairro.", "wording.threat"),
    ("Esta é a sua última chance.", "wording.pressure"),
    ("ÚLTIMO   AVISO", "wording.pressure"),
    ("Pague hoje e evite consequências.", "wording.pressure"),
    ("Evite maiores transtornos", "wording.pressure"),
    ("Responda imediatamente.", "wording.pressure"),
    ("Regularize já!", "wording.pressure"),
    ("Sua conta será bloqueada.", "wording.pressure"),
    ("Seu acesso será cancelado amanhã.", "wording.pressure"),
    ("Aviso urgente", "wording.pressure"),
    ("Você tem 24 horas para pagar.", "wording.pressure"),
    ("Exigimos o pagamento.", "wording.pressure"),
    ("Não ignore este e-mail.", "wording.pressure"),
    ("Foi expedido mandado contra você.", "wording.misleading"),
    ("Intimação judicial nº 1234", "wording.misleading"),
    ("Você está sendo intimado.", "wording.misleading"),
    ("Um oficial de justiça irá procurá-lo.", "wording.misleading"),
    ("Comunicado oficial do Tribunal de Justiça", "wording.misleading"),
    ("Aqui é do cartório.", "wording.misleading"),
    ("O cartório informa: há um título em seu nome.", "wording.misleading"),
    ("Seu CPF será cancelado.", "wording.misleading"),
    ("Evitaremos o bloqueio do seu CPF.", "wording.misleading"),
    ("Não pagar é crime.", "wording.misleading"),
    ("Estamos ligando em nome da Justiça.", "wording.misleading"),
    ("Deixe de ser caloteiro.", "wording.ridicule"),
    ("Mau pagador!", "wording.ridicule"),
    ("Tenha vergonha na cara.", "wording.ridicule"),
    ("Seu nome sujo não tem jeito", "wording.ridicule"),
    ("Falta de caráter é não pagar.", "wording.ridicule"),
    ("Honre a sua palavra.", "wording.ridicule"),
    ("Vagabundo, pague o que deve.", "wording.ridicule"),
    ("Pare de fugir.", "wording.ridicule"),
    ("PAGUE A SUA FATURA HOJE SEM FALTA", "wording.shouting"),
    ("Olá! Tudo bem! Pague! Hoje! Obrigado!", "wording.shouting"),
    ("Pague a fatura!!", "wording.shouting"),
)


def codes(text: MessageText, severity: Severity = Severity.ERROR) -> set[str]:
    return {finding.rule.code for finding in lint(text) if finding.severity is severity}


def rendered() -> list[Any]:
    renderer = JinjaEmailRenderer()
    return [
        pytest.param(renderer.render(any_content(name, count)), id=f"{name}-{count}")
        for name, count in product(TEMPLATES, (1, 3))
    ]


@pytest.mark.parametrize("email", rendered())
def test_our_own_templates_pass_without_a_finding(email: Any) -> None:  # noqa: ANN401 - a param
    for body in (email.text, read(email.html).text):
        assert lint(MessageText(EMAIL, body, subject=email.subject)) == ()


@pytest.mark.parametrize("sentence", COURTEOUS)
@pytest.mark.parametrize("channel", [EMAIL, SMS, WHATSAPP, VOICE])
def test_courteous_sentences_pass_on_every_channel(channel: Channel, sentence: str) -> None:
    assert lint(MessageText(channel, sentence)) == ()


@pytest.mark.parametrize(("sentence", "code"), REFUSED)
@pytest.mark.parametrize("channel", list(Channel))
def test_what_the_law_forbids_is_refused_on_every_channel(
    channel: Channel, sentence: str, code: str
) -> None:
    text = MessageText(channel, sentence)
    assert code in codes(text)
    assert is_refused(lint(text))


@pytest.mark.parametrize(("sentence", "code"), REFUSED)
def test_a_forbidden_sentence_is_refused_inside_a_subject_and_a_button(
    sentence: str, code: str
) -> None:
    assert code in codes(MessageText(EMAIL, "Olá.", subject=sentence))
    assert code in codes(MessageText(WHATSAPP, "Olá.", buttons=("Pagar", sentence)))


@pytest.mark.parametrize(("sentence", "code"), REFUSED)
@pytest.mark.parametrize(
    "disguise",
    [
        str.lower,
        lambda s: unicodedata.normalize("NFD", s),
        lambda s: "".join(c for c in unicodedata.normalize("NFD", s) if ord(c) < 0x300),
        lambda s: s.replace(" ", " \n\t"),
        lambda s: s.replace(" ", ", … "),
        lambda s: s.replace(" ", "\u00a0"),
        "\u200b".join,
        lambda s: s.replace("a", "a\u00ad"),
    ],
    ids=["lower", "nfd", "unaccented", "spaced", "punctuated", "nbsp", "zero width", "soft hyphen"],
)
def test_no_disguise_of_spelling_helps(sentence: str, code: str, disguise: Any) -> None:  # noqa: ANN401 - a function
    if code != "wording.shouting":
        assert code in codes(MessageText(EMAIL, disguise(sentence)))


@pytest.mark.parametrize(
    "subject",
    [
        "Cobrança da sua fatura",
        "Aviso de dívida",
        "Débito em atraso",
        "Você está inadimplente",
        "Fatura vencida",
        "Sua fatura de R$ 149,90",
        "Multa e juros da fatura",
        "Serasa: comunicado",
        "Aviso de negativação",
        "Título em protesto",
        "Sua pendência financeira",
    ],
)
def test_a_subject_a_sender_and_a_voicemail_tell_nothing_of_the_debt(subject: str) -> None:
    for text in (
        MessageText(EMAIL, "Olá.", subject=subject),
        MessageText(EMAIL, "Olá.", sender_name=subject),
        MessageText(VOICE, subject, is_voicemail=True),
    ):
        assert codes(text) & {"wording.disclosure", "wording.disclosure.detail"}


@pytest.mark.parametrize(
    ("body", "is_fine", "why"),
    [
        ("Oi Ana, a fatura 123 (R$ 149,90) venceu em 10/11.", True, "it must name the invoice"),
        ("Oi Ana, sua divida com a ACME", False, "a lock screen shows it"),
        ("ACME Cobranças: ligue para nós", False, "a lock screen shows it"),
        ("Debitos em aberto na ACME", False, "a lock screen shows it"),
        ("Ative o debito automatico da sua fatura", True, "a way to pay"),
    ],
)
def test_an_sms_names_the_invoice_and_never_the_debt(*, body: str, is_fine: bool, why: str) -> None:
    assert ("wording.disclosure" not in codes(MessageText(SMS, body))) is is_fine, why


def test_the_body_of_an_email_may_speak_of_a_debt() -> None:
    assert lint(MessageText(EMAIL, "Sua dívida de R$ 10,00 está vencida.")) == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "O não pagamento poderá levar a medidas judiciais.",
        "Pague sob pena de ação judicial.",
        "Seu nome será incluído no cadastro.",
        "O título será protestado.",
    ],
)
def test_legal_steps_are_pointed_out_and_refused_only_in_a_whatsapp_template(
    sentence: str,
) -> None:
    email = MessageText(EMAIL, sentence)
    assert not is_refused(lint(email))
    assert codes(email, Severity.WARNING) == {"wording.legal_step"}
    template = MessageText(WHATSAPP, "Fatura: " + sentence + OPT_OUT_AND_HELP, category=UTILITY)
    assert codes(template) == {"wording.whatsapp.legal_step"}


FINE = "Olá, {{1}}. A fatura {{2}}, de {{3}}, venceu em {{4}} e segue em aberto." + OPT_OUT_AND_HELP


@pytest.mark.parametrize(
    ("body", "category", "expected", "why"),
    [
        (FINE, UTILITY, None, "quotes the transaction, offers help and a way out"),
        (FINE, MARKETING, None, "the same"),
        (FINE + " Aproveite 10% de desconto!", UTILITY, "marketing", "an offer"),
        (FINE + " Use o cupom da casa.", UTILITY, "marketing", "an offer"),
        (FINE + " Promoções imperdíveis.", UTILITY, "marketing", "an offer"),
        (FINE + " Aproveite 10% de desconto.", MARKETING, None, "an offer is what it is for"),
        ("A fatura {{1}} venceu. Dúvidas? Fale com a gente.", UTILITY, "opt_out", "no way out"),
        ("A fatura {{1}} venceu. Para parar, responda SAIR.", UTILITY, "help", "nobody to ask"),
        ("{{1}}, sua fatura venceu." + OPT_OUT_AND_HELP, UTILITY, "variables", "starts with one"),
        (OPT_OUT_AND_HELP + " Fatura {{1}}", UTILITY, "variables", "ends with one"),
        ("Fatura {{1}} {{2}} venceu." + OPT_OUT_AND_HELP, UTILITY, "variables", "side by side"),
        (
            "Oi: {{a}}, {{b}}, {{c}}, {{d}}, {{e}}. Fatura. Ajuda? SAIR.",
            UTILITY,
            "variables",
            "few",
        ),
        ("Olá, temos algo para você: {{1}}." + OPT_OUT_AND_HELP, UTILITY, "purpose", "hidden"),
        ("Há uma atualização importante." + OPT_OUT_AND_HELP, UTILITY, "purpose", "vague"),
    ],
)
def test_a_whatsapp_template_passes_metas_review(
    body: str, category: TemplateCategory, expected: str | None, why: str
) -> None:
    found = codes(MessageText(WHATSAPP, body, category=category))
    assert found == ({f"wording.whatsapp.{expected}"} if expected else set()), why


def test_a_button_may_offer_the_help_and_the_way_out() -> None:
    text = MessageText(
        WHATSAPP,
        "A fatura {{1}} venceu.",
        buttons=("Falar com atendimento", "Parar mensagens"),
        category=UTILITY,
    )
    assert lint(text) == ()


def test_the_name_of_a_variable_is_not_read() -> None:
    assert (
        lint(MessageText(WHATSAPP, FINE.replace("{{1}}", "{{desconto}}"), category=UTILITY)) == ()
    )


def test_a_free_reply_needs_neither_help_nor_a_way_out() -> None:
    assert lint(MessageText(WHATSAPP, "Recebemos, obrigado.")) == ()


def test_a_company_in_capitals_is_a_warning_at_most() -> None:
    body = "ESCOLA HORIZONTE AZUL EDUCACAO LTDA: sua fatura vence amanhã, veja como pagar."
    text = MessageText(EMAIL, body, sender_name="ESCOLA HORIZONTE AZUL EDUCACAO LTDA")
    assert codes(text) == set()
    assert codes(text, Severity.WARNING) == {"wording.shouting"}


def test_a_finding_says_where() -> None:
    body = "Prezada Ana — pague,\nou o   OFICIAL de JUSTIÇA virá. E avise o seu chefe."
    found = {f.rule.code: body[f.start : f.end] for f in lint(MessageText(EMAIL, body))}
    assert found == {"wording.misleading": "OFICIAL de JUSTIÇA", "wording.threat": "seu chefe"}


def test_a_finding_says_where_in_decomposed_text_as_well() -> None:
    body = unicodedata.normalize("NFD", "É só: não é crime? É crime, não.")
    (found, again) = lint(MessageText(EMAIL, body))
    assert unicodedata.normalize("NFC", body[found.start : found.end]) == "é crime"
    assert unicodedata.normalize("NFC", body[again.start : again.end]) == "É crime"


def test_the_longest_phrase_is_reported_once() -> None:
    (finding,) = lint(MessageText(EMAIL, "Há mandado de busca e apreensão."))
    assert finding.end - finding.start == len("mandado de busca e apreensão")


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.rule.code)
def test_every_listed_phrase_is_found(group: forbidden_words.WordGroup) -> None:
    """The table is alive: each reading of each line breaks its own rule."""
    readings = [r for line in group.phrases.splitlines() for r in choices(line) if r.strip()]
    assert readings
    for reading in readings:
        text = {
            Seen.ANYWHERE: MessageText(EMAIL, reading),
            Seen.EXPOSED: MessageText(SMS, reading),
            Seen.DISCREET: MessageText(EMAIL, "Olá.", subject=reading),
            Seen.WHATSAPP: MessageText(WHATSAPP, reading, category=MARKETING),
            Seen.UTILITY: MessageText(WHATSAPP, reading, category=UTILITY),
        }[group.seen]
        severity = Severity.ERROR if group.refuses else Severity.WARNING
        assert group.rule.code in codes(text, severity), reading


def test_rules_have_one_code_each_and_a_source() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert all(rule.source and rule.says.endswith(".") for rule in RULES)
    assert all(rule.code.startswith("wording.") for rule in RULES)


@pytest.mark.parametrize(
    ("build", "path"),
    [
        (lambda: MessageText(SMS, "x", is_voicemail=True), "is_voicemail"),
        (lambda: MessageText(SMS, "x", category=UTILITY), "category"),
        (lambda: MessageText(EMAIL, "x" * (MAX_CHARACTERS + 1)), "body"),
        (lambda: MessageText(EMAIL, "x", subject="x" * (MAX_CHARACTERS + 1)), "subject"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_path(build: Any, path: str) -> None:  # noqa: ANN401 - a function
    with pytest.raises(InvalidInput) as refused:
        build()
    assert [problem.path for problem in refused.value.problems] == [path]


@settings(max_examples=300)
@given(
    st.sampled_from(Channel),
    st.text(max_size=200),
    st.none() | st.text(max_size=60),
    st.lists(st.text(max_size=20), max_size=3).map(tuple),
)
def test_any_text_is_judged_and_every_finding_lies_inside_it(
    channel: Channel, body: str, subject: str | None, buttons: tuple[str, ...]
) -> None:
    text = MessageText(channel, body, subject=subject, buttons=buttons)
    parts = dict(text.parts())
    for finding in lint(text):
        assert 0 <= finding.start <= finding.end <= len(parts[finding.path])
        assert finding.rule in RULES


@settings(max_examples=200)
@given(st.sampled_from(REFUSED), st.sampled_from(COURTEOUS), st.sampled_from(COURTEOUS))
def test_courtesy_around_it_hides_nothing(
    refused: tuple[str, str], before: str, after: str
) -> None:
    sentence, code = refused
    if code != "wording.shouting":
        assert code in codes(MessageText(EMAIL, f"{before}\n{sentence} {after}"))


@pytest.mark.parametrize(
    "hostile",
    [
        "última " * 40_000,
        "mandado de busca e " * 20_000,
        "{{" * 150_000,
        "{{1}} " * 60_000,
        "!" * 300_000,
        "R$" + " " * 300_000,
        "\u200b" * 300_000,
        "\u0301" * 300_000,
        "A " * 150_000,
        "AB " * 100_000,
        "A" * 300_000 + "a",
        "A" * 300_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_texts_take_linear_time(hostile: str) -> None:
    """A quadratic step would outlast the suite's time limit at this size."""
    lint(MessageText(WHATSAPP, hostile, category=UTILITY))
    lint(MessageText(EMAIL, "", subject=hostile))


# ── phrases ─────────────────────────────────────────────────────────────────────────────────────


awkward = st.text("aÇéß ﬁ½º-\u0301\u0327\u1dc0\u200b\u00ad\u00a0.Σ", max_size=40)


@settings(max_examples=300)
@given(st.text(max_size=80) | awkward)
def test_every_word_has_its_place_inside_the_text(text: str) -> None:
    words, places = words_of(text), places_of(text)
    assert len(words) == len(places)
    for bounds in ([start for start, _ in places], [end for _, end in places]):
        assert bounds == sorted(bounds)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(word.isascii() and word.isalnum() for word in words)


@given(st.text("abcÁçÃ 1.-é", max_size=60))
def test_decomposed_letters_are_the_same_words(text: str) -> None:
    assert words_of(unicodedata.normalize("NFD", text)) == words_of(text)


@given(st.lists(st.sampled_from("ab"), max_size=8), st.lists(st.sampled_from("ab"), max_size=3))
def test_containing_a_phrase_is_having_it_somewhere(words: list[str], phrase: list[str]) -> None:
    length = len(phrase)
    slices = [words[i : i + length] for i in range(len(words) - length + 1)]
    assert contains(words, phrase) is (length > 0 and phrase in slices)


def test_a_harmless_phrase_hides_the_words_inside_it_and_nothing_else() -> None:
    book: PhraseBook[str] = PhraseBook(
        [("debt", "débito\ndébito alto")], harmless="débito em conta"
    )
    assert list(book.find(words_of("débito em conta, débito"))) == [("debt", 3, 4)]
    assert list(book.find(words_of("débito em"))) == [("debt", 0, 1)]
    assert list(book.find(words_of("o débito alto"))) == [("debt", 1, 3)]


def test_a_phrase_inside_another_of_its_tag_is_not_reported_again() -> None:
    book: PhraseBook[str] = PhraseBook([("x", "a b c\nb"), ("y", "b")])
    assert list(book.find(["a", "b", "c", "b"])) == [
        ("x", 0, 3),
        ("y", 1, 2),
        ("x", 3, 4),
        ("y", 3, 4),
    ]


def test_limits_are_stated_in_the_rules_as_the_code_has_them() -> None:
    assert str(wording.MAX_EXCLAMATIONS) in wording.SHOUTING.default
    assert str(wording.MIN_FIXED_WORDS_PER_VARIABLE) in wording.WHATSAPP_VARIABLES.default
