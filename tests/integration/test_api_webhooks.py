"""Webhooks over HTTP: subscribed, changed, tried, replayed; secrets are shown once."""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.api import context, handler, webhooks
from regua.adapters.memory import FixedClock
from regua.adapters.memory_webhooks import MemoryTargets
from regua.application.manage_webhooks import MOST_REPLAYED
from regua.application.webhook_ports import EndpointKey
from regua.domain.feed import cursor_text
from regua.domain.webhook_delivery import Answer as Told
from regua.domain.webhook_delivery import Circuit, Result
from regua.domain.webhook_endpoint import MOST_ENDPOINTS
from tests.integration.api_client import NOW, Answer, assert_problem, wired
from tests.integration.conftest import World
from tests.integration.lambdas import Context, recorded
from tests.webhook_worlds import AURORA, BOREAL, URL, WebhookWorld, any_event

ALL, ONE = "/v1/webhooks", "/v1/webhooks/{webhook_id}"
DELIVERIES = ONE + "/deliveries"
REDELIVER = DELIVERIES + "/{delivery_id}/redeliver"
BROKEN = Told(Result.STATUS, 500, 9)
OK = Told(Result.DELIVERED, 200, 9)


@pytest.fixture
def webhook_world(world: World, monkeypatch: pytest.MonkeyPatch) -> WebhookWorld:
    parts, found = wired(world), WebhookWorld(now=NOW)
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(webhooks, "desk", lambda: found.manage)
    monkeypatch.setattr(webhooks, "clock", FixedClock(NOW))
    return found


def call(
    method: str,
    template: str,
    *values: str,
    body: object = None,
    client: str = "cliente-aurora",
    **query: str,
) -> Answer:
    event = recorded("http_request")
    names = [part[1:-1] for part in template.split("/") if part.startswith("{")]
    parameters = dict(zip(names, values, strict=True))
    path = template
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", value)
    event["routeKey"] = event["requestContext"]["routeKey"] = f"{method} {template}"
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = method
    event["requestContext"]["authorizer"]["jwt"]["claims"]["client_id"] = client
    event["pathParameters"] = parameters
    event["queryStringParameters"] = query or None
    event["rawQueryString"] = "&".join(f"{k}={v}" for k, v in query.items())
    if body is not None:
        event["body"] = json.dumps(body)
    answer = handler.lambda_handler(event, Context())
    sent = {k.lower(): v for k, v in answer.get("headers", {}).items()}
    for name, several in answer.get("multiValueHeaders", {}).items():
        sent[name.lower()] = several[0]
    return Answer(answer["statusCode"], sent, json.loads(answer["body"]))


def subscribe(**changes: Any) -> Answer:  # noqa: ANN401 - any JSON
    body = {"url": URL, "events": ["InvoicePaid"], "description": "ERP", **changes}
    return call("POST", ALL, body=body)


@pytest.mark.usefixtures("webhook_world")
def test_a_subscription_is_answered_with_its_secret_and_never_again() -> None:
    made = subscribe()
    assert made.status == 201
    secret = made.body.pop("secret")
    assert secret.startswith("whsec_")
    assert made.body == {
        "id": made.body["id"],
        "url": URL,
        "events": ["InvoicePaid"],
        "description": "ERP",
        "status": "enabled",
        "disabled_reason": None,
        "created_at": "2026-11-10T12:00:00.000Z",
        "failures_in_a_row": 0,
        "resumes_at": None,
    }
    assert call("GET", ONE, made.body["id"]).body == made.body
    assert call("GET", ALL).body == {"webhooks": [made.body]}


