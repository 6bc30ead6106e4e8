"""What was posted to us: read, asked about, applied; what cannot be read is kept with reasons."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.application.hook_ports import Hook
from regua.application.inbound_pix import INBOUND, PixTold, Posted
from regua.domain.ids import CreditorId
from regua.domain.invoice import InvoiceStatus
from regua.domain.money import Money
from tests.builders import CREDITOR, ISSUED_AT, any_creditor
from tests.pix_world import PixWorld, any_pix, e2eid


def post(world: PixWorld, body: bytes, *, kind: str = "pix", **settings: Any) -> dict[str, int]:  # noqa: ANN401 - any setting
    """Post a body to a hook of the kind, and return what was counted."""
    hook = Hook(
        hook_id="h1",
        creditor_id=CREDITOR,
        kind=kind,
        name="Banco",
        made_at=ISSUED_AT,
        settings=settings,
    )
    world.hooks.put("hash", hook)
    ref = f"inbound/{CREDITOR}/h1/2026-11-10/ab"
    world.bodies.keep(ref, body)
    posted = Posted(creditor=CREDITOR, hook_id="h1", ref=ref, received_at=world.now)
    return dict(world.process(posted, now=world.now))


def told(number: int = 1, **changes: object) -> dict[str, object]:
    """Return a Pix as a PSP posts it; its amount is a lie."""
    return {
        "endToEndId": e2eid(number),
        "valor": "9999.99",
        "horario": "2026-11-10T15:00:00Z",
        **changes,
    }


@pytest.mark.parametrize(
    "shape", [lambda p: {"pix": [p]}, lambda p: [p], lambda p: p], ids=["spec", "inter", "single"]
)
def test_one_pix_is_asked_about_at_once_in_every_shape(shape: Any) -> None:  # noqa: ANN401 - a function
    world = PixWorld()
    world.issue()
    world.receive(any_pix())
    counts = post(world, json.dumps(shape(told())).encode())
    assert counts == {"pix_notified": 1, "pix_unreadable": 0, "pix_settled": 1}
    assert world.invoice().status is InvoiceStatus.SETTLED
    assert world.invoice().paid == Money(14990)


def test_many_are_named_one_by_one() -> None:
    world = PixWorld()
    post(world, json.dumps({"pix": [told(1), told(2), told(1), {"valor": "1.00"}]}).encode())
    named = [INBOUND.validate_python(m) for m in world.inbound.messages]
    assert [m.end_to_end_id for m in named if isinstance(m, PixTold)] == [e2eid(1), e2eid(2)]


def test_what_nobody_can_read_is_kept_and_announced() -> None:
    world = PixWorld()
    assert post(world, b'{"pix": [{"valor": "1.00"}]}') == {"inbound_rejected": 1}
    rejected = [e for e in world.publisher.events if e.detail_type == "IngestRejected"]
    assert [e.data["detail_type"] for e in rejected] == ["hook.pix"]
    assert rejected[0].data["reasons"][0]["path"] == "pix[0].endToEndId"
    assert len(world.quarantine.kept) == 1


def test_a_hook_that_was_shut_since_is_no_error() -> None:
    world = PixWorld()
    posted = Posted(creditor=CREDITOR, hook_id="h9", ref="inbound/x", received_at=world.now)
    assert world.process(posted, now=world.now) == {"inbound_dropped": 1}
    other = PixTold(creditor="ninguem", end_to_end_id=e2eid())
    assert world.process(other, now=world.now) == {"inbound_dropped": 1}


def test_one_creditors_hook_never_reads_for_another() -> None:
    world = PixWorld()
    world.directory.creditors[CreditorId("boreal")] = any_creditor(creditor_id="boreal")
    post(world, b"[]")
    ref = f"inbound/{CREDITOR}/h1/2026-11-10/ab"
    stolen = Posted(creditor="boreal", hook_id="h1", ref=ref, received_at=world.now)
    assert world.process(stolen, now=world.now) == {"inbound_dropped": 1}


def test_a_connectors_facts_are_applied_and_bad_ones_rejected_by_themselves() -> None:
    world = PixWorld()
    counts = post(world, b'{"nonsense": true}', kind="generic", mapping={})
    assert counts == {"inbound_rejected": 1}
    rejected = [e for e in world.publisher.events if e.detail_type == "IngestRejected"]
    assert {r["path"] for r in rejected[0].data["reasons"]} == {"*"}


@given(
    st.one_of(
        st.binary(max_size=300),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(["pix", "endToEndId", "valor", "horario", "x"]), inner
                )
            ),
            max_leaves=10,
        ).map(lambda found: json.dumps(found).encode()),
    )
)
def test_whatever_is_posted_is_counted_or_rejected(body: bytes) -> None:
    counts = post(PixWorld(), body)
    assert counts
    assert set(counts) <= {"pix_notified", "pix_unreadable", "pix_unconfirmed", "inbound_rejected"}
