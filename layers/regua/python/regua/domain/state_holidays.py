"""Public holidays of the 27 states, by rule, for the hours of contact; never for late charges.

A superset on purpose: where sources differ whether a day is a full holiday, the day is closed. One
day of contact too few costs little; one too many breaks a law of the state. The table is today's
law, and years before 2024 are answered by it too. What a governor moves by decree for one year
cannot be in it. National holidays are in `regua.domain.calendar`, those of towns nowhere.

Source: Lei 9.093/1995, art. 1, II (the state's data magna) and the state laws named row by row.
They were read in the quotations of brazilian-utils/javascript (src/get-holidays/constants.ts) and
in reports on the states' calendars of 2023 to 2026, not in the gazettes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from regua.domain.calendar import CARNIVAL_TUESDAY, CORPUS_CHRISTI, SUNDAY, from_easter
from regua.domain.errors import InvalidInput
from regua.domain.rules import Rule
from regua.domain.time_zones import ZONE_OF_UF

_MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY, _FRIDAY = range(5)


class Shift(StrEnum):
    """How a state moves a holiday to the edge of the week."""

    NONE = "none"
    MIDWEEK_TO_FRIDAY = "midweek_to_friday"
    """Tuesday to Thursday: also the Friday after, or the day before it where that is taken."""
    BRIDGE = "bridge"
    """Tuesday: also the Monday before; Thursday: also the Friday after."""
    TO_SUNDAY = "to_sunday"
    """Monday to Friday: instead the Sunday after; Saturday, a working day to some: also Sunday."""


@dataclass(frozen=True, slots=True)
class StateHoliday:
    """One holiday of one state: ``when`` is (month, day) or a number of days from Easter."""

    uf: str
    name: str
    when: tuple[int, int] | int
    source: str
    shift: Shift = Shift.NONE
    since: int = 0
    """The first year, where that is later than 2024."""


STATE_HOLIDAYS = (
    StateHoliday(
        "AC",
        "Dia do Evangélico",
        (1, 23),
        "Lei 1.538/2004; Lei 2.126/2009",
        Shift.MIDWEEK_TO_FRIDAY,
    ),
    StateHoliday(
        "AC", "Dia do Católico", (1, 20), "Lei 3.137/2016; Lei 2.126/2009", Shift.MIDWEEK_TO_FRIDAY
    ),
    StateHoliday(
        "AC",
        "Dia Internacional da Mulher",
        (3, 8),
        "Lei 1.411/2001; Lei 2.126/2009",
        Shift.MIDWEEK_TO_FRIDAY,
    ),
    StateHoliday("AC", "Aniversário do Acre", (6, 15), "Lei 14/1964"),
    StateHoliday(
        "AC",
        "Dia da Amazônia",
        (9, 5),
        "Lei 243/1968, art. 2; Lei 2.126/2009",
        Shift.MIDWEEK_TO_FRIDAY,
    ),
    StateHoliday(
        "AC",
        "Tratado de Petrópolis",
        (11, 17),
        "Lei 57/1965; Lei 2.126/2009",
        Shift.MIDWEEK_TO_FRIDAY,
    ),
    StateHoliday("AL", "São João", (6, 24), "Lei 5.508/1993"),
    StateHoliday("AL", "São Pedro", (6, 29), "Lei 5.509/1993"),
    StateHoliday("AL", "Emancipação Política", (9, 16), "Lei 9.358/2024"),
    StateHoliday("AL", "Consciência Negra", (11, 20), "Lei 5.724/1995"),
    StateHoliday("AL", "Dia do Evangélico", (11, 30), "Lei 7.530/2013, art. 2", Shift.BRIDGE),
    StateHoliday("AM", "Elevação a Província", (9, 5), "Lei 25/1977"),
    StateHoliday("AM", "Consciência Negra", (11, 20), "Lei 84/2010"),
    StateHoliday(
        "AM",
        "Nossa Senhora da Conceição",
        (12, 8),
        "Lei 496/1999 of Manaus; no state law found, the press reports the whole state",
    ),
    StateHoliday("AP", "São José", (3, 19), "Lei 667/2002, art. 1"),
    StateHoliday("AP", "Dia de Cabralzinho", (5, 15), "Lei 2.213/2017"),
    StateHoliday("AP", "Criação do Território", (9, 13), "Constituição do Amapá, art. 355"),
    StateHoliday("AP", "Consciência Negra", (11, 20), "Lei 1.169/2007"),
    StateHoliday(
        "BA",
        "São João",
        (6, 24),
        "no law found; treated as a state holiday when the state moved it in May 2020",
    ),
    StateHoliday("BA", "Independência da Bahia", (7, 2), "Constituição da Bahia, art. 6, par. 3"),
    StateHoliday(
        "CE",
        "São José",
        (3, 19),
        "no state law found; ponto facultativo of the state, holiday in Fortaleza and most towns",
    ),
    StateHoliday("CE", "Data Magna", (3, 25), "Constituição do Ceará, art. 18 (EC 73/2011)"),
    StateHoliday(
        "CE", "Nossa Senhora da Assunção", (8, 15), "no state law found; holiday in Fortaleza"
    ),
    StateHoliday("DF", "Fundação de Brasília", (4, 21), "Lei 72/1989, art. 1, I"),
    StateHoliday("DF", "Corpus Christi", CORPUS_CHRISTI, "Lei 72/1989, art. 1"),
    StateHoliday("DF", "Dia do Evangélico", (11, 30), "Lei 963/1995"),
    StateHoliday("ES", "Nossa Senhora da Penha", 8, "Lei 11.010/2019, art. 1"),
    StateHoliday("GO", "Fundação da Cidade de Goiás", (7, 26), "Lei 20.756/2020, art. 269, II, a"),
    StateHoliday(
        "GO", "Pedra Fundamental de Goiânia", (10, 24), "Lei 20.756/2020, art. 269, II, b"
    ),
    StateHoliday("GO", "Dia do Servidor Público", (10, 28), "Lei 20.756/2020, art. 269, II, c"),
    StateHoliday(
        "MA", "Corpus Christi", CORPUS_CHRISTI, "Lei 11.539/2021, upheld by the TJMA on 06/03/2024"
    ),
    StateHoliday("MA", "Adesão à Independência", (7, 28), "Lei 2.457/1964"),
    StateHoliday("MG", "Data Magna", (4, 21), "Constituição de Minas Gerais, art. 256, I"),
    StateHoliday("MS", "Criação do Estado", (10, 11), "Lei 10/1979"),
    StateHoliday("MT", "Consciência Negra", (11, 20), "Lei 7.879/2002"),
    StateHoliday("PA", "Adesão à Independência", (8, 15), "Lei 5.999/1996"),
    StateHoliday("PB", "Data Magna", (8, 5), "Lei 10.601/2015"),
    StateHoliday("PE", "Data Magna", (3, 6), "Lei 16.241/2017, art. 49"),
    StateHoliday(
        "PI",
        "Corpus Christi",
        CORPUS_CHRISTI,
        "no law found; a holiday in the state's calendars of 2023 to 2026 (Decreto 24.285/2025)",
    ),
    StateHoliday("PI", "Dia do Piauí", (10, 19), "Lei 176/1937"),
    StateHoliday("RJ", "Carnaval", CARNIVAL_TUESDAY, "Lei 5.243/2008"),
    StateHoliday("RJ", "São Jorge", (4, 23), "Lei 5.198/2008, upheld in STF ADI 4092"),
    StateHoliday("RJ", "Consciência Negra", (11, 20), "Lei 4.007/2002"),
    StateHoliday("RN", "Mártires de Cunhaú e Uruaçu", (10, 3), "Lei 8.913/2006"),
    StateHoliday("RO", "Data Magna", (1, 4), "Lei 2.291/2010"),
    StateHoliday(
        "RO",
        "Dia do Evangélico",
        (6, 18),
        "Lei 1.026/2001; struck down in STF ADI 3940 (2020), in doubt whether still kept",
    ),
    StateHoliday("RR", "Criação do Estado", (10, 5), "Constituição de Roraima, art. 9"),
    StateHoliday(
        "RS", "Data Magna", (9, 20), "Constituição do Rio Grande do Sul, art. 6 (EC 11/1995)"
    ),
    StateHoliday(
        "SC", "Dia do Estado", (8, 11), "Lei 13.408/2005; Lei 18.531/2022", Shift.TO_SUNDAY
    ),
    StateHoliday(
        "SC",
        "Santa Catarina de Alexandria",
        (11, 25),
        "Lei 13.408/2005; Lei 18.531/2022",
        Shift.TO_SUNDAY,
    ),
    StateHoliday("SE", "Independência de Sergipe", (7, 8), "Constituição de Sergipe, art. 269"),
    StateHoliday("SP", "Data Magna", (7, 9), "Lei 9.497/1997, art. 1"),
    StateHoliday("SP", "Consciência Negra", (11, 20), "Lei 17.746/2023, art. 1"),
    StateHoliday("TO", "Senhor do Bonfim", (8, 15), "Lei 4.509/2024", since=2025),
    StateHoliday("TO", "Nossa Senhora da Natividade", (9, 8), "Lei 627/1993"),
    StateHoliday("TO", "Criação do Estado", (10, 5), "Lei 98/1989"),
)
"""Every row, by state. Paraná has none: 19 December is no holiday since Lei 18.384/2014."""


@lru_cache(maxsize=512)
def state_holidays(uf: str, year: int) -> frozenset[date]:
    """Return the days of a year on which a state itself rests; national holidays not included.

    >>> sorted(day.isoformat() for day in state_holidays("SP", 2026))
    ['2026-07-09', '2026-11-20']
    >>> date(2026, 1, 22) in state_holidays("AC", 2026)  # the 20th moves; the 23rd is taken
    True

    Raises:
        InvalidInput: when there is no such state.
    """
    if uf not in ZONE_OF_UF:
        raise InvalidInput.at("uf", "not a Brazilian state (UF)")
    rows = [row for row in STATE_HOLIDAYS if row.uf == uf and row.since <= year]
    closed: set[date] = set()
    for row in rows:
        closed.update(_observed(_statutory(row, year), row.shift, frozenset(closed)))
    return frozenset(closed)


def _statutory(row: StateHoliday, year: int) -> date:
    if isinstance(row.when, int):
        return from_easter(year, row.when)
    return date(year, *row.when)


def _observed(day: date, shift: Shift, taken: frozenset[date]) -> Iterator[date]:
    """Yield the days a holiday closes: its own too, unless a law moves it away for good."""
    weekday = day.weekday()
    if shift is Shift.TO_SUNDAY:
        yield day + timedelta(days=SUNDAY - weekday)
    if shift is not Shift.TO_SUNDAY or weekday > _FRIDAY:
        yield day
    if shift is Shift.MIDWEEK_TO_FRIDAY and _TUESDAY <= weekday <= _THURSDAY:
        friday = day + timedelta(days=_FRIDAY - weekday)
        yield friday - timedelta(days=1) if friday in taken else friday
    elif shift is Shift.BRIDGE and weekday == _TUESDAY:
        yield day - timedelta(days=1)
    elif shift is Shift.BRIDGE and weekday == _THURSDAY:
        yield day + timedelta(days=1)


def _when_text(row: StateHoliday) -> str:
    if isinstance(row.when, int):
        return f"{abs(row.when)} days {'after' if row.when > 0 else 'before'} Easter"
    month, day = row.when
    return f"{day:02d}/{month:02d}"


def _since_text(row: StateHoliday) -> str:
    return f" (since {row.since})" if row.since else ""


def _rule(uf: str) -> Rule:
    rows = [row for row in STATE_HOLIDAYS if row.uf == uf]
    days = "; ".join(f"{_when_text(row)} {row.name}{_since_text(row)}" for row in rows)
    return Rule(
        f"holidays.state.{uf.lower()}",
        f"{uf}: {days}." if rows else f"{uf} has no holiday of its own.",
        "; ".join(f"{row.name}: {row.source}" for row in rows)
        or "Lei 18.384/2014: the emancipation of 19 December is no holiday",
    )


RULES = (
    Rule(
        "holidays.state",
        "Holidays of a state close its hours of contact and leave due dates and interest alone.",
        "Lei SP 15.426/2014 and Lei AL 7.782/2016 (no contact on holidays); for interest see"
        " calendar.bank",
    ),
    Rule(
        "holidays.state.doubt",
        "Where sources differ whether a day is a full holiday of the state, it is closed.",
        "our convention: one day of contact is worth less than one breach of a state law",
    ),
    Rule(
        "holidays.state.moved",
        "Where a state moves a holiday within its week (AC, AL), both days are closed; where it"
        " moves to Sunday (SC), only that Sunday.",
        "Lei AC 2.126/2009; Lei AL 7.530/2013, art. 2; Lei SC 18.531/2022; that both count is our"
        " convention",
    ),
    *(_rule(uf) for uf in sorted(ZONE_OF_UF)),
)
"""What this module holds to be right, for docs/rules.md."""
