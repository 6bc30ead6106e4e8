"""The carrier put together: what survives a restart, which providers and pages it serves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.carrier.admin import Admin
from local.carrier.behaviours import BehaviourBook
from local.carrier.inbox.api import InboxApi
from local.carrier.inbox.pages import InboxPages
from local.carrier.instants import to_wire, utc_now
from local.carrier.psp.provider import PspProvider
from local.carrier.publisher import Topics
from local.carrier.receipts import Receipt, ReceiptQueue
from local.carrier.replies import Replies
from local.carrier.ses.identities import SesIdentities
from local.carrier.ses.mime import read_content
from local.carrier.ses.provider import SesProvider
from local.carrier.sms_voice.provider import SmsVoiceProvider, read_call_text, read_text
from local.carrier.store import MessageStore
from local.carrier.tsa.provider import TsaProvider
from local.carrier.web import HttpProblem, Request, Response, Route
from local.carrier.whatsapp.provider import WhatsAppProvider, content_reader
from local.carrier.whatsapp.templates import TemplateBook
from local.carrier.whatsapp.windows import ServiceWindows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.carrier.receipts import Publisher

STOP_SECONDS = 3.0


@dataclass(slots=True)
class Carrier:
    """The running program without its socket."""

    store: MessageStore
    receipts: ReceiptQueue
    behaviours: BehaviourBook
    topics: Topics
    routes: list[Route]
    left_over_path: Path

    def start(self) -> None:
        """Begin to publish, with what an earlier run left over."""
        if self.left_over_path.exists():
            left_over = json.loads(self.left_over_path.read_text())
            self.receipts.schedule([Receipt(**document) for document in left_over])
            self.left_over_path.unlink()
        self.receipts.start()

    def stop(self) -> None:
        """Publish what is due and keep the rest for the next run."""
        left_over = self.receipts.stop(STOP_SECONDS)
        if left_over:
            documents = [receipt.to_document() for receipt in left_over]
            self.left_over_path.write_text(json.dumps(documents))
        self.store.close()

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        allowed: list[str] = []
        for route in self.routes:
            match = route.pattern.fullmatch(request.path)
            if match and route.method in (request.method, "*"):
                try:
                    return route.handler(request, **match.groupdict())
                except HttpProblem as problem:
                    return problem.response()
            if match:
                allowed.append(route.method)
        return _nowhere(request, allowed).response()


def _nowhere(request: Request, allowed: list[str]) -> HttpProblem:
    if allowed:
        return HttpProblem(HTTPStatus.METHOD_NOT_ALLOWED, f"allowed: {', '.join(allowed)}")
    return HttpProblem(HTTPStatus.NOT_FOUND, f"there is nothing at {request.path}")


def build_carrier(state_dir: Path, publisher_for: Callable[[Topics], Publisher]) -> Carrier:
    """Return a carrier on a state directory, created when it does not exist."""
    state_dir.mkdir(parents=True, exist_ok=True)
    topics = Topics(state_dir / "topics.json")
    templates, windows = TemplateBook(state_dir / "whatsapp-templates.json"), ServiceWindows()
    readers = {
        "email": read_content,
        "sms": read_text,
        "voice": read_call_text,
        "whatsapp": content_reader(templates),
    }
    store = MessageStore(state_dir, readers)
    behaviours = BehaviourBook()
    receipts = ReceiptQueue(
        publisher_for(topics),
        on_published=lambda receipt: store.record_receipt(receipt, to_wire(utc_now())),
    )
    sections = (
        SesIdentities.at(state_dir / "ses-identities.json"),
        SesProvider(store, behaviours, receipts),
        SmsVoiceProvider(store, behaviours, receipts),
        WhatsAppProvider(store, behaviours, receipts, templates, windows),
        Replies(store, receipts, templates, windows),
        TsaProvider.at(state_dir / "tsa"),
        PspProvider.at(state_dir / "psp"),
        Admin(topics, receipts, behaviours),
        InboxApi(store),
        InboxPages(store, behaviours, receipts, templates),
    )
    return Carrier(
        store=store,
        receipts=receipts,
        behaviours=behaviours,
        topics=topics,
        routes=[route for section in sections for route in section.routes()],
        left_over_path=state_dir / "left-over-receipts.json",
    )
