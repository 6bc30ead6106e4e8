"""Verify a bundle: recompute everything in it, and say of each thing whether it holds.

Nothing is asked of any service. What a bundle cannot prove of itself is who sealed it: the key and
the time-stamping authority are known only when they are given from outside (`Anchors`). Nor can it
prove that nothing came after: facts after the last seal, and the manifest's own words, rest on the
signature of the PDF that carries the bundle.

Source: RFC 6962 §2.1, RFC 3161, RFC 6376.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from regua.application.bundle import (
    TSA,
    Bundle,
    BundledEntry,
    BundledInclusion,
    BundledMessage,
    BundledSeal,
)
from regua.application.verdict import Check, CheckCode, Outcome, Verdict
from regua.domain.delivery import EventKind
from regua.domain.evidence import NONCE_BYTES, Entry, broken_at, commitment
from regua.domain.ids import CreditorId
from regua.domain.merkle import Head, root_of
from regua.domain.seals import FIRST_PREVIOUS, Statement

TOLERANCE = timedelta(minutes=5)
"""By how much our clock may be ahead of the time-stamping authority's."""

_HEX = frozenset("0123456789abcdef")
_SHA256_HEX = 64
_MAIL = "message/rfc822"
INSTANT = "%d/%m/%Y às %H:%M:%S (UTC)"


@dataclass(frozen=True, slots=True)
class Anchors:
    """What is known from outside the bundle, as PEM; None when nothing is."""

    seal_key_pem: str | None = None
    tsa_ca_pem: str | None = None


class SignatureCheck(Protocol):
    """Checks ECDSA P-256 signatures."""

    def fingerprint(self, public_key_pem: str) -> str | None:
        """Return the SHA-256 of a P-256 key's SubjectPublicKeyInfo; None when it is none."""
        ...

    def holds(self, public_key_pem: str, data: bytes, signature: bytes) -> bool:
        """Say whether a DER signature over SHA-256 of the data is the key's."""
        ...


class StampCheck(Protocol):
    """Checks RFC 3161 time stamps."""

    def stamped_at(self, response: bytes, data: bytes, ca_pem: str) -> datetime | None:
        """Return when the data was stamped; None when that is not proven under this CA."""
        ...


@dataclass(frozen=True, slots=True)
class DkimFound:
    """What the DKIM signatures of an e-mail come to."""

    domain: str
    holds: bool


class DkimCheck(Protocol):
    """Checks DKIM signatures against archived keys, asking no name server."""

    def check(self, message: bytes, records: Mapping[str, str]) -> DkimFound | None:
        """Return what comes of the signatures whose key is archived; None when there are none."""
        ...


class EnvelopeCheck(Protocol):
    """Checks what providers sign."""

    def check(self, envelope: bytes, signed_by: str, certificates: Iterable[str]) -> bool | None:
        """Say whether its signature holds.

        Args:
            envelope: what the provider sent, whole.
            signed_by: SHA-256 of the certificate it was signed with, as the fact says.
            certificates: those that there are, PEM.

        Returns:
            None when that certificate is not among them.
        """
        ...


@dataclass(frozen=True, slots=True)
class Checkers:
    """Everything that needs cryptography beyond hashes."""

    signatures: SignatureCheck
    stamps: StampCheck
    dkim: DkimCheck
    envelopes: EnvelopeCheck


def verify_bundle(bundle: Bundle, checkers: Checkers, anchors: Anchors) -> Verdict:
    """Return every check of a bundle that `read_bundle` read."""
    seals = {
        number: _Seal(number, seal, checkers, bundle.certificates, anchors)
        for number, seal in bundle.seals.items()
    }
    checks = list(_files(bundle))
    for number in sorted(seals):
        checks += seals[number].checks
        checks += _order(seals[number], seals.get(number - 1))
    for message in bundle.messages:
        checks += _message(message, bundle, seals, checkers)
    if not bundle.messages:
        checks.append(Check(CheckCode.CHAIN, "", Outcome.FAILED, {"place": 1}))
    stamped = {n: seal.stamped_at for n, seal in seals.items() if seal.stamped_at}
    return Verdict(tuple(checks), stamped)


# The files ----------------------------------------------------------------------------------------


