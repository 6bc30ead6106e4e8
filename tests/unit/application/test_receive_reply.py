"""A customer answers: whose it is, what follows, and what is told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from regua.adapters.memory import (
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
    MemoryShardQueue,
)
from regua.adapters.memory_replies import MemoryReplyIndex
from regua.application.evaluate_ruler import EvaluateRuler
from regua.application.inbound import InboundText
from regua.application.ingest import Ingest
from regua.application.leave_number import LeaveNumber
from regua.application.messages import ShardDue
from regua.application.outgoing import ReplyFact
from regua.application.ports import ChannelSetup, Creditor, OutgoingEvent
from regua.application.receive_reply import (
    ANSWERS,
    SERVICE_WINDOW,
    Received,
    ReceiveReply,
)
from regua.domain.account import Account
from regua.domain.consent import Consent
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Dispatch, DispatchState
from regua.domain.errors import InvalidInput, NotFound, PublishFailed, TemporaryError
from regua.domain.holds import HoldKind
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import Place
from regua.domain.notes import NoteKind
from regua.domain.reply_intents import Confidence, Intent
from regua.domain.ruler import Channel
from regua.domain.whatsapp_templates import ReplyButton, reply_payload
from regua.domain.wording import MessageText, is_refused, lint
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)

PHONE = "+5511987654321"
OURS = "+551140001234"
FAT_1, FAT_2 = InvoiceId("fat-1"), InvoiceId("fat-2")
PROVIDER_ID = "aws-1"
"""What AWS calls the message; receipts and replies call it by Meta's id."""
WAMID = "wamid.1"


def at(days: int, hours: int = 0) -> datetime:
    return nine_o_clock(DUE + timedelta(days=days)) + timedelta(hours=hours)


NOW = at(4)


def creditor(creditor_id: str = CREDITOR, origin: str = OURS) -> Creditor:
    channels = dict.fromkeys((Channel.SMS, Channel.WHATSAPP), ChannelSetup(origin))
    return replace(any_creditor(creditor_id=creditor_id), channels=channels)


class FailingPublisher(MemoryPublisher):
    """A bus that takes nothing for a while."""

    is_down = False

    def publish(self, events: Any) -> None:  # noqa: ANN401 - as the port's
        if self.is_down:
            raise PublishFailed
        super().publish(events)


class System:
    """The use case on the twins; by day 4 one contact about the customer's invoices was sent."""

    def __init__(self, *creditors: Creditor) -> None:
        self.portfolio = MemoryPortfolio(MemoryLedger(), shards=1)
        self.ledger = self.portfolio.ledger
        self.publisher = FailingPublisher()
        self.index = MemoryReplyIndex()
        self.creditors = creditors or (creditor(),)
        self.directory = MemoryDirectory(*self.creditors)
        self.receive = ReceiveReply(
            self.portfolio,
            self.ledger,
            self.directory,
            self.index,
            self.publisher,
            self.ledger,
        )

    def issue(self, who: str = CUSTOMER, *names: str, of: Creditor | None = None) -> None:
        ingest = Ingest(self.portfolio, self.publisher)
        for name in names or ("fat-1",):
            invoice = any_invoice(name, customer_id=CustomerId(who))
            customer = any_customer(external_id=CustomerId(who), phones=(PHONE,))
            ingest.issue_invoice(of or self.creditors[0], invoice, customer, now=at(-20))

    def evaluate(self, now: datetime) -> None:
        evaluate = EvaluateRuler(
            self.portfolio, self.directory, self.publisher, MemoryShardQueue(), self.ledger
        )
        evaluate.shard(ShardDue(shard="00"), now=now, correlation_id="c", seconds_left=lambda: 60)

    def send(self, now: datetime) -> list[Dispatch]:
        """Evaluate, send what was planned, and remember at which number."""
        self.evaluate(now)
        sent = []
        for record in [*self.ledger.records.values()]:
            if record.state is DispatchState.PLANNED:
                dispatch = replace(record.dispatch, channel=Channel.WHATSAPP)
                dispatch_id = dispatch.dispatch_id
                self.ledger.records[dispatch_id] = replace(record, dispatch=dispatch)
                self.ledger.claim(dispatch, [], now)
                self.ledger.mark_sent(dispatch, provider_message_id=PROVIDER_ID, at=now)
                facts = {"provider_message_id": WAMID}
                event = MessageEvent(dispatch_id, EventKind.DELIVERED, now, WAMID, facts)
                self.ledger.append([event])
                sent.append(dispatch)
        for dispatch in sent:
            for channel in (Channel.SMS, Channel.WHATSAPP):
                self.index.remember(replace(dispatch, channel=channel), PHONE, now)
        return sent

    def reply(self, text: str, *, now: datetime = NOW, **changes: Any) -> Received:  # noqa: ANN401 - any field
        fields: dict[str, Any] = {
            "channel": Channel.WHATSAPP,
            "from_number": PHONE,
            "to_number": OURS,
            "text": text,
            "at": now,
            "event_id": "in-1",
        }
        return self.receive(InboundText(**{**fields, **changes}), now=now)

    def account(self, who: str = CUSTOMER, of: str = CREDITOR) -> Account:
        return self.portfolio.load_account(CreditorId(of), CustomerId(who))

    def replied(self) -> list[OutgoingEvent]:
        return self.publisher.of("MessageReplied")

    def notes(self, who: str = CUSTOMER) -> list[Mapping[str, str]]:
        kept = self.portfolio.notes(CREDITOR, CustomerId(who))
        return [n.facts for n in kept if n.kind is NoteKind.REPLY]


