"""Agreements in the system of record: found by id, listed by status, whole or not at all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from regua.application.lists import AGREEMENTS, ANY_ID, AgreementQuery, InvoiceQuery, Position
from regua.application.ports import Change, Portfolio
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.money import Money
from regua.domain.negotiation.agreement import (
    Agreement,
    AgreementStatus,
    CoveredDebt,
    Instalment,
    agreement_id,
    instalment_invoice_id,
)
from regua.domain.ruler import Channel
from regua.domain.wishes import Wishes
from tests.builders import CREDITOR, CUSTOMER, any_account, any_invoice, any_payment
from tests.integration.contract.facts import LATER, NOW, TODAY

OTHER_CREDITOR = CreditorId("boreal")
ACTIVE, ENDED = AgreementStatus.ACTIVE, AgreementStatus.BREACHED


def any_agreement(
    customer_id: CustomerId = CUSTOMER,
    instalments: int = 2,
    made: int = 0,
    creditor_id: CreditorId = CREDITOR,
) -> Agreement:
    """Return an active agreement over one invoice."""
    name = agreement_id(creditor_id, customer_id, made)
    return Agreement(
        agreement_id=name,
        customer_id=customer_id,
        rule="padrao",
        status=ACTIVE,
        proposed_at=NOW + timedelta(minutes=made),
        debts=(CoveredDebt(InvoiceId(f"fat-{customer_id}"), Money(15500), Money(12000)),),
        instalments=tuple(
            Instalment(n, instalment_invoice_id(name, n), TODAY + timedelta(days=n), Money(6000))
            for n in range(instalments)
        ),
        breach_after_days=10,
        ruler="acordos",
        expires_at=LATER,
        accepted_at=NOW,
        origin="page",
        dispatch_id=DispatchId("d" * 32),
        terms_sha256="ab" * 32,
        quoted_on=TODAY - timedelta(days=1),
        by="atendimento",
        approved_by="gerencia",
        ended_by="gerencia",
    )


def issued(agreement: Agreement) -> Sequence[Invoice]:
    """Return the invoices of an agreement's instalments."""
    return [
        any_invoice(i.invoice_id, customer_id=agreement.customer_id, amount=i.amount)
        for i in agreement.instalments
    ]


def begin(
    portfolio: Portfolio, agreement: Agreement, creditor_id: CreditorId = CREDITOR
) -> Sequence[Invoice]:
    """Write an agreement with the invoices of its instalments, in one change."""
    known = portfolio.load_account(creditor_id, agreement.customer_id)
    invoices = issued(agreement)
    account = any_account(
        *known.invoices.values(),
        *invoices,
        creditor_id=creditor_id,
        customer_id=agreement.customer_id,
        version=known.version,
        agreements=(*known.agreements, agreement),
        agreements_made=known.agreements_made + 1,
    )
    new = {i.external_id: 0 for i in invoices}
    portfolio.commit(Change(account, tuple(invoices), new, agreements=(agreement,)))
    return invoices


def end(portfolio: Portfolio, agreement: Agreement) -> Agreement:
    """Write an agreement's end."""
    ended = replace(agreement, status=ENDED, ended_at=LATER, end_reason="parcela 1")
    account = portfolio.load_account(CREDITOR, agreement.customer_id)
    portfolio.commit(Change(replace(account, agreements=()), agreements=(ended,)))
    return ended


def walk(portfolio: Portfolio, asked: AgreementQuery, limit: int) -> list[list[str]]:
    """Return a list's pages, by the ids that are on them."""
    pages, start = [], None
    while True:
        page = portfolio.list_agreements(CREDITOR, asked, start, limit)
        pages.append([a.agreement_id for a in page.found])
        start = page.rest
        if start is None:
            return pages
        assert start.part in asked.parts
        assert ANY_ID[0] <= start.place <= ANY_ID[1]


def test_an_agreement_is_found_by_its_id_as_it_was_written(portfolio: Portfolio) -> None:
    agreement = any_agreement()
    assert portfolio.find_agreement(CREDITOR, agreement.agreement_id) is None
    begin(portfolio, agreement)
    assert portfolio.find_agreement(CREDITOR, agreement.agreement_id) == agreement
    ended = end(portfolio, agreement)
    assert portfolio.find_agreement(CREDITOR, agreement.agreement_id) == ended


def test_nobody_elses_agreement_is_found_or_listed(portfolio: Portfolio) -> None:
    agreement = any_agreement()
    begin(portfolio, agreement)
    assert portfolio.find_agreement(OTHER_CREDITOR, agreement.agreement_id) is None
    for asked in (AgreementQuery(), AgreementQuery(customer_id=CUSTOMER)):
        page = portfolio.list_agreements(OTHER_CREDITOR, asked, None, 10)
        assert (list(page.found), page.rest) == ([], None)


def test_live_agreements_come_with_their_account(portfolio: Portfolio) -> None:
    agreement = any_agreement()
    begin(portfolio, agreement)
    account = portfolio.load_account(CREDITOR, CUSTOMER)
    assert (account.agreements, account.agreements_made) == ((agreement,), 1)
    assert set(account.invoices) == {i.invoice_id for i in agreement.instalments}
    wishes = Wishes(NOW, Channel.SMS, 0)
    changed = replace(account, breaches=(NOW, LATER), wishes=wishes, agreements=())
    portfolio.commit(Change(changed))
    read = portfolio.load_account(CREDITOR, CUSTOMER)
    assert (read.breaches, read.wishes, read.agreements) == ((NOW, LATER), wishes, ())
    assert read.agreements_made == 1


