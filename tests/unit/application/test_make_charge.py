"""An invoice's charge at the PSP: what the invoice asks, after whatever happened."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.memory import MemoryLedger
from regua.application.attend import Attend
from regua.application.make_charge import Made
from regua.application.pix_ports import ChargeStatus, PspCharge, PspRefused, PspUnavailable
from regua.application.ports import Change, Creditor
from regua.domain.automatic_debit import BY
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import CreditorId
from regua.domain.interest import LegalRate
from regua.domain.invoice import InvoiceStatus, PaymentMethod, PaymentOptions
from regua.domain.late_charges import DiscountTier, LateChargeTerms
from regua.domain.money import Money
from regua.domain.pix.charge import body_problems, txid_of
from regua.domain.rulers import Rulers
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)
from tests.pix_world import AMOUNT, FAT_1, KEY, PixWorld, any_pix, e2eid, refunded, static_code

ISSUED_LATER = any_invoice().issued_at + timedelta(days=1)
OWN = PaymentOptions(pix_copy_paste="00020126")


def test_an_invoice_gets_a_charge_that_says_its_contract() -> None:
    world = PixWorld()
    invoice = world.issue(
        rebate=Money(1000), discounts=(DiscountTier(DUE - timedelta(days=2), amount=Money(500)),)
    )
    body = world.held()
    assert body_problems(body, today=world.now.date()) == ()
    assert body["calendario"] == {"dataDeVencimento": "2026-11-10", "validadeAposVencimento": 365}
    assert body["valor"] == {
        "original": "149.90",
        "multa": {"modalidade": 2, "valorPerc": "2.00"},
        "juros": {"modalidade": 3, "valorPerc": "1.00"},
        "abatimento": {"modalidade": 1, "valorPerc": "10.00"},
        "desconto": {
            "modalidade": 1,
            "descontoDataFixa": [{"data": "2026-11-08", "valorPerc": "5.00"}],
        },
    }
    assert body["chave"] == KEY
    assert invoice.charge_code == f"000201{world.txid()}"
    assert invoice.pix_code == invoice.charge_code


def test_the_code_stays_when_the_erp_describes_the_invoice_again() -> None:
    world = PixWorld()
    code = world.issue().charge_code
    again = world.issue(issued_at=ISSUED_LATER, description="Mensalidade")
    assert again.description == "Mensalidade"
    assert again.charge_code == code is not None


def test_a_code_of_the_creditors_own_goes_first_and_ours_is_removed() -> None:
    world = PixWorld()
    world.issue()
    invoice = world.issue(issued_at=ISSUED_LATER, payment=OWN)
    assert invoice.pix_code == OWN.pix_copy_paste
    assert invoice.charge_code is None
    assert status(world) is ChargeStatus.REMOVED_BY_US


def status(world: PixWorld) -> ChargeStatus:
    """Return where the invoice's charge stands at the PSP."""
    return world.provider.charges[CREDITOR, world.txid()].status


def test_a_creditor_without_pix_has_no_charges() -> None:
    world = PixWorld(creditor=any_creditor())
    world.issue()
    assert not world.provider.charges
    assert world.make() is Made.KEPT


def test_a_creditor_whose_key_is_all_has_no_charges() -> None:
    world = PixWorld(creditor=any_creditor(pix={"key": KEY, "psp": False}))
    world.issue()
    assert not world.provider.charges
    assert world.make() is Made.KEPT


@pytest.mark.parametrize(
    ("changes", "path", "value"),
    [
        ({"amount": Money(20000)}, ("valor", "original"), "200.00"),
        (
            {"due_date": DUE + timedelta(days=7)},
            ("calendario", "dataDeVencimento"),
            "2026-11-17",
        ),
        ({"rebate": Money(990)}, ("valor", "abatimento"), {"modalidade": 1, "valorPerc": "9.90"}),
        (
            {"discounts": (DiscountTier(DUE, percent=Decimal(5)),)},
            ("valor", "desconto"),
            {
                "modalidade": 2,
                "descontoDataFixa": [{"data": "2026-11-10", "valorPerc": "5.00"}],
            },
        ),
    ],
)
def test_a_changed_invoice_changes_its_charge_and_keeps_its_txid(
    changes: Mapping[str, Any], path: tuple[str, str], value: object
) -> None:
    world = PixWorld()
    world.issue()
    txid = world.txid()
    world.issue(issued_at=ISSUED_LATER, **changes)
    assert world.txid() == txid
    assert world.held()[path[0]][path[1]] == value
    assert world.provider.charges[CREDITOR, txid].revision == 1


