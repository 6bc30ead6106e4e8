"""In-memory twins of what importing files needs, with the same promises as the real adapters."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from regua.adapters.memory import MemoryPortfolio
from regua.application.import_ports import (
    ChunkRecord,
    FileChanged,
    JobPage,
    Pointer,
    StoredFile,
    TitleName,
    UploadTicket,
)
from regua.domain.account import Account
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId, CustomerId, InvoiceId, PaymentId
from regua.domain.imports.job import Counts, ImportJob, JobId
from regua.domain.invoice import Invoice

_Key = tuple[CreditorId, JobId]


class MemoryImports:
    """Jobs, mappings and names in dictionaries."""

    def __init__(self) -> None:
        self.jobs: dict[_Key, ImportJob] = {}
        self.kept_chunks: dict[_Key, dict[int, ChunkRecord]] = {}
        self.contents: dict[tuple[CreditorId, str], JobId] = {}
        self.kept_mappings: dict[CreditorId, dict[str, Mapping[str, Any]]] = {}
        self.kept_names: dict[tuple[CreditorId, TitleName], InvoiceId] = {}

    def create(self, job: ImportJob) -> None:
        """Remember a new job."""
        self.jobs[job.creditor_id, job.job_id] = job

    def get(self, creditor_id: CreditorId, job_id: JobId) -> ImportJob | None:
        """Read a job with its totals."""
        return self.jobs.get((creditor_id, job_id))

    def page(self, creditor_id: CreditorId, cursor: JobId | None, limit: int) -> JobPage:
        """Return a creditor's jobs, newest first."""
        mine = sorted((j for c, j in self.jobs if c == creditor_id), reverse=True)
        rest = [j for j in mine if cursor is None or j < cursor]
        page = rest[:limit]
        jobs = [self.jobs[creditor_id, j] for j in page]
        return JobPage(jobs, page[-1] if len(rest) > limit else None)

    def save(self, job: ImportJob) -> ImportJob:
        """Write a job that was read."""
        key = (job.creditor_id, job.job_id)
        known = self.jobs[key]
        if known.version != job.version:
            raise VersionConflict(job.job_id)
        self.jobs[key] = replace(
            job, version=job.version + 1, counts=known.counts, chunks_done=known.chunks_done
        )
        return self.jobs[key]

    def _chunks(self, job: ImportJob) -> dict[int, ChunkRecord]:
        return self.kept_chunks.setdefault((job.creditor_id, job.job_id), {})

    def open_chunk(self, job: ImportJob, number: int, plan: str) -> ChunkRecord:
        """Remember a chunk's plan; the first plan stands."""
        return self._chunks(job).setdefault(number, ChunkRecord(number, plan))

    def chunk(self, job: ImportJob, number: int) -> ChunkRecord | None:
        """Return what is remembered of a chunk."""
        return self._chunks(job).get(number)

    def close_chunk(self, job: ImportJob, number: int, counts: Counts) -> bool:
        """Mark a chunk done and add its counts to the job's."""
        known = self._chunks(job).get(number)
        if known is None or known.is_done:
            return False
        self._chunks(job)[number] = ChunkRecord(number, is_done=True, counts=counts)
        key = (job.creditor_id, job.job_id)
        present = self.jobs[key]
        self.jobs[key] = replace(
            present, counts=present.counts + counts, chunks_done=present.chunks_done + 1
        )
        return True

    def done_chunks(self, job: ImportJob, first: int, limit: int) -> Sequence[ChunkRecord]:
        """Return chunks from a number on that are done, by number."""
        chunks = self._chunks(job)
        wanted = (chunks.get(n) for n in range(first, first + limit))
        return [c for c in wanted if c is not None and c.is_done]

    def claim_content(self, job: ImportJob, digest: str, instead_of: JobId | None = None) -> JobId:
        """Return which job a content belongs to."""
        key = (job.creditor_id, digest)
        if key not in self.contents or self.contents[key] == instead_of:
            self.contents[key] = job.job_id
        return self.contents[key]

    def put_mapping(
        self, creditor_id: CreditorId, name: str, document: Mapping[str, Any], at: datetime
    ) -> None:
        """Keep a mapping."""
        del at
        self.kept_mappings.setdefault(creditor_id, {})[name] = document

    def mapping(self, creditor_id: CreditorId, name: str) -> Mapping[str, Any] | None:
        """Return a mapping's document."""
        return self.kept_mappings.get(creditor_id, {}).get(name)

    def mappings(self, creditor_id: CreditorId) -> Mapping[str, Mapping[str, Any]]:
        """Return all of a creditor's mappings, by name."""
        return dict(sorted(self.kept_mappings.get(creditor_id, {}).items()))

    def put_names(self, creditor_id: CreditorId, names: Mapping[TitleName, InvoiceId]) -> None:
        """Remember names."""
        for name, key in names.items():
            self.kept_names[creditor_id, name] = key

    def named(
        self, creditor_id: CreditorId, names: Collection[TitleName]
    ) -> Mapping[TitleName, InvoiceId]:
        """Return the invoices that are known by these names."""
        known = self.kept_names
        return {n: known[creditor_id, n] for n in names if (creditor_id, n) in known}


