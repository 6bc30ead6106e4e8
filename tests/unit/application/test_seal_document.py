"""The two objects of a seal, byte for byte."""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.memory_seals import MemorySigner
from regua.application.seal_document import (
    key_sha256,
    leaves_document,
    public_key_pem,
    read_leaves,
    read_seal,
    seal_document,
)
from regua.domain.ids import DispatchId
from regua.domain.merkle import Head
from tests.unit.domain.test_seals import SEAL

HEADS = [Head(DispatchId("0e" * 16), 12, "ab" * 32), Head(DispatchId("0f" * 16), 1, "cd" * 32)]


def test_heads_are_one_line_each() -> None:
    assert leaves_document(HEADS) == (
        b"0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e 12 " + b"ab" * 32 + b"\n"
        b"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f 1 " + b"cd" * 32 + b"\n"
    )


@given(
    st.lists(
        st.builds(
            lambda i, s, h: Head(DispatchId(i.hex()), s, h.hex()),
            st.binary(min_size=16, max_size=16),
            st.integers(1, 10**6),
            st.binary(min_size=32, max_size=32),
        ),
        max_size=20,
    )
)
def test_heads_come_back_in_their_order(heads: list[Head]) -> None:
    assert read_leaves(leaves_document(heads)) == heads


@pytest.mark.parametrize("document", [b"0e 1\n", b"0e um ab\n", b"\xff 1 ab\n", b"0e 1 ab cd\n"])
def test_lines_that_are_none_of_ours_are_refused(document: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        read_leaves(document)


def test_a_seal_comes_back_as_it_was_written() -> None:
    document = seal_document(SEAL)
    assert read_seal(document) == SEAL
    parts = json.loads(document)
    assert parts["statement"] == SEAL.statement.document()
    assert base64.b64decode(parts["timestamp"]) == b"carimbo"


def test_a_key_is_named_by_the_hash_of_its_der() -> None:
    pem = MemorySigner().public_key_pem()
    der = serialization.load_pem_public_key(pem.encode()).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert key_sha256(pem) == hashlib.sha256(der).hexdigest()
    assert public_key_pem(der) == pem, "as the library that everybody uses spells it"
    with pytest.raises(ValueError, match="not the PEM"):
        key_sha256(pem.replace("PUBLIC", "PRIVATE"))
