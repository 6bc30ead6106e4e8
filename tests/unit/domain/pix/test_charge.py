import json
import re
from datetime import date, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.domain.calendar import is_business_day, roll
from regua.domain.errors import InvalidInput, Problem
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.money import Money
from regua.domain.pix.charge import (
    DEFAULT_VALID_DAYS,
    Discount,
    PixCharge,
    PixDebtor,
    Term,
    charge_body,
    is_txid,
    last_payable_day,
    txid_of,
)
from regua.domain.pix.charge_check import MAX_ADDITIONAL, MAX_REQUEST, body_problems
from regua.domain.pix.modes import (
    UNTIL_DATES,
    PixDiscount,
    PixFine,
    PixInterest,
    PixRebate,
    is_percent,
)
from tests.shared_data import shared_data_path
from tests.unit.domain.pix.openapi import complaints, components
from tests.unit.domain.pix.strategies import keys, tax_ids

TODAY = date(2026, 11, 20)
DUE = date(2026, 11, 30)
KEY = "123e4567-e12b-12d1-a456-426655440000"
DEBTOR = PixDebtor(tax_id="52998224725", name="Joana Exemplo")

texts = st.text(max_size=40)
days = st.dates(min_value=TODAY, max_value=date(2035, 12, 31))
rates = st.decimals(min_value=0, max_value=Decimal("99.99"), places=2)
originals = st.integers(min_value=2, max_value=999_999_999_999).map(Money)


def a_charge(**changes: Any) -> PixCharge:  # noqa: ANN401 - any attribute
    given_: dict[str, Any] = {
        "key": KEY,
        "debtor": DEBTOR,
        "original": Money(14990),
        "due_date": DUE,
        **changes,
    }
    return PixCharge(**given_)


