"""Keys are read once, again for a key that is new, and never at a stranger's will."""

from collections.abc import Callable

import pytest

from functions.track_open.keyring import Keyring
from regua.adapters.aws_http import AwsRefused, AwsUnavailable
from regua.domain.tokens import TrackingKeys, verify
from tests.unit.tracking.requests import KEYS, SECRET, any_token

ROTATED = {"current": "k2", "k1": SECRET["k1"], "k2": "the next random string"}
NEW = any_token(keys=TrackingKeys.from_secret(ROTATED))
OLD = any_token(keys=KEYS)


class Secret:
    """A secret that counts its readers, with a clock beside it."""

    def __init__(self) -> None:
        self.value: object = SECRET
        self.failure: Exception | None = None
        self.reads = 0
        self.now = 1000.0

    def read(self) -> object:
        self.reads += 1
        if self.failure:
            raise self.failure
        return self.value

    def keyring(self) -> Keyring:
        return Keyring(self.read, seconds=lambda: self.now)


@pytest.fixture
def secret() -> Secret:
    return Secret()


def test_the_secret_is_read_once(secret: Secret) -> None:
    keyring = secret.keyring()
    assert secret.reads == 0, "not before the first token"
    for _ in range(100):
        assert verify(OLD, keyring.keys_for(OLD))
    assert secret.reads == 1


def test_a_rotated_key_is_fetched_when_it_first_appears(secret: Secret) -> None:
    keyring = secret.keyring()
    keyring.keys_for(OLD)
    secret.value = ROTATED
    secret.now += 60
    assert verify(NEW, keyring.keys_for(NEW))
    assert verify(OLD, keyring.keys_for(OLD))
    assert secret.reads == 2


def test_made_up_key_ids_make_us_ask_at_most_once_a_minute(secret: Secret) -> None:
    keyring = secret.keyring()
    keyring.keys_for(OLD)
    for _ in range(600):
        secret.now += 0.5
        keyring.keys_for(NEW)
    assert secret.reads == 1 + 5


def test_a_key_that_was_removed_stops_verifying_within_a_quarter_of_an_hour(
    secret: Secret,
) -> None:
    keyring = secret.keyring()
    keyring.keys_for(OLD)
    secret.value = {"current": "k2", "k2": ROTATED["k2"]}
    secret.now += 899
    assert verify(OLD, keyring.keys_for(OLD))
    secret.now += 1
    assert verify(OLD, keyring.keys_for(OLD)) is None


@pytest.mark.parametrize(
    "break_it",
    [
        lambda secret: setattr(secret, "failure", AwsUnavailable("GetSecretValue")),
        lambda secret: setattr(secret, "failure", AwsRefused("GetSecretValue: AccessDenied")),
        lambda secret: setattr(secret, "value", {"current": "k3"}),
    ],
)
def test_known_keys_outlive_a_reading_that_fails(
    secret: Secret, break_it: Callable[[Secret], None]
) -> None:
    keyring = secret.keyring()
    keyring.keys_for(OLD)
    break_it(secret)
    secret.now += 900
    assert verify(OLD, keyring.keys_for(OLD))
    assert keyring.is_stale
    keyring.keys_for(OLD)
    assert secret.reads == 2, "a failure is not repeated with every request"


def test_without_any_key_there_is_no_answer_until_one_can_be_read(secret: Secret) -> None:
    keyring = secret.keyring()
    secret.failure = AwsUnavailable("GetSecretValue")
    with pytest.raises(AwsUnavailable):
        keyring.keys_for(OLD)
    secret.failure = None
    assert verify(OLD, keyring.keys_for(OLD))
    assert not keyring.is_stale
