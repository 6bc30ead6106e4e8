"""DKIM keys as they lie in Secrets Manager, and what happens when one is missing."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import dkim as dkimpy  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from local import creditors
from local.dkim import PREFIX
from regua.adapters.dkim_keys import DkimSigner, add_key
from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.application.ports import Dkim
from regua.domain.errors import ProviderThrottled
from regua.domain.ids import CreditorId
from tests.integration.contract.tables import create_tables
from tools import dkim_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

AT = datetime(2025, 11, 18, 12, tzinfo=UTC)
DKIM = Dkim("regua1", "cobranca.example.com.br")
KMS_KEY = "arn:aws:kms:sa-east-1:000000000000:key/storage"
NAME = "ReguaStorage/dkim/cobranca.example.com.br"
RAW = b"From: a@cobranca.example.com.br\r\nTo: b@example.com\r\n\r\nOl=C3=A1\r\n"


@pytest.fixture
def secrets(aws: None) -> "SecretsManagerClient":
    del aws
    return boto3.client("secretsmanager")


def held(secrets: "SecretsManagerClient") -> dict[str, dict[str, str]]:
    keys: dict[str, dict[str, str]] = json.loads(
        secrets.get_secret_value(SecretId=NAME)["SecretString"]
    )
    return keys


def test_a_message_signed_with_a_stored_key_is_verified_with_the_record_it_names(
    secrets: "SecretsManagerClient",
) -> None:
    record = add_key(secrets, "ReguaStorage", DKIM)
    raw, evidence = DkimSigner(lambda: secrets, "ReguaStorage")(RAW, DKIM)
    assert evidence == {
        "dkim_name": "regua1._domainkey.cobranca.example.com.br",
        "dkim_record": record,
    }
    published = {f"{evidence['dkim_name']}.".encode(): evidence["dkim_record"].encode()}

    def dns(name: bytes, timeout: float = 5) -> bytes | None:
        del timeout
        return published.get(name)

    assert dkimpy.verify(raw, dnsfunc=dns)
    assert not dkimpy.verify(raw + b"x\r\n", dnsfunc=dns)
    assert "PRIVATE" not in json.dumps(evidence)


def test_a_key_is_read_once_per_process_and_only_when_it_is_needed(
    secrets: "SecretsManagerClient",
) -> None:
    add_key(secrets, "ReguaStorage", DKIM)
    asked: list[int] = []

    def client() -> "SecretsManagerClient":
        asked.append(1)
        return secrets

    sign = DkimSigner(client, "ReguaStorage")
    assert asked == []
    assert sign(RAW, DKIM) == sign(RAW, DKIM)
    assert asked == [1]


def test_a_key_that_exists_is_kept_and_another_selector_stands_beside_it(
    secrets: "SecretsManagerClient",
) -> None:
    first = add_key(secrets, "ReguaStorage", DKIM)
    assert add_key(secrets, "ReguaStorage", DKIM) == first
    second = add_key(secrets, "ReguaStorage", Dkim("regua2", DKIM.domain))
    assert {name: key["dns"] for name, key in held(secrets).items()} == {
        "regua1": first,
        "regua2": second,
    }
    assert first != second


@pytest.mark.parametrize(
    "secret",
    [
        None,
        "x",
        "[]",
        "{}",
        '{"regua1": "x"}',
        '{"regua1": {"dns": "v=DKIM1"}}',
        '{"regua1": {"dns": "v=DKIM1", "private_key": "x"}}',
        '{"regua2": {"dns": "v=DKIM1", "private_key": "x"}}',
    ],
)
def test_without_a_key_nothing_is_sent_for_an_hour(
    secrets: "SecretsManagerClient", secret: str | None
) -> None:
    if secret is not None:
        secrets.create_secret(Name=NAME, SecretString=secret)
    with pytest.raises(ProviderThrottled) as caught:
        DkimSigner(lambda: secrets, "ReguaStorage")(RAW, DKIM)
    assert caught.value.retry_after_seconds == 3600


def test_a_key_made_later_is_found(secrets: "SecretsManagerClient") -> None:
    sign = DkimSigner(lambda: secrets, "ReguaStorage")
    with pytest.raises(ProviderThrottled):
        sign(RAW, DKIM)
    add_key(secrets, "ReguaStorage", DKIM)
    assert sign(RAW, DKIM)[0].startswith(b"DKIM-Signature: ")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDeniedException", ProviderThrottled),
        ("DecryptionFailure", ProviderThrottled),
        ("InternalServiceError", ClientError),
        ("ThrottlingException", ClientError),
    ],
)
def test_a_fault_of_our_set_up_is_told_from_a_service_in_trouble(
    code: str, error: type[Exception]
) -> None:
    client: Any = boto3.client("secretsmanager")
    with Stubber(client) as stub:
        stub.add_client_error("get_secret_value", code)
        with pytest.raises(error):
            DkimSigner(lambda: client, "ReguaStorage")(RAW, DKIM)


def test_the_tool_prints_the_record_for_dns_and_never_the_key(
    secrets: "SecretsManagerClient", capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--prefix", "ReguaStorage", "--kms-key", KMS_KEY]
    assert dkim_key.main([*arguments, "--domain", "Cobranca.example.com.br"]) == 0
    printed = capsys.readouterr().out
    name, kind, strings = printed.strip().split(" ", 2)
    assert (name, kind) == ("regua1._domainkey.cobranca.example.com.br", "TXT")
    parts = strings[1:-1].split('" "')
    assert all(len(part) <= 255 for part in parts)
    assert "".join(parts) == held(secrets)["regua1"]["dns"]
    assert "PRIVATE" not in printed
    assert secrets.describe_secret(SecretId=NAME)["KmsKeyId"] == KMS_KEY


def test_a_secret_of_the_account_s_own_key_is_moved_to_ours_with_the_next_selector(
    secrets: "SecretsManagerClient",
) -> None:
    add_key(secrets, "ReguaStorage", DKIM)
    assert "KmsKeyId" not in secrets.describe_secret(SecretId=NAME)
    add_key(secrets, "ReguaStorage", Dkim("regua2", DKIM.domain), kms_key=KMS_KEY)
    assert secrets.describe_secret(SecretId=NAME)["KmsKeyId"] == KMS_KEY
    assert held(secrets).keys() == {"regua1", "regua2"}


def test_the_local_company_s_e_mails_can_be_signed_once_it_is_registered(
    secrets: "SecretsManagerClient", dynamodb: "DynamoDBClient"
) -> None:
    create_tables(dynamodb)
    stack: Any = SimpleNamespace(
        secrets=secrets,
        dynamodb=dynamodb,
        tables={"portfolio": "portfolio"},
        sender_domain=DKIM.domain,
        client_id=None,
    )
    for _ in range(2):
        creditors.register_default(stack)
    directory = DynamoCreditors(dynamodb, "portfolio")
    creditor = directory.get(CreditorId(creditors.DEFAULT_CREDITOR_ID))
    assert creditor.dkim == DKIM
    _, evidence = DkimSigner(lambda: secrets, PREFIX)(RAW, creditor.dkim)
    assert evidence["dkim_record"] == held(secrets)[DKIM.selector]["dns"]


@pytest.mark.parametrize(
    "arguments", [["--domain", "x"], ["--domain", "example.com.br", "--selector", "a b"]]
)
def test_the_tool_refuses_what_dns_could_not_name(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert dkim_key.main(["--prefix", "ReguaStorage", "--kms-key", KMS_KEY, *arguments]) == 1
    assert "not a selector and a domain" in capsys.readouterr().err
