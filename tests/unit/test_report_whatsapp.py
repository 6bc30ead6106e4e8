"""A template message in words is what its bytes say, and the fixed text only where it is known."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.report_whatsapp import read_template
from tests import report_samples as samples

EXACT = samples.whatsapp_bytes(samples.SENT_AT + timedelta(minutes=5))


def test_a_message_of_ours_reads_as_its_reader_sees_it() -> None:
    words = read_template(EXACT)
    assert words is not None
    rows = dict(words.rows)
    assert rows["Modelo"] == "vencida_uma_v2 (pt_BR)"
    assert [rows[f"Parâmetro {n}"] for n in (1, 2, 3, 6)] == [
        "Maria",
        "Aurora Energia Ltda",
        "NF-2026/000481",
        "R$ 153,05",
    ]
    assert rows["Botão 1 (link)"].startswith("final do endereço: k1")
    assert rows["Botão 4 (resposta rápida)"].startswith("código: stop:aurora:")
    for part in ("Olá, Maria.", "NF-2026/000481", "R$ 153,05", "Ver e pagar fatura", "Parar"):
        assert part in words.text
    assert "{{" not in words.text
    assert "http" not in words.text


@pytest.mark.parametrize("change", ["name", "parameter"])
def test_a_template_that_is_none_of_ours_has_no_text(change: str) -> None:
    message = json.loads(EXACT)
    if change == "name":
        message["template"]["name"] = "outro_v1"
    else:
        message["template"]["components"][0]["parameters"].pop()
    words = read_template(json.dumps(message).encode())
    assert words is not None
    assert words.text == ""
    assert words.rows[1] == ("Parâmetro 1", "Maria")


def test_the_parameter_of_a_header_is_told_from_those_of_the_body() -> None:
    header = {"type": "header", "parameters": [{"type": "text", "text": "Aviso"}]}
    named = {"name": "outro", "language": {"code": "pt_BR"}, "components": [header]}
    words = read_template(json.dumps({"template": named}).encode())
    assert words is not None
    assert words.rows == [("Modelo", "outro (pt_BR)"), ("Parâmetro 1 (header)", "Aviso")]


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b'{"template":{}}', b'{"template":1}', b"\xff", b"Ol\xc3"]
)
def test_what_is_no_template_message_is_shown_as_bytes_only(data: bytes) -> None:
    assert read_template(data) is None


@given(st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | x, max_leaves=4))
def test_components_of_any_kind_break_nothing(components: object) -> None:
    named = {"name": "x", "language": {"code": "pt"}, "components": components}
    read_template(json.dumps({"template": named}).encode())
