import re

from hypothesis import given
from hypothesis import strategies as st

from regua.domain.ids import CreditorId, CustomerId, dispatch_id, shard_of

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
creditors, customers = names.map(CreditorId), names.map(CustomerId)
places = st.tuples(creditors, customers, st.integers(0, 10**6), st.sampled_from(["email", "sms"]))


@given(places, places)
def test_two_contacts_share_an_id_only_when_they_are_the_same_contact(
    one: tuple[CreditorId, CustomerId, int, str], other: tuple[CreditorId, CustomerId, int, str]
) -> None:
    assert (dispatch_id(*one) == dispatch_id(*other)) is (one == other)
    assert re.fullmatch(r"[0-9a-f]{32}", dispatch_id(*one))


def test_ids_that_join_to_the_same_text_stay_apart() -> None:
    first = dispatch_id(CreditorId("a"), CustomerId("bc"), 1, "email")
    second = dispatch_id(CreditorId("ab"), CustomerId("c"), 1, "email")
    assert first != second


@given(creditors, customers, st.integers(min_value=1, max_value=64))
def test_a_shard_is_always_one_of_those_that_are_evaluated(
    creditor: CreditorId, customer: CustomerId, shards: int
) -> None:
    assert shard_of(creditor, customer, shards) in {f"{n:02d}" for n in range(shards)}


def test_accounts_spread_over_all_shards() -> None:
    """A hot shard would make one worker do the work of many."""
    counts = dict.fromkeys((f"{n:02d}" for n in range(64)), 0)
    for n in range(6400):
        counts[shard_of(CreditorId("aurora"), CustomerId(f"cli-{n}"), 64)] += 1
    assert min(counts.values()) > 60
    assert max(counts.values()) < 150
