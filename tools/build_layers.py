"""Build the third-party layers from pinned wheels, without Docker.

    python tools/build_layers.py --target aws|local [--force]

Writes `layers/vendor/<target>/python`, what most functions need, and
`layers/vendor/<target>-documents/python`, what only printing a document needs, and
`layers/vendor/<target>-evidence/python`, what sealing and reports need, and
`layers/vendor/<target>-imports/python`, what reading spreadsheets needs, and
`layers/vendor/<target>-page/python`, what draws QR codes on the customer's page. A second run with
the same requirements does nothing. A layer is built beside its place and moved there whole, so an
interrupted build leaves nothing that looks finished.
"""

import argparse
import compileall
import hashlib
import py_compile
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPO_ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO_ROOT))  # set-up runs this file before the project is installed

from infra.targets import AWS, LOCAL, TARGETS, Target  # noqa: E402

REQUIREMENTS = REPO_ROOT / "requirements"
VENDOR = REPO_ROOT / "layers" / "vendor"

PURE_SOURCES = ("dkimpy",)
"""Pure Python that is published without a wheel: what is built here runs anywhere."""

STAMP = ".built-from"
RECIPE = "2"
"""Change it when this file starts to produce something else from the same requirements."""

_NOISE_DIRECTORIES = ("tests", "test", "__pycache__", "bin")
_NOISE_FILES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", ".lock")
_MOUNTED_AT = "/opt/python"


@dataclass(frozen=True)
class Layer:
    """One layer: the pinned requirements it holds, and what its directory's name ends in."""

    requirements: str
    suffix: str

    @property
    def pins(self) -> Path:
        """The file with the pins."""
        return REQUIREMENTS / self.requirements

    def place(self, target: Target) -> Path:
        """Return where the layer is built for a target."""
        return VENDOR / f"{target.name}{self.suffix}"


RUNTIME = Layer("runtime.txt", "")
DOCUMENTS = Layer("documents.txt", "-documents")
EVIDENCE = Layer("evidence.txt", "-evidence")
IMPORTS = Layer("imports.txt", "-imports")
PAGE = Layer("page.txt", "-page")
LAYERS = (RUNTIME, DOCUMENTS, EVIDENCE, IMPORTS, PAGE)


class LayerBuildError(Exception):
    """The layer could not be built; the message is what the installer said."""


def fingerprint(target: Target, layer: Layer = RUNTIME) -> str:
    """Return what identifies a build: the requirements, the target and the recipe."""
    parts = (RECIPE, target.name, target.python, target.machine)
    return hashlib.sha256("\0".join(parts).encode() + layer.pins.read_bytes()).hexdigest()


def build(target: Target, layer: Layer = RUNTIME, *, force: bool = False) -> bool:
    """Build a layer for one target unless it is there already.

    Returns:
        Whether anything had to be done.

    Raises:
        LayerBuildError: A pinned package has no wheel for the target, or cannot be fetched.
    """
    place = layer.place(target)
    stamp = place / STAMP
    wanted = fingerprint(target, layer)
    if not force and stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return False
    VENDOR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=VENDOR, prefix=f".{place.name}-") as scratch:
        fresh, old = Path(scratch) / "new", Path(scratch) / "old"
        _install(target, layer, fresh / "python")
        _strip(fresh / "python")
        _compile(target, fresh / "python")
        (fresh / STAMP).write_text(wanted, encoding="ascii")
        if place.exists():
            place.rename(old)
        fresh.rename(place)
    return True


def _install(target: Target, layer: Layer, into: Path) -> None:
    command = [
        *(str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--no-deps"),
        *("--only-binary", ":all:", *_pure_sources(), "--requirements", str(layer.pins)),
        *("--target", str(into)),
    ]
    if target is AWS:
        platform_tag = f"{target.machine}-manylinux_2_28"  # Lambda has glibc 2.34
        command += ["--python-platform", platform_tag, "--python-version", target.python]
    else:
        command += ["--python", sys.executable]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own argument list
    if done.returncode:
        raise LayerBuildError(done.stderr.strip())


def _pure_sources() -> Iterator[str]:
    for package in PURE_SOURCES:
        yield from ("--no-binary", package)


def _strip(root: Path) -> None:
    """Remove what differs from one build to the next, or is never imported."""
    for path in sorted(root.rglob("*"), reverse=True):
        if path.is_dir() and path.name in _NOISE_DIRECTORIES:
            shutil.rmtree(path)
        elif path.is_file() and path.name in _NOISE_FILES:
            path.unlink()


def _compile(target: Target, root: Path) -> None:
    """Ship byte code where this interpreter is the target's: it halves import time.

    Unchecked hashes carry no time stamp, so the same sources give the same bytes.
    """
    if target.python != LOCAL.python:
        return
    compileall.compile_dir(
        root,
        quiet=1,
        workers=0,
        stripdir=str(root),
        prependdir=_MOUNTED_AT,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--target", choices=sorted(TARGETS), required=True)
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    options = parser.parse_args(arguments)
    target = TARGETS[options.target]
    for layer in LAYERS:
        try:
            changed = build(target, layer, force=options.force)
        except LayerBuildError as exc:
            print(f"The {target.name} layer could not be built:\n{exc}", file=sys.stderr)
            return 1
        where = layer.place(target).relative_to(REPO_ROOT)
        print(f"{where}: {'built' if changed else 'up to date'} (Python {target.python})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
