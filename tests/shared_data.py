"""Where the reference data is, when it is there."""

from pathlib import Path

import pytest

REPO_ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = REPO_ROOT.parent / "shared" / "data"


def shared_data_path(name: str) -> Path:
    """Return the path of a reference file, or skip the test and say why."""
    path = SHARED_DATA / name
    if not path.exists():
        pytest.skip(f"reference data {name} is not beside this checkout (../shared/data)")
    return path
