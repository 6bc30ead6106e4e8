"""The evidence of messages as one file: a zip that anyone can check with common tools, offline.

What is in it, besides ``manifest.json``, which lists every other file with its SHA-256:

- ``messages/{dispatch_id}/entries.jsonl``: the chain, one canonical JSON line per entry;
- ``messages/{dispatch_id}/raw/{seq}.{eml|json|txt|ssml|pdf|png|jpg|bin}``: exact bytes
  behind an entry;
- ``messages/{dispatch_id}/seals.json``: which seals cover the message, with the audit paths;
- ``seals/{number}/``: ``statement.json`` (the signed bytes), ``signature.der``,
  ``timestamp.tsr``, ``public_key.pem``;
- ``certificates/{name}.pem``, ``dkim/{selector}._domainkey.{domain}.txt``, ``COMO-VERIFICAR.txt``.

The same evidence makes the same file, byte for byte: names are sorted, dates are fixed, nothing is
compressed. What is read back is limited in number and size before a byte of it is unpacked, and a
file whose name is not of the list above is refused: nothing is ever written to a path that a bundle
names. Whether what it says is true is for `regua.application.verify_bundle` to find out.
"""

import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any, NoReturn

from regua.application.dossier import KeptEntry, MessageDossier
from regua.application.how_to_verify import how_to_verify
from regua.application.ports import Creditor
from regua.domain.errors import InvalidInput
from regua.domain.evidence import canonical, spelled
from regua.domain.ids import DispatchId
from regua.domain.seals import Seal

VERSION = 1
TYPE = "regua.evidence.v1"
BUNDLE_NAME = "evidencias.zip"
"""Under which a laudo carries it."""
MANIFEST = "manifest.json"
INSTRUCTIONS = "COMO-VERIFICAR.txt"
TSA, SIGNER = "tsa", "signer"
"""Names of certificates: the time-stamping authority's, and that of the laudo's signer."""

MAX_BUNDLE_BYTES = 64 << 20
MAX_FILE_BYTES = 40 << 20
"""The longest e-mail that SES takes, and more than any other payload."""
MAX_FILES = 4096
MAX_LINES = 20_000
MAX_CERTIFICATES = 64
MAX_DOCUMENT_BYTES = 8 << 20
"""What is read as JSON, all files together: in memory it may grow to some seventy times that."""
MAX_LINE_BYTES = 256 << 10
_MAX_NAME = 320
_TOO_MANY = 10**12
"""Numbers of seals have twelve digits."""

_EXTENSIONS = {
    "message/rfc822": "eml",
    "application/json": "json",
    "text/plain": "txt",
    "application/ssml+xml": "ssml",
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
}
_DISPATCH = r"[0-9a-f]{32}"
_NAMES = re.compile(
    rf"manifest\.json|COMO-VERIFICAR\.txt"
    rf"|messages/{_DISPATCH}/(?:entries\.jsonl|seals\.json"
    r"|raw/[0-9]{6}\.(?:eml|json|txt|ssml|pdf|png|jpg|bin))"
    r"|seals/[0-9]{12}/(?:statement\.json|signature\.der|timestamp\.tsr|public_key\.pem)"
    r"|certificates/[a-z0-9][a-z0-9-]{0,99}\.pem"
    r"|dkim/[a-z0-9](?:[a-z0-9_-]|\.(?!\.)){0,252}[a-z0-9]\.txt",
)
_CHAIN_END = "/entries.jsonl"
_DOCUMENTS = re.compile(r"^manifest\.json$|/(?:entries\.jsonl|seals\.json|statement\.json)$")
_HASH = re.compile(r"[0-9a-f]{64}")
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_READABLE_BY_ALL = 0o100644 << 16
_UNIX = 3
_ENCRYPTED = 0x1
_COMPRESSIONS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


@dataclass(frozen=True, slots=True)
class BundledEntry:
    """One line of a chain, as the file says it; nothing in it has been checked yet."""

    document: Mapping[str, Any]
    """What is hashed."""
    recorded_hash: str
    private: Mapping[str, Any] | None = field(default=None, repr=False)
    nonce: bytes | None = field(default=None, repr=False)
    raw_path: str | None = None
    raw: bytes | None = field(default=None, repr=False)
    erased: bool = False


