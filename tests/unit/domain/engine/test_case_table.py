"""What the engine decides, as tables: a ruler, an account, an instant; a decision and its reason.

Days count from the due date, Tuesday, 10 November 2026; the calendar is in `cases`. What is
expected was worked out by hand from it, each row saying why.
"""

from dataclasses import replace
from datetime import time
from itertools import count
from typing import Any

import pytest

from regua.domain.calendar import BusinessDays
from regua.domain.circumstances import Circumstances
from regua.domain.conditions import Conditions
from regua.domain.contact_policy import next_allowed
from regua.domain.customer import CustomerKind
from regua.domain.decision import decide
from regua.domain.dispatch import Dispatch, DispatchState
from regua.domain.experiments import Variant, variant_for
from regua.domain.history import History, Outcome
from regua.domain.holds import HoldKind
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.money import Money
from regua.domain.notes import NoteKind
from regua.domain.reasons import DEFERRED, Reason
from regua.domain.ruler import (
    Anchor,
    Caps,
    Escalation,
    Fallback,
    Hours,
    OffsetUnit,
    Phase,
    Repeat,
    Ruler,
    Seen,
    Thresholds,
    Tone,
)
from regua.domain.rulers import Backfill, InFlight, Rulers, Segment
from regua.domain.wishes import Wishes
from tests.builders import CREDITOR
from tests.unit.domain.engine.cases import (
    EMAIL,
    EVERYTHING,
    FIRST,
    PADRAO,
    SMS,
    VOICE,
    WHATSAPP,
    Case,
    Course,
    Owed,
    Then,
    at,
    chained,
    contacted,
    deferred,
    hold,
    ladder,
    made,
    nothing,
    rewritten,
    ruler,
    rulers,
    saw,
    step,
    suppressed,
    waiting,
)

NOT_MET, BELOW, OVERTAKEN = (
    Reason.CONDITION_NOT_MET,
    Reason.BELOW_THRESHOLD,
    Reason.SUPERSEDED,
)
STEPWISE, CATCH_UP = Escalation.STEPWISE, Escalation.CATCH_UP
BUSINESS = OffsetUnit.BUSINESS_DAYS
D3 = ruler(*ladder(3))
PHONES = {"phones": ("+5511987654321",)}
"""A line of São Paulo: by telephone from 9:00 to 19:00, never on a Saturday."""

OFFSETS = (
    Case(
        "three days before is a Saturday, which waits for Monday", nothing(wakes=(-1, 9)), (-3, 9)
    ),
    Case("and comes on Monday", made("lembrete", phase=Phase.PREVENTIVE), (-1, 9)),
    Case("not before its hour", nothing(wakes=(-1, 9)), (-1, 8)),
    Case("at any hour after it", made("lembrete"), (-1, 17)),
    Case(
        "on the due date the reminder is overtaken",
        made("vencimento", left_out={"lembrete": OVERTAKEN}, phase=Phase.DUE, tone=Tone.FRIENDLY),
        (0, 9),
    ),
    Case("the day after, nothing is due", nothing(wakes=(3, 9)), (1, 9), Owed(last="vencimento")),
    Case(
        "three days late",
        made("vencida-3", phase=Phase.SOFT, template="vencida", wakes=(7, 9)),
        (3, 9),
        Owed(last="vencimento"),
    ),
    Case("what was made is not made again", nothing(wakes=(7, 9)), (3, 10), Owed(last="vencida-3")),
    Case("fifteen days late", made("vencida-15", tone=Tone.FIRM), (15, 9), Owed(last="vencida-7")),
    Case(
        "thirty days late, and then the end is announced a day later, at midnight",
        made("vencida-30", phase=Phase.PRE_LISTING, tone=Tone.FORMAL, wakes=(31, 0)),
        (30, 9),
        Owed(last="vencida-15"),
    ),
    Case(
        "five business days after Tuesday: the Tuesday of the week after",
        made("d5u"),
        (7, 9),
        Owed(),
        ruler(step("d5u", 5, unit=BUSINESS)),
    ),
    Case(
        "and not on Monday, the fourth",
        nothing(wakes=(7, 9)),
        (6, 17),
        Owed(),
        ruler(step("d5u", 5, unit=BUSINESS)),
    ),
    Case(
        "eight business days skip Consciência Negra: Monday 23",
        made("d8u"),
        (13, 9),
        Owed(),
        ruler(step("d8u", 8, unit=BUSINESS)),
    ),
    Case(
        "and so are not over on Thursday, the seventh",
        nothing(wakes=(13, 9)),
        (9, 9),
        Owed(),
        ruler(step("d8u", 8, unit=BUSINESS)),
    ),
    Case(
        "three business days before Tuesday: Thursday (Monday, Friday, Thursday)",
        made("u-3"),
        (-5, 9),
        Owed(),
        ruler(step("u-3", -3, unit=BUSINESS)),
    ),
    Case(
        "a day before is Monday; six business days before skip Finados: Monday is no seventh",
        nothing(wakes=(-7, 9)),
        (-8, 9),
        Owed(),
        ruler(step("u-5", -5, unit=BUSINESS)),  # Mon 9, Fri 6, Thu 5, Wed 4, Tue 3 November
    ),
    Case(
        "due on a Saturday: the day itself is Monday",
        made("vencimento"),
        (6, 9),
        Owed(due=4, last="lembrete"),
    ),
    Case(
        "due on a Saturday: three days late is Thursday, counted from Monday",
        made("vencida-3"),
        (9, 9),
        Owed(due=4, last="vencimento"),
    ),
    Case(
        "due on a Saturday: nobody is chased on Tuesday",
        nothing(wakes=(9, 9)),
        (7, 9),
        Owed(due=4, last="vencimento"),
    ),
    Case(
        "the phase follows the days of the step, not the day it was caught up",
        made("vencida-7", phase=Phase.SOFT),
        (14, 9),
        Owed(last="vencida-3"),
    ),
)

ANCHORS = (
    Case(
        "five days after issue, Thursday 1 October: Tuesday 6",
        made("boas-vindas", phase=Phase.PREVENTIVE),
        (-35, 9),
        Owed(),
        ruler(step("boas-vindas", 5, anchor=Anchor.ISSUE_DATE)),
    ),
    Case(
        "eleven days after issue is Nossa Senhora Aparecida, 12 October: Tuesday 13",
        nothing(wakes=(-28, 9)),
        (-29, 9),
        Owed(),
        ruler(step("aviso", 11, anchor=Anchor.ISSUE_DATE)),
    ),
    Case(
        "five business days after issue: Friday, Monday, Tuesday, Wednesday, Thursday 8",
        made("aviso"),
        (-33, 9),
        Owed(),
        ruler(step("aviso", 5, anchor=Anchor.ISSUE_DATE, unit=BUSINESS)),
    ),
    Case(
        "on the day of issue",
        made("emitida"),
        (-40, 9),
        Owed(),
        ruler(step("emitida", 0, anchor=Anchor.ISSUE_DATE)),
    ),
    Case(
        "four days after the step before, made in time",
        made("b"),
        (7, 9),
        Owed(last="a"),
        ruler(step("a", 3), chained("b", 4)),
    ),
    Case(
        "four days after the day the step before was really made: three days later too",
        nothing(wakes=(10 + 3, 9)),  # Tuesday 17 plus three is Friday 20, a holiday: Monday 23
        (7, 9),
        Owed(last="a", made=6),
        ruler(step("a", 3), chained("b", 4)),
    ),
    Case(
        "and then it comes",
        made("b"),
        (13, 9),
        Owed(last="a", made=6),
        ruler(step("a", 3), chained("b", 4)),
    ),
    Case(
        "a step before that nobody could be told of counts by its plan",
        made("b"),
        (7, 9),
        Owed(last="a", unsent=True),
        ruler(step("a", 3), chained("b", 4)),
    ),
    Case(
        "what counts from the due date is not moved by a late step",
        made("c"),
        (7, 9),
        Owed(last="a", made=6),
        ruler(step("a", 3), step("c", 7)),
    ),
    Case(
        "a chain of two moves as one: a made 2 days late, b plan 7, c plan 9",
        nothing(wakes=(9, 9)),
        (8, 9),
        Owed(last="a", made=5 + 1),  # Monday 16; planned Friday 13: three days late
        ruler(step("a", 3), chained("b", 3), chained("c", 2)),  # Mon 16 + 3 = Thu 19
    ),
    Case(
        "business days after the step before: Friday 13, then the third is Wednesday 18",
        made("b"),
        (8, 9),
        Owed(last="a"),
        ruler(step("a", 3), chained("b", 3, unit=BUSINESS)),
    ),
)

FOLLOWING, PRECEDING, NONE = BusinessDays.FOLLOWING, BusinessDays.PRECEDING, BusinessDays.NONE
CONVENTIONS = (
    Case(
        "following: Friday 20 is a holiday, so Monday 23",
        nothing(wakes=(13, 9)),
        (9, 9),
        Owed(),
        ruler(*ladder(10), business_days=FOLLOWING),
    ),
    Case(
        "preceding: so Thursday 19",
        made("d10"),
        (9, 9),
        Owed(),
        ruler(*ladder(10), business_days=PRECEDING),
    ),
    Case(
        "none: on the holiday itself, when nobody may be contacted; Saturday is open",
        deferred(Reason.HOLIDAY, (11, 8), "d10", rule="hours.holiday"),
        (10, 9),
        Owed(),
        ruler(*ladder(10), business_days=NONE),
    ),
    Case(
        "none: woken on Saturday at once, not on the holiday",
        nothing(wakes=(11, 8)),
        (9, 9),
        Owed(),
        ruler(*ladder(10), business_days=NONE),
    ),
    Case(
        "none: and made on Saturday",
        made("d10"),
        (11, 8),
        Owed(),
        ruler(*ladder(10), business_days=NONE),
    ),
    Case(
        "preceding never chases what is still in time: due Thursday, a day late is Monday",
        nothing(wakes=(13, 9)),
        (9, 9),
        Owed(due=9),
        ruler(*ladder(1), business_days=PRECEDING),
    ),
    Case(
        "preceding: a reminder of Saturday comes on Friday",
        made("lembrete"),
        (-4, 9),
        Owed(),
        replace(PADRAO, business_days=PRECEDING),
    ),
    Case(
        "none: a step of Saturday is made on Saturday, in its shorter hours",
        made("d4"),
        (4, 9),
        Owed(),
        ruler(*ladder(4), business_days=NONE),
    ),
)

