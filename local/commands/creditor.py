"""`regua creditor add FILE`: set a tenant up, on the local cloud or through any API.

On the local cloud the file alone is enough: the creditor is written and, with `--client-id`, an
API client acts for it. With `--api URL` (or `--local-api`, the local cloud's own) everything that a
tenant needs is made through the API in one go: its sender domain, its document, a client with its
secret, and the invitation of its first admin. Then `--client-id` and `--client-secret` are those of
whoever runs the deployment.
"""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local import creditors
from local.console import say
from local.documents import read_document
from local.onboarding import SCOPES, Api, Done, Wish, admitted, onboard
from local.place import LocalError
from local.stack import load_stack

SECRET_VARIABLE = "REGUA_CLIENT_SECRET"  # noqa: S105 - the name of a variable
EXIT_WAITS_FOR_DNS = 2
DESCRIPTION = """\
Register a creditor, or replace its document. With --api or --local-api its sender domain is
claimed, its client made and its admin invited, too; the exit code is 2 while DNS records are
missing: publish those that are shown and run the same command again.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    summary = "register a creditor, or replace its document"
    add = actions.add_parser("add", help=summary, description=DESCRIPTION)
    add.add_argument(
        "path", nargs="?", type=Path, metavar="FILE", help="the document, YAML or JSON"
    )
    add.add_argument("--file", type=Path, help="the same")
    add.add_argument(
        "--client-id",
        metavar="ID",
        help="the API client that acts for it; with --api, the operator's client",
    )
    api = add.add_argument_group("through the API")
    api.add_argument("--api", metavar="URL", help="the API of the deployment (output ReguaApiUrl)")
    api.add_argument("--local-api", action="store_true", help="the API of the local cloud")
    api.add_argument("--token-url", metavar="URL", help="where tokens are (output ReguaTokenUrl)")
    api.add_argument(
        "--client-secret",
        metavar="SECRET",
        help=f"the operator's secret; better in the environment, as {SECRET_VARIABLE}",
    )
    api.add_argument("--ruler", type=Path, metavar="FILE", help="the creditor's first ruler")
    api.add_argument("--client-name", default="ERP", metavar="NAME", help="default: ERP")
    api.add_argument(
        "--scope",
        action="append",
        metavar="SCOPE",
        help="what its client may do, once for each; default: all that an ERP needs",
    )
    api.add_argument("--new-client", action="store_true", help="make a client again")
    api.add_argument("--admin", metavar="EMAIL", help="invite its first admin")


def run(options: argparse.Namespace) -> int:
    """Register it."""
    path = options.path or options.file
    if path is None:
        raise LocalError("say which FILE the creditor's document is in")
    document = read_document(path)
    if not isinstance(document, dict):
        raise LocalError(f"{path} holds no document of a creditor")
    if options.ruler is not None:
        document = {**document, "ruler": read_document(options.ruler)}
    if options.api or options.local_api:
        return _through_api(options, document)
    creditor_id = creditors.register(load_stack(), document, options.client_id)
    say(f"{creditor_id} is registered.")
    return 0


def _through_api(options: argparse.Namespace, document: Mapping[str, Any]) -> int:
    api_url, token_url, client_id, secret = _deployment(options)
    api = Api.of(api_url, token_url, client_id, secret)
    wish = Wish(
        client_name=options.client_name,
        scopes=options.scope or SCOPES,
        admin_email=options.admin,
        with_client=options.new_client,
    )
    done = onboard(api, document, wish)
    if not done.is_registered:
        return _waits(done)
    say(f"{done.creditor_id} is registered{'' if done.is_new else ' anew'}.")
    if options.admin:
        say(f"{options.admin} is invited as admin.")
    if done.client is not None:
        say("Its client, whose secret is shown here and never again:")
        say(f"  client id      {done.client['client_id']}")
        say(f"  client secret  {done.client['client_secret']}")
        say(f"  tokens         {token_url}")
        admitted(api_url, token_url, done.client)
        say("It is live: send invoices to")
        say(f"  PUT {api_url}/v1/invoices/{{external_id}}")
    return 0


def _deployment(options: argparse.Namespace) -> tuple[str, str, str, str]:
    """Return the API, where its tokens are, and the operator's id and secret.

    Raises:
        LocalError: One is not known.
    """
    secret = options.client_secret or os.environ.get(SECRET_VARIABLE)
    if options.local_api:
        stack = load_stack()
        return stack.api_url, stack.token_url, stack.operator_id, stack.operator_secret
    if not (options.token_url and options.client_id and secret):
        needed = f"--token-url, --client-id and --client-secret (or {SECRET_VARIABLE})"
        raise LocalError(f"--api needs {needed}, too")
    return options.api.rstrip("/"), options.token_url, options.client_id, secret


def _waits(done: Done) -> int:
    """Say what to publish in DNS."""
    say(f"{done.creditor_id} is not registered yet: publish these records, then run this again.")
    for record in done.records:
        say(f"  {record['name']}  {record['type']}  {record['value']}")
    return EXIT_WAITS_FOR_DNS
