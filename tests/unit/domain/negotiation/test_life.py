"""When an agreement is looked at, how it ends, and where its money goes: from the facts alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.calendar import roll
from regua.domain.errors import Conflict
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice, InvoiceStatus
from regua.domain.late_charges import LateChargeTerms
from regua.domain.money import ZERO, Money
from regua.domain.negotiation.agreement import (
    Agreement,
    AgreementStatus,
    CoveredDebt,
    Instalment,
    instalment_invoice_id,
)
from regua.domain.negotiation.carry import (
    TAKEN_BACK,
    Settled,
    is_settled_by_agreement,
    received,
    settled,
)
from regua.domain.negotiation.deal import Choice, Deal, Part
from regua.domain.negotiation.life import (
    BREACHES_KEPT,
    approved,
    how_it_ends,
    looked_at,
    proposed,
    with_breach,
)
from regua.domain.schedule import scheduled
from tests.builders import (
    CUSTOMER,
    DUE,
    any_account,
    any_creditor,
    any_invoice,
    any_payment,
    nine_o_clock,
)

ZONE = ZoneInfo("America/Sao_Paulo")
NAME = "7b2f15ca7c5a7c105e96"
FIRST_DUE = date(2026, 12, 14)
"""A Monday."""
NOW = nine_o_clock(FIRST_DUE - timedelta(days=5))
END = nine_o_clock(FIRST_DUE + timedelta(days=90))
BROKEN_AT = datetime(2026, 12, 31, 3, tzinfo=UTC)
"""The first day after 24 December, the last one to pay, and three business days for the bank."""
ACTIVE, PROPOSED = AgreementStatus.ACTIVE, AgreementStatus.PROPOSED
FULFILLED, BREACHED = AgreementStatus.FULFILLED, AgreementStatus.BREACHED


def any_agreement(
    amounts: Sequence[int] = (3000, 3000),
    debts: Sequence[tuple[int, int]] = ((5500, 4000), (2500, 2000)),
    status: AgreementStatus = ACTIVE,
) -> Agreement:
    """Return an agreement; each debt is what was owed and its agreed share, in centavos."""
    return Agreement(
        agreement_id=NAME,
        customer_id=CUSTOMER,
        rule="padrao",
        status=status,
        proposed_at=NOW,
        debts=tuple(
            CoveredDebt(InvoiceId(f"fat-{n}"), Money(owed), Money(agreed))
            for n, (owed, agreed) in enumerate(debts)
        ),
        instalments=tuple(
            Instalment(
                n + 1,
                instalment_invoice_id(NAME, n + 1),
                FIRST_DUE + timedelta(days=30 * n),
                Money(amount),
            )
            for n, amount in enumerate(amounts)
        ),
        breach_after_days=10,
        accepted_at=None if status is PROPOSED else NOW,
        ended_at=None if status.is_live else END,
        expires_at=NOW + timedelta(days=2) if status is PROPOSED else None,
    )


def invoices_of(agreement: Agreement) -> list[Invoice]:
    """Return an agreement's instalments as they are issued."""
    return [
        any_invoice(i.invoice_id, due_date=i.due_date, amount=i.amount)
        for i in agreement.instalments
    ]


def debts_of(agreement: Agreement, principal: Sequence[int] = (5000, 2400)) -> list[Invoice]:
    """Return what an agreement covers, unpaid."""
    return [
        any_invoice(d.invoice_id, due_date=DUE + timedelta(days=n), amount=Money(amount))
        for n, (d, amount) in enumerate(zip(agreement.debts, principal, strict=True))
    ]


def paid(invoice: Invoice, centavos: int, on: date, name: str = "p") -> Invoice:
    """Return an invoice with another payment."""
    name = f"{name}-{invoice.external_id}-{len(invoice.payments)}"
    payment = any_payment(name, amount=Money(centavos), paid_at=nine_o_clock(on))
    return invoice.with_payment(payment)


