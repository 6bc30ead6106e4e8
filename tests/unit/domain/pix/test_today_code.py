"""The Pix code of the day: for what is owed, to whom it was, and readable by others' readers."""

import pytest
from brcode import static as starkbank_static  # type: ignore[import-untyped]
from brcode.utils.brcodeId import jsonFromBrcode  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.invoice import PaymentOptions
from regua.domain.money import Money
from regua.domain.pix import br_code, tlv
from regua.domain.pix.amounts import MAX_AMOUNT, reais
from regua.domain.pix.charge import is_txid
from regua.domain.pix.setup import PixSetup
from regua.domain.pix.today_code import TodayCode, static_txid, today_code
from tests.builders import CREDITOR, any_invoice

KEY = "123e4567-e12b-12d1-a456-426655440000"
TOTAL = Money(15310)
SETUP = PixSetup(KEY, city="SAO PAULO")
NAME = "Aurora Energia Ltda"
FEE_OF_ANOTHER = br_code.encode(br_code.BrCode(name="A", city="B", key=KEY))


def code(
    own: str | None = None, charge: str | None = None, total: Money = TOTAL
) -> TodayCode | None:
    invoice = any_invoice(payment=PaymentOptions(pix_copy_paste=own), charge_code=charge)
    return today_code(CREDITOR, invoice, total, SETUP, NAME)


def static(amount: int, txid: str = "FAT1") -> str:
    """Return a static code as another writer makes it."""
    written = {"key": KEY, "name": NAME, "city": "Sao Paulo", "txid": txid, "amount": amount}
    return str(starkbank_static.fromJson(written))


@given(st.integers(1, MAX_AMOUNT.centavos))
def test_another_reader_finds_the_amount_and_the_txid_of_a_rewritten_code(total: int) -> None:
    found = code(static(14990), total=Money(total))
    assert found is not None
    fields = jsonFromBrcode(found.text)
    assert fields["54"] == reais(Money(total))
    assert fields["62"]["05"] == "FAT1"
    assert fields["26"]["01"] == KEY
    assert found.is_amount_fixed
    assert found.txid is None, "the creditor's own money finds its own way"


@given(st.integers(1, MAX_AMOUNT.centavos))
def test_our_own_code_is_the_one_another_writer_makes(total: int) -> None:
    found = code(total=Money(total))
    assert found is not None
    fields = jsonFromBrcode(found.text)
    written = jsonFromBrcode(static(total, static_txid(CREDITOR, InvoiceId("fat-1"))))
    for tag in ("54", "58", "59"):
        assert fields[tag] == written[tag]
    assert fields["26"]["01"] == written["26"]["01"]
    assert fields["62"]["05"] == written["62"]["05"] == found.txid


def test_a_code_that_asks_for_the_right_amount_is_left_as_it_is() -> None:
    own = static(TOTAL.centavos)
    assert code(own) == TodayCode(own, is_amount_fixed=True)


def test_the_creditor_s_own_code_goes_before_the_charge_we_made() -> None:
    found = code(static(14990), charge="000201charge")
    assert found is not None
    assert found.text != "000201charge"
    assert code(None, charge="000201charge") == TodayCode("000201charge", is_amount_fixed=False)


def with_another_account(amount: str) -> str:
    """Return a readable static code with a tag of another arrangement, which we do not write."""
    body = static(14990)[: -len("6304XXXX")] if amount else FEE_OF_ANOTHER[: -len("6304XXXX")]
    body += "8107unknown6304"
    return body + tlv.crc(body)


def test_what_cannot_be_written_again_is_shown_only_where_it_asks_for_no_other_amount() -> None:
    fixed, free = with_another_account("14990"), with_another_account("")
    assert br_code.decode(fixed).others
    ours = code(fixed)
    assert ours is not None
    assert br_code.decode(ours.text).txid == static_txid(CREDITOR, InvoiceId("fat-1"))
    assert code(free) == TodayCode(free, is_amount_fixed=False)


@pytest.mark.parametrize("name", ["", "東京", "   "])
def test_a_name_that_no_code_can_carry_makes_none(name: str) -> None:
    assert today_code(CREDITOR, any_invoice(), TOTAL, SETUP, name) is None


def test_an_amount_beyond_what_a_code_carries_makes_none() -> None:
    assert code(total=MAX_AMOUNT + Money(1)) is None


def test_without_a_code_and_without_a_key_there_is_none() -> None:
    assert today_code(CREDITOR, any_invoice(), TOTAL, None, NAME) is None


def test_a_static_txid_is_of_one_invoice_and_can_be_no_charge_s() -> None:
    names = [("a", "bc"), ("ab", "c"), ("a", "b"), ("b", "a")]
    txids = {static_txid(CreditorId(c), InvoiceId(i)) for c, i in names}
    assert len(txids) == 4
    assert not any(is_txid(t) for t in txids), "a charge's txid has 26 characters at least"
    assert all(len(t) <= br_code.MAX_TXID and t.isalnum() for t in txids)
