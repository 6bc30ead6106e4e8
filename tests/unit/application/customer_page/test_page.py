"""What the page shows: who wrote, the question, and what is owed today."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from regua.application.attend import Attend
from regua.application.customer_page.acts import Promise
from regua.application.customer_page.case import ref_of
from regua.application.customer_page.identify import Identified, Refused, RefusedKind
from regua.application.customer_page.views import InvoiceState, Question
from regua.application.invoice_lines import invoice_line
from regua.application.ports import Creditor
from regua.domain.automatic_debit import BY
from regua.domain.boleto.bank_boleto import BankBoleto
from regua.domain.delivery import EventKind
from regua.domain.dispatch import InvoiceStep, Purpose
from regua.domain.errors import InvalidInput, NotFound
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import PaymentOptions
from regua.domain.money import Money
from regua.domain.negotiation.deal import Choice
from regua.domain.pix import br_code
from regua.domain.pix.setup import PixSetup
from regua.domain.pix.today_code import static_txid
from regua.domain.ruler import Channel
from tests.builders import CREDITOR, DUE, any_creditor, any_customer, any_invoice, any_payment
from tests.unit.application.customer_page.desk import (
    ACTING,
    EMAIL,
    FAT_1,
    NOW,
    Desk,
    at,
    settle,
)

RIGHT, WRONG = "47-25", "0000"
KEY = "aurora@example.com.br"
UNKNOWN = DispatchId("f" * 32)
LINE = BankBoleto("341", Money(14990), DUE, "1090022335021234567890000").line
ANOTHER_LINE = BankBoleto("341", Money(9990), DUE, "1090022335021234567890000").line
EARLIER_LINE = BankBoleto("341", Money(14990), date(2026, 11, 3), "1" * 25).line
OPEN_LINE = BankBoleto("341", Money(0), DUE, "1090022335021234567890000").line
BILL = "826900000001499000001234202611100000000000001234"
LATE_TOTAL = 14990 + 300 + 20
"""Four days late: 2% of R$ 149,90 is R$ 2,998, and 1% a month for four days is R$ 0,1999."""


@pytest.fixture
def desk() -> Desk:
    return Desk()


def answer(desk: Desk, typed: str, now: int = 4) -> Identified | Refused:
    return desk.page.identify(desk.dispatch_id, typed, ACTING, now=at(now))


# ── who wrote ───────────────────────────────────────────────────────────────────────────────────


def test_whoever_has_the_link_sees_who_wrote_and_nothing_of_the_customer(desk: Desk) -> None:
    landing = desk.page.land(desk.dispatch_id)
    assert landing is not None
    assert landing.sender == desk.creditor.sender
    assert landing.question == Question("cpf", 4)
    assert not landing.is_disowned
    for word in ("Maria", "149", "FAT-1", "52998224725", EMAIL):
        assert word not in repr(landing)


def test_a_company_is_asked_for_the_digits_before_the_slash() -> None:
    desk = Desk(customer={"document": "12ABC34501DE35"})
    landing = desk.page.land(desk.dispatch_id)
    assert landing is not None
    assert landing.question == Question("cnpj", 4)
    assert isinstance(answer(desk, "c345"), Identified)


@pytest.mark.parametrize("document", ["", "11111111111"])
def test_without_a_document_on_file_only_the_creditor_s_contact_is_shown(document: str) -> None:
    desk = Desk(customer={"document": document})
    landing = desk.page.land(desk.dispatch_id)
    assert landing is not None
    assert landing.question is None
    assert desk.page.show(desk.dispatch_id, now=NOW) is None
    assert answer(desk, RIGHT) == Refused(RefusedKind.NO_QUESTION)


def test_a_creditor_that_is_paused_shows_its_contact_only(desk: Desk) -> None:
    desk.directory.creditors[CREDITOR] = replace(desk.creditor, paused=True)
    landing = desk.page.land(desk.dispatch_id)
    assert landing is not None
    assert landing.question is None
    assert desk.page.show(desk.dispatch_id, now=NOW) is None


def test_what_never_was_and_a_creditor_that_is_gone_have_no_page(desk: Desk) -> None:
    assert desk.page.land(UNKNOWN) is None
    assert desk.page.show(UNKNOWN, now=NOW) is None
    with pytest.raises(NotFound):
        desk.page.identify(UNKNOWN, RIGHT, ACTING, now=NOW)
    del desk.directory.creditors[CREDITOR]
    assert desk.page.land(desk.dispatch_id) is None


# ── the question ────────────────────────────────────────────────────────────────────────────────


def test_a_right_answer_opens_the_page_and_is_on_record(desk: Desk) -> None:
    assert answer(desk, RIGHT) == Identified()
    (event,) = desk.chain(EventKind.IDENTIFIED)
    assert event.at == NOW
    assert event.facts == {"document": "cpf", "document_digits": "matched"}
    private, raw = desk.private(event)
    assert private["ip"] == ACTING.ip
    assert private["port"] == ACTING.port
    assert raw is not None
    assert json.loads(raw)["form"] == {"digits": "4725"}


def test_a_wrong_answer_says_how_many_are_left_and_leaves_no_trace(desk: Desk) -> None:
    assert answer(desk, WRONG) == Refused(RefusedKind.WRONG, 4)
    assert answer(desk, WRONG) == Refused(RefusedKind.WRONG, 3)
    assert desk.chain(EventKind.IDENTIFIED) == []


@pytest.mark.parametrize("typed", ["", "47", "472512", "47.2", "٤٧٢٥", "4725" * 50])
def test_what_can_be_no_answer_uses_no_try(desk: Desk, typed: str) -> None:
    assert answer(desk, typed) == Refused(RefusedKind.UNREADABLE)
    assert answer(desk, WRONG) == Refused(RefusedKind.WRONG, 4)


def test_after_five_wrong_answers_a_day_even_the_right_one_opens_nothing(desk: Desk) -> None:
    wrong = [answer(desk, WRONG) for _ in range(5)]
    assert wrong[-1] == Refused(RefusedKind.WRONG, 0)
    assert answer(desk, RIGHT) == Refused(RefusedKind.NO_MORE_TODAY, 0)
    assert answer(desk, WRONG) == Refused(RefusedKind.NO_MORE_TODAY, 0)
    assert answer(desk, RIGHT, now=5) == Identified()


def test_after_ten_wrong_answers_a_link_is_used_up_for_ever(desk: Desk) -> None:
    for day in (4, 5):
        for _ in range(5):
            answer(desk, WRONG, now=day)
    assert answer(desk, RIGHT, now=40) == Refused(RefusedKind.NO_MORE, 0)


def test_the_last_wrong_answer_of_a_link_promises_no_other_day(desk: Desk) -> None:
    wrong = [answer(desk, WRONG, now=day) for day in (4, 5) for _ in range(5)]
    assert wrong[4] == Refused(RefusedKind.WRONG, 0), "tomorrow there are others"
    assert wrong[-1] == Refused(RefusedKind.NO_MORE, 0)


def test_right_answers_use_up_nothing(desk: Desk) -> None:
    assert {type(answer(desk, RIGHT)) for _ in range(30)} == {Identified}
    assert answer(desk, WRONG) == Refused(RefusedKind.WRONG, 4)


def test_the_ledger_is_not_filled_by_who_knows_the_answer(desk: Desk) -> None:
    for minute in range(60):
        now = NOW + timedelta(minutes=minute)
        desk.page.identify(desk.dispatch_id, RIGHT, ACTING, now=now)
    assert len(desk.chain(EventKind.IDENTIFIED)) == 50


# ── what is owed ────────────────────────────────────────────────────────────────────────────────


def test_an_invoice_is_shown_with_its_payoff_of_the_day(desk: Desk) -> None:
    view = desk.view()
    (invoice,) = view.invoices
    line = invoice.line
    assert (line.late_fine_centavos, line.late_interest_centavos) == (300, 20)
    assert view.total == Money(line.total_centavos) == Money(LATE_TOTAL)
    assert (invoice.state, invoice.is_concerned) == (InvoiceState.TO_PAY, True)
    assert line.pay_url == "https://pague.aurora.example.com.br/fat-1"
    assert view.on == date(2026, 11, 14)
    assert invoice.can_promise_until == date(2026, 11, 24)
    assert view.customer_name == "Maria da Silva"


@pytest.mark.parametrize("days", [-5, 0, 1, 4, 30, 400])
def test_page_and_message_say_the_same_of_an_invoice(desk: Desk, days: int) -> None:
    account = desk.account()
    invoice = account.invoices[FAT_1]
    told = invoice_line(desk.creditor, account, invoice, DUE + timedelta(days=days), None)
    shown = desk.invoice(at(days)).line
    same = ("original_centavos", "late_fine_centavos", "late_interest_centavos", "total_centavos")
    assert [getattr(shown, n) for n in same] == [getattr(told, n) for n in same]


def test_what_is_paid_is_thanked_for_and_asks_for_nothing(desk: Desk) -> None:
    desk.ingest.receive_payment(desk.creditor, FAT_1, any_payment(), now=at(5))
    view = desk.view(at(6))
    (invoice,) = view.invoices
    assert (invoice.state, view.total) == (InvoiceState.PAID, Money(0))
    assert invoice.paid_on == date(2026, 11, 12)
    assert (invoice.line.pix_copy_paste, invoice.line.pay_url) == (None, None)
    assert invoice.can_promise_until is None
    assert view.offer is None


def test_what_was_overpaid_can_be_shown(desk: Desk) -> None:
    paid = any_payment(amount=Money(99990))
    desk.ingest.receive_payment(desk.creditor, FAT_1, paid, now=at(5))
    line = desk.invoice(at(6)).line
    assert line.total_centavos == 0
    assert line.paid_centavos == 14990 + line.late_fine_centavos + line.late_interest_centavos


def test_what_was_withdrawn_asks_for_nothing(desk: Desk) -> None:
    desk.ingest.cancel_invoice(desk.creditor, FAT_1, at=at(4), reason="engano", now=at(4))
    view = desk.view(at(5))
    assert (view.invoices[0].state, view.total) == (InvoiceState.CANCELLED, Money(0))
    assert view.invoices[0].line.pay_url is None


def test_other_open_invoices_come_after_those_of_the_message_and_do_not_count(
    desk: Desk,
) -> None:
    desk.issue(any_invoice("fat-0", due_date=date(2026, 12, 10), amount=Money(5000)))
    view = desk.view()
    assert [(i.invoice_id, i.is_concerned) for i in view.invoices] == [
        ("fat-1", True),
        ("fat-0", False),
    ]
    assert view.total == Money(LATE_TOTAL)


def test_an_invoice_of_another_customer_is_not_shown_whatever_the_message_says(
    desk: Desk,
) -> None:
    other = CustomerId("cli-9")
    foreign = any_invoice("alheia", customer_id=other)
    desk.ingest.issue_invoice(desk.creditor, foreign, any_customer(external_id=other), now=at(0))
    both = tuple(InvoiceStep(InvoiceId(each), "x") for each in ("fat-1", "alheia"))
    desk.forge(invoices=both)
    assert [i.invoice_id for i in desk.view().invoices] == ["fat-1"]
    with pytest.raises(InvalidInput):
        desk.do(Promise(ref_of(CREDITOR, foreign.external_id), date(2026, 11, 20)))


def test_many_other_invoices_do_not_make_the_page_long(desk: Desk) -> None:
    for n in range(40):
        desk.issue(any_invoice(f"outra-{n:02d}", due_date=date(2027, 1, 10)))
    assert len(desk.view().invoices) == 1 + 20


def test_a_message_that_thanks_leads_to_no_other_debt(desk: Desk) -> None:
    desk.issue(any_invoice("fat-0"))
    desk.ingest.receive_payment(desk.creditor, FAT_1, any_payment(), now=at(5))
    desk.forge(purpose=Purpose.RECEIPT)
    view = desk.view(at(40))
    assert [i.invoice_id for i in view.invoices] == ["fat-1"]
    assert view.offer is None


def test_a_message_that_thanks_for_an_instalment_asks_for_no_other(desk: Desk) -> None:
    desk.do(settle(desk, Choice(2, Money(5000), date(2026, 11, 18))))
    (agreement,) = desk.account().agreements
    first = agreement.instalments[0]
    paid = any_payment("p-1", amount=first.amount, paid_at=at(5))
    desk.ingest.receive_payment(desk.creditor, first.invoice_id, paid, now=at(5))
    desk.forge(purpose=Purpose.RECEIPT, invoices=(InvoiceStep(first.invoice_id, "x"),))
    view = desk.view(at(6))
    assert [(i.invoice_id, i.state) for i in view.invoices] == [
        (first.invoice_id, InvoiceState.PAID)
    ]
    assert view.total == Money(0)
    assert view.agreement is not None


def test_a_message_that_thanks_leads_to_no_agreement_about_something_else(desk: Desk) -> None:
    desk.do(settle(desk))
    desk.issue(any_invoice("fat-0"))
    desk.ingest.receive_payment(desk.creditor, InvoiceId("fat-0"), any_payment(), now=at(5))
    paid = (InvoiceStep(InvoiceId("fat-0"), "x"),)
    desk.forge(purpose=Purpose.RECEIPT, invoices=paid)
    assert desk.view(at(6)).agreement is None
    desk.forge(purpose=Purpose.COLLECTION, invoices=paid)
    assert desk.view(at(6)).agreement is not None


def test_the_channels_that_can_be_wished_for_are_those_with_an_address(desk: Desk) -> None:
    view = desk.view()
    assert list(view.channels) == [Channel.EMAIL]
    assert list(view.hours) == list(range(8, 20))


def test_what_a_standing_debit_is_about_to_pay_cannot_be_paid_twice(desk: Desk) -> None:
    attend = Attend(desk.portfolio, desk.ledger, desk.publisher)
    attend.debit_scheduled(desk.creditor, FAT_1, until=at(9), by=BY, now=at(3))
    view = desk.view()
    (invoice,) = view.invoices
    assert (invoice.state, view.total) == (InvoiceState.DEBIT_SCHEDULED, Money(0))
    assert (invoice.line.pay_url, invoice.can_promise_until) == (None, None)
    assert desk.invoice(at(10)).state is InvoiceState.TO_PAY


# ── Pix ─────────────────────────────────────────────────────────────────────────────────────────


def static(amount: int | None, txid: str = "FAT1") -> str:
    return br_code.encode(
        br_code.BrCode(
            name="Aurora Energia",
            city="SAO PAULO",
            key=KEY,
            amount=None if amount is None else Money(amount),
            txid=txid,
        )
    )


DYNAMIC = br_code.encode(
    br_code.BrCode(
        name="Aurora Energia", city="SAO PAULO", location="pix.example.com/cobv/1", single_use=True
    )
)


@pytest.mark.parametrize("amount", [14990, None])
def test_a_static_code_is_written_again_with_the_amount_of_the_day(amount: int | None) -> None:
    desk = Desk(any_invoice(payment=PaymentOptions(pix_copy_paste=static(amount))))
    invoice = desk.invoice()
    read = br_code.decode(invoice.line.pix_copy_paste or "")
    assert read.amount == Money(LATE_TOTAL)
    assert (read.key, read.txid, read.name, read.city) == (
        KEY,
        "FAT1",
        "Aurora Energia",
        "SAO PAULO",
    )
    assert invoice.is_pix_amount_fixed


def test_a_dynamic_code_is_shown_as_it_is() -> None:
    desk = Desk(any_invoice(payment=PaymentOptions(pix_copy_paste=DYNAMIC)))
    invoice = desk.invoice()
    assert invoice.line.pix_copy_paste == DYNAMIC
    assert not invoice.is_pix_amount_fixed


def test_the_code_of_the_charge_we_made_is_shown_as_it_is() -> None:
    desk = Desk(any_invoice(charge_code=DYNAMIC), creditor=paid_by_pix(has_psp=True))
    assert desk.invoice().line.pix_copy_paste == DYNAMIC


def paid_by_pix(*, has_psp: bool) -> Creditor:
    return replace(any_creditor(), pix=PixSetup(KEY, has_psp=has_psp))


@pytest.mark.parametrize("has_psp", [True, False])
def test_without_a_code_ours_asks_for_today_s_amount_and_finds_its_invoice(
    *, has_psp: bool
) -> None:
    desk = Desk(creditor=paid_by_pix(has_psp=has_psp))
    code = br_code.decode(desk.invoice().line.pix_copy_paste or "")
    assert (code.key, code.amount) == (KEY, Money(LATE_TOTAL))
    assert code.txid == static_txid(CREDITOR, FAT_1)
    assert desk.pix.invoice_of(CREDITOR, code.txid) == FAT_1


def test_a_txid_is_claimed_once_and_not_at_every_view() -> None:
    desk = Desk(creditor=paid_by_pix(has_psp=False))
    desk.invoice()
    claims: list[object] = []
    desk.pix.claim_txid = lambda *args: claims.append(args)  # type: ignore[method-assign]
    desk.invoice()
    assert claims == []


@pytest.mark.parametrize("code", ["000201", static(14990)[:-4] + "0000"])
def test_a_code_that_nobody_can_read_is_not_shown(code: str) -> None:
    desk = Desk(any_invoice(payment=PaymentOptions(pix_copy_paste=code)))
    assert desk.invoice().line.pix_copy_paste is None


# ── boleto ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "days", "expected", "why"),
    [
        (LINE, 0, {"line", "pdf"}, "it asks for what is owed"),
        (LINE, 4, {"line", "pdf", "warning"}, "the bank adds the charges, and the page says so"),
        (ANOTHER_LINE, 0, set(), "it asks for another amount"),
        (EARLIER_LINE, 0, set(), "it was due before, and the bank would add charges"),
        (OPEN_LINE, 4, {"line", "pdf", "warning"}, "its amount is filled in when it is paid"),
        (BILL, 0, {"line"}, "a utility's bill, in time"),
        (BILL, 4, set(), "a utility's bill, late"),
        (None, 4, set(), "there is none"),
    ],
)
def test_a_boleto_is_shown_while_it_asks_for_what_is_owed(
    line: str | None, days: int, expected: set[str], why: str
) -> None:
    desk = Desk(any_invoice(payment=PaymentOptions(boleto_line=line)))
    invoice = desk.invoice(at(days))
    found = {
        "line": invoice.line.boleto_line is not None,
        "pdf": invoice.has_boleto_pdf,
        "warning": invoice.does_bank_add_charges,
    }
    assert {name for name, is_so in found.items() if is_so} == expected, why


def test_after_a_payment_in_part_the_boleto_of_the_whole_is_not_shown() -> None:
    desk = Desk(any_invoice(payment=PaymentOptions(boleto_line=LINE)))
    paid = any_payment(amount=Money(5000))
    desk.ingest.receive_payment(desk.creditor, FAT_1, paid, now=at(3))
    invoice = desk.invoice()
    assert invoice.state is InvoiceState.TO_PAY
    assert (invoice.line.boleto_line, invoice.has_boleto_pdf) == (None, False)


def test_an_invoice_of_another_customer_or_creditor_has_another_name_in_forms(
    desk: Desk,
) -> None:
    names = {
        ref_of(CreditorId(creditor), InvoiceId(invoice))
        for creditor, invoice in (("a", "bc"), ("ab", "c"), ("a", "b"), ("b", "a"))
    }
    assert len(names) == 4
    assert desk.invoice().ref not in names
