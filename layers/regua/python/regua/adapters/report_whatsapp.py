"""A WhatsApp message in words: what its bytes name and fill, and how its template reads.

The bytes name a template and fill its parameters; the fixed words are the template's, registered
with Meta under that name, and are not in the bytes. They are added here from our own templates, and
the report says so.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regua.adapters.whatsapp_templates import our_templates
from regua.domain.errors import InvalidInput

Rows = list[tuple[str, str]]
_BUTTONS = {"url": "link", "quick_reply": "resposta rápida"}
_NO_ADDRESS = "https://example.com.br/"
"""Stands for the address that links begin with, which is no part of a message's text."""


@dataclass(frozen=True, slots=True)
class TemplateWords:
    """What a template message says."""

    rows: Rows
    """The template, its parameters and its buttons, as the bytes name them."""
    text: str
    """The template's text with the parameters; empty when the template is none of ours."""


def read_template(data: bytes) -> TemplateWords | None:
    """Read a template message; None when the bytes are none."""
    try:
        template = json.loads(data)["template"]
        components = template.get("components", [])
        rows = [("Modelo", f"{template['name']} ({template['language']['code']})")]
        rows += [row for component in components for row in _component(component)]
        return TemplateWords(rows, _text(str(template["name"]), _body(components)))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _component(component: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for place, parameter in enumerate(component.get("parameters", []), start=1):
        value = str(parameter[parameter["type"]])
        if component["type"] == "button":
            kind = str(component["sub_type"])
            name = f"Botão {int(component['index']) + 1} ({_BUTTONS.get(kind, kind)})"
            yield name, f"final do endereço: {value}" if kind == "url" else f"código: {value}"
        elif component["type"] == "body":
            yield f"Parâmetro {place}", value
        else:
            yield f"Parâmetro {place} ({component['type']})", value


def _body(components: Sequence[Mapping[str, Any]]) -> list[str]:
    parameters = (p for c in components if c["type"] == "body" for p in c.get("parameters", []))
    return [str(parameter["text"]) for parameter in parameters]


def _text(name: str, values: Sequence[str]) -> str:
    known = {template.name: template for template in our_templates(_NO_ADDRESS)}
    try:
        return known[name].read_as(values) if name in known else ""
    except InvalidInput:
        return ""
