"""A report's content in words: the JSON that its template lays out.

Everything is text that was made ready here (`regua.adapters.report_text`); the template never
computes and never interprets what it is given.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from regua.adapters.pt_br import tax_id
from regua.adapters.report_message import message_document, recipient_of
from regua.adapters.report_text import local, masked_tax_id, shown, size_text, utc
from regua.adapters.report_words import CHANNELS, STATES, SUPPRESSIONS
from regua.adapters.time_stamp_reading import read_time_stamp
from regua.application.how_to_verify import date_command, signature_command, stamp_command
from regua.application.report_content import (
    FORMAT_VERSION,
    Attachment,
    MessageReport,
    ReportContent,
)
from regua.domain.consent import Consent
from regua.domain.dispatch import DispatchRecord
from regua.domain.evidence import Level
from regua.domain.seals import Seal

Rows = list[tuple[str, str]]
_SUMMARISED = (
    Level.ACCEPTED,
    Level.DELIVERED,
    Level.OPENED,
    Level.CLICKED,
    Level.CONFIRMED,
    Level.ANSWERED,
)
_NOT_DELIVERED = "não entregue"
_UNPACKED = "evidencias"
"""Where the commands unpack the bundle."""
_LINE = 86
"""Characters of a command on one line."""
_OPTION = re.compile(r"( -[a-zA-Z-]+) (?!-)")


def report_document(content: ReportContent) -> dict[str, Any]:
    """Return everything the report says, as JSON values."""
    return {
        "number": content.number,
        "code": content.code,
        "version": str(FORMAT_VERSION),
        "issued_utc": f"{utc(content.issued_at)} UTC",
        "issued_local": local(content.issued_at),
        "verification_url": content.verification_url,
        "object": _object(content),
        "creditor": _creditor(content),
        "customer": _customer(content),
        "is_erased": any(m.is_erased for m in content.messages),
        "origin": list(_origins(content)),
        "consents": [_consent(c) for c in content.consents],
        "summary": [_summary(m) for m in content.messages],
        "not_made": [_not_made(r) for r in content.not_made],
        "messages": [message_document(m, content.dkim_records) for m in content.messages],
        "heads": [_head(m) for m in content.messages],
        "seals": [_seal(s) for s in _seals(content.messages)],
        "signer": _signer(content),
        "attachments": [_attachment(a) for a in content.attachments],
        "commands": _commands(content),
    }


def _object(content: ReportContent) -> str:
    count = len(content.messages)
    if content.invoice_id is None:
        channel = CHANNELS[content.messages[0].channel]
        return f"uma mensagem ({channel})"
    messages = "uma mensagem" if count == 1 else f"{count} mensagens"
    return f"{messages} sobre a fatura {shown(content.invoice_id)}"


def _creditor(content: ReportContent) -> Rows:
    sender = content.creditor.sender
    rows = [
        ("Nome", shown(sender.name)),
        ("Documento", shown(tax_id(sender.document))),
        ("Endereço", shown(sender.address_line)),
        ("E-mail de envio", shown(sender.email)),
        ("Resposta para", shown(sender.reply_to or "")),
        ("Telefone", shown(sender.phone or "")),
        ("Código no sistema", shown(content.creditor.creditor_id)),
    ]
    return [(name, value) for name, value in rows if value]


def _customer(content: ReportContent) -> Rows:
    customer = content.customer
    if customer is None:
        return []
    return [
        ("Nome", shown(customer.name)),
        ("Documento", shown(masked_tax_id(customer.document))),
        ("Código no credor", shown(customer.external_id)),
        ("Endereços utilizados", "; ".join(_addresses(content)) or "não disponíveis"),
    ]


def _addresses(content: ReportContent) -> list[str]:
    found = ((CHANNELS[m.channel], recipient_of(m)) for m in content.messages)
    return list(dict.fromkeys(f"{shown(to)} ({channel})" for channel, to in found if to))


def _origins(content: ReportContent) -> Iterator[str]:
    """Yield sentences on where the addresses came from, as far as the creditor said so."""
    customer = content.customer
    if customer is None:
        return
    yield (
        "Os endereços constam do cadastro do cliente mantido pelo credor, na versão por ele "
        f"informada em {local(customer.changed_at)}."
    )
    known = {c.channel for c in content.consents if c.is_given}
    for channel in dict.fromkeys(m.channel for m in content.messages):
        setup = content.creditor.channels.get(channel)
        terms = setup.options.get("opt_in", "") if setup else ""
        if terms:
            yield f"Base informada pelo credor para {CHANNELS[channel]}: {shown(terms)}."
        elif channel not in known:
            yield (
                f"Para {CHANNELS[channel]}, o credor não registrou no sistema o contrato, a data "
                "e a cláusula em que o endereço foi informado; cabe-lhe apresentar esse documento."
            )


def _consent(consent: Consent) -> dict[str, str]:
    return {
        "channel": CHANNELS[consent.channel],
        "said": "autorizou" if consent.is_given else "recusou",
        "at": local(consent.at),
        "origin": shown(consent.origin),
        "text": shown(consent.text),
    }


def _summary(message: MessageReport) -> dict[str, str]:
    """Return one line: when each rung was first reached, by the provider's time."""
    row = {
        "place": str(message.place),
        "channel": CHANNELS[message.channel],
        "to": shown(recipient_of(message) or "dados eliminados"),
    }
    reached = message.reached
    for level in _SUMMARISED:
        row[level.value] = local(reached[level]) if level in reached else "—"
    if Level.DELIVERED not in reached and Level.FAILED in reached:
        row[Level.DELIVERED.value] = _NOT_DELIVERED
    return row


