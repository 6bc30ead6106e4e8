"""Instants as the carrier writes and reads them: ISO 8601, UTC, milliseconds, `Z`."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the real instant; messages carry their own, see `ses.mime`."""
    return datetime.now(UTC)


def to_wire(instant: datetime) -> str:
    """Return the instant as written in receipts.

    >>> to_wire(datetime(2026, 3, 1, 12, 0, 0, 5000, tzinfo=UTC))
    '2026-03-01T12:00:00.005Z'
    """
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_wire(text: str) -> datetime:
    """Read an instant; one without an offset is taken as UTC.

    Raises:
        ValueError: when the text is not ISO 8601.
    """
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