def a_body(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    body = {
        "calendario": {"dataDeVencimento": "2026-11-30", "validadeAposVencimento": 30},
        "devedor": {"cpf": "52998224725", "nome": "Joana Exemplo"},
        "valor": {"original": "149.90"},
        "chave": KEY,
    }
    return {**body, **changes}


def problems(body: object) -> dict[str, str]:
    return dict(body_problems(body, today=TODAY))


@st.composite
def values(draw: st.DrawFn, mode: Any, original: Money) -> Money | Decimal:  # noqa: ANN401
    if is_percent(mode):
        return draw(rates)
    return Money(draw(st.integers(0, original.centavos - 1)))


@st.composite
def discounts(draw: st.DrawFn, original: Money, due: date) -> Discount:
    mode = draw(st.sampled_from(PixDiscount))
    if mode not in UNTIL_DATES:
        return Discount(mode, draw(values(mode, original)))
    early = st.integers(0, 400).map(lambda n: due - timedelta(days=n))
    until = draw(st.lists(early, min_size=1, max_size=3, unique=True))
    return Discount(mode, until=tuple((day, draw(values(mode, original))) for day in until))


@st.composite
def charges(draw: st.DrawFn) -> PixCharge:
    original, due = draw(originals), draw(days)

    def term(modes: Any) -> Any:  # noqa: ANN401 - one of three enums
        mode = draw(st.sampled_from(modes))
        return draw(st.none() | values(mode, original).map(lambda value: Term(mode, value)))

    debtor = st.builds(
        PixDebtor,
        tax_id=tax_ids,
        name=st.text(min_size=1, max_size=200),
        email=st.none() | st.just("joana@example.com.br"),
        street=st.none() | texts,
        city=st.none() | texts,
        state=st.none() | st.sampled_from(["SP", "RN"]),
        postal_code=st.none() | st.just("70074900"),
    )
    return PixCharge(
        key=draw(keys),
        debtor=draw(debtor),
        original=original,
        due_date=due,
        valid_days_after=draw(st.integers(0, 3000)),
        fine=term(PixFine),
        interest=term(PixInterest),
        rebate=term(PixRebate),
        discount=draw(st.none() | discounts(original, due)),
        payer_request=draw(st.none() | texts),
        additional=tuple(draw(st.lists(st.tuples(texts, texts), max_size=4))),
        location_id=draw(st.none() | st.integers(0, 2**63 - 1)),
    )


# txid


def test_the_txid_is_the_same_for_ever() -> None:
    """A change of the recipe would charge every open invoice a second time."""
    txid = txid_of(CreditorId("acme"), InvoiceId("inv-1"), 0)
    assert txid == "86619f2afd37157b49092f74ca8a13b5"


triples = st.tuples(st.text(max_size=8), st.text(max_size=8), st.integers(0, 99))


@given(triples, triples)
def test_different_charges_have_different_txids_that_the_schema_takes(
    one: tuple[str, str, int], other: tuple[str, str, int]
) -> None:
    first = txid_of(CreditorId(one[0]), InvoiceId(one[1]), one[2])
    second = txid_of(CreditorId(other[0]), InvoiceId(other[1]), other[2])
    assert (first == second) is (one == other)
    assert is_txid(first)
    assert re.fullmatch(r"[a-zA-Z0-9]{32,35}", first)


def test_moving_a_character_from_creditor_to_invoice_is_another_charge() -> None:
    made = {
        txid_of(CreditorId(creditor), InvoiceId(invoice), revision)
        for creditor, invoice, revision in [
            ("ab", "c", 1),
            ("a", "bc", 1),
            ("a\0b", "c", 1),
            ("a", "b\0c", 1),
            ("a", "b:c", 1),
            ("1:a", "c", 1),
            ("a", "", 11),
            ("a", "1", 1),
        ]
    }
    assert len(made) == 8


@pytest.mark.parametrize(
    ("text", "valid"),
    [("a" * 25, False), ("a" * 26, True), ("Z9" * 17, True), ("a" * 36, False), ("-" * 30, False)],
)
def test_a_txid_has_26_to_35_letters_and_digits(text: str, *, valid: bool) -> None:
    assert is_txid(text) is valid


# The last day


@pytest.mark.shared_data
def test_the_last_payable_day_of_the_central_banks_examples() -> None:
    vectors = json.loads(shared_data_path("pix_cobv_validade.json").read_text())["vectors"]
    assert [vector["example"] for vector in vectors] == list("ABCDEFG")
    for vector in vectors:
        due = date.fromisoformat(vector["dataDeVencimento"])
        last = last_payable_day(due, vector["validadeAposVencimento"])
        assert last.isoformat() == vector["last_payable_date"], vector


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(0, 400))
def test_the_last_day_is_a_business_day_and_never_earlier_for_more_days(due: date, n: int) -> None:
    last = last_payable_day(due, n)
    assert is_business_day(last)
    assert last >= roll(due) + timedelta(days=n)
    assert last <= last_payable_day(due, n + 1)
    assert last <= last_payable_day(due + timedelta(days=1), n)


@pytest.mark.parametrize(
    ("due", "after"), [(DUE, -1), (DUE, 10**9), (DUE, 3_000_000), (date(9999, 12, 31), 1)]
)
def test_a_day_outside_the_calendar_is_refused(due: date, after: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        last_payable_day(due, after)
    assert caught.value.problems[0].path == "calendario.validadeAposVencimento"


# Codes


def test_a_pix_code_equals_no_number_and_no_code_of_another_table() -> None:
    class CnabInterest(IntEnum):
        EXEMPT = 5

    ours, theirs = PixInterest.VALUE_PER_BUSINESS_DAY, list[object](CnabInterest)
    assert ours.value in theirs
    assert ours not in theirs
    assert len({PixFine.FIXED, PixInterest(1), PixRebate.FIXED, PixDiscount(1)}) == 4


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("modes", "name"),
    [
        (PixFine, "multa"),
        (PixInterest, "juros"),
        (PixRebate, "abatimento"),
        (PixDiscount, "desconto"),
    ],
)
def test_the_codes_are_those_of_the_central_banks_table(modes: Any, name: str) -> None:  # noqa: ANN401
    """The descriptions are cells of an HTML table in the schema."""
    schema = components()["schemas"]["CobVValor"]["properties"][name]
    properties = schema.get("properties") or schema["allOf"][0]["properties"]
    rows = re.findall(r"<td>([^<]*)</td><td>(\d)</td>", properties["modalidade"]["description"])
    assert [mode.value for mode in modes] == [int(code) for _, code in rows]
    for mode, (says, _) in zip(modes, rows, strict=True):
        assert is_percent(mode) is says.startswith("Percentual"), says
        assert ("BUSINESS" in mode.name) is ("út" in says), says
        assert ("MONTH" in mode.name) is ("mês" in says), says
        assert ("YEAR" in mode.name) is ("ano" in says), says
        assert (mode in UNTIL_DATES) is ("até a" in says), says