# ── when it is looked at ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "held", "when"),
    [
        (PROPOSED, None, NOW + timedelta(days=2)),
        (ACTIVE, None, BROKEN_AT),
        (ACTIVE, (HoldKind.PAYMENT_IN_TRANSIT, 30), NOW + timedelta(days=30)),
        (ACTIVE, (HoldKind.PAYMENT_IN_TRANSIT, 2), BROKEN_AT),
        (ACTIVE, (HoldKind.PROMISED, 20), BROKEN_AT),
        (ACTIVE, (HoldKind.DISPUTED, None), None),
        (BREACHED, None, NOW),
    ],
    ids=[
        "to approve",
        "unpaid",
        "on its way",
        "on its way for less",
        "promised",
        "disputed",
        "ending",
    ],
)
def test_it_is_looked_at_when_something_may_come_of_it(
    status: AgreementStatus, held: tuple[HoldKind, int | None] | None, when: datetime | None
) -> None:
    agreement = any_agreement((3000,), status=status)
    account = any_account(*invoices_of(agreement))
    if held is not None:
        kind, days = held
        until = None if days is None else NOW + timedelta(days=days)
        about = agreement.instalments[0].invoice_id
        account = account.with_hold(Hold("h", kind, NOW, until, "", "", about))
    assert looked_at(agreement, account, ZONE, NOW) == when


def test_it_is_looked_at_at_once_when_no_instalment_is_open() -> None:
    agreement = any_agreement()
    assert looked_at(agreement, any_account(), ZONE, NOW) == NOW


def test_the_earliest_unpaid_instalment_counts_from_a_business_day() -> None:
    agreement = any_agreement()
    later = invoices_of(agreement)[1]
    assert roll(later.due_date) == later.effective_due_date
    at = looked_at(agreement, any_account(later), ZONE, NOW)
    assert at == datetime(2027, 1, 28, 3, tzinfo=UTC)
    saturday = replace(later, due_date=date(2027, 1, 16))
    at = looked_at(agreement, any_account(saturday), ZONE, NOW)
    assert at == datetime(2027, 2, 3, 3, tzinfo=UTC)


def test_an_account_is_looked_at_again_for_its_agreement() -> None:
    agreement = any_agreement((3000,))
    instalment = invoices_of(agreement)[0]
    rulers = any_creditor().rulers
    without = scheduled(any_account(), rulers, NOW)
    ends = scheduled(any_account(agreements=(agreement,)), rulers, NOW)
    assert (without.next_evaluation_at, ends.next_evaluation_at) == (None, NOW)
    resting = Hold("h", HoldKind.HELD, NOW, None, "", "")
    account = any_account(instalment, agreements=(agreement,), holds=(resting,))
    looked = scheduled(account, rulers, nine_o_clock(date(2026, 12, 20)))
    assert looked.next_evaluation_at is not None
    assert looked.next_evaluation_at <= BROKEN_AT


def test_a_payment_that_was_taken_back_gives_the_days_again() -> None:
    agreement = any_agreement((3000,))
    instalment = paid(invoices_of(agreement)[0], 3000, FIRST_DUE)
    taken_back_on = FIRST_DUE + timedelta(days=40)
    instalment = instalment.with_reversal(
        instalment.payments[0].payment_id, nine_o_clock(taken_back_on), "med"
    )
    at = looked_at(agreement, any_account(instalment), ZONE, NOW)
    assert taken_back_on == date(2027, 1, 23)
    assert at == datetime(2027, 2, 6, 3, tzinfo=UTC)


# ── how it ends ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("days", "ends"), [(-3, None), (10, None), (16, None), (17, BREACHED), (50, BREACHED)]
)
def test_an_unpaid_instalment_breaks_it_after_its_days(
    days: int, ends: AgreementStatus | None
) -> None:
    agreement = any_agreement()
    instalments = invoices_of(agreement)
    now = nine_o_clock(FIRST_DUE + timedelta(days=days))
    account = any_account(*instalments, agreements=(agreement,))
    assert how_it_ends(agreement, instalments, account, ZONE, now) is ends


