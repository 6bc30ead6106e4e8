"""Messages as they go in life, with keys that live in the test: what reports are made of."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from regua.adapters.dkim import DkimKey, sign
from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.memory_seals import MemorySigner
from regua.adapters.mime import build_mime
from regua.adapters.pades import SignerCertificate
from regua.adapters.signer_certificates import self_signed
from regua.adapters.whatsapp_composer import WhatsAppComposer
from regua.application.dossier import KeptEntry, MessageDossier
from regua.application.message_content import MessageContent
from regua.application.ports import ChannelSetup, Creditor
from regua.domain.consent import Consent
from regua.domain.customer import Customer
from regua.domain.delivery import EventKind
from regua.domain.dispatch import Dispatch, DispatchRecord, DispatchState, InvoiceStep
from regua.domain.evidence import Entry, commitment, genesis, level_of
from regua.domain.exact import Exact
from regua.domain.hit_classifier import FOLLOWED_HONEYPOT, HitLabel, Label, because, classify
from regua.domain.hit_windows import label_facts
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.merkle import Head
from regua.domain.money import Money
from regua.domain.pix.br_code import BrCode, encode
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Phase, Tone
from regua.domain.tokens import HONEYPOT, HitKind, TrackingKeys, issue
from tests import evidence_bundles as made
from tests.builders import CREDITOR, CUSTOMER, any_creditor, any_customer
from tests.unit.email.builders import any_content

SENT_AT = datetime(2026, 11, 13, 12, tzinfo=UTC)
ISSUED_AT = SENT_AT + timedelta(days=3, microseconds=123_456)
EMAIL = DispatchId("2acb18c19631805b2009131646e240c4")
BOUNCED = DispatchId("7f03b1d2f6a94c0e8b5d61a2c94e7703")
WHATSAPP = DispatchId("c41e9a5b07d84f36a1b2e8d95c6f3027")
INVOICE = InvoiceId("NF-2026/000481")
DOMAIN = "aurora.example.com.br"
SELECTOR = "regua2026"
TO = "maria@cliente.example.com.br"
MISSPELT = "mariaa@cliente.example.com.br"
PHONE = "+5511987654321"
LINKS = "https://cobranca.aurora.example.com.br"
KEYS = TrackingKeys("k1", {"k1": bytes(range(32))})
DUE_DATE = date(2026, 11, 10)
PAYABLE = Money(15305)
PHONE_BROWSER = (
    "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36"
)
APPLE_MAIL = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@dataclass(frozen=True)
class Happened:
    """A fact, so many seconds after the message was made."""

    kind: EventKind
    after: float
    facts: dict[str, str] = field(default_factory=dict)
    private: dict[str, str] = field(default_factory=dict)
    source: str = "regua"
    raw: bytes | None = None
    media_type: str = "application/json"
    event_id: str = ""


def chained(dispatch_id: DispatchId, facts: Sequence[Happened], start: datetime) -> list[KeptEntry]:
    """Chain facts in their order."""
    prev, kept = genesis(CREDITOR, dispatch_id), []
    for seq, fact in enumerate(facts, start=1):
        nonce = hashlib.sha256(f"{dispatch_id}{seq}".encode()).digest()
        at = start + timedelta(seconds=fact.after)
        entry = Entry(
            creditor_id=CREDITOR,
            dispatch_id=dispatch_id,
            seq=seq,
            kind=fact.kind,
            at=at,
            observed_at=at + timedelta(milliseconds=412),
            source=fact.source,
            event_id=fact.event_id or f"ev-{seq}",
            prev=prev,
            level=level_of(fact.kind, fact.facts),
            facts=fact.facts,
            private=commitment(nonce, fact.private) if fact.private else None,
            raw=None if fact.raw is None else Exact.of(fact.raw, fact.media_type),
        )
        prev = entry.hash
        bound = fact.private or None
        kept.append(KeptEntry(entry, prev, bound, nonce if bound else None, fact.raw))
    return kept


def dkim_record() -> str:
    """Return the TXT record of the key that signs these e-mails."""
    return made.dkim_record()


def content_of(dispatch_id: DispatchId, at: datetime) -> MessageContent:
    """Return what the default ruler says of the invoice, three days after it fell due."""

    def link(kind: HitKind, index: int = 0) -> str:
        return f"{LINKS}/{kind[0]}/{issue(kind, dispatch_id, index, at, KEYS)}"

    pix = BrCode(
        key="financeiro@aurora.example.com.br",
        name="AURORA ENERGIA LTDA",
        city="SAO PAULO",
        amount=PAYABLE,
        txid="NF2026000481",
    )
    return any_content(
        "vencida",
        sender=creditor().sender,
        on=DUE_DATE + timedelta(days=3),
        line={
            "number": INVOICE,
            "description": "Energia elétrica, outubro de 2026",
            "due_date": DUE_DATE,
            "effective_due_date": DUE_DATE,
            "original_centavos": 14990,
            "late_fine_centavos": 300,
            "late_interest_centavos": 15,
            "pay_url": link(HitKind.CLICK),
            "pix_copy_paste": encode(pix),
            "boleto_line": None,
        },
        pixel_url=f"{link(HitKind.OPEN)}.gif",
        unsubscribe_url=link(HitKind.UNSUBSCRIBE),
        confirm_url=f"{LINKS}/r/{issue(HitKind.CONFIRM, dispatch_id, 0, at, KEYS)}",
        honeypot_url=link(HitKind.CLICK, HONEYPOT),
    )


@cache
def email_bytes(to: str = TO, dispatch_id: DispatchId = EMAIL) -> bytes:
    """Return an e-mail of the default ruler's, signed as ours are."""
    content = content_of(dispatch_id, SENT_AT)
    raw = build_mime(
        rendered=JinjaEmailRenderer().render(content),
        sender=creditor().sender,
        recipient=to,
        unsubscribe_url=content.unsubscribe_url,
        date=SENT_AT,
        message_id_domain=DOMAIN,
        dispatch_id=dispatch_id,
    )
    key = DkimKey(made.dkim_key(), dkim_record())
    return sign(raw, key, selector=SELECTOR, domain=DOMAIN)


