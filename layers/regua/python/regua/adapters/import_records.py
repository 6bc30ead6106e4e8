"""A job as JSON text and back: what the DynamoDB adapter stores. Its counts are stored apart."""

import json
from dataclasses import asdict
from typing import Any

from regua.adapters.records import dumps, instant
from regua.application.wire import instant_text
from regua.domain.errors import Problem
from regua.domain.ids import CreditorId
from regua.domain.imports.job import FileKind, ImportJob, JobId, JobState, Source

_INSTANTS = ("created_at", "as_of", "at", "running_at", "finished_at")
_PLAIN = (
    "filename",
    "announced_bytes",
    "is_again",
    "mapping",
    "mapping_name",
    "rows_total",
    "chunks_total",
    "duplicate_of",
    "has_error_file",
)


def job_document(job: ImportJob) -> str:
    """Write everything of a job but its keys, version and counts."""
    instants = {n: getattr(job, n) for n in _INSTANTS}
    return dumps(
        {
            "state": job.state.value,
            "kind": job.kind and job.kind.value,
            **{n: getattr(job, n) for n in _PLAIN},
            **{n: None if at is None else instant_text(at) for n, at in instants.items()},
            "source": None if job.source is None else asdict(job.source),
            "header": list(job.header),
            "problems": [[p.path, p.reason] for p in job.problems],
        }
    )


def read_job(creditor_id: CreditorId, job_id: JobId, document: str, **apart: Any) -> ImportJob:  # noqa: ANN401 - a job's own fields
    """Read a job; ``apart`` are its version and counts."""
    said = json.loads(document)
    source, kind = said.pop("source", None), said.pop("kind", None)
    fields: dict[str, Any] = {n: said[n] for n in _PLAIN if n in said}
    fields |= {n: instant(said[n]) for n in _INSTANTS if n in said}
    if source is not None:
        fields["source"] = Source(**{**source, "header": tuple(source["header"])})
    return ImportJob(
        creditor_id=creditor_id,
        job_id=job_id,
        state=JobState(said["state"]),
        kind=None if kind is None else FileKind(kind),
        header=tuple(said.get("header", ())),
        problems=tuple(Problem(*p) for p in said.get("problems", ())),
        **{"filename": "", **fields, **apart},
    )