# The body


def test_a_full_charge_in_the_words_of_the_api() -> None:
    charge = a_charge(
        valid_days_after=10,
        debtor=PixDebtor(
            tax_id="12ABC34501DE35",
            name="Oficina Exemplo Ltda",
            email="contas@example.com.br",
            street="Rua das Flores, 10",
            city="Natal",
            state="RN",
            postal_code="59000000",
        ),
        fine=Term(PixFine.PERCENT, Decimal(2)),
        interest=Term(PixInterest.PERCENT_PER_CALENDAR_MONTH, Decimal("1.0")),
        rebate=Term(PixRebate.FIXED, Money(500)),
        discount=Discount(
            PixDiscount.FIXED_UNTIL_DATES,
            until=((date(2026, 11, 25), Money(1000)), (DUE, Money(500))),
        ),
        payer_request="Número do contrato",
        additional=(("Fatura", "11/2026"),),
        location_id=789,
    )
    assert charge_body(charge, today=TODAY) == {
        "calendario": {"dataDeVencimento": "2026-11-30", "validadeAposVencimento": 10},
        "devedor": {
            "cnpj": "12ABC34501DE35",
            "nome": "Oficina Exemplo Ltda",
            "email": "contas@example.com.br",
            "logradouro": "Rua das Flores, 10",
            "cidade": "Natal",
            "uf": "RN",
            "cep": "59000000",
        },
        "valor": {
            "original": "149.90",
            "multa": {"modalidade": 2, "valorPerc": "2.00"},
            "juros": {"modalidade": 3, "valorPerc": "1.00"},
            "abatimento": {"modalidade": 1, "valorPerc": "5.00"},
            "desconto": {
                "modalidade": 1,
                "descontoDataFixa": [
                    {"data": "2026-11-25", "valorPerc": "10.00"},
                    {"data": "2026-11-30", "valorPerc": "5.00"},
                ],
            },
        },
        "chave": KEY,
        "solicitacaoPagador": "Número do contrato",
        "infoAdicionais": [{"nome": "Fatura", "valor": "11/2026"}],
        "loc": {"id": 789},
    }


def test_a_plain_charge_says_no_more_than_it_must() -> None:
    assert charge_body(a_charge(), today=TODAY) == a_body()
    assert DEFAULT_VALID_DAYS == 30


@pytest.mark.shared_data
@settings(max_examples=200)
@given(charges())
def test_every_charge_that_is_written_satisfies_the_central_banks_schema(charge: PixCharge) -> None:
    body = charge_body(charge, today=TODAY)
    assert complaints("CobVSolicitada", body) == []
    assert json.loads(json.dumps(body)) == body


@pytest.mark.shared_data
def test_the_schema_as_published_refuses_what_its_prose_asks_for() -> None:
    """Why the oracle repairs two schemas: an amount per day, and a location."""
    body = a_body(valor={"original": "1.00", "desconto": {"modalidade": 3, "valorPerc": "0.10"}})
    located = a_body(loc={"id": 789})
    for sent, path in ((body, "$.valor.desconto"), (located, "$.loc")):
        assert problems(sent) == {}
        assert complaints("CobVSolicitada", sent, repair=False) == [path]
        assert complaints("CobVSolicitada", sent) == []


