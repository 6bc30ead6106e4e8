"""Roles as a table: every role, every scope."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.access import (
    PLATFORM,
    ROLES_OF_SCOPE,
    TENANT_SCOPES,
    Person,
    Role,
    not_to_give,
    read_scopes,
    scope_name,
    scopes_of,
)
from regua.domain.ids import CreditorId

AURORA = CreditorId("aurora")
WHO = {"A": Role.ADMIN, "N": Role.ANALYST, "C": Role.COLLECTOR, "U": Role.AUDITOR}
MAY = {
    "invoices.read": "ANCU",
    "invoices.write": "AC",
    "customers.read": "ANCU",
    "customers.write": "AC",
    "rulers.read": "ANCU",
    "rulers.write": "AN",
    "reconciliation.read": "ANU",
    "evidence.read": "ANCU",
    "evidence.write": "ACU",
    "evidence.erase": "A",
    "events.read": "AN",
    "webhooks.read": "ANU",
    "webhooks.write": "A",
    "imports.read": "ANU",
    "imports.write": "AN",
    "plans.read": "ANCU",
    "plans.write": "AN",
    "agreements.read": "ANCU",
    "agreements.write": "AC",
    "hooks.read": "ANU",
    "hooks.write": "A",
    "creditor.read": "ANCU",
    "creditor.write": "A",
    "clients.write": "A",
    "users.write": "A",
    "platform.admin": "",
}
"""admin, aNalyst, collector, aUditor: the table of docs/onboarding.md, written a second time."""

GUIDE = Path(__file__).parents[3] / "docs" / "onboarding.md"
ROW = re.compile(r"^\| (`.+?) \|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)

scopes = st.sampled_from(sorted(ROLES_OF_SCOPE))


def test_the_table_is_of_all_scopes() -> None:
    assert set(MAY) == set(ROLES_OF_SCOPE)


def test_the_guide_shows_the_same_table() -> None:
    shown = {
        scope: "".join(letter for letter, cell in zip("ANCU", cells, strict=True) if "✓" in cell)
        for names, *cells in ROW.findall(GUIDE.read_text(encoding="utf-8"))
        for scope in re.findall(r"`([a-z]+\.[a-z]+)`", names)
    }
    assert shown == MAY


@pytest.mark.parametrize("scope", MAY)
@pytest.mark.parametrize("letter", WHO)
def test_a_role_has_what_the_table_says(letter: str, scope: str) -> None:
    role = WHO[letter]
    expected = letter in MAY[scope]
    assert Person(AURORA, role).may(scope) is expected
    assert (scope in scopes_of(role)) is expected


@pytest.mark.parametrize("scope", ["", "invoices", "regua/invoices.read", "nothing.read"])
def test_nobody_may_do_what_is_no_scope(scope: str) -> None:
    assert not any(Person(AURORA, role).may(scope) for role in Role)


def test_an_admin_has_all_that_a_tenant_can_have_and_an_auditor_changes_nothing() -> None:
    assert scopes_of(Role.ADMIN) == TENANT_SCOPES
    writes = {scope for scope in scopes_of(Role.AUDITOR) if not scope.endswith(".read")}
    assert writes == {"evidence.write"}, "it issues reports"


@given(st.frozensets(scopes))
def test_scopes_are_read_from_a_token_as_they_were_named(given_: frozenset[str]) -> None:
    claim = " ".join(["openid", *map(scope_name, given_), "outro/invoices.read"])
    assert read_scopes(claim) == given_


@given(st.frozensets(scopes), st.frozensets(scopes))
def test_what_is_given_is_never_more_than_the_giver_has(
    own: frozenset[str], asked: frozenset[str]
) -> None:
    refused = not_to_give(own, asked)
    assert list(refused) == sorted(refused)
    assert asked - set(refused) <= own & TENANT_SCOPES
    assert set(refused).isdisjoint(own & TENANT_SCOPES)
    assert PLATFORM not in asked - set(refused)
