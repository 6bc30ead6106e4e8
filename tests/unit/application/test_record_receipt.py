"""What a provider's report changes, and what it only adds to the record."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.memory import MemoryLedger, MemoryPortfolio, MemoryPublisher
from regua.application.buffers import BatchBuffer
from regua.application.ports import Change
from regua.application.record_receipt import Receipt, Recorded, RecordReceipt
from regua.domain.decision import decide
from regua.domain.delivery import EventKind, delivery_state
from regua.domain.dispatch import DispatchState, Ending
from regua.domain.evidence import broken_at
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.prices import DEFAULT_COSTS
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel
from tests.builders import CREDITOR, CUSTOMER, any_account, any_creditor, any_invoice

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
ADDRESS = "maria@cliente.example.com.br"


class System:
    """A message that was handed over."""

    def __init__(self, *, is_sent: bool = True, cost: Decimal = Decimal(0)) -> None:
        self.ledger = MemoryLedger()
        self.portfolio = MemoryPortfolio(self.ledger)
        self.publisher = MemoryPublisher()
        self.is_late = False
        self.channel = Channel.EMAIL
        self.facts: dict[str, str] = {}
        invoice = any_invoice()
        self.portfolio.commit(
            Change(any_account(invoice, version=0), (invoice,), {invoice.external_id: 0})
        )
        account = self.portfolio.load_account(CREDITOR, CUSTOMER)
        decision = decide(account, any_creditor().rulers, NOW)
        assert decision.dispatch is not None
        self.dispatch = decision.dispatch
        self.portfolio.commit(Change(decision.account, planned=self.dispatch))
        self.ledger.claim(self.dispatch, [invoice.external_id], NOW)
        if is_sent:
            self.ledger.mark_sent(
                self.dispatch,
                provider_message_id="ses-1",
                at=NOW,
                cost=cost,
            )

    def receive(self, *kinds: EventKind) -> list[Recorded]:
        return [self.receive_one(n, kind) for n, kind in enumerate(kinds)]

    def receive_one(self, n: int, kind: EventKind, *, dispatch_id: str | None = None) -> Recorded:
        buffer = BatchBuffer(self.publisher, self.ledger)
        recorded = self.record(buffer, n, kind, dispatch_id)
        buffer.flush()
        return recorded

    def record(
        self, buffer: BatchBuffer, n: int, kind: EventKind, dispatch_id: str | None = None
    ) -> Recorded:
        record = RecordReceipt(
            self.portfolio,
            self.ledger,
            buffer.append,
            buffer.publish,
            lambda _: self.is_late,
            buffer.pending,
        )
        receipt = Receipt(
            DispatchId(dispatch_id or self.dispatch.dispatch_id),
            CREDITOR,
            kind,
            NOW + timedelta(seconds=n),
            f"e-{n}",
            ("postmaster@elsewhere.example.com.br", ADDRESS),
            self.facts,
            self.channel,
        )
        return record(receipt)

    @property
    def chain(self) -> list[tuple[str, datetime]]:
        """What the message's chain tells, in its order; every link fits."""
        dispatch = self.dispatch
        links = self.ledger.chain(dispatch.dispatch_id)
        entries = [(link.entry.document(), link.recorded_hash) for link in links]
        assert broken_at(dispatch.creditor_id, dispatch.dispatch_id, entries) is None
        return [(link.entry.kind, link.entry.at) for link in links]

    @property
    def delivery(self) -> EventKind | None:
        found = self.ledger.find(self.dispatch.dispatch_id)
        assert found is not None
        return delivery_state(found[1])

    @property
    def state(self) -> tuple[DispatchState, Reason | None]:
        record = self.ledger.records[self.dispatch.dispatch_id]
        return record.state, record.reason

    @property
    def address(self) -> str | None:
        account = self.portfolio.load_account(CREDITOR, CUSTOMER)
        return account.usable_address(Channel.EMAIL)


@pytest.fixture
def system() -> System:
    return System()


def test_a_hard_bounce_fails_the_message_and_ends_the_address_we_wrote_to(system: System) -> None:
    system.receive(EventKind.SENT, EventKind.HARD_BOUNCED)
    assert system.state == (DispatchState.FAILED, Reason.HARD_BOUNCE)
    assert system.address is None
    assert [e.detail_type for e in system.publisher.events] == ["MessageFailed"]


