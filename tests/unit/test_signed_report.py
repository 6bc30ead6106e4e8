"""A laudo is opened only as it was signed; whatever is no laudo is refused, never a defect."""

from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from asn1crypto import cms  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pypdf import PdfReader

from local.carrier.tsa.authority import make
from regua.adapters.evidence_checks import checkers
from regua.adapters.signed_report import open_report
from regua.application.verdict import CheckCode, Conclusion, Outcome
from regua.application.verify_bundle import Anchors
from regua.application.verify_file import SignedReport, VerifiedFile, VerifyFile
from regua.domain.errors import InvalidInput
from tests.evidence_bundles import ISSUED_AT, START, anchors, authority, dossiers, packed
from tests.signed_reports import (
    SIGNER,
    VALID_FROM,
    report,
    report_of_another_certificate,
    signed,
    signer_chain,
    strangers_report,
    unsigned_pdf,
)

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
"""An event loop, which pyHanko starts, makes itself a pair of sockets."""

LATER = ISSUED_AT + timedelta(days=1)
AFTER_EXPIRY = VALID_FROM + timedelta(days=5000)


def opened(data: bytes, *, now: object = None, known: bool = True) -> SignedReport:
    return open_report(
        data,
        signer_ca_pem=signer_chain()[1] if known else None,
        tsa_ca_pem=authority().ca_pem if known else None,
        now=LATER if now is None else now,  # type: ignore[arg-type]
    )


def verified(data: bytes) -> VerifiedFile:
    return VerifyFile(checkers(), open_report)(
        data, anchors=anchors(), signer_ca_pem=signer_chain()[1], now=LATER
    )


def outcome(data: bytes, code: CheckCode, known: Anchors | None = None) -> Outcome:
    found = VerifyFile(checkers(), open_report)(
        data, anchors=anchors() if known is None else known, now=LATER
    )
    (check,) = (check for check in found.verdict.checks if check.code is code)
    return check.outcome


def test_a_signed_report_is_opened_with_its_bundle() -> None:
    found = opened(report())
    assert found.bundle == packed()
    assert (found.intact, found.trusted) == (True, True)
    assert SIGNER in found.signer
    assert found.signed_at == ISSUED_AT


def test_another_reader_finds_the_same_attachment() -> None:
    assert PdfReader(BytesIO(report())).attachments["evidencias.zip"] == [packed()]


def test_the_manifest_of_a_signed_report_is_proven() -> None:
    verdict = verified(report()).verdict
    assert verdict.conclusion is Conclusion.PARTLY_PROVEN
    outcomes = {check.code: check.outcome for check in verdict.checks}
    assert outcomes[CheckCode.MANIFEST] is Outcome.OK
    assert outcomes[CheckCode.PDF_SIGNATURE] is outcomes[CheckCode.PDF_SIGNER] is Outcome.OK


def test_only_the_issuers_key_makes_a_report_the_issuers() -> None:
    """The names in a certificate are anybody's to choose, and its CA is not asked."""
    assert opened(strangers_report(), known=False).signer == opened(report(), known=False).signer
    ours = (report(), report_of_another_certificate())
    assert {outcome(pdf, CheckCode.PDF_KEY) for pdf in ours} == {Outcome.OK}
    assert outcome(strangers_report(), CheckCode.PDF_KEY) is Outcome.FAILED
    assert outcome(strangers_report(), CheckCode.MANIFEST) is Outcome.ABSENT
    for pdf in (*ours, strangers_report()):
        assert outcome(pdf, CheckCode.PDF_KEY, Anchors()) is Outcome.ABSENT
        assert outcome(pdf, CheckCode.MANIFEST, Anchors()) is Outcome.ABSENT


@pytest.mark.parametrize("pem", ["", "no PEM", authority().ca_pem])
def test_what_is_no_key_is_nobodys(pem: str) -> None:
    known = Anchors(pem, authority().ca_pem)
    for pdf in (report(), strangers_report()):
        assert outcome(pdf, CheckCode.PDF_KEY, known) is Outcome.FAILED


def test_a_report_is_proven_by_key_and_authority_alone() -> None:
    _, sms = dossiers()
    pdf = signed(unsigned_pdf(packed([sms])))
    for known, expected in (
        (anchors(), Conclusion.PROVEN),
        (Anchors(None, authority().ca_pem), Conclusion.CONSISTENT),
        (Anchors(anchors().seal_key_pem, None), Conclusion.CONSISTENT),
    ):
        found = VerifyFile(checkers(), open_report)(pdf, anchors=known, now=LATER)
        assert found.verdict.conclusion is expected


def test_a_zip_is_verified_as_it_is() -> None:
    found = verified(packed())
    assert found.report is None
    assert found.verdict.conclusion is Conclusion.PARTLY_PROVEN


def test_who_signed_is_open_without_a_certificate_from_elsewhere() -> None:
    found = opened(report(), known=False)
    assert (found.intact, found.trusted) == (True, None)


def test_the_stamp_dates_the_signature_when_the_certificate_has_expired_since() -> None:
    assert opened(report(), now=AFTER_EXPIRY).trusted
    undated = open_report(
        report(), signer_ca_pem=signer_chain()[1], tsa_ca_pem=None, now=AFTER_EXPIRY
    )
    assert undated.trusted is False


def test_a_certificate_that_had_expired_when_it_signed_is_not_trusted() -> None:
    assert opened(signed(unsigned_pdf(packed()), AFTER_EXPIRY)).trusted is False


def test_a_signer_of_another_chain_is_not_trusted() -> None:
    found = open_report(
        report(), signer_ca_pem=authority().ca_pem, tsa_ca_pem=authority().ca_pem, now=LATER
    )
    assert (found.intact, found.trusted) == (True, False)


