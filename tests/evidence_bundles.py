"""A bundle with everything in it, signed and time-stamped by keys that live in the test."""

import base64
import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import dkim  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from local.carrier.tsa.authority import Authority, make
from local.carrier.tsa.tokens import reply_to
from regua.adapters.evidence_checks import checkers
from regua.adapters.sns_signature import signed_text
from regua.application.bundle import MANIFEST, read_bundle, write_bundle
from regua.application.dossier import Inclusion, KeptEntry, MessageDossier
from regua.application.verdict import CheckCode, Outcome, Verdict
from regua.application.verify_bundle import Anchors, verify_bundle
from regua.domain.delivery import EventKind
from regua.domain.dispatch import Dispatch, DispatchRecord, DispatchState
from regua.domain.evidence import Entry, canonical, commitment, genesis, hash_of, level_of
from regua.domain.exact import Exact
from regua.domain.ids import DispatchId
from regua.domain.merkle import Head, levels, proof
from regua.domain.ruler import Channel, Phase, Tone
from regua.domain.seals import FIRST_PREVIOUS, Seal, Statement
from tests.builders import CREDITOR, CUSTOMER, DUE, any_creditor

START = datetime(2026, 11, 10, 12, tzinfo=UTC)
SEALED_AT = START + timedelta(hours=1)
SEALED_AGAIN_AT = START + timedelta(hours=2)
ISSUED_AT = START + timedelta(hours=3)
EMAIL, SMS = DispatchId("11" * 16), DispatchId("22" * 16)
DOMAIN, SELECTOR = "cobranca.example.com.br", "regua1"
DKIM_NAME = f"{SELECTOR}._domainkey.{DOMAIN}"
FIRST_SEAL = 1
REPORT = "LD-2026-AAAAAAAA"


@cache
def seal_key() -> ec.EllipticCurvePrivateKey:
    """Return the key that signs seals."""
    return ec.generate_private_key(ec.SECP256R1())


def public_pem(key: ec.EllipticCurvePrivateKey) -> str:
    """Return a key's public half."""
    spki = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return spki.decode()


@cache
def authority() -> Authority:
    """Return a time-stamping authority under a CA of its own."""
    return make(datetime(2025, 1, 1, tzinfo=UTC))


@cache
def dkim_key() -> rsa.RSAPrivateKey:
    """Return the key that signs e-mails."""
    return rsa.generate_private_key(65537, 2048)


@cache
def sns() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    """Return the key that signs provider envelopes, and its certificate."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.example.com.br")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(START - timedelta(days=1))
        .not_valid_after(START + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def sns_sha256() -> str:
    """Return the fingerprint of the certificate of provider envelopes."""
    return sns()[1].fingerprint(hashes.SHA256()).hex()


def dkim_record() -> str:
    """Return the TXT record of the key that signs e-mails."""
    spki = dkim_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(spki).decode()}"


def mail(body: str = "Sua fatura de R$ 149,90 vence amanhã.") -> bytes:
    """Return a DKIM-signed e-mail."""
    message = (
        f"From: Aurora <financeiro@{DOMAIN}>\r\nTo: maria@cliente.example.com.br\r\n"
        "Subject: Fatura\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"\r\n{body}\r\n"
    ).encode()
    pem = dkim_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    signature: bytes = dkim.sign(message, SELECTOR.encode(), DOMAIN.encode(), pem)
    return signature + message


def envelope(report: Mapping[str, Any], at: datetime) -> bytes:
    """Return a provider's report in an envelope that is signed as SNS signs."""
    fields = {
        "Type": "Notification",
        "MessageId": hashlib.sha256(repr(report).encode()).hexdigest()[:36],
        "TopicArn": "arn:aws:sns:sa-east-1:111122223333:receipts",
        "Message": json.dumps(report),
        "Timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "SignatureVersion": "2",
    }
    signature = sns()[0].sign(signed_text(fields), padding.PKCS1v15(), hashes.SHA256())
    return json.dumps({**fields, "Signature": base64.b64encode(signature).decode()}).encode()


@dataclass(frozen=True)
class Fact:
    """A fact to put into a chain."""

    kind: EventKind
    facts: Mapping[str, str]
    source: str = "regua"
    private: Mapping[str, str] | None = None
    raw: bytes | None = None
    media_type: str = "application/json"


def chain(dispatch_id: DispatchId, facts: Sequence[Fact]) -> list[KeptEntry]:
    """Chain facts, one a minute."""
    prev, kept = genesis(CREDITOR, dispatch_id), []
    for seq, fact in enumerate(facts, start=1):
        nonce = hashlib.sha256(f"{dispatch_id}{seq}".encode()).digest()
        at = START + timedelta(minutes=seq)
        entry = Entry(
            creditor_id=CREDITOR,
            dispatch_id=dispatch_id,
            seq=seq,
            kind=fact.kind,
            at=at,
            observed_at=at + timedelta(milliseconds=250),
            source=fact.source,
            event_id=f"e-{seq}",
            prev=prev,
            level=level_of(fact.kind, fact.facts),
            facts=fact.facts,
            private=commitment(nonce, fact.private) if fact.private is not None else None,
            raw=Exact.of(fact.raw, fact.media_type) if fact.raw is not None else None,
        )
        prev = entry.hash
        kept.append(
            KeptEntry(
                entry, prev, fact.private, nonce if fact.private is not None else None, fact.raw
            )
        )
    return kept


