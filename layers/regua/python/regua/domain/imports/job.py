"""One file on its way in: where it stands, what was read of it, what became of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from regua.domain.errors import Problem
from regua.domain.ids import CreditorId

MAX_CSV_BYTES = 2 * 1024 * 1024 * 1024

JobId = NewType("JobId", str)
"""24 lowercase hex characters; later jobs sort after earlier ones."""


class FileKind(StrEnum):
    """What a file is."""

    CSV = "csv"
    XLSX = "xlsx"
    NFE = "nfe"
    """One NF-e, or a zip of them."""
    CNAB = "cnab"
    """A bank's return file (retorno)."""


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    """For its file."""
    READING = "reading"
    NEEDS_MAPPING = "needs_mapping"
    """Nobody but the creditor can tell which column is which."""
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens."""
        return self in (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


class RowOutcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    DUPLICATE = "duplicate"
    """It says what is known already, or something older."""
    IGNORED = "ignored"
    """Nothing follows from it: a line of totals, a bank's notice."""
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by what became of them: ``read`` is the sum of the others."""

    read: int = 0
    created: int = 0
    updated: int = 0
    duplicate: int = 0
    ignored: int = 0
    rejected: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, n) + getattr(other, n) for n in COUNT_NAMES))

    def and_one(self, outcome: RowOutcome) -> "Counts":
        """Count one more row.

        >>> Counts().and_one(RowOutcome.CREATED)
        Counts(read=1, created=1, updated=0, duplicate=0, ignored=0, rejected=0)
        """
        one = {"read": 1, outcome.value: 1}
        return self + Counts(**one)


COUNT_NAMES = tuple(f.name for f in fields(Counts))
NOTHING = Counts()


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row. ``row`` counts as a spreadsheet shows it: the header is row 1."""

    row: int
    outcome: RowOutcome
    external_id: str | None = None
    problems: tuple[Problem, ...] = ()
    """Why it was rejected, or which cells of a row that was kept were not used."""


@dataclass(frozen=True, slots=True)
class Source:
    """The delimited text that is cut: the file itself, or what it was converted to."""

    key: str
    size: int
    etag: str
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_row: int
    data_start: int
    """The byte after the header."""
    decimal: str


@dataclass(frozen=True, slots=True)
class ImportJob:
    """A job. ``counts`` and ``chunks_done`` are the store's: they are never written with it."""

    creditor_id: CreditorId
    job_id: JobId
    filename: str
    created_at: datetime
    state: JobState = JobState.WAITING
    kind: FileKind | None = None
    """None until it was looked at."""
    announced_bytes: int = 0
    is_again: bool = False
    """Whether a file that was imported before is to be read all the same."""
    as_of: datetime | None = None
    at: datetime | None = None
    """When its rows count as described: the moment it began to be read, for all of them."""
    mapping: Mapping[str, Any] | None = None
    mapping_name: str | None = None
    source: Source | None = None
    rows_total: int | None = None
    chunks_total: int | None = None
    duplicate_of: JobId | None = None
    problems: tuple[Problem, ...] = ()
    header: tuple[str, ...] = ()
    """The columns of a file that waits for its mapping."""
    has_error_file: bool = False
    running_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = 0
    counts: Counts = field(default=NOTHING, compare=False)
    chunks_done: int = field(default=0, compare=False)

    @property
    def is_complete(self) -> bool:
        """Whether every chunk is done."""
        return self.chunks_total is not None and self.chunks_done >= self.chunks_total

    @property
    def folder(self) -> str:
        """Where what belongs to it is kept."""
        return f"imports/{self.creditor_id}/{self.job_id}"

    @property
    def upload_key(self) -> str:
        """Where its file is put."""
        return upload_key(self.creditor_id, self.job_id)

    @property
    def error_key(self) -> str:
        """Where its file of errors is."""
        return f"{self.folder}/errors.csv"


UPLOADS = "uploads/"


def upload_key(creditor_id: CreditorId, job_id: JobId) -> str:
    """Return where a job's file is put."""
    return f"{UPLOADS}{creditor_id}/{job_id}"


def of_upload(key: str) -> tuple[CreditorId, JobId] | None:
    """Read the key of a file that was put; None for any other.

    >>> of_upload("uploads/a/b/0123456789abcdef01234567")
    ('a/b', '0123456789abcdef01234567')
    """
    creditor, _, job = key.removeprefix(UPLOADS).rpartition("/")
    if not key.startswith(UPLOADS) or not creditor or not job:
        return None
    return CreditorId(creditor), JobId(job)
