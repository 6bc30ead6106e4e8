"""What is done on the page: its effect, its evidence, its note and its events, each once."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from regua.application.customer_page.acts import (
    Act,
    ActKind,
    ConfirmReading,
    Dispute,
    DisputeReason,
    NotMe,
    Prefer,
    SendAgain,
    Settle,
)
from regua.application.customer_page.case import ref_of
from regua.application.customer_page.identify import Refused, RefusedKind
from regua.application.customer_page.terms import sha256_of
from regua.application.customer_page.views import DealView, InvoiceState
from regua.application.outgoing import ActFact
from regua.domain.consent import Consent
from regua.domain.delivery import EventKind
from regua.domain.dispatch import InvoiceStep
from regua.domain.errors import Conflict, InvalidInput, NotFound, TemporaryError
from regua.domain.holds import HoldKind
from regua.domain.ids import CreditorId
from regua.domain.invoice import Place
from regua.domain.money import Money
from regua.domain.negotiation.agreement import AgreementStatus
from regua.domain.negotiation.deal import Choice
from regua.domain.negotiation.rules import OfferRules
from regua.domain.notes import NoteKind
from regua.domain.ruler import Channel
from regua.domain.wishes import Wishes
from tests.builders import CREDITOR, CUSTOMER, DUE, any_creditor, any_invoice, any_payment
from tests.unit.application.customer_page.desk import (
    ACTING,
    AT_ONCE,
    DISPUTED,
    EMAIL,
    FAT_1,
    NOW,
    OFFERS,
    PAID,
    PDF,
    PHONE,
    PREFERRED,
    PROMISED,
    REF,
    Desk,
    at,
    every_act,
    settle,
)

TODAY = date(2026, 11, 14)
TOMORROW = date(2026, 11, 15)


@pytest.fixture
def desk() -> Desk:
    return Desk()


# ── every act ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ActKind)
def test_every_act_has_a_note_a_place_in_the_chain_an_event_and_a_receipt(
    desk: Desk, kind: ActKind
) -> None:
    receipt = desk.do(every_act(desk)[kind])
    (note,) = desk.acted()
    assert note.at == NOW
    assert note.facts["act"] == kind == receipt.act
    assert note.facts["protocol"] == receipt.protocol
    assert note.facts["dispatch_id"] == desk.dispatch_id
    facts = [*desk.chain(EventKind.ACTED), *desk.chain(EventKind.CONFIRMED)]
    private, raw = desk.private(facts[-1] if kind is ActKind.SETTLE else facts[0])
    assert private["ip"] == ACTING.ip
    form = json.loads(raw or b"")
    assert (form["act"], form["dispatch_id"]) == (kind, desk.dispatch_id)
    (event,) = desk.publisher.of("CustomerActed")
    TypeAdapter(ActFact).validate_python(event.data)
    assert event.data["protocol"] == receipt.protocol
    assert desk.page.receipt(desk.dispatch_id, receipt.protocol) == receipt


@pytest.mark.parametrize("kind", ActKind)
def test_the_same_act_twice_is_one(desk: Desk, kind: ActKind) -> None:
    act = every_act(desk)[kind]
    first = desk.do(act)
    account, chain = desk.account(), desk.ledger.find(desk.dispatch_id)
    again = desk.do(act, NOW + timedelta(minutes=5))
    assert again == first
    assert desk.account() == account
    assert desk.ledger.find(desk.dispatch_id) == chain
    assert len(desk.acted()) == 1


@pytest.mark.parametrize("kind", ActKind)
def test_nothing_personal_leaves_the_vault(desk: Desk, kind: ActKind) -> None:
    desk.do(every_act(desk)[kind])
    acted = [*desk.chain(EventKind.ACTED), *desk.chain(EventKind.CONFIRMED)]
    told = [repr(desk.acted()), repr(desk.publisher.of("CustomerActed")), repr(acted)]
    personal = (EMAIL, PHONE, "Maria", "52998224725", ACTING.ip, ACTING.user_agent, "entrega nunca")
    for text in told:
        assert not [word for word in personal if word in text]


@pytest.mark.parametrize("kind", sorted(set(ActKind) - {ActKind.NOT_ME}))
def test_nothing_can_be_done_where_nothing_is_shown(desk: Desk, kind: ActKind) -> None:
    act = every_act(desk)[kind]
    desk.do(NotMe())
    with pytest.raises(NotFound):
        desk.do(act)


@pytest.mark.parametrize("act", [PAID, PROMISED, DISPUTED, SendAgain(REF)])
def test_what_was_paid_meanwhile_is_said_so_and_nothing_is_noted(desk: Desk, act: Act) -> None:
    desk.ingest.receive_payment(desk.creditor, FAT_1, any_payment(), now=NOW)
    with pytest.raises(Conflict):
        desk.do(act)
    assert desk.acted() == []
    assert desk.chain(EventKind.ACTED) == []


OTHERS = ref_of(CreditorId("outra"), FAT_1)


@pytest.mark.parametrize("act", [PAID, PROMISED, DISPUTED, SendAgain(REF)])
@pytest.mark.parametrize("ref", ["", "0" * 12, OTHERS, "fat-1"])
def test_only_the_page_s_own_invoices_can_be_named(desk: Desk, act: Any, ref: str) -> None:  # noqa: ANN401 - any act with an invoice
    with pytest.raises(InvalidInput) as refused:
        desk.do(replace(act, ref=ref))
    assert [p.path for p in refused.value.problems] == ["ref"]


def test_a_link_is_no_way_to_fill_the_ledger(desk: Desk) -> None:
    hours = [Prefer(None, hour) for hour in range(8, 20)]
    for n in range(100):
        desk.do(hours[n % len(hours)])
    with pytest.raises(Conflict):
        desk.do(hours[100 % len(hours)])
    assert len(desk.chain(EventKind.ACTED)) == 100


# ── each act ────────────────────────────────────────────────────────────────────────────────────


def test_a_confirmed_reading_is_told_as_read(desk: Desk) -> None:
    desk.do(ConfirmReading())
    (event,) = desk.chain(EventKind.CONFIRMED)
    record = desk.ledger.records[desk.dispatch_id]
    assert event.facts == {
        "document_digits": "matched",
        "content_sha256": record.content_sha256,
    }
    assert [e.data["dispatch_id"] for e in desk.publisher.of("MessageRead")] == [desk.dispatch_id]
    assert desk.view().reading_confirmed_at == NOW


def test_contact_rests_while_a_payment_is_looked_for(desk: Desk) -> None:
    receipt = desk.do(PAID)
    (hold,) = desk.account().holds
    assert (hold.kind, hold.invoice_id, hold.by) == (HoldKind.PAYMENT_IN_TRANSIT, FAT_1, "page")
    assert receipt.invoice_number == "FAT-1"
    assert receipt.facts == {"on": "2026-11-14", "method": "pix", "until": "2026-11-19"}
    view = desk.view()
    (invoice,) = view.invoices
    assert (invoice.state, view.total) == (InvoiceState.IN_TRANSIT, Money(0))


def test_who_said_too_early_that_it_is_paid_still_sees_how_to_pay(desk: Desk) -> None:
    desk.do(PAID)
    (invoice,) = desk.view().invoices
    assert invoice.line.pay_url == "https://pague.aurora.example.com.br/fat-1"
    assert invoice.can_promise_until is None
    with pytest.raises(Conflict, match="in_transit"):
        desk.do(PROMISED)


def test_a_proof_is_kept_byte_for_byte(desk: Desk) -> None:
    receipt = desk.do(replace(PAID, proof=PDF))
    form, proof = desk.chain(EventKind.ACTED)
    assert form.event_id == receipt.protocol
    assert proof.kept is not None
    assert proof.kept.raw is not None
    assert proof.kept.raw.media_type == "application/pdf"
    assert desk.private(proof) == ({}, PDF.content)
    private, raw = desk.private(form)
    assert private["file_name"] == "comprovante.pdf"
    assert json.loads(raw or b"")["form"]["proof"] == proof.kept.raw.sha256


def test_a_payment_that_has_had_time_to_arrive_is_looked_for_by_a_person(desk: Desk) -> None:
    receipt = desk.do(replace(PAID, on=date(2026, 11, 3), proof=PDF))
    assert desk.account().holds == ()
    assert receipt.facts["needs_person"] == "yes"
    assert "until" not in receipt.facts


def test_saying_paid_again_and_again_does_not_rest_contact_for_ever(desk: Desk) -> None:
    desk.do(PAID)
    on, still = date(2026, 11, 17), at(7)
    assert "until" in desk.do(replace(PAID, on=on), still).facts, "the first may still come"
    later = at(14)
    assert desk.invoice(later).state is InvoiceState.TO_PAY
    receipt = desk.do(replace(PAID, on=later.date()), later)
    assert (receipt.facts["needs_person"], "until" in receipt.facts) == ("yes", False)
    assert desk.invoice(later).state is InvoiceState.TO_PAY


def test_after_one_payment_that_came_the_next_is_waited_for_as_well(desk: Desk) -> None:
    desk.do(PAID)
    part = any_payment("p-1", amount=Money(5000), paid_at=at(4))
    desk.ingest.receive_payment(desk.creditor, FAT_1, part, now=at(5))
    later = at(12)
    receipt = desk.do(replace(PAID, on=later.date()), later)
    assert "until" in receipt.facts
    assert desk.invoice(later).state is InvoiceState.IN_TRANSIT


@pytest.mark.parametrize(
    ("act", "path"),
    [
        (replace(PAID, on=TOMORROW), "on"),
        (replace(PAID, on=date.max), "on"),
        (replace(PAID, on=date(2026, 9, 30)), "on"),
        (replace(PROMISED, on=date(2026, 11, 13)), "on"),
        (replace(PROMISED, on=date(2026, 11, 25)), "on"),
        (replace(PROMISED, on=date.max), "on"),
        (replace(DISPUTED, words="x" * 501), "words"),
        (Dispute(REF, DisputeReason.OTHER, "  "), "words"),
        (Prefer(Channel.WHATSAPP, None), "channel"),
        (Prefer(Channel.EMAIL, None, frozenset({Channel.EMAIL})), "channel"),
        (Prefer(None, 7), "hour"),
        (Prefer(None, 20), "hour"),
    ],
)
def test_what_cannot_be_so_is_refused_at_its_field(desk: Desk, act: Act, path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        desk.do(act)
    assert [p.path for p in refused.value.problems] == [path]
    assert desk.acted() == []


def test_a_promise_rests_contact_and_the_invoice_can_still_be_paid(desk: Desk) -> None:
    receipt = desk.do(PROMISED)
    (hold,) = desk.account().holds
    assert (hold.kind, hold.promised_on) == (HoldKind.PROMISED, date(2026, 11, 20))
    assert receipt.facts == {
        "on": "2026-11-20",
        "pauses": "yes",
        "amount_centavos": str(14990 + 300 + 50),
    }
    (invoice,) = desk.view().invoices
    assert (invoice.state, invoice.until) == (InvoiceState.PROMISED, date(2026, 11, 20))
    assert desk.view().total > Money(0)


def test_a_promise_after_too_many_broken_ones_is_noted_and_says_that_it_pauses_nothing(
    desk: Desk,
) -> None:
    account = desk.account()
    history = replace(account.history, promises_broken=2)
    desk.portfolio.accounts[CREDITOR, CUSTOMER] = replace(account, history=history)
    receipt = desk.do(PROMISED)
    assert receipt.facts == {"on": "2026-11-20", "pauses": "no"}
    assert desk.account().holds == ()


def test_what_is_disputed_is_not_promised(desk: Desk) -> None:
    desk.do(DISPUTED)
    with pytest.raises(Conflict):
        desk.do(PROMISED)


def test_the_words_of_a_dispute_stand_with_the_evidence_alone(desk: Desk) -> None:
    receipt = desk.do(DISPUTED)
    (hold,) = desk.account().holds
    assert (hold.kind, hold.reason) == (HoldKind.DISPUTED, "not_delivered")
    assert receipt.facts == {"reason": "not_delivered"}
    private, _ = desk.private(desk.chain(EventKind.ACTED)[0])
    assert private["words"] == DISPUTED.words
    assert desk.view().invoices[0].state is InvoiceState.DISPUTED


def test_a_wrong_person_ends_the_address_the_message_went_to_and_the_page(desk: Desk) -> None:
    receipt = desk.do(NotMe())
    account = desk.account()
    assert account.is_suppressed(EMAIL, Channel.EMAIL)
    assert not account.is_suppressed(PHONE, Channel.SMS)
    assert account.opt_outs == {}
    assert receipt.facts == {"stopped": "address", "channel": "email"}
    landing = desk.page.land(desk.dispatch_id)
    assert landing is not None
    assert (landing.is_disowned, landing.question) == (True, None)
    assert desk.page.show(desk.dispatch_id, now=NOW) is None
    typed = desk.page.identify(desk.dispatch_id, "4725", ACTING, now=NOW)
    assert typed == Refused(RefusedKind.NO_QUESTION)


def test_an_address_that_changed_since_is_not_the_one_that_is_given_up(desk: Desk) -> None:
    new = replace(desk.customer, emails=("nova@cliente.example.com.br",), changed_at=at(3, 1))
    desk.ingest.change_customer(desk.creditor, new, now=at(3, 1))
    desk.do(NotMe())
    assert desk.account().usable_address(Channel.EMAIL) == "nova@cliente.example.com.br"


def test_where_no_address_can_be_read_any_more_the_channel_is_stopped_and_none_guessed(
    desk: Desk,
) -> None:
    desk.keys.keys.clear()
    receipt = desk.do(NotMe())
    account = desk.account()
    assert account.suppressed_addresses == frozenset()
    assert account.opt_outs == {Channel.EMAIL: NOW}
    assert receipt.facts["stopped"] == "channel"


def test_wishes_and_stops_go_before_what_the_creditor_says(desk: Desk) -> None:
    desk.do(PREFERRED)
    account = desk.account()
    assert account.wishes == Wishes(NOW, Channel.EMAIL, 10)
    assert account.consents[Channel.SMS] == Consent(Channel.SMS, False, NOW, "page")
    assert set(account.opt_outs) == {Channel.SMS}
    view = desk.view()
    assert (view.preferred_channel, view.preferred_hour) == (Channel.EMAIL, 10)
    assert view.stopped == {Channel.SMS}


def test_who_wants_no_message_at_all_gets_none_and_still_owes(desk: Desk) -> None:
    desk.do(Prefer(None, None, frozenset(Channel)))
    account = desk.account()
    assert set(account.opt_outs) == set(Channel)
    assert FAT_1 in account.invoices


def test_a_stop_is_not_undone_by_a_form_that_does_not_name_it(desk: Desk) -> None:
    desk.do(PREFERRED)
    desk.do(Prefer(None, 11))
    assert set(desk.account().opt_outs) == {Channel.SMS}


def test_a_wish_that_was_changed_can_be_wished_again(desk: Desk) -> None:
    protocols = [desk.do(Prefer(None, hour)).protocol for hour in (10, 11, 10, 10, 11)]
    assert len(set(protocols)) == 4
    assert protocols[2] == protocols[3]
    assert desk.account().preferred_hour == 11


def test_the_message_comes_once_more_by_the_ruler_s_own_step(desk: Desk) -> None:
    assert desk.view().can_be_sent_again
    place = desk.account().invoices[FAT_1].place
    desk.do(SendAgain(REF))
    assert desk.account().invoices[FAT_1].place != place
    again = desk.send(NOW)
    assert again.step_id == desk.dispatch.step_id
    assert again.dispatch_id != desk.dispatch_id


def put_back(desk: Desk, place: Place) -> None:
    """Let an invoice stand on its ruler as if its last step had just been made."""
    account = desk.account()
    again = replace(account.invoices[FAT_1], place=place)
    desk.portfolio.accounts[CREDITOR, CUSTOMER] = account.with_invoice(again)


def test_a_second_copy_is_offered_only_when_it_would_be_sent(desk: Desk) -> None:
    place = desk.account().invoices[FAT_1].place
    offered = []
    for day in (4, 5, 6, 7):
        offered.append(list(desk.view(at(day)).can_be_sent_again))
        if offered[-1]:
            desk.do(SendAgain(REF), at(day))
            put_back(desk, place)
            assert not desk.view(at(day)).can_be_sent_again, "one a day"
    assert offered == [[REF], [REF], [REF], []]


@pytest.mark.parametrize("act", [PROMISED, PAID, DISPUTED])
def test_no_copy_is_offered_or_sent_while_contact_rests(desk: Desk, act: Act) -> None:
    desk.do(act)
    assert not desk.view().can_be_sent_again
    with pytest.raises(Conflict, match="no message"):
        desk.do(SendAgain(REF))


def test_a_second_copy_is_asked_for_once_a_day_and_three_times_in_thirty_days(desk: Desk) -> None:
    step = desk.account().invoices[FAT_1].place
    for day in (4, 5, 6):
        desk.do(SendAgain(REF), at(day))
        put_back(desk, step)
    with pytest.raises(Conflict, match="copies"):
        desk.do(SendAgain(REF), at(7))
    with pytest.raises(Conflict, match="no message"):  # by then another step has come up
        desk.do(SendAgain(REF), at(36))


def test_what_was_never_sent_cannot_be_sent_again(desk: Desk) -> None:
    account = desk.account()
    invoice = replace(account.invoices[FAT_1], place=Place())
    desk.portfolio.accounts[CREDITOR, CUSTOMER] = account.with_invoice(invoice)
    assert not desk.view().can_be_sent_again
    with pytest.raises(Conflict):
        desk.do(SendAgain(REF))


# ── settling ────────────────────────────────────────────────────────────────────────────────────


def simulate(desk: Desk, choice: Choice, now: datetime = NOW) -> DealView:
    return desk.page.simulate(desk.dispatch_id, choice, now=now)


def test_an_offer_is_shown_with_its_bounds(desk: Desk) -> None:
    offer = desk.view().offer
    assert offer is not None
    assert [(o.min_instalments, o.max_instalments) for o in offer.options] == [(1, 1), (2, 6)]
    assert [p.instalments for p in offer.plans] == [1, 2, 3, 4, 5, 6]
    assert offer.first_due_dates[0] == TODAY
    assert offer.owed == Money(14990 + 300 + 20)


def test_a_simulation_says_in_words_what_it_says_in_numbers(desk: Desk) -> None:
    deal = simulate(desk, Choice(3, Money(5000), date(2026, 11, 18)))
    assert deal.total == Money(sum(p.amount.centavos for p in deal.instalments))
    assert deal.owed - deal.discount == deal.total
    assert [p.number for p in deal.instalments] == [0, 1, 2, 3]
    for words in (
        "FAT-1",
        "10/11/2026",
        "Aurora Energia Ltda",
        "R$ 50,00",
        "Entrada",
        "não é nova",
    ):
        assert words in deal.terms
    assert "52998224725" not in deal.terms


@pytest.mark.parametrize(
    ("choice", "path"),
    [
        (Choice(7, Money(5000), date(2026, 11, 18)), "instalments"),
        (Choice(3, Money(1), date(2026, 11, 18)), "down_payment"),
        (Choice(1, Money(0), date(2027, 1, 1)), "first_due"),
    ],
)
def test_a_choice_outside_the_offer_is_refused_at_its_field(
    desk: Desk, choice: Choice, path: str
) -> None:
    with pytest.raises(InvalidInput) as simulated:
        simulate(desk, choice)
    with pytest.raises(InvalidInput) as accepted:
        desk.do(Settle(choice, "0" * 32))
    for refused in (simulated, accepted):
        assert [p.path for p in refused.value.problems] == [path]
    assert desk.acted() == []


def test_an_accepted_settlement_keeps_its_exact_terms(desk: Desk) -> None:
    deal = simulate(desk, AT_ONCE)
    receipt = desk.do(Settle(AT_ONCE, deal.key))
    (agreement,) = desk.account().agreements
    assert agreement.terms_sha256 == sha256_of(deal.terms)
    assert (agreement.dispatch_id, agreement.origin) == (desk.dispatch_id, "page")
    terms, form = desk.chain(EventKind.ACTED)
    assert desk.private(terms) == ({}, deal.terms.encode())
    assert form.facts["agreement_id"] == agreement.agreement_id
    assert form.facts["terms_sha256"] == agreement.terms_sha256
    assert receipt.facts["agreement_id"] == agreement.agreement_id
    (event,) = desk.publisher.of("CustomerActed")
    assert event.data["agreement_id"] == agreement.agreement_id


def test_the_instalment_takes_the_place_of_the_debt_on_the_page(desk: Desk) -> None:
    desk.do(settle(desk, Choice(3, Money(5000), date(2026, 11, 18))))
    view = desk.view()
    debt, first = view.invoices
    assert (debt.state, first.state) == (InvoiceState.IN_AGREEMENT, InvoiceState.TO_PAY)
    assert (first.instalment_number, first.is_concerned) == (0, True)
    assert view.total == Money(5000)
    assert view.offer is None
    assert view.agreement is not None
    assert view.agreement.status is AgreementStatus.ACTIVE
    assert [i.is_paid for i in view.agreement.instalments] == [False] * 4
    paid = any_payment("p-1", amount=Money(5000), paid_at=at(5))
    desk.ingest.receive_payment(desk.creditor, first.invoice_id, paid, now=at(5))
    after = desk.view(at(5)).agreement
    assert after is not None
    assert [i.is_paid for i in after.instalments] == [True, False, False, False]


def test_other_terms_than_those_that_were_shown_are_never_accepted(desk: Desk) -> None:
    act = settle(desk)
    part = any_payment(amount=Money(1000))
    desk.ingest.receive_payment(desk.creditor, FAT_1, part, now=NOW)
    with pytest.raises(Conflict):
        desk.do(act)
    assert desk.account().agreements == ()
    assert desk.chain(EventKind.ACTED) == []


def test_an_offer_that_was_shown_stands_as_long_as_it_says(desk: Desk) -> None:
    desk.page.identify(desk.dispatch_id, "4725", ACTING, now=NOW)
    shown = desk.view().offer
    assert shown is not None
    deal = simulate(desk, AT_ONCE)
    for days in (5, 6, 7):
        later = desk.view(at(days)).offer
        assert later is not None
        assert (later.owed, later.valid_until) == (shown.owed, shown.valid_until)
    assert desk.do(Settle(AT_ONCE, deal.key), at(7)).facts["total_centavos"] == str(
        deal.total.centavos
    )
    assert desk.view(at(7)).agreement is not None


def test_an_offer_that_has_lapsed_is_made_anew(desk: Desk) -> None:
    desk.page.identify(desk.dispatch_id, "4725", ACTING, now=NOW)
    shown, anew = desk.view().offer, desk.view(at(8)).offer
    assert shown is not None
    assert anew is not None
    assert anew.owed > shown.owed


def test_a_creditor_that_offers_nothing_settles_nothing() -> None:
    desk = Desk(creditor=replace(any_creditor(), offers=OfferRules()))
    assert desk.view().offer is None
    with pytest.raises(Conflict):
        simulate(desk, AT_ONCE)
    with pytest.raises(Conflict):
        desk.do(Settle(AT_ONCE, "0" * 32))


def test_a_settlement_that_was_cancelled_can_be_made_again(desk: Desk) -> None:
    act = settle(desk)
    first = desk.do(act)
    desk.page.agreements.cancel(
        desk.creditor, first.facts["agreement_id"], reason="engano", now=NOW
    )
    second = desk.do(act)
    assert second.protocol != first.protocol
    assert second.facts["agreement_id"] != first.facts["agreement_id"]
    assert [a.agreement_id for a in desk.account().agreements] == [second.facts["agreement_id"]]


def test_what_waits_for_approval_rests_and_asks_for_nothing_yet() -> None:
    (rule,) = OFFERS.rules
    offers = OfferRules((replace(rule, needs_approval=True),))
    desk = Desk(creditor=replace(any_creditor(), offers=offers))
    first_due = (desk.view().offer or pytest.fail("offered")).first_due_dates[0]
    receipt = desk.do(settle(desk, Choice(1, Money(0), first_due)))
    assert receipt.facts["status"] == "proposed"
    view = desk.view()
    assert (view.invoices[0].state, view.total) == (InvoiceState.IN_AGREEMENT, Money(0))
    assert view.agreement is not None
    assert view.agreement.status is AgreementStatus.PROPOSED
    assert view.agreement.expires_on == date(2026, 11, 16)


def test_an_agreement_that_has_ended_is_shown_where_the_message_is_about_its_instalment(
    desk: Desk,
) -> None:
    desk.do(settle(desk, Choice(2, Money(5000), date(2026, 11, 18))))
    (agreement,) = desk.account().agreements
    first, second, _ = agreement.instalments
    paid = any_payment("p-1", amount=first.amount, paid_at=at(5))
    desk.ingest.receive_payment(desk.creditor, first.invoice_id, paid, now=at(5))
    desk.forge(invoices=(InvoiceStep(second.invoice_id, "x"),))
    assert desk.invoice(at(5)).instalment_number == 1
    desk.page.agreements.cancel(desk.creditor, agreement.agreement_id, reason="engano", now=at(6))
    view = desk.view(at(7))
    assert view.agreement is not None
    assert view.agreement.status is AgreementStatus.CANCELLED
    assert [i.is_paid for i in view.agreement.instalments] == [True, False, False]
    assert view.invoices[0].state is InvoiceState.CANCELLED
    assert view.invoices[1].state is InvoiceState.TO_PAY, "the debt is asked for again"


def test_no_second_copy_goes_out_on_another_channel_than_the_one_that_is_said(
    desk: Desk,
) -> None:
    account = desk.account()
    stopped = replace(account, opt_outs={Channel.EMAIL: NOW})
    desk.portfolio.accounts[CREDITOR, CUSTOMER] = stopped
    assert not desk.view().can_be_sent_again
    with pytest.raises(Conflict):
        desk.do(SendAgain(REF))


# ── receipts ────────────────────────────────────────────────────────────────


def test_a_receipt_belongs_to_its_own_page(desk: Desk) -> None:
    receipt = desk.do(PROMISED)
    desk.issue(any_invoice("fat-9", due_date=DUE))
    other = desk.send(at(6))
    assert desk.page.receipt(other.dispatch_id, receipt.protocol) is None
    assert desk.page.receipt(desk.dispatch_id, receipt.protocol) == receipt


def test_a_page_that_was_disowned_shows_no_earlier_receipt(desk: Desk) -> None:
    promised, disowned = desk.do(PROMISED), desk.do(NotMe())
    assert desk.page.receipt(desk.dispatch_id, promised.protocol) is None
    assert desk.page.receipt(desk.dispatch_id, disowned.protocol) == disowned


@pytest.mark.parametrize("protocol", ["", "AAAA-AAAA-AA", "../../x", "A" * 500, "0000-0000-00"])
def test_there_is_no_receipt_of_an_invented_number(desk: Desk, protocol: str) -> None:
    desk.do(PROMISED)
    assert desk.page.receipt(desk.dispatch_id, protocol) is None


# ── crashes ─────────────────────────────────────────────────────────────────────────────────────


class Crash(TemporaryError):
    """The machine stops here."""


class Fuse:
    """Stops everything at the n-th step, once; each write is two: before it and after it."""

    def __init__(self) -> None:
        self.left: int | None = None

    def step(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left == 0:
            self.left = None
            raise Crash

    def wrap(self, target: Any, names: Any) -> Any:  # noqa: ANN401 - any port
        return Fragile(target, names, self)


class Fragile:
    """A port whose writes may be cut off."""

    def __init__(self, target: Any, names: Any, fuse: Fuse) -> None:  # noqa: ANN401 - any port
        self.target, self.names, self.fuse = target, names, fuse

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method
        real = getattr(self.target, name)
        if name not in self.names:
            return real

        def cut(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the port's
            self.fuse.step()
            result = real(*args, **kwargs)
            self.fuse.step()
            return result

        return cut


def outcome(desk: Desk) -> Any:  # noqa: ANN401 - compared as a whole
    """Return what an act left behind, instants and versions aside."""
    account = desk.account()
    chain = desk.ledger.find(desk.dispatch_id)
    assert chain is not None
    notes = desk.portfolio.notes(CREDITOR, CUSTOMER)
    return {
        "holds": sorted((h.kind, h.invoice_id, h.reason, h.promised) for h in account.holds),
        "opt_outs": sorted(account.opt_outs),
        "gone": account.suppressed_addresses,
        "wishes": account.wishes and (account.wishes.channel, account.wishes.hour),
        "agreements": [(a.agreement_id, a.terms_sha256, a.total) for a in account.agreements],
        "invoices": {i: (v.place.step_id, v.amount) for i, v in account.invoices.items()},
        "chain": [(e.kind, e.event_id) for e in chain[1]],
        "notes": sorted((n.kind, n.invoice_id or "", n.facts.get("act", "")) for n in notes),
        "told": {
            (e.detail_type, json.dumps(dict(e.data), sort_keys=True, default=str))
            for e in desk.publisher.events
            if e.detail_type in {"CustomerActed", "MessageRead", "DisputeOpened"}
        },
        "kinds": {e.detail_type for e in desk.publisher.events},
    }


@pytest.mark.parametrize("kind", ActKind)
def test_a_crash_at_any_step_is_healed_by_doing_it_again(kind: ActKind) -> None:
    whole = Desk()
    whole.do(every_act(whole)[kind])
    expected = outcome(whole)
    crashes = 0
    for step in range(1, 60):
        fuse = Fuse()
        desk = Desk(wrap=fuse.wrap)
        act = every_act(desk)[kind]
        fuse.left = step
        try:
            desk.do(act)
        except Crash:
            crashes += 1
            desk.do(act, NOW + timedelta(minutes=7))
        else:
            fuse.left = None
            break
        assert outcome(desk) == expected, f"cut at step {step}"
    assert crashes >= 6, "there are three writes at least: evidence, note and events"


def test_the_note_comes_last_of_what_is_written(desk: Desk) -> None:
    desk.do(DISPUTED)
    kinds = [n.kind for n in desk.portfolio.notes(CREDITOR, CUSTOMER)]
    assert kinds[-2:] == [NoteKind.HOLD_PLACED, NoteKind.CUSTOMER_ACTED]


def test_a_dispute_again_on_another_day_is_another_act(desk: Desk) -> None:
    first = desk.do(DISPUTED)
    assert desk.do(DISPUTED, at(5)).protocol != first.protocol
    assert len(desk.account().holds) == 1