EVERY_FIVE = ruler(step("d7", 7, repeat=Repeat(5, 3)))  # Tue 17; Sun 22 -> Mon 23; Sat 28 -> Mon 30
REPEATS = (
    Case("the first time", made("d7", wakes=(13, 9)), (7, 9), Owed(), EVERY_FIVE),
    Case("five days later", made("d7.2", wakes=(20, 9)), (13, 9), Owed(last="d7"), EVERY_FIVE),
    Case("the third and last", made("d7.3"), (20, 9), Owed(last="d7.2"), EVERY_FIVE),
    Case(
        "never a fourth: the end, a day after the last",
        nothing(notes=(NoteKind.RULER_ENDED,), wakes=None),
        (21, 0),
        Owed(last="d7.3"),
        EVERY_FIVE,
    ),
    Case(
        "a repetition counts from the day the one before was made: Tuesday 24 + 5 is Sunday",
        nothing(wakes=(20, 9)),
        (19, 9),
        Owed(last="d7.2", made=13),
        EVERY_FIVE,
    ),
    Case(
        "made on Thursday 26, the next is five days later, whatever the plan: Tuesday",
        nothing(wakes=(21, 9)),
        (20, 9),
        Owed(last="d7.2", made=16),
        EVERY_FIVE,
    ),
    Case(
        "repetitions that were missed are overtaken by the latest",
        made("d7.3", left_out={"d7": OVERTAKEN, "d7.2": OVERTAKEN}),
        (20, 9),
        Owed(),
        EVERY_FIVE,
    ),
    Case(
        "a repetition has the phase of its own day",
        made("d9.2", phase=Phase.FIRM),
        (20, 9),
        Owed(last="d9"),
        ruler(step("d9", 9, repeat=Repeat(11, 2))),  # Thursday 19, then Monday 30
    ),
)

LATE_LADDER = ladder(3, 7, 15)
ESCALATION = (
    Case(
        "catch up: the level the delay deserves, the others are superseded",
        made("d15", left_out={"d3": OVERTAKEN, "d7": OVERTAKEN}),
        (16, 9),
        Owed(),
        ruler(*LATE_LADDER, escalation=CATCH_UP),
    ),
    Case(
        "stepwise: the next level, whatever the delay",
        made("d3"),
        (16, 9),
        Owed(),
        ruler(*LATE_LADDER, escalation=STEPWISE),
    ),
    Case(
        "stepwise: then four days must pass, as planned (Thursday 26 + 4 = Monday 30)",
        nothing(wakes=(20, 9)),
        (17, 9),
        Owed(last="d3", made=16),
        ruler(*LATE_LADDER, escalation=STEPWISE),
    ),
    Case(
        "stepwise: a reminder of a date gone by is left out, not said late",
        made("vencida-3", left_out={"lembrete": OVERTAKEN, "vencimento": OVERTAKEN}),
        (16, 9),
        Owed(),
        replace(PADRAO, escalation=STEPWISE),
    ),
    Case(
        "catch up: a level that is not meant gives way to the one before it",
        made("d7", left_out={"d15": NOT_MET, "d3": OVERTAKEN}),
        (16, 9),
        Owed(),
        ruler(*ladder(3, 7), step("d15", 15, when=Conditions(max_amount=Money(1000)))),
    ),
    Case(
        "stepwise: a level that is not meant gives way to the one after it",
        made("d7", left_out={"d3": NOT_MET}),
        (16, 9),
        Owed(),
        ruler(
            step("d3", 3, when=Conditions(max_amount=Money(1000))),
            *ladder(7, 15),
            escalation=STEPWISE,
        ),
    ),
    Case(
        "nothing is meant: all is dealt with, each with its reason",
        nothing(left_out={"d3": NOT_MET, "d7": NOT_MET}, wakes=(8, 0)),
        (7, 9),
        Owed(),
        ruler(*ladder(3, 7, when=Conditions(max_amount=Money(1000)))),
    ),
)


def asks(
    what: str,
    holds: Conditions,
    fails: Conditions,
    why: Reason = NOT_MET,
    **changes: Any,  # noqa: ANN401 - any field of the case
) -> tuple[Case, Case]:
    """Return a condition just met, and just not met, by the same account."""
    fields: dict[str, Any] = {"owes": Owed(), **changes}
    return (
        Case(
            f"{what}: met",
            made("d3", about={"fat": "d3"}),
            ruler=ruler(step("d3", 3, when=holds)),
            **fields,
        ),
        Case(
            f"{what}: not met",
            nothing(left_out={"d3": why}),
            ruler=ruler(step("d3", 3, when=fails)),
            **fields,
        ),
    )


PAID_LATE = History(
    paid=4,
    paid_late=2,
    recent=tuple(Outcome(InvoiceId(f"velha-{n}"), late) for n, late in enumerate((0, 20, 0, 5))),
    promises_broken=1,
)
"""Two of four late, by 20 days at the worst; the invoice that is late now is the third."""
TWO = (Owed("a"), Owed("b", centavos=10))
"""R$ 150,00 in all, both three days late."""
CONDITIONS = (
    *asks(
        "at least so much",
        Conditions(min_amount=Money(14990)),
        Conditions(min_amount=Money(14991)),
        BELOW,
    ),
    *asks(
        "at most so much", Conditions(max_amount=Money(14990)), Conditions(max_amount=Money(14989))
    ),
    *asks("late by at least", Conditions(min_days_late=3), Conditions(min_days_late=4)),
    *asks("late by at most", Conditions(max_days_late=3), Conditions(max_days_late=2)),
    *asks(
        "in a segment",
        Conditions(segments=frozenset({"padrao", "vip"})),
        Conditions(segments=frozenset({"vip"})),
    ),
    *asks(
        "with one of these tags",
        Conditions(tags_any=frozenset({"clube", "ouro"})),
        Conditions(tags_any=frozenset({"ouro"})),
        customer={"tags": ("clube",)},
    ),
    *asks(
        "with none of these tags",
        Conditions(tags_none=frozenset({"ouro"})),
        Conditions(tags_none=frozenset({"clube"})),
        customer={"tags": ("clube",)},
    ),
    *asks(
        "of a kind",
        Conditions(kinds=frozenset({"company"})),
        Conditions(kinds=frozenset({"person"})),
        customer={"kind": CustomerKind.COMPANY},
    ),
    *asks(
        "of a risk",
        Conditions(risks=frozenset({"A", "B"})),
        Conditions(risks=frozenset({"C"})),
        customer={"risk": "B"},
    ),
    *asks(
        "reachable by one of these",
        Conditions(reachable_by=frozenset({"sms", "email"})),
        Conditions(reachable_by=frozenset({"sms"})),
    ),
    *asks(
        "not reachable by these",
        Conditions(not_reachable_by=frozenset({"sms", "whatsapp"})),
        Conditions(not_reachable_by=frozenset({"email"})),
    ),
    *asks(
        "open in all at least",
        Conditions(min_open_amount=Money(14990)),
        Conditions(min_open_amount=Money(14991)),
        BELOW,
    ),
    *asks(
        "open in all at most",
        Conditions(max_open_amount=Money(14990)),
        Conditions(max_open_amount=Money(14989)),
    ),
    *asks(
        "so many overdue at least",
        Conditions(min_overdue_invoices=1),
        Conditions(min_overdue_invoices=2),
    ),
    *asks(
        "so many overdue at most",
        Conditions(max_overdue_invoices=1),
        Conditions(max_overdue_invoices=0),
    ),
    *asks(
        "late so often at least, this time included",
        Conditions(min_times_late=3),
        Conditions(min_times_late=4),
        account={"history": PAID_LATE},
    ),
    *asks(
        "late so often at most",
        Conditions(max_times_late=3),
        Conditions(max_times_late=2),
        account={"history": PAID_LATE},
    ),
    *asks(
        "a share paid late of at least",
        Conditions(min_late_share_percent=50),
        Conditions(min_late_share_percent=51),
        account={"history": PAID_LATE},
    ),
    *asks(
        "a share paid late of at most",
        Conditions(max_late_share_percent=50),
        Conditions(max_late_share_percent=49),
        account={"history": PAID_LATE},
    ),
    *asks(
        "at the worst late by at least",
        Conditions(min_worst_days_late=20),
        Conditions(min_worst_days_late=21),
        account={"history": PAID_LATE},
    ),
    *asks(
        "at the worst late by at most",
        Conditions(max_worst_days_late=20),
        Conditions(max_worst_days_late=19),
        account={"history": PAID_LATE},
    ),
    *asks(
        "promises broken at least",
        Conditions(min_broken_promises=1),
        Conditions(min_broken_promises=2),
        account={"history": PAID_LATE},
    ),
    *asks(
        "promises broken at most",
        Conditions(max_broken_promises=1),
        Conditions(max_broken_promises=0),
        account={"history": PAID_LATE},
    ),
    Case(
        "a condition of one invoice leaves the other in",
        made("d3", about={"a": "d3"}, left_out={"b/d3": BELOW}),
        owes=TWO,
        ruler=ruler(step("d3", 3, when=Conditions(min_amount=Money(11)))),
    ),
    Case(
        "days late count from Monday for what was due on a Saturday",
        nothing(left_out={"d3": NOT_MET}),
        (9, 9),
        Owed(due=4),
        ruler(step("d3", 3, when=Conditions(min_days_late=4))),
    ),
    Case(
        "what was paid does not count towards the amount",
        nothing(left_out={"d3": BELOW}),
        owes=Owed(paid=14000),
        ruler=ruler(step("d3", 3, when=Conditions(min_amount=Money(991)))),
    ),
)

