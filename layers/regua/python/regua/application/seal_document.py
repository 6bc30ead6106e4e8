"""How a seal and its heads are written down: the two objects of every seal, byte for byte.

The heads are one line each, ``{dispatch_id} {seq} {hash}``, in the order of the tree's leaves; the
seal is canonical JSON.
"""

import base64
import hashlib
import json
from collections.abc import Sequence

from regua.domain.evidence import canonical
from regua.domain.ids import DispatchId
from regua.domain.merkle import Head
from regua.domain.seals import Seal, Statement


def leaves_document(heads: Sequence[Head]) -> bytes:
    """Write heads, in their order: ASCII, one line each, every line ended.

    >>> leaves_document([Head(DispatchId("0f"), 2, "ab")]).decode().splitlines()
    ['0f 2 ab']
    """
    return "".join(f"{h.dispatch_id} {h.seq} {h.hash}\n" for h in heads).encode("ascii")


def read_leaves(document: bytes) -> list[Head]:
    """Read heads as `leaves_document` writes them.

    Raises:
        ValueError: it is none of ours.
    """
    heads = []
    for line in document.decode("ascii").splitlines():
        dispatch_id, seq, digest = line.split(" ")
        heads.append(Head(DispatchId(dispatch_id), int(seq), digest))
    return heads


def seal_document(seal: Seal) -> bytes:
    """Write a seal."""
    return canonical(
        {
            "statement": seal.statement.document(),
            "signature": base64.b64encode(seal.signature).decode(),
            "public_key": seal.public_key_pem,
            "timestamp": base64.b64encode(seal.timestamp).decode(),
        }
    )


def read_seal(document: bytes) -> Seal:
    """Read a seal as `seal_document` writes it.

    Raises:
        KeyError, ValueError, TypeError: it is none of ours.
    """
    parts = json.loads(document)
    return Seal(
        statement=Statement.read(parts["statement"]),
        signature=base64.b64decode(parts["signature"], validate=True),
        public_key_pem=parts["public_key"],
        timestamp=base64.b64decode(parts["timestamp"], validate=True),
    )


def key_sha256(public_key_pem: str) -> str:
    """Return the SHA-256, in hex, of a public key's SubjectPublicKeyInfo (DER), given as PEM.

    Raises:
        ValueError: it is no PEM of a public key.
    """
    _, begin, rest = public_key_pem.partition("-----BEGIN PUBLIC KEY-----")
    body, end, _ = rest.partition("-----END PUBLIC KEY-----")
    if not begin or not end:
        raise ValueError("not the PEM of a public key")
    return hashlib.sha256(base64.b64decode("".join(body.split()), validate=True)).hexdigest()


def public_key_pem(spki: bytes) -> str:
    """Return a SubjectPublicKeyInfo (DER) as PEM, lines of 64 characters."""
    text = base64.b64encode(spki).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])
