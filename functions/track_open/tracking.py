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
    verify,
)
from regua.runtime.public_http import Response

from . import responses
from .links import Destination, State
from .request import Route, Visit, wire_instant

_METRIC_OF = {
    HitKind.OPEN: "hit_open",
    HitKind.CLICK: "hit_click",
    HitKind.UNSUBSCRIBE: "unsubscribe",
}


_PAGE_OF = {
    State.SETTLED: responses.settled,
    State.WITHDRAWN: responses.withdrawn,
    State.WITHOUT_LINK: responses.without_link,
    State.UNKNOWN: responses.not_found,
}


class Keys(Protocol):
    """Knows the signing keys."""

    is_stale: bool

    def keys_for(self, token: str) -> TrackingKeys:
        """Return the keys to verify a token with."""
        ...


class Links(Protocol):
    """Knows where links lead."""

    def find(self, dispatch_id: str, link: int) -> Destination:
        """Look up one link of one message."""
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

    def __init__(self, keys: Keys, links: Links, hits: Hits) -> None:
        self.keys = keys
        self.links = links
        self.hits = hits

    def answer(self, route: Route, visit: Visit) -> Answer:
        """Do what the link says.

        Raises:
            AwsUnavailable, AwsRefused, ValueError: When no signing keys can be read.
        """
        token = self._genuine(route)
        if token is None:
            response = responses.pixel() if route.kind is HitKind.OPEN else responses.not_found()
            return Answer(response, ("token_invalid",), {"outcome": "token_invalid"})
        if token.kind is HitKind.UNSUBSCRIBE and route.method != "POST":
            fields = {**_ids(token), "outcome": "confirmation_shown"}
            return Answer(responses.confirm_unsubscribe(), fields=fields)
        return self._hit(token, route, visit)

    def _genuine(self, route: Route) -> TrackingToken | None:
        """Return the token when it is ours and was made for this kind of link."""
        if route.kind is None or not is_well_formed(route.token):
            return None
        token = verify(route.token, self.keys.keys_for(route.token))
        return token if token and token.kind is route.kind else None

    def _hit(self, token: TrackingToken, route: Route, visit: Visit) -> Answer:
        """Keep the hit, then answer; only an opt-out that is not kept may not be confirmed."""
        label = _label(token, route, visit)
        failure = self._keep(_message(token, route, visit, label))
        metric = "hit_unrecorded" if failure else _METRIC_OF[token.kind]
        if token.kind is HitKind.UNSUBSCRIBE:
            response = responses.unavailable() if failure else responses.unsubscribed()
        elif token.link is not None:
            try:
                response = self._follow(token.dispatch_id, token.link)
            except (AwsUnavailable, AwsRefused) as exc:
                response, failure = responses.unavailable(), exc
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

    def _follow(self, dispatch_id: str, link: int) -> Response:
        if link == HONEYPOT:
            return responses.not_found()
        destination = self.links.find(dispatch_id, link)
        if destination.state is State.PAYABLE:
            return responses.redirect(destination.url)
        return _PAGE_OF[destination.state]()


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
