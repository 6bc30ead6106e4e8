"""The routes about imports: who may see what, and what a bad request is told."""

from typing import Any

import pytest

from functions.api import context, handler, imports
from regua.adapters.memory import FixedClock
from regua.domain.imports.job import JobId
from tests.integration.api_client import Api, assert_problem, wired
from tests.integration.importing import NOW, ImportWorld, csv_file, csv_row

BODY = {"filename": "titulos.csv", "size_bytes": 100}
MAPPING: dict[str, Any] = {
    "columns": {
        "number": "a",
        "customer_name": "b",
        "document": "c",
        "due_date": "d",
        "amount": "e",
    }
}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> ImportWorld:
    found = ImportWorld()
    wires = wired(found.world)
    monkeypatch.setattr(context, "wire", lambda: wires)
    monkeypatch.setattr(imports, "desk", lambda: found.desk)
    for module in (context, imports):
        monkeypatch.setattr(module, "clock", FixedClock(NOW))
    assert imports in handler.ROUTES
    return found


@pytest.fixture
def api(world: ImportWorld) -> Api:
    del world
    return Api()


def begun(api: Api, **changes: object) -> dict[str, Any]:
    answer = api.call("POST", "/v1/imports", body={**BODY, **changes})
    assert answer.status == 201, answer.body
    body: dict[str, Any] = answer.body
    return body


def uploaded(world: ImportWorld, api: Api, data: bytes, **changes: object) -> str:
    """Begin an import, put its file and let the importer run; return its id."""
    job = begun(api, size_bytes=len(data), **changes)
    world.files.files[f"uploads/aurora/{job['id']}"] = data
    world.arrive(JobId(job["id"]))
    world.drain()
    return str(job["id"])


def test_an_import_says_where_to_put_its_file(api: Api) -> None:
    job = begun(api)
    assert job["status"] == "waiting"
    assert job["upload"]["method"] == "PUT"
    assert job["upload"]["url"].endswith(f"uploads/aurora/{job['id']}")
    assert job["upload"]["headers"] == {"Content-Length": "100"}
    assert job["links"]["self"] == f"/v1/imports/{job['id']}"


def test_an_import_tells_how_it_reads_and_what_became_of_its_rows(
    world: ImportWorld, api: Api
) -> None:
    job_id = uploaded(world, api, csv_file(csv_row(1), csv_row(2, valor="x")))
    job = api.call("GET", "/v1/imports/{import_id}", job_id).body
    assert job["status"] == "done"
    assert job["dialect"] == {
        "encoding": "utf-8",
        "delimiter": ";",
        "decimal": ",",
        "header_row": 1,
    }
    assert job["mapping"]["columns"]["due_date"] == "vencimento"
    assert job["rows"] == {
        "total": 2,
        "read": 2,
        "created": 1,
        "updated": 0,
        "duplicate": 0,
        "ignored": 0,
        "rejected": 1,
    }
    results = api.call("GET", "/v1/imports/{import_id}/results", job_id).body
    assert results["cursor"] is None
    assert [r["outcome"] for r in results["results"]] == ["created", "rejected"]
    errors = api.call("GET", "/v1/imports/{import_id}/errors", job_id)
    assert f"imports/aurora/{job_id}/errors.csv" in errors.body["url"]
    listed = api.call("GET", "/v1/imports").body
    assert [j["id"] for j in listed["imports"]] == [job_id]


def test_a_mapping_is_asked_for_and_given(world: ImportWorld, api: Api) -> None:
    data = csv_file("1;Maria;52998224725;10/12/2026;5,00", header="a;b;c;d;e")
    job_id = uploaded(world, api, data)
    job = api.call("GET", "/v1/imports/{import_id}", job_id).body
    assert (job["status"], job["header"]) == ("needs_mapping", ["a", "b", "c", "d", "e"])
    wrong = {"columns": {**MAPPING["columns"], "amount": "valor"}}
    refused = api.call("PUT", "/v1/imports/{import_id}/mapping", job_id, wrong)
    assert_problem(refused, 422)
    assert refused.errors == ["body.columns"]
    assert api.call("PUT", "/v1/imports/{import_id}/mapping", job_id, MAPPING).status == 200
    world.drain()
    assert api.call("GET", "/v1/imports/{import_id}", job_id).body["rows"]["created"] == 1
    late = api.call("PUT", "/v1/imports/{import_id}/mapping", job_id, MAPPING)
    assert_problem(late, 409)