THRESHOLDS = (
    Case(
        "an invoice below the threshold is left out",
        nothing(left_out={"d3": BELOW}),
        owes=Owed(centavos=999),
        ruler=ruler(*ladder(3), thresholds=Thresholds(invoice=Money(1000))),
    ),
    Case(
        "at the threshold it is not",
        made("d3"),
        owes=Owed(centavos=1000),
        ruler=ruler(*ladder(3), thresholds=Thresholds(invoice=Money(1000))),
    ),
    Case(
        "a rest after part was paid is looked at as what it is",
        nothing(left_out={"d3": BELOW}),
        owes=Owed(centavos=14990, paid=14000),
        ruler=ruler(*ladder(3), thresholds=Thresholds(invoice=Money(1000))),
    ),
    Case(
        "small invoices of one customer add up",
        made("d3", about={"a": "d3", "b": "d3"}),
        owes=(Owed("a", centavos=600), Owed("b", centavos=400)),
        ruler=ruler(*ladder(3), thresholds=Thresholds(customer=Money(1000))),
    ),
    Case(
        "and are left out together while they do not",
        nothing(left_out={"a/d3": BELOW, "b/d3": BELOW}),
        owes=(Owed("a", centavos=600), Owed("b", centavos=399)),
        ruler=ruler(*ladder(3), thresholds=Thresholds(customer=Money(1000))),
    ),
)


def named(name: str) -> Ruler:
    """Return a ruler whose only step, three days late, has the ruler's name."""
    return ruler(step(name, 3), name=name)


FOUR = rulers(
    named("geral"),
    named("do-segmento"),
    named("do-cliente"),
    named("da-fatura"),
    segments=(Segment("clube", Conditions(tags_any=frozenset({"clube"})), "do-segmento"),),
)
CLUB = {"tags": ("clube",)}
PRECEDENCE = (
    Case("nothing said: the default", made("geral"), owes=Owed(new=True), ruler=FOUR),
    Case(
        "the segment before the default",
        made("do-segmento", ruler="do-segmento@0"),
        owes=Owed(new=True),
        ruler=FOUR,
        customer=CLUB,
    ),
    Case(
        "the customer before the segment",
        made("do-cliente"),
        owes=Owed(new=True),
        ruler=FOUR,
        customer={**CLUB, "ruler": "do-cliente"},
    ),
    Case(
        "the invoice before the customer",
        made("da-fatura"),
        owes=Owed(new=True, ruler="da-fatura"),
        ruler=FOUR,
        customer={**CLUB, "ruler": "do-cliente"},
    ),
    Case(
        "a name that nobody knows does not count",
        made("do-segmento"),
        owes=Owed(new=True, ruler="apagada"),
        ruler=FOUR,
        customer={**CLUB, "ruler": "apagada-tambem"},
    ),
    Case(
        "two invoices, two rulers, one contact: the older one leads",
        made("da-fatura", about={"b": "da-fatura", "a": "geral"}, ruler="da-fatura@0"),
        (4, 9),
        (Owed("a", due=1, new=True), Owed("b", due=0, new=True, ruler="da-fatura")),
        rulers(ruler(step("geral", 3), name="geral", business_days=NONE), named("da-fatura")),
    ),
    Case(
        "another ruler from now on is noted; what was said today is not said again by it",
        nothing(notes=(NoteKind.RULER_CHANGED,), wakes=(4, 0)),
        owes=Owed(on="geral@0", last="geral"),
        ruler=FOUR,
        customer={"ruler": "do-cliente"},
    ),
    Case(
        "another ruler from now on finds the deserved level",
        made("do-cliente", notes=(NoteKind.RULER_CHANGED,)),
        owes=Owed(on="geral@0"),
        ruler=FOUR,
        customer={"ruler": "do-cliente"},
    ),
)

GENTLE, HARD = (
    ruler(step("gentil-3", 3, tone=Tone.FRIENDLY), name="gentil"),
    ruler(step("dura-1", 1, tone=Tone.FIRM), step("dura-3", 3, tone=Tone.FIRM), name="dura"),
)
SEGMENTED = rulers(
    PADRAO,
    GENTLE,
    HARD,
    segments=(
        Segment("vip", Conditions(tags_any=frozenset({"vip"})), excluded=True),
        Segment("reincidente", Conditions(min_times_late=2), "dura"),
        Segment("primeira-vez", Conditions(max_times_late=1), "gentil"),
    ),
)
SEGMENTS = (
    Case(
        "late for the first time: gently",
        made("gentil-3", tone=Tone.FRIENDLY),
        owes=Owed(new=True),
        ruler=SEGMENTED,
    ),
    Case(
        "late again: firmly",
        made("dura-3", tone=Tone.FIRM, left_out={"dura-1": OVERTAKEN}),
        owes=Owed(new=True),
        ruler=SEGMENTED,
        account={"history": History(paid=9, paid_late=1)},
    ),
    Case(
        "two late at once is late again",
        made(
            "dura-3",
            about={"a": "dura-3", "b": "dura-3"},
            left_out={
                "a/dura-1": OVERTAKEN,
                "b/dura-1": OVERTAKEN,
            },
        ),
        owes=(Owed("a", new=True), Owed("b", new=True)),
        ruler=SEGMENTED,
    ),
    Case(
        "a VIP is not contacted at all; only the announcement comes",
        nothing(overdue=("fat",), wakes=None),
        owes=Owed(new=True, announced=False),
        ruler=SEGMENTED,
        customer={"tags": ("vip",)},
        account={"history": PAID_LATE},
    ),
    Case(
        "the first segment that holds wins",
        made("primeiro"),
        owes=Owed(new=True),
        ruler=rulers(
            named("geral"),
            named("primeiro"),
            named("segundo"),
            segments=(Segment("a", ruler="primeiro"), Segment("b", ruler="segundo")),
        ),
    ),
    Case(
        "a step may ask for the segment",
        made("d3"),
        owes=Owed(new=True),
        ruler=rulers(
            ruler(step("d3", 3, when=Conditions(segments=frozenset({"clube"})))),
            segments=(Segment("clube", Conditions(tags_any=frozenset({"clube"}))),),
        ),
        customer=CLUB,
    ),
    Case(
        "a segment without a ruler of its own follows the default",
        made("vencida-3", left_out={"lembrete": OVERTAKEN, "vencimento": OVERTAKEN}),
        owes=Owed(new=True),
        ruler=rulers(PADRAO, segments=(Segment("clube"),)),
    ),
)

OLD = ruler(step("a", 3), step("b", 7), step("c", 15), name="r")
NEW = ruler(step("a", 3), step("x", 6), step("b", 8), step("y", 13), step("z", 20), name="r")
"""x Monday 16, b Wednesday 18, y Monday 23, z Monday 30."""
CHANGED = (NoteKind.RULER_CHANGED,)


def version(
    in_flight: InFlight, backfill: Backfill, when: tuple[int, int], then: Then, why: str
) -> Case:
    """Return a case whose second version came into force on Thursday 19, after step a."""
    of = rewritten(OLD, NEW, in_flight, backfill, since=9)
    return Case(f"{in_flight}, {backfill}: {why}", then, when, Owed(on="r@1", last="a"), of)


KEEP, MIGRATE, RESTART = InFlight.KEEP, InFlight.MIGRATE, InFlight.RESTART
FROM_NOW, DESERVED, ONE_BY_ONE = Backfill.FROM_NOW, Backfill.DESERVED_LEVEL, Backfill.STEPWISE
THAT_DAY, MONDAY = (9, 15), (13, 9)
VERSIONS = (
    *(
        version(KEEP, backfill, THAT_DAY, made("b", ruler="r@1", wakes=(15, 9)), "as it began")
        for backfill in Backfill
    ),
    version(
        MIGRATE,
        FROM_NOW,
        THAT_DAY,
        nothing(notes=CHANGED, wakes=(13, 9)),
        "what has passed is not made",
    ),
    version(MIGRATE, FROM_NOW, MONDAY, made("y", notes=CHANGED, ruler="r@2"), "what comes is"),
    version(
        MIGRATE,
        DESERVED,
        THAT_DAY,
        made("b", notes=CHANGED, left_out={"x": OVERTAKEN}, wakes=(13, 9)),
        "the latest that has passed, once",
    ),
    version(
        MIGRATE,
        DESERVED,
        MONDAY,
        made("y", notes=CHANGED, left_out={"x": OVERTAKEN, "b": OVERTAKEN}),
        "the latest, once",
    ),
    version(
        MIGRATE,
        ONE_BY_ONE,
        THAT_DAY,
        made("x", notes=CHANGED, wakes=(13, 9)),  # b two days later is Saturday: Monday
        "the first that was not made",
    ),
    version(MIGRATE, ONE_BY_ONE, MONDAY, made("x", notes=CHANGED), "one by one"),
    version(
        RESTART, FROM_NOW, THAT_DAY, nothing(notes=CHANGED, wakes=(13, 9)), "nothing that passed"
    ),
    version(RESTART, FROM_NOW, MONDAY, made("y", notes=CHANGED), "what comes is made"),
    version(
        RESTART,
        DESERVED,
        THAT_DAY,
        made("b", notes=CHANGED, left_out={"a": OVERTAKEN, "x": OVERTAKEN}),
        "the level of the delay",
    ),
    version(
        RESTART,
        DESERVED,
        MONDAY,
        made("y", notes=CHANGED, left_out=dict.fromkeys(("a", "x", "b"), OVERTAKEN)),
        "the level of the delay, later on",
    ),
    version(RESTART, ONE_BY_ONE, THAT_DAY, made("a", notes=CHANGED), "from the very beginning"),
    version(RESTART, ONE_BY_ONE, MONDAY, made("a", notes=CHANGED), "from the beginning, later on"),
    Case(
        "a new invoice starts on the version in force",
        made("y", ruler="r@2", left_out=dict.fromkeys(("a", "x", "b"), OVERTAKEN)),
        MONDAY,
        Owed(new=True),
        rewritten(OLD, NEW, KEEP, FROM_NOW, since=9),
    ),
    Case(
        "a place whose step has left the ruler goes on after its day",
        made("x", notes=CHANGED),
        (6, 9),
        Owed(on="r@1", last="a"),
        rewritten(OLD, ruler(step("x", 6), name="r"), MIGRATE, DESERVED, since=5),
    ),
    Case(
        "an invoice at the end of the old version goes on when the new one has more",
        made("d60", notes=CHANGED),
        (62, 9),  # Monday, 11 January; the sixtieth day is Saturday
        Owed(on="r@1", last="c", ended=True),
        rewritten(OLD, ruler(*ladder(60), name="r"), MIGRATE, DESERVED, since=50),
    ),
)