@pytest.fixture
def system() -> System:
    system = System()
    system.issue()
    system.send(at(3))
    return system


@pytest.fixture
def sent(system: System) -> Dispatch:
    (record,) = system.ledger.records.values()
    return record.dispatch


# ── what follows from each intent ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP])
def test_a_request_to_stop_stops_its_channel_and_calls_and_leaves_the_debt(
    system: System, channel: Channel
) -> None:
    received = system.reply("PARAR", channel=channel)
    account = system.account()
    assert set(account.opt_outs) == {channel, Channel.VOICE}, "a call takes no answer"
    said = {replace(no, channel=channel) for no in account.consents.values()}
    assert said == {Consent(channel, is_given=False, at=NOW, origin="reply", text="PARAR")}
    assert FAT_1 in account.invoices
    assert account.holds == ()
    assert not received.needs_person


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=20), timedelta(days=9999)])
def test_no_yes_that_was_known_before_outlives_a_request_to_stop(
    system: System, ahead: timedelta
) -> None:
    yes = (Consent(c, True, NOW + ahead, "site") for c in (Channel.WHATSAPP, Channel.VOICE))
    customer = any_customer(changed_at=at(3), phones=(PHONE,), consents=tuple(yes))
    Ingest(system.portfolio, system.publisher).change_customer(
        system.creditors[0], customer, now=at(3)
    )
    assert system.account().has_opted_in(Channel.WHATSAPP)
    system.reply("PARAR")
    stopped = system.account()
    for channel in (Channel.WHATSAPP, Channel.VOICE):
        assert channel in stopped.opt_outs
        assert not stopped.has_opted_in(channel)
    system.portfolio.kept_notes.clear()
    system.reply("PARAR", now=NOW + timedelta(minutes=5), at=NOW)
    assert system.account().consents == stopped.consents, "done again, it is the same"


def test_a_wrong_number_is_never_used_again_on_any_channel(system: System) -> None:
    received = system.reply("número errado")
    account = system.account()
    for channel in (Channel.SMS, Channel.WHATSAPP, Channel.VOICE):
        assert account.is_suppressed(PHONE, channel)
    assert account.usable_address(Channel.EMAIL) is not None
    assert account.opt_outs == {}
    assert not received.needs_person


def test_a_wrong_number_is_known_by_whatsapp_s_old_spelling_too(system: System) -> None:
    system.reply("não sou eu", from_number="551187654321")
    assert system.account().is_suppressed(PHONE, Channel.WHATSAPP)


def test_contact_rests_while_a_payment_is_looked_for(system: System) -> None:
    received = system.reply("já paguei ontem")
    (hold,) = system.account().holds
    assert (hold.kind, hold.invoice_id, hold.by) == (HoldKind.PAYMENT_IN_TRANSIT, FAT_1, "reply")
    assert received.held == 1
    assert not received.needs_person
    before = len(system.publisher.of("ContactDue"))
    system.evaluate(at(7))
    assert len(system.publisher.of("ContactDue")) == before


