"""`regua simulate FILE`: what a portfolio would be sent under a ruler, offline, nothing sent."""

import argparse
import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.documents import read_document
from local.place import LocalError, Place

if TYPE_CHECKING:
    from rich.console import Console

    from local.demo.portfolio import RowProblem
    from local.open_invoices import OpenInvoices
    from regua.application.simulate import PlannedContact, Simulation, Simulator
    from regua.domain.ruler import Channel, Ruler

SOME_REJECTED = 1
DEFAULT_DAYS = 60
_CHANNELS = ("email", "sms", "whatsapp", "voice")
_PROBLEMS_SHOWN = 20
_PLAIN_EVERY = 100_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("file", type=Path, help="a CSV of invoices, in any of the demo's dialects")
    parser.add_argument("--ruler", type=Path, help="the ruler to try; ours when it is left out")
    parser.add_argument("--against", type=Path, help="the current ruler; ours when it is left out")
    parser.add_argument("--days", type=int, default=DEFAULT_DAYS, help="how long (default: 60)")
    parser.add_argument("--from", dest="first_day", type=_date, help="the first day; today")
    parser.add_argument(
        "--channels", type=_channels, help="channels in use, with commas between; all four"
    )
    parser.add_argument("--seen", type=int, default=0, help="of 100 contacts, how many are seen")
    parser.add_argument("--prices", type=Path, help="centavos per message by channel, YAML")
    parser.add_argument("--mapping", type=Path, help="which column is which field, YAML")
    parser.add_argument("--svg", type=Path, help="write the calendar here")
    parser.add_argument("--who", type=Path, help="write every contact here, CSV, ids only")
    parser.add_argument("--json", type=Path, help="write all numbers here")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write 2026-11-03") from exc


def _channels(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    unknown = [name for name in names if name not in _CHANNELS]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"no such channel: {', '.join(unknown)}; there are {', '.join(_CHANNELS)}"
        )
    return names


def run(options: argparse.Namespace) -> int:
    """Simulate; answer 1 when a row of the file could not be read."""
    from local.demo.progress import console  # noqa: PLC0415
    from regua.domain.errors import InvalidInput  # noqa: PLC0415
    from regua.domain.imports.dialect import UnreadableFileError  # noqa: PLC0415 - half a second

    screen = console()
    try:
        return _simulate(options, screen)
    except UnreadableFileError as exc:
        raise LocalError(str(exc)) from exc
    except InvalidInput as exc:
        problem = exc.problems[0]
        raise LocalError(f"{problem.path}: {problem.reason}") from exc


def _simulate(options: argparse.Namespace, screen: "Console") -> int:
    from local.open_invoices import OpenInvoices  # noqa: PLC0415
    from local.simulation_report import report_reading  # noqa: PLC0415

    rulers = _rulers(options)
    with ExitStack() as resources:
        on_contact = resources.enter_context(_who(options.who))
        simulators = _simulators(options, rulers, on_contact)
        problems = _Problems()
        with _progress(screen, "lendo", None) as on_rows:
            opened = OpenInvoices(
                options.file,
                mapping_file=options.mapping,
                on_problem=problems.note,
                on_rows=on_rows,
            )
        with opened, _progress(screen, "simulando", opened.counts.rows) as on_rows:
            _feed(opened, simulators, on_rows)
    problems.say(options.file, screen)
    report_reading(opened, screen)
    _report(options, rulers, [s.simulation for s in simulators], screen)
    return SOME_REJECTED if opened.counts.rejected else 0


def _feed(
    opened: "OpenInvoices", simulators: "list[Simulator]", on_rows: Callable[[int], None]
) -> None:
    fed = waiting = 0
    for account in opened.accounts():
        for simulator in simulators:
            simulator.add(account)
        waiting += len(account.invoices)
        if waiting >= 1000:  # noqa: PLR2004 - often enough to see it move
            on_rows(waiting)
            fed, waiting = fed + waiting, 0
    on_rows(opened.counts.rows - fed)  # with those that are not open


# ── what was asked for ─────────────────────────────────────────────────────────────────────────


def _rulers(options: argparse.Namespace) -> "list[Ruler]":
    """Return the ruler to simulate, after the one it is compared with, if it is compared."""
    from regua.application.ruler_document import read_ruler  # noqa: PLC0415
    from regua.domain.ruler import DEFAULT_RULER  # noqa: PLC0415

    def read(path: Path | None) -> "Ruler":
        return _read_ruler(path) if path else read_ruler(DEFAULT_RULER)

    if options.ruler is None:
        return [read(options.against)]
    return [read(options.against), read(options.ruler)]


def _read_ruler(path: Path) -> "Ruler":
    from regua.application.ruler_document import read_ruler  # noqa: PLC0415
    from regua.domain.errors import InvalidInput  # noqa: PLC0415

    try:
        return read_ruler(read_document(path))
    except InvalidInput as exc:
        raise LocalError(
            f"{path} is not a valid ruler; `regua ruler check {path}` says why"
        ) from exc


def _simulators(
    options: argparse.Namespace,
    rulers: "list[Ruler]",
    on_contact: "Callable[[PlannedContact], None] | None",
) -> "list[Simulator]":
    from regua.application.simulate import Simulator  # noqa: PLC0415
    from regua.domain.circumstances import Circumstances  # noqa: PLC0415
    from regua.domain.ruler import Channel  # noqa: PLC0415
    from regua.domain.rulers import Rulers  # noqa: PLC0415

    costs = _costs(options.prices)
    senders = frozenset(Channel(name) for name in options.channels or _CHANNELS)
    return [
        Simulator(
            Rulers.only(ruler),
            _start(options.first_day, ruler),
            options.days,
            given=Circumstances(senders=senders, opt_in_needed=frozenset()),
            costs=costs,
            seen_percent=options.seen,
            on_contact=on_contact if ruler is rulers[-1] else None,
        )
        for ruler in rulers
    ]


