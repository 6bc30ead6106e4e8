"""`regua import FILE`: send a file through the API, watch it being imported, fetch what failed.

With `--events` a portfolio file is read on this machine and sent as events on the bus instead, as
an ERP would. The exit code is 0 when every row was taken and 1 when one was not.
"""

import argparse
import csv
import io
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from local.demo.dialect import read_sheet
from local.demo.documents import cnpj_from, cpf_from
from local.demo.mapping import Mapping as DemoMapping
from local.demo.mapping import known_mappings, load_mapping
from local.demo.portfolio import generated_emails
from local.demo.progress import console
from local.imports_api import ImportsApi
from local.place import LocalError, Place
from local.stack import load_stack
from regua.application.imports.mapping import ColumnMapping, fitting
from regua.domain.imports.dialect import DECIMAL_MARKS, DELIMITERS, UnreadableFileError, decode

SOME_REJECTED = 1
TOKEN = "REGUA_TOKEN"  # noqa: S105 - the name of a variable
_FINAL = ("done", "failed", "cancelled", "needs_mapping")
_PAUSE_SECONDS = 0.5
_PLAIN_EVERY_SECONDS = 5.0
_HEAD_BYTES = 65_536
_TEXT = (".csv", ".txt", ".tsv")
_DOCUMENT, _EMAIL = "documento_inventado", "email_inventado"
_STATUSES = {
    "waiting": "aguardando o arquivo",
    "reading": "lendo",
    "running": "importando",
    "done": "concluída",
    "failed": "sem sucesso",
    "cancelled": "cancelada",
    "needs_mapping": "à espera de um mapeamento",
}
_OUTCOMES = {
    "created": "criadas",
    "updated": "atualizadas",
    "duplicate": "já conhecidas",
    "ignored": "sem efeito",
    "rejected": "recusadas",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = "Exit code 0: every row was taken. 1: one was not, or the file was not read."
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="CSV, XLSX, NF-e (XML or zip) or CNAB retorno"
    )
    parser.add_argument("--mapping", type=Path, metavar="YAML", help="which column is which field")
    parser.add_argument("--again", action="store_true", help="even if it was imported before")
    parser.add_argument(
        "--api",
        metavar="URL",
        help=f"another API than the local cloud's, with the token in {TOKEN}",
    )
    parser.add_argument(
        "--events", action="store_true", help="read it here and send events on the bus instead"
    )


def run(options: argparse.Namespace) -> int:
    """Send a file; answer 1 when a row was not taken."""
    place = Place.from_environment()
    try:
        if options.events:
            from local.demo.send_events import send_events  # noqa: PLC0415 - half a second

            return 0 if send_events(options, place, load_stack()) else SOME_REJECTED
        return import_file(options, _api(options.api), place.directory / "imports", console())
    except UnreadableFileError as exc:
        raise LocalError(str(exc)) from exc


def _api(url: str | None) -> ImportsApi:
    if url is None:
        stack = load_stack()
        return ImportsApi(stack.api_url, stack.token)
    token = os.environ.get(TOKEN)
    if not token:
        raise LocalError(f"--api precisa de um token em {TOKEN}")
    return ImportsApi(url.rstrip("/"), lambda: token)


