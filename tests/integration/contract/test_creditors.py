"""The tenants: registered once, read by every function."""

from functools import partial
from typing import Protocol

import boto3
import pytest

from regua.adapters import dynamodb_creditors
from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.email_templates import TEMPLATES
from regua.adapters.memory import MemoryDirectory
from regua.application import creditor_document as documents
from regua.application.ports import CreditorDirectory, CreditorRegistry
from regua.domain.errors import InvalidInput, NotFound
from regua.domain.ids import CreditorId
from tests.builders import CREDITOR, any_creditor, creditor_document
from tests.integration.contract.tables import create_tables

BOREAL = CreditorId("boreal")
register_creditor = partial(documents.register_creditor, templates=TEMPLATES)


class Tenants(CreditorDirectory, CreditorRegistry, Protocol):
    """Both roles in one."""


@pytest.fixture(params=["memory", "dynamodb"])
def tenants(request: pytest.FixtureRequest) -> Tenants:
    if request.param == "memory":
        return MemoryDirectory()
    request.getfixturevalue("aws")
    client = boto3.client("dynamodb")
    create_tables(client)
    return DynamoCreditors(client, "portfolio")


def test_a_registered_creditor_is_read_back_whole(tenants: Tenants) -> None:
    document = creditor_document(reply_to="ola@aurora.example.com.br", phone="(11) 4000-0000")
    assert register_creditor(tenants, document) == CREDITOR
    assert tenants.get(CREDITOR) == any_creditor(
        reply_to="ola@aurora.example.com.br", phone="(11) 4000-0000"
    )


def test_an_unknown_creditor_and_an_unknown_client_are_not_found(tenants: Tenants) -> None:
    register_creditor(tenants, creditor_document(), client_ids=("cliente-1",))
    with pytest.raises(NotFound):
        tenants.get(BOREAL)
    with pytest.raises(NotFound):
        tenants.of_client("cliente-2")
    with pytest.raises(NotFound):
        tenants.of_client("")
    assert tenants.requests_per_minute("cliente-2") is None
    assert tenants.requests_per_minute("cliente-1") is None


def test_clients_speak_for_their_own_creditor(tenants: Tenants) -> None:
    register_creditor(tenants, creditor_document(), client_ids=("a-1", "a-2"))
    register_creditor(tenants, creditor_document(creditor_id=BOREAL), client_ids=("b-1",))
    assert [tenants.of_client(c) for c in ("a-1", "a-2", "b-1")] == [CREDITOR, CREDITOR, BOREAL]


def test_registering_again_replaces_what_was_registered(tenants: Tenants) -> None:
    register_creditor(tenants, creditor_document())
    assert not tenants.get(CREDITOR).paused
    register_creditor(tenants, creditor_document(paused=True))
    assert tenants.get(CREDITOR).paused


def test_a_bad_document_registers_nothing(tenants: Tenants) -> None:
    with pytest.raises(InvalidInput):
        register_creditor(tenants, creditor_document(document="1"), client_ids=("a-1",))
    with pytest.raises(NotFound):
        tenants.get(CREDITOR)
    with pytest.raises(NotFound):
        tenants.of_client("a-1")


def test_a_ruler_with_a_template_that_does_not_exist_registers_nothing(tenants: Tenants) -> None:
    step = {"id": "a", "offset_days": 5, "channels": ["email"], "template": "sumiu"}
    document = creditor_document(ruler={"name": "propria", "steps": [step]})
    with pytest.raises(InvalidInput) as caught:
        register_creditor(tenants, document)
    assert [p.path for p in caught.value.problems] == ["ruler.steps.0.template"]
    with pytest.raises(NotFound):
        tenants.get(CREDITOR)


@pytest.mark.parametrize(
    ("domains", "is_taken"),
    [
        ({"aurora.example.com.br"}, True),
        ({"Example.com.br", "outra.example.com.br"}, True),
        ({"outra.example.com.br"}, False),
        ({"ora.example.com.br"}, False),
        (set(), False),
    ],
)
def test_a_creditor_writes_from_a_domain_that_we_may_send_from(
    tenants: Tenants, domains: set[str], *, is_taken: bool
) -> None:
    sending = frozenset(domains)
    if is_taken:
        assert register_creditor(tenants, creditor_document(), sender_domains=sending) == CREDITOR
        return
    with pytest.raises(InvalidInput) as caught:
        register_creditor(tenants, creditor_document(), sender_domains=sending)
    assert [p.path for p in caught.value.problems] == ["email"]
    with pytest.raises(NotFound):
        tenants.get(CREDITOR)


@pytest.mark.usefixtures("aws")
def test_a_change_made_elsewhere_is_seen_after_the_cache_is_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = boto3.client("dynamodb")
    create_tables(client)
    reader, elsewhere = (DynamoCreditors(client, "portfolio") for _ in range(2))
    register_creditor(elsewhere, creditor_document())
    assert not reader.get(CREDITOR).paused
    register_creditor(elsewhere, creditor_document(paused=True))
    assert not reader.get(CREDITOR).paused, "still the remembered one"
    monkeypatch.setattr(dynamodb_creditors, "CACHE_SECONDS", 0.0)
    assert reader.get(CREDITOR).paused
