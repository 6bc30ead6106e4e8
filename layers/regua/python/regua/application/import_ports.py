"""What importing a file needs from the outside, as roles; twins in `adapters.memory_imports`."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from regua.domain.account import Account
from regua.domain.errors import FinalError
from regua.domain.ids import CreditorId, CustomerId, InvoiceId, PaymentId
from regua.domain.imports.job import NOTHING, Counts, ImportJob, JobId
from regua.domain.invoice import Invoice


class FileChanged(FinalError):
    """The file is no longer the one that was begun: somebody put another in its place."""


class Chunk(NamedTuple):
    """Some rows of a job's source: bytes from ``start`` to ``end``, ``first_row`` the first's."""

    number: int
    start: int
    end: int
    first_row: int


@dataclass(frozen=True, slots=True)
class ChunkRecord:
    """What is remembered of a chunk.

    ``plan`` has one letter per row: what was known of it before the chunk touched anything, so that
    a second attempt tells the same as the first.
    """

    number: int
    plan: str = ""
    is_done: bool = False
    counts: Counts = NOTHING


class JobPage(NamedTuple):
    """Jobs, newest first, and the last one's id when there are more."""

    jobs: Sequence[ImportJob]
    cursor: JobId | None


class ImportJobs(Protocol):
    """Jobs, their chunks and their totals."""

    def create(self, job: ImportJob) -> None:
        """Remember a new job."""
        ...

    def get(self, creditor_id: CreditorId, job_id: JobId) -> ImportJob | None:
        """Read a job with its totals, as of now."""
        ...

    def page(self, creditor_id: CreditorId, cursor: JobId | None, limit: int) -> JobPage:
        """Return a creditor's jobs, newest first."""
        ...

    def save(self, job: ImportJob) -> ImportJob:
        """Write a job that was read; return it at its next version.

        Raises:
            VersionConflict: somebody else changed it since.
        """
        ...

    def open_chunk(self, job: ImportJob, number: int, plan: str) -> ChunkRecord:
        """Remember a chunk's plan; the first plan stands, whoever brings another."""
        ...

    def chunk(self, job: ImportJob, number: int) -> ChunkRecord | None:
        """Return what is remembered of a chunk."""
        ...

    def close_chunk(self, job: ImportJob, number: int, counts: Counts) -> bool:
        """Mark a chunk done and add its counts to the job's, both or neither; False when it was."""
        ...

    def done_chunks(self, job: ImportJob, first: int, limit: int) -> Sequence[ChunkRecord]:
        """Return chunks from a number on that are done, by number."""
        ...

    def claim_content(self, job: ImportJob, digest: str, instead_of: JobId | None = None) -> JobId:
        """Return which job a content belongs to: this one, when nobody has it.

        ``instead_of`` is a job that gives it up, if it is the one that has it.
        """
        ...


class ImportMappings(Protocol):
    """Mappings of a creditor, by name."""

    def put_mapping(
        self, creditor_id: CreditorId, name: str, document: Mapping[str, Any], at: datetime
    ) -> None:
        """Keep a mapping; one of that name is replaced."""
        ...

    def mapping(self, creditor_id: CreditorId, name: str) -> Mapping[str, Any] | None:
        """Return a mapping's document."""
        ...

    def mappings(self, creditor_id: CreditorId) -> Mapping[str, Mapping[str, Any]]:
        """Return all of a creditor's mappings, by name."""
        ...


class TitleKind:
    """How a title may be named besides its ``external_id``."""

    DOCUMENT, BANK = "D", "B"
    """By its document number, and by the bank's (nosso número)."""


TitleName = tuple[str, str]
"""One of `TitleKind` and the name."""


class TitleNames(Protocol):
    """Which invoice is meant by a number printed on a boleto."""

    def put_names(self, creditor_id: CreditorId, names: Mapping[TitleName, InvoiceId]) -> None:
        """Remember names; the last invoice to take one has it."""
        ...

    def named(
        self, creditor_id: CreditorId, names: Collection[TitleName]
    ) -> Mapping[TitleName, InvoiceId]:
        """Return the invoices that are known by these names."""
        ...


class Pointer(NamedTuple):
    """What is known of an invoice's id: whose it is, and whether facts came before it."""

    customer_id: CustomerId | None
    has_orphans: bool


class BulkReads(Protocol):
    """The portfolio read for many rows at once, each answer as of its own moment."""

    def pointers(
        self, creditor_id: CreditorId, invoice_ids: Collection[InvoiceId]
    ) -> Mapping[InvoiceId, Pointer]:
        """Return what is known of these ids; one never heard of is left out."""
        ...

    def accounts(
        self, creditor_id: CreditorId, customer_ids: Collection[CustomerId]
    ) -> Mapping[CustomerId, Account]:
        """Return each account with its open invoices; one never seen has version 0."""
        ...

    def closed(
        self, creditor_id: CreditorId, wanted: Mapping[InvoiceId, CustomerId]
    ) -> Mapping[InvoiceId, Invoice]:
        """Return those of the invoices, named with their customers, that are not open any more."""
        ...

    def payments(
        self, creditor_id: CreditorId, payment_ids: Collection[PaymentId]
    ) -> Mapping[PaymentId, InvoiceId]:
        """Return whose each payment is; an unknown one is left out."""
        ...


class UploadTicket(NamedTuple):
    """How and until when a file can be put: this key and size and nothing else."""

    url: str
    headers: Mapping[str, str]
    expires_at: datetime


class StoredFile(NamedTuple):
    """A file that is there."""

    size: int
    etag: str


class ImportFiles(Protocol):
    """The bucket of files."""

    def upload_ticket(
        self, key: str, size: int, now: datetime, sha256: str | None = None
    ) -> UploadTicket:
        """Let a file of exactly this size (and SHA-256, in hex) be put under this key."""
        ...

    def download_url(self, key: str, filename: str) -> str:
        """Return an address from which a file can be fetched for fifteen minutes."""
        ...

    def stat(self, key: str) -> StoredFile | None:
        """Say whether a file is there, and which."""
        ...

    def read(self, key: str, start: int, end: int, etag: str | None = None) -> bytes:
        """Return bytes from ``start`` up to, not including, ``end``; fewer at the file's end.

        Raises:
            FileChanged: it is not the one with this ``etag``, or is gone.
        """
        ...

    def write(self, key: str, pieces: Iterable[bytes]) -> StoredFile:
        """Write a file from pieces, never holding more than a few megabytes of it."""
        ...

    def parts(self, keys: Iterable[str]) -> Iterator[bytes]:
        """Yield the content of files, one after the other; one that is not there is left out."""
        ...


class ImportQueue(Protocol):
    """Work of ours that is to be done next."""

    def send(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Queue every message.

        Raises:
            TemporaryError: some were not taken; doing a thing twice is harmless.
        """
        ...


class SheetReader(Protocol):
    """Reads spreadsheets (XLSX)."""

    def __call__(self, data: bytes) -> Iterator[Sequence[str]]:
        """Yield the first filled sheet's rows as text, streamed.

        Raises:
            InvalidInput: it is no workbook that may be read.
        """
        ...
