"""The life of an account: really decided over days, with what happens to it in between."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from regua.application.explain import explain_customer, explain_invoice
from regua.application.explanation import CustomerExplanation, Explanation
from regua.domain.account import Account
from regua.domain.circumstances import USUAL, Circumstances
from regua.domain.contact_policy import Contact
from regua.domain.contact_results import EFFECTS, ResultCode
from regua.domain.decision import decide
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Dispatch, DispatchRecord, DispatchState, Ending
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.money import ZERO, Money
from regua.domain.notes import Note, NoteKind
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel
from regua.domain.rulers import Rulers
from regua.domain.schedule import scheduled
from regua.domain.second_look import reopened
from tests.builders import DUE, any_payment, nine_o_clock

Carrier = Callable[[Dispatch], Sequence[EventKind]]
FIRST = InvoiceId("fat-1")
_ENDS = {
    HoldKind.HELD: NoteKind.HOLD_ENDED,
    HoldKind.DISPUTED: NoteKind.HOLD_ENDED,
    HoldKind.PAYMENT_IN_TRANSIT: NoteKind.HOLD_ENDED,
    HoldKind.PROMISED: NoteKind.PROMISE_KEPT,
}


def on(days: int) -> datetime:
    """Return nine o'clock, so many days after the due date."""
    return nine_o_clock(DUE + timedelta(days=days))


def delivers(_: Dispatch) -> Sequence[EventKind]:
    """Deliver every message, and let nobody open it."""
    return (EventKind.DELIVERED,)