def test_a_lost_race_writes_nothing_of_an_agreement(portfolio: Portfolio) -> None:
    begin(portfolio, any_agreement())
    second = any_agreement(made=1)
    stale = any_account(version=0, agreements=(second,))
    invoices = tuple(issued(second))
    with pytest.raises(VersionConflict):
        portfolio.commit(
            Change(stale, invoices, {i.external_id: 0 for i in invoices}, agreements=(second,))
        )
    assert portfolio.find_agreement(CREDITOR, second.agreement_id) is None
    assert portfolio.find_invoice(CREDITOR, second.instalments[0].invoice_id) is None


@pytest.mark.parametrize("instalments", [40, 60, 96])
def test_all_the_instalments_come_in_one_write(portfolio: Portfolio, instalments: int) -> None:
    agreement = any_agreement(instalments=instalments)
    begin(portfolio, agreement)
    account = portfolio.load_account(CREDITOR, CUSTOMER)
    assert len(account.invoices) == instalments
    last = agreement.instalments[-1].invoice_id
    found = portfolio.find_invoice(CREDITOR, last)
    assert found is not None
    assert found.customer_id == CUSTOMER
    with pytest.raises(VersionConflict):
        portfolio.keep_orphan_payment(CREDITOR, last, any_payment())


def test_many_instalments_that_lost_a_race_are_written_the_next_time(portfolio: Portfolio) -> None:
    """Their pointers may be there already: the same change again takes them."""
    portfolio.commit(Change(any_account(version=0)))
    agreement = any_agreement(instalments=60)
    invoices = tuple(issued(agreement))
    new = {i.external_id: 0 for i in invoices}
    account = any_account(*invoices, version=7, agreements=(agreement,), agreements_made=1)
    with pytest.raises(VersionConflict):
        portfolio.commit(Change(account, invoices, new, agreements=(agreement,)))
    assert portfolio.find_invoice(CREDITOR, invoices[0].external_id) is None
    assert portfolio.find_agreement(CREDITOR, agreement.agreement_id) is None
    portfolio.commit(Change(replace(account, version=1), invoices, new, agreements=(agreement,)))
    assert portfolio.find_invoice(CREDITOR, invoices[59].external_id) == invoices[59]


def test_many_instalments_do_not_overlook_what_arrived_before_them(portfolio: Portfolio) -> None:
    agreement = any_agreement(instalments=60)
    first = agreement.instalments[0].invoice_id
    portfolio.keep_orphan_payment(CREDITOR, first, any_payment())
    with pytest.raises(VersionConflict):
        begin(portfolio, agreement)
    assert portfolio.find_agreement(CREDITOR, agreement.agreement_id) is None


def test_agreements_are_listed_by_status_and_then_by_age(portfolio: Portfolio) -> None:
    made = [any_agreement(CustomerId(f"cli-{n}"), made=n) for n in range(5)]
    for agreement in made[::-1]:
        begin(portfolio, agreement)
    end(portfolio, made[1])
    end(portfolio, made[3])
    names = [a.agreement_id for a in made]
    active, ended = [names[n] for n in (0, 2, 4)], [names[n] for n in (1, 3)]
    assert walk(portfolio, AgreementQuery((ACTIVE,)), 2) == [active[:2], active[2:]]
    assert walk(portfolio, AgreementQuery((ENDED,)), 10) == [ended]
    assert walk(portfolio, AgreementQuery((ENDED, ACTIVE)), 2) == [
        ended,
        active[:2],
        active[2:],
    ]
    assert walk(portfolio, AgreementQuery((AgreementStatus.LAPSED,)), 2) == [[]]


def test_a_customers_agreements_are_listed_by_their_ids(portfolio: Portfolio) -> None:
    made = [any_agreement(made=n) for n in range(3)]
    for agreement in made:
        begin(portfolio, agreement)
        end(portfolio, agreement)
    begin(portfolio, any_agreement(CustomerId("cli-2"), made=9))
    names = sorted(a.agreement_id for a in made)
    mine = AgreementQuery(customer_id=CUSTOMER)
    assert mine.parts == (AGREEMENTS,)
    assert walk(portfolio, mine, 2) == [names[:2], names[2:]]
    page = portfolio.list_agreements(CREDITOR, mine, Position(AGREEMENTS, names[1]), 1)
    assert [a.agreement_id for a in page.found] == [names[1]]
    active = AgreementQuery((ACTIVE,), customer_id=CUSTOMER)
    assert walk(portfolio, active, 5) == [[]]


def test_a_debt_that_was_conceded_without_a_payment_opens_again_whole(
    portfolio: Portfolio,
) -> None:
    """It was closed by an agreement, not by money: no copy of it is left among the closed ones."""
    debt = any_invoice()
    opened = any_account(debt, version=0, agreements_made=1)
    portfolio.commit(Change(opened, (debt,), {debt.external_id: 0}))
    closed = replace(debt, conceded=debt.amount, kept_agreement="7b2f15ca7c5a7c105e96")
    portfolio.commit(Change(replace(opened, version=1, invoices={}), (closed,)))
    assert portfolio.find_invoice(CREDITOR, debt.external_id) == closed
    portfolio.commit(Change(replace(opened, version=2), (debt,)))
    assert portfolio.find_invoice(CREDITOR, debt.external_id) == debt
    everything = InvoiceQuery(customer_id=CUSTOMER)
    page = portfolio.list_invoices(CREDITOR, everything, None, 10)
    assert [listed.invoice for listed in page.found] == [debt]
