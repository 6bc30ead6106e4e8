"""Look again, claim, send, record: how every contact ends, and why."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from regua.adapters.email_composer import EmailComposer
from regua.adapters.memory import (
    FixedLinks,
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
    MemorySender,
)
from regua.adapters.memory_evidence import memory_facts
from regua.application.message_content import MessageContent, RenderedEmail
from regua.application.messages import ContactDue
from regua.application.ports import Accepted, Change, OutgoingMessage
from regua.application.send_contact import Outcome, SendContact
from regua.domain.account import Account
from regua.domain.contact_policy import Contact
from regua.domain.decision import decide
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import DispatchRecord, DispatchState
from regua.domain.errors import (
    DispatchInDoubt,
    NotFound,
    ProviderThrottled,
    RecipientRejected,
    TemplateError,
    VersionConflict,
)
from regua.domain.exact import Kept
from regua.domain.ids import CreditorId, DispatchId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.money import Money
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel
from regua.domain.schedule import scheduled
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    any_account,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)

NOW = nine_o_clock(DUE + timedelta(days=3))
DOUBT = timedelta(minutes=15)


class Provider(MemorySender):
    """Takes everything, or answers as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Exception] = []

    def send(self, email: OutgoingMessage) -> Accepted:
        if self.answers:
            raise self.answers.pop(0)
        return super().send(email)


class Renderer:
    """Keeps what it was asked to say."""

    def __init__(self) -> None:
        self.contents: list[MessageContent] = []
        self.fails = False

    def render(
        self, content: MessageContent, texts: Mapping[str, str] | None = None
    ) -> RenderedEmail:
        del texts
        if self.fails:
            raise TemplateError
        self.contents.append(content)
        return RenderedEmail("assunto", "<p>oi</p>", "oi")


def plain_mime(**parts: Any) -> bytes:  # noqa: ANN401 - the port's own
    if "\n" in parts["recipient"]:
        raise RecipientRejected
    return repr(sorted(parts.items(), key=lambda kv: kv[0])).encode()


class System:
    """A contact about two invoices, decided at nine."""

    def __init__(self, *invoices: Invoice, **changes: Any) -> None:  # noqa: ANN401 - any field
        self.ledger = MemoryLedger()
        self.facts = memory_facts(self.ledger)
        self.portfolio = MemoryPortfolio(self.ledger)
        self.publisher = MemoryPublisher()
        self.provider = Provider()
        self.renderer = Renderer()
        self.creditor = any_creditor()
        known = invoices or (any_invoice(), any_invoice("fat-2", amount=Money(1000)))
        account = any_account(*known, version=0, **changes)
        self.portfolio.commit(Change(account, known, {i.external_id: 0 for i in known}))
        decision = decide(self.account, self.creditor.rulers, NOW)
        assert decision.to_publish is not None
        self.dispatch = decision.to_publish
        self.portfolio.commit(Change(decision.account, planned=decision.dispatch))
        self.due = ContactDue.of(self.dispatch, correlation_id="c", as_of=None)

    @property
    def account(self) -> Account:
        return self.portfolio.load_account(CREDITOR, CUSTOMER)

    @property
    def record(self) -> DispatchRecord:
        return self.ledger.records[self.dispatch.dispatch_id]

    @property
    def told(self) -> list[str]:
        return [e.detail_type for e in self.publisher.events]

    def change(self, **changes: Any) -> None:  # noqa: ANN401 - any field
        self.portfolio.commit(Change(replace(self.account, **changes)))

    def write(self, *invoices: Invoice) -> None:
        account = self.account
        for invoice in invoices:
            account = account.with_invoice(invoice)
        self.portfolio.commit(Change(account, invoices))

    def send(self, now: datetime = NOW, clock: datetime | None = None) -> Outcome:
        use_case = SendContact(
            portfolio=self.portfolio,
            directory=MemoryDirectory(self.creditor),
            ledger=self.ledger,
            publisher=self.publisher,
            compose=EmailComposer(self.renderer, plain_mime),
            sender=self.provider,
            keeper=self.facts,
            links=FixedLinks(),
            doubt=DOUBT,
        )
        return use_case(self.due, now=now, clock_now=clock or now)


@pytest.fixture
def system() -> System:
    return System()


# ── sent ────────────────────────────────────────────────────────────────────────────────────────


