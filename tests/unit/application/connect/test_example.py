"""The example that docs/connect-your-erp.md walks through runs, and says what the page says."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from regua.application.connect.conversions import Conversion
from regua.application.connect.facts import FACT_NAMES
from regua.application.connect.receive import KINDS, check_settings

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "docs" / "examples" / "connect"
PAGE = (ROOT / "docs" / "connect-your-erp.md").read_text()


def test_the_example_prints_what_every_record_became() -> None:
    run = subprocess.run(
        [sys.executable, str(EXAMPLE / "connect_your_erp.py")],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
        env={"PATH": os.environ["PATH"]},
    )
    answer: dict[str, Any] = json.loads(run.stdout)
    assert answer["counts"] == {"created": 3, "updated": 0, "kept": 0, "refused": 0}
    assert json.dumps(answer["results"][2]) in PAGE


def test_the_page_s_settings_are_those_of_the_example() -> None:
    written = json.loads((EXAMPLE / "settings.json").read_text())
    check_settings("generic", written)
    blocks = [b.partition("```")[0] for b in PAGE.split("```json")[1:]]
    assert written in [json.loads(b) for b in blocks]


def test_the_page_names_every_conversion_every_fact_and_every_kind() -> None:
    for name in (*Conversion, *FACT_NAMES, *KINDS):
        assert f"`{name}`" in PAGE, name