def test_a_hard_bounce_after_the_delivery_ends_the_address_and_both_are_kept(
    system: System,
) -> None:
    system.receive(EventKind.DELIVERED, EventKind.HARD_BOUNCED)
    assert system.state == (DispatchState.FAILED, Reason.HARD_BOUNCE)
    assert system.delivery is EventKind.HARD_BOUNCED
    assert system.address is None
    assert [kind for kind, _ in system.chain] == ["delivered", "hard_bounced"]
    told = [e.detail_type for e in system.publisher.events]
    assert told == ["MessageDelivered", "MessageFailed"]


def test_a_complaint_ends_the_address_and_leaves_the_message_sent(system: System) -> None:
    system.receive(EventKind.DELIVERED, EventKind.COMPLAINED)
    assert system.state == (DispatchState.SENT, None)
    assert system.address is None


def test_a_soft_bounce_fails_the_message_and_keeps_the_address(system: System) -> None:
    system.receive(EventKind.SENT, EventKind.SOFT_BOUNCED)
    assert system.state == (DispatchState.FAILED, Reason.UNDELIVERABLE)
    assert system.address == ADDRESS


def test_a_soft_bounce_after_the_delivery_is_an_automatic_reply(system: System) -> None:
    system.receive(EventKind.DELIVERED, EventKind.SOFT_BOUNCED)
    assert system.state == (DispatchState.SENT, None)
    found = system.ledger.find(system.dispatch.dispatch_id)
    assert found is not None
    assert delivery_state(found[1]) is EventKind.DELIVERED
    assert [e.detail_type for e in system.publisher.events] == ["MessageDelivered"]


def test_an_answered_call_is_told_once_as_delivered_and_never_as_opened(system: System) -> None:
    system.receive(EventKind.SENT, EventKind.ANSWERED, EventKind.DELIVERED)
    assert [e.detail_type for e in system.publisher.events] == ["MessageDelivered"]
    _, facts = system.ledger.find(system.dispatch.dispatch_id) or (None, ())
    assert delivery_state(facts) is EventKind.ANSWERED, "the stronger fact is what is shown"


def test_a_report_about_no_dispatch_of_ours_changes_nothing(system: System) -> None:
    system.receive_one(0, EventKind.HARD_BOUNCED, dispatch_id="f" * 32)
    assert system.address == ADDRESS


def test_a_report_without_our_tags_is_counted_apart(system: System) -> None:
    buffer = BatchBuffer(system.publisher, system.ledger)
    record = RecordReceipt(
        system.portfolio, system.ledger, buffer.append, buffer.publish, lambda _: True
    )
    foreign = Receipt(None, CreditorId("x"), EventKind.SENT, NOW, "e", (), {}, Channel.EMAIL)
    assert record(foreign) is Recorded.UNMATCHED


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (Ending(DispatchState.FAILED, Reason.UNDELIVERABLE), DispatchState.SENT),
        (Ending(DispatchState.SUPPRESSED, Reason.SETTLED), DispatchState.SENT),
        (Ending(DispatchState.FAILED, Reason.HARD_BOUNCE), DispatchState.FAILED),
        (Ending(DispatchState.FAILED, Reason.REJECTED_BY_PROVIDER), DispatchState.FAILED),
    ],
)
def test_a_late_receipt_corrects_a_doubt_that_was_given_up_and_nothing_else(
    system: System, ending: Ending, expected: DispatchState
) -> None:
    dispatch_id = system.dispatch.dispatch_id
    record = system.ledger.records[dispatch_id]
    system.ledger.records[dispatch_id] = replace(
        record, state=DispatchState.CLAIMED, sent_at=None, claimed_at=NOW
    )
    system.ledger.end_claimed(dispatch_id, ending)
    system.is_late = True
    system.receive(EventKind.DELIVERED)
    assert system.state[0] is expected


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP, Channel.VOICE])
@pytest.mark.parametrize("in_one_batch", [False, True])
@pytest.mark.parametrize(
    "kinds", list(permutations([EventKind.SENT, EventKind.UNDELIVERED, EventKind.DELIVERED]))
)
def test_a_message_that_arrived_is_sent_in_whatever_order_that_is_told(
    channel: Channel, kinds: Sequence[EventKind], *, in_one_batch: bool
) -> None:
    system = System()
    system.channel = channel
    buffer = BatchBuffer(system.publisher, system.ledger)
    for n, kind in enumerate(kinds):
        system.record(buffer, n, kind)
        if not in_one_batch:
            buffer.flush()
    buffer.flush()
    assert system.state == (DispatchState.SENT, None)
    record = system.ledger.records[system.dispatch.dispatch_id]
    assert (record.sent_at, record.provider_message_id) == (NOW, "ses-1")


