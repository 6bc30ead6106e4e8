"""What the demo holds a ruler to, read without the product's reader; the two readings agree."""

from datetime import time
from pathlib import Path

import pytest

from local.demo.message import CHANNELS
from local.demo.terms import DEMO_RULER, Terms, terms_of
from local.documents import read_document
from local.place import ROOT
from regua.application.ruler_document import read_ruler
from regua.domain.contact_hours import DEFAULT_HOURS
from regua.domain.ruler import Channel

RULERS = sorted((ROOT / "docs" / "rulers").glob("*.yaml"))


@pytest.mark.parametrize("path", RULERS, ids=lambda path: path.stem)
def test_steps_and_caps_are_those_the_product_reads(path: Path) -> None:
    ruler = read_ruler(read_document(path))
    terms = terms_of(path)
    assert terms.steps == tuple(step.id for step in ruler.steps)
    assert (terms.per_day, terms.per_week) == (ruler.caps.per_day, ruler.caps.per_week)
    for channel in CHANNELS:
        hours = ruler.contact_hours.get(Channel(channel), DEFAULT_HOURS[Channel(channel)])
        assert terms.week(channel) == {
            "weekday": hours.weekday,
            "saturday": hours.saturday,
            "sunday_and_holiday": hours.sunday_and_holiday,
        }


def test_a_ruler_s_own_hours_replace_ours_for_its_channel_only(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text('steps: []\ncontact_hours:\n  email: {weekday: ["10:00", "11:30"]}\n')
    terms = terms_of(path)
    assert terms.week("email") == {
        "weekday": (time(10), time(11, 30)),
        "saturday": None,
        "sunday_and_holiday": None,
    }
    assert terms.week("sms") == Terms().week("sms")


def test_without_a_document_the_default_ruler_holds() -> None:
    assert terms_of(None).steps[0] == "lembrete"


def test_the_demo_s_ruler_uses_every_channel_and_falls_back() -> None:
    ruler = read_ruler(read_document(DEMO_RULER))
    assert {channel for step in ruler.steps for channel in step.channels} == set(Channel)
    assert any(step.fallback for step in ruler.steps)
