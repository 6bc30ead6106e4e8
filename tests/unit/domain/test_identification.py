"""Every message about a debt says who asks, for what, until when, and how to stop it."""

import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.adapters import pt_br
from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.application.message_content import MessageContent
from regua.domain import identification
from regua.domain.errors import InvalidInput
from regua.domain.identification import RULES, StatedFacts, check_identification
from regua.domain.late_charges import CONSUMER_TERMS
from regua.domain.money import Money
from regua.domain.payoff import quote_payoff
from regua.domain.ruler import Channel
from regua.domain.wording import MAX_CHARACTERS, Severity
from tests.unit.email.builders import LATE_TEMPLATES, TEMPLATES, any_content
from tests.unit.email.reading import read

EMAIL, SMS, WHATSAPP, VOICE = Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.VOICE
QUOTE = quote_payoff(
    Money(123_456), due_date=date(2026, 11, 3), on=date(2026, 11, 18), terms=CONSUMER_TERMS
)
FACTS = StatedFacts(
    name="Papelaria São João Ltda",
    document="11222333000181",
    address_line="Rua das Acácias, 120, São Paulo/SP, CEP 04000-000",
    original=QUOTE.amount,
    late_fine=QUOTE.late_fine,
    late_interest=QUOTE.late_interest,
    total=QUOTE.total,
    valid_until=QUOTE.valid_on,
    link="https://x.example.com.br/p/AbC123",
    opt_out="SAIR",
)
WRITTEN = """Olá, Ana. A fatura 123 venceu em 03/11/2026.
Valor original: R$ 1.234,56
Multa: R$ 24,69
Juros de mora: R$ 6,17
Total: R$ 1.265,42, válido até 18/11/2026
Papelaria São João Ltda, CNPJ 11.222.333/0001-81
Rua das Acácias, 120, São Paulo/SP, CEP 04000-000
Para não receber mais, responda SAIR."""
SHORT = (
    "Oi Ana, a fatura 123 (R$ 1.265,42) venceu em 03/11. Pague: https://x.example.com.br/p/AbC123 "
    "PAPELARIA SAO JOAO LTDA CNPJ 11222333000181 SAIR p/ parar"
)
SPOKEN = (
    "Aqui é da Papelaria São João Ltda. A fatura original era de R$ 1.234,56. Com R$ 24,69 de "
    "multa e R$ 6,17 de juros, o total é R$ 1.265,42, válido até 18 de novembro."
)
RIGHT = {EMAIL: WRITTEN, WHATSAPP: WRITTEN, SMS: SHORT, VOICE: SPOKEN}


def missing(channel: Channel, text: str, facts: StatedFacts = FACTS) -> set[str]:
    found = check_identification(channel, text, facts)
    return {f.rule.code.removeprefix("identification.") for f in found}


def facts_of(content: MessageContent) -> StatedFacts:
    return StatedFacts(
        name=content.sender.name,
        document=content.sender.document,
        address_line=content.sender.address_line,
        original=Money(content.original_centavos),
        late_fine=Money(content.late_fine_centavos),
        late_interest=Money(content.late_interest_centavos),
        total=Money(content.total_centavos),
        paid=Money(content.paid_centavos),
        valid_until=content.valid_until,
        opt_out=content.unsubscribe_url,
    )


@pytest.mark.parametrize(("name", "count"), list(product(TEMPLATES, (1, 3))))
def test_our_own_templates_state_everything(name: str, count: int) -> None:
    content = any_content(name, count)
    email = JinjaEmailRenderer().render(content)
    assert check_identification(EMAIL, email.text, facts_of(content)) == ()
    in_html = replace(facts_of(content), opt_out="Deixar de receber por e-mail")
    assert check_identification(EMAIL, read(email.html).text, in_html) == ()


@pytest.mark.parametrize("name", LATE_TEMPLATES)
def test_a_part_payment_is_part_of_the_breakdown(name: str) -> None:
    content = any_content(name, line={"paid_centavos": 50_000})
    email = JinjaEmailRenderer().render(content)
    assert check_identification(EMAIL, email.text, facts_of(content)) == ()
    forgotten = replace(facts_of(content), paid=Money(0))
    assert missing(EMAIL, email.text, forgotten) == {"adds_up"}


