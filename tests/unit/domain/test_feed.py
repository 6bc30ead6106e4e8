"""Names of events, and places in a feed."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.cursors import cursor_to, read_cursor
from regua.domain.errors import InvalidInput
from regua.domain.feed import Event, cursor_text, read_feed_cursor
from regua.domain.ids import CreditorId

AURORA, BOREAL = CreditorId("aurora"), CreditorId("boreal")
PAID = Event(AURORA, "InvoicePaid", "1", "2026-11-26T12:00:00.000Z", {"a": 1, "b": ["ç", {"c": 2}]})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_the_same_fact_has_the_same_name_however_its_fields_are_ordered(data: object) -> None:
    assert isinstance(data, dict)
    backwards = json.loads(json.dumps(dict(reversed(list(data.items())))))
    one = Event(AURORA, "InvoicePaid", "1", "2026-11-26T12:00:00.000Z", data)
    other = Event(AURORA, "InvoicePaid", "1", "2026-11-26T12:00:00.000Z", backwards)
    assert one.id == other.id


@pytest.mark.parametrize(
    "other",
    [
        Event(BOREAL, PAID.type, "1", PAID.occurred_at, PAID.data),
        Event(AURORA, "InvoiceReopened", "1", PAID.occurred_at, PAID.data),
        Event(AURORA, PAID.type, "1", "2026-11-26T12:00:00.001Z", PAID.data),
        Event(AURORA, PAID.type, "1", PAID.occurred_at, {"a": 2, "b": ["ç", {"c": 2}]}),
    ],
)
def test_another_fact_has_another_name(other: Event) -> None:
    assert other.id != PAID.id
    assert copy.deepcopy(PAID).id == PAID.id


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_a_cursor_leads_back_to_its_place(seq: int) -> None:
    assert read_feed_cursor(AURORA, cursor_text(AURORA, seq)) == seq


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_another_creditors_cursor_is_none(seq: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_feed_cursor(AURORA, cursor_text(BOREAL, seq))
    assert [p.path for p in caught.value.problems] == ["query.after"]


@given(st.text(max_size=80) | st.text("ABCabc019-_=", max_size=500))
def test_any_text_is_a_cursor_or_is_refused(text: str) -> None:
    try:
        place = read_cursor("lista", text, "query.cursor")
    except InvalidInput:
        return
    assert cursor_to("lista", place) == text.rstrip("=")


@pytest.mark.parametrize("place", ["", "-1", "1.0", "٣", "1" * 16, "a"])
def test_a_place_that_is_no_number_is_no_cursor_of_a_feed(place: str) -> None:
    try:
        made_up = cursor_to("feed#aurora", place)
    except UnicodeError:
        return
    with pytest.raises(InvalidInput):
        read_feed_cursor(AURORA, made_up)