SLOW = replace(PADRAO, name="devagar", escalation=STEPWISE)
CONSOLIDATION = (
    Case(
        "one contact about all that has come up, led by the furthest along",
        made(
            "vencida-30",
            about={"velha": "vencida-30", "media": "vencida-15", "nova": "vencimento"},
            tone=Tone.FORMAL,
            template="pre_negativacao",
        ),
        (30, 9),
        (
            Owed("nova", due=30, last="lembrete", announced=False),
            Owed("media", due=15, last="vencida-7"),
            Owed("velha", last="vencida-15"),
        ),
    ),
    Case(
        "an invoice without a step now is not dragged along",
        made("vencida-3", about={"agora": "vencida-3"}),
        (3, 9),
        (Owed("agora", last="vencimento"), Owed("depois", due=40, announced=False)),
    ),
    Case(
        "a disputed invoice is left out, the others are spoken of",
        made("vencida-3", about={"certa": "vencida-3"}),
        (3, 9),
        (Owed("certa", last="vencimento"), Owed("contestada", due=-27, last="vencida-15")),
        account={"holds": (hold(HoldKind.DISPUTED, None, "contestada"),)},
    ),
    Case(
        "the worst step sets the tone, even of an invoice that is less late",
        made(
            "vencida-30",
            about={"b": "vencida-30", "a": "vencida-3"},
            tone=Tone.FORMAL,
            ruler="padrao@0",
        ),
        (30, 9),
        (
            Owed("a", due=-10, on="devagar@0", ruler="devagar", last="vencimento", made=-10),
            Owed("b", last="vencida-15"),
        ),
        rulers(PADRAO, SLOW),
    ),
    Case(
        "what leads does not depend on the order they came in",
        made("vencida-3", about={"a": "vencida-3", "b": "vencida-3"}),
        (3, 9),
        (Owed("b", last="vencimento"), Owed("a", last="vencimento")),
    ),
    Case(
        "what several invoices overtook is told invoice by invoice",
        made(
            "vencida-7",
            about={"a": "vencida-7", "b": "vencida-7"},
            left_out={"a/vencida-3": OVERTAKEN},
        ),
        (7, 9),
        (Owed("a", last="vencimento"), Owed("b", last="vencida-3")),
    ),
)

CAPS = (
    Case(
        "one a day: tomorrow, Saturday, from eight",
        deferred(Reason.DAILY_CAP, (4, 8), "d3", rule="contact.daily_cap"),
        (3, 15),
        Owed(),
        D3,
        account={"contacts": contacted(3)},
    ),
    Case(
        "three in seven days: seven days after the first of them",
        deferred(Reason.WEEKLY_CAP, (8, 8), "d6", rule="contact.weekly_cap"),
        (6, 9),
        Owed(),
        ruler(*ladder(6)),
        account={"contacts": contacted(1, 2, 3)},
    ),
    Case(
        "on that day it is free again",
        made("d6"),
        (8, 8),
        Owed(),
        ruler(*ladder(6)),
        account={"contacts": contacted(1, 2, 3)},
    ),
    Case(
        "free on Sunday, but nobody is contacted on a Sunday: Monday 23",
        deferred(Reason.WEEKLY_CAP, (13, 8), "d8", wakes=(13, 8)),
        (9, 9),
        Owed(),
        ruler(*ladder(8)),
        account={"contacts": contacted(6, 7, 8), "holds": ()},
        # Monday 16 + 7 is Monday 23: the three are Monday, Tuesday, Wednesday
    ),
    Case(
        "contacts on every channel count",
        deferred(Reason.DAILY_CAP, (4, 8), "d3"),
        (3, 15),
        Owed(),
        D3,
        account={"contacts": contacted(3, channel=WHATSAPP)},
    ),
    Case(
        "a ruler may allow more",
        made("d3"),
        (3, 15),
        Owed(),
        ruler(*ladder(3), caps=Caps(per_day=2, per_week=5)),
        account={"contacts": contacted(3)},
    ),
    Case(
        "what was deferred waits with what it overtook",
        deferred(Reason.DAILY_CAP, (8, 8), "vencida-7"),
        (7, 15),
        Owed(last="vencimento"),
        account={"contacts": contacted(7)},
    ),
    Case(
        "and is made then, and what it overtook is told once",
        made("vencida-7", left_out={"vencida-3": OVERTAKEN}),
        (8, 8),
        Owed(last="vencimento"),
        account={"contacts": contacted(7)},
    ),
)

EARLY_AND_LATE = Hours((time(8), time(20)), (time(8), time(14)))
SUNDAYS = Hours((time(8), time(20)), (time(8), time(14)), (time(10), time(16)))
BY_SMS = ruler(step("d3", 3, SMS))
WINDOWS = (
    Case("until eight in the evening", made("d3"), (3, 19), Owed(), D3),
    Case(
        "then Saturday from eight",
        deferred(Reason.OUTSIDE_WINDOW, (4, 8), "d3", rule="hours.email"),
        (3, 20),
        Owed(),
        D3,
    ),
    Case(
        "Saturday until two; Sunday is closed: Monday",
        deferred(Reason.OUTSIDE_WINDOW, (6, 8), "d3"),
        (4, 14),
        Owed(),
        D3,
    ),
    Case(
        "Sunday and República: Monday", deferred(Reason.HOLIDAY, (6, 8), "d3"), (5, 10), Owed(), D3
    ),
    Case(
        "Consciência Negra: Saturday",
        deferred(Reason.HOLIDAY, (11, 8), "d3"),
        (10, 10),
        Owed(),
        D3,
    ),
    Case(
        "at night: the morning",
        deferred(Reason.OUTSIDE_WINDOW, (6, 8), "d3"),
        (6, 5),
        Owed(),
        D3,
    ),
    Case(
        "the creditor's own hours begin later",
        deferred(Reason.OUTSIDE_WINDOW, (3, 10), "d3"),
        (3, 9),
        Owed(),
        ruler(*ladder(3), contact_hours={EMAIL: Hours((time(10), time(18)))}),
    ),
    Case(
        "and know no Saturday",
        deferred(Reason.OUTSIDE_WINDOW, (6, 10), "d3"),
        (3, 18),
        Owed(),
        ruler(*ladder(3), contact_hours={EMAIL: Hours((time(10), time(18)))}),
    ),
    Case(
        "a creditor may choose Sundays for e-mail",
        made("d3"),
        (5, 10),
        Owed(),
        ruler(*ladder(3), contact_hours={EMAIL: SUNDAYS}),
    ),
    Case(
        "never for SMS",
        deferred(Reason.HOLIDAY, (6, 9), "d3"),
        (5, 10),
        Owed(),
        ruler(step("d3", 3, SMS), contact_hours={SMS: SUNDAYS}),
        customer={**PHONES, "uf": "RJ"},
        given=EVERYTHING,
    ),
    Case(
        "SMS until seven; Saturday closed: Monday",
        deferred(Reason.OUTSIDE_WINDOW, (6, 9), "d3", channel=SMS, rule="hours.telephone"),
        (3, 19),
        Owed(),
        BY_SMS,
        customer=PHONES,
        given=EVERYTHING,
    ),
    Case(
        "São Paulo's law allows until eight, if the creditor wants",
        made("d3", channel=SMS),
        (3, 19),
        Owed(),
        ruler(step("d3", 3, SMS), contact_hours={SMS: EARLY_AND_LATE}),
        customer=PHONES,
        given=EVERYTHING,
    ),
    Case(
        "Rio's does not, whatever the creditor wants",
        deferred(Reason.OUTSIDE_WINDOW, (6, 9), "d3", rule="hours.rj"),
        (3, 19),
        Owed(),
        ruler(step("d3", 3, SMS), contact_hours={SMS: EARLY_AND_LATE}),
        customer={"phones": ("+5521987654321",), "uf": "RJ"},
        given=EVERYTHING,
    ),
    Case(
        "a line of Rio and an address in São Paulo: the stricter of both",
        deferred(Reason.OUTSIDE_WINDOW, (6, 9), "d3", rule="hours.rj"),
        (3, 19),
        Owed(),
        ruler(step("d3", 3, SMS), contact_hours={SMS: EARLY_AND_LATE}),
        customer={"phones": ("+5521987654321",), "uf": "SP"},
        given=EVERYTHING,
    ),
    Case(
        "a holiday of the Distrito Federal, 30 November, is no day for SMS",
        deferred(Reason.HOLIDAY, (21, 9), "d20", rule="hours.state_holiday"),
        (20, 9),
        Owed(),
        ruler(step("d20", 20, SMS)),
        customer={"phones": ("+5561987654321",), "uf": "DF"},
        given=EVERYTHING,
    ),
    Case(
        "but one for e-mail",
        made("d20"),
        (20, 9),
        Owed(),
        ruler(*ladder(20)),
        customer={"uf": "DF"},
    ),
    Case(
        "Acre is two hours behind: eight there is ten here",
        deferred(Reason.OUTSIDE_WINDOW, (3, 10), "d3"),
        (3, 9),
        Owed(),
        D3,
        customer={"uf": "AC"},
    ),
    Case(
        "Amazonas has two clocks; both must be open",
        deferred(Reason.OUTSIDE_WINDOW, (3, 10), "d3"),
        (3, 9),
        Owed(),
        D3,
        customer={"uf": "AM"},
    ),
    Case(
        "in Cuiabá, an hour behind, nine here is eight",
        made("d3"),
        (3, 9),
        Owed(),
        D3,
        {"uf": "MT"},
    ),
    Case("and eight in the evening is seven", made("d3"), (3, 20), Owed(), D3, {"uf": "MT"}),
    Case(
        "Noronha is an hour ahead: seven here is eight there, over for Pernambuco",
        deferred(Reason.OUTSIDE_WINDOW, (4, 8), "d3"),
        (3, 19),
        Owed(),
        D3,
        customer={"uf": "PE"},
    ),
    Case(
        "a ruler by Manaus's clock: nine there is ten here",
        nothing(wakes=(3, 10)),
        (3, 9),
        Owed(),
        ruler(*ladder(3), timezone="America/Manaus"),
    ),
    Case(
        "late in the evening it is still the same day in São Paulo, though not in UTC",
        nothing(wakes=(3, 9)),
        (2, 22),
        Owed(),
        D3,
    ),
)

