"""A segment that only time brings about is not slept through."""

from dataclasses import replace
from datetime import timedelta

import pytest

from regua.domain.conditions import Conditions
from regua.domain.decision import decide
from regua.domain.ruler import Channel, Ruler, Step
from regua.domain.rulers import Assignment, Line, Rulers, Segment
from regua.domain.schedule import scheduled
from tests.builders import DUE, ISSUED_AT, any_account, any_invoice, nine_o_clock

SOFT = Ruler("padrao", (Step("d3", 3, (Channel.EMAIL,), "vencida"),))
HARD = Ruler("dura", (Step("d60", 60, (Channel.EMAIL,), "atraso_prolongado"),))


def rulers(*segments: Segment) -> Rulers:
    lines = {"padrao": Line(SOFT), "dura": Line(HARD)}
    return Rulers(lines, Assignment("padrao", segments))


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        (Segment("cronico", Conditions(min_worst_days_late=30), ruler="dura"), ["d3", "d60"]),
        (Segment("recente", Conditions(max_worst_days_late=10), excluded=True), ["d3"]),
        (Segment("nunca", Conditions(min_worst_days_late=400), ruler="dura"), ["d3"]),
    ],
)
def test_a_delay_that_grows_moves_the_account_to_the_segment_it_deserves(
    segment: Segment, expected: list[str]
) -> None:
    of = rulers(segment)
    account, made = scheduled(any_account(any_invoice()), of, ISSUED_AT), []
    last = nine_o_clock(DUE + timedelta(days=120))
    while account.next_evaluation_at is not None and account.next_evaluation_at <= last:
        decision = decide(account, of, account.next_evaluation_at)
        if decision.to_publish is not None:
            made.append(decision.to_publish.step_id)
        account = replace(decision.account)
    assert made == expected
