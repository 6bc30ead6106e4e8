"""From the e-mail queue to the provider: who goes back, who does not, and what is printed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.send_email import handler
from regua.adapters.email_composer import EmailComposer
from regua.adapters.memory import FixedClock, FixedLinks, MemorySender
from regua.adapters.memory_evidence import memory_facts
from regua.application.buffers import BatchBuffer
from regua.application.outgoing import contact_due
from regua.application.ports import Accepted, OutgoingMessage
from regua.application.send_contact import SendContact
from regua.domain.decision import decide
from regua.domain.dispatch import Dispatch, DispatchState
from regua.domain.errors import ProviderThrottled, PublishFailed, RecipientRejected
from regua.domain.ids import CustomerId
from regua.domain.ruler import Channel
from regua.runtime.sending import ChannelWorker
from regua.runtime.settings import SendEmailSettings
from tests.builders import CREDITOR, DUE, any_customer, any_invoice, nine_o_clock
from tests.integration.conftest import Visibility, World
from tests.integration.lambdas import Context, Printed, failures, recorded, sqs_event

NOW = nine_o_clock(DUE + timedelta(days=3))


class Provider(MemorySender):
    """Takes everything, except what a test tells it about a recipient."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: dict[str, Exception] = {}

    def send(self, email: OutgoingMessage) -> Accepted:
        refusal = self.refusals.get(email.recipient.partition("@")[0])
        if refusal is not None:
            raise refusal
        return super().send(email)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture(autouse=True)
def _wired(
    world: World, provider: Provider, sqs: Visibility, monkeypatch: pytest.MonkeyPatch
) -> None:
    del sqs
    buffer = BatchBuffer(world.publisher)
    send = SendContact(
        portfolio=world.portfolio,
        directory=world.directory,
        ledger=world.ledger,
        publisher=buffer,
        compose=EmailComposer(),
        sender=provider,
        keeper=memory_facts(world.ledger),
        links=FixedLinks(),
        doubt=timedelta(minutes=15),
    )
    settings = SendEmailSettings(
        portfolio_table="p",
        messages_table="m",
        bus_name="b",
        shards=1,
        configuration_set="c",
        dkim_prefix="regua",
        tracking_base_url="https://t.example.com.br",
        tracking_secret_arn="arn",
        doubt_seconds=900,
        allow_as_of=False,
        evidence_bucket="e",
        evidence_key_arn="arn",
    )
    worker = ChannelWorker(Channel.EMAIL, send, buffer, settings, FixedClock(NOW))
    monkeypatch.setattr(handler, "wire", lambda: worker)


def planned(world: World, name: str = "maria") -> tuple[Dispatch, dict[str, Any]]:
    """Return a contact that was just decided, and the body its sender gets."""
    customer = any_customer(
        external_id=CustomerId(f"cli-{name}"), emails=(f"{name}@cliente.example.com.br",)
    )
    invoice = any_invoice(f"fat-{name}", customer_id=customer.external_id)
    creditor = world.directory.get(CREDITOR)
    world.ingest.issue_invoice(creditor, invoice, customer, now=NOW)
    account = world.portfolio.load_account(CREDITOR, customer.external_id)
    dispatch = decide(account, creditor.rulers, NOW).to_publish
    assert dispatch is not None
    data = contact_due(dispatch, correlation_id="pedido-0", as_of=None).data
    body = recorded("contact_due")
    body["detail"]["data"] = data
    return dispatch, body


def run(*bodies: object) -> list[str]:
    return failures(handler.lambda_handler(sqs_event(*bodies), Context()))


def test_a_recorded_contact_becomes_one_email(
    world: World, provider: Provider, printed: Callable[[], Printed]
) -> None:
    world.issue(any_invoice())
    assert run(recorded("contact_due")) == []
    (email,) = provider.sent
    assert email.recipient == "maria@cliente.example.com.br"
    assert email.dispatch_id == "2acb18c19631805b2009131646e240c4"
    (sent,) = world.publisher.of("MessageSent")
    assert sent.data["invoices"] == ["fat-1"]
    output = printed()
    assert output.metrics["email_sent"] == 1
    assert output.metrics["records_handled"] == 1
    assert output.metrics["records_failed"] == 0
    (line,) = [log for log in output.logs if log.get("outcome") == "sent"]
    assert line["correlation_id"] == "pedido-0"
    assert line["dispatch_id"] == email.dispatch_id
    output.assert_no_personal_data("fat-1", "149")


