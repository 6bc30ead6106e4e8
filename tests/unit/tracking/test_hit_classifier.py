"""The first stage of telling people from programs."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.hit_classifier import RULESET, HitLabel, Label, classify
from regua.domain.tokens import HitKind
from tests.shared_data import shared_data_path

HOME = "187.10.20.30"
"""An address of nobody's list, as of a house in Brazil."""
ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148"
)
MAC_MAIL = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
)
GMAIL_PROXY = (
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
)
GMAIL_PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
SCORES = {
    Label.PERSON: (45, 100),
    Label.IMAGE_PROXY: (70, 70),
    Label.UNKNOWN: (30, 50),
    Label.SECURITY_SCANNER: (0, 20),
    Label.PRIVACY_PREFETCH: (0, 20),
}
MACHINES = {Label.IMAGE_PROXY, Label.PRIVACY_PREFETCH, Label.SECURITY_SCANNER}


def judge(
    agent: str,
    kind: str = "open",
    *,
    method: str = "GET",
    ip: str = HOME,
    headers: dict[str, str] | None = None,
    seconds: float | None = None,
) -> HitLabel:
    return classify(kind, method, agent, ip, headers or {}, seconds)


@pytest.mark.parametrize(
    ("agent", "kind", "label", "why"),
    [
        (ANDROID, "open", "person", "a phone"),
        (WINDOWS, "click", "person", "a browser"),
        (IPHONE, "open", "person", "iOS Mail without the privacy relay"),
        ("Outlook-iOS/709.2189947.prod.iphone (3.24.0)", "open", "person", "a mail application"),
        ("Microsoft Office/16.0 (Microsoft Outlook 16.0.12329; Pro)", "open", "person", "desktop"),
        ("Mozilla/5.0 (Linux; Android 10; CUBOT_X30)", "open", "person", "ends in bot, is a phone"),
        ("Mozilla/5.0 (Linux; Android 6.0; CUBOT MAX)", "click", "person", "the same"),
        (f"{ANDROID} CamScanner/6.1", "click", "person", "an application with a browser in it"),
        (MAC_MAIL, "open", "unknown", "Apple Mail with and without the relay look the same"),
        (MAC_MAIL, "click", "person", "the relay follows no links"),
        ("Mozilla/5.0", "open", "privacy_prefetch", "Apple Mail Privacy Protection"),
        ("Mozilla/5.0", "click", "security_scanner", "no browser is that short"),
        (GMAIL_PREFETCH, "open", "privacy_prefetch", "Gmail ahead of the reader"),
        (GMAIL_PROXY, "open", "image_proxy", "Gmail when somebody looks"),
        (GMAIL_PROXY, "click", "person", "relays follow no links"),
        ("YahooMailProxy; https://help.yahoo.com/kb", "open", "image_proxy", "named, with an URL"),
        ("", "open", "security_scanner", "nobody's program has no name"),
        ("   ", "click", "security_scanner", "the same"),
        ("Mozilla/4.0 (compatible;)", "click", "security_scanner", "an appliance"),
        ("Mozilla/5.0 (compatible; Acme Protect/2.0)", "click", "security_scanner", "no browser"),
        ("Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2)", "click", "person", "a browser"),
        ("python-requests/2.32.3", "click", "security_scanner", "a library"),
        ("Java/17.0.2", "click", "security_scanner", "a library"),
        ("RadiosNet/2.8.0 (Java; Android)", "open", "person", "an application, not the library"),
        ("Googlebot/2.1 (+http://www.google.com/bot.html)", "click", "security_scanner", "a robot"),
        ("abuse.example.fr", "click", "security_scanner", "only a site's name"),
        ("exemplo.ch/1.0", "open", "security_scanner", "a site's name and a version"),
        ("com.example.mail/3.0.1", "open", "unknown", "an application's id"),
        ("br.com.example.leitor/2.0", "open", "unknown", "an application's id"),
        ("FooBot", "click", "security_scanner", "calls itself one"),
        (f"{WINDOWS} HeadlessChrome/126.0", "click", "security_scanner", "nobody looks"),
        ("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; http://bsalsa.com)", "open", "person",
         "an address that old browsers carried"),
        ("Acme Reader 3", "open", "unknown", "says nothing"),
    ],
)  # fmt: skip
def test_what_the_agent_string_says(agent: str, kind: str, label: str, why: str) -> None:
    assert judge(agent, kind).label == label, why


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("sec-purpose", "prefetch;anonymous-client-ip"),
        ("purpose", "prefetch"),
        ("purpose", "Preview"),
        ("x-purpose", "preview"),
        ("x-moz", "prefetch"),
    ],
)
def test_a_browser_that_fetches_ahead_says_so(name: str, value: str) -> None:
    evidence = {"sec-fetch-mode": "navigate", "sec-fetch-user": "?1", name: value}
    found = judge(WINDOWS, "click", headers=evidence)
    assert (found.label, found.reasons) == (Label.PRIVACY_PREFETCH, ("prefetch_header",))


