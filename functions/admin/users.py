"""Routes about people: who signs in for a creditor, and as what."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from regua.application.admin_documents import UserBody, UserDocument, UserListDocument
from regua.domain.ids import CreditorId
from regua.runtime.http import under_body

from . import context
from .context import (
    GIVEN_BY_PLATFORM,
    CreditorIdPath,
    CursorQuery,
    EmailPath,
    any_creditor,
    app,
    clock,
    gone,
    listed,
    own,
    own_creditor,
    private,
    written,
)

_LIST = "users"


@app.put("/v1/creditors/<creditor_id>/users/<email>", tags=["platform"], summary="Invite a person")
def put_user_of(creditor_id: CreditorIdPath, email: EmailPath, body: UserBody) -> Response[Any]:
    """Answer 201 when an invitation goes out, 200 when the role is written.

    A creditor's first admin comes in this way.
    """
    return _put(any_creditor(creditor_id), email, body, GIVEN_BY_PLATFORM)


@app.put("/v1/users/<email>", tags=["users"], summary="Invite a person, or change a role")
def put_user(email: EmailPath, body: UserBody) -> Response[Any]:
    """Answer 201 when an invitation goes out to the address, 200 when the role is written."""
    return _put(own_creditor(), email, body, own())


@app.get("/v1/users", tags=["users"], summary="Your people")
def get_users(cursor: CursorQuery = None) -> Response[Any]:
    """Answer who may sign in for the creditor, and as what."""
    found, rest = listed(_LIST, cursor, context.wire().people.of)
    return private(UserListDocument(users=tuple(map(UserDocument.of, found)), cursor=rest))


@app.get("/v1/users/<email>", tags=["users"], summary="One of your people")
def get_user(email: EmailPath) -> Response[Any]:
    """Answer a person's role."""
    return private(UserDocument.of(context.wire().people.get(own_creditor(), email)))


@app.delete("/v1/users/<email>", tags=["users"], summary="Send a person away")
def delete_user(email: EmailPath) -> Response[Any]:
    """Answer 204; within half a minute nothing takes the person's tokens any more."""
    context.wire().people.remove(own_creditor(), email, own())
    return gone()


def _put(who: CreditorId, email: str, body: UserBody, given: frozenset[str]) -> Response[Any]:
    people = context.wire().people
    member, is_new = under_body(lambda: people.put(who, email, body.role, given, clock.now()))
    return private(UserDocument.of(member), written(is_new=is_new))
