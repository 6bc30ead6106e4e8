"""A creditor reads, writes and tries out its look and words."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.memory import MemoryDirectory
from regua.adapters.memory_looks import MemoryDrafts, MemoryLooks
from regua.adapters.page_catalogue import our_page_words
from regua.adapters.tracking_links import SignedLinks
from regua.application.customer_page.views import InvoiceState
from regua.application.manage_page import UNWRITTEN, ManagePage, ShowLook
from regua.application.page_lint import Findings, PageLinter
from regua.application.page_ports import DRAFT_LIFE, WrittenPage
from regua.application.page_samples import sample_view
from regua.application.ports import Creditor
from regua.application.preconditions import Expectation
from regua.domain.errors import InvalidInput, NotFound, PreconditionFailed, VersionConflict
from regua.domain.ids import CreditorId
from regua.domain.money import Money
from regua.domain.negotiation.rules import OfferRule, OfferRules, Option
from regua.domain.page_look import OUR_LOOK
from regua.domain.pix.br_code import decode
from regua.domain.pix.keys import kind_of
from regua.domain.tokens import HitKind, TrackingKeys, verify
from tests.builders import CREDITOR, any_creditor

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
TODAY = date(2026, 11, 18)
KEYS = TrackingKeys("k1", {"k1": b"segredo de teste"})
AURORA = any_creditor()
BOREAL = any_creditor(creditor_id="boreal")
PURPLE = {"colours": {"accent": "#7a1fa2"}}
WORDS = {
    "colours": {"accent": "#7a1fa2"},
    "texts": {
        "pt": {"show.lead": "Escolha como pagar."},
        "en": {"show.lead": "Choose how to pay."},
    },
    "emails": {"vencida": {"lead": "A fatura {fatura} soma {total}."}},
}
BAD = {"colours": {"accent": "#ffd400"}, "emails": {"vencida": {"lead": "Pague já a fatura!!"}}}


class System:
    """The use cases on twins."""

    def __init__(self) -> None:
        self.directory = MemoryDirectory(AURORA, BOREAL)
        self.looks = MemoryLooks(self.directory)
        self.drafts = MemoryDrafts()
        self.manage = ManagePage(
            self.looks,
            self.drafts,
            PageLinter(JinjaEmailRenderer(), our_page_words()),
            SignedLinks(KEYS, "https://c.example.com.br"),
        )
        self.show = ShowLook(self.looks, self.drafts, self.directory)

    def creditor(self, creditor_id: CreditorId = CREDITOR) -> Creditor:
        return self.directory.get(creditor_id)


@pytest.fixture
def system() -> System:
    return System()


def expecting(tag: str) -> Expectation:
    return Expectation(matches=frozenset({tag}))


# ── in force ────────────────────────────────────────────────────────────────────────────────────


def test_before_anything_is_written_the_document_is_empty_and_has_a_tag(system: System) -> None:
    page = system.manage.read_page(AURORA)
    assert page.document == UNWRITTEN
    assert system.manage.put_page(AURORA, WORDS, expecting(page.tag)).page.document != UNWRITTEN
    assert system.show.look(BOREAL.creditor_id) == OUR_LOOK


def test_what_is_put_is_in_force_and_read_back(system: System) -> None:
    put = system.manage.put_page(AURORA, WORDS)
    assert put.findings == Findings()
    assert system.manage.read_page(AURORA) == put.page
    assert put.page.document.written()["emails"] == WORDS["emails"]
    assert system.show.look(CREDITOR).accent == "#7a1fa2"
    assert system.creditor().texts == {
        "page.pt.show.lead": "Escolha como pagar.",
        "page.en.show.lead": "Choose how to pay.",
        "email.vencida.lead": "A fatura {fatura} soma {total}.",
    }
    assert system.creditor(BOREAL.creditor_id).texts == {}


def test_the_same_document_has_the_same_tag_and_another_has_another(system: System) -> None:
    first = system.manage.put_page(AURORA, WORDS).page.tag
    assert system.manage.put_page(AURORA, WORDS, expecting(first)).page.tag == first
    assert system.manage.put_page(AURORA, PURPLE, expecting(first)).page.tag != first
    with pytest.raises(PreconditionFailed):
        system.manage.put_page(AURORA, WORDS, expecting(first))
    assert system.manage.read_page(AURORA).document.written()["emails"] == {}


def test_errors_refuse_a_document_and_nothing_is_written(system: System) -> None:
    system.manage.put_page(AURORA, WORDS)
    with pytest.raises(InvalidInput) as caught:
        system.manage.put_page(AURORA, BAD)
    assert [p.path for p in caught.value.problems] == [
        "colours.accent",
        "emails.vencida.lead",
        "emails.vencida.lead",
    ]
    assert "[page.contrast]" in caught.value.problems[0].reason
    assert system.manage.read_page(AURORA).document.written()["emails"] == WORDS["emails"]


def test_warnings_are_answered_and_the_document_is_in_force(system: System) -> None:
    put = system.manage.put_page(AURORA, {"emails": {"vencida": {"subject": "Sua {fatura}"}}})
    assert [f.rule.code for f in put.findings.warnings] == ["page.subject_name"]
    assert system.creditor().texts == {"email.vencida.subject": "Sua {fatura}"}


class Raced(MemoryLooks):
    """Somebody else writes between the reading and the writing."""

    def put(self, creditor_id: CreditorId, page: WrittenPage, *, before: str | None) -> None:
        self.pages[creditor_id] = WrittenPage({"colours": {"accent": "#000000"}}, {}, "outra")
        super().put(creditor_id, page, before=before)


@pytest.mark.parametrize("expects", [True, False])
def test_a_lost_race_is_a_failed_precondition_for_who_expected_something(
    system: System, *, expects: bool
) -> None:
    manage = ManagePage(Raced(), system.drafts, system.manage.lint, system.manage.links)
    tag = manage.read_page(AURORA).tag
    expected = expecting(tag) if expects else Expectation()
    with pytest.raises(PreconditionFailed if expects else VersionConflict):
        manage.put_page(AURORA, WORDS, expected)


# ── drafts ──────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_shown_with_its_look_and_words_and_changes_nothing_in_force(
    system: System,
) -> None:
    preview = system.manage.preview(AURORA, WORDS, now=NOW)
    shown = system.show.draft(preview.draft_id, on=TODAY, now=NOW)
    assert shown.look.accent == "#7a1fa2"
    assert shown.creditor.texts["page.pt.show.lead"] == "Escolha como pagar."
    assert shown.creditor.creditor_id == shown.view.landing.creditor_id == CREDITOR
    assert shown.expires_at == preview.expires_at == NOW + DRAFT_LIFE
    assert system.creditor().texts == {}
    assert system.manage.read_page(AURORA).document == UNWRITTEN


def test_a_draft_with_errors_can_be_looked_at(system: System) -> None:
    preview = system.manage.preview(AURORA, BAD, now=NOW)
    assert {f.rule.code for f in preview.findings.errors} >= {"page.contrast", "wording.pressure"}
    assert system.show.draft(preview.draft_id, on=TODAY, now=NOW).look.accent == "#ffd400"


def test_a_draft_that_cannot_be_read_is_refused(system: System) -> None:
    with pytest.raises(InvalidInput):
        system.manage.preview(AURORA, {"colours": {"accent": "teal"}}, now=NOW)
    assert system.drafts.drafts == {}


def test_a_preview_has_a_signed_address_of_its_own_kind(system: System) -> None:
    preview = system.manage.preview(AURORA, WORDS, now=NOW)
    start, _, token = preview.url.rpartition("/")
    read = verify(token, KEYS)
    assert start == "https://c.example.com.br/p"
    assert read is not None
    assert (read.kind, read.dispatch_id, read.issued_at) == (HitKind.PREVIEW, preview.draft_id, NOW)


def test_drafts_are_named_by_creditor_and_content(system: System) -> None:
    drafts = [
        system.manage.preview(creditor, document, now=NOW).draft_id
        for creditor, document in ((AURORA, WORDS), (AURORA, WORDS), (AURORA, BAD), (BOREAL, WORDS))
    ]
    assert drafts[0] == drafts[1]
    assert len(set(drafts)) == 3


def test_a_draft_expires(system: System) -> None:
    preview = system.manage.preview(AURORA, WORDS, now=NOW)
    system.show.draft(preview.draft_id, on=TODAY, now=NOW + DRAFT_LIFE - timedelta(seconds=1))
    for draft_id, now in ((preview.draft_id, NOW + DRAFT_LIFE), ("0" * 32, NOW)):
        with pytest.raises(NotFound):
            system.show.draft(draft_id, on=TODAY, now=now)


@pytest.mark.parametrize("days", [0, 3, 30, 365])
def test_the_sample_page_adds_up_and_cannot_be_paid(system: System, days: int) -> None:
    draft_id = system.manage.preview(AURORA, WORDS, now=NOW).draft_id
    view = system.show.draft(draft_id, on=TODAY + timedelta(days=days), now=NOW).view
    to_pay = [i for i in view.invoices if i.state is InvoiceState.TO_PAY]
    assert view.total.centavos == sum(i.line.total_centavos for i in to_pay) > 0
    for invoice in to_pay:
        code = decode(invoice.line.pix_copy_paste or "")
        assert code.amount is not None
        assert code.amount.centavos == invoice.line.total_centavos
        assert code.key is not None
        assert kind_of(code.key)
        assert set(code.key) <= set("048-"), "nobody's key"
        assert invoice.line.is_late
    assert len({i.ref for i in view.invoices}) == len(view.invoices)


def test_the_sample_page_offers_what_the_creditors_first_rule_does(system: System) -> None:
    assert sample_view(AURORA, "0" * 32, TODAY).offer is None
    rule = OfferRule("tudo", (Option(1, 1, Decimal(10), Decimal(100)), Option(2, 6)), valid_days=4)
    offering = replace(AURORA, offers=OfferRules((rule,)))
    system.directory.creditors[CREDITOR] = offering
    draft_id = system.manage.preview(offering, WORDS, now=NOW).draft_id
    view = system.show.draft(draft_id, on=TODAY, now=NOW).view
    assert view.offer is not None
    at_once, in_parts = view.offer.options
    assert at_once.total == Money(14_990 - 1_499)
    assert at_once.total + at_once.discount == in_parts.total == view.offer.owed == view.total
    assert view.offer.valid_until == TODAY + timedelta(days=4)


def test_sample_emails_are_those_whose_words_change(system: System) -> None:
    document: dict[str, Any] = {
        "emails": {
            "vencida": {"lead": "A fatura {fatura} soma {total}."},
            "recibo": {"closing": "Até breve."},
            "sumiu": {"lead": "Oi"},
        }
    }
    emails = system.manage.sample_emails(AURORA, document, TODAY)
    assert set(emails) == {"vencida", "recibo"}
    one, three = emails["vencida"]
    assert "A fatura EX-0001 soma R$ " in one.text
    assert "das 3 faturas vencidas" in three.text
    assert all("Até breve." in email.text for email in emails["recibo"])
