"""What each of the three links does. A GET changes nothing but the log of hits."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from regua.adapters.aws_http import AwsRefused, AwsUnavailable
from regua.domain.hit_classifier import FOLLOWED_HONEYPOT, HitLabel, classify
from regua.domain.tokens import (
    HONEYPOT,
    HitKind,
    TrackingKeys,
    TrackingToken,
    is_well_formed,
    issue,
    verify,
)
from regua.runtime.public_http import Response

from . import responses
from .request import Route, Visit, wire_instant

_METRIC_OF = {
    HitKind.OPEN: "hit_open",
    HitKind.CLICK: "hit_click",
    HitKind.UNSUBSCRIBE: "unsubscribe",
}


class Keys(Protocol):
    """Knows the signing keys."""

    is_stale: bool

    def keys_for(self, token: str) -> TrackingKeys:
        """Return the keys to verify a token with."""
        ...


class Hits(Protocol):
    """Keeps hits until they are recorded."""

    def send(self, message: Mapping[str, Any]) -> None:
        """Return once the hit is kept."""
        ...


class Answer(NamedTuple):
    """What the caller gets, and what the log and the metrics say about it."""

    response: Response
    metrics: tuple[str, ...] = ()
    fields: Mapping[str, Any] = MappingProxyType({})
    failure: Exception | None = None


class Tracker:
    """Answers genuine and forged links alike."""

    def __init__(self, keys: Keys, hits: Hits) -> None:
        self.keys = keys
        self.hits = hits

    def answer(self, route: Route, visit: Visit) -> Answer:
        """Do what the link says.

        Raises:
            AwsUnavailable, AwsRefused, ValueError: When no signing keys can be read.
        """
        keys = self._keys_for(route)
        token = _genuine(route, keys) if keys else None
        if keys is None or token is None:
            response = responses.pixel() if route.kind is HitKind.OPEN else responses.not_found()
            return Answer(response, ("token_invalid",), {"outcome": "token_invalid"})
        if token.kind is HitKind.UNSUBSCRIBE and route.method != "POST":
            fields = {**_ids(token), "outcome": "confirmation_shown"}
            return Answer(responses.confirm_unsubscribe(), fields=fields)
        return self._hit(token, keys, route, visit)

    def _keys_for(self, route: Route) -> TrackingKeys | None:
        """Return the keys to verify a token with; nobody asks for them to read what is no token."""
        if route.kind is None or not is_well_formed(route.token):
            return None
        return self.keys.keys_for(route.token)

    def _hit(self, token: TrackingToken, keys: TrackingKeys, route: Route, visit: Visit) -> Answer:
        """Keep the hit, then answer; only an opt-out that is not kept may not be confirmed."""
        label = _label(token, route, visit)
        failure = self._keep(_message(token, route, visit, label))
        metric = "hit_unrecorded" if failure else _METRIC_OF[token.kind]
        if token.kind is HitKind.UNSUBSCRIBE:
            response = responses.unavailable() if failure else responses.unsubscribed()
        elif token.kind is HitKind.CLICK:
            response = _follow(token, keys)
        else:
            response = responses.pixel()
        fields = {
            **_ids(token),
            "outcome": metric,
            "at": wire_instant(visit.caller.at),
            "label": label.label,
            "score": label.score,
            "reasons": label.reasons,
            "is_one_click": visit.is_one_click or None,
            "keys_are_stale": self.keys.is_stale or None,
        }
        return Answer(response, (metric,), fields, failure)

    def _keep(self, message: Mapping[str, Any]) -> Exception | None:
        try:
            self.hits.send(message)
        except (AwsUnavailable, AwsRefused) as exc:
            return exc
        return None


def _genuine(route: Route, keys: TrackingKeys) -> TrackingToken | None:
    """Return the token when it is ours and was made for this kind of link."""
    token = verify(route.token, keys)
    return token if token and token.kind is route.kind else None


def _follow(token: TrackingToken, keys: TrackingKeys) -> Response:
    """Lead a click on to the page of its message; what is not shown to people leads nowhere.

    The page's time runs from the message's, however late the click.
    """
    if token.link == HONEYPOT:
        return responses.not_found()
    return responses.to_page(issue(HitKind.PAGE, token.dispatch_id, None, token.issued_at, keys))


def _label(token: TrackingToken, route: Route, visit: Visit) -> HitLabel:
    """Judge a hit by itself; nobody sees the honeypot, so nobody follows it."""
    if token.link == HONEYPOT:
        return FOLLOWED_HONEYPOT
    return classify(
        token.kind, route.method, visit.caller.user_agent, visit.caller.ip, visit.caller.headers
    )


def _ids(token: TrackingToken) -> dict[str, Any]:
    return {"dispatch_id": token.dispatch_id, "link": token.link, "key_id": token.key_id}


def _message(token: TrackingToken, route: Route, visit: Visit, label: HitLabel) -> dict[str, Any]:
    """Spell a hit as the hits queue carries it."""
    return {
        "version": "1",
        "kind": token.kind,
        "dispatch_id": token.dispatch_id,
        "link": token.link,
        "at": wire_instant(visit.caller.at),
        "as_of": wire_instant(visit.caller.as_of) if visit.caller.as_of else None,
        "ip": visit.caller.ip,
        "user_agent": visit.caller.user_agent,
        "headers": dict(visit.caller.headers),
        "method": route.method,
        "request_id": visit.caller.request_id,
        "label": label.label,
        "score": label.score,
        "reasons": list(label.reasons),
        "ruleset": label.ruleset,
    }
