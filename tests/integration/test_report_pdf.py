"""Reports as files: PDF/A-3 by its own marks, everything attached, nothing interpreted.

pypdf and pypdfium2 read what Typst wrote: neither shares code with it.
"""

import hashlib
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.adapters.dkim import NEVER_TWICE, SIGNED
from regua.adapters.report_document import report_document
from regua.adapters.report_text import _DRAWN, shown
from regua.adapters.report_typst import TypstReportRenderer
from regua.application.bundle import read_bundle
from regua.application.report_content import ReportContent
from regua.application.report_ports import ReportRenderer
from regua.domain.delivery import EventKind
from regua.domain.evidence import Level
from regua.domain.ruler import Channel
from tests import evidence_bundles as made
from tests import report_samples as samples
from tests.report_worlds import BASE_URL, ReportWorld

pytestmark = pytest.mark.enable_socket
"""Signing runs an event loop, whose wake-up is a pair of local sockets."""
render = TypstReportRenderer()


@pytest.fixture(scope="module")
def message() -> bytes:
    """Return the signed report of the e-mail."""
    return ReportWorld().message()


@pytest.fixture(scope="module")
def invoice() -> bytes:
    """Return the signed report of every message about the invoice."""
    return ReportWorld().invoice()


@pytest.fixture(scope="module")
def erased() -> bytes:
    """Return the signed report after the customer's key was destroyed."""
    return ReportWorld().erased()


def captured(run: Callable[[ReportWorld], object]) -> ReportContent:
    """Return what a report says, before it is words."""
    seen: list[ReportContent] = []
    run(ReportWorld(renderer=remembering(seen)))
    return seen[0]


def remembering(seen: list[ReportContent]) -> ReportRenderer:
    """Return a renderer that notes what it renders."""

    def remember(content: ReportContent) -> bytes:
        seen.append(content)
        return render(content)

    return remember


@pytest.fixture(scope="module")
def content() -> ReportContent:
    """Return what the report of the e-mail says."""
    return captured(ReportWorld.of_message)


def pdf_reader(pdf: bytes) -> pypdf.PdfReader:
    """Open a file."""
    return pypdf.PdfReader(io.BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    """Return the words of all pages, white space made one space.

    A hyphen at the end of a line is a hyphen, and not the reader's mark for a broken word.
    """
    pages = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_range() for page in pages)
    text = text.replace("\ufffe", "-")
    return re.sub(r"\s+", " ", text)


def joined(pdf: bytes) -> str:
    """Return the words without any space: what was broken over lines is whole again."""
    return text_of(pdf).replace(" ", "")


def fonts_of(reader: pypdf.PdfReader) -> dict[str, bool]:
    """Return every font with whether it is embedded."""
    found: dict[str, bool] = {}
    for page in reader.pages:
        resources: Any = page["/Resources"].get_object()
        for each in resources["/Font"].get_object().values():
            font = each.get_object()
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            descriptor = inner["/FontDescriptor"].get_object()
            files = {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)
            found[str(font["/BaseFont"])] = bool(files)
    return found


@pytest.mark.parametrize("which", ["unsigned", "message", "invoice", "erased"])
def test_a_report_is_pdf_a_3_and_stays_so_when_it_is_signed(
    which: str, content: ReportContent, request: pytest.FixtureRequest
) -> None:
    pdf = render(content) if which == "unsigned" else request.getfixturevalue(which)
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert not reader.is_encrypted
    catalog: Any = reader.trailer["/Root"]
    metadata = catalog["/Metadata"].get_data().decode()
    part = re.search(r"<pdfaid:part>(\d)</pdfaid:part>", metadata)
    level = re.search(r"<pdfaid:conformance>(\w)</pdfaid:conformance>", metadata)
    assert (part and part[1], level and level[1]) == ("3", "B")
    assert pdf.startswith(b"%PDF-1.7"), "ISO 19005-3 is on PDF 1.7"
    assert not {"/Version", "/Extensions"} & set(catalog), "and stays on it"
    (intent,) = catalog["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"].get_data()[36:40] == b"acsp", "an ICC profile"
    assert fonts_of(reader)
    assert all(fonts_of(reader).values()), "every font is embedded"
    assert "/JavaScript" not in catalog.get("/Names", {})
    assert "/OpenAction" not in catalog
    assert "/AA" not in catalog
    listed = {each.get_object()["/UF"]: each.get_object() for each in catalog["/AF"]}
    assert set(listed) == set(reader.attachments)
    for name, spec in listed.items():
        stream = spec["/EF"]["/F"].get_object()
        assert spec["/AFRelationship"] == ("/Data" if name.endswith(".zip") else "/Source")
        assert "/Subtype" in stream, "an embedded file names its type"
        assert "/ModDate" in stream["/Params"] or "/Size" in stream["/Params"]


