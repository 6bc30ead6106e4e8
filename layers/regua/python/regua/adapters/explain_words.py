"""Explanations in words a collector understands, in Brazilian Portuguese and in English.

Every sentence stands by itself. Instants are written by the ruler's clock; ids, step names and
segment names are shown as the creditor wrote them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from regua.adapters.explain_phrases import WORDS, Language, Words
from regua.adapters.pt_br import brl, full_date
from regua.application.customer_page.acts import ActKind
from regua.application.explanation import (
    Because,
    CustomerExplanation,
    Explanation,
    Followed,
    Happening,
    NextContact,
    Outcome,
    Resting,
    StepLine,
    Told,
    rule_of,
)
from regua.application.wire import instant_text
from regua.domain.contact_results import ResultCode
from regua.domain.delivery import EventKind
from regua.domain.dispatch import DispatchState
from regua.domain.holds import DisputeOutcome, HoldKind
from regua.domain.ruler import Channel, Seen

Document = Mapping[str, Any]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RESULTS = frozenset(ResultCode)
_ACTS = frozenset(ActKind)
_DISPUTE_OUTCOMES = frozenset(DisputeOutcome)
_MANY = 2


def in_words(
    explanation: Explanation | CustomerExplanation, language: Language = "pt-BR"
) -> Sequence[str]:
    """Say an explanation in complete sentences: how it stands, what happened, what comes next."""
    speaker = _Speaker(WORDS[language], language, ZoneInfo(explanation.timezone))
    if isinstance(explanation, Explanation):
        return list(speaker.invoice(explanation))
    return list(speaker.customer(explanation))


def as_document(
    explanation: Explanation | CustomerExplanation, language: Language = "pt-BR"
) -> Document:
    """Return an explanation as plain data: codes, and the words for them.

    Days are ISO dates, instants UTC with ``Z``, amounts centavos. Every step has its ``words`` and
    every rule its ``code``, ``says``, ``source`` and ``default``.
    """
    speaker = _Speaker(WORDS[language], language, ZoneInfo(explanation.timezone))
    if isinstance(explanation, CustomerExplanation):
        return {
            **_plain_fields(explanation, without={"invoices", "next"}),
            "language": language,
            "invoices": [_invoice_document(e, speaker, language) for e in explanation.invoices],
            "next": _next_document(explanation.next, speaker),
            "words": list(speaker.customer_alone(explanation)),
        }
    return _invoice_document(explanation, speaker, language)


def _invoice_document(explanation: Explanation, speaker: "_Speaker", language: str) -> Document:
    at = explanation.at.astimezone(speaker.zone).date()
    return {
        **_plain_fields(explanation, without={"steps", "earlier", "next", "happenings"}),
        "language": language,
        "steps": [
            _step_document(line, speaker, speaker.step(line, at)) for line in explanation.steps
        ],
        "earlier": [
            _step_document(line, speaker, speaker.step(line, at)) for line in explanation.earlier
        ],
        "happenings": [
            {**_plain_fields(h), "words": speaker.happening(h)} for h in explanation.happenings
        ],
        "next": _next_document(explanation.next, speaker),
        "words": list(speaker.invoice(explanation)),
    }


def _step_document(line: StepLine, speaker: "_Speaker", sentence: str) -> Document:
    reason = None if line.reason is None else speaker.words.reasons[line.reason]
    return {
        **_plain_fields(line, without={"told", "rule_code"}),
        "dispatch_id": line.dispatch_id,
        "delivery": None if line.told is None else _plain(line.told.delivery),
        "rule": _rule(line.rule_code),
        "outcome_words": speaker.words.outcome_names[line.outcome],
        "reason_words": reason,
        "words": sentence,
    }


def _next_document(following: NextContact | None, speaker: "_Speaker") -> Document | None:
    if following is None:
        return None
    return {
        **_plain_fields(following, without={"rule_code"}),
        "rule": _rule(following.rule_code),
        "words": list(speaker.next_contact(following)),
    }


def _rule(code: str | None) -> Document | None:
    """Describe a rule; one that is not in the rulebook has its code only."""
    if code is None:
        return None
    found = rule_of(code)
    return {"code": code, "says": None, "source": None} if found is None else _plain_fields(found)


def _plain_fields(value: Any, without: Iterable[str] = ()) -> Document:  # noqa: ANN401 - any dataclass
    left_out = set(without)
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.name not in left_out}


def _plain(value: Any) -> Any:  # noqa: ANN401 - any field of an explanation
    """Return what JSON can hold of a value."""
    match value:
        case StrEnum():
            plain: Any = value.value
        case Told():
            told = _plain_fields(value, without={"rule_code"})
            plain = {**told, "rule": _rule(value.rule_code)}
        case datetime():
            plain = instant_text(value)
        case date():
            plain = value.isoformat()
        case frozenset():
            plain = sorted(_plain(v) for v in value)
        case list() | tuple():
            plain = [_plain(v) for v in value]
        case Mapping():
            plain = dict(value)
        case _:
            plain = _plain_fields(value) if is_dataclass(value) else value
    return plain


class _Speaker:
    """Says things in one language, by one clock."""

    def __init__(self, words: Words, language: Language, zone: ZoneInfo) -> None:
        self.words = words
        self.language = language
        self.zone = zone

    def _say(self, phrase: str, **values: object) -> str:
        return self.words.phrases[phrase].format(**values)

    # ── days, instants, amounts ────────────────────────────────────────────────────────────────

    def day(self, day: date) -> str:
        if self.language == "pt-BR":
            return full_date(day)
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def instant(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        time = f"{local.hour}:{local.minute:02d}"
        return self._say("moment", day=self.day(local.date()), time=time)

    def day_of(self, at: datetime) -> str:
        return self.day(at.astimezone(self.zone).date())

    def amount(self, centavos: int) -> str:
        if self.language == "pt-BR":
            return brl(centavos)
        return f"R$ {Decimal(centavos) / 100:,.2f}"

    # ── an invoice ─────────────────────────────────────────────────────────────────────────────

    def invoice(self, explanation: Explanation) -> Iterator[str]:
        yield self._say(
            "invoice",
            at=self.instant(explanation.at),
            invoice=explanation.invoice_id,
            status=self.words.statuses[explanation.status],
            late=self._late(explanation.days_late),
        )
        yield self.follows(explanation.follows)
        if explanation.resting is not None:
            yield self.resting(explanation.resting)
        today = explanation.at.astimezone(self.zone).date()
        for line in explanation.earlier:
            sentence = self.step(line, today)
            yield self._say("earlier", sentence=sentence[:1].lower() + sentence[1:])
        for line in explanation.steps:
            yield self.step(line, today)
        for happening in explanation.happenings:
            yield self.happening(happening)
        yield from self._what_next(explanation)

    def _late(self, days: int) -> str:
        if not days:
            return ""
        return self._say("day_late") if days == 1 else self._say("days_late", days=days)

    def follows(self, followed: Followed) -> str:
        because = "; ".join(self.because(b) for b in followed.because)
        why = self.words.rulers[followed.why].format(
            segment=followed.segment,
            because=self._say("segment_because", because=because) if because else "",
        )
        return self._say("follows", name=followed.name, version=followed.version, why=why)

    def because(self, because: Because) -> str:
        is_amount = because.condition.endswith("_amount")
        asked, found = because.asked, because.found
        if is_amount:
            asked, found = self.amount(int(asked)), self.amount(int(found))
        else:
            asked, found = asked.replace(",", ", "), found.replace(",", ", ")
        return self.words.conditions[because.condition].format(asked=asked, found=found)

    def resting(self, resting: Resting) -> str:
        return self._say(
            "resting",
            since=self.day_of(resting.since),
            hold=self._reason_of(resting),
            until=self._until(resting.until),
        )

    def _reason_of(self, resting: Resting) -> str:
        return self.words.reasons[resting.kind.reason]

    def _until(self, until: datetime | None) -> str:
        return "" if until is None else self._say("until", until=self.instant(until))

    def _what_next(self, explanation: Explanation | CustomerExplanation) -> Iterator[str]:
        if explanation.next is not None:
            yield from self.next_contact(explanation.next)
        elif explanation.silence is not None:
            reason = explanation.silence_reason
            why = "" if reason is None else self.words.reasons[reason]
            because = self._say("none_because", why=why) if why else ""
            yield self.words.silences[explanation.silence].format(why=because)

    def next_contact(self, following: NextContact) -> Iterator[str]:
        phrase = "next" if len(following.invoices) < _MANY else "next_about"
        yield self._say(
            phrase,
            at=self.instant(following.at),
            by=self.words.by_channel[following.channel],
            step=following.step_id,
            count=len(following.invoices),
        )
        resting = following.resting
        until = resting.until if resting else None
        yield self.words.whys[following.why].format(
            why=self.words.reasons[following.reason] if following.reason else "",
            hold=self._reason_of(resting) if resting else "",
            until=self.instant(until) if until else "",
        )
        if following.is_preferred_channel:
            yield self._say("preferred_channel")

    # ── a step ─────────────────────────────────────────────────────────────────────────────────

    def step(self, line: StepLine, today: date) -> str:
        """Say what became, or will become, of a step."""
        channel = self.words.channels[line.channel] if line.channel else ""
        said = {
            "step": line.step_id,
            "day": self.day(line.planned_on),
            "at": self.instant(line.at) if line.at else self.day(line.planned_on),
            "Channel": channel[:1].upper() + channel[1:],
            "made": self.words.made_by[line.channel] if line.channel else "",
            "by": self._say("by", by=self.words.by_channel[line.channel]) if line.channel else "",
            "why": self._why(line),
        }
        return self._sentence(line, today).format(**(said | self._by_outcome(line, said)))

    def _sentence(self, line: StepLine, today: date) -> str:
        if line.outcome is Outcome.WAITING and line.told is not None:
            is_planned = line.told.state is DispatchState.PLANNED
            return self.words.phrases["under_way" if is_planned else "in_doubt"]
        if line.outcome is Outcome.HELD and line.planned_on > today:
            return self.words.phrases["held_later"]
        return self.words.outcomes[line.outcome]

    def _by_outcome(self, line: StepLine, said: Mapping[str, str]) -> dict[str, str]:
        """Say what depends on the outcome, from what is said anyway."""
        match line.outcome:
            case Outcome.MADE:
                return {"delivery": self._delivery(line.told), "before": self._before(line)}
            case Outcome.HELD | Outcome.DEFERRED:
                return {"until": self._afterwards(line)}
            case Outcome.WAITING:
                return {"when": self._say("at_instant", at=said["at"]) if line.at else ""}
            case _:
                return {"when": said["at"]}

    def _afterwards(self, line: StepLine) -> str:
        """Say when a step that waits comes again, or what comes instead."""
        if line.overtaken_by:
            return self._say("instead", step=line.overtaken_by)
        if line.dropped is not None:
            return self._say("dropped", why=self.words.reasons[line.dropped])
        if line.until is None:
            return ""
        phrase = "returns" if line.outcome is Outcome.HELD else "comes_back"
        return self._say(phrase, until=self.instant(line.until))

    def _why(self, line: StepLine) -> str:
        why = self._plain_why(line)
        is_policy = line.rule_code is not None and line.rule_code.startswith("contact.")
        return why + self._say("rule", rule=line.rule_code) if is_policy else why

    def _plain_why(self, line: StepLine) -> str:
        if line.outcome is Outcome.HELD and line.resting is not None:
            hold = self.words.holds[line.resting.kind]
            return self._say("since", hold=hold, since=self.day_of(line.resting.since))
        if line.reason is None:
            return self._say("unrecorded")
        if line.resting is not None:
            return self._rested(line, line.resting)
        if line.overtaken_by:
            is_over = line.outcome is Outcome.LEFT_OUT
            return self._say("overtaken" if is_over else "will_overtake", step=line.overtaken_by)
        return self.words.reasons[line.reason]

    def _rested(self, line: StepLine, resting: Resting) -> str:
        said = self._say(
            "rested",
            hold=self.words.past_holds[resting.kind],
            since=self.day_of(resting.since),
            until=self.day_of(resting.until or resting.since),
        )
        if not line.overtaken_by:
            return said
        return self._say("then_step", rested=said, step=line.overtaken_by)

    def _delivery(self, told: Told | None) -> str:
        """Say what became of a message; that a person saw it proves its delivery."""
        if told is None or (told.delivery is None and not told.seen):
            return self.words.not_reported
        if told.delivery in {None, EventKind.SENT, EventKind.DELAYED, EventKind.DELIVERED}:
            for seen in (Seen.CLICKED, Seen.OPENED, Seen.DELIVERED):
                if seen in told.seen:
                    return self.words.seen[seen]
        return self.words.deliveries[told.delivery or EventKind.SENT]

    def _before(self, line: StepLine) -> str:
        """Say why a step was put off before it was made."""
        reasons = [c.reason for c in line.contacts if c.state is DispatchState.DEFERRED]
        if not reasons or reasons[-1] is None:
            return ""
        why = self.words.reasons[reasons[-1]]
        if len(reasons) == 1:
            return self._say("deferred_before", why=why)
        return self._say("deferred_often", times=len(reasons), why=why)

    # ── what happened besides ──────────────────────────────────────────────────────────────────

    def happening(self, happening: Happening) -> str:
        facts = happening.facts
        until, promised_on = facts.get("until"), facts.get("promised_on")
        channel = facts.get("channel")
        said = {
            "at": self.instant(happening.at),
            "hold": self.words.holds_named[HoldKind(facts["kind"])] if "kind" in facts else "",
            "until": self._until(datetime.fromisoformat(until)) if until else "",
            "promised_on": self.day(date.fromisoformat(promised_on)) if promised_on else "",
            "from": facts.get("from", ""),
            "to": facts.get("to", ""),
            "ruler": facts.get("ruler", ""),
            "code": self._result(facts.get("code", "")),
            "outcome": self._outcome(facts.get("outcome", "")),
            "act": self._act(facts.get("act", "")),
            "by": self._made_by(channel) if channel else "",
            "amount": self.amount(int(facts.get("centavos", "0"))),
            "total": self.amount(int(facts.get("total_centavos", "0"))),
        }
        return self.words.happenings[happening.code].format(**said)

    def _result(self, code: str) -> str:
        """Say a result code; one that is not ours any more is shown as it is."""
        return self.words.results[ResultCode(code)] if code in _RESULTS else code

    def _act(self, act: str) -> str:
        """Say an act; one that is not ours any more is shown as it is."""
        return self.words.acts[ActKind(act)] if act in _ACTS else act

    def _outcome(self, outcome: str) -> str:
        if outcome not in _DISPUTE_OUTCOMES:
            return ""  # whoever lifts a pause says nothing about a debt
        return self.words.dispute_outcomes[DisputeOutcome(outcome)]

    def _made_by(self, channel: str) -> str:
        return self._say("made_by", by=self.words.by_channel[Channel(channel)])

    # ── a customer ─────────────────────────────────────────────────────────────────────────────

    def customer(self, explanation: CustomerExplanation) -> Iterator[str]:
        """Say all about a customer, invoice by invoice."""
        yield from self._customer_stands(explanation)
        for invoice in explanation.invoices:
            yield from self.invoice(invoice)
        yield from self._what_next(explanation)

    def customer_alone(self, explanation: CustomerExplanation) -> Iterator[str]:
        """Say what is about the customer and no single invoice."""
        yield from self._customer_stands(explanation)
        for happening in explanation.happenings:
            yield self.happening(happening)
        yield from self._what_next(explanation)

    def _customer_stands(self, explanation: CustomerExplanation) -> Iterator[str]:
        yield self._say(
            "customer",
            at=self.instant(explanation.at),
            customer=explanation.customer_id,
            segment=explanation.segment,
        )
        for channel in explanation.opted_out:
            yield self._say("opted_out", by=self.words.by_channel[channel])
        for resting in explanation.resting:
            yield self.resting(resting)
