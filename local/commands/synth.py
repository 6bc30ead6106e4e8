"""`regua synth`: CloudFormation templates for AWS, without credentials."""

import argparse

from local import deploy
from local.console import say, step
from local.place import ROOT, Place


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "-c",
        "--context",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a context value of infra/settings.py; without any, example values are used",
    )


def run(options: argparse.Namespace) -> int:
    """Write the templates and say where they are."""
    place = Place.from_environment()
    values = options.context or ["use_example_values=true"]
    with step("stacks synthesised for AWS"):
        deploy.synthesise_for_aws(place, ["stage=aws", *values])
    say(f"Templates: {ROOT / 'cdk.out'}")
    return 0
