"""One demo on a running cloud: read or invent, live, ask the system, judge, print."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rich.console import Console

from local.demo import report
from local.demo.checks import Check, Evidence, all_checks, mentioned
from local.demo.generate import CUSTOMERS, INVOICES, SEED, generate
from local.demo.hits import covering, recorded_hits, reported
from local.demo.life import Life, live
from local.demo.model import SAO_PAULO, Portfolio
from local.demo.portfolio import Reading, RowProblem, read_portfolio
from local.demo.progress import Days, console
from local.demo.proofs import Laudo
from local.demo.system import DispatchRow, Spent, System
from local.demo.terms import Terms, terms_of
from local.place import LocalError
from regua.domain.imports.dialect import UnreadableFileError

DEFAULT_DAYS = 45
LAW_BROKEN = 1
_PROBLEMS_SHOWN = 20
_ASKED_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asked for."""

    portfolio: Path | None = None
    mapping: Path | None = None
    days: int = DEFAULT_DAYS
    seed: int = SEED
    customers: int = CUSTOMERS
    invoices: int = INVOICES
    first_day: date | None = None
    ruler: Path | None = None
    """The ruler that the system follows; None is the one a creditor comes with."""


def tomorrow() -> date:
    """Return the first day that a life may have: no real evaluation has touched it."""
    return datetime.now(UTC).astimezone(SAO_PAULO).date() + timedelta(days=1)


def run_demo(system: System, wish: Wish, folder: Path) -> int:
    """Prepare and live a portfolio; see `prepare` and `live_demo`."""
    return live_demo(system, prepare(wish, folder), wish, folder)


def live_demo(system: System, portfolio: Portfolio, wish: Wish, folder: Path) -> int:
    """Live a portfolio on a system, print the report and keep its numbers in ``folder``.

    Returns:
        0 when every check held, else 1.
    """
    screen = console()
    _refuse_a_second_life(system, portfolio)
    before = _Baseline(system, portfolio, wish.days, terms_of(wish.ruler))
    screen.print(
        f"Vivendo {wish.days} dias, de {portfolio.first_day:%d/%m/%Y} em diante: "
        f"{report.whole(len(portfolio.customers))} clientes, "
        f"{report.whole(len(portfolio.invoices))} faturas."
    )
    with Days(wish.days, screen) as shown:
        life = live(portfolio, wish.days, system, shown=shown, seed=wish.seed)
    with life.watch.time("conferir"):
        evidence = before.evidence_since(life, folder)
        checks = all_checks(evidence)
    report.show(evidence, checks, screen)
    report.save(report.as_document(evidence, checks), folder / "report.json")
    return _verdict(checks, screen)


def _verdict(checks: Sequence[Check], screen: Console) -> int:
    broken = [check.statement for check in checks if not check.holds]
    if broken:
        screen.print(f"[bold red]{len(broken)} conferência(s) não fecharam.[/]")
        return LAW_BROKEN
    screen.print("[green]Todas as conferências fecharam.[/]")
    return 0


def prepare(wish: Wish, folder: Path) -> Portfolio:
    """Invent the portfolio, or read the user's file and tell what was understood of it.

    Raises:
        LocalError: when nothing can be made of the file; the message says what to do.
    """
    screen = console()
    first_day = wish.first_day or tomorrow()
    if wish.portfolio is None:
        return generate(
            first_day,
            wish.days,
            seed=wish.seed,
            customers=wish.customers,
            invoices=wish.invoices,
        )
    try:
        reading = read_portfolio(
            wish.portfolio,
            earliest_day=first_day,
            mapping_file=wish.mapping,
            rejected_folder=folder,
            seed=wish.seed,
        )
    except UnreadableFileError as exc:
        raise LocalError(str(exc)) from exc
    say_reading(reading, screen)
    if reading.portfolio.payments_are_simulated:
        screen.print("  · o arquivo não diz quem pagou: os pagamentos são simulados")
    last = reading.portfolio.first_day + timedelta(days=wish.days - 1)
    beyond = sum(i.due_date > last for i in reading.portfolio.invoices)
    if beyond:
        screen.print(
            f"  atenção: {report.whole(beyond)} faturas vencem depois do último dia vivido; "
            "use DAYS=n para viver mais dias"
        )
    return reading.portfolio


