"""Routes about machines: the API clients that act for a creditor."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from regua.application.admin_documents import (
    ClientBody,
    ClientDocument,
    ClientListDocument,
    NewClientDocument,
)
from regua.application.machines import Wish
from regua.domain.ids import CreditorId
from regua.runtime.http import under_body

from . import context
from .context import (
    GIVEN_BY_PLATFORM,
    CreditorIdPath,
    CursorQuery,
    any_creditor,
    app,
    client_id_path,
    clock,
    gone,
    listed,
    own,
    own_creditor,
    private,
)

_LIST = "clients"


@app.post("/v1/creditors/<creditor_id>/clients", tags=["platform"], summary="Make a client")
def post_client_of(creditor_id: CreditorIdPath, body: ClientBody) -> Response[Any]:
    """Answer 201 with the client and its secret, which is shown this once."""
    return _made(any_creditor(creditor_id), body, GIVEN_BY_PLATFORM)


@app.post("/v1/clients", tags=["clients"], summary="Make a client of your own")
def post_client(body: ClientBody) -> Response[Any]:
    """Answer 201 with the client and its secret, which is shown this once.

    Each call makes another client: delete the one whose secret was lost.
    """
    return _made(own_creditor(), body, own())


@app.get("/v1/clients", tags=["clients"], summary="Your clients")
def get_clients(cursor: CursorQuery = None) -> Response[Any]:
    """Answer the clients that were made here, without their secrets."""
    found, rest = listed(_LIST, cursor, context.wire().machines.of)
    return private(ClientListDocument(clients=tuple(map(ClientDocument.of, found)), cursor=rest))


@app.delete("/v1/clients/<client_id>", tags=["clients"], summary="Delete a client")
def delete_client(client_id: str) -> Response[Any]:
    """Answer 204; within half a minute nothing takes its tokens any more."""
    context.wire().machines.delete(own_creditor(), client_id_path(client_id))
    return gone()


def _made(who: CreditorId, body: ClientBody, own_scopes: frozenset[str]) -> Response[Any]:
    wish = Wish(body.name, frozenset(body.scopes), body.requests_per_minute)
    machines = context.wire().machines
    client, secret = under_body(lambda: machines.create(who, wish, own_scopes, clock.now()))
    told = NewClientDocument(**dict(ClientDocument.of(client)), client_secret=secret)
    return private(told, HTTPStatus.CREATED)
