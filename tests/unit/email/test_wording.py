"""A linter for words: what a message must never say, whatever the template.

Source: CDC art. 42 (no ridicule, embarrassment or threat), art. 71 (no coercion, no misleading
statement); no detail of a debt where others may read it, such as a subject or a preview.
"""

import re
from itertools import product

import pytest

from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.application.message_content import RenderedEmail
from tests.unit.email.builders import DUE, TEMPLATES, any_content, any_line

NEVER_IN_A_SUBJECT = (
    r"d[ií]vida|cobran[çc]a|d[ée]bito|inadimpl|devedor|atras|vencid[ao]|multa|juros|negativa"
    r"|protest|serasa|spc|cr[ée]dito|cadastro|restri[çc]|R\$|\d+,\d\d|urgente|importante|!"
)
NEVER_ANYWHERE = (
    r"[úu]ltim[ao]s? (chance|aviso|oportunidade)|evite|consequ[êe]ncia|san[çc][ãa]o|imediat|urgente"
    r"|sob pena|medidas cab[íi]veis|judicia|jur[íi]dic|processo|penhora|bloque|pol[íi]cia|crime"
    r"|devedor|inadimplen|caloteir|mau pagador|nome sujo|sujar|vergonha|constrang|amea[çc]"
    r"|seu nome|serasa|spc\b|protesto|ser[áa] (registrad|inclu[íi]d|encaminhad|negativad)"
    r"|obrigad[ao] a pagar|exigimos|d[ée]bito|d[íi]vida|cobran[çc]a"
)
ONLY_BEFORE_LISTING = r"prote[çc][ãa]o ao cr[ée]dito|registro|art\. 43|negativa"
ONLY_WHEN_LATE = r"em atraso|acr[ée]scimo de|vencida"


def rendered() -> dict[str, RenderedEmail]:
    renderer = JinjaEmailRenderer()
    return {
        f"{name}-{count}": renderer.render(any_content(name, count))
        for name, count in product(TEMPLATES, (1, 3))
    }


def found(pattern: str, text: str) -> list[str]:
    return [match.group() for match in re.finditer(pattern, text, re.IGNORECASE)]


@pytest.mark.parametrize(("name", "email"), rendered().items())
def test_a_subject_is_discreet(name: str, email: RenderedEmail) -> None:
    assert found(NEVER_IN_A_SUBJECT, email.subject) == [], name
    assert len(email.subject) <= 90


@pytest.mark.parametrize(("name", "email"), rendered().items())
def test_no_message_threatens_shames_or_presses(name: str, email: RenderedEmail) -> None:
    assert found(NEVER_ANYWHERE, email.text + email.html) == [], name


@pytest.mark.parametrize(("name", "email"), rendered().items())
def test_listing_is_spoken_of_only_before_listing(name: str, email: RenderedEmail) -> None:
    spoken = bool(found(ONLY_BEFORE_LISTING, email.text))
    assert spoken == name.startswith("pre_negativacao")


@pytest.mark.parametrize("name", ["lembrete", "vencimento"])
def test_nothing_is_called_late_before_it_is(name: str) -> None:
    email = JinjaEmailRenderer().render(any_content(name))
    assert found(ONLY_WHEN_LATE, email.text) == []


def test_the_notice_before_listing_informs_of_a_possibility_and_of_the_bureaus_own_notice() -> None:
    text = JinjaEmailRenderer().render(any_content("pre_negativacao")).text
    assert "poderá ser encaminhada" in text
    assert "comunicação prévia" in text
    assert "art. 43, § 2º, do Código de Defesa do Consumidor" in text
    assert "Este e-mail não é essa comunicação" in text


def test_the_notice_before_listing_is_about_late_invoices_only() -> None:
    lines = (any_line(30), any_line(0, index=2, due_date=DUE.replace(year=2027)))
    text = JinjaEmailRenderer().render(any_content("pre_negativacao", lines=lines)).text
    assert "se a fatura vencida permanecer" in text


def test_leaving_the_list_is_said_not_to_settle_anything() -> None:
    for email in rendered().values():
        assert re.search(r"Isso não cancela nem quita as? faturas?:", email.text)
