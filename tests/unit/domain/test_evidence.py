"""Chains: what fits is accepted, and every single change is found where it was made."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.delivery import EventKind
from regua.domain.evidence import (
    Entry,
    Level,
    broken_at,
    canonical,
    commitment,
    genesis,
    hash_of,
    level_of,
)
from regua.domain.exact import Exact
from regua.domain.ids import DispatchId
from tests.builders import CREDITOR
from tests.integration.contract.facts import NOW

MESSAGE = DispatchId("0" * 31 + "1")
OTHER = DispatchId("0" * 31 + "2")
KINDS = (EventKind.COMPOSED, EventKind.ACCEPTED, EventKind.SENT, EventKind.DELIVERED)


def chain(dispatch_id: DispatchId = MESSAGE) -> list[tuple[dict[str, Any], str]]:
    entries, prev = [], genesis(CREDITOR, dispatch_id)
    for seq, kind in enumerate(KINDS, start=1):
        entry = Entry(
            creditor_id=CREDITOR,
            dispatch_id=dispatch_id,
            seq=seq,
            kind=kind,
            at=NOW,
            observed_at=NOW + timedelta(seconds=seq),
            source="regua",
            event_id=f"e{seq}",
            prev=prev,
            level=level_of(kind, {}),
            facts={"código": "ç"},
            private="a" * 64,
            raw=Exact.of(b"x", "text/plain"),
        )
        assert Entry.read(json.loads(canonical(entry.document()))) == entry
        prev = entry.hash
        entries.append((entry.document(), prev))
    return entries


def test_a_chain_that_nobody_touched_fits() -> None:
    assert broken_at(CREDITOR, MESSAGE, chain()) is None
    assert broken_at(CREDITOR, MESSAGE, []) is None


FIELDS = sorted(chain()[0][0])


@given(st.integers(0, len(KINDS) - 1), st.sampled_from(FIELDS))
def test_a_change_of_any_field_is_found_where_it_is(place: int, field: str) -> None:
    entries = chain()
    document, recorded = entries[place]
    entries[place] = ({**document, field: "outro"}, recorded)
    assert broken_at(CREDITOR, MESSAGE, entries) == place + 1


@given(st.integers(0, len(KINDS) - 2), st.sampled_from(FIELDS))
def test_hashing_the_changed_entry_again_breaks_the_next(place: int, field: str) -> None:
    entries = chain()
    document = {**entries[place][0], field: "outro"}
    entries[place] = (document, hash_of(document))
    found = broken_at(CREDITOR, MESSAGE, entries)
    assert found in {place + 1, place + 2}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda e: e[1:], 1),
        (lambda e: e[:1] + e[2:], 2),
        (lambda e: [e[1], e[0], *e[2:]], 1),
        (lambda e: [*e[:2], e[1], *e[2:]], 3),
        (lambda e: [*e, chain(OTHER)[0]], 5),
        (lambda _: chain(OTHER), 1),
    ],
    ids=["first missing", "one missing", "swapped", "twice", "a stranger's", "another message"],
)
def test_order_gaps_and_strangers_are_found(change: Any, found: int) -> None:  # noqa: ANN401
    assert broken_at(CREDITOR, MESSAGE, change(chain())) == found


def test_hashes_of_different_things_never_stand_for_one_another() -> None:
    document = {"creditor_id": CREDITOR, "dispatch_id": MESSAGE}
    nonce = b"n" * 32
    hashes = {
        genesis(CREDITOR, MESSAGE),
        hash_of(document),
        commitment(nonce, document),
        hashlib.sha256(canonical(document)).hexdigest(),
    }
    assert len(hashes) == 4


def test_a_commitment_takes_a_whole_nonce() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(b"short", {})


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5))
def test_there_is_one_spelling_and_it_is_json(facts: dict[str, str]) -> None:
    spelled = canonical(facts)
    assert json.loads(spelled) == facts
    assert canonical(dict(reversed(facts.items()))) == spelled


@pytest.mark.parametrize(
    ("kind", "facts", "level"),
    [
        (EventKind.OPENED, {"label": "person"}, Level.OPENED),
        (EventKind.OPENED, {"label": "image_proxy"}, Level.OPENED),
        (EventKind.OPENED, {"label": "privacy_prefetch"}, Level.FETCHED),
        (EventKind.CLICKED, {"label": "person"}, Level.CLICKED),
        (EventKind.CLICKED, {"label": "security_scanner"}, Level.FETCHED),
        (EventKind.CLICKED, {}, Level.FETCHED),
        (EventKind.UNSUBSCRIBED, {"label": "security_scanner"}, Level.FETCHED),
        (EventKind.RELABELLED, {"of_kind": "clicked", "label": "person"}, Level.CLICKED),
        (EventKind.HARD_BOUNCED, {}, Level.FAILED),
        (EventKind.CONFIRMED, {}, Level.CONFIRMED),
        (EventKind.IDENTIFIED, {}, Level.CLICKED),
        (EventKind.ACTED, {"act": "promise"}, Level.ANSWERED),
    ],
)
def test_a_hit_counts_by_who_caused_it(
    kind: EventKind, facts: dict[str, str], level: Level
) -> None:
    assert level_of(kind, facts) is level


def test_every_kind_of_fact_has_a_level() -> None:
    for kind in EventKind:
        assert level_of(kind, {"of_kind": "opened", "label": "person"}) in set(Level)


def test_the_hash_follows_from_the_document_and_from_nothing_else() -> None:
    document, recorded = chain()[0]
    entry = Entry.read(document)
    later = replace(entry, at=entry.at + timedelta(microseconds=1))
    assert later.hash == recorded, "an instant counts to the millisecond, as it is written"
