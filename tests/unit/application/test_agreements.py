"""Agreements: debts rest and come back, instalments take their place, no centavo is lost."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from regua.adapters.explain_words import in_words
from regua.adapters.memory import MemoryDirectory
from regua.application.attend import Attend, OneInvoice
from regua.application.end_agreements import MOST_TOGETHER, EndAgreements
from regua.application.explain import explain_invoice
from regua.application.explanation import Explanation, Silence
from regua.application.lists import AgreementQuery
from regua.application.ports import AccountKey, Change
from regua.application.thank_payer import Thanked, ThankPayer, Trip
from regua.domain.account import Account
from regua.domain.dispatch import DispatchState
from regua.domain.errors import Conflict, InvalidInput, NotFound, VersionConflict
from regua.domain.holds import HoldKind
from regua.domain.ids import CreditorId, CustomerId, InvoiceId
from regua.domain.invoice import InvoiceStatus
from regua.domain.late_charges import LateChargeTerms
from regua.domain.money import ZERO, Money
from regua.domain.negotiation.agreement import Agreement, AgreementStatus
from regua.domain.negotiation.deal import Choice
from regua.domain.negotiation.offers import Offer, deal_for, offer_for
from regua.domain.negotiation.rules import NO_OFFERS, ReagreementLimits
from regua.domain.notes import NoteKind
from regua.domain.ruler import DEFAULT_RULER
from regua.domain.rulers import facts_of
from tests.builders import CREDITOR, CUSTOMER, DUE, any_customer, any_payment, nine_o_clock
from tests.unit.application.agreement_system import (
    RULE,
    SETTLED_ON,
    System,
    any_debt,
    carried,
    creditor_offering,
)

SETTLED, CANCELLED, OPEN = InvoiceStatus.SETTLED, InvoiceStatus.CANCELLED, InvoiceStatus.OPEN
FAT_1, FAT_2 = InvoiceId("fat-1"), InvoiceId("fat-2")
APPROVED_BY_HAND = replace(RULE, needs_approval=True, approval_days=2)
MISSED = SETTLED_ON + timedelta(days=5 + 10 + 6)
"""Three business days after the first instalment, due in five days, has been unpaid for ten."""


@pytest.fixture
def system() -> System:
    return System().owe()


@pytest.fixture
def careful() -> System:
    """A creditor that approves every agreement."""
    return System(creditor_offering(APPROVED_BY_HAND)).owe()


def pay_all(system: System, agreement: Agreement) -> None:
    """Pay every instalment on its day, and look at the account then."""
    for instalment in agreement.instalments:
        system.on(instalment.due_date)
        system.pay(instalment.invoice_id)
    system.tick()


# ── accepting ───────────────────────────────────────────────────────────────────────────────────


def test_an_accepted_deal_is_an_agreement_with_an_invoice_for_each_instalment(
    system: System,
) -> None:
    agreement = system.settle(2, Money(5000), dispatch_id=None, terms_sha256="ab" * 32)
    assert agreement.status is AgreementStatus.ACTIVE
    assert (agreement.accepted_at, agreement.terms_sha256) == (system.now, "ab" * 32)
    invoices = [system.invoice(i.invoice_id) for i in agreement.instalments]
    short = agreement.agreement_id[:8].upper()
    assert [i.number for i in invoices] == [
        f"ACORDO {short} ENTRADA",
        f"ACORDO {short} 1/2",
        f"ACORDO {short} 2/2",
    ]
    assert [i.metadata["instalment"] for i in invoices] == ["0/2", "1/2", "2/2"]
    assert {i.metadata["agreement"] for i in invoices} == {agreement.agreement_id}
    assert [(i.due_date, i.amount) for i in invoices] == [
        (i.due_date, i.amount) for i in agreement.instalments
    ]
    assert sum(i.amount.centavos for i in invoices) == agreement.total.centavos
    assert all(i.place.ruler for i in invoices), "each follows a ruler"
    assert system.kept(agreement) == agreement
    assert system.noted() == ["agreement_accepted"]
    assert system.told("AgreementAccepted", "AgreementProposed") == ["AgreementAccepted"]


def test_what_is_told_holds_ids_and_centavos_only(system: System) -> None:
    agreement = system.settle(1)
    [event] = system.publisher.of("AgreementAccepted")
    assert event.data == {
        "customer_id": CUSTOMER,
        "agreement_id": agreement.agreement_id,
        "external_ids": ["fat-1", "fat-2"],
        "total_centavos": agreement.total.centavos,
        "instalments": [f"acordo-{agreement.agreement_id}-01"],
    }


def test_covered_debts_rest_and_nobody_is_contacted_about_them(system: System) -> None:
    agreement = system.settle(2)
    kinds = {(h.invoice_id, h.kind, h.until) for h in system.account.holds}
    assert kinds == {(i, HoldKind.IN_AGREEMENT, None) for i in (FAT_1, FAT_2)}
    system.publisher.events.clear()
    for days in range(1, 15):
        system.on(SETTLED_ON + timedelta(days=days))
    spoken_of = system.spoken_of()
    assert spoken_of, "instalments are asked for"
    assert spoken_of <= {i.invoice_id for i in agreement.instalments}


def test_an_agreement_takes_the_place_of_promises_and_pauses(system: System) -> None:
    attend = Attend(system.portfolio, system.portfolio.ledger, system.publisher)
    attend.promise(
        system.creditor,
        FAT_1,
        on=SETTLED_ON + timedelta(days=3),
        amount=None,
        by="p",
        now=system.now,
    )
    until = system.now + timedelta(days=9)
    attend.hold(
        system.creditor, OneInvoice(FAT_2), until=until, reason="férias", by="p", now=system.now
    )
    system.settle(1)
    assert {h.kind for h in system.account.holds} == {HoldKind.IN_AGREEMENT}
    ended = [
        (n.invoice_id, n.facts["kind"], n.facts["outcome"])
        for n in system.portfolio.notes(CREDITOR, CUSTOMER)
        if n.kind is NoteKind.HOLD_ENDED
    ]
    assert sorted(ended) == [(FAT_1, "promised", "agreement"), (FAT_2, "held", "agreement")]
    assert system.account.history.promises_broken == 0


def test_a_contact_that_was_planned_and_not_sent_is_ended(system: System) -> None:
    system.tick()
    [planned] = system.publisher.of("ContactDue")
    system.settle(1)
    [ended] = system.publisher.of("ContactSuppressed")
    assert ended.data["dispatch_id"] == planned.data["dispatch_id"]
    assert ended.data["reason"] == "in_agreement"
    found = system.portfolio.ledger.find(planned.data["dispatch_id"])
    assert found is not None
    assert found[0].state is DispatchState.SUPPRESSED


def test_the_same_acceptance_twice_is_one_agreement_told_twice(system: System) -> None:
    first = system.settle(3)
    again = system.settle(3)
    assert again == first
    assert system.account.agreements == (first,)
    assert len(system.publisher.of("AgreementAccepted")) == 2
    assert system.noted() == ["agreement_accepted"]


def test_a_key_names_the_exact_terms(system: System) -> None:
    offer = offer_for(system.account, system.creditor.offers, system.creditor.rulers, system.now)
    assert isinstance(offer, Offer)
    deal = deal_for(offer, Choice(2, ZERO, SETTLED_ON + timedelta(days=5)))
    key = deal.key(CREDITOR, CUSTOMER)
    system.pay(FAT_1, 5000)
    with pytest.raises(Conflict, match="terms have changed"):
        system.settle(2, key=key)
    assert system.account.agreements == ()
    offer = offer_for(system.account, system.creditor.offers, system.creditor.rulers, system.now)
    assert isinstance(offer, Offer)
    key = deal_for(offer, Choice(2, ZERO, SETTLED_ON + timedelta(days=5))).key(CREDITOR, CUSTOMER)
    made = system.settle(2, key=key)
    assert system.settle(2, key=key) == made


@pytest.mark.parametrize("again", [{"instalments": 4}, {"key": "0" * 32}])
def test_another_deal_is_refused_while_an_agreement_is_live(
    system: System, again: dict[str, Any]
) -> None:
    system.settle(3)
    with pytest.raises(Conflict, match="agreement_live"):
        system.settle(**again)


def test_whoever_is_faster_refuses_the_other_deal(system: System) -> None:
    """A payment between the read and the write is seen: the deal is worked out anew."""
    lost = [True]
    write = system.portfolio.commit

    def beaten(change: Change) -> None:
        if change.agreements and lost.pop():
            system.portfolio.commit = write  # type: ignore[method-assign]
            system.pay(FAT_1, 4000)
        write(change)

    system.portfolio.commit = beaten  # type: ignore[method-assign]
    agreement = system.settle(1)
    assert agreement.debts[0].owed < agreement.debts[1].owed


def test_a_customer_that_nobody_knows_has_nothing_to_settle(system: System) -> None:
    with pytest.raises(NotFound):
        system.agreements.accept(
            system.creditor,
            CustomerId("ninguem"),
            Choice(1, ZERO, SETTLED_ON),
            key=None,
            origin="api",
            now=system.now,
        )


def test_a_creditor_that_offers_nothing_agrees_to_nothing(system: System) -> None:
    system.creditor = replace(system.creditor, offers=NO_OFFERS)
    with pytest.raises(Conflict, match="no_rules"):
        system.settle(1)


def test_a_payment_that_came_before_its_instalment_is_not_lost(system: System) -> None:
    """Whoever guesses an instalment's id early is met by it."""
    agreement = System().owe().settle(2)
    early = agreement.instalments[0].invoice_id
    payment = any_payment("cedo", amount=Money(100), paid_at=system.now)
    system.ingest.receive_payment(system.creditor, early, payment, now=system.now)
    made = system.settle(2)
    assert made.instalments[0].invoice_id == early
    assert system.invoice(early).paid == Money(100)
    assert system.portfolio.find_payment(CREDITOR, payment.payment_id) == early


