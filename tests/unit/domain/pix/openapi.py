"""The BCB's own schemas as an oracle, repaired where the file does not say what its prose says."""

from functools import cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from tests.shared_data import shared_data_path

FILE = "bacen-pix-api-2.9.0-openapi.yaml"


@cache
def components() -> dict[str, Any]:
    """Read the components with patterns free of JavaScript's slashes; skips where absent."""
    text = shared_data_path(FILE).read_text()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Any] = _without_slashes(yaml.load(text, Loader=loader)["components"])  # noqa: S506 - a safe loader
    return found


@cache
def repaired() -> dict[str, Any]:
    """Repair three schemas that refuse what the specification itself shows.

    ``desconto``: the arm of the dates does not require them, so that modes 3 to 6 match both arms
    of ``oneOf``. ``PayloadLocationCob`` requires ``tipoCob``, which no example of a request has.
    ``Pix.txid`` asks for 26 characters and, beside it, for 1 to 35, as a static code needs.
    """
    schemas = dict(components()["schemas"])
    value = schemas["CobVValor"]
    discount = value["properties"]["desconto"]
    arm = {**discount["oneOf"][0], "required": ["descontoDataFixa"]}
    discount = {**discount, "oneOf": [arm, *discount["oneOf"][1:]]}
    schemas["CobVValor"] = {**value, "properties": {**value["properties"], "desconto": discount}}
    schemas["PayloadLocationCob"] = {**schemas["PayloadLocationCob"], "required": ["id"]}
    pix = schemas["Pix"]
    txid = {"pattern": "^[a-zA-Z0-9]{1,35}$"}
    schemas["Pix"] = {**pix, "properties": {**pix["properties"], "txid": txid}}
    return {"schemas": schemas}


def complaints(schema: str, document: object, *, repair: bool = True) -> list[str]:
    """List the JSON paths that the BCB's schema complains about."""
    root = {
        "components": repaired() if repair else components(),
        "$ref": f"#/components/schemas/{schema}",
    }
    validator = Draft202012Validator(root, format_checker=FormatChecker(["date"]))
    return sorted(error.json_path for error in validator.iter_errors(document))


def _without_slashes(node: Any) -> Any:  # noqa: ANN401 - any YAML
    if isinstance(node, dict):
        return {
            name: value.strip("/") if name == "pattern" and isinstance(value, str) else value
            for name, value in ((name, _without_slashes(value)) for name, value in node.items())
        }
    if isinstance(node, list):
        return [_without_slashes(item) for item in node]
    return node