def test_one_message_about_every_invoice_and_the_result_is_recorded(system: System) -> None:
    assert system.send() is Outcome.SENT
    (email,) = system.provider.sent
    assert email.recipient == "maria@cliente.example.com.br"
    assert (system.record.state, system.record.sent_at) == (DispatchState.SENT, NOW)
    assert system.record.provider_message_id == "memory-000001"
    assert system.told == ["MessageSent"]
    assert system.ledger.links[system.dispatch.dispatch_id] == ("fat-1", "fat-2")


def test_the_message_says_what_each_invoice_has_become_today(system: System) -> None:
    system.write(system.account.invoices[InvoiceId("fat-1")].with_payment(_part(5000)))
    system.send()
    (content,) = system.renderer.contents
    first, second = content.lines
    assert (first.original_centavos, first.paid_centavos, first.days_late) == (14990, 5000, 3)
    # The fine on all of it; two days of interest on 149.90, one on the 103.00 then left.
    assert (first.late_fine_centavos, first.late_interest_centavos) == (300, 13)
    assert first.total_centavos == 9990 + 300 + 13
    assert second.total_centavos == 1000 + 20 + 1
    assert content.on == DUE + timedelta(days=3)
    assert (content.template, content.phase, content.tone) == ("vencida", "SOFT", "neutral")


def test_money_dated_after_today_is_not_called_paid_yet(system: System) -> None:
    later = any_payment("parte", amount=Money(5000), paid_at=NOW + timedelta(days=9))
    system.write(system.account.invoices[InvoiceId("fat-1")].with_payment(later))
    system.send()
    line = system.renderer.contents[0].lines[0]
    assert (line.paid_centavos, line.total_centavos) == (0, 14990 + 300 + 15)


def _part(centavos: int) -> Any:  # noqa: ANN401 - a payment
    return any_payment("parte", amount=Money(centavos))


def test_links_are_numbered_as_the_ledger_lists_them() -> None:
    """A click says which link by its number, so both must agree, however an invoice is paid."""
    late = any_invoice("b", due_date=DUE, number="B", payment=any_invoice().payment)
    early = replace(any_invoice("a", number="A"), payment=type(late.payment)())
    system = System(late, early)
    system.send()
    (content,) = system.renderer.contents
    assert [line.number for line in content.lines] == ["A", "B"]
    links = system.ledger.links[system.dispatch.dispatch_id]
    assert links == ("a", "b")
    assert [str(line.pay_url).rpartition("-")[2] for line in content.lines] == ["0", "1"]


def test_a_customer_nobody_described_is_never_written_to() -> None:
    system = System()
    system.change(customer=None)
    assert system.send() is Outcome.SUPPRESSED
    assert system.record.reason is Reason.NO_ADDRESS


# ── what changed between decision and send ──────────────────────────────────────────────────────


def test_an_invoice_that_was_paid_meanwhile_is_not_mentioned(system: System) -> None:
    system.write(system.account.invoices[InvoiceId("fat-1")].with_payment(any_payment()))
    assert system.send() is Outcome.SENT
    (content,) = system.renderer.contents
    assert [line.number for line in content.lines] == ["FAT-2"]


@pytest.mark.parametrize(
    ("change", "reason", "why"),
    [
        (lambda i: i.with_payment(any_payment(i.external_id)), Reason.SETTLED, "paid"),
        (lambda i: i.cancelled(NOW, "erro"), Reason.CANCELLED, "cancelled"),
        (
            lambda i: i.updated(
                replace(i, issued_at=NOW, due_date=i.due_date + timedelta(days=20))
            ),
            Reason.SUPERSEDED,
            "a later due date",
        ),
        (
            lambda i: replace(
                i, due_date=i.due_date.replace(year=2020), issue_date=i.due_date.replace(year=2020)
            ),
            Reason.PRESCRIBED,
            "no debt any more",
        ),
    ],
)
def test_when_nothing_is_left_to_say_the_reason_is_recorded(
    system: System,
    change: Callable[[Invoice], Invoice],
    reason: Reason,
    why: str,
) -> None:
    system.write(*(change(i) for i in system.account.invoices.values()))
    assert system.send() is Outcome.SUPPRESSED
    assert (system.record.state, system.record.reason) == (DispatchState.SUPPRESSED, reason), why
    assert system.provider.sent == []
    assert system.told == ["ContactSuppressed"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"opt_outs": {Channel.EMAIL: NOW}}, Reason.OPTED_OUT),
        ({"customer": any_customer(emails=())}, Reason.NO_ADDRESS),
        (
            {"suppressed_addresses": frozenset({"maria@cliente.example.com.br"})},
            Reason.ADDRESS_SUPPRESSED,
        ),
    ],
)
def test_who_may_not_be_reached_any_more_is_not(
    system: System, changes: dict[str, Any], reason: Reason
) -> None:
    system.change(**changes)
    assert system.send() is Outcome.SUPPRESSED
    assert system.record.reason is reason
    assert system.provider.sent == []