def test_mappings_are_kept_and_used_by_name(world: ImportWorld, api: Api) -> None:
    put = api.call("PUT", "/v1/import-mappings/{name}", "sistema-x", MAPPING)
    assert put.body == {"name": "sistema-x", **MAPPING}
    assert api.call("GET", "/v1/import-mappings/{name}", "sistema-x").body == put.body
    assert api.call("GET", "/v1/import-mappings").body == {"mappings": [put.body]}
    data = csv_file("1;Maria;52998224725;10/12/2026;5,00", header="a;b;c;d;e")
    job_id = uploaded(world, api, data, mapping="sistema-x")
    job = api.call("GET", "/v1/imports/{import_id}", job_id).body
    assert (job["status"], job["mapping_name"]) == ("done", "sistema-x")


def test_an_import_is_stopped_once(api: Api) -> None:
    job_id = begun(api)["id"]
    first = api.call("POST", "/v1/imports/{import_id}/cancel", job_id)
    assert first.body["status"] == "cancelled"
    assert api.call("POST", "/v1/imports/{import_id}/cancel", job_id).body == first.body


def test_another_creditors_import_is_404_everywhere(world: ImportWorld, api: Api) -> None:
    job_id = uploaded(world, api, csv_file(csv_row(1), csv_row(2, valor="x")))
    api.call("PUT", "/v1/import-mappings/{name}", "sistema-x", MAPPING)
    other = Api("cliente-boreal")
    for method, path, body in (
        ("GET", "/v1/imports/{import_id}", None),
        ("PUT", "/v1/imports/{import_id}/mapping", MAPPING),
        ("POST", "/v1/imports/{import_id}/cancel", None),
        ("GET", "/v1/imports/{import_id}/results", None),
        ("GET", "/v1/imports/{import_id}/errors", None),
    ):
        assert_problem(other.call(method, path, job_id, body), 404)
    assert_problem(other.call("GET", "/v1/import-mappings/{name}", "sistema-x"), 404)
    assert other.call("GET", "/v1/imports").body == {"imports": [], "cursor": None}
    assert other.call("GET", "/v1/import-mappings").body == {"mappings": []}
    named = other.call("POST", "/v1/imports", body={**BODY, "mapping": "sistema-x"})
    assert_problem(named, 422)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"size_bytes": 0}, "body.size_bytes"),
        ({"size_bytes": 3 * 1024**3}, "body.size_bytes"),
        ({"filename": ""}, "body.filename"),
        ({"kind": "pdf"}, "body.kind"),
        ({"sha256": "x"}, "body.sha256"),
        ({"mapping": "nenhum"}, "body.mapping"),
        ({"creditor_id": "boreal"}, "body.creditor_id"),
    ],
)
def test_what_cannot_be_begun_is_told_by_path(
    api: Api, changes: dict[str, object], path: str
) -> None:
    answer = api.call("POST", "/v1/imports", body={**BODY, **changes})
    assert_problem(answer, 422)
    assert path in answer.errors


def test_a_mapping_of_unknown_fields_is_refused(api: Api) -> None:
    wrong = {"columns": {"vencimento": "d"}}
    assert_problem(api.call("PUT", "/v1/import-mappings/{name}", "x", wrong), 422)


@pytest.mark.parametrize("path", ["/v1/imports", "/v1/imports/{import_id}/results"])
def test_a_cursor_that_somebody_made_up_is_refused(world: ImportWorld, api: Api, path: str) -> None:
    job_id = uploaded(world, api, csv_file(csv_row(1)))
    value = job_id if "{" in path else None
    answer = api.call("GET", path, value, query={"cursor": "inventado"})
    assert_problem(answer, 422)
    assert answer.errors == ["query.cursor"]


def test_ids_sort_by_their_moment() -> None:
    assert len(imports.new_id(NOW)) == 24
    assert imports.new_id(NOW) < imports.new_id(NOW.replace(year=2027))
    assert imports.new_id(NOW) != imports.new_id(NOW)
