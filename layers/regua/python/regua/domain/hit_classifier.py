"""First stage of telling people from programs: what one hit shows by itself.

A machine's hit is labelled, never dropped and never counted as a person's (architecture D8). This
stage sees one request and no history. What the other hits of the message, its delivery and other
messages show is judged later (`regua.domain.hit_windows`), by a new label that never edits this
one.

The score says how likely a person caused the hit: 0 surely a machine, 100 surely a person. The
reasons name the evidence, strongest first, from a closed vocabulary that holds no part of the
request.

Source: Apple Mail Privacy Protection and Gmail prefetch as described by SocketLabs and SparkPost;
Fetch Metadata, W3C working draft, sections 2.1 to 2.4 (read January 2026).
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from math import inf
from typing import NamedTuple

from regua.domain.machine_networks import (
    AUTOMATIC_PRODUCTS,
    BROWSER_PLATFORMS,
    CLIENT_PROGRAMS,
    COMPATIBLE_BROWSERS,
    GATEWAY_REWRITE_HOSTS,
    IMAGE_PROXY_WORDS,
    MACHINE_PHRASES,
    MACHINE_SUFFIXES,
    MACHINE_WORDS,
    NETWORKS,
    PERSON_URLS,
    PERSON_WORDS,
    PREFETCH_AGENTS,
    PRIVACY_NETWORKS,
)
from regua.domain.tokens import HitKind

RULESET = "2026.2"
_AGENT_CHARACTERS = 512
"""Longer agent strings are judged by their beginning: the work per hit has a bound."""
_GATEWAY_WINDOW_SECONDS = 600.0
"""A network that probably belongs to a gateway may carry a person later, in an isolated browser."""
_NO_PERSON_CLICKS_WITHIN_SECONDS = 2.0
_DOUBTFUL_SECONDS = {HitKind.CLICK: 10.0, HitKind.OPEN: 2.0}
FETCH_METADATA = "fetch_metadata"
SECONDS_AFTER_DELIVERY = "seconds_after_delivery"
LONG_AFTER_DELIVERY = "long_after_delivery"
APPLE_MAIL = "apple_mail_agent"
_PROBABLE_NETWORK = "probable_network:"

_WORD = re.compile(r"[a-z0-9]+")
_BARE_AGENT = re.compile(r"mozilla/\d\.\d(?: \(compatible;?\))?")
_SITE = re.compile(r"(?!(?:com|org|net|br|io)\.)(?:[a-z0-9-]+\.)+[a-z]{2,3}(?:/[\d.]+)?")
"""An agent string that is only a site's name; an application's id has its parts the other way."""
_COMPATIBLE = re.compile(r"mozilla/\d\.\d[ +]\(compatible;")
_REFERER_HOST = re.compile(r"https?://([^/?#:]+)", re.IGNORECASE)


class Label(StrEnum):
    """Who caused a hit."""

    PERSON = "person"
    IMAGE_PROXY = "image_proxy"
    """The mailbox provider's relay: a probable view by a person, from nobody's address."""
    PRIVACY_PREFETCH = "privacy_prefetch"
    """Fetched ahead, whether or not anybody reads."""
    SECURITY_SCANNER = "security_scanner"
    UNKNOWN = "unknown"


MACHINES = frozenset({Label.PRIVACY_PREFETCH, Label.SECURITY_SCANNER})
"""Labels of hits that no person caused."""


class HitLabel(NamedTuple):
    """The judgement on one hit, and why."""

    label: Label
    score: int
    reasons: tuple[str, ...]
    ruleset: str = RULESET


FOLLOWED_HONEYPOT = HitLabel(Label.SECURITY_SCANNER, 0, ("honeypot",))
"""Whoever follows a link that is not shown (`regua.domain.tokens.HONEYPOT`)."""


def classify(  # noqa: PLR0917 - one hit, in the order a request is read
    kind: HitKind | str,
    method: str,
    user_agent: str,
    ip: str,
    headers: Mapping[str, str],
    seconds_since_delivery: float | None = None,
) -> HitLabel:
    """Label one hit by itself.

    Args:
        kind: A `HitKind` or its value.
        method: The HTTP method.
        user_agent: The agent string as received; may be empty.
        ip: The address the request came from; may be empty.
        headers: Request headers by lower-case name; those that are missing are no evidence.
        seconds_since_delivery: Since the provider reported delivery, when that is known.
    """
    hit_kind = HitKind(kind)
    network = _network_of(ip, hit_kind)
    certain = _by_request(hit_kind, method, headers, network)
    if certain:
        return certain
    alone = _by_agent(user_agent.strip()[:_AGENT_CHARACTERS], hit_kind)
    if alone.label in {Label.PERSON, Label.UNKNOWN}:
        alone = _weigh(alone, hit_kind, headers, network)
    return after_delivery(hit_kind, alone, seconds_since_delivery)


def _by_request(
    kind: HitKind, method: str, headers: Mapping[str, str], network: "_Network | None"
) -> HitLabel | None:
    """Judge by what settles the matter without a look at the agent string."""
    if network and network.certainty == "certain":
        is_private = network.name in PRIVACY_NETWORKS
        label = Label.PRIVACY_PREFETCH if is_private else Label.SECURITY_SCANNER
        return HitLabel(label, 0, (f"network:{network.name}",))
    if kind is HitKind.UNSUBSCRIBE and method == "POST":
        # Mailbox providers send it for a person, from a server and often without an agent string.
        return HitLabel(Label.PERSON, 80, ("unsubscribe_post",))
    if _is_prefetch(headers):
        return HitLabel(Label.PRIVACY_PREFETCH, 0, ("prefetch_header",))
    if method == "HEAD":
        return HitLabel(Label.SECURITY_SCANNER, 0, ("head_request",))
    return None


def _is_prefetch(headers: Mapping[str, str]) -> bool:
    """Return whether a browser says that it fetches ahead of a person."""
    said = {
        value.split(";")[0].strip().lower()
        for name in ("sec-purpose", "purpose", "x-purpose", "x-moz")
        if (value := headers.get(name))
    }
    return not said.isdisjoint({"prefetch", "prerender", "preview"})


def _by_agent(agent: str, kind: HitKind) -> HitLabel:
    """Judge the agent string alone."""
    if agent == "Mozilla/5.0" and kind is HitKind.OPEN:
        return HitLabel(Label.PRIVACY_PREFETCH, 5, ("apple_privacy_agent",))
    if agent in PREFETCH_AGENTS:
        return HitLabel(Label.PRIVACY_PREFETCH, 5, ("prefetch_agent",))
    lowered = agent.lower()
    words = frozenset(_WORD.findall(lowered))
    if not words.isdisjoint(IMAGE_PROXY_WORDS):
        if kind is HitKind.OPEN:
            return HitLabel(Label.IMAGE_PROXY, 70, ("image_proxy_agent",))
        return HitLabel(Label.PERSON, 50, ("relays_follow_no_links",))
    reason = _machine_reason(lowered, words)
    if reason:
        return HitLabel(Label.SECURITY_SCANNER, 5, (reason,))
    return _by_client(lowered, words, kind)


def _by_client(lowered: str, words: frozenset[str], kind: HitKind) -> HitLabel:
    """Judge an agent string that names no machine: which program does it name?"""
    if words.isdisjoint(BROWSER_PLATFORMS) and words.isdisjoint(CLIENT_PROGRAMS):
        return HitLabel(Label.UNKNOWN, 30, ("unrecognised_agent",))
    if kind is HitKind.OPEN and "macintosh" in words and lowered.endswith("(khtml, like gecko)"):
        # Apple Mail on a Mac, with or without the privacy relay: the string does not tell.
        return HitLabel(Label.UNKNOWN, 50, (APPLE_MAIL,))
    return HitLabel(Label.PERSON, 60, ("known_client",))


def _machine_reason(lowered: str, words: frozenset[str]) -> str | None:
    """Return why an agent string is a machine's, or None."""
    if not lowered:
        return "empty_agent"
    if _BARE_AGENT.fullmatch(lowered):
        return "bare_agent"
    if lowered.partition("/")[0].partition(" ")[0] in AUTOMATIC_PRODUCTS:
        return "http_library"
    if _names_machine(lowered, words) or _SITE.fullmatch(lowered):
        return "machine_agent"
    if _COMPATIBLE.match(lowered) and words.isdisjoint(COMPATIBLE_BROWSERS):
        return "compatible_agent"
    return None