def import_file(
    options: argparse.Namespace,
    api: ImportsApi,
    folder: Path,
    screen: Console,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Send a file through an API, say how it is read and what became of its rows.

    Args:
        options: what was asked for (``file``, ``mapping``, ``again``).
        api: where to.
        folder: where rejected rows are written.
        screen: where to say it.
        pause: waits between two looks.

    Raises:
        LocalError: the file was not imported at all; the text says why.
    """
    path: Path = options.file
    if not path.is_file():
        raise LocalError(f"não encontrei {path}")
    mapping = _mapping_for(path, options.mapping)
    sent = path
    if mapping is not None and (mapping.generate_documents or mapping.generate_emails):
        sent = _completed(path, mapping, folder)
        screen.print("Documentos e e-mails que o arquivo não tem foram inventados numa cópia.")
    wanted: dict[str, Any] = {
        "filename": path.name,
        "size_bytes": sent.stat().st_size,
        "again": options.again,
    }
    if mapping is not None:
        wanted["mapping"] = _document_of(mapping)
    begun = api.begin(wanted)
    with _Bar(screen) as bar:
        api.put(begun["upload"], sent, bar.sent_of(wanted["size_bytes"]))
        job = _watched(api, begun["id"], bar, pause)
    return _told(job, api, folder / f"{path.stem}.erros.csv", screen)


def _watched(
    api: ImportsApi, import_id: str, bar: "_Bar", pause: Callable[[float], None]
) -> Mapping[str, Any]:
    is_shown = False
    while True:
        job = api.get(import_id)
        if job["dialect"] and not is_shown:
            bar.say(_reading_of(job))
            is_shown = True
        bar.show(job)
        if job["status"] in _FINAL:
            return job
        pause(_PAUSE_SECONDS)


def _reading_of(job: Mapping[str, Any]) -> str:
    """Say how a file is read: its dialect and which column is which."""
    dialect = job["dialect"]
    delimiter = DELIMITERS.get(dialect["delimiter"], dialect["delimiter"])
    decimal = DECIMAL_MARKS.get(dialect["decimal"], dialect["decimal"])
    columns = (job["mapping"] or {}).get("columns", {})
    lines = [
        (
            f"Lido como {job['kind']}: codificação {dialect['encoding']}, separador {delimiter}, "
            f"decimais com {decimal}; mapeamento {job['mapping_name']}."
        ),
        *(f"  {name:<16} ← {column}" for name, column in columns.items()),
    ]
    return "\n".join(lines)


def _told(job: Mapping[str, Any], api: ImportsApi, target: Path, screen: Console) -> int:
    """Print what became of the rows; answer the exit code."""
    why = "; ".join(p["reason"] for p in job["problems"])
    if job["status"] == "needs_mapping":
        raise LocalError(f"{why}\nDiga com --mapping qual coluna é qual (docs/imports.md).")
    if job["status"] != "done":
        raise LocalError(": ".join(filter(None, (f"importação {_status_of(job)}", why))))
    if job["duplicate_of"]:
        screen.print(
            f"Este arquivo já foi importado ({job['duplicate_of']}); use --again para repetir."
        )
        return 0
    rows = job["rows"]
    counted = ", ".join(f"{rows[name]} {words}" for name, words in _OUTCOMES.items() if rows[name])
    speed = f" ({job['rows_per_second']} por segundo)" if job["rows_per_second"] else ""
    screen.print(f"{rows['read']} linhas lidas{speed}: {counted}.")
    if not rows["rejected"]:
        return 0
    api.errors_of(job["id"], target)
    screen.print(f"As recusadas, com o motivo, estão em {target}: corrija e envie o mesmo arquivo.")
    return SOME_REJECTED


def _status_of(job: Mapping[str, Any]) -> str:
    status: str = job["status"]
    return _STATUSES.get(status, status)


class _Bar:
    """Progress: a bar on a terminal, a plain line now and then elsewhere."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._said_at = 0.0
        self._last = ""
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=screen,
        )
        self._task = self._bar.add_task("enviando", total=None)

    def __enter__(self) -> Self:
        if self._screen.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def say(self, text: str) -> None:
        """Print a text above the bar."""
        self._screen.print(text)

    def sent_of(self, size: int) -> Callable[[int], None]:
        """Return what is told of every piece that was sent."""
        self._bar.update(self._task, total=size)
        return lambda count: self._bar.advance(self._task, count)

    def show(self, job: Mapping[str, Any]) -> None:
        """Show where a job stands."""
        rows = job["rows"]
        status = _status_of(job)
        text = f"{status}: {rows['read']} de {rows['total'] or '?'} linhas"
        if self._screen.is_terminal:
            self._bar.update(
                self._task,
                description=status,
                completed=rows["read"],
                total=rows["total"],
            )
            return
        now = time.monotonic()
        if text != self._last and now - self._said_at >= _PLAIN_EVERY_SECONDS:
            self._said_at, self._last = now, text
            self._screen.print(f"  {text}")


def _mapping_for(path: Path, given: Path | None) -> DemoMapping | None:
    """Return the mapping that was given, or one of the project's that fits; None leaves it open."""
    if given is not None:
        return load_mapping(given)
    if path.suffix.lower() not in _TEXT:
        return None
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    try:
        text, _ = decode(head[: head.rfind(b"\n") + 1] or head)
    except UnicodeDecodeError:  # cut in the middle of a character: none of the project's files
        return None
    first = text.lstrip("\ufeff").partition("\n")[0]
    headers = [next(csv.reader([first], delimiter=mark), []) for mark in DELIMITERS]
    found = (fitting([n.strip() for n in header], known_mappings()) for header in headers)
    return next((mapping for mapping in found if mapping is not None), None)


def _document_of(mapping: DemoMapping) -> dict[str, Any]:
    """Return the part of a mapping that the API takes."""
    document = mapping.model_dump(mode="json", include=set(ColumnMapping.model_fields))
    columns = dict(document["columns"])
    if mapping.generate_documents:
        columns.setdefault("document", _DOCUMENT)
    if mapping.generate_emails:
        columns.setdefault("email", _EMAIL)
    said = {name: value for name, value in document.items() if value not in (None, [], {})}
    return {**said, "columns": columns, "encoding": None}


def _completed(path: Path, mapping: DemoMapping, folder: Path) -> Path:
    """Write a copy of a file with what its mapping invents; customers keep what is theirs."""
    sheet = read_sheet(path, encoding=mapping.encoding, delimiter=mapping.delimiter)
    place = sheet.header.index(mapping.columns["customer_id"])
    make = cpf_from if mapping.kind == "person" else cnpj_from

    def rows() -> Iterator[Iterable[str]]:
        yield (*sheet.header, _DOCUMENT, _EMAIL)
        for _, cells in sheet.rows:
            who = cells[place] if place < len(cells) else ""
            padded = (*cells, *[""] * (len(sheet.header) - len(cells)))
            yield (*padded, make(who), "; ".join(generated_emails(who)))

    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{path.stem}.completo.csv"
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=sheet.dialect.delimiter).writerows(rows())
    target.write_text(buffer.getvalue(), encoding="utf-8", newline="")
    return target
