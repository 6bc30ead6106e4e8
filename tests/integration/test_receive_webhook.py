"""The door: who may come in, what is kept, and that nothing is lost in silence."""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.receive_webhook import handler
from regua.adapters.memory_hooks import MemoryBodies, MemoryHooks
from regua.adapters.memory_pix import MemoryInboundQueue
from regua.application.hook_ports import Hook
from regua.application.hook_proof import key_hash, second_of
from regua.application.inbound_pix import INBOUND, Posted
from regua.domain.errors import TemporaryError
from tests.builders import CREDITOR, ISSUED_AT
from tests.integration.lambdas import Context, Printed, recorded

KEY = "k" * 43
SECRET = "segredo-de-dezesseis"
TOKEN = "um-token-de-exemplo"
BODY = b'{"pix": []}'


class Door:
    """A hook of Aurora's behind a door in memory."""

    def __init__(self, **changes: Any) -> None:  # noqa: ANN401 - any field of a hook
        self.hooks, self.bodies, self.inbound = MemoryHooks(), MemoryBodies(), MemoryInboundQueue()
        fields: dict[str, Any] = {
            "hook_id": "h1",
            "creditor_id": CREDITOR,
            "kind": "pix",
            "name": "Banco",
            "made_at": ISSUED_AT,
        }
        self.hooks.put(key_hash(KEY), Hook(**{**fields, **changes}))

    @property
    def posted(self) -> list[Posted]:
        """Return what was named on the queue."""
        found = [INBOUND.validate_python(m) for m in self.inbound.messages]
        return [m for m in found if isinstance(m, Posted)]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Door]:
    """Return what opens a door."""

    def of(**changes: Any) -> Door:  # noqa: ANN401 - any field of a hook
        door = Door(**changes)
        wired = handler.Wired(door.hooks, door.bodies, door.inbound)
        monkeypatch.setattr(handler, "wire", lambda: wired)
        return door

    return of


def post(
    path: str = f"/hooks/{KEY}/pix",
    body: bytes | str = BODY,
    *,
    method: str = "POST",
    **headers: str,
) -> dict[str, Any]:
    """Post to the door the way API Gateway forwards it."""
    event = recorded("http_request")
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = method
    del event["requestContext"]["authorizer"]
    event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    event["body"] = body if isinstance(body, str) else b64encode(body).decode()
    event["isBase64Encoded"] = isinstance(body, bytes)
    answer: dict[str, Any] = handler.lambda_handler(event, Context())
    return answer


@pytest.mark.parametrize("path", [f"/hooks/{KEY}", f"/hooks/{KEY}/pix", f"/hooks/{KEY}/"])
@pytest.mark.parametrize("body", [BODY, BODY.decode()], ids=["base64", "text"])
def test_what_is_posted_is_kept_and_named(
    opened: Callable[..., Door], path: str, body: bytes | str
) -> None:
    door = opened()
    assert post(path, body)["statusCode"] == 200
    assert list(door.bodies.bodies.values()) == [BODY]
    told = door.posted[0]
    assert (told.creditor, told.hook_id, door.bodies.read(told.ref)) == (CREDITOR, "h1", BODY)
    assert told.ref.startswith("inbound/aurora/h1/")


def test_the_same_body_again_is_one_object_and_another_message(
    opened: Callable[..., Door],
) -> None:
    door = opened()
    for _ in range(2):
        post()
    assert len(door.bodies.bodies) == 1
    assert len(door.posted) == 2


@pytest.mark.parametrize(
    "path",
    [
        f"/hooks/{'x' * 43}",
        "/hooks/",
        "/hooks",
        f"/hooks/{KEY}/admin",
        f"/hooks/{KEY[:-1]}",
        "/hooks/../v1/invoices",
        f"/hooks/{key_hash(KEY)}",
    ],
)
def test_who_has_no_key_finds_nothing(opened: Callable[..., Door], path: str) -> None:
    door = opened()
    assert post(path)["statusCode"] == 404
    assert not door.bodies.bodies
    assert not door.posted


def test_a_wrong_second_secret_is_no_different_from_no_hook(
    opened: Callable[..., Door],
) -> None:
    opened(second=second_of("X-Psp-Secret", SECRET, None, None))
    wrong = post(x_psp_secret="outro-segredo-qualquer")
    assert wrong == post(f"/hooks/{'x' * 43}", x_psp_secret=SECRET)
    assert wrong["statusCode"] == 404
    assert post(x_psp_secret=SECRET)["statusCode"] == 200


