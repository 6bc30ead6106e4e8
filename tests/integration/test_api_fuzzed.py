"""Requests that nobody would think of, made from the description and held to it."""

import schemathesis

from functions.api.elsewhere import ELSEWHERE
from tests.fuzzing import fuzz
from tests.integration.conftest import World
from tests.integration.tour import AURORA, api_in_memory, known_ids, stays, told

AT_LEAST = 300
_ANSWERED_IN_PART = frozenset({"POST /v1/invoices/batch"})


def test_whatever_is_asked_is_answered_as_described(world: World) -> None:
    elsewhere = frozenset(f"{other.method} {other.path}" for other in ELSEWHERE)
    token = {"Authorization": f"Bearer {AURORA}"}
    with api_in_memory(world) as gateway:
        assert list(told(gateway, stays()))
        found = fuzz(
            schemathesis.openapi.from_wsgi("/openapi.json", gateway),
            lambda case: case.call(headers=token),
            cases=3,
            known=known_ids(),
            without=elsewhere,
            lenient=_ANSWERED_IN_PART,
        )
    print(found)  # noqa: T201 - the counts are what the run shows
    assert not found.wrong, "\n\n".join(found.wrong.values())
    assert not found.unasked
    assert found.cases >= AT_LEAST
    assert {200, 201, 404, 409, 422} <= set(found.statuses)
