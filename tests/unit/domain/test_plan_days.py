"""Bounds on how late an invoice is at a step hold for every invoice there can be."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from regua.domain.calendar import BusinessDays, roll
from regua.domain.plan_days import MAX_ROLL_DAYS, Position, lateness, positions
from regua.domain.ruler import Anchor, Channel, OffsetUnit, Repeat, Ruler, Step
from tests.builders import any_invoice

STEPS = st.lists(
    st.builds(
        Step,
        id=st.just("a"),
        offset_days=st.integers(-40, 90),
        channels=st.just((Channel.EMAIL,)),
        template=st.just("vencida"),
        anchor=st.sampled_from(list(Anchor)),
        unit=st.sampled_from(list(OffsetUnit)),
        repeat=st.none() | st.builds(Repeat, st.integers(1, 20), st.integers(2, 4)),
    ),
    min_size=1,
    max_size=5,
)
DUE_DATES = st.dates(date(2020, 1, 1), date(2045, 12, 31))


@given(STEPS, st.sampled_from(list(BusinessDays)), DUE_DATES, st.integers(0, 90))
def test_no_step_falls_outside_its_bounds(
    steps: list[Step], convention: BusinessDays, due: date, days_before: int
) -> None:
    ruler = Ruler("limites", tuple(steps), business_days=convention)
    invoice = any_invoice(issue_date=due - timedelta(days=days_before), due_date=due)
    bounds = {id(s): b for s, b in zip(ruler.all_steps, lateness(ruler), strict=True)}
    for on, step in ruler.dates_of(invoice):
        late = (on - invoice.effective_due_date).days
        at = bounds[id(step)]
        assert at.soonest is None or at.soonest <= late
        assert at.latest is None or late <= at.latest


def test_no_date_moves_farther_than_the_farthest() -> None:
    days = [date(2000, 1, 1) + timedelta(days=n) for n in range(36525)]
    ahead = max((roll(day) - day).days for day in days)
    back = max((day - roll(day, BusinessDays.PRECEDING)).days for day in days)
    assert ahead == back == MAX_ROLL_DAYS


def test_a_chain_stands_where_its_offsets_add_up() -> None:
    first = Step("a", 3, (Channel.EMAIL,), "vencida", repeat=Repeat(5, 2))
    then = Step("b", 5, (Channel.EMAIL,), "vencida", anchor=Anchor.PREVIOUS_STEP)
    last = Step("c", -5, (Channel.EMAIL,), "vencida", unit=OffsetUnit.BUSINESS_DAYS)
    found = list(positions(Ruler("soma", (first, then, last))))
    assert found == [
        Position(Anchor.DUE_DATE, 3),
        Position(Anchor.DUE_DATE, 8),
        Position(Anchor.DUE_DATE, 13),
        Position(Anchor.DUE_DATE, 0, -5),
    ]
    assert [p.day for p in found] == [3, 8, 13, -7]


def test_five_business_days_from_a_saturday_end_on_the_friday() -> None:
    saturday = Step("a", 1, (Channel.EMAIL,), "vencida")
    friday = Step(
        "b",
        5,
        (Channel.EMAIL,),
        "vencida",
        anchor=Anchor.PREVIOUS_STEP,
        unit=OffsetUnit.BUSINESS_DAYS,
    )
    ruler = Ruler("sem-dias-uteis", (saturday, friday), business_days=BusinessDays.NONE)
    due = date(2026, 8, 14)
    assert [on.day for on, _ in ruler.dates_of(any_invoice(due_date=due))] == [15, 21]
    *_, bounds = lateness(ruler)
    assert bounds.soonest is not None
    assert bounds.soonest <= 7


def test_what_chases_a_delay_never_comes_before_there_is_one() -> None:
    step = Step("a", 3, (Channel.EMAIL,), "vencida")
    (bounds,) = lateness(Ruler("antes", (step,), business_days=BusinessDays.PRECEDING))
    assert bounds.soonest == 1
