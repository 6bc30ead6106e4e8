"""A chunk's rows are applied and told of, once; when all chunks are, the errors become one file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from regua.application.import_ports import (
    BulkReads,
    FileChanged,
    ImportFiles,
    ImportJobs,
    ImportQueue,
    TitleKind,
    TitleName,
    TitleNames,
)
from regua.application.imports.apply_rows import ApplyRows, unrepeated
from regua.application.imports.apply_titles import ApplyTitles, TitleRow, read_title_row
from regua.application.imports.convert import REFUSAL
from regua.application.imports.cut_source import is_blank
from regua.application.imports.error_file import error_header, error_rows, errors_key
from regua.application.imports.inspect_source import Format, format_of
from regua.application.imports.mapping import read_mapping
from regua.application.imports.results import result_lines, results_key
from regua.application.imports.rows import BadRow, FileRow, RowReader, TotalsRow
from regua.application.imports.work import ImportWork, work
from regua.application.ingest import Ingest
from regua.application.ports import Creditor
from regua.application.retrying import retried
from regua.application.validation import told
from regua.domain.errors import InvalidInput, Problem
from regua.domain.ids import InvoiceId
from regua.domain.imports.columns import LONGEST_ID, as_id
from regua.domain.imports.dialect import UnreadableFileError
from regua.domain.imports.job import (
    NOTHING,
    Counts,
    ImportJob,
    JobState,
    RowOutcome,
    RowResult,
    Source,
)
from regua.domain.imports.records import RecordCutter, cells_of, decoded

_PAGE = 500
_NO_PLAN = "-"
"""The plan of a chunk none of whose rows can be applied."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    cells: tuple[str, ...]
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class _Given:
    """What a chunk is applied with."""

    job: ImportJob
    creditor: Creditor
    number: int
    plan: str | None
    now: datetime
    has_time: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class RunChunk:
    """Applies chunks and finishes jobs."""

    jobs: ImportJobs
    names: TitleNames
    files: ImportFiles
    queue: ImportQueue
    ingest: Ingest
    bulk: BulkReads
    flush: Callable[[], None]
    """Publishes what was announced, before the chunk counts as done."""

    def run(
        self,
        job: ImportJob,
        creditor: Creditor,
        message: ImportWork,
        *,
        now: datetime,
        has_time: Callable[[], bool],
    ) -> Counts:
        """Apply a chunk; return what it counted, nothing when it was done before.

        Raises:
            OutOfTime: it is to be given again.
            TemporaryError: something was busy; likewise.
        """
        if job.state is not JobState.RUNNING or job.source is None or job.at is None:
            return NOTHING
        known = self.jobs.chunk(job, message.number)
        if known is not None and known.is_done:
            self._when_complete(job)
            return NOTHING
        lines = list(self._lines(job.source, message))
        plan = None if known is None else known.plan
        given = _Given(job, creditor, message.number, plan, now, has_time)
        is_titles = format_of(job.source.header) is Format.TITLES
        found = self._titles(given, lines) if is_titles else self._rows(given, lines)
        results = [replace(result, problems=told(result.problems)) for result in found]
        self.flush()
        self._keep(job, message.number, lines, results)
        counts = NOTHING
        for result in results:
            counts = counts.and_one(result.outcome)
        was_open = retried(lambda: self.jobs.close_chunk(job, message.number, counts))
        self._when_complete(job)
        return counts if was_open else NOTHING

    def _when_complete(self, job: ImportJob) -> None:
        present = self.jobs.get(job.creditor_id, job.job_id)
        if present is not None and present.state is JobState.RUNNING and present.is_complete:
            self.queue.send([work("finish", job)])

    def _lines(self, source: Source, message: ImportWork) -> Iterator[_Line]:
        data = self.files.read(source.key, message.start, message.end, source.etag)
        if len(data) != message.end - message.start:
            raise FileChanged(source.key)
        cutter = RecordCutter(source.delimiter)
        for number, record in enumerate(cutter.feed(data, is_last=True), message.first_row):
            if is_blank(record.raw):
                continue
            text = decoded(record.raw, source.encoding)
            if record.is_broken:
                why = Problem("", "aspas que não fecham, ou linha longa demais")
                yield _Line(number, (text.rstrip("\r\n"),), why)
                continue
            try:
                yield _Line(number, cells_of(text, source.delimiter))
            except UnreadableFileError as exc:
                yield _Line(number, (text.strip("\r\n"),), Problem("", str(exc)))

    # ── invoices ───────────────────────────────────────────────────────────────────────────────

    def _rows(self, given: _Given, lines: Sequence[_Line]) -> list[RowResult]:
        reader = _reader_of(given.job)
        results, rows = _read(reader, lines, has_refusals=_is_nfe(given.job))
        apply = ApplyRows(self.ingest, self.bulk, given.creditor, reader.at, reader.given)
        if rows:
            seen = apply.look(rows)
            plan = self._planned(given, lambda: apply.plan(rows, seen))
            applied = apply.apply(rows, seen, plan, now=given.now, has_time=given.has_time)
            names = _other_names(rows, applied)
            if names:
                self.names.put_names(given.creditor.creditor_id, names)
            results += applied
        else:
            self._planned(given, lambda: _NO_PLAN)
        return sorted(results, key=lambda result: result.row)

    def _planned(self, given: _Given, plan: Callable[[], str]) -> str:
        """Return the chunk's plan: the one of the first attempt at it."""
        if given.plan is not None:
            return given.plan
        return self.jobs.open_chunk(given.job, given.number, plan()).plan

    # ── titles ─────────────────────────────────────────────────────────────────────────────────

    def _titles(self, given: _Given, lines: Sequence[_Line]) -> list[RowResult]:
        results: list[RowResult] = []
        rows: list[TitleRow] = []
        for line in lines:
            try:
                if line.problem is not None:
                    raise InvalidInput((line.problem,))  # noqa: TRY301 - told like the others
                rows.append(read_title_row(line.number, line.cells))
            except InvalidInput as exc:
                results.append(RowResult(line.number, RowOutcome.REJECTED, None, exc.problems))
        apply = ApplyTitles(self.ingest, self.bulk, self.names, given.creditor)
        plan = self._planned(given, lambda: apply.plan(rows) if rows else _NO_PLAN)
        if rows:
            results += apply.apply(rows, plan, now=given.now, has_time=given.has_time)
        return sorted(results, key=lambda result: result.row)

    # ── what is kept of a chunk, and of the whole ──────────────────────────────────────────────

    def _keep(
        self, job: ImportJob, number: int, lines: Sequence[_Line], results: Sequence[RowResult]
    ) -> None:
        self.files.write(results_key(job, number), [result_lines(results)])
        source = job.source
        cells = {line.number: line.cells for line in lines}
        rejected = [r for r in results if r.outcome is RowOutcome.REJECTED]
        if rejected and source is not None:
            rows = ((cells[r.row], r) for r in rejected)
            self.files.write(errors_key(job, number), [error_rows(job, source, rows)])

    def finish(self, job: ImportJob, now: datetime) -> ImportJob:
        """Join the errors into one file and end the job; once, however often it is asked for."""
        if job.state is not JobState.RUNNING or not job.is_complete or job.source is None:
            return job
        if job.counts.rejected:
            header = error_header(job, job.source)
            self.files.write(job.error_key, self._joined(job, header))
        has_errors = job.counts.rejected > 0
        return self.jobs.save(
            replace(job, state=JobState.DONE, finished_at=now, has_error_file=has_errors)
        )

    def _joined(self, job: ImportJob, header: bytes) -> Iterator[bytes]:
        yield header
        number = 0
        while chunks := self.jobs.done_chunks(job, number, _PAGE):
            keys = [errors_key(job, c.number) for c in chunks if c.counts.rejected]
            yield from self.files.parts(keys)
            number = chunks[-1].number + 1


