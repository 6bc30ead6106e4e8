"""The layers: our package as it is in the repository, and third-party wheels, built."""

from pathlib import Path

from aws_cdk import IgnoreMode, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.settings import REPO_ROOT


class VendorLayerMissingError(Exception):
    """The third-party layer has not been built for this target."""


class SharedLayers(Construct):
    """`regua`, which is source; the others are built by tools/build_layers.py."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        runtime: lambda_.Runtime,
        architecture: lambda_.Architecture,
        stage: str,
        vendor: Path,
        documents: Path,
        evidence: Path,
        imports: Path,
        page: Path,
    ) -> None:
        super().__init__(scope, id_)
        for built in (vendor, documents, evidence, imports, page):
            if not (built / "python").is_dir():
                raise VendorLayerMissingError(
                    f"{built}/python does not exist: run tools/build_layers.py --target {stage}"
                )
        self._runtime, self._architecture = runtime, architecture
        self.regua = lambda_.LayerVersion(
            self,
            "Regua",
            description="The regua package",
            code=lambda_.Code.from_asset(
                str(REPO_ROOT / "layers" / "regua"),
                ignore_mode=IgnoreMode.GLOB,
                exclude=["**/__pycache__", "**/*.pyc"],
            ),
            compatible_runtimes=[runtime],
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.vendor = self._third_party(
            "Vendor", vendor, "Third-party packages of requirements/runtime.txt"
        )
        self.documents = self._third_party(
            "Documents", documents, "Third-party packages of requirements/documents.txt"
        )
        self.evidence = self._third_party(
            "Evidence", evidence, "Third-party packages of requirements/evidence.txt"
        )
        self.imports = self._third_party(
            "Imports", imports, "Third-party packages of requirements/imports.txt"
        )
        self.page = self._third_party("Page", page, "Third-party packages of requirements/page.txt")

    def _third_party(self, id_: str, built: Path, description: str) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            id_,
            description=description,
            code=lambda_.Code.from_asset(
                str(built),
                ignore_mode=IgnoreMode.GLOB,
                exclude=["*", "!python", "!python/**", "**/.*"],
            ),
            compatible_runtimes=[self._runtime],
            compatible_architectures=[self._architecture],
            removal_policy=RemovalPolicy.DESTROY,
        )
