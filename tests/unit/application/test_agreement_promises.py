"""What an agreement promises holds against banks, files, approvals and crashes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from regua.adapters.memory import MemoryDirectory
from regua.adapters.memory_imports import MemoryBulkReads
from regua.application.customer_page.terms import Parties, terms_text
from regua.application.imports.apply_rows import ApplyRows
from regua.application.imports.rows import FileRow
from regua.application.issue_together import Described, IssueTogether
from regua.application.message_content import Sender
from regua.application.ports import AccountKey, Change
from regua.application.thank_payer import Thanked, ThankPayer, Trip
from regua.domain.conditions import Conditions
from regua.domain.errors import Conflict, InvalidInput
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import InvoiceId
from regua.domain.imports.job import RowOutcome
from regua.domain.invoice import Invoice, InvoiceStatus, PaymentMethod, PaymentOptions, Place
from regua.domain.late_charges import LateChargeTerms
from regua.domain.money import ZERO, Money
from regua.domain.negotiation.agreement import Agreement, AgreementStatus, carried_payment_id
from regua.domain.negotiation.deal import Choice
from regua.domain.negotiation.offers import Offer, deal_for, offer_for
from regua.domain.negotiation.rules import Option
from regua.domain.ruler import DEFAULT_RULER
from regua.domain.rulers import Assignment, Line, Rulers, Segment, facts_of
from regua.domain.same_money import SAME_AS_PIX, told_once
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)
from tests.unit.application.agreement_system import (
    RULE,
    SETTLED_ON,
    System,
    any_debt,
    carried,
    creditor_offering,
)

FAT_1, FAT_2 = InvoiceId("fat-1"), InvoiceId("fat-2")
FULFILLED, BREACHED = AgreementStatus.FULFILLED, AgreementStatus.BREACHED
SETTLED = InvoiceStatus.SETTLED
LATER = nine_o_clock(SETTLED_ON + timedelta(days=5))
APPROVED_BY_HAND = replace(RULE, needs_approval=True, approval_days=5)


@pytest.fixture
def system() -> System:
    return System().owe()


@pytest.fixture
def careful() -> System:
    """A creditor that approves every agreement."""
    return System(creditor_offering(APPROVED_BY_HAND)).owe()


def pay_all(system: System, agreement: Agreement) -> None:
    for instalment in agreement.instalments:
        system.pay(instalment.invoice_id)


# ── who pays in time keeps the discount ─────────────────────────────────────────────────────────


def test_money_paid_on_the_last_day_counts_though_the_bank_tells_of_it_later(
    system: System,
) -> None:
    agreement = system.settle(1)
    [only] = agreement.instalments
    last_day = only.due_date + timedelta(days=10)
    told_on = last_day + timedelta(days=4)
    assert (last_day.isoformat(), told_on.isoformat()) == ("2026-12-25", "2026-12-29")
    system.on(told_on)
    system.pay(only.invoice_id, at=nine_o_clock(last_day))
    system.tick()
    assert system.kept(agreement).status is FULFILLED
    assert {system.invoice(i).status for i in (FAT_1, FAT_2)} == {SETTLED}


def test_an_agreement_that_was_paid_cannot_be_cancelled_before_anybody_looked(
    system: System,
) -> None:
    agreement = system.settle(2)
    pay_all(system, agreement)
    with pytest.raises(Conflict, match="is fulfilled"):
        system.agreements.cancel(
            system.creditor, agreement.agreement_id, reason="a pedido", now=system.now
        )
    assert system.kept(agreement).status is FULFILLED
    assert {system.invoice(i).status for i in (FAT_1, FAT_2)} == {SETTLED}
    assert system.told("AgreementFulfilled", "AgreementEnded") == ["AgreementFulfilled"]


def test_terms_tell_of_the_charges_that_a_late_instalment_bears(system: System) -> None:
    agreement = system.settle(1)
    only = system.invoice(agreement.instalments[0].invoice_id)
    late = only.payoff(only.effective_due_date + timedelta(days=5), LateChargeTerms())
    assert late.total > only.amount
    sender = Sender("Aurora Energia Ltda", "11222333000181", "Rua das Laranjeiras, 100", "")
    offer = offer_for(
        System().owe().account, system.creditor.offers, system.creditor.rulers, system.now
    )
    assert isinstance(offer, Offer)
    deal = deal_for(offer, Choice(1, ZERO, offer.first_due_until))
    numbers = {name: (name.upper(), DUE) for name in (FAT_1, FAT_2)}
    said = terms_text(deal, Parties(sender, "Maria da Silva", "***.***.*47-25", numbers))
    assert "depois do vencimento pode ter multa e juros de atraso" in said
    assert "até o vencimento, não há juros nem tarifas" in said
    assert "devolvido ou estornado conta como não pago" in said


# ── an approval is of what is owed ──────────────────────────────────────────────────────────────


def _paid_before(system: System) -> None:
    system.pay(FAT_1, 3000, at=system.now - timedelta(days=3))


def _described_anew(system: System) -> None:
    told = any_debt("fat-1", amount=Money(9000), issued_at=system.now)
    system.ingest.issue_invoice(system.creditor, told, any_customer(), now=system.now)


def _withdrawn(system: System) -> None:
    system.ingest.cancel_invoice(system.creditor, FAT_1, system.now, "engano", now=system.now)


@pytest.mark.parametrize("happens", [_paid_before, _described_anew, _withdrawn])
def test_what_changed_what_is_owed_stands_in_the_way_of_approval(
    careful: System, happens: Callable[[System], None]
) -> None:
    """A bank tells of money days after it was paid: before the proposal, for all that is known."""
    proposed = careful.settle(2)
    careful.now += timedelta(hours=1)
    happens(careful)
    with pytest.raises(Conflict, match="not as it was"):
        careful.agreements.approve(careful.creditor, proposed.agreement_id, now=careful.now)


def test_what_was_taken_back_since_stands_in_the_way_of_approval(careful: System) -> None:
    payment = careful.pay(FAT_1, 3000)
    proposed = careful.settle(2)
    careful.now += timedelta(hours=1)
    careful.take_back(payment)
    with pytest.raises(Conflict, match="not as it was"):
        careful.agreements.approve(careful.creditor, proposed.agreement_id, now=careful.now)


def test_a_promise_stands_when_a_proposal_is_refused_and_goes_when_it_is_approved(
    careful: System,
) -> None:
    """The terms say: without approval nothing else changes."""
    promised = Hold("h", HoldKind.PROMISED, careful.now, LATER, "", "page", FAT_1, Money(10000))
    careful.portfolio.commit(Change(careful.account.with_hold(promised)))
    refused = careful.settle(2)
    careful.agreements.refuse(careful.creditor, refused.agreement_id, reason="", now=careful.now)
    assert careful.account.holds == (promised,)
    again = careful.settle(2)
    careful.agreements.approve(careful.creditor, again.agreement_id, now=careful.now)
    assert {h.kind for h in careful.account.holds} == {HoldKind.IN_AGREEMENT}


def test_a_proposal_at_the_amounts_of_an_earlier_day_is_approved(careful: System) -> None:
    quoted_on = careful.now.date() - timedelta(days=2)
    proposed = careful.settle(2, quoted_on=quoted_on)
    assert proposed.quoted_on == quoted_on
    at_once = System(creditor_offering(APPROVED_BY_HAND)).owe().settle(2)
    assert proposed.owed < at_once.owed, "two days of interest less"
    careful.now += timedelta(days=2)
    active = careful.agreements.approve(careful.creditor, proposed.agreement_id, now=careful.now)
    assert active.status is AgreementStatus.ACTIVE


# ── nobody describes an instalment otherwise than it was agreed ─────────────────────────────────


def described(system: System, invoice_id: InvoiceId, **changes: Any) -> Invoice:  # noqa: ANN401 - any field
    told = replace(system.invoice(invoice_id), issued_at=system.now + timedelta(hours=1))
    return replace(told, **changes)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"amount": Money(99999)}, "amount_centavos"),
        ({"due_date": SETTLED_ON}, "due_date"),
    ],
)
def test_an_instalment_is_not_described_as_more_or_as_due_earlier(
    system: System, changes: dict[str, Any], path: str
) -> None:
    only = system.settle(1).instalments[0].invoice_id
    before, told = system.invoice(only), described(system, only, **changes)
    with pytest.raises(InvalidInput) as caught:
        system.ingest.issue_invoice(system.creditor, told, any_customer(), now=system.now)
    assert [p.path for p in caught.value.problems] == [path]
    assert system.invoice(only) == before


def test_ways_to_pay_more_time_and_less_to_pay_may_be_told_of_an_instalment(
    system: System,
) -> None:
    only = system.settle(1).instalments[0].invoice_id
    told = described(
        system,
        only,
        due_date=SETTLED_ON + timedelta(days=20),
        rebate=Money(100),
        payment=PaymentOptions(url="https://pague.example.com.br/1"),
    )
    system.ingest.issue_invoice(system.creditor, told, any_customer(), now=system.now)
    stands = system.invoice(only)
    assert (stands.due_date, stands.rebate) == (told.due_date, Money(100))
    assert stands.payment == told.payment


def test_an_older_description_of_an_instalment_changes_nothing(system: System) -> None:
    only = system.settle(1).instalments[0].invoice_id
    before = system.invoice(only)
    told = replace(before, amount=Money(99999), issued_at=system.now - timedelta(days=1))
    system.ingest.issue_invoice(system.creditor, told, any_customer(), now=system.now)
    assert system.invoice(only).amount == before.amount


@pytest.mark.parametrize("name", ["acordo-" + "0" * 20 + "-01", "acordo-" + "a" * 20 + "-60"])
def test_nobody_else_issues_what_is_named_like_an_instalment(system: System, name: str) -> None:
    told = any_debt(name)
    with pytest.raises(InvalidInput, match="external_id"):
        system.ingest.issue_invoice(system.creditor, told, any_customer(), now=system.now)
    together = IssueTogether(system.ingest, MemoryBulkReads(system.portfolio))
    both = [Described(told, any_customer()), Described(any_debt("fat-9"), any_customer())]
    alone, usual = together(system.creditor, both, (), now=system.now)
    assert alone is None, "it is left to be refused by itself"
    assert usual is not None


def test_a_file_changes_nothing_that_was_agreed_and_may_say_that_it_was_paid(
    system: System,
) -> None:
    first, second = (i.invoice_id for i in system.settle(2).instalments)
    at = system.now + timedelta(hours=1)
    dearer = described(system, first, amount=Money(99999))
    same = system.invoice(second)
    rows = [
        FileRow(2, replace(dearer, issued_at=at), any_customer(changed_at=at)),
        FileRow(
            3,
            replace(same, issued_at=at),
            any_customer(changed_at=at),
            paid=same.amount,
            paid_on=system.now.date(),
        ),
        FileRow(4, any_debt("acordo-" + "b" * 20 + "-01"), any_customer(changed_at=at)),
    ]
    bulk = MemoryBulkReads(system.portfolio)
    given = frozenset({"amount", "due_date"})
    applying = ApplyRows(system.ingest, bulk, system.creditor, at, given)
    seen = applying.look(rows)
    done = applying.apply(rows, seen, applying.plan(rows, seen), now=system.now)
    assert [r.outcome for r in done] == [
        RowOutcome.REJECTED,
        RowOutcome.UPDATED,
        RowOutcome.REJECTED,
    ]
    assert "parcela de acordo" in done[0].problems[0].reason
    assert system.invoice(first).amount != Money(99999)
    assert system.invoice(second).status is SETTLED


# ── what an agreement leaves behind ─────────────────────────────────────────────────────────────


def test_money_that_is_taken_back_while_an_end_is_written_down_undoes_it_after_any_crash(
    system: System,
) -> None:
    """Kept, then a crash; a payment taken back, then another crash: it was not kept after all."""
    agreement = system.settle(2)
    first, second = agreement.instalments
    payment = system.pay(first.invoice_id)
    system.pay(second.invoice_id)
    write = system.portfolio.commit

    def crash_before(is_hit: Callable[[Change], object]) -> None:
        def crashing(change: Change) -> None:
            if is_hit(change):
                raise RuntimeError
            write(change)

        system.portfolio.commit = crashing  # type: ignore[method-assign]
        with pytest.raises(RuntimeError):
            system.tick()
        system.portfolio.commit = write  # type: ignore[method-assign]

    crash_before(lambda change: change.invoices)  # the end is fixed, and nothing else
    assert [a.status for a in system.account.agreements] == [FULFILLED]
    system.take_back(payment)
    crash_before(lambda change: change.agreements)  # all but the last write, which lets them go
    system.tick()
    assert system.kept(agreement).status is BREACHED
    debts = [system.invoice(i) for i in (FAT_1, FAT_2)]
    assert [(d.conceded, d.kept_agreement) for d in debts] == [(ZERO, None)] * 2
    assert sum(d.paid.centavos for d in debts) == second.amount.centavos
    assert len(system.account.breaches) == 1


def test_who_pays_a_debt_off_after_a_broken_agreement_is_thanked() -> None:
    thanking = {**DEFAULT_RULER, "receipt": {"only_if_contacted": False}}
    system = System(creditor_offering(ruler=thanking)).owe(any_debt("fat-1"))
    agreement = system.settle(2)
    system.pay(agreement.instalments[0].invoice_id)
    system.on(SETTLED_ON + timedelta(days=81))
    assert system.kept(agreement).status is BREACHED
    debt = system.invoice(FAT_1)
    assert carried(debt), "something was carried over"
    system.pay(FAT_1, debt.balance.centavos, name="o-resto")
    thank = ThankPayer(
        system.portfolio,
        MemoryDirectory(system.creditor),
        system.portfolio.ledger,
        system.publisher,
    )
    done = thank(AccountKey(CREDITOR, CUSTOMER), [FAT_1], Trip(system.now, "c"))
    assert done == [Thanked.PLANNED]


def test_a_debt_that_was_let_go_of_whole_is_told_as_settled() -> None:
    """One instalment paid, the other waived: the younger debt got no money, and is settled."""
    even = replace(RULE, options=(Option(1, 3, Decimal(0), Decimal(100)),))
    system = System(creditor_offering(even)).owe()
    first, second = system.settle(2).instalments
    system.pay(first.invoice_id)
    system.ingest.cancel_invoice(
        system.creditor, second.invoice_id, system.now, "cortesia", now=system.now
    )
    system.tick()
    younger = system.invoice(FAT_2)
    assert (younger.status, younger.paid) == (SETTLED, ZERO)
    assert system.told_about("InvoicePaid") == [first.invoice_id, "fat-1", "fat-2"]


def test_a_boleto_is_no_twin_of_money_that_an_agreement_carried_over() -> None:
    hybrid = PaymentOptions(pix_copy_paste="codigo", boleto_line="linha")
    name = carried_payment_id("7b2f15ca7c5a7c105e96", 1, 0)
    own = any_payment("do-banco", method=PaymentMethod.BOLETO)
    debt = any_invoice(amount=Money(50000), payment=hybrid)
    debt = debt.with_payment(any_payment(name)).with_payment(own)
    assert told_once(debt).paid == any_payment().amount + own.amount
    twin = debt.with_payment(any_payment("pelo-codigo"))
    assert [p.reversal_reason for p in told_once(twin).payments] == [None, SAME_AS_PIX, None]


def test_a_debt_described_as_less_than_was_conceded_owes_nothing() -> None:
    debt = any_invoice(
        amount=Money(10000), conceded=Money(4000), kept_agreement="7b2f15ca7c5a7c105e96"
    ).with_payment(any_payment(amount=Money(6000)))
    less = debt.updated(
        any_invoice(amount=Money(3000), issued_at=debt.issued_at + timedelta(days=1))
    )
    quote = less.payoff(DUE + timedelta(days=60), LateChargeTerms())
    assert (less.status, less.balance, less.taken_off) == (SETTLED, ZERO, Money(3000))
    assert (quote.principal, quote.total) == (ZERO, ZERO)
    assert quote.credit == Money(6000)


def test_what_is_foretold_counts_debts_as_what_is_decided_does(system: System) -> None:
    system.settle(2)
    account, today = system.account, system.now.date()
    facts = facts_of(account, today)
    assert (facts.open_invoices, facts.overdue_invoices) == (2, 0), "the instalments"
    assert facts_of(replace(account, agreements=()), today) == facts, "as a projection has it"


def test_instalments_begin_on_the_ruler_of_the_segment_that_they_make() -> None:
    creditor = creditor_offering()
    late = replace(creditor.ruler, name="atrasados")
    lines = {each.name: Line(each) for each in (creditor.ruler, late)}
    segment = Segment("atrasados", Conditions(min_overdue_invoices=1), late.name)
    rulers = Rulers(lines, Assignment(creditor.ruler.name, (segment,)))
    system = System(replace(creditor, rulers=rulers)).owe()
    system.tick()
    assert system.invoice("fat-1").place.ruler == late.ref
    for instalment in system.settle(2).instalments:
        assert system.invoice(instalment.invoice_id).place == Place(ruler=creditor.ruler.ref)


def test_a_debt_that_was_paid_by_itself_owes_no_charges_once_the_agreement_is_kept(
    system: System,
) -> None:
    agreement = system.settle(1)
    system.pay(FAT_1, 10000)
    terms = LateChargeTerms()
    assert system.invoice(FAT_1).late_charges_left(terms) > ZERO
    pay_all(system, agreement)
    system.tick()
    assert system.invoice(FAT_1).late_charges_left(terms) == ZERO


# ── calendars and sizes ─────────────────────────────────────────────────────────────────────────


def test_sixty_instalments_of_the_31st_add_up_over_two_leap_years() -> None:
    system = System().owe(any_debt("fat-1", due_date=date(2026, 12, 1)))
    system.on(date(2027, 1, 31))
    agreement = system.agreements.accept(
        system.creditor,
        CUSTOMER,
        Choice(60, ZERO, date(2027, 1, 31)),
        key=None,
        origin="page",
        now=system.now,
    )
    dues = [i.due_date for i in agreement.instalments]
    assert [d.isoformat() for d in dues if d.month == 2] == [
        "2027-02-28",
        "2028-02-29",
        "2029-02-28",
        "2030-02-28",
        "2031-02-28",
    ]
    assert {d.day for d in dues if d.month in {1, 3, 5, 7, 8, 10, 12}} == {31}
    assert sum(system.invoice(i.invoice_id).amount.centavos for i in agreement.instalments) == sum(
        d.agreed.centavos for d in agreement.debts
    )
    assert len(dues) == len(set(dues)) == 60


def test_three_hundred_debts_are_settled_and_let_go_of_by_one_payment() -> None:
    debts = [any_debt(f"fat-{n:03d}", due_date=DUE + timedelta(days=n % 20)) for n in range(300)]
    system = System().owe(*debts)
    agreement = system.settle(1)
    assert len(agreement.debts) == 300
    pay_all(system, agreement)
    system.tick()
    assert system.kept(agreement).status is FULFILLED
    assert system.account.invoices == {}
    assert system.account.holds == ()
    assert sum(system.invoice(d.external_id).paid.centavos for d in debts) == (
        agreement.total.centavos
    )