def test_it_is_kept_once_nothing_of_it_is_open_and_something_was_paid() -> None:
    agreement = any_agreement()
    first, second = invoices_of(agreement)
    done = [paid(first, 3000, FIRST_DUE), paid(second, 3000, FIRST_DUE)]
    waived = [paid(first, 3000, FIRST_DUE), second.cancelled(NOW, "cortesia")]
    called_off = [first.cancelled(NOW, "engano"), second.cancelled(NOW, "engano")]
    account = any_account(agreements=(agreement,))
    assert how_it_ends(agreement, done, account, ZONE, NOW) is FULFILLED
    assert how_it_ends(agreement, waived, account, ZONE, NOW) is FULFILLED
    assert how_it_ends(agreement, called_off, account, ZONE, NOW) is AgreementStatus.CANCELLED


def test_what_nobody_approved_lapses_at_its_instant() -> None:
    agreement = any_agreement(status=PROPOSED)
    account = any_account(agreements=(agreement,))
    at = NOW + timedelta(days=2)
    early = at - timedelta(milliseconds=1)
    assert how_it_ends(agreement, (), account, ZONE, early) is None
    assert how_it_ends(agreement, (), account, ZONE, at) is AgreementStatus.LAPSED


def test_an_end_that_is_being_written_down_stands() -> None:
    agreement = any_agreement(status=BREACHED)
    account = any_account(*invoices_of(agreement), agreements=(agreement,))
    assert how_it_ends(agreement, invoices_of(agreement), account, ZONE, NOW) is BREACHED


# ── how it begins ───────────────────────────────────────────────────────────────────────────────


def any_deal(*, needs_approval: bool) -> Deal:
    """Return a deal in two parts."""
    return Deal(
        rule="padrao",
        choice=Choice(1, Money(1000), FIRST_DUE),
        on=NOW.date(),
        debts=(CoveredDebt(InvoiceId("fat-1"), Money(5000), Money(4000)),),
        parts=(Part(0, FIRST_DUE, Money(1000)), Part(1, date(2027, 1, 14), Money(3000))),
        breach_after_days=10,
        needs_approval=needs_approval,
        approval_days=2,
        ruler="acordos",
    )


def test_a_deal_becomes_the_accounts_next_agreement() -> None:
    made = proposed(
        any_account(agreements_made=3), any_deal(needs_approval=False), origin="api", now=NOW
    )
    assert (made.status, made.accepted_at, made.expires_at) == (ACTIVE, NOW, None)
    assert (made.total, made.owed, made.down_payment) == (Money(4000), Money(5000), Money(1000))
    assert [i.invoice_id for i in made.instalments] == [
        instalment_invoice_id(made.agreement_id, n) for n in (0, 1)
    ]
    other = proposed(
        any_account(agreements_made=4), any_deal(needs_approval=False), origin="api", now=NOW
    )
    assert other.agreement_id != made.agreement_id


@pytest.mark.parametrize(("days", "moves"), [(1, 0), (5, 0), (6, 6), (9, 9)])
def test_due_dates_that_have_gone_by_move_by_the_days_of_the_approval(
    days: int, moves: int
) -> None:
    asked = replace(any_deal(needs_approval=True), approval_days=30)
    made = proposed(any_account(), asked, origin="page", now=NOW)
    active = approved(made, NOW + timedelta(days=days))
    assert (active.status, active.accepted_at) == (ACTIVE, NOW + timedelta(days=days))
    assert [
        (after.due_date - before.due_date).days
        for before, after in zip(made.instalments, active.instalments, strict=True)
    ] == [moves, moves]


@pytest.mark.parametrize("status", [ACTIVE, AgreementStatus.REFUSED, AgreementStatus.LAPSED])
def test_only_what_is_proposed_is_approved(status: AgreementStatus) -> None:
    with pytest.raises(Conflict, match=status.value):
        approved(any_agreement(status=status), NOW)


def test_what_expired_is_not_approved_any_more() -> None:
    with pytest.raises(Conflict, match="in time"):
        approved(any_agreement(status=PROPOSED), NOW + timedelta(days=2))


def test_the_latest_breaches_are_remembered() -> None:
    account = any_account()
    for days in range(BREACHES_KEPT + 3):
        account = with_breach(account, NOW + timedelta(days=days))
    assert len(account.breaches) == BREACHES_KEPT
    assert account.breaches[0] == NOW + timedelta(days=3)


# ── where its money goes ────────────────────────────────────────────────────────────────────────


