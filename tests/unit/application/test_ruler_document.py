"""The ruler document is refused with the path and reason of everything that is wrong with it."""

from copy import deepcopy
from dataclasses import fields
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.email_templates import TEMPLATES
from regua.application.assignment_document import assignment_schema, read_assignment
from regua.application.conditions_document import ConditionsDocument, written_name
from regua.application.ruler_checks import LISTING_TEMPLATES, OVERDUE_TEMPLATES
from regua.application.ruler_document import (
    RulerDocument,
    read_ruler,
    ruler_schema,
    ruler_warnings,
)
from regua.domain.calendar import BusinessDays
from regua.domain.conditions import ALWAYS, Conditions
from regua.domain.decision import decide
from regua.domain.errors import InvalidInput
from regua.domain.experiments import Variant
from regua.domain.holds import PromiseLimits
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
from regua.domain.ruler import (
    DEFAULT_RULER,
    Anchor,
    Caps,
    Channel,
    Escalation,
    Fallback,
    Hours,
    OffsetUnit,
    ReceiptOptions,
    Repeat,
    Seen,
    Thresholds,
    Tone,
)
from regua.domain.rulers import Rulers
from tests.builders import any_account, any_invoice, nine_o_clock

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
EVERYTHING: dict[str, Any] = {
    "name": "tudo",
    "contact_hours": {"email": {"weekday": ["08:00", "18:00"]}},
    "contact_hour": 10,
    "escalation": "stepwise",
    "thresholds": {"invoice_centavos": 500, "customer_centavos": 1500},
    "promises": {"max_days": 7, "max_broken": 1, "grace_business_days": 2},
    "end": {"after_days": 5},
    "receipt": {
        "channels": ["whatsapp", "email"],
        "template": "recibo",
        "only_if_contacted": False,
    },
    "steps": [
        {
            "id": "vencida",
            "offset_days": 2,
            "unit": "business_days",
            "channels": ["email", "sms"],
            "template": "vencida",
            "repeat": {"every_days": 4, "at_most": 3},
            "variants": [
                {"name": "controle"},
                {
                    "name": "cordial",
                    "weight": 3,
                    "template": "em_atraso",
                    "tone": "friendly",
                    "channels": ["sms"],
                },
                {"name": "nada", "silent": True},
            ],
            "when": {
                "min_amount_centavos": 1000,
                "max_amount_centavos": 90000,
                "min_days_late": 2,
                "max_days_late": 40,
                "segments": ["vip", "padrao"],
                "tags_any": ["Loja 1"],
                "tags_none": ["jurídico"],
                "kinds": ["person"],
                "risks": ["A", "B"],
                "reachable_by": ["email", "sms"],
                "not_reachable_by": ["voice"],
                "min_open_centavos": 2000,
                "max_open_centavos": 95000,
                "min_overdue_invoices": 1,
                "max_overdue_invoices": 9,
                "min_times_late": 1,
                "max_times_late": 8,
                "min_late_share_percent": 10,
                "max_late_share_percent": 90,
                "min_worst_days_late": 2,
                "max_worst_days_late": 60,
                "min_broken_promises": 0,
                "max_broken_promises": 3,
            },
        }
    ],
}
"""What ``WHOLE`` does not say."""


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the whole document with one value put in, or taken out (`...`)."""
    document = deepcopy(WHOLE)
    *parents, last = path.split(".")
    place: Any = document
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place.setdefault(name, {})
    if value is ...:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return document


def refused(document: object, **options: Any) -> dict[str, str]:  # noqa: ANN401 - any option
    """Return the reason of every problem by its path."""
    with pytest.raises(InvalidInput) as caught:
        read_ruler(document, **options)
    assert all(p.reason for p in caught.value.problems)
    return dict(caught.value.problems)


def problems(document: object, **options: Any) -> list[str]:  # noqa: ANN401 - any option
    return list(refused(document, **options))


def warned(document: object) -> dict[str, str]:
    return dict(ruler_warnings(read_ruler(document)))


def step(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """Return a step five days after the due date."""
    plain = {"id": "a", "offset_days": 5, "channels": ["email"], "template": "vencida"}
    return {**plain, **changes}


def ruler_of(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """Return a ruler with these steps, each with an id of its own unless it says one."""
    named = [{**s, "id": f"s{i}"} if s["id"] == "a" else s for i, s in enumerate(steps)]
    return {"name": "curta", "steps": named, **changes}


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


def test_everything_the_engine_can_do_can_be_written() -> None:
    ruler = read_ruler(EVERYTHING, segments=frozenset({"vip"}), version=3)
    (only,) = ruler.steps
    assert (ruler.ref, ruler.contact_hour, ruler.end_after_days) == ("tudo@3", 10, 5)
    assert ruler.escalation is Escalation.STEPWISE
    assert ruler.thresholds == Thresholds(Money(500), Money(1500))
    assert ruler.promises == PromiseLimits(max_days=7, max_broken=1, grace_business_days=2)
    assert ruler.receipt == ReceiptOptions((Channel.WHATSAPP, Channel.EMAIL), "recibo", False)
    assert (only.unit, only.repeat) == (OffsetUnit.BUSINESS_DAYS, Repeat(4, 3))
    assert [s.id for s in ruler.all_steps] == ["vencida", "vencida.2", "vencida.3"]
    assert only.variants == (
        Variant("controle"),
        Variant("cordial", 3, "em_atraso", Tone.FRIENDLY, (Channel.SMS,)),
        Variant("nada", silent=True),
    )
    assert only.when == Conditions(
        min_amount=Money(1000),
        max_amount=Money(90000),
        min_days_late=2,
        max_days_late=40,
        segments=frozenset({"vip", "padrao"}),
        tags_any=frozenset({"Loja 1"}),
        tags_none=frozenset({"jurídico"}),
        kinds=frozenset({"person"}),
        risks=frozenset({"A", "B"}),
        reachable_by=frozenset({"email", "sms"}),
        not_reachable_by=frozenset({"voice"}),
        min_open_amount=Money(2000),
        max_open_amount=Money(95000),
        min_overdue_invoices=1,
        max_overdue_invoices=9,
        min_times_late=1,
        max_times_late=8,
        min_late_share_percent=10,
        max_late_share_percent=90,
        min_worst_days_late=2,
        max_worst_days_late=60,
        min_broken_promises=0,
        max_broken_promises=3,
    )


def test_every_condition_of_the_engine_has_a_name_in_the_document() -> None:
    assert {written_name(f.name) for f in fields(Conditions)} == set(
        ConditionsDocument.model_fields
    )


@pytest.mark.parametrize("when", [..., {}, {"segments": []}, {"min_amount_centavos": 0}])
def test_conditions_that_ask_nothing_are_no_conditions(when: Any) -> None:  # noqa: ANN401
    written = step() if when is ... else step(when=when)
    assert read_ruler(ruler_of(written)).steps[0].when is ALWAYS


def test_the_default_ruler_gives_no_cause_for_concern() -> None:
    assert ruler_warnings(read_ruler(DEFAULT_RULER)) == ()


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
        ("steps.0.offset_days", "1", "text is no number"),
        ("steps.0.offset_days", True, "nor is yes"),
        ("steps.0.unit", "weeks", "no such unit"),
        ("steps.0.id", "vencida.2", "would be a repetition's"),
        ("steps.0.repeat", {"every_days": 0, "at_most": 2}, "for ever at once"),
        ("steps.0.repeat", {"every_days": 7}, "no end"),
        ("steps.0.repeat", {"every_days": 7, "at_most": 1}, "no repetition"),
        ("steps.0.repeat", {"every_days": 7, "at_most": 61}, "too many"),
        ("steps.0.variants", [], "no arm"),
        ("steps.0.variants", [{"name": "so"}], "nothing to compare with"),
        ("steps.0.variants", [{"name": "a"}, {"name": "hold_out"}], "a reserved name"),
        ("steps.0.variants", [{"name": "a"}, {"name": "b", "weight": 0}], "nobody's arm"),
        ("steps.0.variants", [{"name": "a"}, {"name": "b", "channels": []}], "no channel"),
        ("steps.0.variants", [{"name": "a"}, {"name": "b", "silent": "yes"}], "neither yes nor no"),
        ("steps.1.when.kinds", ["empresa"], "neither a person nor a company"),
        ("steps.1.when.reachable_by", ["fax"], "no such channel"),
        ("steps.1.when.max_late_share_percent", 101, "more than all"),
        ("steps.1.when.tags_any", [""], "an empty tag"),
        ("steps.1.when.min_dias", 3, "an unknown field"),
        ("contact_hour", 24, "no such hour"),
        ("contact_hour", "9", "text is no number"),
        ("escalation", "slow", "no such escalation"),
        ("thresholds.invoice_centavos", -1, "a negative amount"),
        ("thresholds.fatura", 1, "an unknown field"),
        ("promises.max_days", 0, "a promise for yesterday"),
        ("promises.max_days", 91, "a promise for ever"),
        ("promises.max_broken", -1, "less than none"),
        ("end.after_days", 0, "before the last step is over"),
        ("end.event", "x", "an unknown field"),
    ],
)
def test_each_impossible_value_is_refused_at_its_path(path: str, value: object, why: str) -> None:
    found = problems(changed(path, value))
    assert any(at == path or at.startswith(f"{path}.") for at in found), (why, found)


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
    assert set(schema["properties"]) == {*WHOLE, *EVERYTHING}
    assert all(
        part["additionalProperties"] is False
        for part in (schema, *schema["$defs"].values())
        if part["type"] == "object"
    )
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
    assert ruler_warnings(ruler)[0].path == "late_charges.interest"
    assert "late_charges.interest" not in warned(WHOLE)


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
    steps = [step(offset_days=1)] * 101
    assert problems(ruler_of(*steps)) == ["steps"]


def test_repetitions_count_too() -> None:
    often = step(offset_days=1, repeat={"every_days": 1, "at_most": 60})
    assert read_ruler(ruler_of(often, often, often)).name == "curta"
    assert problems(ruler_of(often, often, often, often)) == ["steps"]


AFTER = {"anchor": "previous_step"}
ISSUED = {"anchor": "issue_date"}
TWO = [{"name": "a"}, {"name": "b"}]


@pytest.mark.parametrize(
    ("steps", "path", "why"),
    [
        ([step(), step(**AFTER, offset_days=-1)], "steps.1.offset_days", "before its anchor"),
        ([step(**ISSUED, offset_days=-1)], "steps.0.offset_days", "before there is an invoice"),
        ([step(offset_days=-1826)], "steps.0.offset_days", "years before anything"),
        (
            [step(offset_days=1800), step(**AFTER, offset_days=26)],
            "steps.1.offset_days",
            "prescribed",
        ),
        (
            [step(offset_days=1700, repeat={"every_days": 63, "at_most": 3})],
            "steps.0.repeat",
            "prescribed by its last time",
        ),
        (
            [step(offset_days=1400, unit="business_days")],
            "steps.0.offset_days",
            "1,400 business days are more than five years",
        ),
        (
            [step(fallback={"after_hours": 4, "unless": "opened"})],
            "steps.0.fallback",
            "nowhere to fall",
        ),
        (
            [step(variants=[{"name": "a"}, {"name": "b"}, {"name": "a"}])],
            "steps.0.variants.0.name",
            "the same name twice",
        ),
        (
            [step(variants=[{"name": "a"}, {"name": "b"}, {"name": "a"}])],
            "steps.0.variants.2.name",
            "the same name twice",
        ),
        (
            [step(variants=[{"name": "a"}, {"name": "b", "silent": True, "tone": "firm"}])],
            "steps.0.variants.1",
            "a tone of silence",
        ),
        (
            [step(variants=[{**v, "silent": True} for v in TWO])],
            "steps.0.variants",
            "nobody is told anything",
        ),
        (
            [step(template="pre_negativacao", offset_days=29)],
            "steps.0.template",
            "a day too early",
        ),
        (
            [step(template="pre_negativacao", **ISSUED, offset_days=90)],
            "steps.0.template",
            "nobody knows how late that is",
        ),
        (
            [step(), step(template="pre_negativacao", **AFTER, offset_days=24)],
            "steps.1.template",
            "29 days by its chain",
        ),
        (
            [step(variants=[{"name": "a"}, {"name": "b", "template": "pre_negativacao"}])],
            "steps.0.variants.1.template",
            "an arm speaks of listing",
        ),
        (
            [step(template="pre_negativacao", offset_days=21, unit="business_days")],
            "steps.0.template",
            "29 days at the least",
        ),
    ],
)
def test_a_step_that_cannot_or_must_not_be_made_is_refused(
    steps: list[dict[str, Any]], path: str, why: str
) -> None:
    assert path in problems(ruler_of(*steps)), why


@pytest.mark.parametrize(
    ("when", "field", "why"),
    [
        ({"min_amount_centavos": 2, "max_amount_centavos": 1}, "max_amount_centavos", "no amount"),
        ({"min_days_late": 9, "max_days_late": 8}, "max_days_late", "no delay"),
        ({"min_open_centavos": 2, "max_open_centavos": 1}, "max_open_centavos", "no debt"),
        (
            {"min_overdue_invoices": 3, "max_overdue_invoices": 2},
            "max_overdue_invoices",
            "no number",
        ),
        ({"min_times_late": 3, "max_times_late": 2}, "max_times_late", "no number"),
        (
            {"min_late_share_percent": 51, "max_late_share_percent": 50},
            "max_late_share_percent",
            "no share",
        ),
        ({"min_worst_days_late": 9, "max_worst_days_late": 8}, "max_worst_days_late", "no delay"),
        ({"min_broken_promises": 2, "max_broken_promises": 1}, "max_broken_promises", "no number"),
        ({"tags_any": ["a"], "tags_none": ["a", "b"]}, "tags_none", "with it and without it"),
        (
            {"reachable_by": ["sms"], "not_reachable_by": ["sms"]},
            "not_reachable_by",
            "by it and not by it",
        ),
        ({"not_reachable_by": ["email"]}, "not_reachable_by", "on no channel of the step"),
        (
            {"min_amount_centavos": 2, "max_open_centavos": 1},
            "max_open_centavos",
            "less in all than one invoice",
        ),
        ({"max_days_late": 4}, "max_days_late", "the step comes at five"),
        ({"max_worst_days_late": 4}, "max_worst_days_late", "it is itself five days late"),
        ({"max_overdue_invoices": 0}, "max_overdue_invoices", "it is itself overdue"),
        ({"max_times_late": 0}, "max_times_late", "it counts itself"),
        ({"max_amount_centavos": 999}, "max_amount_centavos", "under the ruler's threshold"),
        ({"max_open_centavos": 1999}, "max_open_centavos", "under the ruler's threshold"),
    ],
)
def test_a_step_meant_for_nobody_is_refused(when: dict[str, Any], field: str, why: str) -> None:
    thresholds = {"invoice_centavos": 1000, "customer_centavos": 2000}
    if "min" in str(when):  # contradicts itself, whatever the thresholds are
        thresholds = {}
    assert problems(ruler_of(step(when=when), thresholds=thresholds)) == [
        f"steps.0.when.{field}"
    ], why


def test_a_reminder_for_those_who_are_late_is_refused() -> None:
    before = step(offset_days=-3, template="lembrete", when={"min_days_late": 1})
    assert problems(ruler_of(before)) == ["steps.0.when.min_days_late"]


@pytest.mark.parametrize(
    "written",
    [
        step(template="pre_negativacao", offset_days=30),
        step(template="pre_negativacao", offset_days=22, unit="business_days"),
        step(template="pre_negativacao", offset_days=5, when={"min_days_late": 30}),
        step(template="pre_negativacao", **ISSUED, when={"min_days_late": 30}),
        step(when={"max_days_late": 5}),
        step(offset_days=-1, template="lembrete", when={"max_times_late": 0}),
        step(offset_days=1825),
        step(when={"not_reachable_by": ["sms"], "reachable_by": ["sms", "email"]}),
    ],
)
def test_the_last_that_is_possible_is_taken(written: dict[str, Any]) -> None:
    assert read_ruler(ruler_of(written)).steps[0].id == "s0"


@pytest.mark.parametrize("offset", [30, 33])
def test_a_listing_moved_before_its_thirtieth_day_is_refused(offset: int) -> None:
    early = ruler_of(
        step(template="pre_negativacao", offset_days=offset), business_days="preceding"
    )
    assert problems(early) == ["steps.0.template"]
    late = ruler_of(step(template="pre_negativacao", offset_days=34), business_days="preceding")
    assert read_ruler(late).steps[0].offset_days == 34


@pytest.mark.parametrize(
    ("document", "source"),
    [
        (ruler_of(step(template="pre_negativacao")), "our convention"),
        (ruler_of(step(offset_days=1826)), "art. 206"),
        (ruler_of(step(offset_days=1800), step(**AFTER, offset_days=26)), "art. 206"),
        (ruler_of(step(), late_charges={"fine_percent": "3"}), "art. 52"),
        (ruler_of(step(channels=["sms"]), contact_hour=8), "state laws"),
        (ruler_of(step(), contact_hour=7), "arts. 42 and 71"),
    ],
)
def test_what_a_rule_forbids_is_refused_with_its_source(
    document: dict[str, Any], source: str
) -> None:
    (reason,) = refused(document).values()
    assert source in reason


@pytest.mark.parametrize(
    ("hour", "channels", "hours", "is_open"),
    [
        (8, ["email"], {}, True),
        (19, ["email"], {}, True),
        (20, ["email"], {}, False),
        (8, ["email", "sms"], {}, False),
        (9, ["email", "voice"], {}, True),
        (19, ["whatsapp"], {}, False),
        (20, ["email"], {"email": {"weekday": ["06:00", "22:00"]}}, True),
        (9, ["email"], {"email": {"weekday": ["10:00", "18:00"]}}, False),
        (8, ["sms"], {"sms": {"weekday": ["08:00", "20:00"]}}, False),
    ],
)
def test_the_hour_of_a_ruler_is_one_at_which_all_its_channels_are_open(
    hour: int, channels: list[str], hours: dict[str, Any], *, is_open: bool
) -> None:
    document = ruler_of(step(channels=channels), contact_hour=hour, contact_hours=hours)
    if is_open:
        assert read_ruler(document).contact_hour == hour
    else:
        assert set(problems(document)) == {"contact_hour"}


def test_an_hour_that_nobody_chose_waits_for_the_channel_to_open() -> None:
    late_riser = {"email": {"weekday": ["10:00", "18:00"]}}
    assert read_ruler(ruler_of(step(), contact_hours=late_riser)).contact_hour == 9


def test_only_segments_that_exist_may_be_asked_for() -> None:
    document = ruler_of(step(when={"segments": ["vip", "padrao"]}))
    assert read_ruler(document, segments=frozenset({"vip"})).name == "curta"
    assert problems(document, segments=frozenset({"ouro"})) == ["steps.0.when.segments"]


def test_templates_of_variants_must_exist_too() -> None:
    arms = [{"name": "a"}, {"name": "b", "template": "sumiu"}]
    assert problems(ruler_of(step(variants=arms)), templates=TEMPLATES) == [
        "steps.0.variants.1.template"
    ]


def test_what_templates_speak_of_is_written_down_for_templates_that_exist() -> None:
    assert LISTING_TEMPLATES < OVERDUE_TEMPLATES < TEMPLATES


REMINDER = step(offset_days=-3, template="lembrete")


@pytest.mark.parametrize(
    ("document", "paths", "why"),
    [
        (ruler_of(REMINDER, step()), [], "nothing unusual"),
        (ruler_of(step()), ["steps"], "nobody is reminded in time"),
        (ruler_of(REMINDER, step(), step()), ["steps.2.offset_days"], "two on one day"),
        (
            ruler_of(
                REMINDER,
                step(when={"kinds": ["person"]}),
                step(when={"kinds": ["company"]}),
            ),
            [],
            "two on one day, for two audiences",
        ),
        (
            ruler_of(REMINDER, step(), step(**AFTER, offset_days=0)),
            ["steps.2.offset_days"],
            "on one day by its chain",
        ),
        (
            ruler_of(REMINDER, *[step(offset_days=n) for n in (1, 3, 5, 7)]),
            ["steps.4.offset_days"],
            "four in a week of three",
        ),
        (
            ruler_of(REMINDER, *[step(offset_days=n) for n in (1, 3, 5, 8)]),
            [],
            "three in any week",
        ),
        (
            ruler_of(REMINDER, step(repeat={"every_days": 2, "at_most": 9})),
            ["steps.1.offset_days"],
            "four in a week, by repetition",
        ),
        (ruler_of(REMINDER, step(channels=["email", "sms"])), ["steps.1.channels"], "no SMS yet"),
        (ruler_of(REMINDER, step(channels=["voice"])), ["steps.1.channels"], "no sender at all"),
        (
            ruler_of(REMINDER, step(when={"min_days_late": 10})),
            ["steps.1.when.min_days_late"],
            "five days after, asked for at ten",
        ),
        (ruler_of(REMINDER, step(when={"min_days_late": 9})), [], "rolled as far as it goes"),
        (
            ruler_of(step(offset_days=-3)),
            ["steps.0.template"],
            "called late three days too early",
        ),
        (
            ruler_of(step(**ISSUED, when={"min_days_late": 1}), step()),
            [],
            "called late only when it is",
        ),
    ],
)
def test_what_is_unusual_is_told_and_taken(
    document: dict[str, Any], paths: list[str], why: str
) -> None:
    assert list(warned(document)) == paths, why


offsets = st.integers(-20, 60)
plans = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.just("a"),
            "offset_days": offsets,
            "unit": st.sampled_from(["calendar_days", "business_days"]),
            "anchor": st.sampled_from(["due_date", "previous_step"]),
            "channels": st.just(["email"]),
            "template": st.sampled_from(["lembrete", "pre_negativacao"]),
        }
    ),
    min_size=1,
    max_size=4,
)


@given(
    plans,
    st.sampled_from(list(BusinessDays)),
    st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    st.integers(1, 40),
)
def test_no_accepted_ruler_speaks_of_listing_before_the_thirtieth_day(
    steps: list[dict[str, Any]], convention: BusinessDays, due: date, days_before: int
) -> None:
    try:
        ruler = read_ruler(ruler_of(*steps, business_days=convention.value))
    except InvalidInput:
        return
    invoice = any_invoice(issue_date=due - timedelta(days=days_before), due_date=due)
    for on, planned in ruler.dates_of(invoice):
        if planned.template == "pre_negativacao":
            assert (on - invoice.effective_due_date).days >= 30


amounts = st.integers(0, 10**9)
words = st.lists(st.text(min_size=1, max_size=20), max_size=3)
WORDS = ("tags_any", "tags_none", "risks")
NAMES = {
    "segments": st.lists(st.from_regex(r"[a-z0-9][a-z0-9_-]{0,9}", fullmatch=True), max_size=3),
    "kinds": st.lists(st.sampled_from(["person", "company"]), max_size=2),
    "reachable_by": st.lists(st.sampled_from([c.value for c in Channel]), max_size=2),
    "not_reachable_by": st.lists(st.sampled_from([c.value for c in Channel]), max_size=2),
}


def written_as(name: str) -> st.SearchStrategy[object]:
    """Draw what a document may say of a condition."""
    if name in NAMES:
        return NAMES[name]
    if name in WORDS:
        return words
    if name.endswith("_centavos"):
        return amounts
    return st.none() | st.integers(0, 100)


@given(
    st.fixed_dictionaries({}, optional={n: written_as(n) for n in ConditionsDocument.model_fields})
)
def test_conditions_are_read_as_they_are_written(written: dict[str, Any]) -> None:
    read = ConditionsDocument.model_validate(written).to_domain()
    for field in fields(Conditions):
        said, value = written.get(written_name(field.name), ...), getattr(read, field.name)
        if said is ...:
            assert value == field.default
        elif isinstance(said, list):
            assert value == frozenset(said)
        elif isinstance(value, Money):
            assert value.centavos == said
        else:
            assert value == said
    assert (read is ALWAYS) is (read == ALWAYS)


@given(
    st.integers(-5, 10),
    st.sampled_from(list(BusinessDays)),
    st.fixed_dictionaries(
        {},
        optional={
            "min_days_late": st.integers(0, 12),
            "max_days_late": st.integers(0, 12),
            "max_worst_days_late": st.integers(0, 12),
            "max_overdue_invoices": st.just(0),
            "max_times_late": st.just(0),
            "max_amount_centavos": st.integers(14000, 16000),
        },
    ),
    st.dates(date(2025, 1, 1), date(2028, 12, 31)),
    st.integers(0, 15),
)
def test_a_step_refused_as_meant_for_nobody_would_never_be_made(
    offset: int, convention: BusinessDays, when: dict[str, Any], due: date, delay: int
) -> None:
    document = ruler_of(
        step(offset_days=offset, when=when),
        business_days=convention.value,
        thresholds={"invoice_centavos": 14500},
    )
    ruler = RulerDocument.model_validate(document).to_domain(0)
    try:
        read_ruler(document)
    except InvalidInput:
        is_refused = True
    else:
        is_refused = False
    invoice = any_invoice(issue_date=due - timedelta(days=30), due_date=due)
    ((on, _),) = ruler.dates_of(invoice)
    now = nine_o_clock(on + timedelta(days=delay))
    made = decide(any_account(invoice), Rulers.only(ruler), now).dispatch is not None
    assert not (is_refused and made)


DOCS = Path(__file__).parents[3] / "docs"
EXAMPLES = sorted((DOCS / "rulers").glob("*.yaml"))


def example(name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    return yaml.safe_load((DOCS / "rulers" / f"{name}.yaml").read_text(encoding="utf-8"))


def test_there_are_examples_for_consumers_companies_and_four_channels() -> None:
    assert [path.stem for path in EXAMPLES] == ["b2b", "consumo", "quatro-canais"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_taken_and_reaches_customers_already(path: Path) -> None:
    ruler = read_ruler(example(path.stem), templates=TEMPLATES)
    assert ruler.name == path.stem
    assert all(Channel.EMAIL in s.channels for s in ruler.steps)
    told = {at.rpartition(".")[2] for at, _ in ruler_warnings(ruler)}
    assert told == {"channels"}, "who has set up e-mail alone is told what will be skipped"
    assert ruler_warnings(ruler, frozenset(Channel)) == ()


def test_the_consumers_example_repeats_and_falls_back() -> None:
    ruler = read_ruler(example("consumo"))
    due = date(2026, 11, 10)
    dated = ruler.dates_of(any_invoice(due_date=due))
    late = {s.id: (on - due).days for on, s in dated}
    assert [late[f"conversa{n}"] for n in ("", ".2", ".3")] == [15, 22, 29]
    assert {s.fallback.unless for s in ruler.steps if s.fallback} == {Seen.OPENED, Seen.CLICKED}


def test_the_companies_example_keeps_to_business_days() -> None:
    ruler = read_ruler(example("b2b"))
    assert {s.unit for s in ruler.steps} == {OffsetUnit.BUSINESS_DAYS}
    assert Anchor.PREVIOUS_STEP in {s.anchor for s in ruler.steps}
    hours = ruler.contact_hours[Channel.EMAIL]
    assert (hours.saturday, hours.sunday_and_holiday) == (None, None)


def property_names(schema: Any) -> set[str]:  # noqa: ANN401 - a JSON Schema
    parts = (schema, *schema["$defs"].values())
    return {name for part in parts for name in part.get("properties", ())}


def test_the_page_explains_every_field_of_both_documents() -> None:
    page = (DOCS / "rulers.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    explained = {name.strip(" `") for row in rows for name in row.split(",")}
    assert explained == property_names(ruler_schema()) | property_names(assignment_schema())


def test_the_pages_assignment_is_taken() -> None:
    page = (DOCS / "rulers.md").read_text(encoding="utf-8")
    (written,) = (part.partition("```")[0] for part in page.split("```yaml")[1:])
    rulers = frozenset(path.stem for path in EXAMPLES)
    read = read_assignment(yaml.safe_load(written), rulers=rulers)
    assert [s.name for s in read.segments] == ["nao-contatar", "empresas", "reincidentes"]


# ── receipts of payment ─────────────────────────────────────────────────────────────────────────


def test_nobody_is_thanked_unless_the_document_says_so() -> None:
    assert read_ruler(WHOLE).receipt is None
    usual = read_ruler(changed("receipt", {})).receipt
    assert usual == ReceiptOptions((Channel.EMAIL,), "recibo", True)


@pytest.mark.parametrize(
    ("receipt", "path"),
    [
        ({"channels": ["voice"]}, "receipt.channels.0"),
        ({"channels": ["email", "voice"]}, "receipt.channels.1"),
        ({"channels": []}, "receipt.channels"),
        ({"channels": ["email", "email"]}, "receipt.channels"),
        ({"channels": ["fax"]}, "receipt.channels.0"),
        ({"template": "vencida"}, "receipt.template"),
        ({"only_if_contacted": "sim"}, "receipt.only_if_contacted"),
        ({"tone": "firm"}, "receipt.tone"),
    ],
)
def test_a_receipt_that_cannot_be_is_refused(receipt: object, path: str) -> None:
    assert problems(changed("receipt", receipt)) == [path]


def test_no_step_has_the_name_that_receipts_are_listed_under() -> None:
    document = changed("steps.0.id", "recibo")
    assert read_ruler(document).steps[0].id == "recibo"
    document["receipt"] = {}
    assert problems(document) == ["steps.0.id"]


def test_no_step_speaks_with_the_words_of_a_receipt() -> None:
    assert "recibo" not in TEMPLATES


def test_a_receipt_on_a_channel_nobody_set_up_is_taken_with_a_warning() -> None:
    document = changed("receipt", {"channels": ["sms", "email"]})
    assert "receipt.channels" in warned(document)
    both = frozenset({Channel.SMS, Channel.EMAIL})
    told = {p.path for p in ruler_warnings(read_ruler(document), both)}
    assert "receipt.channels" not in told


def test_the_published_schema_refuses_receipts_by_voice() -> None:
    schema: Any = ruler_schema()
    items = schema["$defs"]["ReceiptDocument"]["properties"]["channels"]["items"]
    assert items == {"$ref": "#/$defs/Channel", "not": {"const": "voice"}}
