"""Routes about the doors of other systems: hooks they post to, and money that found no invoice."""

import secrets
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import Field

from regua.adapters.dynamodb_hooks import DynamoHooks
from regua.adapters.dynamodb_pix import DynamoPixRecords
from regua.application.hook_proof import second_of
from regua.application.hooks import Hooks, NewKey, hook_view
from regua.application.pix_ports import PixRecords
from regua.application.pix_views import charge_view, unmatched_view
from regua.application.settle_pix import CountPix
from regua.application.wire import ExternalId, Message, ShortText
from regua.domain.errors import NotFound
from regua.domain.ids import InvoiceId
from regua.runtime import clients
from regua.runtime.http import respond, under_body

from . import context
from .context import ExternalIdPath, Limit, app, caller, existing, present

KEY_BYTES = 32
HookId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", description="A hook's id")]
EndToEndId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9]{32}$", description="The endToEndId of a Pix")
]
Cursor = Annotated[
    str | None,
    Query(max_length=200, description="The `cursor` of the page before, unchanged"),
]
Secret = Annotated[str, Field(min_length=16, max_length=500)]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,100}$")]


class SecondSecretBody(Message):
    """A further proof: a header's value, or the key of an HMAC-SHA256 of the body in a header."""

    header: HeaderName | None = None
    value: Secret | None = Field(default=None, repr=False)
    hmac_header: HeaderName | None = None
    hmac_secret: Secret | None = Field(default=None, repr=False)

    def kept(self) -> Mapping[str, str] | None:
        """Return it as it is kept."""
        return second_of(self.header, self.value, self.hmac_header, self.hmac_secret)


class HookBody(Message):
    """Which system posts, and how it proves who it is besides the key."""

    kind: Annotated[str, Field(min_length=1, max_length=40)] = Field(
        description="`pix`, `asaas`, `odoo` or `generic`"
    )
    name: ShortText
    settings: dict[str, Any] = Field(
        default_factory=dict, description="The connector's own; none for `pix`"
    )
    second_secret: SecondSecretBody | None = None


class AssignmentBody(Message):
    """The invoice that money was for."""

    invoice_external_id: ExternalId


class Desk(NamedTuple):
    """What the routes work with."""

    hooks: Hooks
    records: PixRecords
    counting: CountPix
    base_url: str


@cache
def desk() -> Desk:
    """Build what manages the doors; tests replace this one function."""
    wired = context.wire()
    settings, stores = wired.settings, wired.stores
    dynamodb = clients.dynamodb()
    records = DynamoPixRecords(dynamodb, settings.portfolio_table)
    return Desk(
        hooks=Hooks(
            DynamoHooks(dynamodb, settings.exchange_table),
            new_key=lambda: secrets.token_urlsafe(KEY_BYTES),
        ),
        records=records,
        counting=CountPix(records, wired.ingest, stores.portfolio, stores.publisher),
        base_url=settings.hooks_base_url,
    )


# ── hooks ──────────────────────────────────────────────────────────────────────────────────────


@app.post("/v1/hooks", tags=["hooks"], summary="Open a door for another system")
def post_hook(body: HookBody) -> Response[Any]:
    """Answer the hook and the address to post to; the address is shown this once."""
    creditor_id = caller().creditor_id
    made = under_body(
        lambda: desk().hooks.make(
            creditor_id,
            kind=body.kind,
            name=body.name,
            settings=body.settings,
            second=None if body.second_secret is None else body.second_secret.kept(),
            now=present(),
        )
    )
    return respond(_with_address(made), HTTPStatus.CREATED)


@app.get("/v1/hooks", tags=["hooks"], summary="Every hook")
def get_hooks() -> Response[Any]:
    """Answer every hook, oldest first, without addresses and secrets."""
    found = desk().hooks.of(caller().creditor_id)
    return respond({"hooks": [hook_view(hook) for hook in found]})


@app.delete("/v1/hooks/<hook_id>", tags=["hooks"], summary="Shut a door")
def delete_hook(hook_id: HookId) -> Response[Any]:
    """Answer nothing: from now on nobody can post to the hook."""
    desk().hooks.delete(caller().creditor_id, hook_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@app.post("/v1/hooks/<hook_id>/rotate", tags=["hooks"], summary="Give a door another key")
def post_rotate_hook(hook_id: HookId) -> Response[Any]:
    """Answer the new address, shown this once; the one before works for another day."""
    made = desk().hooks.rotate(caller().creditor_id, hook_id, now=present())
    return respond(_with_address(made), HTTPStatus.CREATED)


def _with_address(made: NewKey) -> Mapping[str, Any]:
    return {**hook_view(made.hook), "url": f"{desk().base_url}/hooks/{made.key}"}


# ── Pix ────────────────────────────────────────────────────────────────────────────────────────


@app.get("/v1/invoices/<external_id>/charge", tags=["pix"], summary="An invoice's Pix charge")
def get_charge(external_id: ExternalIdPath) -> Response[Any]:
    """Answer the charge that we made at the creditor's PSP, or why there is none."""
    creditor = caller()
    existing(creditor, external_id)
    record = desk().records.charge(creditor.creditor_id, InvoiceId(external_id))
    if record is None:
        raise NotFound(external_id)
    return respond(charge_view(record))


@app.get("/v1/unmatched-payments", tags=["pix"], summary="Money that found no invoice")
def get_unmatched(limit: Limit = 50, cursor: Cursor = None) -> Response[Any]:
    """Answer the Pix that belong to no invoice, oldest first."""
    page = desk().records.unmatched(caller().creditor_id, cursor, limit)
    return respond(
        {"payments": [unmatched_view(money) for money in page.items], "cursor": page.cursor}
    )


@app.post(
    "/v1/unmatched-payments/<end_to_end_id>/assign",
    tags=["pix"],
    summary="Say which invoice money was for",
)
def post_assign(end_to_end_id: EndToEndId, body: AssignmentBody) -> Response[Any]:
    """Answer the invoice that the money was counted for; the same again changes nothing."""
    invoice_id = InvoiceId(body.invoice_external_id)
    desk().counting.assign(caller(), end_to_end_id, invoice_id, now=present())
    return respond({"payment_id": end_to_end_id, "invoice_external_id": invoice_id})
