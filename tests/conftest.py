"""What every test may rely on: the environment of a function, and no network unless asked for."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

_HERE = Path(__file__).parent
_OFFLINE = tuple(_HERE / name for name in ("unit", "integration"))
_ASKS_FOR_SOCKETS = ("enable_socket", "allow_hosts")

# Powertools reads these when a handler is imported; no test may reach an account by accident.
os.environ.update(
    {
        "POWERTOOLS_METRICS_NAMESPACE": "Regua",
        "POWERTOOLS_SERVICE_NAME": "tests",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
)
for _name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SESV2"):
    os.environ.pop(_name, None)

# A busy machine is no reason to fail: time is measured in bench/, not here.
settings.register_profile(
    "regua", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("regua")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take the network away from unit and integration tests that did not ask for it."""
    for item in items:
        if not any(item.path.is_relative_to(folder) for folder in _OFFLINE):
            continue
        asked = any(item.get_closest_marker(name) for name in _ASKS_FOR_SOCKETS)
        if not asked and "socket_enabled" not in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.disable_socket)
