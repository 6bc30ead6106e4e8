"""What evidence costs per million e-mails: its writes are counted by a botocore hook and priced.

The real adapters run on moto, from composing to the recorded delivery and the seal. Counted are the
items that evidence adds (entries, chain heads, markers, pointers), their write units by their true
size, doubled in transactions, and the objects and bytes of the vault. What a message costs without
evidence is not in it.

Prices are list prices of 2026 in US dollars for us-east-1, from memory, to be checked against the
present list; they are data, and the counts are what was measured. Reports are 2 per e-mail, as SES
sends them (Send, Delivery); an open or a click adds one entry each.
"""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from math import ceil
from typing import Any

import boto3

from bench.aws_requests import ACCOUNTS, NOW, World, cloud
from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_seals import DynamoSealIndex
from regua.adapters.memory_seals import MemorySeals, MemorySigner, MemoryTimeStamper
from regua.application.seal_evidence import SealEvidence

PER_MILLION = 1_000_000
PRICES = {
    "write_unit": 1.25 / 1e6,
    "read_unit": 0.25 / 1e6,
    "s3_put": 5.0 / 1e6,
    "s3_gb_month": 0.023,
    "kms_request": 0.03 / 1e4,
    "kms_signature": 0.15 / 1e4,
}
_KEPT_MONTHS = 60
_UNIT = 1024
_EVIDENCE = (keys.EVENT, keys.CHAIN, keys.SEALED)
_SEALS_PER_DAY = 288


class Meter:
    """Counts what evidence writes, item by item."""

    def __init__(self) -> None:
        self.items: Counter[str] = Counter()
        self.units: Counter[str] = Counter()
        self.objects = 0
        self.stored_bytes = 0

    def start(self, session: boto3.Session) -> None:
        """Listen to every request of a session's clients."""
        events = session.events
        events.register("provide-client-params.dynamodb.TransactWriteItems", self._transaction)
        events.register("provide-client-params.dynamodb.BatchWriteItem", self._batch)
        events.register("provide-client-params.s3.PutObject", self._object)

    def _transaction(self, *, params: Mapping[str, Any], **_: object) -> None:
        for write in params["TransactItems"]:
            if "Put" in write:
                self._count(write["Put"]["Item"], factor=2)

    def _batch(self, *, params: Mapping[str, Any], **_: object) -> None:
        for requests in params["RequestItems"].values():
            for request in requests:
                if "PutRequest" in request:
                    self._count(request["PutRequest"]["Item"], factor=1)
                else:
                    self._add("marker deleted", 1)

    def _object(self, *, params: Mapping[str, Any], **_: object) -> None:
        self.objects += 1
        self.stored_bytes += len(params["Body"])

    def _count(self, item: Mapping[str, Any], *, factor: int) -> None:
        sort_key = item["sk"]["S"]
        is_marker = item["pk"]["S"].startswith("UNSEALED")
        if not is_marker and not sort_key.startswith(_EVIDENCE):
            return
        kind = "marker" if is_marker else sort_key.partition("#")[0]
        self._add(_NAMES.get(kind, kind), factor * ceil(_size(item) / _UNIT))

    def _add(self, name: str, units: int) -> None:
        self.items[name] += 1
        self.units[name] += units


_NAMES = {"E": "entry", "CHAIN": "chain head", "Z": "seal pointer"}


def _size(item: Mapping[str, Any]) -> int:
    """Return an item's size as DynamoDB bills it, within a few bytes."""
    return sum(len(name) + _value(value) for name, value in item.items())


def _value(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "M":
        return 3 + sum(1 + len(name) + _value(each) for name, each in content.items())
    if kind == "N":
        return len(content) // 2 + 1
    return len(content) if isinstance(content, bytes) else len(str(content).encode())


def run() -> dict[str, Any]:
    """Return counts per e-mail, and dollars per million."""
    meter = Meter()
    with cloud() as (session, _):
        meter.start(session)
        world = World(session)
        world.issue(range(ACCOUNTS), date(2026, 11, 10))
        due = world.evaluate()
        world.send(due)
        world.receive(due)
        index = DynamoSealIndex(world.dynamodb, "messages")
        seal = SealEvidence(index, MemorySeals(), MemorySigner(), MemoryTimeStamper())
        sealed = seal(now=NOW, seconds_left=lambda: 600.0)
    return _priced(meter, ACCOUNTS, sealed.heads)


def _priced(meter: Meter, emails: int, heads: int) -> dict[str, Any]:
    units = sum(meter.units.values()) / emails
    per_million = {
        "dynamodb_writes": units * PER_MILLION * PRICES["write_unit"],
        "s3_puts": meter.objects / emails * PER_MILLION * PRICES["s3_put"],
        "s3_storage_5_years": (
            meter.stored_bytes / emails * PER_MILLION / 1e9 * PRICES["s3_gb_month"] * _KEPT_MONTHS
        ),
        "kms_seals_of_a_day": _SEALS_PER_DAY * PRICES["kms_signature"],
    }
    return {
        "emails": emails,
        "heads_sealed": heads,
        "items_per_email": _each(meter.items, emails),
        "write_units_per_email": round(units, 2),
        "objects_per_email": round(meter.objects / emails, 3),
        "vault_bytes_per_email": round(meter.stored_bytes / emails),
        "usd_per_million_emails": {k: round(v, 2) for k, v in per_million.items()},
        "usd_per_million_emails_total": round(sum(per_million.values()), 2),
        "time_stamps": "one a seal, by the authority's own price",
    }


def _each(counts: Mapping[str, int], emails: int) -> Mapping[str, float]:
    names: Sequence[str] = sorted(counts)
    return {name: round(counts[name] / emails, 2) for name in names}


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(run(), indent=2)}\n")
