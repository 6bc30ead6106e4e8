"""cdk-nag (AwsSolutions and Serverless packs) finds what we accepted, no more and no less."""

from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.acknowledged import ACCEPTED, Accepted, acknowledge
from infra.app import build
from infra.settings import Stage
from tests.infrastructure.assembly import (
    Assembly,
    Finding,
    context_of_the_app,
    placeholder_layer,
    settings_for,
)


def _covers(accepted: Accepted, path: str, finding: Finding) -> bool:
    return accepted.rule == finding.rule and f"{finding.path}/".startswith(f"{path}/")


def test_every_finding_is_accepted_with_a_reason(assembly: Assembly) -> None:
    unexplained = {
        finding
        for finding in assembly.findings()
        if not any(
            _covers(accepted, path, finding)
            for accepted in ACCEPTED
            if assembly.stage in accepted.stages
            for path in accepted.paths
        )
    }
    assert unexplained == set()


def test_nothing_is_accepted_that_is_no_longer_found(assembly: Assembly) -> None:
    findings = assembly.findings()
    stale = {
        (accepted.rule, path)
        for accepted in ACCEPTED
        if assembly.stage in accepted.stages
        for path in accepted.paths
        if not any(_covers(accepted, path, finding) for finding in findings)
    }
    assert stale == set()


def test_reasons_are_one_line_each() -> None:
    for accepted in ACCEPTED:
        assert accepted.reason.endswith(".")
        assert "\n" not in accepted.reason


def test_the_acknowledgements_satisfy_the_packs_themselves(tmp_path: Path) -> None:
    """The list is also what `cdk` is told: with it, synthesis under both packs succeeds."""
    app = App(context=context_of_the_app(), outdir=str(tmp_path / "cdk.out"))
    build(app, settings_for(Stage.AWS, placeholder_layer(tmp_path / "vendor")))
    acknowledge(app, Stage.AWS)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    assert app.synth().directory