# ── approval ────────────────────────────────────────────────────────────────────────────────────


def test_a_proposed_agreement_rests_the_debts_and_asks_for_nothing_yet(careful: System) -> None:
    agreement = careful.settle(2)
    assert agreement.status is AgreementStatus.PROPOSED
    assert agreement.expires_at == careful.now + timedelta(days=2)
    assert set(careful.account.invoices) == {FAT_1, FAT_2}
    assert {h.kind for h in careful.account.holds} == {HoldKind.IN_AGREEMENT}
    [told] = careful.publisher.of("AgreementProposed")
    assert "instalments" not in told.data
    assert careful.noted() == ["agreement_proposed"]
    assert careful.settle(2) == agreement, "the same proposal again"


def test_an_approved_agreement_is_active_from_then_on(careful: System) -> None:
    proposed = careful.settle(2)
    careful.now += timedelta(hours=20)
    active = careful.agreements.approve(careful.creditor, proposed.agreement_id, now=careful.now)
    assert (active.status, active.accepted_at) == (AgreementStatus.ACTIVE, careful.now)
    assert active.instalments == proposed.instalments, "the first due date is still to come"
    assert {i.invoice_id for i in active.instalments} < set(careful.account.invoices)
    again = careful.agreements.approve(careful.creditor, proposed.agreement_id, now=careful.now)
    assert again == active
    assert careful.noted() == ["agreement_proposed", "agreement_accepted"]
    pay_all(careful, active)
    assert careful.kept(active).status is AgreementStatus.FULFILLED