def test_a_payment_that_has_had_time_to_arrive_is_for_a_person(system: System) -> None:
    received = system.reply("já paguei", at=NOW - timedelta(days=10))
    assert system.account().holds == ()
    assert received.needs_person


def test_the_last_message_comes_once_more_on_request(system: System, sent: Dispatch) -> None:
    place = system.account().invoices[FAT_1].place
    assert place.step_id == sent.step_id
    received = system.reply("me manda a segunda via")
    assert received.sent_again == 1
    assert system.account().invoices[FAT_1].place != place
    system.evaluate(NOW)
    again = system.publisher.of("ContactDue")[-1]
    assert again.data["step_id"] == sent.step_id
    assert again.data["dispatch_id"] != sent.dispatch_id


def test_what_was_never_sent_is_sent_by_a_person() -> None:
    system = System()
    system.issue()
    dispatch = system.send(at(3))[0]
    account = system.account()
    invoice = replace(account.invoices[FAT_1], place=Place())
    system.portfolio.accounts[CREDITOR, CUSTOMER] = replace(account, invoices={FAT_1: invoice})
    received = system.reply("boleto", previous_provider_message_id=WAMID)
    assert dispatch.dispatch_id == system.notes()[0]["dispatch_id"]
    assert (received.sent_again, received.needs_person) == (0, True)
    assert received.answer == ANSWERS[Intent.OTHER]


@pytest.mark.parametrize("text", ["quero parcelar", "falar com atendente", "quem é?", "", "👍"])
def test_what_no_rule_can_do_is_left_to_a_person(system: System, text: str) -> None:
    before = system.account()
    received = system.reply(text)
    assert received.needs_person
    assert system.notes()[0]["needs_person"] == "yes"
    assert system.replied()[0].data["needs_person"] is True
    assert replace(system.account(), version=before.version) == before


def test_who_has_paid_and_wants_no_more_gets_both(system: System) -> None:
    received = system.reply("já paguei, parem de mandar mensagem")
    assert Channel.WHATSAPP in system.account().opt_outs
    assert received.held == 1
    assert received.needs_person


def test_a_doubtful_reading_protects_at_once_and_is_read_by_a_person(system: System) -> None:
    received = system.reply("descadatrar")
    assert received.reading.confidence is Confidence.DOUBTFUL
    assert Channel.WHATSAPP in system.account().opt_outs
    assert received.needs_person


# ── what it proves ──────────────────────────────────────────────────────────────────────────────


def replies_to(system: System, dispatch: Dispatch) -> list[MessageEvent]:
    found = system.ledger.find(dispatch.dispatch_id)
    assert found is not None
    return [e for e in found[1] if e.kind is EventKind.REPLIED]


@pytest.mark.parametrize(("previous", "matched"), [(WAMID, "named"), (None, "latest")])
def test_an_answer_is_evidence_of_the_message_it_answers(
    system: System, sent: Dispatch, previous: str | None, matched: str
) -> None:
    changes: dict[str, Any] = {
        "previous_provider_message_id": previous,
        "raw": b'{"Signature": "s"}',
        "envelope": {"envelope": "verified"},
    }
    system.reply("já paguei ontem", **changes)
    assert [replace(e, observed_at=None) for e in replies_to(system, sent)] == [
        MessageEvent(
            sent.dispatch_id,
            EventKind.REPLIED,
            NOW,
            "in-1",
            {
                "channel": "whatsapp",
                "intent": "paid",
                "confidence": "clear",
                "matched": matched,
                "envelope": "verified",
            },
            private={"text": "já paguei ontem", "from_number": PHONE},
            raw=b'{"Signature": "s"}',
            source="aws.social-messaging",
        )
    ]
    system.reply("já paguei ontem", **changes)
    assert len(replies_to(system, sent)) == 1


def test_an_answer_belongs_to_the_last_message_before_it_on_its_channel(
    system: System, sent: Dispatch
) -> None:
    other = replace(sent, dispatch_id=DispatchId("e" * 32))
    for dispatch, channel, at_ in (
        (other, Channel.WHATSAPP, NOW - timedelta(minutes=1)),
        (replace(sent, dispatch_id=DispatchId("f" * 32)), Channel.SMS, NOW),
        (replace(sent, dispatch_id=DispatchId("a" * 32)), Channel.WHATSAPP, at(5)),
    ):
        dispatch_ = replace(dispatch, channel=channel)
        system.ledger.claim(dispatch_, [], at_)
        system.ledger.mark_sent(dispatch_, provider_message_id="x", at=at_)
    system.reply("oi")
    assert [e.facts["matched"] for e in replies_to(system, other)] == ["latest"]
    assert replies_to(system, sent) == []


