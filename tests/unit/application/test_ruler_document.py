"""The ruler document is refused with the path and reason of everything that is wrong with it."""

from copy import deepcopy
from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from regua.application.ruler_document import read_ruler, ruler_schema, ruler_warnings
from regua.domain.calendar import BusinessDays
from regua.domain.errors import InvalidInput
from regua.domain.interest import (
    DayCount,
    InterestAmount,
    InterestRate,
    MonthLength,
    RatePeriod,
)
from regua.domain.late_charges import (
    Basis,
    Component,
    ComponentRounding,
    LateChargeTerms,
    Profile,
)
from regua.domain.money import Money, Rounding
from regua.domain.ruler import DEFAULT_RULER, Anchor, Caps, Channel, Fallback, Hours, Seen, Tone

WHOLE: dict[str, Any] = {
    "name": "padrao",
    "timezone": "America/Manaus",
    "business_days": "preceding",
    "steps": [
        {
            "id": "emissao",
            "offset_days": 1,
            "anchor": "issue_date",
            "channels": ["email"],
            "template": "lembrete",
            "tone": "friendly",
        },
        {
            "id": "vencida-3",
            "offset_days": 3,
            "anchor": "previous_step",
            "channels": ["email", "whatsapp"],
            "fallback": {"after_hours": 24, "unless": "opened"},
            "template": "vencida",
            "when": {"min_amount_centavos": 1000, "segments": ["padrao"]},
        },
    ],
    "late_charges": {
        "fine_percent": "1.5",
        "interest_percent_month": "0.99",
        "rounding": "down",
        "basis": "original",
    },
    "caps": {"per_day": 2, "per_week": 4},
}


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the whole document with one value put in, or taken out (`...`)."""
    document = deepcopy(WHOLE)
    *parents, last = path.split(".")
    place: Any = document
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    if value is ...:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return document


def problems(document: object, **options: Any) -> list[str]:  # noqa: ANN401 - any option
    with pytest.raises(InvalidInput) as caught:
        read_ruler(document, **options)
    assert all(p.reason for p in caught.value.problems)
    return [p.path for p in caught.value.problems]


def test_every_field_of_the_document_is_read() -> None:
    ruler = read_ruler(WHOLE)
    assert (ruler.name, ruler.timezone) == ("padrao", "America/Manaus")
    assert ruler.business_days is BusinessDays.PRECEDING
    assert ruler.caps == Caps(2, 4)
    assert ruler.late_charges == LateChargeTerms(
        Decimal("1.5"),
        InterestRate(Decimal("0.99")),
        ComponentRounding.same(Rounding.DOWN),
        Basis.ORIGINAL,
    )
    first, second = ruler.steps
    assert (first.anchor, first.offset_days, first.tone) == (Anchor.ISSUE_DATE, 1, Tone.FRIENDLY)
    assert second.channels == (Channel.EMAIL, Channel.WHATSAPP)
    assert second.fallback == Fallback(24, Seen.OPENED)
    assert second.when.min_amount == Money(1000)
    assert second.when.segments == {"padrao"}
    assert (second.template, second.tone) == ("vencida", Tone.NEUTRAL)


def test_what_may_be_left_out_has_the_promised_default() -> None:
    step = {"id": "a", "offset_days": 0, "channels": ["email"], "template": "x"}
    ruler = read_ruler({"name": "curta", "steps": [step]})
    assert ruler.timezone == "America/Sao_Paulo"
    assert ruler.business_days is BusinessDays.FOLLOWING
    assert ruler.caps == Caps(1, 3)
    assert ruler.late_charges == LateChargeTerms(Decimal(2), InterestRate(Decimal(1)))
    assert ruler.steps[0].anchor is Anchor.DUE_DATE


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("name", ..., "no name"),
        ("name", "Padrão", "a name is a slug"),
        ("name", "", "an empty name"),
        ("timezone", "Brasil/Leste", "no such zone"),
        ("timezone", "../etc/passwd", "no path either"),
        ("business_days", "nearest", "no such convention"),
        ("steps", [], "no steps"),
        ("steps", "x", "no list"),
        ("steps.0.id", ..., "a step without an id"),
        ("steps.0.id", "A B", "an id is a slug"),
        ("steps.0.offset_days", 1826, "later than any debt lives"),
        ("steps.0.offset_days", 1.5, "half a day"),
        ("steps.0.anchor", "today", "no such anchor"),
        ("steps.0.anchor", "previous_step", "the first step has none before it"),
        ("steps.0.channels", [], "no channel"),
        ("steps.0.channels.0", "fax", "no such channel"),
        ("steps.0.template", ..., "nothing to say"),
        ("steps.0.tone", "rude", "no such tone"),
        ("steps.0.quando", {}, "an unknown field"),
        ("steps.1.id", "emissao", "the same id twice"),
        ("steps.1.fallback.after_hours", 0, "at once is no fallback"),
        ("steps.1.fallback.unless", "read", "no such event"),
        ("steps.1.when.min_amount_centavos", -1, "a negative amount"),
        ("steps.1.when.segments.0", "Ótimos", "a segment is a slug"),
        ("late_charges.fine_percent", "10.01", "usury"),
        ("late_charges.fine_percent", "2.01", "a consumer's fine: CDC art. 52 §1"),
        ("late_charges.grace_days", -1, "no such grace"),
        ("late_charges.fine_percent", "-1", "a negative fine"),
        ("late_charges.fine_percent", "dois", "no number"),
        ("late_charges.fine_percent", "NaN", "no number either"),
        ("late_charges.interest_percent_month", "20.1", "beyond anything lawful"),
        ("late_charges.rounding", "up", "no such rounding"),
        ("late_charges.basis", "today", "no such basis"),
        ("caps.per_day", 0, "no contact at all"),
        ("caps.per_week", 1, "fewer a week than a day"),
        ("caps.per_year", 1, "an unknown field"),
        ("regras", [], "an unknown field"),
    ],
)
def test_each_impossible_value_is_refused_at_its_path(path: str, value: object, why: str) -> None:
    found = problems(changed(path, value))
    assert path in found or (path == "steps.1.id" and "steps.0.id" in found), (why, found)


def test_all_problems_are_listed_at_once() -> None:
    document = changed("steps.0.channels", ["fax"])
    document["caps"]["per_day"] = 99
    document["nome"] = "x"
    assert {"caps.per_day", "nome", "steps.0.channels.0"} <= set(problems(document))


def test_a_repeated_id_is_named_at_every_place() -> None:
    assert problems(changed("steps.1.id", "emissao")) == ["steps.0.id", "steps.1.id"]


def test_a_template_that_does_not_exist_is_refused_where_names_are_known() -> None:
    known = frozenset({"lembrete"})
    assert problems(WHOLE, templates=known) == ["steps.1.template"]
    assert read_ruler(WHOLE, templates=frozenset({"lembrete", "vencida"})).name == "padrao"


@pytest.mark.parametrize("document", [None, [], "x", 7])
def test_what_is_no_document_is_refused(document: object) -> None:
    assert problems(document) == [""]


def test_a_reason_never_repeats_what_was_written() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_ruler(changed("name", "Maria da Silva"))
    assert "Maria" not in str(caught.value)


def test_the_published_schema_knows_every_field() -> None:
    schema: Any = ruler_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    assert set(schema["properties"]) == {*WHOLE, "contact_hours"}
    assert schema["additionalProperties"] is False
    assert set(DEFAULT_RULER) <= set(schema["properties"])


def test_a_contract_between_companies_may_say_more_than_a_consumers() -> None:
    document = changed("late_charges", {"profile": "company", "fine_percent": "10"})
    assert read_ruler(document).late_charges.fine_percent == Decimal(10)


def test_a_fine_beyond_the_law_is_refused_with_its_source() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_ruler(changed("late_charges.fine_percent", "2.01"))
    (problem,) = caught.value.problems
    assert "art. 52" in problem.reason


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"percent": "0.033", "per": "day"}, InterestRate(Decimal("0.033"), RatePeriod.DAY)),
        (
            {"percent": "12", "per": "year", "days": "business"},
            InterestRate(Decimal(12), RatePeriod.YEAR, DayCount.BUSINESS),
        ),
        (
            {"percent": "1", "month": "actual"},
            InterestRate(Decimal(1), month=MonthLength.ACTUAL),
        ),
        ({"amount_per_day_centavos": 50}, InterestAmount(Money(50))),
    ],
)
def test_interest_is_read_in_every_form(written: dict[str, Any], read: object) -> None:
    assert read_ruler(changed("late_charges", {"interest": written})).late_charges.interest == read


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ({}, "neither a rate nor an amount"),
        ({"percent": "1", "amount_per_day_centavos": 1}, "both"),
        ({"percent": "1", "per": "year", "month": "actual"}, "a year has no month's length"),
        ({"percent": "1", "days": "business", "month": "actual"}, "nor have business days"),
        ({"percent": "21"}, "beyond anything lawful"),
    ],
)
def test_interest_that_contradicts_itself_is_refused(written: dict[str, Any], why: str) -> None:
    found = problems(changed("late_charges", {"interest": written}))
    assert all(path.startswith("late_charges.interest") for path in found), why


def test_the_rest_of_a_contract_is_read() -> None:
    terms = read_ruler(
        changed(
            "late_charges",
            {
                "profile": "company",
                "fine_amount_centavos": 1000,
                "grace_days": 2,
                "fine_rounding": "down",
                "allocation": ["principal", "fine", "interest", "costs"],
            },
        )
    ).late_charges
    assert terms == LateChargeTerms(
        profile=Profile.COMPANY,
        fine_amount=Money(1000),
        grace_days=2,
        rounding=ComponentRounding(fine=Rounding.DOWN),
        allocation=(Component.PRINCIPAL, Component.FINE, Component.INTEREST, Component.COSTS),
    )


@pytest.mark.parametrize(
    ("late_charges", "why"),
    [
        ({"interest": {"percent": "1"}, "interest_percent_month": "1"}, "said twice"),
        ({"allocation": ["costs", "interest"]}, "an order without fine and principal"),
        ({"allocation": ["costs", "costs", "interest", "fine", "principal"]}, "one of them twice"),
    ],
)
def test_charges_that_contradict_themselves_are_refused(
    late_charges: dict[str, Any], why: str
) -> None:
    assert problems(changed("late_charges", late_charges)) == ["late_charges"], why


def test_more_than_one_per_cent_a_month_is_taken_with_a_warning() -> None:
    ruler = read_ruler(changed("late_charges", {"interest_percent_month": "1.5"}))
    assert [p.path for p in ruler_warnings(ruler)] == ["late_charges.interest"]
    assert ruler_warnings(read_ruler(WHOLE)) == ()


HOURS = {"weekday": ["08:00", "20:00"], "saturday": ["08:00", "14:00"]}


def test_a_creditors_own_hours_are_read() -> None:
    ruler = read_ruler(changed("contact_hours", {"sms": HOURS}))
    assert ruler.contact_hours == {
        Channel.SMS: Hours((time(8), time(20)), (time(8), time(14)), None)
    }


@pytest.mark.parametrize(
    ("written", "path", "why"),
    [
        ({"fax": HOURS}, "contact_hours.fax.[key]", "no such channel"),
        ({"sms": {"weekday": ["20:00", "08:00"]}}, "contact_hours.sms.weekday", "backwards"),
        ({"sms": {"weekday": ["16:00", "22:00"]}}, "contact_hours.sms.weekday", "three hours left"),
        ({"sms": {"weekday": ["9h", "19h"]}}, "contact_hours.sms.weekday.0", "not a time"),
        ({"sms": {"weekday": [9, 19]}}, "contact_hours.sms.weekday.0", "a number is no time"),
        ({"sms": {}}, "contact_hours.sms.weekday", "never open"),
    ],
)
def test_hours_in_which_nobody_could_be_contacted_are_refused(
    written: dict[str, Any], path: str, why: str
) -> None:
    assert path in problems(changed("contact_hours", written)), why


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Noronha"])
def test_a_zone_ahead_of_brasilia_would_call_late_before_the_day_is_over(zone: str) -> None:
    assert problems(changed("timezone", zone)) == ["timezone"]


def test_a_ruler_has_an_end() -> None:
    step = {"offset_days": 1, "channels": ["email"], "template": "x"}
    steps = [{"id": f"s{n}", **step} for n in range(101)]
    assert problems({"name": "longa", "steps": steps}) == ["steps"]
