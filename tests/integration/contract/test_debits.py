"""What is kept about Pix Automático: by version, by plan, found by the provider's own ids."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from regua.adapters.dynamodb_debits import DynamoDebits
from regua.adapters.memory_debits import MemoryDebits
from regua.domain.automatic_debit import Debit, DebitStatus, Mandate, MandateStatus
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.money import Money
from regua.domain.plans import PlanId
from tests.builders import CREDITOR, ISSUED_AT
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from regua.application.automatic_pix_ports import DebitStore

BOREAL, P = CreditorId("boreal"), PlanId("contrato-7")
MANDATE = Mandate("contrato-7", MandateStatus.ASKED, ISSUED_AT)
WHOLE = Mandate(
    "contrato-7",
    MandateStatus.REFUSED,
    ISSUED_AT,
    retries=True,
    rec_id="RR1234567820240115abcdefghijk",
    code="00020126",
    refusal="RecOperacaoInvalida",
)


def a_debit(period: str = "202703", **changes: object) -> Debit:
    debit = Debit(
        period=period,
        invoice_id=InvoiceId(f"contrato-7-{period}"),
        due_date=date(2027, 3, 10),
        amount=Money(14990),
        txid="t" * 32,
        status=DebitStatus.PLANNED,
        try_on=date(2027, 3, 10),
    )
    return replace(debit, **changes)  # type: ignore[arg-type]  # any field


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> "DebitStore":
    if request.param == "memory":
        return MemoryDebits()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoDebits(dynamodb, "exchange")


@pytest.mark.parametrize("mandate", [MANDATE, WHOLE])
def test_an_authorisation_is_read_back_as_it_was_written(
    store: "DebitStore", mandate: Mandate
) -> None:
    assert store.mandate(CREDITOR, P) is None
    store.save_mandate(CREDITOR, P, mandate)
    assert store.mandate(CREDITOR, P) == replace(mandate, version=1)
    assert store.mandate(BOREAL, P) is None


def test_an_authorisation_is_found_by_the_provider_s_id_by_its_creditor_alone(
    store: "DebitStore",
) -> None:
    store.save_mandate(CREDITOR, P, WHOLE)
    assert WHOLE.rec_id is not None
    assert store.plan_of_mandate(CREDITOR, WHOLE.rec_id) == P
    assert store.plan_of_mandate(BOREAL, WHOLE.rec_id) is None
    assert store.plan_of_mandate(CREDITOR, "outro") is None


def test_only_who_read_the_last_version_writes_the_next(store: "DebitStore") -> None:
    store.save_mandate(CREDITOR, P, MANDATE)
    store.save_debit(CREDITOR, P, a_debit())
    with pytest.raises(VersionConflict):
        store.save_mandate(CREDITOR, P, MANDATE)
    with pytest.raises(VersionConflict):
        store.save_debit(CREDITOR, P, a_debit(version=2))
    store.save_mandate(CREDITOR, P, replace(WHOLE, version=1))
    store.save_debit(CREDITOR, P, a_debit(status=DebitStatus.PAID, version=1))
    assert store.debit(CREDITOR, P, "202703") == a_debit(status=DebitStatus.PAID, version=2)


def test_a_debit_is_read_back_as_it_was_written(store: "DebitStore") -> None:
    whole = a_debit(status=DebitStatus.FAILED, tries=2, refusal="AM02")
    store.save_debit(CREDITOR, P, whole)
    assert store.debit(CREDITOR, P, "202703") == replace(whole, version=1)
    assert store.debit(CREDITOR, P, "202704") is None
    assert store.debit(BOREAL, P, "202703") is None


def test_debits_are_listed_the_latest_month_first(store: "DebitStore") -> None:
    for period in ("202703", "202712", "202801", "202704"):
        store.save_debit(CREDITOR, P, a_debit(period))
    store.save_debit(CREDITOR, PlanId("contrato-70"), a_debit("203001"))
    assert [d.period for d in store.debits(CREDITOR, P, 3)] == ["202801", "202712", "202704"]
    assert list(store.debits(CREDITOR, P, 0)) == []
    assert list(store.debits(BOREAL, P, 9)) == []
