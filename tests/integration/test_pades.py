"""The signature of a report as a validator sees it, whole and after every kind of change."""

import io
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
from asn1crypto import x509 as asn1_x509  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from regua.adapters.memory_seals import MemorySigner
from regua.adapters.pades import LOCATION, REASON, PadesSigner, SignerCertificate
from regua.adapters.report_typst import TypstReportRenderer
from regua.application.report_content import ReportContent
from regua.application.report_ports import SignerMissing
from regua.domain.errors import TemporaryError
from tests import evidence_bundles as made
from tests import report_samples as samples
from tests.report_worlds import LocalStamper, ReportWorld

pytestmark = pytest.mark.enable_socket
"""Signing runs an event loop, whose wake-up is a pair of local sockets."""


@pytest.fixture(scope="module")
def signed() -> bytes:
    """Return a signed report."""
    return ReportWorld().message()


def trusting(*roots: x509.Certificate) -> ValidationContext:
    """Trust these roots and nobody else; nothing is fetched."""
    return ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(r.public_bytes(Encoding.DER)) for r in roots],
        allow_fetching=False,
    )


def judged(pdf: bytes, *, trusted: bool = True) -> Any:  # noqa: ANN401 - the library's own
    """Return the status of a file's one signature."""
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    ours = (samples.signer_authority()[1],) if trusted else (made.authority().ca,)
    return validate_pdf_signature(
        signature,
        signer_validation_context=trusting(*ours),
        ts_validation_context=trusting(made.authority().ca),
    )


def is_good(pdf: bytes) -> bool:
    """Tell whether a validator takes the file; what it cannot even read it does not take."""
    try:
        status = judged(pdf)
    except Exception:  # noqa: BLE001 - a validator that gives up has refused
        return False
    return bool(status.bottom_line)


def test_a_report_is_signed_whole_by_whom_we_trust_with_a_time_stamp(signed: bytes) -> None:
    status = judged(signed)
    assert (status.intact, status.valid, status.trusted) == (True, True, True)
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert status.docmdp_ok
    stamp = status.timestamp_validity
    assert (stamp.intact, stamp.valid, stamp.trusted) == (True, True, True)
    assert stamp.timestamp == samples.ISSUED_AT.replace(second=2, microsecond=0)
    assert status.bottom_line
    assert status.md_algorithm == "sha256"


def test_a_validator_that_does_not_know_our_authority_says_so(signed: bytes) -> None:
    status = judged(signed, trusted=False)
    assert (status.intact, status.valid, status.trusted) == (True, True, False)


def test_the_signature_says_what_it_is_for(signed: bytes) -> None:
    (field,) = pypdf.PdfReader(io.BytesIO(signed)).get_fields().values()  # type: ignore[union-attr]
    value = field["/V"]
    assert (value["/Reason"], value["/Location"]) == (REASON, LOCATION)
    assert value["/SubFilter"] == "/ETSI.CAdES.detached"


def _contents(signed: bytes) -> tuple[int, int]:
    """Return where the signature itself is: from its first digit to the last that is no padding."""
    match = re.search(rb"/Contents <([0-9a-fA-F]+)>", signed)
    assert match
    start, end = match.span(1)
    used = len(match[1].rstrip(b"0"))
    return start, min(start + used, end)


