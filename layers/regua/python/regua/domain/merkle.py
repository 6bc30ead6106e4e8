"""Merkle trees over chain heads: one root stands for many messages, one proof for one of them.

The tree of RFC 6962 §2.1 (also RFC 9162): leaf and node hashes are domain-separated, an odd leaf is
never doubled. A leaf is a head: the message, how long its chain is, and the hash of its last entry.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from regua.domain.ids import DispatchId

_LEAF, _NODE = b"\x00", b"\x01"


class Head(NamedTuple):
    """The end of a message's chain when it was sealed; heads sort by message and length."""

    dispatch_id: DispatchId
    seq: int
    hash: str

    @property
    def leaf(self) -> bytes:
        """The head's leaf hash: 32 bytes."""
        content = bytes.fromhex(self.dispatch_id) + self.seq.to_bytes(4) + bytes.fromhex(self.hash)
        return hashlib.sha256(_LEAF + content).digest()


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Return the tree from the leaves to the root, each level a list of 32-byte hashes.

    An odd last node goes up as it is, which gives the same tree as RFC 6962's recursive split.

    Raises:
        ValueError: there is no leaf.
    """
    if not leaves:
        raise ValueError("a tree has at least one leaf")
    tree = [list(leaves)]
    while len(tree[-1]) > 1:
        below = tree[-1]
        above = [_node(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        if len(below) % 2:
            above.append(below[-1])
        tree.append(above)
    return tree


def proof(tree: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    """Return the audit path of a leaf, from its sibling up.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(tree[0]):
        raise IndexError(index)
    path = []
    for level in tree[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index //= 2
    return path


def root_of(leaf: bytes, index: int, count: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that an audit path leads to; None when it has not the right length.

    Args:
        leaf: the leaf's hash.
        index: its place, from 0.
        count: how many leaves the tree has.
        path: the audit path, from the leaf's sibling up.
    """
    if not 0 <= index < count:
        return None
    rest, current, width = list(path), leaf, count
    while width > 1:
        if index ^ 1 < width:
            if not rest:
                return None
            sibling = rest.pop(0)
            current = _node(sibling, current) if index % 2 else _node(current, sibling)
        index, width = index // 2, (width + 1) // 2
    return None if rest else current


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