def say_reading(reading: Reading, screen: Console) -> None:
    """Tell what was understood of a file, and list every row that was not."""
    accepted = reading.rows - len(reading.rejected) - len(reading.totals_rows)
    screen.print(f"Arquivo: {reading.portfolio.name} ({reading.dialect})", markup=False)
    screen.print(f"  mapeamento: {reading.mapping.name}", markup=False)
    for field, column in reading.mapping.columns.items():
        screen.print(f"    {field:<14} <- {column}", markup=False)
    screen.print(
        f"  {report.whole(reading.rows)} linhas: {report.whole(accepted)} aceitas, "
        f"{len(reading.rejected)} rejeitadas, {len(reading.totals_rows)} de total"
    )
    for note in reading.portfolio.notes:
        screen.print(f"  · {note}", markup=False)
    _list_problems("rejeitadas", reading.rejected, screen)
    _list_problems("aceitas sem este campo", reading.warnings, screen)
    _list_problems("linhas de total, fora da carteira", reading.totals_rows, screen)
    if reading.rejected_file:
        screen.print(f"  todas as rejeitadas, com o motivo: {reading.rejected_file}", markup=False)


def _list_problems(title: str, problems: Sequence[RowProblem], screen: Console) -> None:
    if not problems:
        return
    screen.print(f"  {title}: {len(problems)}")
    for problem in problems[:_PROBLEMS_SHOWN]:
        screen.print(f"    {problem}", markup=False)
    if len(problems) > _PROBLEMS_SHOWN:
        screen.print(f"    e mais {len(problems) - _PROBLEMS_SHOWN}")


def _refuse_a_second_life(system: System, portfolio: Portfolio) -> None:
    """Stop before telling a system about invoices that it knows from an earlier life.

    Raises:
        LocalError: saying how to start afresh.
    """
    sample = [invoice.external_id for invoice in portfolio.invoices[:5]]
    if system.invoices(sample):
        raise LocalError(
            "esta carteira já viveu nesta nuvem local; recomece com `make down` e repita"
        )


class _Baseline:
    """What was there before, so that a cloud used for something else can still be judged."""

    def __init__(self, system: System, portfolio: Portfolio, days: int, terms: Terms) -> None:
        self._system, self._terms = system, terms
        self._days = [portfolio.first_day + timedelta(days=n) for n in range(-1, days + 1)]
        self._counts = self._reconciled()
        self._known = {row.dispatch_id for row in self._rows()}
        self._costs = system.costs(self._days[0], self._days[-1])
        self._position = system.last_message()

    def _reconciled(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
            for of_day in pool.map(self._system.reconciliation, self._days):
                counts.update(of_day)
        return counts

    def _rows(self) -> Iterable[DispatchRow]:
        return (row for day in self._days for row in self._system.dispatches(day))

    def evidence_since(self, life: Life, folder: Path) -> Evidence:
        """Ask the system for everything the report needs."""
        after = self._reconciled()
        names = after.keys() | self._counts.keys()
        keys = list(life.ledger.pages)
        telling = covering(mentioned(life))
        timelines = list(self._system.timelines(telling))
        self._system.seal()
        counts: Mapping[str, int] = {n: after[n] - self._counts[n] for n in sorted(names)}
        return Evidence(
            life=life,
            reconciliation=counts,
            dispatches=[r for r in self._rows() if r.dispatch_id not in self._known | life.foreign],
            views=self._system.invoices(keys),
            recorded_hits=recorded_hits(timelines),
            reported=reported(timelines),
            carrier_states=self._system.reported_after(self._position),
            stopped=self._system.stopped(_who_replied(life)),
            costs=self._spent(),
            proofs=self._system.proofs(list({m.dispatch_id for m in life.messages})),
            laudo=self._laudo(life, folder),
            terms=self._terms,
        )

    def _laudo(self, life: Life, folder: Path) -> Laudo | None:
        """Have a report issued about the invoice that most was said about."""
        said = Counter(m.invoice.external_id for m in mentioned(life))
        return self._system.laudo(said.most_common(1)[0][0], folder) if said else None

    def _spent(self) -> Mapping[str, Spent]:
        after = self._system.costs(self._days[0], self._days[-1])
        return {c: spent - self._costs.get(c, Spent()) for c, spent in after.items()}


def _who_replied(life: Life) -> Sequence[str]:
    """Return the customers who wrote back, each once."""
    replied = {hit.dispatch_id for hit in life.hits if hit.kind == "reply"}
    owners = (m.invoice.customer_id for m in mentioned(life) if m.message.dispatch_id in replied)
    return list(dict.fromkeys(owners))