@pytest.mark.shared_data
def test_the_central_banks_examples_of_a_request() -> None:
    """Of four, three pass; the fourth writes its modes as text, which the schema refuses too."""
    examples = components()["examples"]
    batch = examples["loteCobVBody1"]["value"]["cobsv"]
    reference = json.loads(shared_data_path("pix_api_examples.json").read_text())
    assembled = {**reference["cobv_put_example_ASSEMBLED_from_schema"]}
    for body in (*batch, assembled):
        assert body_problems(body, today=date(2020, 12, 1)) == ()
        assert complaints("CobVSolicitada", body) == []
    textual = examples["cobBody1"]["value"]
    found = [problem.path for problem in body_problems(textual, today=date(2020, 11, 1))]
    modes = ["valor.multa.modalidade", "valor.juros.modalidade", "valor.desconto.modalidade"]
    assert found == modes
    assert complaints("CobVSolicitada", textual) == sorted(f"$.{path}" for path in modes)


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"due_date": date(2026, 11, 19)}, "calendario.dataDeVencimento", "before"),
        ({"valid_days_after": -1}, "calendario.validadeAposVencimento", "count"),
        ({"valid_days_after": 2**31}, "calendario.validadeAposVencimento", "count"),
        ({"original": Money(0)}, "valor.original", "more than zero"),
        ({"original": Money(-1)}, "valor.original", "123.45"),
        ({"original": Money(10**12)}, "valor.original", "123.45"),
        ({"key": "61912345678"}, "chave", "canonical"),
        ({"debtor": PixDebtor(tax_id="52998224726", name="J")}, "devedor.cpf", "valid CPF"),
        ({"debtor": PixDebtor(tax_id="529982247", name="J")}, "devedor.cnpj", "valid CNPJ"),
        ({"debtor": PixDebtor(tax_id="52998224725", name="")}, "devedor.nome", "a name"),
        ({"debtor": PixDebtor(tax_id="52998224725", name="J" * 201)}, "devedor.nome", "200"),
        (
            {"debtor": PixDebtor(tax_id="52998224725", name="J", state="SP1")},
            "devedor.uf",
            "at most 2",
        ),
        ({"payer_request": "x" * (MAX_REQUEST + 1)}, "solicitacaoPagador", "140"),
        ({"additional": (("a", "b"),) * (MAX_ADDITIONAL + 1)}, "infoAdicionais", "50"),
        ({"additional": (("a" * 51, "b"),)}, "infoAdicionais[0].nome", "50"),
        ({"additional": (("a", "b"), ("a", "b" * 201))}, "infoAdicionais[1].valor", "200"),
        ({"location_id": -1}, "loc.id", "number"),
        ({"location_id": 2**63}, "loc.id", "number"),
        (
            {"rebate": Term(PixRebate.FIXED, Money(14990))},
            "valor.abatimento.valorPerc",
            "not less than valor.original",
        ),
        (
            {"rebate": Term(PixRebate.PERCENT, Decimal(100))},
            "valor.abatimento.valorPerc",
            "not less than 100 %",
        ),
        (
            {"discount": Discount(PixDiscount.VALUE_PER_CALENDAR_DAY, Money(14990))},
            "valor.desconto.valorPerc",
            "not less than valor.original",
        ),
        (
            {"discount": Discount(PixDiscount.PERCENT_PER_BUSINESS_DAY, Decimal(100))},
            "valor.desconto.valorPerc",
            "not less than 100 %",
        ),
        (
            {"discount": Discount(PixDiscount.VALUE_PER_BUSINESS_DAY)},
            "valor.desconto.valorPerc",
            "123.45",
        ),
        (
            {"discount": Discount(PixDiscount.FIXED_UNTIL_DATES)},
            "valor.desconto.descontoDataFixa",
            "1 to 3 dates",
        ),
        (
            {
                "discount": Discount(
                    PixDiscount.FIXED_UNTIL_DATES, Money(1), until=((DUE, Money(1)),)
                )
            },
            "valor.desconto.valorPerc",
            "not with mode 1",
        ),
        (
            {
                "discount": Discount(
                    PixDiscount.VALUE_PER_CALENDAR_DAY, Money(1), until=((DUE, Money(1)),)
                )
            },
            "valor.desconto.descontoDataFixa",
            "not with mode 3",
        ),
        (
            {
                "discount": Discount(
                    PixDiscount.PERCENT_UNTIL_DATES,
                    until=tuple((DUE - timedelta(days=n), Decimal(1)) for n in range(4)),
                )
            },
            "valor.desconto.descontoDataFixa",
            "1 to 3 dates",
        ),
        (
            {
                "discount": Discount(
                    PixDiscount.PERCENT_UNTIL_DATES,
                    until=((DUE, Decimal(1)), (DUE + timedelta(days=1), Decimal(1))),
                )
            },
            "valor.desconto.descontoDataFixa[1].data",
            "after the due date",
        ),
        (
            {
                "discount": Discount(
                    PixDiscount.PERCENT_UNTIL_DATES, until=((DUE, Decimal(1)), (DUE, Decimal(2)))
                )
            },
            "valor.desconto.descontoDataFixa[1].data",
            "second discount",
        ),
        (
            {"discount": Discount(PixDiscount.FIXED_UNTIL_DATES, until=((DUE, Money(14990)),))},
            "valor.desconto.descontoDataFixa[0].valorPerc",
            "not less than valor.original",
        ),
        (
            {"interest": Term(PixInterest.PERCENT_PER_CALENDAR_DAY, Decimal("0.033"))},
            "valor.juros.valorPerc",
            "123.45",
        ),
        (
            {"interest": Term(PixInterest.PERCENT_PER_CALENDAR_DAY, Decimal("NaN"))},
            "valor.juros.valorPerc",
            "123.45",
        ),
        (
            {"fine": Term(PixFine.PERCENT, Decimal("1E+999999"))},
            "valor.multa.valorPerc",
            "123.45",
        ),
        ({"fine": Term(PixFine.PERCENT, Decimal(-2))}, "valor.multa.valorPerc", "123.45"),
        ({"fine": Term(PixFine.FIXED, Money(-2))}, "valor.multa.valorPerc", "123.45"),
    ],
)
def test_what_the_psp_would_refuse_is_refused_here(
    changes: dict[str, Any], path: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        charge_body(a_charge(**changes), today=TODAY)
    (problem,) = caught.value.problems
    assert problem.path == path
    assert reason in problem.reason


def test_the_due_date_may_be_today_and_a_discount_may_end_on_it() -> None:
    """bacen/pix-api issue 558; discounts until the due date since 2.6.3."""
    until = Discount(PixDiscount.FIXED_UNTIL_DATES, until=((TODAY, Money(1)),))
    assert charge_body(a_charge(due_date=TODAY, discount=until), today=TODAY)


def test_every_limit_itself_is_allowed() -> None:
    charge = a_charge(
        debtor=PixDebtor(tax_id="52998224725", name="J" * 200, state="SP", postal_code="5" * 8),
        valid_days_after=2**31 - 1,
        payer_request="x" * MAX_REQUEST,
        additional=(("n" * 50, "v" * 200),) * MAX_ADDITIONAL,
        location_id=2**63 - 1,
        original=Money(999_999_999_999),
    )
    assert charge_body(charge, today=TODAY)


def test_one_centavo_below_the_whole_is_a_rebate() -> None:
    assert charge_body(a_charge(rebate=Term(PixRebate.FIXED, Money(14989))), today=TODAY)
    assert charge_body(a_charge(rebate=Term(PixRebate.PERCENT, Decimal("99.99"))), today=TODAY)


def test_a_mode_takes_only_its_own_kind_of_value() -> None:
    for wrong in (
        lambda: Term(PixFine.PERCENT, Money(200)),
        lambda: Term(PixInterest.VALUE_PER_CALENDAR_DAY, Decimal(2)),
        lambda: Discount(PixDiscount.PERCENT_PER_CALENDAR_DAY, Money(1)),
        lambda: Discount(PixDiscount.FIXED_UNTIL_DATES, until=((DUE, Decimal(1)),)),
    ):
        with pytest.raises(TypeError):
            wrong()


def test_the_debtor_stays_out_of_the_representation_and_of_every_reason() -> None:
    charge = a_charge(debtor=PixDebtor(tax_id="52998224726", name="Joana Exemplo" * 20))
    with pytest.raises(InvalidInput) as caught:
        charge_body(charge, today=TODAY)
    for text in (repr(charge), str(caught.value)):
        assert "52998224726" not in text
        assert "Joana" not in text
        assert KEY not in text


# Any body


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (None, "$"),
        ([], "$"),
        ("{}", "$"),
        (a_body(calendario=None), "calendario"),
        (a_body(calendario={}), "calendario.dataDeVencimento"),
        (a_body(calendario={"dataDeVencimento": "2026-02-30"}), "calendario.dataDeVencimento"),
        (a_body(calendario={"dataDeVencimento": "20261130"}), "calendario.dataDeVencimento"),
        (a_body(calendario={"dataDeVencimento": "2026-W48-1"}), "calendario.dataDeVencimento"),
        (
            a_body(calendario={"dataDeVencimento": "2026-11-30", "validadeAposVencimento": True}),
            "calendario.validadeAposVencimento",
        ),
        (
            a_body(calendario={"dataDeVencimento": "2026-11-30", "validadeAposVencimento": "30"}),
            "calendario.validadeAposVencimento",
        ),
        (a_body(devedor=[]), "devedor"),
        (a_body(devedor={"nome": "J"}), "devedor"),
        (
            a_body(devedor={"cpf": "52998224725", "cnpj": "11222333000181", "nome": "J"}),
            "devedor",
        ),
        (a_body(devedor={"cpf": 52998224725, "nome": "J"}), "devedor.cpf"),
        (a_body(devedor={"cpf": "529.982.247-25", "nome": "J"}), "devedor.cpf"),
        (a_body(devedor={"cpf": "52998224725"}), "devedor.nome"),
        (a_body(devedor={"cpf": "52998224725", "nome": None}), "devedor.nome"),
        (a_body(devedor={"cpf": "52998224725", "nome": "J", "cep": "7007490010"}), "devedor.cep"),
        (a_body(valor=None), "valor"),
        (a_body(valor={"original": 149.9}), "valor.original"),
        (a_body(valor={"original": "149,90"}), "valor.original"),
        (a_body(valor={"original": "1,149.90"}), "valor.original"),
        (a_body(valor={"original": "149.9"}), "valor.original"),
        (a_body(valor={"original": "149.90 "}), "valor.original"),
        (a_body(valor={"original": "\uff11.00"}), "valor.original"),
        (a_body(valor={"original": "1.00", "multa": None}), "valor.multa"),
        (a_body(valor={"original": "1.00", "abatimento": 5}), "valor.abatimento"),
        (
            a_body(valor={"original": "1.00", "multa": {"modalidade": 3, "valorPerc": "1.00"}}),
            "valor.multa.modalidade",
        ),
        (
            a_body(valor={"original": "1.00", "juros": {"modalidade": 9, "valorPerc": "1.00"}}),
            "valor.juros.modalidade",
        ),
        (
            a_body(valor={"original": "1.00", "juros": {"modalidade": True, "valorPerc": "1.00"}}),
            "valor.juros.modalidade",
        ),
        (a_body(valor={"original": "1.00", "desconto": []}), "valor.desconto"),
        (
            a_body(valor={"original": "1.00", "desconto": {"valorPerc": "0.10"}}),
            "valor.desconto.modalidade",
        ),
        (
            a_body(
                valor={
                    "original": "1.00",
                    "desconto": {
                        "modalidade": 1,
                        "descontoDataFixa": [{"data": "2026-11-31", "valorPerc": "0.10"}],
                    },
                }
            ),
            "valor.desconto.descontoDataFixa[0].data",
        ),
        (a_body(chave=None), "chave"),
        (a_body(chave="x" * 78), "chave"),
        (a_body(solicitacaoPagador=None), "solicitacaoPagador"),
        (a_body(infoAdicionais={}), "infoAdicionais"),
        (a_body(infoAdicionais=[{"nome": "a"}]), "infoAdicionais[0]"),
        (a_body(infoAdicionais=[{"nome": "a", "valor": 1}]), "infoAdicionais[0].valor"),
        (a_body(loc={}), "loc.id"),
        (a_body(loc=None), "loc.id"),
    ],
)
def test_a_body_of_any_origin_is_judged_by_path(body: object, path: str) -> None:
    assert list(problems(body)) == [path]


