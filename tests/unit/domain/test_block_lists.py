import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.block_lists import RULES, TERMS, BlockList, BlockListEntry, blocking
from regua.domain.errors import InvalidInput
from regua.domain.ruler import Channel
from regua.domain.time_zones import UF_OF_DDD, ZONE_OF_UF
from tests.shared_data import shared_data_path

SP, PA, BR = BlockList.NAO_ME_LIGUE_SP, BlockList.BLOQUEIO_PA, BlockList.NAO_ME_PERTURBE
REGISTERED = date(2026, 10, 1)
IN_FORCE = date(2026, 10, 31)
TELEPHONE = (Channel.VOICE, Channel.SMS, Channel.WHATSAPP)


def blocked(listed: BlockList, channel: Channel, where: str, on: date = IN_FORCE) -> bool:
    return blocking([BlockListEntry(listed, REGISTERED)], channel, where, on) is not None


@pytest.mark.parametrize("channel", TELEPHONE)
@pytest.mark.parametrize(
    ("listed", "where", "expected", "why"),
    [
        (SP, "11", True, "the capital"),
        (SP, "19", True, "the last area code of São Paulo"),
        (SP, "SP", True, "by state"),
        (SP, "21", False, "Rio is not protected by São Paulo's law"),
        (SP, "10", None, "no such area code"),
        (PA, "91", True, "Belém"),
        (PA, "94", True, "Marabá"),
        (PA, "PA", True, "by state"),
        (PA, "92", False, "Manaus"),
        (BR, "11", False, "does not apply to collections"),
        (BR, "PA", False, "does not apply to collections"),
    ],
)
def test_a_list_protects_the_lines_of_its_state(
    *, channel: Channel, listed: BlockList, where: str, expected: bool | None, why: str
) -> None:
    if expected is None:
        with pytest.raises(InvalidInput):
            blocked(listed, channel, where)
    else:
        assert blocked(listed, channel, where) is expected, why


@pytest.mark.parametrize("listed", list(BlockList))
def test_no_list_of_telephones_stops_an_email(listed: BlockList) -> None:
    assert not any(blocked(listed, Channel.EMAIL, uf) for uf in ZONE_OF_UF)


@pytest.mark.parametrize(
    ("days", "expected", "why"),
    [
        (-1, False, "registered tomorrow"),
        (0, False, "registered today"),
        (29, False, "the law gives thirty days"),
        (30, True, "the thirtieth day"),
        (3000, True, "for good"),
    ],
)
def test_a_registration_takes_effect_after_thirty_days(
    *, days: int, expected: bool, why: str
) -> None:
    assert blocked(SP, Channel.SMS, "11", REGISTERED + timedelta(days=days)) is expected, why


def test_the_area_codes_of_the_two_states() -> None:
    protected = {
        listed: {ddd for ddd in UF_OF_DDD if blocked(listed, Channel.VOICE, ddd)}
        for listed in (SP, PA)
    }
    assert protected == {SP: set(map(str, range(11, 20))), PA: {"91", "93", "94"}}


def test_the_rule_named_is_of_the_list_that_blocks() -> None:
    entries = [BlockListEntry(listed, REGISTERED) for listed in (BR, PA, SP)]
    assert blocking(entries, Channel.SMS, "11", IN_FORCE) is TERMS[SP].rule
    assert blocking(entries, Channel.SMS, "91", IN_FORCE) is TERMS[PA].rule
    assert blocking([], Channel.SMS, "11", IN_FORCE) is None


@pytest.mark.parametrize("where", ["", "XX", "sp", "20", "１１", "011", "São Paulo"])  # noqa: RUF001 - full-width digits
def test_an_unknown_place_is_refused_and_not_repeated(where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        blocking([], Channel.SMS, where, IN_FORCE)
    assert refused.value.problems[0].path == "uf_or_ddd"
    assert not where or where not in refused.value.problems[0].reason


@given(st.sampled_from(Channel), st.text(max_size=4), st.dates(), st.dates())
def test_any_place_and_dates_give_an_answer_or_a_refusal(
    channel: Channel, where: str, registered_on: date, on: date
) -> None:
    entries = [BlockListEntry(listed, registered_on) for listed in BlockList]
    known = where in UF_OF_DDD or where in ZONE_OF_UF
    try:
        assert blocking(entries, channel, where, on) in (None, *RULES)
    except InvalidInput:
        assert not known
    else:
        assert known


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("listed", "uf", "words"),
    [
        (SP, "SP", ["SMS", "WhatsApp", "30 days", "DDD 11-19"]),
        (PA, "PA", ["cobranca", "30 days"]),
        (BR, "BR", ["does NOT apply to collection"]),
    ],
)
def test_the_rules_are_those_of_the_reference(listed: BlockList, uf: str, words: list[str]) -> None:
    rows: list[dict[str, Any]] = json.loads(shared_data_path("contact_hours_uf.json").read_text())[
        "rows"
    ]
    row = next(r for r in rows if r["uf"] == uf and "rule" in r)
    assert all(word in row["rule"] for word in words)
    laws = [
        part for part in row["law"].replace("+", " ").split() if "/" in part and part[0].isdigit()
    ]
    assert all(law in TERMS[listed].rule.source for law in laws)


def test_rules_have_one_code_each_and_a_source() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES) == len(BlockList)
    assert all(rule.source and rule.says.endswith(".") for rule in RULES)
