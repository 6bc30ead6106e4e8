"""What the API tells about an import job, in plain data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from regua.application.wire import instant_text
from regua.domain.imports.job import COUNT_NAMES, ImportJob

_SHORTEST_SECONDS = 0.001
"""A job is never faster: its rows are divided by its time."""


def job_view(job: ImportJob, now: datetime) -> dict[str, Any]:
    """Describe a job: where it stands, how the file is read, what became of its rows."""
    source = job.source
    return {
        "id": job.job_id,
        "filename": job.filename,
        "status": job.state.value,
        "kind": job.kind and job.kind.value,
        "size_bytes": job.announced_bytes,
        "created_at": instant_text(job.created_at),
        "started_at": _when(job.at),
        "finished_at": _when(job.finished_at),
        "header": list(source.header if source else job.header),
        "dialect": source
        and {
            "encoding": source.encoding,
            "delimiter": source.delimiter,
            "decimal": source.decimal,
            "header_row": source.header_row,
        },
        "mapping": job.mapping,
        "mapping_name": job.mapping_name,
        "rows": {
            "total": job.rows_total,
            **{name: getattr(job.counts, name) for name in COUNT_NAMES},
        },
        "rows_per_second": _speed(job, now),
        "duplicate_of": job.duplicate_of,
        "problems": [{"path": p.path, "reason": p.reason} for p in job.problems],
        "links": _links(job),
    }


def _when(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def _speed(job: ImportJob, now: datetime) -> int | None:
    """Return the rows per second since the first could be applied."""
    if job.running_at is None or not job.counts.read:
        return None
    seconds = ((job.finished_at or now) - job.running_at).total_seconds()
    return round(job.counts.read / max(seconds, _SHORTEST_SECONDS))


def _links(job: ImportJob) -> Mapping[str, str]:
    here = f"/v1/imports/{job.job_id}"
    links = {"self": here, "results": f"{here}/results"}
    return links | ({"errors": f"{here}/errors"} if job.has_error_file else {})