def _stream_of(pdf: bytes, find: Any) -> int:  # noqa: ANN401 - a test of one object
    """Return the place of a byte in the middle of a stream's raw data."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    data = find(reader)._data  # the bytes as they are in the file
    place = pdf.find(bytes(data))
    assert place > 0
    return place + len(data) // 2


def _content_stream(pdf: bytes) -> int:
    return _stream_of(pdf, lambda r: r.pages[0]["/Contents"].get_object())


def _attachment(pdf: bytes, name: str) -> int:
    def find(reader: pypdf.PdfReader) -> Any:  # noqa: ANN401 - a PDF object
        files = reader.trailer["/Root"]["/AF"]  # type: ignore[index]
        (spec,) = [f.get_object() for f in files if f.get_object()["/UF"] == name]
        return spec["/EF"]["/F"].get_object()

    return _stream_of(pdf, find)


PLACES = {
    "the header": lambda pdf: pdf.find(b"%PDF-1.7") + 7,
    "a page's content": _content_stream,
    "the evidence attached": lambda pdf: _attachment(pdf, "evidencias.zip"),
    "the message attached": lambda pdf: _attachment(pdf, "mensagem-1.eml"),
    "the metadata": lambda pdf: pdf.find(b"<pdfaid:part>3") + 13,
    "the reason of the signature": lambda pdf: pdf.find(b"/Reason") + 12,
    "the range that is signed": lambda pdf: pdf.find(b"/ByteRange") + 14,
    "the signature's start": lambda pdf: _contents(pdf)[0] + 9,
    "the signature's middle": lambda pdf: sum(_contents(pdf)) // 2,
    "the signature's end": lambda pdf: _contents(pdf)[1] - 40,
    "the cross-reference table": lambda pdf: pdf.rfind(b"startxref") - 30,
}


@pytest.mark.parametrize("where", PLACES)
def test_one_changed_byte_anywhere_is_refused(where: str, signed: bytes) -> None:
    place = PLACES[where](signed)  # type: ignore[no-untyped-call]
    assert 0 < place < len(signed)
    old = signed[place]
    new = (ord("b") if old in b"aA" else ord("a")) if where.startswith("the sig") else old ^ 1
    changed = signed[:place] + bytes([new]) + signed[place + 1 :]
    assert changed != signed
    assert is_good(signed)
    assert not is_good(changed)


def test_a_page_that_is_added_afterwards_is_refused(signed: bytes) -> None:
    writer = pypdf.PdfWriter(io.BytesIO(signed), incremental=True)
    writer.add_blank_page(200, 200)
    added = io.BytesIO()
    writer.write(added)
    assert added.getvalue().startswith(signed)
    assert not is_good(added.getvalue())


def test_a_report_that_is_signed_by_somebody_else_is_not_ours() -> None:
    key = MemorySigner()
    stranger = samples.not_vouched_for(key)
    forged = PadesSigner(key, LocalStamper(), lambda: stranger).sign(_unsigned())
    status = judged(forged)
    assert (status.intact, status.trusted) == (True, False)
    assert not status.bottom_line


def _unsigned() -> bytes:
    seen: list[bytes] = []
    plain = TypstReportRenderer()

    def remember(content: ReportContent) -> bytes:
        seen.append(plain(content))
        return seen[-1]

    ReportWorld(renderer=remember).of_message()
    return seen[0]


def test_openssl_takes_the_time_stamp_of_the_signature(signed: bytes, tmp_path: Path) -> None:
    (signature,) = PdfFileReader(io.BytesIO(signed)).embedded_signatures
    info = signature.signer_info
    (token,) = [
        attribute["values"][0]
        for attribute in info["unsigned_attrs"]
        if attribute["type"].native == "signature_time_stamp_token"
    ]
    (tmp_path / "data").write_bytes(info["signature"].native)
    (tmp_path / "token").write_bytes(token.dump())
    (tmp_path / "ca.pem").write_text(made.authority().ca_pem)
    command = "openssl ts -verify -data data -in token -token_in -CAfile ca.pem"
    done = subprocess.run(
        command.split(), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Verification: OK" in done.stdout + done.stderr


def test_one_time_stamp_is_asked_for_and_paid_for_per_report() -> None:
    stamper = LocalStamper()
    ReportWorld(stamper=stamper).message()
    assert len(stamper.stamped) == 1


def test_without_a_certificate_nothing_is_signed() -> None:
    signer = PadesSigner(MemorySigner(), LocalStamper(), lambda: None)
    with pytest.raises(SignerMissing):
        signer.identity()
    with pytest.raises(SignerMissing):
        signer.sign(b"%PDF")


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda c: SignerCertificate("x", c.chain_pem), "unreadable"),
        (lambda c: SignerCertificate(c.certificate_pem, c.certificate_pem), "not its chain"),
        (
            lambda c: replace(samples.signer_certificate(other_key()), chain_pem=c.chain_pem),
            "other",
        ),
    ],
)
def test_a_certificate_that_does_not_belong_is_refused(broken: Any, why: str) -> None:  # noqa: ANN401 - a function
    world = ReportWorld()
    world.certificate = broken(world.certificate)
    with pytest.raises(SignerMissing):
        world.signer.identity()
    assert not world.store.files, why


def test_a_certificate_that_is_not_for_signing_is_refused() -> None:
    key = MemorySigner()
    public = load_pem_public_key(key.public_key_pem().encode())
    assert isinstance(public, ec.EllipticCurvePublicKey)
    no_use = samples.signer_certificate(public, signs=False)
    with pytest.raises(SignerMissing):
        PadesSigner(key, LocalStamper(), lambda: no_use).identity()


def other_key() -> ec.EllipticCurvePublicKey:
    """Return a key that is nobody's."""
    return ec.generate_private_key(ec.SECP256R1()).public_key()


@pytest.mark.parametrize("away", ["the key", "the authority"])
def test_what_is_away_delays_a_report_and_leaves_none_behind(away: str) -> None:
    world = ReportWorld()
    if away == "the key":
        world.key.public_key_pem()
        world.key.is_down = True
    else:
        world.stamper.is_down = True
    with pytest.raises(TemporaryError):
        world.of_message()
    assert not world.store.files
    assert not world.store.records
