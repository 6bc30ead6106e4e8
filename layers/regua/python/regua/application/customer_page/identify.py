"""The question that comes before everything: asked, counted, compared, recorded."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from regua.application.customer_page.acts import Acting
from regua.application.customer_page.case import Cases, PageCase
from regua.application.customer_page.evidence import act_event, exact_form, sent_by
from regua.application.customer_page.ports import TRY_LIMITS, PageTries, TryLimits
from regua.application.ports import FactLog
from regua.domain.delivery import EventKind
from regua.domain.document_digits import is_right, read_typed
from regua.domain.errors import NotFound
from regua.domain.ids import DispatchId

MOST_RECORDED = 50
"""Of one message: whoever knows the answer opens the page as often as they like, and a link is no
way to fill the ledger."""


class RefusedKind(StrEnum):
    """Why an answer opened nothing; also a part of its metric's name."""

    UNREADABLE = "unreadable"
    """Not four letters or digits: nothing was compared, and no try was used."""
    WRONG = "wrong"
    NO_MORE_TODAY = "no_more_today"
    NO_MORE = "no_more"
    """This link is used up; the next message brings another."""
    NO_QUESTION = "no_question"
    """There is nothing to ask for: only the creditor's contact is shown."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that opened nothing. ``tries_left`` is None where no try was counted."""

    kind: RefusedKind
    tries_left: int | None = None


@dataclass(frozen=True, slots=True)
class Identified:
    """A right answer, and on record."""


@dataclass(frozen=True, slots=True)
class Identify:
    """Takes answers to the question."""

    cases: Cases
    facts: FactLog
    tries: PageTries
    nonce: Callable[[], str]
    limits: TryLimits = TRY_LIMITS

    def __call__(
        self, dispatch_id: DispatchId, typed: str, acting: Acting, now: datetime
    ) -> Identified | Refused:
        """Count an answer, compare it, and record a right one in the message's chain.

        Raises:
            NotFound: there is no such message.
            TemporaryError: a right answer could not be recorded; answering again is safe.
        """
        case = self.cases.find(dispatch_id, now)
        if case is None:
            raise NotFound(dispatch_id)
        if case.landing.question is None:
            return Refused(RefusedKind.NO_QUESTION)
        answer = read_typed(typed)
        if answer is None:
            return Refused(RefusedKind.UNREADABLE)
        tries = self.tries.take(case.account_key, dispatch_id, case.today, self.limits)
        if not tries.is_taken:
            is_over = tries.left_on_link <= 0
            return Refused(RefusedKind.NO_MORE if is_over else RefusedKind.NO_MORE_TODAY, 0)
        if not is_right(answer, case.document):
            kind = RefusedKind.WRONG if tries.left_on_link else RefusedKind.NO_MORE
            return Refused(kind, tries.left)
        self.tries.give_back(case.account_key, dispatch_id, case.today)
        self._record(case, answer, acting)
        return Identified()

    def _record(self, case: PageCase, answer: str, acting: Acting) -> None:
        known = sum(e.kind is EventKind.IDENTIFIED for e in case.events)
        question = case.landing.question
        if known >= MOST_RECORDED or question is None:
            return
        raw = exact_form(
            case.dispatch.dispatch_id, "identify", {"digits": answer}, acting, self.nonce()
        )
        facts = {"document": question.document, "document_digits": "matched"}
        event_id = hashlib.sha256(raw).hexdigest()[:16]
        event = act_event(
            case.dispatch.dispatch_id,
            event_id,
            facts,
            case.now,
            private=sent_by(acting),
            raw=raw,
            kind=EventKind.IDENTIFIED,
        )
        self.facts.append([event])
