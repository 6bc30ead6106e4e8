"""The tracking function's import path is the standard library and the project, nothing else."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_PROGRAM = """
import json, sys
before = set(sys.modules)
import functions.track_open.handler
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


def test_a_cold_start_imports_no_dependency() -> None:
    """A recipient waits for it; what it may take is measured by ``bench/import_time.py``."""
    answer = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/regua/python'}"},
    )
    imported = set(json.loads(answer.stdout))
    assert imported <= sys.stdlib_module_names | {"functions", "regua"}
    assert not imported & {"asyncio", "dataclasses", "logging", "urllib3"}, "slow, and not needed"