@dataclass(frozen=True, slots=True)
class BundledInclusion:
    """That a seal covers a message's chain up to an entry, as the file says it."""

    seal: int
    seq: int
    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class BundledMessage:
    """One message: its chain and the seals over it."""

    dispatch_id: DispatchId
    entries: tuple[BundledEntry, ...]
    inclusions: tuple[BundledInclusion, ...]


@dataclass(frozen=True, slots=True)
class BundledSeal:
    """One seal's four files."""

    statement: bytes
    signature: bytes
    timestamp: bytes
    public_key_pem: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle's files say. ``report`` is the laudo's number, where it came with one."""

    report: str | None
    issued_at: datetime
    creditor_id: str
    creditor_name: str
    creditor_document: str
    messages: tuple[BundledMessage, ...]
    seals: Mapping[int, BundledSeal]
    certificates: Mapping[str, str]
    """PEM by name: ``tsa``, ``signer``, and those that providers signed their envelopes with."""
    dkim_records: Mapping[str, str]
    """TXT values by ``{selector}._domainkey.{domain}``."""
    listed: Mapping[str, str]
    """SHA-256 by path, as the manifest lists it."""
    files: Mapping[str, bytes] = field(repr=False)
    """Every file but the manifest."""
    repacked: bool = False
    """The zip is not, byte for byte, what `write_bundle` makes of these files."""


# Writing ----------------------------------------------------------------------------------------


def write_bundle(
    dossiers: Sequence[MessageDossier],
    *,
    creditor: Creditor,
    report: str | None,
    issued_at: datetime,
    certificates: Mapping[str, str],
    dkim_records: Mapping[str, str],
) -> bytes:
    """Return the zip for messages of one creditor.

    Args:
        dossiers: the messages, in any order.
        creditor: whose they are.
        report: the laudo's number; None when there is no laudo.
        issued_at: when the bundle is made.
        certificates: PEM by name (``tsa``, ``signer``, lowercase letters, digits, hyphens).
        dkim_records: TXT values at sending time, by ``{selector}._domainkey.{domain}``.

    Raises:
        InvalidInput: a name is none that a bundle may hold, or it would be too large to be read.
    """
    files: dict[str, bytes] = {}
    for dossier in dossiers:
        files |= _message_files(dossier)
        for inclusion in dossier.inclusions:
            files |= _seal_files(inclusion.seal)
    files |= {f"certificates/{name}.pem": pem.encode() for name, pem in certificates.items()}
    files |= {f"dkim/{name.lower()}.txt": value.encode() for name, value in dkim_records.items()}
    files[INSTRUCTIONS] = how_to_verify(tuple(sorted(files))).encode()
    sender = creditor.sender
    manifest = {
        "v": VERSION,
        "type": TYPE,
        "report": report,
        "issued_at": spelled(issued_at),
        "creditor": {
            "creditor_id": creditor.creditor_id,
            "name": sender.name,
            "document": sender.document,
        },
        "messages": sorted(dossier.dispatch_id for dossier in dossiers),
        "files": {path: hashlib.sha256(data).hexdigest() for path, data in files.items()},
    }
    files[MANIFEST] = canonical(manifest)
    for path, data in files.items():
        _check_name(path)
        _check_size(path, len(data))
        if path.endswith(_CHAIN_END):
            for place, line in enumerate(data.split(b"\n"), start=1):
                _check_line(f"{path}: line {place}", line)
    _check_certificates(files)
    _check_documents({path: len(data) for path, data in files.items()})
    packed = _pack(files)
    _check_whole(len(files), len(packed))
    return packed


def _message_files(dossier: MessageDossier) -> dict[str, bytes]:
    folder = f"messages/{dossier.dispatch_id}"
    files, lines = {}, []
    for kept in dossier.entries:
        path = _raw_path(folder, kept)
        if path is not None and kept.raw is not None:
            files[path] = kept.raw
        lines.append(canonical(_line(kept, path)) + b"\n")
    files[f"{folder}/entries.jsonl"] = b"".join(lines)
    inclusions = [
        {
            "seal": inclusion.seal.statement.seal,
            "seq": inclusion.seq,
            "index": inclusion.index,
            "path": [step.hex() for step in inclusion.path],
        }
        for inclusion in dossier.inclusions
    ]
    files[f"{folder}/seals.json"] = _canonical_list(inclusions)
    return files


def _raw_path(folder: str, kept: KeptEntry) -> str | None:
    exact = kept.entry.raw
    if exact is None or kept.raw is None:
        return None
    return f"{folder}/raw/{kept.entry.seq:06d}.{extension(exact.media_type)}"


def extension(media_type: str) -> str:
    """Return what the name of a file with such content ends in.

    >>> extension("text/plain; charset=utf-8")
    'txt'
    """
    return _EXTENSIONS.get(media_type.partition(";")[0].strip().lower(), "bin")


def _line(kept: KeptEntry, raw_path: str | None) -> dict[str, Any]:
    shown = kept.private is not None and kept.nonce is not None
    return {
        "entry": kept.entry.document(),
        "hash": kept.recorded_hash,
        "private": {"nonce": (kept.nonce or b"").hex(), "facts": dict(kept.private or {})}
        if shown
        else None,
        "raw": raw_path,
        "erased": kept.erased,
    }


def _seal_files(seal: Seal) -> dict[str, bytes]:
    folder = _seal_folder(seal.statement.seal)
    return {
        f"{folder}/statement.json": seal.statement.signed_bytes,
        f"{folder}/signature.der": seal.signature,
        f"{folder}/timestamp.tsr": seal.timestamp,
        f"{folder}/public_key.pem": seal.public_key_pem.encode(),
    }


def _seal_folder(number: int) -> str:
    return f"seals/{number:012d}"


def _canonical_list(items: Sequence[Mapping[str, Any]]) -> bytes:
    return b"[" + b",".join(canonical(item) for item in items) + b"]"


def _pack(files: Mapping[str, bytes]) -> bytes:
    """Zip files so that the same files are the same bytes, whatever machine does it."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _FIXED_DATE)
            info.create_system = _UNIX
            info.external_attr = _READABLE_BY_ALL
            archive.writestr(info, files[name])
    return packed.getvalue()


