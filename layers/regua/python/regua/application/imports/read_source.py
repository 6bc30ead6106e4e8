"""A file is looked at, made cuttable, and cut into chunks of whole rows, in steps that may repeat.

Cutting reads the file once, front to back, in pieces; where its time ends it goes on by message.
Chunks depend on the content alone, so that a step done twice writes the same plan. Nothing of the
file is applied before all of it was read: then its rows are counted, and a file that was imported
before is known by its content.
"""

import codecs
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from regua.application.import_ports import (
    Chunk,
    FileChanged,
    ImportFiles,
    ImportJobs,
    ImportMappings,
    ImportQueue,
    SheetReader,
    StoredFile,
)
from regua.application.imports import convert, cut_source
from regua.application.imports.cut_source import Part, SourceCut
from regua.application.imports.inspect_source import (
    SAMPLE_BYTES,
    Inspected,
    NeedsMapping,
    Written,
    inspect,
)
from regua.application.imports.mapping import read_mapping
from regua.application.imports.work import ImportWork, work
from regua.application.validation import told
from regua.domain.errors import InvalidInput, Problem
from regua.domain.imports.dialect import UnreadableFileError
from regua.domain.imports.job import MAX_CSV_BYTES, FileKind, ImportJob, JobState, Source

MOST_CHUNKS = 100_000
"""Forty million rows; a file of more is one of line ends."""
_PIECE_BYTES = 4 * 1024 * 1024
_TOO_MANY_ROWS = "o arquivo tem linhas demais; divida-o"
_CSV_ENCODING = "utf-8"


