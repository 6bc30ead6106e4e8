"""A million rows: the reading pass alone, everything on memory twins, and requests per row.

Peak memory is the process's own. The file stays on disk, as it stays in S3; what the twins keep of
invoices stands for DynamoDB, so it is thrown away after every chunk, and so are the results.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, Any

from bench.portfolio import CREDITOR, DOCUMENT, creditor
from regua.adapters.dynamodb_bulk import DynamoBulkReads
from regua.adapters.dynamodb_imports import DynamoImports
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.memory import (
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
)
from regua.adapters.memory_imports import (
    MemoryBulkReads,
    MemoryImportFiles,
    MemoryImportQueue,
    MemoryImports,
)
from regua.adapters.xlsx_rows import read_sheet
from regua.application.import_ports import StoredFile
from regua.application.imports.read_source import ReadSource
from regua.application.imports.run_chunk import RunChunk
from regua.application.imports.run_import import RunImport
from regua.application.imports.work import ImportWork
from regua.application.ingest import Ingest
from regua.domain.imports.job import ImportJob, JobId
from regua.domain.tax_ids import document_check_digit

ROWS = int(os.environ.get("REGUA_BENCH_ROWS", "1000000"))
APPLIED = int(os.environ.get("REGUA_BENCH_APPLIED", str(ROWS)))
ON_MOTO = 240
NOW = datetime(2026, 11, 13, 12, tzinfo=UTC)
BUDGET_MIB, FUNCTION_MIB = 256, 512
"""Of reading, and of everything: half of what the function has."""
_HEADER = "Título;Sacado;CPF/CNPJ;E-mail;Celular;UF;Emissão;Vencimento;Valor;Nosso Número\r\n"


def _cpf(number: int) -> str:
    body = f"{100_000_000 + number % 800_000_000:09d}"
    first = document_check_digit(body, 11)
    return body + first + document_check_digit(body + first, 11)


def row(number: int) -> str:
    """Return one row; every third customer has a second invoice."""
    customer = number - (number % 3 == 0)
    due = date(2026, 12, 1) + timedelta(days=number % 200)
    cpf = _cpf(customer)
    return (
        f'T-{number:07d};"Maria da Silva {customer}";{cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]};'
        f"cliente-{customer}@cliente.example.com.br;(11) 9{number % 10**8:08d};SP;"
        f"01/11/2026;{due:%d/%m/%Y};1.{number % 1000:03d},{number % 100:02d};{number}\r\n"
    )


def pieces(rows: range) -> Iterator[bytes]:
    """Yield a file of rows, a thousand at a time."""
    yield _HEADER.encode()
    for start in range(rows.start, rows.stop, 1000):
        part = range(start, min(start + 1000, rows.stop))
        yield "".join(row(number) for number in part).encode()


class FileOnDisk(MemoryImportFiles):
    """The bucket with one large file that stays on disk, as in S3."""

    def __init__(self, key: str, content: Iterable[bytes], stream: IO[bytes]) -> None:
        super().__init__()
        self._key, self._stream = key, stream
        self._size = sum(stream.write(piece) for piece in content)

    def stat(self, key: str) -> StoredFile | None:
        """Say how large the file is."""
        return StoredFile(self._size, '"disk"') if key == self._key else super().stat(key)

    def read(self, key: str, start: int, end: int, etag: str | None = None) -> bytes:
        """Read a range from disk."""
        if key != self._key:
            return super().read(key, start, end, etag)
        self._stream.seek(start)
        return self._stream.read(max(0, min(end, self._size) - start))

    def write(self, key: str, pieces: Iterable[bytes]) -> StoredFile:
        """Write a file; what became of rows is written and not kept, as it would fill memory."""
        if "/results/" not in key:
            return super().write(key, pieces)
        return StoredFile(sum(len(piece) for piece in pieces), '"told"')


class World:
    """The importer on memory twins, or with its parts replaced."""

    def __init__(self, files: MemoryImportFiles, **changes: Any) -> None:  # noqa: ANN401 - any part
        self.files, self.queue = files, MemoryImportQueue()
        self.imports: Any = changes.pop("imports", MemoryImports())
        self._changes = changes
        self.run = self._wired()
        self.job_id = JobId("1" * 24)
        self.imports.create(ImportJob(CREDITOR, self.job_id, "titulos.csv", NOW))

    def _wired(self) -> RunImport:
        """Return the importer, what it writes of invoices on twins that are empty."""
        portfolio = MemoryPortfolio(MemoryLedger(), shards=8)
        parts: dict[str, Any] = {
            "portfolio": portfolio,
            "bulk": MemoryBulkReads(portfolio),
            "names": MemoryImports(),
            **self._changes,
        }
        source = ReadSource(
            jobs=self.imports,
            mappings=self.imports,
            files=self.files,
            queue=self.queue,
            read_sheet=read_sheet,
            document_of=lambda _: str(DOCUMENT["document"]),
        )
        chunks = RunChunk(
            jobs=self.imports,
            names=parts["names"],
            files=self.files,
            queue=self.queue,
            ingest=Ingest(parts["portfolio"], MemoryPublisher()),
            bulk=parts["bulk"],
            flush=lambda: None,
        )
        directory = MemoryDirectory(creditor())
        return RunImport(self.imports, self.queue, directory, source, chunks)

    def read(self) -> ImportJob:
        """Do everything up to the plan."""
        self.run.uploaded(CREDITOR, self.job_id, NOW)
        self._work(lambda message: message["kind"] != "send")
        return self.job

    def apply(self) -> ImportJob:
        """Do the rest."""
        self._work(lambda _: True)
        return self.job

    def apply_forgetting(self) -> ImportJob:
        """Do the rest, on twins that have forgotten all but the job after every chunk."""
        while self.queue.messages:
            self._work_once()
            self.run = self._wired()
        return self.job

    @property
    def job(self) -> ImportJob:
        """The job as it stands."""
        found: ImportJob = self.imports.get(CREDITOR, self.job_id)
        return found

    def _work(self, wanted: Callable[[Any], bool]) -> None:
        while self.queue.messages and wanted(self.queue.messages[0]):
            self._work_once()

    def _work_once(self) -> None:
        message = ImportWork.model_validate(self.queue.messages.pop(0))
        self.run(message, now=NOW, has_time=lambda: True)


def run() -> dict[str, Any]:
    """Return rows per second, peak memory and requests per row."""
    return {"reading": _reading(), "everything": _everything(), "requests": _requests()}


def _key() -> str:
    return ImportJob(CREDITOR, JobId("1" * 24), "", NOW).upload_key


def _reading() -> dict[str, Any]:
    """Read and cut one file of all rows; its plan is kept, nothing is applied."""
    with TemporaryFile() as stream:
        world = World(FileOnDisk(_key(), pieces(range(ROWS)), stream))
        before = _peak_mib()
        started = time.perf_counter()
        job = world.read()
        seconds = time.perf_counter() - started
        peak, size = _peak_mib(), _size(world)
    return {
        "rows": job.rows_total,
        "chunks": job.chunks_total,
        "mib": round(size / 1024**2, 1),
        "seconds": round(seconds, 2),
        "rows_per_second": round((job.rows_total or 0) / seconds),
        "process_peak_mib": peak,
        "of_that_before_reading_mib": before,
        "within_budget": peak <= BUDGET_MIB,
    }


def _peak_mib() -> float:
    """Return the most that this process ever held, interpreter and modules included."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _size(world: World) -> int:
    stored = world.files.stat(_key())
    return 0 if stored is None else stored.size


