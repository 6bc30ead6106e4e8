"""Domain values as JSON texts and back: what the DynamoDB adapters store.

Reading is lenient about fields that are missing (older items) and never about values.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from regua.application.wire import instant_text
from regua.domain.account import Account
from regua.domain.consent import Consent
from regua.domain.contact_policy import Contact
from regua.domain.customer import Customer, CustomerKind
from regua.domain.dispatch import Attempt, Dispatch, InvoiceStep, LeftOut, Purpose
from regua.domain.history import History, Outcome
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId, PaymentId
from regua.domain.invoice import (
    Invoice,
    Payment,
    PaymentMethod,
    PaymentOptions,
    PaymentReceipt,
    Place,
)
from regua.domain.late_charges import DiscountTier
from regua.domain.money import Money
from regua.domain.negotiation.agreement import (
    Agreement,
    AgreementStatus,
    CoveredDebt,
    Instalment,
)
from regua.domain.notes import Note, NoteKind
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Phase, Seen, Tone
from regua.domain.wishes import Wishes

Json = dict[str, Any]


def dumps(value: Mapping[str, Any]) -> str:
    """Write compact JSON without the fields that say nothing."""
    said = {k: v for k, v in value.items() if v not in (None, [], {}, "")}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def instant(text: str) -> datetime:
    """Read an instant of the wire form."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else instant(text)


def _text(value: datetime | None) -> str | None:
    return None if value is None else instant_text(value)


def account_document(account: Account) -> str:
    """Write an account's header: everything but its keys, version and schedule."""
    customer = account.customer
    rulers = Counter(i.place.ruler for i in account.invoices.values())
    usual = next((ref for ref, _ in rulers.most_common(1)), None)
    return dumps(
        {
            "customer": None if customer is None else _customer(customer),
            "ruler": usual,
            "places": {k: p for k, i in account.invoices.items() if (p := _place(i.place, usual))},
            "contacts": [
                [instant_text(c.at), c.channel.value, c.dispatch_id] for c in account.contacts
            ],
            "opt_outs": {c.value: instant_text(at) for c, at in account.opt_outs.items()},
            "suppressed": sorted(account.suppressed_addresses),
            "history": _history(account.history),
            "holds": [_hold(h) for h in account.holds],
            "attempts": [_attempt(a) for a in account.attempts],
            "trials": dict(account.trials),
            "receipts_due": {i: instant_text(at) for i, at in account.receipts_due.items()},
            "consents": [_consent(c) for c in account.consents.values()],
            "agreements": [agreement_record(a) for a in account.agreements],
            "agreements_made": account.agreements_made or None,
            "breaches": [instant_text(at) for at in account.breaches],
            "wishes": None if account.wishes is None else _wishes(account.wishes),
        }
    )


def read_account(account: Account, document: str, invoices: Mapping[InvoiceId, Invoice]) -> Account:
    """Complete an account (its keys, version and schedule) from its header and open invoices."""
    read = json.loads(document)
    places, usual = read.get("places", {}), read.get("ruler")
    return Account(
        creditor_id=account.creditor_id,
        customer_id=account.customer_id,
        version=account.version,
        schedule_seq=account.schedule_seq,
        next_evaluation_at=account.next_evaluation_at,
        customer=_read_customer(account.customer_id, read["customer"])
        if "customer" in read
        else None,
        invoices={
            k: i.at_place(_read_place(places.get(k, {}), usual)) for k, i in invoices.items()
        },
        contacts=tuple(
            Contact(instant(at), Channel(channel), DispatchId(dispatch_id))
            for at, channel, dispatch_id in read.get("contacts", ())
        ),
        opt_outs={Channel(c): instant(at) for c, at in read.get("opt_outs", {}).items()},
        suppressed_addresses=frozenset(read.get("suppressed", ())),
        history=_read_history(read.get("history", {})),
        holds=tuple(_read_hold(h) for h in read.get("holds", ())),
        attempts=tuple(_read_attempt(a) for a in read.get("attempts", ())),
        consents={c.channel: c for c in map(_read_consent, read.get("consents", ()))},
        trials={arm: InvoiceId(i) for arm, i in read.get("trials", {}).items()},
        receipts_due={InvoiceId(i): instant(at) for i, at in read.get("receipts_due", {}).items()},
        agreements=tuple(read_agreement(a) for a in read.get("agreements", ())),
        agreements_made=read.get("agreements_made", 0),
        breaches=tuple(instant(at) for at in read.get("breaches", ())),
        wishes=_read_wishes(read["wishes"]) if "wishes" in read else None,
    )


