"""Routes about the customer's page: a creditor's colours, logo and words, and previews of them."""

from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from regua.adapters.dynamodb_looks import DynamoDrafts, DynamoLooks
from regua.adapters.page_catalogue import our_page_words
from regua.adapters.tracking_links import SignedLinks
from regua.application.manage_page import ManagePage
from regua.application.page_lint import PageFinding, PageLinter
from regua.application.wire import instant_text
from regua.runtime import clients
from regua.runtime.http import respond, under_body

from . import context
from .context import app, caller, caller_now, expected, present, tagged, today


@cache
def desk() -> ManagePage:
    """Build what manages looks and words; tests replace this one function."""
    from regua.adapters.email_renderer import JinjaEmailRenderer  # noqa: PLC0415 - only here

    settings, dynamodb = context.wire().settings, clients.dynamodb()
    links = SignedLinks.from_secret(
        clients.secretsmanager(), settings.tracking_secret_arn, settings.tracking_base_url
    )
    return ManagePage(
        looks=DynamoLooks(dynamodb, settings.portfolio_table),
        drafts=DynamoDrafts(dynamodb, settings.exchange_table),
        lint=PageLinter(JinjaEmailRenderer(), our_page_words()),
        links=links,
    )


@app.get("/v1/page", tags=["page"], summary="Read how the page looks and what it says")
def get_page() -> Response[Any]:
    """Answer the document; what is left out is ours."""
    page = desk().read_page(caller())
    return tagged(respond(page.document.written()), page.tag)


@app.put("/v1/page", tags=["page"], summary="Change how the page looks and what it says")
def put_page(body: dict[str, Any]) -> Response[Any]:
    """Answer the document and what should be read again; it is in force within half a minute.

    Whatever would mislead, threaten or expose a customer, or cannot be read, is refused with the
    rule that says so.
    """
    creditor, wanted = caller_now(), expected()
    put = under_body(lambda: desk().put_page(creditor, body, wanted))
    context.wire().stores.directory.forget()
    view = {**put.page.document.written(), "warnings": _told(put.findings.warnings)}
    return tagged(respond(view), put.page.tag)


@app.post("/v1/page/preview", tags=["page"], summary="Look at the page before customers do")
def post_preview(body: dict[str, Any]) -> Response[Any]:
    """Answer what is wrong and what is doubtful, and an address that shows the page for a day.

    Nothing changes for customers. The same document again has the same draft.
    """
    creditor = caller_now()
    preview = under_body(lambda: desk().preview(creditor, body, now=present()))
    emails = desk().sample_emails(creditor, body, today(creditor))
    view = {
        "errors": _told(preview.findings.errors),
        "warnings": _told(preview.findings.warnings),
        "preview_url": preview.url,
        "expires_at": instant_text(preview.expires_at),
        "emails": {
            template: [{"subject": email.subject, "text": email.text} for email in written]
            for template, written in emails.items()
        },
    }
    return respond(view, HTTPStatus.CREATED)


def _told(findings: Iterable[PageFinding]) -> list[Mapping[str, Any]]:
    return [
        {
            "path": f"body.{found.path}",
            "reason": found.reason,
            "rule": {
                "code": found.rule.code,
                "says": found.rule.says,
                "source": found.rule.source,
            },
        }
        for found in findings
    ]
