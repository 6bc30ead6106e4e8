"""Make a DKIM key for a domain in a deployed account, and print the DNS record that it needs.

``python -m tools.dkim_key --prefix NAME --kms-key ARN --domain cobranca.example.com.br`` uses the
AWS credentials and region of the environment. A key that exists is kept and its record printed
again; another ``--selector`` adds a key beside it. The creditor's document gets
``dkim: {selector, domain}`` once the record can be read from DNS, and not before.
"""

import argparse
import sys

import boto3

from regua.adapters.dkim_keys import add_key, record_name
from regua.application.creditor_document import DkimDocument

MAX_STRING = 255
"""What one string of a TXT record holds; a verifier joins them (RFC 6376 §3.6.2.2)."""


def main(arguments: list[str]) -> int:
    """Make the key, or say what is wrong with its name; no private key is ever printed."""
    parser = argparse.ArgumentParser(prog="python -m tools.dkim_key")
    parser.add_argument(
        "--prefix", required=True, help="the ReguaDkimPrefix output of ReguaStorage"
    )
    parser.add_argument(
        "--kms-key", required=True, help="what encrypts the key: the ReguaKeyArn output"
    )
    parser.add_argument("--domain", required=True, help="the domain of the creditor's e-mails")
    parser.add_argument("--selector", default="regua1", help="names the key (default: regua1)")
    options = parser.parse_args(arguments)
    try:
        dkim = DkimDocument(selector=options.selector, domain=options.domain).to_domain()
    except ValueError:
        print("not a selector and a domain as DNS has them", file=sys.stderr)
        return 1
    secrets = boto3.client("secretsmanager")
    record = add_key(secrets, options.prefix, dkim, kms_key=options.kms_key)
    strings = (record[n : n + MAX_STRING] for n in range(0, len(record), MAX_STRING))
    print(record_name(dkim), "TXT", *(f'"{each}"' for each in strings))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
