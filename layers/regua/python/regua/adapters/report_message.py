"""One message of a report in words: its content, its integrity, and everything that came of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from regua.adapters.report_facts import FACTS, fact_name, fact_value
from regua.adapters.report_text import local, shown, shown_lines, size_text, utc
from regua.adapters.report_whatsapp import read_template
from regua.adapters.report_words import CHANNELS, EVENTS, LABELS, LEVELS, SOURCES
from regua.application.dossier import KeptEntry
from regua.application.read_email import DkimSignature, ReadEmail
from regua.application.report_content import MessageReport
from regua.domain.delivery import EventKind
from regua.domain.ruler import Channel

Rows = list[tuple[str, str]]
MAX_TEXT = 6000
"""Characters of a message's text that are printed; the whole of it is attached."""
_DELIVERY = frozenset(
    {
        EventKind.ACCEPTED,
        EventKind.SENT,
        EventKind.DELAYED,
        EventKind.DELIVERED,
        EventKind.SOFT_BOUNCED,
        EventKind.HARD_BOUNCED,
        EventKind.UNDELIVERED,
        EventKind.REJECTED,
        EventKind.COMPLAINED,
        EventKind.READ,
        EventKind.ANSWERED,
        EventKind.UNKNOWN,
    }
)
_HITS = frozenset({EventKind.OPENED, EventKind.CLICKED, EventKind.RELABELLED})
_ACTS = frozenset(
    {
        EventKind.CONFIRMED,
        EventKind.REPLIED,
        EventKind.UNSUBSCRIBED,
        EventKind.IDENTIFIED,
        EventKind.ACTED,
    }
)
_NOT_REPEATED = frozenset({"channel", "sender", "recipient", "dkim_name", "dkim_record"})
"""Facts that stand elsewhere in the report."""
_IN_WORDS = frozenset({Channel.EMAIL, Channel.SMS})
"""Channels whose exact bytes are words for people; on the others they are a provider's format."""
_AS_HANDED_OVER = "Bytes exatos entregues ao provedor"
_UNKNOWN = "—"
_ARCHIVED_KEY = (
    "Registro de chave pública (DNS) arquivado no envio, como consta do cofre de chaves do emitente"
)
_IPV6 = ":"
_HEADER = "header_"
"""Facts so named are headers of a request."""


def message_document(message: MessageReport, dkim_records: Mapping[str, str]) -> dict[str, Any]:
    """Return everything the report says of one message, as JSON values."""
    email = message.email
    text, is_cut = _text(message)
    template = read_template(_exact(message)) if message.channel is Channel.WHATSAPP else None
    return {
        "place": str(message.place),
        "channel": CHANNELS[message.channel],
        "is_email": message.channel is Channel.EMAIL,
        "is_erased": message.is_erased,
        "identity": _identity(message),
        "template": [(name, shown(value)) for name, value in template.rows] if template else [],
        "template_text": shown_lines(template.text, MAX_TEXT)[0] if template else "",
        "text_title": "Texto da mensagem" if message.channel in _IN_WORDS else _AS_HANDED_OVER,
        "text": text,
        "is_text_cut": is_cut,
        "headers": [(shown(n), shown(v)) for n, v in email.headers] if email else [],
        "parts": [_part(*p) for p in _parts(email)],
        "integrity": _integrity(message),
        "dkim": [_dkim(s, dkim_records) for s in email.signatures] if email else [],
        "alignment": list(_alignment(email)) if email else [],
        "timeline": [_line(e) for e in message.entries],
        "delivery": [_told(e) for e in message.entries if e.entry.kind in _DELIVERY],
        "hits": list(_hits(message.entries)),
        "acts": [_told(e) for e in message.entries if e.entry.kind in _ACTS],
    }


def recipient_of(message: MessageReport) -> str:
    """Return the address that was written to; empty when it is not known any more."""
    if message.email is not None:
        return message.email.recipient
    for kept in message.entries:
        private = kept.private or {}
        for name in ("recipient", "recipients"):
            if private.get(name):
                return private[name]
    return ""


