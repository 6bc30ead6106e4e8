"""Issuing reports: for whom, about what, what is remembered and what is not."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from regua.application.attended import to_the_millisecond
from regua.application.bundle import read_bundle
from regua.application.evidence_view import evidence_view
from regua.application.ports import Change
from regua.application.report_content import ReportContent, SignerIdentity
from regua.domain.errors import Conflict, NotFound
from regua.domain.evidence import broken_at, commitment, hash_of
from regua.domain.ids import CreditorId, DispatchId, InvoiceId
from regua.domain.report_codes import CODE_BYTES, NUMBER_BYTES, code_sha256, report_code
from tests import evidence_bundles as made
from tests import report_samples as samples
from tests.builders import CREDITOR, CUSTOMER, any_creditor, any_invoice
from tests.report_worlds import ReportWorld

OTHERS = any_creditor(creditor_id=CreditorId("boreal"))


class PlainSigner:
    """A signer that adds nothing."""

    def identity(self) -> SignerIdentity:
        """Return whose certificate it would be."""
        at = samples.SENT_AT
        return SignerIdentity("CN=a", "CN=b", "1", "0" * 64, at, at + timedelta(days=1), "PAdES")

    def sign(self, pdf: bytes) -> bytes:
        """Return the file with a mark."""
        return pdf + b"signed"


class World:
    """Reports whose contents are kept and whose files are short."""

    def __init__(self) -> None:
        self.seen: list[ReportContent] = []
        self.real = ReportWorld(renderer=self._render)
        self.issue = replace(self.real.issue, signer=PlainSigner())

    def _render(self, content: ReportContent) -> bytes:
        self.seen.append(content)
        return b"%PDF " + content.number.encode()


@pytest.fixture
def world() -> World:
    return World()


def test_a_report_of_a_message_is_kept_under_a_number_and_a_code(world: World) -> None:
    issued = world.issue.of_message(samples.creditor(), samples.EMAIL, samples.ISSUED_AT)
    (content,) = world.seen
    record = world.real.store.records[issued.number]
    pdf = world.real.store.files[issued.number]
    assert issued.number == content.number
    assert issued.number.startswith("LD-2026-")
    assert record.pdf_sha256 == issued.sha256 == hashlib.sha256(pdf).hexdigest()
    assert issued.size == len(pdf)
    assert record.dispatch_ids == (samples.EMAIL,)
    assert record.creditor_id == CREDITOR
    assert record.issued_at == to_the_millisecond(samples.ISSUED_AT)
    assert record.code_sha256 == code_sha256(issued.code.lower())
    assert issued.code not in repr(record), "the code is stored nowhere"
    assert issued.verification_url.endswith(f"/verificar/{issued.number}")


def test_a_report_of_an_invoice_has_every_message_and_what_was_not_made(world: World) -> None:
    world.issue.of_invoice(samples.creditor(), samples.INVOICE, samples.ISSUED_AT)
    (content,) = world.seen
    assert [m.dossier.dispatch_id for m in content.messages] == [
        samples.EMAIL,
        samples.BOUNCED,
        samples.WHATSAPP,
    ]
    assert [m.place for m in content.messages] == [1, 2, 3]
    assert [r.dispatch.dispatch_id for r in content.not_made] == [
        samples.suppressed().dispatch.dispatch_id
    ]
    assert content.invoice_id == samples.INVOICE
    names = [a.name for a in content.attachments]
    assert names == ["evidencias.zip", "mensagem-1.eml", "mensagem-2.eml", "mensagem-3.json"]


def test_the_bundle_names_the_report_and_holds_what_verifies_it(world: World) -> None:
    issued = world.issue.of_invoice(samples.creditor(), samples.INVOICE, samples.ISSUED_AT)
    bundle = read_bundle(world.seen[0].attachments[0].data)
    assert bundle.report == issued.number
    assert set(bundle.certificates) == {"tsa", "signer", f"sns-{made.sns_sha256()}"}
    assert bundle.issued_at == to_the_millisecond(samples.ISSUED_AT)


def test_the_customer_and_the_origin_of_the_address_are_told(world: World) -> None:
    world.issue.of_message(samples.creditor(), samples.EMAIL, samples.ISSUED_AT)
    (content,) = world.seen
    assert content.customer == samples.customer()
    assert {c.origin for c in content.consents} == {c.origin for c in samples.consents()}


def test_after_erasure_nothing_personal_is_told(world: World) -> None:
    known = world.real.dossiers.known
    known[samples.EMAIL] = samples.erased(known[samples.EMAIL])
    world.issue.of_message(samples.creditor(), samples.EMAIL, samples.ISSUED_AT)
    (content,) = world.seen
    assert content.customer is None
    assert not content.consents
    assert [a.name for a in content.attachments] == ["evidencias.zip"]
    (message,) = content.messages
    assert message.is_erased
    assert message.email is None


def test_every_report_has_a_number_and_a_code_of_its_own(world: World) -> None:
    reports = [
        world.issue.of_message(samples.creditor(), samples.EMAIL, samples.ISSUED_AT)
        for _ in range(3)
    ]
    assert len({r.number for r in reports}) == len({r.code for r in reports}) == 3


def test_another_creditors_message_or_invoice_is_no_different_from_none(world: World) -> None:
    with pytest.raises(NotFound):
        world.issue.of_message(OTHERS, samples.EMAIL, samples.ISSUED_AT)
    with pytest.raises(NotFound):
        world.issue.of_message(samples.creditor(), DispatchId("0" * 32), samples.ISSUED_AT)
    with pytest.raises(NotFound):
        world.issue.of_invoice(OTHERS, samples.INVOICE, samples.ISSUED_AT)
    with pytest.raises(NotFound):
        world.issue.of_invoice(samples.creditor(), InvoiceId("fat-9"), samples.ISSUED_AT)
    assert not world.real.store.records


def test_a_report_is_found_by_its_creditor_only(world: World) -> None:
    issued = world.issue.of_message(samples.creditor(), samples.EMAIL, samples.ISSUED_AT)
    record, url = world.issue.find(samples.creditor(), issued.number)
    assert (record.number, url) == (issued.number, issued.download_url)
    with pytest.raises(NotFound):
        world.issue.find(OTHERS, issued.number)
    for number in ("LD-2026-AAAAAAA2", "", "../x", issued.number.lower()):
        with pytest.raises(NotFound):
            world.issue.find(samples.creditor(), number)


def test_about_nothing_there_is_no_report(world: World) -> None:
    known = world.real.dossiers.known
    known[samples.EMAIL] = replace(known[samples.EMAIL], entries=[], inclusions=[])
    with pytest.raises(Conflict):
        world.issue.of_message(samples.creditor(), samples.EMAIL, samples.ISSUED_AT)
    portfolio = world.real.portfolio
    quiet = any_invoice("fat-quieta")
    account = portfolio.load_account(CREDITOR, CUSTOMER).with_invoice(quiet)
    portfolio.commit(Change(account, invoices=(quiet,), new={quiet.external_id: 0}))
    with pytest.raises(Conflict):
        world.issue.of_invoice(samples.creditor(), quiet.external_id, samples.ISSUED_AT)
    assert not world.real.store.records


def test_a_code_has_at_least_80_bits_and_forgives_how_it_is_typed() -> None:
    assert CODE_BYTES * 8 >= 80
    assert NUMBER_BYTES * 8 >= 40
    code = report_code(bytes(range(CODE_BYTES)))
    spelled = {code_sha256(t) for t in (code, code.lower(), code.replace("-", " "), f" {code}\n")}
    assert len(spelled) == 1
    assert None not in spelled
    for wrong in ("", code[:-1], code + "A", code.replace("A", "0"), "ã" * 24):
        assert code_sha256(wrong) is None


def test_the_evidence_as_json_can_be_checked_by_whoever_gets_it() -> None:
    dossier = samples.delivered_email()
    view = evidence_view(dossier)
    chain = [(line["entry"], line["hash"]) for line in view["entries"]]
    assert broken_at(CREDITOR, samples.EMAIL, chain) is None
    for line in view["entries"]:
        assert hash_of(line["entry"]) == line["hash"]
        if line["private"] is not None:
            nonce = bytes.fromhex(line["private"]["nonce"])
            assert commitment(nonce, line["private"]["facts"]) == line["entry"]["private"]
    assert "raw" not in view["entries"][0]
    (seal,) = view["seals"]
    assert seal["seq"] == 9
    assert view["invoices"] == [samples.INVOICE]
    hidden = evidence_view(samples.erased(dossier))
    assert all(line["private"] is None for line in hidden["entries"])
    assert samples.TO not in repr(hidden)