def test_a_refused_agreement_lets_the_debts_go_on(careful: System) -> None:
    proposed = careful.settle(2)
    refused = careful.agreements.refuse(
        careful.creditor, proposed.agreement_id, reason="valor baixo", now=careful.now
    )
    assert (refused.status, refused.end_reason) == (AgreementStatus.REFUSED, "valor baixo")
    assert (careful.account.agreements, careful.account.holds) == ((), ())
    [told] = careful.publisher.of("AgreementEnded")
    assert told.data["reason"] == "refused"
    again = careful.agreements.refuse(
        careful.creditor, proposed.agreement_id, reason="outra vez", now=careful.now
    )
    assert again == refused
    with pytest.raises(Conflict, match="refused"):
        careful.agreements.approve(careful.creditor, proposed.agreement_id, now=careful.now)


def test_a_proposal_that_nobody_approves_lapses(careful: System) -> None:
    proposed = careful.settle(2)
    careful.on(SETTLED_ON + timedelta(days=1))
    assert careful.kept(proposed).status is AgreementStatus.PROPOSED
    careful.now = nine_o_clock(SETTLED_ON + timedelta(days=2))
    with pytest.raises(Conflict, match="in time"):
        careful.agreements.approve(careful.creditor, proposed.agreement_id, now=careful.now)
    careful.tick()
    assert careful.kept(proposed).status is AgreementStatus.LAPSED
    assert careful.account.holds == ()
    assert careful.noted() == ["agreement_proposed", "agreement_lapsed"]
    assert careful.account.breaches == ()
    assert FAT_1 in careful.spoken_of(), "the ruler goes on at once"


@pytest.mark.parametrize("centavos", [100, 10000])
def test_money_for_a_debt_stands_in_the_way_of_approval(careful: System, centavos: int) -> None:
    proposed = careful.settle(2)
    careful.now += timedelta(hours=1)
    careful.pay(FAT_1, centavos)
    with pytest.raises(Conflict, match="not as it was"):
        careful.agreements.approve(careful.creditor, proposed.agreement_id, now=careful.now)


# ── kept ────────────────────────────────────────────────────────────────────────────────────────


def test_a_kept_agreement_settles_its_debts(system: System) -> None:
    agreement = system.settle(3)
    pay_all(system, agreement)
    kept = system.kept(agreement)
    assert (kept.status, kept.ended_at) == (AgreementStatus.FULFILLED, system.now)
    for debt in agreement.debts:
        invoice = system.invoice(debt.invoice_id)
        assert invoice.status is SETTLED
        assert invoice.paid == debt.agreed
        assert invoice.conceded == invoice.amount - debt.agreed
        assert invoice.late_charges_left(LateChargeTerms()) == ZERO
    account = system.account
    assert (account.agreements, account.holds, dict(account.invoices)) == ((), (), {})
    assert account.next_evaluation_at is None
    assert system.noted() == ["agreement_accepted", "agreement_fulfilled"]
    assert system.told("AgreementFulfilled") == ["AgreementFulfilled"]
    assert system.told_about("InvoicePaid")[-2:] == ["fat-1", "fat-2"]


def test_carried_payments_keep_their_days_oldest_debt_first(system: System) -> None:
    agreement = system.settle(3)
    pay_all(system, agreement)
    first, second = system.invoice("fat-1"), system.invoice("fat-2")
    days = [i.due_date.isoformat() for i in agreement.instalments]
    amounts = [i.amount.centavos for i in agreement.instalments]
    share = agreement.debts[0].agreed.centavos
    assert amounts[0] < share < amounts[0] + amounts[1], "the second one is divided"
    divided = share - amounts[0]
    assert carried(first) == [(days[0], amounts[0]), (days[1], divided)]
    assert carried(second) == [(days[1], amounts[1] - divided), (days[2], amounts[2])]
    assert {p.method for p in first.payments} == {any_payment().method}


