"""A template message as the customer sees it, and when Meta fails it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from local.carrier.whatsapp.templates import Button, Chat, TemplateBook
from local.carrier.whatsapp.windows import ServiceWindows
from tests.unit.carrier.phone_messages import DEFINITION, LINK, any_template, any_whatsapp

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> TemplateBook:
    return TemplateBook(tmp_path / "templates.json")


def test_a_registered_template_is_shown_with_its_words(book: TemplateBook) -> None:
    book.add(DEFINITION)
    assert book.chat(any_whatsapp()) == Chat(
        header="Credor Exemplo",
        body="Olá, Ana. Sua fatura F-1 vence amanhã.",
        footer="Toque em Parar para não receber mais.",
        buttons=(
            Button("Ver fatura", LINK, is_reply=False),
            Button("Já paguei", "paid:1", is_reply=True),
        ),
    )


def test_an_unknown_template_is_shown_by_its_parameters(book: TemplateBook) -> None:
    chat = book.chat(any_whatsapp())
    assert (chat.header, chat.body, chat.footer) == ("", "Ana\nF-1", "")
    assert [button.text for button in chat.buttons] == ["tok", "paid:1"]


def test_parameters_may_have_names(book: TemplateBook) -> None:
    book.add({**DEFINITION, "components": [{"type": "BODY", "text": "Olá, {{nome}}: {{2}}"}]})
    named = [{"type": "text", "parameter_name": "nome", "text": "Ana"}]
    template = {**any_template(), "components": [{"type": "body", "parameters": named}]}
    assert book.chat(any_whatsapp(template=template)).body == "Olá, Ana: {{2}}"


def test_an_interactive_message_shows_its_replies(book: TemplateBook) -> None:
    reply = {"type": "reply", "reply": {"id": "sim", "title": "Sim"}}
    interactive = {
        "type": "button",
        "body": {"text": "Podemos ajudar?"},
        "action": {"buttons": [reply]},
    }
    chat = book.chat(any_whatsapp(type="interactive", interactive=interactive))
    assert chat.text == "Podemos ajudar?\n\n[Sim]"


@pytest.mark.parametrize(
    ("template", "code"),
    [
        (any_template("Ana", "F-1"), None),
        (any_template("Ana"), "132000"),
        (any_template("Ana", "F-1", "x"), "132000"),
        ({**any_template(), "name": "outro"}, "132001"),
        ({**any_template(), "language": {"code": "en_US"}}, "132001"),
    ],
)
def test_meta_fails_what_does_not_fit_a_registered_template(
    book: TemplateBook, template: dict[str, Any], code: str | None
) -> None:
    assert book.failure(any_whatsapp(template=template)) is None
    book.add(DEFINITION)
    assert book.failure(any_whatsapp(template=template)) == code


def test_templates_survive_a_restart_and_are_replaced_by_name_and_language(tmp_path: Path) -> None:
    path = tmp_path / "templates.json"
    TemplateBook(path).add(DEFINITION)
    changed = {**DEFINITION, "category": "MARKETING"}
    TemplateBook(path).add(changed)
    book = TemplateBook(path)
    assert book.all() == [changed]
    assert book.category(any_whatsapp()) == "marketing"


def test_a_window_is_open_for_a_day_after_the_customer_wrote_whatever_the_spelling() -> None:
    windows = ServiceWindows()
    windows.wrote("+553187654321", NOON)
    windows.wrote("+553187654321", NOON - timedelta(days=3))
    told = [
        windows.is_open("+5531987654321", NOON + later)
        for later in (timedelta(seconds=-1), timedelta(), timedelta(hours=23), timedelta(hours=24))
    ]
    assert told == [False, True, True, False]
    assert not windows.is_open("+5511987654321", NOON)
