"""Everything at random: facts, time, deliveries in any order, crashes, moods of the provider.

Between any two steps nobody was contacted twice and the books balance; when it has all been
drained, nothing is missing either. The number of examples is small for every-day runs; set
`REGUA_EXAMPLES` and `REGUA_STEPS` to search for longer.
"""

import os
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.builders import invoice_data, nine_o_clock
from tests.integration.reliability.faults import Point
from tests.integration.reliability.law import assert_safe, assert_settled
from tests.integration.reliability.queues import first_in_first_out, last_in_first_out
from tests.integration.reliability.stories import address_of, customer_data
from tests.integration.reliability.world import WORKERS, World, unanswered

START = date(2026, 11, 9)
ZONE = ZoneInfo("America/Sao_Paulo")
PEOPLE = ("maria", "joao")
AMOUNT = invoice_data()["amount_centavos"]
MOST_INVOICES = 5
REDRIVES = 6
CRASHES = [
    *(Point("ingest", m, "portfolio.commit") for m in ("before", "after")),
    Point("ingest", "before", "bus.InvoicePaid"),
    Point("shards", "after", "bus.ContactDue"),
    *(Point("shards", m, "portfolio.commit") for m in ("before", "after")),
    *(Point("email", m, "vault.keep") for m in ("before", "after")),
    *(Point("receipts", m, "vault.keep") for m in ("before", "after")),
    *(Point("email", m, "ledger.claim") for m in ("before", "after")),
    *(Point("email", m, "provider.send") for m in ("before", "after")),
    *(Point("email", m, "ledger.mark_sent") for m in ("before", "after")),
    *(Point("email", m, "portfolio.commit") for m in ("before", "after")),
    Point("email", "after", "ledger.take_over"),
    Point("email", "after", "ledger.end_unclaimed"),
    Point("email", "before", "bus.MessageSent"),
    Point("receipts", "after", "ledger.end_claimed"),
    Point("shards", "after", "bus.PaymentReceiptDue"),
    *(Point("thanks", m, "portfolio.commit") for m in ("before", "after")),
    Point("thanks", "after", "bus.ContactDue"),
    *(Point("receipts", m, "portfolio.commit") for m in ("before", "after")),
    *(Point("receipts", m, "ledger.append") for m in ("before", "after")),
    Point("hits", "after", "portfolio.commit"),
]
invoices = st.integers(0, MOST_INVOICES - 1).map(lambda n: f"fat-{n}")
payments = st.integers(0, 3).map(lambda n: f"pag-{n}")
people = st.sampled_from(PEOPLE)


def owner_of(invoice: str) -> str:
    """Return whose invoice it is: an invoice never changes hands."""
    return PEOPLE[int(invoice[-1]) % len(PEOPLE)]