def test_what_does_not_change_what_is_asked_asks_nobody() -> None:
    world = PixWorld()
    world.issue()
    again = any_invoice(issued_at=ISSUED_LATER, description="outra", metadata={"a": "b"})
    world.ingest.issue_invoice(world.creditor, again, any_customer(), now=world.now)
    assert world.charges.asked == []


def test_the_same_description_again_asks_once_more() -> None:
    """The first time may have been lost between writing and asking."""
    world = PixWorld()
    world.issue()
    world.ingest.issue_invoice(world.creditor, any_invoice(), any_customer(), now=world.now)
    assert [invoice for _, invoice, _ in world.charges.asked] == [FAT_1]
    assert world.make() is Made.KEPT


@pytest.mark.parametrize("how", ["paid another way", "cancelled"])
def test_a_charge_that_nobody_owes_is_removed(how: str) -> None:
    world = PixWorld()
    world.issue()
    if how == "cancelled":
        world.ingest.cancel_invoice(world.creditor, FAT_1, world.now, "engano", now=world.now)
    else:
        world.pay(any_payment())
    world.work()
    assert status(world) is ChargeStatus.REMOVED_BY_US
    assert world.invoice().charge_code is None


def test_an_invoice_that_opens_again_gets_another_charge() -> None:
    world = PixWorld()
    world.issue()
    first = world.txid()
    world.receive(any_pix())
    world.tell()
    world.receive(refunded(any_pix(txid=first), AMOUNT.centavos), external_id=None)
    world.tell()
    assert world.txid() == txid_of(CREDITOR, FAT_1, 1)
    assert status(world) is ChargeStatus.ACTIVE
    assert world.invoice().charge_code == f"000201{world.txid()}"
    assert world.records.invoice_of(CREDITOR, first) == FAT_1, "late money still finds it"


def test_a_charge_that_was_paid_unseen_is_counted_before_anything_is_asked() -> None:
    """The webhook was lost; the next look at the charge finds the money."""
    world = PixWorld()
    world.issue()
    world.receive(any_pix())
    assert world.make() is Made.PAID
    world.work()
    assert world.invoice().status is InvoiceStatus.SETTLED
    assert len(world.provider.charges) == 1


def test_what_a_payment_found_so_leaves_is_asked_at_once() -> None:
    """The worker's own use cases name no invoices: it would be telling itself."""
    world = PixWorld()
    world.issue()
    world.receive(any_pix(amount=Money(10000)))
    quiet = replace(world.counting, ingest=replace(world.ingest, charges=None))
    make = replace(world.make_charge, settle=replace(world.settle, counting=quiet))
    assert make(world.creditor, FAT_1, now=world.now) is Made.PAID
    assert world.invoice().balance == Money(4990)
    assert world.held()["valor"]["original"] == "49.90"
    assert world.invoice().charge_code == f"000201{world.txid()}"


def test_a_charge_paid_with_money_yet_to_be_seen_is_not_asked_again() -> None:
    world = PixWorld()
    world.issue()
    held = world.provider.charges[CREDITOR, world.txid()]
    world.provider.charges[CREDITOR, held.txid] = replace(held, status=ChargeStatus.PAID)
    assert world.make() is Made.PAID
    assert len(world.provider.charges) == 1


def test_a_part_payment_before_the_due_date_lessens_the_charge() -> None:
    world = PixWorld()
    world.issue(discounts=(DiscountTier(DUE, percent=Decimal(10)),), amount=Money(10000))
    world.pay(any_payment(amount=Money(4000), paid_at=world.now))
    world.work()
    value = world.held()["valor"]
    assert value["original"] == "60.00"
    # Ten per cent of the whole are R$ 10,00, whatever is left of it.
    assert value["desconto"]["modalidade"] == 1
    assert value["desconto"]["descontoDataFixa"][0]["valorPerc"] == "10.00"


def test_a_charge_that_was_made_in_time_stays_as_it_is_when_the_invoice_is_late() -> None:
    world = PixWorld()
    world.issue()
    before = world.held()
    world.now = nine_o_clock(DUE + timedelta(days=20))
    assert world.make() is Made.KEPT
    assert world.held() == before