@cache
def whatsapp_bytes(at: datetime) -> bytes:
    """Return a template message as we compose it."""
    return (
        WhatsAppComposer()(
            content_of(WHATSAPP, at),
            creditor=creditor(),
            recipient=PHONE,
            dispatch=_record(WHATSAPP, Channel.WHATSAPP, at, None).dispatch,
            at=at,
        )
    ).raw


def hit(  # noqa: PLR0917 - a hit as it is told of
    kind: EventKind,
    after: float,
    event_id: str,
    agent: str,
    address: str,
    headers: dict[str, str] | None = None,
    label: HitLabel | None = None,
    link: int | None = None,
) -> Happened:
    """Return an opening or a click, judged as ours are."""
    hit_kind = HitKind.OPEN if kind is EventKind.OPENED else HitKind.CLICK
    ip, _, port = address.rpartition(":")
    seen = headers or {}
    judged = label or classify(hit_kind, "GET", agent, ip, seen)
    return Happened(
        kind,
        after,
        {
            **label_facts(judged),
            "method": "GET",
            **({} if link is None else {"link": str(link)}),
        },
        {
            "ip": ip,
            "port": port,
            **({"user_agent": agent} if agent else {}),
            **{f"header_{name}": value for name, value in seen.items()},
        },
        event_id=event_id,
    )


def envelope(kind: str) -> dict[str, Any]:
    """Return a provider's report as it is kept with its fact."""
    at = SENT_AT + timedelta(seconds=3)
    facts = {"envelope": "verified", "signing_cert_sha256": made.sns_sha256()}
    return {"facts": facts, "raw": made.envelope({"eventType": kind}, at)}