def email_facts() -> list[Fact]:
    """Return an e-mail's life: composed, accepted, delivered, opened, and a click to come."""
    signed = {"envelope": "verified", "signing_cert_sha256": sns_sha256()}
    at = START + timedelta(minutes=3)
    report = envelope({"eventType": "Delivery", "smtpResponse": "250 2.6.0 ok"}, at)
    return [
        Fact(
            EventKind.COMPOSED,
            {
                "dkim_name": DKIM_NAME,
                "dkim_record": dkim_record(),
            },
            private={"recipient": "maria@cliente.example.com.br", "subject": "Fatura – ção"},
            raw=mail(),
            media_type="message/rfc822",
        ),
        Fact(EventKind.ACCEPTED, {"request_id": "r-1", "http_status": "200"}, "aws.ses"),
        Fact(
            EventKind.DELIVERED,
            {"smtp_response": "250 2.6.0 ok", **signed},
            "aws.ses",
            private={"remote_mta_ip": "192.0.2.7"},
            raw=report,
        ),
        Fact(
            EventKind.OPENED,
            {"label": "image_proxy", "ruleset": "2026.11.1"},
            private={"ip": "192.0.2.1", "user_agent": "Mozilla/5.0"},
        ),
        Fact(EventKind.CLICKED, {"label": "person"}, private={"ip": "192.0.2.9"}),
    ]


def sms_facts() -> list[Fact]:
    """Return a text message's life."""
    text = "Aurora: sua fatura vence amanhã.".encode()
    return [
        Fact(
            EventKind.COMPOSED,
            {},
            private={"to": "+5511999990000"},
            raw=text,
            media_type="text/plain",
        ),
        Fact(
            EventKind.SENT,
            {"carrier": "example"},
            "aws.sms-voice",
            raw=b'{"eventType":"TEXT_SENT"}',
        ),
        Fact(EventKind.DELIVERED, {}, "aws.sms-voice"),
    ]


def stamp(data: bytes, at: datetime, tsa: Authority | None = None) -> bytes:
    """Return a time stamp over data."""
    request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    serial = int.from_bytes(hashlib.sha256(data).digest()[:8]) >> 1
    return reply_to(request.as_bytes(), tsa or authority(), serial, at)


def seal(
    number: int,
    heads: Sequence[Head],
    at: datetime,
    *,
    previous: str,
    key: ec.EllipticCurvePrivateKey | None = None,
    stamped_at: datetime | None = None,
) -> Seal:
    """Seal heads."""
    key = key or seal_key()
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    statement = Statement(
        seal=number,
        root=levels([head.leaf for head in heads])[-1][0].hex(),
        count=len(heads),
        leaves_sha256=hashlib.sha256(repr(heads).encode()).hexdigest(),
        previous=previous,
        key_sha256=hashlib.sha256(spki).hexdigest(),
        sealed_at=at,
    )
    signature = key.sign(statement.signed_bytes, ec.ECDSA(hashes.SHA256()))
    return Seal(statement, signature, public_pem(key), stamp(signature, stamped_at or at))


def inclusion(sealed: Seal, heads: Sequence[Head], dispatch_id: DispatchId) -> Inclusion:
    """Prove that a seal covers a message."""
    index = next(i for i, head in enumerate(heads) if head.dispatch_id == dispatch_id)
    path = proof(levels([head.leaf for head in heads]), index)
    return Inclusion(sealed, heads[index].seq, index, path)


def strangers(count: int) -> list[Head]:
    """Return heads of messages that are nobody's here."""
    return [Head(DispatchId(f"{n:032x}"), 1, f"{n:064x}") for n in range(count)]


def record(dispatch_id: DispatchId, channel: Channel) -> DispatchRecord:
    """Return what the ledger knows of a sent message."""
    dispatch = Dispatch(
        dispatch_id=dispatch_id,
        creditor_id=CREDITOR,
        customer_id=CUSTOMER,
        schedule_seq=1,
        channel=channel,
        step_id="lembrete",
        phase=Phase.PREVENTIVE,
        template="lembrete",
        tone=Tone.FRIENDLY,
        invoices=(),
        decided_at=START,
        decided_on=DUE,
    )
    return DispatchRecord(dispatch, DispatchState.SENT, sent_at=START)


def dossiers(
    facts: Mapping[DispatchId, Sequence[Fact]] | None = None,
) -> list[MessageDossier]:
    """Return two messages under two seals in a row; the e-mail's last fact is not sealed yet."""
    if facts is None:
        return list(_usual())
    return _sealed(facts)


