"""What is kept of each tenant: in memory, and on the table as moto knows it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.dynamodb_pix import DynamoPixRecords
from regua.adapters.dynamodb_tenants import DynamoTenants
from regua.adapters.memory import MemoryDirectory
from regua.adapters.memory_admin import MemoryTenants
from regua.application.admin_ports import ApiClient, DomainClaim, Member, TenantStore
from regua.application.ports import CreditorDirectory, Dkim
from regua.domain.access import Person, Role
from regua.domain.errors import Conflict, NotFound, VersionConflict
from regua.domain.ids import CreditorId
from tests.builders import CREDITOR, creditor_document
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BOREAL = CreditorId("boreal")
AT = datetime(2026, 11, 10, 12, tzinfo=UTC)
DOMAIN = "aurora.example.com.br"
ERP = ApiClient("c1", "ERP", frozenset({"invoices.read", "rulers.read"}), AT, 90)
MARIA = Member("p1", "maria@aurora.example.com.br", Role.ANALYST, AT)
CLAIM = DomainClaim(DOMAIN, CREDITOR, Dkim("regua-a", DOMAIN), AT)


@dataclass(frozen=True)
class Kept:
    """The store, and the directory that every function reads."""

    store: TenantStore
    directory: CreditorDirectory


@pytest.fixture(params=["memory", "dynamodb"])
def kept(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> Kept:
    if request.param == "memory":
        directory = MemoryDirectory()
        return Kept(MemoryTenants(directory), directory)
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return Kept(DynamoTenants(dynamodb, "portfolio"), DynamoCreditors(dynamodb, "portfolio"))


@pytest.fixture
def store(kept: Kept) -> TenantStore:
    return kept.store


def test_a_document_is_read_back_as_it_was_written_and_by_every_function(kept: Kept) -> None:
    assert kept.store.document(CREDITOR) is None
    document = creditor_document(name="Aurora Energia São João Ltda")
    kept.store.replace(CREDITOR, document, None)
    assert kept.store.document(CREDITOR) == document
    assert kept.directory.get(CREDITOR).sender.name == "Aurora Energia São João Ltda"


def test_a_document_takes_the_place_of_the_one_that_was_seen_and_of_no_other(
    store: TenantStore,
) -> None:
    first, second = creditor_document(), creditor_document(paused=True)
    with pytest.raises(VersionConflict):
        store.replace(CREDITOR, second, first)
    store.replace(CREDITOR, first, None)
    for seen in (None, second):
        with pytest.raises(VersionConflict):
            store.replace(CREDITOR, second, seen)
    assert store.document(CREDITOR) == first
    store.replace(CREDITOR, second, store.document(CREDITOR))
    assert store.document(CREDITOR) == second


def test_who_writes_the_document_says_whether_pix_is_swept_for(
    aws: None, dynamodb: "DynamoDBClient"
) -> None:
    del aws
    create_tables(dynamodb)
    store, records = DynamoTenants(dynamodb, "portfolio"), DynamoPixRecords(dynamodb, "portfolio")
    without = creditor_document()
    paid = creditor_document(pix={"key": "5f84a4c5-c5cb-4599-9f13-7eb4d419dacc"})
    store.replace(CREDITOR, without, None)
    assert records.creditors() == []
    store.replace(CREDITOR, paid, without)
    assert records.creditors() == [CREDITOR]
    with pytest.raises(VersionConflict):
        store.replace(CREDITOR, without, without)
    assert records.creditors() == [CREDITOR], "all or nothing is written"
    key_only = {**paid, "pix": {**paid["pix"], "psp": False}}
    store.replace(CREDITOR, key_only, paid)
    assert records.creditors() == [], "without a PSP nobody can be asked"
    store.replace(CREDITOR, without, key_only)
    assert records.creditors() == []


def test_a_machine_acts_for_its_creditor_until_it_is_removed(kept: Kept) -> None:
    kept.store.add_client(CREDITOR, ERP)
    assert kept.directory.of_client("c1") == CREDITOR
    assert kept.directory.requests_per_minute("c1") == 90
    assert list(kept.store.clients(CREDITOR, None, 10).items) == [ERP]
    assert list(kept.store.clients(BOREAL, None, 10).items) == []
    with pytest.raises(NotFound):
        kept.store.remove_client(BOREAL, "c1")
    kept.store.remove_client(CREDITOR, "c1")
    kept.directory.forget()
    with pytest.raises(NotFound):
        kept.directory.of_client("c1")
    with pytest.raises(NotFound):
        kept.store.remove_client(CREDITOR, "c1")


def test_a_machine_acts_for_one_creditor_only(kept: Kept) -> None:
    kept.store.add_client(CREDITOR, replace(ERP, requests_per_minute=None))
    for creditor_id in (CREDITOR, BOREAL):
        with pytest.raises(Conflict):
            kept.store.add_client(creditor_id, ERP)
    assert kept.directory.of_client("c1") == CREDITOR
    assert kept.directory.requests_per_minute("c1") is None
    assert list(kept.store.clients(BOREAL, None, 10).items) == []


def test_a_person_acts_for_its_creditor_as_its_role_until_it_is_removed(kept: Kept) -> None:
    kept.store.keep_member(CREDITOR, MARIA)
    assert kept.store.person("p1") == Person(CREDITOR, Role.ANALYST)
    admin = replace(MARIA, role=Role.ADMIN)
    kept.store.keep_member(CREDITOR, admin)
    assert kept.directory.person("p1") == Person(CREDITOR, Role.ADMIN)
    assert list(kept.store.members(CREDITOR, None, 10).items) == [admin]
    with pytest.raises(Conflict):
        kept.store.keep_member(BOREAL, MARIA)
    with pytest.raises(NotFound):
        kept.store.remove_member(BOREAL, "p1")
    kept.store.remove_member(CREDITOR, "p1")
    kept.directory.forget()
    for reads in (kept.store, kept.directory):
        with pytest.raises(NotFound):
            reads.person("p1")
    assert list(kept.store.members(CREDITOR, None, 10).items) == []


def test_a_list_is_walked_in_parts_and_ends(store: TenantStore) -> None:
    for n in range(5):
        store.add_client(CREDITOR, replace(ERP, client_id=f"c{n}"))
        store.keep_member(CREDITOR, replace(MARIA, subject=f"p{n}"))
    store.add_client(BOREAL, replace(ERP, client_id="c9"))
    found: list[str] = []
    after: str | None = None
    for _ in range(10):
        page = store.clients(CREDITOR, after, 2)
        found += [each.client_id for each in page.items]
        after = page.after
        if after is None:
            break
    assert found == ["c0", "c1", "c2", "c3", "c4"]
    assert after is None
    assert [m.subject for m in store.members(CREDITOR, "p2", 10).items] == ["p3", "p4"]


def test_a_domain_has_one_claim(store: TenantStore) -> None:
    assert store.claim(DOMAIN) is None
    store.keep_claim(CLAIM, None)
    with pytest.raises(VersionConflict):
        store.keep_claim(replace(CLAIM, creditor_id=BOREAL), None)
    proven = replace(CLAIM, verified_at=AT)
    store.keep_claim(proven, CLAIM)
    with pytest.raises(VersionConflict):
        store.keep_claim(CLAIM, CLAIM)
    assert store.claim(DOMAIN) == proven
    assert list(store.claims(CREDITOR, None, 10).items) == [proven]


def test_a_claim_that_goes_to_another_creditor_leaves_the_list_of_the_first(
    store: TenantStore,
) -> None:
    store.keep_claim(CLAIM, None)
    taken = replace(CLAIM, creditor_id=BOREAL, dkim=Dkim("regua-b", DOMAIN))
    store.keep_claim(taken, CLAIM)
    assert store.claim(DOMAIN) == taken
    assert list(store.claims(CREDITOR, None, 10).items) == []
    assert list(store.claims(BOREAL, None, 10).items) == [taken]