def test_instalments_paid_in_time_do_not_make_the_old_debt_look_paid_in_time(
    system: System,
) -> None:
    agreement = system.settle(2)
    pay_all(system, agreement)
    late = {o.invoice_id: o.days_late for o in system.account.history.recent}
    assert [late[i.invoice_id] for i in agreement.instalments] == [0, 0]
    assert late[FAT_1] > 30
    assert late[FAT_2] > 30
    assert system.account.history.paid == 4


def test_an_instalment_that_the_creditor_withdrew_is_waived(system: System) -> None:
    agreement = system.settle(2)
    first, second = agreement.instalments
    system.pay(first.invoice_id)
    system.ingest.cancel_invoice(
        system.creditor, second.invoice_id, system.now, "cortesia", now=system.now
    )
    system.tick()
    assert system.kept(agreement).status is AgreementStatus.FULFILLED
    debts = [system.invoice(d.invoice_id) for d in agreement.debts]
    assert {d.status for d in debts} == {SETTLED}
    assert sum(d.paid.centavos for d in debts) == first.amount.centavos
    assert system.invoice(second.invoice_id).cancel_reason == "cortesia"


def test_an_agreement_whose_instalments_are_all_withdrawn_unpaid_is_called_off(
    system: System,
) -> None:
    agreement = system.settle(2)
    for instalment in agreement.instalments:
        system.ingest.cancel_invoice(
            system.creditor, instalment.invoice_id, system.now, "engano", now=system.now
        )
    system.tick()
    assert system.kept(agreement).status is AgreementStatus.CANCELLED
    assert {system.invoice(i).status for i in (FAT_1, FAT_2)} == {OPEN}
    assert system.account.breaches == ()


def test_money_beyond_an_instalment_lessens_what_is_conceded(system: System) -> None:
    agreement = system.settle(1)
    [only] = agreement.instalments
    system.pay(only.invoice_id, only.amount.centavos + 700)
    system.tick()
    paid = [system.invoice(d.invoice_id).paid for d in agreement.debts]
    assert paid == [agreement.debts[0].agreed + Money(700), agreement.debts[1].agreed]
    assert {system.invoice(i).status for i in (FAT_1, FAT_2)} == {SETTLED}


def test_a_debt_that_was_paid_by_itself_leaves_the_money_to_the_others(system: System) -> None:
    agreement = system.settle(1)
    system.pay(FAT_1, 10000)
    system.pay(agreement.instalments[0].invoice_id)
    system.tick()
    first, second = system.invoice("fat-1"), system.invoice("fat-2")
    assert (carried(first), first.conceded) == ([], ZERO)
    assert first.kept_agreement == agreement.agreement_id
    assert first.late_charges_left(LateChargeTerms()) == ZERO, "the terms say: settled"
    assert second.paid == agreement.total
    assert second.status is SETTLED


def test_nobody_is_thanked_again_for_money_that_was_carried_over() -> None:
    thanking = {**DEFAULT_RULER, "receipt": {"only_if_contacted": False}}
    system = System(creditor_offering(ruler=thanking)).owe()
    agreement = system.settle(1)
    pay_all(system, agreement)
    only = agreement.instalments[0].invoice_id
    assert system.told_about("InvoicePaid") == [only, "fat-1", "fat-2"]
    thank = ThankPayer(
        system.portfolio,
        MemoryDirectory(system.creditor),
        system.portfolio.ledger,
        system.publisher,
    )
    key, trip = AccountKey(CREDITOR, CUSTOMER), Trip(system.now, "c")
    assert thank(key, [FAT_1, FAT_2], trip) == [Thanked.NOTHING]
    assert thank(key, [only], trip) == [Thanked.PLANNED]


def test_money_is_counted_once_for_the_steps_it_followed(system: System) -> None:
    """Each instalment counts where it was reminded of; the debts settle without new money."""
    system.tick()  # a reminder of the debts, before they are settled
    agreement = system.settle(2)
    pay_all(system, agreement)
    recovered = sum(t.recovered_centavos for (_, arm), t in system.portfolio.tallies.items() if arm)
    assert recovered <= agreement.total.centavos
    settled = sum(t.settled for t in system.portfolio.tallies.values())
    assert settled >= 2, "the debts count as settled"


# ── broken ──────────────────────────────────────────────────────────────────────────────────────


def test_a_missed_instalment_breaks_the_agreement_after_its_days(system: System) -> None:
    agreement = system.settle(3)
    system.on(MISSED - timedelta(days=1))
    assert system.kept(agreement).status is AgreementStatus.ACTIVE
    system.publisher.events.clear()
    system.on(MISSED)
    broken = system.kept(agreement)
    assert broken.status is AgreementStatus.BREACHED
    assert system.account.breaches == (broken.ended_at,)
    assert [system.invoice(i.invoice_id).status for i in agreement.instalments] == [CANCELLED] * 3
    reasons = {system.invoice(i.invoice_id).cancel_reason for i in agreement.instalments}
    assert reasons == {f"acordo {agreement.agreement_id}"}
    assert set(system.account.invoices) == {FAT_1, FAT_2}
    assert system.account.holds == ()
    assert system.told("AgreementBreached") == ["AgreementBreached"]
    assert system.noted() == ["agreement_accepted", "agreement_breached"]
    assert system.spoken_of() >= {FAT_1, FAT_2}, "the ruler goes on at once"
    ended = [n for n in system.portfolio.notes(CREDITOR, CUSTOMER) if n.kind is NoteKind.HOLD_ENDED]
    assert {(n.invoice_id, n.facts["outcome"]) for n in ended} == {
        (FAT_1, "breached"),
        (FAT_2, "breached"),
    }