# Reading ----------------------------------------------------------------------------------------


def read_bundle(data: bytes) -> Bundle:
    """Read a bundle; whether it is true is not looked at.

    Raises:
        InvalidInput: it is not a bundle: no zip, too large, a file that is not listed, missing,
            double or oddly named, or one that does not say what it should; with the path.
    """
    files = _unpack(data)
    repacked = _pack(files) != data
    manifest = _read_manifest(files)
    listed = manifest["files"]
    rest = {path: content for path, content in files.items() if path != MANIFEST}
    for path in sorted(listed.keys() | rest.keys()):
        if path not in rest:
            raise InvalidInput.at(path, "is listed in the manifest and is missing")
        if path not in listed:
            raise InvalidInput.at(path, "is not listed in the manifest")
    messages = tuple(_read_message(DispatchId(d), rest) for d in manifest["messages"])
    _check_nothing_is_left(messages, rest)
    creditor = manifest["creditor"]
    return Bundle(
        report=manifest["report"],
        issued_at=datetime.fromisoformat(manifest["issued_at"]),
        creditor_id=creditor["creditor_id"],
        creditor_name=creditor["name"],
        creditor_document=creditor["document"],
        messages=messages,
        seals=_read_seals(rest),
        certificates=_texts(rest, "certificates/", ".pem"),
        dkim_records=_texts(rest, "dkim/", ".txt"),
        listed=listed,
        files=rest,
        repacked=repacked,
    )


def _unpack(data: bytes) -> dict[str, bytes]:
    if len(data) > MAX_BUNDLE_BYTES:
        raise InvalidInput.at("", f"is larger than {MAX_BUNDLE_BYTES} bytes")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            _check_members(members)
            return {info.filename: _read_member(archive, info) for info in members}
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, OSError) as exc:
        raise InvalidInput.at("", "is not a zip file, or a damaged one") from exc
    except (NotImplementedError, RuntimeError) as exc:
        raise InvalidInput.at("", "is a zip file of a kind that is not read") from exc


