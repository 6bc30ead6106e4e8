"""Who gets which variant, who is held out, and what an experiment's counts let one say."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regua.domain.errors import InvalidInput
from regua.domain.experiments import (
    HOLD_OUT_ARM,
    MAX_WEIGHT,
    Variant,
    assigned,
    is_held_out,
    variant_for,
)
from regua.domain.ids import CreditorId, CustomerId
from regua.domain.uplift import ArmResult, Uplift, uplift

AURORA = CreditorId("aurora")
CROWD = [CustomerId(f"cli-{n}") for n in range(20_000)]
STEP, OTHER_STEP = "padrao/vencida-3", "padrao/vencida-7"
CONTROL, CORDIAL, SILENT = Variant("controle"), Variant("cordial"), Variant("mudo", silent=True)
ARMS = (CONTROL, CORDIAL, SILENT)

ONE_IN_A_THOUSAND = {1: 10.828, 2: 13.816, 3: 16.266, 4: 18.467}
"""Chi-square's 99.9th percentiles by degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.4)."""

creditors = st.text("abc-1", min_size=1, max_size=6).map(CreditorId)
customers = st.text("xyz-9", min_size=1, max_size=6).map(CustomerId)
steps = st.text("pq/7", min_size=1, max_size=6)
weights = st.integers(1, MAX_WEIGHT)
arms = st.lists(
    st.builds(Variant, st.text("abcdef", min_size=1, max_size=3), weights),
    min_size=1,
    max_size=5,
    unique_by=lambda v: v.name,
)
percents = st.integers(0, 100) | st.decimals(0, 100, places=6)
results = st.builds(
    lambda settled, others, paid: ArmResult(settled + others, settled, paid),
    st.integers(0, 5000),
    st.integers(0, 5000),
    st.integers(0, 10**9),
)
populated = results.filter(lambda r: r.exposed > 0)
confidences = st.decimals("0.5", "0.9999", places=4)


def chi_square(seen: Sequence[float], expected: Sequence[float]) -> float:
    return sum((s - e) ** 2 / e for s, e in zip(seen, expected, strict=True))


# Assignment


@given(creditors, customers, steps, arms)
def test_a_customer_keeps_the_variant_in_whatever_order_the_arms_are_listed(
    creditor: CreditorId, customer: CustomerId, step: str, variants: list[Variant]
) -> None:
    first = assigned(creditor, customer, step, variants)
    assert first in variants
    assert assigned(creditor, customer, step, variants) == first
    assert assigned(creditor, customer, step, variants[::-1]) == first


def test_assignments_are_the_same_in_every_release() -> None:
    """A changed hash would move customers between the arms of every running experiment.

    Written down from a separate computation, with logarithms to sixty places.
    """
    indexes = "".join(str(ARMS.index(assigned(AURORA, c, STEP, ARMS))) for c in CROWD[:24])
    assert indexes == "020012120102000120211001"
    held_out = [n for n, c in enumerate(CROWD[:100]) if is_held_out(AURORA, c, 5)]
    assert held_out == [25, 37, 71, 79, 81, 93]


@given(creditors, customers, steps, arms, weights)
def test_a_grown_weight_only_takes_customers_over(
    creditor: CreditorId, customer: CustomerId, step: str, variants: list[Variant], more: int
) -> None:
    grown = replace(variants[0], weight=max(more, variants[0].weight))
    before = assigned(creditor, customer, step, variants)
    after = assigned(creditor, customer, step, [grown, *variants[1:]])
    assert after.name in {before.name, grown.name}


@given(creditors, customers, steps, arms)
def test_a_new_arm_only_takes_customers_over(
    creditor: CreditorId, customer: CustomerId, step: str, variants: list[Variant]
) -> None:
    new = Variant("novo")
    before = assigned(creditor, customer, step, variants)
    assert assigned(creditor, customer, step, [*variants, new]) in (before, new)


@pytest.mark.parametrize(
    "shares", [(1, 1), (1, 3), (90, 10), (1, 99), (5, 2, 3), (1, 1, 1), (1, 2, 3, 4), (1000, 1000)]
)
def test_arms_get_customers_in_proportion_to_their_weights(shares: tuple[int, ...]) -> None:
    variants = [Variant(f"braco-{n}", weight) for n, weight in enumerate(shares)]
    counts = Counter(assigned(AURORA, c, STEP, variants).name for c in CROWD)
    seen = [counts[v.name] for v in variants]
    expected = [len(CROWD) * weight / sum(shares) for weight in shares]
    assert chi_square(seen, expected) < ONE_IN_A_THOUSAND[len(shares) - 1]


