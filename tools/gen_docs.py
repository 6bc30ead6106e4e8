"""Generate published schemas and the book of rules from the code, or check that they are current.

``python -m tools.gen_docs`` writes docs/openapi.json, docs/ruler.schema.json,
docs/assignment.schema.json, docs/offers.schema.json, docs/rules.md, docs/events.md and, under
docs/events/, one JSON Schema per event and the same in the form of EventBridge's schema registry;
``--check`` writes nothing and fails when a file would change.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from regua.adapters.calendar_svg import render_ruler
from regua.application.assignment_document import assignment_schema
from regua.application.offers_document import offers_schema
from regua.application.ruler_document import read_ruler, ruler_schema
from regua.application.wire import Envelope
from regua.domain.rulebook import CHAPTERS
from regua.domain.ruler import DEFAULT_RULER
from tools.event_catalogue import events
from tools.event_page import page as events_page
from tools.event_schemas import eventbridge_document

DOCS = Path(__file__).resolve().parents[1] / "docs"
PICTURES: Mapping[str, tuple[str | None, str]] = {
    "regua-padrao.svg": (None, "Régua padrão"),
    "regua-consumo.svg": ("rulers/consumo.yaml", "Régua de consumo"),
    "regua-b2b.svg": ("rulers/b2b.yaml", "Régua entre empresas"),
}
"""Pictures of rulers: the document each is drawn from, the default one's is in the code."""
_RULE_COLUMNS = ("rule", "says", "source", "default")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def documents() -> Iterator[tuple[str, str]]:
    """Yield every generated file's name and text."""
    yield "rules.md", rules_page()
    yield "events.md", events_page(dict(event_schemas()))
    for name, (source, title) in PICTURES.items():
        written = DEFAULT_RULER if source is None else _yaml(DOCS / source)
        yield f"img/{name}", render_ruler(read_ruler(written), title)
    for name, document in _schemas():
        yield name, text_of(document)


def _schemas() -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "openapi.json", _openapi()
    yield "ruler.schema.json", ruler_schema()
    yield "assignment.schema.json", assignment_schema()
    yield "offers.schema.json", offers_schema()
    schemas = dict(event_schemas())
    for direction, name, _ in events():
        yield f"events/{direction}/{name}.json", schemas[name]
        written = eventbridge_document(direction, name, schemas[name])
        yield f"events/eventbridge/{name}.json", written


def event_schemas() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every event's name and the schema of its detail."""
    for _, name, data in events():
        yield name, _event_schema(name, data)


def _yaml(path: Path) -> object:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _openapi() -> Mapping[str, Any]:
    os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "api")
    os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Regua")
    from functions.api.handler import openapi  # noqa: PLC0415 - Powertools reads its names first

    document: Mapping[str, Any] = json.loads(openapi())
    return document


def _event_schema(name: str, data: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a class or a union
    schema = TypeAdapter(data).json_schema(ref_template="#/$defs/{model}")
    definitions = schema.pop("$defs", {})
    envelope = Envelope.model_json_schema()
    return {
        "$schema": DIALECT,
        "title": name,
        "description": f"Detail of the EventBridge event with DetailType {name}.",
        "type": "object",
        "additionalProperties": False,
        "required": ["creditor_id", "occurred_at", "data"],
        "properties": {**envelope["properties"], "data": schema},
        "$defs": definitions,
    }


def rules_page() -> str:
    """Write every rule of the domain as a page, a table for each chapter."""
    lines = [
        "# The rules",
        "",
        "Generated from the code (`python -m tools.gen_docs`); do not edit. Every rule the domain",
        "holds to, where it comes from, and what applies when a creditor states nothing. What was",
        "not read in its official text says so in its source.",
    ]
    for chapter, rules in CHAPTERS.items():
        lines += ["", f"## {chapter}", "", _row(*_RULE_COLUMNS), "|---" * len(_RULE_COLUMNS) + "|"]
        lines += [_row(f"`{rule.code}`", rule.says, rule.source, rule.default) for rule in rules]
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def text_of(document: Mapping[str, Any]) -> str:
    """Write a document the way it is committed."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def stale() -> list[str]:
    """Return the names of files that differ from the code, or that no code writes any more."""
    wanted = dict(documents())
    there = {str(p.relative_to(DOCS)) for p in DOCS.glob("events/**/*.json")}
    changed = [
        name
        for name, text in wanted.items()
        if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != text
    ]
    return sorted([*changed, *(there - set(wanted))])


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` say which are out of date."""
    if "--check" in arguments:
        outdated = stale()
        for name in outdated:
            print(f"docs/{name} is out of date; run: python -m tools.gen_docs")
        return 1 if outdated else 0
    for name in stale():
        (DOCS / name).unlink(missing_ok=True)
    for name, text in documents():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