@pytest.mark.parametrize("channel", list(Channel))
def test_a_complete_message_passes(channel: Channel) -> None:
    assert check_identification(channel, RIGHT[channel], FACTS) == ()


@pytest.mark.parametrize(
    ("channel", "removed", "expected"),
    [
        (EMAIL, "Papelaria São João Ltda", {"name"}),
        (EMAIL, "11.222.333/0001-81", {"document"}),
        (EMAIL, "120, São Paulo/SP, CEP 04000-000", {"address"}),
        (EMAIL, "R$ 1.234,56", {"breakdown"}),
        (EMAIL, "R$ 24,69", {"breakdown"}),
        (EMAIL, "R$ 6,17", {"breakdown"}),
        (EMAIL, "R$ 1.265,42", {"breakdown"}),
        (EMAIL, "Multa:", {"breakdown"}),
        (EMAIL, "Juros de mora:", {"breakdown"}),
        (EMAIL, ", válido até 18/11/2026", {"valid_until"}),
        (EMAIL, "válido até", {"valid_until"}),
        (EMAIL, "SAIR", {"opt_out"}),
        (WHATSAPP, "SAIR", {"opt_out"}),
        (WHATSAPP, "Rua das Acácias, ", {"address"}),
        (SMS, "SAO JOAO", {"name"}),
        (SMS, "https://x.example.com.br/p/AbC123", {"link"}),
        (SMS, "SAIR", {"opt_out"}),
        (SMS, "(R$ 1.265,42) ", set()),
        (VOICE, "Papelaria São João Ltda", {"name"}),
        (VOICE, "R$ 24,69 de multa", {"breakdown"}),
        (VOICE, ", válido até 18 de novembro", {"valid_until"}),
    ],
)
def test_what_is_left_out_is_named(channel: Channel, removed: str, expected: set[str]) -> None:
    assert removed in RIGHT[channel]
    assert missing(channel, RIGHT[channel].replace(removed, "")) == expected


@pytest.mark.parametrize(
    ("printed", "is_there", "why"),
    [
        ("CNPJ 11.222.333/0001-81", True, "as printed"),
        ("CNPJ 11222333000181", True, "bare"),
        ("CNPJ 11 222 333/0001 81", True, "with spaces"),
        ("CNPJ:11.222.333/0001-81.", True, "with punctuation around it"),
        ("CNPJ 11.222.333/0001-82", False, "another one"),
        ("CNPJ 911222333000181", False, "inside a longer number"),
        ("CNPJ 112223330001819", False, "inside a longer number"),
        ("CNPJ 11.222.333/0001", False, "cut short"),
    ],
)
def test_a_document_is_read_with_or_without_its_punctuation(
    *, printed: str, is_there: bool, why: str
) -> None:
    text = WRITTEN.replace("CNPJ 11.222.333/0001-81", printed)
    assert ("document" not in missing(EMAIL, text)) is is_there, why


@pytest.mark.parametrize("document", ["529.982.247-25", "12ABC34501DE35"])
@pytest.mark.parametrize("write", [str, pt_br.tax_id, str.lower])
def test_a_cpf_and_an_alphanumeric_cnpj_are_read(document: str, write: Any) -> None:  # noqa: ANN401 - a function
    text = WRITTEN.replace("CNPJ 11.222.333/0001-81", write(document))
    assert missing(EMAIL, text, replace(FACTS, document=document)) == set()


@pytest.mark.parametrize(
    ("printed", "is_there", "why"),
    [
        ("R$ 1.265,42", True, "as printed"),
        ("R$1.265,42", True, "without a space"),
        ("R$\u00a01.265,42", True, "with a space that does not break"),
        ("R$ 1265,42", True, "without the dot"),
        ("R$ 11.265,42", False, "another amount"),
        ("R$ 1.265,421", False, "not an amount"),
        ("R$ 1.265,4", False, "cut short"),
        ("1.265,42", False, "no currency"),
        ("R$ 1,265.42", False, "written the American way"),
        ("R$ １.265,42", False, "not ASCII"),  # noqa: RUF001 - a full-width digit
    ],
)
def test_an_amount_is_read_as_brazilians_write_it(
    *, printed: str, is_there: bool, why: str
) -> None:
    text = WRITTEN.replace("R$ 1.265,42", printed)
    assert ("breakdown" not in missing(EMAIL, text)) is is_there, why