def _check_members(members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse by what the directory of the zip says, before anything is unpacked."""
    _check_whole(len(members), sum(info.file_size for info in members))
    seen: set[str] = set()
    for info in members:
        name = info.filename
        _check_name(name)
        if name in seen:
            raise InvalidInput.at(name, "is there twice")
        seen.add(name)
        _check_size(name, info.file_size)
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _COMPRESSIONS:
            raise InvalidInput.at(name, "is encrypted, or compressed in a way that is not read")
    _check_certificates(seen)
    _check_documents({info.filename: info.file_size for info in members})


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as member:
        content = member.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise InvalidInput.at(info.filename, "has not the size that the zip states")
    return content


def _check_whole(count: int, size: int) -> None:
    if count > MAX_FILES:
        raise InvalidInput.at("", f"has more than {MAX_FILES} files")
    if size > MAX_BUNDLE_BYTES:
        raise InvalidInput.at("", f"holds more than {MAX_BUNDLE_BYTES} bytes")


def _check_name(name: str) -> None:
    if len(name) > _MAX_NAME or not _NAMES.fullmatch(name):
        shown = name[:_MAX_NAME].encode("ascii", "backslashreplace").decode()
        raise InvalidInput.at(shown, "is not the name of a file that a bundle holds")


def _check_size(name: str, size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise InvalidInput.at(name, f"is larger than {MAX_FILE_BYTES} bytes")


def _check_certificates(names: Iterable[str]) -> None:
    if sum(name.startswith("certificates/") for name in names) > MAX_CERTIFICATES:
        raise InvalidInput.at("certificates/", f"has more than {MAX_CERTIFICATES} files")


def _check_documents(sizes: Mapping[str, int]) -> None:
    """Refuse more JSON than is taken apart; exact bytes are hashed as they are."""
    read = {path: size for path, size in sizes.items() if _DOCUMENTS.search(path)}
    if sum(read.values()) > MAX_DOCUMENT_BYTES:
        largest = max(read, key=lambda path: read[path])
        reason = f"and the other JSON files hold more than {MAX_DOCUMENT_BYTES} bytes"
        raise InvalidInput.at(largest, reason)


def _check_line(at: str, line: bytes) -> None:
    if len(line) > MAX_LINE_BYTES:
        raise InvalidInput.at(at, f"is longer than {MAX_LINE_BYTES} bytes")


def _json(path: str, data: bytes) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read JSON that is spelled in the one way: what is shown is what was hashed."""
    try:
        value = json.loads(data)
        spelling = _canonical_list(value) if isinstance(value, list) else canonical(value)
    except (ValueError, TypeError, RecursionError) as exc:
        raise InvalidInput.at(path, "is not readable as JSON") from exc
    if spelling != data:
        raise InvalidInput.at(path, "is not canonical JSON (sorted keys, no spaces, UTF-8)")
    return value


def _refuse(path: str, reason: str = "does not say what it should, or says more") -> NoReturn:
    raise InvalidInput.at(path, reason)


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _read_manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    if MANIFEST not in files:
        _refuse(MANIFEST, "is missing")
    manifest = _json(MANIFEST, files[MANIFEST])
    expected = {"v", "type", "report", "issued_at", "creditor", "messages", "files"}
    if not isinstance(manifest, dict) or manifest.keys() != expected:
        _refuse(MANIFEST)
    if manifest["v"] != VERSION or manifest["type"] != TYPE:
        _refuse(MANIFEST, "is of another version than is read here")
    if not (manifest["report"] is None or isinstance(manifest["report"], str)):
        _refuse(f"{MANIFEST}: report")
    _check_creditor(manifest["creditor"])
    _check_instant(manifest["issued_at"])
    _check_lists(manifest["messages"], manifest["files"])
    return manifest


def _check_creditor(creditor: object) -> None:
    texts = {"creditor_id", "name", "document"}
    if not (
        isinstance(creditor, dict)
        and creditor.keys() == texts
        and all(isinstance(value, str) for value in creditor.values())
    ):
        _refuse(f"{MANIFEST}: creditor")


def _check_instant(text: object) -> None:
    try:
        instant = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or spelled(instant) != text:
        _refuse(f"{MANIFEST}: issued_at", "is not an instant in UTC with milliseconds")


def _check_lists(messages: object, listed: object) -> None:
    if not (
        isinstance(messages, list)
        and all(isinstance(m, str) and re.fullmatch(_DISPATCH, m) for m in messages)
        and messages == sorted(set(messages))
    ):
        _refuse(f"{MANIFEST}: messages", "is not a sorted list of different messages")
    if not (isinstance(listed, dict) and all(_is_hash(digest) for digest in listed.values())):
        _refuse(f"{MANIFEST}: files", "is not a list of files with their SHA-256")


def _read_message(dispatch_id: DispatchId, files: Mapping[str, bytes]) -> BundledMessage:
    folder = f"messages/{dispatch_id}"
    chain, seals = f"{folder}/entries.jsonl", f"{folder}/seals.json"
    for path in (chain, seals):
        if path not in files:
            raise InvalidInput.at(path, "is missing")
    lines = files[chain].split(b"\n")
    if lines.pop() or len(lines) > MAX_LINES:
        raise InvalidInput.at(chain, f"is not at most {MAX_LINES} lines, each with its end")
    entries = tuple(
        _read_entry(f"{chain}: line {place}", line, folder, files)
        for place, line in enumerate(lines, start=1)
    )
    found = _json(seals, files[seals])
    if not isinstance(found, list):
        _refuse(seals)
    return BundledMessage(
        dispatch_id, entries, tuple(_read_inclusion(seals, each) for each in found)
    )


def _read_entry(at: str, line: bytes, folder: str, files: Mapping[str, bytes]) -> BundledEntry:
    _check_line(at, line)
    row = _json(at, line)
    if not isinstance(row, dict) or row.keys() != {"entry", "hash", "private", "raw", "erased"}:
        _refuse(at)
    if not (
        isinstance(row["entry"], dict) and _is_hash(row["hash"]) and isinstance(row["erased"], bool)
    ):
        _refuse(at)
    nonce, private = _read_private(at, row["private"])
    path = row["raw"]
    if path is not None and not (
        isinstance(path, str) and path.startswith(f"{folder}/raw/") and path in files
    ):
        _refuse(at, "names exact bytes that are not there")
    return BundledEntry(
        document=row["entry"],
        recorded_hash=row["hash"],
        private=private,
        nonce=nonce,
        raw_path=path,
        raw=None if path is None else files[path],
        erased=row["erased"],
    )


def _read_private(at: str, private: object) -> tuple[bytes | None, dict[str, Any] | None]:
    if private is None:
        return None, None
    if not (isinstance(private, dict) and private.keys() == {"nonce", "facts"}):
        _refuse(at)
    nonce, facts = private["nonce"], private["facts"]
    if not (_is_hash(nonce) and isinstance(facts, dict)):
        _refuse(at)
    return bytes.fromhex(nonce), facts


def _read_inclusion(path: str, found: object) -> BundledInclusion:
    if not (isinstance(found, dict) and found.keys() == {"seal", "seq", "index", "path"}):
        _refuse(path)
    seal, seq, index = found["seal"], found["seq"], found["index"]
    if not all(type(number) is int and 0 <= number < _TOO_MANY for number in (seal, seq, index)):
        _refuse(path)
    steps = found["path"]
    if not (isinstance(steps, list) and all(_is_hash(step) for step in steps)):
        _refuse(path)
    return BundledInclusion(seal, seq, index, tuple(bytes.fromhex(step) for step in steps))


def _read_seals(files: Mapping[str, bytes]) -> dict[int, BundledSeal]:
    folders = sorted({path.rpartition("/")[0] for path in files if path.startswith("seals/")})
    seals = {}
    for folder in folders:
        parts = ("statement.json", "signature.der", "timestamp.tsr", "public_key.pem")
        for part in parts:
            if f"{folder}/{part}" not in files:
                raise InvalidInput.at(f"{folder}/{part}", "is missing")
        statement, signature, timestamp, key = (files[f"{folder}/{part}"] for part in parts)
        seals[int(folder.rpartition("/")[2])] = BundledSeal(
            statement, signature, timestamp, _text(f"{folder}/public_key.pem", key)
        )
    return seals


def _texts(files: Mapping[str, bytes], start: str, end: str) -> dict[str, str]:
    return {
        path.removeprefix(start).removesuffix(end): _text(path, data)
        for path, data in files.items()
        if path.startswith(start)
    }


def _text(path: str, data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError as exc:
        raise InvalidInput.at(path, "is not plain text") from exc


def _check_nothing_is_left(messages: Sequence[BundledMessage], files: Mapping[str, bytes]) -> None:
    """Refuse files of messages that nothing refers to: they would prove nothing."""
    expected: set[str] = set()
    for message in messages:
        folder = f"messages/{message.dispatch_id}"
        used = [entry.raw_path for entry in message.entries if entry.raw_path]
        expected |= {f"{folder}/entries.jsonl", f"{folder}/seals.json", *used}
        if len(used) != len(set(used)):
            _refuse(f"{folder}/entries.jsonl", "names the same exact bytes twice")
    for path in sorted(files):
        if path.startswith("messages/") and path not in expected:
            raise InvalidInput.at(path, "belongs to no message of the bundle")