@pytest.mark.usefixtures("webhook_world")
def test_a_secret_is_in_no_log(capsys: pytest.CaptureFixture[str]) -> None:
    made = subscribe()
    rotated = call("POST", ONE + "/rotate-secret", made.body["id"])
    call("GET", ONE, made.body["id"])
    out = capsys.readouterr()
    for secret in (made.body["secret"], rotated.body["secret"]):
        assert secret not in out.out + out.err


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"url": "http://erp.example.com.br/"}, "body.url"),
        ({"url": "https://interno.example.com.br/"}, "body.url"),
        ({"url": "https://u:s@erp.example.com.br/"}, "body.url"),
        ({"url": ""}, "body.url"),
        ({"events": ["Nada"]}, "body.events"),
        ({"events": ["ContactDue"]}, "body.events"),
        ({"events": []}, "body.events"),
        ({"events": ["ping"]}, "body.events"),
        ({"description": "a" * 201}, "body.description"),
        ({"secret": "whsec_meu"}, "body.secret"),
    ],
)
def test_what_cannot_be_subscribed_to_is_refused(
    webhook_world: WebhookWorld, changes: dict[str, Any], path: str
) -> None:
    webhook_world.targets = MemoryTargets({"interno.example.com.br": "10.0.0.1"})
    answer = subscribe(**changes)
    assert_problem(answer, 422)
    assert answer.errors == [path]
    assert call("GET", ALL).body == {"webhooks": []}


@pytest.mark.usefixtures("webhook_world")
def test_every_event_is_meant_by_default_and_named_once() -> None:
    assert call("POST", ALL, body={"url": URL}).body["events"] == ["*"]
    assert subscribe(events=["InvoicePaid", "InvoicePaid"]).body["events"] == ["InvoicePaid"]


@pytest.mark.usefixtures("webhook_world")
def test_there_is_a_limit_to_endpoints() -> None:
    for _ in range(MOST_ENDPOINTS):
        assert subscribe().status == 201
    assert_problem(subscribe(), 409)


def test_another_creditors_endpoint_is_none(webhook_world: WebhookWorld) -> None:
    name = subscribe().body["id"]
    webhook_world.fed(any_event(1))
    (delivery,) = webhook_world.of(_key(name))
    boreal = "cliente-boreal"
    body: dict[str, Any] = {"url": URL}
    for method, template, values, given in (
        ("GET", ONE, (name,), None),
        ("PUT", ONE, (name,), body),
        ("DELETE", ONE, (name,), None),
        ("POST", ONE + "/rotate-secret", (name,), None),
        ("POST", ONE + "/ping", (name,), None),
        ("POST", ONE + "/enable", (name,), None),
        ("GET", DELIVERIES, (name,), None),
        ("POST", REDELIVER, (name, delivery.id), None),
        ("POST", ONE + "/replay", (name,), {"after": cursor_text(BOREAL, 0)}),
    ):
        assert_problem(call(method, template, *values, body=given, client=boreal), 404)
    assert call("GET", ALL, client=boreal).body == {"webhooks": []}
    assert call("GET", ONE, name).status == 200


def _key(name: str) -> EndpointKey:
    return EndpointKey(AURORA, name)


def test_an_endpoint_is_changed_and_tried_at_once(webhook_world: WebhookWorld) -> None:
    made = subscribe().body
    key = _key(made["id"])
    lease = webhook_world.deliveries.lease(key, "x", NOW)
    assert lease is not None
    down = Circuit(9, NOW + timedelta(minutes=15))
    webhook_world.deliveries.release(lease, down, None, calls=0)
    seen = call("GET", ONE, made["id"]).body
    assert (seen["failures_in_a_row"], seen["resumes_at"]) == (9, "2026-11-10T12:15:00.000Z")
    body = {"url": "https://novo.aurora.example.com.br/", "events": ["*"]}
    changed = call("PUT", ONE, made["id"], body=body)
    assert (changed.status, changed.body["url"]) == (200, body["url"])
    assert (changed.body["description"], changed.body["failures_in_a_row"]) == ("", 0)
    assert webhook_world.queue.sent[-1] == (key, 0)
    endpoint = webhook_world.endpoints.find(key)
    assert endpoint is not None
    assert endpoint.secrets[0].text == made["secret"]


