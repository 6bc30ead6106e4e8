"""Files to invoices and payments, a step per message. See `regua.application.imports`."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from regua.adapters.clock import SystemClock
from regua.adapters.dynamodb_bulk import DynamoBulkReads
from regua.adapters.dynamodb_imports import DynamoImports
from regua.adapters.import_queue import SqsImportQueue
from regua.adapters.pix_queues import SqsChargeQueue
from regua.adapters.s3_import_files import S3ImportFiles
from regua.adapters.xlsx_rows import read_sheet
from regua.application.buffers import BatchBuffer
from regua.application.imports.read_source import ReadSource
from regua.application.imports.run_chunk import RunChunk
from regua.application.imports.run_import import RunImport, Step
from regua.application.imports.work import ImportWork
from regua.application.ingest import Ingest
from regua.application.validation import invalid_input, json_object
from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId
from regua.domain.imports.job import COUNT_NAMES, JobId, of_upload
from regua.runtime import clients
from regua.runtime.batch import Response, run_batch
from regua.runtime.settings import RunImportSettings
from regua.runtime.stores import connect

MARGIN_MILLISECONDS = 4_000
"""What is left of an invocation when nothing more is begun."""

logger = Logger()
metrics = Metrics()
clock = SystemClock()


class Uploaded(NamedTuple):
    """What the bucket tells: these files have arrived."""

    files: tuple[tuple[CreditorId, JobId], ...]


@cache
def wire() -> RunImport:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = RunImportSettings.from_environment()
    stores, dynamodb = connect(settings), clients.dynamodb()
    imports = DynamoImports(dynamodb, settings.exchange_table)
    files = S3ImportFiles(clients.s3(), settings.files_bucket)
    queue = SqsImportQueue(clients.sqs(), settings.import_queue_url)
    announced = BatchBuffer(stores.publisher)
    charges = SqsChargeQueue(
        clients.sqs(), settings.charge_queue_url, with_as_of=settings.allow_as_of
    )
    source = ReadSource(
        jobs=imports,
        mappings=imports,
        files=files,
        queue=queue,
        read_sheet=read_sheet,
        document_of=lambda job: stores.directory.get(job.creditor_id).sender.document,
    )
    chunks = RunChunk(
        jobs=imports,
        names=imports,
        files=files,
        queue=queue,
        ingest=Ingest(stores.portfolio, announced, charges),
        bulk=DynamoBulkReads(dynamodb, settings.portfolio_table, stores.portfolio),
        flush=announced.flush,
    )
    return RunImport(imports, queue, stores.directory, source, chunks)


def read(record: Mapping[str, Any]) -> ImportWork | Uploaded:
    """Read one record: the bucket's notice, or a message of our own.

    Raises:
        InvalidInput: it is neither.
    """
    body = json_object(record["body"])
    keys = _arrived(body)
    if keys is not None:
        found = (of_upload(key) for key in keys)
        return Uploaded(tuple(file for file in found if file is not None))
    try:
        return ImportWork.model_validate_json(json.dumps(body))
    except ValidationError as exc:
        raise invalid_input(exc) from exc


def _arrived(body: Mapping[str, Any]) -> Sequence[str] | None:
    """Return the keys of files that arrived, however the bucket told; None when it did not.

    A key alone says whose file it is: it was ours to give.

    Raises:
        InvalidInput: it begins like a notice and is none.
    """
    try:
        if body.get("detail-type") == "Object Created":
            return [str(body["detail"]["object"]["key"])]
        if body.get("Event") == "s3:TestEvent":
            return []
        if "Records" not in body:
            return None
        return [unquote_plus(record["s3"]["object"]["key"]) for record in body["Records"]]
    except (KeyError, TypeError, AttributeError) as exc:
        raise InvalidInput.at("$", "not a notice of the bucket") from exc


def handle(message: ImportWork | Uploaded, context: LambdaContext) -> None:
    """Do what a message says, and count what came of it."""
    now, run = clock.now(), wire()
    if isinstance(message, Uploaded):
        for creditor_id, job_id in message.files:
            _count(run.uploaded(creditor_id, job_id, now), job_id)
        return

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > MARGIN_MILLISECONDS

    _count(run(message, now=now, has_time=has_time), message.job_id)


def _count(step: Step, job_id: str) -> None:
    metrics.add_metric(step.done, MetricUnit.Count, 1)
    for name in COUNT_NAMES:
        rows = getattr(step.counts, name)
        if rows:
            metrics.add_metric(f"import_rows_{name}", MetricUnit.Count, rows)
    logger.info(
        "import step done", outcome=step.done, import_job=job_id, rows_read=step.counts.read
    )


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer which records must be given again."""
    return run_batch(
        event, read, lambda message: handle(message, context), logger=logger, metrics=metrics
    )
