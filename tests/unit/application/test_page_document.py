"""A creditor's look and words as a document: what can be read, and what comes of it."""

from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from regua.application.page_document import (
    PageDocument,
    data_uri,
    read_look,
    read_page_document,
)
from regua.domain.errors import InvalidInput
from regua.domain.page_look import DARK_SURFACE, OUR_LOOK, contrast
from regua.domain.page_rules import MAX_LOGO_BASE64, MAX_TEXTS_BYTES


def picture(width: int = 120, height: int = 40, kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, format=kind)
    return out.getvalue()


def a_logo(content: bytes | None = None, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    content = picture() if content is None else content
    return {"media_type": "image/png", "base64": b64encode(content).decode(), **changes}


def problems(document: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        read_page_document(document)
    return [(p.path, p.reason) for p in caught.value.problems]


def test_an_empty_document_leaves_everything_ours() -> None:
    read = read_page_document({})
    assert read.look() == OUR_LOOK
    assert read.own_texts() == {}
    assert read.written() == {"colours": {"accent": "#0b5a4c"}, "texts": {"pt": {}, "en": {}}} | {
        "emails": {}
    }


def test_a_whole_document_is_taken_apart_by_key() -> None:
    read = read_page_document(
        {
            "colours": {"accent": "#7A1FA2", "accent_dark": "#CE93D8"},
            "logo": a_logo(alt="Aurora"),
            "texts": {"pt": {"show.lead": "Olá."}, "en": {"show.lead": "Hello."}},
            "emails": {"vencida": {"subject": "{credor}: fatura", "closing": "Obrigado."}},
        }
    )
    assert read.own_texts() == {
        "page.pt.show.lead": "Olá.",
        "page.en.show.lead": "Hello.",
        "email.vencida.subject": "{credor}: fatura",
        "email.vencida.closing": "Obrigado.",
    }
    look = read.look()
    assert (look.accent, look.accent_dark) == ("#7a1fa2", "#ce93d8")
    assert look.logo is not None
    assert (look.logo.width, look.logo.height, look.logo.alt) == (120, 40, "Aurora")
    assert look.logo.content == picture()
    assert data_uri(look.logo) == f"data:image/png;base64,{b64encode(picture()).decode()}"
    assert read_page_document(read.written()) == read
    assert read_look(read.style()) == look


def test_without_a_dark_accent_one_is_worked_out_that_can_be_read() -> None:
    look = read_page_document({"colours": {"accent": "#7a1fa2"}}).look()
    assert look.accent_dark != "#7a1fa2"
    assert contrast(look.accent_dark, DARK_SURFACE) >= 4.5


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_logo_may_be_of_any_kind_of_ours(kind: str) -> None:
    logo = a_logo(picture(kind=kind), media_type=f"image/{kind.lower()}")
    found = read_page_document({"logo": logo}).look().logo
    assert found is not None
    assert found.media_type == f"image/{kind.lower()}"


@pytest.mark.parametrize(
    ("document", "path", "reason"),
    [
        ([], "", "valid dictionary"),
        ({"fonts": {}}, "fonts", "not permitted"),
        ({"colours": {"accent": "teal"}}, "colours.accent", "six hexadecimal digits"),
        ({"colours": {"accent": "red;x:"}}, "colours.accent", "six hexadecimal digits"),
        ({"colours": {"accent_dark": "#12345"}}, "colours.accent_dark", "six hexadecimal"),
        ({"logo": a_logo(media_type="image/svg+xml")}, "logo.media_type", "image/png"),
        ({"logo": a_logo(base64="não")}, "logo", "not base64"),
        ({"logo": a_logo(b"<svg/>")}, "logo", "not a PNG, JPEG or WebP"),
        ({"logo": a_logo(media_type="image/jpeg")}, "logo", "the bytes are of image/png"),
        ({"logo": a_logo(picture(601, 40))}, "logo", "601 × 40 pixels"),
        ({"logo": a_logo(picture(60, 241))}, "logo", "60 × 241 pixels"),
        ({"logo": a_logo(alt="a\nb")}, "logo", "nobody sees"),
        ({"logo": a_logo(base64="A" * (MAX_LOGO_BASE64 + 4))}, "logo.base64", "at most"),
        ({"texts": {"pt": {"show.lead": ""}}}, "texts.pt.show.lead", "at least 1"),
        ({"texts": {"pt": {"show.lead": 5}}}, "texts.pt.show.lead", "string"),
        ({"texts": {"fr": {}}}, "texts.fr", "not permitted"),
        ({"emails": {"vencida": {"body": "x"}}}, "emails.vencida.body", "not permitted"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_path(
    document: object, path: str, reason: str
) -> None:
    found = problems(document)
    assert [p for p, _ in found] == [path]
    assert reason in found[0][1]


def test_the_largest_logo_is_taken() -> None:
    assert read_page_document({"logo": a_logo(picture(600, 240))}).look().logo is not None


def test_all_texts_together_stay_small() -> None:
    texts = {f"chave.{n}": "é" * 500 for n in range(MAX_TEXTS_BYTES // 1000 + 1)}
    assert "all texts together" in problems({"texts": {"pt": texts}})[0][1]
    few = dict(list(texts.items())[:5])
    assert len(PageDocument.model_validate({"texts": {"pt": few}}).own_texts()) == 5


def test_a_logo_is_not_printed_with_its_document() -> None:
    document = read_page_document({"logo": a_logo()})
    assert a_logo()["base64"] not in repr(document)
    assert "teal" not in repr(document.look())