def test_a_replaced_key_opens_until_its_end(
    opened: Callable[..., Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(ends_at=ISSUED_AT)
    for after, status in ((timedelta(seconds=-1), 200), (timedelta(0), 404)):
        monkeypatch.setattr(handler.clock, "now", lambda after=after: ISSUED_AT + after)
        assert post()["statusCode"] == status


def test_only_a_post_comes_in(opened: Callable[..., Door]) -> None:
    door = opened()
    assert post(method="GET")["statusCode"] == 405
    assert not door.posted


@pytest.mark.parametrize(
    ("size", "status"), [(1024 * 1024, 200), (1024 * 1024 + 1, 413), (3 * 1024 * 1024, 413)]
)
def test_a_body_has_a_limit(opened: Callable[..., Door], size: int, status: int) -> None:
    opened()
    assert post(body=b"x" * size)["statusCode"] == status
    assert post(body="x" * size)["statusCode"] == status


@pytest.mark.parametrize("part", ["bodies", "inbound", "hooks"])
@pytest.mark.parametrize(
    "error", [TemporaryError(), ClientError({"Error": {"Code": "x"}}, "y"), RuntimeError()]
)
def test_what_cannot_be_kept_is_to_be_posted_again(
    opened: Callable[..., Door],
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    error: Exception,
) -> None:
    door = opened()

    def fail(*_: object) -> None:
        raise error

    name = {"bodies": "keep", "inbound": "send", "hooks": "find"}[part]
    monkeypatch.setattr(getattr(door, part), name, fail)
    answer = post()
    assert answer["statusCode"] == 503
    assert answer["headers"]["retry-after"] == "30"


def test_what_proves_something_goes_no_further(opened: Callable[..., Door]) -> None:
    second = second_of("X-Psp-Secret", SECRET, None, None)
    door = opened(kind="asaas", settings={"access_token": TOKEN}, second=second)
    assert post(x_psp_secret=SECRET, asaas_access_token=TOKEN)["statusCode"] == 200
    told = str(door.inbound.messages)
    assert SECRET not in told
    assert TOKEN not in told


def test_a_provider_s_wrong_token_is_no_different_from_no_hook(
    opened: Callable[..., Door],
) -> None:
    door = opened(kind="asaas", settings={"access_token": TOKEN})
    for wrong in (post(), post(asaas_access_token="outro-token-de-exemplo")):
        assert wrong == post(f"/hooks/{'x' * 43}", asaas_access_token=TOKEN)
    assert not door.bodies.bodies
    assert post(asaas_access_token=TOKEN)["statusCode"] == 200


def test_a_body_that_its_system_did_not_sign_is_not_kept(opened: Callable[..., Door]) -> None:
    signature = {"header": "X-ERP-Signature", "secret": SECRET, "prefix": "sha256="}
    door = opened(kind="generic", settings={"facts": {}, "signature": signature})
    signed = f"sha256={hmac.new(SECRET.encode(), BODY, 'sha256').hexdigest()}"
    assert post(body=BODY + b" ", x_erp_signature=signed)["statusCode"] == 404
    assert not door.bodies.bodies
    assert post(x_erp_signature=signed)["statusCode"] == 200


def test_nothing_of_what_was_posted_is_logged(
    opened: Callable[..., Door], printed: Callable[[], Printed]
) -> None:
    opened(second=second_of("X-Psp-Secret", SECRET, None, None))
    post(body=json.dumps({"nome": "Maria da Silva"}).encode(), x_psp_secret=SECRET)
    shown = printed()
    shown.assert_no_personal_data(KEY, SECRET)
    assert shown.metrics["inbound_kept"] == 1
    assert shown.logs


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.one_of(st.text(max_size=80), st.just(f"/hooks/{KEY}")),
    body=st.one_of(st.none(), st.text(max_size=200), st.just("%%%")),
    is_base64=st.booleans(),
    headers=st.one_of(st.none(), st.dictionaries(st.text(max_size=10), st.text(max_size=30))),
)
def test_whatever_comes_is_answered(
    opened: Callable[..., Door],
    path: str,
    body: str | None,
    is_base64: bool,  # noqa: FBT001 - a case
    headers: dict[str, str] | None,
) -> None:
    opened()
    event = recorded("http_request")
    event |= {"rawPath": path, "body": body, "isBase64Encoded": is_base64, "headers": headers}
    event["requestContext"]["http"]["method"] = "POST"
    assert handler.lambda_handler(event, Context())["statusCode"] in {200, 404}
