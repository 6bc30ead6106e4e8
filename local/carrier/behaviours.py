"""How the next sends behave: rules from the outside, the newest matching one wins."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Any

from local.carrier.web import HttpProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CHANNELS = ("email", "sms", "whatsapp", "voice")
LONGEST_SECONDS = 2_678_400  # 31 days


class Outcome(StrEnum):
    """What happens to a send."""

    DELIVER = "deliver"
    DELAY = "delay"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    REJECT = "reject"
    THROTTLE = "throttle"
    ERROR = "error"
    CRASH_AFTER_ACCEPT = "crash_after_accept"
    NO_RECEIPT = "no_receipt"
    DUPLICATE_RECEIPT = "duplicate_receipt"
    LATE_RECEIPT = "late_receipt"
    OUT_OF_ORDER = "out_of_order"
    UNDELIVERABLE = "undeliverable"
    INVALID_NUMBER = "invalid_number"
    NOT_ON_WHATSAPP = "not_on_whatsapp"
    NUMBER_CHANGED = "number_changed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    ANSWERED = "answered"
    READ = "read"


DISTURBANCES = frozenset(
    {
        Outcome.NO_RECEIPT,
        Outcome.DUPLICATE_RECEIPT,
        Outcome.LATE_RECEIPT,
        Outcome.OUT_OF_ORDER,
    }
)
"""Outcomes that change receipts and not what happens to the message."""

CHANNELS_OF: Mapping[Outcome, frozenset[str]] = {
    Outcome.COMPLAINT: frozenset({"email"}),
    Outcome.UNDELIVERABLE: frozenset({"sms", "whatsapp", "voice"}),
    Outcome.INVALID_NUMBER: frozenset({"sms", "whatsapp", "voice"}),
    Outcome.NOT_ON_WHATSAPP: frozenset({"whatsapp"}),
    Outcome.NUMBER_CHANGED: frozenset({"whatsapp"}),
    Outcome.READ: frozenset({"whatsapp"}),
    Outcome.BUSY: frozenset({"voice"}),
    Outcome.NO_ANSWER: frozenset({"voice"}),
    Outcome.ANSWERED: frozenset({"voice"}),
}
"""Where an outcome can happen; one that is not here can happen on every channel."""

FAILURE_CODES: Mapping[str, frozenset[str]] = {
    "sms": frozenset(
        {
            "TEXT_UNREACHABLE",
            "TEXT_CARRIER_UNREACHABLE",
            "TEXT_TTL_EXPIRED",
            "TEXT_UNKNOWN",
            "TEXT_INVALID_MESSAGE",
            "TEXT_BLOCKED",
            "TEXT_CARRIER_BLOCKED",
            "TEXT_SPAM",
            "TEXT_PROTECT_BLOCKED",
        }
    ),
    "voice": frozenset({"VOICE_FAILED", "VOICE_TTL_EXPIRED"}),
    "whatsapp": frozenset({"131000", "130472", "131031", "131047", "131048", "131049", "131050"}),
}
"""The provider's own name of a failure that `code` may ask of undeliverable and reject."""


ACCEPTED_OUTCOMES = frozenset(Outcome) - {Outcome.THROTTLE, Outcome.ERROR, Outcome.REJECT}
"""Outcomes in which the message is accepted and its receipts are a matter of course."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One rule. An option that does not concern the outcome is ignored by it.

    `seconds` is real waiting time (None: the outcome's own default); `virtual_seconds` is how
    much later a delayed delivery is dated. `events` limits what no_receipt, duplicate_receipt
    and late_receipt touch. `then` is what happens to the message below a crash_after_accept or
    below disturbed receipts. `code` is the provider's own name of an error or a failure;
    `new_number` is where a customer went.
    """

    outcome: Outcome = Outcome.DELIVER
    channel: str | None = None
    to: str | None = None
    times: int | None = None
    seconds: float | None = None
    virtual_seconds: float | None = None
    count: int = 2
    bounce_type: str = "Permanent"
    bounce_sub_type: str = "General"
    after_delivery: bool = False
    delay_type: str = "TransientCommunicationFailure"
    complaint_type: str = "abuse"
    how: str = "api"
    code: str | None = None
    new_number: str | None = None
    reason: str | None = None
    events: tuple[str, ...] = ()
    then: Outcome = Outcome.DELIVER
    behaviour_id: int = 0

    def matches(self, channel: str, to: str) -> bool:
        """Tell whether the rule speaks of this channel and address, and can happen there."""
        return (
            (self.channel is None or self.channel == channel)
            and can_happen(self.outcome, channel)
            and can_happen(self.then, channel)
            and (self.to is None or fnmatchcase(to.lower(), self.to.lower()))
        )

    def failure_code(self, channel: str, default: str) -> str:
        """Return the failure that was asked for, when the channel knows it."""
        return self.code if self.code in FAILURE_CODES[channel] else default

    def touches(self, event: str) -> bool:
        """Tell whether a receipt of this name is changed by the rule."""
        return not self.events or event in self.events

    def to_document(self, times_left: int | None) -> dict[str, Any]:
        """Return the rule as `GET /behaviours` shows it: only what differs from the defaults."""
        match = {"channel": self.channel, "to": self.to}
        document: dict[str, Any] = {
            "id": self.behaviour_id,
            "match": {key: value for key, value in match.items() if value is not None},
            "outcome": self.outcome.value,
        }
        for option in _OPTIONS:
            value = getattr(self, option)
            if value != getattr(_DEFAULTS, option):
                document[option] = list(value) if isinstance(value, tuple) else value
        if self.times is not None:
            document["times_left"] = times_left
        return document


