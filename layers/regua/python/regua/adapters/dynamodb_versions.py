"""Versions of rulers as they lie on the ``portfolio`` table: heads, versions, and the choices made.

A ruler's head holds the version in force and every choice made with the versions so far, so that
deciding reads one item per ruler; earlier versions are fetched when an invoice is still on them.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.records import instant
from regua.application.creditor_document import read_creditor
from regua.application.ports import WrittenRuler
from regua.application.ruler_document import read_ruler
from regua.application.wire import instant_text
from regua.domain.ids import CreditorId
from regua.domain.ruler import Ruler
from regua.domain.rulers import Backfill, InFlight

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]


class VersionsOf(dict[str, Ruler]):
    """A creditor's earlier versions by ``name@version``, each fetched once: they never change."""

    def __init__(self, client: "DynamoDBClient", table: str, creditor_id: CreditorId) -> None:
        super().__init__()
        self._client = client
        self._table = table
        self._creditor_id = creditor_id

    def get(self, ref: str, default: Ruler | None = None) -> Ruler | None:  # type: ignore[override]
        """Return a version, fetched when it is asked for the first time."""
        if ref not in self:
            found = self._fetch(ref)
            if found is None:
                return default
            self[ref] = found
        return self[ref]

    def _fetch(self, ref: str) -> Ruler | None:
        name, _, number = ref.rpartition("@")
        if not number.isdigit():
            return None
        version = int(number)
        sk = keys.ruler_version(name, version) if version else keys.CREDITOR
        item = get_own(self._client, self._table, self._creditor_id, sk)
        if item is None:
            return None
        document = json.loads(item["document"]["S"])
        if version:
            return read_ruler(document, version=version)
        first = read_creditor(document).ruler
        return first if first.ref == ref else None


def read_head(item: Item) -> Sequence[WrittenRuler]:
    """Read a ruler's head: every choice, and the document of the last version only."""
    name = item["sk"]["S"].removeprefix(keys.RULER)
    choices = [choice["S"] for choice in item["choices"]["L"]]
    document = json.loads(item["document"]["S"])
    earlier = [read_written(name, choice, {}) for choice in choices[:-1]]
    return [*earlier, read_written(name, choices[-1], document)]


def get_own(client: "DynamoDBClient", table: str, creditor_id: CreditorId, sk: str) -> Item | None:
    """Read one of a creditor's own items."""
    key = {"pk": {"S": keys.creditor(creditor_id)}, "sk": {"S": sk}}
    answer = client.get_item(TableName=table, Key=key, ConsistentRead=True)
    return answer.get("Item")


def choice_text(written: WrittenRuler) -> str:
    """Write what was chosen with a version."""
    return json.dumps(
        {
            "version": written.version,
            "at": instant_text(written.at),
            "in_flight": written.in_flight.value,
            "backfill": written.backfill.value,
        }
    )


def read_written(name: str, choice: str, document: Mapping[str, Any]) -> WrittenRuler:
    """Read a version from its choice and its document."""
    read = json.loads(choice)
    return WrittenRuler(
        name=name,
        version=read["version"],
        document=document,
        at=instant(read["at"]),
        in_flight=InFlight(read["in_flight"]),
        backfill=Backfill(read["backfill"]),
    )
