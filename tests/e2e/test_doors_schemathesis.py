"""The published description against the real stacks: thousands of requests that nobody wrote."""

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import quote, urlencode

import pytest
import requests
import schemathesis
from schemathesis.core.transport import Response

from functions.api.examples import Example
from local.onboarding import Api
from local.stack import Stack
from tests.e2e.tenants import new_tenant
from tests.fuzzing import AnyCase, fuzz
from tests.integration.tour import known_ids, places, stays

AT_LEAST = 2_000
SECONDS = 150.0
CREDITOR_ID = "ensaio"
_ANSWERED_IN_PART = frozenset({"POST /v1/invoices/batch"})


def _path(example: Example) -> str:
    _, template = places()[example.operation]
    path = template.format(**{n: quote(v, safe="") for n, v in example.path.items()})
    return f"{path}?{urlencode(example.query)}" if example.query else path


@pytest.fixture
def tenant(stack: Stack) -> Iterator[Api]:
    """Return a creditor of this test's, to whom the documented story has happened."""
    api = new_tenant(stack, CREDITOR_ID)
    for example in stays():
        method, _ = places()[example.operation]
        answer = api.call(method, _path(example), example.body)
        assert answer.status < HTTPStatus.INTERNAL_SERVER_ERROR, (example.operation, answer)
    yield api
    _clean_up(api)


def _clean_up(api: Api) -> None:
    """Leave nothing that a clock of the deployment would find to do later."""
    for webhook in api.call("GET", "/v1/webhooks").body["webhooks"]:
        api.call("DELETE", f"/v1/webhooks/{webhook['id']}")
    for plan in api.call("GET", "/v1/plans?limit=100").body["plans"]:
        api.call("POST", f"/v1/plans/{quote(plan['external_id'], safe='')}/end")
    for status in ("open", "partially_paid"):
        page = api.call("GET", f"/v1/invoices?status={status}&limit=100").body
        for invoice in page["invoices"]:
            path = f"/v1/invoices/{quote(quote(invoice['external_id'], safe=''), safe='')}/cancel"
            api.call("POST", path, {"reason": "fim do ensaio"})


def _reaches(case: AnyCase) -> bool:
    """Tell whether a path reaches its route: a slash inside an id is written twice encoded."""
    return not any("/" in str(value) for value in (case.path_parameters or {}).values())


def test_thousands_of_requests_are_answered_as_described(stack: Stack, tenant: Api) -> None:
    with requests.Session() as session:
        token = {"Authorization": f"Bearer {tenant.token}"}

        def ask(case: AnyCase) -> Response:
            return case.call(base_url=stack.api_url, session=session, headers=token)

        schema = schemathesis.openapi.from_url(f"{stack.api_url}/openapi.json")
        found = fuzz(
            schema,
            ask,
            cases=9,
            known=known_ids(),
            workers=3,
            seconds=SECONDS,
            lenient=_ANSWERED_IN_PART,
            reaches=_reaches,
        )
    print(found)  # noqa: T201 - the counts are what the run shows
    assert not found.wrong, "\n\n".join(found.wrong.values())
    assert not found.unasked
    assert found.cases >= AT_LEAST
    assert {200, 201, 404, 409, 412, 422} <= set(found.statuses)
    assert 401 not in found.statuses
