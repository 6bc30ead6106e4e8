"""Local clouds for tests: own directory, own ports, driven through the command line."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from local.emulator import is_free
from local.place import Place
from local.processes import Register
from local.stack import Stack

REPO_ROOT = Path(__file__).resolve().parents[2]

FIRST_PORT = 4810
PORT_STEP = 10

UP_SECONDS = 240


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int
    output: str
    seconds: float


@dataclass(frozen=True)
class LocalCloud:
    """One cloud of the tests. A user's own, in `.local/`, is never touched."""

    place: Place

    @property
    def environment(self) -> dict[str, str]:
        """Return what makes the command work on this cloud."""
        return {
            **os.environ,
            "REGUA_STATE_DIR": str(self.place.directory),
            "PORT": str(self.place.port),
            "PYTHONPATH": str(REPO_ROOT),
        }

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Start a `regua` command, with more in its environment, and return at once."""
        return subprocess.Popen(
            [sys.executable, "-m", "local.cli", *words],
            cwd=REPO_ROOT,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, **environment: str) -> Finished:
        """Run a `regua` command to its end."""
        started = time.monotonic()
        with self.start(*words, **environment) as process:
            try:
                output, _ = process.communicate(timeout=UP_SECONDS)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
                raise
        return Finished(process.returncode, output, time.monotonic() - started)

    def up(self, *words: str) -> Stack:
        """Bring it up, or fail with what the command said."""
        finished = self.run("up", *words)
        assert finished.code == 0, finished.output
        return self.stack

    def down(self) -> None:
        """Take it down, or fail with what the command said."""
        finished = self.run("down")
        assert finished.code == 0, finished.output

    @property
    def stack(self) -> Stack:
        """Return its description."""
        return Stack.read(self.place.stack_file)

    def process_ids(self) -> list[int]:
        """Return every process that runs for it, Lambda workers included."""
        return Register(self.place.directory).marked()


def free_place(directory: Path, first: int = FIRST_PORT) -> Place:
    """Return a place with free ports; the same ones each time, so that a synthesis is reused."""
    for port in range(first, first + 100 * PORT_STEP, PORT_STEP):
        place = Place(directory.resolve(), port)
        if is_free(place.port) and is_free(place.carrier_port):
            return place
    raise AssertionError("no free ports for the local cloud")