class MemoryBulkReads:
    """The portfolio's twin, read for many rows at once."""

    def __init__(self, portfolio: MemoryPortfolio) -> None:
        self._portfolio = portfolio

    def pointers(
        self, creditor_id: CreditorId, invoice_ids: Collection[InvoiceId]
    ) -> Mapping[InvoiceId, Pointer]:
        """Return what is known of these ids."""
        owners, orphans = self._portfolio.owners, self._portfolio.orphan_facts
        return {
            key: Pointer(owners.get((creditor_id, key)), (creditor_id, key) in orphans)
            for key in invoice_ids
            if (creditor_id, key) in owners or (creditor_id, key) in orphans
        }

    def accounts(
        self, creditor_id: CreditorId, customer_ids: Collection[CustomerId]
    ) -> Mapping[CustomerId, Account]:
        """Return each account with its open invoices."""
        return {key: self._portfolio.load_account(creditor_id, key) for key in customer_ids}

    def closed(
        self, creditor_id: CreditorId, wanted: Mapping[InvoiceId, CustomerId]
    ) -> Mapping[InvoiceId, Invoice]:
        """Return those of the invoices that are not open any more."""
        known = self._portfolio.closed
        found = {key: known.get((creditor_id, key)) for key in wanted}
        return {
            key: invoice
            for key, invoice in found.items()
            if invoice is not None and invoice.customer_id == wanted[key]
        }

    def payments(
        self, creditor_id: CreditorId, payment_ids: Collection[PaymentId]
    ) -> Mapping[PaymentId, InvoiceId]:
        """Return whose each payment is."""
        known = self._portfolio.payments
        return {p: known[creditor_id, p] for p in payment_ids if (creditor_id, p) in known}


class MemoryImportFiles:
    """The bucket in a dictionary."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._etags: dict[str, tuple[bytes, str]] = {}

    def _etag(self, key: str) -> str:
        data = self.files[key]
        known = self._etags.get(key)
        if known is None or known[0] is not data:
            known = data, hashlib.md5(data, usedforsecurity=False).hexdigest()
            self._etags[key] = known
        return f'"{known[1]}"'

    def upload_ticket(
        self, key: str, size: int, now: datetime, sha256: str | None = None
    ) -> UploadTicket:
        """Name an address that nobody answers."""
        del sha256
        headers = {"Content-Length": str(size)}
        return UploadTicket(
            f"https://files.example.com.br/{key}", headers, now + timedelta(hours=1)
        )

    def download_url(self, key: str, filename: str) -> str:
        """Name an address that nobody answers."""
        return f"https://files.example.com.br/{key}?{filename}"

    def stat(self, key: str) -> StoredFile | None:
        """Say whether a file is there, and which."""
        data = self.files.get(key)
        return None if data is None else StoredFile(len(data), self._etag(key))

    def read(self, key: str, start: int, end: int, etag: str | None = None) -> bytes:
        """Return bytes from ``start`` up to ``end``."""
        data = self.files.get(key)
        if data is None or (etag is not None and etag != self._etag(key)):
            raise FileChanged(key)
        return data[start:end]

    def write(self, key: str, pieces: Iterable[bytes]) -> StoredFile:
        """Write a file from pieces."""
        self.files[key] = b"".join(pieces)
        return StoredFile(len(self.files[key]), self._etag(key))

    def parts(self, keys: Iterable[str]) -> Iterator[bytes]:
        """Yield the content of files."""
        for key in keys:
            if key in self.files:
                yield self.files[key]


class MemoryImportQueue:
    """The queue as a list."""

    def __init__(self) -> None:
        self.messages: list[Mapping[str, Any]] = []

    def send(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Queue every message."""
        self.messages.extend(messages)