def _wishes(wishes: Wishes) -> Json:
    channel = None if wishes.channel is None else wishes.channel.value
    return {"at": instant_text(wishes.at), "channel": channel, "hour": wishes.hour}


def _read_wishes(read: Json) -> Wishes:
    channel = read["channel"]
    return Wishes(instant(read["at"]), None if channel is None else Channel(channel), read["hour"])


def agreement_record(agreement: Agreement) -> Json:
    """Write an agreement."""
    return _said(
        {
            "id": agreement.agreement_id,
            "customer": agreement.customer_id,
            "rule": agreement.rule,
            "status": agreement.status.value,
            "proposed_at": instant_text(agreement.proposed_at),
            "debts": [[d.invoice_id, d.owed.centavos, d.agreed.centavos] for d in agreement.debts],
            "instalments": [
                [i.number, i.invoice_id, i.due_date.isoformat(), i.amount.centavos]
                for i in agreement.instalments
            ],
            "breach_after_days": agreement.breach_after_days,
            "ruler": agreement.ruler,
            "expires_at": _text(agreement.expires_at),
            "accepted_at": _text(agreement.accepted_at),
            "ended_at": _text(agreement.ended_at),
            "end_reason": agreement.end_reason,
            "origin": agreement.origin,
            "dispatch_id": agreement.dispatch_id,
            "terms_sha256": agreement.terms_sha256,
            "quoted_on": None if agreement.quoted_on is None else agreement.quoted_on.isoformat(),
            "by": agreement.by,
            "approved_by": agreement.approved_by,
            "ended_by": agreement.ended_by,
        }
    )


def read_agreement(read: Json) -> Agreement:
    """Read an agreement."""
    dispatch_id = read.get("dispatch_id")
    return Agreement(
        agreement_id=read["id"],
        customer_id=CustomerId(read["customer"]),
        rule=read["rule"],
        status=AgreementStatus(read["status"]),
        proposed_at=instant(read["proposed_at"]),
        debts=tuple(CoveredDebt(InvoiceId(i), Money(o), Money(a)) for i, o, a in read["debts"]),
        instalments=tuple(
            Instalment(n, InvoiceId(i), date.fromisoformat(on), Money(amount))
            for n, i, on, amount in read["instalments"]
        ),
        breach_after_days=read.get("breach_after_days", 0),
        ruler=read.get("ruler"),
        expires_at=_instant(read.get("expires_at")),
        accepted_at=_instant(read.get("accepted_at")),
        ended_at=_instant(read.get("ended_at")),
        end_reason=read.get("end_reason", ""),
        origin=read["origin"],
        dispatch_id=None if dispatch_id is None else DispatchId(dispatch_id),
        terms_sha256=read.get("terms_sha256", ""),
        quoted_on=date.fromisoformat(read["quoted_on"]) if "quoted_on" in read else None,
        by=read.get("by", ""),
        approved_by=read.get("approved_by", ""),
        ended_by=read.get("ended_by", ""),
    )


def _said(value: Json) -> Json:
    return {k: v for k, v in value.items() if v not in (None, 0, [], {}, "")}


def _history(history: History) -> Json:
    return _said(
        {
            "paid": history.paid,
            "late": history.paid_late,
            "recent": [[o.invoice_id, o.days_late] for o in history.recent],
            "kept": history.promises_kept,
            "broken": history.promises_broken,
        }
    )


