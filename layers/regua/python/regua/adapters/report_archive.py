"""Issued reports as the public verification reads them: records by number, and their files."""

from typing import TYPE_CHECKING

from regua.adapters.report_store import DynamoReports, object_key
from regua.application.report_ports import ReportRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client


class DynamoReportArchive:
    """Reads what `DynamoReports` keeps."""

    def __init__(self, client: "DynamoDBClient", table: str, s3: "S3Client", bucket: str) -> None:
        self._client = client
        self._s3 = s3
        self._bucket = bucket
        self._reports = DynamoReports(client, table, s3, bucket)

    def find(self, number: str) -> ReportRecord | None:
        """Return what is remembered of a report."""
        return self._reports.find(number)

    def file(self, number: str) -> bytes:
        """Return a report's PDF."""
        return self._s3.get_object(Bucket=self._bucket, Key=object_key(number))["Body"].read()
