"""What is heard of a call."""

from __future__ import annotations

import pytest

from local.carrier.sms_voice.speech import read_ssml, spoken_text


@pytest.mark.parametrize(
    ("body", "heard"),
    [
        ("<speak>Olá</speak>", "Olá"),
        ("<speak>Olá.\n  Bom   dia.</speak>", "Olá. Bom dia."),
        ("<speak><p>Um.</p><p>Dois.</p></speak>", "Um.\nDois."),
        ("<speak><s>Um.</s><break strength='strong'/>Dois.</speak>", "Um.\nDois."),
        ("<speak>São <sub alias='dez reais'>R$ 10</sub>.</speak>", "São dez reais."),
        ("<speak><say-as interpret-as='digits'>12</say-as> é o <w>código</w></speak>",
         "12 é o código"),
        ("<speak>Pães &amp; Cia</speak>", "Pães & Cia"),
        ("<speak xmlns='http://www.w3.org/2001/10/synthesis'><p>Oi</p></speak>", "Oi"),
    ],
)  # fmt: skip
def test_markup_is_silent_and_pauses_are_lines(body: str, heard: str) -> None:
    assert read_ssml(body) == heard


@pytest.mark.parametrize(
    "body",
    [
        "Olá",
        "<speak>Olá",
        "<p>Olá</p>",
        "<speak>Pães & Cia</speak>",
        "<!DOCTYPE x [<!ENTITY a 'a'>]><speak>&a;</speak>",
    ],
)
def test_what_is_no_ssml_document_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_ssml(body)


def test_a_plain_text_is_heard_as_it_is() -> None:
    assert spoken_text("Olá <Ana>") == "Olá <Ana>"
    assert spoken_text("<speak>Olá</speak>") == "Olá"