def test_an_answer_that_may_be_anybody_s_is_nobody_s_evidence() -> None:
    system = System()
    system.issue(CUSTOMER)
    system.issue("cli-2", "fat-2")
    dispatches = system.send(at(3))
    assert len(dispatches) == 2
    system.reply("já paguei")
    assert [replies_to(system, d) for d in dispatches] == [[], []]


def test_nothing_sent_is_nothing_to_add_to() -> None:
    system = System()
    system.issue()
    system.evaluate(at(3))
    (record,) = system.ledger.records.values()
    system.index.remember(replace(record.dispatch, channel=Channel.WHATSAPP), PHONE, at(3))
    system.reply("oi")
    assert replies_to(system, record.dispatch) == []


# ── whose it is ─────────────────────────────────────────────────────────────────────────────────


def test_a_number_that_was_never_written_to_is_nobody_s(system: System) -> None:
    received = system.reply("PARAR", from_number="+5521912345678")
    assert received == Received(received.reading)
    assert received.is_unknown
    assert system.replied() == []


def test_the_contact_that_is_answered_names_its_invoices(system: System, sent: Dispatch) -> None:
    system.issue(CUSTOMER, "fat-2")
    assert set(system.account().invoices) == {FAT_1, FAT_2}
    received = system.reply("paguei", previous_provider_message_id=WAMID)
    assert [h.invoice_id for h in system.account().holds] == [FAT_1]
    assert received.held == 1
    assert system.replied()[0].data["dispatch_id"] == sent.dispatch_id


def test_without_it_all_open_invoices_are_meant(system: System) -> None:
    system.issue(CUSTOMER, "fat-2")
    assert system.reply("paguei").held == 2
    assert "dispatch_id" not in system.replied()[0].data


def test_a_button_names_its_contact(system: System, sent: Dispatch) -> None:
    payload = reply_payload(ReplyButton.PAID, CREDITOR, sent.dispatch_id)
    received = system.reply("Já paguei", payload=payload)
    assert received.reading.confidence is Confidence.EXACT
    assert system.replied()[0].data["dispatch_id"] == sent.dispatch_id
    assert [h.invoice_id for h in system.account().holds] == [FAT_1]


@pytest.mark.parametrize("name", [PROVIDER_ID, WAMID])
def test_a_message_is_known_by_either_provider_s_name(
    system: System, sent: Dispatch, name: str
) -> None:
    system.reply("oi", previous_provider_message_id=name)
    assert system.replied()[0].data["dispatch_id"] == sent.dispatch_id


def test_another_message_is_none_of_ours(system: System) -> None:
    system.reply("oi", previous_provider_message_id="wamid.2")
    assert "dispatch_id" not in system.replied()[0].data


def test_a_button_names_its_contact_where_the_number_names_nobody(
    system: System, sent: Dispatch
) -> None:
    payload = reply_payload(ReplyButton.STOP, CREDITOR, sent.dispatch_id)
    received = system.reply("Parar", payload=payload, from_number="+5521912345678")
    assert received.customers == ((CREDITOR, CUSTOMER),)
    assert not received.is_unknown
    assert Channel.WHATSAPP in system.account().opt_outs
    assert system.replied()[0].data["dispatch_id"] == sent.dispatch_id


@pytest.mark.parametrize(
    ("of", "dispatch_id"), [("boreal", None), (CREDITOR, "f" * 32), (None, None)]
)
def test_a_button_of_another_make_names_nobody(
    system: System, sent: Dispatch, of: str | None, dispatch_id: str | None
) -> None:
    named = DispatchId(dispatch_id or sent.dispatch_id)
    payload = "x" if of is None else reply_payload(ReplyButton.STOP, CreditorId(of), named)
    before = system.account()
    assert system.reply("Parar", payload=payload, from_number="+5521912345678").is_unknown
    assert system.account() == before


class BrokenDirectory(MemoryDirectory):
    """A directory in which one creditor's document cannot be read any more."""

    error: Exception = NotFound("boreal")

    def get(self, creditor_id: CreditorId) -> Creditor:
        if creditor_id == "boreal":
            raise self.error
        return super().get(creditor_id)