def test_equal_parts_are_printed_each() -> None:
    equal = replace(FACTS, late_fine=Money(617), total=Money(123_456 + 1234))
    once = WRITTEN.replace("R$ 24,69", "idem").replace("R$ 1.265,42", "R$ 1.246,90")
    assert missing(EMAIL, once, equal) == {"breakdown"}
    assert missing(EMAIL, once.replace("idem", "R$ 6,17"), equal) == set()


def test_a_payment_of_half_is_printed_beside_the_other_half() -> None:
    half = Money(63_271)
    facts = replace(FACTS, paid=half, total=half)
    once = WRITTEN.replace("R$ 1.265,42", "R$ 632,71")
    assert missing(EMAIL, once, facts) == {"breakdown"}
    assert missing(EMAIL, once + "\nJá pago: R$ 632,71", facts) == set()


def test_an_invoice_in_time_needs_its_amount_once() -> None:
    text = WRITTEN.replace("Multa: R$ 24,69\n", "").replace("Juros de mora: R$ 6,17\n", "")
    text = text.replace("Valor original: R$ 1.234,56\n", "").replace("1.265,42", "1.234,56")
    in_time = replace(FACTS, late_fine=Money(0), late_interest=Money(0), total=FACTS.original)
    assert missing(EMAIL, text, in_time) == set()


@pytest.mark.parametrize(
    ("changes", "is_sum"),
    [
        ({}, True),
        ({"total": Money(126_543)}, False),
        ({"costs": Money(1000), "total": Money(127_542)}, True),
        ({"rebate": Money(100), "discount": Money(200), "total": Money(126_242)}, True),
        ({"paid": Money(26_542), "total": Money(100_000)}, True),
        ({"paid": Money(26_542)}, False),
    ],
)
@pytest.mark.parametrize("channel", list(Channel))
def test_parts_that_do_not_make_the_total_are_refused(
    *, channel: Channel, changes: dict[str, Any], is_sum: bool
) -> None:
    found = missing(channel, RIGHT[channel], replace(FACTS, **changes))
    assert ("adds_up" not in found) is is_sum


@pytest.mark.parametrize(
    ("printed", "is_there", "why"),
    [
        ("válido até 18/11/2026", True, "in full"),
        ("valido ate 18/11", True, "the year is understood"),
        ("Válida só até o dia 18/11/26", True, "a short year"),
        ("VALIDADE: 18/11/2026", True, "a label"),
        ("até quarta-feira, 18 de novembro de 2026", True, "in words"),
        ("até 18 de Novembro", True, "in words, without the year"),
        ("em 18/11/2026", False, "a date alone says nothing of validity"),
        ("até 18/11/2025", False, "another year"),
        ("até 18/11/25", False, "another year"),
        ("até 18 de novembro de 2027", False, "another year"),
        ("até 18/12/2026", False, "another month"),
        ("até 17/11/2026", False, "another day"),
        ("até 18/11/20267", False, "no date"),
        ("até amanhã" + " x" * 40 + " 18/11/2026", False, "too far away to belong together"),
    ],
)
def test_the_day_a_total_is_valid_until_stands_behind_such_a_word(
    *, printed: str, is_there: bool, why: str
) -> None:
    text = WRITTEN.replace("válido até 18/11/2026", printed)
    assert ("valid_until" not in missing(EMAIL, text)) is is_there, why


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_any_day_is_read_as_the_product_writes_it(day: date) -> None:
    facts = replace(FACTS, valid_until=day)
    for written in (pt_br.full_date(day), pt_br.short_date(day)):
        assert missing(EMAIL, WRITTEN.replace("18/11/2026", written), facts) == set()
    other = replace(FACTS, valid_until=day + timedelta(days=1))
    text = WRITTEN.replace("18/11/2026", pt_br.full_date(day))
    assert missing(EMAIL, text, other) == {"valid_until"}


