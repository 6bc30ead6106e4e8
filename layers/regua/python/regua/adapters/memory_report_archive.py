"""The in-memory twin of the archive of issued reports."""

from regua.application.report_ports import ReportRecord


class MemoryReportArchive:
    """Reports in dictionaries, by number."""

    def __init__(self) -> None:
        self.records: dict[str, ReportRecord] = {}
        self.files: dict[str, bytes] = {}

    def find(self, number: str) -> ReportRecord | None:
        """Return what is remembered of a report."""
        return self.records.get(number)

    def file(self, number: str) -> bytes:
        """Return a report's PDF."""
        return self.files[number]
