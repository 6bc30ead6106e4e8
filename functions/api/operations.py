"""What every operation asks for and answers: one table, by the name of its function.

A route that is not in it fails a test. Errors that any operation may answer are not listed here
(see `described`); ``problems`` are those of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from regua.application.admin_documents import (
    ClientListDocument,
    NewClientDocument,
    SenderIdentityDocument,
    SenderIdentityListDocument,
    UserDocument,
    UserListDocument,
)
from regua.application.assignment_document import AssignmentDocument
from regua.application.creditor_document import CreditorDocument
from regua.application.offers_document import OffersDocument
from regua.application.page_document import PageDocument
from regua.application.ruler_document import RulerDocument

from . import (
    answers,
    answers_acknowledgements,
    answers_doors,
    answers_evidence,
    answers_explain,
    answers_imports,
    answers_negotiation,
    answers_page,
    answers_plans,
    answers_rulers,
)


@dataclass(frozen=True)
class Told:
    """One answer: what it says, the type of its document (None: there is none), its headers."""

    says: str
    model: Any
    headers: tuple[str, ...] = ()
    """Names in `described.HEADERS`."""
    media_type: str = "application/json"


@dataclass(frozen=True)
class Operation:
    """The answers of an operation, and the problems of its own."""

    answers: Mapping[int, Told]
    problems: Mapping[int, str] = field(default_factory=dict)
    body: Any = None
    """The type of its body, where the route itself takes any object."""
    is_tagged: bool = False
    """Whether what it answers has an entity tag, by which a caller can say what it expects."""


def _read(says: str, model: Any, **more: Any) -> Operation:  # noqa: ANN401 - any type
    return Operation({200: Told(says, model)}, **more)


def _written(model: Any, new: str, known: str, **more: Any) -> Operation:  # noqa: ANN401 - any type
    return Operation({201: Told(new, model), 200: Told(known, model)}, **more)


def _noted(says: str, model: Any, **more: Any) -> Operation:  # noqa: ANN401 - any type
    return Operation({201: Told(says, model)}, **more)


def _begun(says: str, model: Any, **more: Any) -> Operation:  # noqa: ANN401 - any type
    return Operation({202: Told(says, model)}, **more)


def _gone(says: str, problems: Mapping[int, str]) -> Operation:
    return Operation({204: Told(says, None)}, problems)


_NO_INVOICE = {404: "You have no such invoice"}
_NO_CUSTOMER = {404: "You have no such customer"}
_NO_RULER = {404: "You have no such ruler"}
_NO_MESSAGE = {404: "You have no such message"}
_NO_REPORT = {404: "You have no such report"}
_CLOSED = {**_NO_INVOICE, 409: "Nobody owes the invoice any more"}
_NO_WEBHOOK = {404: "You have no such endpoint"}
_NOT_ENABLED = {**_NO_WEBHOOK, 409: "The endpoint is disabled"}
_NO_IMPORT = {404: "You have no such import"}
_NO_MAPPING = {404: "You have no such mapping"}
_NO_HOOK = {404: "You have no such hook"}
_NO_PLAN = {404: "You have no such plan"}
_ENDED_PLAN = {**_NO_PLAN, 409: "The plan has ended"}
_NO_AGREEMENT = {404: "You have no such agreement"}
_NOT_PROPOSED = {**_NO_AGREEMENT, 409: "It does not wait for approval"}
_NOT_APPROVED = {
    **_NO_AGREEMENT,
    409: "It does not wait for approval, or one of its debts was paid or withdrawn meanwhile",
}
_NOT_ISSUED = {
    409: "No message was made, or no signing certificate is installed",
    503: "The key or the time stamp authority does not answer; try again",
}

_NO_CREDITOR = {404: "There is no such creditor"}
_MADE = ("The client with its secret, which is shown this once", NewClientDocument)
_FULL = {409: "There are as many clients as there may be"}
_INVITED = (UserDocument, "An invitation goes out to the address", "The role is written")
_NOT_INVITED = {409: "The person acts for another creditor, or may do more than you"}
_NO_USER = {404: "You have no such person"}
_NO_DOMAIN = {404: "You claim no such domain"}
_CLAIMED = ("The records to publish, and what was found", SenderIdentityDocument)
_TAKEN = {409: "The domain is claimed by somebody else, or is the deployment's own"}

OPERATIONS: Mapping[str, Operation] = {
    # invoices
    "put_invoice": _written(
        answers.Invoice,
        "The invoice is new",
        "The invoice was known; an older `occurred_at` than what is known changed nothing",
        problems={409: "It belongs to another customer, or the customer has too many open ones"},
        is_tagged=True,
    ),
    "get_invoice": _read("The invoice", answers.Invoice, problems=_NO_INVOICE, is_tagged=True),
    "get_invoices": _read("A page, and where to go on", answers.InvoicePage),
    "post_batch": Operation(
        {
            200: Told(
                "One result for each; `Retry-After` if some are to be sent again",
                answers.BatchResults,
                ("Retry-After",),
            )
        }
    ),
    "get_timeline": _read("What happened, oldest first", answers.Timeline, problems=_NO_INVOICE),
    "get_invoice_explanation": _read(
        "Every step and why", answers_explain.InvoiceExplanation, problems=_NO_INVOICE
    ),
    "post_payment": _written(
        answers.Invoice,
        "The money is new; the invoice as it stands now",
        "The payment was known; the invoice as it stands",
        problems=_NO_INVOICE,
        is_tagged=True,
    ),
    "post_cancel": _read(
        "The withdrawn invoice", answers.Invoice, problems=_NO_INVOICE, is_tagged=True
    ),
    "get_boleto": Operation(
        {200: Told("One page", bytes, media_type="application/pdf")},
        problems={
            404: "You have no such invoice, or it has no boleto",
            409: "Settled or withdrawn: there is nothing to pay",
            422: "The line contradicts the invoice",
        },
    ),
    # attending
    "post_hold": _noted("The hold", answers.Hold, problems=_CLOSED),
    "delete_hold": _read("The holds that ended", answers.EndedHolds, problems=_NO_INVOICE),
    "post_customer_hold": _noted("The hold", answers.Hold, problems=_NO_CUSTOMER),
    "delete_customer_hold": _read(
        "The holds that ended", answers.EndedHolds, problems=_NO_CUSTOMER
    ),
    "post_promise": _noted(
        "The promise; `pauses` tells whether the ruler waits for it",
        answers.PausingPromise | answers.NotedPromise,
        problems=_CLOSED,
    ),
    "post_dispute": _noted("The dispute", answers.Hold, problems=_CLOSED),
    "post_resolution": _read(
        "The disputes that ended",
        answers.ResolvedDispute,
        problems={**_NO_INVOICE, 409: "No dispute is open"},
    ),
    "post_in_transit": _noted("The hold", answers.Hold, problems=_CLOSED),
    "post_result": _noted("What followed", answers.RecordedResult, problems=_CLOSED),
    "post_customer_result": _noted(
        "What followed",
        answers.RecordedResult,
        problems=_NO_CUSTOMER,
    ),
    # customers
    "put_customer": _written(
        answers.Customer,
        "The customer is new",
        "The customer was known; an older `occurred_at` than what is known changed nothing",
        is_tagged=True,
        problems={409: "More is kept about the customer than one account can hold"},
    ),
    "get_customer": _read("The customer", answers.Customer, problems=_NO_CUSTOMER, is_tagged=True),
    "get_customers": _read("A page, and where to go on", answers.CustomerPage),
    "get_customer_timeline": _read(
        "What happened, oldest first", answers.Timeline, problems=_NO_CUSTOMER
    ),
    "get_customer_explanation": _read(
        "Every open invoice and why",
        answers_explain.CustomerExplanation,
        problems=_NO_CUSTOMER,
    ),
    "delete_customer_evidence": _read(
        "The key is destroyed, or was already",
        answers.EvidenceErased,
        problems=_NO_CUSTOMER,
    ),
    # messages and evidence
    "get_message": _read("The message", answers.Message, problems=_NO_MESSAGE),
    "get_evidence": _read(
        "The chain; exact bytes stand as their hashes",
        answers_evidence.Evidence,
        problems=_NO_MESSAGE,
    ),
    "post_message_report": _noted(
        "The report is issued, signed and kept; its code is told this once",
        answers_evidence.IssuedReport,
        problems={**_NO_MESSAGE, **_NOT_ISSUED},
    ),
    "post_invoice_report": _noted(
        "The report is issued, signed and kept; its code is told this once",
        answers_evidence.IssuedReport,
        problems={**_NO_INVOICE, **_NOT_ISSUED},
    ),
    "get_report": _read("The report", answers_evidence.Report, problems=_NO_REPORT),
    # rulers
    "put_ruler": _written(
        answers_rulers.WrittenRuler,
        "The next version is in force",
        "The version in force says the same already",
        body=RulerDocument,
        is_tagged=True,
    ),
    "get_ruler": _read(
        "The version in force", answers_rulers.RulerVersion, problems=_NO_RULER, is_tagged=True
    ),
    "get_versions": _read(
        "Every version, oldest first", answers_rulers.RulerVersions, problems=_NO_RULER
    ),
    "get_experiments": _read(
        "What the arms brought", answers_rulers.Experiments, problems=_NO_RULER
    ),
    "post_simulate": _read(
        "What both would do",
        answers_rulers.SimulatedComparison,
        problems={404: "You have no such ruler or invoice"},
    ),
    "put_assignment": _read(
        "The assignment as it was written",
        answers_rulers.WrittenAssignment,
        body=AssignmentDocument,
        is_tagged=True,
    ),
    "get_assignment": _read("The assignment", answers_rulers.WrittenAssignment, is_tagged=True),
    # the feed
    "get_events": _read(
        "Events in their order, and where to go on",
        answers_doors.FeedEvents,
        problems={410: "What follows the cursor is kept no more; `oldest` is where to go on"},
    ),
    "post_ack": _read(
        "Where the consumer stands",
        answers_doors.FeedConsumer,
        problems={409: "There are as many consumers as there may be"},
    ),
    "get_consumers": _read("Every consumer", answers_doors.FeedConsumers),
    "delete_consumer": _read(
        "It is forgotten",
        answers_doors.ForgottenConsumer,
        problems={404: "There is none so called"},
    ),
    # files that come in
    "post_import": _noted("The import, and where to put its file", answers_imports.BegunImport),
    "get_imports": _read("A page, and where to go on", answers_imports.ImportPage),
    "get_import": _read("The import", answers_imports.Import, problems=_NO_IMPORT),
    "put_import_mapping": _read(
        "The import, which goes on",
        answers_imports.Import,
        problems={**_NO_IMPORT, 409: "It does not wait for a mapping"},
    ),
    "post_import_cancel": _read(
        "The stopped import",
        answers_imports.Import,
        problems={**_NO_IMPORT, 409: "It has ended"},
    ),
    "get_import_results": _read(
        "Rows in their order; an empty page with a cursor is not done yet",
        answers_imports.RowResults,
        problems=_NO_IMPORT,
    ),
    "get_import_errors": _read(
        "Where the rejected rows are",
        answers_imports.ErrorFile,
        problems={404: "You have no such import, or none of its rows was rejected"},
    ),
    "get_import_mappings": _read("Every mapping", answers_imports.ImportMappings),
    "get_import_mapping": _read(
        "The mapping", answers_imports.ImportMappingNamed, problems=_NO_MAPPING
    ),
    "put_import_mapping_named": _read(
        "The mapping as it is kept",
        answers_imports.ImportMappingNamed,
        problems={409: "There are as many as there may be"},
    ),
    # webhooks
    "post_webhook": _noted(
        "The endpoint with its secret, which is shown this once",
        answers_doors.WebhookWithSecret,
        problems={409: "You have as many as there may be"},
    ),
    "get_webhooks": _read("Every endpoint, oldest first", answers_doors.Webhooks),
    "get_webhook": _read("The endpoint", answers_doors.Webhook, problems=_NO_WEBHOOK),
    "put_webhook": _read("The endpoint as it is now", answers_doors.Webhook, problems=_NO_WEBHOOK),
    "delete_webhook": _read(
        "Nothing is sent to it any more", answers_doors.DeletedWebhook, problems=_NO_WEBHOOK
    ),
    "post_rotate_secret": _read(
        "The endpoint with its new secret, which is shown this once",
        answers_doors.WebhookWithSecret,
        problems=_NO_WEBHOOK,
    ),
    "post_ping": _begun("The delivery of a `ping`", answers_doors.Delivery, problems=_NOT_ENABLED),
    "post_enable": _read("The endpoint, enabled", answers_doors.Webhook, problems=_NO_WEBHOOK),
    "get_deliveries": _read(
        "A page, and where to go on", answers_doors.DeliveryPage, problems=_NO_WEBHOOK
    ),
    "post_redeliver": _begun(
        "The delivery, pending again",
        answers_doors.Delivery,
        problems={**_NOT_ENABLED, 404: "You have no such endpoint, or it no such delivery"},
    ),
    "post_replay": _begun(
        "How many are delivered again, and where to go on",
        answers_doors.Replayed,
        problems=_NOT_ENABLED,
    ),
    # hooks and Pix
    "post_hook": _noted(
        "The hook with its address, which is shown this once",
        answers_doors.HookWithAddress,
        problems={409: "You have as many as there may be"},
    ),
    "get_hooks": _read("Every hook, oldest first", answers_doors.Hooks),
    "delete_hook": _gone("Nobody can post to it any more", _NO_HOOK),
    "post_rotate_hook": _noted(
        "The hook with its new address, which is shown this once",
        answers_doors.HookWithAddress,
        problems={**_NO_HOOK, 409: "Somebody else has changed it meanwhile"},
    ),
    "get_acknowledgement": _read(
        "What became of each record",
        answers_acknowledgements.Acknowledgement,
        problems={404: "You have no such hook, or nothing that was posted to it was read yet"},
    ),
    "get_charge": _read(
        "The charge, or why there is none",
        answers_doors.PixCharge,
        problems={404: "You have no such invoice, or it was never to be charged by Pix"},
    ),
    "get_unmatched": _read("A page, oldest first", answers_doors.UnmatchedPayments),
    "post_assign": _read(
        "The invoice that it was counted for",
        answers_doors.AssignedPayment,
        problems={
            404: "You have no such invoice, or no such money came in",
            409: "It was counted for another invoice",
        },
    ),
    # plans
    "put_plan": _written(
        answers_plans.Plan,
        "The plan is new",
        "The plan was known; an older `occurred_at` than what is known changed nothing",
        problems={409: "The plan belongs to another customer, or has ended"},
        is_tagged=True,
    ),
    "get_plan": _read("The plan", answers_plans.Plan, problems=_NO_PLAN, is_tagged=True),
    "get_plans": _read("A page, and where to go on", answers_plans.PlanPage),
    "post_pause": _read("The paused plan", answers_plans.Plan, problems=_ENDED_PLAN),
    "post_resume": _read("The plan", answers_plans.Plan, problems=_ENDED_PLAN),
    "post_end": _read("The ended plan", answers_plans.Plan, problems=_NO_PLAN),
    "get_plan_invoices": _read(
        "A page of its months, the latest first", answers_plans.PlanInvoicePage, problems=_NO_PLAN
    ),
    # negotiation
    "put_offers": _read(
        "The offers as they were written, and what is doubtful about them",
        answers_negotiation.WrittenOffers,
        body=OffersDocument,
        is_tagged=True,
    ),
    "get_offers": _read("The offers", answers_negotiation.Offers, is_tagged=True),
    "get_offer": _read(
        "The offer, or why there is none",
        answers_negotiation.CustomerOffer,
        problems=_NO_CUSTOMER,
    ),
    "post_agreement": _noted(
        "The agreement; accepted again, the one that stands",
        answers_negotiation.Agreement,
        problems={**_NO_CUSTOMER, 409: "Nothing is offered any more, or on other terms"},
    ),
    "get_agreements": _read("A page, and where to go on", answers_negotiation.AgreementPage),
    "get_agreement": _read("The agreement", answers_negotiation.Agreement, problems=_NO_AGREEMENT),
    "post_approve": _read(
        "The agreement, in force", answers_negotiation.Agreement, problems=_NOT_APPROVED
    ),
    "post_refuse": _read(
        "The refused agreement", answers_negotiation.Agreement, problems=_NOT_PROPOSED
    ),
    "post_agreement_cancel": _read(
        "The cancelled agreement",
        answers_negotiation.Agreement,
        problems={**_NO_AGREEMENT, 409: "It is not in force"},
    ),
    # the page
    "get_page": _read("The document", answers_page.Page, is_tagged=True),
    "put_page": _read(
        "The document as it was written, and what is doubtful about it",
        answers_page.WrittenPage,
        body=PageDocument,
        is_tagged=True,
    ),
    "post_preview": _noted(
        "What is wrong, what is doubtful, and where to look at it",
        answers_page.PagePreview,
        body=PageDocument,
    ),
    # counts
    "get_reconciliation": _read("The day's counts", answers.Reconciliation),
    "get_costs": _read("Costs and what came in", answers.Costs),
    "get_health": _read("The API answers", answers.Health),
    # tenants
    "put_creditor": _written(
        CreditorDocument, "The creditor is new", "Its document is replaced", is_tagged=True
    ),
    "get_creditor": _read("The document", CreditorDocument, problems=_NO_CREDITOR, is_tagged=True),
    "post_client_of": _noted(*_MADE, problems={**_NO_CREDITOR, **_FULL}),
    "put_user_of": _written(*_INVITED, problems={**_NO_CREDITOR, **_NOT_INVITED}),
    "put_identity_of": _read(*_CLAIMED, problems=_TAKEN),
    "get_identity_of": _read(*_CLAIMED, problems={404: "The creditor claims no such domain"}),
    "get_own": _read("The document", CreditorDocument, is_tagged=True),
    "put_own": _read("The document as it is written now", CreditorDocument, is_tagged=True),
    "post_client": _noted(*_MADE, problems=_FULL),
    "get_clients": _read("A page, and where to go on", ClientListDocument),
    "delete_client": _gone("It acts for nobody any more", {404: "You have no such client"}),
    "put_user": _written(*_INVITED, problems=_NOT_INVITED),
    "get_users": _read("A page, and where to go on", UserListDocument),
    "get_user": _read("The person", UserDocument, problems=_NO_USER),
    "delete_user": _gone("The person acts for you no longer", {**_NO_USER, **_NOT_INVITED}),
    "put_identity": _read(*_CLAIMED, problems=_TAKEN),
    "get_identity": _read(*_CLAIMED, problems=_NO_DOMAIN),
    "get_identities": _read("A page, and where to go on", SenderIdentityListDocument),
}
