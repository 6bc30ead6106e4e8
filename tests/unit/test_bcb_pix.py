"""Whatever a PSP answers is read, or said to be unreadable; never anything else."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.bcb_pix import BcbPixProvider
from regua.adapters.psp_access import read_access
from regua.application.pix_ports import ChargeStatus, PspShut, PspUnavailable
from regua.domain.pix.asked import asks_the_same
from tests.builders import CREDITOR

NAMES = (
    "txid",
    "status",
    "revisao",
    "pixCopiaECola",
    "location",
    "loc",
    "calendario",
    "valor",
    "pix",
    "parametros",
    "paginacao",
    "quantidadeDePaginas",
    "endToEndId",
    "horario",
    "devolucoes",
)
TXID = "t" * 32
AT = datetime(2026, 11, 10, tzinfo=UTC)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=40)
    | st.sampled_from([TXID, "ATIVA", "10.00", "2026-11-10T12:00:00Z", "E" + "1" * 31]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    ),
    max_leaves=15,
)


class Answering:
    """Stands where HTTP would be, with one answer to everything."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def ask(self, *_: object, **__: object) -> object:
        """Answer."""
        return self.answer


def provider(answer: object) -> BcbPixProvider:
    """Return our adapter before a PSP that answers this."""
    return BcbPixProvider(Answering(answer))  # type: ignore[arg-type]  # by shape


@given(anything)
def test_any_json_is_a_charge_or_unreadable(answer: object) -> None:
    try:
        found = provider(answer).find_charge(CREDITOR, TXID)
    except PspUnavailable:
        return
    assert found is not None
    assert found.txid == TXID
    assert found.status in ChargeStatus
    asks_the_same(found.body, {"valor": {"original": "10.00"}})


@given(anything)
def test_any_json_is_a_page_or_unreadable(answer: object) -> None:
    try:
        page = provider(answer).received(CREDITOR, AT, AT, 0)
    except PspUnavailable:
        return
    assert page.next_page in {None, 1}
    assert all(pix.amount.centavos > 0 for pix in page.received)


@given(anything)
def test_any_json_is_a_pix_no_pix_or_unreadable(answer: object) -> None:
    wanted = "E" + "1" * 31
    try:
        found = provider(answer).find_pix(CREDITOR, wanted)
    except PspUnavailable:
        return
    assert found is None or found.end_to_end_id == wanted


@given(st.one_of(st.text(max_size=200), anything.map(json.dumps)))
def test_any_text_is_an_access_or_needs_a_person(text: str) -> None:
    try:
        found: Any = read_access(text)
    except PspShut:
        return
    assert found.base_url


@pytest.mark.parametrize("listed", [{}, "x", 7])
def test_a_page_without_a_list_of_pix_is_asked_for_again(listed: object) -> None:
    with pytest.raises(PspUnavailable):
        provider({"pix": listed}).received(CREDITOR, AT, AT, 0)
    answers: tuple[dict[str, object], ...] = ({}, {"pix": None}, {"pix": []})
    for empty in answers:
        assert provider(empty).received(CREDITOR, AT, AT, 0).received == ()
