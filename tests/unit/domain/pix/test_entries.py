"""Refunds as entries: the same look, the same entries, and later looks name the earlier ones'."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from regua.domain.money import Money
from regua.domain.pix.entries import money_of, name_after, reversals, standing, whole
from tests.pix_world import any_pix, e2eid, refunded


def test_a_pix_without_refunds_stands_whole() -> None:
    money = money_of(any_pix())
    assert standing(money) == whole(money)
    assert list(reversals(money)) == []


def test_refunds_count_in_the_order_in_which_they_were_settled() -> None:
    pix = refunded(any_pix(), 100, 200)
    back = type(pix)(
        **{
            **{name: getattr(pix, name) for name in pix.__slots__},
            "refunds": tuple(reversed(pix.refunds)),
        }
    )
    assert money_of(back) == money_of(pix)
    assert [r.at for r in reversals(money_of(pix))] == [
        pix.received_at + timedelta(days=1),
        pix.received_at + timedelta(days=2),
    ]


@given(st.lists(st.integers(1, 7000), max_size=5))
def test_whatever_was_named_before_is_taken_back_and_one_at_most_stands(parts: list[int]) -> None:
    looks = [money_of(refunded(any_pix(), *parts[:n])) for n in range(len(parts) + 1)]
    names = [name_after(e2eid(), n) for n in range(len(looks))]
    for number, look in enumerate(looks):
        assert [r.payment_id for r in reversals(look)] == names[:number]
        stands = standing(look)
        left = 14990 - sum(parts[:number])
        if left > 0:
            assert stands is not None
            assert (stands.payment_id, stands.amount) == (names[number], Money(left))
        else:
            assert stands is None
            assert look.left == Money(0)
