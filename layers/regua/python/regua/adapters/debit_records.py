"""How authorisations and debits of Pix Automático are written."""

import json
from datetime import date
from typing import Any

from regua.adapters.records import dumps, instant
from regua.application.wire import instant_text
from regua.domain.automatic_debit import Debit, DebitStatus, Mandate, MandateStatus
from regua.domain.ids import InvoiceId
from regua.domain.money import Money


def write_mandate(mandate: Mandate) -> str:
    """Write an authorisation, without its version."""
    return dumps(
        {
            "contract": mandate.contract,
            "status": mandate.status.value,
            "asked_at": instant_text(mandate.asked_at),
            "retries": mandate.retries,
            "rec_id": mandate.rec_id,
            "code": mandate.code,
            "refusal": mandate.refusal,
        }
    )


def read_mandate(document: str, version: int) -> Mandate:
    """Read an authorisation as it was written."""
    read: dict[str, Any] = json.loads(document)
    return Mandate(
        contract=read["contract"],
        status=MandateStatus(read["status"]),
        asked_at=instant(read["asked_at"]),
        retries=read.get("retries", False),
        rec_id=read.get("rec_id"),
        code=read.get("code"),
        refusal=read.get("refusal"),
        version=version,
    )


def write_debit(debit: Debit) -> str:
    """Write a debit, without its month and version."""
    return dumps(
        {
            "invoice": debit.invoice_id,
            "due_date": debit.due_date.isoformat(),
            "amount": debit.amount.centavos,
            "txid": debit.txid,
            "status": debit.status.value,
            "try_on": debit.try_on.isoformat(),
            "tries": debit.tries,
            "refusal": debit.refusal,
        }
    )


def read_debit(period: str, document: str, version: int) -> Debit:
    """Read a debit as it was written."""
    read: dict[str, Any] = json.loads(document)
    return Debit(
        period=period,
        invoice_id=InvoiceId(read["invoice"]),
        due_date=date.fromisoformat(read["due_date"]),
        amount=Money(read["amount"]),
        txid=read["txid"],
        status=DebitStatus(read["status"]),
        try_on=date.fromisoformat(read["try_on"]),
        tries=read.get("tries", 0),
        refusal=read.get("refusal"),
        version=version,
    )
