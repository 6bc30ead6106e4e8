"""What every call of the HTTP API passes first: how many, how large, in what form, and once.

A call costs one write to count it, and one more before and after the work when it carries an
`Idempotency-Key`. The limit by client is a fair share, kept to by the minute; what protects the
deployment as a whole is the throttle of API Gateway, before anything runs.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from math import isfinite
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from regua.adapters.dynamodb_calls import DynamoAnswers, DynamoCallCounter
from regua.application.calls_ports import (
    AnswerStore,
    CallCounter,
    CallKey,
    CallState,
    KeptAnswer,
)
from regua.application.ports import CreditorDirectory
from regua.domain.access import PLATFORM
from regua.domain.errors import InvalidInput, ReguaError
from regua.domain.ids import CreditorId
from regua.runtime.access import Caller
from regua.runtime.http import (
    RETRY_AFTER,
    Answer,
    CallRefused,
    Event,
    Told,
    creditor_of,
    written,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CALLS_PER_MINUTE = 6_000
"""What a client may ask for unless its record says less, or more."""
BODY_BYTES = 1_000_000
"""As large as the body of a call may be, unless its route takes more."""
KEPT_BYTES = 200_000
"""A larger answer is not kept: the call is done again, which changes nothing (see ADR 0011)."""
MAX_KEY = 255
REPLAYED = "Idempotency-Replayed"
SHOWN_ONCE = frozenset(
    {
        "POST /v1/creditors/{creditor_id}/clients",
        "POST /v1/clients",
        "POST /v1/webhooks",
        "POST /v1/webhooks/{webhook_id}/rotate-secret",
        "POST /v1/hooks",
        "POST /v1/hooks/{hook_id}/rotate",
    }
)
"""Routes whose answer holds a secret: it is kept nowhere, and a copy of the call is refused."""
_HEADER = "idempotency-key"
_JSON = "application/json"
_MINUTE = 60
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_PLATFORM = CreditorId("#platform")
"""Whose the keys are of whoever runs the deployment: no creditor's id begins so."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Decides which calls get through, and answers again what was answered before."""

    answers: AnswerStore
    calls: CallCounter
    directory: CreditorDirectory
    now: Callable[[], datetime]
    body_bytes: Mapping[str, int] = field(default_factory=dict)
    """What routes (``POST /v1/…``) take beyond what all do."""

    def __call__(self, event: Event, proceed: Callable[[Event], Answer]) -> Answer:
        """Let a call through to what answers it, or refuse it with a problem document."""
        if not _caller(event).name:
            return proceed(event)  # a route that is open to all passes uncounted
        headers: Mapping[str, str] = {}
        try:
            headers = self._counted(event)
            answer = self._once(_readable(event, self._most(event)), proceed)
        except (CallRefused, InvalidInput) as refused:
            answer = written(refused, event)
        if _shows_secret(event):
            headers = {**headers, "Cache-Control": "no-store"}
        return {**answer, "headers": {**answer.get("headers", {}), **headers}}

    def _most(self, event: Event) -> int:
        return self.body_bytes.get(str(event.get("routeKey", "")), BODY_BYTES)

    def _counted(self, event: Event) -> Mapping[str, str]:
        """Count a call and return what its caller is told about its limit.

        Raises:
            CallRefused: the client has used up its minute.
        """
        now, caller = self.now(), _caller(event)
        own = None if caller.subject else self.directory.requests_per_minute(caller.client_id)
        limit = CALLS_PER_MINUTE if own is None else own
        used = self.calls.count(caller.name, now)
        left = _MINUTE - now.second
        told = {
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": str(max(0, limit - used)),
            "RateLimit-Reset": str(left),
        }
        if used > limit:
            detail = f"More than {limit} calls in a minute; go on when the next one begins."
            again = {RETRY_AFTER: str(left), **told}
            raise CallRefused(Told(HTTPStatus.TOO_MANY_REQUESTS, detail, headers=again))
        return told

    def _once(self, event: Event, proceed: Callable[[Event], Answer]) -> Answer:
        """Do the work of a call that names itself once, and answer its copies alike."""
        key = self._key_of(event)
        if key is None:
            return proceed(event)
        run = str(event["requestContext"]["requestId"])
        known = self.answers.start(key, _fingerprint(event), run, self.now())
        match known.state:
            case CallState.OTHER:
                reason = "was used for another call: another route, or another body"
                raise InvalidInput.at(f"header.{_HEADER}", reason)
            case CallState.RUNNING:
                detail = "A call with this key is being answered; ask again in a moment."
                again = {RETRY_AFTER: "2"}
                raise CallRefused(Told(HTTPStatus.CONFLICT, detail, headers=again))
            case CallState.DONE if _shows_secret(event):
                detail = "It was done under this key; the secret that it showed is not shown again."
                raise CallRefused(Told(HTTPStatus.CONFLICT, detail))
            case CallState.DONE if known.answer is not None:
                return _again(known.answer)
            case CallState.DONE:
                return proceed(event)
        answer = proceed(event)
        if _is_worth_keeping(answer):
            kept = None if _shows_secret(event) else _kept(answer)
            self.answers.finish(key, run, kept, self.now())
        else:
            self.answers.forget(key, run)
        return answer

    def _key_of(self, event: Event) -> CallKey | None:
        """Return the call's key, which is its caller's own; None when it has none.

        Raises:
            InvalidInput: it is no key.
        """
        key = _header(event, _HEADER)
        if key is None or _method(event) != "POST":
            return None
        if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
            reason = f"is not 1 to {MAX_KEY} printable ASCII characters"
            raise InvalidInput.at(f"header.{_HEADER}", reason)
        owner = self._owner(event)
        return None if owner is None else CallKey(owner, f"{_caller(event).name}\n{key}")

    def _owner(self, event: Event) -> CreditorId | None:
        """Return whose the keys of a caller are; None when the call is not for this caller.

        Whoever answers such a call says so.
        """
        caller = _caller(event)
        if caller.subject is None and PLATFORM in caller.token_scopes:
            return _PLATFORM
        try:
            return creditor_of(APIGatewayProxyEventV2(dict(event)), self.directory).creditor_id
        except ReguaError:
            return None


