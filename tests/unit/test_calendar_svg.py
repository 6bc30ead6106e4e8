"""The pictures are well-formed, say the right numbers, and can be read in light and dark mode."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.calendar_svg import render_calendar, render_ruler
from regua.application.ruler_document import read_ruler
from regua.application.simulate import Simulation
from regua.domain.calendar import national_holidays
from regua.domain.conditions import Conditions
from regua.domain.experiments import Variant
from regua.domain.money import Money
from regua.domain.prices import DEFAULT_COSTS
from regua.domain.ruler import (
    DEFAULT_RULER,
    Anchor,
    Channel,
    Fallback,
    OffsetUnit,
    Repeat,
    Ruler,
    Seen,
    Step,
    Tone,
)

SVG = "{http://www.w3.org/2000/svg}"
DOCS = Path(__file__).resolve().parents[2] / "docs"
FIRST = date(2026, 11, 3)


def simulated(days: int = 60, **volume: dict[date, int]) -> Simulation:
    found = Simulation(FIRST, days, DEFAULT_COSTS, accounts=1200, invoices=1800)
    found.contacts_per_customer = Counter({0: 100, 1: 1100})
    for channel, by_day in volume.items():
        for day, contacts in by_day.items():
            found.volume[day, Channel(channel)] = contacts
    return found


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - ours


def cells(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter(f"{SVG}g"))  # noqa: S314 - ours


def spoken(svg: str) -> dict[str, str]:
    """Return what each day says to who does not see it."""
    told = [(cell.findtext(f"{SVG}title") or "").partition(": ") for cell in cells(svg)]
    return {day: what for day, _, what in told}


# ── the calendar ───────────────────────────────────────────────────────────────────────────────

BUSY = simulated(
    email={date(2026, 11, 9): 1000, date(2026, 12, 1): 200}, sms={date(2026, 11, 9): 234}
)


def test_each_day_says_its_number() -> None:
    told = spoken(render_calendar(BUSY, "Título"))
    assert told["09/11/2026"] == "1.234 contatos (E-mail 1.000, SMS 234)"
    assert told["01/12/2026"] == "200 contatos (E-mail 200)"
    assert told["10/11/2026"] == "nenhum contato"
    assert len(told) == 60
    assert "1.234" in texts(render_calendar(BUSY, "Título"))


def test_the_legend_has_totals_and_cost() -> None:
    """1,200 e-mails cost 66 centavos, 234 messages of R$ 0.11 cost R$ 25.74."""
    said = texts(render_calendar(BUSY, "Título"))
    assert {"E-mail 1.200", "R$ 0,66", "SMS 234", "R$ 25,74"} <= set(said)
    assert not any("WhatsApp" in text or "Voz" in text for text in said)
    totals = next(text for text in said if "contatos para" in text)
    assert "1.434 contatos para 1.100 de 1.200 clientes" in totals
    assert "R$ 26,40" in totals


def test_months_and_weekdays_are_named() -> None:
    said = texts(render_calendar(BUSY, "Título"))
    assert [t for t in said if t in {"novembro", "dezembro", "janeiro"}] == [
        "novembro",
        "dezembro",
        "janeiro",
    ]
    assert {"dom", "seg", "ter", "qua", "qui", "sex", "sáb"} <= set(said)


def test_holidays_are_marked() -> None:
    told = spoken(render_calendar(BUSY, "Título"))
    holidays = {date(2026, 11, 15), date(2026, 11, 20), date(2026, 12, 25), date(2027, 1, 1)}
    assert {day for day in told if "feriado" in day} == {
        f"{day:%d/%m/%Y}, feriado" for day in holidays
    }
    assert texts(render_calendar(BUSY, "Título")).count("feriado") == len(holidays)


def test_a_bar_is_as_long_as_its_share_of_the_busiest_day() -> None:
    svg = render_calendar(BUSY, "Título")
    bars = {
        (cell.findtext(f"{SVG}title") or "")[:10]: {
            str(r.get("class")): float(str(r.get("width")))
            for r in cell.iter(f"{SVG}rect")
            if r.get("class") in set(Channel)
        }
        for cell in cells(svg)
    }
    whole = sum(bars["09/11/2026"].values())
    assert bars["09/11/2026"]["email"] / whole == pytest.approx(1000 / 1234, abs=0.001)
    assert bars["01/12/2026"]["email"] / whole == pytest.approx(200 / 1234, abs=0.001)
    assert bars["10/11/2026"] == {}


def test_weekdays_stand_below_their_names() -> None:
    """Every day is in the column of its weekday, Sunday first, and no two on one spot."""
    places = {}
    for cell in cells(render_calendar(BUSY, "Título")):
        day = (cell.findtext(f"{SVG}title") or "")[:10]
        box = next(cell.iter(f"{SVG}rect"))
        places[day] = (float(str(box.get("x"))), float(str(box.get("y"))))
    columns = sorted({x for x, _ in places.values()})
    for day, (x, _) in places.items():
        weekday = date(int(day[6:]), int(day[3:5]), int(day[:2])).isoweekday() % 7
        assert columns.index(x) == weekday
    assert len(set(places.values())) == len(places)


@given(
    st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    st.integers(1, 120),
    st.lists(st.tuples(st.integers(0, 119), st.sampled_from(Channel), st.integers(1, 10**6))),
)
def test_any_simulation_has_a_picture_whose_days_add_up(
    first: date, days: int, contacts: list[tuple[int, Channel, int]]
) -> None:
    found = Simulation(first, days, DEFAULT_COSTS)
    for after, channel, n in contacts:
        if after < days:
            found.volume[first + timedelta(days=after), channel] += n
    told = spoken(render_calendar(found, "x"))
    shown = sum(
        int(what.partition(" ")[0].replace(".", "")) for what in told.values() if what[0].isdigit()
    )
    assert (len(told), shown) == (days, found.contacts)
    holidays = sum(
        (d := first + timedelta(days=n)) in national_holidays(d.year) for n in range(days)
    )
    assert sum("feriado" in day for day in told) == holidays


# ── the ruler ──────────────────────────────────────────────────────────────────────────────────

EVERYTHING = Ruler(
    "tudo",
    (
        Step("emitida", 1, (Channel.EMAIL,), "x", Tone.FRIENDLY, Anchor.ISSUE_DATE),
        Step(
            "vencida",
            3,
            (Channel.WHATSAPP, Channel.SMS),
            "x",
            fallback=Fallback(4, Seen.OPENED),
            unit=OffsetUnit.BUSINESS_DAYS,
        ),
        Step("insiste", 10, (Channel.EMAIL,), "x", Tone.FIRM, repeat=Repeat(7, 3)),
        Step(
            "ultima",
            5,
            (Channel.EMAIL, Channel.VOICE),
            "x",
            Tone.FORMAL,
            Anchor.PREVIOUS_STEP,
            when=Conditions(min_amount=Money(1)),
            variants=(Variant("a"), Variant("b")),
        ),
        Step("lembrete", -3, tuple(Channel), "x", Tone.FRIENDLY),
    ),
)


def test_the_steps_stand_in_the_order_of_their_days() -> None:
    said = texts(render_ruler(EVERYTHING, "Régua"))
    heads = ["Emissão +1", "D−3", "Vencimento", "D+3", "D+10", "+5 após o anterior"]
    assert [t for t in said if t in heads] == heads
    assert [t for t in said if t in {s.id for s in EVERYTHING.steps}] == [
        "emitida",
        "lembrete",
        "vencida",
        "insiste",
        "ultima",
    ]


def test_each_step_says_what_it_does() -> None:
    said = set(texts(render_ruler(EVERYTHING, "Régua")))
    assert {
        "dias úteis",
        "→ após 4 h sem abertura",
        "→ se o anterior falhar",
        "↻ a cada 7 dias, até 3 vezes",
        "só se cumprir as condições",
        "experimento: 2 variantes",
        "tom formal",
        "nenhum contato neste dia",
    } <= said


def boxes(svg: str, kinds: Iterable[str]) -> list[tuple[float, float, float, float]]:
    """Return left, top, right and bottom of the boxes of some kinds."""
    found = []
    for box in ET.fromstring(svg).iter(f"{SVG}rect"):  # noqa: S314 - ours
        if box.get("class") in set(kinds):
            x, y, width, height = (float(str(box.get(k))) for k in ("x", "y", "width", "height"))
            found.append((x, y, x + width, y + height))
    return found


def test_no_channel_leaves_its_card_or_covers_another() -> None:
    svg = render_ruler(EVERYTHING, "Régua")
    cards, pills = boxes(svg, ["cell"]), boxes(svg, Channel)
    assert len(pills) == sum(len(step.channels) for step in EVERYTHING.steps)
    for left, top, right, bottom in pills:
        assert any(c[0] <= left and c[1] <= top and right <= c[2] and bottom <= c[3] for c in cards)
        covered = [
            p for p in pills if p[0] < right and left < p[2] and p[1] < bottom and top < p[3]
        ]
        assert covered == [(left, top, right, bottom)]


def test_a_step_on_the_due_date_is_the_due_date() -> None:
    said = texts(render_ruler(read_ruler(DEFAULT_RULER), "Régua padrão"))
    assert said.count("Vencimento") == 1
    assert "nenhum contato neste dia" not in said


def test_the_description_tells_what_the_picture_shows() -> None:
    root = ET.fromstring(render_ruler(EVERYTHING, "Régua"))  # noqa: S314 - ours
    told = root.findtext(f"{SVG}desc") or ""
    assert "vencida (D+3, WhatsApp, depois SMS, tom neutro, após 4 h sem abertura)" in told


# ── both ───────────────────────────────────────────────────────────────────────────────────────

PICTURES = [render_calendar(BUSY, "A <b> & C"), render_ruler(EVERYTHING, "A <b> & C")]


@pytest.mark.parametrize("svg", PICTURES)
def test_a_title_is_text_whatever_it_holds(svg: str) -> None:
    root = ET.fromstring(svg)  # noqa: S314 - ours
    assert root.findtext(f"{SVG}title") == "A <b> & C"
    assert root.get("role") == "img"


@pytest.mark.parametrize("svg", PICTURES)
def test_nothing_is_fetched_and_nothing_runs(svg: str) -> None:
    assert re.findall(r"https?://[^\s\"']+", svg) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<script|<image|<use|<foreignObject|href|url\(|@import|@font-face", svg)


def _colours(css: str) -> dict[str, str]:
    found = re.findall(r"([\w.]+)\{[^}]*?fill:(#[0-9a-f]{6})", css)
    return {selector.lstrip("."): colour for selector, colour in found}


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_text_can_be_read(mode: str) -> None:
    """Source: WCAG 2.2, 1.4.3: 4.5 for text of this size."""
    css = re.search(r"<style>(.*?)</style>", PICTURES[0], re.DOTALL)
    assert css
    light, _, dark = css[1].partition("@media")
    colours = _colours(light) | (_colours(dark) if mode == "dark" else {})
    for back in ("back", "cell", "other", "rest"):
        assert contrast(colours["text"], colours[back]) >= 4.5
        assert contrast(colours["text.soft"], colours[back]) >= 4.5
    for back in (*Channel, *Tone):
        assert contrast(colours["text.on"], colours[back]) >= 4.5, back


@pytest.mark.parametrize(
    ("picture", "document", "title"),
    [
        ("regua-padrao.svg", None, "Régua padrão"),
        ("regua-consumo.svg", "consumo.yaml", "Régua de consumo"),
        ("regua-b2b.svg", "b2b.yaml", "Régua entre empresas"),
    ],
)
def test_the_pictures_in_the_docs_are_what_the_code_draws(
    picture: str, document: str | None, title: str
) -> None:
    written = (
        DEFAULT_RULER
        if document is None
        else yaml.safe_load((DOCS / "rulers" / document).read_text(encoding="utf-8"))
    )
    drawn = render_ruler(read_ruler(written), title)
    assert (DOCS / "img" / picture).read_text(encoding="utf-8") == drawn


def test_a_cost_of_half_a_centavo_is_rounded_up() -> None:
    found = Simulation(FIRST, 1, {Channel.EMAIL: Decimal("0.5")})
    found.volume[FIRST, Channel.EMAIL] = 1
    assert "R$ 0,01" in texts(render_calendar(found, "x"))