def _names_machine(lowered: str, words: frozenset[str]) -> bool:
    """Return whether a word, the end of a word, or a phrase of the agent string is a machine's."""
    if not words.isdisjoint(MACHINE_WORDS):
        return True
    if any(word.endswith(MACHINE_SUFFIXES) for word in words - PERSON_WORDS):
        return True
    has_phrase = any(phrase in lowered for phrase in MACHINE_PHRASES)
    return has_phrase and not any(url in lowered for url in PERSON_URLS)


def _weigh(
    base: HitLabel, kind: HitKind, headers: Mapping[str, str], network: "_Network | None"
) -> HitLabel:
    """Add to a judgement by the agent string what the network and the headers say."""
    fits = _fetch_metadata_fits(kind, headers)
    if network and base.label is Label.PERSON:
        spoken = (FETCH_METADATA,) if fits else ()
        reasons = (f"{_PROBABLE_NETWORK}{network.name}", *spoken)
        return HitLabel(Label.SECURITY_SCANNER, 20, reasons)
    if base.label is not Label.PERSON:
        return base._replace(reasons=(*base.reasons, FETCH_METADATA)) if fits else base
    return _weigh_person(base, kind, headers, fits=fits)


def _weigh_person(
    base: HitLabel, kind: HitKind, headers: Mapping[str, str], *, fits: bool
) -> HitLabel:
    """Raise or lower the score of a hit that nothing speaks against."""
    score, reasons = base.score, list(base.reasons)
    speaks = bool(headers.get("accept-language"))
    if fits:
        score += 25
        reasons.insert(0, FETCH_METADATA)
    elif kind is HitKind.CLICK and not speaks:
        score -= 15
        reasons.append("no_browser_headers")
    if speaks:
        score += 10
        reasons.append("accept_language")
    referer = _REFERER_HOST.match(headers.get("referer", ""))
    if referer and f".{referer[1].lower()}".endswith(_GATEWAY_SUFFIXES):
        score += 5
        reasons.append("gateway_rewrite_referer")
    return HitLabel(Label.PERSON, score, tuple(reasons))


