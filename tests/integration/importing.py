"""The importer in memory: put a file, let the queue run dry, look at what became of it."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from regua.adapters.memory_imports import (
    MemoryBulkReads,
    MemoryImportFiles,
    MemoryImportQueue,
    MemoryImports,
)
from regua.adapters.xlsx_rows import read_sheet
from regua.application.buffers import BatchBuffer
from regua.application.imports.manage_imports import ManageImports, Wanted
from regua.application.imports.read_source import ReadSource
from regua.application.imports.run_chunk import RunChunk
from regua.application.imports.run_import import RunImport
from regua.application.imports.work import ImportWork
from regua.application.ingest import Ingest
from regua.domain.ids import InvoiceId
from regua.domain.imports.job import ImportJob, JobId
from regua.domain.invoice import Invoice
from regua.domain.nfe_xml import NAMESPACE
from regua.domain.tax_ids import document_check_digit
from tests.builders import CREDITOR
from tests.integration.conftest import World

NOW = datetime(2026, 11, 13, 12, tzinfo=UTC)
HEADER = "numero;cliente;cpf;email;emissao;vencimento;valor"


def csv_row(number: int = 1, **changes: str) -> str:
    """Return a row under `HEADER`."""
    fields = {
        "numero": f"T-{number}",
        "cliente": "Maria da Silva",
        "cpf": "529.982.247-25",
        "email": "maria@cliente.example.com.br",
        "emissao": "01/11/2026",
        "vencimento": "10/12/2026",
        "valor": "1.234,56",
        **changes,
    }
    return ";".join(fields.values())


def csv_file(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> bytes:
    """Return a file of rows."""
    return "\r\n".join([header, *rows, ""]).encode(encoding)


@dataclass
class ImportWorld:
    """Every store in memory, and the importer on top."""

    world: World = field(default_factory=World)
    imports: MemoryImports = field(default_factory=MemoryImports)
    files: MemoryImportFiles = field(default_factory=MemoryImportFiles)
    queue: MemoryImportQueue = field(default_factory=MemoryImportQueue)
    now: datetime = NOW
    has_time: Callable[[], bool] = lambda: True

    def __post_init__(self) -> None:
        self._next_id = 0
        self.desk = ManageImports(
            self.imports, self.imports, self.files, self.queue, lambda _: self._new_id()
        )
        self.run = self.wired()

    def _new_id(self) -> JobId:
        self._next_id += 1
        return JobId(f"{self._next_id:024x}")

    def wired(self, **changes: Any) -> RunImport:  # noqa: ANN401 - any part
        """Return the importer, with parts of it replaced."""
        world = self.world
        parts: dict[str, Any] = {
            "jobs": self.imports,
            "names": self.imports,
            "files": self.files,
            "queue": self.queue,
            "portfolio": world.portfolio,
            "publisher": world.publisher,
            "bulk": MemoryBulkReads(world.portfolio),
            **changes,
        }
        announced = BatchBuffer(parts["publisher"])
        source = ReadSource(
            jobs=parts["jobs"],
            mappings=self.imports,
            files=parts["files"],
            queue=parts["queue"],
            read_sheet=read_sheet,
            document_of=lambda job: world.directory.get(job.creditor_id).sender.document,
        )
        chunks = RunChunk(
            jobs=parts["jobs"],
            names=parts["names"],
            files=parts["files"],
            queue=parts["queue"],
            ingest=Ingest(parts["portfolio"], announced),
            bulk=parts["bulk"],
            flush=announced.flush,
        )
        return RunImport(parts["jobs"], parts["queue"], world.directory, source, chunks)

    def begin(self, data: bytes, **wanted: Any) -> JobId:  # noqa: ANN401 - any wish
        """Make a job and put its file."""
        asked = Wanted(**{"filename": "titulos.csv", "size_bytes": len(data), **wanted})
        job, _ = self.desk.begin(CREDITOR, asked, self.now, None)
        self.files.files[job.upload_key] = data
        self.now += timedelta(seconds=1)
        return job.job_id

    def arrive(self, job_id: JobId) -> None:
        """Tell the importer that the file is there, as the bucket does."""
        self.run.uploaded(CREDITOR, job_id, self.now)

    def drain(self) -> None:
        """Do everything that is queued, and what that queues."""
        while self.queue.messages:
            self.step(self.queue.messages.pop(0))

    def step(self, message: Mapping[str, Any]) -> None:
        """Do one message."""
        self.run(ImportWork.model_validate(message), now=self.now, has_time=self.has_time)

    def imported(self, data: bytes, **wanted: Any) -> ImportJob:  # noqa: ANN401 - any wish
        """Import a file to its end and return the job."""
        job_id = self.begin(data, **wanted)
        self.arrive(job_id)
        self.drain()
        return self.job(job_id)

    def job(self, job_id: JobId) -> ImportJob:
        """Return a job."""
        return self.desk.get(CREDITOR, job_id)

    def results(self, job: ImportJob) -> list[dict[str, Any]]:
        """Return what became of every row."""
        rows: list[Any] = []
        cursor: str | None = None
        while True:
            page, cursor = self.desk.results(CREDITOR, job.job_id, cursor)
            rows += page
            if cursor is None:
                return rows

    def reasons(self, job: ImportJob) -> dict[int, str]:
        """Return, by row, why it was rejected or what was left out of it."""
        return {
            row["row"]: "; ".join(f"{p['path']}: {p['reason']}" for p in row.get("problems", ()))
            for row in self.results(job)
            if row.get("problems")
        }

    def errors(self, job: ImportJob) -> list[Sequence[str]]:
        """Return the file of errors, read."""
        text = self.files.files[job.error_key].decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))

    def invoice(self, external_id: str) -> Invoice:
        """Return an invoice that is known."""
        found = self.world.portfolio.find_invoice(CREDITOR, InvoiceId(external_id))
        assert found is not None, external_id
        return found


def nfe(issuer: str = "11222333000181", number: int = 42) -> bytes:
    """Return an invented NF-e of two instalments of R$ 100,00."""
    body = f"352608{issuer:0>14}55001{number:09d}112345678"
    key = body + document_check_digit(body, 9)
    dups = "".join(
        f"<dup><nDup>{n:03d}</nDup><dVenc>2026-{11 + n}-10</dVenc><vDup>100.00</vDup></dup>"
        for n in (0, 1)
    )
    return (
        f'<nfeProc xmlns="{NAMESPACE}" versao="4.00"><NFe><infNFe versao="4.00" Id="NFe{key}">'
        f"<ide><mod>55</mod><serie>1</serie><nNF>{number}</nNF>"
        "<dhEmi>2026-10-10T10:00:00-03:00</dhEmi>"
        "<tpNF>1</tpNF><tpAmb>1</tpAmb><finNFe>1</finNFe></ide>"
        f"<emit><CNPJ>{issuer}</CNPJ><xNome>ACME LTDA</xNome></emit>"
        "<dest><CPF>52998224725</CPF><xNome>Maria da Silva</xNome>"
        "<enderDest><UF>SP</UF><fone>11987654321</fone></enderDest>"
        "<email>maria@cliente.example.com.br</email></dest>"
        "<total><ICMSTot><vNF>200.00</vNF></ICMSTot></total>"
        f"<cobr>{dups}</cobr></infNFe></NFe>"
        f"<protNFe><infProt><chNFe>{key}</chNFe><cStat>100</cStat></infProt></protNFe></nfeProc>"
    ).encode()