def test_an_invoice_that_is_late_when_it_comes_is_asked_as_of_today() -> None:
    world = PixWorld(now=nine_o_clock(DUE + timedelta(days=20)))
    invoice = world.issue(amount=Money(30000))
    body = world.held()
    today = DUE + timedelta(days=20)
    quote = invoice.payoff(today, world.creditor.ruler.late_charges)
    assert body["calendario"]["dataDeVencimento"] == today.isoformat()
    assert body["valor"]["original"] == f"{quote.total.centavos / 100:.2f}" == "308.00"
    # One per cent a month of R$ 300,00 is R$ 0,10 a day.
    assert body["valor"]["juros"] == {"modalidade": 1, "valorPerc": "0.10"}
    assert "multa" not in body["valor"]


def test_a_part_payment_after_the_due_date_is_asked_as_of_that_day() -> None:
    world = PixWorld()
    world.issue(amount=Money(30000))
    world.now = nine_o_clock(DUE + timedelta(days=20))
    world.pay(any_payment(amount=Money(10000), paid_at=world.now))
    world.work()
    body = world.held()
    assert body["valor"]["original"] == "208.00"
    assert "multa" not in body["valor"], "the fine is charged once, and is in the amount"


@pytest.mark.parametrize(
    ("late_charges", "path"),
    [
        ({"grace_days": 3}, "late_charges.grace_days"),
        ({"interest": {"kind": "legal_rate"}}, "interest"),
    ],
)
def test_what_a_charge_cannot_say_is_refused_with_its_reason(
    late_charges: Mapping[str, object], path: str
) -> None:
    creditor = PixWorld().creditor
    terms = replace(creditor.ruler.late_charges, **terms_of(late_charges))
    world = PixWorld(creditor=with_terms(creditor, terms))
    world.issue()
    record = world.records.charge(CREDITOR, FAT_1)
    assert record is not None
    assert record.refused == path
    assert not world.provider.charges
    assert world.invoice().pix_code is None


def terms_of(said: Mapping[str, object]) -> Mapping[str, Any]:
    """Return fields of terms; the legal rate has no form in a test's table."""
    return {"interest": LegalRate({})} if "interest" in said else said


def with_terms(creditor: Creditor, terms: LateChargeTerms) -> Creditor:
    """Return a creditor whose ruler has other late charges."""
    return replace(creditor, rulers=Rulers.only(replace(creditor.ruler, late_charges=terms)))


def test_what_the_psp_refuses_is_on_record_and_tried_again_after_a_change() -> None:
    world = PixWorld()
    kept = world.provider.put_charge

    def refuse(*_: object) -> NoReturn:
        raise PspRefused("CobVOperacaoInvalida")

    world.provider.put_charge = refuse  # type: ignore[method-assign, assignment]
    world.issue()
    record = world.records.charge(CREDITOR, FAT_1)
    assert record is not None
    assert record.refused == "CobVOperacaoInvalida"
    world.provider.put_charge = kept  # type: ignore[method-assign]
    world.issue(issued_at=ISSUED_LATER, amount=Money(20000))
    assert status(world) is ChargeStatus.ACTIVE
    assert world.invoice().charge_code is not None


# ── crashes, races and any order ───────────────────────────────────────────────────────────────


class Crash(Exception):
    """The worker died here."""


