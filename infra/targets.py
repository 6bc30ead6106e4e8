"""The Pythons functions run on. Imports nothing, so that build tools can read it."""

import platform
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """One interpreter and processor that layers are built for."""

    name: str
    python: str
    machine: str


AWS = Target("aws", python="3.14", machine="aarch64")
"""The newest Python that Lambda offers, on Graviton."""

LOCAL = Target(
    "local",
    python=f"{sys.version_info.major}.{sys.version_info.minor}",
    machine=platform.machine(),
)
"""This interpreter: the emulator runs functions on it, whatever the template says."""

TARGETS = {target.name: target for target in (AWS, LOCAL)}
