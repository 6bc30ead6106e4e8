"""A contract's months: each on its day, none twice, issued in time, whatever is done with it."""

from calendar import monthrange
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.calendar import is_business_day
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.money import Money
from regua.domain.plans import (
    Instalment,
    Plan,
    PlanId,
    PlanStatus,
    all_instalments,
    billed_due_date,
    debit_window,
    description_of,
    invoice_id_of,
    issue_at,
    issue_day,
    next_instalment,
    next_issue_at,
    number_of,
    plan_of,
)
from tests.builders import CUSTOMER, ISSUED_AT

ZONE = ZoneInfo("America/Sao_Paulo")
START = date(2027, 1, 15)


def any_plan(**changes: Any) -> Plan:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "external_id": PlanId("contrato-7"),
        "customer_id": CUSTOMER,
        "amount": Money(14990),
        "day": 10,
        "starts_on": START,
        "changed_at": ISSUED_AT,
        "bills_from": START,
    }
    return Plan(**{**fields, **changes})


def dues(plan: Plan, most: int = 6) -> list[str]:
    return [i.due_date.isoformat() for i in islice(all_instalments(plan), most)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["2027-02-10", "2027-03-10", "2027-04-10"]),
        ({"day": 15}, ["2027-01-15", "2027-02-15", "2027-03-15"]),
        ({"day": 31}, ["2027-01-31", "2027-02-28", "2027-03-31"]),
        ({"day": 30, "starts_on": date(2028, 2, 1)}, ["2028-02-29", "2028-03-30", "2028-04-30"]),
        ({"day": 31, "starts_on": date(2027, 2, 28)}, ["2027-02-28", "2027-03-31", "2027-04-30"]),
        ({"starts_on": date(2027, 12, 11)}, ["2028-01-10", "2028-02-10", "2028-03-10"]),
    ],
)
def test_each_month_has_the_plan_s_day_or_its_last(
    changes: dict[str, Any], expected: list[str]
) -> None:
    assert dues(any_plan(**changes), 3) == expected


def test_a_plan_ends_by_its_number_or_by_its_day_whichever_comes_first() -> None:
    assert len(dues(any_plan(instalments=2))) == 2
    assert dues(any_plan(ends_on=date(2027, 3, 10)))[-1] == "2027-03-10"
    assert dues(any_plan(ends_on=date(2027, 3, 9), instalments=9))[-1] == "2027-02-10"
    assert dues(any_plan(ends_on=START)) == []


def test_what_fell_due_before_the_plan_was_known_is_not_billed() -> None:
    following = next_instalment(any_plan(bills_from=date(2027, 3, 11)))
    assert following == Instalment(3, "202704", date(2027, 4, 10))


def test_a_pause_leaves_its_months_out_for_good() -> None:
    plan = any_plan().billed(Instalment(1, "202702", date(2027, 2, 10))).paused()
    assert next_instalment(plan) is None
    assert next_issue_at(plan, ZONE) is None
    following = next_instalment(plan.resumed(date(2027, 4, 11)))
    assert following is not None
    assert (following.period, following.number) == ("202705", 4)


def test_what_goes_on_already_stays_as_it_is() -> None:
    assert any_plan().resumed(date(2030, 1, 1)) == any_plan()


def test_an_ended_plan_brings_nothing() -> None:
    assert next_instalment(any_plan().ended()) is None


def test_a_newer_description_leaves_what_was_done() -> None:
    known = replace(any_plan(), dealt_with="202702", version=4, status=PlanStatus.PAUSED)
    newer = any_plan(day=5, changed_at=ISSUED_AT + timedelta(days=1), bills_from=date(2027, 9, 9))
    stands = known.updated(newer)
    assert (stands.day, stands.dealt_with, stands.version) == (5, "202702", 4)
    assert (stands.status, stands.bills_from) == (PlanStatus.PAUSED, START)
    assert stands.updated(newer) is stands
    assert stands.updated(any_plan(day=6)) is stands


