"""The tracking function on twins: what each link does, and what it never does."""

import base64
import io
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from functions.track_open import handler
from functions.track_open.keyring import Keyring
from functions.track_open.settings import TrackOpenSettings
from functions.track_open.tracking import Tracker
from regua.adapters.aws_http import AwsRefused, AwsUnavailable
from regua.application.messages import Hit
from regua.domain.errors import FinalError
from regua.domain.hit_classifier import RULESET
from regua.domain.tokens import HONEYPOT, HitKind, TrackingKeys, TrackingToken, verify
from tests.unit.tracking.requests import (
    AT,
    DISPATCH,
    KEYS,
    ONE_CLICK,
    PHONE,
    SECRET,
    any_request,
    any_token,
)


def any_settings(*, allow_as_of: bool = False) -> TrackOpenSettings:
    return TrackOpenSettings(
        hits_queue_url="queue",
        tracking_secret_arn="arn",
        allow_as_of=allow_as_of,
    )


class Outside:
    """Everything the function reaches, in memory, and the switches that break it."""

    def __init__(self) -> None:
        self.secret: object = SECRET
        self.sent: list[dict[str, Any]] = []
        self.failures: dict[str, Exception] = {}
        self.settings = any_settings()

    def _may_fail(self, what: str) -> None:
        if what in self.failures:
            raise self.failures[what]

    def read_secret(self) -> object:
        self._may_fail("secret")
        return self.secret

    def send(self, message: Mapping[str, Any]) -> None:
        self._may_fail("queue")
        self.sent.append(json.loads(json.dumps(message)))

    def wire(self) -> tuple[TrackOpenSettings, Tracker]:
        self._may_fail("settings")
        return self.settings, Tracker(Keyring(self.read_secret), self)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Outside:
    twins = Outside()
    monkeypatch.setattr(handler, "wire", twins.wire)
    return twins


def call(event: Any) -> dict[str, Any]:  # noqa: ANN401
    return handler.lambda_handler(event, object())


