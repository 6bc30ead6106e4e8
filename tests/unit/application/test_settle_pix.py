"""Money that came in by Pix: counted once, whoever tells of it and however often."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.application.pix_ports import SeenPix
from regua.application.ports import Change
from regua.application.settle_pix import Settled
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.ids import DispatchId, InvoiceId, PaymentId
from regua.domain.invoice import Invoice, InvoiceStatus, PaymentMethod, PaymentOptions, Place
from regua.domain.money import Money
from regua.domain.pix.entries import PixMoney, money_of
from regua.domain.pix.received import ReceivedPix, RefundNature, RefundStatus
from tests.builders import CREDITOR, CUSTOMER, DUE, any_payment, nine_o_clock
from tests.pix_world import AMOUNT, FAT_1, PixWorld, any_pix, e2eid, refunded, static_code


def paid_world(pix: ReceivedPix | None = None) -> PixWorld:
    """Return a world in which the invoice was paid by its charge, and told of."""
    world = PixWorld()
    world.issue()
    world.receive(any_pix() if pix is None else pix)
    world.tell()
    return world


def test_a_pix_settles_the_invoice_of_its_charge() -> None:
    world = paid_world()
    invoice = world.invoice()
    assert invoice.status is InvoiceStatus.SETTLED
    payment = invoice.payments[0]
    assert (payment.payment_id, payment.method) == (e2eid(), PaymentMethod.PIX)
    assert (payment.amount, payment.paid_at) == (AMOUNT, nine_o_clock(DUE))
    assert world.portfolio.load_account(CREDITOR, CUSTOMER).next_evaluation_at is None


def test_the_same_pix_told_again_is_one_payment() -> None:
    world = paid_world()
    assert world.tell() == Settled.SETTLED
    world.sweep()
    assert len(world.invoice().payments) == 1


def test_who_tells_of_a_pix_that_the_psp_does_not_know_is_not_believed() -> None:
    world = PixWorld()
    world.issue()
    assert world.tell(9) == Settled.UNCONFIRMED
    assert world.invoice().status is InvoiceStatus.OPEN
    assert not world.records.seen


def test_what_the_psp_answers_counts_and_not_what_was_told() -> None:
    world = PixWorld()
    world.issue()
    world.receive(any_pix(amount=Money(100)))  # the notification may have said anything
    world.tell()
    assert world.invoice().paid == Money(100)
    assert world.invoice().status is InvoiceStatus.PARTIALLY_PAID


@pytest.mark.parametrize("txid", [None, "naoconhecemos"])
def test_money_that_belongs_to_no_invoice_is_kept_and_announced(txid: str | None) -> None:
    world = PixWorld()
    world.issue()
    world.receive(any_pix(txid=txid), external_id=None)
    assert world.tell() == Settled.UNMATCHED
    assert [m.end_to_end_id for m in world.records.unmatched(CREDITOR, None, 10).items] == [e2eid()]
    told = [e for e in world.publisher.events if e.detail_type == "PaymentUnmatched"]
    assert [e.data for e in told] == [{"payment_id": e2eid()}]


def test_money_is_assigned_by_hand_once() -> None:
    world = PixWorld()
    world.issue()
    world.issue("fat-2")
    world.receive(any_pix(), external_id=None)
    world.tell()
    for _ in range(2):
        world.counting.assign(world.creditor, e2eid(), FAT_1, now=world.now)
    assert world.invoice().status is InvoiceStatus.SETTLED
    assert not world.records.unmatched(CREDITOR, None, 10).items
    with pytest.raises(Conflict, match="fat-1"):
        world.counting.assign(world.creditor, e2eid(), InvoiceId("fat-2"), now=world.now)


def test_money_is_assigned_to_an_invoice_that_is_there() -> None:
    world = PixWorld()
    world.receive(any_pix(), external_id=None)
    with pytest.raises(NotFound):
        world.counting.assign(world.creditor, e2eid(), FAT_1, now=world.now)
    world.tell()
    with pytest.raises(InvalidInput, match="no such invoice"):
        world.counting.assign(world.creditor, e2eid(), FAT_1, now=world.now)


def test_a_refund_of_assigned_money_finds_its_invoice_though_no_txid_does() -> None:
    world = PixWorld()
    world.issue()
    world.receive(any_pix(), external_id=None)
    world.tell()
    world.counting.assign(world.creditor, e2eid(), FAT_1, now=world.now)
    world.receive(refunded(any_pix(), AMOUNT.centavos), external_id=None)
    assert world.tell() == Settled.SETTLED
    assert world.invoice().status is InvoiceStatus.OPEN


# ── refunds ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("nature", "reason"),
    [
        (RefundNature.ORIGINAL, "devolucao"),
        (RefundNature.MED_FRAUD, "med_fraude"),
        (RefundNature.MED_OPERATIONAL, "med_operacional"),
        (RefundNature.MED_AUTOMATIC_PIX, "med_pix_automatico"),
        (RefundNature.UNKNOWN, "devolucao"),
    ],
)
def test_a_pix_that_went_back_whole_opens_the_invoice_again(
    nature: RefundNature, reason: str
) -> None:
    world = paid_world()
    pix = refunded(any_pix(txid=world.txid()), AMOUNT.centavos, nature=nature)
    world.receive(pix, external_id=None)
    world.tell()
    invoice = world.invoice()
    assert invoice.status is InvoiceStatus.OPEN
    assert invoice.payments[0].reversal_reason == reason
    assert invoice.payments[0].reversed_at == pix.refunds[0].settled_at
    assert world.events("InvoiceReopened") == 1


def test_a_reopened_invoice_goes_on_where_it_stood_on_the_ruler() -> None:
    """The step that was made is not made again; the one after it comes next."""
    world = PixWorld()
    stood = stand_at_first_step(world, world.issue())
    world.receive(any_pix())
    world.tell()
    assert world.portfolio.load_account(CREDITOR, CUSTOMER).next_evaluation_at is None, (
        "nothing is due for what is paid"
    )
    pix = refunded(any_pix(txid=world.txid()), AMOUNT.centavos)
    world.now = nine_o_clock(DUE + timedelta(days=2))
    world.receive(pix, external_id=None)
    world.tell()
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.invoices[FAT_1].place == stood
    ruler = world.creditor.ruler
    following = [step.id for _, step in ruler.pending(account.invoices[FAT_1])]
    assert following
    assert stood.step_id not in following
    assert account.next_evaluation_at is not None


def stand_at_first_step(world: PixWorld, invoice: Invoice) -> Place:
    """Put an invoice where it stands once its ruler's first step was made."""
    day, step = world.creditor.ruler.pending(invoice)[0]
    place = invoice.place.after(step.id, day, DispatchId("d1"), day)
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    world.portfolio.commit(Change(account.with_invoice(invoice.at_place(place))))
    return place


