"""Files through the doors of the running cloud: presigned upload, queue, every kind, every row."""

import csv
import io
import json
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import openpyxl
import pytest

from local.imports_api import ImportsApi
from local.stack import Stack
from regua.adapters.clock import SystemClock
from regua.application.imports.apply_titles import COLUMNS
from regua.domain.tax_ids import normalise
from tests.integration.importing import csv_file, csv_row, nfe

ROWS = 2_000
_PATIENCE_SECONDS = 240.0
_FINAL = ("done", "failed", "cancelled", "needs_mapping")


@pytest.fixture
def api(stack: Stack) -> ImportsApi:
    return ImportsApi(stack.api_url, stack.token)


def imported(api: ImportsApi, path: Path, data: bytes, **wanted: object) -> Mapping[str, Any]:
    """Send a file and wait for the end of its import."""
    path.write_bytes(data)
    job = api.begin({"filename": path.name, "size_bytes": len(data), **wanted})
    api.put(job["upload"], path)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (found := api.get(job["id"]))["status"] not in _FINAL:
        assert time.monotonic() < deadline, found
        time.sleep(0.5)
    return found


def rows_of(job: Mapping[str, Any]) -> dict[str, int]:
    """Return the outcomes that occurred, by how often."""
    counted = job["rows"].items()
    return {name: n for name, n in counted if n and name not in {"total", "read"}}


def documents() -> list[str]:
    return ["529.982.247-25", "111.444.777-35", "11.222.333/0001-81"]


def test_a_csv_goes_in_once_and_its_errors_come_back_corrected(
    api: ImportsApi, tmp_path: Path
) -> None:
    papers = documents()
    rows = [
        csv_row(n, numero=f"IMP-{n}", cpf=papers[n % 3], email=f"c{n % 3}@cliente.example.com.br")
        for n in range(ROWS)
    ]
    rows += [csv_row(n, numero=f"IMP-X{n}", vencimento="amanhã") for n in range(5)]
    job = imported(api, tmp_path / "titulos.csv", csv_file(*rows, encoding="cp1252"))
    assert job["status"] == "done", job
    assert rows_of(job) == {"created": ROWS, "rejected": 5}
    assert job["rows_per_second"] > 0
    again = imported(api, tmp_path / "titulos.csv", csv_file(*rows, encoding="cp1252"))
    assert again["duplicate_of"] == job["id"]

    errors = tmp_path / "erros.csv"
    api.errors_of(job["id"], errors)
    text = errors.read_bytes().decode("cp1252")
    found = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert [row[0] for row in found[1:]] == [f"IMP-X{n}" for n in range(5)]
    corrected = errors.read_bytes().replace("amanhã".encode("cp1252"), b"10/12/2026")
    second = imported(api, tmp_path / "corrigido.csv", corrected)
    assert rows_of(second) == {"created": 5}


def test_a_workbook_an_nfe_and_a_retorno(api: ImportsApi, stack: Stack, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Título", "Cliente", "CPF", "Vencimento", "Valor"])
    sheet.append(["XLS-1", "Maria da Silva", "52998224725", "10/12/2026", 149.9])
    stream = io.BytesIO()
    book.save(stream)
    job = imported(api, tmp_path / "titulos.xlsx", stream.getvalue())
    assert (job["kind"], rows_of(job)) == ("xlsx", {"created": 1}), job

    issuer = own_document(stack)
    job = imported(api, tmp_path / "nota.xml", nfe(issuer=issuer, number=7_001))
    assert (job["kind"], rows_of(job)) == ("nfe", {"created": 2}), job
    foreign = "12ABC34501DE35"
    job = imported(api, tmp_path / "alheia.xml", nfe(issuer=foreign, number=7_002))
    assert rows_of(job) == {"rejected": 1}, job

    yesterday = (SystemClock().now() - timedelta(days=1)).date().isoformat()
    paid = (
        "2", "237", "12345678", "", "XLS-1", "06", "settled", "Liquidação normal", "",
        yesterday, yesterday, "14990", "14990",
    )  # fmt: skip
    lost = (*paid[:4], "desconhecido", *paid[5:])
    text = "\n".join(";".join(row) for row in (COLUMNS, paid, lost))
    job = imported(api, tmp_path / "titulos-pagos.csv", text.encode())
    assert rows_of(job) == {"created": 1, "rejected": 1}, job


def test_a_published_retorno_is_read_and_told_title_by_title(
    api: ImportsApi, tmp_path: Path
) -> None:
    from tests.shared_data import shared_data_path  # noqa: PLC0415 - one test of three

    data = shared_data_path("cnab/brcobranca-CNAB400ITAU.RET").read_bytes()
    job = imported(api, tmp_path / "CB.RET", data)
    assert (job["status"], job["kind"]) == ("done", "cnab"), job
    assert job["rows"]["read"] == sum(rows_of(job).values())


def own_document(stack: Stack) -> str:
    """Return the document of the creditor that the local cloud comes with."""
    item = stack.dynamodb.get_item(
        TableName=stack.tables["portfolio"],
        Key={"pk": {"S": f"C#{stack.creditor_id}"}, "sk": {"S": "CREDITOR"}},
    )["Item"]
    return normalise(json.loads(item["document"]["S"])["document"])


def test_a_file_is_fetched_only_by_its_own_address(api: ImportsApi, tmp_path: Path) -> None:
    job = imported(api, tmp_path / "x.csv", csv_file(csv_row(1, numero="Z-1", valor="x")))
    assert rows_of(job) == {"rejected": 1}
    url = api._call("GET", f"/v1/imports/{job['id']}/errors")["url"]
    with urlopen(url, timeout=10) as answer:
        assert b"regua_motivo" in answer.read()
