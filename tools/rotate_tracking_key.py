"""Rotate the tracking key of a deployed account: new links get a new key, old links keep theirs.

``python -m tools.rotate_tracking_key --secret-arn ARN``
uses the AWS credentials and region of the environment. docs/runbooks/rotate-tracking-key.md says
when, and what follows.
"""

import argparse
import json
import secrets
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CURRENT = "current"
KEY_IDS = tuple(f"k{number}" for number in range(1, 10))
KEY_BYTES = 48


class NoKeyIdLeftError(Exception):
    """Every key id is taken."""


def next_key_id(keys: Mapping[str, str]) -> str:
    """Return the first free key id after the current one; after k9 comes k1.

    >>> next_key_id({"current": "k1", "k1": "..."})
    'k2'

    Raises:
        NoKeyIdLeftError: There is none.
    """
    current = keys.get(CURRENT)
    start = KEY_IDS.index(current) + 1 if current in KEY_IDS else 0
    for key_id in KEY_IDS[start:] + KEY_IDS[:start]:
        if key_id not in keys:
            return key_id
    raise NoKeyIdLeftError(
        "every key id (k1 to k9) is taken; remove old ones from the secret first"
    )


def rotate(client: "SecretsManagerClient", secret_arn: str) -> str:
    """Add a key to the tracking secret and make it the one that signs; return its id.

    Raises:
        NoKeyIdLeftError: Every key id is taken; the secret is as it was.
    """
    keys = json.loads(client.get_secret_value(SecretId=secret_arn)["SecretString"])
    key_id = next_key_id(keys)
    keys.update({key_id: secrets.token_urlsafe(KEY_BYTES), CURRENT: key_id})
    client.put_secret_value(SecretId=secret_arn, SecretString=json.dumps(keys))
    return key_id


def main(arguments: list[str]) -> int:
    """Rotate the key, or say why not; no key is ever printed."""
    parser = argparse.ArgumentParser(prog="python -m tools.rotate_tracking_key")
    parser.add_argument(
        "--secret-arn", required=True, help="the ReguaTrackingSecretArn output of ReguaStorage"
    )
    options = parser.parse_args(arguments)
    try:
        key_id = rotate(boto3.client("secretsmanager"), options.secret_arn)
    except NoKeyIdLeftError as exc:
        print(exc, file=sys.stderr)
        return 1
    print(f"New links are signed with {key_id}; links signed before still work.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
