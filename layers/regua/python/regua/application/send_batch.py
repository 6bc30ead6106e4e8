"""A batch of contacts: every message is composed and kept before the first one goes out.

The exact bytes of a batch become one object (architecture D7), and nothing is sent whose bytes are
not kept. What fails for one contact fails for it alone, when its turn comes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from regua.application.messages import ContactDue
from regua.application.send_contact import Outcome, Prepared

LOOK_AGAIN = timedelta(seconds=5)
"""How old a second look may be when its message goes out."""


@dataclass(slots=True)
class SendBatch:
    """One batch under way, in two steps: all are prepared, then each is finished."""

    prepare: Callable[[ContactDue], Prepared]
    keep: Callable[[Sequence[Prepared]], Sequence[Prepared]]
    finish: Callable[[Prepared], Outcome]
    clock: Callable[[], datetime]
    _prepared_at: datetime | None = None
    _ready: dict[int, Prepared | Exception] = field(default_factory=dict)

    def prepare_all(self, dues: Sequence[ContactDue]) -> None:
        """Look again at every contact, compose what is to be sent, and keep it all.

        Raises:
            TemporaryError: it is not kept; nothing may be sent.
        """
        composed = {}
        for due in dues:
            try:
                composed[id(due)] = self.prepare(due)
            except Exception as exc:  # noqa: BLE001 - raised again when its turn comes
                self._ready[id(due)] = exc
        self._prepared_at = self.clock()
        kept = self.keep(list(composed.values()))
        self._ready |= zip(composed, kept, strict=True)

    def send(self, due: ContactDue) -> Outcome:
        """Finish one of the contacts that were prepared.

        When those before it took long, it is looked at again: somebody may have paid meanwhile.
        """
        ready = self._ready[id(due)]
        if isinstance(ready, Exception):
            raise ready
        if self._prepared_at is not None and self.clock() - self._prepared_at > LOOK_AGAIN:
            (ready,) = self.keep([self.prepare(due)])
        return self.finish(ready)
