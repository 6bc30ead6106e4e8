"""Requests and certificates for a key that is not at hand, as openssl and cryptography see them."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from moto import mock_aws

from local import aws
from local import signer as local_signer
from regua.adapters.kms_signer import KmsSigner
from regua.adapters.memory_seals import MemorySigner
from regua.adapters.pades import checked_certificates
from regua.adapters.signer_certificates import certificate_request, self_signed
from regua.adapters.signer_secret import configured_signer
from regua.adapters.time_stamp_reading import read_time_stamp
from tests import evidence_bundles as made
from tests import report_samples as samples
from tools import evidence_certificate

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
NAME = "Aurora Energia Ltda:11222333000181"


def openssl(command: str, given: str, folder: Path) -> str:
    """Run openssl over a file and return what it says."""
    (folder / "given.pem").write_text(given)
    words = f"openssl {command} -in given.pem".split()
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def test_openssl_takes_the_request(tmp_path: Path) -> None:
    said = openssl("req -verify -noout -text", certificate_request(MemorySigner(), NAME), tmp_path)
    assert "verify OK" in said
    assert NAME in said
    assert "Digital Signature, Non Repudiation" in said
    assert "prime256v1" in said


def test_the_request_is_for_the_key_that_signs() -> None:
    key = MemorySigner()
    request = x509.load_pem_x509_csr(certificate_request(key, NAME).encode())
    assert request.is_signature_valid
    assert request.public_key() == load_pem_public_key(key.public_key_pem().encode())


@pytest.mark.parametrize("year", [2026, 2049, 2050, 2060])
def test_a_self_signed_certificate_is_the_keys_for_a_year(year: int, tmp_path: Path) -> None:
    key, now = MemorySigner(), NOW.replace(year=year)
    made_by_us = self_signed(key, NAME, now)
    certificate, chain = checked_certificates(made_by_us, key.public_key_pem())
    assert not chain
    certificate.verify_directly_issued_by(certificate)
    assert (certificate.not_valid_after_utc - now).days == 365
    assert certificate.not_valid_before_utc < now
    said = openssl("x509 -noout -text", made_by_us.certificate_pem, tmp_path)
    assert "Digital Signature, Non Repudiation" in said


@pytest.fixture
def account() -> Iterator[tuple[str, str]]:
    with mock_aws():
        kms, secrets = boto3.client("kms"), boto3.client("secretsmanager")
        key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
        secret = secrets.create_secret(Name="signer", SecretString="{}")["ARN"]
        yield key, secret


def test_the_tool_makes_a_request_and_installs_what_belongs_to_the_key(
    account: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, secret = account
    client = boto3.client("secretsmanager")
    assert configured_signer(client, secret) is None
    assert evidence_certificate.main(["csr", "--key", key, "--name", NAME]) == 0
    request = x509.load_pem_x509_csr(capsys.readouterr().out.encode())
    assert request.is_signature_valid
    public = request.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    issued = samples.signer_certificate(public)
    own, chain = tmp_path / "own.pem", tmp_path / "chain.pem"
    chain.write_text(issued.chain_pem)
    install = ["install", "--key", key, "--secret", secret]
    files = ["--certificate", str(own), "--chain", str(chain)]
    own.write_text(issued.chain_pem)
    assert evidence_certificate.main([*install, *files]) == 1, "another key's"
    assert json.loads(client.get_secret_value(SecretId=secret)["SecretString"]) == {}
    own.write_text(issued.certificate_pem)
    assert evidence_certificate.main([*install, *files]) == 0
    assert configured_signer(client, secret) == issued


def test_the_tool_installs_one_that_nobody_vouches_for(account: tuple[str, str]) -> None:
    key, secret = account
    arguments = ["self-signed", "--key", key, "--secret", secret, "--name", NAME]
    assert evidence_certificate.main(arguments) == 0
    installed = configured_signer(boto3.client("secretsmanager"), secret)
    assert installed is not None
    signer = KmsSigner(boto3.client("kms"), key)
    assert checked_certificates(installed, signer.public_key_pem())


def test_a_time_stamp_is_read_as_openssl_reads_it(tmp_path: Path) -> None:
    response = made.stamp(b"data", NOW)
    read = read_time_stamp(response)
    (tmp_path / "given.tsr").write_bytes(response)
    words = ["openssl", "ts", "-reply", "-in", "given.tsr", "-text"]
    said = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert f"Policy OID: {read.policy}" in said
    assert f"Serial number: 0x{int(read.serial):X}" in said
    assert f"Time stamp: {read.gen_time:%b %d %H:%M:%S %Y} GMT" in said
    assert f"Hash Algorithm: {read.hash_algorithm}" in said
    assert read.accuracy is not None
    assert read.accuracy.total_seconds() == 1
    assert read.authority == "CN=Regua TSA local, somente testes"


@pytest.mark.parametrize("broken", [b"", b"x", made.stamp(b"a", NOW)[:-9], b"\x30\x03\x02\x01\x00"])
def test_what_is_no_time_stamp_is_said_to_be_none(broken: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_time_stamp(broken)


def test_the_local_cloud_gets_a_certificate_of_its_key_and_keeps_it(
    account: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = account
    place: Any = SimpleNamespace(aws_endpoint_url="http://localhost")
    monkeypatch.setattr(aws, "client", lambda _, name: boto3.client(name))
    local_signer.register_signer(place, key, secret)
    client = boto3.client("secretsmanager")
    installed = configured_signer(client, secret)
    assert installed is not None
    public_key_pem = KmsSigner(boto3.client("kms"), key).public_key_pem()
    _, (authority,) = checked_certificates(installed, public_key_pem)
    assert authority.issuer == authority.subject
    local_signer.register_signer(place, key, secret)
    assert configured_signer(client, secret) == installed
