"""Issued reports: the file once in the evidence bucket, the record in the ``messages`` table."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from regua.adapters.records import instant
from regua.application.report_ports import ReportRecord
from regua.application.wire import instant_text
from regua.domain.errors import Conflict
from regua.domain.ids import CreditorId, DispatchId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

DOWNLOAD_SECONDS = 900
SORT = "REPORT"
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
"""What S3 answers when an object of that name exists, or is being written at the moment."""


class DynamoReports:
    """Reports by their number. The file comes first: a record without its file never exists."""

    def __init__(self, client: "DynamoDBClient", table: str, s3: "S3Client", bucket: str) -> None:
        self._client = client
        self._table = table
        self._s3 = s3
        self._bucket = bucket

    def keep(self, record: ReportRecord, pdf: bytes) -> None:
        """Keep a report."""
        try:
            self._s3.put_object(
                Bucket=self._bucket,
                Key=object_key(record.number),
                Body=pdf,
                ContentType="application/pdf",
                ChecksumAlgorithm="SHA256",
                IfNoneMatch="*",
            )
            self._client.put_item(
                TableName=self._table,
                Item=_item(record),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException as exc:
            raise Conflict("This report exists already.") from exc
        except ClientError as exc:
            if exc.response["Error"]["Code"] in _TAKEN:
                raise Conflict("This report exists already.") from exc
            raise

    def find(self, number: str) -> ReportRecord | None:
        """Return what is remembered of a report."""
        answer = self._client.get_item(
            TableName=self._table, Key=item_key(number), ConsistentRead=True
        )
        return _record(number, answer["Item"]) if "Item" in answer else None

    def download_url(self, number: str) -> str:
        """Return an address from which the file can be fetched for fifteen minutes."""
        return self._s3.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": object_key(number),
                "ResponseContentDisposition": f'attachment; filename="{number}.pdf"',
            },
            ExpiresIn=DOWNLOAD_SECONDS,
        )


def object_key(number: str) -> str:
    """Return where a report's file is."""
    return f"reports/{number}.pdf"


def item_key(number: str) -> Any:  # noqa: ANN401 - boto3's own shape
    """Return where a report's record is."""
    return {"pk": {"S": f"REPORT#{number}"}, "sk": {"S": SORT}}


def _item(record: ReportRecord) -> Any:  # noqa: ANN401 - boto3's own shape
    return {
        **item_key(record.number),
        "creditor_id": {"S": record.creditor_id},
        "code_sha256": {"S": record.code_sha256},
        "pdf_sha256": {"S": record.pdf_sha256},
        "issued_at": {"S": instant_text(record.issued_at)},
        "dispatch_ids": {"L": [{"S": each} for each in record.dispatch_ids]},
    }


def _record(number: str, item: Any) -> ReportRecord:  # noqa: ANN401 - boto3's own shape
    return ReportRecord(
        number=number,
        creditor_id=CreditorId(item["creditor_id"]["S"]),
        code_sha256=item["code_sha256"]["S"],
        pdf_sha256=item["pdf_sha256"]["S"],
        issued_at=instant(item["issued_at"]["S"]),
        dispatch_ids=tuple(DispatchId(each["S"]) for each in item["dispatch_ids"]["L"]),
    )
