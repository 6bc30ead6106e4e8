"""Operations of the same API that other functions answer: what they are asked.

What they answer stands with everybody's in `operations`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regua.application.admin_documents import ClientBody, UserBody
from regua.application.creditor_document import CreditorDocument
from regua.domain.cursors import MAX_CURSOR


@dataclass(frozen=True)
class Elsewhere:
    """One operation of another function."""

    method: str
    path: str
    operation_id: str
    tag: str
    summary: str
    description: str
    parameters: Sequence[Mapping[str, Any]] = ()
    body: Any = None
    """The type of the body, if it takes one."""


def in_path(name: str, says: str, **schema: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any schema
    """Describe a parameter in the path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": says,
        "schema": {"type": "string", **schema},
    }


_INVOICE = in_path("external_id", "Your own id, percent-encoded; a slash in it is written %252F.")
_DISPATCH = in_path("dispatch_id", "A message's dispatch_id", pattern="^[0-9a-f]{32}$")
_ALONE = "Answered by a function of its own, the only one with what typesets and signs."
_ANOTHER = f"Each call issues another report, with a number of its own. {_ALONE}"

_CREDITOR = in_path("creditor_id", "The creditor's id", pattern="^[A-Za-z0-9_-]{1,64}$")
_EMAIL = in_path("email", "The person's e-mail address, percent-encoded")
_DOMAIN = in_path("domain", "A domain of the creditor's")
_CLIENT = in_path("client_id", "The client's id")
_CURSOR: Mapping[str, Any] = {
    "name": "cursor",
    "in": "query",
    "required": False,
    "description": "The `cursor` of the page before",
    "schema": {"type": "string", "maxLength": MAX_CURSOR},
}
_OF_ANY = "/v1/creditors/{creditor_id}"
_ONCE = "The secret is shown this once; each call makes another client."
_PROVEN = "Once its DNS shows the key, the domain is the creditor's alone."

ELSEWHERE: tuple[Elsewhere, ...] = (
    Elsewhere(
        "GET",
        "/v1/invoices/{external_id}/boleto.pdf",
        "get_boleto",
        "invoices",
        "A second copy of the boleto, printed",
        "Answered by a function of its own, the only one with what draws.",
        (_INVOICE,),
    ),
    Elsewhere(
        "GET",
        "/v1/messages/{dispatch_id}/evidence",
        "get_evidence",
        "messages",
        "A message's evidence: its chain and the seals over it",
        _ALONE,
        (_DISPATCH,),
    ),
    Elsewhere(
        "POST",
        "/v1/messages/{dispatch_id}/report",
        "post_message_report",
        "reports",
        "Issue the evidence report (laudo) of a message",
        _ANOTHER,
        (_DISPATCH,),
    ),
    Elsewhere(
        "POST",
        "/v1/invoices/{external_id}/report",
        "post_invoice_report",
        "reports",
        "Issue the evidence report (laudo) of every message about an invoice",
        _ANOTHER,
        (_INVOICE,),
    ),
    Elsewhere(
        "GET",
        "/v1/reports/{number}",
        "get_report",
        "reports",
        "An issued report, with a fresh address to fetch it from",
        _ALONE,
        (in_path("number", "The report's number, such as LD-2026-ABCD2345"),),
    ),
    Elsewhere(
        "PUT",
        _OF_ANY,
        "put_creditor",
        "platform",
        "Register a creditor, or replace its document",
        "A creditor without a ruler of its own follows the default one.",
        (_CREDITOR,),
        CreditorDocument,
    ),
    Elsewhere(
        "GET",
        _OF_ANY,
        "get_creditor",
        "platform",
        "A creditor's document",
        "As it was written.",
        (_CREDITOR,),
    ),
    Elsewhere(
        "POST",
        f"{_OF_ANY}/clients",
        "post_client_of",
        "platform",
        "Make a client for a creditor",
        _ONCE,
        (_CREDITOR,),
        ClientBody,
    ),
    Elsewhere(
        "PUT",
        f"{_OF_ANY}/users/{{email}}",
        "put_user_of",
        "platform",
        "Invite a person for a creditor",
        "A creditor's first admin comes in this way.",
        (_CREDITOR, _EMAIL),
        UserBody,
    ),
    Elsewhere(
        "PUT",
        f"{_OF_ANY}/sender-identities/{{domain}}",
        "put_identity_of",
        "platform",
        "Claim a domain for a creditor",
        f"The creditor itself may be registered afterwards. {_PROVEN}",
        (_CREDITOR, _DOMAIN),
    ),
    Elsewhere(
        "GET",
        f"{_OF_ANY}/sender-identities/{{domain}}",
        "get_identity_of",
        "platform",
        "A creditor's domain",
        "What its DNS needs, and what was found there just now.",
        (_CREDITOR, _DOMAIN),
    ),
    Elsewhere(
        "GET", "/v1/creditor", "get_own", "creditor", "Your own document", "As it was written."
    ),
    Elsewhere(
        "PUT",
        "/v1/creditor",
        "put_own",
        "creditor",
        "Change your own document",
        "`creditor_id`, `document`, `event_sources` and `ruler` cannot be changed here, and may "
        "be left out.",
        body=dict[str, Any],
    ),
    Elsewhere(
        "POST",
        "/v1/clients",
        "post_client",
        "clients",
        "Make a client of your own",
        f"It may do no more than whoever makes it. {_ONCE}",
        body=ClientBody,
    ),
    Elsewhere(
        "GET",
        "/v1/clients",
        "get_clients",
        "clients",
        "Your clients",
        "Those that were made here, without their secrets.",
        (_CURSOR,),
    ),
    Elsewhere(
        "DELETE",
        "/v1/clients/{client_id}",
        "delete_client",
        "clients",
        "Delete a client",
        "Within half a minute nothing takes its tokens any more.",
        (_CLIENT,),
    ),
    Elsewhere(
        "PUT",
        "/v1/users/{email}",
        "put_user",
        "users",
        "Invite a person, or change a role",
        "The role includes no more than whoever gives it may do.",
        (_EMAIL,),
        UserBody,
    ),
    Elsewhere(
        "GET", "/v1/users", "get_users", "users", "Your people", "And their roles.", (_CURSOR,)
    ),
    Elsewhere(
        "GET",
        "/v1/users/{email}",
        "get_user",
        "users",
        "One of your people",
        "And the role.",
        (_EMAIL,),
    ),
    Elsewhere(
        "DELETE",
        "/v1/users/{email}",
        "delete_user",
        "users",
        "Send a person away",
        "Within half a minute nothing takes the person's tokens any more.",
        (_EMAIL,),
    ),
    Elsewhere(
        "PUT",
        "/v1/sender-identities/{domain}",
        "put_identity",
        "creditor",
        "Claim a domain to write from",
        f"{_PROVEN} A claim that is not proven within 72 hours may be made by another creditor.",
        (_DOMAIN,),
    ),
    Elsewhere(
        "GET",
        "/v1/sender-identities/{domain}",
        "get_identity",
        "creditor",
        "One of your domains",
        "What its DNS needs, and what was found there just now.",
        (_DOMAIN,),
    ),
    Elsewhere(
        "GET",
        "/v1/sender-identities",
        "get_identities",
        "creditor",
        "Your domains",
        "Those that you claim, proven or not.",
        (_CURSOR,),
    ),
)
