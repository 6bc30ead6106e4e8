"""`regua import`: how a file is read is said, rejected rows are fetched, the exit code tells."""

import argparse
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from local.demo import import_command
from local.demo.import_command import import_file
from local.place import LocalError
from regua.domain.tax_ids import is_cnpj

ROWS = {"total": 3, "read": 3, "created": 2, "updated": 0, "duplicate": 0, "ignored": 0}
DIALECT = {"encoding": "utf-8", "delimiter": ";", "decimal": ",", "header_row": 1}


class FakeApi:
    """Answers as the API does; a list of states that a job goes through."""

    def __init__(self, *states: Mapping[str, Any]) -> None:
        self.states = list(states)
        self.wanted: dict[str, Any] = {}
        self.sent = b""

    def begin(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        self.wanted = dict(wanted)
        return {"id": "abc", "upload": {"url": "u"}}

    def put(self, upload: Mapping[str, Any], path: Path, on_bytes: Callable[[int], None]) -> None:
        assert upload == {"url": "u"}
        self.sent = path.read_bytes()
        on_bytes(len(self.sent))

    def get(self, import_id: str) -> dict[str, Any]:
        assert import_id == "abc"
        state = self.states.pop(0)
        return {
            "id": import_id,
            "status": "running",
            "kind": "csv",
            "dialect": DIALECT,
            "mapping": {"columns": {"due_date": "vencimento"}},
            "mapping_name": "usual",
            "rows": {**ROWS, "rejected": 0},
            "rows_per_second": 900,
            "duplicate_of": None,
            "problems": [],
            **state,
        }

    def errors_of(self, import_id: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"erros de {import_id}")


def send(
    tmp_path: Path, api: FakeApi, text: str = "numero;vencimento\n1;2\n", **options: object
) -> tuple[int, str]:
    path = tmp_path / "titulos.csv"
    path.write_text(text)
    asked = argparse.Namespace(**{"file": path, "mapping": None, "again": False, **options})
    screen = Console(file=io.StringIO(), width=160)
    code = import_file(asked, api, tmp_path / "out", screen, pause=lambda _: None)  # type: ignore[arg-type]
    assert isinstance(screen.file, io.StringIO)
    return code, screen.file.getvalue()


def test_a_file_without_faults_ends_well(tmp_path: Path) -> None:
    waiting = {"status": "waiting", "dialect": None}
    api = FakeApi(waiting, {}, {"status": "done"})
    code, said = send(tmp_path, api)
    assert code == 0
    assert api.wanted == {"filename": "titulos.csv", "size_bytes": 22, "again": False}
    assert api.sent == b"numero;vencimento\n1;2\n"
    assert "separador ponto e vírgula, decimais com vírgula" in said
    assert "due_date" in said
    assert "← vencimento" in said
    assert "3 linhas lidas (900 por segundo): 2 criadas." in said


def test_rejected_rows_are_fetched_and_make_the_exit_code(tmp_path: Path) -> None:
    api = FakeApi({"status": "done", "rows": {**ROWS, "rejected": 1}})
    code, said = send(tmp_path, api)
    assert code == 1
    target = tmp_path / "out" / "titulos.erros.csv"
    assert target.read_text() == "erros de abc"
    assert "1 recusadas" in said
    assert str(target) in said.replace("\n", "")


def test_a_repetition_is_said_and_no_fault(tmp_path: Path) -> None:
    code, said = send(tmp_path, FakeApi({"status": "done", "duplicate_of": "xyz"}))
    assert code == 0
    assert "já foi importado (xyz)" in said


@pytest.mark.parametrize("status", ["needs_mapping", "failed", "cancelled"])
def test_a_file_that_is_not_imported_says_why(tmp_path: Path, status: str) -> None:
    problems = [{"path": "file", "reason": "sem coluna para: amount"}]
    with pytest.raises(LocalError, match="sem coluna para: amount"):
        send(tmp_path, FakeApi({"status": status, "problems": problems}))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="não encontrei"):
        send(tmp_path, FakeApi(), file=tmp_path / "nada.csv")


def test_what_a_mapping_of_the_project_invents_is_sent_in_a_copy(tmp_path: Path) -> None:
    header = (
        "id_boleto,id_pagador,id_beneficiario,dt_emissao,dt_vencimento,dt_pagamento,"
        "vlr_nominal,vlr_baixa,tipo_baixa,tipo_especie"
    )
    row = "b1,p1,x,2024-03-27,2024-05-09,2024-03-29,2714.66,,5 - Baixa,DM"
    api = FakeApi({"status": "done"})
    send(tmp_path, api, f"{header}\n{row}\n{row}\n")
    first, *rows = api.sent.decode().splitlines()
    assert first == f"{header},documento_inventado,email_inventado"
    documents = {line.split(",")[10] for line in rows}
    assert len(documents) == 1
    assert is_cnpj(documents.pop())
    columns = api.wanted["mapping"]["columns"]
    assert columns["document"] == "documento_inventado"
    assert api.wanted["mapping"]["status"]["read"] == "code"
    assert "name" not in api.wanted["mapping"]
    assert api.wanted["size_bytes"] == len(api.sent)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_a_file_in_any_encoding_is_sent_as_it_is(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "outro.csv"
    path.write_bytes("número;situação\n1;é\n".encode(encoding))
    api = FakeApi({"status": "done"})
    send(tmp_path, api, file=path)
    assert api.sent == path.read_bytes()
    assert "mapping" not in api.wanted


def test_another_api_needs_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REGUA_TOKEN", raising=False)
    with pytest.raises(LocalError, match="REGUA_TOKEN"):
        import_command._api("https://api.example.com.br")
    monkeypatch.setenv("REGUA_TOKEN", "segredo")
    api = import_command._api("https://api.example.com.br/")
    assert (api.url, api.new_token()) == ("https://api.example.com.br", "segredo")