def _read_history(read: Json) -> History:
    return History(
        paid=read.get("paid", 0),
        paid_late=read.get("late", 0),
        recent=tuple(Outcome(InvoiceId(i), days) for i, days in read.get("recent", ())),
        promises_kept=read.get("kept", 0),
        promises_broken=read.get("broken", 0),
    )


def _hold(hold: Hold) -> Json:
    return _said(
        {
            "id": hold.hold_id,
            "kind": hold.kind.value,
            "since": instant_text(hold.since),
            "until": _text(hold.until),
            "reason": hold.reason,
            "by": hold.by,
            "invoice": hold.invoice_id,
            "promised": hold.promised.centavos,
            "promised_on": _day(hold.promised_on),
            "received": hold.received.centavos,
        }
    )


def _read_hold(read: Json) -> Hold:
    return Hold(
        hold_id=read["id"],
        kind=HoldKind(read["kind"]),
        since=instant(read["since"]),
        until=_instant(read.get("until")),
        reason=read.get("reason", ""),
        by=read.get("by", ""),
        invoice_id=read.get("invoice"),
        promised=Money(read.get("promised", 0)),
        promised_on=_read_day(read.get("promised_on")),
        received=Money(read.get("received", 0)),
    )


def _consent(consent: Consent) -> Json:
    return _said(
        {
            "channel": consent.channel.value,
            "given": consent.is_given or None,
            "at": instant_text(consent.at),
            "origin": consent.origin,
            "text": consent.text,
        }
    )


def _read_consent(read: Json) -> Consent:
    return Consent(
        channel=Channel(read["channel"]),
        is_given=read.get("given", False),
        at=instant(read["at"]),
        origin=read.get("origin", ""),
        text=read.get("text", ""),
    )


def _attempt(attempt: Attempt) -> Json:
    return _said(
        {
            "dispatch": attempt.dispatch_id,
            "step": attempt.step_id,
            "channels": [c.value for c in attempt.channels],
            "invoices": [[i.external_id, i.step_id] for i in attempt.invoices],
            "check_at": instant_text(attempt.check_at),
            "unless": attempt.unless and attempt.unless.value,
            "failed": attempt.failed or None,
        }
    )


def _read_attempt(read: Json) -> Attempt:
    unless = read.get("unless")
    return Attempt(
        dispatch_id=DispatchId(read["dispatch"]),
        step_id=read["step"],
        channels=tuple(Channel(c) for c in read.get("channels", ())),
        invoices=tuple(InvoiceStep(InvoiceId(i), s) for i, s in read.get("invoices", ())),
        check_at=instant(read["check_at"]),
        unless=None if unless is None else Seen(unless),
        failed=read.get("failed", False),
    )


def _customer(customer: Customer) -> Json:
    return {
        "name": customer.name,
        "document": customer.document,
        "changed_at": instant_text(customer.changed_at),
        "kind": customer.kind.value,
        "emails": customer.emails,
        "phones": customer.phones,
        "uf": customer.uf,
        "preferred_channel": customer.preferred_channel,
        "preferred_hour": customer.preferred_hour,
        "tags": customer.tags,
        **_said({"ruler": customer.ruler, "risk": customer.risk}),
    }


def _read_customer(customer_id: CustomerId, read: Json) -> Customer:
    return Customer(
        external_id=customer_id,
        name=read["name"],
        document=read["document"],
        changed_at=instant(read["changed_at"]),
        kind=CustomerKind(read["kind"]),
        emails=tuple(read["emails"]),
        phones=tuple(read["phones"]),
        uf=read["uf"],
        preferred_channel=read["preferred_channel"],
        preferred_hour=read["preferred_hour"],
        tags=tuple(read["tags"]),
        ruler=read.get("ruler"),
        risk=read.get("risk"),
    )


