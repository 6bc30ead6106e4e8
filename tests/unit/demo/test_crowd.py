"""What customers do with a message of each channel, and what they never do."""

import json
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from local.demo.crowd import REPLIES_PATH, Crowd, Hit
from local.demo.message import SMS, VOICE, WHATSAPP, Message
from local.demo.model import (
    Behaviour,
    Customer,
    Invoice,
    Payer,
    Payment,
    Portfolio,
    Reader,
    frozen,
    local,
)

FRIDAY = date(2026, 11, 27)
PHONE = "+5511900001000"
INVOICE = Invoice("FAT-1", "NF-1", "ANA", FRIDAY - timedelta(days=10), FRIDAY, 10_000)
WILLING = Behaviour(Payer.ON_REMINDER, Reader.PERSON, clicks=True, stops=True)


def crowd(behaviour: Behaviour = WILLING, *, simulated: bool = True) -> Crowd:
    ana = Customer("ANA", "Ana", "00000000191", "person", phones=(PHONE,), behaviour=behaviour)
    portfolio = Portfolio("x", FRIDAY, frozen({"ANA": ana}), (INVOICE,))
    return Crowd(replace(portfolio, payments_are_simulated=simulated), seed=1)


def message(channel: str = SMS, *, minute: int = 0, outcome: str = "deliver") -> Message:
    return Message(
        1,
        f"{minute:032x}",
        PHONE,
        local(FRIDAY, time(9, minute)),
        channel,
        text="Fatura NF-1",
        clicks=() if channel == VOICE else ("http://t/c/k1",),
        outcome=outcome,
        provider_message_id="m-1",
    )


def hits(channel: str, behaviour: Behaviour = WILLING) -> list[Hit]:
    """Return what is done with a day's worth of messages: not everybody looks at each."""
    seen = [crowd(behaviour).react(message(channel, minute=n), ("FAT-1",)) for n in range(60)]
    return [hit for reaction in seen for hit in reaction.hits]


@pytest.mark.parametrize("channel", [SMS, WHATSAPP])
def test_a_text_is_tapped_and_answered_by_a_person_afterwards(channel: str) -> None:
    done = hits(channel)
    assert {hit.kind for hit in done} == {"click", "reply"}
    assert all(hit.by_person and hit.at > local(FRIDAY, time(9)) for hit in done)
    assert len([h for h in done if h.kind == "click"]) < len(done) < 120


@pytest.mark.parametrize(("channel", "how"), [(SMS, "text"), (WHATSAPP, "button")])
def test_who_wants_no_more_writes_to_the_carrier_on_the_same_channel(
    channel: str, how: str
) -> None:
    reply = next(hit for hit in hits(channel) if hit.kind == "reply")
    assert (reply.url, reply.method) == (REPLIES_PATH, "POST")
    body = json.loads(reply.body or "")
    assert (body["channel"], body["from"], body["in_reply_to"]) == (channel, PHONE, "m-1")
    assert body[how]


def test_a_call_is_only_listened_to_and_may_bring_the_money() -> None:
    reaction = crowd().react(message(VOICE), ("FAT-1",))
    assert reaction.hits == ()
    assert [m.invoice_id for m in reaction.movements if isinstance(m, Payment)] == ["FAT-1"]


@pytest.mark.parametrize("outcome", ["busy", "no_answer", "undeliverable", "not_on_whatsapp"])
def test_what_did_not_arrive_moves_nobody(outcome: str) -> None:
    reaction = crowd().react(message(WHATSAPP, outcome=outcome), ("FAT-1",))
    assert (reaction.hits, reaction.movements) == ((), ())


def test_nobody_answers_who_reads_nothing_and_a_file_s_payments_are_its_own() -> None:
    assert hits(SMS, replace(WILLING, reader=Reader.NOBODY)) == []
    assert crowd(simulated=False).react(message(), ("FAT-1",)).movements == ()


def test_a_message_whose_plan_is_not_known_is_nobody_s() -> None:
    reaction = crowd().react(message(), ())
    assert (reaction.hits, reaction.movements) == ((), ())
