"""Events in the form of EventBridge's schema registry: JSON Schema turned into OpenAPI 3.0.

Source: Amazon EventBridge user guide, "Schemas"; OpenAPI 3.0.3 "Schema Object".
"""

from collections.abc import Mapping
from typing import Any

from tools.event_catalogue import SOURCES, VERSION, Json

_UNKNOWN_TO_3_0 = frozenset({"$schema", "propertyNames", "patternProperties", "examples"})


def eventbridge_document(direction: str, name: str, schema: Json) -> Json:
    """Write an event the way EventBridge exports it from its schema registry (`AWSEvent`)."""
    text = {"type": "string"}
    definitions = {key: _openapi(value) for key, value in schema["$defs"].items()}
    detail = _openapi({k: v for k, v in schema.items() if k not in {"$schema", "$defs"}})
    return {
        "openapi": "3.0.0",
        "info": {"version": f"{VERSION}.0.0", "title": name},
        "paths": {},
        "components": {
            "schemas": {
                "AWSEvent": {
                    "type": "object",
                    "required": [
                        "detail-type",
                        "resources",
                        "detail",
                        "id",
                        "source",
                        "time",
                        "region",
                        "version",
                        "account",
                    ],
                    "x-amazon-events-detail-type": name,
                    "x-amazon-events-source": SOURCES[direction],
                    "properties": {
                        "detail": {"$ref": f"#/components/schemas/{name}"},
                        "account": text,
                        "detail-type": text,
                        "id": text,
                        "region": text,
                        "resources": {"type": "array", "items": text},
                        "source": text,
                        "time": {"type": "string", "format": "date-time"},
                        "version": text,
                    },
                },
                name: detail,
                **definitions,
            }
        },
    }


def _openapi(schema: Any) -> Any:  # noqa: ANN401 - any JSON
    """Turn JSON Schema 2020-12 into what OpenAPI 3.0 knows of it."""
    if isinstance(schema, list):
        return [_openapi(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    written: dict[str, Any] = {}
    for key, value in schema.items():
        if key not in _UNKNOWN_TO_3_0:
            written |= _keyword(key, value)
    return _nullable(written)


def _keyword(key: str, value: Any) -> Json:  # noqa: ANN401 - any JSON
    """Turn one keyword of a schema."""
    match key:
        case "$ref":
            return {key: value.replace("#/$defs/", "#/components/schemas/")}
        case "properties":
            return {key: {name: _openapi(each) for name, each in value.items()}}
        case "const":
            return {"enum": [value]}
        case "default" | "enum":
            return {key: value}
        case "exclusiveMinimum" | "exclusiveMaximum":
            return {key.replace("exclusiveM", "m"): value, key: True}
    return {key: _openapi(value)}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Write what may be null as OpenAPI 3.0 does."""
    choices = schema.get("anyOf", [])
    left = [each for each in choices if each != {"type": "null"}]
    if len(left) == len(choices):
        return schema
    others = {key: value for key, value in schema.items() if key != "anyOf"}
    if len(left) == 1 and "$ref" not in left[0]:
        return {**left[0], **others, "nullable": True}
    return {**others, "anyOf": left, "nullable": True}
