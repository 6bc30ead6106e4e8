"""What a function does not need is not loaded when it starts."""

import json
import subprocess
import sys

import pytest

from tests.shared_data import REPO_ROOT

_PROGRAM = "import json, sys, functions.{name}.handler; print(json.dumps(sorted(sys.modules)))"
_INTAKE = {"regua.application.facts_in", "regua.domain.pix.br_code", "regua.domain.phones"}
_DRAWING = {"reportlab", "segno", "PIL"}


def loaded(name: str) -> set[str]:
    answer = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(name=name)],
        check=True,
        capture_output=True,
        text=True,
        cwd=REPO_ROOT,
        env={
            "PYTHONPATH": f"{REPO_ROOT}:{REPO_ROOT / 'layers/regua/python'}",
            "POWERTOOLS_METRICS_NAMESPACE": "Regua",
            "POWERTOOLS_SERVICE_NAME": name,
        },
    )
    return set(json.loads(answer.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", ["evaluate_ruler", "send_email"])
def test_who_decides_and_sends_loads_nothing_of_intake(name: str) -> None:
    assert not loaded(name) & (_INTAKE | _DRAWING)


def test_who_takes_facts_in_loads_what_checks_them_and_nothing_that_draws() -> None:
    modules = loaded("ingest")
    assert modules >= _INTAKE
    assert not modules & _DRAWING


def test_who_signs_e_mail_loads_no_library_for_it() -> None:
    """It costs 140 ms of processor time and ten times ours per message."""
    assert "dkim" not in loaded("send_email")


def test_only_the_function_that_prints_loads_what_draws() -> None:
    assert loaded("render_boleto") >= {"reportlab", "segno"}
    assert not loaded("api") & _DRAWING