def test_an_invisible_signature_field_is_shown_nowhere_and_printed_nowhere(message: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(message))
    (field,) = reader.get_fields().values()  # type: ignore[union-attr]
    assert field["/FT"] == "/Sig"
    catalog: Any = reader.trailer["/Root"]
    widget = catalog["/AcroForm"]["/Fields"][0].get_object()
    assert [float(x) for x in widget["/Rect"]] == [0, 0, 0, 0]
    assert "/NeedAppearances" not in catalog["/AcroForm"]
    hidden, no_view = 2, 32
    assert not int(widget["/F"]) & (hidden | no_view), "PDF/A takes no hidden annotation"


def test_the_attachments_are_the_bytes_whose_hashes_are_printed(
    invoice: bytes,
) -> None:
    attached = pypdf.PdfReader(io.BytesIO(invoice)).attachments
    assert list(attached) == [
        "evidencias.zip",
        "mensagem-1.eml",
        "mensagem-2.eml",
        "mensagem-3.json",
    ]
    printed = joined(invoice)
    for data in attached.values():
        assert hashlib.sha256(data[0]).hexdigest() in printed
    assert attached["mensagem-1.eml"][0] == samples.email_bytes()
    bundle = read_bundle(attached["evidencias.zip"][0])
    assert [m.dispatch_id for m in bundle.messages] == [
        samples.EMAIL,
        samples.BOUNCED,
        samples.WHATSAPP,
    ]
    assert str(bundle.report) in printed
    assert set(bundle.certificates) >= {"tsa", "signer"}
    assert bundle.dkim_records == {
        f"{samples.SELECTOR}._domainkey.{samples.DOMAIN}": samples.dkim_record()
    }


def test_the_code_leads_to_the_verification_page(message: bytes, content: ReportContent) -> None:
    page = pypdfium2.PdfDocument(message)[0]
    read = {code.text for code in zxingcpp.read_barcodes(page.render(scale=4).to_pil())}
    assert read == {content.verification_url}
    assert content.verification_url == f"{BASE_URL}/verificar/{content.number}"


@pytest.mark.parametrize(
    "said",
    [
        "CPF ***.982.247-**",
        "CNPJ 11.222.333/0001-81",
        "Contrato nº 2025-00917, cláusula 8.2",
        "maria@cliente.example.com.br",
        "250 2.0.0 OK 1763035203",
        "203.0.113.27",
        "550 5.1.1 <mariaa@cliente.example.com.br>",
        "intermediário de imagens do provedor de e-mail",
        "Clique no link invisível",
        "Reclassificação de acesso (abertura)",
        "[2001:db8:85a3::8a2e:370:7334]:51201",
        "Limites desta prova.",
        "Apple Mail",
        "Leitura confirmada",
        "Oi, recebi sim [U+1F44D] vou pagar na sexta",
        "SMS planejado",
        "1.3.6.1.4.1.32473.1.1",
        "CN=Aurora Energia Ltda:11222333000181",
        "CN=Regua TSA local, somente testes",
        "openssl ts -verify -data evidencias/seals/000000000007/signature.der",
        "openssl dgst -sha256 -verify evidencias/seals/000000000007/public_key.pem",
        "vencida_uma_v2 (pt_BR)",
        "Ainda não identificamos o pagamento da sua fatura NF-2026/000481",
        "código: stop:aurora:",
        "lida (read)",
        "permanente (Permanent)",
        "Clique no link 1 ",
        "pontuação 95 (0 = programa, 100 = pessoa)",
        "como consta do cofre de chaves do emitente",
        "a que foi entregue ao provedor é a última composta antes do aceite",
        "resposta enviada a partir do endereço ou número do destinatário",
        "REsp 2.183.860/DF",
        "13/11/2026 09:00:03 (UTC−03:00)",
        "2026-11-13 12:00:03.100",
    ],
)
def test_a_report_of_an_invoice_says(said: str, invoice: bytes) -> None:
    assert said in text_of(invoice)


