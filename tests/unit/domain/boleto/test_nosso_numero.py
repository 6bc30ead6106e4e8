from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.boleto.nosso_numero import SCHEMES, NumberScheme, check_digit
from regua.domain.errors import InvalidInput
from tests.unit.domain.boleto.vectors import Row, rows

LEFT_OUT = {"041", "084", "085", "422", "707"}
"""Banks in the published boletos for whose numbers the reference states no rule."""


class Numbered(NamedTuple):
    """A published number: what it is made of, and the check digit printed on the boleto."""

    bank: str
    portfolio: str
    number: str
    agency: str
    account: str
    printed: str


def numbered(row: Row) -> Numbered:
    """Read a fixture, whose fields mean something else at some banks."""
    given, bank = row["account"], row["bank"]
    printed = row.get("nosso_fmt") or row["nosso_numero_fmt"]
    number = row.get("nosso_in") or row["nosso_numero_in"]
    agency, account = given["Agencia"], given["Conta"]
    if bank == "001":  # the convênio and the number, without a check digit
        return Numbered(bank, given["CarteiraPadrao"], printed, agency, account, "")
    if bank == "748":  # the year and the origin are part of it
        agency += given["OperacaoConta"]
        account, number = given["codigoBeneficiario"], printed[:2] + printed[3:9]
    if bank == "756":
        account = given["codigoBeneficiario"] + given["dvBeneficiario"]
    portfolio = given["CarteiraPadrao"].removeprefix("SIG")
    return Numbered(bank, portfolio, number, agency, account, printed[-1])


def computed(row: Numbered) -> str:
    return check_digit(
        row.bank,
        portfolio=row.portfolio,
        number=row.number,
        agency=row.agency,
        account=row.account,
    )


@pytest.mark.shared_data
def test_every_verified_number() -> None:
    known = [numbered(row) for row in rows("nosso_numero.json", "verified")]
    assert len(known) == 99
    for row in known:
        assert computed(row) == row.printed, row


@pytest.mark.shared_data
def test_the_numbers_of_the_published_boletos_cover_every_row_of_the_table() -> None:
    covered = set()
    for fixture in rows("boletos_valid.json"):
        if not fixture.get("nosso_numero_fmt") or fixture["bank"] in LEFT_OUT:
            continue
        row = numbered(fixture)
        if (row.bank, row.portfolio) == ("341", "112"):
            continue
        assert computed(row) == row.printed, row
        covered.add((row.bank, row.portfolio))
    assert covered == {(s.bank, portfolio) for s in SCHEMES for portfolio in s.portfolios}


@pytest.mark.shared_data
def test_the_portfolio_on_which_two_libraries_differ_is_refused() -> None:
    known = rows("nosso_numero.json", "disagreement_itau_112")
    for row in known["rows"]:  # type: ignore[call-overload]
        with pytest.raises(InvalidInput, match="portfolio"):
            check_digit("341", portfolio="112", number=row["nosso_in"])


@pytest.mark.parametrize("bank", ["041", "999", "", "34", "34\uff11"])
def test_a_bank_without_a_verified_rule_is_refused(bank: str) -> None:
    with pytest.raises(InvalidInput, match="bank"):
        check_digit(bank, portfolio="1", number="1")


def test_every_missing_or_unreadable_part_is_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_digit("341", portfolio="109", number="1" * 9, agency="", account="5678\u0669")
    assert [p.path for p in refused.value.problems] == ["agency", "account", "number"]


@pytest.mark.parametrize("digit", "0P")
def test_bradesco_writes_the_remainders_0_and_1_in_its_own_way(digit: str) -> None:
    found = {check_digit("237", portfolio="09", number=str(n)) for n in range(30)}
    assert digit in found


def test_leading_zeros_change_nothing() -> None:
    short = check_digit("033", portfolio="101", number="456")
    assert check_digit("033", portfolio="101", number="000000000456") == short == "1"


@given(st.sampled_from(SCHEMES), st.data())
def test_one_wrong_digit_changes_the_check_digit_unless_two_remainders_share_it(
    scheme: NumberScheme, data: st.DataObject
) -> None:
    length = dict(scheme.parts)["number"]
    number = data.draw(st.text("0123456789", min_size=length, max_size=length))
    place = data.draw(st.integers(0, length - 1))
    wrong = data.draw(st.sampled_from(sorted(set("0123456789") - {number[place]})))
    given = {name: "1" * size for name, size in scheme.parts} | {
        "portfolio": min(scheme.portfolios)
    }
    right = check_digit(scheme.bank, **given | {"number": number})
    changed = number[:place] + wrong + number[place + 1 :]
    other = check_digit(scheme.bank, **given | {"number": changed})
    shared = {"0"} if scheme.becomes and "00" in scheme.becomes else set()
    assert right != other or right in shared or not scheme.has_check_digit


@given(st.text(max_size=4), st.text(max_size=4), st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_given_is_answered_or_refused(
    bank: str, portfolio: str, number: str, agency: str
) -> None:
    for code in (bank, *(scheme.bank for scheme in SCHEMES)):
        for name in (portfolio, "09", "109"):
            try:
                answer = check_digit(code, portfolio=name, number=number, agency=agency)
            except InvalidInput:
                continue
            assert len(answer) <= 1
