"""Certificates that signed what providers reported, on the ``messages`` table, each once."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CERTIFICATE = "CERT"


class DynamoCertificates:
    """One item per certificate, named by its fingerprint; the first copy stands."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def keep(self, sha256: str, pem: str) -> None:
        """Keep a certificate; the same again changes nothing."""
        self._client.update_item(
            TableName=self._table,
            Key=_key(sha256),
            UpdateExpression="SET pem = if_not_exists(pem, :pem)",
            ExpressionAttributeValues={":pem": {"S": pem}},
        )

    def find(self, sha256: str) -> str | None:
        """Return a certificate, if it was kept."""
        item = self._client.get_item(TableName=self._table, Key=_key(sha256)).get("Item")
        return None if item is None else item["pem"]["S"]


def _key(sha256: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"SNSCERT#{sha256}"}, "sk": {"S": _CERTIFICATE}}
