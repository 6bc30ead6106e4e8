"""Simulate a portfolio file for sixty days, reading included: invoices per second of one core.

The budget is for one core, so the core's time counts, not the wait for others; both are told.

``python -m bench.simulate 1000000`` takes another number of invoices than the usual one.
"""

import csv
import json
import resource
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from local.demo.documents import cpf_from
from local.open_invoices import OpenInvoices
from regua.application.ruler_document import read_ruler
from regua.application.simulate import Simulator
from regua.domain.ruler import DEFAULT_RULER
from regua.domain.rulers import Rulers

INVOICES = 50_000
DAYS = 60
BUDGET_MINUTES = 10
MILLION = 1_000_000
_FIRST = date(2026, 11, 2)
_DUE_DAYS = 120
"""Due dates lie half before the first day and half after it."""
_TERM = timedelta(days=30)
_AREA_CODES = (11, 21, 31)
_UFS = ("SP", "SP", "SP", "RJ", "MG", "BA", "AM", "PE", "RS", "AC")
_HEADER = (
    "id",
    "id_cliente",
    "cpf",
    "email",
    "telefone",
    "uf",
    "emissao",
    "vencimento",
    "valor",
)


def run(invoices: int = INVOICES) -> dict[str, Any]:
    """Return the rates of reading and of simulating, and what a million invoices would take."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "carteira.csv"
        write_portfolio(path, invoices)
        return _measured(path, invoices)


def write_portfolio(path: Path, invoices: int) -> None:
    """Write a file of open invoices, one to four per customer, in the file's order of issue."""
    draw = Random(4)  # noqa: S311 - the same portfolio every time
    customers = max(1, invoices // 2)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(_HEADER)
        for number in range(invoices):
            due = _FIRST + timedelta(days=draw.randrange(_DUE_DAYS) - _DUE_DAYS // 2)
            amount = f"{draw.randrange(20, 3000)},{draw.randrange(100):02d}"
            dates = (f"{due - _TERM:%d/%m/%Y}", f"{due:%d/%m/%Y}")
            writer.writerow(
                (f"fat-{number}", *_customer(draw.randrange(customers)), *dates, amount)
            )


def _customer(number: int) -> tuple[str, ...]:
    """Return the same cells for the same number; none are kept, so that memory tells the truth."""
    email = f"cliente-{number}@cliente.example.com.br"
    phone = f"({_AREA_CODES[number % len(_AREA_CODES)]}) 9{10**7 + number:08d}"
    return f"cli-{number}", cpf_from(str(number)), email, phone, _UFS[number % len(_UFS)]


def _measured(path: Path, invoices: int) -> dict[str, Any]:
    ruler = read_ruler(DEFAULT_RULER)
    start = datetime(_FIRST.year, _FIRST.month, _FIRST.day, tzinfo=ruler.zone)
    simulator = Simulator(Rulers.only(ruler), start, DAYS)
    started, started_cpu = perf_counter(), process_time()
    with OpenInvoices(path) as opened:
        laid_out = perf_counter()
        for account in opened.accounts():
            simulator.add(account)
    done, done_cpu = perf_counter(), process_time()
    found = simulator.simulation
    if (opened.counts.open, found.invoices) != (invoices, invoices):
        msg = "the benchmark did not simulate what it set out to simulate"
        raise AssertionError(msg)
    minutes = (done_cpu - started_cpu) / invoices * MILLION / 60
    return {
        "invoices": invoices,
        "customers": found.accounts,
        "days": DAYS,
        "contacts": found.contacts,
        "first_pass_seconds": round(laid_out - started, 2),
        "seconds": round(done - started, 2),
        "cpu_seconds": round(done_cpu - started_cpu, 2),
        "invoices_per_second": round(invoices / (done_cpu - started_cpu)),
        "minutes_for_a_million": round(minutes, 2),
        "budget_minutes": BUDGET_MINUTES,
        "within_budget": minutes < BUDGET_MINUTES,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else INVOICES
    sys.stdout.write(f"{json.dumps(run(asked), indent=2)}\n")