def _identity(message: MessageReport) -> Rows:
    record, email = message.dossier.record, message.email
    rows = [
        ("Identificador do disparo", message.dossier.dispatch_id),
        ("Canal", CHANNELS[message.channel]),
        ("Remetente", shown(email.sender) if email else ""),
        ("Destinatário", shown(recipient_of(message))),
        ("Assunto", shown(email.subject) if email else ""),
        ("Message-ID composto", shown(email.message_id) if email else ""),
        ("Identificador no provedor", shown(record.provider_message_id or "")),
        ("Faturas", ", ".join(shown(i.external_id) for i in record.dispatch.invoices)),
        ("Decidido em", local(record.dispatch.decided_at)),
        ("Entregue ao provedor em", "" if record.sent_at is None else local(record.sent_at)),
    ]
    return [(name, value) for name, value in rows if value]


def _text(message: MessageReport) -> tuple[str, bool]:
    """Return the words of the message as far as they are printed, and whether they were cut."""
    if message.email is not None:
        return shown_lines(message.email.text, MAX_TEXT)
    return shown_lines(_exact(message).decode("utf-8", "replace"), MAX_TEXT)


def _exact(message: MessageReport) -> bytes:
    """Return the exact bytes; none when they are gone."""
    return b"" if message.attachment is None else message.attachment.data


def _parts(email: ReadEmail | None) -> Iterator[tuple[str, str, int, str]]:
    for part in email.parts if email else ():
        yield part.file_name or "", part.media_type, part.size, part.sha256


def _part(name: str, media_type: str, size: int, sha256: str) -> dict[str, str]:
    return {
        "name": shown(name) or "corpo da mensagem",
        "media_type": shown(media_type),
        "size": size_text(size),
        "sha256": sha256,
    }


def _integrity(message: MessageReport) -> Rows:
    composed = message.composed
    raw = composed.entry.raw if composed else None
    if composed is None or raw is None:
        return [("Bytes exatos", "não foram guardados para esta mensagem")]
    return [
        ("SHA-256 dos bytes exatos", raw.sha256),
        ("Tamanho", size_text(raw.size)),
        ("Tipo", shown(raw.media_type)),
        ("Fixado em", f"{utc(composed.entry.observed_at)} UTC"),
        *_told_facts(composed.entry.facts),
    ]


def _dkim(signature: DkimSignature, records: Mapping[str, str]) -> Rows:
    name = f"{signature.selector}._domainkey.{signature.domain}"
    rows = [
        ("Domínio (d=)", shown(signature.domain)),
        ("Seletor (s=)", shown(signature.selector)),
        ("Algoritmo (a=)", shown(signature.algorithm)),
        ("Canonicalização (c=)", shown(signature.canonicalization)),
        ("Cabeçalhos assinados (h=)", shown(signature.signed_headers.replace(":", ": "))),
        ("Resumo do corpo (bh=)", shown(signature.body_hash)),
        ("Assinatura (b=)", shown(signature.signature)),
        ("Nome do registro no DNS", shown(name)),
        (_ARCHIVED_KEY, shown(records.get(name, ""))),
    ]
    return [(title, value or "não registrado") for title, value in rows]


def _alignment(email: ReadEmail) -> Iterator[str]:
    """Yield what is known of authentication, and what is not."""
    domain = email.sender.rpartition("@")[2].rstrip(">").strip().lower()
    if not email.signatures:
        yield "A mensagem não levou assinatura DKIM do próprio remetente."
    for signature in email.signatures:
        signing = signature.domain.lower()
        is_aligned = domain == signing or domain.endswith(f".{signing}")
        verb = "está alinhado" if is_aligned else "não está alinhado"
        yield (
            f"O domínio da assinatura DKIM ({shown(signing)}) {verb} com o domínio do campo From "
            f"({shown(domain)}), no modo relaxado do DMARC."
        )
    yield (
        "O resultado das verificações de SPF, DKIM e DMARC é obtido pelo servidor do destinatário, "
        "que não o informa ao remetente; ele consta dos cabeçalhos do exemplar recebido."
    )


