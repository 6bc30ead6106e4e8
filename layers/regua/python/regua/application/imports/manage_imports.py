"""What a creditor asks of imports: begin one, look at it, say which column is which, stop it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from regua.application.import_ports import (
    ImportFiles,
    ImportJobs,
    ImportMappings,
    ImportQueue,
    UploadTicket,
)
from regua.application.imports.mapping import ImportMapping
from regua.application.imports.results import read_results
from regua.application.imports.work import work
from regua.application.retrying import retried
from regua.domain.cursors import cursor_to, read_cursor
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.ids import CreditorId
from regua.domain.imports.columns import require
from regua.domain.imports.dialect import UnreadableFileError
from regua.domain.imports.job import FileKind, ImportJob, JobId, JobState

MOST_MAPPINGS = 200
MOST_LOOKS = 100
"""Chunks that are looked for at a time; a job that was stopped may lack thousands."""
_JOB = re.compile(r"[0-9a-f]{24}", re.ASCII)
_PATH = "query.cursor"
_NUMBER = re.compile(r"\d{1,7}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that somebody is going to put."""

    filename: str
    size_bytes: int
    kind: FileKind | None = None
    sha256: str | None = None
    mapping: ImportMapping | str | None = None
    """Which column is which, or the name of a mapping that says so."""
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class ManageImports:
    """The use cases, for one creditor at a time."""

    jobs: ImportJobs
    mappings: ImportMappings
    files: ImportFiles
    queue: ImportQueue
    new_id: Callable[[datetime], JobId]

    def begin(
        self, creditor_id: CreditorId, wanted: Wanted, now: datetime, as_of: datetime | None
    ) -> tuple[ImportJob, UploadTicket]:
        """Make a job and say where to put its file.

        Raises:
            InvalidInput: it names a mapping that there is not.
        """
        document, name = self._mapping_of(creditor_id, wanted.mapping)
        job = ImportJob(
            creditor_id=creditor_id,
            job_id=self.new_id(now),
            filename=wanted.filename,
            created_at=now,
            kind=wanted.kind,
            announced_bytes=wanted.size_bytes,
            is_again=wanted.is_again,
            as_of=as_of,
            mapping=document,
            mapping_name=name,
        )
        self.jobs.create(job)
        ticket = self.files.upload_ticket(job.upload_key, wanted.size_bytes, now, wanted.sha256)
        return job, ticket

    def _mapping_of(
        self, creditor_id: CreditorId, asked: ImportMapping | str | None
    ) -> tuple[Mapping[str, Any] | None, str | None]:
        if asked is None:
            return None, None
        if isinstance(asked, ImportMapping):
            return asked.model_dump(mode="json", exclude_defaults=True), None
        found = self.mappings.mapping(creditor_id, asked)
        if found is None:
            raise InvalidInput.at("body.mapping", "you have no mapping of this name")
        return found, asked

    def get(self, creditor_id: CreditorId, job_id: JobId) -> ImportJob:
        """Return one of a creditor's jobs.

        Raises:
            NotFound: there is none; another creditor's is none.
        """
        job = self.jobs.get(creditor_id, job_id)
        if job is None:
            raise NotFound(job_id)
        return job

    def page(
        self, creditor_id: CreditorId, cursor: str | None, limit: int
    ) -> tuple[Sequence[ImportJob], str | None]:
        """Return a page of jobs, newest first, and where to go on."""
        scope = f"imports#{creditor_id}"
        after = None if cursor is None else JobId(_read_place(scope, cursor, _JOB))
        page = self.jobs.page(creditor_id, after, limit)
        return page.jobs, None if page.cursor is None else cursor_to(scope, page.cursor)

    def map(self, creditor_id: CreditorId, job_id: JobId, mapping: ImportMapping) -> ImportJob:
        """Say which column is which, for a job that waits for it or for its file.

        Raises:
            Conflict: it does not wait.
        """
        document = mapping.model_dump(mode="json", exclude_defaults=True)

        def once() -> ImportJob:
            job = self.get(creditor_id, job_id)
            if job.state not in (JobState.WAITING, JobState.NEEDS_MAPPING):
                raise Conflict("This import does not wait for a mapping.")
            is_waiting = job.state is JobState.WAITING
            state = JobState.WAITING if is_waiting else JobState.READING
            return self.jobs.save(
                replace(
                    job, state=state, mapping=document, mapping_name=None, source=None, problems=()
                )
            )

        _check_header(mapping, self.get(creditor_id, job_id))
        job = retried(once)
        if job.state is JobState.READING:
            self.queue.send([work("start", job)])
        return job

    def cancel(self, creditor_id: CreditorId, job_id: JobId, now: datetime) -> ImportJob:
        """Stop a job; what it did stays. One that has ended stays as it ended.

        Raises:
            Conflict: it has ended otherwise.
        """

        def once() -> ImportJob:
            job = self.get(creditor_id, job_id)
            if job.state is JobState.CANCELLED:
                return job
            if job.state.is_final:
                raise Conflict("This import has ended.")
            return self.jobs.save(replace(job, state=JobState.CANCELLED, finished_at=now))

        return retried(once)

    def results(
        self, creditor_id: CreditorId, job_id: JobId, cursor: str | None
    ) -> tuple[Sequence[object], str | None]:
        """Return what became of some rows, and where to go on; None when there is no more.

        A page may be empty: while a job runs its rows are not done yet, and of one that was stopped
        some never will be.
        """
        job = self.get(creditor_id, job_id)
        scope = f"import-results#{creditor_id}#{job_id}"
        number = 0 if cursor is None else int(_read_place(scope, cursor, _NUMBER))
        total = job.chunks_total or 0
        until = min(total, number + MOST_LOOKS)
        while number < until:
            rows = read_results(self.jobs, self.files, job, number)
            if rows is not None:
                number += 1
                return rows, cursor_to(scope, str(number)) if number < total else None
            if not job.state.is_final:
                return [], cursor_to(scope, str(number))
            number += 1
        may_follow = number < total or (job.chunks_total is None and not job.state.is_final)
        return [], cursor_to(scope, str(number)) if may_follow else None

    def error_file(self, creditor_id: CreditorId, job_id: JobId) -> str:
        """Return an address from which the file of errors can be fetched.

        Raises:
            NotFound: there is none: nothing was rejected, or the job has not ended.
        """
        job = self.get(creditor_id, job_id)
        if not job.has_error_file:
            raise NotFound(job_id)
        return self.files.download_url(job.error_key, f"erros-{job.job_id}.csv")

    def keep_mapping(
        self, creditor_id: CreditorId, name: str, mapping: ImportMapping, now: datetime
    ) -> None:
        """Keep a mapping under a name.

        Raises:
            Conflict: there are as many as there may be.
        """
        known = self.mappings.mappings(creditor_id)
        if name not in known and len(known) >= MOST_MAPPINGS:
            raise Conflict(f"There are {MOST_MAPPINGS} mappings already.")
        document = mapping.model_dump(mode="json", exclude_defaults=True)
        self.mappings.put_mapping(creditor_id, name, document, now)


def _check_header(mapping: ImportMapping, job: ImportJob) -> None:
    """Refuse a mapping whose columns the file is known not to have."""
    if not job.header:
        return
    try:
        require(mapping.columns, job.header)
    except UnreadableFileError as exc:
        raise InvalidInput.at("body.columns", str(exc)) from exc


def _read_place(scope: str, cursor: str, shape: re.Pattern[str]) -> str:
    """Read a place in one of our lists.

    Raises:
        InvalidInput: it is none.
    """
    place = read_cursor(scope, cursor, _PATH)
    if not shape.fullmatch(place):
        raise InvalidInput.at(_PATH, "is not a cursor of this list")
    return place