STEPS: Mapping[str, Callable[[PixWorld], tuple[object, str]]] = {
    "after the PSP made it": lambda w: (w.records, "save_charge"),
    "after it is on record": lambda w: (w.portfolio, "commit"),
    "before the PSP is asked": lambda w: (w.provider, "put_charge"),
    "before the txid is known": lambda w: (w.records, "claim_txid"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_is_set_right_by_the_next_look(step: str) -> None:
    world = PixWorld()
    world.ingest.issue_invoice(world.creditor, any_invoice(), any_customer(), now=world.now)
    holder, name = STEPS[step](world)
    real = getattr(holder, name)

    def die(*_: object, **__: object) -> None:
        setattr(holder, name, real)
        raise Crash

    setattr(holder, name, die)
    with pytest.raises(Crash):
        world.make()
    world.make()
    assert len(world.provider.charges) == 1
    assert status(world) is ChargeStatus.ACTIVE
    assert world.invoice().charge_code == f"000201{world.txid()}"


def test_money_that_waited_is_counted_though_its_worker_died_after_the_claim() -> None:
    code = static_code("PEDIDO77")
    world = PixWorld()
    world.receive(any_pix(txid="PEDIDO77"), external_id=None)
    world.tell()
    real = world.records.waiting_for

    def die(*_: object) -> NoReturn:
        world.records.waiting_for = real  # type: ignore[method-assign]
        raise Crash

    world.records.waiting_for = die  # type: ignore[method-assign, assignment]
    with pytest.raises(Crash):
        world.issue(payment=PaymentOptions(pix_copy_paste=code))
    world.make()
    assert world.invoice().status is InvoiceStatus.SETTLED
    assert not world.records.unmatched(CREDITOR, None, 10).items


def test_money_that_waited_for_its_charge_leaves_nothing_to_ask() -> None:
    world = PixWorld()
    world.receive(any_pix(txid=txid_of(CREDITOR, FAT_1, 0)), external_id=None)
    world.tell()
    quiet = replace(world.ingest, charges=None)
    quiet.issue_invoice(world.creditor, any_invoice(), any_customer(), now=world.now)
    assert world.make() is Made.KEPT
    assert world.invoice().status is InvoiceStatus.SETTLED
    assert not world.provider.charges


def test_money_for_a_code_of_two_invoices_is_told_of_once() -> None:
    code = static_code("LOJA1")
    world = PixWorld()
    for external_id in ("fat-1", "fat-2"):
        world.issue(external_id, payment=PaymentOptions(pix_copy_paste=code))
    world.receive(any_pix(txid="LOJA1"), external_id=None)
    world.tell()
    for external_id in ("fat-1", "fat-2"):
        world.make(external_id)
    assert world.events("PaymentUnmatched") == 1


def test_an_invoice_about_to_be_debited_has_no_charge_until_the_debit_had_its_time() -> None:
    world = PixWorld()
    world.issue()
    until = world.now + timedelta(days=3)
    attend = Attend(world.portfolio, MemoryLedger(), world.publisher)
    attend.debit_scheduled(world.creditor, FAT_1, until=until, by=BY, now=world.now)
    assert world.make() is Made.REMOVED
    assert status(world) is ChargeStatus.REMOVED_BY_US
    assert world.invoice().charge_code is None
    world.now = until
    assert world.make() is Made.CREATED
    assert world.invoice().charge_code is not None


def test_what_rests_in_an_agreement_has_no_charge_until_the_agreement_ends() -> None:
    world = PixWorld()
    world.issue()
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    hold = Hold("h", HoldKind.IN_AGREEMENT, world.now, None, "acordo", "page", FAT_1)
    world.portfolio.commit(Change(account.with_hold(hold)))
    assert world.make() is Made.REMOVED
    assert world.invoice().charge_code is None
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    world.portfolio.commit(Change(account.without_holds([hold])))
    assert world.make() is Made.CREATED
    assert world.invoice().charge_code is not None


def test_a_customer_who_says_to_have_paid_keeps_the_charge() -> None:
    world = PixWorld()
    world.issue()
    attend = Attend(world.portfolio, MemoryLedger(), world.publisher)
    attend.payment_in_transit(
        world.creditor,
        FAT_1,
        on=world.now.date(),
        method=PaymentMethod.DEBIT,
        by="portal",
        now=world.now,
    )
    assert world.make() is Made.KEPT
    assert status(world) is ChargeStatus.ACTIVE


def test_a_worker_that_was_overtaken_sets_right_what_it_wrote() -> None:
    """It read the invoice, slept while another one changed the charge, and wrote what was old."""
    world = PixWorld()
    world.issue()
    patch = world.provider.patch_charge
    newer = any_invoice(issued_at=ISSUED_LATER + timedelta(days=1), amount=Money(30000))

    def overtaken(creditor_id: CreditorId, txid: str, changes: Mapping[str, Any]) -> PspCharge:
        world.provider.patch_charge = patch  # type: ignore[method-assign]
        world.ingest.issue_invoice(world.creditor, newer, any_customer(), now=world.now)
        world.make()
        return patch(creditor_id, txid, changes)

    world.provider.patch_charge = overtaken  # type: ignore[method-assign]
    world.issue(issued_at=ISSUED_LATER, amount=Money(20000))
    assert world.held()["valor"]["original"] == "300.00"


def test_a_charge_that_the_psp_does_not_remove_is_seen() -> None:
    world = PixWorld()
    world.issue()
    world.ingest.cancel_invoice(world.creditor, FAT_1, world.now, "erro", now=world.now)

    def refuses(*_: object) -> NoReturn:
        raise PspRefused("CobVOperacaoInvalida")

    real = world.provider.patch_charge
    world.provider.patch_charge = refuses  # type: ignore[method-assign, assignment]
    assert world.make() is Made.REFUSED
    assert world.invoice().charge_code is None, "nobody is sent it any more"
    world.provider.patch_charge = real  # type: ignore[method-assign]
    assert world.make() is Made.REMOVED


def test_a_psp_that_is_away_is_asked_again_later() -> None:
    world = PixWorld()
    world.ingest.issue_invoice(world.creditor, any_invoice(), any_customer(), now=world.now)

    def away(*_: object) -> NoReturn:
        raise PspUnavailable

    real = world.provider.put_charge
    world.provider.put_charge = away  # type: ignore[method-assign, assignment]
    with pytest.raises(PspUnavailable):
        world.make()
    world.provider.put_charge = real  # type: ignore[method-assign]
    assert world.make() is Made.CREATED


def test_a_charge_paid_while_it_is_changed_is_counted() -> None:
    world = PixWorld()
    world.issue()
    patch = world.provider.patch_charge

    def paid_now(creditor_id: CreditorId, txid: str, changes: Mapping[str, Any]) -> PspCharge:
        world.provider.patch_charge = patch  # type: ignore[method-assign]
        world.receive(any_pix())
        return patch(creditor_id, txid, changes)

    world.provider.patch_charge = paid_now  # type: ignore[method-assign]
    world.issue(issued_at=ISSUED_LATER, amount=Money(20000))
    invoice = world.invoice()
    assert invoice.paid == AMOUNT
    assert invoice.balance == Money(5010)
    assert world.held()["valor"]["original"] == "50.10", "what is still owed, in another charge"


def _refund_first(world: PixWorld) -> None:
    for known in list(world.provider.pix[CREDITOR].values())[:1]:
        world.receive(refunded(known, known.amount.centavos), external_id=None)
        world.settle(world.creditor, known.end_to_end_id, now=world.now)


def _pay_by_pix(world: PixWorld, number: int) -> None:
    world.receive(any_pix(number, amount=Money(2000 + number)))
    world.tell(number)


def _cancel(world: PixWorld, number: int) -> None:
    if number % 3 == 0:
        world.ingest.cancel_invoice(world.creditor, FAT_1, later(number), "x", now=world.now)


def _be_late(world: PixWorld, number: int) -> None:
    world.now = nine_o_clock(DUE + timedelta(days=number))


def later(number: int) -> datetime:
    """Return when the ERP describes the invoice again."""
    return any_invoice().issued_at + timedelta(hours=number)


ACTIONS: Mapping[str, Callable[[PixWorld, int], object]] = {
    "amount": lambda w, n: w.issue(issued_at=later(n), amount=Money(15000 + n)),
    "due": lambda w, n: w.issue(issued_at=later(n), due_date=DUE + timedelta(days=n)),
    "own": lambda w, n: w.issue(issued_at=later(n), payment=OWN),
    "again": lambda w, _: w.issue(),
    "pay": lambda w, n: w.pay(any_payment(f"p{n}", amount=Money(1000), paid_at=w.now)),
    "cancel": _cancel,
    "pix": _pay_by_pix,
    "refund": lambda w, _: _refund_first(w),
    "late": _be_late,
}


@given(st.lists(st.sampled_from(sorted(ACTIONS)), max_size=8))
def test_whatever_happens_at_most_one_charge_asks_and_it_asks_what_is_owed(
    actions: list[str],
) -> None:
    world = PixWorld()
    world.issue()
    for number, action in enumerate(actions, 1):
        ACTIONS[action](world, number)
        world.work()
    active = [c for c in world.provider.charges.values() if c.status is ChargeStatus.ACTIVE]
    invoice = world.invoice()
    is_asked = invoice.is_open and invoice.payment.pix_copy_paste is None
    assert len(active) == is_asked
    if is_asked:
        assert invoice.charge_code == f"000201{active[0].txid}"
        today = max(world.now.date(), DUE)
        owed = invoice.payoff(today, world.creditor.ruler.late_charges).total
        assert Money(int(active[0].body["valor"]["original"].replace(".", ""))) <= owed
    else:
        assert invoice.charge_code is None


def test_ids_of_pix_are_as_the_psp_writes_them() -> None:
    assert len(e2eid()) == 32
