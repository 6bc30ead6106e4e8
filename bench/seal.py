"""Seal 100,000 heads: seconds of one core in memory, and AWS requests counted by a botocore hook.

The signature is real (ECDSA P-256) and so is the time stamp: from an authority of our own over
HTTP, checked like anybody's. The requests are counted on moto for two smaller seals; they grow in a
straight line, so a seal of any size is told from the two (but for the second pages of the queries,
some sixteen more at 100,000).
"""

import hashlib
import json
import os
import resource
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import boto3
from moto import mock_aws

from local.carrier.server import CarrierServer
from local.carrier.tsa.authority import make
from local.carrier.tsa.provider import TsaProvider
from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_seals import DynamoSealIndex
from regua.adapters.kms_signer import KmsSigner
from regua.adapters.memory_seals import (
    MemorySealIndex,
    MemorySeals,
    MemorySigner,
    MemoryTimeStamper,
)
from regua.adapters.s3_seals import S3Seals
from regua.adapters.time_stamps import HttpTimeStamper, Tsa
from regua.application.seal_document import leaves_document
from regua.application.seal_evidence import InclusionReader, SealEvidence
from regua.application.wire import instant_text
from regua.domain import merkle
from regua.domain.ids import DispatchId
from regua.domain.merkle import Head

HEADS = 100_000
COUNTED = (500, 1_000)
_PUTS = 25
_PROOFS = 1_000
_NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def run(heads: int = HEADS) -> dict[str, Any]:
    """Return the seconds of each part, and the requests of a seal of so many heads."""
    return {"heads": heads, **_timed(heads), "aws_requests": _requests(heads)}


def _head(number: int) -> Head:
    name = hashlib.sha256(f"message {number}".encode()).hexdigest()
    return Head(DispatchId(name[:32]), 1 + number % 7, name)


def _timed(count: int) -> dict[str, Any]:
    index, seals = MemorySealIndex(), MemorySeals()
    for number in range(count):
        index.mark(_head(number), _NOW)
    heads = sorted(marker.head for marker in index.markers.values())
    started = perf_counter()
    tree = merkle.levels([head.leaf for head in heads])
    grown = perf_counter()
    size = len(leaves_document(heads))
    written = perf_counter()
    with _authority() as tsa:
        signer, stamper = MemorySigner(), HttpTimeStamper(lambda: tsa)
        stamper.stamp(signer.sign(b"warm"))
        before = perf_counter()
        stamper.stamp(signer.sign(b"a statement"))
        stamped = perf_counter()
        done = SealEvidence(index, seals, signer, stamper)(now=_NOW, seconds_left=lambda: 300.0)
        sealed = perf_counter()
    found = seals.find(1)
    if done.heads != count or found is None or found.statement.root != tree[-1][0].hex():
        msg = "the benchmark did not seal what it set out to seal"
        raise AssertionError(msg)
    return {
        "tree_seconds": round(grown - started, 3),
        "serialise_seconds": round(written - grown, 3),
        "heads_mb": round(size / 1e6, 1),
        "sign_and_stamp_ms": round((stamped - before) * 1000, 1),
        "total_seconds": round(sealed - stamped, 3),
        **_proofs(InclusionReader(index, seals), heads),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _proofs(reader: InclusionReader, heads: list[Head]) -> dict[str, float]:
    """Return how long the first proof takes, which builds the tree, and each later one."""
    started = perf_counter()
    reader.inclusions(heads[0].dispatch_id)
    first = perf_counter()
    some = heads[:: max(1, len(heads) // _PROOFS)]
    for head in some:
        reader.inclusions(head.dispatch_id)
    each = (perf_counter() - first) / len(some)
    return {
        "first_proof_seconds": round(first - started, 3),
        "next_proof_microseconds": round(each * 1e6, 1),
    }


@contextmanager
def _authority() -> Iterator[Tsa]:
    """Serve an authority of our own, as the carrier does."""
    provider = TsaProvider(make(_NOW))
    server = CarrierServer(0, provider.stamp)
    serving = threading.Thread(target=server.serve_forever, args=(0.02,))
    serving.start()
    try:
        yield Tsa(f"{server.url}/tsa", provider.authority.ca_pem)
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def _requests(heads: int) -> dict[str, Any]:
    """Return the requests of a seal, by operation, and of a run that finds nothing to seal."""
    small, great = (_counted(count) for count in COUNTED)
    per_head = {name: (great[name] - small[name]) / (COUNTED[1] - COUNTED[0]) for name in great}
    sealing = {
        name: round(small[name] + growth * (heads - COUNTED[0]))
        for name, growth in per_head.items()
    }
    return {
        "counted_at": list(COUNTED),
        "idle_run": sum(_counted(0).values()),
        "by_operation": sealing,
        "total": sum(sealing.values()),
        "per_head": round(sum(sealing.values()) / heads, 4),
    }


def _counted(count: int) -> Counter[str]:
    """Seal so many heads on moto and count what AWS is asked, the time stamp left out."""
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        session = boto3.Session(region_name="us-east-1")
        calls: Counter[str] = Counter()
        dynamodb, s3, kms = session.client("dynamodb"), session.client("s3"), session.client("kms")
        _prepare(dynamodb, s3, count)
        key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]

        def note(*, model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
            calls[model.name] += 1

        for client in (dynamodb, s3, kms):
            client.meta.events.register("before-call", note)
        seal = SealEvidence(
            DynamoSealIndex(dynamodb, "messages"),
            S3Seals(s3, "evidence"),
            KmsSigner(kms, key),
            MemoryTimeStamper(),
        )
        done = seal(now=_NOW, seconds_left=lambda: 300.0)
        if done.heads != count or not done.drained:
            msg = "the benchmark did not seal what it set out to seal"
            raise AssertionError(msg)
        return calls


def _prepare(dynamodb: Any, s3: Any, count: int) -> None:  # noqa: ANN401 - a session's clients
    names = {"pk": "HASH", "sk": "RANGE"}
    dynamodb.create_table(
        TableName="messages",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in names.items()],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
    )
    s3.create_bucket(Bucket="evidence")
    items = [_marker(_head(number)) for number in range(count)]
    for start in range(0, count, _PUTS):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + _PUTS]]
        dynamodb.batch_write_item(RequestItems={"messages": puts})


def _marker(head: Head) -> Mapping[str, Any]:
    return {
        "pk": {"S": keys.unsealed(head.dispatch_id)},
        "sk": {"S": keys.marker(head.dispatch_id, head.seq)},
        "hash": {"S": head.hash},
        "observed_at": {"S": instant_text(_NOW)},
    }


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else HEADS
    sys.stdout.write(f"{json.dumps(run(asked), indent=2)}\n")
