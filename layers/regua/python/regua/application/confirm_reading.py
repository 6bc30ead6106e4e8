"""A person confirms that they read a message: a deliberate act, never a link that is followed.

Showing the page changes nothing. The act is a form that only our own page can send, after it was
looked at; programs that press buttons are not believed. What was read is named by the hash of its
exact bytes, which the page shows. Of people the page asks for digits of the CPF, which need not be
given; a company's CNPJ is public and proves nobody.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from regua.application.message_content import Sender
from regua.application.outgoing import message_event
from regua.application.ports import (
    AccountKey,
    CreditorDirectory,
    DigitTries,
    DispatchLedger,
    FactLog,
    OutgoingEvent,
    Portfolio,
)
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Dispatch
from regua.domain.errors import NotFound
from regua.domain.evidence import canonical
from regua.domain.hit_classifier import MACHINES, classify
from regua.domain.ids import DispatchId
from regua.domain.ruler import Channel
from regua.domain.shown_at import read_shown_at
from regua.domain.tax_ids import is_cpf, normalise
from regua.domain.tokens import HitKind, TrackingKeys

MOST_WRONG_DIGITS = 5
"""Of a thousand possibilities, per customer: whoever has links alone finds none by trying."""
DIGITS = 3
LEAST_DWELL_SECONDS = 2
"""Nobody reads the page and presses its button faster; the page is shown once more."""


class Outcome(StrEnum):
    """What became of the act; also the name of its metric."""

    CONFIRMED = "reading_confirmed"
    ALREADY = "reading_already_confirmed"
    TOO_SOON = "reading_too_soon"
    EXPIRED = "reading_expired"
    WRONG_DIGITS = "reading_wrong_digits"
    NO_MORE_TRIES = "reading_no_more_tries"
    MACHINE = "reading_by_machine"


@dataclass(frozen=True, slots=True)
class Notice:
    """What the page says about a message: nothing of the customer, nothing of a debt."""

    dispatch_id: DispatchId
    sender: Sender
    channel: Channel
    sent_at: datetime
    content_sha256: str
    confirmed_at: datetime | None = None
    asks_digits: bool = False
    """Whether the customer is a person whose CPF is on file."""


@dataclass(frozen=True, slots=True)
class ConfirmationRequest:
    """What somebody sent with the form, and from where. ``digits`` is as it was typed."""

    dispatch_id: DispatchId
    shown_at: str
    digits: str
    ip: str
    user_agent: str
    headers: Mapping[str, str] = field(repr=False)
    port: str = ""
    request_id: str = ""

    @property
    def typed(self) -> str:
        """The digits without separators, letters as capitals."""
        return normalise(self.digits.strip())


@dataclass(frozen=True, slots=True)
class _Message:
    dispatch: Dispatch
    notice: Notice
    cpf: str | None


@dataclass(frozen=True, slots=True)
class ConfirmReading:
    """Show a message's page, and record that its reading was confirmed."""

    portfolio: Portfolio
    ledger: DispatchLedger
    directory: CreditorDirectory
    facts: FactLog
    tries: DigitTries
    publish: Callable[[Sequence[OutgoingEvent]], None]
    nonce: Callable[[], str]
    """Returns 32 random hexadecimal digits: what is personal cannot be guessed from a hash."""

    def show(self, dispatch_id: DispatchId) -> Notice | None:
        """Return what the page says; None when there is no such message."""
        message = self._find(dispatch_id)
        return None if message is None else message.notice

    def __call__(
        self, request: ConfirmationRequest, keys: TrackingKeys, *, now: datetime
    ) -> tuple[Outcome, Notice] | None:
        """Take the act; the same again changes nothing. None when there is no such message.

        Acts that overlap are each recorded, at their own instant.

        Raises:
            TemporaryError: it could not be recorded, or not be told; another try makes that good.
        """
        message = self._find(request.dispatch_id)
        if message is None:
            return None
        notice = message.notice
        if notice.confirmed_at is not None:
            self._tell(message.dispatch, notice.confirmed_at)  # the first time, it may have failed
            return Outcome.ALREADY, notice
        shown_at = read_shown_at(request.shown_at, request.dispatch_id, now, keys)
        if shown_at is None:
            return Outcome.EXPIRED, notice
        dwell_seconds = int((now - shown_at).total_seconds())
        digits = self._believe(request, message, dwell_seconds)
        if isinstance(digits, Outcome):
            return digits, notice
        facts = {
            "dwell_seconds": str(dwell_seconds),
            "document_digits": digits,
            "content_sha256": notice.content_sha256,
        }
        return Outcome.CONFIRMED, self._record(request, message, facts, now)

    def _believe(
        self, request: ConfirmationRequest, message: _Message, dwell_seconds: int
    ) -> str | Outcome:
        """Return what the digits prove, or why this is no confirmation."""
        if dwell_seconds < LEAST_DWELL_SECONDS:
            return Outcome.TOO_SOON
        digits = self._check_digits(request, message)
        if digits in {"not_given", "not_on_file"} and _is_machine(request):
            return Outcome.MACHINE
        return digits

    def _find(self, dispatch_id: DispatchId) -> _Message | None:
        found = self.ledger.find(dispatch_id)
        if found is None:
            return None
        record, events = found
        sent_at = record.sent_at or record.claimed_at
        if record.content_sha256 is None or sent_at is None:
            return None
        try:
            sender = self.directory.get(record.dispatch.creditor_id).sender
        except NotFound:
            return None
        confirmed = [e.at for e in events if e.kind is EventKind.CONFIRMED]
        cpf = self._cpf(record.dispatch)
        notice = Notice(
            dispatch_id,
            sender,
            record.dispatch.channel,
            sent_at,
            record.content_sha256,
            min(confirmed, default=None),
            cpf is not None,
        )
        return _Message(record.dispatch, notice, cpf)

    def _cpf(self, dispatch: Dispatch) -> str | None:
        account = self.portfolio.load_account(dispatch.creditor_id, dispatch.customer_id)
        document = normalise(account.customer.document) if account.customer else ""
        return document if is_cpf(document) else None

    def _check_digits(self, request: ConfirmationRequest, message: _Message) -> str | Outcome:
        """Compare the digits, when some were given and a CPF is known; wrong ones are counted."""
        if not request.typed:
            return "not_given"
        if message.cpf is None:
            return "not_on_file"
        dispatch = message.dispatch
        account = AccountKey(dispatch.creditor_id, dispatch.customer_id)
        if not self.tries.take(account, MOST_WRONG_DIGITS):
            return Outcome.NO_MORE_TRIES
        if request.typed != message.cpf[-DIGITS:]:
            return Outcome.WRONG_DIGITS
        self.tries.give_back(account)
        return "matched"

    def _record(
        self,
        request: ConfirmationRequest,
        message: _Message,
        facts: Mapping[str, str],
        at: datetime,
    ) -> Notice:
        self.facts.append(
            [
                MessageEvent(
                    request.dispatch_id,
                    EventKind.CONFIRMED,
                    at,
                    EventKind.CONFIRMED.value,
                    facts,
                    private=_personal(request),
                    raw=_raw(request, self.nonce()),
                )
            ]
        )
        self._tell(message.dispatch, at)
        return replace(message.notice, confirmed_at=at)

    def _tell(self, dispatch: Dispatch, at: datetime) -> None:
        told = message_event(
            EventKind.CONFIRMED, dispatch.creditor_id, dispatch.dispatch_id, at, {}
        )
        if told is not None:
            self.publish([told])


def _is_machine(request: ConfirmationRequest) -> bool:
    """Return whether the form was sent by what is known to be a program."""
    judged = classify(HitKind.CLICK, "POST", request.user_agent, request.ip, request.headers)
    return judged.label in MACHINES


def _personal(request: ConfirmationRequest) -> dict[str, str]:
    personal = {
        "ip": request.ip,
        "port": request.port,
        "user_agent": request.user_agent,
        **{f"header_{name}": value for name, value in request.headers.items()},
    }
    return {name: value for name, value in personal.items() if value}


def _raw(request: ConfirmationRequest, nonce: str) -> bytes:
    """Spell what was sent: the form as it was filled in, and the request around it."""
    return canonical(
        {
            "v": 1,
            "type": "regua.confirmation.v1",
            "method": "POST",
            "dispatch_id": request.dispatch_id,
            "request_id": request.request_id,
            "form": {"shown_at": request.shown_at, "digits": request.digits},
            "ip": request.ip,
            "port": request.port or None,
            "user_agent": request.user_agent,
            "headers": dict(request.headers),
            "nonce": nonce,
        }
    )