def _line(kept: KeptEntry) -> dict[str, str]:
    entry = kept.entry
    return {
        "seq": str(entry.seq),
        "at": utc(entry.at),
        "observed": utc(entry.observed_at),
        "event": EVENTS[entry.kind] + _whose(entry.facts),
        "level": entry.level.value.replace("-", "−"),
        "proves": LEVELS[entry.level],
        "source": SOURCES.get(entry.source, shown(entry.source)),
        "raw": entry.raw.sha256 if entry.raw else "",
        "hash": kept.recorded_hash,
    }


def _whose(facts: Mapping[str, str]) -> str:
    label = facts.get("label")
    return f": {LABELS.get(label, shown(label))}" if label else ""


def _told(kept: KeptEntry) -> dict[str, Any]:
    """Return what a report, an answer or an act of the customer's says, fact by fact."""
    entry = kept.entry
    return {
        "title": f"{EVENTS[entry.kind]} · {utc(entry.at)} UTC",
        "seq": str(entry.seq),
        "source": SOURCES.get(entry.source, shown(entry.source)),
        "rows": _told_facts({**entry.facts, **(kept.private or {})}),
        "is_erased": kept.erased,
    }


def _told_facts(facts: Mapping[str, str]) -> Rows:
    """Return facts in words, those that have a name for people first."""
    known = [name for name in FACTS if name in facts and name not in _NOT_REPEATED]
    others = sorted(facts.keys() - FACTS.keys() - _NOT_REPEATED)
    bare = [name for name in (*known, *others) if not name.startswith(_HEADER)]
    rows = [(fact_name(name), fact_value(name, facts[name])) for name in bare]
    headers = _seen_headers(facts)
    return [*rows, ("Cabeçalhos observados", headers)] if headers else rows


def _hit(kept: KeptEntry, of: int | None) -> dict[str, Any]:
    """Return one opening, click or later judgement with everything that was weighed."""
    entry, private = kept.entry, kept.private or {}
    facts = {**entry.facts, **private}
    label = facts.get("label", "")
    missing = "dados eliminados" if kept.erased else _UNKNOWN
    is_seen = entry.kind is not EventKind.RELABELLED
    return {
        "seq": str(entry.seq),
        "at": utc(entry.at),
        "event": _hit_name(entry.kind, facts),
        "level": entry.level.value,
        "label": LABELS.get(label, shown(label)),
        "of": f", sobre o evento {of}" if of else "",
        "score": shown(facts.get("score", _UNKNOWN)),
        "reasons": fact_value("reasons", facts.get("reasons", "")) or _UNKNOWN,
        "address": (shown(_address(facts)) or missing) if is_seen else "",
        "agent": (shown(facts.get("user_agent", "")) or missing) if is_seen else "",
        "method": shown(facts.get("method", "")),
        "ruleset": shown(facts.get("ruleset", "")),
        "headers": _seen_headers(facts),
    }


def _address(facts: Mapping[str, str]) -> str:
    """Write an address with its port, an IPv6 one in brackets (RFC 3986 §3.2.2)."""
    ip, port = facts.get("ip", ""), facts.get("port", "")
    if not port:
        return ip
    return f"[{ip}]:{port}" if _IPV6 in ip else f"{ip}:{port}"


def _hits(entries: Sequence[KeptEntry]) -> Iterator[dict[str, Any]]:
    """Yield the hits and later judgements, these with the place of the hit they are about."""
    places = {(e.entry.kind.value, e.entry.event_id): e.entry.seq for e in entries}
    for kept in entries:
        if kept.entry.kind in _HITS:
            facts = kept.entry.facts
            about = (facts.get("of_kind", ""), facts.get("of_event_id", ""))
            yield _hit(kept, places.get(about))


def _hit_name(kind: EventKind, facts: Mapping[str, str]) -> str:
    if kind is EventKind.RELABELLED:
        of = facts.get("of_kind", "")
        name = EVENTS[EventKind(of)] if of in set(EventKind) else shown(of)
        return f"{EVENTS[kind]} ({name.lower()})"
    link = facts.get("link")
    if link is None:
        return EVENTS[kind]
    return f"Clique no link {fact_value('link', link)}"


def _seen_headers(facts: Mapping[str, str]) -> str:
    names = sorted(name for name in facts if name.startswith(_HEADER))
    return "; ".join(f"{shown(n.removeprefix(_HEADER))}: {shown(facts[n])}" for n in names)
