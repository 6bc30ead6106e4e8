"""What waits for a seal, the seals themselves and who signs: memory and AWS promise the same."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

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
from regua.application.seal_document import leaves_document
from regua.application.seal_evidence import (
    InclusionReader,
    Marker,
    Pointer,
    SealEvidence,
    SealIndex,
    SealStore,
    Signer,
)
from regua.application.wire import instant_text
from regua.domain import merkle
from regua.domain.errors import NotFound, TemporaryError
from regua.domain.ids import DispatchId
from regua.domain.merkle import Head
from tests.integration.contract.tables import create_tables
from tests.unit.domain.test_seals import SEAL

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient

NOW = datetime(2026, 11, 26, 12, 0, 0, 123_000, tzinfo=UTC)
BUCKET = "evidencias"
Mark = Callable[[Head, datetime], None]


def head(number: int, seq: int = 1) -> Head:
    name = hashlib.sha256(f"mensagem {number}".encode()).hexdigest()[:32]
    return Head(DispatchId(name), seq, hashlib.sha256(f"{number}/{seq}".encode()).hexdigest())


def put_marker(client: "DynamoDBClient", each: Head, at: datetime) -> None:
    """Write a marker as the ledger does when it appends an entry."""
    client.put_item(
        TableName="messages",
        Item={
            "pk": {"S": keys.unsealed(each.dispatch_id)},
            "sk": {"S": f"{each.dispatch_id}#{each.seq:06d}"},
            "hash": {"S": each.hash},
            "observed_at": {"S": instant_text(at)},
        },
    )


@pytest.fixture(params=["memory", "dynamodb"])
def marked(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> tuple[SealIndex, Mark]:
    """Return an empty index, and how the ledger marks what is new."""
    if request.param == "memory":
        memory = MemorySealIndex()
        return memory, memory.mark
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return (
        DynamoSealIndex(dynamodb, "messages"),
        lambda each, at: put_marker(dynamodb, each, at),
    )


@pytest.fixture(params=["memory", "s3"])
def seals(request: pytest.FixtureRequest) -> SealStore:
    if request.param == "memory":
        return MemorySeals()
    request.getfixturevalue("aws")
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    return S3Seals(client, BUCKET)


# What waits --------------------------------------------------------------------------------------


def test_nothing_waits_and_nothing_was_sealed_at_first(marked: tuple[SealIndex, Mark]) -> None:
    index, _ = marked
    assert list(index.pending(10, 1)) == []
    assert index.last() == 0
    assert list(index.pointers(head(1).dispatch_id)) == []


def test_every_marker_is_found_with_its_head_and_its_instant(
    marked: tuple[SealIndex, Mark],
) -> None:
    index, mark = marked
    expected = {
        Marker(head(n, seq), NOW - timedelta(seconds=n)) for n in range(20) for seq in (1, 12)
    }
    for marker in expected:
        mark(marker.head, marker.observed_at)
    for turn in (0, 1, 15, 16, 4_711):
        found = index.pending(100, turn)
        assert (len(found), set(found)) == (40, expected)


def test_no_more_are_returned_than_asked_for_and_each_turn_begins_elsewhere(
    marked: tuple[SealIndex, Mark],
) -> None:
    index, mark = marked
    for n in range(64):
        mark(head(n), NOW)
    assert len(index.pending(7, 3)) == 7
    first = {index.pending(1, turn)[0].head for turn in range(keys.UNSEALED_SHARDS)}
    assert len(first) > 8, "no part of the messages waits for all the others"


class _Batches:
    """A table that takes every batch and remembers it."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    def batch_write_item(self, RequestItems: Any) -> Any:  # noqa: ANN401, N803 - boto3's own
        self.taken.append(RequestItems["messages"])
        return {"UnprocessedItems": {}}