@pytest.mark.shared_data
def test_the_lengths_are_those_of_the_central_banks_schema() -> None:
    schemas = components()["schemas"]
    person = {**schemas["PessoaFisica"]["properties"]}
    person |= schemas["DadosComplementaresPessoa"]["properties"]
    base = schemas["CobBase"]["properties"]
    entry = base["infoAdicionais"]["items"]["properties"]
    checked = 0
    for name, limit in ((name, field.get("maxLength")) for name, field in person.items()):
        for length in (limit, limit + 1) if limit else ():
            debtor = {"cpf": "52998224725", "nome": "J", name: "x" * length}
            found = problems(a_body(devedor=debtor))
            assert list(found) == ([f"devedor.{name}"] if length > limit else [])
            checked += 1
    for name, limit in ((name, field["maxLength"]) for name, field in entry.items()):
        for length in (limit, limit + 1):
            listed = [{"nome": "n", "valor": "v", name: "x" * length}]
            found = problems(a_body(infoAdicionais=listed))
            assert list(found) == ([f"infoAdicionais[0].{name}"] if length > limit else [])
            checked += 1
    assert checked == 14
    assert base["solicitacaoPagador"]["maxLength"] == MAX_REQUEST
    assert base["infoAdicionais"]["maximum"] == MAX_ADDITIONAL


