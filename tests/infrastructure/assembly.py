"""Synthesise the app and read what it wrote."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.settings import REPO_ROOT, StackSettings, Stage

STACKS = ("ReguaStorage", "ReguaFunctions", "ReguaObservability")


@dataclass(frozen=True)
class Finding:
    """One cdk-nag finding."""

    rule: str
    path: str


class Assembly:
    """What a synthesis wrote, with the questions tests ask."""

    def __init__(self, directory: Path, stage: Stage) -> None:
        self.directory = directory
        self.stage = stage
        self.templates: dict[str, dict[str, Any]] = {
            name: json.loads((directory / f"{name}.template.json").read_text()) for name in STACKS
        }

    def resources(self, type_: str) -> dict[str, dict[str, Any]]:
        """Return the resources of a type by logical id, whole."""
        return {
            logical_id: resource
            for template in self.templates.values()
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] == type_
        }

    def properties(self, type_: str) -> dict[str, dict[str, Any]]:
        """Return the properties of the resources of a type by logical id."""
        return {name: each.get("Properties", {}) for name, each in self.resources(type_).items()}

    def functions(self) -> dict[str, dict[str, Any]]:
        """Return the properties of the functions by directory name."""
        return {
            each["Handler"].partition(".")[0]: each
            for each in self.properties("AWS::Lambda::Function").values()
        }

    def asset(self, s3_key: str) -> Path:
        """Return the directory that is zipped under a key."""
        return self.directory / f"asset.{s3_key.removesuffix('.zip')}"

    def findings(self) -> set[Finding]:
        """Return what cdk-nag found."""
        report = json.loads((self.directory / "validation-report.json").read_text())
        return {
            Finding(violation["ruleName"], construct["constructPath"])
            for plugin in report["pluginReports"]
            for violation in plugin["violations"]
            for construct in violation["violatingConstructs"]
        }


def context_of_the_app() -> dict[str, Any]:
    """Return the context that the CDK CLI would read from cdk.json."""
    document = json.loads((REPO_ROOT / "cdk.json").read_text())
    return dict(document["context"])


def placeholder_layer(directory: Path) -> Path:
    """Make something that looks like a built vendor layer, so that no test needs the network."""
    (directory / "python").mkdir(parents=True)
    (directory / "python" / "placeholder.py").write_text('"""Stands for the vendor layer."""\n')
    return directory


def settings_for(stage: Stage, vendor_layer: Path, **values: Any) -> StackSettings:  # noqa: ANN401 - any context value
    """Return the settings of a plain deployment of a stage."""
    given: dict[str, Any] = {
        "stage": stage,
        "vendor_layer": vendor_layer,
        "documents_layer": vendor_layer,
        "evidence_layer": vendor_layer,
        "imports_layer": vendor_layer,
        "page_layer": vendor_layer,
    }
    if stage is Stage.LOCAL:
        given["tracking_base_url"] = "http://localhost:4566/_aws/execute-api/c011ec75"
    return StackSettings.from_values(
        given | values, examples=context_of_the_app()["example_values"]
    )