def _everything() -> dict[str, Any]:
    """Import one file of all rows to its end.

    A chunk meets twins that have forgotten the chunks before, or they would hold a million
    invoices: a customer whose rows lie in two chunks (one in 1,200) is new in both.
    """
    with TemporaryFile() as stream:
        world = World(FileOnDisk(_key(), pieces(range(APPLIED)), stream))
        before = _peak_mib()
        began, worked = time.perf_counter(), time.process_time()
        world.read()
        job = world.apply_forgetting()
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    return {
        "rows": job.counts.read,
        "created": job.counts.created,
        "rejected": job.counts.rejected,
        "state": job.state.value,
        "seconds": round(seconds, 1),
        "rows_per_second": round(job.counts.read / seconds),
        "rows_per_cpu_second": round(job.counts.read / cpu),
        "process_peak_mib": _peak_mib(),
        "of_that_before_reading_mib": before,
        "within_function": _peak_mib() <= FUNCTION_MIB,
    }


def _requests() -> dict[str, Any]:
    """Count what rows ask of DynamoDB on the real adapters, new ones and the same again."""
    from bench.aws_requests import cloud  # noqa: PLC0415 - moto weighs more than the importer
    from tests.integration.contract.tables import create_tables  # noqa: PLC0415 - as above

    with cloud() as (session, counted):
        client: Any = session.client("dynamodb")
        create_tables(client)
        portfolio = DynamoPortfolio(client, table="portfolio", messages_table="messages", shards=8)
        changes = {
            "imports": DynamoImports(client, "exchange"),
            "portfolio": portfolio,
            "bulk": DynamoBulkReads(client, "portfolio", portfolio),
        }
        answers = {}
        for name in ("new", "again"):
            files = MemoryImportFiles()
            files.files[_key()] = b"".join(pieces(range(ON_MOTO)))
            if name == "again":
                changes["imports"] = MemoryImports()
            world = World(files, **changes)
            world.read()
            counted.reset()
            began = time.perf_counter()
            job = world.apply()
            answers[name] = {
                "rows": job.counts.read,
                "created": job.counts.created,
                "duplicate": job.counts.duplicate,
                "calls": dict(counted.calls),
                "per_row": round(sum(counted.calls.values()) / ON_MOTO, 3),
                "rows_per_second_on_moto": round(ON_MOTO / (time.perf_counter() - began)),
            }
    return answers


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(run(), indent=2)}\n")
