"""The local cloud that the end-to-end tests share.

It is started once for the whole run, with IAM enforced, so a function that lacks a permission
fails here and not in an account. Its ruler uses every channel. Tests keep apart by using their own
customers and invoices.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.demo.terms import DEMO_RULER
from local.stack import Stack
from tests.e2e.clouds import LocalCloud, free_place

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this directory."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Start the shared cloud, and take it down when the last test has run."""
    yield from _running(tmp_path_factory.mktemp("cloud"))


@pytest.fixture(scope="module")
def own_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Start a cloud for one module: time that travels wakes the tenants of other tests as well."""
    yield from _running(tmp_path_factory.mktemp("own"))


def _running(directory: Path) -> Iterator[LocalCloud]:
    cloud = LocalCloud(free_place(directory))
    cloud.up("--enforce-iam", "--ruler", str(DEMO_RULER))
    try:
        yield cloud
    finally:
        cloud.down()


@pytest.fixture
def stack(local_cloud: LocalCloud) -> Stack:
    """Return the shared cloud's description."""
    return local_cloud.stack