def by_step(customer: CustomerId) -> str:
    return assigned(AURORA, customer, OTHER_STEP, ARMS).name


def by_creditor(customer: CustomerId) -> str:
    return assigned(CreditorId("boreal"), customer, STEP, ARMS).name


def by_hold_out(customer: CustomerId) -> str:
    return str(is_held_out(AURORA, customer, 10))


@pytest.mark.parametrize("other", [by_step, by_creditor, by_hold_out])
def test_an_assignment_says_nothing_about_another_step_or_creditor_or_the_hold_out(
    other: Callable[[CustomerId], str],
) -> None:
    """Chi-square of the contingency table: dependent draws would pile up in its diagonal."""
    pairs = Counter((assigned(AURORA, c, STEP, ARMS).name, other(c)) for c in CROWD)
    rows, columns = sorted({r for r, _ in pairs}), sorted({c for _, c in pairs})
    of_row = {r: sum(pairs[r, c] for c in columns) for r in rows}
    of_column = {c: sum(pairs[r, c] for r in rows) for c in columns}
    cells = list(product(rows, columns))
    expected = [of_row[r] * of_column[c] / len(CROWD) for r, c in cells]
    freedom = (len(rows) - 1) * (len(columns) - 1)
    assert chi_square([pairs[cell] for cell in cells], expected) < ONE_IN_A_THOUSAND[freedom]


def test_ids_that_join_to_the_same_text_are_drawn_apart() -> None:
    one = [assigned(CreditorId("a"), CustomerId(f"b{c}"), STEP, ARMS) for c in CROWD[:100]]
    other = [assigned(CreditorId("ab"), c, STEP, ARMS) for c in CROWD[:100]]
    assert one != other


@pytest.mark.parametrize("weight", [0, -1, MAX_WEIGHT + 1])
def test_a_weight_that_is_no_share_is_refused(weight: int) -> None:
    with pytest.raises(InvalidInput, match="weight: is not between 1 and 1000"):
        Variant("cordial", weight)


@pytest.mark.parametrize("name", ["", HOLD_OUT_ARM])
def test_a_name_that_could_not_be_counted_under_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="name: "):
        Variant(name)


def test_a_step_without_variants_has_nothing_to_assign() -> None:
    with pytest.raises(InvalidInput, match="variants: has no control"):
        variant_for(AURORA, CROWD[0], STEP, (), 100)


# Hold-out


@given(creditors, customers, percents, percents)
def test_a_larger_hold_out_keeps_everybody_who_was_held_out(
    creditor: CreditorId, customer: CustomerId, one: Decimal | int, other: Decimal | int
) -> None:
    fewer, more = sorted((Decimal(one), Decimal(other)))
    if is_held_out(creditor, customer, fewer):
        assert is_held_out(creditor, customer, more)


@given(creditors, customers)
def test_nothing_holds_nobody_out_and_everything_everybody(
    creditor: CreditorId, customer: CustomerId
) -> None:
    assert not is_held_out(creditor, customer, 0)
    assert is_held_out(creditor, customer, 100)


@pytest.mark.parametrize("percent", [1, 5, 50, Decimal("2.5"), Decimal("0.5"), Decimal("99.9")])
def test_the_hold_out_is_as_large_as_asked_for(percent: Decimal | int) -> None:
    """Over forty creditors: one creditor's smallest hold-outs are a matter of luck."""
    held_out = sum(
        is_held_out(CreditorId(f"credor-{n % 40}"), c, percent) for n, c in enumerate(CROWD)
    )
    asked = len(CROWD) * float(percent) / 100
    seen = (held_out, len(CROWD) - held_out)
    assert chi_square(seen, (asked, len(CROWD) - asked)) < ONE_IN_A_THOUSAND[1]


@given(creditors, customers, st.integers(0, 100))
def test_a_percentage_is_the_same_however_it_is_written(
    creditor: CreditorId, customer: CustomerId, percent: int
) -> None:
    written = Decimal(f"{percent}.000")
    assert is_held_out(creditor, customer, percent) is is_held_out(creditor, customer, written)


