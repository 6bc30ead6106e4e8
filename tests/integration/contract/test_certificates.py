"""Certificates that signed what others told us: memory and DynamoDB promise the same."""

from typing import TYPE_CHECKING

import pytest

from regua.adapters.dynamodb_certificates import DynamoCertificates
from regua.adapters.memory_certificates import MemoryCertificates
from regua.application.ports import CertificateStore
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FIRST, SECOND = "a" * 64, "b" * 64


@pytest.fixture(params=["memory", "dynamodb"])
def certificates(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> CertificateStore:
    if request.param == "memory":
        return MemoryCertificates()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoCertificates(dynamodb, "messages")


def test_a_certificate_is_found_by_its_fingerprint(certificates: CertificateStore) -> None:
    certificates.keep(FIRST, "-----BEGIN CERTIFICATE-----\n1")
    certificates.keep(SECOND, "-----BEGIN CERTIFICATE-----\n2")
    assert certificates.find(FIRST) == "-----BEGIN CERTIFICATE-----\n1"
    assert certificates.find(SECOND) == "-----BEGIN CERTIFICATE-----\n2"
    assert certificates.find("c" * 64) is None


def test_what_was_kept_first_stands(certificates: CertificateStore) -> None:
    certificates.keep(FIRST, "primeiro")
    certificates.keep(FIRST, "segundo")
    assert certificates.find(FIRST) == "primeiro"