def test_unknown_fields_are_no_problem() -> None:
    assert problems(a_body(novidade={"x": 1})) == {}


def test_every_problem_is_listed_at_once() -> None:
    assert list(problems({})) == ["calendario", "devedor", "valor", "chave"]


_MUTANTS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.sampled_from(["0.00", "100.00", "149.90", "9999999999.99", "2026-11-30", "2027-01-01"]),
)


def _places(node: object) -> list[tuple[Any, Any]]:
    """List every (container, key) of a JSON document."""
    if isinstance(node, dict):
        pairs = list(node.items())
    elif isinstance(node, list):
        pairs = list(enumerate(node))
    else:
        return []
    found = [(node, key) for key, _ in pairs]
    return found + [place for _, child in pairs for place in _places(child)]


@pytest.mark.shared_data
@settings(max_examples=200)
@given(charges(), st.data())
def test_a_mutated_body_that_passes_here_passes_the_central_banks_schema_too(
    charge: PixCharge, data: st.DataObject
) -> None:
    body = charge_body(charge, today=TODAY)
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(_places(body)))
        if data.draw(st.booleans()):
            del container[key]
        else:
            container[key] = data.draw(_MUTANTS)
        if not body:
            break
    found = body_problems(body, today=TODAY)
    assert all(isinstance(problem, Problem) for problem in found)
    if not found:
        assert complaints("CobVSolicitada", body) == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["calendario", "devedor", "valor", "chave", "desconto", "juros", "loc", "id"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_json_is_judged_and_never_an_accident(body: object) -> None:
    assert body_problems(body, today=TODAY)