@pytest.mark.parametrize(
    "error", [NotFound("boreal"), InvalidInput.at("name", "missing"), KeyError("S"), ValueError()]
)
def test_a_creditor_that_cannot_be_read_stands_in_no_other_s_way(error: Exception) -> None:
    aurora, boreal = creditor(), creditor("boreal")
    system = System(aurora, boreal)
    system.issue(CUSTOMER, "fat-1", of=aurora)
    system.issue(CUSTOMER, "fat-1", of=boreal)
    system.send(at(3))
    directory = BrokenDirectory(aurora, boreal)
    directory.error = error
    system.receive = replace(system.receive, directory=directory)
    received = system.reply("PARAR")
    assert received.customers == ((CREDITOR, CUSTOMER),)
    assert received.unreadable == ("boreal",)
    assert received.needs_person
    assert Channel.WHATSAPP in system.account().opt_outs
    assert system.reply("já paguei", event_id="in-2").held == 0, "it may be the other's"


def test_a_text_for_nobody_but_an_unreadable_creditor_is_for_a_person() -> None:
    boreal = creditor("boreal")
    system = System(boreal)
    system.issue(CUSTOMER, "fat-1", of=boreal)
    system.send(at(3))
    system.receive = replace(system.receive, directory=BrokenDirectory(boreal))
    received = system.reply("PARAR")
    assert (received.customers, received.answer) == ((), None)
    assert received.needs_person
    assert not received.is_unknown


def test_a_directory_that_is_busy_brings_the_text_back(system: System) -> None:
    directory = BrokenDirectory(creditor())
    directory.error = TemporaryError()
    system.receive = replace(system.receive, directory=directory)
    system.index.owners[Channel.WHATSAPP, "551187654321"].add((CreditorId("boreal"), CUSTOMER))
    system.portfolio.accounts[CreditorId("boreal"), CUSTOMER] = system.account()
    with pytest.raises(TemporaryError):
        system.reply("PARAR")


# ── a number that was given up ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("told", ["551187654321", "+551187654321", PHONE])
def test_a_number_given_up_is_left_in_whatever_spelling_it_is_told(
    system: System, told: str
) -> None:
    assert LeaveNumber(system.portfolio, system.index)(told) == 1
    assert system.account().usable_address(Channel.WHATSAPP) is None
    assert system.account().usable_address(Channel.SMS) == PHONE


def test_a_customer_s_other_number_is_used_still(system: System) -> None:
    other = "+5521987654321"
    customer = any_customer(changed_at=at(3), phones=(PHONE, other))
    Ingest(system.portfolio, system.publisher).change_customer(
        system.creditors[0], customer, now=at(3)
    )
    LeaveNumber(system.portfolio, system.index)("551187654321")
    assert system.account().usable_address(Channel.WHATSAPP) == other


# ── shared numbers ──────────────────────────────────────────────────────────────────────────────


def test_a_shared_number_is_protected_for_everybody_and_believed_for_nobody() -> None:
    system = System()
    system.issue("cli-1", "fat-1")
    system.issue("cli-2", "fat-2")
    system.send(at(3))
    paid = system.reply("já paguei")
    assert len(paid.customers) == 2
    assert paid.needs_person
    assert [system.account(who).holds for who in ("cli-1", "cli-2")] == [(), ()]
    system.reply("SAIR", event_id="in-2")
    assert all(Channel.WHATSAPP in system.account(who).opt_outs for who in ("cli-1", "cli-2"))


def test_a_reply_reaches_the_creditor_whose_number_it_was_sent_to() -> None:
    aurora, boreal = creditor(), creditor("boreal", origin="+551140009999")
    system = System(aurora, boreal)
    system.issue(CUSTOMER, "fat-1", of=aurora)
    system.issue(CUSTOMER, "fat-1", of=boreal)
    system.send(at(3))
    received = system.reply("PARAR", to_number="+551140009999")
    assert received.customers == (("boreal", CUSTOMER),)
    assert system.account(of="aurora").opt_outs == {}
    unknown = system.reply("PARAR", to_number="12345", event_id="in-2")
    assert len(unknown.customers) == 2
    assert Channel.WHATSAPP in system.account(of="aurora").opt_outs


def test_an_account_that_is_gone_is_not_made_anew(system: System) -> None:
    system.portfolio.accounts.clear()
    assert system.reply("PARAR").customers == ()
    assert system.portfolio.accounts == {}