def test_no_batch_of_deletions_falls_on_few_partitions() -> None:
    """Markers are read partition by partition; deleted so, each would be throttled in its turn."""
    client = _Batches()
    shards = sorted((keys.unsealed(head(n).dispatch_id), head(n)) for n in range(500))
    read = [Marker(each, NOW) for _, each in shards]
    DynamoSealIndex(cast("DynamoDBClient", client), "messages").finish(1, [], read)
    deleted = [batch for batch in client.taken if len(batch) == 25]
    assert len(deleted) == 20
    for batch in deleted:
        assert len({each["DeleteRequest"]["Key"]["pk"]["S"] for each in batch}) >= 8


def test_what_is_finished_is_pointed_to_and_forgotten(marked: tuple[SealIndex, Mark]) -> None:
    index, mark = marked
    heads = sorted(head(n, 2) for n in range(30))
    for n in range(30):
        mark(head(n, 1), NOW)
        mark(head(n, 2), NOW)
    covered = index.pending(100, 1)
    new = head(3, 3)
    mark(new, NOW)
    for _ in range(2):  # doing it again changes nothing
        index.finish(1, heads, covered)
        assert [m.head for m in index.pending(100, 1)] == [new]
        assert index.last() == 1
        for place, each in enumerate(heads):
            assert list(index.pointers(each.dispatch_id)) == [Pointer(1, 2, place)]
    index.finish(2, [new], index.pending(100, 2))
    assert index.last() == 2
    assert [p.seal for p in index.pointers(new.dispatch_id)] == [1, 2]


def test_pointers_come_oldest_first_whatever_their_number(marked: tuple[SealIndex, Mark]) -> None:
    index, _ = marked
    for seal in (9, 10, 100_000):
        index.finish(seal, [head(1, seal)], [])
    assert [p.seal for p in index.pointers(head(1).dispatch_id)] == [9, 10, 100_000]


def test_what_the_table_did_not_take_at_first_is_given_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paused: list[int] = []
    monkeypatch.setattr("regua.adapters.dynamodb_batches._pause_before", paused.append)
    asked: list[list[Any]] = []

    class Full:
        """Takes one request of every batch, as a throttled table may."""

        def batch_write_item(self, *, RequestItems: Any) -> Any:  # noqa: ANN401, N803 - boto3's
            requests = RequestItems["messages"]
            asked.append(requests)
            return {"UnprocessedItems": {"messages": requests[1:]} if requests[1:] else {}}

    index = DynamoSealIndex(cast("Any", Full()), "messages")
    index.finish(1, [head(n) for n in range(3)], [])
    assert [len(requests) for requests in asked] == [3, 2, 1, 1]
    assert paused == [0, 1, 2, 0], "before the second try of a batch, and each later one"
    with pytest.raises(TemporaryError):
        index.finish(1, [head(n) for n in range(20)], [])


# The seals ---------------------------------------------------------------------------------------


def test_a_seal_is_written_once(seals: SealStore) -> None:
    assert seals.find(7) is None
    assert seals.put(SEAL)
    assert seals.find(7) == SEAL
    other = type(SEAL)(SEAL.statement, b"outra", SEAL.public_key_pem, SEAL.timestamp)
    assert not seals.put(other)
    assert seals.find(7) == SEAL


def test_the_heads_that_were_kept_first_stay(seals: SealStore) -> None:
    first, second = leaves_document([head(1)]), leaves_document([head(1), head(2)])
    with pytest.raises(NotFound):
        seals.leaves(1)
    assert seals.keep_leaves(1, first) == first
    assert seals.keep_leaves(1, second) == first
    assert list(seals.leaves(1)) == [head(1)]
    assert seals.keep_leaves(2, second) == second


@pytest.mark.usefixtures("aws")
def test_in_s3_a_seal_is_two_objects_named_by_its_number() -> None:
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    store = S3Seals(client, BUCKET)
    store.keep_leaves(7, b"0e 1 ab\n")
    store.put(SEAL)
    listed = client.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [o["Key"] for o in listed] == ["seals/000000000007.json", "seals/000000000007.leaves"]


