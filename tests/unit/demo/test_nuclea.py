"""The real file of the FIAP + Núclea challenge: read whole, counted right, in both calendars."""

from datetime import date
from pathlib import Path

import pytest

from local.demo.mapping import PORTFOLIOS
from local.demo.model import Abatement
from local.demo.portfolio import Reading, read_portfolio
from local.demo.report import file_notes
from local.demo.summary import file_figures
from tests.shared_data import shared_data_path

pytestmark = pytest.mark.shared_data

NUCLEA = PORTFOLIOS / "nuclea.yaml"
EARLIEST = date(2026, 11, 23)


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read_portfolio(shared_data_path("ar/nuclea_boletos_dev.csv"), earliest_day=EARLIEST)


def test_its_mapping_is_chosen_by_the_header_and_no_row_is_lost(reading: Reading) -> None:
    assert reading.mapping.name == "nuclea"
    assert reading.rows == len(reading.portfolio.invoices) == 2609
    assert not reading.rejected
    assert not reading.warnings
    assert len(reading.portfolio.customers) == 1467


def test_the_file_s_own_figures(reading: Reading) -> None:
    own, _ = file_figures(reading.portfolio)
    assert (own.issued, own.paid, own.withdrawn, own.still_open) == (2609, 2227, 374, 8)
    assert own.late_by_calendar == 607
    assert own.late_by_bank_rule == 268


def test_moved_to_weeks_with_the_same_holidays_every_figure_holds(reading: Reading) -> None:
    own, moved = file_figures(reading.portfolio)
    assert moved == own
    assert min(i.due_date for i in reading.portfolio.invoices) == date(2027, 4, 21)
    assert not any("só existem" in note for note in file_notes(reading.portfolio, 0))


def test_moved_by_weekdays_alone_the_holiday_is_told(tmp_path: Path) -> None:
    text = NUCLEA.read_text(encoding="utf-8").replace("bank_calendar", "weekdays")
    mapping = tmp_path / "weekdays.yaml"
    mapping.write_text(text, encoding="utf-8")
    portfolio = read_portfolio(
        shared_data_path("ar/nuclea_boletos_dev.csv"), earliest_day=EARLIEST, mapping_file=mapping
    ).portfolio
    own, moved = file_figures(portfolio)
    assert moved.late_by_calendar == own.late_by_calendar
    assert moved.late_by_bank_rule > own.late_by_bank_rule, "1 May is a holiday, 2 December is not"
    assert any("01/05/2024" in note for note in file_notes(portfolio, 0))


def test_weekdays_hold(reading: Reading) -> None:
    assert reading.portfolio.shift_days % 7 == 0
    assert min(i.due_date for i in reading.portfolio.invoices).weekday() == 2


def test_what_was_paid_short_was_abated_because_the_bank_closed_it_whole(
    reading: Reading,
) -> None:
    abated = [m for m in reading.portfolio.movements if isinstance(m, Abatement)]
    assert len(abated) == 18


def test_numbers_are_short_and_unique_per_customer(reading: Reading) -> None:
    numbers = {(i.customer_id, i.number) for i in reading.portfolio.invoices}
    assert len(numbers) == 2609
    assert max(len(i.number) for i in reading.portfolio.invoices) == 12