def composed(channel: Channel, raw: bytes, media_type: str, to: str) -> Happened:
    """Return the fact that a message was made."""
    dkim_facts = {
        "dkim_name": f"{SELECTOR}._domainkey.{DOMAIN}",
        "dkim_record": dkim_record(),
    }
    facts = {"channel": channel.value, "template": "vencida", "step": "vencida-3", "parts": "1"}
    private = {"sender": any_creditor().sender.email, "recipient": to}
    extra = dkim_facts if channel is Channel.EMAIL else {}
    return Happened(
        EventKind.COMPOSED, 0, {**facts, **extra}, private, raw=raw, media_type=media_type
    )


def accepted(message_id: str, source: str) -> Happened:
    """Return the provider's own answer."""
    facts = {
        "provider_message_id": message_id,
        "request_id": "5f0e2f3a-6f0e-4c4c-9f4e-0c9d2d7a1b11",
        "http_date": "Fri, 13 Nov 2026 12:00:00 GMT",
        "http_status": "200",
    }
    return Happened(EventKind.ACCEPTED, 0.4, facts, source=source)


SES_ID = "0103019a7d3c2b10-6a1f9f0e-77aa-4d0b-9f2e-5b1f0c9d2d7a-000000"


def delivered_email() -> MessageDossier:
    """Return an e-mail that arrived, was fetched by programs, clicked and confirmed."""
    sent, arrival = envelope("Send"), envelope("Delivery")
    facts = [
        composed(Channel.EMAIL, email_bytes(), "message/rfc822", TO),
        accepted(SES_ID, "aws.ses"),
        Happened(
            EventKind.SENT,
            0.6,
            {"provider_message_id": SES_ID, **sent["facts"]},
            source="aws.ses",
            raw=sent["raw"],
        ),
        Happened(
            EventKind.DELIVERED,
            3.1,
            {
                "provider_message_id": SES_ID,
                "smtp_code": "250 2.0.0",
                "reporting_mta": "a8-70.smtp-out.amazonses.com",
                "remote_mta_ip": "203.0.113.27",
                "processing_time_millis": "2714",
                **arrival["facts"],
            },
            {
                "smtp_response": "250 2.0.0 OK  1763035203 a1e0cc1a2514c-8a1f1e2d3c4si1234567a12.34"
                " - gsmtp",
                "recipients": TO,
            },
            "aws.ses",
            arrival["raw"],
        ),
        hit(
            EventKind.CLICKED,
            5.2,
            "hit-1",
            "",
            "198.51.100.8:51544",
            {"accept": "*/*"},
            FOLLOWED_HONEYPOT,
            HONEYPOT,
        ),
        hit(EventKind.OPENED, 940, "hit-2", GMAIL, "192.0.2.135:40122"),
        hit(EventKind.OPENED, 971, "hit-3", APPLE_MAIL, "203.0.113.91:50022"),
        hit(
            EventKind.CLICKED,
            1001,
            "hit-4",
            PHONE_BROWSER,
            "2001:db8:85a3::8a2e:370:7334:51201",
            {
                "accept-language": "pt-BR,pt;q=0.9",
                "sec-fetch-mode": "navigate",
                "sec-fetch-user": "?1",
            },
            link=0,
        ),
        Happened(
            EventKind.RELABELLED,
            1001,
            {
                "of_kind": "opened",
                "of_event_id": "hit-3",
                **label_facts(
                    because(
                        "click_followed",
                        classify(HitKind.OPEN, "GET", APPLE_MAIL, "203.0.113.91", {}),
                        Label.PERSON,
                        65,
                    )
                ),
            },
            event_id="hit-3~1~hit-4",
        ),
        Happened(
            EventKind.CONFIRMED,
            1068,
            {
                "dwell_seconds": "61",
                "content_sha256": hashlib.sha256(email_bytes()).hexdigest(),
                "document_digits": "matched",
            },
            {"ip": "2001:db8:85a3::8a2e:370:7334", "port": "51207", "user_agent": PHONE_BROWSER},
        ),
    ]
    return _dossier(EMAIL, Channel.EMAIL, facts, SENT_AT, provider_id=SES_ID, seal=7)


