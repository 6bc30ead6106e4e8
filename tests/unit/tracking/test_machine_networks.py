"""The data behind the classifier keeps the shape that the classifier relies on."""

from ipaddress import ip_network
from itertools import combinations

from regua.domain import machine_networks as facts


def test_networks_do_not_overlap_so_that_one_bisection_finds_the_only_answer() -> None:
    networks = [ip_network(cidr) for cidr, *_ in facts.NETWORKS]
    for one, other in combinations(networks, 2):
        assert one.version != other.version or not one.overlaps(other), (one, other)


def test_networks_use_a_closed_vocabulary() -> None:
    assert {scope for _, scope, _, _ in facts.NETWORKS} <= {"all", "open", "click"}
    assert {certainty for _, _, certainty, _ in facts.NETWORKS} <= {"certain", "probable"}
    assert {name for *_, name in facts.NETWORKS} >= facts.PRIVACY_NETWORKS


def test_words_can_match_words() -> None:
    for words in (facts.MACHINE_WORDS, facts.IMAGE_PROXY_WORDS, facts.PERSON_WORDS):
        assert all(word.isalnum() and word == word.lower() for word in words)
    assert not facts.MACHINE_WORDS & (facts.CLIENT_PROGRAMS | facts.BROWSER_PLATFORMS)
    assert all(phrase == phrase.lower() for phrase in facts.MACHINE_PHRASES)
