"""The in-memory twin of the store of reports."""

from regua.application.report_ports import ReportRecord
from regua.domain.errors import Conflict


class MemoryReports:
    """Reports and their records in dictionaries."""

    def __init__(self) -> None:
        self.records: dict[str, ReportRecord] = {}
        self.files: dict[str, bytes] = {}

    def keep(self, record: ReportRecord, pdf: bytes) -> None:
        """Keep a report."""
        if record.number in self.records:
            raise Conflict("This report exists already.")
        self.files[record.number] = pdf
        self.records[record.number] = record

    def find(self, number: str) -> ReportRecord | None:
        """Return what is remembered of a report."""
        return self.records.get(number)

    def download_url(self, number: str) -> str:
        """Return an address that names the file."""
        return f"https://reports.example.com.br/{number}.pdf"
