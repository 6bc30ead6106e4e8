"""The importer as Lambda runs it: notices of the bucket, messages of its own, on moto."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from functions.run_import import handler
from regua.adapters.dynamodb_imports import DynamoImports
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.memory import FixedClock
from regua.application.imports.work import ImportWork
from regua.domain.errors import InvalidInput, TemporaryError
from regua.domain.ids import InvoiceId
from regua.domain.imports.job import Counts, ImportJob, JobId, JobState
from regua.runtime.settings import RunImportSettings
from tests.builders import CREDITOR, creditor_document
from tests.integration.conftest import Visibility
from tests.integration.contract.tables import create_tables
from tests.integration.importing import ImportWorld, csv_file, csv_row
from tests.integration.lambdas import Context, Printed, failures, recorded, sqs_event

NOW = datetime(2026, 11, 13, 12, tzinfo=UTC)
NAMES = st.sampled_from(
    ["Records", "Event", "detail-type", "detail", "object", "key", "s3", "kind", "job_id", "number"]
) | st.text(max_size=8)
JOB = ImportJob(CREDITOR, JobId(f"{1:024x}"), "titulos.csv", NOW)


def body(**said: object) -> dict[str, object]:
    return {"kind": "start", "creditor_id": CREDITOR, "job_id": JOB.job_id, **said}


# ── in memory ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def imports(monkeypatch: pytest.MonkeyPatch) -> ImportWorld:
    world = ImportWorld()
    monkeypatch.setattr(handler, "wire", lambda: world.run)
    monkeypatch.setattr(handler, "clock", FixedClock(NOW))
    return world


def run(*bodies: object, context: Context | None = None) -> list[str]:
    return failures(handler.lambda_handler(sqs_event(*bodies), context or Context()))


def drained(imports: ImportWorld) -> None:
    while imports.queue.messages:
        assert run(imports.queue.messages.pop(0)) == []


def test_a_file_that_arrives_is_imported_and_counted(
    imports: ImportWorld, printed: Callable[[], Printed]
) -> None:
    job_id = imports.begin(csv_file(csv_row(1), csv_row(2, valor="x")))
    assert job_id == JOB.job_id
    assert run(recorded("file_uploaded")) == []
    drained(imports)
    assert imports.job(job_id).counts == Counts(read=2, created=1, rejected=1)
    output = printed()
    assert output.metrics["import_finished"] == 1
    assert output.metrics["import_rows_created"] == 1
    assert output.metrics["import_rows_rejected"] == 1
    output.assert_no_personal_data("titulos.csv")


def test_a_notice_over_the_bus_says_the_key_as_it_is(imports: ImportWorld) -> None:
    job_id = imports.begin(csv_file(csv_row(1)))
    key = imports.job(job_id).upload_key
    detail = {"bucket": {"name": "arquivos"}, "object": {"key": key, "size": 64}}
    assert run({"source": "aws.s3", "detail-type": "Object Created", "detail": detail}) == []
    drained(imports)
    assert imports.job(job_id).counts == Counts(read=1, created=1)
    spaced = {"detail-type": "Object Created", "detail": {"object": {"key": "uploads/a+b/c"}}}
    assert handler.read({"body": json.dumps(spaced)}) == handler.Uploaded(
        (("a+b", "c"),)  # type: ignore[arg-type]  # ids are texts
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
@example({"detail-type": "Object Created"})
@example({"detail-type": "Object Created", "detail": {"object": None}})
@example({"Records": 1})
@example({"Records": [{"s3": {"object": {"key": 7}}}]})
@settings(deadline=None)
def test_any_message_is_read_or_refused(message: object) -> None:
    with suppress(InvalidInput):
        assert isinstance(
            handler.read({"body": json.dumps(message)}), ImportWork | handler.Uploaded
        )


def test_a_notice_that_only_tests_the_connection_does_nothing(imports: ImportWorld) -> None:
    assert run({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "arquivos"}) == []
    assert imports.queue.messages == []


def test_a_file_of_no_job_and_one_elsewhere_do_nothing(imports: ImportWorld) -> None:
    assert imports.imports.jobs == {}
    notice = recorded("file_uploaded")
    assert run(notice) == []
    notice["Records"][0]["s3"]["object"]["key"] = "imports/aurora/x/source.csv"
    assert run(notice) == []
    assert run(body(kind="chunk")) == []


def test_a_key_is_read_as_the_bucket_writes_it(imports: ImportWorld) -> None:
    assert handler.read({"body": json.dumps(_notice("uploads/loja+nova/a%C3%A9"))}) == (
        handler.Uploaded((("loja nova", "aé"),))  # type: ignore[arg-type]  # ids are texts
    )
    del imports


def _notice(key: str) -> dict[str, Any]:
    notice = recorded("file_uploaded")
    notice["Records"][0]["s3"]["object"]["key"] = key
    return notice


@pytest.mark.parametrize(
    "bad", ["{", "[]", {"kind": "outro"}, {"kind": "start"}, body(number=-1), body(extra=1)]
)
def test_what_is_no_message_goes_back_alone(imports: ImportWorld, bad: object) -> None:
    del imports
    assert run(bad, {"Event": "s3:TestEvent"}) == ["m0"]


def test_little_time_hands_the_work_on(imports: ImportWorld) -> None:
    job_id = imports.begin(csv_file(csv_row(1)))
    run(recorded("file_uploaded"))
    hurried = Context(remaining_milliseconds=[handler.MARGIN_MILLISECONDS])
    run(imports.queue.messages.pop(0))
    run(imports.queue.messages.pop(0))
    (chunk,) = imports.queue.messages
    assert run(imports.queue.messages.pop(0), context=hurried) == []
    assert imports.queue.messages == [chunk]
    drained(imports)
    assert imports.job(job_id).state is JobState.DONE


def test_a_busy_store_gives_the_message_back(
    imports: ImportWorld, monkeypatch: pytest.MonkeyPatch, sqs: Visibility
) -> None:
    del sqs

    def busy(*_: object, **__: object) -> None:
        raise TemporaryError

    imports.begin(csv_file(csv_row(1)))
    monkeypatch.setattr(imports.imports, "save", busy)
    assert run(recorded("file_uploaded")) == ["m0"]


# ── on moto ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Put tables, bucket, bus and queue where AWS would have them; yield the queue's address."""
    with mock_aws():
        dynamodb: Any = boto3.client("dynamodb")
        create_tables(dynamodb)
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName="imports")["QueueUrl"]
        charges = sqs.create_queue(QueueName="charges")["QueueUrl"]
        boto3.client("events").create_event_bus(Name="bus")
        s3: Any = boto3.client("s3")
        region = s3.meta.region_name
        where = {} if region == "us-east-1" else {"LocationConstraint": region}
        s3.create_bucket(
            Bucket="arquivos", **({"CreateBucketConfiguration": where} if where else {})
        )
        settings = {
            "portfolio_table": "portfolio",
            "messages_table": "messages",
            "exchange_table": "exchange",
            "bus_name": "bus",
            "shards": "2",
            "files_bucket": "arquivos",
            "import_queue_url": url,
            "charge_queue_url": charges,
            "allow_as_of": "false",
        }
        assert set(settings) == set(RunImportSettings.model_fields)
        for name, value in settings.items():
            monkeypatch.setenv(f"REGUA_{name.upper()}", value)
        monkeypatch.setattr(handler, "clock", FixedClock(NOW))
        handler.wire.cache_clear()
        handler.wire().directory.put(creditor_document())  # type: ignore[attr-defined]
        yield url
        handler.wire.cache_clear()


