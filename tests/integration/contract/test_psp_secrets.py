"""Creditors' accesses to their PSPs, in Secrets Manager."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from regua.adapters.psp_access import PspSecrets, secret_name
from regua.application.pix_ports import PspShut
from tests.builders import CREDITOR

ACCESS = {
    "base_url": "https://pix.example.com/api",
    "token_url": "https://pix.example.com/token",
    "client_id": "a",
    "client_secret": "b",
}


@pytest.mark.usefixtures("aws")
def test_an_access_is_read_by_its_creditor() -> None:
    client = boto3.client("secretsmanager")
    client.create_secret(Name=secret_name("regua", CREDITOR), SecretString=json.dumps(ACCESS))
    assert PspSecrets(lambda: client, "regua")(CREDITOR).base_url == ACCESS["base_url"]


@pytest.mark.usefixtures("aws")
def test_a_creditor_without_one_needs_a_person() -> None:
    client = boto3.client("secretsmanager")
    with pytest.raises(PspShut):
        PspSecrets(lambda: client, "regua")(CREDITOR)


class Failing:
    """A client that fails in its own way."""

    def __init__(self, code: str) -> None:
        self.code = code

    def get_secret_value(self, **_: str) -> None:
        raise ClientError({"Error": {"Code": self.code}}, "GetSecretValue")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDeniedException", PspShut),
        ("DecryptionFailure", PspShut),
        ("ThrottlingException", ClientError),
    ],
)
def test_a_secret_that_cannot_be_read_is_told_apart(code: str, error: type[Exception]) -> None:
    failing = Failing(code)
    with pytest.raises(error):
        PspSecrets(lambda: failing, "regua")(CREDITOR)  # type: ignore[arg-type, return-value]