HOURS = (
    Case(
        "the ruler's hour",
        nothing(wakes=(3, 14)),
        (3, 9),
        Owed(),
        ruler(*ladder(3), contact_hour=14),
    ),
    Case("from then on", made("d3"), (3, 14), Owed(), ruler(*ladder(3), contact_hour=14)),
    Case(
        "the customer's stated hour comes before the ruler's",
        nothing(wakes=(3, 10)),
        (3, 9),
        Owed(),
        ruler(*ladder(3), contact_hour=14),
        {"preferred_hour": 10},
    ),
    Case(
        "and is kept",
        made("d3"),
        (3, 10),
        Owed(),
        ruler(*ladder(3), contact_hour=14),
        {"preferred_hour": 10},
    ),
    Case("a later one too", nothing(wakes=(3, 18)), (3, 9), Owed(), D3, {"preferred_hour": 18}),
    Case(
        "an hour outside the window cannot be kept: the next morning, Saturday",
        nothing(wakes=(4, 8)),
        (3, 20),
        Owed(),
        D3,
        {"preferred_hour": 21},
    ),
    Case("when it is made", made("d3"), (4, 8), Owed(), D3, {"preferred_hour": 21}),
    Case(
        "an hour before the window opens: at its opening",
        nothing(wakes=(3, 8)),
        (3, 5),
        Owed(),
        D3,
        {"preferred_hour": 6},
    ),
    Case(
        "an hour the customer wished for goes before what the creditor says",
        nothing(wakes=(3, 18)),
        (3, 9),
        Owed(),
        D3,
        {"preferred_hour": 10},
        {"wishes": Wishes(at(-20), hour=18)},
    ),
    Case(
        "a wish about the channel alone leaves the hour that the creditor says",
        nothing(wakes=(3, 18)),
        (3, 9),
        Owed(),
        D3,
        {"preferred_hour": 18},
        {"wishes": Wishes(at(-20), channel=EMAIL)},
    ),
    Case(
        "an hour wished for when nobody may be written to is the next morning",
        made("d3"),
        (4, 8),
        Owed(),
        D3,
        account={"wishes": Wishes(at(-20), hour=21)},
    ),
    Case(
        "an optimiser may choose another",
        nothing(wakes=(3, 11)),
        (3, 9),
        Owed(),
        D3,
        given=Circumstances(best_hour=lambda _account, _ruler: time(11)),
    ),
    Case(
        "a stated hour by the ruler's clock, where the customer's day has not begun",
        nothing(wakes=(3, 10)),
        (3, 7),
        Owed(),
        D3,
        {"preferred_hour": 9, "uf": "AC"},
    ),
)

EITHER = ruler(step("d3", 3, EMAIL, WHATSAPP))
CHANNELS = (
    Case(
        "the first channel of the step",
        made("d3", channel=EMAIL),
        (3, 9),
        Owed(),
        EITHER,
        PHONES,
        given=EVERYTHING,
    ),
    Case(
        "the customer's preferred one, if it is among them",
        made("d3", channel=WHATSAPP),
        (3, 9),
        Owed(),
        EITHER,
        {**PHONES, "preferred_channel": "whatsapp"},
        given=EVERYTHING,
    ),
    Case(
        "the one the customer wished for, whatever the creditor says",
        made("d3", channel=WHATSAPP),
        (3, 9),
        Owed(),
        EITHER,
        {**PHONES, "preferred_channel": "email"},
        {"wishes": Wishes(at(-20), channel=WHATSAPP)},
        EVERYTHING,
    ),
    Case(
        "what the creditor says, when only an hour was wished for",
        made("d3", channel=WHATSAPP),
        (3, 9),
        Owed(),
        EITHER,
        {**PHONES, "preferred_channel": "whatsapp"},
        {"wishes": Wishes(at(-20), hour=9)},
        EVERYTHING,
    ),
    Case(
        "not one that the step does not have",
        made("d3", channel=EMAIL),
        (3, 9),
        Owed(),
        EITHER,
        {**PHONES, "preferred_channel": "sms"},
        given=EVERYTHING,
    ),
    Case(
        "not one that has no sender",
        made("d3", channel=EMAIL),
        (3, 9),
        Owed(),
        EITHER,
        {**PHONES, "preferred_channel": "whatsapp"},
    ),
    Case(
        "not one that has no address",
        made("d3", channel=EMAIL),
        (3, 9),
        Owed(),
        ruler(step("d3", 3, SMS, EMAIL)),
        given=EVERYTHING,
    ),
    Case(
        "not one that was stopped",
        made("d3", channel=WHATSAPP),
        (3, 9),
        Owed(),
        EITHER,
        PHONES,
        {"opt_outs": {EMAIL: at(-20)}},
        EVERYTHING,
    ),
    Case(
        "a preferred channel that is closed now is waited for, not replaced",
        deferred(Reason.OUTSIDE_WINDOW, (6, 9), "d3", channel=WHATSAPP),
        (3, 19),
        Owed(),
        EITHER,
        {**PHONES, "preferred_channel": "whatsapp"},
        given=EVERYTHING,
    ),
    Case(
        "a step on a channel that is not deployed is told, and does not block the ruler",
        suppressed(Reason.POLICY_DENIED, "d3", rule="contact.no_sender", wakes=(7, 9)),
        (3, 9),
        Owed(),
        ruler(step("d3", 3, VOICE), *ladder(7)),
        PHONES,
    ),
)

