from contextlib import suppress
from datetime import date, timedelta
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.domain.boleto import (
    bank_boleto,
    bank_code,
    barcode,
    due_factor,
    nosso_numero,
    utility_bill,
)
from regua.domain.boleto.bank_boleto import MAX_AMOUNT, BankBoleto
from regua.domain.boleto.barcode import (
    MAX_CHARACTERS,
    barcode_of,
    formatted,
    line_of,
    parse,
    parse_bank_boleto,
)
from regua.domain.boleto.utility_bill import UtilityBill, UtilitySegment, ValueKind
from regua.domain.errors import InvalidInput
from regua.domain.money import ZERO, Money
from tests.unit.domain.boleto.vectors import bank_digit, bank_rows, digits_of, reading_day, rows

TODAY = date(2026, 11, 22)
BARCODE = "34191719500000600001090022335021234567890000"
LINE = "34191.09008 22335.021238 45678.900007 1 71950000060000"
DUE = date(2017, 6, 19)
UTILITY_LINE = "84630000000-3 29990296202-4 00410136000-8 00200644114-7"

bank_codes = st.text("0123456789", min_size=3, max_size=3).filter(lambda code: code[0] != "8")
boletos = st.builds(
    BankBoleto,
    bank=bank_codes,
    amount=st.integers(min_value=0, max_value=MAX_AMOUNT.centavos).map(Money),
    due_date=st.none()
    | st.integers(min_value=-3000, max_value=5500).map(lambda n: TODAY + timedelta(days=n)),
    free_field=st.text("0123456789", min_size=25, max_size=25),
)


@st.composite
def utility_bills(draw: st.DrawFn) -> UtilityBill:
    segment = draw(st.sampled_from(UtilitySegment))
    company = 8 if segment is UtilitySegment.COMPANY_BY_CNPJ else 4
    rest = draw(st.text("0123456789", min_size=29, max_size=29))
    return UtilityBill(
        segment=segment,
        value_kind=draw(st.sampled_from(ValueKind)),
        value=draw(st.integers(min_value=0, max_value=99_999_999_999)),
        company=rest[:company],
        free_field=rest[company:],
    )


def problem(text: str, today: date = TODAY) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as refused:
        parse(text, today=today)
    return refused.value.problems[0]


@pytest.mark.shared_data
def test_every_published_bank_boleto_reads_the_same_from_both_forms() -> None:
    """155 published (the reference counts 233; the file holds 155) and 56 of the new cycle."""
    known = bank_rows()
    assert len(known) == 155 + 56
    for row in known:
        for text in (row["barcode"], row["linha"], digits_of(row["linha"])):
            boleto = parse_bank_boleto(text, today=reading_day(row))
            assert (boleto.bank, boleto.amount) == (row["bank"], Money(row["cents"])), row
            assert boleto.due_date is not None
            assert row["due"] in {None, boleto.due_date.isoformat()}, row
            assert (boleto.barcode, boleto.line) == (row["barcode"], digits_of(row["linha"]))
            assert row.get("fator", boleto.factor) == boleto.factor
            assert formatted(text) == row["linha"]


@pytest.mark.shared_data
def test_every_published_utility_bill_and_what_came_with_them() -> None:
    known = rows("arrecadacao_valid.json")
    assert len(known) == 23
    for row in known:
        read = parse(row["input"], today=reading_day(row) if "fator" in row else TODAY)
        assert (read.barcode, read.line) == (row["barcode"], row["linha"]), row
        assert read.amount == Money(row["cents"]), row
        assert isinstance(read, UtilityBill) is (row["kind"] == "arrecadacao")
        if isinstance(read, UtilityBill):
            assert (read.segment, read.value_kind) == (row["segmento"], row["id_valor"]), row


@pytest.mark.shared_data
def test_every_published_wrong_boleto_is_refused() -> None:
    wrong = [row["linha"] for row in rows("boletos_invalid.json", "mutations")]
    wrong += [
        row["input"] for row in rows("boletos_invalid.json", "arrecadacao_and_others_negative")
    ]
    assert len(wrong) == 40 + 14
    for text in wrong:
        with pytest.raises(InvalidInput):
            parse(text, today=TODAY)


