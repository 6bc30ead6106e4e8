"""boto3 clients for the local cloud: its endpoint, its credentials, and nothing of the user's."""

from functools import cache
from typing import Any

from local.emulator import ACCESS_KEY, REGION

CONNECTIONS = 16


@cache
def client(endpoint_url: str, service: str) -> Any:  # noqa: ANN401 - typed where it is used
    """Return the client of one service at one endpoint; the same one each time."""
    import boto3  # noqa: PLC0415 - half a second that `--help` need not wait for
    from botocore.config import Config  # noqa: PLC0415

    session: Any = boto3.Session(
        aws_access_key_id=ACCESS_KEY, aws_secret_access_key=ACCESS_KEY, region_name=REGION
    )
    config = Config(
        max_pool_connections=CONNECTIONS,
        connect_timeout=5,
        read_timeout=60,
        retries={"total_max_attempts": 2},
        proxies={},
    )
    return session.client(service, endpoint_url=endpoint_url, config=config)