def ended(
    status: AgreementStatus, instalments: Sequence[Invoice], debts: Sequence[Invoice]
) -> Settled:
    """Settle the usual agreement in a status."""
    return settled(any_agreement(status=status), instalments, debts, NOW)


def test_money_goes_to_the_oldest_debt_first_up_to_its_share() -> None:
    agreement = any_agreement()
    instalments = [
        paid(i, 3000, d.due_date)
        for i, d in zip(invoices_of(agreement), agreement.instalments, strict=True)
    ]
    found = ended(FULFILLED, instalments, debts_of(agreement))
    first, second = found.debts
    assert [p.amount.centavos for p in first.payments] == [3000, 1000]
    assert [p.amount.centavos for p in second.payments] == [2000]
    assert [p.payment_id for p in (*first.payments, *second.payments)] == [
        f"acordo.{NAME}.1.0",
        f"acordo.{NAME}.2.0",
        f"acordo.{NAME}.2.1",
    ]
    assert (first.conceded, second.conceded) == (Money(1000), Money(400))
    assert {d.status for d in found.debts} == {InvoiceStatus.SETTLED}
    assert all(is_settled_by_agreement(d) and received(d) == ZERO for d in found.debts)
    assert all(d.late_charges_left(LateChargeTerms()) == ZERO for d in found.debts)
    assert found.instalments == tuple(instalments)


def test_a_newer_description_of_a_debt_undoes_no_concession() -> None:
    agreement = any_agreement()
    instalments = [paid(i, 3000, FIRST_DUE) for i in invoices_of(agreement)]
    debt = ended(FULFILLED, instalments, debts_of(agreement)).debts[0]
    newer = replace(debts_of(agreement)[0], issued_at=NOW, description="nova")
    assert debt.updated(newer).status is InvoiceStatus.SETTLED


def test_a_broken_one_withdraws_what_is_unpaid_and_concedes_nothing() -> None:
    agreement = any_agreement()
    first, second = invoices_of(agreement)
    found = ended(BREACHED, [paid(first, 1200, FIRST_DUE), second], debts_of(agreement))
    assert [i.cancel_reason for i in found.instalments] == [f"acordo {NAME}"] * 2
    assert [d.paid for d in found.debts] == [Money(1200), ZERO]
    assert [d.conceded for d in found.debts] == [ZERO, ZERO]


def test_settling_again_changes_nothing() -> None:
    agreement = any_agreement()
    first, second = invoices_of(agreement)
    for status in (FULFILLED, BREACHED):
        once = ended(
            status, [paid(first, 3000, FIRST_DUE), paid(second, 3000, DUE)], debts_of(agreement)
        )
        again = settled(once.agreement, once.instalments, once.debts, NOW + timedelta(days=1))
        assert again == once


def test_money_taken_back_breaks_what_was_kept() -> None:
    agreement = any_agreement()
    instalments = [paid(i, 3000, FIRST_DUE) for i in invoices_of(agreement)]
    kept = ended(FULFILLED, instalments, debts_of(agreement))
    second = instalments[1]
    instalments[1] = second.with_reversal(second.payments[0].payment_id, NOW, "med")
    found = settled(kept.agreement, instalments, kept.debts, NOW)
    assert (found.agreement.status, found.agreement.end_reason) == (BREACHED, TAKEN_BACK)
    assert [d.paid for d in found.debts] == [Money(3000), ZERO]
    assert [(d.conceded, d.kept_agreement) for d in found.debts] == [(ZERO, None)] * 2
    assert found.instalments[1].status is InvoiceStatus.CANCELLED


@pytest.mark.parametrize(
    ("change", "shares"),
    [
        (lambda d: d, [4000, 2000]),
        (lambda d: paid(d, 5000, DUE), [0, 6000]),
        (lambda d: d.cancelled(NOW, "engano"), [0, 6000]),
    ],
    ids=["open", "paid by itself", "withdrawn"],
)
def test_a_debt_that_is_not_owed_any_more_takes_no_money(
    change: "object", shares: list[int]
) -> None:
    assert callable(change)
    agreement = any_agreement((6000,))
    debts = debts_of(agreement)
    debts[0] = change(debts[0])
    own = debts[0].paid
    instalments = [paid(invoices_of(agreement)[0], 6000, FIRST_DUE)]
    found = settled(replace(agreement, status=BREACHED), instalments, debts, NOW)
    assert [(found.debts[0].paid - own).centavos, found.debts[1].paid.centavos] == shares


