"""The file of errors: the rejected rows as they came, and why behind each, to be sent again."""

import csv
import io
from collections.abc import Iterable, Sequence

from regua.domain.imports.columns import REASON_COLUMN, ROW_COLUMN
from regua.domain.imports.job import ImportJob, RowResult, Source

_ADDED = (ROW_COLUMN, REASON_COLUMN)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes a cell for a formula by."""


def errors_key(job: ImportJob, number: int) -> str:
    """Return where a chunk's rejected rows are kept."""
    return f"{job.folder}/errors/{number:06d}.csv"


def error_header(job: ImportJob, source: Source) -> bytes:
    """Write the first row of a job's file of errors."""
    columns = [name for name in source.header if name not in _ADDED]
    return _written(job, source, [(*columns, *_ADDED)], is_first=True)


def error_rows(
    job: ImportJob, source: Source, rejected: Iterable[tuple[Sequence[str], RowResult]]
) -> bytes:
    """Write rejected rows, each given by its cells and what became of it."""
    return _written(job, source, (_error_cells(source, *each) for each in rejected))


def _error_cells(source: Source, cells: Sequence[str], result: RowResult) -> list[str]:
    """Return a rejected row as it came, why it was rejected behind it.

    Its own cells are not touched, or it could not be sent again; only what we add is made harmless
    for a spreadsheet.
    """
    width = len(source.header)
    padded = (*cells, *[""] * (width - len(cells)))
    ours = {at for at, name in enumerate(source.header) if name in _ADDED}
    kept = [cell for at, cell in enumerate(padded) if at not in ours]
    reasons = "; ".join(f"{p.path}: {p.reason}" if p.path else p.reason for p in result.problems)
    return [*kept, str(result.row), harmless(reasons)]


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    >>> harmless("=1+1"), harmless("valor vazio")
    ("'=1+1", 'valor vazio')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _written(
    job: ImportJob,
    source: Source,
    rows: Iterable[Sequence[str]],
    *,
    is_first: bool = False,
) -> bytes:
    """Write rows in the file's own dialect; a file that was converted is written in UTF-8."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=source.delimiter).writerows(rows)
    encoding = source.encoding if source.key == job.upload_key else "utf-8-sig"
    if encoding == "utf-8-sig":
        encoding = "utf-8-sig" if is_first else "utf-8"
    return buffer.getvalue().encode(encoding, "replace")