@pytest.mark.parametrize(
    ("changes", "due", "expected"),
    [
        ({}, date(2027, 2, 10), date(2027, 1, 29)),
        ({"issue_days_before": 0}, date(2027, 2, 10), date(2027, 2, 10)),
        ({"issue_days_before": 0}, date(2027, 2, 9), date(2027, 2, 5)),
        ({"issue_days_before": 0}, date(2027, 3, 10), date(2027, 3, 10)),
        ({"issue_days_before": 0, "automatic": True}, date(2027, 3, 10), date(2027, 3, 7)),
        ({"issue_days_before": 30, "automatic": True}, date(2027, 3, 10), date(2027, 2, 5)),
    ],
)
def test_an_instalment_is_issued_on_a_business_day_and_never_later_than_agreed(
    changes: dict[str, Any], due: date, expected: date
) -> None:
    instalment = Instalment(1, f"{due:%Y%m}", due)
    assert issue_day(any_plan(**changes), instalment) == expected


def test_it_is_issued_in_the_morning_of_that_day() -> None:
    at = issue_at(any_plan(), Instalment(1, "202702", date(2027, 2, 10)), ZONE)
    assert at == datetime(2027, 1, 29, 9, tzinfo=UTC)


def test_nobody_is_late_because_we_were() -> None:
    instalment = Instalment(1, "202702", date(2027, 2, 10))
    assert billed_due_date(instalment, date(2027, 2, 9)) == date(2027, 2, 10)
    assert billed_due_date(instalment, date(2027, 2, 13)) == date(2027, 2, 13)


def test_what_the_customer_reads_says_which_of_how_many() -> None:
    instalment = Instalment(3, "202704", date(2027, 4, 10))
    assert number_of(any_plan(number_prefix="ALUGUEL-"), instalment) == "ALUGUEL-2027-04"
    assert description_of(any_plan(), instalment) is None
    assert description_of(any_plan(description="Aluguel"), instalment) == "Aluguel"
    assert description_of(any_plan(instalments=12), instalment) == "parcela 3 de 12"
    assert (
        description_of(any_plan(instalments=12, description="Aluguel"), instalment)
        == "Aluguel (parcela 3 de 12)"
    )


@pytest.mark.parametrize("plan_id", ["p", "a-b-c", "202611", "x/1"])
def test_an_invoice_s_id_says_whose_month_it_is(plan_id: str) -> None:
    invoice_id = invoice_id_of(PlanId(plan_id), "202611")
    assert plan_of(invoice_id) == (plan_id, "202611")
    assert plan_of(InvoiceId("x")) == ("", "x")


days = st.dates(date(2024, 1, 1), date(2060, 1, 1))
plans = st.builds(
    any_plan,
    day=st.integers(1, 31),
    starts_on=days,
    bills_from=days,
    instalments=st.none() | st.integers(1, 40),
    issue_days_before=st.integers(0, 60),
    automatic=st.booleans(),
    customer_id=st.just(CustomerId("c")),
)


@given(plans)
def test_every_month_is_there_once_in_its_own_month(plan: Plan) -> None:
    found = list(islice(all_instalments(plan), 30))
    months = [i.due_date.year * 12 + i.due_date.month for i in found]
    assert months == list(range(months[0], months[0] + len(found)))
    assert [i.number for i in found] == list(range(1, len(found) + 1))
    for instalment in found:
        due = instalment.due_date
        assert due >= plan.starts_on
        assert due.day == min(plan.day, monthrange(due.year, due.month)[1])
        assert instalment.period == f"{due:%Y%m}"
    before = found[0].due_date.replace(day=1) - timedelta(days=1)
    last_month = before.replace(day=min(plan.day, before.day))
    assert last_month < plan.starts_on, "no month was left out at the beginning"


@given(plans, st.lists(st.sampled_from(["bill", "pause", "resume"]), max_size=30), days)
def test_whatever_is_done_no_month_is_billed_twice_nor_out_of_order(
    plan: Plan, acts: list[str], today: date
) -> None:
    billed: list[str] = []
    for act in acts:
        following = next_instalment(plan)
        if act == "bill" and following is not None:
            assert following.due_date >= plan.bills_from
            billed.append(following.period)
            plan = plan.billed(following)
        elif act == "pause":
            plan = plan.paused()
        elif act == "resume":
            plan = plan.resumed(today)
    assert billed == sorted(set(billed))


@given(plans)
def test_it_is_issued_on_a_business_day_that_is_never_too_late(plan: Plan) -> None:
    for instalment in islice(all_instalments(plan), 12):
        day = issue_day(plan, instalment)
        assert day <= instalment.due_date - timedelta(days=plan.issue_days_before)
        first, last = debit_window(instalment.due_date)
        assert first <= last < instalment.due_date
        if plan.automatic:
            assert day < last
        else:
            assert is_business_day(day)