def test_a_broken_agreement_leaves_the_debts_less_what_was_paid(system: System) -> None:
    agreement = system.settle(3)
    first, second, _ = agreement.instalments
    system.pay(first.invoice_id)
    system.on(second.due_date)
    system.pay(second.invoice_id, 900)
    system.on(second.due_date + timedelta(days=15))
    assert system.kept(agreement).status is AgreementStatus.BREACHED
    debt = system.invoice("fat-1")
    assert carried(debt) == [
        (SETTLED_ON.isoformat(), first.amount.centavos),
        (second.due_date.isoformat(), 900),
    ]
    assert (debt.conceded, debt.kept_agreement) == (ZERO, None)
    by_hand = any_debt("fat-1")
    by_hand = by_hand.with_payment(
        any_payment("a", amount=first.amount, paid_at=nine_o_clock(SETTLED_ON))
    )
    by_hand = by_hand.with_payment(
        any_payment("b", amount=Money(900), paid_at=nine_o_clock(second.due_date))
    )
    today, terms = system.now.date(), LateChargeTerms()
    assert debt.payoff(today, terms).total == by_hand.payoff(today, terms).total
    assert system.invoice(second.invoice_id).paid == Money(900), "the money stays where it came in"


def test_what_was_paid_may_settle_a_debt_of_a_broken_agreement() -> None:
    system = System(
        creditor_offering(
            replace(
                RULE, options=(replace(RULE.options[0], principal_discount_percent=Decimal(0)),)
            )
        )
    )
    system.owe(
        any_debt("fat-1", amount=Money(1000)), any_debt("fat-2", due_date=DUE + timedelta(days=5))
    )
    agreement = system.settle(2)
    system.pay(agreement.instalments[0].invoice_id)
    system.on(agreement.instalments[1].due_date + timedelta(days=15))
    assert system.kept(agreement).status is AgreementStatus.BREACHED
    assert system.invoice("fat-1").status is SETTLED
    assert "fat-1" in system.told_about("InvoicePaid")
    assert set(system.account.invoices) == {FAT_2}


def test_money_on_its_way_breaks_nothing_yet(system: System) -> None:
    agreement = system.settle(2)
    missed = agreement.instalments[0]
    system.on(missed.due_date + timedelta(days=10))
    attend = Attend(system.portfolio, system.portfolio.ledger, system.publisher)
    attend.debit_scheduled(
        system.creditor,
        missed.invoice_id,
        until=system.now + timedelta(days=6),
        by="b",
        now=system.now,
    )
    system.on(missed.due_date + timedelta(days=14))
    assert system.kept(agreement).status is AgreementStatus.ACTIVE
    system.on(missed.due_date + timedelta(days=17))
    assert system.kept(agreement).status is AgreementStatus.BREACHED


def test_a_disputed_instalment_breaks_nothing(system: System) -> None:
    agreement = system.settle(1)
    attend = Attend(system.portfolio, system.portfolio.ledger, system.publisher)
    attend.open_dispute(
        system.creditor, agreement.instalments[0].invoice_id, reason="?", by="b", now=system.now
    )
    system.on(SETTLED_ON + timedelta(days=60))
    assert system.kept(agreement).status is AgreementStatus.ACTIVE


def test_a_payment_that_is_taken_back_gives_the_days_again(system: System) -> None:
    agreement = system.settle(2)
    first, second = agreement.instalments
    payment = system.pay(first.invoice_id)
    system.on(second.due_date - timedelta(days=1))
    system.take_back(payment)
    assert system.invoice(first.invoice_id).is_open
    system.tick()
    assert system.kept(agreement).status is AgreementStatus.ACTIVE, "ten days from now"
    system.pay(first.invoice_id, name="de-novo")
    system.on(second.due_date)
    system.pay(second.invoice_id)
    system.tick()
    assert system.kept(agreement).status is AgreementStatus.FULFILLED


def test_a_cancelled_agreement_ends_like_a_breach_and_does_not_count_as_one(
    system: System,
) -> None:
    agreement = system.settle(2)
    system.pay(agreement.instalments[0].invoice_id)
    ended = system.agreements.cancel(
        system.creditor, agreement.agreement_id, reason="a pedido", now=system.now
    )
    assert (ended.status, ended.end_reason) == (AgreementStatus.CANCELLED, "a pedido")
    assert system.kept(agreement) == ended
    assert system.account.breaches == ()
    assert system.invoice("fat-1").paid == agreement.instalments[0].amount
    [told] = system.publisher.of("AgreementEnded")
    assert told.data["reason"] == "cancelled"
    again = system.agreements.cancel(
        system.creditor, agreement.agreement_id, reason="de novo", now=system.now
    )
    assert again == ended
    with pytest.raises(Conflict, match="cancelled"):
        system.agreements.refuse(system.creditor, agreement.agreement_id, reason="", now=system.now)


