"""A portfolio file as an ERP would tell of it: its invoices and payments as events on the bus."""

import argparse

from local.demo.events import issued, moved
from local.demo.model import Portfolio
from local.demo.portfolio import read_portfolio
from local.demo.progress import console
from local.demo.session import say_reading
from local.demo.system import LocalSystem
from local.place import Place
from local.stack import Stack


def send_events(options: argparse.Namespace, place: Place, stack: Stack) -> bool:
    """Send what can be read of ``options.file``, dates unmoved; answer whether that was all.

    Raises:
        UnreadableFileError: the file is no portfolio.
    """
    reading = read_portfolio(
        options.file, mapping_file=options.mapping, rejected_folder=place.directory / "demo"
    )
    screen = console()
    say_reading(reading, screen)
    sent = _put(LocalSystem(stack), reading.portfolio)
    screen.print(f"{sent} eventos publicados.")
    return not reading.rejected


def _put(system: LocalSystem, portfolio: Portfolio) -> int:
    """Put every invoice on the bus, then what was paid of them; return how many events."""
    of = {invoice.external_id: invoice for invoice in portfolio.invoices}
    owner = {key: portfolio.customers[invoice.customer_id] for key, invoice in of.items()}
    sent = system.put(issued(system.creditor_id, i, owner[key]) for key, i in of.items())
    system.drain()
    sent += system.put(
        moved(system.creditor_id, m, of[m.invoice_id], owner[m.invoice_id])
        for m in portfolio.movements
    )
    system.drain()
    return sent
