"""Agreements in whatever order things happen: no centavo is lost, and nobody is written to."""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from regua.domain.errors import Conflict
from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice, Payment
from regua.domain.late_charges import LateChargeTerms
from regua.domain.money import Money
from regua.domain.negotiation.agreement import Agreement, AgreementStatus, is_carried
from tests.builders import DUE, any_payment
from tests.unit.application.agreement_system import SETTLED_ON, System, any_debt

DEBTS = (InvoiceId("fat-1"), InvoiceId("fat-2"), InvoiceId("fat-3"))
TERMS = LateChargeTerms()
FULFILLED = AgreementStatus.FULFILLED


class Poured:
    """An independent account of where money went: centavo by centavo, on whole numbers."""

    def __init__(self, agreement: Agreement) -> None:
        self.agreement = agreement
        self.parts: dict[str, dict[int, int]] = {}
        """By payment of an instalment: how much of it each debt took."""

    def taken(self, debt: int, standing: set[str]) -> int:
        return sum(parts.get(debt, 0) for name, parts in self.parts.items() if name in standing)

    def pour(self, payment: Payment, standing: set[str], takes: list[int]) -> None:
        """Give one payment to the debts that take money, a centavo at a time."""
        parts: dict[int, int] = {}
        limits = [(debt, limit) for limit in ("agreed", "owed") for debt in takes]
        for _ in range(payment.amount.centavos):
            target = takes[-1]
            for debt, limit in limits:
                most = getattr(self.agreement.debts[debt], limit).centavos
                if self.taken(debt, standing) + parts.get(debt, 0) < most:
                    target = debt
                    break
            parts[target] = parts.get(target, 0) + 1
        self.parts[payment.payment_id] = parts


