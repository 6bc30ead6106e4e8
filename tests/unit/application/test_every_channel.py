"""One use case sends on every channel: the same suite over each, with its own composer."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NoReturn

import pytest

from regua.adapters.email_composer import EmailComposer
from regua.adapters.memory import (
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
    MemoryRateLimiter,
    MemorySender,
)
from regua.adapters.memory_evidence import memory_facts
from regua.adapters.memory_replies import MemoryReplyIndex
from regua.adapters.sms_composer import SmsComposer
from regua.adapters.tracking_links import SignedLinks
from regua.adapters.voice_composer import VoiceComposer
from regua.adapters.whatsapp_composer import WhatsAppComposer
from regua.application.messages import ContactDue
from regua.application.ports import Accepted, Change, Composer, OutgoingMessage
from regua.application.send_contact import Outcome, SendContact
from regua.domain.account import Account
from regua.domain.consent import Consent
from regua.domain.decision import decide
from regua.domain.dispatch import Attempt, Dispatch, DispatchState
from regua.domain.errors import ProviderThrottled, RecipientRejected
from regua.domain.prices import DEFAULT_COSTS
from regua.domain.reasons import Reason
from regua.domain.ruler import DEFAULT_RULER, Channel
from regua.domain.schedule import scheduled
from regua.domain.tokens import TrackingKeys
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    ISSUED_AT,
    any_account,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)

NOW = nine_o_clock(DUE + timedelta(days=3)) + timedelta(hours=1)
PHONE = "+5511987654321"
LINKS = SignedLinks(
    TrackingKeys.from_secret({"current": "k1", "k1": "s" * 64}), "https://t.example.com.br"
)
COMPOSERS: dict[Channel, Callable[[], Composer]] = {
    Channel.EMAIL: EmailComposer,
    Channel.SMS: SmsComposer,
    Channel.WHATSAPP: WhatsAppComposer,
    Channel.VOICE: VoiceComposer,
}


class Provider(MemorySender):
    """Takes everything unless it is told to refuse."""

    refusal: Exception | None = None

    def send(self, message: OutgoingMessage) -> Accepted:
        if self.refusal is not None:
            raise self.refusal
        return super().send(message)


@dataclass
class System:
    """A creditor that collects on one channel, with one late invoice."""

    channel: Channel
    per_minute: int | None = None
    provider: Provider = field(default_factory=Provider)
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    replies: MemoryReplyIndex = field(default_factory=MemoryReplyIndex)

    def __post_init__(self) -> None:
        steps = [{**s, "channels": [self.channel.value]} for s in DEFAULT_RULER["steps"]]  # type: ignore[attr-defined]  # a list
        setup = {"origin": "origem-1"} if self.channel is not Channel.EMAIL else {}
        limit = {} if self.per_minute is None else {"per_minute": self.per_minute}
        self.creditor = any_creditor(
            ruler={**DEFAULT_RULER, "steps": steps},
            channels={self.channel.value: {**setup, **limit}},
        )
        self.ledger = MemoryLedger()
        self.portfolio = MemoryPortfolio(self.ledger)
        consent = Consent(Channel.WHATSAPP, True, ISSUED_AT, "contrato")
        account = any_account(
            any_invoice(), version=0, customer=any_customer(phones=(PHONE,))
        ).with_consent(consent)
        rulers, given = self.creditor.rulers, self.creditor.circumstances
        self.portfolio.commit(Change(scheduled(account, rulers, ISSUED_AT, given)))
        decision = decide(self.account, rulers, NOW, given)
        assert decision.to_publish is not None
        self.dispatch: Dispatch = decision.to_publish
        self.portfolio.commit(Change(decision.account, planned=self.dispatch))
        self.use_case = SendContact(
            portfolio=self.portfolio,
            directory=MemoryDirectory(self.creditor),
            ledger=self.ledger,
            publisher=self.publisher,
            compose=COMPOSERS[self.channel](),
            sender=self.provider,
            keeper=memory_facts(self.ledger),
            links=LINKS,
            doubt=timedelta(minutes=15),
            limiter=MemoryRateLimiter(),
            remember=self.replies.remember,
        )

    @property
    def account(self) -> Account:
        return self.portfolio.load_account(CREDITOR, CUSTOMER)

    def change(self, account: Account) -> None:
        self.portfolio.commit(Change(account))

    def send(self, at: datetime = NOW) -> Outcome:
        due = ContactDue.of(self.dispatch, correlation_id="c", as_of=None)
        return self.use_case(due, now=at, clock_now=at)


@pytest.fixture(params=list(Channel))
def system(request: pytest.FixtureRequest) -> System:
    return System(request.param)


def test_a_contact_is_sent_once_with_its_cost_and_its_number_remembered(system: System) -> None:
    assert system.send() is Outcome.SENT
    assert system.send() is Outcome.DUPLICATE
    (sent,) = system.provider.sent
    assert (sent.channel, sent.dispatch_id) == (system.channel, system.dispatch.dispatch_id)
    at_phone = system.channel is not Channel.EMAIL
    assert sent.recipient.lstrip("+") == (PHONE[1:] if at_phone else "maria@cliente.example.com.br")
    record = system.ledger.records[sent.dispatch_id]
    assert record.cost == DEFAULT_COSTS[system.channel] * sent.parts > Decimal(0)
    owners = system.replies.customers_of(PHONE, system.channel)
    assert owners == ([(CREDITOR, CUSTOMER)] if at_phone else [])


def test_who_was_written_to_before_a_crash_can_answer(system: System) -> None:
    system.provider.refusal = OSError("killed while the provider answered")
    with pytest.raises(OSError, match="killed"):
        system.send()
    at_phone = system.channel is not Channel.EMAIL
    owners = system.replies.customers_of(PHONE, system.channel)
    assert owners == ([(CREDITOR, CUSTOMER)] if at_phone else [])


def test_who_paid_meanwhile_hears_nothing(system: System) -> None:
    paid = any_invoice(place=system.account.invoices[any_invoice().external_id].place)
    paid = paid.with_payment(any_payment())
    account = system.account.with_invoice(paid)
    system.portfolio.commit(Change(account, (paid,)))
    assert system.send() is Outcome.SUPPRESSED
    assert system.provider.sent == []


def test_who_stopped_the_channel_meanwhile_hears_nothing_on_it(system: System) -> None:
    system.change(system.account.opted_out(system.channel, NOW))
    assert system.send() is Outcome.SUPPRESSED
    assert system.ledger.records[system.dispatch.dispatch_id].reason is Reason.OPTED_OUT


def test_a_number_that_is_dead_on_this_channel_is_not_used(system: System) -> None:
    address = system.account.usable_address(system.channel)
    assert address is not None
    system.change(system.account.with_suppressed(address, system.channel))
    assert system.send() is Outcome.SUPPRESSED


def test_what_the_provider_refuses_for_good_has_failed(system: System) -> None:
    system.provider.refusal = RecipientRejected("no")
    assert system.send() is Outcome.FAILED
    record = system.ledger.records[system.dispatch.dispatch_id]
    assert (record.state, record.reason) == (DispatchState.FAILED, Reason.REJECTED_BY_PROVIDER)


def test_a_refusal_whose_consequence_was_lost_has_it_the_next_time(system: System) -> None:
    """The sender may stop between writing the refusal down and waking the ruler for a fallback."""
    dispatch = system.dispatch
    attempt = Attempt(
        dispatch.dispatch_id,
        dispatch.step_id,
        (Channel.EMAIL,),
        dispatch.invoices,
        NOW + timedelta(days=1),
    )
    system.change(replace(system.account, attempts=(attempt,)))
    system.provider.refusal = RecipientRejected("no")

    def broken(_: Change) -> NoReturn:
        raise OSError("killed while the refusal was followed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(system.portfolio, "commit", broken)
        with pytest.raises(OSError, match="killed"):
            system.send()
    (before,) = system.account.attempts
    assert system.send() is Outcome.DUPLICATE
    (after,) = system.account.attempts
    assert (before.failed, after.failed) == (False, True)
    assert system.account.next_evaluation_at == NOW


def test_what_the_provider_refuses_for_now_is_tried_again(system: System) -> None:
    system.provider.refusal = ProviderThrottled(retry_after_seconds=5)
    with pytest.raises(ProviderThrottled):
        system.send()
    system.provider.refusal = None
    assert system.send() is Outcome.SENT


def test_a_message_says_when_the_hours_end_in_which_it_may_arrive(system: System) -> None:
    just_before = NOW.replace(hour=21, minute=59)  # 18:59 in São Paulo
    assert system.send(just_before) is Outcome.SENT
    (sent,) = system.provider.sent
    closes = 23 if system.channel is Channel.EMAIL else 22
    assert sent.expires_at == NOW.replace(hour=closes, minute=0)


def test_out_of_its_hours_a_channel_waits(system: System) -> None:
    night = NOW.replace(hour=23, minute=45)
    assert system.send(night) is Outcome.DEFERRED
    record = system.ledger.records[system.dispatch.dispatch_id]
    assert record.reason is Reason.OUTSIDE_WINDOW
    assert record.until is not None
    assert record.until > night


@pytest.mark.parametrize("channel", list(Channel))
def test_above_a_creditors_own_rate_a_contact_is_put_off_and_comes_up_again(
    channel: Channel,
) -> None:
    system = System(channel, per_minute=1)
    limiter = system.use_case.limiter
    assert limiter is not None
    assert limiter.take(CREDITOR, channel, 1, NOW), "somebody else used the minute"
    assert system.send() is Outcome.DEFERRED
    record = system.ledger.records[system.dispatch.dispatch_id]
    assert record.reason is Reason.PROVIDER_THROTTLED
    assert record.until is not None
    wait = record.until - NOW
    assert timedelta(minutes=1) <= wait < timedelta(minutes=11)
    account = system.account
    assert account.next_evaluation_at == record.until
    rulers, given = system.creditor.rulers, system.creditor.circumstances
    again = decide(account, rulers, record.until, given).to_publish
    assert again is not None
    assert again.invoices == system.dispatch.invoices
    assert replace(again, dispatch_id=system.dispatch.dispatch_id) != system.dispatch