def test_what_is_shown_letter_by_letter_gets_no_hyphen_from_a_line_that_ends(
    invoice: bytes,
) -> None:
    names = ":".join([*SIGNED, *NEVER_TWICE])
    printed = joined(invoice)
    assert printed.count(f"h={names};") == 2, "in the headers of both e-mails"
    assert printed.count(f"(h=){names}") == 2, "and beside them"


def test_a_message_of_whatsapp_is_shown_in_words_and_in_its_bytes(invoice: bytes) -> None:
    exact = samples.whatsapp_bytes(samples.SENT_AT + timedelta(minutes=5))
    text = text_of(invoice)
    values = [p["text"] for p in json.loads(exact)["template"]["components"][0]["parameters"]]
    for place, value in enumerate(values, start=1):
        assert f"Parâmetro {place} {value}" in text
    assert exact.decode().replace(" ", "") in joined(invoice)


def test_no_event_of_the_timeline_is_broken_over_pages(invoice: bytes) -> None:
    pages = pypdfium2.PdfDocument(invoice)
    texts = [re.sub(r"\s+", "", page.get_textpage().get_text_range()) for page in pages]
    for dossier in (samples.delivered_email(), samples.answered_whatsapp()):
        for kept in dossier.entries:
            link = f"·elo{kept.recorded_hash}"
            (page,) = [text for text in texts if link in text]
            before = page[: page.index(link)].rpartition("observadoem")[0]
            assert re.search(rf"{kept.entry.seq}{kept.entry.at:%Y-%m-%d%H:%M:%S}", before[-200:])
            if kept.entry.raw is not None:
                assert f"{link}bytesoriginais,SHA-256{kept.entry.raw.sha256}" in page


PROGRAMS = ("bash", "sha256sum", "unzip", "openssl", "regua")
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
BASH = shutil.which("bash") or ""
MISSING = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]


@pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}")
def test_the_printed_commands_check_what_is_attached(tmp_path: Path) -> None:
    """Each as a shell reads it from the page, in a folder as the page asks for it."""
    seen: list[ReportContent] = []
    pdf = ReportWorld(renderer=remembering(seen)).invoice()
    attached = {name: data for name, (data,) in pdf_reader(pdf).attachments.items()}
    known = {
        "ac.pem": made.authority().ca_pem.encode(),
        "chave.pem": made.public_pem(made.seal_key()).encode(),
        f"{seen[0].number}.pdf": pdf,
    }
    for name, data in {**attached, **known}.items():
        (tmp_path / name).write_bytes(data)
    answers = []
    for each in report_document(seen[0])["commands"]:
        assert "".join(each["command"].split()) in joined(pdf)
        done = subprocess.run(
            [BASH, "-c", each["command"]],
            cwd=tmp_path,
            env={"PATH": PATH, "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, (each["command"], done.stderr)
        answers.append(done.stdout)
    sums, _, signature, stamp, date, whole = answers
    digests = [hashlib.sha256(data).hexdigest() for data in attached.values()]
    assert sums.split()[::2] == digests
    assert signature.strip() == "Verified OK"
    assert stamp.strip() == "Verification: OK"
    assert "Time stamp: Nov 13 12:20:07 2026 GMT" in date
    assert whole.splitlines()[-1].startswith("Evidências íntegras e comprovadas")


def test_every_hash_of_the_chain_is_printed_whole(invoice: bytes) -> None:
    printed = joined(invoice)
    dossiers = (samples.delivered_email(), samples.bounced_email(), samples.answered_whatsapp())
    for dossier in dossiers:
        for kept in dossier.entries:
            assert kept.recorded_hash in printed
            if kept.entry.raw is not None:
                assert kept.entry.raw.sha256 in printed
        (inclusion,) = dossier.inclusions
        assert inclusion.seal.statement.root in printed
        for step in inclusion.path:
            assert step.hex() in printed
        assert inclusion.seal.statement.key_sha256 in printed


def test_nothing_runs_over_the_edge_of_a_page(invoice: bytes) -> None:
    for page in pypdfium2.PdfDocument(invoice):
        width, _ = page.get_size()
        text = page.get_textpage()
        rights = [text.get_charbox(i)[2] for i in range(text.count_chars())]
        assert max(rights) < width - 55, "the right margin is 2.1 cm"


def test_a_report_after_erasure_says_so_and_still_proves(erased: bytes, message: bytes) -> None:
    text = text_of(erased)
    assert text.count("Dados eliminados") >= 2
    for personal in ("maria", "Maria", "982.247", "2001:db8", "NF-2026/000481 vence", "gsmtp"):
        assert personal not in text.replace("Rua das Laranjeiras", ""), personal
    assert "maria@" in text_of(message), "which the other report has"
    for kept in samples.delivered_email().entries:
        assert kept.recorded_hash in joined(erased)
    attached = pypdf.PdfReader(io.BytesIO(erased)).attachments
    assert list(attached) == ["evidencias.zip"]
    (bundled,) = read_bundle(attached["evidencias.zip"][0]).messages
    assert all(e.private is None and e.raw is None for e in bundled.entries)


def test_a_click_that_turned_out_to_be_a_programs_is_no_access_in_the_summary() -> None:
    world = ReportWorld()
    dossier = world.dossiers.known[samples.EMAIL]
    facts = [
        samples.composed(Channel.EMAIL, b"From: a\r\n\r\nb", "message/rfc822", samples.TO),
        samples.Happened(
            EventKind.CLICKED, 2, {"label": "person", "score": "60", "link": "0"}, event_id="hit-1"
        ),
        samples.Happened(
            EventKind.RELABELLED,
            9,
            {
                "of_kind": "clicked",
                "of_event_id": "hit-1",
                "label": "security_scanner",
                "score": "0",
                "reasons": "honeypot",
            },
        ),
    ]
    entries = samples.chained(samples.EMAIL, facts, samples.SENT_AT)
    doubted = replace(dossier, entries=entries, inclusions=[])
    known = captured(lambda w: (w.dossiers.known.update({samples.EMAIL: doubted}), w.of_message()))
    assert set(known.messages[0].reached) == {Level.COMPOSED, Level.FETCHED}
    (summary,) = report_document(known)["summary"]
    assert summary["E5"] == "—"
    assert "ainda não foi selada" in text_of(render(known))


def test_the_same_content_is_the_same_file(content: ReportContent) -> None:
    assert render(content) == render(content)
    assert render(content) != render(replace(content, number="LD-2026-BBBBBBBB"))


HOSTILE = [
    '#panic("x")',
    '#read("/etc/passwd")',
    "$ integral $ *bold* _it_ `raw` @ref <label> // comment",
    "\\u{41} = heading\n- list\n+ enum",
    ']]) #import "x" [[',
    "</text><script>alert(1)</script>",
    "\u202eesrever\u202c \u200bzero\u0000null",
    "👍🏽 中文 עברית ไทย \ud7ff",
    "a" * 3000,
    "=" * 400,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_others_wrote_is_interpreted(text: str, content: ReportContent) -> None:
    sender = replace(content.creditor.sender, name=f"Credor {text}")
    customer = replace(samples.customer(), name=f"Cliente {text}")
    consents = [replace(samples.consents()[0], origin=text, text=text)]
    changed = replace(
        content,
        creditor=replace(content.creditor, sender=sender),
        customer=customer,
        consents=consents,
    )
    expected = shown(f"Cliente {text}").replace(" ", "")
    assert expected in joined(render(changed))


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=60), st.text(max_size=200))
def test_any_text_can_be_typeset(name: str, reply: str) -> None:
    content = _content()
    message = content.messages[0]
    told = samples.Happened(EventKind.REPLIED, 1, {}, {"text": reply, "from_number": name})
    entries = samples.chained(samples.EMAIL, [told], samples.SENT_AT)
    dossier = replace(message.dossier, entries=entries, inclusions=[])
    customer = replace(samples.customer(), name=name)
    changed = replace(
        content, customer=customer, messages=[replace(message, dossier=dossier, email=None)]
    )
    assert pypdf.PdfReader(io.BytesIO(render(changed))).pages


def _content() -> ReportContent:
    if not _KNOWN:
        _KNOWN.append(captured(ReportWorld.of_message))
    return _KNOWN[0]


_KNOWN: list[ReportContent] = []


def test_every_character_that_is_shown_can_be_drawn_beside_any_other() -> None:
    letters = sorted(_DRAWN - {" "})
    random.Random(5).shuffle(letters)  # noqa: S311 - an order, not a secret
    text = "".join(letters)
    customer = replace(samples.customer(), name=text)
    drawn = joined(render(replace(_content(), customer=customer)))
    missing = [c for c in letters if c not in drawn and c not in "\xa0\u202f"]
    assert not missing
