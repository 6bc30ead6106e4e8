"""Every error Régua raises on purpose.

::

    ReguaError
    ├── FinalError        trying again cannot help
    │   ├── InvalidInput      the caller sent something wrong; every path and reason is listed
    │   │   └── UnknownRuler      it names a ruler that there is not, perhaps not yet
    │   ├── NotFound          no such resource for this creditor
    │   ├── Conflict          the resource's state refuses the command
    │   ├── PreconditionFailed the resource is not as the caller expects it
    │   ├── RecipientRejected the provider refuses this recipient or content for good
    │   ├── TemplateError     a template cannot be rendered with this content
    │   └── AccountTooLarge   more open invoices than one account can hold
    └── TemporaryError    the same call may succeed later
        ├── VersionConflict   another writer was faster; read again and decide again
        ├── ProviderThrottled the provider asks us to slow down
        ├── PlanTaken         an earlier copy of the dispatch, with another plan, is under way
        ├── AlreadyClaimed    a sender has taken the dispatch; look at what became of it
        ├── DispatchInDoubt   an earlier attempt left no result; it may have been sent
        └── PublishFailed     the bus did not take every event

Decide with the branch: a ``FinalError`` is answered or recorded, a ``TemporaryError`` goes back
to where the work came from. Anything that is not a ``ReguaError`` is a defect.
"""

from typing import NamedTuple, Self


class Problem(NamedTuple):
    """One thing wrong with an input: where (a dotted path) and why."""

    path: str
    reason: str


class ReguaError(Exception):
    """Base of every error raised on purpose."""


class FinalError(ReguaError):
    """Trying again cannot help."""


class TemporaryError(ReguaError):
    """The same call may succeed later.

    ``retry_after_seconds`` is a hint to whoever owns the queue; None means "as usual".
    """

    def __init__(self, message: str = "", *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class InvalidInput(FinalError):
    """The input is wrong; ``problems`` lists every path and reason found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.path}: {p.reason}" for p in problems))
        self.problems = problems

    @classmethod
    def at(cls, path: str, reason: str) -> Self:
        """Build the error for a single problem."""
        return cls((Problem(path, reason),))


class UnknownRuler(InvalidInput):
    """A ruler is named that the creditor does not have, or has had for a moment only."""


class NotFound(FinalError):
    """No such resource for this creditor."""


class Conflict(FinalError):
    """The resource's state refuses the command."""


class PreconditionFailed(FinalError):
    """The resource is not as the caller expects it; nothing was written."""


class RecipientRejected(FinalError):
    """The provider refuses this recipient or this content for good."""


class TemplateError(FinalError):
    """A template cannot be rendered with this content."""


class AccountTooLarge(FinalError):
    """One account holds more than the store takes for it; nothing was written."""


class VersionConflict(TemporaryError):
    """Another writer was faster: read again and decide again.

    Back in a queue it rests two seconds, long enough for a crowd on one account to pass.
    """

    def __init__(self, message: str = "", *, retry_after_seconds: int | None = 2) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds)


class ProviderThrottled(TemporaryError):
    """The provider asks us to slow down; nothing was sent."""


class DispatchInDoubt(TemporaryError):
    """An earlier attempt claimed the dispatch and left no result: it may have been sent."""


class PlanTaken(TemporaryError):
    """An earlier copy of the dispatch, with another plan, is under way or has ended: accept it."""


class AlreadyClaimed(TemporaryError):
    """A sender has taken the dispatch; look at what became of it."""


class PublishFailed(TemporaryError):
    """The bus did not take every event; publish them again."""
