"""Customers' keys and the vault: what is kept comes back, to its owner, until it is erased."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError

from regua.adapters.customer_keys import KmsCustomerKeys
from regua.adapters.memory_evidence import MemoryKeys, MemoryVault
from regua.adapters.s3_vault import S3Vault
from regua.application.ports import AccountKey, Blob, Change, CustomerKeys, DataKey, EvidenceVault
from regua.domain.account import Account
from regua.domain.errors import NotFound, TemporaryError
from regua.domain.ids import CreditorId, CustomerId
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MARIA = AccountKey(CreditorId("aurora"), CustomerId("maria"))
JOSE = AccountKey(CreditorId("aurora"), CustomerId("jose"))
OTHER = AccountKey(CreditorId("boreal"), CustomerId("maria"))


@dataclass(frozen=True)
class Kept:
    """Keys and a vault of one kind, and keys as another worker sees them."""

    keys: CustomerKeys
    vault: EvidenceVault
    other_worker: Callable[[], CustomerKeys]


@pytest.fixture(params=["memory", "aws"])
def kept(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> Kept:
    """Return empty ones."""
    if request.param == "memory":
        keys = MemoryKeys()
        return Kept(keys, MemoryVault(), lambda: keys)
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    kms, s3 = boto3.client("kms"), boto3.client("s3")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    s3.create_bucket(
        Bucket="evidence",
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": "sa-east-1"},
    )

    def make() -> KmsCustomerKeys:
        return KmsCustomerKeys(dynamodb, "portfolio", lambda: kms, key_id)

    return Kept(make(), S3Vault(s3, "evidence"), make)


def test_a_customer_has_no_key_until_one_is_made(kept: Kept) -> None:
    assert kept.keys.find([MARIA]) == {}
    key = kept.keys.make(MARIA)
    assert kept.keys.find([MARIA, JOSE]) == {MARIA: key}
    assert len(key.secret) == 32


def test_every_worker_makes_the_same_key(kept: Kept) -> None:
    key = kept.keys.make(MARIA)
    assert kept.other_worker().make(MARIA) == key
    assert kept.other_worker().find([MARIA]) == {MARIA: key}


def test_no_two_customers_share_a_key(kept: Kept) -> None:
    made = [kept.keys.make(each) for each in (MARIA, JOSE, OTHER)]
    assert len({key.secret for key in made}) == len({key.key_id for key in made}) == 3


def test_a_key_is_not_shown(kept: Kept) -> None:
    key = kept.keys.make(MARIA)
    assert key.secret.hex() not in repr(key)
    assert str(key.secret) not in repr(key)


def test_what_is_kept_together_comes_back_one_by_one(kept: Kept) -> None:
    maria, jose = kept.keys.make(MARIA), kept.keys.make(JOSE)
    blobs = [Blob(maria, "m:1", b"um" * 500), Blob(jose, "m:2", b""), Blob(maria, "m:3", b"tres")]
    refs = kept.vault.keep(blobs)
    assert len({ref.partition("#")[0] for ref in refs}) == 1, "one object for the batch"
    read = [
        kept.vault.read(ref, blob.key, blob.bound_to) for ref, blob in zip(refs, blobs, strict=True)
    ]
    assert read == [blob.data for blob in blobs]


def test_nothing_to_keep_is_no_object(kept: Kept) -> None:
    assert kept.vault.keep([]) == []


def test_a_blob_is_not_read_as_anothers_or_under_another_key(kept: Kept) -> None:
    maria, jose = kept.keys.make(MARIA), kept.keys.make(JOSE)
    (ref,) = kept.vault.keep([Blob(maria, "m:1", b"segredo")])
    forged = replace(jose, key_id=maria.key_id)
    for key, bound_to in ((jose, "m:1"), (forged, "m:1"), (maria, "m:2")):
        with pytest.raises(NotFound):
            kept.vault.read(ref, key, bound_to)


def test_after_the_key_is_destroyed_nobody_can_make_it_again(kept: Kept) -> None:
    key = kept.keys.make(MARIA)
    kept.keys.destroy(MARIA)
    assert kept.keys.find([MARIA]) == {}
    assert kept.other_worker().find([MARIA]) == {}
    new = kept.keys.make(MARIA)
    assert new.key_id != key.key_id
    assert new.secret != key.secret


def test_what_is_not_there_is_not_found(kept: Kept) -> None:
    key = kept.keys.make(MARIA)
    with pytest.raises(NotFound):
        kept.vault.read(f"raw/00/nada#0+9@{key.key_id}", key, "m:1")


def test_a_new_account_is_born_with_a_key(dynamodb: "DynamoDBClient", aws: None) -> None:
    del aws
    from regua.adapters.dynamodb_portfolio import DynamoPortfolio  # noqa: PLC0415 - only here

    create_tables(dynamodb)
    kms = boto3.client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    keys = KmsCustomerKeys(dynamodb, "portfolio", lambda: kms, key_id)
    portfolio = DynamoPortfolio(dynamodb, table="portfolio", messages_table="messages", shards=4)
    portfolio.commit(Change(Account(MARIA.creditor_id, MARIA.customer_id)))
    assert keys.find([MARIA]) == {}, "the creditor has no master key before its first message"
    keys.make(JOSE)
    (born,) = keys.find([MARIA]).values()
    account = portfolio.load_account(MARIA.creditor_id, MARIA.customer_id)
    portfolio.commit(Change(account))
    keys_of_another = KmsCustomerKeys(dynamodb, "portfolio", lambda: kms, key_id)
    assert keys_of_another.find([MARIA]) == {MARIA: born}


def test_a_vault_that_is_away_says_so_and_when_to_try_again(aws: None) -> None:
    del aws
    vault = S3Vault(boto3.client("s3"), "not-there")
    blob = Blob(DataKey("0" * 16, b"k" * 32), "m:1", b"x")
    with pytest.raises(TemporaryError) as caught:
        vault.keep([blob])
    assert caught.value.retry_after_seconds == 60


def test_nobody_deletes_or_replaces_what_the_lock_holds(aws: None) -> None:
    del aws
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket="evidence",
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": "sa-east-1"},
    )
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1830}}
    s3.put_object_lock_configuration(
        Bucket="evidence",
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},  # type: ignore[typeddict-item]  # the stubs want literals
    )
    (ref,) = S3Vault(s3, "evidence").keep([Blob(DataKey("0" * 16, b"k" * 32), "m:1", b"x")])
    name = ref.partition("#")[0]
    version = s3.head_object(Bucket="evidence", Key=name)["VersionId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket="evidence", Key=name, VersionId=version)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="evidence", Key=name, Body=b"y", IfNoneMatch="*")