# ── once ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["PARAR", "não sou eu", "já paguei", "segunda via", "negociar"])
def test_the_same_text_again_changes_and_answers_nothing_and_is_told_again(
    system: System, text: str
) -> None:
    first = system.reply(text)
    after = system.account()
    again = system.reply(text, now=NOW + timedelta(minutes=5), at=NOW)
    assert system.account() == after
    assert len(system.notes()) == 1
    assert again.is_duplicate
    assert again.answer is None
    assert again.needs_person == first.needs_person
    assert system.replied()[1] == system.replied()[0]


def test_a_released_hold_is_not_placed_again_by_a_copy(system: System) -> None:
    system.reply("já paguei")
    account = system.account()
    system.portfolio.accounts[CREDITOR, CUSTOMER] = account.without_holds(account.holds)
    system.reply("já paguei")
    assert system.account().holds == ()


def test_the_same_words_in_another_message_are_another_reply(system: System) -> None:
    system.reply("negociar")
    assert not system.reply("negociar", event_id="in-2").is_duplicate
    assert len(system.notes()) == 2


def test_an_event_that_was_not_taken_is_told_when_the_text_comes_again(system: System) -> None:
    system.publisher.is_down = True
    with pytest.raises(PublishFailed):
        system.reply("PARAR")
    system.publisher.is_down = False
    system.reply("PARAR")
    assert len(system.replied()) == 1
    assert Channel.WHATSAPP in system.account().opt_outs


def test_what_is_settled_is_not_held(system: System) -> None:
    payment = any_payment(paid_at=NOW - timedelta(hours=1))
    Ingest(system.portfolio, system.publisher).receive_payment(
        system.creditors[0], FAT_1, payment, now=NOW - timedelta(hours=1)
    )
    received = system.reply("já paguei", previous_provider_message_id=WAMID)
    assert (received.held, received.needs_person) == (0, True)


def test_a_text_from_the_future_is_refused(system: System) -> None:
    with pytest.raises(InvalidInput, match="future"):
        system.reply("PARAR", at=NOW + timedelta(days=2))


# ── what is told and answered ───────────────────────────────────────────────────────────────────

SECRET = "PARAR. Sou a Zuleica, CPF 529.982.247-25"


def test_the_event_holds_codes_and_never_the_text_or_the_number(system: System) -> None:
    system.reply(SECRET)
    (event,) = system.replied()
    assert dict(event.data) == {
        "customer_id": CUSTOMER,
        "channel": "whatsapp",
        "intent": "stop",
        "confidence": "exact",
        "needs_person": False,
    }
    TypeAdapter(ReplyFact).validate_python(dict(event.data))
    assert (event.creditor_id, event.occurred_at) == (CREDITOR, NOW)


def test_the_note_holds_the_words_that_counted_and_no_others(system: System) -> None:
    system.reply(SECRET)
    (facts,) = system.notes()
    assert facts["words"] == "parar"
    assert "zuleica" not in str(facts).lower()


@pytest.mark.parametrize("intent", Intent)
def test_every_intent_has_a_courteous_answer_that_tells_nobody_of_a_debt(intent: Intent) -> None:
    text = ANSWERS[intent]
    assert not is_refused(lint(MessageText(Channel.WHATSAPP, text)))
    assert lint(MessageText(Channel.VOICE, text, is_voicemail=True)) == ()


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("PARAR", Intent.STOP),
        ("engano", Intent.NOT_ME),
        ("paguei", Intent.PAID),
        ("segunda via", Intent.SECOND_COPY),
        ("negociar", Intent.NEGOTIATE),
        ("atendente", Intent.HUMAN),
        ("oi", Intent.OTHER),
    ],
)
def test_whatsapp_is_answered_inside_its_window(system: System, text: str, intent: Intent) -> None:
    assert system.reply(text).answer == ANSWERS[intent]


def test_no_free_answer_goes_out_by_sms_or_after_the_window(system: System) -> None:
    assert system.reply("PARAR", channel=Channel.SMS).answer is None
    late = system.reply("negociar", at=NOW - SERVICE_WINDOW, event_id="in-2")
    assert late.answer is None
    just = NOW - SERVICE_WINDOW + timedelta(seconds=1)
    assert system.reply("negociar", at=just, event_id="in-3").answer is not None