def test_a_creditor_paused_meanwhile_writes_to_nobody(system: System) -> None:
    system.creditor = any_creditor(paused=True)
    assert system.send() is Outcome.SUPPRESSED
    assert system.record.reason is Reason.CREDITOR_PAUSED


def test_its_own_place_in_the_caps_does_not_stop_a_contact(system: System) -> None:
    assert [c.dispatch_id for c in system.account.contacts] == [system.dispatch.dispatch_id]
    assert system.send() is Outcome.SENT


def test_a_closed_window_puts_the_steps_back_for_later(system: System) -> None:
    evening = NOW + timedelta(hours=12)
    assert system.send(evening) is Outcome.DEFERRED
    assert (system.record.state, system.record.reason) == (
        DispatchState.DEFERRED,
        Reason.OUTSIDE_WINDOW,
    )
    assert system.account.next_evaluation_at == system.record.until
    assert system.account.contacts == ()
    assert system.told == ["ContactDeferred"]
    assert system.record.until is not None
    again = decide(system.account, system.creditor.rulers, system.record.until).to_publish
    assert again is not None
    assert {i.external_id for i in again.invoices} == {"fat-1", "fat-2"}
    assert again.dispatch_id != system.dispatch.dispatch_id


def test_another_contact_of_today_defers_this_one(system: System) -> None:
    other = Contact(NOW, Channel.EMAIL, DispatchId("f" * 32))
    system.change(contacts=(*system.account.contacts, other))
    assert system.send() is Outcome.DEFERRED
    assert system.record.reason is Reason.DAILY_CAP


def test_a_deferral_that_lost_its_race_is_tried_again_from_the_queue(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: object) -> None:
        raise VersionConflict

    monkeypatch.setattr(system.portfolio, "commit", busy)
    with pytest.raises(VersionConflict):
        system.send(NOW + timedelta(hours=12))
    assert system.record.state is DispatchState.PLANNED
    assert system.told == []


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


def test_a_final_refusal_is_the_end(system: System) -> None:
    system.provider.answers = [RecipientRejected("MessageRejected")]
    assert system.send() is Outcome.FAILED
    assert (system.record.state, system.record.reason) == (
        DispatchState.FAILED,
        Reason.REJECTED_BY_PROVIDER,
    )
    assert system.told == ["MessageFailed"]
    assert system.send() is Outcome.DUPLICATE


def test_throttling_gives_the_claim_back(system: System) -> None:
    system.provider.answers = [ProviderThrottled("Throttling", retry_after_seconds=60)]
    with pytest.raises(ProviderThrottled):
        system.send()
    assert system.record.state is DispatchState.PLANNED
    assert system.send() is Outcome.SENT


def test_a_provider_that_is_shut_defers_the_contact_instead_of_filling_dead_letters(
    system: System,
) -> None:
    system.provider.answers = [ProviderThrottled("SendingPaused", retry_after_seconds=3600)]
    assert system.send() is Outcome.SHUT
    assert (system.record.state, system.record.reason) == (
        DispatchState.DEFERRED,
        Reason.PROVIDER_THROTTLED,
    )
    assert system.account.next_evaluation_at == NOW + timedelta(hours=1)
    assert system.account.contacts == ()
    assert system.told == ["ContactDeferred"]


def test_a_contact_that_ends_unsent_leaves_the_caps(system: System) -> None:
    system.change(opt_outs={Channel.EMAIL: NOW})
    assert system.account.contacts
    assert system.send() is Outcome.SUPPRESSED
    assert system.account.contacts == ()


def test_an_older_copy_with_another_plan_is_dropped(system: System) -> None:
    stale = replace(system.dispatch, invoices=system.dispatch.invoices[:1])
    system.due = ContactDue.of(stale, correlation_id="c", as_of=None)
    assert system.send() is Outcome.DUPLICATE
    assert system.record.state is DispatchState.PLANNED
    assert system.provider.sent == []
    assert system.told == []