NEXT = ruler(step("d7", 7, EMAIL, SMS, fallback=Fallback(24, Seen.OPENED)), *ladder(15))
ON_FAILURE = ruler(step("d7", 7, EMAIL, SMS), *ladder(15))
UNOPENED = waiting(SMS, check=(8, 9), unless=Seen.OPENED, of="d7")
FALLBACK = (
    Case(
        "a contact with a next channel is looked at after its hours",
        made("d7", channel=EMAIL, wakes=(8, 9)),
        (7, 9),
        Owed(),
        NEXT,
        PHONES,
        given=EVERYTHING,
    ),
    Case(
        "without a fallback, only a failure brings the next channel, for three days",
        made("d7", wakes=(10, 9)),
        (7, 9),
        Owed(),
        ON_FAILURE,
        PHONES,
        given=EVERYTHING,
    ),
    Case(
        "where the next channel has no sender, nothing is waited for",
        made("d7", wakes=(15, 9)),
        (7, 9),
        Owed(),
        NEXT,
        PHONES,
    ),
    Case(
        "delivered but not opened after 24 hours: the next channel",
        made("d7", channel=SMS, fallback_of=FIRST),
        (8, 9),
        Owed(last="d7"),
        NEXT,
        PHONES,
        {"attempts": UNOPENED, "contacts": contacted(7)},
        saw(Seen.DELIVERED),
    ),
    Case(
        "nothing heard of it at all: the same",
        made("d7", channel=SMS, fallback_of=FIRST),
        (8, 9),
        Owed(last="d7"),
        NEXT,
        PHONES,
        {"attempts": UNOPENED},
        EVERYTHING,
    ),
    Case(
        "opened: no next channel",
        nothing(wakes=(15, 9)),
        (8, 9),
        Owed(last="d7"),
        NEXT,
        PHONES,
        {"attempts": UNOPENED},
        saw(Seen.DELIVERED, Seen.OPENED),
    ),
    Case(
        "before its hours are over, nothing",
        nothing(wakes=(8, 9)),
        (8, 8),
        Owed(last="d7"),
        NEXT,
        PHONES,
        {"attempts": UNOPENED},
        EVERYTHING,
    ),
    Case(
        "a failure brings it at once, even where no fallback was written",
        made("d7", channel=SMS, fallback_of=FIRST),
        (7, 15),
        Owed(last="d7"),
        ON_FAILURE,
        PHONES,
        {"attempts": waiting(SMS, check=(7, 14), failed=True, of="d7")},
        EVERYTHING,
    ),
    Case(
        "three days without a failure: nothing more",
        nothing(wakes=(15, 9)),
        (10, 9),
        Owed(last="d7"),
        ON_FAILURE,
        PHONES,
        {"attempts": waiting(SMS, check=(10, 9), of="d7")},
        EVERYTHING,
    ),
    Case(
        "the next channel keeps its hours",
        deferred(Reason.OUTSIDE_WINDOW, (9, 9), "d7", channel=SMS, fallback_of=FIRST),
        (8, 19),
        Owed(last="d7"),
        NEXT,
        PHONES,
        {"attempts": UNOPENED},
        EVERYTHING,
    ),
    Case(
        "and the caps",
        deferred(Reason.DAILY_CAP, (9, 9), "d7", channel=SMS, fallback_of=FIRST),
        (8, 12),
        Owed(last="d7"),
        NEXT,
        PHONES,
        {"attempts": UNOPENED, "contacts": contacted(8)},
        EVERYTHING,
    ),
    Case(
        "nothing once it is paid",
        nothing(wakes=None),
        (8, 9),
        (),
        NEXT,
        PHONES,
        {"attempts": UNOPENED},
        EVERYTHING,
    ),
    Case(
        "nothing while it is held",
        nothing(wakes=(10, 0)),
        (8, 9),
        Owed(last="d7"),
        NEXT,
        PHONES,
        {"attempts": UNOPENED, "holds": (hold(about="fat"),)},
        EVERYTHING,
    ),
    Case(
        "a newer step overtakes the next channel of an older one",
        made("d15", channel=EMAIL, wakes=(16, 0)),
        (15, 9),
        Owed(last="d7"),
        NEXT,
        PHONES,
        {"attempts": waiting(SMS, check=(15, 9), unless=Seen.OPENED, of="d7")},
        EVERYTHING,
    ),
    Case(
        "a next channel that was stopped is passed over for the one after it",
        made("d7", channel=WHATSAPP, fallback_of=FIRST),
        (8, 9),
        Owed(last="d7"),
        NEXT,
        PHONES,
        {
            "attempts": waiting(SMS, WHATSAPP, check=(8, 9), unless=Seen.OPENED, of="d7"),
            "opt_outs": {SMS: at(-9)},
        },
        EVERYTHING,
    ),
    Case(
        "nobody to send the next channel to",
        suppressed(Reason.NO_ADDRESS, "d7", channel=SMS, fallback_of=FIRST),
        (8, 9),
        Owed(last="d7"),
        NEXT,
        {},
        {"attempts": UNOPENED},
        EVERYTHING,
    ),
    Case(
        "a deferred step of another invoice and a next channel wait together",
        deferred(Reason.DAILY_CAP, (9, 8), "d7", about={"nova": "d7"}, wakes=(9, 8)),
        (8, 10),
        (Owed("fat", last="d7"), Owed("nova", due=1)),
        NEXT,
        PHONES,
        {"attempts": UNOPENED, "contacts": contacted(8)},
        EVERYTHING,
    ),
)

AT_SEVEN = Owed(last="vencida-3")
HOLDS = (
    Case(
        "held: nothing, until its end",
        nothing(wakes=(8, 12)),
        (7, 9),
        AT_SEVEN,
        account={"holds": (hold(until=(8, 12)),)},
    ),
    Case(
        "released by itself: what waited comes at once",
        made("vencida-7", notes=(NoteKind.HOLD_ENDED,)),
        (8, 12),
        AT_SEVEN,
        account={"holds": (hold(until=(8, 12)),)},
    ),
    Case(
        "released at midnight: in the morning",
        deferred(Reason.OUTSIDE_WINDOW, (8, 8), "vencida-7", notes=(NoteKind.HOLD_ENDED,)),
        (8, 0),
        AT_SEVEN,
        account={"holds": (hold(until=(8, 0)),)},
    ),
    Case(
        "released late: the level the delay deserves, not a pile",
        made("vencida-15", notes=(NoteKind.HOLD_ENDED,), left_out={"vencida-7": OVERTAKEN}),
        (16, 9),
        AT_SEVEN,
        account={"holds": (hold(until=(16, 0)),)},
    ),
    Case(
        "released late on a stepwise ruler: the next level",
        made("vencida-7", notes=(NoteKind.HOLD_ENDED,)),
        (16, 9),
        AT_SEVEN,
        replace(PADRAO, escalation=STEPWISE),
        account={"holds": (hold(until=(16, 0)),)},
    ),
    Case(
        "a hold on one invoice leaves the other going",
        made("vencida-7", about={"b": "vencida-7"}),
        (7, 9),
        (Owed("a", last="vencida-3"), Owed("b", last="vencida-3")),
        account={"holds": (hold(about="a"),)},
    ),
    Case(
        "two holds: the later end counts",
        nothing(notes=(NoteKind.HOLD_ENDED,), wakes=(9, 12)),
        (8, 12),
        AT_SEVEN,
        account={"holds": (hold(until=(8, 12)), hold(until=(9, 12), about="fat"))},
    ),
    Case(
        "a promise pauses",
        nothing(wakes=(9, 0)),
        (7, 9),
        AT_SEVEN,
        account={"holds": (hold(HoldKind.PROMISED, (9, 0), promised=Money(14990)),)},
    ),
    Case(
        "a broken one is told, and the ruler goes on",
        made("vencida-7", notes=(NoteKind.PROMISE_BROKEN,)),
        (9, 9),
        AT_SEVEN,
        account={"holds": (hold(HoldKind.PROMISED, (9, 0), promised=Money(14990)),)},
    ),
    Case(
        "a kept one is told too; what is left goes on",
        made("vencida-7", notes=(NoteKind.PROMISE_KEPT,)),
        (9, 9),
        Owed(last="vencida-3", paid=5000),
        account={
            "holds": (hold(HoldKind.PROMISED, (9, 0), promised=Money(5000), received=Money(5000)),)
        },
    ),
    Case(
        "a promise of what has been paid in full meanwhile is judged all the same",
        nothing(notes=(NoteKind.PROMISE_KEPT,), wakes=None),
        (9, 9),
        (),
        account={
            "holds": (
                hold(HoldKind.PROMISED, (9, 0), promised=Money(14990), received=Money(14990)),
            )
        },
    ),
    Case(
        "a broken promise counts against the customer at once",
        nothing(notes=(NoteKind.PROMISE_BROKEN,), left_out={"d7": NOT_MET}),
        (9, 9),
        Owed(),
        ruler(step("d7", 7, when=Conditions(max_broken_promises=0))),
        account={"holds": (hold(HoldKind.PROMISED, (9, 0), promised=Money(14990)),)},
    ),
    Case(
        "a dispute has no end of its own: nothing, and nothing to wake for",
        nothing(wakes=None),
        (30, 9),
        AT_SEVEN,
        account={"holds": (hold(HoldKind.DISPUTED, None),)},
    ),
    Case(
        "once it is resolved, the level the delay deserves",
        made("vencida-30", left_out={"vencida-7": OVERTAKEN, "vencida-15": OVERTAKEN}),
        (30, 9),
        AT_SEVEN,
    ),
    Case(
        "a payment in transit rests for its days",
        nothing(wakes=(13, 0)),
        (7, 9),
        AT_SEVEN,
        account={"holds": (hold(HoldKind.PAYMENT_IN_TRANSIT, (13, 0), "fat"),)},
    ),
    Case(
        "and if nothing is credited the ruler goes on",
        made("vencida-7", notes=(NoteKind.HOLD_ENDED,)),
        (13, 9),
        AT_SEVEN,
        account={"holds": (hold(HoldKind.PAYMENT_IN_TRANSIT, (13, 0), "fat"),)},
    ),
    Case(
        "what is held becomes overdue all the same",
        nothing(overdue=("fat",), wakes=(10, 0)),
        (1, 0),
        Owed(last="vencimento", announced=False),
        account={"holds": (hold(),)},
    ),
    Case(
        "a reminder that was held until its day had gone by is left out",
        nothing(
            notes=(NoteKind.HOLD_ENDED,),
            left_out={"lembrete": OVERTAKEN, "vencimento": OVERTAKEN},
            wakes=(3, 9),
        ),
        (1, 12),
        Owed(),
        account={"holds": (hold(until=(1, 12)),)},
    ),
)

ENDED = (NoteKind.RULER_ENDED,)
END = (
    Case(
        "a day after the last step",
        nothing(notes=ENDED, wakes=None),
        (31, 0),
        Owed(last="vencida-30"),
    ),
    Case("not on its day", nothing(wakes=(31, 0)), (30, 23), Owed(last="vencida-30")),
    Case("once", nothing(wakes=None), (40, 9), Owed(last="vencida-30", ended=True)),
    Case(
        "ten days after, where the ruler says so",
        nothing(wakes=(40, 0)),
        (31, 9),
        Owed(last="vencida-30"),
        replace(PADRAO, end_after_days=10),
    ),
    Case(
        "counted from the day the last step was really made",
        nothing(wakes=(36, 0)),
        (34, 9),
        Owed(last="vencida-30", made=35),
    ),
    Case(
        "never before it is overdue: a ruler of reminders only",
        nothing(notes=ENDED, overdue=("fat",), wakes=None),
        (1, 0),
        Owed(last="d-3", announced=False),
        ruler(*ladder(-3)),
    ),
    Case(
        "not on the due date",
        nothing(overdue=(), wakes=(1, 0)),
        (0, 12),
        Owed(last="d-3", announced=False),
        ruler(*ladder(-3)),
    ),
    Case(
        "overdue from midnight after the due date",
        nothing(overdue=("fat",)),
        (1, 0),
        Owed(last="vencimento", announced=False),
    ),
    Case(
        "not an hour before",
        nothing(overdue=(), wakes=(1, 0)),
        (0, 23),
        Owed(last="vencimento", announced=False),
    ),
    Case(
        "due on a Saturday: not on Monday",
        nothing(overdue=(), wakes=(7, 0)),
        (6, 23),
        Owed(due=4, last="vencimento", announced=False),
    ),
    Case(
        "due on a Saturday: on Tuesday",
        nothing(overdue=("fat",), wakes=(9, 9)),
        (7, 0),
        Owed(due=4, last="vencimento", announced=False),
    ),
)