@pytest.mark.parametrize(
    "status", [RefundStatus.IN_PROGRESS, RefundStatus.FAILED, RefundStatus.UNKNOWN]
)
def test_a_refund_that_is_not_settled_takes_nothing_back(status: RefundStatus) -> None:
    world = paid_world()
    pix = refunded(any_pix(txid=world.txid()), AMOUNT.centavos)
    pix = replace(pix, refunds=(replace(pix.refunds[0], status=status),))
    world.receive(pix, external_id=None)
    world.tell()
    assert world.invoice().status is InvoiceStatus.SETTLED


def test_what_a_part_refund_leaves_stays_paid() -> None:
    world = paid_world()
    world.receive(refunded(any_pix(txid=world.txid()), 4990), external_id=None)
    world.tell()
    invoice = world.invoice()
    assert invoice.status is InvoiceStatus.PARTIALLY_PAID
    assert invoice.paid == Money(10000)
    standing = [p.payment_id for p in invoice.payments if p.reversed_at is None]
    assert standing == [f"{e2eid()}-net-1"]


def test_a_refund_of_what_was_overpaid_never_opens_the_invoice() -> None:
    world = paid_world(any_pix(amount=Money(20000)))
    world.receive(refunded(any_pix(amount=Money(20000), txid=world.txid()), 5010), external_id=None)
    world.tell()
    assert world.invoice().status is InvoiceStatus.SETTLED
    assert world.invoice().paid == Money(14990)
    assert world.events("InvoiceReopened") == 0


