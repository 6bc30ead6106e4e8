"""Run every benchmark and write ``bench/results/latest.json``; name some to run only those."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import (
    aws_requests,
    core,
    customer_page,
    decide,
    evidence_cost,
    hard_facts,
    hit_classifier,
    import_time,
    imports,
    labels,
    local_stack,
    seal,
    simulate,
    webhooks,
)

RESULTS = Path(__file__).parent / "results"
BENCHMARKS: dict[str, Callable[[], dict[str, Any]]] = {
    "decide": decide.run,
    "core": core.run,
    "simulate": simulate.run,
    "hard_facts": hard_facts.run,
    "hit_classifier": hit_classifier.run,
    "labels": labels.run,
    "seal": seal.run,
    "import_time": import_time.run,
    "customer_page": customer_page.run,
    "aws_requests": aws_requests.run,
    "evidence_cost": evidence_cost.run,
    "imports": imports.run,
    "webhooks": webhooks.run,
    "local_stack": local_stack.run,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them."""
    measured: dict[str, Any] = {
        "machine": {
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "commit": _commit(),
        }
    }
    for name in names or BENCHMARKS:
        sys.stdout.write(f"{name} …\n")
        sys.stdout.flush()
        measured[name] = BENCHMARKS[name]()
        sys.stdout.write(f"{json.dumps(measured[name], indent=2)}\n")
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "latest.json"
    path.write_text(json.dumps(measured, indent=2) + "\n")
    sys.stdout.write(f"written to {path}\n")
    return 0


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - git is what the project needs
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
