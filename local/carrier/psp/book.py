"""What the provider knows: its accounts, their charges, the Pix that came in, and who is told.

Everything is plain JSON in one file of the carrier's state, replaced whole at each change.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]


@dataclass(slots=True)
class Account:
    """A receiver: one client of the API with one key, and everything that is its own."""

    client_id: str
    client_secret: str
    key: str
    name: str
    document: str
    charges: dict[str, Json] = field(default_factory=dict)
    """``cobv`` by txid, as ``GET /cobv/{txid}`` answers them."""
    received: dict[str, Json] = field(default_factory=dict)
    """Pix by endToEndId, as ``GET /pix/{e2eid}`` answers them."""
    webhook: Json | None = None
    hook_headers: dict[str, str] = field(default_factory=dict)
    """Go with every notification, in the place of mutual TLS."""
    others: dict[str, Json] = field(default_factory=dict)
    """What further sections keep, by their own names (``rec``, ``cobr``)."""

    @property
    def receiver(self) -> Json:
        """Who is paid, as a charge says it."""
        return {
            "logradouro": "Rua das Acácias, 10",
            "cidade": "Recife",
            "uf": "PE",
            "cep": "50010000",
            "cnpj": self.document,
            "nome": self.name,
        }


class Book:
    """The accounts, in memory and in a file; change them inside `changing`."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        if path is not None and path.exists():
            kept = json.loads(path.read_text())
            self.accounts = {a["client_id"]: Account(**a) for a in kept}

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold others off, and keep what was changed when no error comes out."""
        with self._lock:
            yield
            if self._path is not None:
                draft = self._path.with_suffix(".draft")
                draft.write_text(json.dumps([asdict(a) for a in self.accounts.values()]))
                draft.replace(self._path)