TWO_ARMS = (
    Variant("controle"),
    Variant("cordial", template="vencida_cordial", tone=Tone.FRIENDLY),
)
SILENCE = (Variant("controle"), Variant("silencio", silent=True))
TEXTED = (Variant("controle"), Variant("sms", channels=(SMS,)))


def who(arm: str, variants: tuple[Variant, ...], key: str = "teste/d3") -> dict[str, object]:
    """Return a customer that chance puts into an arm."""
    ids = (CustomerId(f"cli-{n}") for n in count(1))
    found = next(i for i in ids if variant_for(CREDITOR, i, key, variants, 0).name == arm)
    return {"external_id": found}


def trying(*variants: Variant, hold_out: int = 0) -> Rulers:
    return rulers(ruler(step("d3", 3, variants=variants), *ladder(7)), hold_out=hold_out)


EXPERIMENTS = (
    Case(
        "the control arm is the step as written",
        made("d3", variant="controle", template="vencida", exposed=("teste/d3/controle",)),
        owes=Owed(),
        ruler=trying(*TWO_ARMS),
        customer=who("controle", TWO_ARMS),
    ),
    Case(
        "the other arm changes what it names",
        made(
            "d3",
            variant="cordial",
            template="vencida_cordial",
            tone=Tone.FRIENDLY,
            exposed=("teste/d3/cordial",),
        ),
        owes=Owed(),
        ruler=trying(*TWO_ARMS),
        customer=who("cordial", TWO_ARMS),
    ),
    Case(
        "an arm may use another channel",
        made("d3", variant="sms", channel=SMS),
        owes=Owed(),
        ruler=trying(*TEXTED),
        customer={**PHONES, **who("sms", TEXTED)},
        given=EVERYTHING,
    ),
    Case(
        "a silent arm is left out with its reason, counted, and goes on with the ruler",
        nothing(left_out={"d3": Reason.HELD_OUT}, exposed=("teste/d3/silencio",), wakes=(7, 9)),
        owes=Owed(),
        ruler=trying(*SILENCE),
        customer=who("silencio", SILENCE),
    ),
    Case(
        "its other invoices are spoken of",
        made(
            "d7",
            about={"velha": "d7"},
            left_out={"nova/d3": Reason.HELD_OUT},
            exposed=("teste/d3/silencio",),
        ),
        (7, 9),
        (Owed("nova", due=3), Owed("velha", last="d3")),
        rulers(ruler(step("d3", 3, variants=SILENCE), *ladder(7), business_days=NONE)),
        who("silencio", SILENCE),
    ),
    Case(
        "the permanent hold-out gets the control, counted apart",
        made("d3", variant="controle", exposed=("teste/d3/hold_out",)),
        owes=Owed(),
        ruler=trying(*TWO_ARMS, hold_out=100),
        customer=who("cordial", TWO_ARMS),
    ),
    Case(
        "nobody is counted twice in one arm",
        made("d3", variant="controle", exposed=()),
        owes=Owed(),
        ruler=trying(*TWO_ARMS),
        customer=who("controle", TWO_ARMS),
        account={"trials": {"teste/d3/controle": InvoiceId("velha")}},
    ),
    Case(
        "who could not be contacted is not counted",
        suppressed(Reason.NO_ADDRESS, "d3", exposed=()),
        owes=Owed(),
        ruler=trying(*TWO_ARMS),
        customer={**who("cordial", TWO_ARMS), "emails": ()},
    ),
    Case(
        "who is deferred is not counted yet",
        deferred(Reason.OUTSIDE_WINDOW, (4, 8), "d3", exposed=()),
        (3, 21),
        owes=Owed(),
        ruler=trying(*TWO_ARMS),
        customer=who("cordial", TWO_ARMS),
    ),
    Case(
        "every repetition of a step has the arm of the first",
        made("d3.2", variant="cordial", exposed=("teste/d3/cordial",)),
        (8, 9),  # Friday 13 + 5 is Wednesday 18
        Owed(last="d3"),
        rulers(ruler(step("d3", 3, variants=TWO_ARMS, repeat=Repeat(5, 2)))),
        who("cordial", TWO_ARMS),
    ),
    Case(
        "the next channel speaks as the arm does",
        made(
            "d3",
            variant="cordial",
            template="vencida_cordial",
            channel=SMS,
            fallback_of=FIRST,
        ),
        (6, 9),
        Owed(last="d3", ended=True),
        rulers(ruler(step("d3", 3, EMAIL, SMS, variants=TWO_ARMS))),
        {**PHONES, **who("cordial", TWO_ARMS)},
        {"attempts": waiting(SMS, check=(6, 9), failed=True, of="d3")},
        EVERYTHING,
    ),
)

FIVE_YEARS = -1826
"""10 November 2021 (2024 was a leap year): the debt prescribes at the end of 10 November 2026."""
PRESCRIPTION = (
    Case(
        "on the last day of five years it may still be asked for",
        made("vencida-30"),
        (0, 9),
        Owed(due=FIVE_YEARS, issued=FIVE_YEARS - 30, last="vencida-15"),
    ),
    Case(
        "from the day after it is never asked for again",
        nothing(left_out={"vencida-30": Reason.PRESCRIBED}),
        (1, 9),
        Owed(due=FIVE_YEARS, issued=FIVE_YEARS - 30, last="vencida-15"),
    ),
    Case(
        "an old one that never was on a ruler: every step is left out",
        nothing(left_out={s.id: Reason.PRESCRIBED for s in PADRAO.steps}),
        (1, 9),
        Owed(due=FIVE_YEARS, issued=FIVE_YEARS - 30, new=True),
    ),
    Case(
        "and is not among the others of its customer",
        made(
            "vencida-3",
            about={"nova": "vencida-3"},
            left_out={"velha/vencida-30": Reason.PRESCRIBED},
        ),
        (3, 9),
        (
            Owed("nova", last="vencimento"),
            Owed("velha", due=FIVE_YEARS, issued=FIVE_YEARS - 30, last="vencida-15"),
        ),
    ),
)

ADDRESSES = (
    Case(
        "no address at all", suppressed(Reason.NO_ADDRESS, "d3"), (3, 9), Owed(), D3, {"emails": ()}
    ),
    Case(
        "an address that bounced is not used again, and the ruler goes on",
        suppressed(Reason.ADDRESS_SUPPRESSED, "d3", wakes=(7, 9)),
        (3, 9),
        Owed(),
        ruler(*ladder(3, 7)),
        account={"suppressed_addresses": frozenset({"maria@cliente.example.com.br"})},
    ),
    Case(
        "another address of the customer is",
        made("d3"),
        (3, 9),
        Owed(),
        D3,
        {"emails": ("maria@cliente.example.com.br", "silva@cliente.example.com.br")},
        {"suppressed_addresses": frozenset({"maria@cliente.example.com.br"})},
    ),
    Case(
        "who stopped e-mail gets none",
        suppressed(Reason.OPTED_OUT, "d3", rule="contact.opt_out"),
        (3, 9),
        Owed(),
        D3,
        account={"opt_outs": {EMAIL: at(-20)}},
    ),
    Case(
        "stopping SMS does not stop e-mail",
        made("d3"),
        (3, 9),
        Owed(),
        D3,
        account={"opt_outs": {SMS: at(-20)}},
    ),
    Case(
        "a creditor that has paused contacts nobody",
        suppressed(Reason.CREDITOR_PAUSED, "d3"),
        (3, 9),
        Owed(),
        D3,
        given=Circumstances(creditor_paused=True),
    ),
    Case(
        "of two reasons, the one about the customer is told",
        suppressed(Reason.NO_ADDRESS, "d3", channel=EMAIL),
        (3, 9),
        Owed(),
        ruler(step("d3", 3, SMS, EMAIL)),
        {"emails": ()},
    ),
    Case(
        "a customer nobody has described",
        suppressed(Reason.NO_ADDRESS, "d3"),
        (3, 9),
        Owed(),
        D3,
        account={"customer": None},
    ),
)

