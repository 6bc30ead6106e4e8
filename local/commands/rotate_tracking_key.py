"""`regua rotate-tracking-key`: sign new tracking links with a new key; old links keep working."""

import argparse
import json
import re
import secrets

from local.console import say
from local.place import LocalError
from local.stack import Stack, load_stack

CURRENT = "current"
KEY_ID = re.compile(r"k([1-9])")
HIGHEST = 9
KEY_BYTES = 48


def configure(parser: argparse.ArgumentParser) -> None:
    """There are no options."""


def run(_options: argparse.Namespace) -> int:
    """Add a key and make it the one that signs."""
    say(f"New links are signed with {rotate(load_stack())}; links signed before still work.")
    return 0


def rotate(stack: Stack) -> str:
    """Add a key to the tracking secret and make it current; return its id.

    Raises:
        LocalError: Every key id is taken.
    """
    held = stack.secrets.get_secret_value(SecretId=stack.tracking_secret_arn)
    keys = json.loads(held["SecretString"])
    taken = [int(match[1]) for name in keys if (match := KEY_ID.fullmatch(name))]
    if max(taken) == HIGHEST:
        raise LocalError("every key id (k1 to k9) is taken; remove old ones from the secret first")
    key_id = f"k{max(taken) + 1}"
    keys.update({key_id: secrets.token_urlsafe(KEY_BYTES), CURRENT: key_id})
    stack.secrets.put_secret_value(
        SecretId=stack.tracking_secret_arn, SecretString=json.dumps(keys)
    )
    return key_id
