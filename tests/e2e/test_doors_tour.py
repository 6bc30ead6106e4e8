"""On the running cloud: every block of the tour is run as it stands on the page."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from local.stack import Stack
from tests.e2e.clouds import REPO_ROOT
from tests.e2e.tenants import new_client
from tests.integration.receivers import Receiver, receiver, says

TOUR = REPO_ROOT / "docs" / "tour.md"
GENERATOR = Path(sys.executable).with_name("openapi-python-client")
_BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_TAKES = b"HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n"
_PATIENCE_SECONDS = 240


def blocks(language: str) -> str:
    """Return the page's blocks of a language, one after the other."""
    found = [text for name, text in _BLOCK.findall(TOUR.read_text("utf-8")) if name == language]
    assert found
    return "\n".join(found)


def run(*words: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a program to its end in a folder of the test's own, and return what it printed."""
    done = subprocess.run(
        words,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def erp() -> Iterator[Receiver]:
    with receiver(says(_TAKES)) as found:
        yield found


@pytest.fixture
def environment(stack: Stack, erp: Receiver) -> Mapping[str, str]:
    """Return what the page asks its reader to set, for a tenant to whom nothing has happened."""
    client = new_client(stack, "passeio")
    return {
        "API": stack.api_url,
        "TOKEN_URL": stack.token_url,
        "CLIENT_ID": client["client_id"],
        "CLIENT_SECRET": client["client_secret"],
        "RECEIVER": f"http://127.0.0.1:{erp.port}/regua",
    }


@pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl") and shutil.which("python3")),
    reason="the tour's first half is told in bash, curl and python3",
)
def test_the_tour_in_curl(environment: Mapping[str, str], erp: Receiver, tmp_path: Path) -> None:
    script = f"set -euo pipefail\n{blocks('bash')}"
    printed = run("bash", "-c", script, folder=tmp_path, environment=environment)
    assert '"settled"' in printed
    assert "data não reconhecida" in printed
    assert b'"ping"' in erp.requests[0]


def test_the_tour_in_python(environment: Mapping[str, str], erp: Receiver, tmp_path: Path) -> None:
    run(
        *(str(GENERATOR), "generate", "--path", str(REPO_ROOT / "docs" / "openapi.json")),
        *("--output-path", "regua_client", "--meta", "none"),
        folder=tmp_path,
        environment={},
    )
    (tmp_path / "tour.py").write_text(blocks("python"), "utf-8")
    printed = run(sys.executable, "tour.py", folder=tmp_path, environment=environment)
    assert "tour-2" in printed
    assert "tour-csv-3" in printed
    assert b'"ping"' in erp.requests[0]