def test_another_purpose_is_no_prefetch() -> None:
    assert judge(WINDOWS, "click", headers={"purpose": "navigate"}).label is Label.PERSON


def test_head_is_a_probe_whoever_it_says_it_is() -> None:
    assert judge(ANDROID, "click", method="HEAD").label is Label.SECURITY_SCANNER


@pytest.mark.parametrize(
    ("ip", "kind", "label", "why"),
    [
        ("40.92.0.0", "open", "security_scanner", "first address of a network"),
        ("40.93.255.255", "click", "security_scanner", "last address"),
        ("40.91.255.255", "click", "person", "one before"),
        ("40.108.0.0", "click", "person", "one after 40.107"),
        ("104.47.0.1", "click", "security_scanner", "Exchange Online Protection"),
        ("209.222.82.77", "open", "security_scanner", "Barracuda"),
        ("2a01:111:f400::1", "click", "security_scanner", "version 6"),
        ("2a01:111:f403:ffff::1", "click", "security_scanner", "version 6"),
        ("2a01:111:f402::1", "click", "person", "between two networks"),
        ("::ffff:40.107.1.2", "click", "security_scanner", "version 4 inside version 6"),
        ("::1", "click", "person", "below every network"),
        ("0.0.0.1", "click", "person", "below every network"),
        ("17.22.14.10", "open", "privacy_prefetch", "Apple fetches images"),
        ("17.22.14.10", "click", "person", "and follows no links"),
        ("66.249.84.1", "click", "security_scanner", "Google's crawlers click"),
        ("66.249.84.1", "open", "person", "Google relays images for people from there"),
        ("", "click", "person", "unknown address"),
        ("not an address", "click", "person", "unknown address"),
    ],
)
def test_networks_of_machines(ip: str, kind: str, label: str, why: str) -> None:
    assert judge(WINDOWS, kind, ip=ip).label == label, why


def test_a_gateway_is_a_gateway_with_the_best_of_browsers() -> None:
    evidence = {
        "sec-fetch-mode": "navigate",
        "sec-fetch-user": "?1",
        "accept-language": "pt-BR",
    }
    found = judge(WINDOWS, "click", ip="40.107.3.4", headers=evidence)
    assert found == HitLabel(
        Label.SECURITY_SCANNER, 0, ("network:microsoft-365-protection",), RULESET
    )


@pytest.mark.parametrize(
    ("seconds", "label", "why"),
    [
        (None, "security_scanner", "the delivery is not known: probably the gateway"),
        (5.0, "security_scanner", "inside the window"),
        (600.0, "security_scanner", "the last second of it"),
        (601.0, "unknown", "perhaps a person in an isolated browser: not counted as one"),
    ],
)
def test_a_probable_gateway_network_counts_within_minutes_of_the_delivery(
    seconds: float | None, label: str, why: str
) -> None:
    assert judge(WINDOWS, "click", ip="40.94.16.1", seconds=seconds).label == label, why


@pytest.mark.parametrize(
    ("kind", "seconds", "label"),
    [
        ("click", -3.0, "security_scanner"),
        ("click", 1.9, "security_scanner"),
        ("click", 2.0, "unknown"),
        ("click", 9.9, "unknown"),
        ("click", 10.0, "person"),
        ("open", -3.0, "unknown"),
        ("open", 1.9, "unknown"),
        ("open", 2.0, "person"),
    ],
)
def test_nobody_reads_and_clicks_within_seconds_of_the_delivery(
    kind: str, seconds: float, label: str
) -> None:
    assert judge(ANDROID, kind, seconds=seconds).label == label


def test_a_browsers_own_word_raises_the_score_of_a_click() -> None:
    bare = judge(WINDOWS, "click")
    speaking = judge(WINDOWS, "click", headers={"accept-language": "pt-BR,pt;q=0.9"})
    by_hand = judge(
        WINDOWS,
        "click",
        headers={
            "accept-language": "pt-BR,pt;q=0.9",
            "sec-fetch-mode": "navigate",
            "sec-fetch-user": "?1",
        },
    )
    assert bare.score < speaking.score < by_hand.score
    assert by_hand.reasons == ("fetch_metadata", "known_client", "accept_language")


def test_a_navigation_without_a_gesture_is_no_evidence() -> None:
    found = judge(WINDOWS, "click", headers={"sec-fetch-mode": "navigate"})
    assert "fetch_metadata" not in found.reasons


