"""The certificate that evidence reports are signed with, in a deployed account.

- ``python -m tools.evidence_certificate csr --key ARN --name "Empresa Ltda:CNPJ"`` prints a request
  (PKCS #10) for the key in KMS: have an ICP-Brasil authority issue a certificate for it.
- ``… install --key ARN --secret ARN --certificate FILE --chain FILE`` checks that certificate and
  chain belong together and to the key, and installs them.
- ``… self-signed --key ARN --secret ARN --name NAME`` installs one that nobody vouches for: readers
  of reports will say that they do not know who signed.

It uses the AWS credentials and region of the environment. The key never leaves KMS.
"""

import argparse
import sys
from pathlib import Path

import boto3

from regua.adapters.clock import SystemClock
from regua.adapters.kms_signer import KmsSigner
from regua.adapters.pades import SignerCertificate, checked_certificates
from regua.adapters.signer_certificates import certificate_request, self_signed
from regua.adapters.signer_secret import install_signer
from regua.application.report_ports import SignerMissing


def main(arguments: list[str]) -> int:
    """Do what is asked, or say why not."""
    options = _parser().parse_args(arguments)
    key = KmsSigner(boto3.client("kms"), options.key)
    if options.command == "csr":
        print(certificate_request(key, options.name), end="")
        return 0
    if options.command == "self-signed":
        certificate = self_signed(key, options.name, SystemClock().now())
    else:
        certificate = SignerCertificate(
            options.certificate.read_text(encoding="ascii"),
            options.chain.read_text(encoding="ascii"),
        )
    try:
        read, _ = checked_certificates(certificate, key.public_key_pem())
    except SignerMissing as exc:
        print(exc, file=sys.stderr)
        return 1
    install_signer(boto3.client("secretsmanager"), options.secret, certificate)
    print(f"installed {read.subject.rfc4514_string()}, until {read.not_valid_after_utc:%Y-%m-%d}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.evidence_certificate")
    commands = parser.add_subparsers(dest="command", required=True)
    asks = commands.add_parser("csr", help="print a request for a certificate")
    makes = commands.add_parser("self-signed", help="install one that nobody vouches for")
    installs = commands.add_parser("install", help="check and install a certificate")
    for command in (asks, makes, installs):
        command.add_argument("--key", required=True, help="the ReguaSigningKeyArn output")
    for command in (asks, makes):
        command.add_argument("--name", required=True, help="who signs")
    for command in (makes, installs):
        command.add_argument("--secret", required=True, help="the ReguaSignerSecretArn output")
    installs.add_argument("--certificate", required=True, type=Path, metavar="PEM")
    installs.add_argument("--chain", required=True, type=Path, metavar="PEM", help="root last")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
