"""Register creditors on the local cloud, the invented one that it comes with among them.

What a document may say is decided by `regua.application.creditor_document`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local import dkim
from local.documents import read_document
from local.emulator import ACCOUNT
from local.place import LocalError

if TYPE_CHECKING:
    from local.stack import Stack

DEFAULT_CREDITOR_ID = "papelaria-ipe"

EVENT_SOURCES = ("erp", "demo", "test", "erp.example.com.br")
"""The `source` values under which events of the invented company are accepted."""


def default_document(sender_domain: str, ruler: object = None) -> dict[str, Any]:
    """Return the invented company's document; without a ruler it follows the default one."""
    return {
        "creditor_id": DEFAULT_CREDITOR_ID,
        "name": "Papelaria Ipê Ltda.",
        "document": "11.222.333/0001-81",
        "address_line": "Rua das Palmeiras, 120, Centro, São Paulo/SP, CEP 01000-000",
        "email": f"cobranca@{sender_domain}",
        "reply_to": f"financeiro@{sender_domain}",
        "phone": "+55 11 4000-0000",
        "channels": {
            "sms": {"origin": "+5511940000001"},
            "voice": {"origin": "+551140000000"},
            "whatsapp": {
                "origin": "phone-number-id-00000000000000000000000000000001",
                "opt_in": "Contrato de prestação de serviços, cláusula 7",
            },
        },
        "dkim": {"selector": dkim.SELECTOR, "domain": sender_domain},
        "event_sources": [{"account": ACCOUNT, "source": source} for source in EVENT_SOURCES],
        **({} if ruler is None else {"ruler": ruler}),
    }


def register_default(stack: "Stack", ruler_file: Path | None = None) -> None:
    """Register the invented company, make its DKIM key, and let the cloud's API client act for it.

    Raises:
        LocalError: The ruler file cannot be read or is not a valid ruler.
    """
    ruler = read_document(ruler_file) if ruler_file else None
    dkim.make_key(stack, stack.sender_domain)
    register(stack, default_document(stack.sender_domain, ruler), stack.client_id)


def register(stack: "Stack", document: Mapping[str, Any], client_id: str | None) -> str:
    """Write a creditor and, when given, the API client that acts for it; return its id.

    Raises:
        LocalError: The document is wrong; the message has a line for each problem.
    """
    from regua.adapters.dynamodb_creditors import DynamoCreditors  # noqa: PLC0415 - half a second
    from regua.adapters.email_templates import TEMPLATES  # noqa: PLC0415
    from regua.application.creditor_document import register_creditor  # noqa: PLC0415
    from regua.domain.errors import InvalidInput  # noqa: PLC0415

    registry = DynamoCreditors(stack.dynamodb, stack.tables["portfolio"])
    client_ids = (client_id,) if client_id else ()
    try:
        return str(
            register_creditor(registry, document, templates=TEMPLATES, client_ids=client_ids)
        )
    except InvalidInput as exc:
        problems = "".join(f"\n  {p.path or 'document'}: {p.reason}" for p in exc.problems)
        raise LocalError(f"the creditor was not registered:{problems}") from exc
