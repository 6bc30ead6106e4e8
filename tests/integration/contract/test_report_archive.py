"""The archive of issued reports, in memory and on DynamoDB and S3: one suite for both."""

import hashlib
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from regua.adapters.memory_report_archive import MemoryReportArchive
from regua.adapters.report_archive import DynamoReportArchive
from regua.adapters.report_store import DynamoReports
from regua.application.report_ports import ReportRecord
from regua.application.verify_report import ReportArchive
from tests.builders import CREDITOR
from tests.evidence_bundles import EMAIL, ISSUED_AT, REPORT
from tests.integration.contract.tables import create_tables

PDF = b"%PDF-1.7"
RECORD = ReportRecord(
    number=REPORT,
    creditor_id=CREDITOR,
    code_sha256="ab" * 32,
    pdf_sha256=hashlib.sha256(PDF).hexdigest(),
    issued_at=ISSUED_AT,
    dispatch_ids=(EMAIL,),
)


@pytest.fixture(params=["memory", "aws"])
def archive(request: pytest.FixtureRequest) -> Iterator[ReportArchive]:
    if request.param == "memory":
        memory = MemoryReportArchive()
        memory.records[REPORT], memory.files[REPORT] = RECORD, PDF
        yield memory
        return
    with mock_aws():
        dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        s3 = boto3.client("s3", region_name="us-east-1")
        create_tables(dynamodb)
        s3.create_bucket(Bucket="evidence")
        DynamoReports(dynamodb, "messages", s3, "evidence").keep(RECORD, PDF)
        yield DynamoReportArchive(dynamodb, "messages", s3, "evidence")


def test_a_report_is_found_by_its_number_with_its_file(archive: ReportArchive) -> None:
    assert archive.find(REPORT) == RECORD
    assert archive.file(REPORT) == PDF
    assert archive.find("LD-2026-BBBBBBBB") is None
