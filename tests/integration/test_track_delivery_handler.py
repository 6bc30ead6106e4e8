"""Receipts in any order, any number of copies, before or after the send was recorded."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from functions.track_delivery import handler
from regua.adapters.memory import FixedClock
from regua.adapters.memory_evidence import MemoryVault
from regua.adapters.memory_replies import MemoryReplyIndex
from regua.adapters.memory_seals import MemorySealIndex, MemorySeals
from regua.adapters.sns_signature import Envelope, EnvelopeVerdict
from regua.adapters.whatsapp_sender import WhatsAppSender
from regua.application.buffers import BatchBuffer
from regua.application.keep_facts import KeepFacts
from regua.application.leave_number import LeaveNumber
from regua.application.ports import Accepted, AccountKey
from regua.application.read_dossier import ReadDossier
from regua.application.receive_reply import ReceiveReply
from regua.application.record_receipt import RecordReceipt
from regua.application.seal_evidence import InclusionReader
from regua.domain.delivery import EventKind, delivery_state
from regua.domain.dispatch import DispatchState
from regua.domain.errors import ProviderThrottled, RecipientRejected, TemporaryError
from regua.domain.evidence import NONCE_BYTES
from regua.domain.ids import DispatchId
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel
from regua.runtime.settings import TrackDeliverySettings
from tests.builders import CREDITOR, CUSTOMER, DUE, any_invoice, nine_o_clock
from tests.integration.conftest import World
from tests.integration.contract.facts import any_dispatch
from tests.integration.lambdas import Context, Printed, failures, recorded, sqs_event

DISPATCH = DispatchId("2acb18c19631805b2009131646e240c4")
NOW = nine_o_clock(DUE + timedelta(days=3))
RECEIPTS = ("receipt_delivery", "receipt_hard_bounce", "receipt_complaint")


REPLIES = MemoryReplyIndex()
WRITTEN_BACK: list[tuple[str, str, str]] = []
MARIA = "+5511987654321"


class _WritesBack:
    """Stands for WhatsApp as far as answers go."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def send_text(self, number: str, text: str, *, origin: str) -> Accepted:
        if self.error is not None:
            raise self.error
        WRITTEN_BACK.append((number, text, origin))
        return Accepted("aws-1")


def _writes_back(error: Exception | None = None) -> WhatsAppSender:
    return cast("WhatsAppSender", _WritesBack(error))


def _never(_: object) -> bool:
    return False


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = BatchBuffer(world.publisher, world.ledger)
    record = RecordReceipt(world.portfolio, world.ledger, buffer.append, buffer.publish, _never)
    receive = ReceiveReply(
        world.portfolio, world.ledger, world.directory, REPLIES, world.publisher, world.ledger
    )
    settings = TrackDeliverySettings(
        portfolio_table="p",
        messages_table="m",
        bus_name="b",
        shards=1,
        doubt_seconds=900,
        allow_as_of=True,
        sns_signatures="emulated",
        topic_arns="arn:aws:sns:us-east-1:000000000000:recibos",
        evidence_bucket="e",
        evidence_key_arn="k",
    )
    WRITTEN_BACK.clear()
    leave = LeaveNumber(world.portfolio, REPLIES)
    wired = handler.Wired(
        record, receive, leave, _writes_back, buffer, settings, handler.verifier(settings)
    )
    monkeypatch.setattr(handler, "wire", lambda: wired)
    monkeypatch.setattr(handler, "clock", FixedClock(NOW))
    REPLIES.owners.clear()
    world.issue(any_invoice())
    world.ledger.claim(any_dispatch(dispatch_id=DISPATCH), [], NOW)


def mark_sent(world: World) -> None:
    dispatch = any_dispatch(dispatch_id=DISPATCH)
    world.ledger.mark_sent(dispatch, provider_message_id="0100ses-1", at=NOW)


def run(*names: object) -> list[str]:
    bodies = [recorded(n) if isinstance(n, str) and n.startswith("receipt_") else n for n in names]
    return failures(handler.lambda_handler(sqs_event(*bodies), Context()))


def test_a_delivery_is_told_and_kept(world: World, printed: Callable[[], Printed]) -> None:
    mark_sent(world)
    assert run("receipt_delivery") == []
    found = world.ledger.find(DISPATCH)
    assert found is not None
    record, facts = found
    assert record.state is DispatchState.SENT
    assert delivery_state(facts) is EventKind.DELIVERED
    (told,) = world.publisher.of("MessageDelivered")
    assert told.data == {"dispatch_id": DISPATCH}
    output = printed()
    assert output.metrics["receipt_delivered"] == 1
    output.assert_no_personal_data()


