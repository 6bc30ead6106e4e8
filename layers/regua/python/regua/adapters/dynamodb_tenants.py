"""What is kept of each tenant on the ``portfolio`` table, besides its rulers.

Everything that is found by a name of its own (a client, a person, a domain) has an item under that
name, which says whose it is, and one beside the creditor's document, which lists it. Both are
written in one transaction.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_pix import has_psp, psp_registration
from regua.adapters.dynamodb_transactions import LOST_RACES, cancellation_codes
from regua.adapters.dynamodb_values import key_of
from regua.application.admin_ports import ApiClient, DomainClaim, Member, Page
from regua.application.ports import Dkim
from regua.application.wire import instant_text
from regua.domain.access import Person, Role
from regua.domain.errors import Conflict, NotFound, ReguaError, VersionConflict
from regua.domain.ids import CreditorId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_T = TypeVar("_T")
_NEW = "attribute_not_exists(pk)"


class DynamoTenants:
    """Each tenant's document, machines, people and domains."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def document(self, creditor_id: CreditorId) -> Mapping[str, Any] | None:
        """Return a creditor's document as it was written."""
        item = self._get(keys.creditor(creditor_id), keys.CREDITOR)
        return None if item is None else _mapping(item["document"]["S"])

    def replace(
        self,
        creditor_id: CreditorId,
        new: Mapping[str, Any],
        old: Mapping[str, Any] | None,
    ) -> None:
        """Write a document in the place of another, and whether Pix is swept for, at once."""
        put = self._put(keys.creditor(creditor_id), keys.CREDITOR, document=_text(new))
        if old is None:
            put["ConditionExpression"] = _NEW
        else:
            put["ConditionExpression"] = "document = :old"
            put["ExpressionAttributeValues"] = {":old": {"S": _text(old)}}
        self._write(
            VersionConflict(creditor_id), {"Put": put}, *self._sweeping(creditor_id, new, old)
        )

    def _sweeping(
        self,
        creditor_id: CreditorId,
        new: Mapping[str, Any],
        old: Mapping[str, Any] | None,
    ) -> Sequence[Mapping[str, Any]]:
        is_paid, was_paid = (has_psp(each) for each in (new, old or {}))
        if not (is_paid or was_paid):
            return ()
        return ({"Update": psp_registration(self._table, creditor_id, is_registered=is_paid)},)

    def add_client(self, creditor_id: CreditorId, client: ApiClient) -> None:
        """Let a machine act for a creditor."""
        record = {
            "name": client.name,
            "scopes": sorted(client.scopes),
            "created_at": instant_text(client.created_at),
            "requests_per_minute": client.requests_per_minute,
        }
        pk, sk = keys.client(client.client_id), keys.SYSTEM + client.client_id
        named = self._put(pk, keys.CLIENT, creditor_id=creditor_id)
        if client.requests_per_minute is not None:
            named["Item"]["requests_per_minute"] = {"N": str(client.requests_per_minute)}
        listed = self._put(keys.creditor(creditor_id), sk, details=_text(record))
        taken = Conflict("this client acts for a creditor already")
        self._write(taken, {"Put": {**named, "ConditionExpression": _NEW}}, {"Put": listed})

    def clients(self, creditor_id: CreditorId, after: str | None, limit: int) -> Page[ApiClient]:
        """Return a creditor's machines, by their ids."""
        return self._page(creditor_id, keys.SYSTEM, after, limit, _client)

    def remove_client(self, creditor_id: CreditorId, client_id: str) -> None:
        """Let a machine act for the creditor no longer."""
        self._remove(creditor_id, (keys.client(client_id), keys.CLIENT), keys.SYSTEM + client_id)

    def keep_member(self, creditor_id: CreditorId, member: Member) -> None:
        """Let a person act for a creditor, or give it another role."""
        record = {
            "email": member.email,
            "role": member.role.value,
            "invited_at": instant_text(member.invited_at),
        }
        pk, sk = keys.user(member.subject), keys.MEMBER + member.subject
        named = self._put(pk, keys.USER, creditor_id=creditor_id, role=member.role.value)
        free = {
            "ConditionExpression": f"{_NEW} OR creditor_id = :creditor",
            "ExpressionAttributeValues": {":creditor": {"S": creditor_id}},
        }
        listed = self._put(keys.creditor(creditor_id), sk, details=_text(record))
        taken = Conflict("this person cannot be invited")
        self._write(taken, {"Put": {**named, **free}}, {"Put": listed})

    def members(self, creditor_id: CreditorId, after: str | None, limit: int) -> Page[Member]:
        """Return a creditor's people, by who they are in a token."""
        return self._page(creditor_id, keys.MEMBER, after, limit, _member)

    def remove_member(self, creditor_id: CreditorId, subject: str) -> None:
        """Let a person act for the creditor no longer."""
        self._remove(creditor_id, (keys.user(subject), keys.USER), keys.MEMBER + subject)

    def person(self, subject: str) -> Person:
        """Return for whom a person acts, and as what."""
        return read_person(self._client, self._table, subject)

    def claim(self, domain: str) -> DomainClaim | None:
        """Return who claims a domain."""
        item = self._get(keys.sender(domain), keys.SENDER)
        return None if item is None else _claim(domain, _mapping(item["details"]["S"]))

    def keep_claim(self, claim: DomainClaim, old: DomainClaim | None) -> None:
        """Write a claim in the place of another, which may have been another creditor's."""
        record, sk = _text(_claim_record(claim)), keys.DOMAIN + claim.domain
        named = self._put(keys.sender(claim.domain), keys.SENDER, details=record)
        if old is None:
            named["ConditionExpression"] = _NEW
        else:
            named["ConditionExpression"] = "details = :old"
            named["ExpressionAttributeValues"] = {":old": {"S": _text(_claim_record(old))}}
        listed = self._put(keys.creditor(claim.creditor_id), sk, details=record)
        writes = [{"Put": named}, {"Put": listed}]
        if old is not None and old.creditor_id != claim.creditor_id:
            writes.append({"Delete": self._at(keys.creditor(old.creditor_id), sk)})
        self._write(VersionConflict(claim.domain), *writes)

    def claims(self, creditor_id: CreditorId, after: str | None, limit: int) -> Page[DomainClaim]:
        """Return a creditor's claims, by domain."""
        return self._page(creditor_id, keys.DOMAIN, after, limit, _claim)

    # ── how it is read and written ─────────────────────────────────────────────────────────────

    def _get(self, pk: str, sk: str) -> Mapping[str, Any] | None:
        answer = self._client.get_item(**self._at(pk, sk), ConsistentRead=True)
        return answer.get("Item")

    def _page(
        self,
        creditor_id: CreditorId,
        prefix: str,
        after: str | None,
        limit: int,
        read: Callable[[str, Mapping[str, Any]], _T],
    ) -> Page[_T]:
        pk = keys.creditor(creditor_id)
        start: dict[str, Any] = {}
        if after is not None:
            start["ExclusiveStartKey"] = key_of(pk, prefix + after)
        answer = self._client.query(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": prefix}},
            Limit=limit,
            **start,
        )
        items = [
            read(item["sk"]["S"].removeprefix(prefix), _mapping(item["details"]["S"]))
            for item in answer["Items"]
        ]
        last = answer.get("LastEvaluatedKey")
        return Page(items, None if last is None else last["sk"]["S"].removeprefix(prefix))

    def _remove(self, creditor_id: CreditorId, named: tuple[str, str], sk: str) -> None:
        listed = self._at(keys.creditor(creditor_id), sk)
        listed["ConditionExpression"] = "attribute_exists(pk)"
        self._write(NotFound(sk), {"Delete": self._at(*named)}, {"Delete": listed})

    def _at(self, pk: str, sk: str) -> dict[str, Any]:
        return {"TableName": self._table, "Key": key_of(pk, sk)}

    def _put(self, pk: str, sk: str, **texts: str) -> dict[str, Any]:
        item = {"pk": pk, "sk": sk, **texts}
        return {"TableName": self._table, "Item": {k: {"S": v} for k, v in item.items()}}

    def _write(self, refused: ReguaError, *writes: Mapping[str, Any]) -> None:
        """Write all or nothing; raise ``refused`` when a condition was not met."""
        all_of_them: Any = writes
        try:
            self._client.transact_write_items(TransactItems=all_of_them)
        except self._client.exceptions.TransactionCanceledException as exc:
            codes = set(cancellation_codes(exc))
            if "ConditionalCheckFailed" in codes:
                raise refused from exc
            if codes & LOST_RACES:
                raise VersionConflict from exc
            raise