def test_a_template_that_cannot_be_rendered_fails_before_any_claim(system: System) -> None:
    system.renderer.fails = True
    assert system.send() is Outcome.FAILED
    assert system.record.reason is Reason.TEMPLATE_ERROR
    assert system.record.claimed_at is None


def test_an_address_that_no_header_can_hold_fails_before_any_claim(system: System) -> None:
    system.change(customer=any_customer(emails=("a@x.com\nBcc: b@x.com",)))
    assert system.send() is Outcome.FAILED
    assert system.record.reason is Reason.REJECTED_BY_PROVIDER
    assert system.provider.sent == []


def test_an_unknown_creditor_is_an_error_and_not_a_silent_drop(system: System) -> None:
    system.due = system.due.model_copy(update={"creditor_id": CreditorId("sumiu")})
    with pytest.raises(NotFound):
        system.send()


# ── copies and doubts ───────────────────────────────────────────────────────────────────────────


def crash_while_sending(system: System) -> None:
    system.provider.answers = [RuntimeError("connection lost")]
    with pytest.raises(RuntimeError):
        system.send()


def receipt(system: System, kind: EventKind = EventKind.DELIVERED) -> MessageEvent:
    facts = {"provider_message_id": "ses-9"}
    return MessageEvent(system.dispatch.dispatch_id, kind, NOW + timedelta(seconds=2), "e1", facts)


def test_a_second_copy_sends_nothing_and_tells_the_end_again(system: System) -> None:
    """The first one may have died before it told anybody."""
    system.send()
    assert system.send(NOW + timedelta(hours=1)) is Outcome.DUPLICATE
    assert len(system.provider.sent) == 1
    first, second = system.publisher.events
    assert (first.data, first.occurred_at) == (second.data, second.occurred_at)


def test_a_doubt_waits_for_exactly_what_is_left_of_it(system: System) -> None:
    crash_while_sending(system)
    with pytest.raises(DispatchInDoubt) as caught:
        system.send(NOW + timedelta(minutes=5))
    assert caught.value.retry_after_seconds == 600
    assert system.provider.sent == []


def test_a_receipt_settles_the_doubt_without_another_send(system: System) -> None:
    crash_while_sending(system)
    system.ledger.append([receipt(system)])
    assert system.send(NOW + timedelta(minutes=1)) is Outcome.SETTLED_BY_RECEIPT
    assert (system.record.state, system.record.provider_message_id) == (DispatchState.SENT, "ses-9")
    assert system.record.sent_at == NOW + timedelta(seconds=2)
    assert system.provider.sent == []


def test_an_open_is_no_receipt_of_the_provider(system: System) -> None:
    crash_while_sending(system)
    system.ledger.append([receipt(system, EventKind.OPENED)])
    with pytest.raises(DispatchInDoubt):
        system.send(NOW + timedelta(minutes=1))


def test_an_old_doubt_is_resent_once_and_counted(system: System) -> None:
    crash_while_sending(system)
    assert system.send(NOW + DOUBT) is Outcome.RESENT_IN_DOUBT
    assert system.record.resent_in_doubt
    assert system.record.state is DispatchState.SENT
    assert len(system.provider.sent) == 1


def test_a_resend_in_doubt_is_not_repeated_again(system: System) -> None:
    crash_while_sending(system)
    system.provider.answers = [RuntimeError("connection lost again")]
    with pytest.raises(RuntimeError):
        system.send(NOW + DOUBT)
    with pytest.raises(DispatchInDoubt):
        system.send(NOW + DOUBT + timedelta(minutes=1))
    assert system.send(NOW + 2 * DOUBT) is Outcome.FAILED
    assert system.record.reason is Reason.UNDELIVERABLE
    assert system.provider.sent == []


def test_a_doubt_whose_invoice_was_paid_ends_without_another_send(system: System) -> None:
    crash_while_sending(system)
    system.write(
        *(i.with_payment(any_payment(i.external_id)) for i in system.account.invoices.values())
    )
    with pytest.raises(DispatchInDoubt):
        system.send(NOW + timedelta(minutes=1))
    assert system.send(NOW + DOUBT) is Outcome.SUPPRESSED
    assert system.record.reason is Reason.SETTLED
    assert system.provider.sent == []


def test_a_doubt_before_days_of_closure_is_planned_anew_and_counted(system: System) -> None:
    system.provider.answers = [TimeoutError()]
    with pytest.raises(TimeoutError):
        system.send()
    saturday = NOW + timedelta(days=(5 - NOW.weekday()) % 7, hours=7)
    assert system.send(saturday) is Outcome.DEFERRED
    assert system.record.state is DispatchState.DEFERRED
    assert system.record.resent_in_doubt
    assert system.account.next_evaluation_at == system.record.until


