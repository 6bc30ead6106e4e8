"""What a cold start pays for imports: fresh processes, taken in turns, medians.

``track_open`` is budgeted above the bare interpreter. ``send_email`` is budgeted against what no
sender can avoid, creating the SDK's clients. The functions around evidence have figures and no
budget. Processes of the compared programs alternate, so a busy machine disturbs all of them alike;
processor time and ratios are steadier than the clock.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 31
TRACK_OPEN_BUDGET_MS = 60.0
SENDER_BUDGET_RATIO = 1.15

_CLIENTS = "dynamodb", "events", "sesv2", "secretsmanager"
PROGRAMS = {
    "bare": "pass",
    "http_client": "import http.client, json, hmac",
    "track_open": "import functions.track_open.handler",
    "boto3_clients": f"import boto3; [boto3.client(s, 'us-east-1') for s in {_CLIENTS}]",
    "send_email": "import functions.send_email.handler",
    "confirm_reading": "import functions.confirm_reading.handler",
    "customer_page": "import functions.customer_page.handler",
    "seal_evidence": "import functions.seal_evidence.handler",
    "issue_report": "import functions.issue_report.handler",
    "verify_evidence": "import functions.verify_evidence.handler",
}


class Cost(NamedTuple):
    """What one process took, in milliseconds."""

    wall: float
    processor: float


def run(rounds: int = ROUNDS) -> dict[str, Any]:
    """Measure every program that can be imported; milliseconds are above the bare interpreter."""
    programs = {name: code for name, code in PROGRAMS.items() if _cost(code)}
    costs: dict[str, list[Cost]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, code in programs.items():
            cost = _cost(code)
            if cost:
                costs[name].append(cost)
    wall = {name: median(cost.wall for cost in taken) for name, taken in costs.items()}
    processor = {name: median(cost.processor for cost in taken) for name, taken in costs.items()}
    above = _above_bare(wall)
    return {
        "rounds": rounds,
        "bare_wall_ms": round(wall["bare"], 1),
        "wall_ms_above_bare": above,
        "processor_ms_above_bare": _above_bare(processor),
        "missing": sorted(PROGRAMS.keys() - programs.keys()),
        **_verdicts(above),
    }


def _above_bare(medians: Mapping[str, float]) -> dict[str, float]:
    return {
        name: round(taken - medians["bare"], 1) for name, taken in medians.items() if name != "bare"
    }


def _verdicts(above: Mapping[str, float]) -> dict[str, Any]:
    """Compare with the budgets; a program that does not exist has no verdict."""
    found: dict[str, Any] = {
        "track_open_within_budget": above["track_open"] <= TRACK_OPEN_BUDGET_MS,
        "track_open_to_boto3_clients": round(above["track_open"] / above["boto3_clients"], 3),
    }
    if "send_email" in above:
        ratio = above["send_email"] / above["boto3_clients"]
        found["send_email_to_boto3_clients"] = round(ratio, 3)
        found["send_email_within_budget"] = ratio <= SENDER_BUDGET_RATIO
    return found


def _cost(code: str) -> Cost | None:
    """Run a program in a fresh interpreter, with the paths of a function; None when it fails."""
    environ = {
        **os.environ,
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_METRICS_NAMESPACE": "Regua",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/regua/python'}",
    }
    start = perf_counter()
    process = subprocess.Popen(  # noqa: S603 - fixed programs of this file
        [sys.executable, "-c", code], stderr=subprocess.DEVNULL, env=environ, cwd=ROOT
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        return None
    return Cost(wall * 1000, (used.ru_utime + used.ru_stime) * 1000)


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(run(), indent=2)}\n")