def test_only_an_active_agreement_is_cancelled_and_only_a_proposed_one_refused(
    careful: System,
) -> None:
    proposed = careful.settle(1)
    with pytest.raises(Conflict, match="proposed"):
        careful.agreements.cancel(
            careful.creditor, proposed.agreement_id, reason="", now=careful.now
        )
    careful.agreements.approve(careful.creditor, proposed.agreement_id, now=careful.now)
    with pytest.raises(Conflict, match="active"):
        careful.agreements.refuse(
            careful.creditor, proposed.agreement_id, reason="", now=careful.now
        )


def test_breaches_limit_what_is_offered_next() -> None:
    creditor = creditor_offering()
    limits = ReagreementLimits(max_breaches=1)
    system = System(replace(creditor, offers=replace(creditor.offers, limits=limits))).owe()
    system.settle(1)
    system.on(MISSED)
    with pytest.raises(Conflict, match="too_many_breaches"):
        system.settle(1)


def test_a_second_agreement_has_a_name_of_its_own(system: System) -> None:
    first = system.settle(2)
    system.pay(first.instalments[0].invoice_id)
    system.agreements.cancel(system.creditor, first.agreement_id, reason="", now=system.now)
    second = system.settle(2)
    assert second.agreement_id != first.agreement_id
    assert second.owed < first.owed
    pay_all(system, second)
    assert {system.invoice(i).status for i in (FAT_1, FAT_2)} == {SETTLED}
    received = sum(system.invoice(i).paid.centavos for i in (FAT_1, FAT_2))
    assert received == (first.instalments[0].amount + second.total).centavos


# ── after the end ───────────────────────────────────────────────────────────────────────────────


def broken(system: System) -> Agreement:
    agreement = system.settle(3)
    system.pay(agreement.instalments[0].invoice_id)
    system.on(agreement.instalments[1].due_date + timedelta(days=15))
    assert system.kept(agreement).status is AgreementStatus.BREACHED
    return agreement


def test_a_late_payment_of_a_withdrawn_instalment_is_carried_over(system: System) -> None:
    agreement = broken(system)
    before = system.invoice("fat-1").paid + system.invoice("fat-2").paid
    late = agreement.instalments[1]
    system.pay(late.invoice_id)
    assert system.invoice(late.invoice_id).status is CANCELLED
    after = system.invoice("fat-1").paid + system.invoice("fat-2").paid
    assert after == before + late.amount
    system.pay(late.invoice_id)  # told again
    assert system.invoice("fat-1").paid + system.invoice("fat-2").paid == after


def test_a_payment_whose_carrying_over_broke_off_is_carried_over_when_told_again(
    system: System,
) -> None:
    agreement = broken(system)
    late = agreement.instalments[1].invoice_id
    find = system.portfolio.find_agreement

    def crash(*_: object) -> None:
        raise RuntimeError

    system.portfolio.find_agreement = crash  # type: ignore[assignment,method-assign]
    with pytest.raises(RuntimeError):
        system.pay(late)
    system.portfolio.find_agreement = find  # type: ignore[method-assign]
    before = system.invoice("fat-1").paid + system.invoice("fat-2").paid
    system.pay(late)
    after = system.invoice("fat-1").paid + system.invoice("fat-2").paid
    assert after == before + agreement.instalments[1].amount


def test_money_taken_back_after_a_breach_is_taken_back_at_the_debts(system: System) -> None:
    agreement = system.settle(3)
    payment = system.pay(agreement.instalments[0].invoice_id)
    system.on(agreement.instalments[1].due_date + timedelta(days=15))
    assert system.invoice("fat-1").paid == payment.amount
    system.take_back(payment, "med")
    debt = system.invoice("fat-1")
    assert debt.paid == ZERO
    assert {(p.reversed_at, p.reversal_reason) for p in debt.payments} == {(system.now, "med")}
    assert system.invoice(agreement.instalments[0].invoice_id).status is CANCELLED
    assert len(system.account.breaches) == 1, "it was broken before"


def test_an_agreement_whose_money_is_taken_back_was_not_kept_after_all(system: System) -> None:
    agreement = system.settle(2)
    first, second = agreement.instalments
    payment = system.pay(first.invoice_id)
    system.on(second.due_date)
    system.pay(second.invoice_id)
    system.tick()
    assert system.kept(agreement).status is AgreementStatus.FULFILLED
    system.take_back(payment)
    assert system.kept(agreement).status is AgreementStatus.BREACHED
    assert system.kept(agreement).end_reason == "taken_back"
    assert system.account.breaches == (system.now,)
    debts = [system.invoice(i) for i in (FAT_1, FAT_2)]
    assert [d.conceded for d in debts] == [ZERO, ZERO]
    assert sum(d.paid.centavos for d in debts) == second.amount.centavos
    assert {d.status for d in debts} <= {OPEN, InvoiceStatus.PARTIALLY_PAID}
    assert system.invoice(first.invoice_id).status is CANCELLED
    assert system.told_about("InvoiceReopened")[-2:] == ["fat-1", "fat-2"]
    assert system.noted()[-2:] == ["agreement_fulfilled", "agreement_breached"]
    assert system.account.next_evaluation_at is not None


