"""A call: who hears what, whichever keys are pressed, and how it is read aloud."""

from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.errors import InvalidInput
from regua.domain.identification import StatedFacts, check_identification
from regua.domain.money import Money
from regua.domain.ruler import Channel
from regua.domain.voice_script import (
    AFTER_CONFIRMATION,
    KEY_TIMEOUT_SECONDS,
    MAX_MISSES,
    Call,
    CallFacts,
    CallResult,
    Node,
    VoiceScript,
    heard_text,
    message_for_anybody,
    minutes_of,
    shown_text,
    voice_script,
)
from regua.domain.wording import MessageText, is_refused, lint

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
DEBT_WORDS = (
    *("fatura", "dívida", "débito", "cobrança", "venc", "atras", "multa", "juros", "total"),
    *("pagamento", "pagar", "pagou", "R$", "reais", "valor", "boleto", "pix", "acordo"),
)


def any_facts(**changes: Any) -> CallFacts:  # noqa: ANN401 - any field
    """Return two late invoices of R$ 1.234,56 together, with R$ 24,69 and R$ 12,34 on top."""
    values: dict[str, Any] = {
        "creditor_name": "Aurora Energia",
        "full_name": "Maria da Silva",
        "greeting_name": "Maria",
        "invoices": 2,
        "due_date": date(2026, 11, 10),
        "is_late": True,
        "original": Money(123_456),
        "late_fine": Money(2_469),
        "late_interest": Money(1_234),
        "total": Money(127_159),
        "valid_until": date(2026, 12, 1),
        "callback": "(11) 4000-1234",
    }
    return CallFacts(**{**values, **changes})


SCRIPT = voice_script(any_facts())
FACTS = [
    any_facts(),
    any_facts(invoices=1),
    any_facts(invoices=1, is_late=False),
    any_facts(callback=None),
    any_facts(late_fine=Money(0), late_interest=Money(0), total=Money(123_456)),
    any_facts(
        paid=Money(7_159), rebate=Money(10_000), discount=Money(10_000), total=Money(100_000)
    ),
]


def heard(keys: str, call: Call | None = None, script: VoiceScript = SCRIPT) -> list[Node]:
    """Play a call to its end; ``_`` is a timeout. Return every place whose words were heard."""
    call = call or Call.answered()
    places = [call.node]
    pressed = iter(keys)
    while not call.is_over:
        if script[call.node].is_question:
            key = next(pressed, "_")
            call = call.silence() if key == "_" else call.press(key)
        else:
            call = call.said()
        places.append(call.node)
    return places


def result(keys: str) -> CallResult:
    call = Call.answered()
    pressed = iter(keys)
    while not call.is_over:
        if SCRIPT[call.node].is_question:
            key = next(pressed, "_")
            call = call.silence() if key == "_" else call.press(key)
        else:
            call = call.said()
    return call.result


# ── the walk ────────────────────────────────────────────────────────────────────────────────────

WALKS = {
    "11": ("greeting right_party debt options data_comes goodbye", CallResult.WANTS_DATA),
    "12": ("greeting right_party debt options checks_payment goodbye", CallResult.SAYS_PAID),
    "19": ("greeting right_party debt options stopped goodbye", CallResult.STOPPED),
    "1": ("greeting right_party debt options options goodbye", CallResult.TOLD),
    "17_": ("greeting right_party debt options options goodbye", CallResult.TOLD),
    "1_1": ("greeting right_party debt options options data_comes goodbye", CallResult.WANTS_DATA),
    "2": ("greeting right_party wrong_party goodbye", CallResult.WRONG_PARTY),
    "9": ("greeting right_party stopped goodbye", CallResult.STOPPED),
    "": ("greeting right_party right_party goodbye", CallResult.UNCONFIRMED),
    "7#": ("greeting right_party right_party goodbye", CallResult.UNCONFIRMED),
    "_12": (
        "greeting right_party right_party debt options checks_payment goodbye",
        CallResult.SAYS_PAID,
    ),
}


