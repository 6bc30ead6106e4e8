"""What is kept of a request on the page: the form as it was filled in, and who sent it from where.

All of it is personal, or may be: it goes to the vault under the customer's key, and the chain holds
its hash. The facts beside it are codes.
"""

from collections.abc import Mapping
from datetime import datetime

from regua.application.attended import to_the_millisecond
from regua.application.customer_page.acts import (
    Act,
    Acting,
    ActKind,
    ConfirmReading,
    Dispute,
    NotMe,
    Prefer,
    Promise,
    SayPaid,
    SendAgain,
    Settle,
)
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.evidence import canonical
from regua.domain.exact import Exact
from regua.domain.ids import DispatchId

TERMS_TYPE = "text/plain; charset=utf-8"
_KINDS: Mapping[type, ActKind] = {
    ConfirmReading: ActKind.CONFIRM_READING,
    SayPaid: ActKind.SAY_PAID,
    Promise: ActKind.PROMISE,
    Dispute: ActKind.DISPUTE,
    NotMe: ActKind.NOT_ME,
    Prefer: ActKind.PREFER,
    SendAgain: ActKind.SEND_AGAIN,
    Settle: ActKind.SETTLE,
}


def kind_of(act: Act) -> ActKind:
    """Name an act."""
    return _KINDS[type(act)]


def form_of(act: Act) -> dict[str, str | None]:
    """Return what a form said, field by field; a file by its hash."""
    match act:
        case Prefer(channel, hour, stop):
            return {
                "channel": None if channel is None else channel.value,
                "hour": None if hour is None else str(hour),
                "stop": " ".join(sorted(c.value for c in stop)),
            }
        case Settle(choice, key):
            return {
                "instalments": str(choice.instalments),
                "down_payment_centavos": str(choice.down_payment.centavos),
                "first_due": choice.first_due.isoformat(),
                "key": key,
            }
        case SayPaid() | Promise() | Dispute() | SendAgain():
            return {"ref": act.ref, **_about_an_invoice(act)}
        case ConfirmReading() | NotMe():
            return {}


def _about_an_invoice(act: SayPaid | Promise | Dispute | SendAgain) -> dict[str, str | None]:
    match act:
        case SayPaid(on=on, method=method, proof=proof):
            digest = None if proof is None else Exact.of(proof.content, proof.media_type).sha256
            return {"on": on.isoformat(), "method": method.value, "proof": digest}
        case Promise(on=on):
            return {"on": on.isoformat()}
        case Dispute(reason=reason, words=words):
            return {"reason": reason.value, "words": words}
        case SendAgain():
            return {}


def sent_by(acting: Acting) -> dict[str, str]:
    """Return who sent a request, as far as it shows."""
    said = {
        "ip": acting.ip,
        "port": acting.port,
        "user_agent": acting.user_agent,
        **{f"header_{name}": value for name, value in acting.headers.items()},
    }
    return {name: value for name, value in said.items() if value}


def exact_form(
    dispatch_id: DispatchId,
    act: str,
    form: Mapping[str, str | None],
    acting: Acting,
    nonce: str,
) -> bytes:
    """Spell what was sent: the form as it was filled in, and the request around it."""
    return canonical(
        {
            "v": 1,
            "type": "regua.page.act.v1",
            "method": "POST",
            "dispatch_id": dispatch_id,
            "request_id": acting.request_id,
            "act": act,
            "form": dict(form),
            "ip": acting.ip,
            "port": acting.port or None,
            "user_agent": acting.user_agent,
            "headers": dict(acting.headers),
            "nonce": nonce,
        }
    )


def act_event(
    dispatch_id: DispatchId,
    event_id: str,
    facts: Mapping[str, str],
    at: datetime,
    *,
    private: Mapping[str, str] | None = None,
    raw: bytes,
    media_type: str = "application/json",
    kind: EventKind = EventKind.ACTED,
) -> MessageEvent:
    """State something done on the page."""
    return MessageEvent(
        dispatch_id,
        kind,
        to_the_millisecond(at),
        event_id,
        facts,
        private=private or {},
        raw=raw,
        media_type=media_type,
    )


def exact_sha256(event: MessageEvent) -> str | None:
    """Return the hash of the bytes behind a fact, whether or not they are kept already."""
    if event.kept is not None and event.kept.raw is not None:
        return event.kept.raw.sha256
    return None if event.raw is None else Exact.of(event.raw, event.media_type).sha256