def test_the_first_of_a_month_is_an_ordinal() -> None:
    facts = replace(FACTS, valid_until=date(2026, 12, 1))
    for written in ("1º de dezembro", "1 de dezembro de 2026", "01/12"):
        assert missing(EMAIL, WRITTEN.replace("18/11/2026", written), facts) == set()


@pytest.mark.parametrize("text", [WRITTEN, SPOKEN])
def test_accents_capitals_and_line_breaks_do_not_matter(text: str) -> None:
    channel = EMAIL if text is WRITTEN else VOICE
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if ord(c) < 0x300)
    for written in (plain, text.replace(" ", "\n "), unicodedata.normalize("NFD", text)):
        assert missing(channel, written) == set()
    assert missing(channel, text.upper()) == set()


def test_a_document_that_does_not_fit_an_sms_is_left_to_its_page() -> None:
    bare = SHORT.replace(" CNPJ 11222333000181", "")
    (found,) = check_identification(SMS, bare, FACTS)
    assert (found.rule, found.severity) == (identification.DOCUMENT, Severity.ERROR), "it fits"
    full = bare.replace("Oi Ana,", "Oi Ana Beatriz Aparecida,")
    (found,) = check_identification(SMS, full, FACTS)
    assert (found.rule, found.severity) == (identification.DOCUMENT, Severity.WARNING)


def test_an_sms_within_160_characters_can_hold_all_of_it() -> None:
    assert len(SHORT) <= identification.SMS_CHARACTERS
    assert SHORT.isascii()


def test_without_a_link_or_a_way_out_there_is_nothing_to_find() -> None:
    facts = replace(FACTS, link=None, opt_out=None)
    assert missing(SMS, SHORT, facts) == {"link", "opt_out"}
    assert missing(EMAIL, WRITTEN, facts) == {"opt_out"}
    assert missing(VOICE, SPOKEN, facts) == set()


def test_a_link_out_is_compared_to_the_letter() -> None:
    facts = replace(FACTS, opt_out="https://x.example.com.br/u/AbC")
    assert missing(EMAIL, WRITTEN + " https://x.example.com.br/u/AbC", facts) == set()
    assert missing(EMAIL, WRITTEN + " https://x.example.com.br/u/abc", facts) == {"opt_out"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": " — "}, "name"),
        ({"address_line": ""}, "address_line"),
        ({"document": "11222333000182"}, "document"),
        ({"late_fine": Money(-1)}, "late_fine"),
        ({"total": Money(-1)}, "total"),
        ({"paid": Money(-1)}, "paid"),
    ],
)
def test_impossible_facts_are_refused_with_their_path(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        replace(FACTS, **changes)
    assert [problem.path for problem in refused.value.problems] == [path]


def test_a_text_longer_than_any_of_ours_is_refused() -> None:
    with pytest.raises(InvalidInput):
        check_identification(EMAIL, "x" * (MAX_CHARACTERS + 1), FACTS)


@settings(max_examples=300)
@given(st.sampled_from(Channel), st.text(max_size=200), st.integers(0, 500), st.integers(0, 500))
def test_any_text_is_judged(channel: Channel, noise: str, at: int, until: int) -> None:
    right = RIGHT[channel]
    for text in (noise, right[:at] + noise + right[until:]):
        for finding in check_identification(channel, text, FACTS):
            assert finding.rule in RULES
            assert (finding.path, finding.start, finding.end) == ("body", 0, 0)


@pytest.mark.parametrize(
    "hostile",
    [
        "R$ 1" + "0" * 300_000,
        "R$ 1" + ".000" * 90_000,
        "R$ " * 100_000,
        "11 " * 130_000,
        "ate " * 90_000,
        "18/11 " * 60_000,
        "Papelaria São " * 25_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_texts_take_linear_time(hostile: str) -> None:
    """A quadratic step would outlast the suite's time limit at this size."""
    check_identification(EMAIL, hostile, FACTS)


def test_rules_have_one_code_each_and_a_source() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert all(rule.source and rule.says.endswith(".") for rule in RULES)
    assert str(identification.SMS_CHARACTERS) in identification.DOCUMENT.default
