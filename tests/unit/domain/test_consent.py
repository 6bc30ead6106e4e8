"""What a customer said last about a channel counts, whatever order it arrives in."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from regua.domain.account import Account
from regua.domain.circumstances import Circumstances
from regua.domain.consent import Consent
from regua.domain.contact_policy import Allowed, Denied, check
from regua.domain.decision import contact_request
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Ruler, Step
from tests.builders import DUE, any_account, any_customer, any_invoice, nine_o_clock

NOW = nine_o_clock(DUE)
RULER = Ruler("padrao", (Step("d3", 3, (Channel.WHATSAPP,), "vencida"),))
PHONE = "+5511987654321"


def said(given: bool, days_ago: int, channel: Channel = Channel.WHATSAPP) -> Consent:  # noqa: FBT001 - the answer itself
    return Consent(channel, given, NOW - timedelta(days=days_ago), "contrato", "Aceito receber")


def account(**changes: object) -> Account:
    return any_account(any_invoice(), customer=any_customer(phones=(PHONE,)), **changes)


@pytest.mark.parametrize(
    ("sayings", "opted_in", "opted_out"),
    [
        ([], False, False),
        ([said(True, 5)], True, False),
        ([said(False, 5)], False, True),
        ([said(True, 9), said(False, 5)], False, True),
        ([said(False, 9), said(True, 5)], True, False),
        ([said(True, 9), said(False, 5), said(True, 1)], True, False),
        ([said(True, 5), said(False, 5)], False, True),
    ],
)
def test_the_last_word_counts_in_any_order_of_arrival(
    sayings: list[Consent],
    opted_in: bool,  # noqa: FBT001 - a table
    opted_out: bool,  # noqa: FBT001 - a table
) -> None:
    for order in permutations(sayings):
        found = account()
        for consent in order:
            found = found.with_consent(consent)
        assert found.has_opted_in(Channel.WHATSAPP) is opted_in, order
        assert (Channel.WHATSAPP in found.opt_outs) is opted_out, order


@pytest.mark.parametrize(("days_ago", "stands"), [(3, True), (8, False)])
def test_a_stop_word_outlives_an_older_consent_and_yields_to_a_newer_one(
    days_ago: int,
    stands: bool,  # noqa: FBT001 - a table
) -> None:
    stopped = account().opted_out(Channel.WHATSAPP, NOW - timedelta(days=5))
    again = stopped.with_consent(said(True, days_ago))
    assert again.has_opted_in(Channel.WHATSAPP) is stands


def verdict(of: Account, given: Circumstances, at: datetime = NOW) -> object:
    return check(contact_request(of, RULER, Channel.WHATSAPP, given), at)


def test_nobody_is_written_to_on_whatsapp_who_did_not_agree() -> None:
    given = Circumstances(senders=frozenset(Channel))
    denied = verdict(account(), given)
    assert isinstance(denied, Denied)
    assert (denied.reason, denied.rule.code) == (Reason.POLICY_DENIED, "consent.opt_in")
    assert verdict(account().with_consent(said(True, 1)), given) == Allowed()
    by_contract = Circumstances(senders=frozenset(Channel), opt_in_needed=frozenset())
    assert verdict(account(), by_contract) == Allowed()


def test_a_no_to_one_channel_stops_no_other() -> None:
    found = account().with_consent(said(False, 1))
    assert Channel.SMS not in found.opt_outs
    assert found.invoices, "the debt stays"
