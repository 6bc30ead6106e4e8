"""`regua evidence seal` seals what is new; `regua evidence verify FILE` says if it still is so.

Sealing is what the schedule does every five minutes, done at once. Verifying asks nobody:

FILE is a bundle (zip) or a laudo (PDF) with the bundle attached. Who sealed and signed is known
only when the issuer's key is given, who stamped only with the authority's certificates; without
them it is said that they came with the file. The findings are in Portuguese, as in the laudo.
"""

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from local.console import complain, say
from local.place import LocalError
from local.stack import load_stack

if TYPE_CHECKING:
    from regua.application.verdict import Check
    from regua.application.verify_file import VerifiedFile

EXIT_INVALID = 1
EXIT_UNREADABLE = 2
EXIT_UNPROVEN = 3
"""Key and authority were given, nothing is wrong, and yet something is not sealed by them."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("seal", help="seal what is new on the local cloud, until nothing is left")
    verify = actions.add_parser("verify", help="verify a bundle or a laudo, offline")
    verify.add_argument("file", type=Path, help="a zip, or a PDF with the zip attached")
    for option, whose in (
        ("--seal-key", "public key of whoever seals, and signs laudos"),
        ("--tsa-ca", "certificates of the time-stamping authority's CA"),
        ("--signer-ca", "CA that the laudo's signer must be under as well, if you know one"),
    ):
        verify.add_argument(option, type=Path, metavar="PEM", help=whose)


def run(options: argparse.Namespace) -> int:
    """Do what is asked."""
    return ACTIONS[options.action](options)


# Sealing ----------------------------------------------------------------------------------------


def seal(_options: argparse.Namespace) -> int:
    """Seal until nothing is left; say how much was sealed.

    Raises:
        LocalError: A seal cannot be made now; the message is why.
    """
    stack = load_stack()
    seals = heads = 0
    while True:
        answer = stack.seal()
        seals, heads = seals + answer["seals"], heads + answer["heads"]
        if answer["failed"]:
            raise LocalError(f"{answer['failed']}; what is not sealed stays marked")
        if answer["drained"]:
            say(f"seals: {seals}, heads: {heads}")
            return 0


# Verifying --------------------------------------------------------------------------------------


def verify(options: argparse.Namespace) -> int:
    """Verify a file and say what was found; 0 only when nothing is wrong with it."""
    from regua.adapters.evidence_checks import checkers  # noqa: PLC0415 - loads cryptography
    from regua.adapters.signed_report import open_report  # noqa: PLC0415
    from regua.application.verdict import Conclusion  # noqa: PLC0415
    from regua.application.verify_bundle import Anchors  # noqa: PLC0415
    from regua.application.verify_file import VerifyFile  # noqa: PLC0415
    from regua.domain.errors import InvalidInput  # noqa: PLC0415

    try:
        anchors = Anchors(text_of(options.seal_key), text_of(options.tsa_ca))
        found = VerifyFile(checkers(), open_report)(
            options.file.read_bytes(),
            anchors=anchors,
            signer_ca_pem=text_of(options.signer_ca),
            now=datetime.now(UTC),
        )
    except (OSError, UnicodeDecodeError) as exc:
        complain(f"Não foi possível ler: {exc}")
        return EXIT_UNREADABLE
    except InvalidInput as exc:
        complain(f"{options.file} não pôde ser lido como evidência:")
        for problem in exc.problems:
            complain(f"  {problem.path or 'arquivo'}: {problem.reason}")
        return EXIT_UNREADABLE
    show(options.file, found)
    conclusion = found.verdict.conclusion
    if conclusion is Conclusion.INVALID:
        return EXIT_INVALID
    is_anchored = anchors.seal_key_pem is not None and anchors.tsa_ca_pem is not None
    return EXIT_UNPROVEN if is_anchored and conclusion is Conclusion.CONSISTENT else 0


def text_of(path: Path | None) -> str | None:
    """Read a PEM file, if one is named."""
    return None if path is None else path.read_text(encoding="ascii")


MARKS: Mapping[str, str] = {"ok": "confere", "failed": "NÃO CONFERE", "absent": "atenção"}
"""By outcome; `absent` is no fault, and is said all the same."""


def show(path: Path, found: "VerifiedFile") -> None:
    """Print what the file is, every check, and what they come to."""
    bundle, verdict = found.bundle, found.verdict
    say(f"Arquivo  {path}")
    say(f"Credor   {bundle.creditor_name} ({bundle.creditor_document})")
    say(f"Laudo    {bundle.report or 'sem número'}, {bundle.issued_at:%d/%m/%Y %H:%M} (UTC)")
    subject = None
    for check in verdict.checks:
        if check.subject != subject:
            subject = check.subject
            say()
            say(heading(subject))
        say(line(check))
    say()
    say(verdict.headline)


def heading(subject: str) -> str:
    """Say what a group of checks is about."""
    folder, slash, number = subject.partition("/")
    if not subject:
        return "Arquivo como um todo"
    if folder == "seals" and slash and number.isdigit():
        return f"Selo nº {int(number)}"
    return subject if slash or "." in subject else f"Mensagem {subject}"


def line(check: "Check") -> str:
    """Spell one check."""
    return f"  {MARKS[check.outcome.value]:<11}  {check.sentence}"


ACTIONS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "seal": seal,
    "verify": verify,
}
