"""The catalogue: complete in both languages, and a creditor's words only where they may stand."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.page_texts import (
    CATALOGUES,
    EN,
    PT,
    REPLACEABLE,
    Language,
    Texts,
)
from regua.domain.placeholders import names_in
from regua.domain.ruler import Channel
from regua.domain.wording import MessageText, is_refused, lint


def test_both_languages_say_the_same_things() -> None:
    assert PT.keys() == EN.keys()
    assert {k: names_in(PT[k]) for k in PT} == {k: names_in(EN[k]) for k in EN}
    same = {k for k in PT if PT[k] == EN[k]}
    assert same <= {
        "pay.pix",
        "pay.boleto",
        "method.pix",
        "method.boleto",
        "channel.email",
        "channel.whatsapp",
        "frame.email",
    }
    assert PT.keys() >= REPLACEABLE


@pytest.mark.parametrize("key", sorted(PT))
def test_a_text_is_one_tidy_line(key: str) -> None:
    for catalogue in CATALOGUES.values():
        text = catalogue[key]
        assert text == text.strip()
        assert "  " not in text
        assert text.isprintable()
        assert not re.search(r"[<>&]", text)
        assert re.sub(r"\{[a-z_]+\}", "", text).count("{") == 0


def test_a_plural_has_its_singular() -> None:
    many = {k.removesuffix(".many") for k in PT if k.endswith(".many")}
    assert many == {k.removesuffix(".one") for k in PT if k.endswith(".one")}
    assert Texts("en").count("status.late", 1) == "1 day late"
    assert Texts("pt").count("status.late", 2) == "2 dias em atraso"


@pytest.mark.parametrize("key", sorted(PT))
def test_our_words_keep_to_the_rules_for_messages(key: str) -> None:
    said = MessageText(Channel.EMAIL, PT[key])
    assert not is_refused(lint(said))


@pytest.mark.parametrize(
    "key", sorted(k for k in PT if k.startswith(("frame.", "land.", "by.", "none.")))
)
def test_what_anybody_with_the_link_reads_is_discreet(key: str) -> None:
    """As discreet as a subject, which a lock screen shows."""
    shown = MessageText(Channel.EMAIL, "", subject=PT[key])
    assert not is_refused(lint(shown))
    assert not re.search("fatura|cobran|d[íi]vida|pagar|pagamento|invoice|debt|owe|pay ", PT[key])


# A creditor's own words ---------------------------------------------------------------------------


def test_own_words_are_used_in_their_language_and_place_only() -> None:
    own = {"page.pt.show.lead": "Oi.", "page.pt.show.total": "Dívida", "page.en.land.why": "Hi."}
    texts = Texts("pt", own)
    assert texts("show.lead") == "Oi."
    assert texts("show.total") == PT["show.total"], "what is owed is said in our words"
    assert texts("land.why") == PT["land.why"]


def test_a_value_that_looks_like_a_placeholder_stays_one() -> None:
    said = Texts("pt")("land.lead", credor="{canal}", canal="por e-mail")
    assert said == "{canal} enviou uma mensagem a você por e-mail."


def test_an_unknown_placeholder_of_a_creditors_is_shown_as_it_is() -> None:
    own = {"page.pt.show.lead": "Olá {0} {nada} {credor.__class__} {{x}}"}
    assert Texts("pt", own)("show.lead") == "Olá {0} {nada} {credor.__class__} {{x}}"


@pytest.mark.parametrize("key", ["nada", "land.lead"])
def test_a_text_without_its_values_is_a_defect(key: str) -> None:
    with pytest.raises(KeyError):
        Texts("pt")(key)


@given(st.text(), st.text(), st.sampled_from(["pt", "en"]))
def test_whatever_is_written_comes_out_as_it_is(name: str, own: str, language: Language) -> None:
    texts = Texts(language, {f"page.{language}.show.hello": f"{own}{{cliente}}"})
    expected = f"{own}{{cliente}}".replace("{cliente}", name)
    assert texts("show.hello", cliente=name) == expected