def entrance_on(
    client: "DynamoDBClient",
    exchange_table: str,
    directory: CreditorDirectory,
    now: Callable[[], datetime],
) -> Entrance:
    """Return the entrance of a function, which counts and remembers on the ``exchange`` table."""
    answers = DynamoAnswers(client, exchange_table)
    calls = DynamoCallCounter(client, exchange_table)
    return Entrance(answers, calls, directory, now)


def _readable(event: Event, most: int) -> Event:
    """Return the call with its body as text.

    Raises:
        CallRefused: the body is too large, or is not said to be JSON.
        InvalidInput: it is no text, or text that no JSON of ours can be.
    """
    body = event.get("body")
    if not body or _method(event) not in _WITH_BODY:
        return event
    if len(body) > most * 4 // 3 + 4:
        raise _too_large(most)
    try:
        data = base64.b64decode(body) if event.get("isBase64Encoded") else str(body).encode()
        text = data.decode()
    except ValueError:
        raise InvalidInput.at("body", "is not text in UTF-8") from None
    if len(data) > most:
        raise _too_large(most)
    kind = (_header(event, "content-type") or _JSON).partition(";")[0].strip().lower()
    if kind != _JSON:
        detail = f"The body must be {_JSON}, not {kind[:100]}."
        raise CallRefused(Told(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail))
    _check_json(text)
    headers = {**event["headers"], "content-type": _JSON}
    return {**event, "headers": headers, "body": text, "isBase64Encoded": False}


def _check_json(text: str) -> None:
    r"""Refuse what Python's parser takes and JSON does not know, or nobody can write again.

    Those are `NaN`, numbers beyond all measure and half of a surrogate pair. Text that is no
    JSON at all is left to whoever reads it, who says where it breaks.

    Raises:
        InvalidInput: it is there.
    """
    try:
        found = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        if "\\ud" in text.lower():
            json.dumps(found, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        return
    except UnicodeEncodeError:
        raise InvalidInput.at("body", "holds half of a surrogate pair") from None
    except RecursionError:
        raise InvalidInput.at("body", "nested too deeply") from None
    except ValueError as exc:
        raise InvalidInput.at("body", "holds a number that JSON cannot write") from exc


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):  # JSON has no infinity to write it with
        raise ValueError(text[:20])
    return number


def _too_large(most: int) -> CallRefused:
    detail = f"The body is larger than {most} bytes."
    return CallRefused(Told(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail))


def _shows_secret(event: Event) -> bool:
    return event.get("routeKey") in SHOWN_ONCE


def _caller(event: Event) -> Caller:
    return Caller.of(APIGatewayProxyEventV2(dict(event)))


def _method(event: Event) -> str:
    return str(event["requestContext"]["http"]["method"])


def _header(event: Event, name: str) -> str | None:
    """Return a header; API Gateway writes their names in small letters."""
    value = (event.get("headers") or {}).get(name)
    return None if value is None else str(value)


def _fingerprint(event: Event) -> str:
    """Return what a call asks for, as a hash: its method, address, question and body."""
    asked = [_method(event), event["rawPath"], event.get("rawQueryString"), event.get("body")]
    return sha256(json.dumps(asked).encode()).hexdigest()


def _is_worth_keeping(answer: Answer) -> bool:
    """Tell whether the work was done; one refused or left in part is free to be asked again."""
    done = int(answer["statusCode"]) < HTTPStatus.BAD_REQUEST
    return done and RETRY_AFTER not in answer.get("headers", {})


def _kept(answer: Answer) -> KeptAnswer | None:
    body = str(answer.get("body") or "")
    if answer.get("isBase64Encoded") or len(body.encode()) > KEPT_BYTES:
        return None
    headers = tuple((str(n), str(v)) for n, v in answer.get("headers", {}).items())
    return KeptAnswer(int(answer["statusCode"]), headers, body)


def _again(kept: KeptAnswer) -> Answer:
    headers = {**dict(kept.headers), REPLAYED: "true"}
    return {
        "statusCode": kept.status,
        "headers": headers,
        "body": kept.body,
        "isBase64Encoded": False,
        "cookies": [],
    }