@dataclass
class Life:
    """An account that lives from ``now`` on; every contact is sent at once."""

    account: Account
    rulers: Rulers
    now: datetime
    given: Circumstances = USUAL
    carrier: Carrier = delivers
    records: list[DispatchRecord] = field(default_factory=list)
    facts: dict[DispatchId, list[MessageEvent]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    closed: dict[InvoiceId, Invoice] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.account = scheduled(self.account, self.rulers, self.now, self.given)

    def to(self, end: datetime) -> "Life":
        """Live on to an instant: whatever comes up by then is decided."""
        while (at := self.account.next_evaluation_at) is not None and at <= end:
            self.now = max(at, self.now)
            decision = decide(self.account, self.rulers, self.now, self.given)
            self.account = decision.account
            self.notes += decision.notes
            if decision.dispatch is not None:
                self._carry(decision.dispatch)
        self.now = end
        return self

    def _carry(self, dispatch: Dispatch) -> None:
        ending = dispatch.ending or Ending(DispatchState.SENT)
        sent_at = self.now if dispatch.ending is None else None
        record = DispatchRecord(
            replace(dispatch, ending=None),
            ending.state,
            ending.reason,
            ending.until,
            sent_at,
            sent_at,
            rule=ending.rule,
        )
        if dispatch.ending is None:
            record = self._delivered(record)
        self.records.append(record)

    def _delivered(self, record: DispatchRecord) -> DispatchRecord:
        heard = []
        for n, kind in enumerate(self.carrier(record.dispatch)):
            at = self.now + timedelta(minutes=n + 1)
            facts = {"label": "person"}
            heard.append(MessageEvent(record.dispatch.dispatch_id, kind, at, f"e{n}", facts))
            if kind is EventKind.HARD_BOUNCED:
                record = replace(record, state=DispatchState.FAILED, reason=Reason.HARD_BOUNCE)
                self.account = self.account.with_failed_attempt(record.dispatch.dispatch_id, at)
        self.facts[record.dispatch.dispatch_id] = heard
        return record

    # ── what happens to it ─────────────────────────────────────────────────────────────────────

    def _follow(self, account: Account) -> "Life":
        self.account = scheduled(account, self.rulers, self.now, self.given)
        return self

    def find(self, invoice_id: str = FIRST) -> Invoice:
        """Return an invoice, open or not."""
        found = self.account.invoices.get(InvoiceId(invoice_id))
        return found or self.closed[InvoiceId(invoice_id)]

    def change(self, invoice: Invoice) -> "Life":
        """Put an invoice in a new state."""
        if not invoice.is_open:
            self.closed[invoice.external_id] = invoice
        return self._follow(self.account.with_invoice(invoice))

    def pay(self, centavos: int = 14990, payment_id: str = "pag-1") -> "Life":
        """Receive money for the first invoice now."""
        payment = any_payment(payment_id, amount=Money(centavos), paid_at=self.now)
        return self.change(self.find().with_payment(payment))

    def cancel(self) -> "Life":
        """Withdraw the first invoice now."""
        return self.change(self.find().cancelled(self.now, "erro"))

    def hold(
        self,
        kind: HoldKind,
        until: datetime | None = None,
        invoice_id: InvoiceId | None = FIRST,
        promised: Money = ZERO,
    ) -> "Life":
        """Let contact rest, as the use cases write it down."""
        hold = Hold("h-1", kind, self.now, until, "Maria ligou", "cobrador", invoice_id, promised)
        facts = {"hold_id": "h-1", "kind": kind.value, "by": "cobrador", "reason": "Maria ligou"}
        if until is not None:
            facts["until"] = until.isoformat()
        if promised:
            facts |= {"promised_on": str(DUE), "promised_centavos": str(promised.centavos)}
        self.notes.append(Note(self.now, NoteKind.HOLD_PLACED, invoice_id, facts))
        return self._follow(self.account.with_hold(hold))

    def release(self) -> "Life":
        """End every hold now."""
        for hold in self.account.holds:
            facts = {"hold_id": hold.hold_id, "kind": hold.kind.value}
            self.notes.append(Note(self.now, _ENDS[hold.kind], hold.invoice_id, facts))
        return self._follow(self.account.without_holds(self.account.holds))

    def opt_out(self, channel: Channel = Channel.EMAIL) -> "Life":
        """Stop a channel now."""
        return self._follow(self.account.opted_out(channel, self.now))

    def report(self, code: ResultCode) -> "Life":
        """Note what came of a call made now; what counts as a contact counts for the caps."""
        facts = {"code": code.value, "channel": Channel.VOICE.value, "by": "cobrador"}
        self.notes.append(Note(self.now, NoteKind.CONTACT_RESULT, FIRST, facts))
        if not EFFECTS[code].is_contact:
            return self
        name = DispatchId(f"ligacao-{len(self.notes)}")
        return self._follow(self.account.with_contact(Contact(self.now, Channel.VOICE, name)))

    def publish(self, rulers: Rulers) -> "Life":
        """Follow other rulers, or other versions, from now on."""
        self.rulers = rulers
        return self._follow(self.account)

    def throttle(self, until: datetime) -> "Life":
        """Let the sender put the latest contact off, as a provider asks it to."""
        last = self.records[-1]
        reason = Reason.PROVIDER_THROTTLED
        self.records[-1] = DispatchRecord(last.dispatch, DispatchState.DEFERRED, reason, until)
        self.facts[last.dispatch.dispatch_id] = []
        self.account = reopened(self.account, self.rulers, last.dispatch, until)
        return self

    # ── what is told about it ──────────────────────────────────────────────────────────────────

    def explain(self, at: datetime | None = None, invoice_id: str = FIRST) -> Explanation:
        """Explain an invoice at an instant, from what is known now."""
        return explain_invoice(
            self.find(invoice_id),
            self.account,
            self.rulers,
            records=self.records,
            facts=self.facts,
            notes=self.notes,
            at=at or self.now,
            now=self.now,
            given=self.given,
            closed=list(self.closed.values()),
        )

    def explain_customer(self, at: datetime | None = None) -> CustomerExplanation:
        """Explain the customer at an instant."""
        return explain_customer(
            self.account,
            self.rulers,
            records=self.records,
            facts=self.facts,
            notes=self.notes,
            at=at or self.now,
            now=self.now,
            given=self.given,
            closed=list(self.closed.values()),
        )


def day(days: int) -> date:
    """Return a day so many days after the due date."""
    return DUE + timedelta(days=days)
