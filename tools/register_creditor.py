"""Register a creditor in a deployed account: its document, and the API clients that act for it.

``python -m tools.register_creditor --table NAME --file creditor.yaml --client-id ID``
uses the AWS credentials and region of the environment. The same document again replaces it.
``--sender-domain DOMAIN``, once per verified SES domain, refuses an e-mail outside of them.
"""

import argparse
import sys
from pathlib import Path

import boto3
import yaml

from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.email_templates import TEMPLATES
from regua.application.creditor_document import register_creditor
from regua.domain.errors import InvalidInput


def main(arguments: list[str]) -> int:
    """Register the creditor, or print a line for every problem of its document."""
    parser = argparse.ArgumentParser(prog="python -m tools.register_creditor")
    parser.add_argument("--table", required=True, help="the TablePortfolio output of ReguaStorage")
    parser.add_argument("--file", required=True, type=Path, help="the document, YAML or JSON")
    parser.add_argument("--client-id", action="append", default=[], help="an API client of its")
    parser.add_argument(
        "--sender-domain", action="append", help="a domain that SES lets us send from"
    )
    options = parser.parse_args(arguments)
    document = yaml.safe_load(options.file.read_text(encoding="utf-8"))
    registry = DynamoCreditors(boto3.client("dynamodb"), options.table)
    try:
        creditor_id = register_creditor(
            registry,
            document,
            templates=TEMPLATES,
            client_ids=tuple(options.client_id),
            sender_domains=frozenset(options.sender_domain) if options.sender_domain else None,
        )
    except InvalidInput as exc:
        for problem in exc.problems:
            print(f"{problem.path}: {problem.reason}", file=sys.stderr)
        return 1
    print(f"registered {creditor_id}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