@pytest.mark.usefixtures("webhook_world")
def test_a_deleted_endpoint_is_gone() -> None:
    name = subscribe().body["id"]
    assert call("DELETE", ONE, name).body == {"id": name, "deleted": True}
    assert_problem(call("DELETE", ONE, name), 404)
    assert_problem(call("GET", ONE, name), 404)


def test_a_rotated_secret_signs_beside_the_one_before(webhook_world: WebhookWorld) -> None:
    made = subscribe().body
    rotated = call("POST", ONE + "/rotate-secret", made["id"])
    assert rotated.status == 200
    assert rotated.body["secret"] != made["secret"]
    endpoint = webhook_world.endpoints.find(_key(made["id"]))
    assert endpoint is not None
    assert list(endpoint.signing(NOW)) == [rotated.body["secret"], made["secret"]]


def test_a_ping_is_sent_and_listed_and_is_no_event(webhook_world: WebhookWorld) -> None:
    name = subscribe().body["id"]
    asked = call("POST", ONE + "/ping", name)
    assert (asked.status, asked.body["type"], asked.body["status"]) == (202, "ping", "pending")
    webhook_world.visit(_key(name))
    (posted,) = webhook_world.sender.posted
    assert json.loads(posted.body) == {
        "id": asked.body["event_id"],
        "type": "ping",
        "version": "1",
        "timestamp": "2026-11-10T12:00:00.000Z",
        "creditor_id": "aurora",
        "data": {},
    }
    (listed,) = call("GET", DELIVERIES, name).body["deliveries"]
    assert (listed["id"], listed["status"]) == (asked.body["id"], "delivered")
    assert webhook_world.feed.last(AURORA) == 0


def test_deliveries_are_listed_by_status_and_page(webhook_world: WebhookWorld) -> None:
    name = subscribe().body["id"]
    webhook_world.sender.answers[URL] = BROKEN
    webhook_world.fed(any_event(1))
    webhook_world.visit(_key(name))
    webhook_world.sender.answers[URL] = OK
    for number in (2, 3):
        webhook_world.forward(seconds=1)
        webhook_world.fed(any_event(number))
    webhook_world.visit(_key(name))
    pending = call("GET", DELIVERIES, name, status="pending").body["deliveries"]
    assert [d["event_id"] for d in pending] == [any_event(1).id]
    assert pending[0]["attempts"] == [
        {"at": "2026-11-10T12:00:00.000Z", "result": "status", "status": 500, "latency_ms": 9}
    ]
    first = call("GET", DELIVERIES, name, limit="2").body
    rest = call("GET", DELIVERIES, name, limit="2", cursor=first["cursor"]).body
    names = [d["event_id"] for d in (*first["deliveries"], *rest["deliveries"])]
    assert names == [any_event(n).id for n in (3, 2, 1)]
    assert rest["cursor"] is None
    assert_problem(call("GET", DELIVERIES, name, status="morta"), 422)


def test_a_cursor_of_another_endpoints_list_is_refused(webhook_world: WebhookWorld) -> None:
    one, other = subscribe().body["id"], subscribe().body["id"]
    webhook_world.fed(any_event(1), any_event(2))
    cursor = call("GET", DELIVERIES, one, limit="1").body["cursor"]
    for made_up in (cursor, "x", webhook_world.of(_key(other))[0].id):
        answer = call("GET", DELIVERIES, other, cursor=made_up)
        assert_problem(answer, 422)
        assert answer.errors == ["query.cursor"]


def test_a_delivery_is_made_once_more(webhook_world: WebhookWorld) -> None:
    name = subscribe().body["id"]
    webhook_world.fed(any_event(1))
    webhook_world.visit(_key(name))
    (delivery,) = webhook_world.of(_key(name))
    asked = call("POST", REDELIVER, name, delivery.id)
    assert (asked.status, asked.body["status"]) == (202, "pending")
    webhook_world.visit(_key(name))
    assert webhook_world.arrived() == [any_event(1).id] * 2
    unknown = delivery.id[:-1] + ("0" if delivery.id[-1] != "0" else "1")
    assert_problem(call("POST", REDELIVER, name, unknown), 404)