def _place(place: Place, usual_ruler: str | None = None) -> Json:
    """Write a place without what goes without saying: most of an account's header is places.

    That is the account's usual ruler, and that a step was made on the day it was planned for.
    """
    written = {
        "step": place.step_id,
        "on": _day(place.step_on),
        "dispatch": place.dispatch_id,
        "overdue": place.overdue_announced or None,
        "ruler": None if place.ruler == usual_ruler else place.ruler or "",
        "made_on": None if place.contacted_on == place.step_on else _day(place.contacted_on) or "",
        "from": _day(place.from_on),
        "stepwise": place.stepwise or None,
        "ended": place.ended or None,
    }
    return {k: v for k, v in written.items() if v is not None}


def _day(on: date | None) -> str | None:
    return None if on is None else on.isoformat()


def _read_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _read_place(read: Json, usual_ruler: str | None = None) -> Place:
    step_on = _read_day(read.get("on"))
    return Place(
        step_id=read.get("step"),
        step_on=step_on,
        dispatch_id=read.get("dispatch"),
        overdue_announced=read.get("overdue", False),
        ruler=read.get("ruler", usual_ruler) or None,
        contacted_on=_read_day(read["made_on"]) if "made_on" in read else step_on,
        from_on=_read_day(read.get("from")),
        stepwise=read.get("stepwise", False),
        ended=read.get("ended", False),
    )


def at_its_place(invoice: Invoice, document: str) -> Invoice:
    """Put an open invoice where its account's header says it stands on the ruler."""
    read = json.loads(document)
    place = read.get("places", {}).get(invoice.external_id, {})
    return invoice.at_place(_read_place(place, read.get("ruler")))


def invoice_document(invoice: Invoice) -> str:
    """Write an invoice and the facts about it; its place too, which counts once it is closed."""
    return dumps(
        {
            "customer_id": invoice.customer_id,
            "number": invoice.number,
            "issue_date": invoice.issue_date.isoformat(),
            "due_date": invoice.due_date.isoformat(),
            "amount": invoice.amount.centavos,
            "issued_at": instant_text(invoice.issued_at),
            "rebate": invoice.rebate.centavos or None,
            "conceded": invoice.conceded.centavos or None,
            "kept_agreement": invoice.kept_agreement,
            "discounts": [_discount(d) for d in invoice.discounts],
            "description": invoice.description,
            "pix": invoice.payment.pix_copy_paste,
            "charge": invoice.charge_code,
            "boleto": invoice.payment.boleto_line,
            "url": invoice.payment.url,
            "ruler": invoice.ruler,
            "metadata": dict(invoice.metadata),
            "payments": [payment_record(p) for p in invoice.payments],
            "cancelled_at": _text(invoice.cancelled_at),
            "cancel_reason": invoice.cancel_reason,
            "receipt": None if invoice.receipt is None else _receipt(invoice.receipt),
            "place": _place(invoice.place),
        }
    )


def read_invoice(external_id: str, document: str) -> Invoice:
    """Read an invoice."""
    read = json.loads(document)
    return Invoice(
        external_id=InvoiceId(external_id),
        customer_id=CustomerId(read["customer_id"]),
        number=read["number"],
        issue_date=date.fromisoformat(read["issue_date"]),
        due_date=date.fromisoformat(read["due_date"]),
        amount=Money(read["amount"]),
        issued_at=instant(read["issued_at"]),
        rebate=Money(read.get("rebate", 0)),
        conceded=Money(read.get("conceded", 0)),
        kept_agreement=read.get("kept_agreement"),
        discounts=tuple(_read_discount(d) for d in read.get("discounts", ())),
        description=read.get("description"),
        payment=PaymentOptions(read.get("pix"), read.get("boleto"), read.get("url")),
        ruler=read.get("ruler"),
        metadata=read.get("metadata", {}),
        charge_code=read.get("charge"),
        payments=tuple(read_payment(p) for p in read.get("payments", ())),
        cancelled_at=_instant(read.get("cancelled_at")),
        cancel_reason=read.get("cancel_reason"),
        receipt=_read_receipt(read.get("receipt")),
        place=_read_place(read.get("place", {})),
    )