def _other_names(
    rows: Sequence[FileRow], results: Sequence[RowResult]
) -> Mapping[TitleName, InvoiceId]:
    """Return by which other numbers a return file may name the invoices that were taken."""
    names: dict[TitleName, InvoiceId] = {}
    for row, result in zip(rows, results, strict=True):
        if result.outcome is RowOutcome.REJECTED:
            continue
        key = row.invoice.external_id
        number, bank_number = as_id(row.invoice.number), as_id(row.boleto_number)
        if number != key:
            names[TitleKind.DOCUMENT, number] = key
        if bank_number and bank_number != key and len(bank_number) <= LONGEST_ID:
            names[TitleKind.BANK, bank_number] = key
    return names


def _reader_of(job: ImportJob) -> RowReader:
    source, at = job.source, job.at
    if source is None or at is None:  # pragma: no cover - checked by the caller
        raise FileChanged(job.job_id)
    return RowReader(read_mapping(job.mapping or {}), source.header, source.decimal, at)


def _is_nfe(job: ImportJob) -> bool:
    return job.source is not None and format_of(job.source.header) is Format.NFE


def _read(
    reader: RowReader, lines: Sequence[_Line], *, has_refusals: bool
) -> tuple[list[RowResult], list[FileRow]]:
    """Read a chunk's lines: what is told at once, and the rows that are to be applied."""
    results: list[RowResult] = []
    rows: list[FileRow] = []
    for line in lines:
        try:
            if line.problem is not None:
                raise BadRow(line.problem)  # noqa: TRY301 - told like the others
            if has_refusals and len(line.cells) > REFUSAL and line.cells[REFUSAL]:
                raise BadRow(Problem("arquivo", line.cells[REFUSAL]))  # noqa: TRY301 - likewise
            rows.append(reader.read(line.number, line.cells))
        except TotalsRow:
            note = Problem(reader.column("due_date"), "linha de total")
            results.append(RowResult(line.number, RowOutcome.IGNORED, None, (note,)))
        except BadRow as bad:
            results.append(RowResult(line.number, RowOutcome.REJECTED, None, bad.problems))
    kept = []
    for row, first in unrepeated(rows):
        if first is None:
            kept.append(row)
        else:
            key = row.invoice.external_id
            why = Problem(reader.column("external_id"), f"repete o título da linha {first}")
            results.append(RowResult(row.number, RowOutcome.REJECTED, key, (why,)))
    return results, kept