def _files(bundle: Bundle) -> Iterator[Check]:
    changed = [
        path
        for path, content in sorted(bundle.files.items())
        if hashlib.sha256(content).hexdigest() != bundle.listed[path]
    ]
    for path in changed:
        yield Check(CheckCode.FILES, path, Outcome.FAILED)
    if not changed:
        yield Check(CheckCode.FILES, "", Outcome.OK, {"count": len(bundle.files)})
    if bundle.repacked:
        yield Check(CheckCode.CONTAINER, "", Outcome.ABSENT)
    yield Check(CheckCode.MANIFEST, "", Outcome.ABSENT)
    yield Check(CheckCode.END, "", Outcome.ABSENT)


# The seals ----------------------------------------------------------------------------------------


class _Seal:
    """A seal with what its own checks came to."""

    def __init__(
        self,
        number: int,
        seal: BundledSeal,
        checkers: Checkers,
        certificates: Mapping[str, str],
        anchors: Anchors,
    ) -> None:
        self.subject = f"seals/{number:012d}"
        self.seal = seal
        self.statement = _statement(number, seal.statement)
        self.stamped_at: datetime | None = None
        self.checks: list[Check] = []
        self._check_statement()
        self._check_signature(checkers.signatures, anchors.seal_key_pem)
        self._check_stamp(checkers.stamps, certificates.get(TSA), anchors.tsa_ca_pem)

    @property
    def digest(self) -> str:
        """What the next seal names as the one before it."""
        return hashlib.sha256(self.seal.statement + self.seal.signature).hexdigest()

    def _say(self, code: CheckCode, outcome: Outcome, **facts: str | int) -> None:
        self.checks.append(Check(code, self.subject, outcome, facts))

    def _check_statement(self) -> None:
        if self.statement is None:
            self._say(CheckCode.STATEMENT, Outcome.FAILED)
        else:
            self._say(CheckCode.STATEMENT, Outcome.OK, count=self.statement.count)

    def _check_signature(self, signatures: SignatureCheck, anchor: str | None) -> None:
        key = self.seal.public_key_pem
        holds = signatures.holds(key, self.seal.statement, self.seal.signature)
        self._say(CheckCode.SIGNATURE, Outcome.OK if holds else Outcome.FAILED)
        fingerprint = signatures.fingerprint(key)
        stated = self.statement is not None and self.statement.key_sha256 == fingerprint
        if not stated or (anchor is not None and signatures.fingerprint(anchor) != fingerprint):
            self._say(CheckCode.KEY, Outcome.FAILED)
        else:
            self._say(CheckCode.KEY, Outcome.ABSENT if anchor is None else Outcome.OK)

    def _check_stamp(self, stamps: StampCheck, enclosed: str | None, anchor: str | None) -> None:
        ca_pem = enclosed if anchor is None else anchor
        if ca_pem is None:
            self._say(CheckCode.STAMP, Outcome.ABSENT)
            return
        at = stamps.stamped_at(self.seal.timestamp, self.seal.signature, ca_pem)
        if at is None or self._sealed_after(at):
            self._say(CheckCode.STAMP, Outcome.FAILED)
            return
        self.stamped_at = at
        self._say(CheckCode.STAMP, Outcome.OK, stamped_at=f"{at:{INSTANT}}")
        self._say(CheckCode.AUTHORITY, Outcome.ABSENT if anchor is None else Outcome.OK)

    def _sealed_after(self, at: datetime) -> bool:
        return self.statement is not None and self.statement.sealed_at > at + TOLERANCE


def _statement(number: int, data: bytes) -> Statement | None:
    """Read what was signed; None unless it is spelled exactly as a statement is."""
    try:
        statement = Statement.read(json.loads(data))
        spells_so = statement.signed_bytes == data and statement.sealed_at.tzinfo is not None
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
    hashes = (statement.root, statement.previous, statement.key_sha256, statement.leaves_sha256)
    counts = type(statement.count) is int and statement.count > 0
    if not (spells_so and counts and all(_is_hash(each) for each in hashes)):
        return None
    return statement if statement.seal == number else None


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and len(value) == _SHA256_HEX and set(value) <= _HEX


def _order(seal: _Seal, before: _Seal | None) -> Iterator[Check]:
    """Check the tie to the seal before, where that is in the bundle too, or there is none."""
    if seal.statement is None:
        return
    if seal.statement.seal == 1:
        expected = FIRST_PREVIOUS
    elif before is not None:
        expected = before.digest
    else:
        return
    holds = seal.statement.previous == expected
    yield Check(CheckCode.ORDER, seal.subject, Outcome.OK if holds else Outcome.FAILED)


# The messages -------------------------------------------------------------------------------------


