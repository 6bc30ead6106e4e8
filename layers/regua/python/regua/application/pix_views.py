"""What the API tells about charges and money that found no invoice, in plain data."""

from collections.abc import Mapping
from typing import Any

from regua.application.pix_ports import ChargeRecord
from regua.application.wire import instant_text
from regua.domain.pix.entries import PixMoney


def charge_view(record: ChargeRecord) -> Mapping[str, Any]:
    """Describe a charge; ``refused`` tells why there is none."""
    return {
        "txid": record.txid,
        "revision": record.revision,
        "status": None if record.refused else record.status.value,
        "due_date": record.due_date,
        "pix_copy_paste": record.copy_paste,
        "refused": record.refused,
        "made_at": instant_text(record.made_at),
    }


def unmatched_view(money: PixMoney) -> Mapping[str, Any]:
    """Describe a Pix that belongs to no invoice."""
    return {
        "payment_id": money.end_to_end_id,
        "amount_centavos": money.amount.centavos,
        "left_centavos": money.left.centavos,
        "received_at": instant_text(money.received_at),
        "txid": money.txid,
    }