@dataclass(frozen=True, slots=True)
class ReadSource:
    """Takes a job from its file's arrival to its chunks."""

    jobs: ImportJobs
    mappings: ImportMappings
    files: ImportFiles
    queue: ImportQueue
    read_sheet: SheetReader
    document_of: Callable[[ImportJob], str]
    """Returns the creditor's own CNPJ or CPF."""

    # ── its file is there ──────────────────────────────────────────────────────────────────────

    def start(self, job: ImportJob, now: datetime) -> ImportJob:
        """Look at a job's file and begin to cut it, or say what is in the way."""
        if job.state is JobState.WAITING:
            job = self.jobs.save(replace(job, state=JobState.READING, at=job.as_of or now))
        if job.source is None:
            job = self._look(job, now)
        if job.state is JobState.READING:
            self.queue.send([work("read", job)])
        return job

    def _look(self, job: ImportJob, now: datetime) -> ImportJob:
        stored = self.files.stat(job.upload_key)
        if stored is None:
            return self._failed(job, now, (Problem("file", "o arquivo não está mais lá"),))
        try:
            kind, key, stored = self._cuttable(job, stored)
            found = self._inspected(job, kind, key, stored)
        except NeedsMapping as exc:
            return self.jobs.save(
                replace(
                    job,
                    state=JobState.NEEDS_MAPPING,
                    problems=told(exc.problems),
                    header=exc.header,
                )
            )
        except (InvalidInput, FileChanged) as exc:
            return self._failed(job, now, _problems(exc))
        return self.jobs.save(
            replace(
                job,
                kind=kind,
                source=found.source,
                mapping=found.mapping,
                mapping_name=found.mapping_name,
                problems=(),
                header=(),
            )
        )

    def _failed(self, job: ImportJob, now: datetime, problems: tuple[Problem, ...]) -> ImportJob:
        return self.jobs.save(
            replace(job, state=JobState.FAILED, problems=told(problems), finished_at=now)
        )

    def give_up(self, job: ImportJob, now: datetime) -> ImportJob:
        """End a job whose file is no longer the one that was begun."""
        return self._failed(job, now, _problems(FileChanged()))

    def _inspected(self, job: ImportJob, kind: FileKind, key: str, stored: StoredFile) -> Inspected:
        sample = self.files.read(key, 0, SAMPLE_BYTES, stored.etag)
        given = None if job.mapping is None else read_mapping(job.mapping)
        return inspect(
            sample,
            key,
            stored,
            given=given,
            given_name=job.mapping_name,
            saved=self.mappings.mappings(job.creditor_id),
            written=_written(job, kind, key),
        )

    def _cuttable(self, job: ImportJob, stored: StoredFile) -> tuple[FileKind, str, StoredFile]:
        """Return what a file is, and where it can be cut by bytes: itself, or a copy of it."""
        head = self.files.read(job.upload_key, 0, SAMPLE_BYTES, stored.etag)
        if not head.strip():
            raise UnreadableFileError("o arquivo está vazio")
        kind = job.kind or convert.kind_of(head)
        encoding = (job.mapping or {}).get("encoding")
        if kind is FileKind.CSV:
            _limit(stored, MAX_CSV_BYTES)
            if not (convert.needs_conversion(head) or encoding == "utf-16"):
                return kind, job.upload_key, stored
            spelling = "utf-16" if b"\0" in head else (encoding or _spelling(head))
            pieces = convert.text_pieces(self._pieces(job.upload_key, stored), spelling)
        else:
            _limit(stored, convert.MAX_WHOLE_BYTES)
            data = self.files.read(job.upload_key, 0, stored.size, stored.etag)
            kind, rows = self._rows(job, kind, data)
            pieces = convert.csv_pieces(rows)
        key = f"{job.folder}/source.csv"
        return kind, key, self.files.write(key, pieces)

    def _rows(self, job: ImportJob, kind: FileKind, data: bytes) -> tuple[FileKind, Iterator[Any]]:
        if kind is FileKind.CNAB:
            return kind, convert.title_rows(data)
        if data.startswith(b"PK"):
            with convert.opened_zip(data) as archive:
                is_workbook = "xl/workbook.xml" in archive.namelist()
            if is_workbook:
                return FileKind.XLSX, iter(self.read_sheet(data))
        elif kind is FileKind.XLSX:
            raise UnreadableFileError("o arquivo não é uma planilha XLSX")
        files = convert.nfe_files(job.filename, data)
        return FileKind.NFE, convert.nfe_rows(files, self.document_of(job))

    def _pieces(self, key: str, stored: StoredFile, start: int = 0) -> Iterator[bytes]:
        for position in range(start, stored.size, _PIECE_BYTES):
            yield self.files.read(key, position, position + _PIECE_BYTES, stored.etag)

    # ── cutting ────────────────────────────────────────────────────────────────────────────────

    def read(
        self, job: ImportJob, message: ImportWork, now: datetime, has_time: Callable[[], bool]
    ) -> ImportJob:
        """Cut a job's source, from where the message says on."""
        source = job.source
        if job.state is not JobState.READING or source is None:
            return job
        cut = SourceCut(source, message)
        try:
            for part in cut.parts(self._pieces(source.key, _stored(source), cut.position)):
                if part.next_number > MOST_CHUNKS:
                    return self._failed(job, now, (Problem("file", _TOO_MANY_ROWS),))
                self._keep(job, part)
                if part.is_last:
                    return self._all_read(job, part, now)
                if not has_time():
                    self.queue.send([_resumed(job, part)])
                    return job
        except FileChanged as exc:
            return self._failed(job, now, _problems(exc))
        raise AssertionError  # pragma: no cover - the last part says so

    def _keep(self, job: ImportJob, part: Part) -> None:
        if part.chunks:
            body = json.dumps(part.chunks, separators=(",", ":")).encode()
            self.files.write(_part_key(job, part.chunks[0].number), [body])

    def _all_read(self, job: ImportJob, part: Part, now: datetime) -> ImportJob:
        if part.rows == 0:
            return self._failed(job, now, (Problem("file", "não há linhas abaixo do cabeçalho"),))
        source = job.source
        if source is not None and source.encoding == _CSV_ENCODING and not part.is_utf8:
            source = replace(source, encoding="cp1252")
        job = replace(
            job, source=source, rows_total=part.rows, chunks_total=part.next_number, problems=()
        )
        earlier = None if job.is_again else self._earlier(job, part.digest)
        if earlier is not None:
            return self.jobs.save(
                replace(job, state=JobState.DONE, duplicate_of=earlier.job_id, finished_at=now)
            )
        job = self.jobs.save(replace(job, state=JobState.RUNNING, running_at=now))
        self.queue.send([work("send", job)])
        return job

    def _earlier(self, job: ImportJob, digest: str) -> ImportJob | None:
        """Return the job that imported this content before; one that came to nothing is none."""
        owner = self.jobs.claim_content(job, digest)
        while owner != job.job_id:
            found = self.jobs.get(job.creditor_id, owner)
            came_to_nothing = found is None or found.state in (
                JobState.FAILED,
                JobState.CANCELLED,
            )
            if found is not None and not came_to_nothing:
                return found
            owner = self.jobs.claim_content(job, digest, instead_of=owner)
        return None

    # ── handing out ────────────────────────────────────────────────────────────────────────────

    def send(self, job: ImportJob, message: ImportWork, has_time: Callable[[], bool]) -> None:
        """Queue the chunks of a job's plan, from a number on."""
        if job.state is not JobState.RUNNING or job.chunks_total is None:
            return
        for first in range(message.number, job.chunks_total, cut_source.PART_CHUNKS):
            if first > message.number and not has_time():
                self.queue.send([work("send", job, number=first)])
                return
            stored = self.files.stat(_part_key(job, first))
            if stored is None:  # pragma: no cover - written before the job ran
                raise FileChanged(job.job_id)
            chunks = json.loads(self.files.read(_part_key(job, first), 0, stored.size))
            self.queue.send([work("chunk", job, **Chunk(*c)._asdict()) for c in chunks])


def _written(job: ImportJob, kind: FileKind, key: str) -> Written:
    if key == job.upload_key:
        return Written.BY_THEM
    return Written.ANEW if kind is FileKind.CSV else Written.BY_US


def _resumed(job: ImportJob, part: Part) -> Mapping[str, object]:
    return work(
        "read",
        job,
        number=part.next_number,
        start=part.position,
        first_row=part.row,
        rows=part.rows,
        digest=part.digest,
        is_utf8=part.is_utf8,
    )


def _part_key(job: ImportJob, first: int) -> str:
    return f"{job.folder}/plan/{first:06d}.json"


def _stored(source: Source) -> StoredFile:
    return StoredFile(source.size, source.etag)


def _spelling(head: bytes) -> str:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _limit(stored: StoredFile, most: int) -> None:
    if stored.size > most:
        raise UnreadableFileError(f"o arquivo passa de {most // 1024**2} MiB")


def _problems(error: InvalidInput | FileChanged) -> tuple[Problem, ...]:
    if isinstance(error, InvalidInput):
        return error.problems
    return (Problem("file", "o arquivo mudou enquanto era lido; envie-o em outra importação"),)
