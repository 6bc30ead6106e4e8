"""Randomness that can be repeated: a generator per purpose, named by text."""

import hashlib
import random


def rng(*parts: object) -> random.Random:
    """Return a generator whose draws depend on the parts alone, not on who drew before.

    >>> rng(1, "a").random() == rng(1, "a").random() != rng(1, "b").random()
    True
    """
    return random.Random("\0".join(map(str, parts)))  # noqa: S311 - a simulation, not a secret


def share(text: str) -> float:
    """Return a number in [0, 1) that depends on the text alone.

    >>> share("x") == share("x")
    True
    """
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64
