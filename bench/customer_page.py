"""Time to the first byte of the customer's page, cold and warm, and how much each view weighs.

Cold is a fresh process: the function's import, its adapters (clients of the SDK included, nothing
asked of them), and the first answer. Warm is the same process later on. Stores are in memory, so
what DynamoDB takes is not in it; rendering, sessions, payoffs and the QR code are. The yardstick is
what no function with the SDK can avoid, creating its clients, measured in turns with it.

``python -m bench.customer_page`` prints the result; the measuring processes are its own children.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from http import HTTPStatus
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 9
CALLS = 300
BUDGET_BYTES = 60_000
"""Of landing and details together, the picture of the code apart."""

_NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
_LATE = date(2026, 10, 13)
_TABLES = "REGUA_PORTFOLIO_TABLE", "REGUA_MESSAGES_TABLE", "REGUA_EXCHANGE_TABLE"
_NAMES = (
    *_TABLES,
    "REGUA_BUS_NAME",
    "REGUA_EVIDENCE_BUCKET",
    "REGUA_EVIDENCE_KEY_ARN",
    "REGUA_TRACKING_SECRET_ARN",
    "REGUA_CHARGE_QUEUE_URL",
    "REGUA_TRACKING_BASE_URL",
)
_SETTINGS = {
    **dict.fromkeys(_NAMES, "none"),
    "REGUA_STAGE": "local",
    "REGUA_SHARDS": "1",
    "REGUA_PAGE_DAYS": "180",
    "REGUA_ALLOW_AS_OF": "true",
}
_CLIENTS = "dynamodb", "events", "s3", "kms", "secretsmanager", "sqs"
_BARE = (
    "import time, sys, pathlib; start = time.perf_counter(); import boto3;"
    f"[boto3.client(s, 'us-east-1') for s in {_CLIENTS}];"
    "pathlib.Path(sys.argv[1]).write_text(str(time.perf_counter() - start))"
)


def run(rounds: int = ROUNDS) -> dict[str, Any]:
    """Return milliseconds and bytes; ratios are to creating the SDK's clients."""
    cold: list[Mapping[str, float]] = []
    clients: list[float] = []
    for _ in range(rounds):
        clients.append(float(_child("-c", _BARE)) * 1000)
        cold.append(json.loads(_child("-m", "bench.customer_page", "cold")))
    parts = {name: round(median(each[name] for each in cold), 1) for name in cold[0]}
    total = median(sum(each.values()) for each in cold)
    warm: Mapping[str, Any] = json.loads(_child("-m", "bench.customer_page", "warm"))
    first_views = warm["landing"]["bytes"] + warm["details"]["bytes_without_picture"]
    return {
        "rounds": rounds,
        "cold_ms": {**parts, "to_first_byte": round(total, 1)},
        "boto3_clients_ms": round(median(clients), 1),
        "cold_to_boto3_clients": round(total / median(clients), 3),
        "warm": warm,
        "first_views_bytes": first_views,
        "within_budget": first_views <= BUDGET_BYTES,
    }


def _child(*words: str) -> str:
    """Run Python on what is measured, and return what it wrote to the file it was given."""
    environ = {
        **os.environ,
        **_SETTINGS,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_EC2_METADATA_DISABLED": "true",
        "POWERTOOLS_METRICS_NAMESPACE": "Regua",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/regua/python'}",
    }
    with tempfile.NamedTemporaryFile("r") as told:
        subprocess.run(  # noqa: S603 - fixed programs of this file
            [sys.executable, *words, told.name],
            check=True,
            env=environ,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        return told.read()


# ── in the measured process ────────────────────────────────────────────────────────────────────


def _cold() -> dict[str, float]:
    """Measure one cold start; the twins are imported between its parts and not counted."""
    started = perf_counter()
    from functions.customer_page import handler  # noqa: PLC0415 - this is what is measured

    imported = perf_counter()
    handler.read_keys = lambda *_: None  # type: ignore[attr-defined,assignment] # asks nobody
    handler.wire()
    wired = perf_counter()
    ask = _twins()
    ready = perf_counter()
    answered = ask("")
    done = perf_counter()
    _check(answered)
    return {
        "import": (imported - started) * 1000,
        "wire": (wired - imported) * 1000,
        "first_answer": (done - ready) * 1000,
    }


def _check(answered: Mapping[str, Any]) -> str:
    """Return the body of an answer that is what it should be."""
    if answered["statusCode"] != HTTPStatus.OK:
        msg = "the benchmark did not see what it set out to see"
        raise AssertionError(msg)
    body: str = answered["body"]
    return body


def _warm() -> dict[str, Any]:
    """Measure every view over and over."""
    ask = _twins()
    cookie = _identified(ask)
    views = {"landing": ("", ""), "details": ("", cookie), "simulator": ("/acordo", cookie)}
    found: dict[str, Any] = {}
    for name, (rest, session) in views.items():
        body = _check(ask(rest, cookie=session))
        taken = []
        for _ in range(CALLS):
            before = perf_counter()
            ask(rest, cookie=session)
            taken.append((perf_counter() - before) * 1000)
        found[name] = {
            "median_ms": round(median(taken), 2),
            "p95_ms": round(quantiles(taken, n=20)[-1], 2),
            "bytes": len(body.encode()),
            "bytes_without_picture": len(_without_picture(body).encode()),
        }
    return found


Ask = Callable[..., Any]


def _twins() -> Ask:
    """Wire the function to one late invoice in memory; return what asks its page."""
    from bench.page_twins import page_on_twins  # noqa: PLC0415 - not part of what is measured

    return page_on_twins(_NOW, _LATE)


def _identified(ask: Ask) -> str:
    """Answer the question, and return the session's cookie."""
    landed = ask("")
    cookie = landed["cookies"][0].partition(";")[0]
    csrf = landed["body"].partition('name="csrf" value="')[2].partition('"')[0]
    form = f"csrf={csrf}&digits=4725"
    opened = ask("/abrir", method="POST", cookie=cookie, body=form)
    session: str = opened["cookies"][0].partition(";")[0]
    return session


def _without_picture(body: str) -> str:
    start, svg, rest = body.partition("<svg")
    return start + rest.partition("</svg>")[2] if svg else body


if __name__ == "__main__":
    if len(sys.argv) == 3:  # noqa: PLR2004 - what to measure, and where to write it
        measured = _cold() if sys.argv[1] == "cold" else _warm()
        Path(sys.argv[2]).write_text(json.dumps(measured), encoding="utf-8")
    else:
        sys.stdout.write(f"{json.dumps(run(), indent=2)}\n")