def test_a_final_failure_stands_against_a_delivery_told_later() -> None:
    system = System()
    system.channel = Channel.SMS
    system.receive(EventKind.HARD_BOUNCED, EventKind.DELIVERED)
    assert system.state == (DispatchState.FAILED, Reason.HARD_BOUNCE)


@pytest.mark.parametrize(
    ("channel", "kind", "facts", "costs"),
    [
        (Channel.WHATSAPP, EventKind.HARD_BOUNCED, {}, "0"),
        (Channel.WHATSAPP, EventKind.UNDELIVERED, {}, "0"),
        (Channel.WHATSAPP, EventKind.DELIVERED, {"pricing_billable": "false"}, "0"),
        (Channel.WHATSAPP, EventKind.DELIVERED, {"pricing_billable": "true"}, "7"),
        (Channel.SMS, EventKind.UNDELIVERED, {}, "7"),
        (Channel.SMS, EventKind.DELIVERED, {"price_usd": "0.01"}, "5.5"),
    ],
)
def test_a_message_costs_what_is_billed(
    channel: Channel, kind: EventKind, facts: dict[str, str], costs: str
) -> None:
    system = System(cost=Decimal(7))
    system.channel, system.facts = channel, facts
    system.receive(kind)
    assert system.ledger.records[system.dispatch.dispatch_id].cost == Decimal(costs)


def test_a_doubt_settled_by_a_late_report_costs_what_the_channel_does() -> None:
    system = System(is_sent=False)
    dispatch_id = system.dispatch.dispatch_id
    system.ledger.end_claimed(dispatch_id, Ending(DispatchState.FAILED, Reason.UNDELIVERABLE))
    system.is_late, system.channel = True, Channel.VOICE
    system.receive(EventKind.SENT)
    record = system.ledger.records[dispatch_id]
    assert (record.state, record.cost) == (DispatchState.SENT, DEFAULT_COSTS[Channel.VOICE])


SENT, DELIVERED, READ = (1, EventKind.SENT), (3, EventKind.DELIVERED), (7, EventKind.READ)


@pytest.mark.parametrize(
    ("arrivals", "states"),
    [
        ([READ], ["read"]),
        ([READ, DELIVERED], ["read", "read"]),
        ([READ, SENT, DELIVERED], ["read", "read", "read"]),
        ([SENT, READ, READ, DELIVERED], ["sent", "read", "read", "read"]),
        ([SENT, DELIVERED, READ], ["sent", "delivered", "read"]),
    ],
)
def test_a_reading_that_whatsapp_tells_without_or_before_the_delivery_stands(
    arrivals: list[tuple[int, EventKind]], states: list[str]
) -> None:
    system = System()
    system.channel = Channel.WHATSAPP
    found = []
    for n, kind in arrivals:
        system.receive_one(n, kind)
        found.append(str(system.delivery))
        assert system.state == (DispatchState.SENT, None)
    assert found == states
    in_order = [(kind.value, NOW + timedelta(seconds=n)) for n, kind in dict.fromkeys(arrivals)]
    assert system.chain == in_order, "as they arrived, each once, with the provider's own times"


@given(
    arrivals=st.lists(
        st.sampled_from(
            [
                SENT,
                (2, EventKind.DELAYED),
                DELIVERED,
                (4, EventKind.SOFT_BOUNCED),
                (5, EventKind.COMPLAINED),
                (6, EventKind.HARD_BOUNCED),
            ]
        ),
        max_size=12,
    ),
    batch=st.integers(1, 5),
)
def test_copies_in_any_order_are_in_the_chain_once_each_as_they_arrived(
    arrivals: list[tuple[int, EventKind]], batch: int
) -> None:
    system = System()
    buffer = BatchBuffer(system.publisher, system.ledger)
    for place, (n, kind) in enumerate(arrivals, start=1):
        system.record(buffer, n, kind)
        if place % batch == 0:
            buffer.flush()
    buffer.flush()
    in_order = [(kind.value, NOW + timedelta(seconds=n)) for n, kind in dict.fromkeys(arrivals)]
    assert system.chain == in_order