def can_happen(outcome: Outcome, channel: str) -> bool:
    """Tell whether an outcome means anything on a channel.

    >>> can_happen(Outcome.BUSY, "voice"), can_happen(Outcome.BUSY, "sms")
    (True, False)
    """
    return channel in CHANNELS_OF.get(outcome, CHANNELS)


_DEFAULTS = Behaviour()
_POSITIVE_INTEGERS = ("times", "count")
_SECONDS = ("seconds", "virtual_seconds")
_TEXTS = ("bounce_type", "bounce_sub_type", "delay_type", "complaint_type", "code", "reason")
_OPTIONS = (
    *_POSITIVE_INTEGERS,
    *_SECONDS,
    *_TEXTS,
    "new_number",
    "after_delivery",
    "how",
    "events",
    "then",
)
BOUNCE_TYPES = {
    ("Undetermined", "Undetermined"),
    ("Permanent", "General"),
    ("Permanent", "NoEmail"),
    ("Permanent", "Suppressed"),
    ("Permanent", "OnAccountSuppressionList"),
    ("Transient", "General"),
    ("Transient", "MailboxFull"),
    ("Transient", "MessageTooLarge"),
    ("Transient", "ContentRejected"),
    ("Transient", "AttachmentRejected"),
}


def parse_behaviour(document: object) -> Behaviour:
    """Read a rule as posted.

    Raises:
        HttpProblem: 400, with every path and reason.
    """
    reading = _Reading()
    behaviour = reading.behaviour(document)
    if reading.errors:
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "the behaviour is not valid", reading.errors)
    return behaviour