def test_too_much_that_is_taken_back_leaves_the_agreement_kept(system: System) -> None:
    agreement = system.settle(1)
    [only] = agreement.instalments
    system.pay(only.invoice_id)
    twice = system.pay(only.invoice_id, 500, name="a-mais")
    system.tick()
    system.take_back(twice)
    assert system.kept(agreement).status is AgreementStatus.FULFILLED
    debts = [system.invoice(i) for i in (FAT_1, FAT_2)]
    assert {d.status for d in debts} == {SETTLED}
    assert sum(d.paid.centavos for d in debts) == only.amount.centavos


def test_the_names_of_carried_money_are_ours(system: System) -> None:
    agreement = broken(system)
    [part] = system.invoice("fat-1").payments
    assert part.payment_id == f"acordo.{agreement.agreement_id}.1.0"
    with pytest.raises(InvalidInput, match="is ours"):
        system.pay(FAT_2, 100, name=part.payment_id)
    with pytest.raises(InvalidInput, match="is ours"):
        system.take_back(part)


# ── crashes, crowds and size ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("crash_at", range(1, 5))
def test_an_end_that_broke_off_is_finished_the_same_way(crash_at: int) -> None:
    """Whichever write is the last one before a crash, the next look writes the rest."""
    debts = [any_debt(f"fat-{n:02d}", due_date=DUE + timedelta(days=n % 9)) for n in range(30)]
    system = System().owe(*debts)
    agreement = system.settle(20)
    system.pay(agreement.instalments[0].invoice_id)
    write, left = system.portfolio.commit, [crash_at]

    def crashing(change: Change) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise RuntimeError
        write(change)

    system.portfolio.commit = crashing  # type: ignore[method-assign]
    system.now = nine_o_clock(agreement.instalments[1].due_date + timedelta(days=15))
    with pytest.raises(RuntimeError):
        system.tick()
    system.portfolio.commit = write  # type: ignore[method-assign]
    system.pay(agreement.instalments[2].invoice_id, 100, name="no-meio")
    system.tick()
    assert system.kept(agreement).status is AgreementStatus.BREACHED
    assert len(system.account.breaches) == 1
    total = sum(system.invoice(d.external_id).paid.centavos for d in debts)
    assert total == agreement.instalments[0].amount.centavos + 100
    assert system.noted() == ["agreement_accepted", "agreement_breached"]
    assert "AgreementBreached" in system.told()
    assert len(agreement.instalments) + len(debts) > MOST_TOGETHER


def test_an_end_that_loses_a_race_is_decided_anew_and_not_told_before(system: System) -> None:
    agreement = system.settle(1)
    [only] = agreement.instalments
    write, first = system.portfolio.commit, iter([True])

    def beaten(change: Change) -> None:
        if next(first, False):
            system.portfolio.commit = write  # type: ignore[method-assign]
            system.pay(only.invoice_id)
        write(change)

    system.portfolio.commit = beaten  # type: ignore[method-assign]
    system.on(MISSED)
    system.portfolio.commit = write  # type: ignore[method-assign]
    assert system.kept(agreement).status is AgreementStatus.FULFILLED
    assert system.told("AgreementBreached", "AgreementFulfilled") == ["AgreementFulfilled"]


def test_an_account_that_is_fought_over_is_left_to_the_next_tick(system: System) -> None:
    agreement = system.settle(1)
    system.now = nine_o_clock(MISSED)
    write = system.portfolio.commit

    def beaten(change: Change) -> None:
        raise VersionConflict(change.account.customer_id)

    system.portfolio.commit = beaten  # type: ignore[method-assign]
    assert system.tick().broken == []
    system.portfolio.commit = write  # type: ignore[method-assign]
    system.tick()
    assert system.kept(agreement).status is AgreementStatus.BREACHED


# ── charges ─────────────────────────────────────────────────────────────────────────────────────


def with_pix() -> System:
    return System(creditor_offering(pix={"key": "financeiro@aurora.example.com.br"}))


def test_charges_are_named_when_an_agreement_begins_and_when_it_ends() -> None:
    system = with_pix().owe()
    agreement = system.settle(2)
    mine = {FAT_1, FAT_2, *(i.invoice_id for i in agreement.instalments)}
    assert {i for _, i, _ in system.charges.asked} == mine
    system.charges.asked.clear()
    system.on(MISSED)
    assert {i for _, i, _ in system.charges.asked} >= mine


# ── looking up ──────────────────────────────────────────────────────────────────────────────────


def test_an_agreement_of_another_creditor_is_not_found(system: System) -> None:
    agreement = system.settle(1)
    other = replace(creditor_offering(), creditor_id=CreditorId("boreal"))
    with pytest.raises(NotFound):
        system.agreements.find(other, agreement.agreement_id)


def test_an_agreement_that_ends_while_it_is_read_is_read_as_it_ended(system: System) -> None:
    agreement = system.settle(1)
    load = system.portfolio.load_account

    def beaten(creditor_id: CreditorId, customer_id: CustomerId) -> Account:
        system.portfolio.load_account = load  # type: ignore[method-assign]
        cancel_everything(system, agreement)
        return load(creditor_id, customer_id)

    system.portfolio.load_account = beaten  # type: ignore[method-assign]
    assert system.kept(agreement).status is AgreementStatus.CANCELLED