def _message(
    message: BundledMessage, bundle: Bundle, seals: Mapping[int, _Seal], checkers: Checkers
) -> Iterator[Check]:
    subject, entries = message.dispatch_id, message.entries
    read = [_entry(each) for each in entries]
    yield _form(subject, read)
    pairs = [(entry.document, entry.recorded_hash) for entry in entries]
    broken = broken_at(CreditorId(bundle.creditor_id), subject, pairs)
    yield _chain(subject, len(entries), broken)
    yield from _private(subject, entries)
    yield from _exact(subject, entries)
    yield from _dkim(subject, entries, read, bundle, checkers.dkim)
    yield from _envelopes(subject, entries, read, bundle, checkers.envelopes)
    covered = []
    for inclusion in message.inclusions:
        is_whole = broken is None or broken > inclusion.seq
        holds = is_whole and _included(message, inclusion, seals)
        facts = {"seal": inclusion.seal, "seq": inclusion.seq}
        outcome = Outcome.OK if holds else Outcome.FAILED
        yield Check(CheckCode.INCLUSION, subject, outcome, facts)
        if holds:
            covered.append(inclusion)
    if entries:
        yield _sealed(subject, len(entries), covered)
    if any(seals[inclusion.seal].stamped_at for inclusion in covered):
        yield _times(subject, read, covered, seals)


def _entry(bundled: BundledEntry) -> Entry | None:
    """Read an entry; None unless it says what an entry says, and no more."""
    document = bundled.document
    try:
        entry = Entry.read(document)
        same = entry.document() == dict(document)
        aware = entry.at.tzinfo is not None and entry.observed_at.tzinfo is not None
        typed = all(isinstance(value, str) for value in _texts(entry))
        bound = _bound(document["private"], document["raw"])
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        return None
    return entry if same and aware and typed and bound else None


def _texts(entry: Entry) -> tuple[object, ...]:
    return (entry.source, entry.event_id, *entry.facts.values())


def _bound(private: object, raw: object) -> bool:
    """Say whether what binds personal facts and exact bytes is what it should be."""
    if private is not None and not _is_hash(private):
        return False
    return raw is None or (
        isinstance(raw, dict)
        and _is_hash(raw["sha256"])
        and isinstance(raw["size"], int)
        and isinstance(raw["media_type"], str)
    )


def _form(subject: str, read: Sequence[Entry | None]) -> Check:
    bad = next((place for place, entry in enumerate(read, start=1) if entry is None), None)
    if bad is not None:
        return Check(CheckCode.ENTRIES, subject, Outcome.FAILED, {"place": bad})
    return Check(CheckCode.ENTRIES, subject, Outcome.OK, {"count": len(read)})


def _chain(subject: str, count: int, broken: int | None) -> Check:
    if broken is not None:
        return Check(CheckCode.CHAIN, subject, Outcome.FAILED, {"place": broken})
    outcome = Outcome.OK if count else Outcome.ABSENT
    return Check(CheckCode.CHAIN, subject, outcome, {"count": count})


def _private(subject: str, entries: Sequence[BundledEntry]) -> Iterator[Check]:
    held = gone = 0
    for place, entry in enumerate(entries, start=1):
        bound = entry.document.get("private")
        if bound is None and entry.private is None:
            continue
        if entry.private is None and entry.erased:
            gone += 1
        elif _commits(entry, bound):
            held += 1
        else:
            yield Check(CheckCode.PRIVATE, subject, Outcome.FAILED, {"place": place})
    yield from _counted(CheckCode.PRIVATE, subject, held, gone)


def _commits(entry: BundledEntry, bound: object) -> bool:
    if entry.private is None or entry.nonce is None or len(entry.nonce) != NONCE_BYTES:
        return False
    return commitment(entry.nonce, entry.private) == bound


def _exact(subject: str, entries: Sequence[BundledEntry]) -> Iterator[Check]:
    held = gone = 0
    for place, entry in enumerate(entries, start=1):
        bound = entry.document.get("raw")
        if bound is None and entry.raw is None:
            continue
        if entry.raw is None and entry.erased:
            gone += 1
        elif _is_exactly(entry.raw, bound):
            held += 1
        else:
            yield Check(CheckCode.EXACT, subject, Outcome.FAILED, {"place": place})
    yield from _counted(CheckCode.EXACT, subject, held, gone)


