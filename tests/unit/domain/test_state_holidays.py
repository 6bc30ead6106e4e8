from datetime import date, timedelta
from functools import cache

import holidays
import pytest

from regua.domain.calendar import easter, national_holidays
from regua.domain.errors import InvalidInput
from regua.domain.state_holidays import RULES, STATE_HOLIDAYS, Shift, state_holidays
from regua.domain.time_zones import ZONE_OF_UF

YEARS = range(2024, 2036)
UFS = sorted(ZONE_OF_UF)
NOT_HOLIDAYS = {
    ("RN", 8, 7): "Lei 7.831/2000 names the day and makes no holiday; the state works",
    ("TO", 3, 18): "Lei 2.013/2009 took the holiday away",
    ("AP", 7, 25): "struck down in STF ADI 4820 (2018); Lei 2.430/2019 keeps a date to remember",
}
"""In the independent calendar, and shown by an official act to be working days."""
OURS_ALONE = {
    ("AC", 1, 20): "Lei 3.137/2016",
    ("AM", 12, 8): "the press reports the whole state; the law found is Manaus's",
    ("AP", 5, 15): "Lei 2.213/2017",
    ("BA", 6, 24): "moved as a state holiday in May 2020",
    ("GO", 10, 28): "Lei 20.756/2020",
    ("TO", 8, 15): "Lei 4.509/2024, first kept in 2025",
}
CORPUS_CHRISTI_UFS = {"DF", "MA", "PI"}
MOVING_UFS = {"AC", "AL", "SC"}
"""Where we close a day and the one it moves to, and the independent calendar one of the two."""


@cache
def independent(uf: str) -> frozenset[date]:
    whole = holidays.country_holidays("BR", subdiv=uf, years=YEARS)
    return frozenset(whole)


def closed(uf: str, year: int) -> frozenset[date]:
    return state_holidays(uf, year) | national_holidays(year)


@pytest.mark.parametrize("uf", UFS)
def test_every_day_of_an_independent_calendar_is_closed_but_for_the_stated_ones(uf: str) -> None:
    for year in YEARS:
        missing = {day for day in independent(uf) if day.year == year} - closed(uf, year)
        stated = {date(year, month, day) for state, month, day in NOT_HOLIDAYS if state == uf}
        assert missing <= stated, (uf, sorted(missing))


@pytest.mark.parametrize(("uf", "month", "day"), sorted(NOT_HOLIDAYS))
def test_the_stated_days_are_still_in_the_independent_calendar(
    uf: str, month: int, day: int
) -> None:
    """Else the note is out of date."""
    assert date(2026, month, day) in independent(uf), NOT_HOLIDAYS[uf, month, day]
    assert date(2026, month, day) not in closed(uf, 2026)


@pytest.mark.parametrize("uf", sorted(set(UFS) - MOVING_UFS))
def test_days_that_only_we_close_are_stated_one_by_one(uf: str) -> None:
    for year in YEARS:
        more = closed(uf, year) - independent(uf)
        stated = {date(year, month, day) for state, month, day in OURS_ALONE if state == uf}
        if uf in CORPUS_CHRISTI_UFS:
            stated.add(easter(year) + timedelta(days=60))
        assert more <= stated, (uf, sorted(more - stated))


@pytest.mark.parametrize("uf", sorted(MOVING_UFS))
def test_where_a_state_moves_its_holidays_we_close_at_most_a_week_around_them(uf: str) -> None:
    for year in YEARS:
        theirs = independent(uf) | {date(year, 1, 20)}
        for day in closed(uf, year) - theirs:
            assert min(abs(day - other) for other in theirs) <= timedelta(days=6), (uf, day)


@pytest.mark.parametrize(
    ("uf", "day", "why"),
    [
        ("AC", date(2026, 1, 20), "the Catholics' day itself"),
        ("AC", date(2026, 1, 22), "where the state moved it: Friday was a holiday already"),
        ("AC", date(2026, 1, 23), "the Evangelicals' day, a Friday"),
        ("AC", date(2023, 3, 10), "8 March was a Wednesday and moved to Friday"),
        ("AC", date(2023, 9, 8), "5 September was a Tuesday and moved to Friday"),
        ("AC", date(2023, 6, 15), "the state's birthday never moves"),
        ("AL", date(2028, 12, 1), "30 November was a Thursday and moved to Friday"),
        ("AL", date(2027, 11, 29), "30 November was a Tuesday and moved to Monday"),
        ("SC", date(2026, 8, 16), "11 August was a Tuesday and moved to Sunday"),
        ("SC", date(2029, 8, 11), "11 August was a Saturday, perhaps a working day: closed"),
        ("SC", date(2029, 8, 12), "and so is the Sunday it may have moved to"),
        ("ES", date(2026, 4, 13), "Monday, eight days after Easter"),
        ("RJ", date(2026, 2, 17), "Carnival Tuesday"),
        ("MA", date(2026, 6, 4), "Corpus Christi"),
        ("TO", date(2025, 8, 15), "the first Senhor do Bonfim"),
        ("SP", date(2026, 7, 9), "the Constitutionalist Revolution"),
        ("RS", date(2026, 9, 20), "the Farroupilha Revolution"),
        ("PE", date(2026, 3, 6), "the Pernambuco Revolution"),
    ],
)
def test_days_on_which_a_state_rests(uf: str, day: date, why: str) -> None:
    assert day in state_holidays(uf, day.year), why


@pytest.mark.parametrize(
    ("uf", "day", "why"),
    [
        ("AC", date(2023, 6, 16), "the Friday after the state's birthday is a working day"),
        ("SC", date(2026, 8, 11), "moved away to Sunday"),
        ("TO", date(2024, 8, 15), "the law is of September 2024"),
        ("PR", date(2026, 12, 19), "no holiday since Lei 18.384/2014"),
        ("PE", date(2026, 6, 24), "the state's only holiday is 6 March"),
        ("RJ", date(2026, 7, 9), "São Paulo's"),
        ("SP", date(2026, 1, 25), "the city's"),
    ],
)
def test_days_on_which_a_state_works(uf: str, day: date, why: str) -> None:
    assert day not in state_holidays(uf, day.year), why


def test_a_holiday_that_is_moved_stays_in_its_week() -> None:
    for uf in sorted(MOVING_UFS):
        for year in YEARS:
            for day in state_holidays(uf, year):
                assert day.year == year


@pytest.mark.parametrize("uf", ["", "XX", "sp", "BR"])
def test_there_are_no_holidays_of_what_is_no_state(uf: str) -> None:
    with pytest.raises(InvalidInput, match="uf: not a Brazilian state"):
        state_holidays(uf, 2026)


def test_every_state_but_parana_has_a_row_and_every_row_a_source() -> None:
    assert {row.uf for row in STATE_HOLIDAYS} == set(UFS) - {"PR"}
    for row in STATE_HOLIDAYS:
        assert row.source
        assert row.name
        assert row.shift in Shift


def test_rules_tell_every_row() -> None:
    says = {rule.code: rule for rule in RULES}
    assert len(says) == len(RULES) == 27 + 3
    for row in STATE_HOLIDAYS:
        rule = says[f"holidays.state.{row.uf.lower()}"]
        assert row.name in rule.says
        assert row.source in rule.source
    assert "no holiday of its own" in says["holidays.state.pr"].says