class _Reading:
    """Reads one document and collects everything that is wrong with it."""

    def __init__(self) -> None:
        self.errors: list[dict[str, str]] = []

    def behaviour(self, document: object) -> Behaviour:
        if not isinstance(document, dict):
            self._wrong("", "must be an object")
            return _DEFAULTS
        options = {key: value for key, value in document.items() if key != "match"}
        if "sub_type" in options:  # the short name reads well next to bounce_type
            options["bounce_sub_type"] = options.pop("sub_type")
        values = self._match(document.get("match", {}))
        values["outcome"] = self._outcome("outcome", options.pop("outcome", None))
        for name, value in options.items():
            values[name] = self._option(name, value)
        if self.errors:
            return _DEFAULTS
        behaviour = Behaviour(**values)
        self._check_bounce(behaviour)
        self._check_channel(behaviour)
        return behaviour

    def _wrong(self, path: str, reason: str) -> None:
        self.errors.append({"path": path, "reason": reason})

    def _match(self, match: object) -> dict[str, Any]:
        if not isinstance(match, dict):
            self._wrong("match", "must be an object")
            return {}
        for name in match.keys() - {"channel", "to"}:
            self._wrong(f"match.{name}", "unknown field")
        channel, to = match.get("channel"), match.get("to")
        if channel is not None and channel not in CHANNELS:
            self._wrong("match.channel", f"must be one of {', '.join(CHANNELS)}")
        if to is not None and not isinstance(to, str):
            self._wrong("match.to", "must be an address or a glob")
        return {"channel": channel, "to": to}

    def _outcome(self, path: str, value: object) -> Outcome:
        if value in list(Outcome):
            return Outcome(str(value))
        self._wrong(path, f"must be one of {', '.join(Outcome)}")
        return Outcome.DELIVER

    def _option(self, name: str, value: Any) -> Any:  # noqa: ANN401 - JSON in, option out
        if name == "then":
            return self._then(value)
        if name == "events":
            return self._events(value)
        problem = _option_problem(name, value)
        if problem:
            self._wrong(name, problem)
        return value

    def _then(self, value: object) -> Outcome:
        outcome = self._outcome("then", value)
        if outcome not in ACCEPTED_OUTCOMES - {Outcome.CRASH_AFTER_ACCEPT}:
            self._wrong("then", "must be an outcome of an accepted message")
        return outcome

    def _events(self, value: object) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self._wrong("events", "must be a list of event names")
        return ()

    def _check_bounce(self, behaviour: Behaviour) -> None:
        pair = (behaviour.bounce_type, behaviour.bounce_sub_type)
        if behaviour.outcome is Outcome.BOUNCE and pair not in BOUNCE_TYPES:
            self._wrong("bounce_type", f"SES has no bounce {pair[0]}/{pair[1]}")

    def _check_channel(self, behaviour: Behaviour) -> None:
        channel = behaviour.channel
        for path, outcome in (("outcome", behaviour.outcome), ("then", behaviour.then)):
            if channel is not None and not can_happen(outcome, channel):
                self._wrong(path, f"{outcome} does not happen on {channel}")
        if behaviour.outcome is Outcome.UNDELIVERABLE and behaviour.code is not None:
            known = FAILURE_CODES.get(channel or "", frozenset().union(*FAILURE_CODES.values()))
            if behaviour.code not in known:
                self._wrong("code", f"must be one of {', '.join(sorted(known))}")


def _is_positive_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_seconds(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= float(str(value)) <= LONGEST_SECONDS


_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    **dict.fromkeys(_POSITIVE_INTEGERS, (_is_positive_integer, "must be a positive integer")),
    **dict.fromkeys(_SECONDS, (_is_seconds, f"must be between 0 and {LONGEST_SECONDS}")),
    **dict.fromkeys(_TEXTS, (lambda value: isinstance(value, str), "must be a text")),
    "after_delivery": (lambda value: isinstance(value, bool), "must be true or false"),
    "new_number": (
        lambda value: (
            isinstance(value, str) and re.fullmatch(r"\+?[1-9]\d{7,14}", value) is not None
        ),
        "must be a number in E.164",
    ),
    "how": (lambda value: value in ("api", "event"), "must be api or event"),
}


def _option_problem(name: str, value: object) -> str | None:
    """Return what is wrong with a plain option, if anything."""
    is_valid, reason = _RULES.get(name, (lambda _: False, "unknown option"))
    return None if is_valid(value) else reason


@dataclass(slots=True)
class BehaviourBook:
    """The active rules, shared by every request."""

    _rules: list[Behaviour] = field(default_factory=list)
    _times_left: dict[int, int] = field(default_factory=dict)
    _ids: count[int] = field(default_factory=lambda: count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, behaviour: Behaviour) -> Behaviour:
        """Put a rule before all others; return it with its identifier."""
        with self._lock:
            added = replace(behaviour, behaviour_id=next(self._ids))
            self._rules.insert(0, added)
            if added.times is not None:
                self._times_left[added.behaviour_id] = added.times
            return added

    def clear(self) -> None:
        """Forget every rule."""
        with self._lock:
            self._rules.clear()
            self._times_left.clear()

    def documents(self) -> list[dict[str, Any]]:
        """Return the active rules, the one that wins first."""
        with self._lock:
            return [r.to_document(self._times_left.get(r.behaviour_id)) for r in self._rules]

    def resolve(self, channel: str, to: str, default: Behaviour = _DEFAULTS) -> Behaviour:
        """Return the rule for one send and count the use; a used-up rule is gone."""
        with self._lock:
            rule = next((rule for rule in self._rules if rule.matches(channel, to)), default)
            left = self._times_left.get(rule.behaviour_id)
            if left is not None:
                self._times_left[rule.behaviour_id] = left - 1
                if left == 1:
                    self._rules.remove(rule)
                    del self._times_left[rule.behaviour_id]
            return rule
