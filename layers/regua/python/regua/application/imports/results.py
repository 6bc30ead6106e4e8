"""What became of each row: a file per chunk, a line per row."""

import json
from collections.abc import Iterable, Sequence

from regua.application.import_ports import ImportFiles, ImportJobs
from regua.domain.imports.job import ImportJob, RowResult


def results_key(job: ImportJob, number: int) -> str:
    """Return where it is told what became of a chunk's rows."""
    return f"{job.folder}/results/{number:06d}.jsonl"


def result_lines(results: Iterable[RowResult]) -> bytes:
    """Write what became of a chunk's rows."""
    lines = (f"{json.dumps(_document(result), ensure_ascii=False)}\n" for result in results)
    return "".join(lines).encode("utf-8", "replace")


def _document(result: RowResult) -> dict[str, object]:
    document: dict[str, object] = {"row": result.row, "outcome": result.outcome.value}
    if result.external_id is not None:
        document["external_id"] = result.external_id
    if result.problems:
        document["problems"] = [{"path": p.path, "reason": p.reason} for p in result.problems]
    return document


def read_results(
    jobs: ImportJobs, files: ImportFiles, job: ImportJob, number: int
) -> Sequence[object] | None:
    """Return what became of a chunk's rows; None for one that is not done."""
    known = jobs.chunk(job, number)
    if known is None or not known.is_done:
        return None
    body = b"".join(files.parts([results_key(job, number)]))
    return [json.loads(line) for line in body.splitlines() if line]