def _not_made(record: DispatchRecord) -> dict[str, str]:
    reason = record.reason.value if record.reason else ""
    return {
        "at": local(record.dispatch.decided_at),
        "channel": CHANNELS[record.dispatch.channel],
        "state": STATES[record.state],
        "reason": SUPPRESSIONS.get(reason, reason) or "—",
    }


def _head(message: MessageReport) -> dict[str, Any]:
    """Return how far a message's chain is sealed, with its newest proof."""
    last = message.entries[-1] if message.entries else None
    newest = message.dossier.inclusions[-1] if message.dossier.inclusions else None
    length = last.entry.seq if last else 0
    sealed = newest.seq if newest else 0
    return {
        "place": str(message.place),
        "dispatch_id": message.dossier.dispatch_id,
        "length": str(length),
        "hash": last.recorded_hash if last else "",
        "seal": str(newest.seal.statement.seal) if newest else "",
        "sealed": str(sealed),
        "index": str(newest.index) if newest else "",
        "path": [step.hex() for step in newest.path] if newest else [],
        "unsealed": _unsealed(sealed + 1, length),
    }


def _unsealed(first: int, last: int) -> str:
    covered = "pela assinatura e pelo carimbo do tempo deste laudo."
    if first > last:
        return ""
    if first == last:
        return f"O evento {last} é posterior ao último selo; está coberto {covered}"
    return f"Os eventos {first} a {last} são posteriores ao último selo; estão cobertos {covered}"


def _seals(messages: Sequence[MessageReport]) -> list[Seal]:
    found = {i.seal.statement.seal: i.seal for m in messages for i in m.dossier.inclusions}
    return [found[number] for number in sorted(found)]


def _seal(seal: Seal) -> dict[str, Any]:
    statement = seal.statement
    rows: Rows = [
        ("Selado em", f"{utc(statement.sealed_at)} UTC"),
        ("Cadeias abrangidas", str(statement.count)),
        ("Raiz da árvore de Merkle", statement.root),
        ("SHA-256 da lista de cadeias", statement.leaves_sha256),
        ("Selo anterior", statement.previous),
        ("Resumo deste selo", seal.digest),
        ("SHA-256 da chave pública", statement.key_sha256),
        ("Assinatura", "ECDSA P-256 com SHA-256"),
    ]
    return {"number": str(statement.seal), "rows": rows, "stamp": _stamp(seal.timestamp)}


def _stamp(response: bytes) -> Rows:
    try:
        stamp = read_time_stamp(response)
    except ValueError:
        return [("Carimbo do tempo", "não pôde ser lido; consta do arquivo timestamp.tsr")]
    accuracy = stamp.accuracy
    return [
        ("Instante carimbado", f"{utc(stamp.gen_time)} UTC"),
        ("Autoridade de carimbo", shown(stamp.authority) or "não identificada no carimbo"),
        ("Política (OID)", stamp.policy),
        ("Número de série", stamp.serial),
        (
            "Exatidão declarada",
            "não declarada" if accuracy is None else f"± {accuracy.total_seconds():g} s",
        ),
        (f"Resumo carimbado ({stamp.hash_algorithm.upper()})", stamp.imprint),
    ]


def _signer(content: ReportContent) -> Rows:
    signer = content.signer
    return [
        ("Titular do certificado", shown(signer.subject)),
        ("Emissor", shown(signer.issuer)),
        ("Número de série", signer.serial),
        ("Validade", f"{utc(signer.valid_from)} a {utc(signer.valid_until)} (UTC)"),
        ("SHA-256 do certificado", signer.sha256),
        ("Formato", signer.format),
    ]


def _attachment(attachment: Attachment) -> dict[str, str]:
    about = "pacote de evidências de todas as mensagens" if attachment.is_bundle else "bytes exatos"
    return {
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": size_text(len(attachment.data)),
        "sha256": attachment.sha256,
        "about": about,
    }


def _commands(content: ReportContent) -> list[dict[str, str]]:
    """Return what a reader types to check the report, in the folder with its attachments."""
    names = " ".join(attachment.name for attachment in content.attachments)
    commands = [
        ("Calcular os resumos dos anexos e comparar com a lista deles", f"sha256sum {names}"),
        ("Abrir o pacote de evidências", f"unzip evidencias.zip -d {_UNPACKED}"),
    ]
    for seal in _seals(content.messages)[:1]:
        number = seal.statement.seal
        folder = f"{_UNPACKED}/seals/{number:012d}"
        commands += [
            (f"Conferir a assinatura de um selo (nº {number})", signature_command(folder)),
            ("Conferir o carimbo do tempo do selo", stamp_command(folder, "ac.pem")),
            ("Ler o carimbo do tempo do selo", date_command(folder)),
        ]
    whole = f"regua evidence verify {content.number}.pdf --seal-key chave.pem --tsa-ca ac.pem"
    commands.append(
        ("Conferir tudo de uma vez, sem internet, com o programa do emitente", whole),
    )
    return [{"title": title, "command": _on_lines(command)} for title, command in commands]


def _on_lines(command: str) -> str:
    """Write a command on lines that a shell reads as one; an option stays with its value."""
    glued = _OPTION.sub(lambda option: f"{option[1]}\0", command)
    lines = textwrap.wrap(
        glued, _LINE, break_long_words=False, break_on_hyphens=False, subsequent_indent="  "
    )
    return " \\\n".join(lines).replace("\0", " ")
