"""Import jobs, mappings and titles' other names on the ``exchange`` table.

A job is one item in its creditor's partition, its chunks a partition of their own, so that a
million rows' chunks never weigh on a list of jobs. Totals are added to the job in the transaction
that closes a chunk.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_batches import get_all, write_all
from regua.adapters.dynamodb_transactions import cancellation_codes
from regua.adapters.dynamodb_values import key_of, seconds_of
from regua.adapters.import_records import job_document, read_job
from regua.adapters.records import dumps
from regua.application.import_ports import ChunkRecord, JobPage, TitleName
from regua.application.wire import instant_text
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.imports.job import COUNT_NAMES, Counts, ImportJob, JobId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]
_KEPT = timedelta(days=400)
"""As long as a job is listed; its files go sooner."""
_JOB, _CHUNK, _CONTENT, _MAPPING = "JOB#", "CHUNK#", "CONTENT#", "MAP#"


class DynamoImports:
    """Jobs, mappings and names."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        refused = client.exceptions
        self._lost_races = (
            refused.ConditionalCheckFailedException,
            refused.TransactionConflictException,
        )

    # ── jobs ───────────────────────────────────────────────────────────────────────────────────

    def create(self, job: ImportJob) -> None:
        """Remember a new job."""
        self._client.put_item(
            TableName=self._table,
            Item={
                **_job_key(job.creditor_id, job.job_id),
                "version": {"N": "0"},
                "document": {"S": job_document(job)},
                "ttl": _ttl(job),
            },
            ConditionExpression="attribute_not_exists(pk)",
        )

    def get(self, creditor_id: CreditorId, job_id: JobId) -> ImportJob | None:
        """Read a job with its totals, as of now."""
        item = self._get(_job_key(creditor_id, job_id))
        return None if item is None else _job(creditor_id, item)

    def page(self, creditor_id: CreditorId, cursor: JobId | None, limit: int) -> JobPage:
        """Return a creditor's jobs, newest first."""
        query: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :job)",
            "ExpressionAttributeValues": {
                ":pk": {"S": keys.imports(creditor_id)},
                ":job": {"S": _JOB},
            },
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if cursor is not None:
            query["ExclusiveStartKey"] = _job_key(creditor_id, cursor)
        answer = self._client.query(TableName=self._table, **query)
        jobs = [_job(creditor_id, item) for item in answer["Items"]]
        has_more = "LastEvaluatedKey" in answer and jobs
        return JobPage(jobs, jobs[-1].job_id if has_more else None)

    def save(self, job: ImportJob) -> ImportJob:
        """Write a job that was read."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_job_key(job.creditor_id, job.job_id),
                UpdateExpression="SET document = :document, version = :next",
                ConditionExpression="version = :seen",
                ExpressionAttributeValues={
                    ":document": {"S": job_document(job)},
                    ":next": {"N": str(job.version + 1)},
                    ":seen": {"N": str(job.version)},
                },
                ReturnValues="ALL_NEW",
            )
        except self._lost_races as exc:
            raise VersionConflict(job.job_id) from exc
        return _job(job.creditor_id, answer["Attributes"])

    # ── chunks ─────────────────────────────────────────────────────────────────────────────────

    def open_chunk(self, job: ImportJob, number: int, plan: str) -> ChunkRecord:
        """Remember a chunk's plan; the first plan stands."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**_chunk_key(job, number), "plan": {"S": plan}, "ttl": _ttl(job)},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            known = self.chunk(job, number)
            if known is not None:
                return known
        return ChunkRecord(number, plan)

    def chunk(self, job: ImportJob, number: int) -> ChunkRecord | None:
        """Return what is remembered of a chunk."""
        item = self._get(_chunk_key(job, number))
        return None if item is None else _chunk(item)

    def close_chunk(self, job: ImportJob, number: int, counts: Counts) -> bool:
        """Mark a chunk done and add its counts to the job's, both or neither."""
        added = {name: getattr(counts, name) for name in COUNT_NAMES}
        values = {f":{name}": {"N": str(n)} for name, n in added.items()}
        sums = ", ".join(f"#{name} :{name}" for name in added)
        names = {f"#{name}": f"rows_{name}" for name in added}
        closing: Any = {
            "TableName": self._table,
            "Key": _chunk_key(job, number),
            "UpdateExpression": "SET done = :yes, counts = :counts REMOVE #plan",
            "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(done)",
            "ExpressionAttributeNames": {"#plan": "plan"},
            "ExpressionAttributeValues": {
                ":yes": {"BOOL": True},
                ":counts": {"S": dumps(added)},
            },
        }
        adding: Any = {
            "TableName": self._table,
            "Key": _job_key(job.creditor_id, job.job_id),
            "UpdateExpression": f"ADD chunks_done :one, {sums}",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {":one": {"N": "1"}, **values},
        }
        try:
            self._client.transact_write_items(
                TransactItems=[{"Update": closing}, {"Update": adding}]
            )
        except self._client.exceptions.TransactionCanceledException as exc:
            codes = cancellation_codes(exc)
            if "TransactionConflict" in codes:
                raise VersionConflict(job.job_id) from exc
            if "ConditionalCheckFailed" in codes:
                return False
            raise
        return True

    def done_chunks(self, job: ImportJob, first: int, limit: int) -> Sequence[ChunkRecord]:
        """Return chunks from a number on that are done, by number."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": keys.import_chunks(job.creditor_id, job.job_id)},
                ":first": {"S": f"{_CHUNK}{first:06d}"},
                ":last": {"S": f"{_CHUNK}{first + limit - 1:06d}"},
            },
            ConsistentRead=True,
        )
        return [c for c in map(_chunk, answer["Items"]) if c.is_done]

    # ── contents ───────────────────────────────────────────────────────────────────────────────

    def claim_content(self, job: ImportJob, digest: str, instead_of: JobId | None = None) -> JobId:
        """Return which job a content belongs to."""
        key = key_of(f"{keys.imports(job.creditor_id)}#{_CONTENT}{digest}", keys.REFERENCE)
        values = {":mine": {"S": job.job_id}, ":ttl": _ttl(job)}
        condition = "attribute_not_exists(pk)"
        if instead_of is not None:
            condition += " OR job_id = :other"
            values[":other"] = {"S": instead_of}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression="SET job_id = :mine, #ttl = :ttl",
                ConditionExpression=condition,
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues=values,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            item = self._get(key)
            if item is None:  # it went this moment: nobody has it
                return self.claim_content(job, digest)
            return JobId(item["job_id"]["S"])
        return job.job_id

    # ── mappings ───────────────────────────────────────────────────────────────────────────────

    def put_mapping(
        self, creditor_id: CreditorId, name: str, document: Mapping[str, Any], at: datetime
    ) -> None:
        """Keep a mapping; one of that name is replaced."""
        self._client.put_item(
            TableName=self._table,
            Item={
                **_mapping_key(creditor_id, name),
                "document": {"S": json.dumps(document, ensure_ascii=False)},
                "written_at": {"S": instant_text(at)},
            },
        )

    def mapping(self, creditor_id: CreditorId, name: str) -> Mapping[str, Any] | None:
        """Return a mapping's document."""
        item = self._get(_mapping_key(creditor_id, name))
        return None if item is None else _document(item)

    def mappings(self, creditor_id: CreditorId) -> Mapping[str, Mapping[str, Any]]:
        """Return all of a creditor's mappings, by name."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": keys.import_mappings(creditor_id)}},
        )
        items = [item for page in pages for item in page["Items"]]
        return {item["sk"]["S"].removeprefix(_MAPPING): _document(item) for item in items}

    # ── names ──────────────────────────────────────────────────────────────────────────────────

    def put_names(self, creditor_id: CreditorId, names: Mapping[TitleName, InvoiceId]) -> None:
        """Remember names; the last invoice to take one has it."""
        items = [
            {"PutRequest": {"Item": {**_name_key(creditor_id, n), "invoice_id": {"S": key}}}}
            for n, key in names.items()
        ]
        write_all(self._client, self._table, items)

    def named(
        self, creditor_id: CreditorId, names: Collection[TitleName]
    ) -> Mapping[TitleName, InvoiceId]:
        """Return the invoices that are known by these names."""
        by_pk = {_name_key(creditor_id, name)["pk"]["S"]: name for name in names}
        wanted = [_name_key(creditor_id, name) for name in by_pk.values()]
        found = get_all(self._client, self._table, wanted) if wanted else []
        return {by_pk[i["pk"]["S"]]: InvoiceId(i["invoice_id"]["S"]) for i in found}

    def _get(self, key: Mapping[str, Any]) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return answer.get("Item")


def _job_key(creditor_id: CreditorId, job_id: JobId) -> dict[str, Any]:
    return key_of(keys.imports(creditor_id), f"{_JOB}{job_id}")


def _chunk_key(job: ImportJob, number: int) -> dict[str, Any]:
    return key_of(keys.import_chunks(job.creditor_id, job.job_id), f"{_CHUNK}{number:06d}")


def _mapping_key(creditor_id: CreditorId, name: str) -> dict[str, Any]:
    return key_of(keys.import_mappings(creditor_id), f"{_MAPPING}{name}")


def _name_key(creditor_id: CreditorId, name: TitleName) -> dict[str, Any]:
    kind, text = name
    return key_of(f"{keys.imports(creditor_id)}#{kind}#{text}", keys.REFERENCE)


def _ttl(job: ImportJob) -> dict[str, Any]:
    return seconds_of(job.created_at + _KEPT)


def _job(creditor_id: CreditorId, item: Item) -> ImportJob:
    counts = {name: int(item.get(f"rows_{name}", {"N": "0"})["N"]) for name in COUNT_NAMES}
    return read_job(
        creditor_id,
        JobId(item["sk"]["S"].removeprefix(_JOB)),
        item["document"]["S"],
        version=int(item["version"]["N"]),
        counts=Counts(**counts),
        chunks_done=int(item.get("chunks_done", {"N": "0"})["N"]),
    )


def _chunk(item: Item) -> ChunkRecord:
    number = int(item["sk"]["S"].removeprefix(_CHUNK))
    if "done" not in item:
        return ChunkRecord(number, item["plan"]["S"])
    return ChunkRecord(number, is_done=True, counts=Counts(**json.loads(item["counts"]["S"])))


def _document(item: Item) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(item["document"]["S"])
    return document