@pytest.mark.usefixtures("aws")
def test_another_run_in_the_middle_of_writing_is_waited_for_and_a_refusal_is_not_hidden() -> None:
    client = boto3.client("s3")
    store = S3Seals(client, BUCKET)
    with Stubber(client) as stub:
        stub.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
        with pytest.raises(TemporaryError):
            store.put(SEAL)
        stub.add_client_error("put_object", "AccessDenied", http_status_code=403)
        with pytest.raises(ClientError):
            store.put(SEAL)


# Who signs ---------------------------------------------------------------------------------------


@pytest.fixture
def kms(aws: None) -> "KMSClient":  # noqa: ARG001 - moto has to be there
    return boto3.client("kms")


@pytest.fixture(params=["memory", "kms"])
def signer(request: pytest.FixtureRequest) -> Iterator[Signer]:
    if request.param == "memory":
        yield MemorySigner()
        return
    client = request.getfixturevalue("kms")
    key = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    yield KmsSigner(client, key["KeyMetadata"]["Arn"])


def test_a_signature_verifies_with_the_key_that_is_shown(signer: Signer) -> None:
    key = serialization.load_pem_public_key(signer.public_key_pem().encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    key.verify(signer.sign(b"declaracao"), b"declaracao", ec.ECDSA(hashes.SHA256()))
    assert signer.public_key_pem() == signer.public_key_pem()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ThrottlingException", TemporaryError),
        ("KMSInternalException", TemporaryError),
        ("DependencyTimeoutException", TemporaryError),
        ("DisabledException", ClientError),
        ("AccessDeniedException", ClientError),
    ],
)
def test_kms_that_is_away_comes_back_and_a_mistake_is_not_hidden(
    kms: "KMSClient", code: str, error: type[Exception]
) -> None:
    signer = KmsSigner(kms, "chave")
    with Stubber(kms) as stub:
        stub.add_client_error("sign", code)
        with pytest.raises(error):
            signer.sign(b"x")
        stub.add_client_error("get_public_key", code)
        with pytest.raises(error):
            signer.public_key_pem()


def test_kms_that_cannot_be_reached_comes_back() -> None:
    class Nowhere:
        def sign(self, **_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://kms")

    with pytest.raises(TemporaryError, match="EndpointConnectionError"):
        KmsSigner(cast("Any", Nowhere()), "chave").sign(b"x")


def test_kms_is_asked_for_its_key_once(kms: "KMSClient") -> None:
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    calls: list[str] = []
    kms.meta.events.register("before-call.kms.*", lambda model, **_: calls.append(model.name))
    signer = KmsSigner(kms, key["KeyMetadata"]["KeyId"])
    assert signer.public_key_pem() == signer.public_key_pem()
    assert calls == ["GetPublicKey"]


# All of it ---------------------------------------------------------------------------------------


def test_everything_that_is_marked_is_proven_by_a_seal(
    marked: tuple[SealIndex, Mark], seals: SealStore, signer: Signer
) -> None:
    index, mark = marked
    heads = [head(n, seq) for n in range(40) for seq in (1, 2)]
    for each in heads:
        mark(each, NOW)
    seal = SealEvidence(index, seals, signer, MemoryTimeStamper(), max_heads=50)
    run = seal(now=NOW, seconds_left=lambda: 300.0)
    assert (run.seals, run.drained) == (2, True)
    reader = InclusionReader(index, seals)
    for n in range(40):
        found = reader.inclusions(head(n).dispatch_id)
        assert found[-1].seq == 2
        for inclusion in found:
            statement = inclusion.seal.statement
            leaf = head(n, inclusion.seq).leaf
            root = merkle.root_of(leaf, inclusion.index, statement.count, inclusion.path)
            assert root == bytes.fromhex(statement.root)