class Life(RuleBasedStateMachine):
    """One portfolio, lived at random."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(START, thanks=True)
        self.paid_for: dict[str, str] = {}
        self.emails = {who: [address_of(who)] for who in PEOPLE}

    @initialize(is_silent=st.booleans())
    def provider(self, *, is_silent: bool) -> None:
        self.world.provider.is_silent = is_silent

    # ── facts ──────────────────────────────────────────────────────────────────────────────────

    @rule(invoice=invoices, days=st.integers(-4, 12), amount=st.sampled_from([AMOUNT, AMOUNT * 2]))
    def issue(self, invoice: str, days: int, amount: int) -> None:
        who = owner_of(invoice)
        due = self.world.now.astimezone(ZONE).date() + timedelta(days=days)
        data = invoice_data(
            invoice,
            customer=customer_data(who, emails=self.emails[who]),
            due_date=due.isoformat(),
            amount_centavos=amount,
        )
        self.world.tell("InvoiceIssued", data)

    @rule(invoice=invoices, payment=payments, amount=st.sampled_from([AMOUNT // 2, AMOUNT]))
    def pay(self, invoice: str, payment: str, amount: int) -> None:
        if self.paid_for.setdefault(payment, invoice) != invoice:
            return
        data = {
            "invoice_external_id": invoice,
            "payment_id": payment,
            "amount_centavos": amount,
            "paid_at": "2026-11-09T12:00:00Z",
            "method": "pix",
        }
        self.world.tell("PaymentReceived", data)

    @rule(payment=payments)
    def reverse(self, payment: str) -> None:
        self.world.tell("PaymentReversed", {"payment_id": payment, "reason": "chargeback"})

    @rule(invoice=invoices)
    def cancel(self, invoice: str) -> None:
        self.world.tell("InvoiceCancelled", {"external_id": invoice, "reason": "duplicada"})

    @rule(who=people, address=st.sampled_from(["nova@cliente.example.com.br", "", None]))
    def change_customer(self, who: str, address: str | None) -> None:
        self.emails[who] = [address] if address else [address_of(who)] if address is None else []
        self.world.tell("CustomerChanged", customer_data(who, emails=self.emails[who]))

    # ── time and the workers ───────────────────────────────────────────────────────────────────

    @rule(minutes=st.sampled_from([1, 4, 16, 180]))
    def time_passes(self, minutes: int) -> None:
        self.world.now += timedelta(minutes=minutes)

    @rule()
    def next_morning(self) -> None:
        self.world.now = self._next_morning()

    def _next_morning(self) -> datetime:
        tomorrow = self.world.now.astimezone(ZONE).date() + timedelta(days=1)
        return nine_o_clock(tomorrow).astimezone(UTC)

    @rule()
    def tick(self) -> None:
        self.world.tick()

    @rule(name=st.sampled_from(WORKERS), at_most=st.sampled_from([1, 10]), late_first=st.booleans())
    def work(self, name: str, at_most: int, *, late_first: bool) -> None:
        self.world.order = last_in_first_out if late_first else first_in_first_out
        self.world.work(name, at_most)

    @rule()
    def settle(self) -> None:
        self.world.settle()

    @rule(name=st.sampled_from(WORKERS), which=st.integers(0, 9))
    def deliver_twice(self, name: str, which: int) -> None:
        waiting = self.world.queues[name].waiting
        if waiting:
            record = waiting[which % len(waiting)]
            self.world.queues[name].put(record.body, self.world.now)

    # ── faults ─────────────────────────────────────────────────────────────────────────────────

    @rule(point=st.sampled_from(CRASHES), skip=st.integers(0, 1))
    def crash_at(self, point: Point, skip: int) -> None:
        self.world.faults.arm(point, skip=skip)

    @rule()
    def lose_an_answer(self) -> None:
        self.world.faults.arm(Point("email", "after", "provider.send"), action=unanswered)

    @rule(times=st.integers(1, 6))
    def throttle(self, times: int) -> None:
        self.world.provider.throttling = times

    @rule(entries=st.integers(1, 4))
    def refuse_entries(self, entries: int) -> None:
        self.world.refusing = entries

    @rule(who=people)
    def bounce(self, who: str) -> None:
        self.world.provider.bounces.add(address_of(who))

    @rule()
    def hold_receipts(self) -> None:
        self.world.provider.is_holding = True

    @rule()
    def let_receipts_go(self) -> None:
        self.world.provider.let_go()

    @precondition(lambda self: self.world.provider.received)
    @rule(which=st.integers(0, 9))
    def opt_out(self, which: int) -> None:
        received = self.world.provider.received
        self.world.opt_out(received[which % len(received)].dispatch_id)

    @rule()
    def redrive(self) -> None:
        self.world.redrive()

    # ── the law ────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def safe(self) -> None:
        assert_safe(self.world)

    def teardown(self) -> None:
        """Let every fault end, drain it all, and look whether anything is missing."""
        world = self.world
        world.faults.disarm()
        world.refusing = world.provider.throttling = 0
        world.provider.let_go()
        for _ in range(REDRIVES):
            world.settle()
            if not any(q.dead for q in world.queues.values()):
                break
            world.now = self._next_morning()
            world.redrive()
        assert_settled(world)
        assert not any(q.dead for q in world.queues.values())
        world.now = self._next_morning()
        world.settle()
        assert_settled(world)


Life.TestCase.settings = settings(
    max_examples=int(os.environ.get("REGUA_EXAMPLES", "200")),
    stateful_step_count=int(os.environ.get("REGUA_STEPS", "40")),
    derandomize="REGUA_EXAMPLES" not in os.environ,
    deadline=None,
)
TestLife = Life.TestCase