def _receipt(receipt: PaymentReceipt) -> Json:
    return {"settled_at": instant_text(receipt.settled_at), "dispatch": receipt.dispatch_id}


def _read_receipt(read: Json | None) -> PaymentReceipt | None:
    if read is None:
        return None
    return PaymentReceipt(instant(read["settled_at"]), DispatchId(read["dispatch"]))


def _discount(discount: DiscountTier) -> Json:
    return {
        "until": discount.until.isoformat(),
        "percent": str(discount.percent),
        "amount": discount.amount.centavos,
    }


def _read_discount(read: Json) -> DiscountTier:
    until = date.fromisoformat(read["until"])
    return DiscountTier(until, Decimal(read["percent"]), Money(read["amount"]))


def payment_record(payment: Payment) -> Json:
    """Write a payment."""
    return {
        "id": payment.payment_id,
        "amount": payment.amount.centavos,
        "paid_at": instant_text(payment.paid_at),
        "method": payment.method.value,
        "reversed_at": _text(payment.reversed_at),
        "reversal_reason": payment.reversal_reason,
    }


def read_payment(read: Json) -> Payment:
    """Read a payment."""
    return Payment(
        payment_id=PaymentId(read["id"]),
        amount=Money(read["amount"]),
        paid_at=instant(read["paid_at"]),
        method=PaymentMethod(read["method"]),
        reversed_at=_instant(read.get("reversed_at")),
        reversal_reason=read.get("reversal_reason"),
    )


def dispatch_document(dispatch: Dispatch) -> str:
    """Write a dispatch's plan."""
    return dumps(
        {
            "seq": dispatch.schedule_seq,
            "phase": dispatch.phase.value,
            "template": dispatch.template,
            "tone": dispatch.tone.value,
            "invoices": [[i.external_id, i.step_id] for i in dispatch.invoices],
            "left_out": [[i.external_id, i.step_id, i.reason.value] for i in dispatch.left_out],
            "decided_on": dispatch.decided_on.isoformat(),
            "ruler": dispatch.ruler,
            "variant": dispatch.variant,
            "fallback_of": dispatch.fallback_of,
            "purpose": None if dispatch.purpose is Purpose.COLLECTION else dispatch.purpose.value,
        }
    )


def read_dispatch(keys: Mapping[str, str], document: str) -> Dispatch:
    """Read a dispatch from its plan and the attributes stored beside it."""
    read = json.loads(document)
    return Dispatch(
        dispatch_id=DispatchId(keys["dispatch_id"]),
        creditor_id=CreditorId(keys["creditor_id"]),
        customer_id=CustomerId(keys["customer_id"]),
        schedule_seq=read.get("seq", 0),
        channel=Channel(keys["channel"]),
        step_id=keys["step_id"],
        phase=Phase(read["phase"]),
        template=read["template"],
        tone=Tone(read["tone"]),
        invoices=tuple(InvoiceStep(InvoiceId(i), s) for i, s in read["invoices"]),
        left_out=tuple(LeftOut(InvoiceId(i), s, Reason(r)) for i, s, r in read.get("left_out", ())),
        decided_at=instant(keys["decided_at"]),
        decided_on=date.fromisoformat(read["decided_on"]),
        ruler=read.get("ruler", ""),
        variant=read.get("variant"),
        fallback_of=read.get("fallback_of"),
        purpose=Purpose(read.get("purpose", Purpose.COLLECTION)),
    )


def notes_document(notes: Sequence[Note]) -> str:
    """Write notes of one instant, in their order."""
    written = [[n.kind.value, n.invoice_id, dict(n.facts)] for n in notes]
    return json.dumps(written, ensure_ascii=False, separators=(",", ":"))


def read_notes(at: str, document: str) -> Sequence[Note]:
    """Read the notes of one instant."""
    return [
        Note(instant(at), NoteKind(kind), None if about is None else InvoiceId(about), facts)
        for kind, about, facts in json.loads(document)
    ]
