"""Issued reports: memory and AWS promise the same."""

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from regua.adapters.memory_reports import MemoryReports
from regua.adapters.report_store import DOWNLOAD_SECONDS, DynamoReports
from regua.application.report_ports import ReportRecord, ReportStore
from regua.domain.errors import Conflict
from regua.domain.ids import DispatchId
from tests.builders import CREDITOR
from tests.integration.contract.facts import NOW
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RECORD = ReportRecord(
    number="LD-2026-ABCDEFGH",
    creditor_id=CREDITOR,
    code_sha256="c" * 64,
    pdf_sha256="d" * 64,
    issued_at=NOW,
    dispatch_ids=(DispatchId("1" * 32), DispatchId("2" * 32)),
)
BUCKET = "evidencias"


@pytest.fixture(params=["memory", "aws"])
def store(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> ReportStore:
    if request.param == "memory":
        return MemoryReports()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    return DynamoReports(dynamodb, "messages", s3, BUCKET)


def test_a_report_is_found_as_it_was_kept(store: ReportStore) -> None:
    assert store.find(RECORD.number) is None
    store.keep(RECORD, b"%PDF")
    assert store.find(RECORD.number) == RECORD
    assert store.find("LD-2026-AAAAAAAA") is None


def test_a_number_is_used_once(store: ReportStore) -> None:
    store.keep(RECORD, b"%PDF")
    with pytest.raises(Conflict):
        store.keep(replace(RECORD, pdf_sha256="e" * 64), b"%PDF other")
    assert store.find(RECORD.number) == RECORD


def test_the_address_names_the_report(store: ReportStore) -> None:
    store.keep(RECORD, b"%PDF")
    assert RECORD.number in store.download_url(RECORD.number)


@pytest.fixture
def on_aws(aws: None, dynamodb: "DynamoDBClient") -> DynamoReports:  # noqa: ARG001 - moto
    create_tables(dynamodb)
    s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    return DynamoReports(dynamodb, "messages", s3, BUCKET)


def test_the_file_is_one_object_and_the_address_opens_it_for_a_quarter_of_an_hour(
    on_aws: DynamoReports,
) -> None:
    on_aws.keep(RECORD, b"%PDF exact")
    kept = boto3.client("s3").get_object(Bucket=BUCKET, Key=f"reports/{RECORD.number}.pdf")
    assert kept["Body"].read() == b"%PDF exact"
    assert kept["ContentType"] == "application/pdf"
    query = parse_qs(urlsplit(on_aws.download_url(RECORD.number)).query)
    assert query["X-Amz-Expires"] == [str(DOWNLOAD_SECONDS)] == ["900"]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"], "KMS takes no other"


def test_a_file_without_a_record_is_no_report_and_keeps_its_number(on_aws: DynamoReports) -> None:
    """A crash between the two leaves a file that nobody is told of."""
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"reports/{RECORD.number}.pdf", Body=b"x")
    assert on_aws.find(RECORD.number) is None
    with pytest.raises(Conflict):
        on_aws.keep(RECORD, b"%PDF")
    assert on_aws.find(RECORD.number) is None


def test_a_refusal_that_is_not_ours_goes_through(on_aws: DynamoReports) -> None:
    client = boto3.client("s3")
    client.delete_bucket(Bucket=BUCKET)
    with pytest.raises(ClientError):
        on_aws.keep(RECORD, b"%PDF")