@pytest.mark.parametrize("keys", WALKS)
def test_the_keys_lead_where_they_are_said_to_lead(keys: str) -> None:
    places, came_of_it = WALKS[keys]
    assert " ".join(heard(keys)) == places
    assert result(keys) is came_of_it


def test_a_machine_hears_one_message_and_the_call_is_over() -> None:
    assert heard("1", Call.by_machine()) == [Node.VOICEMAIL]
    assert Call.by_machine().press("1") == Call.by_machine()
    assert Call.by_machine().result is CallResult.VOICEMAIL


def test_nobody_hears_nothing_when_nobody_answers() -> None:
    assert heard("1", Call.unanswered()) == [Node.NO_ANSWER]
    assert SCRIPT[Node.NO_ANSWER].ssml == ""
    assert Call.unanswered().result is CallResult.NO_ANSWER


@given(st.text(alphabet="0123456789*#_", max_size=12))
def test_nothing_of_the_debt_is_heard_unless_the_first_key_that_counts_is_one(keys: str) -> None:
    counting = [key for key in keys[:MAX_MISSES] if key in "129"]
    is_confirmed = counting[:1] == ["1"]
    assert (not AFTER_CONFIRMATION.isdisjoint(heard(keys))) == is_confirmed


@given(st.text(alphabet="0123456789*#_", max_size=40))
def test_every_call_ends_and_takes_leave(keys: str) -> None:
    places = heard(keys)
    assert places[-1] is Node.GOODBYE
    assert len(places) <= 4 + 2 * MAX_MISSES


@given(st.lists(st.sampled_from(["said", "silence", *"0129#"]), max_size=30))
def test_no_order_of_happenings_reaches_the_debt_without_a_one(happenings: list[str]) -> None:
    call = Call.answered()
    for happening in happenings:
        if happening == "said":
            call = call.said()
        elif happening == "silence":
            call = call.silence()
        else:
            call = call.press(happening)
        if "1" not in happenings:
            assert call.node not in AFTER_CONFIRMATION


def test_the_script_shows_a_provider_the_same_ways_as_the_call_takes() -> None:
    for node in Node:
        prompt, call = SCRIPT[node], Call(node, CallResult.UNCONFIRMED)
        assert prompt.node is node
        assert prompt.is_question == (prompt.timeout_seconds == KEY_TIMEOUT_SECONDS)
        for key, leads_to in prompt.keys.items():
            assert call.press(key).node is leads_to
        if prompt.then is None:
            assert call.is_over
        elif not prompt.is_question:
            assert call.said().node is prompt.then


# ── words ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("facts", FACTS)
@pytest.mark.parametrize("node", [n for n in Node if n not in AFTER_CONFIRMATION])
def test_no_word_of_a_debt_stands_before_the_confirmation(node: Node, facts: CallFacts) -> None:
    ssml = voice_script(facts)[node].ssml
    for text in (shown_text(ssml), heard_text(ssml)):
        assert lint(MessageText(Channel.VOICE, text, is_voicemail=True)) == ()
        assert [word for word in DEBT_WORDS if word.lower() in text.lower()] == []


@pytest.mark.parametrize("facts", FACTS)
def test_the_whole_call_is_courteous(facts: CallFacts) -> None:
    for prompt in voice_script(facts).prompts.values():
        assert not is_refused(lint(MessageText(Channel.VOICE, shown_text(prompt.ssml))))


@pytest.mark.parametrize("facts", FACTS)
def test_the_debt_is_told_with_what_the_law_asks_of_a_call(facts: CallFacts) -> None:
    text = shown_text(voice_script(facts)[Node.DEBT].ssml)
    stated = StatedFacts(
        name=facts.creditor_name,
        document="11222333000181",
        address_line="Rua das Laranjeiras, 100",
        original=facts.original,
        late_fine=facts.late_fine,
        late_interest=facts.late_interest,
        total=facts.total,
        valid_until=facts.valid_until,
        rebate=facts.rebate,
        discount=facts.discount,
        paid=facts.paid,
    )
    assert check_identification(Channel.VOICE, text, stated) == ()


