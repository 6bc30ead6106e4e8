"""What is offered is read from a document, or refused at every path that is wrong."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from regua.application.conditions_document import AccountConditionsDocument
from regua.application.creditor_rulers import with_rulers
from regua.application.offers_document import (
    MAX_BREACHES,
    UNWRITTEN,
    OfferConditionsDocument,
    offers_schema,
    offers_warnings,
    read_offers,
)
from regua.domain.conditions import ALWAYS, Conditions, Facts
from regua.domain.errors import InvalidInput
from regua.domain.money import Money
from regua.domain.negotiation.offers import NoOfferReason
from regua.domain.negotiation.rules import NO_OFFERS, OfferRule, OfferRules, Option
from tests.builders import any_creditor

DOCS = Path(__file__).parents[3] / "docs"
RULERS = frozenset({"padrao", "acordos"})
SEGMENTS = frozenset({"vip"})
AT_ONCE = {"max_instalments": 1}


def rule(name: str = "r", *options: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"name": name, "options": list(options or (AT_ONCE,)), **changes}


def document(*rules: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {"rules": list(rules), **changes}


def when(**conditions: Any) -> dict[str, Any]:  # noqa: ANN401 - any condition
    """Return a document of one rule with these conditions."""
    return document(rule(when=conditions))


def option(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """Return a document of one rule with one option."""
    return document(rule("r", {**AT_ONCE, **fields}))


def spans(*bounds: tuple[int, int], **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """Return a document of one rule with an option for each span of instalments."""
    options = [{"min_instalments": low, "max_instalments": high, **fields} for low, high in bounds]
    return document(rule("r", *options))


def refused(written: object) -> dict[str, str]:
    """Return the reason of every problem by its path."""
    with pytest.raises(InvalidInput) as caught:
        read_offers(written, rulers=RULERS, segments=SEGMENTS)
    assert all(p.reason for p in caught.value.problems)
    return dict(caught.value.problems)


def example() -> Any:  # noqa: ANN401 - a YAML document
    return yaml.safe_load((DOCS / "examples" / "offers.yaml").read_text(encoding="utf-8"))


def test_every_field_of_the_document_is_read() -> None:
    written = document(
        rule(
            "antigas",
            {
                "min_instalments": 2,
                "max_instalments": 6,
                "principal_discount_percent": "12.5",
                "charges_discount_percent": 100,
                "down_payment_percent": "20",
            },
            when={
                "min_days_late": 90,
                "max_days_late": 365,
                "min_amount_centavos": 5000,
                "max_amount_centavos": 900000,
                "segments": ["vip", "padrao"],
                "kinds": ["person"],
            },
            min_instalment_centavos=3000,
            first_due_days=7,
            valid_days=1,
            breach_after_days=15,
            needs_approval=True,
            approval_days=4,
            ruler="acordos",
        ),
        limits={"max_breaches": 3, "window_days": 180, "wait_days": 30},
    )
    read = read_offers(written, rulers=RULERS, segments=SEGMENTS)
    assert read.rules == (
        OfferRule(
            name="antigas",
            options=(Option(2, 6, Decimal("12.5"), Decimal(100), Decimal(20)),),
            conditions=Conditions(
                min_days_late=90,
                max_days_late=365,
                min_amount=Money(5000),
                max_amount=Money(900000),
                segments=frozenset({"vip", "padrao"}),
                kinds=frozenset({"person"}),
            ),
            min_instalment=Money(3000),
            first_due_days=7,
            valid_days=1,
            breach_after_days=15,
            needs_approval=True,
            approval_days=4,
            ruler="acordos",
        ),
    )
    limits = read.limits
    assert (limits.max_breaches, limits.window_days, limits.wait_days) == (3, 180, 30)


def test_what_may_be_left_out_has_the_domains_own_default() -> None:
    read = read_offers(document(rule()), rulers=RULERS)
    assert read == OfferRules((OfferRule("r", (Option(1, 1),)),))
    assert read.rules[0].conditions is ALWAYS


def test_who_writes_no_rules_offers_nothing() -> None:
    assert read_offers(UNWRITTEN, rulers=RULERS) == NO_OFFERS


@pytest.mark.parametrize(
    ("written", "path", "why"),
    [
        ({}, "rules", "nothing is said"),
        ([], "", "no document"),
        (None, "", "no document either"),
        (document(regras=[]), "regras", "an unknown field"),
        (document({"options": [AT_ONCE]}), "rules.0.name", "no name"),
        (document(rule("Antigas")), "rules.0.name", "a name is a slug"),
        (document(rule("a", when={"kinds": ["person"]}), rule("a")), "rules.1.name", "twice"),
        (document({"name": "r", "options": []}), "rules.0.options", "no way to settle"),
        (document(rule(ruler="outra")), "rules.0.ruler", "no such ruler"),
        (document(rule(desconto=10)), "rules.0.desconto", "an unknown field"),
        (document(*[rule(f"r{n}") for n in range(51)]), "rules", "too many"),
        (spans(*[(n, n) for n in range(1, 22)]), "rules.0.options", "too many"),
        (document(rule("r", {})), "rules.0.options.0.max_instalments", "for how many?"),
        (option(max_instalments=0), "rules.0.options.0.max_instalments", "none"),
        (option(max_instalments=61), "rules.0.options.0.max_instalments", "five years are enough"),
        (option(max_instalments="3"), "rules.0.options.0.max_instalments", "text"),
        (option(max_instalments=1.0), "rules.0.options.0.max_instalments", "a fraction"),
        (option(min_instalments=0), "rules.0.options.0.min_instalments", "none"),
        (option(min_instalments=2), "rules.0.options.0.max_instalments", "for none at all"),
        (spans((1, 3), (3, 6)), "rules.0.options.1.min_instalments", "two for three"),
        (spans((4, 6), (1, 4)), "rules.0.options.0.min_instalments", "in any order"),
        (spans((1, 9), (2, 3), (5, 6)), "rules.0.options.2.min_instalments", "not only neighbours"),
        (spans((1, 3), (1, 3)), "rules.0.options.1.min_instalments", "the same twice"),
        (
            option(principal_discount_percent="100"),
            "rules.0.options.0.principal_discount_percent",
            "a gift is no settlement",
        ),
        (
            option(principal_discount_percent="-1"),
            "rules.0.options.0.principal_discount_percent",
            "a surcharge",
        ),
        (
            option(principal_discount_percent="10.555"),
            "rules.0.options.0.principal_discount_percent",
            "too fine",
        ),
        (
            option(principal_discount_percent="NaN"),
            "rules.0.options.0.principal_discount_percent",
            "no number",
        ),
        (
            option(principal_discount_percent=True),
            "rules.0.options.0.principal_discount_percent",
            "yes is no number",
        ),
        (
            option(charges_discount_percent="100.01"),
            "rules.0.options.0.charges_discount_percent",
            "more than all of them",
        ),
        (
            option(down_payment_percent="100"),
            "rules.0.options.0.down_payment_percent",
            "nothing is left for the instalments",
        ),
        (
            document(rule(min_instalment_centavos=-1)),
            "rules.0.min_instalment_centavos",
            "less than nothing",
        ),
        (document(rule(first_due_days=31)), "rules.0.first_due_days", "too late"),
        (document(rule(first_due_days=-1)), "rules.0.first_due_days", "in the past"),
        (document(rule(first_due_days="5")), "rules.0.first_due_days", "text"),
        (document(rule(valid_days=31)), "rules.0.valid_days", "for ever"),
        (document(rule(breach_after_days=0)), "rules.0.breach_after_days", "on the day itself"),
        (document(rule(breach_after_days=91)), "rules.0.breach_after_days", "too patient"),
        (document(rule(approval_days=0)), "rules.0.approval_days", "no time to look"),
        (document(rule(approval_days=31)), "rules.0.approval_days", "too slow"),
        (document(rule(needs_approval="yes")), "rules.0.needs_approval", "neither yes nor no"),
        (document(limits={"max_breaches": 0}), "limits.max_breaches", "nobody, ever"),
        (document(limits={"max_breaches": 11}), "limits.max_breaches", "so many are not kept"),
        (document(limits={"window_days": 0}), "limits.window_days", "no window"),
        (document(limits={"window_days": 1826}), "limits.window_days", "beyond prescription"),
        (document(limits={"wait_days": 366}), "limits.wait_days", "too long"),
        (document(limits={"espera": 1}), "limits.espera", "an unknown field"),
        (when(segments=["ouro"]), "rules.0.when.segments", "no such segment"),
        (when(idade=30), "rules.0.when.idade", "an unknown condition"),
        (
            when(min_days_late=9, max_days_late=8),
            "rules.0.when.max_days_late",
            "nobody is between them",
        ),
        (when(max_days_late=0), "rules.0.when.max_days_late", "nothing late is not late"),
        (
            when(min_amount_centavos=2, max_amount_centavos=1),
            "rules.0.when.max_amount_centavos",
            "nobody is between them, by the document's names",
        ),
        (
            when(tags_any=["x"], tags_none=["x"]),
            "rules.0.when.tags_none",
            "with it and without it",
        ),
        (when(max_overdue_invoices=0), "rules.0.when.max_overdue_invoices", "one is, at least"),
        (when(max_times_late=0), "rules.0.when.max_times_late", "this is the first time"),
        (when(max_worst_days_late=0), "rules.0.when.max_worst_days_late", "late is late"),
        (
            when(min_days_late=60, max_worst_days_late=59),
            "rules.0.when.max_worst_days_late",
            "the debt itself is later",
        ),
        (document(rule("a"), rule("b")), "rules.1.when", "everybody is offered the first"),
        (
            document(rule("a", when={"min_days_late": 30}), rule("b", when={"min_days_late": 90})),
            "rules.1.when",
            "all of them are offered the first",
        ),
        (
            document(rule("a", when={"min_days_late": 1}), rule("b")),
            "rules.1.when",
            "a day late is everybody there is",
        ),
    ],
)
def test_what_cannot_be_is_refused_at_its_path(written: object, path: str, why: str) -> None:
    assert path in refused(written), why


@pytest.mark.parametrize(
    "written",
    [
        when(min_amount_centavos=10_100, max_open_centavos=10_000),
        when(min_days_late=60, max_worst_days_late=60),
        when(max_days_late=1),
        document(rule("a", when={"min_days_late": 90}), rule("b", when={"min_days_late": 30})),
        document(rule("a", when={"kinds": ["person"]}), rule("b", when={"min_days_late": 30})),
        spans((4, 6), (1, 3)),
        option(charges_discount_percent="100", principal_discount_percent="99.99"),
        option(max_instalments=60, down_payment_percent="99.99"),
        document(rule(first_due_days=0, valid_days=0, breach_after_days=1)),
        document(limits={"max_breaches": MAX_BREACHES, "window_days": 1825, "wait_days": 365}),
    ],
)
def test_what_may_be_is_taken(written: object) -> None:
    read_offers(written, rulers=RULERS, segments=SEGMENTS)


def test_all_problems_are_listed_at_once() -> None:
    found = refused(
        document(
            rule("a", {"min_instalments": 3, "max_instalments": 2}, ruler="x"),
            rule("a", when={"segments": ["ouro"], "max_days_late": 0}),
        )
    )
    assert list(found) == [
        "rules.0.name",
        "rules.0.ruler",
        "rules.0.options.0.max_instalments",
        "rules.1.name",
        "rules.1.when.segments",
        "rules.1.when.max_days_late",
        "rules.1.when",
    ]


def test_a_refusal_names_what_there_is() -> None:
    assert "acordos, padrao" in refused(document(rule(ruler="x")))["rules.0.ruler"]
    assert "padrao, vip" in refused(when(segments=["x"]))["rules.0.when.segments"]
    with pytest.raises(InvalidInput, match="there are: none"):
        read_offers(document(rule(ruler="x")), rulers=frozenset())


def test_names_are_not_checked_where_none_are_given() -> None:
    written = document(rule(ruler="qualquer", when={"segments": ["qualquer"]}))
    assert read_offers(written, rulers=None).rules[0].ruler == "qualquer"


# ── what is told ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "paths", "why"),
    [
        (spans((1, 3), (4, 6)), [], "nothing unusual"),
        (spans((1, 1), (3, 6)), ["rules.0.options.1.min_instalments"], "nothing for two"),
        (spans((4, 6), (1, 2)), ["rules.0.options.0.min_instalments"], "in any order"),
        (
            document(
                rule(
                    "r",
                    {"max_instalments": 1, "principal_discount_percent": "5"},
                    {
                        "min_instalments": 2,
                        "max_instalments": 3,
                        "principal_discount_percent": "10",
                    },
                )
            ),
            ["rules.0.options.1.principal_discount_percent"],
            "waiting pays",
        ),
        (
            document(
                rule(
                    "r",
                    AT_ONCE,
                    {"min_instalments": 2, "max_instalments": 3, "charges_discount_percent": "1"},
                )
            ),
            ["rules.0.options.1.charges_discount_percent"],
            "waiting pays a little",
        ),
    ],
)
def test_what_is_unusual_is_told(written: object, paths: list[str], why: str) -> None:
    told = list(offers_warnings(read_offers(written, rulers=RULERS)))
    assert [p.path for p in told] == paths, why
    assert all(p.reason for p in told)


# ── the documents ───────────────────────────────────────────────────────────────────────────────


def test_the_example_is_taken_and_nothing_about_it_is_unusual() -> None:
    read = read_offers(example(), rulers=RULERS, segments=frozenset())
    assert [r.name for r in read.rules] == ["grandes-valores", "atraso-longo", "atraso-recente"]
    assert list(offers_warnings(read)) == []


def test_the_page_explains_every_field_that_is_not_a_step_s_too() -> None:
    page = (DOCS / "negotiation.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    explained = {name.strip(" `") for row in rows for name in row.split(",")}
    schema: Any = offers_schema()
    parts = (schema, *schema["$defs"].values())
    fields = {name for part in parts for name in part.get("properties", ())}
    assert fields - set(AccountConditionsDocument.model_fields) <= explained
    assert {reason.value for reason in NoOfferReason} <= explained


# ── as a part of the creditor ───────────────────────────────────────────────────────────────────


def test_offers_are_a_part_of_the_creditor_whatever_became_of_their_names() -> None:
    creditor = any_creditor()
    written = document(rule(ruler="sumiu", when={"segments": ["sumiu"]}))
    found = with_rulers(creditor, {}, None, {}, offers=written)
    assert found.offers == read_offers(written, rulers=None)
    assert with_rulers(creditor, {}, None, {}).offers == NO_OFFERS
    own = replace(creditor, offers=found.offers)
    assert with_rulers(own, {}, None, {}).offers == found.offers


# ── nobody is left out by mistake ───────────────────────────────────────────────────────────────

conditions = st.fixed_dictionaries(
    {},
    optional={
        "min_days_late": st.integers(0, 3),
        "max_days_late": st.integers(0, 3),
        "min_amount_centavos": st.integers(0, 3),
        "max_amount_centavos": st.integers(0, 3),
        "max_open_centavos": st.integers(0, 3),
        "min_overdue_invoices": st.integers(0, 2),
        "max_overdue_invoices": st.integers(0, 2),
        "max_worst_days_late": st.integers(0, 3),
        "max_times_late": st.integers(0, 2),
        "kinds": st.lists(st.sampled_from(["person", "company"]), max_size=2),
    },
)


@st.composite
def late_payers(draw: st.DrawFn) -> tuple[int, int, Facts]:
    """Draw somebody with something to settle: its payoff, its days late, and the facts."""
    days, others = draw(st.integers(1, 3)), draw(st.integers(0, 1))
    balance = draw(st.integers(1, 3))
    facts = Facts(
        kind=draw(st.sampled_from(["person", "company"])),
        open_amount=Money(balance + draw(st.integers(0, 1))),
        overdue_invoices=1 + others,
        days_late=days,
        times_late=1 + others,
        worst_days_late=days + draw(st.integers(0, 1)),
    )
    return balance + draw(st.integers(0, 1)), days, facts


@given(st.lists(conditions, min_size=1, max_size=3), late_payers())
def test_nobody_is_ever_offered_a_rule_that_is_refused_as_never_offered(
    whens: list[dict[str, Any]], payer: tuple[int, int, Facts]
) -> None:
    try:
        read_offers(document(*(rule(f"r{n}", when=w) for n, w in enumerate(whens))), rulers=RULERS)
    except InvalidInput as exc:
        unreached = {int(p.path.split(".")[1]) for p in exc.problems}
    else:
        unreached = set()
    owed, days, facts = payer
    taken = (
        when.refuse_invoice(Money(owed), days) is None and when.refuse_account(facts) is None
        for when in (OfferConditionsDocument.model_validate(w).to_domain() for w in whens)
    )
    first = next((n for n, is_taken in enumerate(taken) if is_taken), None)
    assert first not in unreached