def test_money_must_be_somewhere_even_when_every_debt_is_paid() -> None:
    agreement = any_agreement((6000,))
    debts = [paid(d, d.amount.centavos, DUE) for d in debts_of(agreement)]
    instalments = [paid(invoices_of(agreement)[0], 6000, FIRST_DUE)]
    found = settled(replace(agreement, status=BREACHED), instalments, debts, NOW)
    carried = sum((d.paid - received(d)).centavos for d in found.debts)
    assert carried == 6000


def test_a_payment_of_its_own_that_is_taken_back_later_reopens_a_debt() -> None:
    agreement = any_agreement()
    debts = debts_of(agreement)
    debts[0] = paid(debts[0], 500, DUE, "own")
    instalments = [paid(i, 3000, FIRST_DUE) for i in invoices_of(agreement)]
    kept = ended(FULFILLED, instalments, debts)
    assert kept.debts[0].conceded == Money(500)
    own = kept.debts[0].payments[0]
    reopened = kept.debts[0].with_reversal(own.payment_id, END + timedelta(days=1), "med")
    assert reopened.balance == Money(500)
    again = settled(kept.agreement, instalments, (reopened, kept.debts[1]), END)
    assert again.debts[0] == reopened, "looking again concedes nothing more"


@given(
    amounts=st.lists(st.integers(1, 5000), min_size=1, max_size=6),
    shares=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 3000)), min_size=1, max_size=4),
    facts=st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 6000), st.integers(0, 40), st.booleans()),
        max_size=12,
    ),
    cut=st.integers(0, 12),
    status=st.sampled_from([FULFILLED, BREACHED, AgreementStatus.CANCELLED]),
)
def test_every_centavo_is_at_the_debts_once_in_whatever_steps_it_came(
    amounts: list[int],
    shares: list[tuple[int, int]],
    facts: list[tuple[int, int, int, bool]],
    cut: int,
    status: AgreementStatus,
) -> None:
    """Some facts come before the end and some after it; some of the money is taken back later."""
    debts = [(agreed + more, agreed) for more, agreed in shares]
    agreement = any_agreement(amounts, debts, status)
    instalments = invoices_of(agreement)
    found = Settled(
        agreement, tuple(instalments), tuple(debts_of(agreement, [owed for owed, _ in debts]))
    )
    for part in (facts[:cut], facts[cut:]):
        now = list(found.instalments)
        for which, centavos, days, _ in part:
            place = which % len(now)
            now[place] = paid(now[place], centavos, FIRST_DUE + timedelta(days=days))
        found = settled(found.agreement, now, found.debts, NOW)
    for n, instalment in enumerate(found.instalments):
        for payment, (_, _, _, taken_back) in zip(instalment.payments, facts, strict=False):
            if taken_back:
                instalment = instalment.with_reversal(payment.payment_id, NOW, "med")  # noqa: PLW2901
        found = settled(
            found.agreement,
            [instalment if m == n else i for m, i in enumerate(found.instalments)],
            found.debts,
            NOW,
        )
    came_in = sum(i.paid.centavos for i in found.instalments)
    assert sum(d.paid.centavos for d in found.debts) == came_in
    assert not any(i.is_open for i in found.instalments)
    by_day = sorted(
        (p.paid_at, p.amount.centavos)
        for d in found.debts
        for p in d.payments
        if p.reversed_at is None
    )
    for day in {at for at, _ in by_day}:
        there = sum(amount for at, amount in by_day if at == day)
        here = sum(
            p.amount.centavos
            for i in found.instalments
            for p in i.payments
            if p.paid_at == day and p.reversed_at is None
        )
        assert there == here, "each payment keeps its day"
    if found.agreement.status is FULFILLED:
        assert not any(d.is_open for d in found.debts)
    assert settled(found.agreement, found.instalments, found.debts, NOW) == found