@pytest.mark.parametrize(
    "percent", [-1, 101, Decimal("100.01"), Decimal("-0.01"), Decimal("NaN"), Decimal("Infinity")]
)
def test_a_percentage_that_is_none_is_refused(percent: Decimal | int) -> None:
    with pytest.raises(InvalidInput, match="hold_out_percent: is not between 0 and 100"):
        is_held_out(AURORA, CROWD[0], percent)


@given(creditors, customers, steps, arms, percents)
def test_who_is_held_out_gets_the_control_and_everybody_else_what_is_assigned(
    creditor: CreditorId,
    customer: CustomerId,
    step: str,
    variants: list[Variant],
    percent: Decimal | int,
) -> None:
    held_out = is_held_out(creditor, customer, percent)
    expected = variants[0] if held_out else assigned(creditor, customer, step, variants)
    assert variant_for(creditor, customer, step, variants, percent) == expected


def test_the_held_out_get_the_first_variant_at_every_step() -> None:
    """Were it only those assigned to the control, a hold-out would change nothing."""
    held_out = [c for c in CROWD[:2000] if is_held_out(AURORA, c, 10)]
    assert len(held_out) > 100
    for step in (STEP, OTHER_STEP):
        assert len({assigned(AURORA, c, step, ARMS) for c in held_out}) == len(ARMS)
        assert {variant_for(AURORA, c, step, ARMS, 10) for c in held_out} == {CONTROL}


# Results


@given(results, results)
def test_counts_of_an_arm_add_up(one: ArmResult, other: ArmResult) -> None:
    both = one + other
    assert both.exposed == one.exposed + other.exposed
    assert both.settled == one.settled + other.settled
    assert both.recovered_centavos == one.recovered_centavos + other.recovered_centavos
    assert sum([one, other], ArmResult()) == both


def test_a_rate_is_the_share_of_those_exposed_who_settled() -> None:
    assert ArmResult(80, 48, 1_490_00).rate == 0.6
    assert ArmResult(80, 0).rate == 0
    assert ArmResult().rate is None


@pytest.mark.parametrize(
    ("counts", "path"),
    [
        ((1, 2), "settled"),
        ((2, -1), "settled"),
        ((-1, 0), "settled"),
        ((2, 1, -1), "recovered_centavos"),
    ],
)
def test_counts_that_cannot_be_are_refused(counts: tuple[int, ...], path: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{path}: "):
        ArmResult(*counts)


# Uplift


def estimate(control: ArmResult, arm: ArmResult, confidence: str = "0.95") -> Uplift:
    found = uplift(control, arm, Decimal(confidence))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("arm", "control", "difference", "low", "high"),
    [
        pytest.param((70, 56), (80, 48), 0.2, 0.0524, 0.3339, id="a"),
        pytest.param((10, 9), (10, 3), 0.6, 0.1705, 0.8090, id="b"),
        pytest.param((7, 6), (7, 2), 0.5714, 0.0582, 0.8062, id="c"),
        pytest.param((56, 5), (29, 0), 0.0893, -0.0381, 0.1926, id="d"),
        pytest.param((10, 0), (20, 0), 0.0, -0.1611, 0.2775, id="e"),
        pytest.param((10, 0), (10, 0), 0.0, -0.2775, 0.2775, id="f"),
        pytest.param((10, 10), (20, 0), 1.0, 0.6791, 1.0, id="g"),
        pytest.param((10, 10), (10, 0), 1.0, 0.6075, 1.0, id="h"),
    ],
)
def test_the_published_intervals_are_found(
    arm: tuple[int, int], control: tuple[int, int], difference: float, low: float, high: float
) -> None:
    """Newcombe 1998, table II, method 10, to the four places it is printed with."""
    found = estimate(ArmResult(*control), ArmResult(*arm))
    assert found.difference == pytest.approx(difference, abs=5e-5)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def root(rises: Callable[[float], float], low: float, high: float) -> float:
    """Find by halving where a function that rises from below zero crosses it."""
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if rises(middle) > 0 else (middle, high)
    return (low + high) / 2


def oracle(control: ArmResult, arm: ArmResult, confidence: float) -> tuple[float, float]:
    """Compute the interval from the score test itself, with no closed form.

    A rate's limits are the furthest rates, either side, that the test would not reject; the
    deviate is found from the error function.
    """
    z = root(lambda x: math.erf(x / math.sqrt(2)) - confidence, 0, 10)

    def limits(result: ArmResult) -> tuple[float, float, float]:
        n, p = result.exposed, result.settled / result.exposed
        low = root(lambda t: z * z * t * (1 - t) / n - (p - t) ** 2, 0, p) if p else 0.0
        high = root(lambda t: (t - p) ** 2 - z * z * t * (1 - t) / n, p, 1) if p < 1 else 1.0
        return p, low, high

    p1, low1, high1 = limits(arm)
    p2, low2, high2 = limits(control)
    below = math.sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    above = math.sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return p1 - p2 - below, p1 - p2 + above


