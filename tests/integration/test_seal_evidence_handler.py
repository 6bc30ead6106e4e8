"""The clock's tick seals what is new, counts it, and says why when a seal has to wait."""

from collections.abc import Callable
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws
from pydantic import ValidationError

from functions.seal_evidence import handler
from regua.adapters.memory import FixedClock
from regua.adapters.memory_seals import (
    MemorySealIndex,
    MemorySeals,
    MemorySigner,
    MemoryTimeStamper,
)
from regua.adapters.time_stamps import NoTimeStamp
from regua.application.seal_evidence import SealEvidence
from regua.domain.ids import DispatchId
from regua.domain.merkle import Head
from tests.builders import DUE, nine_o_clock
from tests.integration.contract.tables import create_tables
from tests.integration.contract.test_seals import put_marker
from tests.integration.lambdas import Context, Printed, recorded

NOW = nine_o_clock(DUE)
HEAD = Head(DispatchId("0f" * 16), 1, "ab" * 32)
VARIABLES = {
    "MESSAGES_TABLE": "messages",
    "EVIDENCE_BUCKET": "evidencias",
    "SEAL_HEADS": "100",
}


@pytest.fixture
def use_case(monkeypatch: pytest.MonkeyPatch) -> SealEvidence:
    made = SealEvidence(MemorySealIndex(), MemorySeals(), MemorySigner(), MemoryTimeStamper())
    monkeypatch.setattr(handler, "wire", lambda: made)
    monkeypatch.setattr(handler, "clock", FixedClock(NOW))
    return made


def test_a_tick_seals_and_counts(use_case: SealEvidence, printed: Callable[[], Printed]) -> None:
    assert isinstance(use_case.index, MemorySealIndex)
    use_case.index.mark(HEAD, NOW - timedelta(minutes=4))
    answer = handler.lambda_handler(recorded("seal"), Context())
    assert answer == {"seals": 1, "heads": 1, "age_seconds": 240, "drained": True, "failed": None}
    output = printed()
    assert output.metrics["seal_heads"] == 1
    assert output.metrics["seal_failed"] == 0
    assert output.metrics["seal_age_seconds"] == 240
    assert [line["level"] for line in output.logs] == ["INFO"]


def test_an_authority_that_is_down_is_told_and_nothing_is_lost(
    use_case: SealEvidence, printed: Callable[[], Printed]
) -> None:
    assert isinstance(use_case.index, MemorySealIndex)
    assert isinstance(use_case.stamper, MemoryTimeStamper)
    use_case.index.mark(HEAD, NOW - timedelta(minutes=40))
    use_case.stamper.is_down = True
    answer = handler.lambda_handler(recorded("seal"), Context())
    assert answer["failed"] == "the time-stamping authority is away"
    assert not answer["drained"]
    output = printed()
    assert output.metrics["seal_failed"] == 1
    assert output.metrics["seal_age_seconds"] == 2_400
    assert [line["level"] for line in output.logs] == ["WARNING"]
    use_case.stamper.is_down = False
    assert handler.lambda_handler(recorded("seal"), Context())["heads"] == 1


def test_it_is_wired_from_its_environment_and_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handler.wire.cache_clear()
    with pytest.raises(ValidationError) as caught:
        handler.wire()
    assert {error["loc"][0] for error in caught.value.errors()} == {
        "messages_table",
        "evidence_bucket",
        "signing_key_arn",
        "tsa_secret_arn",
        "seal_heads",
    }
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        create_tables(dynamodb)
        boto3.client("s3").create_bucket(Bucket="evidencias")
        secret = boto3.client("secretsmanager").create_secret(Name="tsa", SecretString="{}")
        key = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        arns = {"TSA_SECRET_ARN": secret["ARN"], "SIGNING_KEY_ARN": key["KeyMetadata"]["Arn"]}
        for name, value in (VARIABLES | arns).items():
            monkeypatch.setenv(f"REGUA_{name}", value)
        seal = handler.wire()
        assert seal is handler.wire()
        assert seal.max_heads == 100
        put_marker(dynamodb, HEAD, NOW)
        run = seal(now=NOW, seconds_left=lambda: 10.0)
        assert isinstance(run.failed, NoTimeStamp)
        assert str(run.failed) == "no time-stamping authority is configured"
    handler.wire.cache_clear()
