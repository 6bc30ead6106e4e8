"""Values that the contract tests share."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Dispatch, InvoiceStep, LeftOut
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Phase, Tone
from tests.builders import CREDITOR, CUSTOMER

NOW = datetime(2026, 11, 10, 12, 0, 0, 123000, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)
TODAY = date(2026, 11, 10)


def any_dispatch(n: int = 1, **changes: Any) -> Dispatch:  # noqa: ANN401 - any field
    """Return a planned e-mail about one invoice."""
    fields: dict[str, Any] = {
        "dispatch_id": DispatchId(f"{n:032x}"),
        "creditor_id": CREDITOR,
        "customer_id": CUSTOMER,
        "schedule_seq": n,
        "channel": Channel.EMAIL,
        "step_id": "vencida-3",
        "phase": Phase.SOFT,
        "template": "vencida",
        "tone": Tone.NEUTRAL,
        "invoices": (InvoiceStep(InvoiceId("fat-1"), "vencida-3"),),
        "left_out": (LeftOut(InvoiceId("fat-1"), "vencimento", Reason.SUPERSEDED),),
        "decided_at": NOW + timedelta(seconds=n),
        "decided_on": TODAY,
    }
    return Dispatch(**{**fields, **changes})


def any_event(
    dispatch: Dispatch,
    kind: EventKind = EventKind.DELIVERED,
    **changes: Any,  # noqa: ANN401
) -> MessageEvent:
    """Return a fact about a dispatch."""
    fields: dict[str, Any] = {"at": NOW, "event_id": "e1", "facts": {"smtp_response": "250 ok"}}
    return MessageEvent(dispatch.dispatch_id, kind, **{**fields, **changes})
