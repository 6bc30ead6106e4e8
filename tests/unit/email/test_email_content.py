"""What an e-mail's content refuses, and the sums it offers."""

from datetime import date

import pytest

from regua.adapters import pt_br
from tests.unit.email.builders import DUE, any_content, any_line, any_sender


@pytest.mark.parametrize("field", ["name", "document", "address_line"])
def test_a_message_without_the_creditors_identity_cannot_be_built(field: str) -> None:
    with pytest.raises(ValueError, match="identify the creditor"):
        any_sender(**{field: " "})


def test_a_breakdown_that_does_not_add_up_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="sum of its parts"):
        any_line(total_centavos=1)


def test_a_message_about_nothing_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="at least one invoice"):
        any_content(lines=())


def test_the_total_is_the_sum_of_the_shown_parts() -> None:
    content = any_content(lines=(any_line(3), any_line(0, index=2, paid_centavos=900)))
    parts = content.original_centavos + content.late_fine_centavos + content.late_interest_centavos
    assert content.total_centavos == parts - content.paid_centavos
    assert content.total_centavos == content.late_total_centavos + content.current_total_centavos


@pytest.mark.parametrize(
    ("days_late", "on", "effective", "until"),
    [
        (3, date(2026, 11, 6), DUE, date(2026, 11, 6)),
        (0, date(2026, 10, 31), DUE, DUE),
        (0, DUE, date(2026, 11, 4), date(2026, 11, 4)),
    ],
    ids=["late: the day itself", "in time: the due date", "postponed: the business day"],
)
def test_how_long_an_amount_stays_right(
    days_late: int, on: date, effective: date, until: date
) -> None:
    line = any_line(days_late, effective_due_date=effective)
    assert line.valid_until(on) == until
    assert any_content(lines=(line,), on=on).valid_until == until


def test_a_boleto_or_phone_of_unknown_shape_is_shown_as_it_came() -> None:
    assert pt_br.boleto_line("123") == "123"
    assert pt_br.phone("+1 555 0100") == "+1 555 0100"


def test_a_name_of_titles_only_is_still_greeted() -> None:
    assert pt_br.greeting_name("Dr. Jr.", "person") == "Dr."


@pytest.mark.parametrize("text", ["a\u2028b", "a\x85b", "a\x00\nb", "a \u200b b", "a\ud800 b"])
def test_no_kind_of_line_break_survives(text: str) -> None:
    assert pt_br.one_line(text) == "a b"