def _is_exactly(raw: bytes | None, bound: object) -> bool:
    if raw is None or not isinstance(bound, dict):
        return False
    digest = hashlib.sha256(raw).hexdigest()
    return bound.get("sha256") == digest and bound.get("size") == len(raw)


def _counted(code: CheckCode, subject: str, held: int, absent: int) -> Iterator[Check]:
    for outcome, count in ((Outcome.OK, held), (Outcome.ABSENT, absent)):
        if count:
            yield Check(code, subject, outcome, {"count": count})


def _dkim(
    subject: str,
    entries: Sequence[BundledEntry],
    read: Sequence[Entry | None],
    bundle: Bundle,
    dkim: DkimCheck,
) -> Iterator[Check]:
    for bundled, entry in zip(entries, read, strict=True):
        if bundled.raw is None or entry is None or entry.raw is None:
            continue
        if entry.kind is not EventKind.COMPOSED or not entry.raw.media_type.startswith(_MAIL):
            continue
        archived = _dkim_record(entry)
        if any(bundle.dkim_records.get(name.lower(), key) != key for name, key in archived.items()):
            facts = {"domain": entry.facts["dkim_name"].partition("._domainkey.")[2]}
            yield Check(CheckCode.DKIM, subject, Outcome.FAILED, facts)
            continue
        found = dkim.check(bundled.raw, {**bundle.dkim_records, **archived})
        if found is None:
            yield Check(CheckCode.DKIM, subject, Outcome.ABSENT)
        else:
            outcome = Outcome.OK if found.holds else Outcome.FAILED
            yield Check(CheckCode.DKIM, subject, outcome, {"domain": found.domain})


def _dkim_record(entry: Entry) -> dict[str, str]:
    """Return the key's record as the fact itself keeps it, which the chain protects."""
    facts = entry.facts
    if not {"dkim_name", "dkim_record"} <= facts.keys():
        return {}
    return {facts["dkim_name"]: facts["dkim_record"]}


def _envelopes(
    subject: str,
    entries: Sequence[BundledEntry],
    read: Sequence[Entry | None],
    bundle: Bundle,
    envelopes: EnvelopeCheck,
) -> Iterator[Check]:
    """Check what providers signed; our own facts carry no signature of theirs."""
    held = absent = 0
    pairs = zip(entries, read, strict=True)
    for place, (bundled, entry) in enumerate(pairs, start=1):
        if bundled.raw is None or entry is None or not entry.source.startswith("aws."):
            continue
        signed_by = entry.facts.get("signing_cert_sha256")
        certificates = bundle.certificates.values()
        holds = signed_by and envelopes.check(bundled.raw, signed_by, certificates)
        if holds is False:
            yield Check(CheckCode.ENVELOPES, subject, Outcome.FAILED, {"place": place})
        held, absent = held + (holds is True), absent + (not holds and holds is not False)
    yield from _counted(CheckCode.ENVELOPES, subject, held, absent)


def _included(
    message: BundledMessage, inclusion: BundledInclusion, seals: Mapping[int, _Seal]
) -> bool:
    seal = seals.get(inclusion.seal)
    if seal is None or seal.statement is None or not 0 < inclusion.seq <= len(message.entries):
        return False
    recorded = message.entries[inclusion.seq - 1].recorded_hash
    leaf = Head(message.dispatch_id, inclusion.seq, recorded).leaf
    root = root_of(leaf, inclusion.index, seal.statement.count, inclusion.path)
    return root is not None and root.hex() == seal.statement.root


def _sealed(subject: str, count: int, covered: Sequence[BundledInclusion]) -> Check:
    last = max((inclusion.seq for inclusion in covered), default=0)
    if last >= count:
        return Check(CheckCode.SEALED, subject, Outcome.OK)
    return Check(CheckCode.SEALED, subject, Outcome.ABSENT, {"count": count - last})


def _times(
    subject: str,
    read: Sequence[Entry | None],
    covered: Sequence[BundledInclusion],
    seals: Mapping[int, _Seal],
) -> Check:
    """Check that no fact was observed after the time stamp that says it existed."""
    for inclusion in covered:
        stamped_at = seals[inclusion.seal].stamped_at
        if stamped_at is None:
            continue
        for place, entry in enumerate(read[: inclusion.seq], start=1):
            if entry is not None and entry.observed_at > stamped_at + TOLERANCE:
                return Check(CheckCode.TIMES, subject, Outcome.FAILED, {"place": place})
    return Check(CheckCode.TIMES, subject, Outcome.OK)
