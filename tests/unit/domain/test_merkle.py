"""The tree against another implementation of RFC 6962, written the way the RFC writes it."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain import merkle
from regua.domain.ids import DispatchId
from regua.domain.merkle import Head

HEAD = Head(DispatchId("0f" * 16), 3, "ab" * 32)


def leaves_of(count: int) -> list[bytes]:
    return [hashlib.sha256(f"folha {n}".encode()).digest() for n in range(count)]


def split(count: int) -> int:
    """Return RFC 6962's k: the largest power of two smaller than the number of leaves."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def root_by_rfc(hashed: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, over leaves that are hashed already."""
    if len(hashed) == 1:
        return hashed[0]
    k = split(len(hashed))
    return hashlib.sha256(b"\x01" + root_by_rfc(hashed[:k]) + root_by_rfc(hashed[k:])).digest()


def path_by_rfc(place: int, hashed: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962 §2.1.1."""
    if len(hashed) == 1:
        return []
    k = split(len(hashed))
    if place < k:
        return [*path_by_rfc(place, hashed[:k]), root_by_rfc(hashed[k:])]
    return [*path_by_rfc(place - k, hashed[k:]), root_by_rfc(hashed[:k])]


@pytest.mark.parametrize("count", [*range(1, 35), 63, 64, 65, 127, 128, 129, 1_000])
def test_root_and_paths_are_those_of_the_rfc(count: int) -> None:
    leaves = leaves_of(count)
    tree = merkle.levels(leaves)
    root = root_by_rfc(leaves)
    assert tree[-1] == [root]
    for index in {0, 1, count // 2, count - 2, count - 1} & set(range(count)):
        path = merkle.proof(tree, index)
        assert path == path_by_rfc(index, leaves)
        assert merkle.root_of(leaves[index], index, count, path) == root


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=80))
def test_every_leaf_of_any_tree_is_proven(leaves: list[bytes]) -> None:
    tree = merkle.levels(leaves)
    assert tree[-1] == [root_by_rfc(leaves)]
    for index, leaf in enumerate(leaves):
        assert merkle.root_of(leaf, index, len(leaves), merkle.proof(tree, index)) == tree[-1][0]


@given(st.integers(2, 70), st.data())
def test_a_proof_of_anything_else_does_not_lead_to_the_root(
    count: int, data: st.DataObject
) -> None:
    leaves = leaves_of(count)
    tree = merkle.levels(leaves)
    (root,) = tree[-1]
    index = data.draw(st.integers(0, count - 1))
    path = merkle.proof(tree, index)
    other = data.draw(st.integers(0, count - 1).filter(lambda n: n != index))
    step = data.draw(st.integers(0, len(path) - 1))
    bent = [*path[:step], bytes(32), *path[step + 1 :]]
    assert merkle.root_of(leaves[other], index, count, path) != root, "another leaf"
    assert merkle.root_of(leaves[index], other, count, path) != root, "another place"
    assert merkle.root_of(leaves[index], index, count, bent) != root, "another path"


def test_a_path_of_the_wrong_length_is_no_path() -> None:
    leaves = leaves_of(5)
    tree = merkle.levels(leaves)
    path = merkle.proof(tree, 0)
    assert merkle.root_of(leaves[0], 0, 5, path[:-1]) is None
    assert merkle.root_of(leaves[0], 0, 5, [*path, bytes(32)]) is None
    assert merkle.root_of(leaves[0], 0, 9, path) is None, "of a tree of another size"
    assert merkle.root_of(leaves[4], 4, 5, path) is None, "the odd leaf has a path of one"


@pytest.mark.parametrize("index", [-1, 5, 6])
def test_a_place_outside_the_tree_proves_nothing(index: int) -> None:
    leaves = leaves_of(5)
    with pytest.raises(IndexError):
        merkle.proof(merkle.levels(leaves), index)
    assert merkle.root_of(leaves[0], index, 5, []) is None


def test_there_is_no_tree_without_leaves() -> None:
    with pytest.raises(ValueError, match="at least one leaf"):
        merkle.levels([])


def test_an_odd_leaf_is_never_doubled() -> None:
    """Doubling would let two lists of heads share a root (CVE-2012-2459)."""
    leaves = leaves_of(3)
    assert merkle.levels(leaves)[-1] != merkle.levels([*leaves, leaves[2]])[-1]


def test_a_node_can_never_stand_for_a_leaf() -> None:
    (left, right) = leaves_of(2)
    (root,) = merkle.levels([left, right])[-1]
    assert root == hashlib.sha256(b"\x01" + left + right).digest()
    assert root != hashlib.sha256(b"\x00" + left + right).digest()


@pytest.mark.parametrize(
    "other",
    [
        HEAD._replace(dispatch_id=DispatchId("0e" * 16)),
        HEAD._replace(seq=4),
        HEAD._replace(hash="ac" * 32),
    ],
)
def test_everything_of_a_head_is_in_its_leaf(other: Head) -> None:
    content = bytes.fromhex("0f" * 16) + (3).to_bytes(4, "big") + bytes.fromhex("ab" * 32)
    assert HEAD.leaf == hashlib.sha256(b"\x00" + content).digest()
    assert other.leaf != HEAD.leaf