def test_a_fact_says_what_is_known_of_who_signed_it_and_keeps_the_envelope(world: World) -> None:
    run("receipt_delivery")
    found = world.ledger.find(DISPATCH)
    assert found is not None
    (fact,) = found[1]
    assert fact.facts["envelope"] == "unsigned_emulator"
    assert fact.raw == json.dumps(recorded("receipt_delivery")).encode()


@pytest.mark.parametrize(
    ("envelope", "counted"),
    [
        (Envelope.VERIFIED, {"receipt_delivered": 1.0}),
        (Envelope.UNAVAILABLE, {"envelope_unavailable": 1.0}),
        (Envelope.INVALID, {"envelope_invalid": 1.0}),
    ],
)
def test_what_is_not_known_to_be_signed_reports_nothing_and_goes_back_to_the_queue(
    world: World,
    printed: Callable[[], Printed],
    monkeypatch: pytest.MonkeyPatch,
    envelope: Envelope,
    counted: dict[str, float],
) -> None:
    wired = replace(handler.wire(), verify=lambda _: EnvelopeVerdict(envelope))
    monkeypatch.setattr(handler, "wire", lambda: wired)
    is_refused = envelope is not Envelope.VERIFIED
    assert run("receipt_delivery") == (["m0"] if is_refused else [])
    found = world.ledger.find(DISPATCH)
    assert found is not None
    assert [e.facts["envelope"] for e in found[1]] == ([] if is_refused else [envelope])
    output = printed()
    told = {k: v for k, v in output.metrics.items() if k.startswith(("receipt_", "envelope_"))}
    assert told == counted
    output.assert_no_personal_data()


def test_a_forged_envelope_is_refused_where_amazon_signs() -> None:
    settings = handler.wire().settings.model_copy(update={"sns_signatures": "required"})
    with mock_aws():
        verify = handler.verifier(settings)
    body = json.dumps({**recorded("receipt_delivery"), "Signature": "FAKE"})
    assert verify(body) == EnvelopeVerdict(Envelope.INVALID)


def test_a_report_whose_signature_cannot_be_checked_rests_five_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unavailable = EnvelopeVerdict(Envelope.UNAVAILABLE)
    wired = replace(handler.wire(), verify=lambda _: unavailable)
    monkeypatch.setattr(handler, "wire", lambda: wired)
    with pytest.raises(TemporaryError) as refused:
        handler.read({"body": json.dumps(recorded("receipt_delivery"))})
    assert refused.value.retry_after_seconds == 300


def test_the_topics_of_the_settings_are_told_apart() -> None:
    settings = handler.wire().settings.model_copy(update={"topic_arns": "a,b"})
    assert settings.topics == {"a", "b"}


def test_a_hard_bounce_fails_the_message_and_the_address_is_never_used_again(
    world: World, printed: Callable[[], Printed]
) -> None:
    mark_sent(world)
    assert run("receipt_hard_bounce") == []
    record = world.ledger.records[DISPATCH]
    assert (record.state, record.reason) == (DispatchState.FAILED, Reason.HARD_BOUNCE)
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.usable_address(Channel.EMAIL) is None
    (told,) = world.publisher.of("MessageFailed")
    assert told.data["reason"] == "hard_bounce"
    assert told.data["bounce_sub_type"] == "General"
    assert "maria" not in json.dumps(told.data)
    printed().assert_no_personal_data()


def test_a_complaint_ends_the_address_and_leaves_the_message_sent(world: World) -> None:
    mark_sent(world)
    run("receipt_complaint")
    assert world.ledger.records[DISPATCH].state is DispatchState.SENT
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.suppressed_addresses == {"maria@cliente.example.com.br"}


