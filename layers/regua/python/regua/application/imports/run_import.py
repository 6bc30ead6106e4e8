"""One message of the import queue: whatever it says is done, and said again changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from regua.application.import_ports import FileChanged, ImportJobs, ImportQueue
from regua.application.imports.apply_rows import OutOfTime
from regua.application.imports.read_source import ReadSource
from regua.application.imports.run_chunk import RunChunk
from regua.application.imports.work import ImportWork, work
from regua.application.ports import CreditorDirectory
from regua.domain.ids import CreditorId
from regua.domain.imports.job import NOTHING, Counts, ImportJob, JobId, JobState


class Done(StrEnum):
    """What a message led to; also the name of its metric."""

    STARTED = "import_started"
    READ = "import_read"
    SENT = "import_sent"
    CHUNK = "import_chunk"
    FINISHED = "import_finished"
    NEEDS_MAPPING = "import_needs_mapping"
    FAILED = "import_failed"
    REPEATED = "import_repeated"
    CONTINUED = "import_continued"
    NOTHING = "import_nothing"
    """No such job, or one that has ended."""


@dataclass(frozen=True, slots=True)
class Step:
    """What was done, and the rows it counted."""

    done: Done
    counts: Counts = NOTHING


@dataclass(frozen=True, slots=True)
class RunImport:
    """Does the work that the queue names."""

    jobs: ImportJobs
    queue: ImportQueue
    directory: CreditorDirectory
    source: ReadSource
    chunks: RunChunk

    def uploaded(self, creditor_id: CreditorId, job_id: JobId, now: datetime) -> Step:
        """Begin a job whose file has arrived; only a job that waits for one takes it."""
        job = self.jobs.get(creditor_id, job_id)
        if job is None:
            return Step(Done.NOTHING)
        return self._start(job, now)

    def __call__(self, message: ImportWork, *, now: datetime, has_time: Callable[[], bool]) -> Step:
        """Do what a message says.

        Raises:
            TemporaryError: something was busy; the same message may be given again.
        """
        job = self.jobs.get(*message.job)
        if job is None:
            return Step(Done.NOTHING)
        match message.kind:
            case "start":
                return self._start(job, now)
            case "read":
                return self._read(job, message, now, has_time)
            case "send":
                self.source.send(job, message, has_time)
                return Step(Done.SENT)
            case "chunk":
                return self._chunk(job, message, now, has_time)
            case "finish":
                ended = self.chunks.finish(job, now)
                is_now = ended.state is JobState.DONE and job.state is JobState.RUNNING
                return Step(Done.FINISHED if is_now else Done.NOTHING)

    def _start(self, job: ImportJob, now: datetime) -> Step:
        if job.state not in (JobState.WAITING, JobState.READING):
            return Step(Done.NOTHING)
        job = self.source.start(job, now)
        return Step(_STARTED.get(job.state, Done.STARTED))

    def _read(
        self, job: ImportJob, message: ImportWork, now: datetime, has_time: Callable[[], bool]
    ) -> Step:
        before = job.state
        job = self.source.read(job, message, now, has_time)
        if before is not JobState.READING:
            if job.state is JobState.RUNNING:  # read, and perhaps never handed out
                self.queue.send([work("send", job)])
            return Step(Done.NOTHING)
        done = {JobState.FAILED: Done.FAILED, JobState.DONE: Done.REPEATED}
        return Step(done.get(job.state, Done.READ))

    def _chunk(
        self, job: ImportJob, message: ImportWork, now: datetime, has_time: Callable[[], bool]
    ) -> Step:
        creditor = self.directory.get(job.creditor_id)
        try:
            at = job.as_of or now
            counts = self.chunks.run(job, creditor, message, now=at, has_time=has_time)
        except OutOfTime:
            self.queue.send([message.model_dump(exclude_defaults=True)])
            return Step(Done.CONTINUED)
        except FileChanged:
            self.source.give_up(job, now)
            return Step(Done.FAILED)
        return Step(Done.CHUNK, counts)


_STARTED = {JobState.FAILED: Done.FAILED, JobState.NEEDS_MAPPING: Done.NEEDS_MAPPING}
