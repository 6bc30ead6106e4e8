"""A deployment that is not fully described is refused, with everything that is missing named."""

import re
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from infra.app import build
from infra.constructs.shared_layers import VendorLayerMissingError
from infra.retention import log_retention
from infra.settings import MIN_DOUBT_SECONDS, REPO_ROOT, SettingsError, StackSettings, Stage
from local import dkim
from tests.infrastructure.assembly import STACKS, Assembly, context_of_the_app, settings_for

COMPLETE = {"stage": "aws", "sender_domain": "cobranca.example.com.br"}

CLOCK_SKEW_SECONDS = 30
"""More than two machines of AWS ever differ."""


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
        ({"sms_concurrency": "1"}, "sms_concurrency"),
        ({"whatsapp_concurrency": "1"}, "whatsapp_concurrency"),
        ({"voice_concurrency": "1"}, "voice_concurrency"),
        ({"doubt_seconds": "119"}, "doubt_seconds must be at least 120 on stage aws"),
        ({"event_accounts": "111122223333, 4444"}, "event_accounts"),
        ({"stage": "production"}, "stage"),
    ],
)
def test_values_that_cannot_work_are_refused(value: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        _from_context(**(COMPLETE | value))


def test_a_doubt_begins_after_the_sender_that_claimed_can_no_longer_run(aws: Assembly) -> None:
    sender = aws.functions()["send_email"]
    assert _from_context(**COMPLETE, doubt_seconds="120").doubt_seconds == MIN_DOUBT_SECONDS
    assert sender["Timeout"] + CLOCK_SKEW_SECONDS <= MIN_DOUBT_SECONDS
    assert int(sender["Environment"]["Variables"]["REGUA_DOUBT_SECONDS"]) >= MIN_DOUBT_SECONDS


def test_a_short_doubt_is_fine_where_no_mail_can_leave() -> None:
    values = {"stage": "local", "tracking_base_url": "http://localhost:4700/x"}
    settings = _from_context(**context_of_the_app(), **values, doubt_seconds="2")
    assert settings.doubt_seconds == 2


def test_the_emulator_must_be_told_its_own_address() -> None:
    with pytest.raises(SettingsError, match="tracking_base_url is needed"):
        _from_context(stage="local", sender_domain="cobranca.example.com.br")


def test_text_from_the_command_line_is_understood() -> None:
    settings = _from_context(
        **COMPLETE,
        shards="8",
        clock_enabled="false",
        api_clients="erp, portal",
        event_accounts="111122223333, 444455556666",
    )
    assert settings.event_accounts == ("111122223333", "444455556666")
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
    channels = ("Email", "Sms", "Whatsapp", "Voice")
    workers = ("Shards", *channels, "Hits", "Receipts", "Ingest")
    functions = [
        "RenderBoleto",
        "ConfirmReading",
        "SealEvidence",
        "EvaluateRuler",
        *(f"Send{channel}" for channel in channels),
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
        *("ReguaConfigurationSet", "ReguaMessagingConfigurationSet", "ReguaTrackingSecretArn"),
        *("ReguaTsaSecretArn", "ReguaSealScheduleName", "BucketEvidence"),
        *("ReguaReceiptsTopicArn", "ReguaTextsTopicArn", "ReguaWhatsappTopicArn"),
    }


def test_local_keys_are_made_where_the_sender_looks_for_them(local: Assembly) -> None:
    told = local.functions()["send_email"]["Environment"]["Variables"]["REGUA_DKIM_PREFIX"]
    output = local.templates["ReguaStorage"]["Outputs"]["ReguaDkimPrefix"]["Value"]
    assert told == output == dkim.PREFIX


def test_every_dns_record_of_the_sender_is_in_the_outputs_whole(aws: Assembly) -> None:
    outputs = aws.templates["ReguaFunctions"]["Outputs"]
    for number in (1, 2, 3):
        for part in ("Name", "Value"):
            value = outputs[f"Dkim{number}{part}"]["Value"]["Fn::GetAtt"]
            assert value[1] == f"DkimDNSToken{part}{number}"
    (identity,) = aws.properties("AWS::SES::EmailIdentity").values()
    mail_from = identity["MailFromAttributes"]["MailFromDomain"]
    assert outputs["MailFromMxName"]["Value"] == mail_from
    assert outputs["MailFromMxValue"]["Value"] == {
        "Fn::Join": ["", ["10 feedback-smtp.", {"Ref": "AWS::Region"}, ".amazonses.com"]]
    }
    assert outputs["MailFromSpfName"]["Value"] == mail_from
    assert outputs["MailFromSpfValue"]["Value"] == "v=spf1 include:amazonses.com ~all"


def test_every_output_a_document_names_exists(aws: Assembly) -> None:
    """Prose goes stale silently: a name in it that no stack emits sends a person looking."""
    outputs = {name for stack in STACKS for name in aws.templates[stack]["Outputs"]}
    runbooks = sorted((REPO_ROOT / "docs" / "runbooks").glob("*.md"))
    kinds = r"\b(?:Table|Bucket|Function|Queue|Client|Regua|Dkim|MailFrom)[A-Z0-9][A-Za-z0-9]*\b"
    for path in (REPO_ROOT / "README.md", REPO_ROOT / "SECURITY.md", *runbooks):
        named = set(re.findall(kinds, path.read_text(encoding="utf-8")))
        stacks = set(STACKS)
        assert named - stacks <= outputs, path.name


def test_every_context_value_the_readme_names_exists() -> None:
    readme = (REPO_ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| context value | meaning |")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines() for name in re.findall(r"`([a-z_]+)`", row)}
    assert len(named) > 10
    assert named - {"erp", "regua"} <= set(StackSettings.model_fields)
