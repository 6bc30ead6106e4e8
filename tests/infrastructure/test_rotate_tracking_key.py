"""A key is rotated on AWS without breaking a link that is already in somebody's inbox."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from regua.domain.tokens import HitKind, TrackingKeys, issue, verify
from tools.rotate_tracking_key import KEY_IDS, NoKeyIdLeftError, main, next_key_id

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
DISPATCH = "0" * 32


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator["SecretsManagerClient"]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("secretsmanager")


def _hold(client: "SecretsManagerClient", keys: Mapping[str, str]) -> str:
    return client.create_secret(Name="tracking", SecretString=json.dumps(keys))["ARN"]


def _held(client: "SecretsManagerClient", arn: str) -> dict[str, str]:
    keys: dict[str, str] = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    return keys


def test_links_of_before_and_after_verify(
    client: "SecretsManagerClient", capsys: pytest.CaptureFixture[str]
) -> None:
    arn = _hold(client, {"current": "k1", "k1": "first"})
    before = issue(HitKind.OPEN, DISPATCH, 0, AT, TrackingKeys.from_secret(_held(client, arn)))
    assert main(["--secret-arn", arn]) == 0
    keys = TrackingKeys.from_secret(_held(client, arn))
    after = issue(HitKind.OPEN, DISPATCH, 0, AT, keys)
    assert (before[:2], after[:2]) == ("k1", "k2")
    assert verify(before, keys)
    assert verify(after, keys)
    assert _held(client, arn)["k2"] not in capsys.readouterr().out


def test_every_rotation_makes_another_key(client: "SecretsManagerClient") -> None:
    arn = _hold(client, {"current": "k1", "k1": "first"})
    for _ in range(8):
        assert main(["--secret-arn", arn]) == 0
    held = _held(client, arn)
    assert held.pop("current") == "k9"
    assert set(held) == set(KEY_IDS)
    assert len(set(held.values())) == len(KEY_IDS)


def test_a_full_secret_is_left_as_it_was(
    client: "SecretsManagerClient", capsys: pytest.CaptureFixture[str]
) -> None:
    full = {"current": "k9", **dict.fromkeys(KEY_IDS, "x")}
    arn = _hold(client, full)
    assert main(["--secret-arn", arn]) == 1
    assert "remove old ones" in capsys.readouterr().err
    assert _held(client, arn) == full


def test_removing_old_keys_makes_room_even_after_the_last_id() -> None:
    assert next_key_id({"current": "k9", "k8": "x", "k9": "x"}) == "k1"
    assert next_key_id({"current": "k3", "k3": "x", "k4": "x"}) == "k5"
    with pytest.raises(NoKeyIdLeftError):
        next_key_id({"current": "k2", **dict.fromkeys(KEY_IDS, "x")})
