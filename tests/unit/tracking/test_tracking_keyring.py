"""The keys of a warm environment: a rotation breaks no link, made-up ids ask for nothing."""

from regua.adapters.tracking_links import TrackingKeyring
from regua.domain.tokens import TrackingKeys

FIRST = TrackingKeys.from_secret({"current": "k1", "k1": "one"})
BOTH = TrackingKeys.from_secret({"current": "k2", "k1": "one", "k2": "two"})


class Secret:
    """What is read, how often, and a clock that tests move."""

    def __init__(self) -> None:
        self.keys = FIRST
        self.readings = 0
        self.now = 100.0

    def read(self) -> TrackingKeys:
        self.readings += 1
        return self.keys

    def keyring(self) -> TrackingKeyring:
        return TrackingKeyring(self.read, seconds=lambda: self.now)


def test_a_token_of_a_new_key_is_looked_up_once_a_minute_at_the_most() -> None:
    secret = Secret()
    keyring = secret.keyring()
    secret.keys = BOTH
    assert keyring.keys_for("k2…") is FIRST
    secret.now += 60
    assert keyring.keys_for("k1…") is FIRST, "a known key asks for nothing"
    assert keyring.keys_for("k2…") is BOTH
    for _ in range(5):
        keyring.keys_for("zz…")
    assert secret.readings == 2


def test_a_key_that_was_removed_is_used_no_longer_than_a_quarter_of_an_hour() -> None:
    secret = Secret()
    keyring = secret.keyring()
    secret.now += 899
    keyring.keys_for("k1…")
    assert secret.readings == 1
    secret.now += 1
    keyring.keys_for("k1…")
    assert secret.readings == 2
