"""Rules: which one wins, how often, and what is refused."""

from __future__ import annotations

import pytest

from local.carrier.behaviours import (
    CHANNELS,
    Behaviour,
    BehaviourBook,
    Outcome,
    parse_behaviour,
)
from local.carrier.numbers import default_behaviour
from local.carrier.web import HttpProblem


def book_of(*documents: dict[str, object]) -> BehaviourBook:
    book = BehaviourBook()
    for document in documents:
        book.add(parse_behaviour(document))
    return book


@pytest.mark.parametrize(
    ("match", "channel", "to", "expected"),
    [
        ({}, "email", "ana@a.br", True),
        ({"to": "ana@a.br"}, "email", "ANA@a.br", True),
        ({"to": "ana@a.br"}, "email", "bia@a.br", False),
        ({"to": "*@a.br"}, "email", "bia@a.br", True),
        ({"to": "*@a.br"}, "email", "bia@b.br", False),
        ({"channel": "sms"}, "email", "ana@a.br", False),
        ({"channel": "email", "to": "a*"}, "email", "ana@a.br", True),
    ],
)
def test_a_rule_matches_by_channel_and_exact_or_glob_address(
    match: dict[str, str], channel: str, to: str, *, expected: bool
) -> None:
    book = book_of({"match": match, "outcome": "bounce"})
    assert (book.resolve(channel, to).outcome is Outcome.BOUNCE) is expected


def test_the_newest_matching_rule_wins() -> None:
    book = book_of({"outcome": "bounce"}, {"match": {"to": "ana@*"}, "outcome": "throttle"})
    assert book.resolve("email", "ana@a.br").outcome is Outcome.THROTTLE
    assert book.resolve("email", "bia@a.br").outcome is Outcome.BOUNCE


def test_a_used_up_rule_uncovers_the_one_below_it() -> None:
    book = book_of({"outcome": "bounce"}, {"outcome": "throttle", "times": 2})
    outcomes = [book.resolve("email", "ana@a.br").outcome for _ in range(4)]
    assert outcomes == ["throttle", "throttle", "bounce", "bounce"]
    assert [document["outcome"] for document in book.documents()] == ["bounce"]


def test_what_is_listed_says_how_often_a_rule_still_applies() -> None:
    book = book_of({"outcome": "throttle", "times": 3})
    book.resolve("email", "ana@a.br")
    assert book.documents() == [
        {"id": 1, "match": {}, "outcome": "throttle", "times": 3, "times_left": 2}
    ]


def test_without_a_rule_the_default_applies() -> None:
    default = Behaviour(Outcome.COMPLAINT)
    assert BehaviourBook().resolve("email", "x@y.br", default) is default


@pytest.mark.parametrize(
    ("document", "paths"),
    [
        ([], [""]),
        ({}, ["outcome"]),
        ({"outcome": "explode"}, ["outcome"]),
        ({"outcome": "bounce", "match": {"from": "x", "to": 3}}, ["match.from", "match.to"]),
        ({"outcome": "bounce", "match": {"channel": "fax"}}, ["match.channel"]),
        ({"outcome": "bounce", "bounce_type": "Permanent", "sub_type": "MailboxFull"},
         ["bounce_type"]),
        ({"outcome": "throttle", "times": 0}, ["times"]),
        ({"outcome": "throttle", "times": True}, ["times"]),
        ({"outcome": "delay", "seconds": -1}, ["seconds"]),
        ({"outcome": "delay", "seconds": float("inf")}, ["seconds"]),
        ({"outcome": "delay", "secnods": 1}, ["secnods"]),
        ({"outcome": "reject", "how": "fax"}, ["how"]),
        ({"outcome": "late_receipt", "events": "Delivery"}, ["events"]),
        ({"outcome": "crash_after_accept", "then": "throttle"}, ["then"]),
        ({"outcome": "busy", "match": {"channel": "sms"}}, ["outcome"]),
        ({"outcome": "complaint", "match": {"channel": "whatsapp"}}, ["outcome"]),
        ({"outcome": "no_receipt", "then": "read", "match": {"channel": "voice"}}, ["then"]),
        ({"outcome": "undeliverable", "code": "131026"}, ["code"]),
        ({"outcome": "undeliverable", "code": "TEXT_SPAM", "match": {"channel": "voice"}},
         ["code"]),
        ({"outcome": "number_changed", "new_number": "outro"}, ["new_number"]),
    ],
)  # fmt: skip
def test_every_mistake_in_a_rule_is_named(document: object, paths: list[str]) -> None:
    with pytest.raises(HttpProblem) as refused:
        parse_behaviour(document)
    assert sorted(error["path"] for error in refused.value.errors) == paths


@pytest.mark.parametrize(
    ("outcome", "channels"),
    [
        ("busy", {"voice"}),
        ("no_answer", {"voice"}),
        ("answered", {"voice"}),
        ("read", {"whatsapp"}),
        ("not_on_whatsapp", {"whatsapp"}),
        ("number_changed", {"whatsapp"}),
        ("invalid_number", {"sms", "whatsapp", "voice"}),
        ("undeliverable", {"sms", "whatsapp", "voice"}),
        ("throttle", {"email", "sms", "whatsapp", "voice"}),
    ],
)
def test_a_rule_for_every_channel_applies_only_where_its_outcome_can_happen(
    outcome: str, channels: set[str]
) -> None:
    book = book_of({"outcome": outcome})
    told = {c for c in CHANNELS if book.resolve(c, "+5511987654321").outcome == outcome}
    assert told == channels


@pytest.mark.parametrize(
    ("channel", "number", "outcome"),
    [
        ("sms", "+5511900000101", "undeliverable"),
        ("sms", "+5599900000102", "invalid_number"),
        ("whatsapp", "+5511900000103", "not_on_whatsapp"),
        ("sms", "+5511900000103", "deliver"),
        ("voice", "+5521900000104", "busy"),
        ("whatsapp", "+5521900000104", "deliver"),
        ("whatsapp", "+5521900000114", "number_changed"),
        ("sms", "+5511900000199", "deliver"),
        ("sms", "+5511900000201", "deliver"),
        ("sms", "+5511987654321", "deliver"),
    ],
)
def test_a_reserved_number_always_behaves_the_same_way(
    channel: str, number: str, outcome: str
) -> None:
    assert default_behaviour(channel, number).outcome == outcome