def bounced_email() -> MessageDossier:
    """Return an e-mail that came back."""
    bounce = envelope("Bounce")
    facts = [
        composed(Channel.EMAIL, email_bytes(MISSPELT, BOUNCED), "message/rfc822", MISSPELT),
        accepted(SES_ID.replace("0103", "0104"), "aws.ses"),
        Happened(
            EventKind.HARD_BOUNCED,
            2.2,
            {
                "bounce_type": "Permanent",
                "bounce_sub_type": "General",
                "status_code": "5.1.1",
                "reporting_mta": "dsn; a8-71.smtp-out.amazonses.com",
                **bounce["facts"],
            },
            {
                "diagnostic_code": "smtp; 550 5.1.1 <mariaa@cliente.example.com.br>: Recipient "
                "address rejected: User unknown in virtual mailbox table",
                "recipients": MISSPELT,
            },
            "aws.ses",
            bounce["raw"],
        ),
    ]
    bounced_id = SES_ID.replace("0103", "0104")
    return _dossier(BOUNCED, Channel.EMAIL, facts, SENT_AT, provider_id=bounced_id, seal=12)


def answered_whatsapp() -> MessageDossier:
    """Return a WhatsApp message that was read and answered."""
    start = SENT_AT + timedelta(minutes=5)
    wamid = "wamid.HBgNNTUxMTk4NzY1NDMyMRUCABEYEjA3QkQ5N0YxMjM0NTY3ODkwAA=="
    status = {"provider_message_id": "wamid-4ac1f4a0ed9a4c4b9c2f2f1d1d0e9a77"}
    social = "aws.social-messaging"
    sent, arrival, read, reply = (envelope(k) for k in ("sent", "delivered", "read", "reply"))
    facts = [
        composed(Channel.WHATSAPP, whatsapp_bytes(start), "application/json", PHONE),
        accepted("a1f9f0e7-7aa4-4d0b-9f2e-5b1f0c9d2d7a", social),
        Happened(
            EventKind.SENT,
            1.3,
            {"status": "sent", **status, **sent["facts"]},
            {"wamid": wamid},
            social,
            sent["raw"],
        ),
        Happened(
            EventKind.DELIVERED,
            2.9,
            {"status": "delivered", **status, **arrival["facts"]},
            {"wamid": wamid, "recipients": PHONE},
            social,
            arrival["raw"],
        ),
        Happened(
            EventKind.READ,
            260,
            {"status": "read", **status, **read["facts"]},
            {"wamid": wamid},
            social,
            read["raw"],
        ),
        Happened(
            EventKind.REPLIED,
            395,
            {
                "channel": "whatsapp",
                "intent": "other",
                "confidence": "clear",
                "matched": "named",
                **reply["facts"],
            },
            {"text": "Oi, recebi sim 👍 vou pagar na sexta", "from_number": PHONE},
            social,
            reply["raw"],
        ),
    ]
    aws_id = "a1f9f0e7-7aa4-4d0b-9f2e-5b1f0c9d2d7a"
    return _dossier(WHATSAPP, Channel.WHATSAPP, facts, start, provider_id=aws_id, seal=19)


def suppressed() -> DispatchRecord:
    """Return a contact that was planned and never made."""
    record = _record(DispatchId("d" * 32), Channel.SMS, SENT_AT + timedelta(days=1), None)
    return replace(record, state=DispatchState.SUPPRESSED, reason=Reason.PROMISED, sent_at=None)