def test_the_debt_is_heard_in_words() -> None:
    assert heard_text(SCRIPT[Node.DEBT].ssml) == (
        "Agradecemos a confirmação. Você tem duas faturas da empresa Aurora Energia. A mais antiga"
        " venceu em dez de novembro de dois mil e vinte e seis. O valor original é de mil duzentos"
        " e trinta e quatro reais e cinquenta e seis centavos; a multa, de vinte e quatro reais e"
        " sessenta e nove centavos; os juros, de doze reais e trinta e quatro centavos. O total é"
        " de mil duzentos e setenta e um reais e cinquenta e nove centavos, valor válido até"
        " primeiro de dezembro de dois mil e vinte e seis. Se o pagamento já foi feito, por favor"
        " desconsidere."
    )


@pytest.mark.parametrize("facts", FACTS)
def test_no_figure_is_left_to_the_voice(facts: CallFacts) -> None:
    for prompt in voice_script(facts).prompts.values():
        assert not any(character.isdigit() for character in heard_text(prompt.ssml))


def test_the_right_party_is_asked_for_by_the_whole_name_and_a_voicemail_hears_the_first() -> None:
    assert "Se você é Maria da Silva, pressione 1" in shown_text(SCRIPT[Node.RIGHT_PARTY].ssml)
    assert "Silva" not in shown_text(SCRIPT[Node.VOICEMAIL].ssml)
    assert "para Maria." in shown_text(SCRIPT[Node.VOICEMAIL].ssml)


def test_every_option_that_is_said_is_a_key_and_the_other_way_round() -> None:
    for prompt in SCRIPT.prompts.values():
        said = [f"pressione {key}." in shown_text(prompt.ssml) for key in "0123456789"]
        assert [str(n) for n in range(10) if said[n]] == sorted(prompt.keys)


def test_a_company_whose_name_gives_the_debt_away_is_refused() -> None:
    facts = any_facts(creditor_name="Aurora Cobranças")
    for write in (voice_script, message_for_anybody):
        with pytest.raises(InvalidInput, match="voicemail"):
            write(facts)


# ── SSML ────────────────────────────────────────────────────────────────────────────────────────

names = st.text(min_size=1, max_size=40).filter(lambda s: any(c.isalnum() for c in s))


@given(names, names)
def test_any_name_makes_xml_that_says_the_name_and_nothing_else(creditor: str, name: str) -> None:
    facts = any_facts(creditor_name=creditor, full_name=name, greeting_name=name)
    try:
        script = voice_script(facts)
    except InvalidInput:  # it spells a word that a voicemail may not keep
        return
    for node, prompt in script.prompts.items():
        if node is not Node.NO_ANSWER:
            root = ET.fromstring(prompt.ssml)  # noqa: S314 - made here
            assert root.tag == "speak"
            assert root.attrib == {XML_LANG: "pt-BR"}
            assert {child.tag for child in root} <= {"sub"}
            assert " ".join("".join(root.itertext()).split()) == shown_text(prompt.ssml)


def test_markup_in_a_name_is_read_as_text() -> None:
    ssml = (
        voice_script(any_facts(full_name='<break time="9s"/>Ana & Cia'))
        .prompts[Node.RIGHT_PARTY]
        .ssml
    )
    assert "<break" not in ssml
    assert '<break time="9s"/>Ana & Cia' in shown_text(ssml)


def test_a_call_is_billed_by_the_minute_begun() -> None:
    assert minutes_of(message_for_anybody(any_facts())) == 1
    assert minutes_of(f"<speak>{'um ' * 131}</speak>") == 2
    assert minutes_of(f"<speak>{'um ' * 130}</speak>") == 1


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"creditor_name": " - "}, "creditor_name"),
        ({"full_name": ""}, "full_name"),
        ({"greeting_name": "…"}, "greeting_name"),
        ({"invoices": 0}, "invoices"),
        ({"total": Money(127_160)}, "total"),
        ({"late_fine": Money(-1), "total": Money(124_689)}, "total"),
    ],
)
def test_facts_that_cannot_be_said_are_refused(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        replace(any_facts(), **changes)
    assert [problem.path for problem in caught.value.problems] == [path]
