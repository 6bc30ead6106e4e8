"""The catalogue of events as a page (docs/events.md): each with its fields and its example."""

import json
from collections.abc import Iterator, Mapping

from regua.application.outgoing import INTERNAL_EVENTS
from tools.event_catalogue import CATALOGUE, MEANINGS, MEANINGS_IN, Json, events

_ANY_TYPE = "any"
_HEAD = """# Events

Generated from the code (`python -m tools.gen_docs`); do not edit. Every event in and out: when it
is told, its fields, an example.

An event on the bus is an envelope of EventBridge with this `detail`:

```json
{"version": "1", "creditor_id": "aurora", "occurred_at": "2026-11-09T18:20:00.000Z", "data": {}}
```

The feed (`GET /v1/events`) and [webhooks](webhooks.md) tell the same, and add the event's `type`
(on the bus it is the `detail-type`) and `id`; a webhook calls `occurred_at` its `timestamp`. Events
out hold ids and codes, no personal data; amounts are whole centavos, instants are UTC, days are ISO
dates.

Schemas: one JSON Schema per event in `events/in` and `events/out`, and the same in the form of
EventBridge's schema registry (OpenAPI 3, `AWSEvent`) in `events/eventbridge`.

## Versions

- `version` is that of the event's shape. Within a version, fields are only added, and what is added
  may be missing: ignore fields that you do not know.
- A field that goes away or means something else makes a new version of the event. Both are told
  during the change-over that the change log announces.
- Inbound events are read strictly: a field that is not in the schema is refused, so that a
  misspelled one is not lost in silence. The event is kept and announced as `IngestRejected`.

## Delivery

- Every event is told at least once, and seldom twice: the `id` of the copy is the same, since it is
  derived from what the event says. Keep ids for as long as you can be told again (30 days).
- `seq` numbers a creditor's feed without gaps, in the order of arrival. Two events may arrive in
  another order than they happened in: compare `occurred_at`.
"""
_DIRECTIONS = {
    "in": (
        "Events in",
        "Put on the bus by any source that is registered for the creditor (`PutEvents`).",
    ),
    "out": ("Events out", "Told by `source = regua`."),
}


def page(schemas: Mapping[str, Json]) -> str:
    """Write the catalogue as a page; ``schemas`` are those of the whole details, by name."""
    lines = [_HEAD]
    for direction, (title, intro) in _DIRECTIONS.items():
        names = [name for found, name, _ in events() if found == direction]
        lines += [f"## {title}", "", intro, ""]
        lines += [f"- [`{name}`](#{name.lower()}){_internal(name)}" for name in names]
        for name in names:
            lines += _section(name, schemas[name])
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _internal(name: str) -> str:
    return " (internal)" if name in INTERNAL_EVENTS else ""


def _section(name: str, schema: Json) -> Iterator[str]:
    told = CATALOGUE[name]
    yield from ("", f"### {name}", "", told.when, "", "| field | type | needed | meaning |")
    yield "|---|---|---|---|"
    for path, kind, is_needed, meaning in _fields(schema["properties"]["data"], schema["$defs"]):
        own = MEANINGS_IN.get(name, {}).get(path, "")
        said = meaning or own or ("" if name in MEANINGS_IN else _by_name(path))
        cells = (f"`{path}`", kind, "yes" if is_needed else "", said.replace("|", "\\|"))
        yield f"| {' | '.join(cells)} |"
    yield from ("", "```json", json.dumps(told.data, ensure_ascii=False, indent=2), "```")


def _by_name(path: str) -> str:
    return MEANINGS.get(path.rpartition(".")[2], "")


def _fields(
    schema: Json, definitions: Json, under: str = ""
) -> Iterator[tuple[str, str, bool, str]]:
    """Yield the fields of an object, those of the objects in it after each; choices together."""
    found: dict[str, list[tuple[Json, bool]]] = {}
    shapes = [_resolved(each, definitions) for each in schema.get("anyOf", [schema])]
    for shape in (_resolved(each, definitions) for each in shapes):
        for name, field in shape.get("properties", {}).items():
            found.setdefault(name, []).append((field, name in shape.get("required", ())))
    for name, several in found.items():
        field = several[0][0]
        is_needed = len(several) == len(shapes) and all(needed for _, needed in several)
        yield f"{under}{name}", _type(field, definitions), is_needed, _meaning(field)
        inner, is_list = _object_in(field, definitions)
        if inner is not None:
            yield from _fields(inner, definitions, f"{under}{name}{'[]' if is_list else ''}.")


def _resolved(schema: Json, definitions: Json) -> Json:
    if "$ref" in schema:
        found: Json = definitions[schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def _not_null(schema: Json, definitions: Json) -> Json:
    choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return _resolved(choices[0] if len(choices) == 1 else schema, definitions)


def _object_in(schema: Json, definitions: Json) -> tuple[Json | None, bool]:
    """Return the object with named fields that a field holds, and whether it is a list of them."""
    inner = _not_null(schema, definitions)
    is_list = inner.get("type") == "array"
    if is_list:
        inner = _not_null(inner.get("items", {}), definitions)
    return (inner if "properties" in inner else None), is_list


def _type(schema: Json, definitions: Json) -> str:
    """Say what a field holds, in a few words."""
    if "anyOf" in schema:
        kinds = [_type(each, definitions) for each in schema["anyOf"]]
        return " or ".join(dict.fromkeys(kind for kind in kinds if kind != "null"))
    found = _resolved(schema, definitions)
    if "enum" in found:
        return ", ".join(f"`{value}`" for value in found["enum"])
    if "const" in found:
        return f"`{found['const']}`"
    if found.get("type") == "array":
        return f"list of {_type(found.get('items', {}), definitions)}"
    kind = str(found.get("type", _ANY_TYPE))
    return {"date": "day", "date-time": "instant", "uri": "address"}.get(
        found.get("format", ""), {"string": "text"}.get(kind, kind)
    )


def _meaning(schema: Json) -> str:
    said = str(schema.get("description", ""))
    if "default" in schema and schema["default"] not in (None, [], {}):
        said += f" (by default `{json.dumps(schema['default'], ensure_ascii=False)}`)"
    return " ".join(said.split())
