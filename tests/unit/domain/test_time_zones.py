import json
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from regua.domain.time_zones import SAO_PAULO, UF_OF_DDD, ZONE_OF_UF
from tests.builders import any_customer
from tests.shared_data import shared_data_path

NOON = datetime(2026, 7, 1, 12)  # noqa: DTZ001 - a wall clock, read in many zones


@pytest.mark.shared_data
def test_every_area_code_has_the_state_and_the_offset_of_the_numbering_plan() -> None:
    rows = json.loads(shared_data_path("ddd_uf_timezone.json").read_text())["ddds"]
    assert {r["ddd"]: r["uf"] for r in rows} == UF_OF_DDD
    for row in rows:
        ours = NOON.replace(tzinfo=ZoneInfo(ZONE_OF_UF[row["uf"]]))
        assert ours.utcoffset() == NOON.replace(tzinfo=ZoneInfo(row["tz"])).utcoffset(), row


def test_all_27_states_have_a_known_zone_and_an_area_code() -> None:
    assert len(ZONE_OF_UF) == 27
    assert set(ZONE_OF_UF.values()) <= available_timezones()
    assert set(UF_OF_DDD.values()) == set(ZONE_OF_UF)
    assert len(UF_OF_DDD) == 67


@pytest.mark.parametrize(
    ("uf", "phones", "zones", "why"),
    [
        ("SP", (), {SAO_PAULO}, "the address"),
        (None, (), {SAO_PAULO}, "nothing is known"),
        ("AC", ("+5511987654321",), {"America/Rio_Branco", SAO_PAULO}, "either may be true"),
        (None, ("+5592987654321",), {"America/Manaus"}, "only an area code"),
        (None, ("+351912345678",), {SAO_PAULO}, "a foreign number says nothing"),
        (None, ("+5520912345678",), {SAO_PAULO}, "no such area code"),
    ],
)
def test_a_customer_may_live_wherever_address_or_telephone_say(
    uf: str | None, phones: tuple[str, ...], zones: set[str], why: str
) -> None:
    assert any_customer(uf=uf, phones=phones).time_zones == zones, why