def test_a_disabled_endpoint_is_enabled_before_anything_is_sent(
    webhook_world: WebhookWorld,
) -> None:
    name = subscribe().body["id"]
    webhook_world.sender.answers[URL] = Told.of_status(410, 5)
    webhook_world.fed(any_event(1))
    webhook_world.visit(_key(name))
    (delivery,) = webhook_world.of(_key(name))
    seen = call("GET", ONE, name).body
    assert (seen["status"], seen["disabled_reason"]) == ("disabled", "gone")
    assert_problem(call("POST", ONE + "/ping", name), 409)
    assert_problem(call("POST", REDELIVER, name, delivery.id), 409)
    replay = {"after": cursor_text(AURORA, 0)}
    assert_problem(call("POST", ONE + "/replay", name, body=replay), 409)
    assert call("POST", ONE + "/enable", name).body["status"] == "enabled"
    assert call("POST", ONE + "/ping", name).status == 202


def test_events_of_a_span_are_delivered_again(webhook_world: WebhookWorld) -> None:
    for number in range(1, 7):
        webhook_world.fed(any_event(number, "InvoicePaid" if number != 4 else "RulerEnded"))
        webhook_world.forward(minutes=1)
    name = subscribe().body["id"]

    def replay(**span: str) -> Any:  # noqa: ANN401 - JSON
        webhook_world.sender.posted.clear()
        answer = call("POST", ONE + "/replay", name, body=span)
        assert answer.status == 202, answer.body
        webhook_world.visit(_key(name))
        return answer.body, [
            json.loads(p.body)["data"]["external_id"] for p in webhook_world.sender.posted
        ]

    told, sent = replay(after=cursor_text(AURORA, 3))
    assert (told, sent) == ({"replayed": 2, "next": None}, ["fat-5", "fat-6"])
    told, sent = replay(**{"from": "2026-11-10T12:01:00Z", "to": "2026-11-10T12:03:00Z"})
    assert (told["replayed"], sent) == (2, ["fat-2", "fat-3"])
    assert replay(**{"from": "2026-11-10T12:01:00Z", "to": "2026-11-10T12:02:00Z"})[1] == ["fat-2"]
    told, sent = replay(**{"from": "2026-11-10T12:01:30Z"})
    assert (told["replayed"], sent) == (3, ["fat-3", "fat-5", "fat-6"])
    assert replay(**{"from": "2027-01-01T00:00:00Z"}) == ({"replayed": 0, "next": None}, [])
    assert replay(**{"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"})[1] == []


def test_a_long_replay_says_where_to_go_on(webhook_world: WebhookWorld) -> None:
    numbers = range(1, 2 * MOST_REPLAYED + 11)
    for start in range(0, len(numbers), 40):
        webhook_world.fed(*(any_event(n) for n in numbers[start : start + 40]))
    name = subscribe().body["id"]
    cursor: str | None = cursor_text(AURORA, 0)
    counts = []
    while cursor is not None:
        told = call("POST", ONE + "/replay", name, body={"after": cursor}).body
        counts.append(told["replayed"])
        cursor = told["next"]
    assert counts == [MOST_REPLAYED, MOST_REPLAYED, 10]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "body"),
        ({"after": cursor_text(AURORA, 0), "from": "2026-11-10T12:00:00Z"}, "body"),
        ({"to": "2026-11-10T12:00:00Z"}, "body"),
        ({"after": cursor_text(BOREAL, 0)}, "body.after"),
        ({"from": "2026-11-10T12:00:00Z", "to": "2026-11-10T12:00:00Z"}, "body.to"),
        ({"from": "ontem"}, "body.from"),
    ],
)
@pytest.mark.usefixtures("webhook_world")
def test_a_span_without_sense_is_refused(body: dict[str, Any], path: str) -> None:
    answer = call("POST", ONE + "/replay", subscribe().body["id"], body=body)
    assert_problem(answer, 422)
    assert answer.errors == [path]