def test_a_doubt_at_closing_time_waits_for_the_window(system: System) -> None:
    crash_while_sending(system)
    evening = NOW + timedelta(hours=12)
    with pytest.raises(DispatchInDoubt) as caught:
        system.send(evening)
    assert caught.value.retry_after_seconds == 11 * 3600, "until eight in the morning"
    assert system.record.state is DispatchState.CLAIMED


def test_of_two_senders_of_an_old_doubt_one_sends(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash_while_sending(system)
    take_over = system.ledger.take_over

    def beaten(record: DispatchRecord, at: datetime, content: Kept | None) -> bool:
        take_over(record, at, content)
        return False

    monkeypatch.setattr(system.ledger, "take_over", beaten)
    with pytest.raises(DispatchInDoubt):
        system.send(NOW + DOUBT)
    assert system.provider.sent == []


def test_throttling_a_resend_leaves_the_doubt_open(system: System) -> None:
    crash_while_sending(system)
    system.provider.answers = [ProviderThrottled("Throttling")]
    with pytest.raises(ProviderThrottled):
        system.send(NOW + DOUBT)
    assert not system.record.resent_in_doubt
    assert system.send(NOW + DOUBT + timedelta(minutes=1)) is Outcome.RESENT_IN_DOUBT


def test_a_sender_that_is_faster_than_the_evaluator_sends_what_was_published() -> None:
    """The plan is not recorded yet, nor has the account advanced."""
    system = System()
    system.ledger.records.clear()
    account = scheduled(
        any_account(any_invoice(), any_invoice("fat-2")), system.creditor.rulers, NOW
    )
    system.portfolio.accounts[CREDITOR, CUSTOMER] = account
    assert system.send() is Outcome.SENT
    assert system.record.state is DispatchState.SENT


# ── what may have gone out stays provable ───────────────────────────────────────────────────────


def dies_after_the_send(system: System, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the process end between the provider's yes and our record; return the bytes' hash."""

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(system.ledger, "mark_sent", dies)
        with pytest.raises(KeyboardInterrupt):
            system.send()
    return sha256(system.provider.sent[-1].raw).hexdigest()


def bytes_on_record(system: System) -> set[str]:
    return {
        link.entry.raw.sha256
        for link in system.ledger.chain(system.dispatch.dispatch_id)
        if link.entry.kind is EventKind.COMPOSED and link.entry.raw is not None
    }


def test_a_doubt_that_is_given_up_leaves_its_bytes_in_the_chain(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_over = dies_after_the_send(system, monkeypatch)
    paid = [
        invoice.with_payment(any_payment(f"pag-{n}", amount=Money(99_999), paid_at=NOW))
        for n, invoice in enumerate(system.account.invoices.values())
    ]
    system.write(*paid)
    assert system.send(NOW + DOUBT) is Outcome.SUPPRESSED
    assert bytes_on_record(system) == {handed_over}


def test_a_resend_that_dies_before_its_call_does_not_replace_the_bytes_that_went_out(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_over = dies_after_the_send(system, monkeypatch)

    def dies(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(system.provider, "send", dies)
        with pytest.raises(KeyboardInterrupt):
            system.send(NOW + DOUBT)
    system.ledger.append([MessageEvent(system.dispatch.dispatch_id, EventKind.SENT, NOW, "ses-1")])
    assert system.send(NOW + 2 * DOUBT) is Outcome.SETTLED_BY_RECEIPT
    assert handed_over in bytes_on_record(system)


def test_a_refusal_is_on_record_although_the_process_dies_before_its_end_is(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    def refuses(_: object) -> None:
        raise RecipientRejected("MessageRejected")

    with monkeypatch.context() as patch:
        patch.setattr(system.provider, "send", refuses)
        patch.setattr(system.ledger, "end_claimed", dies)
        with pytest.raises(KeyboardInterrupt):
            system.send()
    assert system.send() is Outcome.FAILED
    assert (system.record.state, system.record.reason) == (
        DispatchState.FAILED,
        Reason.REJECTED_BY_PROVIDER,
    )
    kinds = [link.entry.kind for link in system.ledger.chain(system.dispatch.dispatch_id)]
    assert kinds == [EventKind.COMPOSED, EventKind.REJECTED]
    assert system.provider.sent == []
