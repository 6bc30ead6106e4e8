"""CloudFormation's own rules, as cfn-lint knows them, without an account."""

import subprocess
import sys
from pathlib import Path

from tests.infrastructure.assembly import STACKS, Assembly

REDUNDANT_DEPENDENCY = "W3005"
"""The CDK states dependencies that a reference implies already."""


def test_cfn_lint_has_nothing_to_say(assembly: Assembly) -> None:
    templates = [str(assembly.directory / f"{name}.template.json") for name in STACKS]
    program = str(Path(sys.executable).with_name("cfn-lint"))
    command = [program, "--ignore-checks", REDUNDANT_DEPENDENCY]
    result = subprocess.run(
        [*command, "--regions", "us-east-1", "sa-east-1", "--", *templates],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
