"""The two layers: our package as it is in the repository, and third-party wheels, built."""

from pathlib import Path

from aws_cdk import IgnoreMode, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.settings import REPO_ROOT


class VendorLayerMissingError(Exception):
    """The third-party layer has not been built for this target."""


class SharedLayers(Construct):
    """`regua` (source, no build step) and `vendor` (built by tools/build_layers.py)."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        runtime: lambda_.Runtime,
        architecture: lambda_.Architecture,
        vendor: Path,
    ) -> None:
        super().__init__(scope, id_)
        if not (vendor / "python").is_dir():
            raise VendorLayerMissingError(
                f"{vendor}/python does not exist: run tools/build_layers.py --target {vendor.name}"
            )
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
        self.vendor = lambda_.LayerVersion(
            self,
            "Vendor",
            description="Third-party packages of requirements/runtime.txt",
            code=lambda_.Code.from_asset(
                str(vendor),
                ignore_mode=IgnoreMode.GLOB,
                exclude=["*", "!python", "!python/**", "**/.*"],
            ),
            compatible_runtimes=[runtime],
            compatible_architectures=[architecture],
            removal_policy=RemovalPolicy.DESTROY,
        )
