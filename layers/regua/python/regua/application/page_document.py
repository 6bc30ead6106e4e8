"""A creditor's look and words as one document: colours, logo, texts of the page, words of e-mails.

Reading checks form: types, encodings, sizes. Whether the words may be said and the colours be read
is for `regua.application.page_lint`.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from regua.application.validation import invalid_input
from regua.application.wire import Message
from regua.domain.errors import InvalidInput
from regua.domain.image_headers import measure
from regua.domain.own_words import email_key, page_key
from regua.domain.page_look import DARK_SURFACE, OUR_LOOK, Logo, Look, colour, readable_on
from regua.domain.page_rules import (
    MAX_LOGO_BASE64,
    MAX_LOGO_HEIGHT,
    MAX_LOGO_WIDTH,
    MAX_TEXTS_BYTES,
)

MAX_TEXTS = 200
"""How many texts a document may carry in each language; there are not that many keys."""
_ROOMY = 2_000
"""Nothing is read beyond this length; how long each text may be is a rule of its own."""


def _colour(text: str) -> str:
    try:
        return colour(text)
    except InvalidInput as exc:
        raise ValueError(exc.problems[0].reason) from None


Colour = Annotated[str, Field(max_length=7), AfterValidator(_colour)]
Text = Annotated[str, Field(min_length=1, max_length=_ROOMY)]
Key = Annotated[str, Field(min_length=1, max_length=100)]


class ColoursDocument(Message):
    """The accent colour: of links and buttons."""

    accent: Colour = Field(default=OUR_LOOK.accent, description="As #0b5a4c")
    accent_dark: Colour | None = Field(
        default=None,
        description="In dark mode; without one, the accent colour lightened until it can be read",
    )


class LogoDocument(Message):
    """A logo: its bytes in base64, and what is read aloud in its place."""

    media_type: Literal["image/png", "image/jpeg", "image/webp"]
    base64: Annotated[str, Field(min_length=1, max_length=MAX_LOGO_BASE64, repr=False)]
    alt: Annotated[str, Field(max_length=100)] = Field(
        default="", description="Empty leaves the name, which stands beside the logo, to speak"
    )

    @model_validator(mode="after")
    def _is_a_picture(self) -> Self:
        if not self.alt.isprintable():
            raise ValueError("alt has characters that nobody sees")
        self.to_domain()
        return self

    def to_domain(self) -> Logo:
        """Build the logo.

        Raises:
            ValueError: the bytes are no picture of the stated kind, or one that is too large.
        """
        try:
            content = b64decode(self.base64, validate=True)
            found = measure(content)
        except ValueError:
            raise ValueError("not base64") from None
        except InvalidInput as exc:
            raise ValueError(exc.problems[0].reason) from None
        if found.media_type != self.media_type:
            raise ValueError(f"the bytes are of {found.media_type}")
        if found.width > MAX_LOGO_WIDTH or found.height > MAX_LOGO_HEIGHT:
            most = f"{MAX_LOGO_WIDTH} × {MAX_LOGO_HEIGHT} pixels"
            raise ValueError(f"{found.width} × {found.height} pixels, more than {most}")
        return Logo(found.media_type, content, found.width, found.height, self.alt)


class EmailWords(Message):
    """What an e-mail says in the place of our words; what is left out stays ours."""

    subject: Text | None = None
    title: Text | None = None
    lead: Text | None = None
    closing: Text | None = None

    def said(self) -> Iterator[tuple[str, str]]:
        """Yield the parts that are said, with their names."""
        for part in type(self).model_fields:
            text = getattr(self, part)
            if text is not None:
                yield part, text


Texts = Annotated[dict[Key, Text], Field(max_length=MAX_TEXTS)]


class PageTexts(Message):
    """Texts of the page by key, in each language."""

    pt: Texts = Field(default={})
    en: Texts = Field(default={})


class PageDocument(Message):
    """A creditor's look and words."""

    colours: ColoursDocument = ColoursDocument()
    logo: LogoDocument | None = None
    texts: PageTexts = PageTexts()
    emails: Annotated[dict[Key, EmailWords], Field(max_length=50)] = Field(
        default={}, description="By the name of the template"
    )

    @model_validator(mode="after")
    def _is_small(self) -> Self:
        size = len(json.dumps(self.own_texts(), ensure_ascii=False).encode())
        if size > MAX_TEXTS_BYTES:
            raise ValueError(f"all texts together have {size} bytes, more than {MAX_TEXTS_BYTES}")
        return self

    def own_texts(self) -> Mapping[str, str]:
        """Return every text by its full key, as ``Creditor.texts`` has them."""
        page = {
            page_key(language, key): text
            for language in ("pt", "en")
            for key, text in getattr(self.texts, language).items()
        }
        emails = {
            email_key(template, part): text
            for template, words in self.emails.items()
            for part, text in words.said()
        }
        return page | emails

    def look(self) -> Look:
        """Return colours and logo."""
        return read_look(self.style())

    def style(self) -> Mapping[str, Any]:
        """Return what the look is read from: the document without its words."""
        return self.model_dump(mode="json", include={"colours", "logo"}, exclude_none=True)

    def written(self) -> Mapping[str, Any]:
        """Return the document as it is kept and answered."""
        return self.model_dump(mode="json", exclude_none=True)


def read_page_document(document: object) -> PageDocument:
    """Read a document.

    Raises:
        InvalidInput: with the path and reason of every problem found.
    """
    try:
        return PageDocument.model_validate(document)
    except ValidationError as exc:
        raise invalid_input(exc) from exc


def read_look(style: Mapping[str, Any]) -> Look:
    """Read what `PageDocument.style` wrote, which was checked then."""
    accent = style["colours"]["accent"]
    own_dark = style["colours"].get("accent_dark")
    logo = style.get("logo")
    return Look(
        accent=accent,
        accent_dark=own_dark or _dark(accent),
        logo=None if logo is None else _logo(logo),
    )


def _dark(accent: str) -> str:
    is_ours = accent == OUR_LOOK.accent
    return OUR_LOOK.accent_dark if is_ours else readable_on(DARK_SURFACE, accent)


def _logo(written: Mapping[str, Any]) -> Logo:
    content = b64decode(written["base64"])
    found = measure(content)
    return Logo(found.media_type, content, found.width, found.height, written.get("alt", ""))


def data_uri(logo: Logo) -> str:
    """Return a logo as an address that carries it.

    >>> data_uri(Logo("image/png", b"png", 1, 1))
    'data:image/png;base64,cG5n'
    """
    return f"data:{logo.media_type};base64,{b64encode(logo.content).decode()}"