def test_a_stamp_of_another_authority_does_not_date_the_signature() -> None:
    found = open_report(
        report(),
        signer_ca_pem=signer_chain()[1],
        tsa_ca_pem=make(START).ca_pem,
        now=LATER,
    )
    assert found.trusted is False


def with_stamp_of(pdf: bytes, other: bytes | None) -> bytes:
    """Exchange a signature's time stamp, or take it away: a signature covers neither."""
    start, end, signature = _signature_in(pdf)
    stamps = None if other is None else _signer_info(_signature_in(other)[2])["unsigned_attrs"]
    _signer_info(signature)["unsigned_attrs"] = stamps
    changed: bytes = signature.dump().hex().encode()
    return pdf[:start] + changed.ljust(end - start, b"0") + pdf[end:]


def _signature_in(pdf: bytes) -> tuple[int, int, Any]:
    """Return from where to where it is, and the signature."""
    start = pdf.rindex(b"/Contents <") + len(b"/Contents <")
    end = pdf.index(b">", start)
    return start, end, cms.ContentInfo.load(bytes.fromhex(pdf[start:end].decode()))


def _signer_info(signature: Any) -> Any:  # noqa: ANN401 - any ASN.1 value
    return signature["content"]["signer_infos"][0]


def test_a_signature_whose_stamp_was_taken_away_or_is_anothers_is_found() -> None:
    other = signed(unsigned_pdf(packed(report=None)), VALID_FROM + timedelta(days=1))
    assert outcome(with_stamp_of(report(), report()), CheckCode.PDF_STAMP) is Outcome.OK
    for stamp in (None, other):
        pdf = with_stamp_of(report(), stamp)
        found = opened(pdf)
        assert (found.intact, found.dated, found.trusted) == (True, False, False)
        assert {check.code for check in verified(pdf).verdict.of(Outcome.FAILED)} == {
            CheckCode.PDF_STAMP,
            CheckCode.PDF_SIGNER,
        }
        assert outcome(pdf, CheckCode.PDF_STAMP) is Outcome.FAILED
        assert outcome(pdf, CheckCode.END) is Outcome.ABSENT
        assert opened(pdf, known=False).dated is None


def test_a_report_fixes_where_its_chains_end_and_its_bundle_alone_does_not() -> None:
    assert outcome(report(), CheckCode.END) is Outcome.OK
    (end,) = (check for check in verified(report()).verdict.checks if check.code is CheckCode.END)
    assert f"{ISSUED_AT:%d/%m/%Y às %H:%M:%S} (UTC)" in end.sentence
    assert outcome(packed(), CheckCode.END) is Outcome.ABSENT
    assert outcome(strangers_report(), CheckCode.END) is Outcome.ABSENT
    assert outcome(report(), CheckCode.END, Anchors()) is Outcome.ABSENT
    _, sms = dossiers()
    assert verified(packed([sms])).verdict.conclusion is Conclusion.PARTLY_PROVEN


def test_a_report_that_was_never_signed_fails() -> None:
    found = opened(unsigned_pdf(packed()))
    assert (found.intact, found.signer, found.signed_at) == (False, "", None)
    verdict = verified(unsigned_pdf(packed())).verdict
    assert {check.code for check in verdict.of(Outcome.FAILED)} == {CheckCode.PDF_SIGNATURE}


def test_what_was_added_after_the_signature_is_found() -> None:
    writer = IncrementalPdfFileWriter(BytesIO(report()))
    writer.root["/Lang"] = generic.pdf_string("pt-BR")
    writer.update_root()  # type: ignore[no-untyped-call]
    out = BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    assert not opened(out.getvalue()).intact


def test_bytes_after_the_end_are_found() -> None:
    assert not opened(report() + b"\n% more\n").intact


def test_an_exchanged_attachment_is_found() -> None:
    """An update that every reader follows puts another file in the place of the first."""
    other = packed(report="LD-2026-BBBBBBBB")
    writer = IncrementalPdfFileWriter(BytesIO(report()))
    stream = writer.root["/AF"][0]["/EF"].raw_get("/F").get_object()
    stream.strip_filters()
    stream._data, stream._encoded_data = other, None
    writer.update_container(stream)
    out = BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    found = opened(out.getvalue())
    assert found.bundle == other
    assert not found.intact


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7\n",
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.7\nxref\n0 1\ntrailer<</Root 1 0 R/Prev 0>>\nstartxref\n9\n%%EOF",
        b"PK\x03\x04",
        b"<html>",
    ],
)
def test_what_is_no_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        opened(data)


def test_a_pdf_without_a_bundle_is_refused() -> None:
    for pdf in (unsigned_pdf(None), unsigned_pdf(b"x", "other.zip")):
        with pytest.raises(InvalidInput, match="is not attached"):
            opened(pdf)


def test_a_bomb_in_a_stream_is_refused() -> None:
    with pytest.raises(InvalidInput):
        opened(unsigned_pdf(b"\0" * (65 << 20)))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 7))
def test_no_flipped_bit_of_a_signed_report_goes_unnoticed(at: int, bit: int) -> None:
    data = bytearray(report())
    at %= len(data)
    data[at] ^= 1 << bit
    try:
        verdict = verified(bytes(data)).verdict
    except InvalidInput:
        return
    if verdict.valid:
        start = report().index(b"/Contents <")
        end = report().index(b">", start)
        assert start < at < end, "of no meaning is what fills up the signature's own place"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_a_report_that_is_cut_off_is_never_valid(at: int) -> None:
    data = report()[: at % len(report())]
    with suppress(InvalidInput):
        assert not verified(data).verdict.valid