def test_a_refund_that_is_seen_with_the_payment_shows_both() -> None:
    world = PixWorld()
    world.issue()
    world.receive(refunded(any_pix(txid=world.txid()), AMOUNT.centavos), external_id=None)
    world.tell()
    invoice = world.invoice()
    assert invoice.status is InvoiceStatus.OPEN
    assert [(p.payment_id, p.reversal_reason) for p in invoice.payments] == [(e2eid(), "devolucao")]
    assert world.events("InvoicePaid") == world.events("InvoiceReopened") == 0


def looks(*amounts: int) -> list[ReceivedPix]:
    """Return how a Pix looks after each of its refunds, the first look being at none."""
    return [refunded(any_pix(), *amounts[:n]) for n in range(len(amounts) + 1)]


def entered(order: list[ReceivedPix]) -> Invoice:
    """Return the invoice after these looks at a Pix were written in this order."""
    world = PixWorld()
    world.issue()
    txid = world.txid()
    for look in order:
        world.counting.count(world.creditor, replace_txid(look, txid), now=world.now)
    return world.invoice()


def replace_txid(pix: ReceivedPix, txid: str) -> PixMoney:
    """Return what concerns an account of a Pix, with the charge's txid."""
    return money_of(replace(pix, txid=txid))


@pytest.mark.parametrize(
    "order", list(permutations(range(4))), ids=lambda order: "".join(map(str, order))
)
def test_looks_at_a_pix_come_out_the_same_in_any_order(order: tuple[int, ...]) -> None:
    every = looks(1000, 2000, 11990)
    invoice = entered([every[n] for n in order])
    assert invoice.paid == Money(0)
    assert invoice.status is InvoiceStatus.OPEN


@given(
    parts=st.lists(st.integers(1, 5000), max_size=3),
    data=st.data(),
)
def test_what_stands_is_what_has_not_gone_back(parts: list[int], data: st.DataObject) -> None:
    every = looks(*parts)
    order = data.draw(st.lists(st.sampled_from(range(len(every))), max_size=6))
    invoice = entered([every[n] for n in order] + [every[-1]] + [every[n] for n in order])
    assert invoice.paid == Money(max(0, 14990 - sum(parts)))
    standing = [p for p in invoice.payments if p.reversed_at is None]
    assert len(standing) <= 1


# ── out of order ───────────────────────────────────────────────────────────────────────────────


def test_a_payment_of_a_static_code_that_comes_before_its_invoice_waits_for_it() -> None:
    code = static_code("PEDIDO77")
    world = PixWorld()
    world.receive(any_pix(txid="PEDIDO77"), external_id=None)
    assert world.tell() == Settled.UNMATCHED
    world.issue(payment=PaymentOptions(pix_copy_paste=code))
    assert world.invoice().status is InvoiceStatus.SETTLED
    assert not world.records.unmatched(CREDITOR, None, 10).items


def test_a_pix_that_the_erp_told_of_by_its_own_id_stays_where_it_was_counted() -> None:
    world = PixWorld()
    world.issue()
    world.issue("fat-2")
    world.pay(any_payment(e2eid(), amount=AMOUNT, method=PaymentMethod.PIX), "fat-2")
    world.receive(any_pix())
    assert world.tell() == Settled.SETTLED
    assert world.invoice("fat-2").paid == AMOUNT
    assert not world.invoice().paid


def test_money_for_a_code_of_two_invoices_is_for_neither() -> None:
    code = static_code("LOJA1")
    world = PixWorld()
    world.issue(payment=PaymentOptions(pix_copy_paste=code))
    world.issue("fat-2", payment=PaymentOptions(pix_copy_paste=code))
    world.receive(any_pix(txid="LOJA1"), external_id=None)
    assert world.tell() == Settled.UNMATCHED
    assert world.invoice().status is world.invoice("fat-2").status is InvoiceStatus.OPEN


