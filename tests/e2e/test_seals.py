"""On the running cloud: what is marked is sealed, proven, and judged by OpenSSL."""

import hashlib
import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from local.stack import Stack
from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_seals import DynamoSealIndex
from regua.adapters.s3_seals import S3Seals
from regua.application.seal_evidence import InclusionReader
from regua.application.wire import instant_text
from regua.domain import merkle
from regua.domain.ids import DispatchId
from regua.domain.merkle import Head

OPENSSL = shutil.which("openssl")
MOMENT_SECONDS = 10
AT = datetime(2026, 11, 26, 12, tzinfo=UTC)


def mark(stack: Stack, name: str) -> Head:
    """Mark a head, as the ledger does when it appends an entry."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    head = Head(DispatchId(digest[:32]), 1, digest)
    stack.dynamodb.put_item(
        TableName=stack.tables["messages"],
        Item={
            "pk": {"S": keys.unsealed(head.dispatch_id)},
            "sk": {"S": keys.marker(head.dispatch_id, head.seq)},
            "hash": {"S": head.hash},
            "observed_at": {"S": instant_text(AT)},
        },
    )
    return head


def set_down(stack: Stack, *, is_down: bool) -> None:
    body = json.dumps({"is_down": is_down}).encode()
    with urlopen(Request(f"{stack.inbox_url}/admin/tsa", body), timeout=MOMENT_SECONDS):
        pass


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not on this machine")
def test_a_seal_waits_for_its_authority_and_is_proven_afterwards(
    stack: Stack, tmp_path: Path
) -> None:
    head = mark(stack, "selada")
    set_down(stack, is_down=True)
    try:
        assert "503" in stack.seal()["failed"]
    finally:
        set_down(stack, is_down=False)
    answer = stack.seal()
    assert (answer["failed"], answer["drained"]) == (None, True)
    index = DynamoSealIndex(stack.dynamodb, stack.tables["messages"])
    seals = S3Seals(stack.s3, stack.buckets["evidence"])
    (found,) = InclusionReader(index, seals).inclusions(head.dispatch_id)
    statement = found.seal.statement
    root = merkle.root_of(head.leaf, found.index, statement.count, found.path)
    assert root == bytes.fromhex(statement.root)
    assert not seals.put(found.seal), "it is written once"
    with urlopen(f"{stack.inbox_url}/tsa/ca.pem", timeout=MOMENT_SECONDS) as pem:
        (tmp_path / "ca.pem").write_bytes(pem.read())
    (tmp_path / "statement.json").write_bytes(statement.signed_bytes)
    (tmp_path / "seal.sig").write_bytes(found.seal.signature)
    (tmp_path / "t.tsr").write_bytes(found.seal.timestamp)
    (tmp_path / "key.pem").write_text(found.seal.public_key_pem)
    for command in (
        "dgst -sha256 -verify key.pem -signature seal.sig statement.json",
        "ts -verify -data seal.sig -in t.tsr -CAfile ca.pem",
    ):
        subprocess.run([str(OPENSSL), *command.split()], cwd=tmp_path, check=True)