ONE_A_WEEK = Caps(per_day=1, per_week=1)
COURSES = (
    Course(
        "a run every hour of every day: each step on its day, at nine",
        (
            (-1, 9, "lembrete"),  # Saturday moved to Monday
            (0, 9, "vencimento"),
            (3, 9, "vencida-3"),
            (7, 9, "vencida-7"),
            (15, 9, "vencida-15"),
            (30, 9, "vencida-30"),
        ),
    ),
    Course(
        "runs on Mondays only: what was missed is caught up, what would be out of place is not",
        (
            (-1, 9, "lembrete"),
            (6, 8, "vencida-3"),  # due since Friday: as soon as the window opens
            (13, 8, "vencida-7"),
            (20, 8, "vencida-15"),
            (34, 8, "vencida-30"),
        ),
        runs=lambda days: days % 7 == 6,
    ),
    Course(
        "no run for a month: one contact, the one that the delay deserves",
        ((31, 8, "vencida-30"),),
        runs=lambda days: days >= 31,
    ),
    Course(
        "stepwise after a month without runs: every step, each after its planned gap",
        (
            (31, 9, "d3"),  # Friday, 11 December
            (35, 9, "d7"),  # four days on
            (43, 9, "d15"),  # eight days on, 23 December
            (58, 9, "d30"),  # fifteen days on, 7 January
        ),
        ruler=ruler(*ladder(3, 7, 15, 30), escalation=STEPWISE),
        first=(31, 9),
        last=(90, 23),
    ),
    Course(
        "stepwise in time: as planned",
        ((3, 9, "d3"), (7, 9, "d7"), (15, 9, "d15")),
        ruler=ruler(*ladder(3, 7, 15), escalation=STEPWISE),
    ),
    Course(
        "stepwise, and a step that is not meant keeps its gap all the same",
        ((31, 9, "d3"), (43, 9, "d15")),
        ruler=ruler(
            step("d3", 3),
            step("d7", 7, when=Conditions(max_amount=Money(1))),
            step("d15", 15),
            escalation=STEPWISE,
        ),
        first=(31, 9),
        last=(90, 23),
    ),
    Course(
        "a chain counts from the days on which its steps were really made",
        (
            (6, 8, "a"),  # planned for Friday 13; no run before Monday
            (13, 9, "b"),  # Monday 16 + 4 = Friday 20, a holiday: Monday 23
            (17, 9, "c"),  # + 4 = Friday 27
        ),
        ruler=ruler(step("a", 3), chained("b", 4), chained("c", 4)),
        runs=lambda days: days >= 6,
    ),
    Course(
        "a chained step that would come after a further one is overtaken by it",
        (
            (6, 8, "a"),  # planned for Friday 13; no run before Monday
            (9, 9, "c"),  # b would come on Monday 23
        ),
        ruler=ruler(step("a", 3), chained("b", 5), step("c", 9)),
        runs=lambda days: days >= 6,
    ),
    Course(
        "one contact a week: what comes too soon waits, and the furthest is made",
        ((0, 9, "d0"), (7, 8, "d5"), (14, 8, "d10")),  # d5 is Monday 16; d10 Monday 23
        ruler=ruler(*ladder(0, 5, 10), caps=ONE_A_WEEK),
    ),
    Course(
        "one contact a week, and two steps within it: only the further one is made",
        ((0, 9, "d0"), (7, 8, "d6")),
        ruler=ruler(*ladder(0, 3, 6), caps=ONE_A_WEEK),
    ),
    Course(
        "stepwise, one contact a week: both are made",
        ((0, 9, "d0"), (7, 8, "d3"), (14, 8, "d6")),
        ruler=ruler(*ladder(0, 3, 6), caps=ONE_A_WEEK, escalation=STEPWISE),
    ),
    Course(
        "repeated four times, every ten days",
        (
            (6, 9, "d6"),
            (16, 9, "d6.2"),
            (27, 9, "d6.3"),  # + 10 = Saturday, 5 December: Monday
            (37, 9, "d6.4"),  # Thursday, 17 December
        ),
        ruler=ruler(step("d6", 6, repeat=Repeat(10, 4))),
        last=(80, 23),
    ),
    Course(
        "while a dispute lasts there is silence",
        (),
        account={"holds": (hold(HoldKind.DISPUTED, None, "fat", since=-20),)},
    ),
    Course(
        "a hold ends by itself and the ruler goes on where the delay is",
        ((8, 8, "vencida-7"), (15, 9, "vencida-15"), (30, 9, "vencida-30")),
        account={"holds": (hold(until=(8, 0), since=-20),)},
    ),
    Course(
        "the customer's hour, at every step",
        ((3, 18, "d3"), (7, 18, "d7")),
        ruler=ruler(*ladder(3, 7)),
        customer={"preferred_hour": 18},
    ),
    Course(
        "e-mail, and SMS a day later because nobody opened it",
        ((7, 9, "d7"), (8, 9, "d7"), (15, 9, "d15")),
        ruler=NEXT,
        customer=PHONES,
        given=EVERYTHING,
    ),
    Course(
        "two invoices eight days apart share their contact where they meet, on Saturday 21",
        ((3, 9, "d3"), (11, 9, "d11")),
        (Owed("a", new=True), Owed("b", due=8, new=True)),
        ruler(*ladder(3, 11), business_days=BusinessDays.NONE, caps=ONE_A_WEEK),
        last=(12, 23),
    ),
)
every_course = pytest.mark.parametrize("course", COURSES, ids=lambda course: course.why)


TABLE = {
    "offsets": OFFSETS,
    "anchors": ANCHORS,
    "business-day conventions": CONVENTIONS,
    "repeats": REPEATS,
    "escalation": ESCALATION,
    "conditions": CONDITIONS,
    "thresholds": THRESHOLDS,
    "precedence": PRECEDENCE,
    "segments": SEGMENTS,
    "versions": VERSIONS,
    "consolidation": CONSOLIDATION,
    "caps": CAPS,
    "windows": WINDOWS,
    "hours": HOURS,
    "channels": CHANNELS,
    "fallback": FALLBACK,
    "holds": HOLDS,
    "end": END,
    "experiments": EXPERIMENTS,
    "prescription": PRESCRIPTION,
    "addresses": ADDRESSES,
}
ALL = [
    pytest.param(case, id=f"{topic}: {case.why}")
    for topic, cases in TABLE.items()
    for case in cases
]
every_case = pytest.mark.parametrize("case", ALL)


def test_the_table_is_as_long_as_was_asked_for_and_no_row_is_there_twice() -> None:
    names = [param.id for param in ALL]
    assert len(set(names)) == len(names) >= 150


@every_case
def test_what_is_decided_and_why(case: Case) -> None:
    decision, then = case.decide(), case.then
    dispatch = decision.dispatch
    if dispatch is None:
        assert then.outcome is None, "a decision about a step was expected"
    else:
        ending = dispatch.ending
        assert then.outcome is (ending.state if ending else DispatchState.PLANNED)
        assert dispatch.step_id == then.step
        assert (ending.reason if ending else None) is then.reason
        assert (ending.until if ending else None) == (then.until and at(*then.until))
        assert dispatch.fallback_of == then.fallback_of
        about = then.about or {dispatch.invoices[0].external_id: then.step}
        assert [(i.external_id, i.step_id) for i in dispatch.invoices] == [*about.items()]
    assert left_out(case) == dict(then.left_out)
    told = [n.kind for n in decision.notes if n.kind is not NoteKind.STEP_LEFT_OUT]
    assert sorted(told) == sorted(then.notes)


@every_case
def test_how_it_is_said_and_when_the_account_is_looked_at_again(case: Case) -> None:
    decision, then = case.decide(), case.then
    dispatch = decision.dispatch
    found = {
        "channel": dispatch and dispatch.channel,
        "tone": dispatch and dispatch.tone,
        "template": dispatch and dispatch.template,
        "phase": dispatch and dispatch.phase,
        "ruler": dispatch and dispatch.ruler,
        "variant": dispatch and dispatch.variant,
        "rule": dispatch and dispatch.ending and dispatch.ending.rule,
        "overdue": decision.newly_overdue,
        "exposed": decision.exposed,
        "wakes": decision.account.next_evaluation_at,
    }
    expected = {name: value for name in found if (value := getattr(then, name)) is not ...}
    if expected.get("wakes") is not None:
        expected["wakes"] = at(*then.wakes)  # type: ignore[misc]  # not Ellipsis: filtered
    assert {name: found[name] for name in expected} == expected


@every_case
def test_whatever_is_decided_is_lawful_and_moves_on(case: Case) -> None:
    decision = case.decide()
    assert decision == case.decide(), "deciding is pure"
    dispatch, wakes = decision.dispatch, decision.account.next_evaluation_at
    if dispatch is None:
        return
    assert decision.account.schedule_seq == case.before.schedule_seq + 1
    if dispatch.ending is None:
        follows = case.rulers.at(dispatch.ruler)
        assert follows is not None
        hours = follows.contact_hours
        assert next_allowed(dispatch.channel, case.before.ufs, case.now, hours) == case.now
    elif dispatch.ending.state is DispatchState.DEFERRED:
        assert dispatch.ending.reason in DEFERRED
        assert dispatch.ending.until is not None
        assert dispatch.ending.until > case.now
        assert wakes is not None
        assert case.now < wakes <= dispatch.ending.until


@every_case
def test_no_decision_depends_on_the_order_of_the_invoices(case: Case) -> None:
    before = case.before
    turned = replace(before, invoices=dict(reversed([*before.invoices.items()])))
    decision = case.decide()
    again = decide(turned, case.rulers, case.now, case.given)
    assert told_of(again.dispatch) == told_of(decision.dispatch)
    assert again.account == decision.account
    assert sorted(again.newly_overdue) == sorted(decision.newly_overdue)


@every_course
def test_what_is_made_as_time_goes_by(course: Course) -> None:
    assert course.lived() == course.made


def told_of(dispatch: Dispatch | None) -> Dispatch | None:
    """Return a dispatch with what it left out in one order."""
    if dispatch is None:
        return None
    ordered = sorted(dispatch.left_out, key=lambda left: (left.external_id, left.step_id))
    return replace(dispatch, left_out=tuple(ordered))


def left_out(case: Case) -> dict[str, Reason]:
    """Return what was left out, wherever the decision tells: by step, or by invoice and step."""
    decision = case.decide()
    found = {}
    if decision.dispatch is not None:
        found = {(x.external_id, x.step_id): x.reason for x in decision.dispatch.left_out}
    for note in decision.notes:
        if note.kind is NoteKind.STEP_LEFT_OUT:
            assert note.invoice_id is not None
            found[note.invoice_id, note.facts["step_id"]] = Reason(note.facts["reason"])
    if len(case.invoices) == 1:
        return {step_id: reason for (_, step_id), reason in found.items()}
    return {f"{invoice}/{step_id}": reason for (invoice, step_id), reason in found.items()}
