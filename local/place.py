"""Where a local cloud keeps its files and which ports it listens on.

One checkout can hold several clouds side by side, each with its own state directory and ports:
`REGUA_STATE_DIR` and `PORT` name them, and the tests use that to leave a user's cloud alone.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

DEFAULT_PORT = 4566
CARRIER_PORT_OFFSET = 4
HIGHEST_PORT = 65535 - CARRIER_PORT_OFFSET
LOWEST_PORT = 1024

API_ID = "c011ec75"
"""The HTTP API's id in the emulator; the stacks tag the API with it so that URLs are stable."""


class LocalError(Exception):
    """Something a user can put right; the message says what, in one line."""


@dataclass(frozen=True, slots=True)
class Place:
    """One local cloud's directory and ports, whether or not it is running."""

    directory: Path
    port: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Place":
        """Read `REGUA_STATE_DIR` and `PORT`.

        Raises:
            LocalError: `PORT` is not a port number that leaves room for the carrier's.
        """
        directory = Path(environment.get("REGUA_STATE_DIR") or ROOT / ".local")
        text = environment.get("PORT") or str(DEFAULT_PORT)
        if not text.isascii() or not text.isdigit() or not LOWEST_PORT <= int(text) <= HIGHEST_PORT:
            raise LocalError(
                f"PORT={text} is not usable; give a number from {LOWEST_PORT} to {HIGHEST_PORT}, "
                f"for example PORT={DEFAULT_PORT}"
            )
        return cls(directory.resolve(), int(text))

    @property
    def carrier_port(self) -> int:
        """Return the carrier's port, a fixed distance from the emulator's."""
        return self.port + CARRIER_PORT_OFFSET

    @property
    def aws_endpoint_url(self) -> str:
        """Return the emulator's address for programs."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def carrier_url(self) -> str:
        """Return the carrier's address, which is also the inbox's."""
        return f"http://127.0.0.1:{self.carrier_port}"

    @property
    def api_url(self) -> str:
        """Return the HTTP API's address, in the form that browsers and programs both resolve."""
        return f"http://localhost:{self.port}/_aws/execute-api/{API_ID}"

    @property
    def inbox_url(self) -> str:
        """Return the address of the carrier's inbox for people."""
        return f"http://localhost:{self.carrier_port}"

    @property
    def stack_file(self) -> Path:
        """Return the path of the description that other programs read."""
        return self.directory / "stack.json"

    def log(self, name: str) -> Path:
        """Return the log file of one process or step."""
        return self.directory / "logs" / f"{name}.log"
