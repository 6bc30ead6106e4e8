"""Items of the ``portfolio`` table as the domain knows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.records import instant, read_account, read_invoice
from regua.domain.account import Account
from regua.domain.invoice import Invoice

Item = Mapping[str, Any]


def read_account_item(header: Item, invoices: Iterable[Invoice] = ()) -> Account:
    """Read an account from its header, with open invoices put in their places on the ruler."""
    due_at = header.get("due_at")
    bare = Account(
        *keys.of_account(header["pk"]["S"]),
        version=int(header["version"]["N"]),
        schedule_seq=int(header["schedule_seq"]["N"]),
        next_evaluation_at=instant(due_at["S"]) if due_at else None,
    )
    return read_account(bare, header["document"]["S"], {i.external_id: i for i in invoices})


def read_invoice_item(item: Item) -> Invoice:
    """Read an invoice; where it stands on the ruler is in its account's header while it is open."""
    return read_invoice(item["sk"]["S"].partition("#")[2], item["document"]["S"])