def test_a_complaint_that_names_everybody_at_a_domain_ends_our_address_and_keeps_all_names(
    world: World, printed: Callable[[], Printed], monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = MemoryVault()
    facts = KeepFacts(world.ledger, world.keys, vault, lambda: b"n" * NONCE_BYTES)
    buffer = BatchBuffer(world.publisher, facts)
    record = RecordReceipt(world.portfolio, world.ledger, buffer.append, buffer.publish, _never)
    wired = replace(handler.wire(), record=record, buffer=buffer)
    monkeypatch.setattr(handler, "wire", lambda: wired)
    ours = "maria@cliente.example.com.br"
    named = ["ana@cliente.example.com.br", ours, "jose@cliente.example.com.br"]
    complaint = recorded("receipt_complaint")
    event = json.loads(complaint["Message"])
    event["complaint"]["complainedRecipients"] = [{"emailAddress": each} for each in named]
    complaint["Message"] = json.dumps(event)
    mark_sent(world)
    world.keys.make(AccountKey(CREDITOR, CUSTOMER))
    assert run(complaint, complaint) == []
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.usable_address(Channel.EMAIL) is None
    assert ours in account.suppressed_addresses
    seals = InclusionReader(MemorySealIndex(), MemorySeals())
    dossier = ReadDossier(world.ledger, world.keys, vault, seals).read(DISPATCH)
    assert dossier is not None
    (entry,) = dossier.entries
    assert entry.private is not None
    assert entry.private["recipients"].split(",") == named
    assert "@" not in json.dumps(entry.entry.document())
    printed().assert_no_personal_data(*named)


@pytest.mark.parametrize("order", list(permutations((*RECEIPTS, "sent"))))
def test_any_order_with_copies_ends_in_the_same_state(world: World, order: tuple[str, ...]) -> None:
    for name in order:
        if name == "sent":
            mark_sent(world)
        else:
            assert run(name, name) == []
    found = world.ledger.find(DISPATCH)
    assert found is not None
    record, facts = found
    assert (record.state, record.reason, record.sent_at) == (
        DispatchState.FAILED,
        Reason.HARD_BOUNCE,
        NOW,
    )
    assert len(facts) == 3
    assert delivery_state(facts) is EventKind.HARD_BOUNCED


def test_a_receipt_before_the_dispatch_is_known_is_kept(world: World) -> None:
    world.ledger.records.clear()
    assert run("receipt_delivery", "receipt_hard_bounce") == []
    world.ledger.claim(any_dispatch(dispatch_id=DISPATCH), [], NOW)
    found = world.ledger.find(DISPATCH)
    assert found is not None
    assert len(found[1]) == 2


def test_what_says_nothing_about_delivery_is_counted_and_dropped(
    world: World, printed: Callable[[], Printed]
) -> None:
    foreign = recorded("receipt_delivery")
    event = json.loads(foreign["Message"])
    event["mail"]["tags"] = {}
    foreign["Message"] = json.dumps(event)
    assert run("receipt_open", foreign) == []
    assert world.publisher.events == []
    output = printed()
    assert (output.metrics["receipt_ignored"], output.metrics["receipt_unmatched"]) == (1, 1)


def test_an_unreadable_receipt_fails_alone(world: World, printed: Callable[[], Printed]) -> None:
    broken = {"Message": '{"eventType": "Bounce", "mail": {"destination": ["maria@x"]}}'}
    assert run(broken, "receipt_delivery") == ["m0"]
    assert len(world.publisher.of("MessageDelivered")) == 1
    printed().assert_no_personal_data()


def test_a_ledger_that_refuses_brings_the_whole_batch_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise TemporaryError

    monkeypatch.setattr(world.ledger, "append", refuse)
    with pytest.raises(TemporaryError):
        run("receipt_delivery")
    monkeypatch.undo()
    assert world.publisher.events == [], "nothing is told that was not kept"


# ── customers' answers ──────────────────────────────────────────────────────────────────────────


def answered(channel: Channel, text: str, number: int = 1) -> str:
    """Return what SNS hands over when a customer answers on a channel."""
    told: dict[str, Any]
    if channel is Channel.SMS:
        told = {
            "originationNumber": MARIA,
            "destinationNumber": "+5511940000001",
            "messageKeyword": "KEYWORD",
            "messageBody": text,
            "inboundMessageId": f"in-{number}",
        }
    else:
        message = {
            "from": MARIA.lstrip("+"),
            "id": f"wamid.in-{number}",
            "timestamp": str(int(NOW.timestamp())),
            "type": "text",
            "text": {"body": text},
        }
        metadata = {"display_phone_number": "551140000000", "phone_number_id": "1"}
        value = {"messaging_product": "whatsapp", "metadata": metadata, "messages": [message]}
        entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
        told = {
            "context": {"MetaWabaIds": [], "MetaPhoneNumberIds": []},
            "whatsAppWebhookEntry": json.dumps(entry),
            "message_timestamp": "2026-11-13T12:00:00.000Z",
            "messageId": f"aws-in-{number}",
        }
    envelope = {
        "Type": "Notification",
        "Timestamp": "2026-11-13T12:00:00.000Z",
        "Message": json.dumps(told),
    }
    return json.dumps(envelope)


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP])
@pytest.mark.parametrize(("text", "intent"), [("PARAR", "stop"), ("já paguei ontem", "paid")])
def test_an_answer_is_followed_once_and_its_words_stand_nowhere(
    world: World, printed: Callable[[], Printed], channel: Channel, text: str, intent: str
) -> None:
    dispatch = any_dispatch(dispatch_id=DispatchId("e" * 32), channel=channel)
    REPLIES.remember(dispatch, MARIA, NOW)
    body = answered(channel, text)
    assert run(body, body) == []
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert (channel in account.opt_outs) is (intent == "stop")
    assert bool(account.holds) is (intent == "paid")
    told = world.publisher.of("MessageReplied")
    assert {e.data["intent"] for e in told} == {intent}
    assert len(WRITTEN_BACK) == (1 if channel is Channel.WHATSAPP else 0)
    output = printed()
    assert output.metrics[f"reply_{intent}"] == 2
    output.assert_no_personal_data(text, MARIA, MARIA.lstrip("+"))
    assert text not in json.dumps([dict(e.data) for e in world.publisher.events])


