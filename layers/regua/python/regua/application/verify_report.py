"""Verify what was issued here: by number and code, or by the file itself.

A report is opened by the code that is printed on it. An unknown number and a wrong code get the
same answer: nobody learns which numbers exist. Wrong codes are not counted: a code has 120 bits,
and a count would let whoever knows a number lock others out.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from regua.application.report_ports import ReportRecord
from regua.application.verify_bundle import Anchors
from regua.application.verify_file import VerifiedFile, VerifyFile
from regua.domain.errors import NotFound
from regua.domain.report_codes import code_sha256, is_report_number

_NOBODY = "0" * 64
"""Compared with when there is no report, so that the answer takes as long."""


class ReportArchive(Protocol):
    """Issued reports, for whoever knows how to open them."""

    def find(self, number: str) -> ReportRecord | None:
        """Return what is remembered of a report."""
        ...

    def file(self, number: str) -> bytes:
        """Return the PDF of a report that is remembered."""
        ...


@dataclass(frozen=True, slots=True)
class IssuedHere:
    """A report of ours with what was found in it."""

    record: ReportRecord
    is_as_issued: bool
    """The file's SHA-256 is the one remembered."""
    found: VerifiedFile


@dataclass(frozen=True, slots=True)
class Presented:
    """A file that somebody brought, with what was found in it."""

    sha256: str
    is_issued_here: bool
    """A report with this very SHA-256 was issued here."""
    found: VerifiedFile


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Verify reports against what this deployment knows of itself."""

    archive: ReportArchive
    verify: VerifyFile
    anchors: Callable[[], Anchors]
    """Returns the key that this deployment seals and signs with, and who stamps for it."""

    def by_code(self, number: str, code: str, now: datetime) -> IssuedHere:
        """Open a report and verify it.

        Raises:
            NotFound: the number or the code is wrong.
        """
        record = self._opened(number.strip().upper(), code)
        data = self.archive.file(record.number)
        is_as_issued = hashlib.sha256(data).hexdigest() == record.pdf_sha256
        return IssuedHere(record, is_as_issued, self._found(data, now))

    def of_file(self, data: bytes, now: datetime) -> Presented:
        """Verify a file, and tell whether it is a report of ours.

        Raises:
            InvalidInput: it cannot be read.
        """
        found = self._found(data, now)
        digest = hashlib.sha256(data).hexdigest()
        number = found.bundle.report
        known = self.archive.find(number) if number and is_report_number(number) else None
        is_ours = known is not None and known.pdf_sha256 == digest
        return Presented(digest, is_ours, found)

    def _found(self, data: bytes, now: datetime) -> VerifiedFile:
        return self.verify(data, anchors=self.anchors(), now=now)

    def _opened(self, number: str, code: str) -> ReportRecord:
        record = self.archive.find(number) if is_report_number(number) else None
        expected = _NOBODY if record is None else record.code_sha256
        is_right = hmac.compare_digest(code_sha256(code) or "", expected)
        if record is None or not is_right:
            raise NotFound(number)
        return record
