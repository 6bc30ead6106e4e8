import json
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata

from regua.domain.errors import InvalidInput
from regua.domain.time_zones import (
    RULES,
    UF_OF_DDD,
    ZONE_OF_UF,
    possible_zones,
    uf_of_phone,
)
from tests.builders import any_customer
from tests.shared_data import shared_data_path

NOON = datetime(2026, 7, 1, 12)  # noqa: DTZ001 - a wall clock, read in many zones


def offset_of(zone: str) -> timedelta | None:
    return NOON.replace(tzinfo=ZoneInfo(zone)).utcoffset()


@pytest.mark.shared_data
def test_every_area_code_has_the_state_and_the_offset_of_the_numbering_plan() -> None:
    rows = json.loads(shared_data_path("ddd_uf_timezone.json").read_text())["ddds"]
    assert {r["ddd"]: r["uf"] for r in rows} == UF_OF_DDD
    for row in rows:
        assert offset_of(ZONE_OF_UF[row["uf"]]) == offset_of(row["tz"]), row


@pytest.mark.shared_data
def test_a_telephone_library_knows_the_same_offsets_but_for_recife() -> None:
    """81 serves Recife (UTC−3) and Noronha (UTC−2); the library names only Noronha."""
    rows = json.loads(shared_data_path("ddd_uf_timezone.json").read_text())["ddds"]
    differing = [
        row["ddd"]
        for row in rows
        if offset_of(ZONE_OF_UF[row["uf"]]) not in map(offset_of, row["phonenumbers_tz"])
    ]
    assert differing == ["81"]
    for row in rows:
        possible = {offset_of(zone) for zone in possible_zones(row["uf"])}
        assert possible & set(map(offset_of, row["phonenumbers_tz"])), row


def test_the_area_codes_in_use_are_those_of_a_telephone_library() -> None:
    metadata = PhoneMetadata.metadata_for_region("BR", None)
    assert metadata
    assert metadata.mobile
    pattern = re.compile(str(metadata.mobile.national_number_pattern))
    known = {f"{ddd:02d}" for ddd in range(100) if pattern.fullmatch(f"{ddd:02d}987654321")}
    assert known == set(UF_OF_DDD)


def test_all_27_states_have_a_known_zone_and_an_area_code() -> None:
    assert len(ZONE_OF_UF) == 27
    assert set(ZONE_OF_UF.values()) <= available_timezones()
    assert set(UF_OF_DDD.values()) == set(ZONE_OF_UF)
    assert len(UF_OF_DDD) == 67


@pytest.mark.parametrize("uf", sorted(ZONE_OF_UF))
def test_possible_zones_are_known_and_hold_the_capitals(uf: str) -> None:
    zones = possible_zones(uf)
    assert ZONE_OF_UF[uf] in zones
    assert zones <= available_timezones()
    assert len(zones) == (2 if uf in {"AM", "PE"} else 1)


@pytest.mark.parametrize(
    ("uf", "hours"),
    [("AM", {-4, -5}), ("PE", {-3, -2}), ("AC", {-5}), ("SP", {-3}), ("MT", {-4}), ("RR", {-4})],
)
def test_possible_zones_keep_these_offsets_in_winter_and_summer(uf: str, hours: set[int]) -> None:
    for month in (1, 7):
        moment = NOON.replace(month=month)
        offsets = {moment.replace(tzinfo=ZoneInfo(zone)).utcoffset() for zone in possible_zones(uf)}
        assert offsets == {timedelta(hours=h) for h in hours}


@pytest.mark.parametrize("uf", ["", "XX", "sp", "EX", "São Paulo"])
def test_no_zone_is_invented_for_what_is_no_state(uf: str) -> None:
    with pytest.raises(InvalidInput, match="uf: not a Brazilian state"):
        possible_zones(uf)


@pytest.mark.parametrize(
    ("phone", "uf", "why"),
    [
        ("+5511987654321", "SP", "a mobile"),
        ("+556733211234", "MS", "a fixed line"),
        ("+5561987654321", "DF", "61 also serves towns of Goiás"),
        ("+5520987654321", None, "no such area code"),
        ("+558001234567", None, "0800 has no area, and 80 is no area code"),
        ("+5540041234", None, "4004 has no area, and 40 is no area code"),
        ("+5543701234", None, "4370 has no area, though 43 is Paraná's"),
        ("+5548641234", None, "4864 has no area, though 48 is Santa Catarina's"),
        ("+351912345678", None, "abroad"),
        ("5511987654321", None, "not E.164"),
        ("+55 11 98765-4321", None, "not E.164"),
        ("+55\uff11\uff11987654321", None, "digits of other scripts"),
        ("", None, "nothing"),
    ],
)
def test_the_state_of_a_telephone_is_its_area_codes(phone: str, uf: str | None, why: str) -> None:
    assert uf_of_phone(phone) == uf, why


@given(st.sampled_from(sorted(UF_OF_DDD)), st.integers(0, 99_999_999))
def test_every_mobile_has_the_state_of_its_area_code(ddd: str, rest: int) -> None:
    assert uf_of_phone(f"+55{ddd}9{rest:08d}") == UF_OF_DDD[ddd]


@given(st.text(max_size=20))
def test_any_text_has_a_state_or_none(text: str) -> None:
    assert uf_of_phone(text) in {None, *ZONE_OF_UF}


@pytest.mark.parametrize(
    ("uf", "phones", "ufs", "why"),
    [
        ("SP", (), {"SP"}, "the address"),
        (None, (), set(), "nothing is known"),
        ("AC", ("+5511987654321",), {"AC", "SP"}, "either may be true"),
        (None, ("+5592987654321",), {"AM"}, "only an area code"),
        (None, ("+351912345678",), set(), "a foreign number says nothing"),
        (None, ("+5520912345678",), set(), "no such area code"),
        (None, ("+5543701234",), set(), "a service number is no line of Paraná"),
    ],
)
def test_a_customer_may_be_wherever_address_or_telephone_say(
    uf: str | None, phones: tuple[str, ...], ufs: set[str], why: str
) -> None:
    assert any_customer(uf=uf, phones=phones).ufs == ufs, why


def test_rules_are_named_once() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert all(code.startswith("time_zone.") for code in codes)
