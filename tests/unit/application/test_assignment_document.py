"""Who follows which ruler is read from a document, or refused at every path that is wrong."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.application.assignment_document import assignment_schema, read_assignment
from regua.application.conditions_document import INVOICE_FIELDS
from regua.domain.conditions import ALWAYS, Conditions, Facts
from regua.domain.errors import InvalidInput
from regua.domain.money import Money
from regua.domain.ruler import Channel
from regua.domain.rulers import Assignment, Backfill, Segment

RULERS = frozenset({"padrao", "consumo", "b2b"})


def document(*segments: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {"default_ruler": "padrao", "segments": list(segments), **changes}


def refused(written: object) -> dict[str, str]:
    """Return the reason of every problem by its path."""
    with pytest.raises(InvalidInput) as caught:
        read_assignment(written, rulers=RULERS)
    assert all(p.reason for p in caught.value.problems)
    return dict(caught.value.problems)


def test_every_field_of_the_document_is_read() -> None:
    written = document(
        {"name": "intocaveis", "when": {"tags_any": ["jurídico"]}, "excluded": True},
        {
            "name": "reincidentes",
            "when": {"kinds": ["person"], "min_times_late": 2, "min_open_centavos": 5000},
            "ruler": "consumo",
        },
        {"name": "empresas", "when": {"kinds": ["company"]}, "ruler": "b2b"},
        hold_out_percent="2.5",
        backfill="from_now",
    )
    assert read_assignment(written, rulers=RULERS) == Assignment(
        "padrao",
        (
            Segment("intocaveis", Conditions(tags_any=frozenset({"jurídico"})), excluded=True),
            Segment(
                "reincidentes",
                Conditions(
                    kinds=frozenset({"person"}), min_times_late=2, min_open_amount=Money(5000)
                ),
                "consumo",
            ),
            Segment("empresas", Conditions(kinds=frozenset({"company"})), "b2b"),
        ),
        Decimal("2.5"),
        Backfill.FROM_NOW,
    )


def test_what_may_be_left_out_has_the_promised_default() -> None:
    read = read_assignment({"default_ruler": "b2b"}, rulers=RULERS)
    assert read == Assignment("b2b")


def test_the_last_segment_may_take_everybody_who_is_left() -> None:
    read = read_assignment(
        document({"name": "vip", "when": {"tags_any": ["vip"]}}, {"name": "resto", "ruler": "b2b"}),
        rulers=RULERS,
    )
    assert read.segments[1].when is ALWAYS


@pytest.mark.parametrize(
    ("written", "path", "why"),
    [
        ({}, "default_ruler", "nobody knows what to follow"),
        (document(default_ruler="outra"), "default_ruler", "no such ruler"),
        (document(default_ruler="Régua"), "default_ruler", "a name is a slug"),
        (document({"name": "a", "ruler": "outra"}), "segments.0.ruler", "no such ruler"),
        (document({"when": {}}), "segments.0.name", "no name"),
        (document({"name": "padrao"}), "segments.0.name", "a reserved name"),
        (
            document({"name": "a", "when": {"tags_any": ["x"]}}, {"name": "a"}),
            "segments.1.name",
            "the same name twice",
        ),
        (
            document({"name": "a", "ruler": "b2b", "excluded": True}),
            "segments.0.ruler",
            "excluded, and following a ruler",
        ),
        (document({"name": "a", "excluded": "yes"}), "segments.0.excluded", "neither yes nor no"),
        (document({"name": "a"}, {"name": "b"}), "segments.1.when", "everybody is in the first"),
        (
            document(
                {"name": "a", "when": {"min_times_late": 1}},
                {"name": "b", "when": {"min_times_late": 3}},
            ),
            "segments.1.when",
            "all of them are in the first",
        ),
        (
            document({"name": "a", "when": {"min_times_late": 3, "max_times_late": 2}}),
            "segments.0.when.max_times_late",
            "nobody is between them",
        ),
        (
            document({"name": "a", "when": {"min_open_centavos": 2, "max_open_centavos": 1}}),
            "segments.0.when.max_open_centavos",
            "nobody is between them, by the document's names",
        ),
        (
            document({"name": "a", "when": {"tags_any": ["x"], "tags_none": ["x"]}}),
            "segments.0.when.tags_none",
            "with it and without it",
        ),
        (document({"name": "a", "when": {"idade": 30}}), "segments.0.when.idade", "unknown"),
        (document({"name": "a", "quando": {}}), "segments.0.quando", "an unknown field"),
        (document(hold_out_percent=101), "hold_out_percent", "more than all"),
        (document(hold_out_percent="-1"), "hold_out_percent", "less than none"),
        (document(hold_out_percent="NaN"), "hold_out_percent", "no number"),
        (document(backfill="all"), "backfill", "no such backfill"),
        (document(regua="padrao"), "regua", "an unknown field"),
        (document(*[{"name": f"s{n}"} for n in range(51)]), "segments", "too many"),
        ([], "", "no document"),
        (None, "", "no document either"),
    ],
)
def test_what_cannot_be_is_refused_at_its_path(written: object, path: str, why: str) -> None:
    assert path in refused(written), why


@pytest.mark.parametrize("field", sorted(INVOICE_FIELDS))
def test_a_segment_asks_nothing_of_one_invoice(field: str) -> None:
    value = ["vip"] if field == "segments" else 1
    found = refused(document({"name": "a", "when": {field: value}}))
    assert list(found) == [f"segments.0.when.{field}"]
    assert "the customer" in found[f"segments.0.when.{field}"]


def test_all_problems_are_listed_at_once() -> None:
    found = refused(
        document({"name": "padrao", "ruler": "x"}, {"name": "b"}, default_ruler="outra")
    )
    assert list(found) == [
        "default_ruler",
        "segments.0.name",
        "segments.0.ruler",
        "segments.1.when",
    ]


def test_a_refusal_names_the_rulers_that_exist() -> None:
    assert "b2b, consumo, padrao" in refused(document(default_ruler="outra"))["default_ruler"]


def test_the_published_schema_knows_every_field_and_no_invoice() -> None:
    schema: Any = assignment_schema()
    assert set(schema["properties"]) == {
        "default_ruler",
        "segments",
        "hold_out_percent",
        "backfill",
    }
    conditions = schema["$defs"]["AccountConditionsDocument"]["properties"]
    assert not INVOICE_FIELDS & set(conditions)


counts = st.none() | st.integers(0, 3)
rules = st.fixed_dictionaries(
    {},
    optional={
        "min_times_late": st.integers(0, 3),
        "max_times_late": st.integers(0, 3),
        "tags_any": st.lists(st.sampled_from(["a", "b"]), max_size=2),
        "tags_none": st.lists(st.sampled_from(["a", "b"]), max_size=2),
        "kinds": st.lists(st.sampled_from(["person", "company"]), max_size=2),
        "reachable_by": st.lists(st.sampled_from(list(Channel)), max_size=2),
    },
)
people = st.builds(
    Facts,
    kind=st.sampled_from(["person", "company"]),
    tags=st.frozensets(st.sampled_from(["a", "b"])),
    times_late=st.integers(0, 3),
    reachable=st.frozensets(st.sampled_from([c.value for c in Channel])),
)


@given(st.lists(rules, min_size=1, max_size=3), people)
def test_nobody_is_ever_in_a_segment_that_is_refused_as_out_of_reach(
    whens: list[dict[str, Any]], facts: Facts
) -> None:
    segments = [{"name": f"s{n}", "when": when} for n, when in enumerate(whens)]
    try:
        read_assignment(document(*segments), rulers=RULERS)
    except InvalidInput as exc:
        unreached = {int(p.path.split(".")[1]) for p in exc.problems}
    else:
        unreached = set()
    alone = [
        read_assignment(document(s), rulers=RULERS).segments[0].when if _reads(s) else None
        for s in segments
    ]
    first = next(
        (n for n, when in enumerate(alone) if when and when.refuse_account(facts) is None), None
    )
    assert first not in unreached


def _reads(segment: dict[str, Any]) -> bool:
    try:
        read_assignment(document(segment), rulers=RULERS)
    except InvalidInput:
        return False
    return True
