"""Start, recognise and stop the processes of a local cloud, and nothing else on the machine.

A process is known by its id together with the instant it started, because ids are reused. Each one
leads a session of its own, so that Ctrl-C in the terminal does not reach it and so that it can be
stopped with everything it started. All of them carry a mark in their environment; on Linux that
also finds what outlived its leader.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from local.place import LocalError

MARK = "REGUA_CLOUD"
"""Environment variable that holds the state directory of the cloud a process belongs to."""

TERMINATE_SECONDS = 3.0
POLL_SECONDS = 0.02

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process that was started, as remembered on disk."""

    name: str
    pid: int
    started: str

    def is_alive(self) -> bool:
        """Tell whether this very process still runs; another one with its id does not count."""
        return start_of(self.pid) == self.started

    def stop(self) -> None:
        """End the process and everything in its session: politely first, then for good."""
        if self.is_alive():
            end_groups([self.pid])


def start_of(pid: int) -> str | None:
    """Return what tells a process from a later one with the same id; None when it has ended."""
    if PROC.is_dir():
        fields = stat_of(pid)
        return fields[19] if fields else None
    result = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return result.stdout.strip() or None


def stat_of(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the state on; None when the process has ended."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if not fields or fields[0] in {"Z", "X"} else fields


def end_groups(leaders: Sequence[int]) -> None:
    """Ask process groups to end, and end by force, all at once, those that do not in time."""
    remaining = list(leaders)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for leader in remaining:
            with suppress(ProcessLookupError):
                os.killpg(leader, number)
        wait_until(lambda: not any(map(group_is_alive, leaders)), TERMINATE_SECONDS)
        remaining = [leader for leader in leaders if group_is_alive(leader)]
        if not remaining:
            return


def group_is_alive(leader: int) -> bool:
    """Tell whether any process of the group runs, after collecting our own ended child."""
    with suppress(ChildProcessError):
        os.waitpid(leader, os.WNOHANG)
    if PROC.is_dir():  # a dead process that nobody collected must not count, so ask each one
        return any(group_of(pid) == leader for pid in process_ids())
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def group_of(pid: int) -> int | None:
    """Return the process group of a running process; None when it has ended."""
    fields = stat_of(pid)
    return int(fields[2]) if fields else None


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition; tell whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


class Register:
    """The processes of one cloud, kept in a file that survives the command that started them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / "processes.json"

    def load(self) -> dict[str, Process]:
        """Return what was started, by name; a damaged file counts as empty."""
        try:
            entries = json.loads(self._path.read_text())
            return {entry["name"]: Process(**entry) for entry in entries}
        except (OSError, ValueError, TypeError, KeyError):
            return {}

    def start(
        self, name: str, command: Sequence[str | Path], environment: Mapping[str, str], log: Path
    ) -> Process:
        """Start a process that outlives this command and remember it.

        Only `environment` and the mark reach it. A signal between the start and the note cannot
        lose the process: the mark finds it.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            child = subprocess.Popen(
                [str(word) for word in command],
                cwd=self._directory,
                env={**environment, MARK: str(self._directory)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = Process(name, child.pid, start_of(child.pid) or "ended")
        child.returncode = 0  # it is meant to outlive us: no warning when the object is dropped
        self._save({**self.load(), name: process})
        return process

    def stop_all(self) -> list[str]:
        """End every remembered process and whatever carries the mark; return their names."""
        running = [process for process in self.load().values() if process.is_alive()]
        end_groups([process.pid for process in running])
        astray = self.marked()
        for pid in astray:  # what outlived a leader that had crashed
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.marked(), TERMINATE_SECONDS)
        self._path.unlink(missing_ok=True)
        return [process.name for process in running] + [f"process {pid}" for pid in astray]

    def marked(self) -> list[int]:
        """Return the processes, found by their mark, that run for this cloud (Linux only)."""
        wanted = f"{MARK}={self._directory}".encode()
        return [pid for pid in process_ids() if wanted in environment_of(pid)]

    def _save(self, processes: Mapping[str, Process]) -> None:
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps([asdict(process) for process in processes.values()]))
        partial.replace(self._path)


def process_ids() -> list[int]:
    """Return the ids of the processes whose environment may be read, ours left out."""
    if not PROC.is_dir():
        return []
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and is_ours(entry)]


def is_ours(entry: Path) -> bool:
    """Tell whether a process belongs to this user and is not this very one."""
    try:
        return entry.stat().st_uid == os.getuid() and int(entry.name) != os.getpid()
    except OSError:
        return False


def environment_of(pid: int) -> list[bytes]:
    """Return a process's first environment; empty when it has ended."""
    try:
        return (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def run(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    *,
    cwd: Path,
    log: Path,
    seconds: float,
) -> None:
    """Run a command to its end, its output in `log`, and leave nothing of it behind.

    Raises:
        LocalError: It failed or took too long; the message carries the end of the log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        child = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = child.wait(timeout=seconds)
        except BaseException as exc:
            end_groups([child.pid])
            child.wait()
            if isinstance(exc, subprocess.TimeoutExpired):
                raise LocalError(f"gave up after {seconds:.0f} s\n{tail(log)}") from exc
            raise
    if code:
        raise LocalError(f"failed with exit code {code}\n{tail(log)}")


def tail(log: Path, lines: int = 15) -> str:
    """Return the end of a log, indented, with the place of the whole."""
    try:
        text = log.read_text(errors="replace")
    except OSError:
        text = ""
    last = [f"    {line}" for line in text.strip().splitlines()[-lines:]]
    return "\n".join([*last, f"    (all of it: {log})"])
