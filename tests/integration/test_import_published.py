"""Published files through the importer: what an independent reading finds is what is imported."""

import csv
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from local.demo.import_command import _completed, _document_of
from local.demo.mapping import PORTFOLIOS, load_mapping
from regua.application.imports.mapping import read_mapping
from regua.domain.cnab.retorno import parse_retorno
from regua.domain.errors import InvalidInput
from regua.domain.imports.job import Counts, FileKind, JobState
from regua.domain.invoice import InvoiceStatus
from regua.domain.money import Money
from tests.integration.importing import ImportWorld
from tests.shared_data import SHARED_DATA, shared_data_path

pytestmark = pytest.mark.shared_data


def retornos() -> list[str]:
    """Return the names of the published return files, or one that is not there."""
    folder = SHARED_DATA / "cnab"
    found = folder.glob("*") if folder.exists() else ()
    return sorted(p.name for p in found if p.suffix.lower() != ".rem") or ["brcobranca-CNAB400.RET"]


def _status(code: str) -> str:
    if not code:
        return "open"
    return "cancelled" if code in "5678" else "settled"


def test_the_boletos_of_nuclea(tmp_path: Path) -> None:
    path = shared_data_path("ar/nuclea_boletos_dev.csv")
    mapping = load_mapping(PORTFOLIOS / "nuclea.yaml")
    sent = _completed(path, mapping, tmp_path)
    imports = ImportWorld()
    document = {k: v for k, v in _document_of(mapping).items() if v is not None}
    job = imports.imported(sent.read_bytes(), mapping=read_mapping(document))
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert job.counts == Counts(read=len(rows), created=len(rows))
    expected = Counter(_status(row["tipo_baixa"][:1]) for row in rows)
    found = {r["id_boleto"]: imports.invoice(r["id_boleto"]) for r in rows}
    assert Counter(invoice.status.value for invoice in found.values()) == expected
    for row in rows:
        invoice = found[row["id_boleto"]]
        assert invoice.due_date == date.fromisoformat(row["dt_vencimento"])
        assert invoice.amount == Money(int(Decimal(row["vlr_nominal"]) * 100))


def test_the_invoices_of_ibm_by_a_mapping_of_ones_own() -> None:
    data = shared_data_path("ar/ibm_dev.csv").read_bytes()
    imports = ImportWorld()
    asked = imports.imported(data)
    assert asked.state in (JobState.NEEDS_MAPPING, JobState.DONE)
    mapping = read_mapping(
        {
            "columns": {
                "external_id": "invoiceNumber",
                "customer_id": "customerID",
                "issue_date": "InvoiceDate",
                "due_date": "DueDate",
                "amount": "InvoiceAmount",
                "paid_on": "SettledDate",
            },
            "date_formats": ["%m/%d/%Y"],
            "defaults": {"document": "11222333000181"},
            "decimal": ".",
        }
    )
    job = imports.imported(data, mapping=mapping, is_again=True)
    rows = list(csv.DictReader(data.decode().splitlines()))
    assert job.counts.read == len(rows)
    assert job.counts.rejected == 0
    first = rows[0]
    month, day, year = (int(part) for part in first["DueDate"].split("/"))
    invoice = imports.invoice(first["invoiceNumber"])
    assert invoice.due_date == date(year, month, day)
    assert invoice.status is InvoiceStatus.SETTLED


@pytest.mark.parametrize("name", retornos())
def test_every_published_retorno_is_told_title_by_title(name: str) -> None:
    """No title is lost: those that pay are looked for, the others told; a refused file fails."""
    data = shared_data_path(f"cnab/{name}").read_bytes()
    imports = ImportWorld()
    job = imports.imported(data, filename=name)
    try:
        titles = list(parse_retorno(data).titles)
    except InvalidInput:
        assert job.state is JobState.FAILED
        assert job.problems
        return
    if not titles:
        assert job.state is JobState.FAILED
        return
    assert (job.state, job.kind) == (JobState.DONE, FileKind.CNAB)
    paying = [t for t in titles if t.occurrence.effect.is_payment]
    assert job.counts.read == len(titles)
    assert job.counts.created == 0
    assert job.counts.rejected >= len(paying)
    assert [r["row"] for r in imports.results(job)] == list(range(2, len(titles) + 2))