def _record(
    dispatch_id: DispatchId, channel: Channel, at: datetime, provider_id: str | None
) -> DispatchRecord:
    dispatch = Dispatch(
        dispatch_id=dispatch_id,
        creditor_id=CREDITOR,
        customer_id=CUSTOMER,
        schedule_seq=1,
        channel=channel,
        step_id="vencida-3",
        phase=Phase.SOFT,
        template="vencida",
        tone=Tone.NEUTRAL,
        invoices=(InvoiceStep(INVOICE, "vencida-3"),),
        decided_at=at - timedelta(seconds=20),
        decided_on=at.date(),
    )
    return DispatchRecord(dispatch, DispatchState.SENT, sent_at=at, provider_message_id=provider_id)


def _dossier(
    dispatch_id: DispatchId,
    channel: Channel,
    facts: Sequence[Happened],
    start: datetime,
    *,
    provider_id: str,
    seal: int,
) -> MessageDossier:
    """Seal all but the last fact."""
    entries = chained(dispatch_id, facts, start)
    covered = entries[: max(1, len(entries) - 1)]
    heads = sorted(
        [
            Head(dispatch_id, len(covered), covered[-1].recorded_hash),
            *made.strangers(21),
        ]
    )
    before = hashlib.sha256(f"selo {seal - 1}".encode()).hexdigest()
    at = SENT_AT + timedelta(minutes=20, seconds=seal)
    sealed = made.seal(seal, heads, at, previous=before)
    record = _record(dispatch_id, channel, start, provider_id)
    return MessageDossier(record, entries, [made.inclusion(sealed, heads, dispatch_id)])


def erased(dossier: MessageDossier) -> MessageDossier:
    """Return a dossier whose customer's key was destroyed."""
    return made.erased(dossier)


def customer() -> Customer:
    """Return the recipient."""
    return any_customer(name="Maria Aparecida de Souza", phones=(PHONE,))


def consents() -> list[Consent]:
    """Return what the recipient agreed to."""
    return [
        Consent(
            Channel.EMAIL,
            is_given=True,
            at=datetime(2025, 3, 2, 15, 4, tzinfo=UTC),
            origin="Contrato nº 2025-00917, cláusula 8.2",
            text="Autorizo o envio de faturas, avisos e notificações para o e-mail informado.",
        ),
        Consent(
            Channel.WHATSAPP,
            is_given=True,
            at=datetime(2025, 3, 2, 15, 4, tzinfo=UTC),
            origin="Contrato nº 2025-00917, cláusula 8.3",
        ),
    ]


def creditor() -> Creditor:
    """Return the sender."""
    known = any_creditor(phone="+551140000000")
    return replace(known, channels={Channel.WHATSAPP: ChannelSetup("phone-number-id-1")})


@cache
def signer_authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Return a certification authority for signers."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key, _certificate("AC de Exemplo para Assinaturas", key, key, None)


def signer_certificate(key: ec.EllipticCurvePublicKey, **changes: Any) -> SignerCertificate:  # noqa: ANN401 - any field
    """Return a certificate for a key, under the authority."""
    ca_key, ca = signer_authority()
    certificate = _certificate("Aurora Energia Ltda:11222333000181", key, ca_key, ca, **changes)
    pem = certificate.public_bytes(Encoding.PEM).decode()
    return SignerCertificate(pem, ca.public_bytes(Encoding.PEM).decode())


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey,
    ca_key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate | None,
    *,
    signs: bool = True,
) -> x509.Certificate:
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = dict.fromkeys(
        (
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    is_ca = ca is None
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if ca is None else ca.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2046, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_ca,
                content_commitment=signs and not is_ca,
                key_cert_sign=is_ca,
                crl_sign=is_ca,
                **usage,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def not_vouched_for(key: MemorySigner) -> SignerCertificate:
    """Return a certificate that nobody vouches for."""
    return self_signed(key, "Outra Empresa Ltda", datetime(2026, 1, 1, tzinfo=UTC))
