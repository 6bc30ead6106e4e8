"""Pictures as self-contained SVG: a simulation as a calendar, and a ruler as a time line.

Nothing is fetched: no fonts, no scripts, no images. Colours follow the reader's light or dark mode;
every picture has a title and a description for who does not see it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from html import escape

from regua.adapters.pt_br import brl, full_date, shortened
from regua.application.simulate import Simulation
from regua.domain.calendar import national_holidays
from regua.domain.conditions import ALWAYS
from regua.domain.ruler import Anchor, Channel, OffsetUnit, Ruler, Seen, Step, Tone

CHANNEL_NAMES = {
    Channel.EMAIL: "E-mail",
    Channel.SMS: "SMS",
    Channel.WHATSAPP: "WhatsApp",
    Channel.VOICE: "Voz",
}
TONE_NAMES = {
    Tone.FRIENDLY: "amigável",
    Tone.NEUTRAL: "neutro",
    Tone.FIRM: "firme",
    Tone.FORMAL: "formal",
}
_UNSEEN = {Seen.DELIVERED: "sem entrega", Seen.OPENED: "sem abertura", Seen.CLICKED: "sem clique"}
_MONTHS = (
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
)
_WEEKDAYS = ("dom", "seg", "ter", "qua", "qui", "sex", "sáb")
_STYLE = """
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#1c1e21}
.back{fill:#ffffff}text.soft{fill:#565d68}.cell{fill:#f3f5f8}.other{fill:#e6eaf0}.rest{fill:#fdf0dc}
.axis{stroke:#8a919c;stroke-width:2}.dot{fill:#1c1e21}
.email{fill:#2563eb}.sms{fill:#b45309}.whatsapp{fill:#15803d}.voice{fill:#7e22ce}
.friendly{fill:#15803d}.neutral{fill:#2563eb}.firm{fill:#b45309}.formal{fill:#b91c1c}
text.on{fill:#ffffff}.bold{font-weight:700}
@media (prefers-color-scheme:dark){
text{fill:#e8eaed}.back{fill:#15181c}.cell{fill:#22272e}.other{fill:#2d343d}
.rest{fill:#453516}.dot{fill:#e8eaed}
.email{fill:#60a5fa}.sms{fill:#f59e0b}.whatsapp{fill:#4ade80}.voice{fill:#c084fc}
.friendly{fill:#4ade80}.neutral{fill:#60a5fa}.firm{fill:#f59e0b}.formal{fill:#f87171}
text.on{fill:#15181c}text.soft{fill:#a8b0bb}}
"""


def whole(number: int) -> str:
    """Write a whole number with dots between the thousands.

    >>> whole(1234567), whole(-1234)
    ('1.234.567', '-1.234')
    """
    return f"{number:,}".replace(",", ".")


def cost_text(centavos: Decimal) -> str:
    """Write an exact cost in reais, rounded once to centavos.

    >>> cost_text(Decimal("123456.5"))
    'R$ 1.234,57'
    """
    return brl(int(centavos.quantize(Decimal(1), rounding=ROUND_HALF_UP)))


# ── what both pictures are made of ─────────────────────────────────────────────────────────────


def _picture(width: int, height: int, title: str, description: str, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="img" aria-labelledby="title desc">\n'
        f'<title id="title">{escape(title)}</title>\n<desc id="desc">{escape(description)}</desc>\n'
        f"<style>{_STYLE}</style>\n"
        f'<rect class="back" width="{width}" height="{height}"/>\n{body}\n</svg>\n'
    )


def _text(
    x: float, y: float, text: str, size: int = 12, kind: str = "", *, anchor: str = ""
) -> str:
    chosen = f' class="{kind}"' if kind else ""
    placed = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}"{chosen}{placed}>{escape(text)}</text>'


def _box(x: float, y: float, width: float, height: float, kind: str, *, radius: int = 4) -> str:
    return (
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        f' rx="{radius}"/>'
    )


# ── the calendar ───────────────────────────────────────────────────────────────────────────────

_CELL, _TALL, _GAP = 104, 66, 4
_LEFT, _TOP, _MARGIN = 108, 142, 20
_BAR = 8
_CALENDAR_WIDTH = _LEFT + 7 * _CELL + _MARGIN
_LEGEND_WIDTH = (_CALENDAR_WIDTH - 2 * _MARGIN) // len(Channel)


def render_calendar(simulation: Simulation, title: str) -> str:
    """Return a simulation as a calendar: weeks by weekdays, with each day's contacts by channel.

    A day's bar is as long, against the busiest day's, as it has contacts.
    """
    first = _sunday_before(simulation.start)
    weeks = (simulation.last_day - first).days // 7 + 1
    period = f"{full_date(simulation.start)} a {full_date(simulation.last_day)}"
    customers = f"{whole(simulation.accounts_contacted)} de {whole(simulation.accounts)} clientes"
    totals = (
        f"{period} · {whole(simulation.contacts)} contatos para {customers}"
        f" · {whole(simulation.invoices)} faturas · {cost_text(simulation.cost)}"
    )
    peak = simulation.peak
    busiest = f" Dia mais cheio: {full_date(peak[0])}, {whole(peak[1])} contatos." if peak else ""
    parts = [
        _text(_MARGIN, 34, shortened(title, 70), 20, "bold"),
        _text(_MARGIN, 58, totals, 13, "soft"),
        *_legend(simulation),
        *(
            _text(
                _LEFT + n * _CELL + (_CELL - _GAP) / 2, _TOP - 10, name, 12, "soft", anchor="middle"
            )
            for n, name in enumerate(_WEEKDAYS)
        ),
    ]
    for number in range(simulation.days):
        parts += _day(simulation, simulation.start + timedelta(days=number), first)
    height = _TOP + weeks * _TALL + _MARGIN
    return _picture(_CALENDAR_WIDTH, height, title, f"{totals}.{busiest}", parts)


def _sunday_before(day: date) -> date:
    return day - timedelta(days=day.isoweekday() % 7)


def _legend(simulation: Simulation) -> Iterator[str]:
    for place, channel in enumerate(c for c in Channel if c in simulation.by_channel):
        x = _MARGIN + place * _LEGEND_WIDTH
        contacts = whole(simulation.by_channel[channel])
        yield _box(x, 76, 12, 12, channel.value, radius=2)
        yield _text(x + 18, 87, f"{CHANNEL_NAMES[channel]} {contacts}", 13, "bold")
        yield _text(x + 18, 102, cost_text(simulation.cost_of(channel)), 11, "soft")


def _day(simulation: Simulation, day: date, first: date) -> Iterator[str]:
    week, weekday = divmod((day - first).days, 7)
    x, y = _LEFT + weekday * _CELL, _TOP + week * _TALL
    is_holiday = day in national_holidays(day.year)
    by_channel = {c: simulation.volume.get((day, c), 0) for c in Channel}
    contacts = sum(by_channel.values())
    if day == simulation.start or day.day == 1:
        yield _text(_MARGIN, y + 22, _MONTHS[day.month - 1], 13, "bold")
        yield _text(_MARGIN, y + 38, str(day.year), 11, "soft")
    shade = "rest" if is_holiday else "other" if day.month % 2 else "cell"
    yield f"<g><title>{escape(_spoken(day, by_channel, is_holiday=is_holiday))}</title>"
    yield _box(x, y, _CELL - _GAP, _TALL - _GAP, shade)
    yield _text(x + 8, y + 17, str(day.day), 12, "soft")
    if is_holiday:
        yield _text(x + _CELL - _GAP - 8, y + 17, "feriado", 11, "soft", anchor="end")
    if contacts:
        yield _text(x + 8, y + 40, whole(contacts), 17, "bold")
        yield from _bar(by_channel, x + 8, y + 47, _peak_of(simulation))
    yield "</g>"


def _peak_of(simulation: Simulation) -> int:
    return simulation.peak[1] if simulation.peak else 1


def _bar(by_channel: dict[Channel, int], x: float, y: float, most: int) -> Iterator[str]:
    room = _CELL - _GAP - 16
    for channel, contacts in by_channel.items():
        if contacts:
            length = room * contacts / most
            yield _box(round(x, 2), y, round(length, 2), _BAR, channel.value, radius=0)
            x += length


def _spoken(day: date, by_channel: dict[Channel, int], *, is_holiday: bool) -> str:
    named = [f"{CHANNEL_NAMES[c]} {whole(n)}" for c, n in by_channel.items() if n]
    contacts = whole(sum(by_channel.values()))
    what = f"{contacts} contatos ({', '.join(named)})" if named else "nenhum contato"
    return f"{full_date(day)}{', feriado' if is_holiday else ''}: {what}"


# ── the ruler ──────────────────────────────────────────────────────────────────────────────────

_CARD, _CARD_GAP, _PER_ROW = 178, 14, 5
_AXIS, _CARD_TOP, _LINE, _BAND = 40, 62, 16, 22
_RULER_TOP = 84
_RULER_WIDTH = 2 * _MARGIN + _PER_ROW * (_CARD + _CARD_GAP) - _CARD_GAP
_USUAL_TERM = 30
_PILL = {Channel.EMAIL: 48, Channel.SMS: 40, Channel.WHATSAPP: 66, Channel.VOICE: 36}
_ARROW = 18
_MINUS = "−"


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place on the time line: a step, or the due date where no step falls on it."""

    day: float
    """Days after the due date, for an invoice of thirty days; only for the order."""
    step: Step | None


def render_ruler(ruler: Ruler, title: str) -> str:
    """Return a ruler as a time line from before the due date to after it, a card for each step."""
    marks = _marks(ruler)
    rows = [marks[n : n + _PER_ROW] for n in range(0, len(marks), _PER_ROW)]
    parts = [
        _text(_MARGIN, 34, shortened(title, 70), 20, "bold"),
        _text(_MARGIN, 58, _limits(ruler), 13, "soft"),
    ]
    y = _RULER_TOP
    for row in rows:
        height = _CARD_TOP + max(_card_height(mark.step) for mark in row) + 18
        parts += _row(row, y, is_last=row is rows[-1])
        y += height
    told = "; ".join(_told(mark.step) for mark in marks if mark.step is not None)
    return _picture(_RULER_WIDTH, y + 6, title, f"{_limits(ruler)}. Passos: {told}.", parts)


def _marks(ruler: Ruler) -> Sequence[_Mark]:
    marks, previous = [], float(-_USUAL_TERM)
    for step in ruler.steps:
        days = step.offset_days * (7 / 5 if step.unit is OffsetUnit.BUSINESS_DAYS else 1)
        start = {
            Anchor.DUE_DATE: 0.0,
            Anchor.ISSUE_DATE: float(-_USUAL_TERM),
            Anchor.PREVIOUS_STEP: previous,
        }
        previous = start[step.anchor] + days
        marks.append(_Mark(previous, step))
        if step.repeat is not None:
            previous += step.repeat.every_days * (step.repeat.at_most - 1)
    if not any(m.step is not None and _is_on_due_date(m.step) for m in marks):
        marks.append(_Mark(0, None))
    return sorted(marks, key=lambda mark: mark.day)


def _is_on_due_date(step: Step) -> bool:
    return step.anchor is Anchor.DUE_DATE and step.offset_days == 0


def _limits(ruler: Ruler) -> str:
    caps = ruler.caps
    return (
        f"Por cliente, até {_counted(caps.per_day, 'contato')} por dia e {caps.per_week} em 7 dias"
        f" · a partir das {ruler.contact_hour} h · fim da régua"
        f" {_counted(ruler.end_after_days, 'dia')} após o último passo"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _row(row: Sequence[_Mark], y: float, *, is_last: bool) -> Iterator[str]:
    last_x = _MARGIN + (len(row) - 1) * (_CARD + _CARD_GAP) + _CARD
    end = last_x if is_last else _RULER_WIDTH
    yield f'<line class="axis" x1="{_MARGIN}" y1="{y + _AXIS}" x2="{end}" y2="{y + _AXIS}"/>'
    for place, mark in enumerate(row):
        x = _MARGIN + place * (_CARD + _CARD_GAP)
        yield _text(x, y + 14, _when(mark.step), 14, "bold")
        yield _text(x, y + 28, _counted_from(mark.step), 11, "soft")
        yield _dot(x + 8, y + _AXIS, mark)
        if mark.step is not None:
            yield from _card(mark.step, x, y + _CARD_TOP)


def _dot(x: float, y: float, mark: _Mark) -> str:
    """Draw where a step is on the line; the due date is a diamond."""
    if mark.step is None or _is_on_due_date(mark.step):
        return f'<path class="dot" d="M{x} {y - 9}l9 9l-9 9l-9 -9z"/>'
    return f'<circle class="dot" cx="{x}" cy="{y}" r="6"/>'


def _when(step: Step | None) -> str:
    if step is None or _is_on_due_date(step):
        return "Vencimento"
    sign = _MINUS if step.offset_days < 0 else "+"
    days = f"{sign}{abs(step.offset_days)}"
    if step.anchor is Anchor.DUE_DATE:
        return f"D{days}"
    return f"Emissão {days}" if step.anchor is Anchor.ISSUE_DATE else f"{days} após o anterior"


def _counted_from(step: Step | None) -> str:
    if step is None:
        return "nenhum contato neste dia"
    if _is_on_due_date(step):
        return "no dia"
    unit = "úteis" if step.unit is OffsetUnit.BUSINESS_DAYS else "corridos"
    return f"dias {unit}"


def _card_height(step: Step | None) -> int:
    if step is None:
        return 0
    pill_rows = 1 + max(line for line, _, _ in _pills(step.channels))
    return _BAND + 26 + pill_rows * 24 + len(_remarks(step)) * _LINE + 8


def _card(step: Step, x: float, y: float) -> Iterator[str]:
    height = _card_height(step)
    yield _box(x, y, _CARD, height, "cell")
    yield _box(x, y, _CARD, _BAND, step.tone.value)
    yield _text(x + 8, y + 15, f"tom {TONE_NAMES[step.tone]}", 11, "on")
    yield _text(x + 8, y + _BAND + 18, shortened(step.id, 20), 12, "bold")
    top = y + _BAND + 26
    for line, left, channel in _pills(step.channels):
        pill_x, pill_y = x + 8 + left, top + line * 24
        if channel is not step.channels[0]:
            yield _text(pill_x - _ARROW + 3, pill_y + 14, "→", 13)
        yield _box(pill_x, pill_y, _PILL[channel], 19, channel.value, radius=9)
        middle = pill_x + _PILL[channel] / 2
        yield _text(middle, pill_y + 13.5, CHANNEL_NAMES[channel], 11, "on", anchor="middle")
    below = top + 24 * (1 + max(line for line, _, _ in _pills(step.channels)))
    for number, remark in enumerate(_remarks(step)):
        yield _text(x + 8, below + 10 + number * _LINE, remark, 11, "soft")


def _pills(channels: Sequence[Channel]) -> Sequence[tuple[int, int, Channel]]:
    """Place the channels: the line each is on, and how far to the right."""
    placed, line, left = [], 0, 0
    for channel in channels:
        arrow = _ARROW if channel is not channels[0] else 0
        if left + arrow + _PILL[channel] > _CARD - 16:
            line, left = line + 1, 0
        left += arrow
        placed.append((line, left, channel))
        left += _PILL[channel]
    return placed


def _remarks(step: Step) -> Sequence[str]:
    remarks = []
    if len(step.channels) > 1:
        fallback = step.fallback
        remarks.append(
            f"→ após {fallback.after_hours} h {_UNSEEN[fallback.unless]}"
            if fallback
            else "→ se o anterior falhar"
        )
    if step.repeat is not None:
        repeat = step.repeat
        remarks.append(f"↻ a cada {_counted(repeat.every_days, 'dia')}, até {repeat.at_most} vezes")
    if step.when != ALWAYS:
        remarks.append("só se cumprir as condições")
    if step.variants:
        remarks.append(f"experimento: {_counted(len(step.variants), 'variante')}")
    return remarks


def _told(step: Step) -> str:
    channels = ", depois ".join(CHANNEL_NAMES[c] for c in step.channels)
    told = [f"{step.id} ({_when(step)}, {channels}, tom {TONE_NAMES[step.tone]}"]
    return ", ".join([*told, *(remark.strip("→↻ ") for remark in _remarks(step))]) + ")"
