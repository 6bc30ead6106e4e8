"""Start MiniStack, the local AWS emulator, and the carrier, and tell whether they answer.

The Lambda workers inherit the emulator's whole environment and see its site-packages. So it gets
an environment made from nothing, a temporary directory of its own, and a virtual environment with
the emulator only: a package missing from a layer is then missing here as well.
"""

import http.client
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from local.place import ROOT, LocalError, Place
from local.processes import Process, Register, tail, wait_until

REGION = "us-east-1"
ACCOUNT = "000000000000"
ACCESS_KEY = "test"

EMULATOR = "emulator"
CARRIER = "carrier"

START_SECONDS = 30.0
PROBE_SECONDS = 2.0

EMULATOR_BIN = ROOT / ".venv-emulator" / "bin"
ENTRY = ROOT / "local" / "emulator_entry.py"
VENV_BIN = ROOT / ".venv" / "bin"


def aws_environment(place: Place) -> dict[str, str]:
    """Return the variables that point the AWS SDKs at the emulator and nowhere else."""
    return {
        "AWS_ENDPOINT_URL": place.aws_endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def base_environment(place: Place, *path: Path) -> dict[str, str]:
    """Return a small, closed environment: `path` and the system's programs, our own home."""
    home, temporary = place.directory / "home", place.directory / "tmp"
    for directory in (home, temporary):
        directory.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.pathsep.join([*map(str, path), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        **aws_environment(place),
    }


def require_free(place: Place) -> None:
    """Make sure both ports can be listened on.

    Raises:
        LocalError: One of them is taken; the message says what to do.
    """
    for port in (place.port, place.carrier_port):
        if not is_free(port):
            raise LocalError(
                f"port {port} is in use by another program; stop that program or choose other "
                f"ports (PORT and PORT+4), for example: make up PORT={suggested_port(place)}"
            )


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def suggested_port(place: Place) -> int:
    """Return a nearby port that is free together with the carrier's."""
    for port in range(place.port + 10, place.port + 1000, 10):
        candidate = Place(place.directory, port)
        if is_free(candidate.port) and is_free(candidate.carrier_port):
            return port
    raise LocalError("no free port was found near the one asked for; set PORT to a free one")


def launch_emulator(place: Place, register: Register, *, enforce_iam: bool) -> Process:
    """Start MiniStack; `await_emulator` waits until it answers."""
    environment = {
        **base_environment(place, EMULATOR_BIN),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(place.port),
        "AWS_ENDPOINT_URL_SESV2": place.carrier_url,
        "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": place.carrier_url,
        "AWS_ENDPOINT_URL_SOCIALMESSAGING": place.carrier_url,
        "AUTH": "true" if enforce_iam else "false",
        "LOG_LEVEL": "WARNING",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "STATE_DIR": str(place.directory / "tmp" / "state"),
        "S3_DATA_DIR": str(place.directory / "tmp" / "s3"),
        "DOCKER_HOST": "unix:///nonexistent",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    command: list[str | Path] = [EMULATOR_BIN / "python", "-P", ENTRY]
    return register.start(EMULATOR, command, environment, place.log(EMULATOR))


def launch_carrier(place: Place, register: Register) -> Process:
    """Start the carrier; `await_carrier` waits until it answers."""
    environment = {**base_environment(place, VENV_BIN), "PYTHONPATH": str(ROOT)}
    command: list[str | Path] = [
        VENV_BIN / "python",
        *("-m", "local.carrier"),
        *("--port", str(place.carrier_port)),
        *("--aws-endpoint", place.aws_endpoint_url),
        *("--state-dir", str(place.directory / "carrier")),
    ]
    return register.start(CARRIER, command, environment, place.log(CARRIER))


def await_emulator(place: Place, process: Process) -> None:
    """Wait until the emulator answers.

    Raises:
        LocalError: It ended first or took too long; the message carries the end of its log.
    """
    _await(process, lambda: is_emulator_healthy(place), place.log(EMULATOR))


def await_carrier(place: Place, process: Process) -> None:
    """Wait until the carrier answers.

    Raises:
        LocalError: It ended first or took too long; the message carries the end of its log.
    """
    _await(process, lambda: is_carrier_healthy(place), place.log(CARRIER))


def _await(process: Process, is_healthy: Callable[[], bool], log: Path) -> None:
    wait_until(lambda: is_healthy() or not process.is_alive(), START_SECONDS)
    if not process.is_alive():
        raise LocalError(f"the {process.name} ended as soon as it was started\n{tail(log)}")
    if not is_healthy():
        raise LocalError(f"the {process.name} did not answer in {START_SECONDS:.0f} s\n{tail(log)}")


def answers(url: str) -> bool:
    """Tell whether an address answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=PROBE_SECONDS) as response:
            return int(response.status) == http.client.OK
    except (OSError, urllib.error.URLError, http.client.HTTPException):
        return False


def is_emulator_healthy(place: Place) -> bool:
    """Tell whether the emulator answers."""
    return answers(f"{place.aws_endpoint_url}/_ministack/ready")


def is_carrier_healthy(place: Place) -> bool:
    """Tell whether the carrier answers."""
    return answers(f"{place.carrier_url}/health")