def test_an_image_loaded_as_an_image_raises_the_score_of_an_open() -> None:
    assert judge(ANDROID, headers={"sec-fetch-dest": "image"}).score > judge(ANDROID).score


@pytest.mark.parametrize(
    ("referer", "counts"),
    [
        ("https://nam01.safelinks.protection.outlook.com/?url=x", True),
        ("https://urldefense.com/v3/__x", True),
        ("https://urldefense.com.attacker.example/", False),
        ("https://noturldefense.com/", False),
        ("", False),
    ],
)
def test_whoever_comes_through_a_gateways_rewritten_link_was_let_through(
    referer: str, *, counts: bool
) -> None:
    reasons = judge(WINDOWS, "click", headers={"referer": referer}).reasons
    assert ("gateway_rewrite_referer" in reasons) is counts


def test_a_one_click_post_is_a_persons_whatever_server_sends_it() -> None:
    assert judge("", "unsubscribe", method="POST").label is Label.PERSON


def test_a_gateway_that_presses_buttons_is_still_a_gateway() -> None:
    found = judge("", "unsubscribe", method="POST", ip="40.107.3.4")
    assert found.label is Label.SECURITY_SCANNER


@given(
    kind=st.sampled_from(HitKind),
    method=st.sampled_from(["GET", "HEAD", "POST", "get", ""]),
    agent=st.text() | st.just(ANDROID),
    ip=st.text() | st.ip_addresses().map(str),
    headers=st.dictionaries(
        st.sampled_from(["sec-purpose", "x-moz", "referer", "accept-language", "sec-fetch-dest"]),
        st.text(),
    ),
    seconds=st.none() | st.floats(allow_nan=False),
)
def test_every_hit_gets_exactly_one_label_with_a_reason(  # noqa: PLR0917
    kind: HitKind,
    method: str,
    agent: str,
    ip: str,
    headers: dict[str, str],
    seconds: float | None,
) -> None:
    found = classify(kind, method, agent, ip, headers, seconds)
    least, most = SCORES[found.label]
    assert least <= found.score <= most
    assert found.reasons
    assert found == classify(kind, method, agent, ip, headers, seconds)


def test_a_very_long_agent_string_is_judged_by_its_beginning() -> None:
    assert judge(ANDROID + " x" * 100_000 + " bot").label is Label.PERSON


MINIMUM_RECALL = {
    "image_proxy": 1.0,
    "privacy_prefetch": 1.0,
    "security_scanner": 1.0,
    "crawler": 0.97,
}
LABEL_OF_KIND = {"crawler": "security_scanner"}


@pytest.mark.shared_data
def test_no_person_is_taken_for_a_machine_and_few_machines_pass_for_people() -> None:
    """Agent strings alone, of the reference corpus; those that no string can tell are left out."""
    corpus = json.loads(shared_data_path("user_agents.json").read_text(encoding="utf-8"))
    decidable = [entry for entry in corpus if entry["ua_alone_sufficient"]]
    confusion = Counter((entry["kind"], str(judge(entry["ua"]).label)) for entry in decidable)
    wrong_people = [
        entry["ua"]
        for entry in corpus
        if entry["kind"] == "human_client" and judge(entry["ua"]).label in MACHINES
    ]
    passing = [
        entry["ua"]
        for entry in decidable
        if entry["kind"] != "human_client" and judge(entry["ua"]).label is Label.PERSON
    ]
    totals = Counter(entry["kind"] for entry in decidable)
    recall = {
        kind: confusion[kind, LABEL_OF_KIND.get(kind, kind)] / totals[kind]
        for kind in MINIMUM_RECALL
    }
    people_recognised = confusion["human_client", "person"] / totals["human_client"]
    report = f"recall {recall}; people {people_recognised:.3f}; confusion {dict(confusion)}"
    assert wrong_people == [], report
    assert passing == [], report
    assert all(recall[kind] >= least for kind, least in MINIMUM_RECALL.items()), report
    assert people_recognised >= 0.97, report


@pytest.mark.shared_data
def test_every_published_network_of_the_reference_is_known() -> None:
    networks = json.loads(shared_data_path("machine_networks.json").read_text(encoding="utf-8"))
    published = [
        entry
        for entry in networks
        if entry["source_net"][0].isdigit() and entry["certainty"] in {"certain", "probable"}
    ]
    assert published
    for entry in published:
        kind = "open" if entry["scope"] == "opens" else "click"
        inside = entry["source_net"].split("/")[0]
        assert judge(WINDOWS, kind, ip=inside).label in MACHINES, entry["source_net"]
