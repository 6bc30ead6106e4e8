"""The templates an account has registered, and a message as the customer sees it.

A send names a template and brings its parameters; the words are the template's. Templates come in
by CreateWhatsAppMessageTemplate and are approved at once. While none is registered, every template
is taken and shown by its parameters.

Source: "Templates" and "Components" in the reference of Meta's WhatsApp Business Management API.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.carrier.whatsapp.errors import NO_SUCH_TEMPLATE, PARAMETER_COUNT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Button:
    """A button; `target` is an address, or what comes back when a quick reply is pressed."""

    text: str
    target: str
    is_reply: bool

    @property
    def is_link(self) -> bool:
        """Tell whether the button opens a page."""
        return not self.is_reply and self.target.startswith(_WEB)


@dataclass(frozen=True, slots=True)
class Chat:
    """A message as the chat shows it."""

    header: str = ""
    body: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()

    @property
    def text(self) -> str:
        """Return all of it as plain text, buttons last."""
        buttons = "\n".join(f"[{button.text}]" for button in self.buttons)
        return "\n\n".join(filter(None, (self.header, self.body, self.footer, buttons)))


class TemplateBook:
    """Registered templates by name and language, in a file of the state directory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._definitions: dict[str, dict[str, Any]] = (
            json.loads(path.read_text()) if path.exists() else {}
        )

    def add(self, definition: dict[str, Any]) -> None:
        """Register a template, or replace it; the file is replaced whole."""
        key = _key(definition["name"], definition["language"])
        with self._lock:
            self._definitions = {**self._definitions, key: definition}
            draft = self._path.with_suffix(".draft")
            draft.write_text(json.dumps(self._definitions))
            draft.replace(self._path)

    def all(self) -> list[dict[str, Any]]:
        """Return every definition, by name and language."""
        return [self._definitions[key] for key in sorted(self._definitions)]

    def find(self, template: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the definition a message's template names."""
        return self._definitions.get(_key(template["name"], template["language"]["code"]))

    def failure(self, message: Mapping[str, Any]) -> str | None:
        """Return the code Meta fails a template message with, if it does."""
        if message["type"] != "template" or not self._definitions:
            return None
        definition = self.find(message["template"])
        if definition is None:
            return NO_SUCH_TEMPLATE
        expected = set(_PLACEHOLDER.findall(_component(definition, "BODY").get("text", "")))
        given = _parameters(message["template"], "body")
        return None if len(expected) == len(given) else PARAMETER_COUNT

    def category(self, message: Mapping[str, Any]) -> str:
        """Return what Meta charges the message as."""
        if message["type"] != "template":
            return "service"
        definition = self.find(message["template"]) or {}
        return str(definition.get("category", "UTILITY")).lower()

    def chat(self, message: Mapping[str, Any]) -> Chat:
        """Return the message as the customer sees it."""
        match message["type"]:
            case "text":
                return Chat(body=message["text"]["body"])
            case "interactive":
                return _interactive(message["interactive"])
            case _:
                return self._template_chat(message["template"])

    def _template_chat(self, template: Mapping[str, Any]) -> Chat:
        definition = self.find(template)
        body = _parameters(template, "body")
        if definition is None:
            return Chat(
                header=" ".join(map(_shown, _parameters(template, "header"))),
                body="\n".join(map(_shown, body)),
                buttons=tuple(_bare_buttons(template)),
            )
        header = _parameters(template, "header")
        title = _filled(_component(definition, "HEADER").get("text", ""), header)
        return Chat(
            header=title or " ".join(map(_shown, header)),
            body=_filled(_component(definition, "BODY").get("text", ""), body),
            footer=_component(definition, "FOOTER").get("text", ""),
            buttons=tuple(_buttons(definition, template)),
        )


def _key(name: str, language: str) -> str:
    return f"{name}/{language}"


def _component(definition: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    components: Sequence[Mapping[str, Any]] = definition.get("components", [])
    return next((c for c in components if str(c.get("type", "")).upper() == kind), {})


def _parameters(template: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    components = template.get("components", [])
    return next((c.get("parameters", []) for c in components if c["type"] == kind), [])


def _filled(text: str, parameters: Sequence[Mapping[str, Any]]) -> str:
    """Put parameters in their places: by name where they have one, else by position."""
    named = {p["parameter_name"]: _shown(p) for p in parameters if "parameter_name" in p}
    numbered = {str(n): _shown(p) for n, p in enumerate(parameters, start=1)}
    values = named or numbered
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def _shown(parameter: Mapping[str, Any]) -> str:
    """Return what is seen of a parameter: a text, the name of a file, or its fallback."""
    value = parameter.get(parameter.get("type", ""), "")
    if isinstance(value, dict):
        return str(value.get("filename") or value.get("fallback_value") or value.get("link") or "")
    return str(value)


def _button_parameters(template: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    return {
        int(component["index"]): (component.get("parameters") or [{}])[0]
        for component in template.get("components", [])
        if component["type"] == "button"
    }


def _buttons(definition: Mapping[str, Any], template: Mapping[str, Any]) -> Iterator[Button]:
    given = _button_parameters(template)
    for index, button in enumerate(_component(definition, "BUTTONS").get("buttons", [])):
        parameter = given.get(index, {})
        text = button.get("text", "")
        match str(button.get("type", "")).upper():
            case "URL":
                yield Button(text, _filled(button["url"], [parameter]), is_reply=False)
            case "QUICK_REPLY":
                yield Button(text, str(parameter.get("payload") or text), is_reply=True)
            case "COPY_CODE":
                yield Button("Copiar código", _shown(parameter), is_reply=False)
            case _:
                yield Button(text, button.get("phone_number", ""), is_reply=False)


def _bare_buttons(template: Mapping[str, Any]) -> Iterator[Button]:
    for component in template.get("components", []):
        if component["type"] == "button":
            parameter = (component.get("parameters") or [{}])[0]
            is_reply = component.get("sub_type") == "quick_reply"
            target = str(parameter.get("payload") or _shown(parameter))
            yield Button(target, target, is_reply=is_reply)


def _interactive(body: Mapping[str, Any]) -> Chat:
    action = body.get("action", {})
    replies = [button.get("reply", {}) for button in action.get("buttons", [])]
    buttons = [Button(r.get("title", ""), r.get("id", ""), is_reply=True) for r in replies]
    link = action.get("parameters", {})
    if body.get("type") == "cta_url":
        buttons.append(Button(link.get("display_text", ""), link.get("url", ""), is_reply=False))
    return Chat(
        header=body.get("header", {}).get("text", ""),
        body=body["body"]["text"],
        footer=body.get("footer", {}).get("text", ""),
        buttons=tuple(buttons),
    )
