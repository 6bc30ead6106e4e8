"""Both stages, synthesised once a session, with cdk-nag listening and nothing acknowledged."""

import infra  # noqa: F401  isort: skip - chooses Node before the CDK library starts it

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.app import build
from infra.settings import Stage
from tests.infrastructure.assembly import (
    Assembly,
    context_of_the_app,
    placeholder_layer,
    settings_for,
)


def _assemble(stage: Stage, directory: Path, **values: Any) -> Assembly:  # noqa: ANN401 - any context value
    app = App(context=context_of_the_app(), outdir=str(directory / "cdk.out"))
    build(app, settings_for(stage, placeholder_layer(directory / "vendor"), **values))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):  # findings, read in test_nag
        app.synth()
    return Assembly(directory / "cdk.out", stage)


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Return the synthesised stage for a real account."""
    return _assemble(Stage.AWS, tmp_path_factory.mktemp("aws"))


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Return the synthesised stage for the emulator."""
    return _assemble(Stage.LOCAL, tmp_path_factory.mktemp("local"))


@pytest.fixture(scope="session")
def tailored(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Return the stage for a real account with every optional value given."""
    return _assemble(
        Stage.AWS,
        tmp_path_factory.mktemp("tailored"),
        custom_domain="cobranca.example.com.br",
        certificate_arn="arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d",
        alarm_email="plantao@example.com.br",
        auth_domain_prefix="example-regua",
        api_clients="erp, portal",
        public_reserved_concurrency=50,
        send_concurrency="3",
        sms_concurrency="4",
        whatsapp_concurrency="5",
        voice_concurrency="6",
        clock_enabled="false",
        event_accounts="111122223333, 444455556666",
    )


@pytest.fixture(params=["aws", "local"])
def assembly(request: pytest.FixtureRequest) -> Assembly:
    """Return each stage in turn."""
    found: Assembly = request.getfixturevalue(request.param)
    return found
