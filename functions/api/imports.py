"""Routes about imports: upload a file, see how it is read, what became of every row."""

import secrets
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import Field

from regua.adapters.dynamodb_imports import DynamoImports
from regua.adapters.import_queue import SqsImportQueue
from regua.adapters.s3_import_files import S3ImportFiles
from regua.application.imports.job_view import job_view
from regua.application.imports.manage_imports import ManageImports, Wanted
from regua.application.imports.mapping import ImportMapping, MappingName
from regua.application.wire import Message, instant_text
from regua.domain.errors import NotFound
from regua.domain.imports.job import MAX_CSV_BYTES, FileKind, JobId
from regua.runtime import clients
from regua.runtime.http import respond

from . import context
from .context import Limit, app, caller, clock

MAX_CURSOR = 100
ImportId = Annotated[str, Path(pattern=r"^[0-9a-f]{24}$", description="An import's id")]
MappingPath = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="A mapping's name")
]
Cursor = Annotated[
    str | None,
    Query(max_length=MAX_CURSOR, description="The `cursor` of the page before, unchanged"),
]


class ImportBody(Message):
    """A file that is going to be put."""

    filename: Annotated[str, Field(min_length=1, max_length=200)]
    size_bytes: Annotated[int, Field(ge=1, le=MAX_CSV_BYTES, strict=True)] = Field(
        description="Exactly what will be put; another size is refused by the bucket"
    )
    kind: Literal["auto", "csv", "xlsx", "nfe", "cnab"] = "auto"
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None, description="Of the file; the bucket refuses another"
    )
    mapping: ImportMapping | MappingName | None = Field(
        default=None, description="Which column is which, or the name of a mapping you have kept"
    )
    again: bool = Field(
        default=False, description="Whether to read a file that was imported before"
    )

    def wanted(self) -> Wanted:
        """Return it as the use case takes it."""
        kind = None if self.kind == "auto" else FileKind(self.kind)
        return Wanted(
            filename=self.filename,
            size_bytes=self.size_bytes,
            kind=kind,
            sha256=self.sha256,
            mapping=self.mapping,
            is_again=self.again,
        )


@cache
def desk() -> ManageImports:
    """Build what manages imports; tests replace this one function."""
    settings = context.wire().settings
    imports = DynamoImports(clients.dynamodb(), settings.exchange_table)
    return ManageImports(
        jobs=imports,
        mappings=imports,
        files=S3ImportFiles(clients.s3_presigning(), settings.files_bucket),
        queue=SqsImportQueue(clients.sqs(), settings.import_queue_url),
        new_id=new_id,
    )


def new_id(now: datetime) -> JobId:
    """Return an id for a job of this moment: later ones sort after earlier ones."""
    return JobId(f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(6)}")


@app.post("/v1/imports", tags=["imports"], summary="Begin an import")
def post_import(body: ImportBody) -> Response[Any]:
    """Answer the import and where to put its file; reading begins when the file has arrived."""
    now = clock.now()
    job, ticket = desk().begin(caller().creditor_id, body.wanted(), now, context.as_of())
    upload = {
        "url": ticket.url,
        "method": "PUT",
        "headers": dict(ticket.headers),
        "expires_at": instant_text(ticket.expires_at),
    }
    return respond({**job_view(job, now), "upload": upload}, HTTPStatus.CREATED)


@app.get("/v1/imports", tags=["imports"], summary="List imports")
def get_imports(limit: Limit = 50, cursor: Cursor = None) -> Response[Any]:
    """Answer a page of imports, newest first, and where to go on."""
    jobs, rest = desk().page(caller().creditor_id, cursor, limit)
    now = clock.now()
    return respond({"imports": [job_view(job, now) for job in jobs], "cursor": rest})


@app.get("/v1/imports/<import_id>", tags=["imports"], summary="Read an import")
def get_import(import_id: ImportId) -> Response[Any]:
    """Answer where the import stands: how its file is read, and its rows by outcome."""
    job = desk().get(caller().creditor_id, JobId(import_id))
    return respond(job_view(job, clock.now()))


@app.put("/v1/imports/<import_id>/mapping", tags=["imports"], summary="Say which column is which")
def put_import_mapping(import_id: ImportId, body: ImportMapping) -> Response[Any]:
    """Answer the import, which goes on with the mapping."""
    job = desk().map(caller().creditor_id, JobId(import_id), body)
    return respond(job_view(job, clock.now()))


@app.post("/v1/imports/<import_id>/cancel", tags=["imports"], summary="Stop an import")
def post_import_cancel(import_id: ImportId) -> Response[Any]:
    """Answer the stopped import; rows that were applied stay applied."""
    now = clock.now()
    return respond(job_view(desk().cancel(caller().creditor_id, JobId(import_id), now), now))


@app.get("/v1/imports/<import_id>/results", tags=["imports"], summary="What became of every row")
def get_import_results(import_id: ImportId, cursor: Cursor = None) -> Response[Any]:
    """Answer rows in their order, a page at a time; an empty page with a cursor is not done yet."""
    rows, rest = desk().results(caller().creditor_id, JobId(import_id), cursor)
    return respond({"results": list(rows), "cursor": rest})


@app.get("/v1/imports/<import_id>/errors", tags=["imports"], summary="The rows that were rejected")
def get_import_errors(import_id: ImportId) -> Response[Any]:
    """Answer an address from which the rejected rows can be fetched, to correct and send again."""
    return respond({"url": desk().error_file(caller().creditor_id, JobId(import_id))})


@app.get("/v1/import-mappings", tags=["imports"], summary="Every mapping you keep")
def get_import_mappings() -> Response[Any]:
    """Answer every mapping, by name; a file whose columns one has is read by it unasked."""
    found = desk().mappings.mappings(caller().creditor_id)
    return respond({"mappings": [{"name": name, **said} for name, said in found.items()]})


@app.get("/v1/import-mappings/<name>", tags=["imports"], summary="Read a mapping")
def get_import_mapping(name: MappingPath) -> Response[Any]:
    """Answer the mapping as it was written."""
    found = desk().mappings.mapping(caller().creditor_id, name)
    if found is None:
        raise NotFound(name)
    return respond({"name": name, **found})


@app.put("/v1/import-mappings/<name>", tags=["imports"], summary="Keep a mapping")
def put_import_mapping_named(name: MappingPath, body: ImportMapping) -> Response[Any]:
    """Answer the mapping; one of this name is replaced, and jobs that have begun keep theirs."""
    desk().keep_mapping(caller().creditor_id, name, body, clock.now())
    document = body.model_dump(mode="json", exclude_defaults=True)
    return respond({"name": name, **document})
