"""`regua import FILE`: send a portfolio file's invoices and payments as events, dates unmoved."""

import argparse
from pathlib import Path

from local.demo.dialect import UnreadableFileError
from local.demo.events import issued, moved
from local.demo.portfolio import read_portfolio
from local.demo.progress import console
from local.demo.session import say_reading
from local.demo.system import LocalSystem
from local.place import LocalError, Place
from local.stack import load_stack

SOME_REJECTED = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--mapping", type=Path, help="which column is which field, YAML")


def run(options: argparse.Namespace) -> int:
    """Send what can be read; answer 1 when a row could not."""
    place, system = Place.from_environment(), LocalSystem(load_stack())
    try:
        reading = read_portfolio(
            options.file, mapping_file=options.mapping, rejected_folder=place.directory / "demo"
        )
    except UnreadableFileError as exc:
        raise LocalError(str(exc)) from exc
    portfolio, screen = reading.portfolio, console()
    say_reading(reading, screen)
    of = {invoice.external_id: invoice for invoice in portfolio.invoices}
    owner = {key: portfolio.customers[invoice.customer_id] for key, invoice in of.items()}
    sent = system.put(issued(system.creditor_id, i, owner[key]) for key, i in of.items())
    system.drain()
    sent += system.put(
        moved(system.creditor_id, m, of[m.invoice_id], owner[m.invoice_id])
        for m in portfolio.movements
    )
    system.drain()
    screen.print(f"{sent} eventos publicados.")
    return SOME_REJECTED if reading.rejected else 0
