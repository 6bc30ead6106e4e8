"""Every customer's own key for evidence: made from the creditor's master key and a random salt.

The master key is random, wrapped by KMS and kept with the creditor. The salt is an item of the
account's own, written when the account is; without it the key cannot be made again by anybody, so
destroying it is the erasure that the law asks for (LGPD, Lei 13.709/2018, art. 16 and 18 VI).
Backups of the table know a destroyed salt until they end (35 days, point-in-time recovery).
"""

import hmac
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_batches import get_all
from regua.application.ports import AccountKey, DataKey
from regua.domain.ids import CreditorId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient

_CONTEXT = b"regua.customer-key.v1\n"
SALT_BYTES = 32
_KEY_BYTES = 32
_REMEMBERED_SECONDS = 300.0
"""How long a worker may still use a key that was destroyed meanwhile."""


def data_key(master: bytes, salt: bytes) -> DataKey:
    """Make a customer's key; its name is the salt's hash and tells nothing of it."""
    secret = hmac.digest(master, _CONTEXT + salt, sha256)
    return DataKey(sha256(_CONTEXT + salt).hexdigest()[:16], secret)


def salt_update(table: str, pk: str) -> dict[str, Any]:
    """Return the write that gives an account its salt, if it has none."""
    return {
        "TableName": table,
        "Key": {"pk": {"S": pk}, "sk": {"S": keys.SALT}},
        "UpdateExpression": "SET salt = if_not_exists(salt, :salt)",
        "ExpressionAttributeValues": {":salt": {"B": secrets.token_bytes(SALT_BYTES)}},
    }


class DynamoSalts:
    """The salts in the ``portfolio`` table, by the account's partition."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def find(self, pks: list[str]) -> dict[str, bytes]:
        """Return the salts that exist, in one request per hundred."""
        items = get_all(
            self._client,
            self._table,
            [{"pk": {"S": pk}, "sk": {"S": keys.SALT}} for pk in pks],
            ConsistentRead=True,
        )
        return {item["pk"]["S"]: item["salt"]["B"] for item in items}

    def make(self, pk: str) -> bytes:
        """Return an account's salt, made now if there is none."""
        update: Any = salt_update(self._table, pk) | {"ReturnValues": "ALL_NEW"}
        salt: bytes = self._client.update_item(**update)["Attributes"]["salt"]["B"]
        return salt

    def destroy(self, account: AccountKey) -> None:
        """Destroy a customer's salt, and with it its key."""
        key = {"pk": {"S": _pk(account)}, "sk": {"S": keys.SALT}}
        self._client.delete_item(TableName=self._table, Key=key)


class KmsCustomerKeys:
    """The customers' keys, from the ``portfolio`` table and one KMS key."""

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table: str,
        kms: "Callable[[], KMSClient]",
        kms_key_id: str,
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._kms = kms
        self._kms_key_id = kms_key_id
        self._salts = DynamoSalts(dynamodb, table)
        self._masters: dict[CreditorId, bytes] = {}
        self._known: dict[AccountKey, DataKey] = {}
        self._known_since = time.monotonic()

    def find(self, accounts: Collection[AccountKey]) -> Mapping[AccountKey, DataKey]:
        """Return the keys that exist, in one request per hundred that are not known here.

        Without a master key no key was ever made, and none is made by looking.
        """
        if time.monotonic() - self._known_since > _REMEMBERED_SECONDS:
            self._known.clear()
            self._known_since = time.monotonic()
        missing = {_pk(account): account for account in accounts if account not in self._known}
        salts = self._salts.find(sorted(missing))
        masters = {c: self._master(c) for c in {missing[pk].creditor_id for pk in salts}}
        for pk, salt in salts.items():
            account = missing[pk]
            master = masters[account.creditor_id]
            if master is not None:
                self._known[account] = data_key(master, salt)
        return {a: self._known[a] for a in accounts if a in self._known}

    def make(self, account: AccountKey) -> DataKey:
        """Return a customer's key, made now if there is none."""
        salt = self._salts.make(_pk(account))
        master = self._master(account.creditor_id) or self._new_master(account.creditor_id)
        self._known[account] = data_key(master, salt)
        return self._known[account]

    def destroy(self, account: AccountKey) -> None:
        """Destroy a customer's key."""
        self._known.pop(account, None)
        self._salts.destroy(account)

    def _master(self, creditor_id: CreditorId) -> bytes | None:
        """Return a creditor's master key, if it has one."""
        if creditor_id not in self._masters:
            wrapped = self._wrapped(creditor_id)
            if wrapped is None:
                return None
            self._masters[creditor_id] = self._unwrap(creditor_id, wrapped)
        return self._masters[creditor_id]

    def _new_master(self, creditor_id: CreditorId) -> bytes:
        """Make a creditor's master key, unless somebody was faster."""
        self._masters[creditor_id] = self._unwrap(creditor_id, self._wrap_new(creditor_id))
        return self._masters[creditor_id]

    def _unwrap(self, creditor_id: CreditorId, wrapped: bytes) -> bytes:
        answer = self._kms().decrypt(
            KeyId=self._kms_key_id,
            CiphertextBlob=wrapped,
            EncryptionContext=_encryption_context(creditor_id),
        )
        return answer["Plaintext"]

    def _wrapped(self, creditor_id: CreditorId) -> bytes | None:
        key = {"pk": {"S": keys.creditor(creditor_id)}, "sk": {"S": keys.MASTER_KEY}}
        answer = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return answer["Item"]["master_key"]["B"] if "Item" in answer else None

    def _wrap_new(self, creditor_id: CreditorId) -> bytes:
        new = self._kms().generate_data_key_without_plaintext(
            KeyId=self._kms_key_id,
            NumberOfBytes=_KEY_BYTES,
            EncryptionContext=_encryption_context(creditor_id),
        )
        answer = self._dynamodb.update_item(
            TableName=self._table,
            Key={"pk": {"S": keys.creditor(creditor_id)}, "sk": {"S": keys.MASTER_KEY}},
            UpdateExpression="SET master_key = if_not_exists(master_key, :new)",
            ExpressionAttributeValues={":new": {"B": new["CiphertextBlob"]}},
            ReturnValues="ALL_NEW",
        )
        return answer["Attributes"]["master_key"]["B"]


def _pk(account: AccountKey) -> str:
    return keys.account(account.creditor_id, account.customer_id)


def _encryption_context(creditor_id: CreditorId) -> dict[str, str]:
    return {"purpose": "regua-evidence", "creditor_id": creditor_id}
