"""What one hit costs: verifying its token and labelling it, on one core."""

import json
import sys
from datetime import UTC, datetime
from timeit import repeat
from typing import Any

from regua.domain.hit_classifier import classify
from regua.domain.tokens import HitKind, TrackingKeys, issue, verify

CLASSIFY_BUDGET_MICROSECONDS = 50.0
_ROUNDS = 5
_PER_ROUND = 20_000
_AGENTS = {
    "phone": (
        "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/126.0.0.0 Mobile Safari/537.36"
    ),
    "gmail_proxy": (
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
    ),
    "robot": "Mozilla/5.0 (compatible; Examplebot/2.0; +https://bot.example.com.br/)",
    "longest": "Mozilla/5.0 (Windows NT 10.0) " + "Word/1.0 " * 200,
}
_HEADERS = {"accept": "image/*", "accept-language": "pt-BR", "sec-fetch-dest": "image"}


def run() -> dict[str, Any]:
    """Return microseconds per call, the best of several rounds."""
    keys = TrackingKeys.from_secret({"current": "k1", "k1": "an invented random string"})
    token = issue(HitKind.CLICK, "00" * 16, 3, datetime(2026, 1, 2, tzinfo=UTC), keys)
    labelling = {
        name: _microseconds(
            lambda agent=agent: classify(HitKind.OPEN, "GET", agent, "187.10.20.30", _HEADERS)
        )
        for name, agent in _AGENTS.items()
    }
    return {
        "verify_token_us": _microseconds(lambda: verify(token, keys)),
        "classify_us": labelling,
        "classify_within_budget": max(labelling.values()) <= CLASSIFY_BUDGET_MICROSECONDS,
    }


def _microseconds(call: Any) -> float:  # noqa: ANN401 - anything that can be called
    return round(min(repeat(call, number=_PER_ROUND, repeat=_ROUNDS)) / _PER_ROUND * 1e6, 2)


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(run(), indent=2)}\n")
