"""The bus: events out, as many per call as it takes, every one of them or an error."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from regua.application.ports import OutgoingEvent
from regua.application.wire import instant_text
from regua.domain.errors import PublishFailed

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "regua"
_PER_CALL = 10
"""``PutEvents`` takes at most ten entries (EventBridge quotas)."""
_BYTES_PER_CALL = 240_000
"""Under the 256 KB that a call may hold (EventBridge quotas, PutEvents entry size)."""
_TRIES = 3


class EventBridgePublisher:
    """Publishes facts on a custom bus."""

    def __init__(self, client: "EventBridgeClient", bus_name: str) -> None:
        self._client = client
        self._bus_name = bus_name

    def publish(self, events: Sequence[OutgoingEvent]) -> None:
        """Publish every event; entries the bus refuses are tried again."""
        for entries in _calls(self._entry(e) for e in events):
            self._put(entries)

    def _put(self, entries: list[Any]) -> None:
        for _ in range(_TRIES):
            answer = self._client.put_events(Entries=entries)
            if not answer["FailedEntryCount"]:
                return
            results = zip(entries, answer["Entries"], strict=True)
            entries = [entry for entry, result in results if "ErrorCode" in result]
        msg = f"the bus refused {len(entries)} events"
        raise PublishFailed(msg)

    def _entry(self, event: OutgoingEvent) -> dict[str, Any]:
        detail = {
            "version": "1",
            "creditor_id": event.creditor_id,
            "occurred_at": instant_text(event.occurred_at),
            "data": event.data,
        }
        return {
            "EventBusName": self._bus_name,
            "Source": SOURCE,
            "DetailType": event.detail_type,
            "Detail": json.dumps(detail, ensure_ascii=False, separators=(",", ":")),
        }


def _calls(entries: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Group entries by count and by size; one that is too large alone is left to the bus."""
    call: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        weight = sum(len(str(value).encode()) for value in entry.values())
        if call and (len(call) == _PER_CALL or size + weight > _BYTES_PER_CALL):
            yield call
            call, size = [], 0
        call.append(entry)
        size += weight
    if call:
        yield call