def after_delivery(kind: HitKind, judged: HitLabel, seconds: float | None) -> HitLabel:
    """Judge a hit again by the time since its message was delivered.

    Args:
        kind: What was hit.
        judged: What is known without the delivery.
        seconds: Since the delivery, negative before it; None leaves the judgement as it is.
    """
    if seconds is None:
        return judged
    if judged.label is Label.SECURITY_SCANNER:
        is_gateway = judged.reasons[0].startswith(_PROBABLE_NETWORK)
        is_later = is_gateway and seconds > _GATEWAY_WINDOW_SECONDS
        reasons = (*judged.reasons, LONG_AFTER_DELIVERY)
        return HitLabel(Label.UNKNOWN, 40, reasons) if is_later else judged
    if judged.label not in {Label.PERSON, Label.UNKNOWN}:
        return judged
    if kind is HitKind.CLICK and seconds < _NO_PERSON_CLICKS_WITHIN_SECONDS:
        return because(SECONDS_AFTER_DELIVERY, judged, Label.SECURITY_SCANNER, 15)
    if seconds < _DOUBTFUL_SECONDS.get(kind, -inf):
        return because(SECONDS_AFTER_DELIVERY, judged, Label.UNKNOWN, 40)
    return judged


def because(reason: str, judged: HitLabel, label: Label, score: int) -> HitLabel:
    """Judge anew for a reason that outweighs those known so far; said again, it is said once."""
    others = tuple(known for known in judged.reasons if known != reason)
    return HitLabel(label, score, (reason, *others))


def _fetch_metadata_fits(kind: HitKind, headers: Mapping[str, str]) -> bool:
    """Return whether the browser itself says that it loads an image, or follows a link by hand."""
    if kind is HitKind.OPEN:
        return headers.get("sec-fetch-dest") == "image"
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-user") == "?1"


class _Network(NamedTuple):
    """One machine network, as integers; ordered by its first address."""

    first: int
    last: int
    scope: str
    certainty: str
    name: str


def _network_of(ip: str, kind: HitKind) -> _Network | None:
    """Return the machine network that speaks about hits of this kind from this address."""
    try:
        address = ip_address(ip)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    number = int(address)
    starts, networks = _RANGES[address.version]
    place = bisect_right(starts, number) - 1
    if place < 0 or number > networks[place].last:
        return None
    found = networks[place]
    return found if found.scope in {"all", kind} else None


def _ranges(version: int) -> tuple[list[int], list[_Network]]:
    """Return the networks of one IP version in ascending order, and their first addresses."""
    networks = sorted(
        _Network(int(net.network_address), int(net.broadcast_address), scope, certainty, name)
        for cidr, scope, certainty, name in NETWORKS
        if (net := ip_network(cidr)).version == version
    )
    return [network.first for network in networks], networks


_RANGES = {4: _ranges(4), 6: _ranges(6)}
_GATEWAY_SUFFIXES = tuple(f".{host}" for host in GATEWAY_REWRITE_HOSTS)