def read_person(client: "DynamoDBClient", table: str, subject: str) -> Person:
    """Return for whom a person acts, and as what.

    Raises:
        NotFound: for nobody.
    """
    answer = client.get_item(TableName=table, Key=key_of(keys.user(subject), keys.USER))
    if "Item" not in answer:
        raise NotFound(subject)
    item = answer["Item"]
    return Person(CreditorId(item["creditor_id"]["S"]), Role(item["role"]["S"]))


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _mapping(text: str) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads(text)
    return read


def _client(client_id: str, record: Mapping[str, Any]) -> ApiClient:
    return ApiClient(
        client_id,
        record["name"],
        frozenset(record["scopes"]),
        datetime.fromisoformat(record["created_at"]),
        record["requests_per_minute"],
    )


def _member(subject: str, record: Mapping[str, Any]) -> Member:
    invited_at = datetime.fromisoformat(record["invited_at"])
    return Member(subject, record["email"], Role(record["role"]), invited_at)


def _claim_record(claim: DomainClaim) -> Mapping[str, Any]:
    verified_at = claim.verified_at
    return {
        "creditor_id": claim.creditor_id,
        "selector": claim.dkim.selector,
        "claimed_at": instant_text(claim.claimed_at),
        "verified_at": None if verified_at is None else instant_text(verified_at),
    }


def _claim(domain: str, record: Mapping[str, Any]) -> DomainClaim:
    verified_at = record["verified_at"]
    return DomainClaim(
        domain,
        CreditorId(record["creditor_id"]),
        Dkim(record["selector"], domain),
        datetime.fromisoformat(record["claimed_at"]),
        None if verified_at is None else datetime.fromisoformat(verified_at),
    )
