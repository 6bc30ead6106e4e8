import pytest

from regua.domain.cnab.layouts import LAYOUTS_240, LAYOUTS_400
from regua.domain.cnab.occurrences import Effect, occurrence_240, occurrence_400
from regua.domain.cnab.reasons import reason_meaning

ALL_CODES = [f"{number:02d}" for number in range(100)] + ["AA", "AB", "AC", "A4"]
PAID_400 = {
    # What laravel-boleto counts as paid, by bank, less Itaú's 10: written off because it was
    # settled, and the settlement has a code of its own.
    "341": {"06", "07", "08", "59"},
    "237": {"06", "15", "17"},
    "001": {"05", "06", "07", "08", "15"},
    "033": {"06", "07", "08", "16", "17"},
    "104": {"21", "22"},
}
NEWER_400 = {"341": {"72", "76"}}
"""A credit without a title and a cheque that cleared: not in the list, and money all the same."""


@pytest.mark.parametrize("bank", PAID_400)
def test_codes_that_bring_money_are_each_banks_own(bank: str) -> None:
    paid = {code for code in ALL_CODES if occurrence_400(bank, code).effect.is_payment}
    assert paid == PAID_400[bank] | NEWER_400.get(bank, set())


@pytest.mark.parametrize(
    ("bank", "code", "effect", "why"),
    [
        ("237", "17", Effect.SETTLED_UNREGISTERED, "paid after write-off: the ledger takes it"),
        ("748", "17", Effect.SETTLED_UNREGISTERED, "the same at Sicredi"),
        ("341", "17", Effect.REJECTED, "at Itaú 17 refuses a change"),
        ("033", "17", Effect.SETTLED, "at Santander 17 is paid at the notary"),
        ("399", "17", Effect.SENT_TO_NOTARY, "at HSBC 17 is not even a payment"),
        ("001", "44", Effect.REVERSED, "a cheque came back"),
        ("341", "44", Effect.INFORMATIVE, "at Itaú 44 is a tariff"),
        ("104", "06", Effect.CHANGED, "06 pays everywhere but at Caixa"),
        ("104", "02", Effect.WRITTEN_OFF, "02 enters everywhere but at Caixa"),
        ("136", "02", Effect.INFORMATIVE, "Unicred confirms any instruction with 02"),
        ("077", "07", Effect.WRITTEN_OFF, "at Inter 07 writes off what elsewhere is a part paid"),
        (
            "341",
            "10",
            Effect.WRITTEN_OFF,
            "written off because settled: the settlement came by itself",
        ),
        ("237", "40", Effect.REVERSED, "a payment taken back"),
        ("104", "33", Effect.REVERSED, "a settlement or write-off taken back"),
        ("341", "19", Effect.INFORMATIVE, "an instruction to protest arrived; nothing more"),
        ("341", "23", Effect.SENT_TO_NOTARY, "the title went"),
        ("341", "32", Effect.PROTESTED, "and was protested"),
        ("033", "93", Effect.PAYMENT_PENDING, "paid at another bank, the money to come"),
    ],
)
def test_one_code_means_one_thing_per_bank(bank: str, code: str, effect: Effect, why: str) -> None:
    assert occurrence_400(bank, code).effect is effect, why


@pytest.mark.parametrize(
    ("bank", "code", "effect", "why"),
    [
        ("001", "06", Effect.SETTLED, "paid"),
        ("001", "17", Effect.SETTLED_UNREGISTERED, "paid after write-off"),
        ("001", "09", Effect.WRITTEN_OFF, "written off"),
        ("001", "25", Effect.PROTESTED, "protested and written off"),
        ("001", "14", Effect.CHANGED, "due date changed"),
        ("001", "27", Effect.CHANGED, "other data changed"),
        ("001", "44", Effect.REVERSED, "cheque returned"),
        ("001", "50", Effect.PAYMENT_PENDING, "cheque pending"),
        ("756", "45", Effect.SETTLED, "cheque cleared"),
        ("104", "45", Effect.CHANGED, "Caixa's own 45"),
        ("104", "44", Effect.REVERSED, "Caixa takes a settlement or a write-off back"),
        ("104", "46", Effect.SETTLED, "Caixa settles on-line"),
        ("341", "17", Effect.REJECTED, "Itaú keeps its own list in CNAB 240 too"),
        ("748", "45", Effect.UNKNOWN, "in FEBRABAN's list, not in Sicredi's"),
        ("085", "76", Effect.SETTLED, "Ailos's own"),
        ("041", "AB", Effect.PAYMENT_PENDING, "Banrisul's own, with letters"),
    ],
)
def test_movement_codes_follow_febraban_except_where_the_bank_has_its_own(
    bank: str, code: str, effect: Effect, why: str
) -> None:
    assert occurrence_240(bank, code).effect is effect, why


@pytest.mark.parametrize("code", ["", "6", "006", "ZZ", "0\u0666", "98"])
def test_a_code_in_no_list_is_unknown_and_says_nothing(code: str) -> None:
    found = occurrence_400("237", code)
    assert (found.code, found.effect, found.meaning) == (code, Effect.UNKNOWN, "")
    assert not found.effect.moves_money


def test_a_bank_without_a_list_knows_no_code() -> None:
    assert {occurrence_400("070", code).effect for code in ALL_CODES} == {Effect.UNKNOWN}
    assert {occurrence_400("999", code).effect for code in ALL_CODES} == {Effect.UNKNOWN}


def test_every_bank_with_a_layout_has_a_list() -> None:
    without = {bank for bank in LAYOUTS_400 if not occurrence_400(bank, "06").meaning}
    assert without == {"070"}, "BRB's list was not to be found"
    assert all(occurrence_240(bank, "06").meaning for bank in LAYOUTS_240)


def test_everything_known_has_the_banks_words() -> None:
    for bank in LAYOUTS_400:
        for code in ALL_CODES:
            found = occurrence_400(bank, code)
            assert bool(found.meaning) is (found.effect is not Effect.UNKNOWN)


@pytest.mark.parametrize(
    ("bank", "occurrence", "reason", "meaning"),
    [
        ("001", "06", "07", "Após feriado local"),
        ("001", "06", "08", "Em cartório"),
        ("001", "17", "33", "Na internet"),
        ("001", "03", "08", "Nosso número inválido"),
        ("001", "28", "08", "Custas de protesto"),
        ("104", "06", "02", "Casa lotérica"),
        ("341", "03", "08", ""),
        ("001", "14", "08", ""),
        ("001", "03", "ZZ", ""),
    ],
)
def test_a_reason_is_read_with_its_occurrence(
    bank: str, occurrence: str, reason: str, meaning: str
) -> None:
    assert reason_meaning(bank, occurrence, reason) == meaning
