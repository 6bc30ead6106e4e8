"""Every function: its directory, its environment, and the files it is deployed with."""

import ast
from pathlib import Path

import pytest

from functions.track_open.settings import TrackOpenSettings
from infra.settings import REPO_ROOT
from regua.runtime import settings
from tests.infrastructure.assembly import Assembly

ALWAYS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}

SETTINGS: dict[str, type[settings.Settings]] = {
    "evaluate_ruler": settings.EvaluateRulerSettings,
    "send_email": settings.SendEmailSettings,
    "send_sms": settings.SendSmsSettings,
    "send_voice": settings.SendVoiceSettings,
    "send_whatsapp": settings.SendWhatsAppSettings,
    "record_hits": settings.RecordHitsSettings,
    "track_delivery": settings.TrackDeliverySettings,
    "ingest": settings.IngestSettings,
    "api": settings.ApiSettings,
    "render_boleto": settings.RenderBoletoSettings,
    "confirm_reading": settings.ConfirmReadingSettings,
    "customer_page": settings.CustomerPageSettings,
    "seal_evidence": settings.SealEvidenceSettings,
    "issue_report": settings.IssueReportSettings,
    "verify_evidence": settings.VerifyEvidenceSettings,
    "admin": settings.AdminSettings,
    "feed_events": settings.FeedEventsSettings,
    "deliver_webhooks": settings.DeliverWebhooksSettings,
    "run_import": settings.RunImportSettings,
    "receive_webhook": settings.ReceiveWebhookSettings,
    "process_webhook": settings.ProcessWebhookSettings,
    "make_charges": settings.MakeChargesSettings,
    "issue_recurring": settings.IssueRecurringSettings,
    "thank_payer": settings.ThankPayerSettings,
}
ENVIRONMENT = {
    name: {f"REGUA_{field.upper()}" for field in class_.model_fields}
    for name, class_ in SETTINGS.items()
} | {"track_open": {*TrackOpenSettings.VARIABLES, *TrackOpenSettings.OPTIONAL_VARIABLES}}
"""What each function reads: what it is told and what it asks for are the same thing."""

FUNCTIONS = REPO_ROOT / "functions"


def _sources(directory: Path) -> set[Path]:
    return {
        path.relative_to(directory)
        for path in directory.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_every_directory_of_functions_is_deployed(assembly: Assembly) -> None:
    directories = {path.parent.name for path in FUNCTIONS.glob("*/__init__.py")}
    assert set(assembly.functions()) == directories == set(ENVIRONMENT)


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_a_function_is_told_exactly_this(assembly: Assembly, name: str) -> None:
    variables = assembly.functions()[name]["Environment"]["Variables"]
    assert set(variables) == ENVIRONMENT[name] | ALWAYS
    assert variables["POWERTOOLS_SERVICE_NAME"] == name
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "Regua"


def test_nobody_may_say_what_time_it_is_outside_the_local_stage(
    aws: Assembly, local: Assembly
) -> None:
    for stage, expected in ((aws, {"false"}), (local, {"true"})):
        told = {
            variables["REGUA_ALLOW_AS_OF"]
            for function in stage.functions().values()
            if "REGUA_ALLOW_AS_OF" in (variables := function["Environment"]["Variables"])
        }
        assert told == expected


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_a_function_is_deployed_with_its_own_files_only(aws: Assembly, name: str) -> None:
    function = aws.functions()[name]
    assert function["Handler"] == f"{name}.handler.lambda_handler"
    expected = {Path("__init__.py")} | {Path(name) / path for path in _sources(FUNCTIONS / name)}
    assert _all_files(aws.asset(function["Code"]["S3Key"])) == expected


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_a_function_reaches_its_siblings_by_relative_import(name: str) -> None:
    """In Lambda the package is `<name>`, in tests `functions.<name>`: only `from .` is both."""
    for path in (FUNCTIONS / name).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                assert (node.module or "").partition(".")[0] != "functions", path


def test_the_shared_layer_is_the_package_as_it_is_in_the_repository(aws: Assembly) -> None:
    layers = aws.properties("AWS::Lambda::LayerVersion")
    (ours,) = [each for name, each in layers.items() if "Regua" in name]
    expected = _sources(REPO_ROOT / "layers" / "regua")
    assert _all_files(aws.asset(ours["Content"]["S3Key"])) == expected


def test_only_the_public_function_goes_without_third_party_packages(assembly: Assembly) -> None:
    counts = {name: len(function["Layers"]) for name, function in assembly.functions().items()}
    assert counts.pop("track_open") == 1
    assert counts.pop("render_boleto") == 3, "what draws is loaded by nobody else"
    assert counts.pop("seal_evidence") == 3, "and so is what stamps"
    assert counts.pop("issue_report") == 3, "and what typesets and signs"
    assert counts.pop("verify_evidence") == 3, "and what checks stamps and signatures"
    assert counts.pop("run_import") == 3, "and what reads spreadsheets"
    assert counts.pop("customer_page") == 3, "and what draws QR codes"
    assert set(counts.values()) == {2}


def test_printing_has_the_memory_it_needs_and_ends_before_its_caller_gives_up(
    aws: Assembly,
) -> None:
    function = aws.functions()["render_boleto"]
    assert (function["MemorySize"], function["Timeout"]) == (1024, 15)
    layers = str(function["Layers"])
    assert all(name in layers for name in ("Regua", "Vendor", "Documents"))


def test_sealing_has_the_time_and_the_memory_of_a_great_seal(aws: Assembly) -> None:
    function = aws.functions()["seal_evidence"]
    assert (function["MemorySize"], function["Timeout"]) == (1024, 300)
    assert all(name in str(function["Layers"]) for name in ("Regua", "Vendor", "Evidence"))
    assert function["Environment"]["Variables"]["REGUA_SEAL_HEADS"] == "100000"


def test_the_public_verification_answers_before_the_gateway_gives_up(aws: Assembly) -> None:
    function = aws.functions()["verify_evidence"]
    assert (function["MemorySize"], function["Timeout"]) == (1024, 29)
    assert all(name in str(function["Layers"]) for name in ("Regua", "Vendor", "Evidence"))


def _all_files(directory: Path) -> set[Path]:
    return {path.relative_to(directory) for path in directory.rglob("*") if path.is_file()}
