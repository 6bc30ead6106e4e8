"""What the importer tells itself across its queue."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from regua.application.wire import ExternalId, Message
from regua.domain.ids import CreditorId
from regua.domain.imports.job import ImportJob, JobId

Job = Annotated[str, Field(pattern=r"^[0-9a-f]{24}$")]
Count = Annotated[int, Field(ge=0, strict=True)]


class ImportWork(Message):
    """The next thing to do for a job.

    ``start``: its file is there. ``read``: cut it, from ``start`` on (chunk ``number``, row
    ``first_row``, ``rows`` seen, ``digest`` of what lies before and whether that ``is_utf8``).
    ``send``: queue the chunks of the plan from ``number`` on. ``chunk``: apply the rows from
    ``start`` to ``end``. ``finish``: all chunks are done.
    """

    kind: Literal["start", "read", "send", "chunk", "finish"]
    creditor_id: ExternalId
    job_id: Job
    number: Count = 0
    start: Count = 0
    end: Count = 0
    first_row: Count = 0
    rows: Count = 0
    digest: Annotated[str, Field(max_length=64)] = ""
    is_utf8: bool = True

    def log_keys(self) -> Mapping[str, str]:
        """Name the job and the part of it."""
        return {
            "creditor_id": self.creditor_id,
            "import_job": self.job_id,
            "work": self.kind,
            "chunk": str(self.number),
        }

    @property
    def job(self) -> tuple[CreditorId, JobId]:
        """Which job it is about."""
        return CreditorId(self.creditor_id), JobId(self.job_id)


def work(kind: str, job: ImportJob, **said: int | str) -> Mapping[str, object]:
    """Return a message about a job, as the queue takes it."""
    read = ImportWork.model_validate(
        {"kind": kind, "creditor_id": job.creditor_id, "job_id": job.job_id, **said}
    )
    return read.model_dump(exclude_defaults=True)