def test_a_file_goes_the_whole_way_on_the_real_adapters(cloud: str) -> None:
    sqs, s3 = boto3.client("sqs"), boto3.client("s3")
    imports = DynamoImports(boto3.client("dynamodb"), "exchange")
    imports.create(JOB)
    rows = [csv_row(n) for n in range(1, 30)]
    data = csv_file(*rows, csv_row(30, vencimento="amanhã"))
    s3.put_object(Bucket="arquivos", Key=JOB.upload_key, Body=data)
    assert run(recorded("file_uploaded")) == []
    while received := sqs.receive_message(QueueUrl=cloud, MaxNumberOfMessages=10).get("Messages"):
        for message in received:
            assert run(message["Body"]) == []
            sqs.delete_message(QueueUrl=cloud, ReceiptHandle=message["ReceiptHandle"])
    job = imports.get(CREDITOR, JOB.job_id)
    assert job is not None
    assert (job.state, job.counts) == (JobState.DONE, Counts(read=30, created=29, rejected=1))
    errors = s3.get_object(Bucket="arquivos", Key=job.error_key)["Body"].read().decode()
    assert errors.splitlines()[1].startswith("T-30;")
    portfolio = DynamoPortfolio(
        boto3.client("dynamodb"), table="portfolio", messages_table="messages", shards=2
    )
    found = portfolio.find_invoice(CREDITOR, InvoiceId("T-29"))
    assert found is not None