@pytest.mark.parametrize(("tries", "at_least"), [(1, 60), (2, 120), (4, 480), (5, 960), (9, 960)])
def test_a_provider_that_is_busy_is_asked_less_often_each_time_and_not_by_all_at_once(
    world: World, provider: Provider, sqs: Visibility, tries: int, at_least: int
) -> None:
    names = [f"lenta-{n}" for n in range(8)]
    busy = ProviderThrottled("Throttling", retry_after_seconds=60)
    provider.refusals.update(dict.fromkeys(names, busy))
    event = sqs_event(*(planned(world, name)[1] for name in names))
    for record in event["Records"]:
        record["attributes"]["ApproximateReceiveCount"] = str(tries)
    handler.lambda_handler(event, Context())
    waits = set(sqs.hidden.values())
    assert all(at_least <= wait <= at_least * 3 // 2 for wait in waits)
    assert len(waits) > 4


def test_only_the_throttled_record_is_returned_to_the_queue(
    world: World, provider: Provider, sqs: Visibility, printed: Callable[[], Printed]
) -> None:
    provider.refusals["lenta"] = ProviderThrottled("Throttling", retry_after_seconds=60)
    provider.refusals["recusada"] = RecipientRejected("MessageRejected")
    (_, ok), (slow, throttled), (refused, rejected) = (
        planned(world, name) for name in ("ana", "lenta", "recusada")
    )
    assert run(ok, throttled, rejected, ok) == ["m1"]
    assert [e.recipient.partition("@")[0] for e in provider.sent] == ["ana"]
    assert world.ledger.records[refused.dispatch_id].state is DispatchState.FAILED
    assert world.ledger.records[slow.dispatch_id].state is DispatchState.PLANNED
    assert list(sqs.hidden) == ["r1"]
    assert 60 <= sqs.hidden["r1"] <= 90
    output = printed()
    counted = {name: output.metrics[name] for name in output.metrics if name.startswith("email_")}
    assert counted == {"email_sent": 1, "email_failed": 1, "email_duplicate": 1}
    assert (output.metrics["records_handled"], output.metrics["records_failed"]) == (3, 1)
    output.assert_no_personal_data("lenta@", "recusada@", "ana@")


def test_a_throttled_record_is_sent_once_it_comes_back(world: World, provider: Provider) -> None:
    provider.refusals["maria"] = ProviderThrottled("Throttling")
    _, body = planned(world)
    assert run(body) == ["m0"]
    provider.refusals.clear()
    assert run(body) == []
    assert len(provider.sent) == 1


def test_a_crash_after_the_claim_is_a_doubt_that_nothing_resends_before_its_time(
    world: World, provider: Provider, sqs: Visibility, printed: Callable[[], Printed]
) -> None:
    provider.refusals["maria"] = RuntimeError("the connection broke")
    _, body = planned(world)
    assert run(body) == ["m0"]
    provider.refusals.clear()
    assert run(body) == ["m0"]
    assert run(body) == ["m0"]
    assert provider.sent == []
    assert sqs.hidden == {"r0": 900}, "and it comes back when the doubt is old enough"
    output = printed()
    levels = [log["level"] for log in output.logs if log["message"] == "record failed"]
    assert levels == ["ERROR", "WARNING", "WARNING"], "only the defect shows its traceback"


def test_a_hint_that_cannot_be_followed_costs_nothing(
    world: World, provider: Provider, sqs: Visibility
) -> None:
    sqs.refuses = True
    provider.refusals["maria"] = ProviderThrottled("Throttling", retry_after_seconds=60)
    _, body = planned(world)
    assert run(body) == ["m0"]


@pytest.mark.parametrize(
    "body",
    [
        "não é JSON",
        "[]",
        "{}",
        {"detail": {"data": {"dispatch_id": "maria@cliente.example.com.br"}}},
        {"detail": {"data": {**recorded("contact_due")["detail"]["data"], "futuro": 1}}},
    ],
)
def test_an_unreadable_record_fails_alone_and_says_nothing_of_its_content(
    world: World, provider: Provider, printed: Callable[[], Printed], body: object
) -> None:
    _, good = planned(world, "ana")
    assert run(body, good) == ["m0"]
    assert len(provider.sent) == 1
    output = printed()
    (line,) = [log for log in output.logs if log["message"] == "record failed"]
    assert line["message_id"] == "m0"
    output.assert_no_personal_data()


def test_keys_of_one_record_do_not_stick_to_the_next(
    world: World, printed: Callable[[], Printed]
) -> None:
    dispatch, good = planned(world, "ana")
    run(good, "não é JSON")
    (failed,) = [log for log in printed().logs if log["message"] == "record failed"]
    assert failed["message_id"] == "m1"
    assert dispatch.dispatch_id not in str(failed)


def test_events_that_could_not_be_told_bring_the_whole_batch_back_and_are_told_then(
    world: World, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, body = planned(world)
    publish = world.publisher.publish

    def refuse(_: object) -> None:
        raise PublishFailed

    monkeypatch.setattr(world.publisher, "publish", refuse)
    with pytest.raises(PublishFailed):
        run(body)
    monkeypatch.setattr(world.publisher, "publish", publish)
    assert run(body) == []
    assert len(provider.sent) == 1, "nobody is written to twice for it"
    assert len(world.publisher.of("MessageSent")) == 1


def test_time_travels_only_where_the_stage_allows_it(world: World, provider: Provider) -> None:
    """An ``as_of`` in a message is ignored in production: the clock decides."""
    _, body = planned(world)
    body["detail"]["data"]["as_of"] = "2026-11-15T12:00:00.000Z"  # a Sunday: would be deferred
    assert run(body) == []
    assert len(provider.sent) == 1


def test_where_time_travels_the_messages_own_instant_decides(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = handler.wire()
    settings = worker.settings.model_copy(update={"allow_as_of": True})
    travelling = replace(worker, settings=settings)
    monkeypatch.setattr(handler, "wire", lambda: travelling)
    dispatch, body = planned(world)
    body["detail"]["data"]["as_of"] = "2026-11-15T12:00:00.000Z"
    assert run(body) == []
    record = world.ledger.records[dispatch.dispatch_id]
    assert record.state is DispatchState.DEFERRED
    assert record.until == datetime(2026, 11, 16, 11, tzinfo=UTC)
