"""A deployment that is not fully described is refused, with everything that is missing named."""

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from infra.app import build
from infra.constructs.shared_layers import VendorLayerMissingError
from infra.retention import log_retention
from infra.settings import SettingsError, StackSettings, Stage
from tests.infrastructure.assembly import STACKS, Assembly, context_of_the_app, settings_for

COMPLETE = {"stage": "aws", "sender_domain": "cobranca.example.com.br"}


def _from_context(**context: object) -> StackSettings:
    return StackSettings.from_context(App(context=context).node)


def test_there_is_no_default_stage() -> None:
    with pytest.raises(SettingsError, match="stage: Field required"):
        _from_context()


def test_every_missing_value_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        _from_context()
    assert "stage" in str(refused.value)
    assert "sender_domain" in str(refused.value)


def test_the_example_values_are_never_used_unasked() -> None:
    context = context_of_the_app()
    with pytest.raises(SettingsError, match="sender_domain: Field required"):
        _from_context(**context, stage="aws")
    asked = _from_context(**context, stage="aws", use_example_values="true")
    assert asked.sender_domain == "cobranca.example.com.br"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"emulated": True}, "cannot be emulated"),
        ({"tracking_base_url": "http://example.com.br"}, "must be https"),
        ({"custom_domain": "cobranca.example.com.br"}, "go together"),
        ({"sender_domain": "not a domain"}, "sender_domain"),
        ({"shards": "0"}, "shards"),
        ({"send_concurrency": "1"}, "send_concurrency"),
        ({"stage": "production"}, "stage"),
    ],
)
def test_values_that_cannot_work_are_refused(value: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        _from_context(**(COMPLETE | value))


def test_the_emulator_must_be_told_its_own_address() -> None:
    with pytest.raises(SettingsError, match="tracking_base_url is needed"):
        _from_context(stage="local", sender_domain="cobranca.example.com.br")


def test_text_from_the_command_line_is_understood() -> None:
    settings = _from_context(
        **COMPLETE, shards="8", clock_enabled="false", api_clients="erp, portal"
    )
    assert (settings.shards, settings.clock_enabled) == (8, False)
    assert settings.api_clients == ("erp", "portal")


def test_a_vendor_layer_that_was_not_built_is_an_explicit_error(tmp_path: Path) -> None:
    with pytest.raises(VendorLayerMissingError, match=r"tools/build_layers\.py --target aws"):
        build(App(), settings_for(Stage.AWS, tmp_path / "aws"))


def test_a_retention_unknown_to_cloudwatch_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of"):
        log_retention(2)


def test_the_local_cloud_finds_what_it_needs_in_the_outputs(local: Assembly) -> None:
    outputs = {name for stack in STACKS for name in local.templates[stack]["Outputs"]}
    workers = ("Shards", "Email", "Hits", "Receipts", "Ingest")
    functions = [
        "EvaluateRuler",
        "SendEmail",
        "TrackOpen",
        "RecordHits",
        "TrackDelivery",
        "Ingest",
        "Api",
    ]
    assert outputs >= {
        *("TablePortfolio", "TableMessages", "BucketQuarantine", "ClientErp"),
        *(f"Function{name}" for name in functions),
        *(f"Queue{name}" for name in workers),
        *(f"Queue{name}Dlq" for name in workers),
        *("ReguaBusName", "ReguaApiId", "ReguaApiUrl", "ReguaTokenUrl", "ReguaUserPoolId"),
        *("ReguaConfigurationSet", "ReguaReceiptsTopicArn", "ReguaTrackingSecretArn"),
    }
