"""The function that sets up tenants builds its adapters from the environment it is given."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from pydantic import ValidationError

from functions.admin import context
from regua.application.ports import Dkim
from regua.application.preconditions import NO_EXPECTATION
from regua.domain.errors import NotFound
from regua.runtime.settings import AdminSettings
from tests.builders import CREDITOR, creditor_document
from tests.integration.admin_client import NOW
from tests.integration.contract.tables import create_tables

ENVIRONMENT = {
    "REGUA_PORTFOLIO_TABLE": "portfolio",
    "REGUA_EXCHANGE_TABLE": "exchange",
    "REGUA_USER_POOL_ID": "us-east-1_abc",
    "REGUA_API_ID": "c011ec75",
    "REGUA_AUTHORIZER_ID": "j",
    "REGUA_SENDER_DOMAINS": "cobranca.example.com.br,regua.example.com.br",
    "REGUA_CONFIGURATION_SET": "regua",
    "REGUA_DKIM_PREFIX": "ReguaStorage",
    "REGUA_SECRETS_KEY_ARN": "arn:aws:kms:us-east-1:123456789012:key/storage",
}


@pytest.fixture(autouse=True)
def _no_memory() -> Iterator[None]:
    context.wire.cache_clear()
    yield
    context.wire.cache_clear()


def test_it_works_on_what_its_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        wired = context.wire()
        with pytest.raises(NotFound):
            wired.tenants.get(CREDITOR)
        document = creditor_document(email="a@regua.example.com.br")
        assert wired.tenants.register(CREDITOR, document, NO_EXPECTATION, NOW).is_new
        assert wired.directory.get(CREDITOR).sender.email == "a@regua.example.com.br"
        key = wired.domains.keys.key(Dkim("regua-a", "aurora.example.com.br"))
        assert key.private_key.startswith("-----BEGIN PRIVATE KEY-----")


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        context.wire()
    missing = {str(each["loc"][0]) for each in caught.value.errors()}
    assert missing == set(AdminSettings.model_fields)
