"""`regua synth`: CloudFormation templates for AWS and for the local cloud, without credentials."""

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
    with step("stacks synthesised for the local cloud"):
        local = deploy.synthesise(place, deploy.fingerprint(place))
    say(f"Templates for AWS: {deploy.AWS_ASSEMBLY.relative_to(ROOT)}")
    say(f"Templates for the local cloud: {local.relative_to(ROOT)}")
    return 0