@pytest.mark.shared_data
def test_published_pairs_whose_two_forms_disagree_are_never_one_boleto() -> None:
    """Eight fixtures pair a right line with another barcode, seven of them with a wrong digit."""
    refused = 0
    for row in rows("boletos_invalid.json", "third_party_negative"):
        assert barcode_of(row["linha"]) != row["barcode"], row
        try:
            line_of(row["barcode"])
        except InvalidInput:
            refused += 1
    assert refused == 7


@given(boletos)
def test_a_bank_boleto_survives_the_way_through_its_barcode_and_its_line(
    boleto: BankBoleto,
) -> None:
    assert parse(boleto.barcode, today=TODAY) == boleto
    assert parse(boleto.line, today=TODAY) == boleto
    assert parse(formatted(boleto.line), today=TODAY) == boleto
    assert barcode_of(line_of(boleto.barcode)) == boleto.barcode
    assert line_of(barcode_of(boleto.line)) == boleto.line


@given(utility_bills())
def test_a_utility_bill_survives_the_way_through_its_barcode_and_its_line(
    bill: UtilityBill,
) -> None:
    assert parse(bill.barcode, today=TODAY) == bill
    assert parse(formatted(bill.barcode), today=TODAY) == bill
    assert barcode_of(line_of(bill.barcode)) == bill.barcode
    assert (bill.amount is None) is (bill.reference is not None)


@given(boletos, st.lists(st.tuples(st.integers(0, 46), st.sampled_from(". -")), max_size=40))
def test_separators_may_stand_anywhere(
    boleto: BankBoleto, separators: list[tuple[int, str]]
) -> None:
    text = boleto.line
    for place, separator in separators:
        text = text[:place] + separator + text[place:]
    assert parse(text, today=TODAY) == boleto


@pytest.mark.parametrize(
    ("text", "path", "why"),
    [
        ("", "line", "nothing"),
        (".- ", "line", "separators only"),
        (LINE[:-1], "line", "46 digits"),
        (LINE + "12", "line", "49 digits"),
        (LINE + "1", "position 1", "48 digits are a utility's, and start with 8"),
        ("8" + LINE[1:], "position 1", "47 digits that start with 8 are nobody's"),
        (LINE + "\n", "position 55", "a line feed is no separator"),
        (LINE.replace("3", "\uff13", 1), "position 1", "a full-width digit"),
        (LINE[:16] + "O" + LINE[17:], "position 17", "a letter for a zero"),
        (LINE.replace(" ", "\u00a0"), "position 12", "a no-break space"),
        ("\u0663" * 47, "position 1", "Arabic digits"),
        ("\ud800" + LINE, "position 1", "half a surrogate pair"),
        ("0" * (MAX_CHARACTERS + 1), "text", "too long to look at"),
        ("34191.09009" + LINE[11:], "field 1", "its check digit"),
        (LINE[:12] + "22335.021228" + LINE[24:], "field 2", "a digit of it"),
        (LINE[:25] + "45678.900008" + LINE[37:], "field 3", "its check digit"),
        (LINE[:38] + "2" + LINE[39:], "general_check_digit", "position 33"),
        (LINE[:-2] + "70", "general_check_digit", "another amount"),
        (BARCODE[:4] + "2" + BARCODE[5:], "general_check_digit", "position 5"),
        ("0" * 44, "general_check_digit", "it is never 0"),
        (LINE, "due_factor", "due in 2017, read in 2026: 3,443 days, out of the window"),
        (UTILITY_LINE.replace("84", "88"), "field 1", "a wrong digit"),
        ("8465" + "0" * 44, "field 1", "a wrong check digit"),
        ("841" + "0" * 41, "value_kind", "neither amount nor reference"),
        ("841" + "0" * 45, "value_kind", "the same in a line"),
        ("806" + "0" * 41, "segment", "nobody collects"),
        ("886" + "0" * 41, "segment", "not given out"),
        ("8461" + "0" * 40, "general_check_digit", "of a utility bill"),
    ],
)
def test_a_refusal_names_where_and_never_repeats_the_number(text: str, path: str, why: str) -> None:
    found, reason = problem(text)
    assert found == path, why
    assert not any(len(word) > 6 and word.isdigit() for word in reason.split())