@given(populated, populated, confidences)
@example(ArmResult(80, 48), ArmResult(70, 56), Decimal("0.95"))
@example(ArmResult(10, 0), ArmResult(10, 10), Decimal("0.95"))
@example(ArmResult(1, 1), ArmResult(1, 0), Decimal("0.9999"))
def test_the_interval_is_what_the_score_test_does_not_reject(
    control: ArmResult, arm: ArmResult, confidence: Decimal
) -> None:
    found = estimate(control, arm, str(confidence))
    expected = oracle(control, arm, float(confidence))
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-9)


@given(populated, populated, confidences)
def test_exchanging_the_arms_negates_the_interval(
    one: ArmResult, other: ArmResult, confidence: Decimal
) -> None:
    there, back = estimate(one, other, str(confidence)), estimate(other, one, str(confidence))
    assert there.difference == -back.difference
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-12)


@given(populated, populated, confidences)
@example(ArmResult(1, 0), ArmResult(2, 2), Decimal("0.5"))
@example(ArmResult(2, 2), ArmResult(1, 0), Decimal("0.5"))
def test_the_interval_holds_the_difference_and_what_is_possible(
    control: ArmResult, arm: ArmResult, confidence: Decimal
) -> None:
    found = estimate(control, arm, str(confidence))
    assert -1 <= found.low <= found.difference <= found.high <= 1
    assert found.low < found.high


@given(populated, populated, confidences, confidences)
def test_more_confidence_is_never_a_narrower_interval(
    control: ArmResult, arm: ArmResult, one: Decimal, other: Decimal
) -> None:
    less, more = (estimate(control, arm, str(c)) for c in sorted((one, other)))
    assert more.low <= less.low + 1e-12
    assert less.high <= more.high + 1e-12


def test_money_does_not_change_what_is_said_of_the_rates() -> None:
    rich, poor = ArmResult(70, 56, 10**9), ArmResult(70, 56)
    assert estimate(ArmResult(80, 48), rich) == estimate(ArmResult(80, 48), poor)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """Every outcome of 20 against 15 customers, weighed by its exact probability."""
    n, m = 20, 15
    cases = list(product(range(n + 1), range(m + 1)))
    found = {(x, y): estimate(ArmResult(m, y), ArmResult(n, x)) for x, y in cases}
    rates = [k / 20 for k in range(1, 20)]

    def chance(k: int, of: int, rate: float) -> float:
        return math.comb(of, k) * rate**k * (1 - rate) ** (of - k)

    def coverage(p: float, q: float) -> float:
        covered = (c for c in cases if found[c].low <= p - q <= found[c].high)
        return sum(chance(x, n, p) * chance(y, m, q) for x, y in covered)

    coverages = [coverage(p, q) for p, q in product(rates, rates)]
    assert 0.945 < sum(coverages) / len(coverages) < 0.965
    assert min(coverages) > 0.9


@pytest.mark.parametrize(("one", "other"), [((0, 0), (9, 3)), ((9, 3), (0, 0)), ((0, 0), (0, 0))])
def test_nothing_is_said_of_an_arm_without_customers(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    assert uplift(ArmResult(*one), ArmResult(*other)) is None


@pytest.mark.parametrize(
    ("arm", "conclusive"),
    [((70, 56), True), ((70, 14), True), ((80, 48), False), ((70, 45), False)],
)
def test_an_uplift_is_conclusive_when_its_interval_leaves_out_zero(
    arm: tuple[int, int], *, conclusive: bool
) -> None:
    assert estimate(ArmResult(80, 48), ArmResult(*arm)).is_conclusive is conclusive


@pytest.mark.parametrize("confidence", ["0", "0.4999", "0.99991", "1", "95", "-0.95", "NaN"])
def test_a_confidence_that_is_none_is_refused(confidence: str) -> None:
    with pytest.raises(InvalidInput, match=r"confidence: is not between 0\.5 and 0\.9999"):
        uplift(ArmResult(), ArmResult(), Decimal(confidence))