def _start(first_day: date | None, ruler: "Ruler") -> datetime:
    first = first_day or datetime.now(UTC).astimezone(ruler.zone).date()
    return datetime.combine(first, time(), ruler.zone)


def _costs(path: Path | None) -> "Mapping[Channel, Decimal]":
    """Return our prices, those that a file gives in place of ours."""
    from regua.domain.prices import DEFAULT_COSTS  # noqa: PLC0415
    from regua.domain.ruler import Channel  # noqa: PLC0415

    if path is None:
        return DEFAULT_COSTS
    document = read_document(path)
    if not isinstance(document, dict):
        raise LocalError(f"{path} is no table of prices; write `email: 0.06`, in centavos")
    unknown = sorted(str(name) for name in document if name not in _CHANNELS)
    if unknown:
        raise LocalError(f"{path}: no such channel: {', '.join(unknown)}")
    return {**DEFAULT_COSTS, **{Channel(k): _price(path, k, v) for k, v in document.items()}}


def _price(path: Path, channel: str, value: object) -> Decimal:
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or price < 0:
        raise LocalError(f"{path}: {channel} is no price in centavos, such as 6.49")
    return price


# ── what is written ────────────────────────────────────────────────────────────────────────────


@contextmanager
def _who(path: Path | None) -> "Iterator[Callable[[PlannedContact], None] | None]":
    if path is None:
        yield None
        return
    with _written(path) as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(["data", "hora", "canal", "passo", "cliente", "faturas"])

        def write(contact: "PlannedContact") -> None:
            day, at, channel, step_id, customer_id, invoice_ids = contact
            row = (day.isoformat(), f"{at:%H:%M}", channel, step_id, customer_id)
            writer.writerow((*row, " | ".join(invoice_ids)))

        yield write


@contextmanager
def _written(path: Path) -> Iterator[Any]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("w", encoding="utf-8-sig", newline="")
    except OSError as exc:
        raise LocalError(f"{path} cannot be written: {exc}") from exc
    with stream:
        yield stream


def _report(
    options: argparse.Namespace,
    rulers: "list[Ruler]",
    simulations: "list[Simulation]",
    screen: "Console",
) -> None:
    from local import simulation_report  # noqa: PLC0415
    from regua.adapters.calendar_svg import render_calendar  # noqa: PLC0415
    from regua.application import simulate  # noqa: PLC0415

    simulation, name = simulations[-1], rulers[-1].name
    if len(simulations) == 1:
        document = simulate.as_document(simulation)
        simulation_report.report(simulation, name, screen)
    else:
        comparison = simulate.compare(*simulations)
        document = simulate.comparison_document(comparison)
        simulation_report.report_comparison(comparison, rulers[0].name, name, screen)
    simulation_report.report_assumptions(simulation, options.seen, screen)
    if options.json:
        _save(options.json, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    if options.svg:
        _save(options.svg, render_calendar(simulation, f"Régua {name}: o que seria enviado"))
    for path in filter(None, (options.json, options.svg, options.who)):
        screen.print(f"Gravado: {path}", soft_wrap=True)


def _save(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise LocalError(f"{path} cannot be written: {exc}") from exc


@dataclass(slots=True)
class _Problems:
    """Keeps every problem of the file, to say the first ones and write all of them down."""

    found: "list[tuple[RowProblem, bool]]" = field(default_factory=list)

    def note(self, problem: "RowProblem", is_rejected: bool) -> None:  # noqa: FBT001 - a callback
        self.found.append((problem, is_rejected))

    def say(self, file: Path, screen: "Console") -> None:
        """Report by line; whatever a row lacks, it is named somewhere."""
        if not self.found:
            return
        self.found.sort(key=lambda one: one[0].line)
        for problem, is_rejected in self.found[:_PROBLEMS_SHOWN]:
            screen.print(f"  {problem} ({_effect(is_rejected)})", markup=False)
        more = len(self.found) - _PROBLEMS_SHOWN
        if more > 0:
            screen.print(f"  … e mais {more}.")
        folder = Place.from_environment().directory / "simulate"
        path = folder / f"{file.stem}.problemas.csv"
        with _written(path) as stream:
            writer = csv.writer(stream, delimiter=";")
            writer.writerow(["linha", "coluna", "motivo", "efeito"])
            for problem, is_rejected in self.found:
                row = (problem.line, problem.column, problem.reason, _effect(is_rejected))
                writer.writerow(row)
        screen.print(f"Todas as linhas e células não usadas: {path}", soft_wrap=True)


def _effect(is_rejected: bool) -> str:  # noqa: FBT001 - which of two words
    return "linha não usada" if is_rejected else "célula não usada"


@contextmanager
def _progress(screen: "Console", work: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show how many rows are done: a bar on a terminal, a line now and then elsewhere."""
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    if screen.is_terminal:
        bar = Progress(
            TextColumn("{task.description:>9}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=screen,
        )
        with bar:
            task = bar.add_task(work, total=total)
            yield lambda rows: bar.update(task, advance=rows)
        return
    done = 0

    def on_rows(rows: int) -> None:
        nonlocal done
        before, done = done, done + rows
        if before // _PLAIN_EVERY != done // _PLAIN_EVERY:
            of = f" de {total}" if total else ""
            screen.print(f"  {work}: {done}{of} linhas")

    yield on_rows