def test_another_currency_is_refused_though_its_check_digit_is_right() -> None:
    others = BARCODE[:3] + "0" + BARCODE[5:]
    assert problem(others[:4] + bank_digit(others) + others[4:])[0] == "currency"


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        barcode_of("34191.09007 22335.021237 45678.900006 1 71950000060000")
    assert [p.path for p in refused.value.problems] == ["field 1", "field 2", "field 3"]


def test_a_line_is_no_barcode_and_a_barcode_no_line() -> None:
    with pytest.raises(InvalidInput, match="barcode: has 47 digits"):
        line_of(LINE)
    with pytest.raises(InvalidInput, match="line: has 44 digits"):
        barcode_of(BARCODE)


def test_a_bank_boleto_may_be_asked_for() -> None:
    assert parse_bank_boleto(LINE, today=DUE).due_date == DUE
    with pytest.raises(InvalidInput, match="position 1"):
        parse_bank_boleto(UTILITY_LINE, today=TODAY)


def test_zero_leaves_the_amount_and_the_due_date_open() -> None:
    boleto = BankBoleto("001", ZERO, None, "0" * 25)
    assert (boleto.factor, boleto.currency) == (0, "9")
    read = parse_bank_boleto(boleto.line, today=TODAY)
    assert (read.amount, read.due_date) == (ZERO, None)


def test_the_segment_decides_how_the_collector_is_named() -> None:
    by_code = parse(UTILITY_LINE, today=TODAY)
    assert isinstance(by_code, UtilityBill)
    assert (by_code.segment, by_code.company) == (UtilitySegment.TELECOM, "0296")
    by_cnpj = UtilityBill(
        UtilitySegment.COMPANY_BY_CNPJ, ValueKind.REFERENCE_MODULO_11, 7, "11222333", "0" * 21
    )
    read = parse(by_cnpj.line, today=TODAY)
    assert isinstance(read, UtilityBill)
    assert (read.company, read.amount, read.reference) == ("11222333", None, 7)


@pytest.mark.parametrize(
    ("boleto", "path"),
    [
        ({"bank": "34"}, "bank"),
        ({"bank": "846"}, "bank"),
        ({"bank": "\uff1341"}, "bank"),
        ({"amount": Money(-1)}, "amount"),
        ({"amount": Money(10**10)}, "amount"),
        ({"free_field": "0" * 24}, "free_field"),
        ({"free_field": "0" * 24 + "²"}, "free_field"),
        ({"due_date": date(1997, 10, 7)}, "due_date"),
    ],
)
def test_values_that_fit_no_barcode_are_refused(boleto: dict[str, object], path: str) -> None:
    good: dict[str, object] = {
        "bank": "341",
        "amount": Money(1),
        "due_date": TODAY,
        "free_field": "0" * 25,
    }
    with pytest.raises(InvalidInput) as refused:
        BankBoleto(**(good | boleto))  # type: ignore[arg-type]
    assert refused.value.problems[0].path == path


@settings(max_examples=400)
@given(
    st.text(max_size=120)
    | st.text("0123456789.- ", min_size=40, max_size=60)
    | st.sampled_from([44, 47, 48]).flatmap(
        lambda count: st.text("0123456789", min_size=count, max_size=count)
    )
    | st.tuples(boletos, st.integers(0, 46), st.characters()).map(
        lambda t: t[0].line[: t[1]] + t[2] + t[0].line[t[1] + 1 :]
    ),
    st.dates(),
)
def test_whatever_is_pasted_is_read_or_refused(text: str, today: date) -> None:
    for read in (
        lambda: parse(text, today=today),
        lambda: line_of(text),
        lambda: barcode_of(text),
        lambda: formatted(text),
    ):
        with suppress(InvalidInput):
            assert read()


@pytest.mark.parametrize(
    "module", [bank_boleto, bank_code, barcode, due_factor, nosso_numero, utility_bill]
)
def test_every_rule_has_a_code_of_its_own_and_a_source(module: ModuleType) -> None:
    codes = [rule.code for rule in module.RULES]
    assert len(set(codes)) == len(codes)
    assert all(rule.code.startswith("boleto.") and rule.source for rule in module.RULES)
