"""What the routes about evidence and reports answer, as types. See `answers`."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from regua.domain.dispatch import DispatchState
from regua.domain.ruler import Channel

from .answers import DispatchIdText, Hex, Link, Sha256


class ChainEntry(TypedDict):
    """One fact in a message's chain, with its hash."""

    entry: Annotated[dict[str, object], Field(description="Exactly what is hashed")]
    hash: Sha256
    private: Annotated[
        dict[str, object] | None, Field(description="What is personal, with its nonce")
    ]
    erased: bool


class SealOver(TypedDict):
    """A seal over one entry, with the path to its root."""

    seal: str | int
    sealed_at: str
    seq: int
    index: int
    count: int
    path: list[Hex]
    root: Sha256


class Evidence(TypedDict):
    """A message's chain and the seals over it; exact bytes stand as their hashes."""

    dispatch_id: DispatchIdText
    channel: Channel
    step_id: str
    state: DispatchState
    provider_message_id: str | None
    invoices: list[str]
    entries: list[ChainEntry]
    seals: list[SealOver]


class IssuedReport(TypedDict):
    """An evidence report that was just issued; its code is told this once."""

    number: str
    code: Annotated[str, Field(description="Opens the report on the verification page")]
    sha256: Sha256
    size: Annotated[int, Field(description="Bytes of the signed PDF")]
    verification_url: Link
    download_url: Annotated[
        str, Field(description="Good for fifteen minutes", json_schema_extra={"format": "uri"})
    ]


class Report(TypedDict):
    """An evidence report that was issued."""

    number: str
    issued_at: datetime
    sha256: Sha256
    dispatch_ids: list[DispatchIdText]
    verification_url: Link
    download_url: Annotated[
        str, Field(description="Good for fifteen minutes", json_schema_extra={"format": "uri"})
    ]
