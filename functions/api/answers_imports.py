"""What the routes about imports answer, as types. See `answers`."""

from datetime import datetime
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from regua.domain.imports.job import FileKind, JobState, RowOutcome

from .answers import Cursor, Link, ProblemAt


class ImportDialect(TypedDict):
    """How the file is written, as guessed or as its mapping says."""

    encoding: str
    delimiter: str
    decimal: str
    header_row: int


class ImportRows(TypedDict):
    """Rows by what became of them; `read` is the sum of the others but `total`."""

    total: Annotated[int | None, Field(description="Known once the file was read to its end")]
    read: int
    created: int
    updated: int
    duplicate: Annotated[int, Field(description="Rows that said what was known already")]
    ignored: Annotated[int, Field(description="Lines of totals, notices of a bank")]
    rejected: int


class ImportLinks(TypedDict):
    """Paths of what belongs to an import."""

    self: str
    results: str
    errors: NotRequired[str]


class Import(TypedDict):
    """One file on its way in."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{24}$")]
    filename: str
    status: JobState
    kind: FileKind | None
    size_bytes: int
    created_at: datetime
    started_at: Annotated[
        datetime | None, Field(description="When its rows count as described, all of them")
    ]
    finished_at: datetime | None
    header: Annotated[list[str], Field(description="The file's columns")]
    dialect: ImportDialect | None
    mapping: Annotated[dict[str, object] | None, Field(description="Which column is which")]
    mapping_name: Annotated[
        str | None, Field(description="`usual` when it was guessed by usual names")
    ]
    rows: ImportRows
    rows_per_second: int | None
    duplicate_of: Annotated[
        str | None, Field(description="The import that had the same content; nothing was read")
    ]
    problems: list[ProblemAt]
    links: ImportLinks


class Upload(TypedDict):
    """Where and how to put the file."""

    url: Link
    method: Literal["PUT"]
    headers: Annotated[dict[str, str], Field(description="To be sent as they are")]
    expires_at: datetime


class BegunImport(Import):
    """An import that waits for its file."""

    upload: Upload


class ImportPage(TypedDict):
    """A page of imports, newest first."""

    imports: list[Import]
    cursor: Cursor


class RowResult(TypedDict):
    """What became of one row; the header is row 1."""

    row: int
    outcome: RowOutcome
    external_id: NotRequired[str]
    problems: NotRequired[list[ProblemAt]]


class RowResults(TypedDict):
    """Rows in their order."""

    results: list[RowResult]
    cursor: Cursor


class ErrorFile(TypedDict):
    """Where the rejected rows are, for fifteen minutes."""

    url: Link


class ImportMappingNamed(TypedDict):
    """A mapping as it was kept."""

    name: str
    columns: dict[str, str]
    encoding: NotRequired[str]
    delimiter: NotRequired[str]
    decimal: NotRequired[str]
    date_formats: NotRequired[list[str]]
    defaults: NotRequired[dict[str, str]]
    status: NotRequired[dict[str, object]]
    short_payment: NotRequired[str]
    kind: NotRequired[str]


class ImportMappings(TypedDict):
    """Every mapping, by name."""

    mappings: list[ImportMappingNamed]