def test_an_invoice_claimed_while_its_money_came_in_gets_it() -> None:
    """Between looking for the txid and keeping the Pix as unmatched, the charge was made."""
    world = PixWorld()
    world.issue()

    class Late:
        def __init__(self) -> None:
            self.asked = 0

        def __call__(self, *_: object) -> InvoiceId | None:
            self.asked += 1
            return None if self.asked == 1 else FAT_1

    world.records.invoice_of = Late()  # type: ignore[method-assign, assignment]  # a race
    world.receive(any_pix(txid=world.txid()), external_id=None)
    assert world.tell() == Settled.SETTLED
    assert world.events("PaymentUnmatched") == 0


def test_an_older_look_never_takes_back_what_is_known() -> None:
    world = paid_world()
    world.receive(refunded(any_pix(txid=world.txid()), AMOUNT.centavos), external_id=None)
    world.tell()
    stale = money_of(any_pix(txid=world.txid()))
    world.counting.count(world.creditor, stale, now=world.now)
    assert world.invoice().status is InvoiceStatus.OPEN
    seen = world.records.find_seen(CREDITOR, e2eid())
    assert seen is not None
    assert len(seen.money.refunds) == 1
    assert not world.counting.is_news(CREDITOR, stale)


# ── boleto and Pix of one slip ─────────────────────────────────────────────────────────────────

LINE = "34191790010104351004791020150008291070026000"
HYBRID = PaymentOptions(boleto_line=LINE, pix_copy_paste="000201")


@pytest.mark.parametrize("first", ["pix", "boleto"])
def test_a_hybrid_boleto_that_both_tell_of_is_one_payment(first: str) -> None:
    world = PixWorld()
    world.issue(payment=HYBRID)
    payments = {
        "pix": any_payment("E1", paid_at=nine_o_clock(DUE)),
        "boleto": any_payment(
            "ret-1", method=PaymentMethod.BOLETO, paid_at=nine_o_clock(DUE) + timedelta(hours=5)
        ),
    }
    for name in sorted(payments, key=lambda each: each != first):
        world.pay(payments[name])
    assert world.invoice().paid == AMOUNT
    counted = [p.payment_id for p in world.invoice().payments if p.reversed_at is None]
    assert counted == ["E1"], "the one that can be refunded by its id"


@pytest.mark.parametrize(
    ("options", "changes", "why"),
    [
        (PaymentOptions(boleto_line=LINE), {}, "the code was ours: two ways to pay"),
        (HYBRID, {"amount": Money(14991)}, "another amount"),
        (HYBRID, {"paid_at": nine_o_clock(DUE + timedelta(days=1))}, "another day"),
    ],
)
def test_two_payments_that_may_be_two_both_count(
    options: PaymentOptions, changes: dict[str, object], why: str
) -> None:
    world = PixWorld()
    world.issue(payment=options)
    world.pay(any_payment("E1", paid_at=nine_o_clock(DUE)))
    boleto = any_payment("ret-1", method=PaymentMethod.BOLETO, paid_at=nine_o_clock(DUE))
    world.pay(replace(boleto, **changes))  # type: ignore[arg-type]  # any field
    counted = [p for p in world.invoice().payments if p.reversed_at is None]
    assert len(counted) == 2, why


def test_two_boletos_and_one_pix_of_a_day_count_as_two() -> None:
    world = PixWorld()
    world.issue(payment=HYBRID)
    for payment in (
        any_payment("ret-1", method=PaymentMethod.BOLETO, paid_at=nine_o_clock(DUE)),
        any_payment("ret-2", method=PaymentMethod.BOLETO, paid_at=nine_o_clock(DUE)),
        any_payment("E1", paid_at=nine_o_clock(DUE)),
    ):
        world.pay(payment)
    assert world.invoice().paid == Money(2 * 14990)


def test_seen_money_keeps_its_invoice() -> None:
    world = paid_world()
    money = money_of(any_pix(txid=world.txid()))
    world.records.save_seen(CREDITOR, SeenPix(money=money, invoice_id=None))
    seen = world.records.find_seen(CREDITOR, e2eid())
    assert seen is not None
    assert seen.invoice_id == FAT_1
    assert world.portfolio.find_payment(CREDITOR, PaymentId(e2eid())) == FAT_1