@cache
def _usual() -> tuple[MessageDossier, ...]:
    return tuple(_sealed({EMAIL: email_facts(), SMS: sms_facts()}))


def _sealed(chosen: Mapping[DispatchId, Sequence[Fact]]) -> list[MessageDossier]:
    chains = {dispatch_id: chain(dispatch_id, each) for dispatch_id, each in chosen.items()}
    sealed: dict[DispatchId, list[Inclusion]] = {dispatch_id: [] for dispatch_id in chains}
    previous = FIRST_PREVIOUS
    for number, at, lengths in (
        (FIRST_SEAL, SEALED_AT, {EMAIL: 2, SMS: 3}),
        (FIRST_SEAL + 1, SEALED_AGAIN_AT, {EMAIL: 4}),
    ):
        covered = {d: min(n, len(chains[d])) for d, n in lengths.items() if chains.get(d)}
        heads = [Head(d, n, chains[d][n - 1].recorded_hash) for d, n in covered.items()]
        heads = sorted([*heads, *strangers(5)])
        made = seal(number, heads, at, previous=previous)
        previous = made.digest
        for dispatch_id in covered:
            sealed[dispatch_id].append(inclusion(made, heads, dispatch_id))
    channels = {EMAIL: Channel.EMAIL, SMS: Channel.SMS}
    return [MessageDossier(record(d, channels[d]), chains[d], sealed[d]) for d in sorted(chains)]


def erased(dossier: MessageDossier) -> MessageDossier:
    """Return a dossier whose customer's key was destroyed."""
    entries = [
        replace(kept, private=None, nonce=None, raw=None, erased=True) for kept in dossier.entries
    ]
    return replace(dossier, entries=entries)


def certificates() -> dict[str, str]:
    """Return the certificates that a bundle carries."""
    return {
        "tsa": authority().ca_pem,
        f"sns-{sns_sha256()}": sns()[1].public_bytes(Encoding.PEM).decode(),
    }


def packed(
    messages: Sequence[MessageDossier] | None = None,
    *,
    report: str | None = REPORT,
    **changes: Any,  # noqa: ANN401 - any argument of write_bundle
) -> bytes:
    """Return a whole bundle."""
    given: dict[str, Any] = {
        "creditor": any_creditor(),
        "report": report,
        "issued_at": ISSUED_AT,
        "certificates": certificates(),
        "dkim_records": {DKIM_NAME: dkim_record()},
    }
    return write_bundle(dossiers() if messages is None else messages, **{**given, **changes})


# Changing it ------------------------------------------------------------------------------------


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return a bundle's files by path."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Zip files as any tool would."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return data.getvalue()


def listing(files: Mapping[str, bytes], /, **changes: Any) -> dict[str, bytes]:  # noqa: ANN401
    """Return files with a manifest that lists them as they are: nobody signs it."""
    rest = {path: content for path, content in files.items() if path != MANIFEST}
    manifest = json.loads(files[MANIFEST])
    manifest |= {"files": {path: hashlib.sha256(c).hexdigest() for path, c in rest.items()}}
    return {**rest, MANIFEST: canonical({**manifest, **changes})}


def rows(files: Mapping[str, bytes], dispatch_id: DispatchId) -> list[dict[str, Any]]:
    """Return a message's chain."""
    lines = files[f"messages/{dispatch_id}/entries.jsonl"].split(b"\n")[:-1]
    return [json.loads(line) for line in lines]


def with_rows(
    files: Mapping[str, bytes], dispatch_id: DispatchId, changed: Sequence[Mapping[str, Any]]
) -> dict[str, bytes]:
    """Return files with another chain for a message."""
    content = b"".join(canonical(row) + b"\n" for row in changed)
    return {**files, f"messages/{dispatch_id}/entries.jsonl": content}


def rechained(
    dispatch_id: DispatchId, changed: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return rows numbered and chained anew, as a forger would."""
    prev, forged = genesis(CREDITOR, dispatch_id), []
    for seq, row in enumerate(changed, start=1):
        entry = {**row["entry"], "seq": seq, "prev": prev, "dispatch_id": dispatch_id}
        prev = hash_of(entry)
        forged.append({**row, "entry": entry, "hash": prev})
    return forged


# Judging it -------------------------------------------------------------------------------------


def anchors() -> Anchors:
    """Return what a verifier knows from elsewhere."""
    return Anchors(public_pem(seal_key()), authority().ca_pem)


def judged(data: bytes, known: Anchors | None = None) -> Verdict:
    """Verify a bundle.

    Raises:
        InvalidInput: it cannot be read.
    """
    return verify_bundle(read_bundle(data), checkers(), anchors() if known is None else known)


def failures(data: bytes, known: Anchors | None = None) -> set[CheckCode]:
    """Return which checks a bundle fails."""
    return {check.code for check in judged(data, known).of(Outcome.FAILED)}
