"""The catalogue of events: when each is told, what its fields mean, and an example of each.

Shapes come from the code (`EVENT_DATA`, `EVENTS_OUT`); what is written here is when and by example.
How it is published: `event_page`, `event_schemas`. A test holds every example against its schema,
and the two lists against each other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from regua.application.accept_event import EVENT_DATA
from regua.application.outgoing import EVENTS_OUT

Json = Mapping[str, Any]
SOURCES = {"in": "erp.aurora", "out": "regua"}
"""In the examples; an inbound event has the source that the creditor registered."""
VERSION = "1"


@dataclass(frozen=True)
class Told:
    """An event: when it is told, and an example of its data."""

    when: str
    data: Json


DISPATCH = "2acb18c19631805b2009131646e240c4"
_CONTACT = {
    "dispatch_id": DISPATCH,
    "customer_id": "cli-204",
    "channel": "email",
    "step_id": "vencida-3",
    "invoices": ["fat-2026-118"],
}
_INVOICE = {"external_id": "fat-2026-118", "customer_id": "cli-204"}
_HIT = {
    "dispatch_id": DISPATCH,
    "hit_id": "9d1f0c2e4b7a8d65",
    "label": "person",
    "score": 82,
    "ruleset": "2026.2",
}
_HOLD = {"customer_id": "cli-204", "hold_id": "5b0d7c1e9f2a4c36", "external_id": "fat-2026-118"}
_INSTALMENTS = ["acordo-7b2f15ca7c5a7c105e96-01", "acordo-7b2f15ca7c5a7c105e96-02"]
_AGREEMENT = {
    "customer_id": "cli-204",
    "agreement_id": "7b2f15ca7c5a7c105e96",
    "external_ids": ["fat-2026-118"],
    "total_centavos": 14490,
}

CATALOGUE: Mapping[str, Told] = {
    # what we are told
    "InvoiceIssued": Told(
        "An invoice was issued, or changed. The same `external_id` again is an update; an older "
        "`occurred_at` never overwrites a newer one.",
        {
            "external_id": "fat-2026-118",
            "number": "2026/118",
            "issue_date": "2026-10-20",
            "due_date": "2026-11-05",
            "amount_centavos": 14990,
            "customer": {
                "external_id": "cli-204",
                "name": "Marina Prado",
                "document": "529.982.247-25",
                "emails": ["marina@cliente.example.com.br"],
                "phones": ["(11) 98765-4321"],
                "uf": "SP",
            },
            "payment": {"url": "https://pague.aurora.example.com.br/fat-2026-118"},
        },
    ),
    "InvoiceCancelled": Told(
        "An invoice was withdrawn: nobody owes it any more.",
        {"external_id": "fat-2026-118", "reason": "emitida em duplicidade"},
    ),
    "PaymentReceived": Told(
        "Money came in for an invoice, all of it or a part. The same `payment_id` counts once.",
        {
            "invoice_external_id": "fat-2026-118",
            "payment_id": "pag-5501",
            "amount_centavos": 14990,
            "paid_at": "2026-11-09T18:20:00Z",
            "method": "pix",
        },
    ),
    "PaymentReversed": Told(
        "A payment was taken back: a chargeback, a returned Pix. The invoice is owed again.",
        {"payment_id": "pag-5501", "reason": "devolução do Pix"},
    ),
    "CustomerChanged": Told(
        "A customer's data changed.",
        {
            "external_id": "cli-204",
            "name": "Marina Prado",
            "document": "529.982.247-25",
            "emails": ["marina@cliente.example.com.br"],
            "uf": "SP",
        },
    ),
    # what we tell
    "ContactDue": Told(
        "A contact was decided: work for the sender of a channel. Internal: in no feed and sent "
        "to no webhook.",
        {
            **_CONTACT,
            "invoices": [{"external_id": "fat-2026-118", "step_id": "vencida-3"}],
            "creditor_id": "aurora",
            "schedule_seq": 7,
            "template": "vencida",
            "tone": "neutral",
            "phase": "SOFT",
            "decided_at": "2026-11-09T12:00:00.000Z",
            "decided_on": "2026-11-09",
            "correlation_id": "8f0c2d4e-1b3a-4c5d-9e6f-7a8b9c0d1e2f",
        },
    ),
    "MessageSent": Told("The provider took a message. Its delivery is another event.", _CONTACT),
    "ContactDeferred": Told(
        "A planned contact has to wait: outside the contact hours, or a cap is reached.",
        {**_CONTACT, "reason": "outside_window", "until": "2026-11-09T11:00:00.000Z"},
    ),
    "ContactSuppressed": Told(
        "A planned contact is not made, and why: paid meanwhile, held, opted out …",
        {**_CONTACT, "reason": "settled"},
    ),
    "MessageFailed": Told(
        "A message was not accepted (then it names the contact), or did not arrive (then it names "
        "the message).",
        {
            "dispatch_id": DISPATCH,
            "reason": "hard_bounce",
            "bounce_type": "Permanent",
            "bounce_sub_type": "NoEmail",
        },
    ),
    "MessageDelivered": Told(
        "The recipient's provider has the message, or a call was heard.", {"dispatch_id": DISPATCH}
    ),
    "MessageOpened": Told(
        "An open was seen, and who caused it as far as is known; a machine's is labelled and no "
        "person's. Told again with `relabelled` when it is judged anew.",
        _HIT,
    ),
    "MessageClicked": Told("A link was followed; labelled as an open is.", _HIT),
    "MessageRead": Told(
        "A person confirmed by a deliberate act that they read the message.",
        {"dispatch_id": DISPATCH},
    ),
    "MessageReplied": Told(
        "A customer answered on a channel. What they wrote is not told; their intent is.",
        {
            "customer_id": "cli-204",
            "channel": "whatsapp",
            "intent": "second_copy",
            "confidence": "clear",
            "needs_person": False,
            "dispatch_id": DISPATCH,
        },
    ),
    "InvoiceOverdue": Told("An invoice was not paid on its due date. Once per invoice.", _INVOICE),
    "InvoicePaid": Told("An invoice is settled: nothing of it is owed any more.", _INVOICE),
    "InvoiceReopened": Told(
        "A settled invoice is owed again, because a payment was reversed.", _INVOICE
    ),
    "PaymentReceiptDue": Told(
        "A paid invoice's payer may be thanked now. Internal: in no feed and sent to no webhook.",
        {"customer_id": "cli-204", "external_ids": ["fat-2026-118"]},
    ),
    "CustomerActed": Told(
        "A customer did something on the page that a message leads to. `protocol` is on the "
        "receipt that the customer was shown; what it changed is told by an event of its own.",
        {
            "customer_id": "cli-204",
            "dispatch_id": DISPATCH,
            "act": "promise",
            "protocol": "3T4N-K2Q9-5W",
            "external_id": "fat-2026-118",
        },
    ),
    "AgreementProposed": Told(
        "A customer accepted an offer that you have to approve; the debts rest meanwhile.",
        _AGREEMENT,
    ),
    "AgreementAccepted": Told(
        "A settlement is in force: the debts rest, and its instalments are invoices.",
        {**_AGREEMENT, "instalments": _INSTALMENTS},
    ),
    "AgreementFulfilled": Told(
        "Every instalment was paid: the debts are settled, what was taken off them included.",
        {**_AGREEMENT, "instalments": _INSTALMENTS},
    ),
    "AgreementBreached": Told(
        "An instalment was not paid in time: the debts are owed again, less what was paid.",
        {**_AGREEMENT, "instalments": _INSTALMENTS},
    ),
    "AgreementEnded": Told(
        "An agreement ended without being kept or broken: `refused`, `lapsed` (nobody approved it "
        "in time) or `cancelled`. The debts are owed again, less what was paid.",
        {**_AGREEMENT, "reason": "refused"},
    ),
    "PaymentUnmatched": Told(
        "A Pix came in that belongs to no invoice that is known; a person has to look.",
        {"payment_id": "E1234567820261109182001234567890"},
    ),
    "AutomaticDebitAuthorised": Told(
        "A customer lets a plan's invoices be debited (Pix Automático).",
        {"plan_external_id": "plano-204", "customer_id": "cli-204"},
    ),
    "AutomaticDebitScheduled": Told(
        "The debit of an invoice is scheduled; contact about it rests meanwhile.",
        {**_INVOICE, "debit_on": "2026-11-05"},
    ),
    "AutomaticDebitFailed": Told(
        "The debit of an invoice did not come about; the ruler goes on.",
        {**_INVOICE, "reason": "AM04"},
    ),
    "RulerEnded": Told(
        "An invoice is still open after the last step of its ruler.",
        {**_INVOICE, "ruler": "padrao@3"},
    ),
    "HoldPlaced": Told(
        "Contact rests, about one invoice or (without `external_id`) about everything.",
        {**_HOLD, "kind": "held", "until": "2026-11-20T03:00:00.000Z"},
    ),
    "HoldEnded": Told("Contact goes on.", {**_HOLD, "kind": "held"}),
    "PromiseMade": Told(
        "A customer promised to pay on a day. Without `hold_id` the ruler does not wait for it.",
        {
            **_INVOICE,
            "promised_on": "2026-11-20",
            "hold_id": "5b0d7c1e9f2a4c36",
            "until": "2026-11-21T03:00:00.000Z",
        },
    ),
    "PromiseKept": Told("What was promised came in.", {**_HOLD, "kind": "promised"}),
    "PromiseBroken": Told("What was promised did not come in.", {**_HOLD, "kind": "promised"}),
    "DisputeOpened": Told(
        "An invoice is disputed and left out of every contact.",
        {**_INVOICE, "hold_id": "5b0d7c1e9f2a4c36"},
    ),
    "DisputeResolved": Told(
        "A dispute was resolved: `upheld` or `rejected`.",
        {**_INVOICE, "hold_id": "5b0d7c1e9f2a4c36", "outcome": "rejected"},
    ),
    "ContactRecorded": Told(
        "A person spoke with the customer, and what came of it.",
        {"customer_id": "cli-204", "code": "promise", "channel": "voice"},
    ),
    "IngestRejected": Told(
        "An event was not accepted. It is kept whole, with every reason, and can be corrected and "
        "replayed.",
        {
            "event_id": "6f2b5f0e-0b1e-4f3a-8f1a-6a1f7b1c2d3e",
            "detail_type": "InvoiceIssued",
            "reasons": [
                {"path": "detail.data.due_date", "reason": "not a date such as 2026-11-22"}
            ],
        },
    ),
}
"""Every event by its name: those we are told first, as `events` yields them."""

MEANINGS: Mapping[str, str] = {
    "dispatch_id": "The planned contact, and the message that came of it",
    "customer_id": "Your own id of the customer",
    "external_id": "Your own id of the invoice",
    "external_ids": "Your own ids of the invoices",
    "invoices": "What the contact is about: your own ids of the invoices",
    "plan_external_id": "Your own id of the plan",
    "channel": "`email`, `sms`, `whatsapp` or `voice`",
    "step_id": "The step of the ruler",
    "reason": "A reason code, or the provider's",
    "until": "Until when",
    "rule": "The rule that says so (rules.md)",
    "purpose": "`receipt` for the receipt of a payment; without it, a contact of the ruler's",
    "bounce_type": "As the mail provider calls it",
    "bounce_sub_type": "As the mail provider calls it",
    "label": "`person`, `image_proxy`, `privacy_prefetch`, `security_scanner` or `unknown`",
    "score": "From 0 (certainly a machine) to 100 (certainly a person)",
    "ruleset": "The version of the rules that judged",
    "hit_id": "The open or the click, the same when it is judged anew",
    "relabelled": "Whether a hit that was told before is judged anew",
    "ruler": "The ruler it followed",
    "hold_id": "What lets contact rest",
    "kind": "`held`, `disputed`, `promised`, `payment_in_transit` or `in_agreement`",
    "outcome": "How it ended",
    "promised_on": "The day",
    "debit_on": "The day of the debit",
    "code": "What came of it",
    "act": "What was done on the page: `promise`, `say_paid`, `dispute`, `settle` …",
    "protocol": "On the receipt that the customer was shown",
    "agreement_id": "The agreement",
    "total_centavos": "What its instalments come to, in whole centavos",
    "instalments": "The invoices that are its instalments, in order",
    "payment_id": "The payment: of a Pix, its endToEndId",
    "event_id": "The event's id on the bus",
    "detail_type": "What it said it was",
    "reasons": "Everything that is wrong with it",
    "path": "Where",
    "intent": "`stop`, `not_me`, `paid`, `negotiate`, `human`, `second_copy` or `other`",
    "confidence": "`exact`, `clear` or `doubtful`",
    "needs_person": "Whether somebody should look at the reply",
}
"""What fields of events out mean whose type does not say so itself, by their names."""
_OWN_CUSTOMER: Mapping[str, str] = {
    "external_id": "Your own id of the customer",
    "name": "As it stands in messages",
    "emails": "The first one that can be used is used",
    "phones": "E.164, or as it is written in Brazil",
    "uf": "The state; contact hours and holidays go by it",
    "kind": "Who owes",
    "preferred_channel": "Tried first where a step has it",
    "preferred_hour": "From 0 to 23, within the contact hours",
    "tags": "Segments may ask for them",
    "consents": "A yes or a no to a channel",
    "consents[].channel": "Which channel",
    "consents[].given": "A yes or a no",
    "consents[].at": "When it was said",
}
MEANINGS_IN: Mapping[str, Mapping[str, str]] = {
    "InvoiceIssued": {
        "external_id": "Your own id of the invoice",
        "number": "As it stands on the invoice",
        "issue_date": "When it was issued",
        "due_date": "As printed; a day without business moves it on",
        "amount_centavos": "What is owed, in whole centavos",
        "discounts[].until": "Paid on this day or before",
        "discounts[].percent": "Per cent of the amount; or `amount_centavos`",
        "discounts[].amount_centavos": "In whole centavos; or `percent`",
        "customer": "Who owes it",
        "currency": "",
        "description": "What it is for",
        "payment": "How it can be paid",
        "payment.pix_copy_paste": "The text of a Pix QR code (BR Code)",
        "payment.boleto_line": "The digits of a boleto (linha digitável)",
        "payment.url": "A page to pay on",
        "ruler": "The ruler it follows, instead of the one that would be chosen",
        "metadata": "Texts of your own, given back when the invoice is read",
        **{f"customer.{path}": said for path, said in _OWN_CUSTOMER.items()},
    },
    "InvoiceCancelled": {"external_id": "Your own id of the invoice", "reason": "Why, in words"},
    "PaymentReceived": {
        "invoice_external_id": "Your own id of the invoice",
        "payment_id": "Yours, or a Pix's endToEndId; unique for you",
        "amount_centavos": "What came in, in whole centavos",
        "paid_at": "When it was paid",
        "method": "How",
    },
    "PaymentReversed": {"payment_id": "That of the payment", "reason": "Why, in words"},
    "CustomerChanged": _OWN_CUSTOMER,
}
"""What fields of events in mean whose type does not say so itself, by their paths."""


def events() -> Iterator[tuple[str, str, Any]]:
    """Yield every event: its direction (``in`` or ``out``), its name, the type of its data."""
    for name, data in EVENT_DATA.items():
        yield "in", name, data
    for name, data in EVENTS_OUT.items():
        yield "out", name, data


def example(direction: str, name: str) -> Json:
    """Return a whole event, as the bus delivers it."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": name,
        "source": SOURCES[direction],
        "account": "111122223333",
        "time": "2026-11-09T18:20:04Z",
        "region": "sa-east-1",
        "resources": [],
        "detail": {
            "version": VERSION,
            "creditor_id": "aurora",
            "occurred_at": "2026-11-09T18:20:00.000Z",
            "data": CATALOGUE[name].data,
        },
    }
