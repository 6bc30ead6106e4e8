"""What customers mean: phrases as they write them, and what holds for any text."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.reply_intents import (
    MAX_CHARACTERS,
    PRIORITY,
    Confidence,
    Intent,
    Reading,
    intent_of_button,
    read_reply,
)

PHRASES: dict[Intent, tuple[str, ...]] = {
    Intent.STOP: (
        "PARAR",
        "parar",
        "Sair",
        "SAIR",
        "sair.",
        "  sair  ",
        "Sair!!!",
        "cancelar",
        "CANCELAR, por favor",
        "quero cancelar",
        "descadastrar",
        "Descadastre-me",
        "quero me descadastrar",
        "descadatrar",
        "pare",
        "PARE!",
        "pare de mandar mensagem",
        "Parem de me mandar mensagens!",
        "para de me ligar",
        "não me mande mais mensagens",
        "nao me mande mais msg",
        "n me mande mais nada",
        "Não quero mais receber SMS",
        "nao quero receber mais nada de voces",
        "Não me liguem mais",
        "me tira dessa lista",
        "me tirem daqui",
        "remova meu número",
        "Remova o meu contato da lista",
        "retire meu numero do cadastro",
        "quero sair da lista",
        "stop",
        "STOP",
        "unsubscribe",
        "paraaaar",
        "PARAR 🙏",
        "🛑 parar 🛑",
        "sair sair sair",
        "me deixa em paz",
        "me deixem em paz!!",
        "chega de mensagem",
        "cancela o envio",
        "Gostaria de parar",
        "quero parar de receber",
        "deixar de receber",
        "já paguei, parem de mandar mensagem",
        "não sou eu, pare de mandar mensagem",
        "não autorizo contato",
        "vou denunciar vocês",
        "nao quero mais",
        "\uff50\uff41\uff52\uff41\uff52",
        "não não me mande mais",
        "nunca mais me ligue",
        "pare com as mensagens",
        "Prezados, solicito que parem de enviar mensagens para este número.",
        "parar sms",
        "parar mensagens",
        "parar msg",
        "parar com mensagens",
        "oi, parar com os sms",
        "PARAR 123",
        "sair lista",
        "SAIR 4521",
        "pare agora mesmo",
        "não enviar mais",
        "NAO ENVIAR MAIS SMS",
        "nao mandar mais mensagem",
        "nao enviar",
        "nao ligar mais",
        "n mandar mais msg",
        "nao mim mande mais mensagem",
        "nao me cobrem mais",
        "não me cobre mais",
        "remover meu numero",
        "excluir meu número",
        "apaga meu numero",
        "tirar meu nome",
        "bloquear",
        "me bloqueia",
        "me bloqueiem por favor",
        "vou bloquear",
        "vou te bloquear",
        "me tira disso",
        "me tirem desta lista",
        "não autorizo",
        "não autorizo isso",
        "revogo meu consentimento",
        "revogo o meu consentimento",
        "apague meus dados",
        "quero excluir os meus dados",
        "P A R A R",
        "p.a.r.a.r",
        "S-A-I-R",
        "S A I R por favor",
    ),
    Intent.NOT_ME: (
        "não sou eu",
        "Nao sou eu nao",
        "NÃO SOU EU!",
        "n sou eu",
        "número errado",
        "Numero errado",
        "numero ta errado",
        "foi engano",
        "é engano",
        "engano",
        "Por engano vocês me mandaram isso",
        "não conheço essa pessoa",
        "nao conheço nenhuma Maria",
        "não conheço",
        "não sou a titular",
        "não sou o responsável",
        "esse número não é mais dela",
        "Esse telefone agora é meu, troquei de chip? não, o numero mudou de dono",
        "erraram de número",
        "pessoa errada",
        "Não me chamo Maria",
        "meu nome não é Maria",
        "ela não mora mais aqui",
        "não tem ninguém com esse nome",
        "desconheço essa pessoa",
        "numero erado",
        "número errrado?? talvez",
        "Sou a mãe dele, ele não mora mais aqui",
        "não sou o João",
        "não sou a Maria",
        "nao sou o Wellington",
        "não sou João",
        "não é o João",
        "aqui nao é a Maria",
        "nao e o seu Antonio",
        "esse numero nao e da Maria",
        "este número não é do Wellington",
        "o numero nao é mais da Maria",
        "faleceu",
        "ele faleceu",
        "Minha mãe faleceu em maio",
        "ele morreu",
        "meu marido já morreu",
        "a titular veio a óbito",
        "o Carlos morreu",
    ),
    Intent.PAID: (
        "paguei",
        "Já paguei",
        "ja paguei ontem",
        "JÁ PAGUEI!!!",
        "ja pagei",
        "pagueii",
        "já foi pago",
        "ta pago",
        "está pago",
        "tá paga já",
        "pago",
        "Pago ✅",
        "pago ontem",
        "paguei o boleto hoje de manhã",
        "paguei via pix",
        "segue comprovante",
        "Segue o comprovante do pix",
        "comprovante",
        "em anexo comprovante de pagamento",
        "fiz o pix",
        "efetuei o pagamento ontem",
        "pagamento realizado",
        "acabei de pagar",
        "já quitei",
        "fatura paga",
        "não, já paguei",
        "Oi, bom dia. Já paguei essa conta semana passada",
        "eu ja fiz o pagamento",
        "n entendi, paguei dia 5",
        "comprovantte",
        "já foi pago?",
        "fatura paga?",
        "paguei não",
        "paguei ainda não",
        "pago?",
        "já paguei, não?",
    ),
    Intent.NEGOTIATE: (
        "quero negociar",
        "Negociar",
        "gostaria de negociar minha dívida",
        "negosiar",
        "renegociar",
        "dá pra parcelar?",
        "quero parcelar o boleto",
        "parcelamento",
        "tem como parcelar em 3x",
        "pagar em 2x",
        "quero um acordo",
        "acordo",
        "fazer um acordo",
        "tem desconto?",
        "qual o desconto no pix?",
        "desconto",
        "preciso de mais prazo",
        "não consigo pagar tudo agora",
        "nao tenho condições de pagar",
        "pode tirar os juros?",
        "mudar a data de vencimento",
        "minha proposta é 100 reais",
        "não tenho dinheiro para pagar",
    ),
    Intent.HUMAN: (
        "atendente",
        "ATENDENTE",
        "atendennte",
        "quero falar com um atendente",
        "falar com uma pessoa",
        "falar com alguém",
        "falar com humano",
        "preciso de ajuda",
        "podem me ligar?",
        "me liguem",
        "quero falar com voces",
        "humano",
        "qual o telefone para contato?",
        "falar com atendente sobre o boleto",
        "quero falar com o gerente",
    ),
    Intent.SECOND_COPY: (
        "segunda via",
        "2ª via",
        "2a via do boleto",
        "2 via",
        "segunda via por favor",
        "me manda o boleto",
        "boleto",
        "boletto",
        "manda o pix",
        "pix",
        "qual o código de barras?",
        "codigo",
        "codigo pix",
        "copia e cola",
        "Não recebi o boleto",
        "nao recebi a fatura",
        "preciso da fatura",
        "não tenho o boleto",
        "perdi o boleto",
        "o link expirou",
        "linha digitável",
        "como faço para pagar?",
        "onde eu pago?",
        "quero pagar",
        "envie os dados de pagamento",
        "ainda não paguei, manda o boleto",
        "NÃO QUERO PARAR, só a 2ª via",
        "2via",
        "quero pagar, para quando?",
    ),
    Intent.OTHER: (
        "não, obrigado",
        "não paguei",
        "ainda não paguei",
        "Não paguei ainda",
        "não foi pago",
        "não quero parar",
        "não quero parar de receber",
        "nao vou cancelar",
        "não pare de enviar",
        "não quero negociar",
        "não quero boleto",
        "não é engano",
        "vou sair agora, depois vejo",
        "pago amanhã",
        "vou pagar amanhã",
        "pago dia 10",
        "pagarei sexta",
        "peguei covid",
        "ok",
        "Ok, obrigado",
        "bom dia",
        "👍",
        "",
        "???",
        "quem é?",
        "quem é você",
        "quero cancelar meu contrato",
        "posso parar de pagar?",
        "de acordo",
        "estou de acordo com isso",
        "vou mandar para minha esposa",
        "obrigado pela mensagem",
        "não",
        "sim",
        "a parcela é alta",
        "recebi a mensagem",
        "isso vai para a minha mãe",
        "nunca paguei isso e não devo nada",
        "hoje eu não paguei",
        "Segundo o banco, está tudo certo",
        "não quero falar com atendente",
        "nem paguei",
        "não preciso de desconto",
        "não tenho dinheiro para isso",
        "eu pago já já",
        "num paguei",
        "olha para as mensagens",
        "não quero falar sobre isso",
        "o atraso foi por causa do banco",
        "Amanhã resolvo",
        "Vocês são golpistas?",
        "parar de pagar multa?",
        "parar de pagar",
        "parar de trabalhar",
        "posso sair da dívida?",
        "quero sair da dívida",
        "sair do vermelho",
        "sair amanhã",
        "sair não",
        "pare não",
        "para quando",
        "para a Maria",
        "não sou o único",
        "não sou a favor disso",
        "não é o valor certo",
        "não é a fatura certa",
        "meu celular morreu",
        "correu tudo bem",
        "quero tirar meu nome do Serasa",
        "o salário não cobre a conta",
        "esse numero nao e do contrato",
        "não autorizei essa compra",
        "e o a",
        "q e o",
        "não enviar boleto por e-mail",
        "não me cobrem juros",
    ),
}
CASES = [(intent, text) for intent, texts in PHRASES.items() for text in texts]
SURE = [
    (intent, text)
    for intent, text in CASES
    if intent is not Intent.OTHER and read_reply(text).confidence is not Confidence.DOUBTFUL
]


@pytest.mark.parametrize(("intent", "text"), CASES, ids=[repr(text) for _, text in CASES])
def test_a_phrase_is_read_as_a_person_reads_it(intent: Intent, text: str) -> None:
    assert read_reply(text).intent is intent


def test_the_table_is_as_large_as_it_should_be() -> None:
    assert len(CASES) >= 200
    assert min(len(texts) for texts in PHRASES.values()) >= 14


# ── how it was written does not matter ──────────────────────────────────────────────────────────


@given(st.sampled_from(SURE), st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_capitals_do_not_matter(case: tuple[Intent, str], change: Callable[[str], str]) -> None:
    intent, text = case
    assert read_reply(change(text)).intent is intent


@given(st.sampled_from(SURE))
def test_accents_do_not_matter(case: tuple[Intent, str]) -> None:
    intent, text = case
    plain = text.translate(str.maketrans("áâãàéêíóôõúçÁÂÃÀÉÊÍÓÔÕÚÇ", "aaaaeeioooucAAAAEEIOOOUC"))
    assert read_reply(plain) == read_reply(text)
    assert read_reply(plain).intent is intent


@given(
    st.sampled_from(SURE),
    st.sampled_from(["", "🙏", "!!! ", "... ", " 😡😡", "\n", "\u200b", "\ufe0f ", "?!"]),
    st.sampled_from(
        ["", "🙏", "!!!", "...", " 😡😡", "\n\n", "\u200b", " obrigado", ", por favor"]
    ),
)
def test_what_stands_around_a_phrase_does_not_matter(
    case: tuple[Intent, str], before: str, after: str
) -> None:
    intent, text = case
    assert read_reply(f"{before}{text}{after}").intent is intent


LONG_WORDS = (
    *("descadastrar", "cancelar", "comprovante", "parcelar", "negociar", "desconto"),
    *("atendente", "boleto", "engano", "paguei"),
)


@given(st.sampled_from(LONG_WORDS), st.data())
def test_one_wrong_letter_in_a_long_word_does_not_matter(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(word) - 2))
    wrong = data.draw(
        st.sampled_from(
            [
                word[:place] + word[place + 1 :],
                word[:place] + word[place] + word[place:],
                word[:place] + "x" + word[place + 1 :],
                word[:place] + word[place + 1] + word[place] + word[place + 2 :],
            ]
        )
    )
    reading = read_reply(wrong)
    assert reading.intent is read_reply(word).intent
    if wrong != word:
        assert reading.confidence is Confidence.DOUBTFUL


@pytest.mark.parametrize("text", ["pague", "parcela", "segundo", "peguei", "acordei", "pessoal"])
def test_a_word_that_is_itself_is_not_taken_for_another(text: str) -> None:
    assert read_reply(f"{text} amanhã").intent is Intent.OTHER


# ── what is not meant ───────────────────────────────────────────────────────────────────────────

WISHES = (
    "{} paguei",
    "{} quero parar de receber",
    "{} quero negociar",
    "{} quero um acordo",
    "{} preciso de desconto",
    "{} quero o boleto",
    "{} quero falar com um atendente",
    "{} foi engano",
)


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("negation", ["não", "nao", "NÃO", "n", "nunca", "eu não", "ainda não"])
def test_a_negated_wish_is_none(wish: str, negation: str) -> None:
    assert read_reply(wish.format("eu")).intent is not Intent.OTHER
    assert read_reply(wish.format(negation)).intent is Intent.OTHER


@pytest.mark.parametrize("wish", WISHES)
def test_a_comma_ends_what_a_negation_reaches(wish: str) -> None:
    assert read_reply(wish.format("não, eu")).intent is read_reply(wish.format("eu")).intent


# ── several things at once ──────────────────────────────────────────────────────────────────────

ONE_EACH = {
    Intent.STOP: "parem de mandar mensagem",
    Intent.NOT_ME: "não sou eu",
    Intent.PAID: "já paguei",
    Intent.NEGOTIATE: "quero um acordo",
    Intent.HUMAN: "quero falar com um atendente",
    Intent.SECOND_COPY: "manda a segunda via",
}


@given(st.lists(st.sampled_from(list(ONE_EACH)), min_size=1, unique=True))
def test_the_first_by_priority_is_the_intent_and_the_others_are_named(
    intents: list[Intent],
) -> None:
    reading = read_reply(". ".join(ONE_EACH[intent] for intent in intents))
    ordered = sorted(intents, key=PRIORITY.index)
    assert (reading.intent, *reading.also) == tuple(ordered)
    assert (reading.confidence is Confidence.DOUBTFUL) == (len(intents) > 1)


def test_a_request_to_stop_comes_first_and_a_word_for_the_subject_last() -> None:
    assert PRIORITY[:3] == (Intent.STOP, Intent.NOT_ME, Intent.PAID)
    assert PRIORITY[-2:] == (Intent.SECOND_COPY, Intent.OTHER)


# ── evidence ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "confidence", "words"),
    [
        ("SAIR", Confidence.EXACT, ("sair",)),
        ("sair, por favor 🙏", Confidence.EXACT, ("sair",)),
        ("Paguei o boleto", Confidence.CLEAR, ("paguei",)),
        ("ontem à noite eu paguei", Confidence.CLEAR, ("eu paguei",)),
        ("pagei", Confidence.DOUBTFUL, ("paguei",)),
        ("não me mande mais nada! sair!", Confidence.EXACT, ("nao me mande", "sair")),
        ("ok", Confidence.CLEAR, ()),
        ("parar de mandar mensagem " + "e tal " * 20, Confidence.DOUBTFUL, ("parar de mandar",)),
    ],
)
def test_a_reading_says_how_sure_it_is_and_by_which_words(
    text: str, confidence: Confidence, words: tuple[str, ...]
) -> None:
    reading = read_reply(text)
    assert (reading.confidence, reading.words) == (confidence, words)


@pytest.mark.parametrize(
    ("text", "intent", "confidence"),
    [
        ("já foi pago?", Intent.PAID, Confidence.DOUBTFUL),
        ("fatura paga?", Intent.PAID, Confidence.DOUBTFUL),
        ("pago?", Intent.PAID, Confidence.DOUBTFUL),
        ("já foi pago!?", Intent.PAID, Confidence.DOUBTFUL),
        ("já paguei, não?", Intent.PAID, Confidence.DOUBTFUL),
        ("queria saber se já foi pago", Intent.PAID, Confidence.DOUBTFUL),
        ("será que foi pago", Intent.PAID, Confidence.DOUBTFUL),
        ("paguei não", Intent.PAID, Confidence.DOUBTFUL),
        ("paguei não, obrigado", Intent.PAID, Confidence.DOUBTFUL),
        ("paguei o boleto não", Intent.PAID, Confidence.DOUBTFUL),
        ("paguei nada", Intent.PAID, Confidence.DOUBTFUL),
        ("já foi pago", Intent.PAID, Confidence.EXACT),
        ("não, já paguei", Intent.PAID, Confidence.EXACT),
        ("já paguei. Receberam?", Intent.PAID, Confidence.EXACT),
        ("foi pago? paguei ontem", Intent.PAID, Confidence.CLEAR),
        ("parar?", Intent.STOP, Confidence.EXACT),
        ("ele faleceu", Intent.NOT_ME, Confidence.DOUBTFUL),
        ("meu pai morreu", Intent.NOT_ME, Confidence.DOUBTFUL),
        ("não sou o Wellington", Intent.NOT_ME, Confidence.DOUBTFUL),
        ("não sou o João", Intent.NOT_ME, Confidence.EXACT),
        ("apague meus dados", Intent.STOP, Confidence.DOUBTFUL),
        ("apague meu número", Intent.STOP, Confidence.EXACT),
        ("PARAR 123", Intent.STOP, Confidence.CLEAR),
    ],
)
def test_what_is_asked_taken_back_or_grave_is_left_for_a_person_as_well(
    text: str, intent: Intent, confidence: Confidence
) -> None:
    reading = read_reply(text)
    assert (reading.intent, reading.confidence) == (intent, confidence)


# ── buttons ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("payload", "intent"),
    [
        ("stop:aurora:" + "d" * 32, Intent.STOP),
        ("paid:aurora:" + "d" * 32, Intent.PAID),
        ("agent:aurora:" + "d" * 32, Intent.HUMAN),
        ("NEGOCIAR:01J9ZK3", Intent.NEGOTIATE),
        ("Já paguei", Intent.PAID),
        ("SEGUNDA_VIA", Intent.SECOND_COPY),
        ("não-sou-eu", Intent.NOT_ME),
        ("promo:verao", None),
        ("", None),
        (None, None),
    ],
)
def test_a_button_says_what_it_is_for(payload: str | None, intent: Intent | None) -> None:
    assert intent_of_button(payload) is intent


def test_a_button_counts_more_than_its_title_and_an_unknown_one_less() -> None:
    assert read_reply("Quero negociar", "stop:aurora:1") == Reading(
        Intent.STOP, Confidence.EXACT, ("stop",)
    )
    assert read_reply("Quero negociar", "promo:1").intent is Intent.NEGOTIATE


# ── any text ────────────────────────────────────────────────────────────────────────────────────


@given(st.text(max_size=300))
def test_any_text_is_read_once_and_for_all(text: str) -> None:
    reading = read_reply(text)
    assert reading == read_reply(text)
    assert reading.intent not in reading.also
    assert bool(reading.words) == (reading.intent is not Intent.OTHER)


@given(st.text(alphabet="bcdfghjkw ", max_size=200))
def test_letters_without_sense_ask_for_nothing(text: str) -> None:
    assert read_reply(text).intent is Intent.OTHER


def test_what_no_message_can_hold_is_not_read() -> None:
    filler = "bla. " * (MAX_CHARACTERS // 5)
    assert read_reply(f"{filler[:-5]}sair").intent is Intent.STOP
    assert read_reply(f"{filler}sair").intent is Intent.OTHER
