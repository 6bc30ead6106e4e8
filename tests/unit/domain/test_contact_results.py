"""What follows from each result of a contact made by a person."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.calendar import business_days_between
from regua.domain.contact_results import (
    EFFECTS,
    ContactResult,
    ResultCode,
    check,
    contact_id,
    rest_until,
)
from regua.domain.errors import InvalidInput
from regua.domain.holds import HoldKind
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.money import Money
from tests.builders import CREDITOR, CUSTOMER, DUE, nine_o_clock

ZONE = ZoneInfo("America/Sao_Paulo")
NOW = nine_o_clock(DUE)
"""A Tuesday."""
NEEDED: dict[ResultCode, dict[str, Any]] = {
    ResultCode.WRONG_NUMBER: {"phone": "+5511987654321"},
    ResultCode.DISPUTE: {"reason": "produto com defeito"},
    ResultCode.PROMISE: {"promised_on": DUE + timedelta(days=3)},
}
codes = st.sampled_from(ResultCode)


def reported(code: ResultCode | str, **changes: Any) -> ContactResult:  # noqa: ANN401 - any field
    """Return a result with all its code needs."""
    fields = {"at": NOW, "by": "cobranca", **NEEDED.get(ResultCode(code), {}), **changes}
    return ContactResult(ResultCode(code), **fields)


def refused(result: ContactResult) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        check(result, ZONE)
    return {p.path: p.reason for p in caught.value.problems}


@pytest.mark.parametrize(
    ("code", "is_contact", "kind", "goes_on", "also"),
    [
        ("voicemail", True, None, None, ""),
        ("no_answer", False, None, None, ""),
        ("busy", False, None, None, ""),
        ("unreachable", False, None, None, ""),
        ("wrong_number", False, None, None, "suppresses_address"),
        ("invoice_not_received", False, None, None, "sends_again"),
        ("waiting_approval", True, "held", date(2026, 11, 18), ""),
        ("dispute", True, None, None, "opens_dispute"),
        ("in_payment_pipe", True, "payment_in_transit", date(2026, 11, 18), ""),
        ("payment_sent", True, "payment_in_transit", date(2026, 11, 14), ""),
        ("promise", True, None, None, "is_promise"),
        ("refused", True, None, None, ""),
        ("call_back", True, "held", date(2026, 11, 13), ""),
        ("paid_elsewhere", True, "held", date(2026, 11, 14), ""),
    ],
)
def test_what_follows_from_a_result(
    *, code: str, is_contact: bool, kind: str | None, goes_on: date | None, also: str
) -> None:
    result = reported(code)
    check(result, ZONE)
    effect = result.effect
    assert effect.is_contact is is_contact
    assert (effect.rest and effect.rest.kind) == (kind and HoldKind(kind))
    until = rest_until(result, ZONE)
    assert until == (goes_on and datetime(*goes_on.timetuple()[:3], tzinfo=ZONE))
    more = {"suppresses_address", "sends_again", "opens_dispute", "is_promise"}
    assert {name for name in more if getattr(effect, name)} == ({also} if also else set())


def test_no_code_is_missing() -> None:
    assert set(EFFECTS) == set(ResultCode)


@given(codes.filter(lambda c: EFFECTS[c].rest), st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_contact_rests_for_whole_business_days_after_the_day_of_the_contact(
    code: ResultCode, day: date
) -> None:
    rest = EFFECTS[code].rest
    until = rest_until(reported(code, at=nine_o_clock(day)), ZONE)
    assert until is not None
    assert rest is not None
    last = until.date() - timedelta(days=1)
    assert business_days_between(day, last) == rest.business_days


def test_the_day_of_a_contact_is_the_rulers() -> None:
    late = datetime(2026, 11, 11, 1, 30, tzinfo=UTC)  # still the evening of the 10th in São Paulo
    until = rest_until(reported("payment_sent", at=late), ZONE)
    assert until == datetime(2026, 11, 14, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("code", "days", "why"),
    [
        ("call_back", 1, None),
        ("call_back", 10, None),
        ("call_back", 11, "2026-11-20 at the latest"),
        ("call_back", 0, "not after the day of the contact"),
        ("call_back", -1, "not after the day of the contact"),
        ("waiting_approval", 30, None),
        ("waiting_approval", 31, "2026-12-10 at the latest"),
        ("in_payment_pipe", 15, None),
        ("in_payment_pipe", 16, "2026-11-25 at the latest"),
        ("payment_sent", 10, None),
        ("paid_elsewhere", 10, None),
        ("voicemail", 1, "has no meaning with voicemail"),
        ("promise", 1, "has no meaning with promise"),
        ("dispute", 1, "has no meaning with dispute"),
    ],
)
def test_a_customer_may_name_the_day_within_limits(code: str, days: int, why: str | None) -> None:
    result = reported(code, until=DUE + timedelta(days=days))
    if why is not None:
        assert why in refused(result)["body.until"]
        return
    check(result, ZONE)
    named = result.until
    assert named is not None
    assert rest_until(result, ZONE) == datetime(named.year, named.month, named.day, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("result", "paths"),
    [
        (reported("wrong_number", phone=None), {"body.phone"}),
        (reported("promise", promised_on=None), {"body.promised_on"}),
        (reported("dispute", reason=None), {"body.reason"}),
        (reported("voicemail", promised_on=DUE), {"body.promised_on"}),
        (reported("refused", promised=Money(1)), {"body.amount_centavos"}),
        (reported("busy", reason="ocupado"), {"body.reason"}),
        (reported("wrong_number", email="a@cliente.example.com.br"), {"body.email"}),
        (
            reported("no_answer", promised_on=DUE, promised=Money(1), reason="-", until=DUE),
            {"body.promised_on", "body.amount_centavos", "body.reason", "body.until"},
        ),
    ],
)
def test_everything_that_is_wrong_is_told_at_once(result: ContactResult, paths: set[str]) -> None:
    assert set(refused(result)) == paths


@given(codes, codes)
def test_a_contact_is_named_by_what_was_said(one: ResultCode, other: ResultCode) -> None:
    def name(result: ContactResult, invoice: str | None = "fat-1") -> DispatchId:
        about = None if invoice is None else InvoiceId(invoice)
        return contact_id(CREDITOR, CUSTOMER, about, result)

    result = reported(one)
    in_another_zone = reported(one, at=NOW.astimezone(ZONE))
    assert name(result) == name(in_another_zone)
    assert (name(result) == name(reported(other))) is (one == other)
    changed = {
        name(result, None),
        name(result, "fat-2"),
        name(reported(one, at=NOW + timedelta(seconds=1))),
        name(reported(one, by="parceiro")),
    }
    assert len({name(result), *changed}) == 1 + 4