def cancel_everything(system: System, agreement: Agreement) -> None:
    system.agreements.cancel(system.creditor, agreement.agreement_id, reason="", now=system.now)


def test_an_end_that_somebody_else_wrote_is_not_written_again(system: System) -> None:
    """The account was read before; what stands by now counts."""
    agreement = system.settle(1)
    stale = system.account
    system.now = nine_o_clock(MISSED)
    cancel_everything(system, agreement)
    ends = EndAgreements(system.portfolio, system.publisher)
    assert ends.look(system.creditor, stale, system.now) == system.account
    assert system.kept(agreement).status is AgreementStatus.CANCELLED


def test_an_instalment_paid_in_the_meantime_breaks_nothing(system: System) -> None:
    agreement = system.settle(2)
    stale = system.account
    system.pay(agreement.instalments[0].invoice_id)
    system.now = nine_o_clock(MISSED)
    ends = EndAgreements(system.portfolio, system.publisher)
    assert ends.look(system.creditor, stale, system.now) == system.account
    assert system.kept(agreement).status is AgreementStatus.ACTIVE


def test_money_that_comes_while_an_end_is_written_down_is_part_of_it(system: System) -> None:
    """Its end is decided and not finished: whoever finishes it carries this money over too."""
    agreement = system.settle(2)
    half_way = replace(agreement, status=AgreementStatus.BREACHED, ended_at=system.now)
    account = replace(system.account, agreements=(half_way,))
    system.portfolio.commit(Change(account, agreements=(half_way,)))
    system.pay(agreement.instalments[0].invoice_id)
    assert system.invoice("fat-1").payments == (), "not yet"
    system.tick()
    assert system.invoice("fat-1").paid == agreement.instalments[0].amount
    assert system.account.agreements == ()


# ── explained ───────────────────────────────────────────────────────────────────────────────────


def explained(system: System, invoice_id: str, at: datetime) -> Explanation:
    closed = [
        i
        for (_, _), i in system.portfolio.closed.items()
        if not i.external_id.startswith("acordo-")
    ]
    return explain_invoice(
        system.invoice(invoice_id),
        system.account,
        system.creditor.rulers,
        records=system.portfolio.ledger.of_account(CREDITOR, CUSTOMER),
        facts={},
        notes=system.portfolio.notes(CREDITOR, CUSTOMER),
        at=at,
        now=system.now,
        closed=closed,
    )


def test_a_debt_in_an_agreement_is_explained(system: System) -> None:
    system.settle(2)
    told = explained(system, "fat-1", system.now)
    assert told.resting is not None
    assert (told.resting.kind, told.resting.rule.code) == (
        HoldKind.IN_AGREEMENT,
        "agreement.rests",
    )
    assert told.silence is Silence.IN_AGREEMENT
    words = " ".join(in_words(told, "pt-BR"))
    assert "a fatura faz parte de um acordo" in words
    assert "passou a valer um acordo de R$" in words


def test_what_was_carried_over_later_is_not_known_before(system: System) -> None:
    agreement = system.settle(2)
    during = nine_o_clock(agreement.instalments[1].due_date) - timedelta(hours=1)
    pay_all(system, agreement)
    assert system.invoice("fat-1").status is SETTLED
    then = explained(system, "fat-1", during)
    assert (then.status, then.silence) == (OPEN, Silence.IN_AGREEMENT)
    assert "payment_carried" not in {h.code for h in then.happenings}
    now = explained(system, "fat-1", system.now)
    assert now.status is SETTLED
    codes = [h.code for h in now.happenings]
    assert codes.count("payment_carried") == len(system.invoice("fat-1").payments)
    assert {"agreement_accepted", "agreement_fulfilled"} <= set(codes)
    words = " ".join(in_words(now, "pt-BR"))
    assert "o acordo de R$" in words
    assert "passaram a contar para esta fatura" in words


def test_agreements_are_listed_page_by_page(system: System) -> None:
    for n in range(3):
        customer = CustomerId(f"cli-{n}")
        invoice = any_debt(f"fat-{n}x", customer_id=customer)
        system.ingest.issue_invoice(
            system.creditor, invoice, any_customer(external_id=customer), now=system.now
        )
        system.agreements.accept(
            system.creditor,
            customer,
            Choice(1, ZERO, SETTLED_ON),
            key=None,
            origin="api",
            now=system.now + timedelta(minutes=n),
        )
    asked = AgreementQuery((AgreementStatus.ACTIVE,))
    page = system.agreements.list(system.creditor, asked, limit=2)
    assert [a.customer_id for a in page.found] == ["cli-0", "cli-1"]
    assert page.cursor is not None
    rest = system.agreements.list(system.creditor, asked, cursor=page.cursor, limit=2)
    assert [a.customer_id for a in rest.found] == ["cli-2"]
    assert rest.cursor is None
    with pytest.raises(InvalidInput, match="cursor"):
        system.agreements.list(system.creditor, AgreementQuery(), cursor=page.cursor)


def test_segments_count_instalments_in_the_place_of_what_they_cover(system: System) -> None:
    agreement = system.settle(2)
    facts = facts_of(system.account, system.now.date())
    assert facts.open_amount == agreement.total
    assert (facts.open_invoices, facts.overdue_invoices, facts.days_late) == (2, 0, 0)
