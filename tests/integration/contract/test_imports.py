"""Jobs, chunks, mappings, names, files and bulk reads: both kinds promise the same."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from regua.adapters import s3_import_files
from regua.adapters.dynamodb_bulk import DynamoBulkReads
from regua.adapters.dynamodb_imports import DynamoImports
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.import_queue import SqsImportQueue
from regua.adapters.memory import MemoryLedger, MemoryPortfolio, MemoryPublisher
from regua.adapters.memory_imports import MemoryBulkReads, MemoryImportFiles, MemoryImports
from regua.adapters.s3_import_files import S3ImportFiles
from regua.application.import_ports import (
    BulkReads,
    FileChanged,
    ImportFiles,
    Pointer,
    TitleKind,
)
from regua.application.ingest import Ingest
from regua.application.ports import Portfolio
from regua.domain.errors import Problem, TemporaryError, VersionConflict
from regua.domain.ids import CreditorId, CustomerId, InvoiceId, PaymentId
from regua.domain.imports.job import Counts, FileKind, ImportJob, JobId, JobState, Source
from regua.domain.money import Money
from regua.runtime import clients
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    ISSUED_AT,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
)
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2026, 11, 13, 12, tzinfo=UTC)
BOREAL = CreditorId("boreal")
Imports = MemoryImports | DynamoImports


def a_job(number: int = 1, **changes: Any) -> ImportJob:  # noqa: ANN401 - any field
    job = ImportJob(CREDITOR, JobId(f"{number:024x}"), "títulos.csv", NOW)
    return replace(job, **changes)


@pytest.fixture(params=["memory", "dynamodb"])
def imports(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> Imports:
    if request.param == "memory":
        return MemoryImports()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoImports(dynamodb, "exchange")


# ── jobs ────────────────────────────────────────────────────────────────────────────────────────


def test_a_job_comes_back_as_it_was_written(imports: Imports) -> None:
    source = Source("k", 9, '"e"', "utf-8", ";", ("a", "é"), 2, 5, ",")
    full = a_job(
        state=JobState.RUNNING,
        kind=FileKind.XLSX,
        announced_bytes=9,
        is_again=True,
        as_of=NOW,
        at=NOW + timedelta(milliseconds=5),
        mapping={"columns": {"amount": "é"}},
        mapping_name="usual",
        source=source,
        rows_total=7,
        chunks_total=2,
        duplicate_of=JobId("f" * 24),
        problems=(Problem("file", "não deu"),),
        header=("a", "b"),
        has_error_file=True,
        running_at=NOW,
        finished_at=NOW,
    )
    imports.create(full)
    imports.create(a_job(2))
    assert imports.get(CREDITOR, full.job_id) == full
    assert imports.get(CREDITOR, JobId(f"{2:024x}")) == a_job(2)
    assert imports.get(CREDITOR, JobId("0" * 24)) is None
    assert imports.get(BOREAL, full.job_id) is None


def test_a_job_is_written_once_per_version(imports: Imports) -> None:
    imports.create(a_job())
    read = imports.get(CREDITOR, a_job().job_id)
    assert read is not None
    saved = imports.save(replace(read, state=JobState.READING))
    assert saved.version == 1
    with pytest.raises(VersionConflict):
        imports.save(replace(read, state=JobState.CANCELLED))
    again = imports.save(replace(saved, state=JobState.RUNNING))
    assert (again.version, again.state) == (2, JobState.RUNNING)


def test_jobs_are_listed_newest_first_each_creditor_its_own(imports: Imports) -> None:
    for number in range(1, 6):
        imports.create(a_job(number))
    imports.create(replace(a_job(9), creditor_id=BOREAL))
    first = imports.page(CREDITOR, None, 2)
    second = imports.page(CREDITOR, first.cursor, 10)
    assert [int(j.job_id, 16) for j in (*first.jobs, *second.jobs)] == [5, 4, 3, 2, 1]
    assert second.cursor is None


def test_a_cursor_of_another_creditors_job_reaches_nothing_of_theirs(imports: Imports) -> None:
    imports.create(a_job(1))
    imports.create(replace(a_job(9), creditor_id=BOREAL))
    page = imports.page(CREDITOR, JobId(f"{9:024x}"), 10)
    assert [j.creditor_id for j in page.jobs] == [CREDITOR]


# ── chunks ──────────────────────────────────────────────────────────────────────────────────────


def test_a_chunk_counts_once_however_often_it_is_closed(imports: Imports) -> None:
    job = a_job(chunks_total=2)
    imports.create(job)
    assert imports.chunk(job, 0) is None
    assert imports.open_chunk(job, 0, "NO").plan == "NO"
    assert imports.open_chunk(job, 0, "XX").plan == "NO"
    counts = Counts(read=3, created=1, updated=1, rejected=1)
    assert imports.close_chunk(job, 0, counts)
    assert not imports.close_chunk(job, 0, counts)
    imports.open_chunk(job, 1, "N")
    assert imports.close_chunk(job, 1, Counts(read=1, duplicate=1))
    read = imports.get(CREDITOR, job.job_id)
    assert read is not None
    assert read.counts == Counts(read=4, created=1, updated=1, duplicate=1, rejected=1)
    assert (read.chunks_done, read.is_complete) == (2, True)
    done = imports.chunk(job, 0)
    assert done is not None
    assert (done.is_done, done.counts) == (True, counts)


def test_totals_survive_a_change_of_the_job(imports: Imports) -> None:
    imports.create(a_job())
    read = imports.get(CREDITOR, a_job().job_id)
    assert read is not None
    imports.open_chunk(read, 0, "N")
    imports.close_chunk(read, 0, Counts(read=1, created=1))
    saved = imports.save(replace(read, state=JobState.CANCELLED))
    assert (saved.counts, saved.chunks_done) == (Counts(read=1, created=1), 1)
    assert imports.get(CREDITOR, read.job_id) == saved


def test_a_chunk_that_was_not_opened_cannot_be_closed(imports: Imports) -> None:
    imports.create(a_job())
    assert not imports.close_chunk(a_job(), 0, Counts(read=1))


def test_chunks_that_are_done_are_found_by_number(imports: Imports) -> None:
    imports.create(a_job())
    for number in (0, 1, 2, 11):
        imports.open_chunk(a_job(), number, "N")
        if number != 1:
            imports.close_chunk(a_job(), number, Counts(read=number))
    assert [c.number for c in imports.done_chunks(a_job(), 0, 10)] == [0, 2]
    assert [c.number for c in imports.done_chunks(a_job(), 3, 10)] == [11]
    assert imports.done_chunks(a_job(2), 0, 10) == []


# ── contents, mappings, names ───────────────────────────────────────────────────────────────────


def test_a_content_is_the_first_jobs_until_that_gives_it_up(imports: Imports) -> None:
    first, second = a_job(1), a_job(2)
    assert imports.claim_content(first, "abc") == first.job_id
    assert imports.claim_content(first, "abc") == first.job_id
    assert imports.claim_content(second, "abc") == first.job_id
    assert imports.claim_content(second, "abc", JobId("f" * 24)) == first.job_id
    assert imports.claim_content(second, "abc", first.job_id) == second.job_id
    assert imports.claim_content(first, "abc") == second.job_id
    assert imports.claim_content(replace(first, creditor_id=BOREAL), "abc") == first.job_id


def test_mappings_are_kept_by_name_each_creditor_its_own(imports: Imports) -> None:
    imports.put_mapping(CREDITOR, "b", {"columns": {"amount": "é"}}, NOW)
    imports.put_mapping(CREDITOR, "a", {"columns": {}}, NOW)
    imports.put_mapping(CREDITOR, "a", {"columns": {"number": "n"}}, NOW)
    imports.put_mapping(BOREAL, "c", {"columns": {}}, NOW)
    assert list(imports.mappings(CREDITOR).items()) == [
        ("a", {"columns": {"number": "n"}}),
        ("b", {"columns": {"amount": "é"}}),
    ]
    assert imports.mapping(CREDITOR, "b") == {"columns": {"amount": "é"}}
    assert imports.mapping(CREDITOR, "c") is None


def test_names_lead_to_the_last_invoice_that_took_them(imports: Imports) -> None:
    many = {(TitleKind.BANK, f"{n}"): InvoiceId(f"fat-{n}") for n in range(120)}
    imports.put_names(CREDITOR, many)
    imports.put_names(CREDITOR, {(TitleKind.BANK, "7"): InvoiceId("outra")})
    wanted = [*many, (TitleKind.DOCUMENT, "7"), (TitleKind.BANK, "999")]
    found = imports.named(CREDITOR, wanted)
    assert found == {**many, (TitleKind.BANK, "7"): "outra"}
    assert imports.named(BOREAL, wanted) == {}
    assert imports.named(CREDITOR, []) == {}


# ── files ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["memory", "s3"])
def files(request: pytest.FixtureRequest) -> Iterator[ImportFiles]:
    if request.param == "memory":
        yield MemoryImportFiles()
        return
    with mock_aws():
        client = clients.s3_presigning()
        where: Any = {"LocationConstraint": client.meta.region_name}
        if client.meta.region_name == "us-east-1":
            client.create_bucket(Bucket="arquivos")
        else:
            client.create_bucket(Bucket="arquivos", CreateBucketConfiguration=where)
        yield S3ImportFiles(client, "arquivos")


def test_a_file_is_read_in_ranges_while_it_is_the_same(files: ImportFiles) -> None:
    stored = files.write("a/b.csv", [b"0123", b"456789"])
    assert files.stat("a/b.csv") == stored
    assert stored.size == 10
    assert files.read("a/b.csv", 0, 4, stored.etag) == b"0123"
    assert files.read("a/b.csv", 8, 99, stored.etag) == b"89"
    assert files.read("a/b.csv", 10, 20, stored.etag) == b""
    assert files.read("a/b.csv", 5, 5) == b""
    files.write("a/b.csv", [b"outro"])
    with pytest.raises(FileChanged):
        files.read("a/b.csv", 0, 4, stored.etag)


def test_a_file_that_is_not_there(files: ImportFiles) -> None:
    assert files.stat("nada") is None
    with pytest.raises(FileChanged):
        files.read("nada", 0, 4)
    files.write("x", [b"1"])
    assert list(files.parts(["x", "nada", "x"])) == [b"1", b"1"]


def test_many_files_come_in_the_order_that_was_asked_for(files: ImportFiles) -> None:
    for n in range(20):
        files.write(f"erros/{n}", [str(n).encode()])
    assert b"".join(files.parts(f"erros/{n}" for n in range(20))) == b"".join(
        str(n).encode() for n in range(20)
    )
    assert next(files.parts(f"erros/{n}" for n in range(20))) == b"0"


def test_an_empty_file_and_a_large_one(files: ImportFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_import_files, "_PART_BYTES", 5 * 1024 * 1024)
    assert files.write("vazio", []).size == 0
    piece = b"x" * 1_000_000
    stored = files.write("grande", (piece for _ in range(12)))
    assert stored.size == 12_000_000
    assert files.stat("grande") == stored
    assert files.read("grande", 11_999_999, 12_000_000, stored.etag) == b"x"


def test_a_ticket_is_for_one_key(files: ImportFiles) -> None:
    ticket = files.upload_ticket("uploads/aurora/abc", 10, NOW)
    assert "uploads/aurora/abc" in ticket.url
    assert ticket.headers["Content-Length"] == "10"
    assert ticket.expires_at == NOW + timedelta(hours=1)
    assert "imports/x/errors.csv" in files.download_url("imports/x/errors.csv", "erros.csv")


def test_key_size_and_sum_are_signed() -> None:
    real = S3ImportFiles(clients.s3_presigning(), "arquivos")
    ticket = real.upload_ticket("uploads/aurora/abc", 10, NOW, hashlib.sha256(b"x").hexdigest())
    query = parse_qs(urlsplit(ticket.url).query)
    signed = query["X-Amz-SignedHeaders"][0].split(";")
    assert "content-length" in signed
    is_in_query = "x-amz-checksum-sha256" in query
    assert "x-amz-checksum-sha256" in signed or is_in_query
    assert ticket.headers["x-amz-checksum-sha256"].endswith("=")


def test_a_write_that_breaks_off_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_import_files, "_PART_BYTES", 5 * 1024 * 1024)

    def broken() -> Iterator[bytes]:
        yield b"x" * 6_000_000
        yield b"x" * 6_000_000
        raise TemporaryError

    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="arquivos")
        with pytest.raises(TemporaryError):
            S3ImportFiles(client, "arquivos").write("x", broken())
        assert client.list_multipart_uploads(Bucket="arquivos").get("Uploads", []) == []
        assert client.list_objects_v2(Bucket="arquivos")["KeyCount"] == 0


def test_every_message_is_queued_in_calls_of_ten() -> None:
    with mock_aws():
        client = boto3.client("sqs")
        url = client.create_queue(QueueName="imports")["QueueUrl"]
        SqsImportQueue(client, url).send([{"n": n} for n in range(25)])
        told = client.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        assert told["Attributes"]["ApproximateNumberOfMessages"] == "25"


# ── bulk reads ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class Bulk:
    portfolio: Portfolio
    reads: BulkReads

    @property
    def ingest(self) -> Ingest:
        return Ingest(self.portfolio, MemoryPublisher())


@pytest.fixture(params=["memory", "dynamodb"])
def bulk(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> Bulk:
    if request.param == "memory":
        memory = MemoryPortfolio(MemoryLedger(), 4)
        return Bulk(memory, MemoryBulkReads(memory))
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    real = DynamoPortfolio(dynamodb, table="portfolio", messages_table="messages", shards=4)
    return Bulk(real, DynamoBulkReads(dynamodb, "portfolio", real))


def test_many_are_read_as_one_would_be(bulk: Bulk) -> None:
    creditor, now = any_creditor(), ISSUED_AT
    other = any_customer(external_id=CustomerId("cli-2"))
    open_one, closed_one = any_invoice("aberta"), any_invoice("paga")
    bulk.ingest.issue_invoice(creditor, open_one, any_customer(), now=now)
    bulk.ingest.issue_invoice(creditor, closed_one, any_customer(), now=now)
    bulk.ingest.receive_payment(creditor, InvoiceId("paga"), any_payment("pg"), now=now)
    bulk.ingest.receive_payment(creditor, InvoiceId("futura"), any_payment("pf"), now=now)
    mine = any_invoice("de-2", customer_id=other.external_id, due_date=date(2026, 12, 1))
    bulk.ingest.issue_invoice(creditor, mine, other, now=now)

    wanted = {InvoiceId(n) for n in ("aberta", "paga", "futura", "de-2", "nada")}
    assert bulk.reads.pointers(CREDITOR, wanted) == {
        "aberta": Pointer(CUSTOMER, False),
        "paga": Pointer(CUSTOMER, False),
        "futura": Pointer(None, True),
        "de-2": Pointer(other.external_id, False),
    }
    customers = {CUSTOMER, other.external_id, CustomerId("ninguém")}
    accounts = bulk.reads.accounts(CREDITOR, customers)
    assert accounts == {c: bulk.portfolio.load_account(CREDITOR, c) for c in customers}
    assert accounts[CustomerId("ninguém")].version == 0
    named = dict.fromkeys((InvoiceId("aberta"), InvoiceId("paga")), CUSTOMER)
    closed = bulk.reads.closed(CREDITOR, named)
    assert closed == {"paga": bulk.portfolio.find_invoice(CREDITOR, InvoiceId("paga"))}
    assert closed[InvoiceId("paga")].paid == Money(14990)
    paid = bulk.reads.payments(CREDITOR, {PaymentId("pg"), PaymentId("pf"), PaymentId("x")})
    assert paid == {"pg": "paga"}


def test_nothing_of_another_creditor_is_read(bulk: Bulk) -> None:
    bulk.ingest.issue_invoice(any_creditor(), any_invoice(), any_customer(), now=ISSUED_AT)
    assert bulk.reads.pointers(BOREAL, {InvoiceId("fat-1")}) == {}
    assert bulk.reads.accounts(BOREAL, {CUSTOMER})[CUSTOMER].version == 0
    assert bulk.reads.closed(BOREAL, {InvoiceId("fat-1"): CUSTOMER}) == {}
    assert bulk.reads.pointers(CREDITOR, set()) == {}


# ── what moto does not do ───────────────────────────────────────────────────────────────────────


def _cancelled(code: str) -> DynamoImports:
    client = boto3.client("dynamodb")
    stubber = Stubber(client)
    stubber.add_client_error(
        "transact_write_items",
        service_error_code="TransactionCanceledException",
        modeled_fields={"CancellationReasons": [{"Code": "None"}, {"Code": code}]},
    )
    stubber.activate()
    return DynamoImports(client, "exchange")


def test_two_chunks_that_close_at_once_are_tried_again() -> None:
    with pytest.raises(VersionConflict):
        _cancelled("TransactionConflict").close_chunk(a_job(), 0, Counts(read=1))


def test_a_job_that_a_chunk_is_counted_on_is_read_again() -> None:
    client = boto3.client("dynamodb")
    stubber = Stubber(client)
    stubber.add_client_error("update_item", service_error_code="TransactionConflictException")
    stubber.activate()
    with pytest.raises(VersionConflict):
        DynamoImports(client, "exchange").save(a_job())


def test_an_unknown_refusal_is_not_taken_for_a_chunk_that_is_done() -> None:
    with pytest.raises(ClientError):
        _cancelled("ValidationError").close_chunk(a_job(), 0, Counts(read=1))


def test_a_content_that_goes_while_it_is_asked_for_is_claimed() -> None:
    client = boto3.client("dynamodb")
    stubber = Stubber(client)
    stubber.add_client_error("update_item", service_error_code="ConditionalCheckFailedException")
    stubber.add_response("get_item", {})
    stubber.add_response("update_item", {})
    stubber.activate()
    assert DynamoImports(client, "exchange").claim_content(a_job(), "abc") == a_job().job_id


def test_errors_of_the_bucket_that_mean_nothing_to_us_are_raised() -> None:
    client = boto3.client("s3")
    stubber = Stubber(client)
    for operation in ("head_object", "get_object", "get_object"):
        stubber.add_client_error(operation, service_error_code="AccessDenied")
    stubber.activate()
    files = S3ImportFiles(client, "arquivos")
    with pytest.raises(ClientError):
        files.stat("x")
    with pytest.raises(ClientError):
        files.read("x", 0, 1)
    with pytest.raises(ClientError):
        list(files.parts(["x"]))