class Lives(RuleBasedStateMachine):
    """A customer who settles, pays, misses, takes money back, and settles again."""

    def __init__(self) -> None:
        super().__init__()
        debts = [
            any_debt(name, due_date=DUE + timedelta(days=n), amount=Money(100 + 50 * n))
            for n, name in enumerate(DEBTS)
        ]
        self.system = System().owe(*debts)
        self.day = SETTLED_ON
        self.agreements: list[Agreement] = []
        self.paid: list[tuple[InvoiceId, Payment]] = []
        self.taken_back: set[str] = set()
        self.poured: dict[str, Poured] = {}

    # ── what happens ───────────────────────────────────────────────────────────────────────────

    @property
    def live(self) -> Agreement | None:
        return next(iter(self.system.account.agreements), None)

    @rule(instalments=st.integers(1, 4))
    def settle(self, instalments: int) -> None:
        try:
            agreement = self.system.settle(instalments)
        except Conflict:
            return
        if all(a.agreement_id != agreement.agreement_id for a in self.agreements):
            self.agreements.append(agreement)

    @precondition(lambda self: self.agreements)
    @rule(
        which=st.integers(0, 20),
        number=st.integers(0, 3),
        centavos=st.one_of(st.none(), st.integers(1, 120)),
    )
    def pay_an_instalment(self, which: int, number: int, centavos: int | None) -> None:
        agreement = self.agreements[which % len(self.agreements)]
        instalment = agreement.instalments[number % len(agreement.instalments)]
        self._pay(instalment.invoice_id, centavos)

    @precondition(lambda self: self.live is not None)
    @rule()
    def pay_every_instalment(self) -> None:
        assert self.live is not None
        for instalment in self.live.instalments:
            if self.system.invoice(instalment.invoice_id).is_open:
                self._pay(instalment.invoice_id, None)
        self._tick()

    @rule(which=st.integers(0, 2), centavos=st.integers(1, 60))
    def pay_a_debt_itself(self, which: int, centavos: int) -> None:
        self._pay(DEBTS[which], centavos)

    def _pay(self, invoice_id: InvoiceId, centavos: int | None) -> None:
        self.system.now += timedelta(seconds=1)
        name = f"pag-{len(self.paid):03d}"
        self.paid.append((invoice_id, self.system.pay(invoice_id, centavos, name)))
        self._follow()

    @precondition(lambda self: self.paid)
    @rule(which=st.integers(0, 40))
    def take_back(self, which: int) -> None:
        _, payment = self.paid[which % len(self.paid)]
        self.system.now += timedelta(seconds=1)
        self.system.take_back(payment)
        self.taken_back.add(payment.payment_id)
        self._follow()

    @rule(days=st.integers(1, 25))
    def wait(self, days: int) -> None:
        self.day += timedelta(days=days)
        covered = {d.invoice_id for d in self.live.debts} if self.live else set()
        before = self.live
        self.system.publisher.events.clear()
        self.system.on(self.day)
        if before is not None and self.live == before:
            assert not covered & self.system.spoken_of(), "what is covered rests"
        self._follow()

    @rule()
    def tick(self) -> None:
        self._tick()

    def _tick(self) -> None:
        self.system.tick()
        self._follow()

    @precondition(lambda self: self.live is not None)
    @rule()
    def cancel(self) -> None:
        assert self.live is not None
        name = self.live.agreement_id
        try:
            self.system.agreements.cancel(
                self.system.creditor, name, reason="a pedido", now=self.system.now
            )
        except Conflict:
            assert self.system.account.agreements == (), "all was paid: it is kept, and ended so"
        finally:
            self._follow()

    # ── the independent account ────────────────────────────────────────────────────────────────

    def _standing(self) -> set[str]:
        return {str(p.payment_id) for _, p in self.paid} - self.taken_back

    def _follow(self) -> None:
        """Pour what has come in for agreements that have ended, in the order it was paid."""
        standing = self._standing()
        for agreement in self.agreements:
            if self.system.kept(agreement).status.is_live:
                continue
            poured = self.poured.setdefault(agreement.agreement_id, Poured(agreement))
            mine = {i.invoice_id for i in agreement.instalments}
            known = {*poured.parts}
            coming = [
                p
                for about, p in self.paid
                if about in mine and p.payment_id in standing and p.payment_id not in known
            ]
            for payment in sorted(coming, key=lambda p: (p.paid_at, p.payment_id)):
                poured.pour(payment, standing, self._takes(poured, standing))

    def _takes(self, poured: Poured, standing: set[str]) -> list[int]:
        places = [DEBTS.index(d.invoice_id) for d in poured.agreement.debts]
        some = [
            n
            for n, place in enumerate(places)
            if self._is_open_without(DEBTS[place], poured) or poured.taken(n, standing)
        ]
        return some or list(range(len(places)))

    def _is_open_without(self, debt: InvoiceId, poured: Poured) -> bool:
        """Tell whether a debt would be open, but for what this agreement brings."""
        invoice = self.system.invoice(debt)
        is_its_own = invoice.kept_agreement == poured.agreement.agreement_id
        conceded = Money(0) if is_its_own else invoice.conceded
        prefix = f"acordo.{poured.agreement.agreement_id}."
        others = sum(
            p.amount.centavos
            for p in invoice.payments
            if p.reversed_at is None and not p.payment_id.startswith(prefix)
        )
        return others < (invoice.amount - conceded).centavos

    def _expected(self, debt: InvoiceId) -> Invoice:
        """Return a debt with its own payments and what was poured into it, made from scratch."""
        standing = self._standing()
        bare = self.system.invoice(debt)
        invoice = any_debt(debt, due_date=bare.due_date, amount=bare.amount)
        parts = [(p, p.amount.centavos) for about, p in self.paid if about == debt]
        for poured in self.poured.values():
            covered = [d.invoice_id for d in poured.agreement.debts]
            if debt in covered:
                place = covered.index(debt)
                by_name = {p.payment_id: p for _, p in self.paid}
                parts += [
                    (by_name[name], share[place])  # type: ignore[index]
                    for name, share in poured.parts.items()
                    if place in share
                ]
        for n, (payment, centavos) in enumerate(parts):
            if payment.payment_id in standing:
                invoice = invoice.with_payment(
                    any_payment(f"x-{n}", amount=Money(centavos), paid_at=payment.paid_at)
                )
        return invoice

    # ── what always holds ──────────────────────────────────────────────────────────────────────

    @invariant()
    def every_centavo_is_somewhere_once(self) -> None:
        standing = self._standing()
        live = {
            i.invoice_id
            for a in self.agreements
            if self.system.kept(a).status.is_live
            for i in a.instalments
        }
        came_in = sum(p.amount.centavos for _, p in self.paid if p.payment_id in standing)
        waiting = sum(self.system.invoice(i).paid.centavos for i in live)
        at_the_debts = sum(self.system.invoice(d).paid.centavos for d in DEBTS)
        assert at_the_debts + waiting == came_in

    @invariant()
    def payoffs_follow_from_the_payments_alone(self) -> None:
        if self.live is not None:
            return
        today = self.system.now.date()
        for name in DEBTS:
            debt, expected = self.system.invoice(name), self._expected(name)
            assert debt.paid == expected.paid
            if debt.kept_agreement is None:
                assert debt.payoff(today, TERMS).total == expected.payoff(today, TERMS).total

    @invariant()
    def who_pays_everything_owes_nothing(self) -> None:
        if self.taken_back:
            return  # then the debts may be open again, whatever was conceded
        for agreement in self.agreements:
            if self.system.kept(agreement).status is FULFILLED:
                for debt in agreement.debts:
                    invoice = self.system.invoice(debt.invoice_id)
                    assert invoice.paid + invoice.conceded >= invoice.amount
                    assert invoice.late_charges_left(TERMS) == Money(0)

    @invariant()
    def ends_leave_nothing_behind(self) -> None:
        holds = {h.invoice_id for h in self.system.account.holds}
        assert holds == ({d.invoice_id for d in self.live.debts} if self.live else set())
        for agreement in self.agreements:
            kept = self.system.kept(agreement)
            instalments = [self.system.invoice(i.invoice_id) for i in agreement.instalments]
            if kept.status.is_live:
                continue
            assert not any(i.is_open for i in instalments)
            for debt in (self.system.invoice(d.invoice_id) for d in agreement.debts):
                if debt.kept_agreement == kept.agreement_id:
                    assert kept.status is FULFILLED
        assert len(self.system.account.breaches) <= len(self.agreements)
        for debt in map(self.system.invoice, DEBTS):
            carried = [p for p in debt.payments if is_carried(p.payment_id)]
            assert len({p.payment_id for p in carried}) == len(carried)


Lives.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLives = Lives.TestCase
