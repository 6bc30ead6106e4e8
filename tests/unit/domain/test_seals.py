"""What a seal says is bound to its signature and to the seal before it."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from regua.domain.seals import FIRST_PREVIOUS, Seal, Statement

STATEMENT = Statement(
    seal=7,
    root="1a" * 32,
    count=3,
    leaves_sha256="2b" * 32,
    previous="3c" * 32,
    key_sha256="4d" * 32,
    sealed_at=datetime(2026, 11, 26, 12, 0, 0, 5_000, tzinfo=UTC),
)
SEAL = Seal(STATEMENT, b"assinatura", "-----BEGIN PUBLIC KEY-----", b"carimbo")


def test_what_is_signed_is_spelled_in_one_way_only() -> None:
    assert STATEMENT.signed_bytes.decode() == (
        '{"count":3,"key_sha256":"' + "4d" * 32 + '","leaves_sha256":"' + "2b" * 32 + '",'
        '"previous":"' + "3c" * 32 + '","root":"' + "1a" * 32 + '","seal":7,'
        '"sealed_at":"2026-11-26T12:00:00.005Z","type":"regua.seal.v1"}'
    )
    elsewhere = replace(
        STATEMENT, sealed_at=STATEMENT.sealed_at.astimezone(timezone(timedelta(hours=-3)))
    )
    assert elsewhere.signed_bytes == STATEMENT.signed_bytes


def test_a_statement_comes_back_as_it_was_written() -> None:
    assert Statement.read(json.loads(STATEMENT.signed_bytes)) == STATEMENT


@pytest.mark.parametrize(
    "changes",
    [
        {"seal": 8},
        {"root": "1b" * 32},
        {"count": 4},
        {"leaves_sha256": "2c" * 32},
        {"previous": FIRST_PREVIOUS},
        {"key_sha256": "4e" * 32},
        {"sealed_at": STATEMENT.sealed_at + timedelta(milliseconds=1)},
    ],
)
def test_every_field_is_signed_and_in_the_digest(changes: dict[str, Any]) -> None:
    other = replace(STATEMENT, **changes)
    assert other.signed_bytes != STATEMENT.signed_bytes
    assert replace(SEAL, statement=other).digest != SEAL.digest


def test_the_digest_covers_the_signature_and_leaves_the_time_stamp_free() -> None:
    expected = hashlib.sha256(STATEMENT.signed_bytes + b"assinatura").hexdigest()
    assert SEAL.digest == expected
    assert replace(SEAL, signature=b"outra").digest != expected
    assert replace(SEAL, timestamp=b"outro").digest == expected, "a second stamp may be added"


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({**STATEMENT.document(), "type": "regua.seal.v2"}, ValueError),
        ({**STATEMENT.document(), "sealed_at": "ontem"}, ValueError),
        ({k: v for k, v in STATEMENT.document().items() if k != "root"}, KeyError),
    ],
)
def test_what_is_none_of_ours_is_refused(document: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Statement.read(document)
