"""The catalogue of events: every one has an example that keeps to its schemas, in both forms."""

import json
from typing import Any

import pytest
from jsonschema import (  # type: ignore[import-untyped]  # it has no types
    Draft202012Validator,
    FormatChecker,
)
from openapi_schema_validator import OAS30ReadValidator
from openapi_spec_validator import OpenAPIV30SpecValidator
from pydantic import TypeAdapter
from referencing import Registry
from referencing.jsonschema import DRAFT4

from regua.application.accept_event import EVENT_DATA
from regua.application.outgoing import EVENTS_OUT, INTERNAL_EVENTS
from tools import event_catalogue as catalogue
from tools.event_page import page
from tools.event_schemas import eventbridge_document
from tools.gen_docs import DOCS, event_schemas

EVENTS = [(direction, name) for direction, name, _ in catalogue.events()]
SCHEMAS = dict(event_schemas())


def registered(direction: str, name: str) -> Any:  # noqa: ANN401 - JSON
    return eventbridge_document(direction, name, SCHEMAS[name])


def test_every_event_is_in_the_catalogue_and_nothing_else() -> None:
    assert set(catalogue.CATALOGUE) == {*EVENT_DATA, *EVENTS_OUT}
    assert not set(EVENT_DATA) & set(EVENTS_OUT)


@pytest.mark.parametrize(("direction", "name"), EVENTS)
def test_an_example_keeps_to_its_schema(direction: str, name: str) -> None:
    detail = catalogue.example(direction, name)["detail"]
    validator = Draft202012Validator(SCHEMAS[name], format_checker=FormatChecker())
    assert [e.message for e in validator.iter_errors(detail)] == []
    TypeAdapter({**EVENT_DATA, **EVENTS_OUT}[name]).validate_json(json.dumps(detail["data"]))


@pytest.mark.parametrize(("direction", "name"), EVENTS)
def test_a_schema_refuses_what_is_another_event(direction: str, name: str) -> None:
    detail = catalogue.example(direction, name)["detail"]
    validator = Draft202012Validator(SCHEMAS[name])
    for wrong in (
        {**detail, "version": "2"},
        {k: v for k, v in detail.items() if k != "creditor_id"},
        {**detail, "data": {}},
    ):
        assert not validator.is_valid(wrong)


@pytest.mark.parametrize(("direction", "name"), EVENTS)
def test_the_registrys_form_is_openapi_and_takes_the_whole_event(direction: str, name: str) -> None:
    document = registered(direction, name)
    assert list(OpenAPIV30SpecValidator(document).iter_errors()) == []
    resource = DRAFT4.create_resource(document)
    registry = Registry().with_resource("urn:evento", resource)
    schema = {"$ref": "urn:evento#/components/schemas/AWSEvent"}
    validator = OAS30ReadValidator(schema, registry=registry)
    event = catalogue.example(direction, name)
    assert [e.message for e in validator.iter_errors(event)] == []
    assert not validator.is_valid({**event, "detail": {**event["detail"], "data": {}}})
    assert not validator.is_valid({k: v for k, v in event.items() if k != "source"})


@pytest.mark.parametrize(("direction", "name"), EVENTS)
def test_the_registrys_form_says_whose_event_it_is(direction: str, name: str) -> None:
    document = registered(direction, name)
    assert document["info"]["title"] == name
    said = document["components"]["schemas"]["AWSEvent"]
    assert said["x-amazon-events-detail-type"] == name
    assert (said["x-amazon-events-source"] == "regua") == (direction == "out")


def test_the_page_tells_every_event_with_fields_that_mean_something() -> None:
    text = page(SCHEMAS)
    for _, name in EVENTS:
        section = text.split(f"\n### {name}\n")[1].split("\n### ")[0]
        assert catalogue.CATALOGUE[name].when in section
        assert json.dumps(catalogue.CATALOGUE[name].data, ensure_ascii=False, indent=2) in section
        if name in EVENTS_OUT and name not in INTERNAL_EVENTS:
            rows = [line for line in section.splitlines() if line.startswith("| `")]
            assert rows
            assert [row for row in rows if row.endswith("|  |")] == []


def test_the_page_is_the_one_that_is_published() -> None:
    assert (DOCS / "events.md").read_text(encoding="utf-8") == page(SCHEMAS)


def test_examples_hold_no_personal_data_on_the_way_out() -> None:
    for direction, name in EVENTS:
        if direction == "out":
            text = json.dumps(catalogue.CATALOGUE[name].data, ensure_ascii=False)
            for private in ("Marina", "529.982", "@cliente", "98765"):
                assert private not in text
