"""What the routes about the customer's page answer, as types. See `answers`."""

from datetime import datetime
from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from regua.application.page_document import ColoursDocument, EmailWords, LogoDocument, PageTexts

from .answers import Link, RuleSaid


class Page(TypedDict):
    """How the page looks and what it and the e-mails say; what is left out is ours."""

    colours: ColoursDocument
    logo: NotRequired[LogoDocument]
    texts: PageTexts
    emails: dict[str, EmailWords]


class PageFinding(TypedDict):
    """A rule that a document breaks, and where."""

    path: Annotated[str, Field(description="Dotted; begins with body")]
    reason: str
    rule: RuleSaid


class WrittenPage(Page):
    """The document in force, and what should be read again."""

    warnings: list[PageFinding]


class SampleEmail(TypedDict):
    """An e-mail as it would be written to an invented customer."""

    subject: str
    text: str


class PagePreview(TypedDict):
    """What is wrong with a document, what is doubtful, and where to look at it."""

    errors: Annotated[list[PageFinding], Field(description="With any, it is refused")]
    warnings: list[PageFinding]
    preview_url: Annotated[Link, Field(description="The page, for an invented customer")]
    expires_at: datetime
    emails: Annotated[
        dict[str, list[SampleEmail]],
        Field(description="By template: about one invoice, and about three"),
    ]