@pytest.mark.parametrize(
    "error",
    [
        ProviderThrottled("ThrottlingException", retry_after_seconds=60),
        RecipientRejected("ValidationException"),
        ClientError({"Error": {"Code": "InternalServiceException", "Message": ""}}, "Send"),
        ReadTimeoutError(endpoint_url="https://example.com"),
    ],
)
def test_what_was_done_stands_where_it_cannot_be_confirmed(
    world: World,
    printed: Callable[[], Printed],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    wired = replace(handler.wire(), whatsapp=lambda: _writes_back(error))
    monkeypatch.setattr(handler, "wire", lambda: wired)
    REPLIES.remember(any_dispatch(channel=Channel.WHATSAPP), MARIA, NOW)
    assert run(answered(Channel.WHATSAPP, "PARAR")) == []
    assert Channel.WHATSAPP in world.portfolio.load_account(CREDITOR, CUSTOMER).opt_outs
    output = printed()
    assert (output.metrics["reply_unanswered"], output.metrics["reply_stop"]) == (1, 1)
    output.assert_no_personal_data(MARIA, MARIA.lstrip("+"))


def test_a_creditor_that_is_gone_leaves_the_answer_to_a_person(
    world: World, printed: Callable[[], Printed]
) -> None:
    REPLIES.remember(any_dispatch(channel=Channel.SMS), MARIA, NOW)
    world.directory.creditors.clear()
    assert run(answered(Channel.SMS, "PARAR")) == []
    output = printed()
    assert output.metrics["reply_needs_person"] == 1
    assert "reply_unknown" not in output.metrics
    output.assert_no_personal_data(MARIA, MARIA.lstrip("+"))


def test_an_answer_from_a_number_that_nobody_was_written_to_changes_nothing(
    world: World, printed: Callable[[], Printed]
) -> None:
    before = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert run(answered(Channel.SMS, "PARAR").replace(MARIA, "+5521999990000")) == []
    assert world.portfolio.load_account(CREDITOR, CUSTOMER) == before
    assert world.publisher.of("MessageReplied") == []
    assert printed().metrics["reply_unknown"] == 1


def test_a_number_that_its_customer_gave_up_is_left_on_whatsapp_alone(world: World) -> None:
    REPLIES.remember(any_dispatch(channel=Channel.WHATSAPP), MARIA, NOW)
    body = json.loads(answered(Channel.WHATSAPP, "x"))
    told = json.loads(body["Message"])
    entry = json.loads(told["whatsAppWebhookEntry"])
    message = entry["changes"][0]["value"]["messages"][0]
    message |= {
        "type": "system",
        "system": {"type": "user_changed_number", "wa_id": "5511900000000"},
    }
    told["whatsAppWebhookEntry"] = json.dumps(entry)
    assert run(json.dumps({**body, "Message": json.dumps(told)})) == []
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.is_suppressed(MARIA, Channel.WHATSAPP)
    assert not account.is_suppressed(MARIA, Channel.SMS)