def logged(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the invocation's log line and its metrics line."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert 1 <= len(lines) <= 2
    return lines[0], lines[1] if len(lines) == 2 else None


# The pixel -------------------------------------------------------------------------------------

DOWN = AwsUnavailable("SendMessage: timeout")
OTHER_KEYS = TrackingKeys.from_secret({"current": "k9", "k9": "a key that left the secret"})
PIXEL_EVENTS: dict[str, Any] = {
    "genuine": any_request(f"/o/{any_token()}.gif"),
    "head": any_request(f"/o/{any_token()}.gif", "HEAD"),
    "without the extension": any_request(f"/o/{any_token()}"),
    "behind a stage": any_request(f"/prod/o/{any_token()}.gif"),
    "no token": any_request("/o/"),
    "garbage": any_request("/o/../../etc/passwd%00.gif/o/x.gif"),
    "altered": any_request(f"/o/{any_token()[:-1]}_.gif"),
    "key gone": any_request(f"/o/{any_token(keys=OTHER_KEYS)}.gif"),
    "click's token": any_request(f"/o/{any_token('click')}.gif"),
    "strange method": any_request(f"/o/{any_token()}.gif", "DELETE"),
    "scanner": any_request(f"/o/{any_token()}.gif", agent="", ip="40.107.1.1"),
    "with a query": any_request(f"/o/{any_token()}.gif", rawQueryString="url=https://x.example"),
    "no headers": any_request(f"/o/{any_token()}.gif") | {"headers": None},
    "no time": {"rawPath": f"/o/{any_token()}.gif", "requestContext": {"http": {}}},
    "no context": {"rawPath": f"/o/{any_token()}.gif"},
    "odd context": {"rawPath": f"/o/{any_token()}.gif", "requestContext": ["?"]},
}
FAILURES: dict[str, tuple[str, Exception]] = {
    "queue down": ("queue", DOWN),
    "queue refuses": ("queue", AwsRefused("SendMessage: AccessDenied")),
    "secret down": ("secret", DOWN),
    "secret refused": ("secret", AwsRefused("GetSecretValue: AccessDenied")),
    "defect in the queue": ("queue", RuntimeError("surprise")),
    "defect in the secret": ("secret", KeyError("surprise")),
    "settings missing": ("settings", FinalError("REGUA_X")),
}


def test_the_pixel_is_the_same_answer_on_every_path(outside: Outside) -> None:
    """Whole answers, byte for byte: nobody learns from the pixel whether a token is genuine."""
    answers = {name: json.dumps(call(event)) for name, event in PIXEL_EVENTS.items()}
    for name, (what, failure) in FAILURES.items():
        outside.failures = {what: failure}
        answers[name] = json.dumps(call(PIXEL_EVENTS["genuine"]))
    outside.failures = {}
    outside.secret = "not an object"
    answers["secret of another shape"] = json.dumps(call(PIXEL_EVENTS["genuine"]))
    assert len(answers) == len(PIXEL_EVENTS) + len(FAILURES) + 1
    assert set(answers.values()) == {answers["genuine"]}


def test_the_pixel_is_a_small_gif_that_is_never_stored(outside: Outside) -> None:
    response = call(PIXEL_EVENTS["genuine"])
    image = base64.b64decode(response["body"])
    assert response["statusCode"] == 200
    assert response["isBase64Encoded"] is True
    assert response["headers"]["content-type"] == "image/gif"
    assert "no-store" in response["headers"]["cache-control"]
    assert len(image) in {42, 43}
    assert image.startswith(b"GIF89a\x01\x00\x01\x00")
    assert image.endswith(b";")
    assert len(outside.sent) == 1


def test_an_open_is_queued_with_its_label_and_what_it_was_judged_by(outside: Outside) -> None:
    evidence = {
        "Accept": "image/avif,*/*",
        "Accept-Language": "pt-BR",
        "Sec-Fetch-Dest": "image",
        "Cookie": "private=1",
        "Authorization": "private",
        "X-Other": "private",
    }
    call(any_request(f"/o/{any_token()}.gif", headers=evidence))
    assert outside.sent == [
        {
            "version": "1",
            "kind": "open",
            "dispatch_id": DISPATCH,
            "link": None,
            "at": "2026-03-04T12:30:05.250Z",
            "as_of": None,
            "ip": "187.10.20.30",
            "user_agent": PHONE,
            "headers": {
                "accept": "image/avif,*/*",
                "accept-language": "pt-BR",
                "sec-fetch-dest": "image",
            },
            "method": "GET",
            "request_id": "request-1",
            "label": "person",
            "score": 95,
            "reasons": ["fetch_metadata", "known_client", "accept_language"],
            "ruleset": RULESET,
        }
    ]


def test_a_machines_open_is_queued_too_under_its_label(outside: Outside) -> None:
    call(any_request(f"/o/{any_token()}.gif", agent="Mozilla/5.0"))
    call(any_request(f"/o/{any_token()}.gif", "HEAD"))
    assert [hit["label"] for hit in outside.sent] == ["privacy_prefetch", "security_scanner"]


def test_a_forged_open_is_not_queued(outside: Outside) -> None:
    call(PIXEL_EVENTS["altered"])
    call(PIXEL_EVENTS["click's token"])
    assert outside.sent == []


@pytest.mark.parametrize(
    "event",
    [
        any_request(f"/o/{any_token()}.gif", agent="x" * 9000, headers={"referer": "y" * 9000}),
        any_request(f"/o/{any_token()}.gif", agent="\ud800 \x00 é 🚀"),
        any_request(f"/c/{any_token('click', link=65535)}", headers={"accept": ""}),
        any_request(f"/u/{any_token('unsubscribe')}", "POST", agent=""),
        any_request(f"/o/{any_token()}.gif") | {"headers": {"accept-language": None}},
    ],
)
def test_every_queued_hit_is_one_that_the_recorder_can_read(
    outside: Outside, event: dict[str, Any]
) -> None:
    """The other end refuses unknown fields and long values: what it refuses would be lost."""
    call(event)
    (sent,) = outside.sent
    assert Hit.model_validate_json(json.dumps(sent)).dispatch_id == DISPATCH


# The click -------------------------------------------------------------------------------------


def click(link: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return call(any_request(f"/c/{any_token('click', link=link)}", **changes))


def page_of(response: dict[str, Any], keys: TrackingKeys = KEYS) -> TrackingToken | None:
    """Return what the token says that a click is sent on with."""
    assert response["statusCode"] == 302
    folder, _, token = response["headers"]["location"].rpartition("/")
    assert folder == "../p"
    return verify(token, keys)


@pytest.mark.parametrize("link", [0, 1, 500])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_click_of_any_link_leads_to_the_page_of_its_message(
    outside: Outside, method: str, link: int
) -> None:
    response = call(any_request(f"/c/{any_token('click', link=link)}", method))
    issued_at = AT.replace(microsecond=0)
    assert page_of(response) == TrackingToken(HitKind.PAGE, DISPATCH, None, issued_at, "k1")
    assert response["headers"]["referrer-policy"] == "no-referrer"
    assert "noindex" in response["headers"]["x-robots-tag"]
    assert "no-store" in response["headers"]["cache-control"]
    assert response["body"] == ""
    assert [(hit["kind"], hit["link"]) for hit in outside.sent] == [("click", link)]


@pytest.mark.parametrize(
    ("called", "page"),
    [
        ("https://c.example.com.br/c/{token}", "https://c.example.com.br/p/"),
        ("https://c.example.com.br/c/{token}?lang=en", "https://c.example.com.br/p/"),
        ("http://localhost:4566/below/a/stage/c/{token}", "http://localhost:4566/below/a/stage/p/"),
    ],
)
def test_the_page_is_beside_the_click_wherever_the_api_is(
    outside: Outside, called: str, page: str
) -> None:
    assert outside.sent == []
    token = any_token("click")
    url = urlsplit(called.format(token=token))
    response = call(any_request(url.path, rawQueryString=url.query))
    led_to = urljoin(called.format(token=token), response["headers"]["location"])
    assert led_to.startswith(page)
    assert verify(led_to.removeprefix(page), KEYS) is not None


def test_an_old_click_leads_to_the_page_as_old_as_its_message(outside: Outside) -> None:
    """The page says that a link has expired; a late click must not make it young again."""
    event = any_request(f"/c/{any_token('click')}")
    late = int((AT + timedelta(days=900)).timestamp() * 1000)
    event["requestContext"]["timeEpoch"] = late
    page = page_of(call(event))
    assert page is not None
    assert page.issued_at == AT.replace(microsecond=0)
    assert len(outside.sent) == 1


def test_the_page_is_signed_with_the_current_key_whichever_signed_the_click(
    outside: Outside,
) -> None:
    old = any_token("click")
    outside.secret = {**SECRET, "current": "k2", "k2": "the next random string"}
    page = page_of(call(any_request(f"/c/{old}")), TrackingKeys.from_secret(outside.secret))
    assert page is not None
    assert (page.key_id, page.dispatch_id) == ("k2", DISPATCH)


@pytest.mark.parametrize("path", ["/o/{}.gif", "/c/{}", "/u/{}"])
@pytest.mark.parametrize("kind", [HitKind.PAGE, HitKind.PREVIEW, HitKind.CONFIRM])
def test_a_token_of_the_pages_is_no_token_of_these_links(
    outside: Outside, kind: HitKind, path: str
) -> None:
    response = call(any_request(path.format(any_token(kind)), "POST", body=ONE_CLICK))
    assert response["statusCode"] == (200 if path.startswith("/o/") else 404)
    assert outside.sent == []


def test_nothing_of_the_query_string_is_used(outside: Outside) -> None:
    query = {
        "rawQueryString": "url=https://attacker.example/&next=//attacker.example",
        "queryStringParameters": {"url": "https://attacker.example/"},
    }
    assert click(0, **query) == click(0)
    assert "attacker" not in json.dumps(outside.sent)


@pytest.mark.parametrize(
    "path",
    [
        "/c/",
        "/c/garbage",
        f"/c/{any_token('open')}",
        f"/c/{any_token('unsubscribe')}",
        f"/c/{any_token('click', keys=OTHER_KEYS)}",
        f"/x/{any_token('click')}",
        "/",
        "",
    ],
)
def test_a_link_that_is_not_ours_is_not_found(outside: Outside, path: str) -> None:
    response = call(any_request(path))
    assert response["statusCode"] == 404
    assert "Não reconhecemos este link" in response["body"]
    assert outside.sent == []


def test_a_click_that_cannot_be_queued_still_leads_on(
    outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    outside.failures = {"queue": DOWN}
    assert page_of(click(0)) is not None
    line, metrics = logged(capsys)
    assert (line["level"], line["dispatch_id"], line["link"]) == ("ERROR", DISPATCH, 0)
    assert metrics is not None
    assert metrics["hit_unrecorded"] == 1


def test_without_keys_a_click_asks_for_another_try(outside: Outside) -> None:
    outside.failures = {"secret": DOWN}
    response = click(0)
    assert response["statusCode"] == 503
    assert int(response["headers"]["retry-after"]) > 0
    assert "tente novamente" in response["body"]


def test_whoever_follows_the_link_that_is_not_shown_is_a_program(outside: Outside) -> None:
    answer = call(any_request(f"/c/{any_token('click', link=HONEYPOT)}"))
    forged = call(any_request("/c/garbage"))
    assert (answer["statusCode"], answer["body"]) == (404, forged["body"])
    (sent,) = outside.sent
    assert (sent["label"], sent["score"], sent["reasons"]) == ("security_scanner", 0, ["honeypot"])
    assert sent["link"] == HONEYPOT
    Hit.model_validate(sent)


# The opt-out -----------------------------------------------------------------------------------

UNSUBSCRIBE = f"/u/{any_token('unsubscribe')}"
MULTIPART = (
    '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
)


@pytest.mark.parametrize(
    ("changes", "is_one_click"),
    [
        ({"body": ONE_CLICK}, True),
        (
            {"body": base64.b64encode(ONE_CLICK.encode()).decode(), "isBase64Encoded": True},
            True,
        ),
        ({"body": base64.b64encode(MULTIPART.encode()).decode(), "isBase64Encoded": True}, True),
        ({"body": ONE_CLICK, "agent": ""}, True),
        ({"body": ONE_CLICK, "agent": "Googlebot/2.1", "ip": "40.107.1.1"}, True),
        ({"body": "not base64", "isBase64Encoded": True}, None),
        ({}, None),
    ],
)
def test_an_opt_out_is_kept_whoever_posts_it_and_however(
    outside: Outside,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    *,
    is_one_click: bool | None,
) -> None:
    response = call(any_request(UNSUBSCRIBE, "POST", **changes))
    assert response["statusCode"] == 200
    assert "Pedido registrado" in response["body"]
    assert [(hit["kind"], hit["method"]) for hit in outside.sent] == [("unsubscribe", "POST")]
    assert logged(capsys)[0].get("is_one_click") == is_one_click


def test_the_same_opt_out_again_is_answered_the_same(outside: Outside) -> None:
    answers = [call(any_request(UNSUBSCRIBE, "POST", body=ONE_CLICK)) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(outside.sent) == 3


@pytest.mark.parametrize("what", ["queue", "secret"])
def test_an_opt_out_that_is_not_kept_is_not_confirmed(outside: Outside, what: str) -> None:
    outside.failures = {what: DOWN}
    assert call(any_request(UNSUBSCRIBE, "POST", body=ONE_CLICK))["statusCode"] == 503


def test_a_forged_opt_out_is_not_found(outside: Outside) -> None:
    response = call(any_request(f"/u/{any_token('click')}", "POST", body=ONE_CLICK))
    assert response["statusCode"] == 404
    assert outside.sent == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_opt_out_changes_nothing(outside: Outside, method: str) -> None:
    response = call(any_request(UNSUBSCRIBE, method))
    assert response["statusCode"] == 200
    assert outside.sent == []


def test_the_confirmation_posts_what_a_mailbox_provider_posts(outside: Outside) -> None:
    page = call(any_request(UNSUBSCRIBE))["body"]
    assert '<form method="post">' in page, "to the page's own address"
    name, value = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)">', page)[0]
    assert f"{name}={value}" == ONE_CLICK
    assert "não quita nem altera valores em aberto" in page
    assert outside.sent == []


# Pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        any_request(UNSUBSCRIBE),
        any_request(UNSUBSCRIBE, "POST"),
        any_request("/c/garbage"),
        any_request(f"/c/{any_token('click', link=HONEYPOT)}"),
    ],
)
def test_pages_load_nothing_and_run_nothing(outside: Outside, event: dict[str, Any]) -> None:
    assert outside.sent == []
    response = call(event)
    headers, body = response["headers"], response["body"]
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in headers["content-security-policy"]
    assert "no-store" in headers["cache-control"]
    assert headers["referrer-policy"] == "no-referrer"
    assert '<html lang="pt-BR">' in body
    assert not re.search(r"<script|<img|<link|https?:|//|style=|\son\w+=", body)


def test_the_style_is_the_one_the_policy_allows(outside: Outside) -> None:
    response = call(any_request(UNSUBSCRIBE))
    style = re.findall(r"<style>(.*)</style>", response["body"])[0]
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in response["headers"]["content-security-policy"]
    assert outside.sent == []


# Time travel -----------------------------------------------------------------------------------

TRAVEL = {"x-regua-as-of": "2026-05-06T07:08:09-03:00", "x-forwarded-for": "10.0.0.1, 40.107.1.1"}


def test_a_local_request_says_when_it_happens_and_from_where(outside: Outside) -> None:
    outside.settings = any_settings(allow_as_of=True)
    call(any_request(f"/o/{any_token()}.gif", headers=TRAVEL))
    (hit,) = outside.sent
    assert hit["at"] == hit["as_of"] == "2026-05-06T10:08:09.000Z"
    assert hit["ip"] == "40.107.1.1"
    assert hit["label"] == "security_scanner"


@pytest.mark.parametrize("said", ["", "yesterday", "2026-05-06T07:08:09"])
def test_what_is_no_instant_is_not_believed(outside: Outside, said: str) -> None:
    outside.settings = any_settings(allow_as_of=True)
    call(any_request(f"/o/{any_token()}.gif", headers={"x-regua-as-of": said}))
    assert outside.sent[0]["as_of"] is None
    assert outside.sent[0]["at"] == "2026-03-04T12:30:05.250Z"


def test_elsewhere_nobody_travels(outside: Outside) -> None:
    call(any_request(f"/o/{any_token()}.gif", headers=TRAVEL))
    (hit,) = outside.sent
    assert (hit["at"], hit["as_of"]) == ("2026-03-04T12:30:05.250Z", None)
    assert hit["ip"] == "187.10.20.30"


# The journal -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "outcome", "metric"),
    [
        (any_request(f"/o/{any_token()}.gif"), "hit_open", "hit_open"),
        (any_request(f"/c/{any_token('click')}"), "hit_click", "hit_click"),
        (any_request(UNSUBSCRIBE, "POST"), "unsubscribe", "unsubscribe"),
        (any_request("/o/garbage.gif"), "token_invalid", "token_invalid"),
        (any_request("/c/garbage"), "token_invalid", "token_invalid"),
        (any_request(UNSUBSCRIBE), "confirmation_shown", None),
        ({}, "failed", None),
    ],
)
def test_every_invocation_logs_one_line_and_counts_its_outcome(
    outside: Outside,
    capsys: pytest.CaptureFixture[str],
    event: dict[str, Any],
    outcome: str,
    metric: str | None,
) -> None:
    assert outside.sent == []
    call(event)
    line, metrics = logged(capsys)
    assert line["service"] == "track_open"
    assert line["outcome"] == outcome
    if metric is None:
        assert metrics is None
        return
    assert metrics is not None
    (directive,) = metrics["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Regua"
    assert directive["Dimensions"] == [["service"]]
    assert directive["Metrics"] == [{"Name": metric, "Unit": "Count"}]
    assert metrics["_aws"]["Timestamp"] == event["requestContext"]["timeEpoch"]
    assert (metrics["service"], metrics[metric]) == ("track_open", 1)


@pytest.mark.parametrize("failing", [None, "queue", "secret"])
@pytest.mark.parametrize(
    ("path", "method"),
    [
        (f"/o/{any_token()}.gif", "GET"),
        (f"/c/{any_token('click')}", "GET"),
        (UNSUBSCRIBE, "POST"),
        ("/c/garbage-token", "GET"),
    ],
)
def test_lines_hold_ids_and_nothing_personal(
    outside: Outside,
    capsys: pytest.CaptureFixture[str],
    path: str,
    method: str,
    failing: str | None,
) -> None:
    if failing:
        outside.failures = {failing: RuntimeError(f"{PHONE} 187.10.20.30 {path}")}
    call(any_request(path, method, headers={"referer": "https://webmail.example.com.br/ana"}))
    text = capsys.readouterr().out
    for private in ("187.10.20.30", "Android", path[3:57], "webmail", "ana", "/p/"):
        assert private not in text
    assert '"request_id":"request-1"' in text


def test_a_log_that_cannot_be_written_changes_no_answer(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = call(PIXEL_EVENTS["genuine"])
    monkeypatch.setattr("sys.stdout", BrokenLog())
    assert call(PIXEL_EVENTS["genuine"]) == expected
    assert len(outside.sent) == 2


class BrokenLog(io.StringIO):
    """A log that nobody reads any more."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_a_defect_is_logged_with_its_place(
    outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    outside.failures = {"secret": ZeroDivisionError("private")}
    call(any_request(f"/o/{any_token()}.gif"))
    line, _ = logged(capsys)
    assert (line["level"], line["error"]) == ("ERROR", "ZeroDivisionError")
    assert any(place.startswith("keyring.py:") for place in line["places"])


# Wiring ----------------------------------------------------------------------------------------


def test_keys_in_use_beyond_their_time_show_in_the_log(
    outside: Outside, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    keyring = Keyring(outside.read_secret, seconds=lambda: seconds[0])
    tracker = Tracker(keyring, outside)
    monkeypatch.setattr(handler, "wire", lambda: (outside.settings, tracker))
    for expected in (None, True):
        call(any_request(f"/o/{any_token()}.gif"))
        assert logged(capsys)[0].get("keys_are_stale") is expected
        outside.failures = {"secret": DOWN}
        seconds[0] += 900


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(FinalError) as caught:
        TrackOpenSettings.from_environment({"REGUA_HITS_QUEUE_URL": ""})
    assert str(caught.value) == "REGUA_HITS_QUEUE_URL, REGUA_TRACKING_SECRET_ARN"


@pytest.mark.parametrize(
    ("said", "allowed"),
    [("true", True), ("True", True), ("1", True), ("false", False), ("", False)],
)
def test_time_travel_is_off_unless_it_is_switched_on(said: str, *, allowed: bool) -> None:
    environ = dict.fromkeys(TrackOpenSettings.VARIABLES, "x")
    settings = TrackOpenSettings.from_environment({**environ, "REGUA_ALLOW_AS_OF": said})
    assert settings.allow_as_of is allowed
    assert TrackOpenSettings.from_environment(environ).allow_as_of is False


def test_a_deployment_without_variables_still_answers_the_pixel_and_names_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in TrackOpenSettings.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    handler.wire.cache_clear()
    assert call(any_request(f"/o/{any_token()}.gif"))["statusCode"] == 200
    line, _ = logged(capsys)
    assert line["detail"] == ", ".join(TrackOpenSettings.VARIABLES)


def test_wiring_reads_the_environment_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TrackOpenSettings.VARIABLES:
        monkeypatch.setenv(name, "x")
    handler.wire.cache_clear()
    assert handler.wire() is handler.wire()
    handler.wire.cache_clear()
