"""A running carrier for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.carrier.harness import RunningCarrier, running_carrier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def carrier(tmp_path: Path, socket_enabled: None) -> Iterator[RunningCarrier]:  # noqa: ARG001
    with running_carrier(tmp_path) as running:
        yield running
