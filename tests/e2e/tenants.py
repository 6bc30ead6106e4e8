"""Tenants of a test's own, so that what it does is nobody else's."""

from collections.abc import Mapping
from typing import Any

from local.creditors import default_document
from local.onboarding import SCOPES, Api, Wish, admitted, onboard
from local.stack import Stack


def new_tenant(stack: Stack, creditor_id: str) -> Api:
    """Set a creditor up through the API, and sign in as its client."""
    client = new_client(stack, creditor_id)
    return Api.of(stack.api_url, stack.token_url, client["client_id"], client["client_secret"])


def new_client(stack: Stack, creditor_id: str) -> Mapping[str, Any]:
    """Set a creditor up through the API, and return its client once it is let in."""
    operator = Api.of(stack.api_url, stack.token_url, stack.operator_id, stack.operator_secret)
    asked = ("name", "document", "address_line", "email", "dkim")
    document = {
        "creditor_id": creditor_id,
        **{name: default_document(stack.sender_domain)[name] for name in asked},
    }
    wish = Wish(scopes=(*SCOPES, "evidence.erase"), with_client=True)
    done = onboard(operator, document, wish)
    assert done.client is not None
    admitted(stack.api_url, stack.token_url, done.client)
    return done.client
